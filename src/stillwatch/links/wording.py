"""Shared wording: two accounts fill the slots of the same uncommon template.

Every exchange is known by its most telling phrase: of the sampled shingles that at least three accounts use, the one
whose holders use it most often each. The fixed part of a template wins over what stands in its slots (few uses) and
over everyday phrases (many holders, few uses each), so all exchanges of a template meet on one phrase, and no pair of
texts is ever compared. Text that many holders of a phrase send verbatim (an assignment, a public benchmark, a viral
prompt) is *public material*: it says that they read the same page, not that they are one hand, and is left out.
"""

from __future__ import annotations

from stillwatch.engine import Step
from stillwatch.links.model import LinkDetector
from stillwatch.records.detector import Detector

LEAST_HOLDERS = 3
PUBLIC_SHARE = 5
"""A text is public material if one in `PUBLIC_SHARE` of its phrase's holders sends it verbatim, three at the least.
A hand that deals the same questions out eleven times over 120 accounts reaches 9 %; evaluators who each run a whole
benchmark reach 100 %. Where the line lies between them is a judgement."""
SKELETON_CAP = 8
"""Sampled shingles of a template's fixed part that still add strength: about thirty words. Beyond, a text is no
less likely to be copied, only longer."""
FRAME = 2500
"""Thousandths of a sampled shingle from which a phrase is the frame of a template and no common turn of speech: at one
sampled shingle in four, thirteen words in a row on average. Sampling is coarse: of random phrases of 8, 10, 13, 16 and
20 words, 11, 24, 48, 67 and 84 % have three sampled shingles or more, so one short phrase in four is taken for a frame
and one frame of sixteen words in three is not. Shorter ones weigh less, down to nothing at a single shingle:
heavy users share hundreds of those by chance, and together they linked strangers (demo world, seed 7)."""
REPEATS = 2
"""Uses from which a phrase counts as held: what was said once can be chance or curiosity."""

WORDING = LinkDetector(
    Detector(
        name="wording",
        question="coordination",
        assumption="A harvest is driven by a program: the same instruction around ever new content, dealt out over "
        "accounts.",
        innocent=(
            "a viral prompt",
            "an assignment or public benchmark",
            "one company's prompt library",
            "an application whose template its customers never see",
        ),
        references=(
            "Broder, On the resemblance and containment of documents, 1997",
            "Schleimer et al., Winnowing, SIGMOD 2003",
            "Anthropic, 23 February 2026 (variants arrive tens of thousands of times)",
        ),
        needs=("input_text",),
    ),
    side="traffic",
    sql=(
        "SELECT member, value, COUNT(*) AS exchanges, MIN(time) AS first_seen FROM worded WHERE original "
        f"GROUP BY member, value HAVING COUNT(*) >= {REPEATS}"
    ),
    reliability=1.0,
    cap=24.0,
)


SPREAD = (
    "SELECT exchange, member, 0 AS place, UNNEST(shingles) AS shingle FROM sketches UNION ALL "
    "SELECT exchange, member, 1 AS place, UNNEST(system_shingles) AS shingle FROM sketches"
)
"""Message and system prompt are read alike: an instruction may be injected into either."""


def phrase_steps() -> list[Step]:
    """Ties fall to the first exchange, so that the key decides only between phrases of one text.

    Tables `phrases` (rank, value, holders, uses), `best` (exchange, place, rank) and `frames` (rank, length).

    `length` is the mean number of sampled shingles, in thousandths, that an exchange of the phrase has of the same
    frame: those that are used half as often or more, by at most twice as many accounts.
    """
    return [
        Step(
            "common_shingles",
            "SELECT shingle, COUNT(*) AS holders, CAST(SUM(uses) AS BIGINT) AS uses, MIN(first) AS first FROM ("
            "SELECT shingle, member, COUNT(*) AS uses, MIN(exchange) AS first "
            f"FROM ({SPREAD}) AS s GROUP BY shingle, member) AS u "
            f"GROUP BY shingle HAVING COUNT(*) >= {LEAST_HOLDERS} AND SUM(uses) >= {REPEATS} * COUNT(*)",
        ),
        Step(
            "phrases",
            "SELECT shingle AS value, holders, uses, "
            "ROW_NUMBER() OVER (ORDER BY uses * 1000 // holders, uses, first, shingle) AS rank "
            "FROM common_shingles",
        ),
        Step(
            "marks",
            "SELECT s.exchange, s.place, p.rank, p.holders, p.uses "
            f"FROM ({SPREAD}) AS s JOIN phrases p ON p.value = s.shingle",
        ),
        Step("best", "SELECT exchange, place, MAX(rank) AS rank FROM marks GROUP BY exchange, place"),
        Step(
            "frames",
            "SELECT rank, CAST(SUM(marks) AS BIGINT) * 1000 // COUNT(*) AS length FROM ("
            "SELECT b.rank, b.exchange, b.place, COUNT(*) AS marks FROM best b JOIN phrases p ON p.rank = b.rank "
            "JOIN marks m ON m.exchange = b.exchange AND m.place = b.place "
            "WHERE m.uses * 2 >= p.uses AND m.holders <= 2 * p.holders GROUP BY b.rank, b.exchange, b.place) AS f "
            "GROUP BY rank",
        ),
    ]


COUNTED = ("common_shingles", "marks")
"""Tables of `phrase_steps` that nothing reads once the phrases are known; `marks` is the largest of a scan."""
UTTERED = ("best", "frames", "phrases", "uttered", "speakers", "public_material")
"""Tables that nothing reads once it is known which exchange is worded how."""


def worded_steps() -> list[Step]:
    """Table `worded`: exchanges with their phrase, and whether their content is original or public material."""
    return [
        Step(
            "uttered",
            "SELECT DISTINCT f.exchange, f.member, f.time, f.content, p.value, r.length FROM best b "
            "JOIN facts f ON f.exchange = b.exchange JOIN phrases p ON p.rank = b.rank "
            "JOIN frames r ON r.rank = b.rank",
        ),
        Step("speakers", "SELECT value, COUNT(DISTINCT member) AS holders FROM uttered GROUP BY value"),
        Step(
            "public_material",
            "SELECT c.value, c.content FROM (SELECT value, content, COUNT(DISTINCT member) AS senders FROM uttered "
            "GROUP BY value, content) AS c JOIN speakers s ON s.value = c.value "
            f"WHERE c.senders >= 3 AND c.senders * {PUBLIC_SHARE} >= s.holders",
        ),
        Step(
            "worded",
            "SELECT u.exchange, u.member, u.time, u.content, u.value, u.length, p.content IS NULL AS original "
            "FROM uttered u LEFT JOIN public_material p ON p.value = u.value AND p.content = u.content",
        ),
        Step("skeletons", "SELECT p.value, f.length FROM frames f JOIN phrases p ON p.rank = f.rank"),
    ]

"""The coordination layer on events of other platforms. `docs/real-coordination.md` says what is measured and why.

Writes the measured tables of that page and prints them. A part whose file is not there is left out, and said so.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from os import cpu_count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.real import events as ev
from benchmarks.real import nulls, scores
from benchmarks.real.groups import ACCUSED, COORDINATED, AccountGroups, Found, find, members
from benchmarks.real.page import number, put, table
from benchmarks.real.peers import PeerGroups, ask_peers
from stillwatch import __version__

PAGE = Path(__file__).resolve().parents[2] / "docs" / "real-coordination.md"
SEEDS = 20
"""Logs of strangers, and logs with blurred minutes, for each real log."""
CLOSE = 10
"""Seconds between two posts of one link that make a close pair: the window that CooRTweet takes by default,
whose authors published these posts."""
IN_REACH = 4
"""Shared questions without which `stillwatch/links/verbatim.py` makes no link, so acts that an account needs."""
PUBLIC = 30
"""Accounts above which a question is public and links nobody (`stillwatch/links/verbatim.py`)."""
BOUGHT = 30
"""Fake stars from which a repository is taken to have bought a campaign. A judgement."""
ACTORS = "coord_starscout_actor_events.parquet"
MONTHS = "coord_starscout_repo_months.parquet"

REACH = (
    f"{IN_REACH} links or more that at most {PUBLIC} accounts share",
    f"{IN_REACH} links or more, fewer than {IN_REACH} of them below that",
    "2 or 3 links",
    "1 link",
)

Tables = dict[str, str]


def measure(data: Path) -> None:
    """Every part whose files are there."""
    started = time.perf_counter()
    parts: tuple[tuple[Callable[[Path], Tables], tuple[str, ...]], ...] = (
        (posts_part, (ev.ELECTION,)),
        (stars_part, (ev.STARS.file,)),
        (composed_part, (ev.ELECTION, ev.STARS.file)),
        (labels_part, (ev.STARS.file, ACTORS, MONTHS)),
        (ratings_part, (ev.RATINGS.file,)),
    )
    whole = True
    for part, files in parts:
        missing = [name for name in files if not (data / name).exists()]
        if missing:
            print(f"{part.__name__} is left out: no {', '.join(missing)}")
            whole = False
            continue
        for name, text in part(data).items():
            print(f"{name}\n\n{text}", flush=True)
            put(PAGE, name, text)
    seconds = time.perf_counter() - started
    if whole:
        told = (
            f"Measured by `make bench-real` on {date.today().isoformat()}, version {__version__}, {cpu_count()} cores; "
        )
        put(PAGE, "run", told + f"all parts took {seconds:.0f} s.\n")


# Groups of one log


def _counted(groups: AccountGroups) -> str:
    return f"{number(len(groups))} ({number(len(members(groups)))})"


OVERVIEW = ("Log", "Acts", "Accounts", "Linked", "One hand", "Explained", "Coordinated", "Accused", "Scan, s")


def _overview(name: str, log: pa.Table, found: Found) -> list[str]:
    told = [found.linked, found.one_hand]
    verdicts = [found.verdict(COORDINATED), found.verdict(ACCUSED)]
    counts = [number(log.num_rows), number(found.accounts), *(_counted(groups) for groups in told)]
    return [name, *counts, number(found.explained), *(_counted(groups) for groups in verdicts), f"{found.seconds:.1f}"]


def _null_row(name: str, log: pa.Table, change: Callable[[pa.Table, int], pa.Table]) -> list[str]:
    found = [find(change(log, seed)) for seed in range(SEEDS)]
    linked = [len(f.linked) for f in found]
    hand = sum(len(f.one_hand) for f in found)
    told = [sum(len(f.verdict(kind)) for f in found) for kind in (COORDINATED, ACCUSED)]
    groups = f"{np.mean(linked):.1f} ({min(linked)} to {max(linked)})"
    return [name, str(SEEDS), groups, f"{hand} of {sum(linked)}", *(str(count) for count in told)]


NULLS = ("Log", "Seeds", "Linked groups in each", "One hand", "Coordinated", "Accused")


def _nulls(log: pa.Table, name: str) -> list[list[str]]:
    return [
        _null_row(f"{name}: accounts dealt anew", log, nulls.strangers),
        _null_row(f"{name}: minutes blurred", log, nulls.same_hours),
    ]


def _rivals(found: Found, asked: list[PeerGroups]) -> list[tuple[str, AccountGroups]]:
    """Every layer of Stillwatch and every setting of every peer, as groups of accounts."""
    listed = members([group for groups in found.listed.values() for group in groups])
    mine = [("linked", found.linked), ("one hand", found.one_hand), ("coordinated", found.verdict(COORDINATED))]
    mine.append(("one hand but explained", [group for group in found.one_hand if not group <= listed]))
    return [(f"Stillwatch, {layer}", groups) for layer, groups in mine] + [
        (f"{peer.name}, {setting}", groups) for peer in asked for setting, groups in peer.settings.items()
    ]


def _largest(groups: AccountGroups) -> str:
    return number(max((len(group) for group in groups), default=0))


# The parts


def posts_part(data: Path) -> Tables:
    """German election posts: unlabelled, so close pairs, held-out images and nulls stand in for truth."""
    sources = (ev.POST_LINKS, ev.POST_HASHTAGS, ev.POST_IMAGES, ev.POST_OBJECTS)
    logs = {source.name: ev.read_events(data, source) for source in sources}
    found = {name: find(log) for name, log in logs.items()}
    links, stranger = logs[ev.POST_LINKS.name], nulls.strangers(logs[ev.POST_LINKS.name], 0)
    by_chance = dict(_rivals(find(stranger), ask_peers(stranger)))
    pairs = scores.close_pairs(links, CLOSE)
    often = [pair for pair, times in pairs.items() if times >= 2]
    images = scores.held(ev.read_events(data, ev.UNLINKED_IMAGES))
    head = (
        "Groups",
        "Groups (accounts)",
        "Largest",
        "Close pairs inside",
        "Close twice or more",
        "Same image elsewhere",
    )
    rows = [
        [
            name,
            _counted(groups),
            _largest(groups),
            scores.inside(groups, pairs),
            scores.inside(groups, often),
            f"{scores.confirmed(groups, images)}, by chance {100 * scores.confirmed_by_chance(groups, images):.1f} %",
            _counted(by_chance.get(name, [])),
        ]
        for name, groups in _rivals(found[ev.POST_LINKS.name], ask_peers(links))
    ]
    return {
        "posts": table(OVERVIEW, [_overview(name, log, found[name]) for name, log in logs.items()]),
        "posts-nulls": table(
            NULLS, [row for name in (sources[0], sources[3]) for row in _nulls(logs[name.name], name.name)]
        ),
        "posts-rivals": table((*head, "Among strangers"), rows),
        "posts-reach": _close_reach(found[ev.POST_LINKS.name].linked, pairs, scores.held(links)),
    }


def _close_reach(groups: AccountGroups, pairs: Counter[scores.Pair], objects: dict[str, frozenset[str]]) -> str:
    """Close pairs by what they share at all: what `verbatim` leaves in reach, and how much of it is found."""
    users = Counter(name for names in objects.values() for name in names)
    kinds: dict[str, list[scores.Pair]] = {name: [] for name in REACH}
    for one, other in pairs:
        shared = objects[one] & objects[other]
        rare = sum(users[name] <= PUBLIC for name in shared)
        place = 0 if rare >= IN_REACH else 1 if len(shared) >= IN_REACH else 2 if len(shared) >= 2 else 3
        kinds[REACH[place]].append((one, other))
    rows = [[name, number(len(found)), scores.inside(groups, found)] for name, found in kinds.items()]
    return table(("Close pairs that share", "Pairs", "Inside linked groups"), rows)


def stars_part(data: Path) -> Tables:
    """Fake stars alone: positives only, so only recall has a meaning."""
    log = ev.read_events(data, ev.STARS)
    found, objects = find(log), scores.held(log)
    able = {account for account, names in objects.items() if len(names) >= IN_REACH}
    stranger = nulls.strangers(log, 0)
    by_chance = dict(_rivals(find(stranger), ask_peers(stranger)))
    head = (
        "Groups",
        "Groups",
        "Fake accounts",
        f"Of those with {IN_REACH} stars or more",
        "Share of a group on one repository",
        f"Repositories of {BOUGHT} or more, half in one group",
        "Among strangers",
    )
    rows = [
        [
            name,
            number(len(groups)),
            scores.recall(groups, set(objects)),
            scores.recall(groups, able),
            f"{np.mean([scores.commonest_share(g, objects) for g in groups]):.2f}" if groups else "none",
            scores.whole_objects(groups, objects, BOUGHT),
            _counted(by_chance.get(name, [])),
        ]
        for name, groups in _rivals(found, ask_peers(log))
    ]
    return {
        "stars": table(OVERVIEW, [_overview(ev.STARS.name, log, found)]),
        "stars-reach": _reach(objects),
        "stars-rivals": table(head, rows),
        "stars-nulls": table(NULLS, _nulls(log, ev.STARS.name)),
    }


def _reach(objects: dict[str, frozenset[str]]) -> str:
    """How many of the fake accounts have so many stars: what any method of shared objects can work with."""
    sizes = np.array([len(names) for names in objects.values()])
    rows = [
        [f"{least} or more", scores.Share(int((sizes >= least).sum()), sizes.size)] for least in (1, 2, 3, IN_REACH)
    ]
    return table(("Repositories starred", "Accounts"), rows)


def composed_part(data: Path) -> Tables:
    """Posts and stars in one log. Composed: real accounts of two platforms that never met, stars moved in time."""
    posts, stars = ev.read_events(data, ev.POST_LINKS), ev.read_events(data, ev.STARS)
    log = pa.concat_tables([posts, ev.later(stars, pc.min(posts["time"]), "tw")])
    fake = set(stars["account"].to_pylist())
    found = find(log)
    rows = [
        [
            name,
            number(len(groups)),
            number(sum(group <= fake for group in groups)),
            number(sum(bool(group & fake) and not group <= fake for group in groups)),
            scores.recall(groups, fake),
            scores.precision(groups, fake),
        ]
        for name, groups in _rivals(found, ask_peers(log))
    ]
    head = ("Groups", "Groups", "Fake only", "Both kinds", "Fake accounts found", "Of grouped accounts fake")
    return {
        "composed": table(OVERVIEW, [_overview("Posts and stars, composed", log, found)]),
        "composed-rivals": table(head, rows),
    }


def labels_part(data: Path) -> Tables:
    """Labels of single accounts and months, set against the groups of the fake stars."""
    log = ev.read_events(data, ev.STARS)
    grouped, objects = members(find(log).linked), scores.held(log)
    actors = pq.read_table(data / ACTORS)
    labels = np.asarray(actors["label_suspected_fake"])
    kinds = [name for name in actors.column_names if name.endswith("Event")]
    total = sum(np.asarray(actors[name], np.int64) for name in kinds)
    names = set(actors["account_id"].to_pylist())
    rows = [
        ["Accounts with a label", number(actors.num_rows)],
        ["AUC of little activity (minus the sum of all counts)", f"{scores.auc(-np.asarray(total), labels):.3f}"],
        ["Of these in the table of fake stars", number(len(names & set(objects)))],
        ["Of these in a linked group", number(len(names & grouped))],
    ]
    return {"labels": table(("Labels", "Figure"), rows + _months(data, log))}


def _months(data: Path, log: pa.Table) -> list[list[str]]:
    """How far the months with the authors' campaign flag and the fake stars speak of the same repositories."""
    months = pq.read_table(data / MONTHS)
    starred, known = set(log["object"].to_pylist()), set(months["object_id"].to_pylist())
    flagged = months.filter(pc.fill_null(months["campaign"], False))
    keys = set(zip(flagged["object_id"].to_pylist(), flagged["month"].to_pylist(), strict=True))
    acts = zip(log["object"].to_pylist(), pc.strftime(log["time"], "%Y-%m").to_pylist(), strict=True)
    return [
        ["Repositories in the table of fake stars", number(len(starred))],
        ["Of these in the table of months", number(len(starred & known))],
        ["Of these with a month that has the campaign flag", number(len(starred & {name for name, _ in keys}))],
        ["Fake stars in such a month", number(sum(act in keys for act in acts))],
    ]


def ratings_part(data: Path) -> Tables:
    """Bitcoin OTC: who rates the same people. Labels are of single accounts, by what others said of them."""
    log = ev.read_events(data, ev.RATINGS)
    found = find(log)
    raw = pq.read_table(data / ev.RATINGS.file, columns=["source", "source_label"])
    label = {f"u{a}": v for a, v in zip(raw["source"].to_pylist(), raw["source_label"].to_pylist(), strict=True)}
    rows = [
        [layer, *(scores.recall(groups, {a for a, v in label.items() if v == kind}) for kind in (-1, 1, None))]
        for layer, groups in (("linked", found.linked), ("one hand", found.one_hand))
    ]
    return {
        "ratings": table(OVERVIEW, [_overview(ev.RATINGS.name, log, found)]),
        "ratings-labels": table(("Raters in groups", "Fraud", "Good", "Without label"), rows),
    }

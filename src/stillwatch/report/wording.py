"""The sentences of a report: sober, exact, and never more than the tables hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stillwatch.report.figures import (
    MINUS,
    UNKNOWN,
    count,
    counted,
    day,
    label,
    measure,
    measured,
    moment,
    number_of,
    odds,
    percent,
    probability,
    rest_of_unit,
    visible,
)
from stillwatch.report.judged import all_spared
from stillwatch.report.result import ACCUSATION, Result, Row
from stillwatch.report.scan import said
from stillwatch.report.sighting import SIDES, Sighting

VERDICTS = {
    ACCUSATION: "Accused of distillation",
    "coordinated": "Coordinated, not accused",
    "watch": "Watched, not accused",
}
OTHER_VERDICTS = {"coordinated": "coordinated", "watch": "under watch"}
VERDICT_MEANINGS = {
    ACCUSATION: "Both questions are answered yes: the accounts act as one hand, and their work "
    "looks like collecting training data.",
    "coordinated": "Chance does not explain what ties the accounts together, but their work does not look like "
    "collecting training data, or is too little to tell. This is not an accusation.",
    "watch": "Chance does not explain what ties the accounts together, and their work looks like collecting training "
    "data; but the two do not reach the level of an accusation, or an innocent explanation holds. "
    "This is not an accusation.",
}
ALL_CLEARED = "Every account in it that would be accused was cleared by people. This is not an accusation."
QUESTION_TITLES = {
    "coordination": "Do these accounts act as one hand?",
    "harvest": "Does their work look like collecting training data?",
}
NO_ATTRIBUTION = (
    "Who operates these accounts is not inferred. The scan links accounts to each other, never to a person, "
    "a company or a country; country, language and time zone are never evidence."
)
# A test, or a side, counts as telling on its own when chance would do as much once in a hundred groups.
TELLING_LOG10_P = -2.0


def verdict(row: Row) -> str:
    """A verdict in words; one that this version does not know is shown as it is and accuses nobody."""
    return VERDICTS.get(row["verdict"], f"{label(row['verdict'])}, not accused")


def noun(row: Row) -> str:
    """What a group may be called: only an accused one is a campaign."""
    return "Campaign" if row["verdict"] == ACCUSATION else "Group"


def verdict_meaning(row: Row) -> str:
    """What a verdict says, and what it does not."""
    return VERDICT_MEANINGS.get(row["verdict"], "This version does not know the verdict. It is not an accusation.")


def level(result: Result) -> str:
    """At which false-discovery level this scan accuses."""
    chosen = result.part("created_with").get("false_discovery_level")
    return f"at false-discovery level {percent(chosen)}" if isinstance(chosen, int | float) else ""


def headline(result: Result) -> str:
    """What was found, in one sentence."""
    accused = result.accused
    if not accused:
        return _nothing_accused(result)
    accounts, exchanges = _total(accused, "accounts"), _total(accused, "harvested_exchanges")
    one = len(accused) == 1
    groups = "One group of accounts is" if one else f"{count(len(accused))} groups of accounts are"
    return (
        f"{groups} accused of distillation{_comma(level(result))}: "
        f"{counted(accounts, 'account')}, {counted(exchanges, 'harvested exchange')}{_span(accused)}."
    )


def _nothing_accused(result: Result) -> str:
    tested = result.part("counts").get("groups_tested")
    of_them = (
        f"None of the {counted(tested, 'group')} of accounts tested" if _several(tested) else "No group of accounts"
    )
    also = "" if result.campaigns else ", found coordinated or put under watch"
    return f"{of_them} is accused of distillation{also}."


def _several(tested: object) -> bool:
    return isinstance(tested, int) and tested > 1


def _comma(text: str) -> str:
    return f" {text}" if text else ""


def _total(rows: Sequence[Row], column: str) -> float:
    return sum(number_of(row, column) for row in rows)


def _span(rows: Sequence[Row]) -> str:
    seen = [(row["first_seen"], row["last_seen"]) for row in rows if row["first_seen"] and row["last_seen"]]
    if not seen:
        return ""
    return f", {day(min(first for first, _ in seen))} to {day(max(last for _, last in seen))}"


def second_line(result: Result) -> str:
    """What else is listed, and that it accuses nobody."""
    others = Counter(row["verdict"] for row in result.campaigns if row["verdict"] != ACCUSATION)
    if not others:
        return ""
    parts = [f"{count(number)} {OTHER_VERDICTS.get(name, visible(name))}" for name, number in sorted(others.items())]
    listed = "group is" if sum(others.values()) == 1 else "groups are"
    more = "more " if result.accused else ""
    total = count(sum(others.values()))
    return f"{total} {more}{listed} listed ({', '.join(parts)}). That is not an accusation."


def traffic(row: Row) -> str:
    """Who and how much, as the log has it."""
    return (
        f"{counted(row['accounts'], 'account')} made {counted(row['exchanges'], 'exchange')} "
        f"from {moment(row['first_seen'])} to {moment(row['last_seen'])}."
    )


def holdings_lines(sighting: Sighting) -> list[str]:
    """For each kind of shared value, how many there are and how many the rest of the log holds too."""
    by_kind: dict[str, list[Row]] = {}
    for row in sighting.shared:
        by_kind.setdefault(row["detector"], []).append(row)
    return [
        f"{label(kind)}: {counted(len(rows), 'shared value')} listed, {_exclusive(rows)}."
        for kind, rows in by_kind.items()
    ]


def holdings_line(sighting: Sighting) -> list[str]:
    """The same in one line; none where nothing is shared."""
    kinds = dict.fromkeys(row["detector"] for row in sighting.shared)
    counts = [
        f"{label(kind).lower()} {count(sum(row['detector'] == kind for row in sighting.shared))}" for kind in kinds
    ]
    alone = sum(row["accounts_outside"] == 0 for row in sighting.shared)
    held = f"; {count(alone)} of them held by nobody outside the group"
    return [f"Shared values listed: {', '.join(counts)}{held}."] if counts else []


def _exclusive(rows: Sequence[Row]) -> str:
    exclusive = sum(1 for row in rows if row["accounts_outside"] == 0)
    if exclusive == len(rows):
        return "held by nobody outside the group"
    return f"{count(exclusive) if exclusive else 'none'} of them held by this group alone"


def role_count(role: str, accounts: int) -> str:
    """How many accounts have a role: 3 bystanders, 2 mixed."""
    return counted(accounts, visible(role), visible(role) if role == "mixed" else "")


def role_counts(sighting: Sighting) -> str:
    """All roles of a campaign with their counts."""
    return ", ".join(role_count(role, accounts) for role, accounts in sighting.roles) + "."


def observed_lines(sighting: Sighting) -> list[str]:
    """What is in the log, without a conclusion."""
    return [*activity_lines(sighting), *holdings_lines(sighting)]


def activity_lines(sighting: Sighting) -> list[str]:
    """How active the group was, and when most."""
    lines = [traffic(sighting.row)]
    if sighting.timeline:
        busiest = max(sighting.timeline, key=lambda row: number_of(row, "exchanges"))
        lines.append(
            f"Busiest day: {day(busiest['day'])}, {counted(busiest['exchanges'], 'exchange')} "
            f"by {counted(busiest['accounts'], 'account')}."
        )
    return lines


def inferred_lines(sighting: Sighting, result: Result) -> list[str]:
    """What the scan concludes, and how sure it is."""
    row = sighting.row
    harvested = row["harvested_exchanges"]
    share = number_of(row, "harvested_exchanges") / row["exchanges"] if row["exchanges"] else None
    return [
        _verdict_line(sighting, result),
        *asked_together(sighting.asked_with),
        _tied(sighting),
        f"Collecting training data, compared with honest groups of the same log: strength {strength(row['harvest'])}; "
        f"{_telling(sighting, 'harvest')}",
        "No exchange is judged to be harvest."
        if harvested == 0
        else f"{counted(harvested, 'exchange')} ({percent(share)}) judged to be harvest, "
        f"with {counted(row['harvested_tokens'], 'output and reasoning token')}.",
        NO_ATTRIBUTION,
    ]


def asked_together(others: Sequence[str]) -> list[str]:
    """That accounts of a campaign were one group with others when both questions were asked; nothing where it was
    asked alone."""
    if not others:
        return []
    return [
        f"Both questions were answered while accounts of it and of {listed([visible(one) for one in others])} were one "
        "group: evidence, explanations and q are those of the groups as they were asked. Cards, devices and work tell "
        "them apart."
    ]


def counted_together(others: Sequence[str]) -> list[str]:
    """Whose accounts the figures of a campaign count beside its own; nothing where it was asked alone."""
    return [f"These figures count the accounts of {listed([visible(one) for one in others])} too."] if others else []


def strength(value: float | None) -> str:
    """The strength of an answer on a group, with its unit."""
    return UNKNOWN if value is None else f"{measure(value)} ({MINUS}log10 p)"


def _tied(sighting: Sighting) -> str:
    """What ties the accounts together, beside the side that made the group; only an accusation says one hand."""
    speaking = [side for side, log10_p in sighting.other_sides.items() if log10_p <= TELLING_LOG10_P]
    lead = "Acting as one hand: tied" if sighting.accused else "Tied"
    by = f" by {listed(speaking)}" if speaking else ""
    made = f" ({sighting.formed_by} made the group and is not counted)" if sighting.formed_by and by else ""
    return f"{lead} together beyond chance{by}{made}: strength {strength(sighting.row['coordination'])}."


def listed(words: Sequence[str]) -> str:
    """Words as a person lists them: registration, traffic and rhythm."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def side(sighting: Sighting, row: Row) -> str:
    """The side that a line of evidence belongs to, and whether the group was made by it."""
    name = SIDES.get(row["detector"], "")
    return f"{name}, the side that made the group" if name and name == sighting.formed_by else name


def _verdict_line(sighting: Sighting, result: Result) -> str:
    at = _comma(level(result)) if sighting.accused else ""
    q_value = probability(sighting.row["q_value"])
    judged = all_spared(result, sighting.campaign_id)
    return f"{verdict(sighting.row)}{at} (q = {q_value}). {ALL_CLEARED if judged else verdict_meaning(sighting.row)}"


def _telling(sighting: Sighting, question: str) -> str:
    answers = sighting.answers(question)
    telling = [row for row in answers if number_of(row, "log10_p") <= TELLING_LOG10_P]
    return f"{count(len(telling))} of {counted(len(answers), 'test')} telling on their own (1 in 100 or rarer)."


def comparison(row: Row) -> str:
    """Observed against expected, with the unit once."""
    if row["observed"] is None and row["expected"] is None:
        return "not measured"
    unit = row["unit"]
    numbers = f"{measured(row['observed'], unit)} against {measured(row['expected'], unit)} expected"
    rest = rest_of_unit(unit)
    if not rest:
        return numbers
    return f"{numbers} {rest}" if rest.startswith("of ") else f"{numbers}, {rest}"


def chance(row: Row) -> str:
    """How often chance alone would do as much."""
    return "not tested" if row["log10_p"] is None else f"{odds(row['log10_p'])} by chance"


def holds(row: Row) -> str:
    """Whether an innocent explanation explains the group away."""
    if row["holds"] is None:
        return "undecided"
    return "holds" if row["holds"] else "does not hold"


def explained_share(row: Row) -> str:
    """How much of the group an innocent explanation would cover."""
    if row["share"] is None:
        return "share not measurable"
    return f"would explain {percent(row['share'])} of the accounts"


def could_not_see(result: Result) -> list[tuple[str, str]]:
    """Evidence that this scan could not use, and why."""
    return [
        (label(entry.get("evidence", "")), visible(entry.get("reason", "")))
        for entry in result.entries("could_not_see")
    ]


def recompute(result: Result) -> str:
    """How to get the same tables again."""
    version = visible(result.scan.get("version", "of this result"))
    chosen = result.part("created_with")
    parameters = ", ".join(f"{label(key).lower()} {visible(said(value))}" for key, value in chosen.items())
    return (
        f"Run `stillwatch scan` of version {version} on the inputs listed"
        + (f", with {parameters}" if parameters else "")
        + ", the same other options and the same key: the tables are the same, byte for byte. "
        "The key makes the labels, pseudonyms and wording hashes; another key changes them, and which of equally "
        "telling shared values are listed, and nothing else but last digits."
    )

"""What the list of key indicators says: signals, changes, and why red and "no significant change" can go together.

The words of a signal are those that were chosen from exact figures before release; where a figure is withheld, so is its signal.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from workforce.disclosure.rules import WITHHELD
from workforce.present.kpi_lines import Line, Rag, as_printed, period_of
from workforce.present.numerals import listed, plain
from workforce.present.titles import movement
from workforce.present.view import clean, when
from workforce.stats.xmr import COMMON, NOT_BY_SEASON, UNJUDGED

WORSE: Final = "worse than expected"
BETTER: Final = "better than expected"
MISSES, CHANCE = "consistently misses the target", "hit or miss"
_AGAINST: Final = {CHANCE: "points hit or miss the target by chance"}
_OFF: Final = ("red", "amber")
_COUNTED: Final[tuple[tuple[Rag, str], ...]] = (
    ("red", "red"),
    ("amber", "amber"),
    ("green", "green"),
    ("no target", "without a target"),
    ("not shown", "not shown"),
)
_KINDS: Final = {0: "dates", 30: "months", 91: "quarters", 365: "years"}  # by days of a period, about
_ABOUT: Final = 3


def summary_title(lines: Sequence[Line]) -> str:
    """How many indicators are red, amber and green."""
    counts = [(sum(line.rag == colour for line in lines), words) for colour, words in _COUNTED]
    said = listed([f"{number} {words}" for number, words in counts if number])
    return (
        f"Of {len(lines)} key indicators: {said}" if len(lines) > 1 else f"One key indicator: {said.removeprefix('1 ')}"
    )


def signal(line: Line) -> tuple[str, str, str]:
    """What the latest point of a series says: variation, the rule behind it, and the target against the usual variation.

    Of a figure that is not shown, of a latest point that is not, and of a series of which more than a fifth is withheld, the marker alone.
    """
    if not line.shown:
        return line.marker, "", ""
    if not line.traced:
        return f"[{WITHHELD}]", "", ""
    latest = line.series[-1]
    if latest["value"] is None or latest["variation"] is None:
        return plain(None, line.unit, latest["marker"]), "", ""
    variation = clean(latest["variation"])
    judged = variation not in UNJUDGED
    return (
        variation,
        clean(latest["special_cause"] or "") if judged else "",
        clean(_AGAINST.get(latest["assurance"], latest["assurance"]) or "") if judged else "",
    )


def change_words(line: Line) -> tuple[str, str, str]:
    """The change on a year before, of the figures as printed; the figure of then; and "no clear change" where their 95% limits overlap.

    A marker where one of the two is not shown.
    """
    if not line.shown or line.now is None:
        return line.marker, "", ""
    if line.before is None:
        return "[x]", "", ""
    then = line.before["value"]
    if then is None:
        return plain(None, line.unit, line.before["marker"]), "", ""
    change = as_printed(line.now["value"], line.unit) - as_printed(then, line.unit)
    was = f"from {plain(then, line.unit)}"
    if not change:
        return "no change", was, ""
    unclear = "no clear change" if movement(line.before, line.now, line.unit) == "unclear" else ""
    return f"{'up' if change > 0 else 'down'} {_amount(abs(change), line.unit)}", was, unclear


def _amount(change: Decimal, unit: str) -> str:
    return f"{'£' if unit.startswith('£') else ''}{change:,f}"


def trend_words(line: Line) -> str:
    """A series in words, for those who do not see its line."""
    known = [row for row in line.series if row["value"] is not None]
    if not known:
        return "No figure of the trend is shown."
    first, last = known[0], known[-1]
    said = f"{len(known)} {_kind(line)}"
    if len(known) > 1:
        low, high = min(r["value"] for r in known), max(r["value"] for r in known)
        said += (
            f" from {when(period_of(first))} to {when(period_of(last))}: {plain(first['value'], line.unit)} at first,"
            f" {plain(last['value'], line.unit)} at last, between {plain(low, line.unit)} and {plain(high, line.unit)}"
        )
    else:
        said += f", {when(period_of(last))}: {plain(last['value'], line.unit)}"
    hidden = len(line.series) - len(known)
    return f"{said}{f'; {hidden} not shown' if hidden else ''}."


def _kind(line: Line) -> str:
    days = [(row["period_end"] - row["period_start"]).days for row in line.series]
    return next((words for about, words in _KINDS.items() if all(abs(d - about) <= _ABOUT for d in days)), "periods")


def _is_of_months(line: Line) -> bool:
    """Whether a figure of a year has a trend of months."""
    return line.now is not None and period_of(line.now).is_a_year and _kind(line) == "months"


def agreement(lines: Sequence[Line]) -> list[str]:
    """Why colour and signal differ, a sentence for each way in which they do, with the indicators that it is true of."""
    said: dict[str, list[str]] = {}
    for line in lines:
        sentence = _explained(line)
        if sentence:
            said.setdefault(sentence, []).append(line.name)
    return [sentence.format(listed(names)) for sentence, names in said.items()]


def _explained(line: Line) -> str:
    colour = line.rag
    variation, _, assurance = signal(line)
    off = colour in _OFF
    if off and variation == COMMON:
        reach = {
            MISSES: ", and the usual variation of the trend does not reach the target",
            _AGAINST[CHANCE]: ", though a single point of the trend can reach the target by chance",
        }.get(assurance, "")
        return f"Off target with no significant change ({{}}): how things work now gives such figures{reach}."
    if off and variation == BETTER:
        return "Off target, but better than expected ({}): something has changed for the better."
    if colour == "green" and variation == WORSE:
        return "On target, but worse than expected ({}): something has changed for the worse."
    if colour == "green" and variation == COMMON and assurance == _AGAINST[CHANCE]:
        return "On target with no significant change ({}): a single point of the trend can still miss the target by chance."
    return ""


def notes(lines: Sequence[Line], rule: str) -> list[str]:
    """How to read the table, what was left out, and what was made coarser."""
    said = (
        ["RAG compares the figure as it is printed with the target."]
        if any(s.target is not None for s in lines)
        else []
    )
    if any(signal(line)[0] not in ("[c]", "[x]") for line in lines):
        before = ", judged before figures were rounded" if rule == "board" else ""
        said.append(
            f"The signal compares the latest point of the trend with the usual variation of its own series{before}."
        )
    if any(_is_of_months(line) and line.traced for line in lines):
        said.append("Where a figure is of a year, its trend is of single months.")
    if any(
        line.traced and row["season"] == NOT_BY_SEASON and row["variation"] not in UNJUDGED
        for line in lines
        for row in line.series
    ):
        said.append("Points are not judged against their season: what comes every winter counts as a change.")
    without: dict[str, list[str]] = {}
    for line in lines:
        names = [clean(n) for n in (line.now["left_out"] or [])] if line.now else []
        if names:
            without.setdefault(listed(names), []).append(line.name)
    said += [
        f"Without {names}, because one side of the rate is missing: {listed(of)}." for names, of in without.items()
    ]
    coarser = [line.name for line in lines if line.note]
    if coarser:
        said.append(f"Trend by quarter, because too many months would be withheld: {listed(coarser)}.")
    return said

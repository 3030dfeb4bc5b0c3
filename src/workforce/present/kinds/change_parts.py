"""Why a figure changed, in sentences: how far it moved, the part of who is in post, and the part of people who are alike."""

from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import MINUS, capital, listed, measure_name, number, plain, plural
from workforce.present.text.sentences import in_place
from workforce.present.view import released_frame
from workforce.stats.change_parts import CHANGE, MIX, RATE, STEP

_AGAINST: Final = " against "
_TO: Final = " to "  # between the days of a period
_RATES: Final = {
    "turnover": ("leaving more often", "leaving less often", "the rates"),
    "absence": ("losing more days", "losing fewer days", "the days lost"),
    "hourly_pay": ("being paid more", "being paid less", "the pay"),
}


def parts_sentence(shown: Released) -> Text:
    """How far a figure moved, or two groups are apart, and how much of it goes with who is in post and with the rates of similar staff.

    Parameters
    ----------
    shown : Released
        What `wf.stats.change_parts` or `wf.pay.change_parts` returned, released.

    Returns
    -------
    Text
        The sentence, or sentences. A part is called a cause of nothing: only what goes with which part is said, each with its 95% limits.
    """
    released = released_frame(shown)
    frame, definitions = released.frame, released.result.definitions
    if not definitions or any(book.measure != "change_parts" for book in definitions):
        raise UsageError(
            "expected the parts of a change, got another table",
            where="{table}",
            hint="use wf.stats.change_parts or wf.pay.change_parts, and release it",
            table=released.name,
        )
    definition = definitions[0].definition
    measured = "mean hourly pay" if definition == "hourly_pay" else measure_name(definition)
    if sentence := in_place(shown, about=f"why {measured} changed"):
        return sentence
    rows = {str(row["part"]): row for row in frame.to_dicts()}
    change = rows[CHANGE]
    split = {name: row for name, row in rows.items() if name != CHANGE}
    clauses = [_part(name, row, definition, change) for name, row in split.items() if row["value"] is not None]
    alone = [_mix(name) for name, row in split.items() if row["value"] is None]
    not_told = (
        f" Of the {listed(alone)} nothing is said, because only one is recorded or large enough." if alone else ""
    )
    start = "Of this" if change["value"] else "In parts"
    step = number(change[STEP], change["unit"], None, _step(change))
    nearest = f" Figures are to the nearest {step}." if change["value"] else ""
    return _sentence(f"{_of_all(change, capital(measured))} {start}, {listed(clauses)}.{nearest}{not_told}", shown)


def _of_all(row: dict[str, Any], called: str) -> str:
    """How far the figure moved, or how far apart the two are."""
    value, against = row["value"], str(row["against"])
    compared, over_groups, reference = against.partition(_AGAINST)
    if over_groups:
        where, reference = f" in {compared}", f"in {reference}"
    else:
        where, reference = "", f"{'in' if _TO in against else 'on'} {against}"
    size, nearest = (number(abs(n), row["unit"], None, _step(row)) for n in (value, row[STEP]))
    limits = _limits(row, label="95% limits: ")
    if value == 0:
        return f"{called} was the same{where} as {reference} to the nearest {nearest}{limits}."
    direction = "higher" if value > 0 else "lower"
    if not _is_clear(row):
        return f"{called} was {size} {direction}{where} than {reference}, which chance alone could explain{limits}."
    if over_groups:
        return f"{called} was {size} {direction}{where} than {reference}{limits}."
    return f"{called} {'rose' if value > 0 else 'fell'} by {size}{limits} from {against}."


def _part(name: str, row: dict[str, Any], definition: str, whole: dict[str, Any]) -> str:
    """One part: its size with its limits, and what it goes with; whether chance could explain it, where that is not so of the whole."""
    value = row["value"]
    size = plain(abs(value), row["unit"], None, _step(row))
    sign = "" if value == 0 else MINUS if value < 0 else "+"
    upwards, downwards, neither = _RATES[definition]
    if name == RATE:
        source = f"similar staff {upwards if value > 0 else downwards}" if value else f"{neither} of similar staff"
    else:
        source = f"a different mix of {_mix(name)}"
    chance = ""
    if value and _is_clear(row) != _is_clear(whole):
        chance = " (more than chance explains)" if _is_clear(row) else " (which chance alone could explain)"
    return f"{sign}{size}{_limits(row)} goes with {source}{chance}"


def _mix(name: str) -> str:
    """What the part of a column is the mix of.

    >>> _mix("mix of tenure band")
    'lengths of service'
    """
    return plural(name.removeprefix(MIX).replace(" ", "_"))


def _step(row: dict[str, Any]) -> float | None:
    """The step that says with how many decimals a figure is written; pounds have those of pence."""
    return None if str(row["unit"]).startswith("£") else float(row[STEP])


def _is_clear(row: dict[str, Any]) -> bool:
    """Whether the limits exclude none: they are given to the step outside of them, so that one at 0 was on its side of it."""
    lower, upper = row["lower"], row["upper"]
    return lower is not None and upper is not None and (lower >= 0 or upper <= 0)


def _limits(row: dict[str, Any], *, label: str = "") -> str:
    """The limits of a row in brackets."""
    if row["lower"] is None or row["upper"] is None:
        return ""
    lower, upper = (plain(row[c], row["unit"], None, _step(row)) for c in ("lower", "upper"))
    return f" ({label}{lower} to {upper})"

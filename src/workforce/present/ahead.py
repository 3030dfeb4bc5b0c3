"""Reading a released outlook: where each scenario ends, and what happened; in a title, in words and in a table.

A title says where the bands lie and never that one is better.
"""

from datetime import date
from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.forecast.outlook import HAPPENED
from workforce.forecast.simulate import AS_NOW
from workforce.periods import Period
from workforce.present.grid import Table, _html_table
from workforce.present.in_place import in_place
from workforce.present.measure_tables import notes_of
from workforce.present.numerals import capital, plain, short_name
from workforce.present.text import Text, _sentence, checked, one_rule
from workforce.present.view import View, gap_in_words, view, when, worded
from workforce.results import Forecast
from workforce.sealed import Provenance, Sealed

_SPOKEN: Final = 12


class Ahead(Sealed):
    """One figure of a released outlook, and what happened where that was released too."""

    __slots__ = ("past", "seen")

    seen: View
    past: View | None

    @property
    def views(self) -> list[View]:
        """The released tables behind it."""
        return [self.seen] if self.past is None else [self.seen, self.past]

    @property
    def scenarios(self) -> list[str]:
        """The scenarios, things as they are first."""
        names = self.seen.series
        return sorted(names, key=lambda name: (name != AS_NOW.name, name))

    @property
    def called(self) -> str:
        """What the figure is called within a sentence."""
        return short_name(self.seen.measure, self.seen.book.definition) if self.seen.book else self.seen.called

    def rows(self, scenario: str) -> list[dict[str, Any]]:
        """The months of a scenario, in order."""
        return self.seen.of(scenario).rows()

    def happened(self) -> list[dict[str, Any]]:
        """What happened, in order."""
        return [] if self.past is None else self.past.rows()

    @property
    def known_to(self) -> date | None:
        """The last day on which it is known what happened."""
        known = [r["period_end"] for r in self.happened() if r["value"] is not None]
        return known[-1] if known else None


def ahead(released: object, *, definition: str | None = None, actual: object | None = None) -> Ahead:
    """Look at one figure of a released outlook. actual: what `wf.forecast.outlook_past` made, released."""
    seen = view(released, by="scenario", definition=definition)
    if not seen.frame.is_empty() and not issubclass(seen.kind, Forecast):
        raise UsageError("this is not an outlook", hint="use wf.forecast.outlook, and release it")
    past = None if actual is None else view(actual, by="scenario", definition=definition)
    if past is not None and past.series and (past.unit != seen.unit or past.series != [worded(HAPPENED, "scenario")]):
        raise UsageError(
            "what happened is not of the same kind as the outlook", where="actual=", hint="use wf.forecast.outlook_past"
        )
    return Ahead._made(seen=seen, past=past)


def between(row: dict[str, Any], unit: str, level: int, join: str = "to") -> str:
    """Where 80 or 95 in 100 paths lie; empty where the figure is not shown.

    >>> between({"value": 20.1, "lower": 17.0, "lower_80": 18.04, "upper_80": 22.0, "upper": 23.0}, "cases per FTE", 80)
    '18.0 to 22.0'
    """
    low, high = levels(row)[level] if row["value"] is not None else (None, None)
    return "" if low is None or high is None else f"{plain(low, unit)} {join} {plain(high, unit)}"


def levels(row: dict[str, Any]) -> dict[int, tuple[Any, Any]]:
    """The two ends of each band."""
    return {80: (row["lower_80"], row["upper_80"]), 95: (row["lower"], row["upper"])}


def ahead_title(shown: Ahead) -> Text:
    """The title of an outlook: what happened against its bands where that is known; else where things as they are end, and the others."""
    checked(shown, Ahead)
    if sentence := in_place(shown.seen, about=f"the outlook of {shown.called}"):
        return _sentence(sentence.text.rstrip("."), *shown.views)
    called, unit = capital(shown.called), shown.seen.unit
    ends = {name: shown.rows(name)[-1] for name in shown.scenarios}
    name, last = next(iter(ends.items()))
    at = when(Period(last["period_end"].replace(day=1), last["period_end"]))
    if last["value"] is None:
        return _sentence(f"{called} in {at}: {gap_in_words(last)}", *shown.views)
    if shown.known_to is not None and shown.known_to >= last["period_end"]:
        return _sentence(f"{called} {_against(shown, name)}", *shown.views)
    first = f"{called} in {at}: {between(last, unit, 80)} in 80 of 100 paths {_as(name)} (middle {plain(last['value'], unit)})"
    others = [(r["value"], n) for n, r in ends.items() if n != name and r["value"] is not None]
    if not others:
        return _sentence(first, *shown.views)
    lowest, highest = min(others), max(others)
    least, most = plain(lowest[0], unit), plain(highest[0], unit)
    if least == most:
        return _sentence(
            f"{first}; middle {least} under {'the other scenario' if len(others) == 1 else 'every other scenario'}",
            *shown.views,
        )
    return _sentence(
        f"{first}; the other scenarios' middles run from {least} ({_quoted(lowest[1])}) to {most} ({_quoted(highest[1])})",
        *shown.views,
    )


def _as(name: str) -> str:
    return "with things as they are" if name == AS_NOW.name else f"under {_quoted(name)}"


def _quoted(name: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"


def _against(shown: Ahead, name: str) -> str:
    """Where the last figure that happened lies in the bands of its month."""
    rows = {r["period_end"]: r for r in shown.rows(name)}
    found = [r for r in shown.happened() if r["value"] is not None and r["period_end"] in rows]
    actual = found[-1]
    band, unit = rows[actual["period_end"]], shown.seen.unit
    inside = [level for level, (low, high) in levels(band).items() if low <= actual["value"] <= high]
    level = inside[0] if inside else 95
    where = f"inside the {level}% band" if inside else "outside the 95% band"
    at = when(Period(actual["period_end"].replace(day=1), actual["period_end"]))
    return (
        f"stood at {plain(actual['value'], unit)} in {at}, {where} of the outlook made before it "
        f"({between(band, unit, level)})"
    )


def checked_sentence(shown: Ahead) -> Text:
    """In how many of the months since an outlook was made each band held what happened; empty where nothing is known of them.

    The months are not independent of one another: what is said is what was seen, not how good the bands are.
    """
    checked(shown, Ahead)
    rows = {r["period_end"]: r for r in shown.rows(shown.scenarios[0])} if shown.scenarios else {}
    pairs = [
        (r["value"], rows[r["period_end"]])
        for r in shown.happened()
        if r["value"] is not None and r["period_end"] in rows and rows[r["period_end"]]["value"] is not None
    ]
    if not pairs:
        return _sentence("", *shown.views)
    held = [
        sum(low <= value <= high for value, row in pairs for low, high in [levels(row)[level]]) for level in (80, 95)
    ]
    months = f"{len(pairs)} month{'' if len(pairs) == 1 else 's'}"
    return _sentence(f"Of the {months} since, the 80% band held {held[0]} and the 95% band {held[1]}.", *shown.views)


def ahead_alt(shown: Ahead) -> str:
    """What the chart shows, in words."""
    unit = shown.seen.unit
    if not shown.scenarios:
        return f"Chart of the outlook of {shown.called}, without figures."
    panels = f", a panel for each of {len(shown.scenarios)} scenarios" if len(shown.scenarios) > 1 else ""
    said = [f"Band chart of the outlook of {shown.called}{panels}."]
    known = [r for r in shown.happened() if r["value"] is not None]
    if known:
        first, last = known[0], known[-1]
        said.append(
            f"What happened: {plain(first['value'], unit)} on {Period(first['period_end'], first['period_end'])}, "
            f"{plain(last['value'], unit)} on {Period(last['period_end'], last['period_end'])}."
        )
    for name in shown.scenarios[:_SPOKEN]:
        end = shown.rows(name)[-1]
        if end["value"] is None:
            said.append(f"{capital(name)}: {gap_in_words(end)}.")
            continue
        at = when(Period(end["period_end"].replace(day=1), end["period_end"]))
        said.append(
            f"{capital(name)}: the middle path ends at {plain(end['value'], unit)} in {at}, 80 in 100 paths between "
            f"{between(end, unit, 80, 'and')}, 95 in 100 between "
            f"{between(end, unit, 95, 'and')}."
        )
    return " ".join([*said, checked_sentence(shown).text]).strip()


def ahead_table(shown: Ahead) -> Table:
    """The months of each scenario: the middle path, and where 80 and 95 in 100 paths lie; what happened beside them."""
    checked(shown, Ahead)
    unit = shown.seen.unit
    happened = {r["period_end"]: r for r in shown.happened()}
    cells: dict[str, list[str]] = {
        "Scenario": [],
        "Month": [],
        "Middle path": [],
        "80 in 100 paths": [],
        "95 in 100 paths": [],
        "What happened": [],
    }
    for name in shown.scenarios:
        for r in shown.rows(name):
            actual = happened.get(r["period_end"])
            line = (
                capital(name),
                when(Period(r["period_end"].replace(day=1), r["period_end"])),
                plain(r["value"], unit, r["marker"]),
                between(r, unit, 80),
                between(r, unit, 95),
                "" if actual is None else plain(actual["value"], unit, actual["marker"]),
            )
            for column, text in zip(cells, line, strict=True):
                cells[column].append(text)
    if not any(cells["What happened"]):
        del cells["What happened"]
    title = f"Outlook of {shown.called}" + (f" ({unit})" if unit and unit not in shown.called else "")
    numbers = [c for c in cells if c not in ("Scenario", "Month")]
    frame = shown.seen.frame if shown.past is None else pl.concat([shown.seen.frame, shown.past.frame], how="diagonal")
    return _html_table(
        cells,
        numbers=numbers,
        row_headers=2,
        title=title,
        notes=notes_of(frame, shown.seen.note, shown.seen.reasons),
        rule=one_rule(*shown.views),
        provenance=Provenance.of_all(one._provenance for one in shown.views),
    )


def looked_back_sentence(released: Released, *, actual: Released, definition: str | None = None) -> Text:
    """What an outlook of a past day said of the last day known, what happened, and in how many months each band held it.

    Parameters
    ----------
    released : Released
        What `wf.forecast.outlook_checked` returned, released.
    actual : Released
        What `wf.forecast.outlook_past` returned, released.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence, or sentences.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where other functions made the tables.
    """
    shown = ahead(released, definition=definition, actual=actual)
    return _sentence(f"{ahead_title(shown).text}. {checked_sentence(shown).text}".strip(), *shown.views)

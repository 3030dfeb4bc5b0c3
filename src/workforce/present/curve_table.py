"""A released life table as an HTML table: the share still there and the number at risk, at whole years or weeks up to its last time."""

from collections.abc import Sequence
from typing import Final

from workforce.present.grid import Table, _html_table
from workforce.present.numerals import capital, count, label, limits, plain
from workforce.present.steps import at_risk, still_there
from workforce.present.view import View
from workforce.sealed import Provenance

_ROWS: Final = {"year": 40, "week": 16}  # for each curve, at most: every year of service is asked for


def _curve_table(seen: View, *, title: str | None, notes: Sequence[str], provenance: Provenance) -> Table:
    """The share still there, with its limits and the number at risk, at every so many whole units of time."""
    words = seen.curve
    share = f"{capital(words.still)} (%)"
    cells: dict[str, list[str]] = {label(seen.by): []} if seen.by else {}
    cells |= {words.clock: [], words.at_risk: [], share: [], "95% limits": []}
    longest = max((row["time"] for row in seen.rows()), default=0) / words.days_in_a_unit
    step = words.every(longest, _ROWS[words.unit])
    for name in seen.series:
        last = seen.of(name).rows()[-1]["time"]
        for units in range(0, int(last / words.days_in_a_unit) + 2, step):
            if words.days(units) > last:
                break
            risk, row = at_risk(seen, name, units), still_there(seen, name, units)
            if seen.by:
                cells[label(seen.by)].append(name)
            cells[words.clock].append(str(units))
            cells[words.at_risk].append(count(risk["at_risk"], risk["marker"]) if risk else "")
            value, low, high = (None if row[c] is None else 100 * row[c] for c in ("value", "lower", "upper"))
            cells[share].append(plain(value, "%", row["marker"]))
            cells["95% limits"].append(limits(low, high, "%"))
    return _html_table(
        cells,
        row_headers=2 if seen.by else 1,
        numbers=[words.at_risk, share, "95% limits"],
        title=title or f"{capital(words.who)} {words.still} by {words.clock[:1].lower()}{words.clock[1:]}",
        notes=list(notes),
        rule=seen.rule,
        provenance=provenance,
    )

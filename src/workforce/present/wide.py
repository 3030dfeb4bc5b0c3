"""Several definitions of one measure side by side, a row a group.

Promises: one line a group, a column a definition, in the order asked for; a marker in brackets where a figure is not shown. Refuses: frames
that were not released, definitions that are not there, and two figures for one cell.
"""

from collections.abc import Mapping

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError, did_you_mean
from workforce.present.grid import Table, drawn
from workforce.present.numerals import count, label, plain
from workforce.present.tables import notes_of
from workforce.present.view import UNRECORDED, groups_of, released_frame, worded


def wide_table(released: Released, *, columns: Mapping[str, str], title: str, people: str | None = None) -> Table:
    """A released measure table with its definitions as columns.

    columns: definition = heading, in order. people: heading of a column with the denominator of the first definition (how many people are
    behind it); None leaves it out. Rows: every group that one of the definitions has, of the latest period only where there are several.

    >>> from workforce.measures.frame import measure_table
    >>> staff = {"role": ["SENCO"], "body": ["Trust"], "people": [20], "denominator": [20.0]}
    >>> parts = [measure_table(pl.DataFrame({**staff, "value": [v]}), "pay_position", d, by=["role"])
    ...     for d, v in (("median", 21.2), ("compa_ratio", 0.98))]
    >>> pay = Released("internal", {"pay": pl.concat(parts)})
    >>> shown = wide_table(pay, columns={"median": "Median", "compa_ratio": "Ratio"}, title="Pay")
    >>> "£21.20" in shown.html, "0.98" in shown.html
    (True, True)
    """
    given = released_frame(released)
    frame = (
        given.frame.filter(pl.col("period_end") == pl.col("period_end").max()) if _several(given.frame) else given.frame
    )
    known = frame["definition"].unique().sort().to_list()
    for definition in columns:
        if definition not in known:
            raise UsageError(
                f'the table has no definition "{definition}"', where=given.name, hint=did_you_mean(definition, known)
            )
    groups = [g for g in groups_of(frame) if frame[g].n_unique() > 1] or groups_of(frame)[:1]
    parts = {d: frame.filter(pl.col("definition") == d) for d in columns}
    if any(part.select(groups).is_duplicated().any() for part in parts.values() if groups):
        raise UsageError(
            "several figures stand for one cell", where=given.name, hint="measure with fewer columns in by="
        )
    rows = pl.concat([part.select(groups) for part in parts.values()]).unique().sort(*groups, nulls_last=True)
    cells = {label(g): [UNRECORDED if v is None else worded(v, g) for v in rows[g]] for g in groups}
    first = parts[next(iter(columns))]
    beside = rows.join(first, on=groups, how="left", nulls_equal=True, maintain_order="left").to_dicts()
    if people is not None:
        cells[people] = [count(r["denominator"], r["marker"]) for r in beside]
    for definition, heading in columns.items():
        matched = rows.join(
            parts[definition], on=groups, how="left", nulls_equal=True, maintain_order="left"
        ).to_dicts()
        cells[heading] = [plain(r["value"], r["unit"] or "", r["marker"]) for r in matched]
    shown = pl.concat(list(parts.values()))
    numbers = [c for c in cells if c not in {label(g) for g in groups}]
    return drawn(cells, numbers=numbers, title=title, notes=notes_of(shown, given.note), rule=given.rule)


def _several(frame: pl.DataFrame) -> bool:
    return frame["period_end"].n_unique() > 1

"""Disclosure control: the one place where a table becomes fit to be shown.

Promises: charts and tables take only what `release` returns; a withheld value is null with marker `c`, never 0 and never a sentinel; rates
and limits are recomputed from the rounded numbers that are shown. What is published together is released together. Where more than a fifth
of a breakdown would be withheld, the next coarser one that was offered is shown instead, and the note says so. Refuses: an unknown rule;
official figures without a source; a row whose people are not known passes only where the measure book says that nobody is behind it.
"""

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from workforce.definitions import definition_of
from workforce.disclosure.complement import complements
from workforce.disclosure.curves import released_curve
from workforce.disclosure.hazards import hazard_rows, is_hazards, released_hazards
from workforce.disclosure.incidences import groups_of_incidence, is_incidence, released_incidence
from workforce.disclosure.released import Released
from workforce.disclosure.rows import PUBLISHED_BESIDE, released_rows
from workforce.disclosure.rules import MOST_WITHHELD, OPEN_RULES, RULES, WITHHELD, Rule
from workforce.errors import DisclosureError, did_you_mean
from workforce.measures.comparison.compare import with_change
from workforce.measures.frame import FIRST, REST, added_columns, group_columns
from workforce.measures.leaving.cox import Fit
from workforce.measures.rolling.combine import LIFE_TABLE

__all__ = ["OPEN_RULES", "RULES", "Released", "Rule", "release"]

Table = pl.DataFrame | Fit
Tables = Table | Mapping[str, Table | Mapping[str, Table]]


def release(tables: Tables, rule: str = "board", *, previous: Released | None = None) -> Released:
    """Apply a disclosure rule to all the tables of a page at once.

    tables: one measure table, life table, table of incidences or fit of hazards, or a mapping of names to them. In place of a table
    there may be a ladder, a mapping from words ("by month", "by year") to tables from fine to coarse: the first with at most a fifth of
    its figures withheld is shown, else the one with the smallest share. rule: `board` (the default), `internal`, `partner`,
    `published`, `analyst`. previous: last month's release; a figure withheld there stays withheld here. Source of the rules: this
    project's measure book, after the NHS England workforce statistics (rounding to 5) and OpenSAFELY (midpoint-6 life tables).

    >>> from workforce.measures.frame import measure_table
    >>> sides = pl.DataFrame({"numerator": [12.0], "denominator": [98.0], "people": [104]})
    >>> release(measure_table(sides, "turnover", "nhs", by=[])).frame.select("numerator", "denominator", "value").row(0)
    (10.0, 100.0, 10.0)
    """
    if rule not in RULES and rule not in OPEN_RULES:
        raise DisclosureError(
            '"{rule}" is not a disclosure rule', hint=did_you_mean(rule, [*RULES, *OPEN_RULES]), rule=rule
        )
    named = {"table": tables} if isinstance(tables, Table) else dict(tables)
    ladders: dict[str, _Ladder] = {}
    for name, given in named.items():
        steps = {"": given} if isinstance(given, Table) else given
        if not steps:
            raise DisclosureError("a ladder has no step", where="{name}", hint="give at least one table", name=name)
        before = previous.tables.get(name) if previous is not None else None
        ladders[name] = _Ladder(
            {words: hazard_rows(step) if isinstance(step, Fit) else step for words, step in steps.items()}, before
        )
    frames = _as_coarse_as_needed(ladders, rule)
    return Released(rule, MappingProxyType(frames), MappingProxyType({n: each.note for n, each in ladders.items()}))


class _Ladder:
    """The steps of one table from fine to coarse, the one that stands, and what was withheld of each that was tried."""

    def __init__(self, steps: Mapping[str, pl.DataFrame], before: pl.DataFrame | None) -> None:
        self.steps = list(steps.items())
        self.before = before
        self.at = 0
        self.tried: dict[int, tuple[int, int]] = {}  # by step: figures that it had, and how many of them are withheld

    @property
    def table(self) -> pl.DataFrame:
        return self.steps[self.at][1]

    def record(self, shown: pl.DataFrame) -> None:
        had = _figures(self.table)
        self.tried[self.at] = had, had - _figures(shown)

    def share(self, step: int) -> float:
        had, withheld = self.tried[step]
        return withheld / had if had else 0.0

    @property
    def note(self) -> str:
        words = self.steps[self.at][0]
        if not words or not self.at:
            return ""
        had, withheld = self.tried[0]
        return f"Shown {words}: {self.steps[0][0]}, {withheld} of {had} figures would be withheld."


def _as_coarse_as_needed(ladders: Mapping[str, _Ladder], rule: str) -> dict[str, pl.DataFrame]:
    """All tables as they are shown: ladders climb while too much of their step is withheld, because it is small or would tell what is."""
    while True:
        frames = _together(
            {name: each.table for name, each in ladders.items()}, {n: e.before for n, e in ladders.items()}, rule
        )
        for name, each in ladders.items():
            each.record(frames[name])
        too_fine = [e for e in ladders.values() if e.share(e.at) > MOST_WITHHELD and e.at + 1 < len(e.steps)]
        if not too_fine:
            break
        for each in too_fine:
            each.at += 1
    best = {name: min(e.tried, key=e.share) for name, e in ladders.items() if e.share(e.at) > MOST_WITHHELD}
    if all(ladders[name].at == step for name, step in best.items()):
        return frames
    for name, step in best.items():
        ladders[name].at = step
    return _together({name: e.table for name, e in ladders.items()}, {n: e.before for n, e in ladders.items()}, rule)


def _together(
    tables: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame | None], rule: str
) -> dict[str, pl.DataFrame]:
    """Tables as the rule shows each, less what would tell a withheld figure of another."""
    shown = {name: _as_withheld_before(_apply(table, rule), before[name]) for name, table in tables.items()}
    if rule not in RULES or not RULES[rule].complements:
        return shown
    measured = {name: table for name, table in tables.items() if {*FIRST, *REST} <= set(table.columns)}
    small = {name: (shown[name]["marker"] == WITHHELD).fill_null(value=False) for name in measured}
    as_well = complements(measured, small, RULES[rule])
    return {
        name: _hidden(frame, as_well[name] & ~small[name]) if name in as_well else frame
        for name, frame in shown.items()
    }


def _figures(table: pl.DataFrame) -> int:
    """Figures in a measure table; curves in a life table, whose steps are blocked rather than withheld one by one."""
    shown = table.filter(pl.col("hazard_ratio" if is_hazards(table) else "value").is_not_null())
    if is_incidence(table):
        groups = groups_of_incidence(table)
        return shown.select(groups).n_unique() if groups else min(shown.height, 1)
    if not set(LIFE_TABLE) <= set(table.columns):
        return shown.height
    groups = [c for c in table.columns if table.schema[c] == pl.String and c != "marker"]
    return shown.select(groups).n_unique() if groups else min(shown.height, 1)


def _apply(table: pl.DataFrame, rule: str) -> pl.DataFrame:
    if rule == "analyst":
        return table
    if rule == "published":
        if "source" not in table.columns or table["source"].is_null().any():
            raise DisclosureError("official figures need a source on every row", hint='release the table under "board"')
        return table
    applied = RULES[rule]
    if is_incidence(table):
        return released_incidence(table, applied)
    if is_hazards(table):
        return released_hazards(table, applied)
    if set(LIFE_TABLE) <= set(table.columns):
        return released_curve(table, applied)
    lacking = [c for c in (*FIRST, *REST) if c not in table.columns]
    if lacking:
        raise DisclosureError(
            "only measure tables and life tables can be released; this lacks {columns}",
            hint="release what a measure returned",
            columns=lacking,
        )
    parts = [
        released_rows(part, definition_of(str(measure), str(definition)), applied)
        for (measure, definition), part in table.group_by(*FIRST, maintain_order=True)
    ]
    return pl.concat(parts, how="vertical_relaxed") if parts else table


def _as_withheld_before(shown: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Figures that last month's release withheld stay withheld: to show one now would tell what it was then."""
    if before is None or not {*FIRST, *REST} <= set(shown.columns) or before.columns != shown.columns:
        return shown
    keys = [*FIRST, *group_columns(shown), "period_start", "period_end"]
    then = before.filter(pl.col("marker") == WITHHELD).select(keys).unique().with_columns(then=pl.lit(value=True))
    marked = shown.join(then, on=keys, how="left", nulls_equal=True, maintain_order="left")
    has_figure = marked["marker"].is_null() | (marked["marker"] == WITHHELD)
    return _hidden(shown, marked["then"].fill_null(value=False) & has_figure)


def _hidden(shown: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """The table with the figures of some rows withheld."""
    if not rows.any():
        return shown
    hidden = pl.lit(rows)
    figures = ("numerator", "denominator", "people", "value", "lower", "upper")
    added = [c for c in added_columns(shown) if c not in PUBLISHED_BESIDE]
    kept = shown.with_columns(
        *[pl.when(~hidden).then(pl.col(c)).alias(c) for c in (*figures, *added)],
        marker=pl.when(hidden).then(pl.lit(WITHHELD)).otherwise("marker"),
        method=pl.when(hidden).then(pl.lit("none")).otherwise("method"),
    )
    return with_change(kept).select(shown.columns) if "change" in shown.columns else kept

"""Disclosure control: the one place where a table becomes fit to be shown.

Promises: charts and tables take only what `release` returns; a withheld value is null with marker `c`, never 0 and never a sentinel; rates
and limits are recomputed from the rounded numbers that are shown. What is published together is released together. Where more than a fifth
of a breakdown would be withheld, the next coarser one that was offered is shown instead, and the note says so. Refuses: an unknown rule;
official figures without a source; a row whose people are not known passes only where the measure book says that nobody is behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import polars as pl

from workforce.definitions import Definition, definition_of
from workforce.errors import DisclosureError, did_you_mean
from workforce.measures.combine import LIFE_TABLE
from workforce.measures.frame import FIRST, REST, group_columns, measure_table
from workforce.measures.intervals import z_value
from workforce.measures.life_table import curve_of

WITHHELD: Final = "c"
MOST_WITHHELD: Final = 0.2  # measure book: beyond a fifth of the cells the report goes coarser
BLOCK: Final = 6  # midpoint-6 rounding of cumulative counts (OpenSAFELY documentation, "Midpoint 6 rounding")
HOURLY_PAY_STEP: Final = 0.05  # 100 pounds a year in pounds an hour: 100 / 52.143 / 37 = 0.052
Tables = pl.DataFrame | Mapping[str, pl.DataFrame | Mapping[str, pl.DataFrame]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule of the measure book does.

    small: a count of people from 1 to this is withheld. headcounts_to: other headcounts are rounded to the nearest such number, and FTE,
    days and cases to whole numbers; None rounds nothing. rates_from, pay_from: the fewest people behind a rate, or behind pay.
    """

    name: str
    words: str
    small: int
    headcounts_to: int | None
    rates_from: int
    pay_from: int


RULES: Final = {
    "board": Rule("board", "counts of 1 to 7 withheld, headcounts rounded to 5, rates from 10 people", 7, 5, 10, 10),
    "internal": Rule("internal", "counts of 1 to 4 withheld, nothing rounded", 4, None, 0, 5),
    "partner": Rule("partner", "exact counts at or above the agreed group size of 5", 4, None, 0, 5),
}
OPEN_RULES: Final = {
    "published": "official statistics, shown as published",
    "analyst": "Not for release: nothing is withheld",
}


@dataclass(frozen=True, slots=True)
class Released:
    """Tables that went through `release`, with the rule that was applied and, where a table was made coarser, a sentence that says so.

    Charts and tables take nothing else. `released["turnover"]` is a Released of that one table, `released.frame` its frame.
    """

    rule: str
    tables: Mapping[str, pl.DataFrame]
    notes: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> "Released":
        if name not in self.tables:
            raise DisclosureError(f'no table "{name}" was released', hint=did_you_mean(name, list(self.tables)))
        return Released(self.rule, MappingProxyType({name: self.tables[name]}), {name: self.notes.get(name, "")})

    @property
    def name(self) -> str:
        """The name of the only table."""
        if len(self.tables) != 1:
            raise DisclosureError(
                f"{len(self.tables)} tables were released together", hint='choose one: released["turnover"]'
            )
        return next(iter(self.tables))

    @property
    def frame(self) -> pl.DataFrame:
        """The only table."""
        return self.tables[self.name]

    @property
    def note(self) -> str:
        """How the only table was made coarser, in a sentence; empty where it was not."""
        return self.notes.get(self.name, "")


def release(tables: Tables, rule: str = "board", *, previous: Released | None = None) -> Released:
    """Apply a disclosure rule to all the tables of a page at once.

    tables: one measure table or life table, or a mapping of names to tables. In place of a table there may be a ladder, a mapping from
    words ("by month", "by year") to tables from fine to coarse: the first with at most a fifth of its figures withheld is shown, else the one
    with the smallest share. rule: `board` (the default), `internal`, `partner`, `published`, `analyst`. previous: last month's release; a
    figure withheld there stays withheld here. Source of the rules: this project's measure book, after the NHS England workforce statistics
    (rounding to 5) and OpenSAFELY (midpoint-6 life tables).

    >>> sides = pl.DataFrame({"numerator": [12.0], "denominator": [98.0], "people": [104]})
    >>> release(measure_table(sides, "turnover", "nhs", by=[])).frame.select("numerator", "denominator", "value").row(0)
    (10.0, 100.0, 10.0)
    """
    if rule not in RULES and rule not in OPEN_RULES:
        raise DisclosureError(f'"{rule}" is not a disclosure rule', hint=did_you_mean(rule, [*RULES, *OPEN_RULES]))
    named = {"table": tables} if isinstance(tables, pl.DataFrame) else dict(tables)
    frames: dict[str, pl.DataFrame] = {}
    notes: dict[str, str] = {}
    for name, given in named.items():
        ladder = {"": given} if isinstance(given, pl.DataFrame) else given
        if not ladder:
            raise DisclosureError("a ladder has no step", where=name, hint="give at least one table")
        before = previous.tables.get(name) if previous is not None else None
        frames[name], notes[name] = _first_that_shows_enough(ladder, rule, before)
    return Released(rule, MappingProxyType(frames), MappingProxyType(notes))


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a ladder as it would be shown: how many figures it had, and how many of them are withheld."""

    words: str
    shown: pl.DataFrame
    had: int
    withheld: int

    @property
    def share(self) -> float:
        return self.withheld / self.had if self.had else 0.0


def _first_that_shows_enough(
    ladder: Mapping[str, pl.DataFrame], rule: str, before: pl.DataFrame | None
) -> tuple[pl.DataFrame, str]:
    tried: list[_Step] = []
    for words, table in ladder.items():
        shown = _as_withheld_before(_apply(table, rule), before)
        tried.append(_Step(words, shown, _figures(table), _figures(table) - _figures(shown)))
        if tried[-1].share <= MOST_WITHHELD:
            break
    chosen = tried[-1] if tried[-1].share <= MOST_WITHHELD else min(tried, key=lambda step: step.share)
    if not chosen.words or chosen is tried[0]:
        return chosen.shown, ""
    first = tried[0]
    return (
        chosen.shown,
        f"Shown {chosen.words}: {first.words}, {first.withheld} of {first.had} figures would be withheld.",
    )


def _figures(table: pl.DataFrame) -> int:
    """Figures in a measure table; curves in a life table, whose steps are blocked rather than withheld one by one."""
    shown = table.filter(pl.col("value").is_not_null())
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
    if set(LIFE_TABLE) <= set(table.columns):
        return _life_table(table, applied)
    lacking = [c for c in (*FIRST, *REST) if c not in table.columns]
    if lacking:
        raise DisclosureError(
            f"only measure tables and life tables can be released; this lacks {', '.join(lacking)}",
            hint="release what a measure returned",
        )
    parts = [
        _measure_rows(part, definition_of(str(measure), str(definition)), applied)
        for (measure, definition), part in table.group_by(*FIRST, maintain_order=True)
    ]
    return pl.concat(parts, how="vertical_relaxed") if parts else table


def _measure_rows(part: pl.DataFrame, book: Definition, rule: Rule) -> pl.DataFrame:
    if book.public:
        return part
    withheld, no_rate = _small(book, rule)
    columns = part.columns
    added = [c for c in columns if c not in REST and c not in FIRST and part.schema[c] != pl.String]
    rounded = part.with_columns(
        *_rounded(book, rule),
        standard_error=_two_figures((pl.col("upper") - pl.col("lower")) / (2 * z_value())) / _scale_of_row(book),
        withheld=withheld,
        no_rate=no_rate,
    )
    if rule.headcounts_to is not None and book.numerator is not None:
        rounded = _recomputed(rounded, part, book, added)
    elif book.is_pay and rule.headcounts_to is not None:
        step = HOURLY_PAY_STEP if book.unit == "£ an hour" else 0.01
        rounded = rounded.with_columns(value=_half_up(pl.col("value"), step))
    figures = ["numerator", "denominator", "people"]
    rates = ["value", "lower", "upper", *added]
    only_count = book.denominator is None
    return (
        rounded.with_columns(
            *[pl.when(~pl.col("withheld")).then(pl.col(c)).alias(c) for c in figures],
            *[pl.when(~pl.col("withheld") & (~pl.col("no_rate") | only_count)).then(pl.col(c)).alias(c) for c in rates],
            marker=pl.when(pl.col("withheld") | (pl.col("no_rate") & pl.lit(not only_count)))
            .then(pl.lit(WITHHELD))
            .otherwise("marker"),
        )
        .with_columns(method=pl.when(pl.col("lower").is_null()).then(pl.lit("none")).otherwise("method"))
        .select(columns)
    )


def _small(book: Definition, rule: Rule) -> tuple[pl.Expr, pl.Expr]:
    """Which rows are withheld, and which show their counts but no rate."""

    def few(count: pl.Expr) -> pl.Expr:
        return ((count > 0) & (count < rule.small + 0.5)).fill_null(value=False)

    has_figure = pl.col("marker").is_null()
    withheld = few(pl.col("people")) | pl.col("people").is_null()
    for column, side in (("numerator", book.numerator), ("denominator", book.denominator)):
        # Few full-time equivalents are few people, and an FTE of 0.6 is one person's.
        if side is not None and side.kind in ("people", "fte"):
            withheld |= few(pl.col(column))
    both_people = (
        book.numerator is not None
        and book.denominator is not None
        and book.numerator.kind == book.denominator.kind == "people"
    )
    if both_people:
        withheld |= few(pl.col("denominator") - pl.col("numerator"))
    fewest = rule.pay_from if book.is_pay else rule.rates_from
    if book.is_pay:
        withheld |= pl.col("people") < fewest
    return withheld & has_figure, (pl.col("people") < fewest) & has_figure


def _half_up(value: pl.Expr, step: float) -> pl.Expr:
    """The nearest multiple of a step, halves away from zero, as published figures are."""
    return ((value.abs() / step + 0.5 + 1e-9).floor() * step * value.sign()).round(6)


def _rounded(book: Definition, rule: Rule) -> list[pl.Expr]:
    if rule.headcounts_to is None:
        return []
    steps = {"people": _half_up(pl.col("people"), rule.headcounts_to).cast(pl.Int64)}
    for column, side in (("numerator", book.numerator), ("denominator", book.denominator)):
        if side is not None:
            steps[column] = _half_up(pl.col(column), rule.headcounts_to if side.kind == "people" else 1)
    return [expression.alias(name) for name, expression in steps.items()]


def _two_figures(value: pl.Expr) -> pl.Expr:
    """Two significant figures: a standard error says no more, and tells nothing of a single person."""
    return value.round_sig_figs(2)


def _scale_of_row(book: Definition) -> pl.Expr:
    """What the ratio of the two sides was multiplied by in this row (annualised rates have their own)."""
    ratio = pl.col("numerator") / pl.col("denominator")
    return pl.when((ratio > 0) & ratio.is_finite()).then(pl.col("value") / ratio).otherwise(pl.lit(book.scale))


def _recomputed(rounded: pl.DataFrame, exact: pl.DataFrame, book: Definition, added: list[str]) -> pl.DataFrame:
    """The same rows with value and limits from the rounded sides."""
    groups = [c for c in group_columns(exact) if c not in added and c not in book.adds]
    numbered = rounded.with_columns(row=pl.int_range(pl.len()).cast(pl.String))
    parts = []
    for (unit,), rows in numbered.group_by("unit", maintain_order=True):
        annualised = str(unit) != book.unit
        parts.append(
            measure_table(rows.drop("value"), book.measure, book.definition, by=["row", *groups], annualised=annualised)
        )
    fresh = pl.concat(parts).select("row", "value", "lower", "upper", "method")
    return numbered.drop("value", "lower", "upper", "method").join(fresh, on="row", maintain_order="left").drop("row")


def _as_withheld_before(shown: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Figures that last month's release withheld stay withheld: to show one now would tell what it was then."""
    if before is None or set(LIFE_TABLE) <= set(shown.columns) or before.columns != shown.columns:
        return shown
    keys = [*FIRST, *[c for c in group_columns(shown) if shown.schema[c] == pl.String], "period_start", "period_end"]
    then = before.filter(pl.col("marker") == WITHHELD).select(keys).unique().with_columns(then=pl.lit(value=True))
    hidden = pl.col("then").fill_null(value=False) & (pl.col("marker").is_null() | (pl.col("marker") == WITHHELD))
    figures = ("numerator", "denominator", "people", "value", "lower", "upper")
    return (
        shown.join(then, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            *[pl.when(~hidden).then(pl.col(c)).alias(c) for c in figures],
            marker=pl.when(hidden).then(pl.lit(WITHHELD)).otherwise("marker"),
        )
        .select(shown.columns)
    )


def _life_table(table: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """A life table in blocks: cumulative counts at the midpoints of sixes, so that no step shows one person's leaving day."""
    if rule.name == "partner":
        return table
    groups = [c for c in table.columns if table.schema[c] == pl.String and c != "marker"]
    parts = []
    for _, part in table.group_by(groups or [pl.lit(1)], maintain_order=True):
        ordered = part.sort("time")
        if ordered["entered"].sum() <= rule.small or ordered["left"].sum() <= rule.small:
            parts.append(_withheld_curve(ordered))
            continue
        counts = ordered.with_columns(_midpoint(pl.col(c).cum_sum()).alias(c) for c in ("entered", "left", "censored"))
        changed = counts.filter(
            pl.any_horizontal(pl.col(c) != pl.col(c).shift(1).fill_null(0.0) for c in ("entered", "left", "censored"))
        ).with_columns(pl.col(c) - pl.col(c).shift(1).fill_null(0.0) for c in ("entered", "left", "censored"))
        curve = curve_of(changed.select(*groups, "time", "entered", "left", "censored"), groups)
        parts.append(_only_while_enough(curve, ordered, rule))
    return pl.concat(parts, how="vertical_relaxed") if parts else table


def _midpoint(count: pl.Expr) -> pl.Expr:
    """Every count from 1 to 6 as 3, from 7 to 12 as 9, and so on; 0 stays 0."""
    return pl.when(count > 0).then((count / BLOCK).ceil() * BLOCK - BLOCK / 2).otherwise(0.0)


def _withheld_curve(part: pl.DataFrame) -> pl.DataFrame:
    """One row that says that a group's curve is withheld."""
    figures = ("entered", "at_risk", "left", "censored", "value", "lower", "upper")
    return part.head(1).with_columns(
        *[pl.lit(None, part.schema[c]).alias(c) for c in figures],
        time=pl.lit(0).cast(part.schema["time"]),
        marker=pl.lit(WITHHELD),
    )


def _only_while_enough(curve: pl.DataFrame, exact: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The curve up to where fewer people than a rate needs are at risk; all of it withheld where that is so from the beginning."""
    fewest = max(rule.rates_from, rule.small + 1)
    leaving = curve.filter(pl.col("left") > 0)
    short = leaving.filter(pl.col("at_risk") < fewest)
    if short.is_empty():
        return curve
    first = short["time"].min()
    kept = curve.filter(pl.col("time") < first)
    return kept if kept.filter(pl.col("left") > 0).height else _withheld_curve(exact)

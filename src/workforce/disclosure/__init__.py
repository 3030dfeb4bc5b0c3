"""Disclosure control: the one place where a result becomes fit to be shown.

A withheld value is null with marker ``c``, never 0 and never a sentinel; rates and limits are recomputed from the rounded numbers that are
shown. What is published together is released together. Where more than a fifth of a breakdown would be withheld, the next coarser one that
was offered is shown instead, or all organisations together, and the note says so; what cannot be made coarser is left out with one line.
"""

import json
from collections.abc import Mapping
from functools import singledispatch
from typing import Final

import polars as pl

from workforce.benchmark.compare import with_change
from workforce.disclosure.audit import audit
from workforce.disclosure.coarseness import (
    ALL_TOGETHER,
    IS_WITHHELD,
    LEFT_OUT,
    is_too_fine,
    latest_alone,
    mostly_withheld,
    organisations_together,
    verdicts_left,
    withheld_rows,
    without_mostly_withheld,
)
from workforce.disclosure.curves import (
    released_curve,
    released_hazards,
    released_incidence,
    released_summary,
    released_test,
)
from workforce.disclosure.figures import Shown, figures_of, row_keys
from workforce.disclosure.primary import PUBLISHED_BESIDE, released_rows
from workforce.disclosure.publication import Further, hand_over, next_call
from workforce.disclosure.released import Released
from workforce.disclosure.rules import MOST_WITHHELD, OPEN_RULES, PAGE_RULES, RULES, WITHHELD, Rule, rule_of
from workforce.disclosure.small_bodies import OF_YEARS, by_years
from workforce.disclosure.verdicts import released_differences, verdicts_of
from workforce.errors import DisclosureError, did_you_mean
from workforce.results import (
    FIRST,
    PRINTED,
    Curve,
    Differences,
    Hazards,
    Incidence,
    MeasureTable,
    Result,
    Summary,
    Test,
)
from workforce.sealed import Provenance, text_given

__all__ = ["ALL_TOGETHER", "LEFT_OUT", "OPEN_RULES", "RULES", "Released", "Rule", "release"]

TELLS_TOO_MUCH: Final = "figures of few people could be worked out from it"
Results = Result | Mapping[str, Result | Mapping[str, Result]]


def release(results: Results, rule: str = "board") -> Released:
    """Apply a disclosure rule to all the results of a page at once.

    Parameters
    ----------
    results : result, or mapping of names to results
        What measures returned. In place of a result there may be a ladder, a mapping from words ("by month", "by year") to results from
        fine to coarse: the first with at most a fifth of its figures withheld is shown, else the one with the smallest share. Under
        ``board`` a step whose months or quarters count fewer than 12 on average is too fine as well; without a coarser one its last
        period is shown. Of a page, whose results have names,
        a breakdown of which more than a fifth would be withheld shows all organisations together, where it is by organisation, or nothing
        and the reason; a result by itself is shown as it is.
    rule : {"board", "internal", "partner", "published", "analyst"}
        The disclosure rule.

    Returns
    -------
    Released
        What charts, tables and sentences take.

    Raises
    ------
    DisclosureError
        Where the rule is unknown, or something is not a result of a measure.

    References
    ----------
    This project's measure book, after the NHS England workforce statistics (rounding to 5) and OpenSAFELY (midpoint-6 life tables).

    Examples
    --------
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"numerator": [12.0], "denominator": [98.0], "people": [104]})
    >>> release(measure_table(sides, "turnover", "nhs", by=[])).frame.select("numerator", "denominator", "value").row(0)
    (10.0, 100.0, 10.0)
    """
    rule = text_given(rule, "rule")
    if rule not in RULES and rule not in OPEN_RULES:
        raise DisclosureError(
            '"{rule}" is not a disclosure rule', hint=did_you_mean(rule, [*RULES, *OPEN_RULES]), rule=rule
        )
    if not isinstance(results, Result | Mapping):
        raise DisclosureError(
            "only the result of a measure can be released", hint="release what a measure returned, or a dict of such"
        )
    tables = {"table": results} if isinstance(results, Result) else dict(results)
    ladders = {text_given(name, "name"): _ladder(result, name, rule) for name, result in tables.items()}
    steps_of_all = [step for ladder in ladders.values() for _, step in ladder.steps]
    provenance = Provenance.of_all(step._provenance for step in steps_of_all)
    in_force = rule if rule in OPEN_RULES else rule_of(rule, provenance)
    by_page_rule = isinstance(in_force, Rule) and in_force.name in PAGE_RULES
    is_page = by_page_rule and not isinstance(results, Result)
    of_run = next_call() if by_page_rule else None
    further = of_run or Further()
    frames = _as_coarse_as_needed(ladders, in_force, further)
    if is_page:
        frames = _with_organisations_together(ladders, frames, in_force, further)
    results_shown = {name: ladders[name].with_its_words(table) for name, table in frames.items()}
    verdicts = verdicts_of({n: ladder.table for n, ladder in ladders.items()}, results_shown)
    if by_page_rule:
        results_shown = {n: ladders[n].as_on_a_page(table, is_page=is_page) for n, table in results_shown.items()}
        verdicts = {n: verdicts_left(frame, results_shown[n]) for n, frame in verdicts.items()}
    if of_run is not None and isinstance(in_force, Rule):
        hand_over(figures_of(_tables_shown(ladders, results_shown, in_force)))
    notes = {n: ladder.note if _shows_something(results_shown[n]) else "" for n, ladder in ladders.items()}
    return Released._of(rule, results_shown, notes, verdicts)


def _tables_shown(ladders: "Mapping[str, _Ladder]", results: Mapping[str, Result], rule: Rule) -> dict[str, Shown]:
    """The tables that show anything, by their label, as they were measured and as they are shown."""
    tables = {}
    for name, ladder in ladders.items():
        exact, released = ladder.table, results[name]
        if isinstance(exact, MeasureTable) and not isinstance(exact, Summary) and isinstance(released, MeasureTable):
            measured = _measured_rows(exact, released)
            by_rule = _withheld(_apply(exact, rule).frame)[measured]
            if measured:
                exact_rows = exact._with(exact.frame[measured])
                tables[ladder.label] = Shown(exact_rows, released, rule, _withheld(released.frame) & ~by_rule)
    return tables


def _measured_rows(exact: MeasureTable, shown: MeasureTable) -> list[int]:
    """Which row of a measured table each shown row is: a page leaves some out, and may put others in another order."""
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(row_keys(exact)):
        rows.setdefault(key, []).append(row)
    of_key = {key: iter(numbers) for key, numbers in rows.items()}
    return [next(of_key[key]) for key in row_keys(shown)]


def _withheld(frame: pl.DataFrame) -> pl.Series:
    return (frame["marker"] == WITHHELD).fill_null(value=False)


def _with_printed_names(result: Result) -> Result:
    """The result with the printed names of the organisations in place of the slugs of the settings."""
    names = dict(result._provenance.names)
    groups = [c for c in result.groups if c in ("organisation", "body", "moved_from", "moved_to")]
    changed = [pl.col(c).replace(names) for c in groups]
    if isinstance(result, MeasureTable):
        changed.append(pl.col("left_out").list.eval(pl.element().replace(names)))
    if isinstance(result, Hazards):
        organisations = pl.col("covariate") == "organisation"
        changed.append(pl.when(organisations).then(pl.col("level").replace(names)).otherwise("level").alias("level"))
    if not names:
        return result
    curve = {"curve": _with_printed_names(result.curve)} if isinstance(result, Summary) else {}
    return result._with(result.frame.with_columns(changed), **curve)


def _ladder(result: Result | Mapping[str, Result], name: str, rule: str) -> "_Ladder":
    """The ladder of one table, its steps with printed names; a result by itself is a ladder of one step."""
    steps = {"": result} if isinstance(result, Result) else result
    if not isinstance(steps, Mapping) or not all(isinstance(step, Result) for step in steps.values()):
        raise DisclosureError(
            "only the result of a measure can be released",
            where="{name}",
            hint="release what a measure returned",
            name=name,
        )
    if not steps:
        raise DisclosureError("a ladder has no step", where="{name}", hint="give at least one table", name=name)
    by_words = {text_given(words, "steps"): _with_printed_names(step) for words, step in dict(steps).items()}
    if rule == "board":
        by_words = {words: by_years(step) if step._provenance.small else step for words, step in by_words.items()}
    return _Ladder(by_words, text_given(name, "name"), rule)


class _Ladder:
    """The steps of one table from fine to coarse, the one that stands, and what was withheld of each that was tried."""

    def __init__(self, steps: Mapping[str, Result], name: str, rule: str) -> None:
        self.steps = list(steps.items())
        self.name = name
        self.at = 0
        self.tried: dict[int, tuple[int, int]] = {}  # by step: figures that it had, and how many of them are withheld
        # A board sees no months or quarters of few events, and a page no breakdown that is mostly withheld, where there is a coarser step.
        self.few_events = [rule == "board" and is_too_fine(step) for step in steps.values()]
        self.is_page = rule in PAGE_RULES
        self.unfit: dict[int, bool] = {}

    @property
    def table(self) -> Result:
        return self.steps[self.at][1]

    @property
    def label(self) -> str:
        """The table's name and its step: the same in every run."""
        return json.dumps([self.name, self.at])

    def record(self, shown: Result) -> None:
        had = _figures(self.table)
        self.tried[self.at] = had, had - _figures(shown)
        too_much = self.is_page and bool(mostly_withheld(shown, self.table))
        self.unfit[self.at] = self.few_events[self.at] or too_much

    def share(self, step: int) -> float:
        had, withheld = self.tried[step]
        left_out = OF_YEARS in self.steps[step][1].reasons  # of a small body nothing may be left of a step
        return withheld / had if had else float(left_out)

    def is_too_fine(self, step: int) -> bool:
        return self.share(step) > MOST_WITHHELD or self.unfit[step]

    def best(self) -> int:
        """The step of which least is withheld: of those that a page may show, where there are such."""
        return min(self.tried, key=lambda step: (self.unfit[step], self.share(step)))

    def put_together(self, shown: Result) -> bool:
        """Take the organisations of the table that stands together as the step after it, where too much of it is withheld."""
        all_organisations = organisations_together(shown, self.table)
        if all_organisations is None or not isinstance(shown, MeasureTable):
            return False
        words = self.steps[self.at][0]
        self.tried[self.at] = len(shown), int(withheld_rows(shown)[IS_WITHHELD].sum())
        self.steps = [
            *self.steps[: self.at],
            (words or "by organisation", self.table),
            (ALL_TOGETHER, all_organisations),
        ]
        self.few_events = [*self.few_events[: self.at + 1], False]
        self.at += 1
        return True

    def as_on_a_page(self, shown: Result, *, is_page: bool) -> Result:
        """The step that stands without what a page leaves out of it."""
        if is_page and self.few_events[self.at]:
            return latest_alone(shown)
        return without_mostly_withheld(shown, self.table, only_private=not is_page)

    @property
    def note(self) -> str:
        words = self.steps[self.at][0]
        if not words or not self.at:
            return ""
        had, withheld = self.tried[0]
        if not had:
            return f"Shown {words}: {self.steps[0][0]}, nothing can be shown."
        if withheld <= MOST_WITHHELD * had and self.few_events[0]:
            return f"Shown {words}: {self.steps[0][0]}, the counts are too small."
        return f"Shown {words}: {self.steps[0][0]}, too many figures would be withheld."

    def with_its_words(self, shown: Result) -> Result:
        """The result, with the caller's words for its steps recorded where the note prints them."""
        words = [self.steps[0][0], self.steps[self.at][0]] if self.note else []
        if ALL_TOGETHER in words:  # the library's own; before it, those of a ladder are the caller's
            words = words[:1] if self.at > 1 else []
        return shown._with(shown.frame, _provenance=shown._provenance.with_arguments(steps=words)) if words else shown


def _as_coarse_as_needed(ladders: Mapping[str, _Ladder], rule: Rule | str, further: Further) -> dict[str, Result]:
    """All tables as they are shown: each takes its next coarser step while more than a fifth of it would be withheld."""
    while True:
        frames = _released_together(ladders, rule, further)
        for name, ladder in ladders.items():
            ladder.record(frames[name])
        too_fine = [e for e in ladders.values() if e.is_too_fine(e.at) and e.at + 1 < len(e.steps)]
        if not too_fine:
            break
        for ladder in too_fine:
            ladder.at += 1
    best = {name: e.best() for name, e in ladders.items() if e.is_too_fine(e.at)}
    if all(ladders[name].at == step for name, step in best.items()):
        return frames
    for name, step in best.items():
        ladders[name].at = step
    return _released_together(ladders, rule, further)


def _with_organisations_together(
    ladders: Mapping[str, _Ladder], frames: dict[str, Result], rule: Rule | str, further: Further
) -> dict[str, Result]:
    """All tables as they are shown: of one by organisation of which too much is withheld, all organisations together."""
    put_together = [name for name in ladders if ladders[name].put_together(frames[name])]
    if not put_together:
        return frames
    return _released_together(ladders, rule, further)


def _released_together(ladders: Mapping[str, _Ladder], rule: Rule | str, further: Further) -> dict[str, Result]:
    """Results as the rule shows each, without the figures from which a withheld figure of another table could be worked out."""
    results = {name: ladder.table for name, ladder in ladders.items()}
    applied = {name: _apply(result, rule) for name, result in results.items()}
    if isinstance(rule, str) or not rule.complements:
        return applied
    tables = {}
    for name, result in results.items():
        by_rule, label = applied[name], ladders[name].label
        if label in further.left_out:
            applied[name] = _left_out(by_rule)
        # Figures of a life table say no more than its curve, which has no sums.
        elif isinstance(result, MeasureTable) and isinstance(by_rule, MeasureTable) and not isinstance(result, Summary):
            second = row_keys(result).is_in(list(further.rows.get(label, ()))) & ~_withheld(by_rule.frame)
            table = _hidden(by_rule, second)
            applied[name] = table
            tables[name] = Shown(result, table, rule, second)
    audited = audit(figures_of(tables))
    rows: dict[str, list[int]] = {}
    for name, row in audited.withheld:
        rows.setdefault(name, []).append(row)
    for name, result in applied.items():
        if name in audited.left_out:
            applied[name] = _left_out(result)
        elif isinstance(result, MeasureTable) and name in rows:
            applied[name] = _hidden(result, pl.int_range(len(result), eager=True).is_in(rows[name]))
    return applied


def _left_out(shown: Result) -> Result:
    return shown._with(shown.frame.clear(), reasons=[TELLS_TOO_MUCH])


def _shows_something(result: Result) -> bool:
    """Whether a released result prints a figure or a range; what does not is not shown by any step."""
    is_range = "printed_high" in result.frame.columns and bool(result.frame["printed_high"].is_not_null().any())
    return is_range or _figures(result) > 0


@singledispatch
def _figures(result: Result) -> int:
    """How many figures a result shows: of a measure table its values, of curves and incidences their groups."""
    raise NotImplementedError


@_figures.register
def _(result: MeasureTable) -> int:
    return result.frame["value"].count()


@_figures.register
def _(result: Hazards) -> int:
    return result.frame["hazard_ratio"].count()


@_figures.register(Test)
@_figures.register(Differences)
def _(result: Test | Differences) -> int:
    return len(result)


@_figures.register(Curve)
@_figures.register(Incidence)
def _(result: Curve | Incidence) -> int:
    rows = result.frame.filter(pl.col("value").is_not_null())
    return rows.select(result.groups).n_unique() if result.groups else min(rows.height, 1)


def _apply(result: Result, rule: Rule | str) -> Result:
    """The result as a rule shows it; the open rules, which have no numbers, are names."""
    if isinstance(rule, Rule):
        return _released(result, rule)
    if rule == "published" and not result._provenance.official:
        raise DisclosureError(
            "only figures of the official store can be released as published",
            hint='use wf.load_official and wf.benchmark, or release the table under "board"',
        )
    return result


@singledispatch
def _released(result: Result, rule: Rule) -> Result:  # noqa: ARG001 - what the kinds below take
    """A result as a rule shows it."""
    raise DisclosureError("only the result of a measure can be released", hint="release what a measure returned")


for _of_kind in (released_incidence, released_hazards, released_test, released_curve, released_summary):
    _released.register(_of_kind)


@_released.register
def _(result: Differences, rule: Rule) -> Result:
    table = _released_together({"table": _Ladder({"": result.table}, "table", rule.name)}, rule, Further())["table"]
    return released_differences(result, table) if isinstance(table, MeasureTable) else result


@_released.register
def _(result: MeasureTable, rule: Rule) -> Result:
    place = "row of the table"  # no group is called so
    frames = [
        released_rows(
            result._with(rows.drop(place)), result.definition(str(measure), str(definition)), rule
        ).with_columns(rows[place])
        for (measure, definition), rows in result.frame.with_row_index(place).group_by(*FIRST, maintain_order=True)
    ]
    if not frames:
        return result
    # Public figures are printed as they came.
    frame = pl.concat(frames, how="diagonal_relaxed").sort(place).drop(place)
    printed = [c for c in PRINTED if c in frame.columns]
    return result._with(frame, added=[*(c for c in result.added if c in frame.columns), *printed])


def _hidden(table: MeasureTable, rows: pl.Series) -> MeasureTable:
    """The table with the figures of some rows withheld."""
    if not rows.any():
        return table
    hidden = pl.lit(rows)
    figures = ("numerator", "denominator", "people", "value", "lower", "upper")
    added = [c for c in table.added if c not in PUBLISHED_BESIDE]  # how a rate is printed goes with it
    frame = table.frame
    withheld = frame.with_columns(
        *[pl.when(~hidden).then(pl.col(c)).alias(c) for c in (*figures, *added)],
        marker=pl.when(hidden).then(pl.lit(WITHHELD)).otherwise("marker"),
        method=pl.when(hidden).then(pl.lit("none")).otherwise("method"),
    )
    changed = with_change(table._with(withheld)).frame.select(frame.columns) if "change" in table.added else withheld
    return table._with(changed)

"""Several looks at the same groups in one table: a row a group, and a column for each released table.

Each column shows one number of a released table, as that table writes it: the latest period of a measure, the horizon of a curve, and of
causes or reasons the most frequent that is known.
"""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, WITHHELD
from workforce.errors import DisclosureError, UsageError, did_you_mean
from workforce.measures.difference import NOT_TESTED
from workforce.present.kinds.hazards import ALLOWING, RATIO, has_one_limit, hazard_sentence, hazards, ratio_text
from workforce.present.kinds.incidence import OTHERS_FEW, UNKNOWN, incidences
from workforce.present.kinds.retention import LATEST_YEAR, last_common_unit, still_there
from workforce.present.shown import Table, Text, _html_table, _sentence, titled
from workforce.present.text.numbers import (
    UNRECORDED,
    capital,
    label,
    limits_of,
    measure_name,
    plain,
    printed,
    uncapital,
    when,
    worded,
)
from workforce.present.text.sentences import explained, in_place
from workforce.present.view import View, groups_of, in_order, view
from workforce.results import Curve, Hazards, Incidence
from workforce.sealed import text_given

Cell = Callable[[str], str]  # the text of a column for a group, by the group's name as written


def looks_table(page: Released, *, by: str, looks: Sequence[str], title: str | Text) -> Table | Text:
    """Draw one row for each group of a column, and one column for each of the named tables of a page.

    Parameters
    ----------
    page : Released
        The released results of a page.
    by : str
        The column of the groups, which every one of the tables has (hazards: as a covariate).
    looks : sequence of str
        Names of released results, in order. Of a measure table: the latest period with its limits; of reasons, the one most often given.
        Of a life table: the share still there at the horizon. Of incidences: the most frequent known cause. Of hazards: the ratio.
    title : str
        The caption.

    Returns
    -------
    Table or Text
        The table as HTML, with its caption and notes. A table without a figure has no column: a sentence under the others says why. Where
        none has a figure, the sentences alone.

    Raises
    ------
    DisclosureError
        Where the page was not released.
    UsageError
        Where a table has no such groups, or several numbers for one cell.

    Examples
    --------
    >>> from workforce.disclosure import release
    >>> from workforce.stats.rates import measure_table
    >>> sides = pl.DataFrame({"team": ["A", "B"], "numerator": [12.0, 30.0], "denominator": [100.0, 100.0], "people": [100, 100]})
    >>> page = release({"turnover": measure_table(sides, "turnover", "nhs", by=["team"])}, "internal")
    >>> shown = looks_table(page, by="team", looks=["turnover"], title="Teams")
    >>> "12.0% (6.2 to 21.0)" in shown.html
    True
    """
    if not isinstance(page, Released):
        raise DisclosureError("a page was given that has not been released", hint="use wf.release")
    if not looks:
        raise UsageError("no table was named", where="looks=", hint=did_you_mean("", list(page.tables)))
    by, looks = text_given(by, "by"), [text_given(name, "looks") for name in looks]
    words, provenance = titled(title, *(page[name] for name in looks))
    columns: dict[str, Cell] = {}
    names: dict[str, None] = {}
    coarser: list[str] = []
    repeated: list[str] = []  # names of tables that a heading prints, to tell it from another
    missing = {name: sentence for name in looks if (sentence := _without_figures(page[name], by))}
    if len(missing) == len(looks):
        return _sentence(" ".join(dict.fromkeys(reason.text for reason in missing.values())), *missing.values())
    for name in (name for name in looks if name not in missing):
        heading, cell, groups = _look(page[name], by)
        if heading in columns:
            heading = f"{heading}: {name}"
            repeated.append(name)
        columns[heading] = cell
        names |= dict.fromkeys(groups)
        coarser += [f"{heading}: {uncapital(page[name].note)}"] if page[name].note else []
    rows = [row[by] for row in in_order([{by: name} for name in names], [by])]
    cells = {label(by): rows, **{heading: [cell(name) for name in rows] for heading, cell in columns.items()}}
    texts = {text for column in cells.values() for text in column}
    meanings = [
        f"[{m}] {MARKERS[m]}." for m in explained(MARKERS, page.rule) if any(f"[{m}]" in text for text in texts)
    ]
    return _html_table(
        cells,
        title=words,
        notes=[*meanings, *coarser, *dict.fromkeys(reason.text for reason in missing.values())],
        rule=page.rule,
        provenance=provenance.with_arguments(looks=repeated),
    )


def _without_figures(released: Released, by: str) -> Text | None:
    """The sentence in place of a column of which no group has a figure, or is withheld."""
    if isinstance(released.result, Hazards):
        model = hazards(released)
        if released.frame["hazard_ratio"].is_not_null().any() or (released.frame["marker"] == WITHHELD).any():
            return None
        return hazard_sentence(model, by)
    if (released.frame["marker"] == WITHHELD).any() if "marker" in released.frame.columns else False:
        return None
    return in_place(released)


def _look(released: Released, by: str) -> tuple[str, Cell, list[str]]:
    """The heading of a table's column, its text for a group, and its groups."""
    if isinstance(released.result, Hazards):
        return _of_hazards(released, by)
    if isinstance(released.result, Incidence):
        return _of_incidences(released, by)
    if by not in groups_of(released):
        groups = groups_of(released)
        raise UsageError(
            'the table has no group column "{by}"',
            where="{table}",
            hint=did_you_mean(by, groups) if groups else "measure with by=",
            by=by,
            table=released.name,
        )
    return _of_curve(view(released, by=by)) if isinstance(released.result, Curve) else _of_measure(released, by)


def _of_measure(released: Released, by: str) -> tuple[str, Cell, list[str]]:
    other_columns = [c for c in groups_of(released) if c != by and released.frame[c].n_unique() > 1]
    latest = released.frame.filter(pl.col("period_end").eq_missing(pl.col("period_end").max()))
    if not other_columns:
        table = view(released._narrowed(latest), by=by)
        period = f", {when(table.periods[-1])}" if table.periods else ""
        rows = {r["series"]: r for r in table.rows()}
        return f"{capital(table.called)}{period}", lambda name: _figure(rows.get(name)), table.series
    if len(other_columns) > 1 or latest.select("measure", "definition").n_unique() > 1:
        raise UsageError(
            "several figures would stand in one cell",
            where="{table}",
            hint="measure one definition, by one more column",
            table=released.name,
        )
    latest_rows = latest.with_columns(
        pl.col(by).map_elements(lambda value: worded(value, by), return_dtype=pl.String).fill_null(UNRECORDED)
    )
    by_group = {name: latest_rows.filter(pl.col(by) == name).to_dicts() for name in latest_rows[by].unique().sort()}
    about = capital(measure_name(released.frame["measure"][0]))
    return (
        f"{about}: most frequent {label(other_columns[0]).lower()} ({NOT_TESTED})",
        lambda name: _most(by_group.get(name, []), other_columns[0]),
        list(by_group),
    )


def _most(rows: list[dict[str, Any]], column: str) -> str:
    """The group with the highest figure; where several share it, all of them."""
    with_value = [r for r in rows if r["value"] is not None and r[column] is not None]
    if not with_value:
        return _figure(rows[0]) if rows else ""
    top = max(r["value"] for r in with_value)
    first = [worded(r[column], column) for r in with_value if r["value"] == top]
    return f"{' / '.join(first)} {plain(top, with_value[0]['unit'] or '')}"


def _figure(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    unit = row["unit"] or ""
    between = limits_of(row, unit)
    figure = printed(row, unit)
    return f"{figure} ({between})" if between else figure


def _of_curve(table: View) -> tuple[str, Cell, list[str]]:
    words, units = table.curve, last_common_unit(table)
    at = units or 1

    def cell(name: str) -> str:
        if name not in table.series:
            return ""
        row = still_there(table, name, at)
        marker = row["marker"] or next((r["marker"] for r in table.of(name).rows() if r["marker"]), None)
        scaled = {c: None if row[c] is None else 100 * row[c] for c in ("value", "lower", "upper")}
        return _figure({**scaled, "unit": "%", "marker": marker})

    return f"{capital(words.still)} after {words.after(at)}", cell, table.series


def _of_incidences(released: Released, by: str) -> tuple[str, Cell, list[str]]:
    incidence_rows = incidences(released, by=by)
    year = incidence_rows.year() or LATEST_YEAR

    def cell(name: str) -> str:
        rows = incidence_rows.at(name, year) or {}
        known_causes = [r for c, r in rows.items() if c not in (UNKNOWN, OTHERS_FEW) and r["value"] > 0]
        if not known_causes:
            return "[c]" if name in incidence_rows.groups and not incidence_rows.rows(name) else ""
        first = max(known_causes, key=lambda r: (r["value"], r["cause"]))
        return f"{first['cause']} {plain(100 * first['value'], '%')}"

    heading = f"Most frequent known destination within {year} year{'' if year == 1 else 's'} ({NOT_TESTED})"
    return heading, cell, incidence_rows.groups


def _of_hazards(released: Released, by: str) -> tuple[str, Cell, list[str]]:
    rows = {r["group"]: r for r in hazards(released).rows() if r["covariate"] == by and r["level"] is not None}
    if not rows:
        covariates = released.frame["covariate"].unique().sort().to_list()
        raise UsageError(
            'the model has no levels of "{by}"',
            where="{table}",
            hint=did_you_mean(by, covariates),
            by=by,
            table=released.name,
        )

    def cell(name: str) -> str:
        row = rows.get(name)
        if row is not None and (row["reference"] or has_one_limit(row)):
            return ratio_text(row)
        return _figure({**row, "unit": RATIO}) if row else ""

    return f"Times as fast to leave, {ALLOWING}", cell, list(rows)

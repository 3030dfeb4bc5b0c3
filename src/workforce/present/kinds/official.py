"""Sentences on official figures: how one local authority compares with its neighbours and England.

Sentences use the figures as printed, to one decimal place, rounded half up; the measure book says which direction is better. Official
figures are published without limits, and a median has none: whether they differ by more than chance is not tested, and sentences say so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from workforce.benchmark.authorities import ENGLAND, find_authority, neighbours_of
from workforce.benchmark.compare import MODELS
from workforce.benchmark.glance import (
    BY_HEAD,
    BY_HEAD_IN_FULL,
    INDICATORS,
    Indicator,
    authority_of_today,
    lines_of,
    period_words,
    series_of,
    standings,
)
from workforce.benchmark.official import OfficialStore, half_up, polarity, sickness_by_organisation
from workforce.benchmark.page import MEDIAN, beside, latest
from workforce.book import definition_of, measure_book
from workforce.disclosure import Released, release
from workforce.disclosure.rules import MARKERS
from workforce.periods import Period
from workforce.present.kinds.trend import trend
from workforce.present.shown import Cell, Figure, Table, Text, _html_table, _sentence, checked
from workforce.present.text.numbers import capital, listed
from workforce.present.text.sentences import sentence_of, was
from workforce.present.view import released_frame
from workforce.sealed import text_given

RANK: Final = "Rank in England, and quarter"
DIFFERS: Final = "Differs from the median by more than chance"
_MORE_THAN_CHANCE: Final = (
    "More than chance: the authority's own count is tested against the median as a fixed standard, as if cases came independently of one "
    "another; then, of those marked higher or lower, at most 5% are expected to be chance. Not shown does not mean alike. Not tested: the "
    "counts behind the figure are not published, or do not vary by chance alone."
)
FEW_CASES: Final = 20
"""With fewer cases behind a figure they are printed under it, because such a figure moves much by one case."""

_FEW_CASES: Final = (
    f"Where fewer than {FEW_CASES} cases are behind the authority's own figure, they are under it: one case more or less moves the figure, "
    "its rank and its change much."
)
DIFFERENCES_NOT_TESTED: Final = "differences not tested"


def benchmark_title(released: Released) -> Text:
    """The title for the last period: the figures of the authority, of its neighbours' median and of England.

    Parameters
    ----------
    released : Released
        The table `lines` or `latest` of `wf.benchmark.page`.

    Returns
    -------
    Text
        The title.

    Examples
    --------
    >>> import workforce as wf
    >>> page = wf.benchmark.page(wf.load_official(), measure="turnover", definition="dfe_fte", area="Devon")
    >>> print(benchmark_title(wf.release(page, "published")["lines"]))
    Turnover in 2025 was 14.2% in Devon, 10.4% at its neighbours' median and 11.8% in England; differences not tested
    """
    return _levels(released, f"; {DIFFERENCES_NOT_TESTED}")


def _levels(released: Released, tail: str) -> Text:
    """The figures of the last period, with what is said of their differences."""
    table = released_frame(released).frame
    authority_rows = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
    if authority_rows.is_empty():
        return _sentence("No figure is published for the authority", released)
    last = authority_rows.row(-1, named=True)
    what = f"{_name(last['measure'])} in {last['area']} in {last['period_end'].year}"
    if last["value"] is None:
        return _sentence(f"{what}: no figure is published", released)
    figures = _last_figures(table)
    mine = figures[last["area_code"]]
    unit = "%" if last["unit"] == "%" else f" {last['unit']}"
    references = (("at its neighbours' median", MEDIAN), ("in England", ENGLAND))
    compared = [
        f"{reference:.1f}{unit} {words}" for words, code in references if (reference := figures.get(code)) is not None
    ]
    name = _name(last["measure"])
    level = f"{name} in {last['period_end'].year} {was(name)} {mine:.1f}{unit} in {last['area']}"
    if not compared:
        return _sentence(level, released)
    words = listed([level, *compared])
    return _sentence(f"{words}{tail}", released)


def standing_title(released: Released, *, area: str) -> Text:
    """The title of the table `standing` of `wf.benchmark.page`, with the end from which ranks are counted.

    Parameters
    ----------
    released : Released
        The table `standing`, released.
    area : str
        The authority.

    Returns
    -------
    Text
        The title.

    Examples
    --------
    >>> import workforce as wf
    >>> page = wf.benchmark.page(wf.load_official(), measure="turnover", definition="dfe_fte", area="Devon")
    >>> print(standing_title(wf.release(page, "published")["standing"], area="Devon"))
    Turnover: Devon among its statistical neighbours, by period; rank 1 is the lowest, which is better; differences not tested
    """
    name = text_given(area, "area")
    released = released_frame(released)
    if released.frame.is_empty():
        return _sentence(sentence_of(released, released.frame).text.rstrip("."), released)
    table = released.frame
    book = definition_of(table["measure"][0], table["definition"][0])
    better = polarity(book)
    end = f"{better.replace('er', 'est')}, which is better" if better else "lowest; neither end is better"
    words = f"{_name(book.measure)}: {name} among its statistical neighbours, by period; rank 1 is the {end}"
    return _sentence(f"{words}; {DIFFERENCES_NOT_TESTED}", released, area=name)


def nhs_title(released: Released) -> Text:
    """The title for the last month of `wf.benchmark.nhs_by_month`: the figures of each NHS system and of England, to one decimal place.

    Parameters
    ----------
    released : Released
        What `wf.benchmark.nhs_by_month` returned, released.

    Returns
    -------
    Text
        The title.

    Examples
    --------
    >>> import workforce as wf
    >>> months = wf.benchmark.nhs_by_month(wf.load_official(), area="Devon")
    >>> print(nhs_title(wf.release(months, "published")))
    Sickness absence in March 2025: Devon (NHS system) 5.1%; England 4.9%; differences not tested
    """
    last = latest(released_frame(released).frame).with_columns(half_up(pl.col("value"), 1))
    if last.is_empty():
        return _sentence("Sickness absence: no figures", released)
    england = last.filter(pl.col("area_level") == "national")["value"].to_list()
    of_systems = last.filter(pl.col("area_level") != "national").select("area", "value").rows()
    is_figure = [value is not None for _, value in of_systems]
    systems = []
    for name, value in of_systems:
        if value is None:
            systems.append(f"{name}: no figure is published")
        else:
            systems.append(f"{name} {value:.1f}%")
    if england and england[0] is not None and any(is_figure):
        systems += [f"England {england[0]:.1f}%", DIFFERENCES_NOT_TESTED]
    return _sentence(f"Sickness absence in {last['period_end'][0]:%B %Y}: {'; '.join(systems)}", released)


def at_a_glance(official: OfficialStore, *, area: str, model: str = "2025") -> Text:
    """The figures of an authority on a page and its neighbours' medians, each with the direction that the measure book calls better.

    Each in the last period with a figure in the file, as printed.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        The authority.
    model : str
        The model of statistical neighbours.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> print(at_a_glance(load_official(), area="Devon"))
    Devon and its neighbours' median, each in its last published year: ... Differences are not tested.
    """
    checked(official, OfficialStore)
    figures, neighbours, model_name = official.published, official.neighbours, text_given(model, "model")
    authority = find_authority(figures, neighbours, area)
    # NHS sickness is not published by authority.
    on_the_page = {key: entry.listed_as for key, entry in measure_book().published.items() if entry.listed_as}
    pairs, gaps = [], []
    for (measure, definition), name in on_the_page.items():
        table = beside(figures, neighbours, measure=measure, definition=definition, area=area, model=model_name)
        last = _last_figures(table)
        authority_rows = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
        mine = last.get(authority_rows["area_code"][-1]) if len(authority_rows) else None
        book = definition_of(measure, definition)
        median, better = last.get(MEDIAN), polarity(book)
        if mine is None or median is None:
            gaps.append(name)
            continue
        unit = "%" if book.unit == "%" else f" {book.unit}"
        pairs.append(f"{name} {mine:.1f}{unit} and {median:.1f}{unit}{f' ({better} is better)' if better else ''}")
    if not pairs:
        words = f"None of {len(on_the_page)} figures for {authority.name} can be compared with its neighbours' median."
        return _sentence(words, official)
    without = f" Not compared, because a figure is missing: {listed(gaps)}." if gaps else ""
    start = f"{authority.name} and its neighbours' median, each in its last published year"
    return _sentence(
        f"{start}: {'; '.join(pairs)}. {capital(DIFFERENCES_NOT_TESTED.replace(' ', ' are ', 1))}.{without}", official
    )


def neighbours_sentence(official: OfficialStore, *, area: str, model: str = "2025") -> Text:
    """The authorities that an authority is compared with, the model that chose them, and how many differ in the other models.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        The authority.
    model : str
        The model of statistical neighbours.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> print(neighbours_sentence(load_official(), area="Devon"))
    Devon is compared with 10 statistical neighbours by the DfE's model of May 2025, nearest first: East Sussex; Dorset; ...
    By the model of April 2021, 5 of its 10 neighbours are different: Shropshire; Herefordshire; Cornwall; Gloucestershire; Wiltshire.
    """
    checked(official, OfficialStore)
    neighbours, chosen = official.neighbours, text_given(model, "model")
    authority = find_authority(official.published, neighbours, area)
    names = neighbours_of(neighbours, authority, model=chosen)["neighbour_name"].to_list()
    by = f"by the DfE's model of {MODELS.get(chosen, chosen)}, nearest first: {'; '.join(str(n) for n in names)}"
    sentences = [f"{authority.name} is compared with {len(names)} statistical neighbours {by}."]
    models = neighbours.filter(pl.col("area_code") == authority.code)["model"].unique().sort().to_list()
    for other_model in (m for m in models if m != chosen):
        theirs = neighbours_of(neighbours, authority, model=other_model)["neighbour_name"].to_list()
        new_neighbours = [str(n) for n in theirs if n not in names]
        are = "is" if len(new_neighbours) == 1 else "are"
        count_words = (
            f"{len(new_neighbours)} of its {len(theirs)} neighbours {are} different: {'; '.join(new_neighbours)}"
        )
        which = count_words if new_neighbours else "its neighbours are the same"
        sentences.append(f"By the model of {MODELS.get(other_model, other_model)}, {which}.")
    return _sentence(" ".join(sentences), official)


def _name(measure: str) -> str:
    entry = measure_book().measures[measure]
    return capital(entry.subject or entry.called)


def _last_figures(table: pl.DataFrame) -> dict[str, float | None]:
    """The figures of the last period as they are printed, by area code."""
    printed = latest(table).select("area_code", half_up(pl.col("value"), 1))
    return dict(printed.iter_rows())


def glance_table(official: OfficialStore, *, area: str, model: str = "2025") -> Table:
    """Every indicator of one authority in its last published year: beside its neighbours' median, its region and England, with its rank.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.
    model : str
        The model of statistical neighbours.

    Returns
    -------
    Table
        The table, a row an indicator.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> glance_table(load_official(), area="Kent").title
    'Kent at a glance: 25 indicators, each in its last published year'
    """
    return glance_of(_standings_of(official, area, model), official)


def glance_of(rows: pl.DataFrame, official: OfficialStore) -> Table:
    """The rows of one authority in `standings` as a table."""
    lines = rows.sort("place").to_dicts()
    name = lines[0]["area_name"]
    region = _usual_region(lines)
    columns: dict[str, list[str | Cell]] = {
        "Indicator": [_indicator(line, _better(line)) for line in lines],
        name: [_own_figure(line) for line in lines],
        "Neighbours' median": [_median(line) for line in lines],
        **({region: [_of_region(line, region) for line in lines]} if region else {}),
        "England": [_figure(line["england"]) for line in lines],
        RANK: [_place(line) for line in lines],
        "Change on a year": [_change(line) for line in lines],
        DIFFERS: [_verdict(line) for line in lines],
    }
    joint_returns = sorted({line["returned_with"] for line in lines if line["returned_with"]})
    notes = [
        "Rank 1 is the better end where better is said, else the lowest; a joint return counts once. Quarters likewise, of all returns.",
        _MORE_THAN_CHANCE,
        *([_FEW_CASES] if any(_cases(line) for line in lines) else []),
        "By plan: plans in January of the year. No figures of regions are published on appeals.",
        *([f"Made together in one return, and not apart: {'; '.join(joint_returns)}."] if joint_returns else []),
        *_symbols(lines),
        *sorted({f"Break in the series: {line['series_break']}." for line in lines if line["series_break"]}),
    ]
    return _official_table(
        columns,
        official,
        title=f"{name} at a glance: {len(lines)} indicators, each in its last published year",
        words=("Indicator", RANK, DIFFERS),
        notes=notes,
    )


def sources_table(official: OfficialStore, *, area: str, model: str = "2025") -> Table:
    """The counts behind each indicator of one authority, and the publication that they are from.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.
    model : str
        The model of statistical neighbours.

    Returns
    -------
    Table
        The table, a row an indicator.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> sources_table(load_official(), area="886").title
    'Kent: the counts behind the figures, and where they are published'
    """
    return sources_of(_standings_of(official, area, model), official)


def _standings_of(official: OfficialStore, area: str, model: str) -> pl.DataFrame:
    """The rows of one authority in `standings`, under the code that it has today."""
    checked(official, OfficialStore)
    model_name = text_given(model, "model")
    authority = find_authority(official.published, official.neighbours, area)
    code, _, _ = authority_of_today(authority.code, authority.name)
    return standings(official, model=model_name, areas=[code])


def _official_table(
    columns: Mapping[str, Sequence[str | Cell]],
    official: OfficialStore,
    *,
    title: str,
    words: Sequence[str],
    notes: Sequence[str],
) -> Table:
    """A table of official figures in the layout of an authority's page; `words` are its columns that hold no numbers."""
    return _html_table(
        columns,
        title=title,
        rule=official.rule,
        provenance=official._provenance,
        numbers=[column for column in columns if column not in words],
        notes=notes,
        layout="wf-glance",
    )


def sources_of(rows: pl.DataFrame, official: OfficialStore) -> Table:
    """The rows of one authority in `standings` with the counts behind them."""
    lines = rows.sort("place").to_dicts()
    columns: dict[str, list[str | Cell]] = {
        "Indicator": [_indicator(line) for line in lines],
        "Numerator": [_count(line["numerator"]) for line in lines],
        "Denominator": [_count(line["denominator"]) for line in lines],
        "Release": [f"{line['release'] or ''}" for line in lines],
    }
    return _official_table(
        columns,
        official,
        title=f"{lines[0]['area_name']}: the counts behind the figures, and where they are published",
        words=("Indicator", "Release"),
        notes=[*_symbols(lines), "All under the Open Government Licence v3.0."],
    )


def nhs_table(official: OfficialStore, *, area: str) -> Table:
    """NHS sickness absence of the systems around a local authority and of England, over the last twelve months that are published.

    Parameters
    ----------
    official : OfficialStore
        What `wf.load_official` returned.
    area : str
        Name or three-digit number of the local authority.

    Returns
    -------
    Table
        A row a system, then England, from days summed over the organisations and months.

    Examples
    --------
    >>> from workforce.sources.published import load_official
    >>> print(nhs_table(load_official(), area="Kent"))
    Sickness absence of NHS staff around Kent, year to March 2025
    """
    checked(official, OfficialStore)
    authority = find_authority(official.published, official.neighbours, area)
    result = sickness_by_organisation(official, area=authority.code)
    lines = result.frame.filter(pl.col("area_level") != "organisation").to_dicts()
    days = [line["period_end"] for line in lines]
    return _official_table(
        {
            "Integrated care system": [line["area"] for line in lines],
            "Absence (%)": [_figure(line["value"]) for line in lines],
            "FTE days lost": [_count(round(line["numerator"])) for line in lines],
            "FTE days available": [_count(round(line["denominator"])) for line in lines],
        },
        official,
        title=f"Sickness absence of NHS staff around {authority.name}, year to {max(days):%B %Y}",
        words=("Integrated care system",),
        notes=[
            "Source: NHS England, NHS sickness absence rates; summed over every organisation of the months' files, all staff groups."
        ],
    )


def trends_of(
    official: OfficialStore,
    *,
    area: tuple[str, str, str],
    nearest: Sequence[str],
    series: Sequence[tuple[Indicator, pl.DataFrame]],
) -> list[Figure | Text]:
    """The drawn indicators of one authority over time; series: each with what `series_of` returned."""
    figures = []
    for indicator, rows in series:
        lines = release(lines_of(official, indicator, rows, nearest, area), "published")
        # Whether it differs by more than chance stands in the table at the top of the page.
        figures.append(trend(lines, by="area", title=_levels(lines, "")))
    return figures


def drawn_series(official: OfficialStore) -> list[tuple[Indicator, pl.DataFrame]]:
    """The indicators that are drawn over time, each with all its rows."""
    published = official.published
    return [(indicator, series_of(published, indicator)) for indicator in INDICATORS if indicator.as_drawn]


def _indicator(line: dict[str, Any], better: str = "") -> Cell:
    """An indicator with its unit and period under it, and which direction is better where that is said."""
    return Cell(line["indicator"], (f"{unit_words(line['unit'])}, {_when(line)}{better}",))


def _when(line: dict[str, Any]) -> str:
    return period_words(Period(line["period_start"], line["period_end"]))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{pl.select(half_up(pl.lit(value), 1)).item():,.1f}"


def _count(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _own_figure(line: dict[str, Any]) -> str | Cell:
    if line["value"] is None:
        return f"[{line['marker']}]"
    return Cell(_figure(line["value"]), (_cases(line),) if _cases(line) else (), strong=True)


def _usual_region(lines: Sequence[dict[str, Any]]) -> str | None:
    """The region of most lines: some publishers have Inner and Outer London apart."""
    names = [line["region_name"] for line in lines if line["region_name"]]
    return max(names, key=names.count) if names else None


def _of_region(line: dict[str, Any], region: str) -> str | Cell:
    name = line["region_name"] or region
    return Cell(_figure(line["region"]), () if name.casefold() == region.casefold() else (name,))


def _cases(line: dict[str, Any]) -> str:
    """The cases behind a figure, where they are few: of a share both sides, of a count by head, plan or worker the count."""
    numerator, denominator = line["numerator"], line["denominator"]
    if line["value"] is None or numerator is None or denominator is None:
        return ""
    if line["unit"] == "%":
        return f"{_count(numerator)} of {_count(denominator)}" if denominator < FEW_CASES else ""
    return f"{_count(numerator)} case{'' if numerator == 1 else 's'}" if numerator < FEW_CASES else ""


def _verdict(line: dict[str, Any]) -> str:
    verdict = line["difference"]
    return f"Yes, {verdict}" if verdict in {"higher", "lower"} else str(verdict).capitalize()


def _median(line: dict[str, Any]) -> str | Cell:
    with_figure, neighbours = line["neighbours_with"], line["neighbours"]
    count = f"{with_figure} of {neighbours} neighbours" if with_figure < neighbours else ""
    return Cell(_figure(line["median"]), (count,) if count else ())


def unit_words(unit: str) -> str:
    """A unit as a page of an authority writes it: that there is no base up to 25 stands beside each rate by head.

    >>> unit_words("per 10,000 children")
    'per 10,000 children aged 0 to 17; plans run to 25'
    """
    return BY_HEAD_IN_FULL if unit == BY_HEAD else unit


def _better(line: dict[str, Any]) -> str:
    return f"; {line['better']} is better" if line["better"] else ""


def _place(line: dict[str, Any]) -> str:
    return "" if line["rank"] is None else f"{line['rank']} of {line['ranked']}, {line['quarter']}"


def _change(line: dict[str, Any]) -> str:
    if line["change"] is None:
        return ""
    change = pl.select(half_up(pl.lit(line["change"]), 1)).item()
    return f"+{change:,.1f}" if change > 0 else f"\N{MINUS SIGN}{-change:,.1f}" if change < 0 else "0.0"


def _symbols(lines: Sequence[dict[str, Any]]) -> list[str]:
    markers = sorted({line["marker"] for line in lines if line["marker"]} & set(MARKERS))
    return [f"{'; '.join(f'[{m}] {MARKERS[m]}' for m in markers)}."] if markers else []

"""Pages from official statistics: one local authority, or every one with an index of England and a workbook.

No notebook runs: a page is the same for each authority, so its parts are made in this process, or in a few worker processes, and go through
the same check and publication as any other page.
"""

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from workforce.benchmark.authorities import find_authority
from workforce.benchmark.glance import (
    INDICATORS,
    authorities_of_today,
    authority_of_today,
    period_words,
    regions_of,
    standings,
)
from workforce.benchmark.official import OfficialStore, half_up
from workforce.errors import UsageError
from workforce.periods import Period
from workforce.present.kinds.official import (
    drawn_series,
    glance_of,
    neighbours_sentence,
    nhs_table,
    sources_of,
    trends_of,
    unit_words,
)
from workforce.private_files import write_file
from workforce.report.check import check_page
from workforce.report.folders import turn
from workforce.report.index import index_page
from workforce.report.kernel import skip_slow_grammars
from workforce.report.manifest import FILE, INDEX, Manifest, Outcome, Page, now, versions, written_page
from workforce.report.markdown import PageRenderer
from workforce.report.pages import PageContext, PageRefused, page_environment
from workforce.report.plan import slug_of
from workforce.report.publish import publish, refuse_half, staged, uninterrupted, writing
from workforce.report.run import cores
from workforce.sources.published import load_official

RULE: Final = "published"
PERIOD: Final = "Published statistics"
WORKBOOK: Final = "england.xlsx"
ABOUT: Final = "Every indicator beside the statistical neighbours, the region and England, with rank and change."
_NO_SEND_CASEWORKERS: Final = (
    "Workforce figures are of **children's social workers in local authorities only**: no figures on SEND caseworkers are published, so a "
    "gap to the neighbours says nothing about the SEND teams. Figures on plans are about the SEND service."
)
_TRENDS: Final = (
    "Each with the median of the statistical neighbours that have a figure in the year, the region and England. A dotted line marks a "
    "break: what is before it was collected in another way."
)
_SOURCES: Final = (
    "A figure by head or by plan was computed from these counts; every other one is as its publisher printed it."
)


@dataclass(frozen=True, slots=True)
class _Made:
    """The page of one authority, as a worker made it."""

    code: str
    name: str
    html: str
    seconds: float


def benchmark(area: str, *, store: Path | str | None = None, model: str = "2025", out: Path | str = "outputs") -> Path:
    """Make the page of one local authority, and return its path.

    Parameters
    ----------
    area : str
        Name or three-digit number of the authority.
    store : str or Path, optional
        A store of official figures; those that come with the library without it.
    model : str
        The DfE's model of statistical neighbours.
    out : str or Path
        The folder that reports are put into.

    Returns
    -------
    Path
        The page.
    """
    started = now()
    official = load_official(store)
    authority = find_authority(official.published, official.neighbours, area)
    row = authority_of_today(authority.code, authority.name)
    maker = _Maker(official, model, [authority.code])
    page = maker.page(row)
    target = Path(out).resolve() / slug_of(page.name) / "benchmark"
    manifest = _published(target, page.name, [page], started)
    return target / str(_file(manifest, page.code))


def atlas(
    *,
    store: Path | str | None = None,
    model: str = "2025",
    out: Path | str = "outputs",
    workers: int | None = None,
    areas: Sequence[str] = (),
) -> Path:
    """Make a page for every local authority of England, an index by region and indicator and a workbook; return the path of the index.

    Parameters
    ----------
    store : str or Path, optional
        A store of official figures; those that come with the library without it.
    model : str
        The DfE's model of statistical neighbours.
    out : str or Path
        The folder that reports are put into.
    workers : int, optional
        How many pages are made side by side; by default the cores that this process may use.
    areas : sequence of str, optional
        Names or numbers of the authorities that get a page; all without it. Index and workbook have every authority.

    Returns
    -------
    Path
        The index.
    """
    started = now()
    official = load_official(store)
    table = standings(official, model=model)  # before the pages: a fault of the store ends it at once
    authorities = [find_authority(official.published, official.neighbours, area) for area in areas]
    rows = [authority_of_today(authority.code, authority.name) for authority in authorities] or authorities_of_today()
    pages = list(_all_pages(rows, store, model, max(1, workers or cores())))
    target = Path(out).resolve() / "england" / "atlas"
    _published(target, "England", pages, started, official=official, table=table)
    return target / INDEX


class _Maker:
    """What all pages share, read once: the standings of the authorities, and the series that are drawn."""

    def __init__(self, official: OfficialStore, model: str, areas: Sequence[str] = ()) -> None:
        self.official, self.model = official, model
        self.table = standings(official, model=model, areas=areas)
        self.series = drawn_series(official)
        self.near = official.neighbours.filter(model=model)

    def page(self, row: tuple[str, str, str]) -> _Made:
        """The page of one authority, checked."""
        began = monotonic()
        code, name, _ = row
        lines = self.table.filter(area_code=code)
        nearest = self.near.filter(area_code=code).sort("position")["neighbour_code"].to_list()
        figures = trends_of(self.official, area=row, nearest=nearest, series=self.series)
        renderer = PageRenderer()
        blocks = [
            renderer.render(f"# Benchmark: {name}"),
            renderer.render(f"## At a glance\n\n{_NO_SEND_CASEWORKERS}"),
            glance_of(lines, self.official).html,
            renderer.render("## Who is compared"),
            neighbours_sentence(self.official, area=code, model=self.model)._repr_html_()
            if nearest
            else renderer.render(NO_MODEL),
            renderer.render(f"## Over time\n\n{_TRENDS}"),
            f'<div class="page-trends">{"".join(figure._repr_html_() for figure in figures)}</div>',
            renderer.render("## The NHS around it"),
            _nhs(self.official, code, renderer),
            renderer.render(f"## Counts and sources\n\n{_SOURCES}"),
            sources_of(lines, self.official).html,
        ]
        html = (
            page_environment()
            .get_template("page.html.j2")
            .render(
                parts=[Markup(block) for block in blocks],  # noqa: S704  # escaped by the renderer or by the library
                contents=[heading for heading in renderer.headings if heading.level == 2],  # noqa: PLR2004
                title=renderer.headings[0].text,
                page=PageContext(name, PERIOD, RULE),
            )
        )
        return _Made(code, name, _checked(html), monotonic() - began)


def _nhs(official: OfficialStore, code: str, renderer: PageRenderer) -> str:
    """The table of NHS absence; a sentence where the store has no figures of the systems."""
    try:
        return nhs_table(official, area=code).html
    except UsageError:
        return renderer.render(NO_NHS)


NO_NHS: Final = "The store has no figures on the NHS systems of this authority."
NO_MODEL: Final = "The model has no neighbours for this authority: there is no median."


def _checked(html: str) -> str:
    faults = check_page(html)
    if faults:
        raise PageRefused("the page did not pass its check: {faults}", faults="; ".join(str(fault) for fault in faults))
    return html


def _all_pages(
    rows: Sequence[tuple[str, str, str]], store: Path | str | None, model: str, workers: int
) -> Iterator[_Made]:
    if workers == 1:
        maker = _Maker(load_official(store), model)
        yield from (maker.page(row) for row in rows)
        return
    # Fresh processes: polars does not survive a fork.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(str(store) if store else None, model)
    ) as pool:
        yield from pool.map(_in_worker, rows, chunksize=4)


@cache
def _maker(store: str | None, model: str) -> _Maker:
    return _Maker(load_official(store), model)


_of_worker: dict[str, Any] = {}


def _begin(store: str | None, model: str) -> None:
    skip_slow_grammars()
    _of_worker["maker"] = (store, model)


def _in_worker(row: tuple[str, str, str]) -> _Made:
    return _maker(*_of_worker["maker"]).page(row)


def _published(
    target: Path,
    area: str,
    pages: Sequence[_Made],
    started: datetime,
    *,
    official: OfficialStore | None = None,
    table: pl.DataFrame | None = None,
) -> Manifest:
    """Write the pages with their index, and put them in the place of those before; with the workbook where there is a table."""
    with staged(target) as stage, writing(target):
        moment = now()
        outcomes = [
            _outcome(
                page.code,
                f"Benchmark: {page.name}",
                page.seconds,
                written_page(stage, f"{slug_of(page.name)}.html", page.html, moment),
            )
            for page in pages
        ]
        if official is not None and table is not None:
            outcomes.append(_outcome("workbook", "Workbook", 0.0, _workbook(stage, table, official, moment)))
        manifest = Manifest(
            area=area,
            period=PERIOD,
            rule=RULE,
            started=started,
            finished=now(),
            versions=versions(),
            files=0,
            notebooks=outcomes,
        )
        index = index_page(manifest) if official is None or table is None else _index(pages, table, official, manifest)
        with turn(target.parent), uninterrupted():
            write_file(stage / INDEX, index.encode(), private=False)
            write_file(stage / FILE, f"{manifest.model_dump_json(indent=2)}\n".encode(), private=False)
            refuse_half(stage, manifest)
            publish(stage, target)
    return manifest


def _outcome(name: str, title: str, seconds: float, page: Page) -> Outcome:
    return Outcome(
        name=name,
        notebook="",
        title=title,
        about=ABOUT if name != "workbook" else "",
        parameters={},
        outcome="published",
        seconds=round(seconds, 2),
        page=page,
    )


def _file(manifest: Manifest, code: str) -> str | None:
    return next((entry.page.file for entry in manifest.notebooks if entry.name == code and entry.page), None)


def _index(pages: Sequence[_Made], table: pl.DataFrame, official: OfficialStore, manifest: Manifest) -> str:
    """The index of England: every indicator by region, and every authority of each region with some of them."""
    areas = regions_of(official)
    # Publishers write a name in more than one way: the same one of them is taken each time.
    names = dict(areas.group_by("area_code").agg(pl.col("area_name").min()).sort("area_code").iter_rows())
    regions = [code for code in names if code.startswith("E12")]
    by_region = {(code, place): value for code, place, value in areas.select("area_code", "place", "value").iter_rows()}
    first = table.unique("place", keep="first").sort("place").to_dicts()
    chosen = [
        place for place, indicator in enumerate(INDICATORS) if indicator.as_drawn or indicator.measure == "appeals"
    ]
    values = {
        (code, place): (value, marker)
        for code, place, value, marker in table.select("area_code", "place", "value", "marker").iter_rows()
    }
    files = {page.code: _file(manifest, page.code) for page in pages}
    html = (
        page_environment()
        .get_template("atlas.html.j2")
        .render(
            title="Atlas of England",
            page=PageContext("England", PERIOD, RULE),
            workbook=WORKBOOK,
            columns=[names[code] for code in regions] + ["England"],
            indicators=[
                {
                    "name": line["indicator"],
                    "unit": f"{unit_words(line['unit'])}, {period_words(Period(line['period_start'], line['period_end']))}",
                    "values": [_one(by_region.get((code, line["place"]))) for code in [*regions, "E92000001"]],
                }
                for line in first
            ],
            heads=[{"name": INDICATORS[place].name, "unit": unit_words(INDICATORS[place].unit)} for place in chosen],
            regions=[
                {
                    "name": names[code],
                    "anchor": slug_of(names[code]),
                    "areas": [
                        {
                            "name": name,
                            "file": files.get(number),
                            "values": [_cell(values.get((number, place))) for place in chosen],
                        }
                        for number, name, region in sorted(authorities_of_today(), key=lambda row: row[1])
                        if region == code
                    ],
                }
                for code in regions
            ],
        )
    )
    return _checked(html)


def _one(value: float | None) -> str:
    return "" if value is None else f"{pl.select(half_up(pl.lit(value), 1)).item():,.1f}"


def _cell(figure: tuple[float | None, str | None] | None) -> str:
    value, marker = figure or (None, None)
    return f"[{marker}]" if value is None and marker else _one(value)


def _workbook(stage: Path, table: pl.DataFrame, official: OfficialStore, moment: datetime) -> Page:
    """One workbook: the standings of all authorities, the regions and England, and what the columns mean."""
    import hashlib

    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(
        content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"created": moment.replace(tzinfo=None)})
        table.drop("place").write_excel(book, "Authorities", autofit=False)
        regions_of(official).drop("place").write_excel(book, "Regions and England", autofit=False)
        pl.DataFrame(COLUMNS, schema=["column", "meaning"], orient="row").write_excel(book, "Columns", autofit=True)
    data = content.getvalue()
    write_file(stage / WORKBOOK, data, private=False)
    return Page(file=WORKBOOK, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), written_at=moment)


COLUMNS: Final = (
    (
        "value",
        "as published, or a published count by head or by plan; empty where there is none, with the publisher's symbol in marker",
    ),
    ("numerator, denominator", "the counts behind it, where they are published"),
    ("change", "less the value of the year before; empty across a break in the series"),
    (
        "median",
        "of the statistical neighbours with a figure (neighbours_with of neighbours); a joint return counts once",
    ),
    ("region, england", "the same figure of the region and of England"),
    (
        "rank, ranked, quarter",
        "among the returns of England; 1 is the better end where better is said, else the lowest",
    ),
    (
        "p, difference",
        "test of the authority's own count with the median as a fixed standard; corrected for the indicators of one page",
    ),
    ("returned_with", "the joint return that the figure is of"),
    ("source, release", "where it is published; all under the Open Government Licence v3.0"),
    ("series_break", "why earlier periods are not comparable"),
)

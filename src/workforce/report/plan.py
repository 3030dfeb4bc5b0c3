"""The plan of a run: which notebooks, with which parameters, into which folder.

Every fault that shows beforehand is reported before any notebook starts.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from workforce.errors import InputError, Phrase, UsageError, did_you_mean
from workforce.periods import Period
from workforce.periods import month as month_named
from workforce.report.execute import Job
from workforce.report.ledger import Entry
from workforce.report.manifest import file_read, inputs_read
from workforce.report.notebooks import Stored, refuse_parameters, stored
from workforce.report.pages import PageContext
from workforce.report.permitted import Setting, settings_of
from workforce.report.publish import refuse_target
from workforce.report.record import InputFile, ledger_of, rows_read
from workforce.report.run import Order
from workforce.schemas import ENDS
from workforce.sealed import FILES, Provenance
from workforce.shipped import shipped

if TYPE_CHECKING:
    from workforce.records import Records

STANDARD: Final = (
    "assessment",
    "organisation",
    "data_quality",
    "method",
)  # what a report holds unless told otherwise, in this order
AUDIENCES: Final = ("board", "internal")
# Days on which something happened: they show which days the records cover, where the settings do not say.
EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "assignments": ("start_date",),
    "absences": ("start_date",),
    "cases": ("received_date", "outcome_date"),
    "allocations": ("start_date",),
    "vacancies": ("opened_date", "offered_date"),
    "hours": ("period_start", "period_end"),
    "exits": ("leaving_date",),
    "pay_items": ("date",),
    "counts": ("period_start", "period_end"),
}
ENDED: Final = ("assignments", "absences", "cases", "allocations", "vacancies")
"""Tables whose ends show it too, but for those that lie ahead, such as the end of a contract."""
_NO_DAYS: Final = pl.DataFrame(schema={"organisation": pl.String(), "day": pl.Date()})


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for; None where nothing was said."""

    area: Path | None = None
    month: str | None = None
    audience: str | None = None
    out: Path = Path("outputs")
    notebooks: Sequence[str] = ()
    organisation: str | None = None
    local_authority: str | None = None
    store: Path | None = None
    folder: Path | None = None
    cell_seconds: int = 300
    new_ledger: bool = False


def plan(request: Request) -> Order:
    """Turn a request into an order that can be run, or refuse it."""
    chosen = choose(request)
    parameters = {name for notebook in chosen for name in notebook.parameters}
    _refuse_unused(request, parameters, chosen)
    if "area" in parameters:
        return _area_order(request, chosen)
    return _published_order(request, chosen)


def choose(request: Request) -> list[Stored]:
    """The notebooks of a run: those asked for by name, or the standard ones."""
    folder = request.folder or shipped("notebooks")
    paths = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not paths:
        raise UsageError(
            "the folder holds no notebooks", where="{folder}", hint="give a folder of .ipynb files", folder=folder
        )
    names = list(dict.fromkeys(request.notebooks)) or [name for name in STANDARD if name in paths] or list(paths)
    for name in names:
        if name not in paths:
            raise UsageError('there is no notebook "{name}"', hint=did_you_mean(name, list(paths)), name=name)
    chosen = [stored(paths[name]) for name in names]
    if request.organisation and not request.notebooks:
        chosen = [notebook for notebook in chosen if "organisation" in notebook.parameters] or chosen
    return chosen


def _refuse_unused(request: Request, taken: set[str], chosen: Sequence[Stored]) -> None:
    options = {
        "area": request.area if "local_authority" not in taken else None,  # its settings may name the local authority
        "month": request.month if "area" not in taken else None,  # it also names the folder
        "organisation": request.organisation,
        "local_authority": request.local_authority,
        "store": request.store,
    }
    for name, value in options.items():
        if value is not None and name not in taken:
            option = name.replace("_", "-")
            raise UsageError(
                "no notebook of this run takes --{option}"
                if name != "area"
                else "no notebook of this run takes an area",
                where="{notebooks}",
                hint="leave --{option} out, or choose a notebook that takes it with --notebook",
                option=option,
                notebooks=[notebook.name for notebook in chosen],
            )


def _area_order(request: Request, chosen: Sequence[Stored]) -> Order:
    from workforce.settings import load_settings

    path = (request.area or shipped("data", "sample", "area.toml")).resolve()
    settings = load_settings(path)
    bodies = settings.organisation_names
    audience = request.audience or settings.disclosure.audience
    if audience not in AUDIENCES:
        raise UsageError('there is no audience "{audience}"', hint=did_you_mean(audience, AUDIENCES), audience=audience)
    if request.organisation is not None and request.organisation not in bodies:
        raise UsageError(
            'there is no organisation "{organisation}"',
            hint=did_you_mean(request.organisation, list(bodies)),
            organisation=request.organisation,
        )
    month = request.month or settings.area.month
    period = month_named(month)
    authority = request.local_authority or settings.area.local_authority
    target = _target(request, settings.area.slug, month)

    from workforce.sources.area import load_area

    records = load_area(path)
    refuse_month(records, month)
    offered = {
        "area": str(path),
        "month": month,
        "audience": audience,
        "local_authority": authority,
        "store": _store(request),
    }
    jobs = []
    area_settings = settings_of(path)
    official = _official_files(request)
    files = files_read(records._provenance) | official
    for notebook in chosen:
        slugs = [request.organisation] if request.organisation else list(bodies)
        for slug in slugs if "organisation" in notebook.parameters else [None]:
            subject = settings.area.name if slug is None else bodies[slug]
            rule = audience if "area" in notebook.parameters else "published"
            page = PageContext(subject, f"{period}", rule, rule != "published", anew=request.new_ledger)
            job = _job(notebook, offered | {"organisation": slug}, page, request)
            jobs.append(replace(job, settings=area_settings, files=files))
    return Order(
        jobs=jobs,
        target=target,
        area=settings.area.name,
        period=f"{period}",
        rule=audience,
        inputs=[
            *inputs_read(records.inputs),
            *(_store_files(request, official) if any("store" in notebook.parameters for notebook in chosen) else []),
        ],
        rows=rows_read(records),
        ledger=ledger_of(request.out, settings.disclosure.ledger, settings.folder),
        all_pages=not request.notebooks and request.organisation is None,
        anew=request.new_ledger,
        not_used=not_used(records),
        notices=records.notices.frame.height,
    )


def report_of(area: Path | None, month: str | None, audience: str | None, out: Path) -> tuple[Path, Entry]:
    """The folder of a report of an area, and its entry in the ledger.

    Parameters
    ----------
    area : Path or None
        The settings; the sample where there are none.
    month, audience : str or None
        The month and the rule; those of the settings where they are not given.
    out : Path
        The folder that reports are put into.
    """
    from workforce.settings import load_settings

    settings = load_settings((area or shipped("data", "sample", "area.toml")).resolve())
    report = month or settings.area.month
    month_named(report)
    target = Path(os.path.realpath(out.joinpath(settings.area.slug, report)))
    ledger = ledger_of(out, settings.disclosure.ledger, settings.folder)
    return target, Entry(ledger / settings.area.slug, report, audience or settings.disclosure.audience)


def not_used(records: "Records") -> list[str]:
    """A sentence for each file that is not used, as the first page prints it."""
    rows = records.not_used.frame.iter_rows(named=True)
    return [f"{row['source']} of {row['organisation']} ({row['table']}) is not used: {row['reason']}." for row in rows]


def _published_order(request: Request, chosen: Sequence[Stored]) -> Order:
    authority = request.local_authority
    _target(request, slug_of(authority or "England"), "published")
    area_settings: tuple[Setting, ...] = ()
    if request.area is not None and authority is None:
        from workforce.settings import load_settings

        authority = load_settings(request.area).area.local_authority
        area_settings = settings_of(request.area)
    if any("local_authority" in notebook.parameters for notebook in chosen):
        authority = known_authority(authority, request.store)
    offered = {"local_authority": authority, "store": _store(request)}
    subject = authority or "England"
    page = PageContext(subject, "Published statistics", "published")
    files = _official_files(request)
    return Order(
        jobs=[
            replace(_job(notebook, offered, page, request), settings=area_settings, files=files) for notebook in chosen
        ],
        target=_target(request, slug_of(subject), "published"),
        area=subject,
        period="Published statistics",
        rule="published",
        inputs=_store_files(request, files),
        ledger=ledger_of(request.out, None, request.out),
        all_pages=False,
    )


def _target(request: Request, *names: str) -> Path:
    """The folder of the report, with links followed; refused before anything is read where no report can be put there."""
    target = Path(os.path.realpath(request.out.joinpath(*names)))
    refuse_target(target)
    return target


def _job(notebook: Stored, offered: Mapping[str, str | None], page: PageContext, request: Request) -> Job:
    parameters = {name: value for name, value in offered.items() if name in notebook.parameters and value is not None}
    refuse_parameters(notebook, parameters)
    slug = parameters.get("organisation")
    return Job(
        name=f"{notebook.name}-{slug}" if slug else notebook.name,
        notebook=notebook.path.resolve(),
        parameters=parameters,
        page=page,
        title=f"{notebook.title}: {page.subject}" if slug else notebook.title,
        about=notebook.about,
        cell_seconds=request.cell_seconds,
        sha256=file_read(notebook.path).sha256,
    )


def known_authority(name: str | None, store: Path | None) -> str:
    """The local authority, by the name that the official figures call it; a name or its three-digit number is understood."""
    if name is None:
        raise UsageError(
            "no local authority was given", hint='add --local-authority, such as --local-authority "Devon"'
        )
    from workforce.benchmark.authorities import find_authority
    from workforce.sources.published import load_official

    official = load_official(store)
    return find_authority(official.published, official.neighbours, name).name


def slug_of(name: str) -> str:
    """A name as a folder is called.

    >>> slug_of("Bournemouth, Christchurch and Poole")
    'bournemouth-christchurch-and-poole'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "area"


def files_read(provenance: Provenance) -> frozenset[str]:
    """The checksum of the files behind records or official figures."""
    return frozenset(str(value) for name, value in provenance.arguments if name == FILES)


def _official_files(request: Request) -> frozenset[str]:
    """The checksums of the official figures that a page may show: those of the run's store and those that come with the library."""
    from workforce.sources.published import load_official

    stores = [load_official(request.store), load_official()] if request.store else [load_official()]
    return frozenset().union(*(files_read(store._provenance) for store in stores))


def _store_files(request: Request, official: frozenset[str]) -> list[InputFile]:
    """The files of official figures that a run reads; `official` is the checksum of their bytes when they were loaded."""
    from workforce.sources.published import SCHEMAS

    folder = request.store or shipped("data", "official")
    files = [file_read(path) for path in sorted(folder.glob("*")) if path.suffix in {".csv", ".parquet"}]
    tables = {Path(file.source).stem: file for file in files if Path(file.source).stem in SCHEMAS}  # Parquet before CSV
    loaded = Provenance().with_files((file.source, file.sha256) for file in tables.values())
    if not files_read(loaded) <= official:
        raise InputError(
            "the official figures were changed while they were read",
            where="{folder}",
            hint="run again, and leave the store as it is until the run ends",
            folder=folder.name,
        )
    return files


def _store(request: Request) -> str | None:
    return str(request.store.resolve()) if request.store else None


def refuse_month(records: "Records", month: str) -> None:
    """Refuse a month that the records of no organisation touch."""
    period = month_named(month)
    first, last = days_covered(records, period)
    if first <= period.end and period.start <= last:
        return
    stated = [body.records_to for body in records.settings.organisations.values()]
    hint = Phrase("the records cover {first} to {last}", first=f"{first:%Y-%m}", last=f"{last:%Y-%m}")
    if period.start > last and not all(stated):
        hint = Phrase(
            "the last day on which anything begins or ends in the files is in {last}; where the files of an organisation go "
            "on to {until}, add records_to = {until} to it, and if they do not, set an earlier month",
            last=f"{last:%Y-%m}",
            until=f"{period.end:%Y-%m-%d}",
        )
    raise InputError(
        "there are no records for {period}",
        where="{file}",
        hint="{advice}",
        period=period,
        file=records.settings.path.name,
        advice=hint,
    )


def days_covered(records: "Records", reported: Period) -> tuple[date, date]:
    """The first and the last day that any organisation's records cover: as its settings say, or as things begin and end in its files."""
    days = pl.concat([_NO_DAYS, *_event_days(records, reported)])
    recorded = {
        slug: (first, last)
        for slug, first, last in days.group_by("organisation")
        .agg(first=pl.col("day").min(), last=pl.col("day").max())
        .iter_rows()
    }
    firsts, lasts = list[date](), list[date]()
    for slug, body in records.settings.organisations.items():
        first, last = recorded.get(slug, (None, None))
        firsts += [day for day in [body.records_from or first] if day]
        lasts += [day for day in [body.records_to or last] if day]
    if not firsts or not lasts:
        raise InputError(
            "there are no records at all",
            where="{file}",
            hint="run: workforce check area.toml",
            file=records.settings.path.name,
        )
    return min(firsts), max(lasts)


def _event_days(records: "Records", reported: Period) -> Iterator[pl.DataFrame]:
    for table, frame in records.tables():
        rows = frame.lazy()
        for column in EVENTS.get(table, ()):
            yield rows.select("organisation", day=column).drop_nulls().collect()
        if table in ENDED:
            ends = rows.select("organisation", day=ENDS[table]).drop_nulls()
            yield ends.filter(pl.col("day") <= reported.end).collect()

"""Areas with something taken out or with almost nothing in them, and their pages made in one process, cell by cell.

`python tests/partial_areas.py [--only NAME,...] [--notebooks assessment,...]` makes areas by their names (NAME*: all that begin so), runs
the code cells of the notebooks without a kernel, and prints every error with its heading and the number of its cell, and every table that
has neither a figure nor a reason. An error does not end the page.
"""

import argparse
import ast
import contextlib
import copy
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path

import polars as pl

import workforce as wf
from builders import CASEWORK_ROLES, REQUIRED, TABLES, made, make_area, not_permitted, permitted_by, shipped

SAMPLE = shipped("data", "sample")
NOTEBOOKS = shipped("notebooks")
STANDARD = ("assessment", "organisation")
OTHERS = ("data_quality", "method", "absence", "caseloads", "pay", "recruitment", "retention", "turnover")
NEEDED_SECTIONS = ("area", "organisations")
MONTH = "2023-03"

Frames = dict[str, pl.DataFrame]


# Areas.


@dataclass
class Draft:
    """The settings of an area, and the files beside them: bytes that stand in place of the sample's own, or of no other."""

    settings: dict
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the area and return the path of its area.toml."""
        for body in self.settings.get("organisations", {}).values():
            for file in body.get("files", []):
                place = folder / file["path"]
                place.parent.mkdir(parents=True, exist_ok=True)
                if file["path"] in self.files:
                    place.write_bytes(self.files[file["path"]])
                elif not place.exists():
                    shutil.copyfile(SAMPLE / file["path"], place)
        settings = folder / "area.toml"
        settings.write_text(as_toml(self.settings), encoding="utf-8")
        return settings

    def each_file(self, table: str | None = None, organisation: str | None = None) -> Iterator[dict]:
        """The files of a table, of one organisation or of all."""
        for slug, body in self.settings["organisations"].items():
            for file in body.get("files", []):
                if table in (None, file["table"]) and organisation in (None, slug):
                    yield file

    def without_files(self, *tables: str, organisation: str | None = None) -> None:
        """Take the files of tables out of the settings."""
        for slug, body in self.settings["organisations"].items():
            if organisation in (None, slug):
                body["files"] = [file for file in body.get("files", []) if file["table"] not in tables]


@cache
def _sample_text() -> str:
    return (SAMPLE / "area.toml").read_text(encoding="utf-8")


def sample() -> Draft:
    """The sample partnership as it is."""
    return Draft(tomllib.loads(_sample_text()))


def as_toml(settings: dict) -> str:
    """Settings as TOML: tables and lists of tables under headings, all else within a line."""
    lines: list[str] = []
    _write_table(lines, settings, ())
    return "\n".join(lines) + "\n"


def _write_table(lines: list[str], table: Mapping, path: tuple[str, ...]) -> None:
    nested = {}
    for name, value in table.items():
        is_list = isinstance(value, list) and value and isinstance(value[0], dict)
        if is_list or (isinstance(value, dict) and len(path) < 2 and path[:1] != ("roles",)):  # inside a file: one line
            nested[name] = value
        else:
            lines.append(f"{json.dumps(name)} = {_inline(value)}")
    for name, value in nested.items():
        heading = ".".join(json.dumps(step) for step in (*path, name))
        for one in value if isinstance(value, list) else [value]:
            lines.append(f"\n[[{heading}]]" if isinstance(value, list) else f"\n[{heading}]")
            _write_table(lines, one, (*path, name))


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(str(k))} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(one) for one in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value)


@cache
def _generated(staff: int, organisations: int, seed: int):
    return make_area(staff=staff, organisations=organisations, seed=seed)


def frames_of(staff: int = 300, organisations: int = 3, seed: int = 1) -> tuple[Frames, dict]:
    """The tables of a generated area, and settings for files that are written from them."""
    area = _generated(staff, organisations, seed)
    frames = {name: frame for name, frame in made(area).tables() if frame.height}
    bodies = {
        slug: {"name": f"Body {slug}", "kind": "council" if slug == "council" else "other"}
        for slug in frames["assignments"]["organisation"].unique().sort()
    }
    for body in bodies.values():
        body |= {"records_from": area.since, "records_to": area.until, "id_scheme": "one"}
    base = tomllib.loads(_sample_text())
    base["organisations"] = bodies
    base["area"].pop("localities")
    return frames, base


def written_from(frames: Frames, settings: dict) -> Draft:
    """An area of one Parquet file for each table and organisation."""
    draft = Draft(copy.deepcopy(settings))
    _take_orphans_out(frames)
    for slug, body in draft.settings["organisations"].items():
        body["files"] = []
        for name, frame in frames.items():
            rows = _of(slug, name, frame, frames)
            columns = [c for c in rows.columns if c not in ("organisation", "observed_from", "observed_to")]
            columns = [c for c in columns if c in REQUIRED[name] or rows[c].null_count() < rows.height]
            if not rows.height and name != "assignments":
                continue
            content = io.BytesIO()
            rows.select(columns).write_parquet(content)
            path = f"{slug}/{name}.parquet"
            draft.files[path] = content.getvalue()
            body["files"].append({"path": path, "table": name, "columns": {c: c for c in columns}})
    return draft


def _take_orphans_out(frames: Frames) -> None:
    """Keep only rows about people and cases that are still there: what is refused is another subject."""
    for name, key in (("cases", "case_id"), ("assignments", "person_id")):
        about = frames.get(name, pl.DataFrame(schema={key: pl.String}))
        for table in frames:
            if key in frames[table].columns and table not in (name, "cases"):
                there = pl.col(key).is_in(about[key].implode()) | (pl.col(key).is_null() & (table == "exits"))
                frames[table] = frames[table].filter(there)


def _of(slug: str, name: str, frame: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    if name == "pay_scales":
        return frame if slug == next(iter(frames["assignments"]["organisation"].unique().sort())) else frame.clear()
    if "organisation" not in frame.columns:  # milestones go with their cases
        return frame.join(frames["cases"].filter(organisation=slug), on="case_id", how="semi")
    return frame.filter(organisation=slug)


def changed(change: Callable[[Frames, dict], None], *, staff: int = 300, organisations: int = 3) -> Draft:
    """A generated area whose tables and settings were changed."""
    frames, settings = frames_of(staff, organisations)
    change(frames, settings)
    return written_from(frames, settings)


def only_people(frames: Frames, count: int) -> None:
    """Keep so many people in post at the end, and what belongs to them."""
    in_post = frames["assignments"].filter(pl.col("end_date").is_null(), pl.col("employment") == "employed")
    people = in_post.select("organisation", "person_id").unique(maintain_order=True).head(count)
    for name, frame in frames.items():
        if "person_id" in frame.columns:
            frames[name] = frame.join(people, on=["organisation", "person_id"], how="semi", maintain_order="left")


# The variants.


@dataclass(frozen=True)
class Variant:
    """An area by its name, what `workforce run` leaves with, and whose words a page has to hold where a figure is missing."""

    name: str
    make: Callable[[], Draft]
    exit_code: int = 0
    words: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The kind of thing that is taken out."""
        return self.name.split(":")[0]


def variants() -> dict[str, Variant]:
    """Every variant by its name."""
    every = [*_tables(), *_sections(), *_columns(), *_organisations(), *_small(), *_thin(), *_unusable()]
    names = [one.name for one in every]
    assert len(set(names)) == len(names)
    return {one.name: one for one in every}


def _edited(change: Callable[[Draft], None]) -> Callable[[], Draft]:
    def make() -> Draft:
        draft = sample()
        change(draft)
        return draft

    return make


TABLE_WORDS = {
    "absences": "sickness absences are not recorded",
    "vacancies": "vacancies are not recorded",
    "posts": "funded posts are not recorded",
    "exits": "exit interviews are not recorded",
    "pay_scales": "pay scales are not recorded",
    "cases": "cases are not recorded",
    "allocations": "allocations of cases are not recorded",
    "milestones": "stages of cases are not recorded",
}


def _tables() -> Iterator[Variant]:
    draft = sample()
    tables = sorted({file["table"] for file in draft.each_file()})
    for table in tables:
        if table != "assignments":
            words = (TABLE_WORDS[table],) if table in TABLE_WORDS else ()
            yield Variant(f"table:{table}", _edited(lambda d, t=table: d.without_files(t)), words=words)
        for slug in draft.settings["organisations"]:
            if next(draft.each_file(table, slug), None) is not None:
                yield Variant(
                    f"table:{table}@{slug}", _edited(lambda d, t=table, s=slug: d.without_files(t, organisation=s))
                )
    casework = ("cases", "allocations", "milestones")
    yield Variant("tables:casework", _edited(lambda d: d.without_files(*casework)), words=(TABLE_WORDS["cases"],))
    others = [table for table in tables if table != "assignments"]
    yield Variant("tables:all_but_staff", _edited(lambda d: d.without_files(*others)))


def _sections() -> Iterator[Variant]:
    settings = sample().settings
    for name, section in settings.items():
        if name in NEEDED_SECTIONS:
            continue
        yield Variant(f"section:{name}", _edited(lambda d, n=name: d.settings.pop(n)))
        if isinstance(section, dict) and name != "roles":
            for key in section:
                yield Variant(f"section:{name}.{key}", _edited(lambda d, n=name, k=key: d.settings[n].pop(k)))
        if isinstance(section, list):
            for position in range(len(section)):
                yield Variant(
                    f"section:{name}[{position}]", _edited(lambda d, n=name, p=position: d.settings[n].pop(p))
                )
    yield Variant("section:area.localities", _edited(lambda d: d.settings["area"].pop("localities")))
    named = [name for name in settings if name not in NEEDED_SECTIONS]
    for section, key in (("targets", "source"), ("kpis", "name"), ("kpis", "amber")):
        yield Variant(
            f"section:{section}.each.{key}",
            _edited(lambda d, s=section, k=key: [entry.pop(k, None) for entry in d.settings[s]]),
        )
    yield Variant("section:all", _edited(lambda d: [d.settings.pop(name) for name in named]))
    for key in ("records_from", "records_to", "id_scheme"):
        yield Variant(
            f"section:organisations.{key}",
            _edited(lambda d, k=key: [body.pop(k) for body in d.settings["organisations"].values()]),
        )
        yield Variant(
            f"section:organisations.council.{key}",
            _edited(lambda d, k=key: d.settings["organisations"]["council"].pop(k)),
        )


def _without_column(file: dict, column: str) -> None:
    for part in ("columns", "values", "constants"):
        file.get(part, {}).pop(column, None)


def _other_header(file: dict, column: str) -> None:
    """The file no longer has the column: its header is called something else."""
    if column in file["columns"]:
        file["columns"][column] = "A header that is not in the file"


# Without these, rows of a file that differ in nothing else but their figure cannot be told apart: the file is not used.
TELL_ROWS_APART = ("counts.locality", "milestones.provider", "pay_scales.point")


def _columns() -> Iterator[Variant]:
    draft = sample()
    for table in TABLES:
        columns = {c for file in draft.each_file(table) for c in {**file["columns"], **file.get("constants", {})}}
        for column in sorted(columns - set(REQUIRED[table])):
            yield Variant(
                f"column:{table}.{column}",
                _edited(lambda d, t=table, c=column: [_without_column(file, c) for file in d.each_file(t)]),
                exit_code=int(f"{table}.{column}" in TELL_ROWS_APART),
            )
        for column in REQUIRED[table]:
            slug = next(s for s in draft.settings["organisations"] if next(draft.each_file(table, s), None))
            yield Variant(
                f"column:{table}.{column}@{slug}",
                _edited(lambda d, t=table, c=column, s=slug: [_without_column(file, c) for file in d.each_file(t, s)]),
                exit_code=1,
            )
            yield Variant(
                f"header:{table}.{column}@{slug}",
                _edited(lambda d, t=table, c=column, s=slug: [_other_header(file, c) for file in d.each_file(t, s)]),
                exit_code=1,
            )
    for column in ("annual_pay", "end_date", "birth_date", "staff_group", "locality", "team"):
        yield Variant(
            f"column:assignments.{column}@nhs",
            _edited(lambda d, c=column: [_without_column(file, c) for file in d.each_file("assignments", "nhs")]),
        )


def _organisations() -> Iterator[Variant]:
    slugs = list(sample().settings["organisations"])
    for slug in slugs:
        yield Variant(f"organisation:without_{slug}", _edited(lambda d, s=slug: d.settings["organisations"].pop(s)))

        def alone(draft: Draft, slug: str = slug) -> None:
            draft.settings["organisations"] = {slug: draft.settings["organisations"][slug]}

        yield Variant(f"organisation:only_{slug}", _edited(alone))


def _small() -> Iterator[Variant]:
    for staff, organisations in ((12, 1), (30, 1), (60, 1), (60, 3), (100, 3), (150, 3)):

        def make(staff: int = staff, organisations: int = organisations) -> Draft:
            frames, settings = frames_of(max(staff, 20), organisations)
            if staff < 20:
                only_people(frames, staff)
            return written_from(frames, settings)

        yield Variant(f"small:{staff}_staff_{organisations}", make)

    def staff_only(frames: Frames, settings: dict) -> None:
        for name in [name for name in frames if name != "assignments"]:
            frames.pop(name)
        settings["kpis"] = [kpi for kpi in settings["kpis"] if kpi["measure"] in ("turnover", "stability")]
        settings["targets"] = []

    def twelve(frames: Frames, settings: dict) -> None:
        only_people(frames, 12)
        staff_only(frames, settings)

    yield Variant("small:12_staff_only", lambda: changed(twelve, staff=60, organisations=1))
    yield Variant("small:60_staff_only", lambda: changed(staff_only, staff=60))


def _constant(frames: Frames, **columns: str) -> None:
    for name, frame in frames.items():
        frames[name] = frame.with_columns(pl.lit(v).alias(c) for c, v in columns.items() if c in frame.columns)


def _empty(frames: Frames, table: str, *columns: str) -> None:
    frame = frames[table]
    frames[table] = frame.with_columns(pl.lit(None, frame.schema[c]).alias(c) for c in columns)


def _one_locality(frames: Frames, _: dict) -> None:
    _constant(frames, locality="One place")
    counts = frames["counts"]
    keys = [column for column in counts.columns if column not in ("numerator", "denominator")]
    frames["counts"] = counts.unique(keys, maintain_order=True)


def _one_role(frames: Frames, _: dict) -> None:
    _constant(frames, role=CASEWORK_ROLES[0], staff_group="One group", team="One team", grade="One grade")
    frames["pay_scales"] = frames["pay_scales"].unique(["body", "from_date", "point"], maintain_order=True)
    frames["posts"] = frames["posts"].unique(["organisation", "locality"], maintain_order=True)


def _nobody_left(frames: Frames, _: dict) -> None:
    _empty(frames, "assignments", "end_date", "leaving_reason", "leaving_destination")
    frames.pop("exits")


def _left_long_ago(frames: Frames, _: dict) -> None:
    staff = frames["assignments"]
    left = (pl.col("end_date") < date(2018, 1, 1)) | pl.col("end_date").is_null()
    frames["assignments"] = staff.filter(left)
    frames.pop("exits")


def _one_month(_: Frames, settings: dict) -> None:
    for body in settings["organisations"].values():
        body["records_from"] = date(2023, 3, 1)


def _one_snapshot(frames: Frames, settings: dict) -> None:
    _one_month(frames, settings)
    staff = frames["assignments"].filter(pl.col("end_date").is_null())
    frames["assignments"] = staff.with_columns(start_date=pl.lit(date(2023, 3, 1)), service_start=pl.lit(None, pl.Date))


def _no_caseworker(frames: Frames, settings: dict) -> None:
    roles = settings["casework"]["caseworker_roles"]
    frames["assignments"] = frames["assignments"].filter(~pl.col("role").is_in(roles))
    frames.pop("allocations")


def _no_closed_case(frames: Frames, _: dict) -> None:
    frames["cases"] = frames["cases"].filter(pl.col("closed_date").is_null())
    _empty(frames, "cases", "closed_date", "outcome", "outcome_date")


def _nobody_absent_lately(frames: Frames, _: dict) -> None:
    frames["absences"] = frames["absences"].filter(pl.col("end_date") < date(2018, 1, 1))


def _vacancies_later(frames: Frames, settings: dict) -> None:
    settings["area"]["month"] = "2020-03"
    frames["vacancies"] = frames["vacancies"].filter(pl.col("opened_date") > date(2020, 3, 31))


def _filtered(table: str, *predicates: pl.Expr) -> Callable[[Frames, dict], None]:
    def change(frames: Frames, _: dict) -> None:
        frames[table] = frames[table].filter(*predicates)

    return change


def _set(table: str, **columns: object) -> Callable[[Frames, dict], None]:
    def change(frames: Frames, _: dict) -> None:
        frames[table] = frames[table].with_columns(**columns)

    return change


def _thin() -> Iterator[Variant]:
    changes: dict[str, Callable[[Frames, dict], None]] = {
        "unchanged": lambda _f, _s: None,
        "one_role": _one_role,
        "nobody_left": _nobody_left,
        "left_long_ago": _left_long_ago,
        "one_month": _one_month,
        "one_snapshot": _one_snapshot,
        "before_the_first_vacancy": _vacancies_later,
        "no_caseworker": _no_caseworker,
        "no_closed_case": _no_closed_case,
        "nobody_absent_lately": _nobody_absent_lately,
        "one_sex": _set("assignments", sex=pl.lit("female")),
        "one_locality": _one_locality,
        "one_staff_group": _set("assignments", staff_group=pl.lit("One group")),
        "one_pay": _set("assignments", annual_pay=pl.lit(30_000.0)),
        "one_age": _set("assignments", birth_date=pl.lit(date(1980, 1, 1))),
        "one_destination": _set(
            "assignments",
            leaving_destination=pl.when(pl.col("end_date").is_not_null()).then(pl.lit("nhs")),
        ),
        "all_agency": _set("assignments", employment=pl.lit("agency")),
        "no_agency": _filtered("assignments", pl.col("employment") == "employed"),
        "all_on_a_break": _set("assignments", status=pl.lit("career_break")),
        "one_case": lambda f, _: f.update(cases=f["cases"].filter(case_type="ehc_assessment").head(1)),
        "one_vacancy": lambda f, _: f.update(vacancies=f["vacancies"].head(1)),
        "one_absence": lambda f, _: f.update(absences=f["absences"].tail(1)),
        "one_exit": lambda f, _: f.update(exits=f["exits"].tail(1)),
        "no_social_care": _filtered("cases", pl.col("case_type") == "therapy"),
        "perfect_separation": _set(
            "assignments",
            locality=pl.when(pl.col("end_date").is_not_null()).then(pl.lit("North")).otherwise(pl.lit("South")),
        ),
    }
    for name, change in changes.items():
        yield Variant(f"thin:{name}", lambda c=change: changed(c))
    yield Variant("thin:early_month", _edited(lambda d: d.settings["area"].update(month="2017-04")))
    yield Variant("thin:first_year", _edited(lambda d: d.settings["area"].update(month="2018-03")))


def _half_bad(content: bytes) -> bytes:
    header, *rows = content.decode().splitlines()
    bad = [re.sub(r"\d\d/\d\d/\d{4}", "soon", row) if number % 2 else row for number, row in enumerate(rows)]
    return "\n".join([header, *bad, ""]).encode()


def _unusable() -> Iterator[Variant]:
    def broken(path: str, content: Callable[[bytes], bytes]) -> Callable[[], Draft]:
        def make() -> Draft:
            draft = sample()
            draft.files[path] = content((SAMPLE / path).read_bytes())
            return draft

        return make

    noise = random.Random(1).randbytes(5_000)  # noqa: S311  # not for secrets
    contents: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda _: b"",
        "corrupt": lambda _: noise,
        "header_only": lambda content: content.splitlines(keepends=True)[0],
        "half_bad": _half_bad,
    }
    for path in ("council/staff.csv", "council/sickness.csv", "council/send_cases.csv"):
        for name, content in contents.items():
            yield Variant(f"unusable:{path}:{name}", broken(path, content), exit_code=1)
    paths = sorted({file["path"] for file in sample().each_file()} - {"schools/people.xlsx"})
    for path in paths:
        if path != "council/staff.csv":
            yield Variant(f"unusable:{path}:cut", broken(path, lambda content: content[:20]), exit_code=1)
    yield Variant("unusable:schools/people.xlsx:cut", broken("schools/people.xlsx", lambda c: c[:2_000]), exit_code=1)

    def lost(draft: Draft) -> None:
        for file in draft.each_file("absences"):
            draft.files[file["path"]] = b""

    yield Variant("unusable:all_absences", _edited(lost), exit_code=1)


# Pages.


@dataclass(frozen=True)
class Cell:
    """What came of a code cell: what it shows, or its error; `follows`: it uses a name that an earlier error left out."""

    heading: str
    number: int
    html: str = ""
    error: str = ""
    follows: bool = False

    @property
    def text(self) -> str:
        """What is shown, without markup."""
        without = re.sub(r"<(style|script|title|desc)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())


@dataclass(frozen=True)
class Page:
    """What the code cells of a notebook showed, and what was released for them."""

    name: str
    cells: list[Cell]
    released: object = None

    @property
    def errors(self) -> list[Cell]:
        """The cells that ended in an error."""
        return [cell for cell in self.cells if cell.error]

    @property
    def text(self) -> str:
        """Everything that is shown, without markup."""
        return "\n".join(cell.text for cell in self.cells)

    @property
    def without_reasons(self) -> list[str]:
        """The released tables that have no figure and say nothing about why."""
        results = getattr(self.released, "results", {})
        return [name for name, one in results.items() if not one.reasons and _has_no_figure(one.frame)]


def _has_no_figure(frame: pl.DataFrame) -> bool:
    """Whether a table has no rows, or none but those of which nothing is available."""
    if frame.is_empty() or "marker" not in frame.columns:
        return frame.is_empty()
    return bool((frame["marker"] == "x").fill_null(value=False).all())


def run_page(name: str, parameters: Mapping[str, object]) -> Page:
    """Run the code cells of a notebook in this process, and collect what each shows, or that a run would refuse it."""
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    permitted = permitted_by(sources, Path(str(parameters["area"])), parameters)
    cells, heading, number = list[Cell](), "", 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            headings = [line.lstrip("# ") for line in source.splitlines() if line.startswith("#")]
            heading = headings[-1] if headings else heading
            continue
        number += 1
        try:
            shown = _value(source, names)
            html = "" if shown is None else _html(shown)
            refused = not_permitted(shown, permitted) if html else []
            error = f"a run refuses the cell: {refused}" if refused else ""
            cells.append(Cell(heading, number, html, error))
        except Exception as error:  # noqa: BLE001  # the errors are what is looked for
            follows = isinstance(error, NameError) or (isinstance(error, KeyError) and not names.get("page"))
            text = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}{_place(error)}"
            cells.append(Cell(heading, number, error=text, follows=follows))
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {key: value for key, value in parameters.items() if key in names}
    slug = parameters["organisation"] if name == "organisation" else None
    return Page(f"{name}-{slug}" if slug else name, cells, names.get("page"))


def _value(source: str, names: dict[str, object]) -> object:
    tree = ast.parse(source)
    if not isinstance(tree.body[-1], ast.Expr):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102  # the project's own notebooks
        return None
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102
    return eval(compile(last, "cell", "eval"), names)  # noqa: S307


def _html(shown: object) -> str:
    html = getattr(shown, "_repr_html_", None)
    return html() if html else repr(shown)


def _place(error: BaseException) -> str:
    """The innermost two places in the library that an error came from."""
    places, traceback = [], error.__traceback__
    while traceback is not None:
        file = Path(traceback.tb_frame.f_code.co_filename)
        if "workforce" in file.parts:
            places.append(f"{file.parent.name}/{file.name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return f" [{' < '.join(reversed(places[-2:]))}]" if places else ""


def withheld_rows(html: str) -> list[tuple[str, int, int]]:
    """Of each table of a page: its caption, its rows of figures, and how many of them hold `[c]`."""
    counts = []
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        rows = [row for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL) if "<td" in row]
        caption = re.search(r"<caption>(.*?)</caption>", table, re.DOTALL)
        words = unescape(re.sub("<.*?>", "", caption[1])) if caption else ""
        counts.append((words, len(rows), sum("[c]" in row for row in rows)))
    return counts


def slugs_of(settings: Path) -> list[str]:
    """The organisations of an area."""
    return list(tomllib.loads(settings.read_text(encoding="utf-8"))["organisations"])


def pages(settings: Path, notebooks: Sequence[str] = STANDARD) -> Iterator[Page]:
    """The pages of an area: of a notebook of one organisation, one for each."""
    read = tomllib.loads(settings.read_text(encoding="utf-8"))
    parameters = {"area": str(settings), "month": read["area"]["month"]}
    for name in notebooks:
        for slug in slugs_of(settings) if name == "organisation" else [None]:
            yield run_page(name, {**parameters, "organisation": slug})


def main() -> None:
    """Print the errors of the variants."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--only", default="", help="names, or with : or * at their end what names begin with; several by commas"
    )
    parser.add_argument("--notebooks", default="assessment")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--text", action="store_true", help="print what every cell shows, too")
    given = parser.parse_args()
    os.environ["WORKFORCE_STATIC"] = "1"  # figures take their static form
    wanted = [one for one in variants().values() if _matches(one.name, given.only.split(","))]
    if given.list:
        sys.stdout.write("".join(f"{one.name}\n" for one in wanted))
        return
    for one in wanted:
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
            try:
                settings = one.make().write(Path(folder))
                records = wf.load_area(settings)
            except Exception as error:  # noqa: BLE001  # the errors are what is looked for
                _say(f"{one.name}: NOT LOADED {type(error).__name__}: {error}{_place(error)}")
                continue
            unused = records.not_used.frame.height
            if bool(unused) != (one.exit_code == 1):
                _say(f"{one.name}: exit {int(bool(unused))} in place of {one.exit_code}")
            faults = 0
            for page in pages(settings, given.notebooks.split(",")):
                faults += len(page.errors) + len(page.without_reasons)
                for cell in page.cells:
                    if cell.error and not cell.follows:
                        _say(f"{one.name}: {page.name}, {cell.heading}, cell {cell.number}: {cell.error}")
                    elif given.text and cell.text:
                        _say(f"  {page.name}, {cell.heading}, {cell.number}: {cell.text}")
                for table in page.without_reasons:
                    _say(f'{one.name}: {page.name}: no reason why "{table}" has no figure')
            _say(f"{one.name}: {faults} errors")


def _matches(name: str, patterns: Sequence[str]) -> bool:
    begins = tuple(p.rstrip("*") for p in patterns if not p or p.endswith((":", "*")))
    return name in patterns or name.startswith(begins)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

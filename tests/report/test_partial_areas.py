"""Areas with something taken out or with almost nothing in them: the whole assessment is made, and says why where a figure is missing."""

import json
import random
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from partial_areas import MONTH, NOTEBOOKS, Page, run_page, sample, variants

VARIANTS = variants()
SEEDED = random.Random(2023).sample(sorted(VARIANTS), 1)  # noqa: S311  # not for secrets
IN_PROCESS = ["tables:casework", "small:60_staff_1", *SEEDED]
THROUGH_RUN = ["small:12_staff_1", "unusable:council/staff.csv:half_bad"]
WITH_PACKS = ("organisation", "small", "tables", "unusable")
# What a page says where nobody gave the reason.
VAGUE = ("the records have no data for it", "the records lack the data that it needs")
# Measures of which nothing is known without a table; the others can do without it, or with what is left.
NEEDS = {
    "absences": {"absence", "absence_spells"},
    "allocations": {"caseload_distribution", "continuity", "worker_changes"},
    "cases": {
        "caseload",
        "caseload_distribution",
        "timeliness",
        "backlog",
        "backlog_age",
        "case_flow",
        "worker_changes",
    },
    "exits": {"exit_reasons"},
    "milestones": {"advice_timeliness"},
    "pay_scales": {"pay_comparison"},
    "posts": {"vacancy_rate"},
    "vacancies": {"hiring_time", "time_to_hire", "recruitment_funnel"},
}


def headings() -> list[str]:
    notebook = json.loads((NOTEBOOKS / "assessment.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return re.findall(r"^##+ (.+)$", text, flags=re.MULTILINE)


@pytest.fixture(scope="module", params=IN_PROCESS)
def made(request, tmp_path_factory) -> tuple[str, Path, Page]:
    settings = VARIANTS[request.param].make().write(tmp_path_factory.mktemp("area"))
    return request.param, settings, run_page("assessment", {"area": str(settings), "month": MONTH})


def tables_taken_out(settings: Path) -> set[str]:
    draft = wf.load_area(settings)
    return {name for name in NEEDS if not draft.has(name)}


@pytest.mark.slow
def test_no_cell_ends_in_an_error_and_every_section_shows_something(made):
    _, _, page = made
    assert [(cell.heading, cell.error) for cell in page.errors] == []
    assert [heading for heading in headings() if not any(c.text for c in page.cells if c.heading == heading)] == []


@pytest.mark.slow
def test_what_has_no_figure_says_why(made):
    _, _, page = made
    assert page.without_reasons == []
    assert [(c.heading, c.text[:200]) for c in page.cells if any(words in c.text for words in VAGUE)] == []


@pytest.mark.slow
def test_a_table_that_is_not_recorded_is_no_zero(made):
    name, settings, page = made
    taken = tables_taken_out(settings)
    assert taken or not name.startswith("table")
    without = set().union(*(NEEDS[table] for table in taken))
    for table, frame in page.released.tables.items():
        if "measure" in frame.columns:
            figures = frame.filter(pl.col("measure").is_in(list(without)), pl.col("value").is_not_null())
            assert figures.is_empty(), table


@pytest.mark.slow
def test_the_sentences_name_what_is_taken_out(made):
    name, _, page = made
    for words in VARIANTS[name].words:
        assert words in page.text


def run(folder: Path, settings: Path, *options: str) -> tuple[subprocess.CompletedProcess, Path]:
    command = [sys.executable, "-m", "workforce", "run", str(settings), "--out", str(folder / "out"), "--workers", "1"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    return done, next((folder / "out").glob("*/*"), folder)


def check_run(name: str, folder: Path, *options: str) -> None:
    settings = VARIANTS[name].make().write(folder)
    done, report = run(folder, settings, *options)
    assert done.returncode == VARIANTS[name].exit_code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    page = (report / "assessment.html").read_text(encoding="utf-8")
    shown = [unescape(text) for text in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", page)]
    assert [heading for heading in headings() if heading not in shown] == []
    for words in VARIANTS[name].words:
        assert words in unescape(page)
    unused = wf.load_area(settings).not_used.frame
    first = (report / "index.html").read_text(encoding="utf-8")
    assert [source for source in unused["source"] if source not in unescape(first)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", THROUGH_RUN)
def test_a_run_makes_the_whole_assessment_and_ends_with_its_exit_code(name, tmp_path):
    check_run(name, tmp_path, "--notebook", "assessment")


@pytest.mark.more
@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_variant_is_run(name, tmp_path):
    check_run(name, tmp_path, *([] if VARIANTS[name].group in WITH_PACKS else ["--notebook", "assessment"]))


def test_every_table_section_column_and_organisation_of_the_sample_is_taken_out_once():
    settings = sample().settings
    files = [file for body in settings["organisations"].values() for file in body["files"]]
    columns = {f"{file['table']}.{c}" for file in files for c in file["columns"]}
    tried = {name.split("@")[0].removeprefix("column:") for name in VARIANTS if name.startswith("column:")}
    assert columns <= tried
    tables = {f"table:{file['table']}" for file in files} - {"table:assignments"}
    sections = {f"section:{name}" for name in settings} - {"section:area", "section:organisations"}
    organisations = {f"organisation:without_{slug}" for slug in settings["organisations"]}
    assert tables | sections | organisations <= set(VARIANTS)


def test_what_is_written_again_is_what_was_read(tmp_path):
    written = sample().write(tmp_path)
    assert wf.load_area(written).reads.frame.equals(wf.load_area().reads.frame)

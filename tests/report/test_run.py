"""A run on tiny notebooks: what fails is told without a word of data, the rest is published, and nothing stays behind."""

import json
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from workforce.report import execute
from workforce.report.kernel_manager import OwnInterpreter
from workforce.report.run import run_reports

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    own = tmp_path / "t"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    yield
    assert list(own.iterdir()) == []


RAISES = "secret = 'Jo of payroll 1234'\nraise ValueError(secret)"
OWN = "import workforce as wf\nwf.load_area('nowhere.toml')"
RAISED_BY_HAND = "from workforce.errors import InputError\nraise InputError('Jo of payroll 1234')"
NAMESAKE = "class InputError(Exception): ...\nraise InputError('Jo of payroll 1234')"


def test_every_way_a_notebook_can_fail_leaves_the_others_published(order, shows, left_behind):
    asked = order(
        {
            "good": shows,
            "raises": RAISES,
            "own": OWN,
            "by hand": RAISED_BY_HAND,
            "namesake": NAMESAKE,
            "dies": "import os\nos._exit(1)",
            "killed": f"import os\nos.kill(os.getpid(), {int(signal.SIGKILL)})",
            "slow": "import time\ntime.sleep(60)",
            "prints": "print('Jo of payroll 1234')",
            "leaves": "raise SystemExit",
        },
        cell_seconds=3,
    )
    watched = []
    report = run_reports(asked, workers=2, watch=lambda *seen: watched.append(seen))

    assert report.exit_code == 1
    assert report.published
    told = {name: str(failure) for name, failure in report.failures.items()}
    assert told == {
        "raises": "Raises: an error that the library did not raise",
        "own": "Own: nowhere.toml: there is no such file. Hint: give the path of an area.toml.",
        "by hand": "By Hand: an error that the library did not raise",
        "namesake": "Namesake: an error that the library did not raise",
        "dies": "Dies: the process that ran the notebook died; it may have run out of memory",
        "killed": "Killed: the process that ran the notebook died; it may have run out of memory",
        "slow": "Slow: the cell took longer than 3 seconds",
        "prints": "Prints: the cell gave printed text. "
        "Hint: end the cell with a figure, a table or a sentence of the library.",
        "leaves": told["leaves"],
    }
    assert "wf-text" in (asked.target / "good.html").read_text(encoding="utf-8")
    assert sorted(p.name for p in asked.target.iterdir()) == ["good.html", "index.html", "manifest.json"]
    assert left_behind() == []
    written = (asked.target / "manifest.json").read_text(encoding="utf-8") + report.index.read_text(encoding="utf-8")
    assert "payroll" not in written
    assert "Traceback" not in written
    manifest = json.loads((asked.target / "manifest.json").read_text(encoding="utf-8"))
    assert {one["name"]: one["outcome"] for one in manifest["notebooks"]}["good"] == "published"
    assert {one["name"]: one["cell"] for one in manifest["notebooks"]}["raises"] == 2
    assert ("good", 1, 1) in watched


def test_a_notebook_runs_in_this_python_from_any_folder_and_imports_nothing_from_it(
    order, shows, tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "polars.py").write_text("raise RuntimeError")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    monkeypatch.chdir(elsewhere)
    checks = (
        f"import sys, os, polars\nassert os.environ['WORKFORCE_STATIC'] == '1'\nassert sys.prefix == {sys.prefix!r}\n"
    )
    asked = order({"good": checks + shows})
    report = run_reports(asked, workers=1)
    assert report.failures == {}
    assert report.exit_code == 0
    assert sorted(p.name for p in elsewhere.iterdir()) == ["polars.py"]


def test_when_every_notebook_fails_the_last_good_report_is_untouched(order, shows, left_behind):
    first = run_reports(order({"one": shows}), workers=1)
    before = {p.name: p.read_bytes() for p in first.folder.iterdir()}
    second = run_reports(order({"one": OWN}), workers=1)
    assert not second.published
    assert second.exit_code == 3
    assert {p.name: p.read_bytes() for p in first.folder.iterdir()} == before
    assert left_behind() == []


def test_a_report_without_a_file_is_published_says_so_first_and_is_exit_1(order, shows):
    sentence = "sick.csv of Body <b>one</b> (absences) is not used: more than 2% of its rows cannot be used."
    report = run_reports(replace(order({"one": shows}), not_used=[sentence]), workers=1)
    assert report.published
    assert report.exit_code == 1
    index = report.index.read_text(encoding="utf-8")
    assert "Files that are not used" in index
    assert "Body &lt;b&gt;one&lt;/b&gt; (absences) is not used: more than 2% of its rows cannot be used." in index
    whole = run_reports(order({"one": shows}), workers=1)
    assert whole.exit_code == 0
    assert "not used" not in whole.index.read_text(encoding="utf-8")


def test_the_first_page_says_how_many_notices_there_are_and_where_they_are_listed(order, shows):
    report = run_reports(replace(order({"one": shows, "data_quality": shows}), notices=2), workers=1)
    assert report.exit_code == 0
    assert report.manifest.notices == 2
    index = report.index.read_text(encoding="utf-8")
    assert 'There are 2 notices on how the files were read, listed on the page <a href="data_quality.html">' in index
    alone = run_reports(replace(order({"one": shows}), notices=1), workers=1)
    assert "There is 1 notice on how the files were read" in alone.index.read_text(encoding="utf-8")
    assert "notice" not in run_reports(order({"one": shows}), workers=1).index.read_text(encoding="utf-8")


def test_no_folder_is_left_where_a_first_run_fails(order, tmp_path):
    report = run_reports(order({"one": RAISES}), workers=1)
    assert report.exit_code == 1
    assert not (tmp_path / "outputs").exists()


def test_interrupting_a_run_leaves_nothing_behind(order, shows, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    asked = order({"one": "import time\n" + shows, "two": "import time\ntime.sleep(30)\n" + shows})
    with pytest.raises(KeyboardInterrupt):
        run_reports(asked, workers=2, watch=interrupt)
    assert not (tmp_path / "outputs").exists()


NOT_STARTED = "the process that runs the notebook did not start; it may have run out of memory"


@pytest.mark.parametrize(("deaths", "failure"), [(2, None), (3, NOT_STARTED)])
def test_a_kernel_that_dies_before_its_first_cell_is_started_again(
    deaths, failure, order, shows, tmp_path, monkeypatch
):
    starts = []
    usual_spec, usual_start = OwnInterpreter.kernel_spec.fget, OwnInterpreter.start_kernel

    def kernel_spec(manager):
        spec = usual_spec(manager)
        spec.argv = [sys.executable, "-c", "raise SystemExit(1)"] if len(starts) <= deaths else spec.argv
        return spec

    def start_kernel(manager, **options):
        starts.append(manager)
        return usual_start(manager, **options)

    monkeypatch.setattr(OwnInterpreter, "kernel_spec", property(kernel_spec))
    monkeypatch.setattr(OwnInterpreter, "start_kernel", start_kernel)
    monkeypatch.setattr(execute._worker, "folder", tmp_path, raising=False)
    (job,) = order({"good": shows}).jobs
    finished = execute.execute(job)
    assert (str(finished.failure) if finished.failure else None) == failure
    assert ("wf-text" in finished.html) == (failure is None)

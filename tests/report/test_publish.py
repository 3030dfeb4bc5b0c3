"""Publication: the new report whole, or the last good one, and never a trace of the attempt."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from workforce.errors import EnvironmentFault
from workforce.report import run
from workforce.report.check import check_page
from workforce.report.execute import Failure, Finished
from workforce.report.run import run_reports

FAILED = Failure("InputError", "staff.csv: the column is missing", 3, 4)


@pytest.fixture
def results(monkeypatch):
    """What the notebooks come to, without running them: html by name, or a failure."""
    given = {}

    def pretend(jobs, **_):
        return [
            Finished(job, 1.0, failure=given[job.name])
            if isinstance(given[job.name], Failure)
            else Finished(job, 1.0, html=given[job.name])
            for job in jobs
        ]

    monkeypatch.setattr(run, "run_jobs", pretend)
    return given


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_report_is_an_index_its_pages_and_a_manifest(order, results, left_behind):
    results.update(one="<p>1</p>", two="<p>2</p>")
    report = run_reports(order({"one": "", "two": ""}))
    assert files(report.folder) == ["index.html", "manifest.json", "one.html", "two.html"]
    assert report.exit_code == 0
    assert left_behind() == []
    index = report.index.read_text(encoding="utf-8")
    assert check_page(index) == []
    assert "What one answers." in index
    assert '<a href="one.html">One</a>' in index
    assert "board" in index


def test_the_next_report_takes_the_place_of_the_last(order, results, left_behind):
    results.update(one="old", gone="old")
    run_reports(order({"one": "", "gone": ""}))
    results.update(one="new")
    report = run_reports(order({"one": ""}))
    assert files(report.folder) == ["index.html", "manifest.json", "one.html"]
    assert (report.folder / "one.html").read_text(encoding="utf-8") == "new"
    assert left_behind() == []


def test_what_a_user_put_beside_the_report_stays(order, results):
    results.update(one="old")
    folder = run_reports(order({"one": ""})).folder
    (folder / "board paper.pdf").write_bytes(b"pdf")
    (folder / "mine").mkdir()
    (folder / "mine" / "note.txt").write_text("note")
    run_reports(order({"one": ""}))
    assert files(folder) == ["board paper.pdf", "index.html", "manifest.json", "mine", "one.html"]
    assert (folder / "mine" / "note.txt").read_text() == "note"


def test_a_folder_that_holds_something_else_is_not_touched(order, results):
    results.update(one="new")
    asked = order({"one": ""})
    asked.target.mkdir(parents=True)
    (asked.target / "precious.txt").write_text("x")
    with pytest.raises(EnvironmentFault, match="no report"):
        run_reports(asked)
    assert files(asked.target) == ["precious.txt"]


def test_one_failed_notebook_leaves_the_others_published_and_its_old_page_is_said_to_be_old(order, results):
    results.update(one="one of the first run", two="two")
    run_reports(order({"one": "", "two": ""}))
    results.update(one=FAILED, two="two again")
    report = run_reports(order({"one": "", "two": ""}))
    assert report.exit_code == 1
    assert files(report.folder) == ["index.html", "manifest.json", "one-earlier.html", "two.html"]
    assert (report.folder / "one-earlier.html").read_text(encoding="utf-8") == "one of the first run"
    index = report.index.read_text(encoding="utf-8")
    assert "could not be made in this run: cell 3: InputError: staff.csv: the column is missing." in index
    assert "Its figures are not from this run." in index
    assert 'href="one.html"' not in index
    told = {one["name"]: one for one in manifest(report.folder)["notebooks"]}
    assert (told["one"]["outcome"], told["one"]["cell"], told["one"]["error"]) == ("failed", 3, "InputError")
    assert told["one"]["page"]["file"] == "one-earlier.html"
    assert told["two"]["outcome"] == "published"

    again = run_reports(order({"one": "", "two": ""}))  # failed twice: the page of the first run is still there
    assert (again.folder / "one-earlier.html").read_text(encoding="utf-8") == "one of the first run"


def test_a_notebook_that_failed_the_first_time_has_no_earlier_page(order, results):
    results.update(one=FAILED, two="two")
    report = run_reports(order({"one": "", "two": ""}))
    assert files(report.folder) == ["index.html", "manifest.json", "two.html"]
    assert "There is no page of an earlier run." in report.index.read_text(encoding="utf-8")


def test_an_internal_page_never_stays_in_a_board_report(order, results):
    results.update(one="internal", two="internal")
    run_reports(order({"one": "", "two": ""}, rule="internal"))
    results.update(one=FAILED, two="board")
    report = run_reports(order({"one": "", "two": ""}, rule="board"))
    assert files(report.folder) == ["index.html", "manifest.json", "two.html"]
    partly = run_reports(order({"two": ""}, rule="internal", whole=False))
    assert files(partly.folder) == ["index.html", "manifest.json", "two.html"]


def test_a_page_that_someone_changed_is_not_kept_as_ours(order, results):
    results.update(one="one", two="two")
    folder = run_reports(order({"one": "", "two": ""})).folder
    (folder / "one.html").write_text("edited")
    results.update(one=FAILED)
    assert "one-earlier.html" not in files(run_reports(order({"one": "", "two": ""})).folder)


def test_running_one_notebook_keeps_the_other_pages_and_says_when_they_were_made(order, results):
    results.update(one="one", two="two")
    run_reports(order({"one": "", "two": ""}))
    results.update(two="two again")
    report = run_reports(order({"two": ""}, whole=False))
    assert files(report.folder) == ["index.html", "manifest.json", "one.html", "two.html"]
    assert "Not made again in this run" in report.index.read_text(encoding="utf-8")
    assert {one["name"]: one["outcome"] for one in manifest(report.folder)["notebooks"]} == {
        "one": "kept",
        "two": "published",
    }
    again = run_reports(order({"two": ""}, whole=False))
    assert "one.html" in files(again.folder)


FULL = OSError(errno.ENOSPC, "No space left on device")
DENIED = PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("fault", "said"), [(FULL, "the disk is full"), (DENIED, "no permission"), (OSError(errno.EIO, ""), "EIO")]
)
@pytest.mark.parametrize("step", ["write_bytes", "write_text", "replace", "mkdir"])
def test_a_full_disk_or_a_forbidden_folder_leaves_the_last_good_report(
    order, results, left_behind, monkeypatch, step, fault, said
):
    results.update(one="good")
    folder = run_reports(order({"one": ""})).folder
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    asked = order({"one": ""})

    def fail(*_, **__):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, fail)
        with pytest.raises(EnvironmentFault, match=said) as caught:
            run_reports(asked)
    assert caught.value.exit_code == 6
    assert "--out" in caught.value.hint
    assert "the last good report is still there" in caught.value.hint
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert left_behind() == []


def test_when_the_swap_fails_half_way_the_last_good_report_is_put_back(order, results, left_behind, monkeypatch):
    results.update(one="good")
    folder = run_reports(order({"one": ""})).folder
    asked = order({"one": ""})
    results.update(one="new")
    real, calls = Path.replace, []

    def second_fails(self, target):
        calls.append(self)
        if len(calls) == 2:
            raise FULL
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", second_fails)
        with pytest.raises(EnvironmentFault):
            run_reports(asked)
    assert (folder / "one.html").read_text(encoding="utf-8") == "good"
    assert left_behind() == []


def test_a_first_run_on_a_full_disk_leaves_no_folder(order, results, tmp_path, monkeypatch):
    results.update(one="good")
    asked = order({"one": ""})

    def fail(*_, **__):
        raise FULL

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(EnvironmentFault) as caught:
        run_reports(asked)
    assert "last good" not in caught.value.hint
    assert not (tmp_path / "outputs").exists()


def test_an_output_folder_that_is_a_file_is_refused(order, results, tmp_path):
    results.update(one="good")
    asked = order({"one": ""})
    (tmp_path / "outputs").write_text("a file")
    with pytest.raises(EnvironmentFault):
        run_reports(asked)
    assert (tmp_path / "outputs").read_text() == "a file"


@pytest.mark.skipif(
    shutil.which("mount") is None or os.name != "posix" or os.geteuid() != 0, reason="mounts a tiny disk: needs root"
)
def test_a_disk_that_is_really_full(order, results, tmp_path, left_behind):
    small = tmp_path / "outputs"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k tmpfs {small} 2>/dev/null") != 0:  # noqa: S605
        pytest.skip("no disk can be mounted here")
    try:
        results.update(one="good")
        folder = run_reports(order({"one": ""})).folder
        results.update(one="x" * 200_000)
        with pytest.raises(EnvironmentFault, match="the disk is full"):
            run_reports(order({"one": ""}))
        assert (folder / "one.html").read_text(encoding="utf-8") == "good"
        assert left_behind() == []
    finally:
        os.system(f"umount {small}")  # noqa: S605

"""Publication: the new report whole, or the last good one, and never a trace of the attempt."""

import errno
import json
import os
import pickle
import shutil
import signal
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

import workforce as wf
from builders import measured
from workforce import private_files
from workforce.disclosure import publication
from workforce.disclosure.audit import audit
from workforce.disclosure.figures import SCHEMA
from workforce.errors import EnvironmentFault
from workforce.report import manifest as manifests
from workforce.report import publish, run, together
from workforce.report.check import check_page
from workforce.report.execute import Failure, Finished
from workforce.report.folders import lock_of, private_folder, sweep_private
from workforce.report.record import InputFile, RowsRead
from workforce.report.run import run_reports

needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")
FAILED = Failure("InputError", "staff.csv: the column is missing", 3, 4, "Are we keeping staff?")


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


def cannot(*_):
    """An exchange of two folders on a disk that has none."""
    return False


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


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes")
@pytest.mark.parametrize(("rule", "folder_mode", "file_mode"), [("internal", 0o700, 0o600), ("board", 0o755, 0o644)])
@pytest.mark.usefixtures("usual_umask")
def test_an_internal_report_is_for_its_owner_alone(order, results, rule, folder_mode, file_mode):
    results.update(one="old", two="old")
    run_reports(order({"one": "", "two": ""}, rule=rule))
    results.update(one=FAILED)  # its earlier page is copied
    report = run_reports(order({"one": "", "two": ""}, rule=rule))
    assert stat.S_IMODE(report.folder.stat().st_mode) == folder_mode
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in report.folder.iterdir()} == dict.fromkeys(
        ("index.html", "manifest.json", "one-earlier.html", "two.html"), file_mode
    )


@pytest.mark.usefixtures("usual_umask")
def test_what_was_read_is_in_a_private_record_and_not_in_the_folder_that_is_sent(order, results, tmp_path):
    results.update(one="<p>1</p>")
    read = InputFile(source="staff.csv", sha256="5f" * 32, bytes=987_654)
    rows = RowsRead(
        organisation="council", source="staff.csv", table="assignments", rows_read=7654, rows_kept=7651, rows_refused=3
    )
    asked = replace(order({"one": ""}), inputs=[read], rows=[rows], ledger=tmp_path / "private" / "ledger")
    report = run_reports(asked)
    sent = "".join(p.read_text(encoding="utf-8") for p in report.folder.iterdir())
    assert not any(text in sent for text in ("5f5f", "987654", "987,654", "7654", "7,654", "7651"))
    (path,) = (tmp_path / "private" / "ledger" / "somewhere").glob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["inputs"], record["rows"]) == ([read.model_dump()], [rows.model_dump()])
    assert record["pages"] == {"one.html": manifest(report.folder)["notebooks"][0]["page"]["sha256"]}
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent, asked.ledger, tmp_path / "private")]
    assert modes == [0o600, 0o700, 0o700, 0o700]
    run_reports(asked)
    assert len(list(path.parent.glob("*.json"))) == 2


def test_without_its_private_record_no_report_is_published(order, results, tmp_path, left_behind):
    results.update(one="<p>1</p>")
    (tmp_path / "a file").touch()
    asked = replace(order({"one": ""}), ledger=tmp_path / "a file" / "ledger")
    with pytest.raises(EnvironmentFault, match="private record of the run could not be written"):
        run_reports(asked)
    assert not asked.target.exists()
    assert left_behind() == []


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
    assert "could not be made in this run: Are we keeping staff?: staff.csv: the column is missing." in index
    assert "Its figures are not from this run." in index
    assert 'href="one.html"' not in index
    told = {one["name"]: one for one in manifest(report.folder)["notebooks"]}
    assert (told["one"]["outcome"], told["one"]["cell"], told["one"]["error"]) == ("failed", 3, "InputError")
    assert told["one"]["heading"] == "Are we keeping staff?"
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
    partly = run_reports(order({"two": ""}, rule="internal", all_pages=False))
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
    report = run_reports(order({"two": ""}, all_pages=False))
    assert files(report.folder) == ["index.html", "manifest.json", "one.html", "two.html"]
    assert "Not made again in this run" in report.index.read_text(encoding="utf-8")
    assert {one["name"]: one["outcome"] for one in manifest(report.folder)["notebooks"]} == {
        "one": "kept",
        "two": "published",
    }
    again = run_reports(order({"two": ""}, all_pages=False))
    assert "one.html" in files(again.folder)


def figures(table, numbers, **columns):
    """Figures of one table that are printed as they are, of the whole of a count on a day."""
    rows = [
        {"table": table, "row": n, "key": f"{table} {n}", "exact": float(number), "low": float(number), "high": number}
        for n, number in enumerate(numbers)
    ]
    common = {
        "block": 0,
        "quantity": "in_post",
        "groups": "[]",
        "start": date(2023, 3, 31),
        "end": date(2023, 3, 31),
        "least": 0.0,
        "is_whole": True,
        "values": 0,
        "off": 0.0,
        "size": 0.0,
        "over_groups": False,
        "over_time": False,
        "is_cell": True,
        "second": False,
        "others_of": None,
        "rule": "internal",
    }
    own = {name: pl.lit(value) for name, value in common.items()} | {
        name: pl.Series(values) for name, values in columns.items()
    }
    return pl.DataFrame(rows).with_columns(**own).select(pl.col(c).cast(kind) for c, kind in SCHEMA.items())


@pytest.fixture
def handed_over(monkeypatch, results):  # noqa: ARG001 - pages are pretended first
    """What pages hand over as their figures: a number for each page, in tables that are released first on it."""

    def pretend(jobs, **_):
        for job in jobs:
            if job.figures is not None and isinstance(given.get(job.name), int):
                job.figures.mkdir(exist_ok=True)
                figures(job.name, [given[job.name]]).write_parquet(job.figures / "1.parquet")
        return pretended(jobs)

    given = {}
    pretended = run.run_jobs
    monkeypatch.setattr(run, "run_jobs", pretend)
    return given


def pages_of_draft(asked):
    path = asked.ledger / asked.target.parent.name / f"{asked.target.name}.{asked.rule}.draft.parquet"
    return dict(pl.read_parquet(path).select("page", "exact").rows())


def test_the_ledger_has_the_figures_of_every_page_of_the_report_and_of_no_other(order, results, handed_over, tmp_path):
    results.update(one="one", two="two")
    handed_over.update(one=20, two=30)
    asked = replace(order({"one": "", "two": ""}), ledger=tmp_path / "ledger")
    run_reports(asked)
    assert pages_of_draft(asked) == {"one": 20, "two": 30}
    handed_over.update(two=31)
    run_reports(replace(asked, jobs=[job for job in asked.jobs if job.name == "two"], all_pages=False))
    assert pages_of_draft(asked) == {"one": 20, "two": 31}  # the page that was not asked for stays
    results.update(one=FAILED)
    handed_over.update(one=None, two=32)
    run_reports(asked)
    assert pages_of_draft(asked) == {"one": 20, "two": 32}  # and so does the earlier page of the one that failed
    run_reports(replace(asked, jobs=[job for job in asked.jobs if job.name == "two"]))
    assert pages_of_draft(asked) == {"two": 32}  # a report of all its pages holds no other


def test_of_a_page_that_tells_too_much_no_earlier_page_stays(order, results, handed_over, tmp_path, monkeypatch):
    results.update(one="one", two="two")
    handed_over.update(one=20, two=30)
    asked = replace(order({"one": "", "two": ""}), ledger=tmp_path / "ledger")
    run_reports(asked)
    monkeypatch.setattr(together, "_to_withhold", lambda *_: {("two", 1, "two"): None})
    report = run_reports(asked)
    assert (report.failures["two"].error, report.failures["two"].exit_code) == ("DisclosureError", 5)
    assert files(report.folder) == ["index.html", "manifest.json", "one.html"]
    assert pages_of_draft(asked) == {"one": 20}


def leavers_of_a_quarter(table, months):
    """Leavers of two months and of both, of which those of the second are withheld."""
    first, second = wf.month("2023-01"), wf.month("2023-02")
    ends = [first.end, second.end, second.end]
    shown = figures(
        table,
        [*months, sum(months)],
        quantity=["leavers"] * 3,
        start=[first.start, second.start, first.start],
        end=ends,
        over_time=[True] * 3,
        values=[0, 3, 0],
    )
    is_second = pl.col("row") == 1
    return shown.with_columns(
        low=pl.when(is_second).then(1.0).otherwise("low"), high=pl.when(is_second).then(4.0).otherwise("high")
    )


def test_months_that_were_restated_are_looked_at_as_what_they_are_now():
    now = leavers_of_a_quarter("now", [13, 3])
    assert audit(now).withheld  # the quarter less its first month is the second
    before = figures("before", [11], quantity=["leavers"], over_time=[True]).with_columns(now["start", "end"][0])
    found = audit(pl.concat([before, now]), ["before"])
    assert found.withheld == audit(now).withheld
    assert audit(pl.concat([before, now.filter(pl.col("row") < 2)]), ["before"]).withheld == frozenset()


def test_a_page_hands_over_every_row_that_it_shows_in_whatever_order(tmp_path, monkeypatch):
    monkeypatch.setattr(publication._run, "folder", None)
    quarters = [wf.month(f"{year}-{month:02}") for year in (2021, 2022) for month in (3, 6, 9, 12)]
    days = {"period_start": [q.start for q in quarters], "period_end": [q.end for q in quarters]}
    few = {"numerator": [14.0, 2, 1, 12, 43, 3, 2, 20], "people": 900}
    many = {"numerator": [30.0 + n for n in range(8)], "people": 900}
    tables = [measured({**days, **few}, "leavers", "left"), measured({**days, **many}, "joiners", "joined")]
    series = wf.side_by_side(*tables, definitions=["left", "joined"])
    publication.begin(tmp_path / "page")
    page = wf.release({"series": series}, "board")
    shown = page["series"].frame
    # Of the first definition the last figure alone stays, behind the rows of the second: the order is another.
    assert shown.select("definition", "period_end").rows()[-1] == ("left", quarters[-1].end)
    shown_figures = publication.handed_over(tmp_path / "page")[1].sort("row")
    exact = dict(series.frame.select(pl.concat_str("definition", "period_end", separator=" "), "numerator").rows())
    printed = shown.select(pl.concat_str("definition", "period_end", separator=" "), "numerator").rows()
    for (row, printed_figure), figure in zip(printed, shown_figures.iter_rows(named=True), strict=True):
        assert figure["exact"] == exact[row]
        assert figure["low"] <= printed_figure <= figure["high"]


FULL = OSError(errno.ENOSPC, "No space left on device")
DENIED = PermissionError(errno.EACCES, "Permission denied")


@pytest.mark.parametrize(
    ("fault", "said"), [(FULL, "the disk is full"), (DENIED, "no permission"), (OSError(errno.EIO, ""), "EIO")]
)
@pytest.mark.parametrize("step", ["a page", "the index", "write_bytes", "a private file", "mkdir", "exchange"])
def test_a_full_disk_or_a_forbidden_folder_leaves_the_last_good_report(
    order, results, left_behind, monkeypatch, step, fault, said
):
    results.update(one="good")
    rule = "internal" if step == "a private file" else "board"
    folder = run_reports(order({"one": ""}, rule=rule)).folder
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    asked = order({"one": ""}, rule=rule)

    def fail(*_, **__):
        raise fault

    places = {
        "a page": (manifests, "write_file"),
        "the index": (run, "write_file"),  # when the pages are written
        "exchange": (publish, "_exchanged"),
    }
    with monkeypatch.context() as patch:
        if step == "a private file":
            patch.setattr(private_files, "os", SimpleNamespace(**vars(os) | {"open": fail}))
        else:
            patch.setattr(*places.get(step, (Path, step)), fail)
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
    real, calls = Path.rename, []

    def second_fails(self, target):
        calls.append(self)
        if len(calls) == 2:
            raise FULL
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_exchanged", cannot)
        patch.setattr(Path, "rename", second_fails)
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


@pytest.fixture
def short():
    """A folder with a path that is short enough for a socket."""
    folder = Path(f"/tmp/publish-{os.getpid()}")  # noqa: S108
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def beside(folder: Path, short: Path) -> dict[str, tuple[int, int]]:
    """Put one of each kind of thing beside a report; returns the number and kind of each."""
    (folder / "note.txt").write_text("note")
    (folder / "unreadable.pdf").write_bytes(b"pdf")
    (folder / "unreadable.pdf").chmod(0)
    (folder / "mine").mkdir()
    (folder / "mine" / "note.txt").write_text("note")
    (folder / "closed").mkdir(mode=0)
    (folder / "to nothing").symlink_to("nowhere")
    (folder / "to a folder").symlink_to(short)
    (folder / "round").symlink_to("round")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(short / "s"))
    os.rename(short / "s", folder / "socket")  # noqa: PTH104  # as pathlib does it
    if os.geteuid() == 0:
        os.mknod(folder / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    return kinds(folder)


def kinds(folder: Path) -> dict[str, tuple[int, int]]:
    own = {"index.html", "manifest.json", "one.html"}
    return {p.name: (p.lstat().st_ino, p.lstat().st_mode) for p in folder.iterdir() if p.name not in own}


@pytest.mark.parametrize("exchange", [True, False])
def test_whatever_lies_beside_a_report_is_moved_as_it_is_and_never_followed(
    order, results, left_behind, monkeypatch, short, exchange
):
    if not exchange:
        monkeypatch.setattr(publish, "_exchanged", cannot)
    results.update(one="old")
    folder = run_reports(order({"one": ""})).folder
    before = beside(folder, short)
    (short / "theirs").write_text("theirs")
    results.update(one="new")
    assert run_reports(order({"one": ""})).published
    assert (folder / "one.html").read_text(encoding="utf-8") == "new"
    assert kinds(folder) == before
    assert files(short) == ["theirs"]
    assert left_behind() == []
    (folder / "closed").chmod(0o700)


def test_a_file_that_has_the_name_of_a_new_page_gets_another_name(order, results):
    results.update(one="1")
    folder = run_reports(order({"one": ""})).folder
    (folder / "two.html").write_text("mine")
    results.update(two="2")
    run_reports(order({"one": "", "two": ""}))
    assert (folder / "two.html").read_text(encoding="utf-8") == "2"
    assert (folder / "two (2).html").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["manifest.json", "one.html"])
def test_a_pipe_or_a_link_in_the_place_of_a_file_of_the_report_is_not_read(order, results, name):
    results.update(one="1", two="2")
    folder = run_reports(order({"one": "", "two": ""})).folder
    (folder / name).rename(folder.parent / "elsewhere")
    asked = order({"two": ""}, all_pages=False)
    for put in (os.mkfifo, lambda path: path.symlink_to(folder.parent / "elsewhere")):
        put(folder / name)
        if name == "manifest.json":
            with pytest.raises(EnvironmentFault, match="no report"):
                run_reports(asked)
        else:
            assert [one["name"] for one in manifest(run_reports(asked).folder)["notebooks"]] == ["two"]
        (folder / name).unlink(missing_ok=True)


READER = """
import json, os, sys
folder, looks, faults, states = sys.argv[1], 0, [], set()
def read(name, at):
    with open(name, encoding="utf-8", opener=lambda path, flags: os.open(path, flags, dir_fd=at)) as file:
        return file.read()
print("ready", flush=True)
while not os.path.exists(folder + "/../done"):
    looks += 1
    try:
        os.stat(folder + "/index.html")
        os.stat(folder + "/manifest.json")
        opened = os.open(folder, os.O_RDONLY)
        try:
            state = {read("one.html", opened), *json.loads(read("manifest.json", opened))["not_used"]}
            states |= state
            if len(state) != 1 or "</html>" not in read("index.html", opened):
                faults.append(sorted(state))
        finally:
            os.close(opened)
    except (OSError, ValueError) as fault:
        faults.append(repr(fault))
print(json.dumps([looks, faults, sorted(states)]))
"""


def test_a_reader_who_looks_all_the_time_meets_a_whole_report(order, results):
    results.update(one="0")
    folder = run_reports(replace(order({"one": ""}), not_used=["0"])).folder
    with subprocess.Popen([sys.executable, "-c", READER, str(folder)], stdout=subprocess.PIPE, text=True) as reader:  # noqa: S603
        reader.stdout.readline()
        for number in range(1, 8):
            results.update(one=f"{number}")
            run_reports(replace(order({"one": ""}), not_used=[f"{number}"]))
        (folder.parent / "done").touch()
        looks, faults, states = json.loads(reader.stdout.read())
    assert faults == []
    assert looks > 100
    assert len(states) > 3


KILLED = """
import os, pickle, signal, sys
from workforce.report import publish, run, together
from workforce.report.execute import Finished
step, order, html = pickle.load(sys.stdin.buffer)
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
run.run_jobs = lambda jobs, **_: [Finished(job, 1.0, html=html) for job in jobs]
exchanged, rename, unlink = publish._exchanged, publish.Path.rename, publish.Path.unlink
calls = []
def on_call(number, real):
    def do(*given, **options):
        calls.append(given)
        return die() if len(calls) == number else real(*given, **options)
    return do
if step == "working":
    run.run_jobs = lambda jobs, **_: die()
elif step == "written":
    publish._exchanged = die
elif step == "exchanged":
    publish.put_away = die
elif step == "moving":
    publish.Path.rename = on_call(2, rename)
elif step == "deleting":
    publish.Path.unlink = on_call(2, unlink)
elif step == "no exchange":
    publish._exchanged = lambda *_: False
    publish.Path.rename = on_call(2, rename)
run.run_reports(order)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["working", "written", "exchanged", "moving", "deleting", "no exchange"])
def test_a_run_that_is_killed_at_any_step_leaves_a_whole_report_and_the_next_one_puts_all_right(
    order, results, left_behind, step
):
    results.update(one="old")
    folder = run_reports(order({"one": ""})).folder
    (folder / "a note.txt").write_text("a")
    (folder / "b note.txt").write_text("b")
    given = pickle.dumps((step, order({"one": ""}), "killed"))
    source = str(Path(publish.__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": source}
    done = subprocess.run([sys.executable, "-c", KILLED], input=given, env=environment, check=False)  # noqa: S603
    assert done.returncode == -signal.SIGKILL
    assert left_behind() != []
    if step != "no exchange":  # two renames leave a moment without a report, which the next start ends
        page = (folder / "one.html").read_text(encoding="utf-8")
        assert page == ("old" if step in {"working", "written"} else "killed")
        assert manifest(folder)["notebooks"][0]["page"]["bytes"] == len(page)
    results.update(one=FAILED)
    assert not run_reports(order({"one": ""})).published
    assert (folder / "one.html").read_text(encoding="utf-8") in {"old", "killed"}
    assert left_behind() == []
    results.update(one="new")
    run_reports(order({"one": ""}))
    assert files(folder) == ["a note.txt", "b note.txt", "index.html", "manifest.json", "one.html"]
    assert (folder / "one.html").read_text(encoding="utf-8") == "new"
    assert [(folder / f"{name} note.txt").read_text() for name in "ab"] == ["a", "b"]


def test_only_what_a_dead_run_left_is_swept(order, results, tmp_path):
    results.update(one="1")
    parent = run_reports(order({"one": ""})).folder.parent
    for name in (".2023-03-00000001", ".2023-03-00000002", ".2023-03-00000003", ".2023-03-notes", ".cache-deadbeef"):
        (parent / name).mkdir()
    (parent / ".2023-03-00000002" / "note.txt").write_text("a file that no run makes")
    (parent / ".2023-03-00000003" / "one.html").write_text("a page")
    (parent / ".cache-deadbeef" / "one.html").symlink_to(tmp_path)
    (parent / ".2023-03-00000004").symlink_to(tmp_path)
    (parent / ".2023-03-00000005").write_text("a file")
    lock = lock_of(parent / ".2023-03-00000001")
    run_reports(order({"one": ""}))
    os.close(lock)
    stays = [".2023-03-00000001", ".2023-03-00000002", ".2023-03-00000004", ".2023-03-00000005", ".2023-03-notes"]
    assert files(parent) == [*stays, ".cache-deadbeef", "2023-03"]
    assert (tmp_path / "notebooks").exists()


def test_private_folders_of_dead_runs_go_and_those_of_living_ones_and_of_others_stay(tmp_path):
    for name in ("wf-00000001", "wf-00000002", "wf-mine", "wf-00000003"):
        (tmp_path / name).mkdir()
    for name in ("wf-00000001", "wf-mine"):
        (tmp_path / name / "run.lock").write_text("")
        (tmp_path / name / "socket").write_text("")
    (tmp_path / "wf-00000003" / "note.txt").write_text("note")
    (tmp_path / "wf-00000004").symlink_to(tmp_path / "wf-00000001")
    os.utime(tmp_path / "wf-00000002", (0, 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path))
        with private_folder() as living:
            sweep_private(tmp_path)
            assert files(tmp_path) == sorted([living.name, "wf-00000003", "wf-00000004", "wf-mine"])
            assert living.stat().st_mode & 0o777 == 0o700
    assert not living.exists()


def circle(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_text("x"), "a part of its path is not a folder"),
        (os.mkfifo, "a part of its path is not a folder"),
        (lambda path: path.symlink_to(os.devnull), "a part of its path is not a folder"),
        (circle, "its links lead round in a circle"),
    ],
)
@pytest.mark.parametrize("level", ["2023-03", "somewhere", "outputs"])
def test_a_place_that_is_no_folder_is_refused_before_the_work_and_stays_as_it_is(
    order, monkeypatch, make, reason, level
):
    monkeypatch.setattr(run, "run_jobs", lambda *_, **__: pytest.fail("notebooks were run"))
    asked = order({"one": ""})
    place = next(one for one in (asked.target, *asked.target.parents) if one.name == level)
    place.parent.mkdir(parents=True, exist_ok=True)
    make(place)
    before = place.lstat()
    with pytest.raises(EnvironmentFault, match=reason) as caught:
        run_reports(asked)
    assert caught.value.exit_code == 6
    assert (place.lstat().st_ino, place.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert [name for name in files(place.parent) if name != "notebooks"] == [level]


@pytest.mark.parametrize("name", ["x" * 250, "é" * 125, "x" * 300, "/".join(["y" * 200] * 30)])
def test_a_name_that_is_too_long_is_refused_before_the_work(order, monkeypatch, tmp_path, name):
    monkeypatch.setattr(run, "run_jobs", lambda *_, **__: pytest.fail("notebooks were run"))
    with pytest.raises(EnvironmentFault, match="the path is too long") as caught:
        run_reports(replace(order({"one": ""}), target=tmp_path / "outputs" / name))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "outputs").exists()


@needs_root
def test_a_folder_without_permission_is_refused_before_the_work(order, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "run_jobs", lambda *_, **__: pytest.fail("notebooks were run"))
    asked = order({"one": ""})
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(EnvironmentFault, match="no permission"):
        run_reports(asked)
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("fault", [OSError(errno.EMFILE, ""), OSError(errno.ENOSPC, ""), MemoryError()])
def test_a_fault_while_notebooks_run_is_not_blamed_on_the_report(order, monkeypatch, fault):
    def fail(*_, **__):
        raise fault

    monkeypatch.setattr(run, "run_in_workers", fail)
    with pytest.raises(EnvironmentFault) as caught:
        run_reports(order({"one": ""}))
    assert "report" not in str(caught.value)
    assert caught.value.what.startswith("the notebooks could not be run: ")


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, ""), OSError(errno.EACCES, "")])
def test_a_fault_of_the_temporary_files_names_their_folder(order, monkeypatch, fault, tmp_path):
    def fail(*_, **__):
        raise fault

    asked = order({"one": ""})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(run, "private_folder", fail)
    with pytest.raises(EnvironmentFault, match="no temporary folder could be made") as caught:
        run_reports(asked)
    assert caught.value.where == str(tmp_path)
    assert "TMPDIR" in caught.value.hint

"""Faults injected into `workforce run` for real: the last good report stays whole, nothing is left behind, and a second run completes."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import nbformat
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]

MOST_SECONDS = 120  # of a run on a busy machine
BUSY = "import time\nPath = __import__('pathlib').Path\nPath(MARK).touch()\n"
HOLDS_THE_INTERPRETER = BUSY + "sum(range(10**12))"  # one call, during which no other thread of the kernel runs
WAITS = BUSY + "time.sleep(1000)"


SHOWS = "import workforce as wf\nwf.words.decision_sentence(None)"


class Command:
    """`workforce run` on notebooks of one test, in a folder of its own, and what there is of its processes and folders."""

    def __init__(self, folder: Path, notebook):
        self.folder, self.notebook = folder, notebook
        self.temporary = Path(f"/tmp/faults-{uuid.uuid4().hex[:6]}")  # noqa: S108  # short: sockets lie in it
        self.temporary.mkdir()
        self.mark = folder / "a cell runs"
        self.report = folder / "out" / "england" / "published"
        self.token = uuid.uuid4().hex

    def write(self, **sources: str) -> None:
        for name, source in sources.items():
            self.notebook(name, source.replace("MARK", repr(str(self.mark))))

    def start(self, *words: str, **options):
        environment = os.environ | {
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "TMPDIR": str(self.temporary),
            "FAULTS_TEST": self.token,
        }
        command = [sys.executable, "-m", "workforce", "run", "--notebooks", self.folder / "notebooks"]
        command += ["--out", self.folder / "out", *words]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen([*map(str, command)], env=environment, text=True, **streams)  # noqa: S603

    def run(self, *words: str, **options) -> tuple[int, str, str]:
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=MOST_SECONDS)
        return process.returncode, out, err

    def started(self, *words: str):
        """A run whose busy cell has begun."""
        process = self.start(*words)
        until = time.monotonic() + MOST_SECONDS
        while not self.mark.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert self.mark.exists(), process.communicate(timeout=5)
        return process

    def processes(self, word: str = "") -> list[int]:
        """The processes of this test's runs whose command holds a word."""
        numbers = []
        for entry in Path("/proc").iterdir():
            try:
                ours = entry.name.isdigit() and self.token.encode() in (entry / "environ").read_bytes()
                if ours and word in (entry / "cmdline").read_text():
                    numbers.append(int(entry.name))
            except OSError:
                continue
        return numbers

    def all_end(self, seconds: float = 10) -> bool:
        """Whether all processes of this test end: they take a fraction of a second, and more on a busy machine."""
        until = time.monotonic() + seconds
        while self.processes() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.processes()

    def left(self) -> list[str]:
        parent = self.report.parent
        hidden = [p.name for p in parent.iterdir() if p.name.startswith(".")] if parent.exists() else []
        return hidden + [p.name for p in self.temporary.iterdir() if p.name.startswith("wf-")]

    def page(self, name: str = "good") -> bytes:
        return (self.report / f"{name}.html").read_bytes()


@pytest.fixture(scope="module")
def good_report(tmp_path_factory) -> Path:
    """A report of one page, made once."""
    folder = tmp_path_factory.mktemp("good")
    cells = [nbformat.v4.new_markdown_cell("# Good"), nbformat.v4.new_code_cell(SHOWS)]
    (folder / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "notebooks" / "good.ipynb")
    command = Command(folder, None)
    assert command.run()[0] == 0
    assert command.left() == []
    shutil.rmtree(command.temporary)
    return command.report


@pytest.fixture
def command(tmp_path, notebook, good_report):
    """A command whose report is there from an earlier run. A run heeds SIGHUP even where the tests were started to outlive a terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    made = Command(tmp_path, notebook)
    shutil.copytree(good_report, made.report)
    yield made
    signal.signal(signal.SIGHUP, before)
    for number in made.processes():
        os.kill(number, signal.SIGKILL)
    shutil.rmtree(made.temporary)


@pytest.mark.parametrize(
    ("number", "code", "busy"),
    [
        (signal.SIGKILL, -9, HOLDS_THE_INTERPRETER),
        (signal.SIGHUP, 129, HOLDS_THE_INTERPRETER),
        (signal.SIGTERM, 143, WAITS),
        (signal.SIGINT, 130, WAITS),
    ],
)
def test_whatever_ends_a_run_ends_its_workers_and_kernels_and_the_next_one_completes(
    command, shows, number, code, busy
):
    page = command.page()
    command.write(good=busy)
    process = command.started()
    assert len(command.processes("report.kernel")) == 1
    assert len(command.processes("report.workers")) == 1
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert err == ("" if number == signal.SIGKILL else "Stopped. Nothing was published.\n")
    assert command.all_end()
    assert command.page() == page
    assert (command.left() == []) == (number != signal.SIGKILL)
    if number == signal.SIGKILL:
        command.write(good=shows)
        assert command.run()[0] == 0
        assert command.page() != b""
        assert command.left() == []


def test_a_worker_that_is_killed_takes_its_kernel_along_and_no_other_notebook(command, shows):
    command.write(busy=HOLDS_THE_INTERPRETER, good=shows)
    process = command.started("--workers", "1")
    (worker,) = command.processes("report.workers")
    (kernel,) = command.processes("report.kernel")
    os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=MOST_SECONDS)
    assert kernel not in command.processes()
    assert (process.returncode, out) == (1, f"The report is at {command.report / 'index.html'}\n")
    assert err.splitlines()[0] == "busy: a worker process died; it may have run out of memory"
    assert command.page()
    assert command.all_end()
    assert command.left() == []


FULL = Path("/dev/full")


@pytest.mark.parametrize("streams", ["full", "closed", "not read"])
def test_a_report_is_made_whatever_becomes_of_the_standard_streams(command, shows, streams):
    command.write(good=shows)
    if streams == "full":
        with FULL.open("w") as full:
            process = command.start(stdout=full, stderr=full)
            assert process.wait(MOST_SECONDS) == 0
    elif streams == "closed":
        process = command.start(stdout=None, stderr=None, preexec_fn=lambda: [os.close(number) for number in range(3)])
        assert process.wait(MOST_SECONDS) == 0
    else:
        process = command.start()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(MOST_SECONDS) == 0
        process.stderr.close()
    assert command.page()
    assert command.left() == []


def test_a_check_that_cannot_be_printed_does_not_end_well(area):
    words = [sys.executable, "-m", "workforce", "check", str(area)]
    with FULL.open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=MOST_SECONDS, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (6, "the output could not be written: the disk is full.\n")


def limit(kind: int, most: int):
    return lambda: resource.setrlimit(kind, (most, most))


@pytest.mark.parametrize(
    ("kind", "most", "words"),
    [
        (resource.RLIMIT_NOFILE, 12, "too many files are open"),
        (resource.RLIMIT_NOFILE, 20, "too many files are open"),
        (resource.RLIMIT_NOFILE, 40, "too many files are open"),
        (resource.RLIMIT_AS, 900_000_000, "memory"),
        (resource.RLIMIT_FSIZE, 100, ""),
    ],
)
def test_a_limit_of_the_machine_is_named_on_one_line_and_leaves_the_last_report(command, shows, kind, most, words):
    command.write(good=shows)
    page = command.page()
    code, out, err = command.run(preexec_fn=limit(kind, most))
    assert (code, out) == (6, "")
    assert words in err
    assert "Traceback" not in err
    told = [line for line in err.splitlines() if not line.startswith("No report was made")]
    assert len(told) == 1, err
    assert command.page() == page
    assert command.all_end()
    assert command.left() == []


@pytest.mark.parametrize("kind", ["device", "file", "pipe", "circle", "long"])
def test_a_place_that_no_report_can_be_put_in_is_refused_before_the_work(command, tmp_path, kind):
    command.write(busy=WAITS)
    place = tmp_path / "place"
    if kind == "device":
        place = Path(os.devnull)
    elif kind == "file":
        place.write_text("mine")
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "circle":
        place.symlink_to(place)
    else:
        place = tmp_path / ("x" * 300)
    code, out, err = command.run("--out", str(place))
    assert (code, out) == (6, "")
    assert err.count("\n") == 1
    assert "the report could not be written: " in err
    assert not command.mark.exists()
    if kind == "file":
        assert place.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({"notebooks", "out", place.name} - {"null", "x" * 300})


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 64 kB that can hold one file."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=2", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.call(mount) != 0:  # noqa: S603
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.check_call(["umount", place])  # noqa: S603, S607


@pytest.mark.parametrize("which", ["temporary", "output"])
def test_a_full_disk_is_named_as_the_one_that_is_full(command, shows, tiny_disk, which):
    command.write(good=shows)
    if which == "temporary":
        command.temporary, usual = tiny_disk, command.temporary
        code, _, err = command.run()
        command.temporary = usual
    else:
        code, _, err = command.run("--out", str(tiny_disk))
    assert code == 6
    assert "Traceback" not in err
    assert ("temporary" in err, "the report could not be written" in err) == (which == "temporary", which == "output")
    assert command.all_end()


def test_an_input_that_is_replaced_during_the_run_is_not_published_under_another_hash(command, area, notebook):
    source = "import workforce as wf\nrecords = wf.load_area(area)\nwf.table(wf.release({'t': records.quality}, 'board')['t'])"
    waits = f"Path = __import__('pathlib').Path\nPath({str(command.mark)!r}).touch()\n__import__('time').sleep(3)\n"
    notebook("first", waits + source, parameters='area = ""')
    process = command.started(area)
    staff = area.parent / "staff.csv"
    staff.write_text(staff.read_text() + "3,2022-03-01,,1.0,Caseworker\n")
    _, err = process.communicate(timeout=MOST_SECONDS)
    assert process.returncode != 0, err
    assert not (command.folder / "out" / "somewhere" / "2022-06").exists()


def test_a_failure_is_told_with_the_heading_of_its_section_on_page_manifest_and_terminal(command, shows):
    command.write(good=shows, stops="import workforce as wf\nwf.load_area('nowhere.toml')")
    code, _, err = command.run()
    words = "nowhere.toml: there is no such file. Hint: give the path of an area.toml."
    assert code == 1
    assert err.splitlines()[0] == f"stops, Stops: {words}"
    (failed,) = [
        one
        for one in json.loads((command.report / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
        if one["outcome"] == "failed"
    ]
    assert (failed["heading"], failed["cell"], failed["text"]) == ("Stops", 2, words)
    assert f"Stops: {words}" in (command.report / "index.html").read_text(encoding="utf-8")

"""`workforce run` from end to end, as a process of its own, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def workforce(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    source = str(Path(__file__).parents[2] / "src")
    environment = os.environ | {"PYTHONPATH": source, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "workforce", "run"]

    def start(*words):
        return subprocess.Popen(  # noqa: S603  # our own interpreter
            [*command, *map(str, words)],
            cwd=here,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def left_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith("wf-"))


def test_a_run_ends_in_a_report_and_a_last_line_that_says_where(workforce, area, folder, tmp_path):
    process = workforce(area, "--notebooks", folder)
    out, err = process.communicate(timeout=120)
    report = tmp_path / "here" / "outputs" / "somewhere" / "2022-06"
    assert (process.returncode, err) == (0, "")
    assert out == f"The report is at {report / 'index.html'}\n"
    assert sorted(p.name for p in report.iterdir()) == [
        "assessment.html",
        "data_quality.html",
        "index.html",
        "manifest.json",
        "organisation-council.html",
        "organisation-trust.html",
    ]
    assert left_in(tmp_path) == []
    assert sorted(p.name for p in (tmp_path / "here").iterdir()) == ["outputs", "outputs-ledger"]
    (record,) = (tmp_path / "here" / "outputs-ledger").rglob("*.json")
    assert {entry["source"] for entry in json.loads(record.read_text(encoding="utf-8"))["inputs"]} == {
        "area.toml",
        "staff.csv",
    }


def test_a_failed_notebook_is_named_with_its_section_and_the_exit_code_is_1(
    workforce, area, folder, notebook, tmp_path
):
    notebook("assessment", "raise ValueError('Jo of payroll 1234')", parameters='area = ""')
    process = workforce(area, "--notebooks", folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err.splitlines()[0] == "assessment, Assessment: an error that the library did not raise"
    assert "payroll" not in out + err
    assert out.startswith("The report is at ")
    manifest = json.loads((tmp_path / "here/outputs/somewhere/2022-06/manifest.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in manifest["notebooks"] if one["outcome"] == "failed"] == ["assessment"]


def test_a_run_that_a_scheduler_ends_leaves_nothing_behind(workforce, area, folder, notebook, tmp_path):
    notebook("assessment", "import time\ntime.sleep(100)", parameters='area = ""')
    process = workforce(area, "--notebooks", folder, "--notebook", "assessment")
    until = time.monotonic() + 60
    while not left_in(tmp_path) and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert left_in(tmp_path) == []
    assert list((tmp_path / "here").iterdir()) == []

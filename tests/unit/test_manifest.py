"""The manifest: what a run records, and what it does not tell."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from workforce.report.execute import Failure, Finished, Job
from workforce.report.manifest import (
    Manifest,
    earlier_manifest,
    inputs_read,
    now,
    outcome,
    own_files,
    versions,
    written_page,
)
from workforce.report.pages import PageContext

JOB = Job(
    "assessment",
    Path("/somewhere/assessment.ipynb"),
    {"area": "/home/jo/area.toml", "month": "2023-03"},
    PageContext("A", "B", "board"),
)
MADE = datetime(2023, 4, 3, 9, 5, tzinfo=UTC)


def whole(*notebooks, **changes):
    given = {
        "area": "A",
        "period": "B",
        "rule": "board",
        "started": MADE,
        "finished": MADE,
        "versions": {},
        "files": 0,
    }
    return Manifest(**given | {"notebooks": list(notebooks)} | changes)


def test_paths_of_the_machine_are_not_told():
    told = outcome(Finished(JOB, 1.234), None)
    assert told.parameters == {"area": "area.toml", "month": "2023-03"}
    assert told.notebook == "assessment.ipynb"
    assert "jo" not in whole(told).model_dump_json()


def test_a_failure_is_recorded_with_its_cell_type_and_seconds():
    told = outcome(Finished(JOB, 1.234, failure=Failure("InputError", "the column is missing", 3, 4)), None)
    assert (told.outcome, told.cell, told.error, told.text, told.seconds) == (
        "failed",
        3,
        "InputError",
        "the column is missing",
        1.23,
    )


def test_a_page_is_recorded_with_its_size_and_checksum(tmp_path):
    page = written_page(tmp_path, "a.html", "café", MADE)
    content = (tmp_path / "a.html").read_bytes()
    assert (page.bytes, page.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_manifest_reads_back_as_it_was_written(tmp_path):
    one = whole(outcome(Finished(JOB, 1.0), written_page(tmp_path, "assessment.html", "x", MADE)))
    (tmp_path / "manifest.json").write_text(one.model_dump_json())
    assert earlier_manifest(tmp_path) == one
    assert own_files(one) == {"manifest.json", "index.html", "assessment.html"}


@pytest.mark.parametrize("content", ["", "{}", "not json", '{"format": 2}'])
def test_what_is_no_manifest_is_not_taken_for_one(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    assert earlier_manifest(tmp_path) is None


def test_a_manifest_of_the_first_format_is_read_without_its_files(tmp_path):
    old = json.loads(whole().model_dump_json())
    del old["files"]
    old |= {"format": 1, "inputs": [{"source": "staff.csv", "sha256": "00", "bytes": 2}]}
    (tmp_path / "manifest.json").write_text(json.dumps(old))
    assert earlier_manifest(tmp_path) == whole(files=1)


def test_a_manifest_is_closed():
    with pytest.raises(ValidationError):
        whole(unknown=1)


def test_files_read_are_told_as_the_settings_name_them():
    frame = pl.DataFrame({"source": ["trust/staff.csv", "/home/jo/area.toml"], "sha256": ["b", "a"], "bytes": [2, 1]})
    assert [one.source for one in inputs_read(frame)] == ["area.toml", "trust/staff.csv"]


def test_versions_and_times_are_recorded():
    assert {"workforce", "python", "polars", "altair", "vl-convert-python"} <= set(versions())
    assert now().tzinfo is UTC

"""The first hour in JupyterLab runs, on the sample and on an area of one's own, and leaves its files beside the notebook."""

import math
from pathlib import Path

import nbformat
import pytest

import workforce as wf

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*sockets and files.*:DeprecationWarning")]
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore.ipynb"


@pytest.fixture(params=["sample", "own area"])
def hour(request, tmp_path, monkeypatch):
    """The notebook after a run in a folder of its own, the records that it should have opened, and the folder."""
    from nbclient import NotebookClient

    monkeypatch.delenv("WORKFORCE_STATIC", raising=False)
    monkeypatch.delenv("WORKFORCE_AREA", raising=False)
    if request.param == "own area":
        import subprocess
        import sys

        area = tmp_path / "area"
        words = ["sample", str(area), "--staff", "400", "--organisations", "2", "--seed", "7"]
        subprocess.run([sys.executable, "-m", "workforce", *words], check=True, capture_output=True)  # noqa: S603 - ours
        monkeypatch.setenv("WORKFORCE_AREA", str(area / "area.toml"))
    work = tmp_path / "work"
    work.mkdir()
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(work)}}).execute()
    return notebook, wf.load_area(), work


def shown(notebook, cell):
    (found,) = [one for one in notebook.cells if one.id == cell]
    return "".join(str(text) for output in found.outputs for text in output.get("data", {}).values())


def test_each_step_of_the_first_hour(hour):
    notebook, records, work = hour
    assert [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "stream"] == []
    assert (work / "turnover.png").read_bytes().startswith(b"\x89PNG")
    assert (work / "turnover.xlsx").read_bytes().startswith(b"PK")
    assert {path.name for path in work.iterdir()} == {"turnover.png", "turnover.xlsx"}
    assert repr(records) in shown(notebook, "load")
    own = shown(notebook, "own_measure")
    shares = shares_of_part_time(records)
    assert shares
    assert [name for name, share in shares.items() if name not in own or share not in own] == []
    assert "rho_" in shown(notebook, "weibull")
    drawn = shown(notebook, "fitted")
    assert "Fitted by the analyst: Weibull." in drawn
    assert "Not for release" in drawn


def shares_of_part_time(records):
    """By a plain count, what the board rule shows of the people in post who work less than 0.8 of full time."""
    day = wf.year_to("2023-03").end
    hours = {}
    for row in records.assignments.lazy().collect().to_dicts():
        if row["start_date"] <= day and (row["end_date"] is None or row["end_date"] >= day):
            person = (row["organisation"], row["person_id"])
            hours[person] = hours.get(person, 0.0) + row["fte"]
    shares = {}
    for organisation in {name for name, _ in hours}:
        people = [fte for (name, _), fte in hours.items() if name == organisation]
        part_time = sum(fte < 0.8 for fte in people)
        if part_time >= 8 and len(people) >= 10:  # fewer are withheld
            rounded = [5 * int(n / 5 + 0.5) for n in (part_time, len(people))]
            shares[records.settings.organisation_names[organisation]] = printed_share(*rounded)
    return shares


def printed_share(part, whole):
    """A share of counts that are each up to 2.5 off, as finely as that allows."""
    low, high = 100 * (part - 2.5) / (whole + 2.5), 100 * (part + 2.5) / (whole - 2.5)
    share, off = 100 * part / whole, (high - low) / 2
    if off <= 0.3:
        return f"{round(2 * share) / 2:.1f}%"
    return f"{share:.0f}%" if off <= 1.5 else f"{math.floor(low)}% to {math.ceil(high)}%"

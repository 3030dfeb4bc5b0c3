"""One publication: the pages of a run, and what was published before, are looked at together; a run is a draft until it is published."""

import json
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SIZES = [3, *(20 + n for n in range(11))]  # people of each team; the smallest is withheld
PARAMETERS = 'area = ""\nmonth = ""\naudience = "board"'
LOAD = "import workforce as wf\nrecords = wf.load_area(area)\nday = wf.month(month).end\n"
TEAMS = (
    LOAD + 'page = wf.release({"teams": wf.staffing.headcount(records, day, by=["team"])}, rule=audience)\n'
    'wf.table(page["teams"], title="People by team")'
)
TOTAL = (
    LOAD + 'page = wf.release({"all": wf.staffing.headcount(records, day)}, rule=audience)\n'
    'wf.table(page["all"], title="All people")'
)


@pytest.fixture
def run(tmp_path, notebook):
    """Run the command with two notebooks, one that shows teams and one that shows how many people there are."""
    notebook("teams", TEAMS, parameters=PARAMETERS)
    notebook("total", TOTAL, parameters=PARAMETERS)
    folder = tmp_path / "area"
    folder.mkdir()
    people = [f"{team}-{n},2015-01-01,,1.0,Team {team:02}" for team, size in enumerate(SIZES) for n in range(size)]
    (folder / "staff.csv").write_text("\n".join(["No,Start,End,FTE,Team", *people]) + "\n")
    (folder / "area.toml").write_text(
        '[area]\nname = "Somewhere"\nslug = "somewhere"\nmonth = "2022-06"\nfictional = true\n'
        '[organisations.council]\nname = "The Council"\nkind = "council"\n'
        "records_from = 2020-01-01\nrecords_to = 2022-12-31\n"
        '[[organisations.council.files]]\npath = "staff.csv"\ntable = "assignments"\n'
        'columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", team = "Team" }\n'
        'constants = { employment = "employed", status = "active", role = "Caseworker" }\n'
    )

    def command(name, *options, code=0):
        words = [sys.executable, "-m", "workforce", name, str(folder / "area.toml"), "--out", str(tmp_path / "outputs")]
        words += ["--notebooks", str(tmp_path / "notebooks")] if name == "run" else []
        done = subprocess.run([*words, *options], capture_output=True, text=True, check=False)  # noqa: S603  # this interpreter
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr

    return command


@pytest.fixture
def page(tmp_path):
    """The text of a page."""

    def text(name, month="2022-06"):
        return (tmp_path / "outputs" / "somewhere" / month / f"{name}.html").read_text(encoding="utf-8")

    return text


def entries(tmp_path):
    """What the ledger holds, without the records of runs."""
    return sorted(path.name for path in (tmp_path / "outputs-ledger" / "somewhere").glob("*.parquet"))


def withheld(html):
    return html.count("[c]</td>")


def test_what_one_page_withholds_does_not_follow_from_another(run, page):
    run("run", "--audience", "internal", "--notebook", "teams")
    assert withheld(page("teams")) == 1  # alone, the team of three is all that has to be withheld
    run("run", "--audience", "internal")
    assert withheld(page("teams")) + withheld(page("total")) > 1


@pytest.mark.more
def test_a_page_made_alone_is_looked_at_with_those_that_stay(run, page):
    run("run", "--audience", "internal", "--notebook", "total")
    assert f"{sum(SIZES)}</td>" in page("total")
    run("run", "--audience", "internal", "--notebook", "teams")
    assert f"{sum(SIZES)}</td>" in page("total")
    assert withheld(page("teams")) > 1  # the total stays as it was made, so that a second team gives way


def test_a_run_is_a_draft_until_it_is_published(run, page, tmp_path):
    for _ in range(2):
        run("run")
    assert entries(tmp_path) == ["2022-06.board.draft.parquet"]
    assert 'page-draft">Draft' in page("teams")
    assert 'page-draft">Draft' in page("index")
    run("publish")
    assert entries(tmp_path) == ["2022-06.board.parquet"]
    assert 'page-draft">Draft' not in page("teams") + page("total") + page("index")
    manifest = json.loads((tmp_path / "outputs" / "somewhere" / "2022-06" / "manifest.json").read_text())
    assert manifest["published"] is not None
    assert "there is no draft to publish" in run("publish", code=5)
    run("run", "--publish")
    names = entries(tmp_path)
    assert names[0] == "2022-06.board.parquet"
    assert re.fullmatch(r"2022-06\.board\.superseded-\d{8}T\d{6}Z\.parquet", names[1])
    assert all(
        path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "outputs-ledger" / "somewhere").glob("*.parquet")
    )


@pytest.mark.more
def test_a_month_is_looked_at_with_the_months_that_were_published(run, page, tmp_path):
    run("run", "--audience", "internal", "--notebook", "total", "--publish")
    run("run", "--audience", "internal", "--notebook", "teams", "--month", "2022-07")
    # Nobody came or went: on another day the total is another number, and tells nothing.
    assert withheld(page("teams", "2022-07")) == 1
    assert entries(tmp_path) == ["2022-06.internal.parquet", "2022-07.internal.draft.parquet"]


@pytest.mark.more
def test_what_a_board_paper_shows_counts_for_managers_and_not_the_reverse(run, page, tmp_path):
    run("run", "--notebook", "total", "--publish")
    (tmp_path / "outputs" / "somewhere" / "2022-06").rename(tmp_path / "sent")
    run("run", "--audience", "internal", "--publish")
    assert entries(tmp_path) == ["2022-06.board.parquet", "2022-06.internal.parquet"]
    assert "internal" in page("teams")


@pytest.mark.more
def test_published_reports_without_their_ledger_stop_a_run_and_there_are_two_ways_on(run, page, tmp_path):
    run("run", "--publish")
    ledger = tmp_path / "outputs-ledger"
    ledger.rename(tmp_path / "elsewhere")
    error = run("run", "--month", "2022-07", code=5)
    assert "published reports are not in the ledger: 2022-06" in error
    assert "--new-ledger" in error
    run("run", "--month", "2022-07", "--new-ledger")
    assert "reports that were published before were not looked at" in page("teams", "2022-07")


def test_a_page_that_was_changed_after_the_run_is_not_published(run, tmp_path):
    run("run")
    path = tmp_path / "outputs" / "somewhere" / "2022-06" / "teams.html"
    path.write_text(path.read_text(encoding="utf-8").replace("People", "Persons"), encoding="utf-8")
    assert "a page is not as the run made it" in run("publish", code=5)
    assert entries(tmp_path) == ["2022-06.board.draft.parquet"]


def test_there_has_to_be_a_report_to_publish(run):
    assert "there is no report to publish" in run("publish", code=5)

"""What a board sees of generated areas of 60 to 300 staff in three organisations: which of the figures that matter, and how much `[c]`."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from partial_areas import MONTH, Page, frames_of, run_page, slugs_of, withheld_rows, written_from

SEED = 1
ORGANISATIONS = 3
# By staff of the area, what cannot be shown by the rule: of these the page says why.
NOT_SHOWN = {60: {"caseload", "plans in time"}, 90: {"caseload"}, 120: set(), 200: set(), 300: set()}
TABLES = {
    "turnover": "turnover",
    "stability": "stability",
    "vacancy rate": "vacancies",
    "sickness": "sickness",
    "caseload": "caseload",
    "plans in time": "key indicator: timeliness, dfe",
}
FEWEST_LEAVERS = 8  # measure book: of each class of reasons over three years
OWN_FIGURES = 50  # people in post from which an organisation has its own turnover and vacancy rate
MOST_WITHHELD = 0.1
SIZES = [60, *(pytest.param(staff, marks=pytest.mark.more) for staff in (90, 120, 200, 300))]


@dataclass(frozen=True)
class Made:
    """A generated area and its assessment."""

    staff: int
    settings: Path
    page: Page

    def latest(self, name: str) -> pl.DataFrame:
        """The rows of the latest period of a table."""
        frame = self.page.released[name].frame
        return frame.filter(pl.col("period_end") == pl.col("period_end").max())


def with_figure(frame: pl.DataFrame) -> bool:
    """Whether some row prints a figure or a range."""
    has_range = frame["printed_high"].is_not_null().any() if "printed_high" in frame.columns else False
    return bool(frame["value"].is_not_null().any() or has_range)


@pytest.fixture(scope="module", params=SIZES)
def made(request, tmp_path_factory) -> Made:
    draft = written_from(*frames_of(request.param, ORGANISATIONS, SEED))
    settings = draft.write(tmp_path_factory.mktemp("area"))
    return Made(request.param, settings, run_page("assessment", {"area": str(settings), "month": MONTH}))


@pytest.mark.slow
def test_every_cell_shows_something(made):
    assert [(cell.heading, cell.error) for cell in made.page.errors] == []


@pytest.mark.slow
def test_the_figures_that_matter_are_shown_but_for_those_that_the_rule_withholds(made):
    missing = {name for name, table in TABLES.items() if not with_figure(made.latest(table))}
    assert missing == NOT_SHOWN[made.staff]


@pytest.mark.slow
def test_reasons_for_leaving_are_in_two_classes_wherever_each_has_eight_leavers(made):
    records = wf.load_area(made.settings)
    exact = wf.widening(wf.staffing.leavers, records, month=MONTH, by=["leaving_reason"])
    classes = exact["over three years, in two classes"].frame["numerator"].to_list()
    shown = made.page.released["reasons"]
    if len(classes) > 1 and min(classes) >= FEWEST_LEAVERS:
        assert shown.frame["value"].is_not_null().sum() > 1
    else:
        said = next(cell.text for cell in made.page.cells if "Reasons for leaving, as recorded" in cell.text)
        assert "not shown" in said


@pytest.mark.slow
def test_at_most_a_tenth_of_the_rows_is_withheld(made):
    tables = [table for cell in made.page.cells for table in withheld_rows(cell.html)]
    assert sum(withheld for *_, withheld in tables) <= MOST_WITHHELD * sum(rows for _, rows, _ in tables)


@pytest.mark.slow
def test_no_chart_is_empty(made):
    for cell in made.page.cells:
        if "<svg" in cell.html and "<figure" in cell.html:
            rows = [withheld < rows for _, rows, withheld in withheld_rows(cell.html)]
            assert rows == [] or any(rows), cell.heading


@pytest.mark.more
def test_an_organisation_of_fifty_has_its_own_turnover_and_vacancy_rate(made):
    for slug in slugs_of(made.settings):
        records = wf.load_area(made.settings).only(slug)
        people = wf.staffing.headcount(records, wf.month(MONTH).end).frame["value"].sum()
        if people < OWN_FIGURES:
            continue
        page = run_page("organisation", {"area": str(made.settings), "month": MONTH, "organisation": slug})
        for name in ("turnover", "vacancies"):
            frame = page.released[name].frame
            assert with_figure(frame.filter(pl.col("period_end") == pl.col("period_end").max())), (slug, name)

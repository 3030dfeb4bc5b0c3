"""A required cell or an end date that cannot be read moves a rate no further than its bounds: small areas read from files, cell by cell."""

from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

import workforce as wf

DAY0, DAYS = date(2021, 1, 1), 900
MONTH = "2022-12"
YEARS = [*wf.rolling_years(MONTH, 3), wf.month("2022-06")]
END = wf.month(MONTH).end
REQUIRED = {
    "staff": ("Id", "Start", "End", "FTE", "Job"),
    "absences": ("Id", "Start", "End"),
    "cases": ("Case", "Type", "Received"),
    "vacancies": ("Job", "FTE", "Opened"),
}
AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2022-12"
fictional = true

[refusals]
share = 1.0
rows = 1000

[organisations.council]
name = "Council"
kind = "council"
records_from = 2018-01-01
records_to = 2023-06-20
[[organisations.council.files]]
path = "staff.csv"
table = "assignments"
[organisations.council.files.columns]
person_id = "Id"
start_date = "Start"
end_date = "End"
fte = "FTE"
role = "Job"
team = "Team"
birth_date = "Born"
employment = "Kind"
[[organisations.council.files]]
path = "absences.csv"
table = "absences"
columns = { person_id = "Id", start_date = "Start", end_date = "End" }
[[organisations.council.files]]
path = "cases.csv"
table = "cases"
columns = { case_id = "Case", case_type = "Type", received_date = "Received", outcome = "Outcome", outcome_date = "On" }
[[organisations.council.files]]
path = "vacancies.csv"
table = "vacancies"
columns = { vacancy_id = "No", role = "Job", fte = "FTE", opened_date = "Opened", closed_date = "Closed" }
"""


def day(number):
    return (DAY0 + timedelta(days=number)).isoformat()


def area_of(random):
    """The rows of four files, as dictionaries of texts: spells with and without gaps, second posts, absences, cases, vacancies."""
    staff, absences = [], []
    for person in range(25):
        at, kind = random.randrange(-400, DAYS), random.choice(["employed", "employed", "employed", "agency"])
        first = at
        for _ in range(random.choice([1, 1, 2, 3])):
            last = at + random.randrange(20, 500)
            common = {"Id": f"P{person:02}", "Born": f"{random.randrange(1955, 1995)}-05-05", "Kind": kind}
            team, job, fte = random.choice("NS"), random.choice(["officer", "manager"]), random.choice(["0.5", "1"])
            goes_on = last > DAYS - 100
            staff.append(
                {
                    **common,
                    "Start": day(at),
                    "End": "" if goes_on else day(last),
                    "FTE": fte,
                    "Job": job,
                    "Team": team,
                }
            )
            if goes_on:
                break
            at = last + random.choice([1, 3, 7, 8, 40])
        # Absences lie in the first spell: one that reaches beyond it would prove a later day in post.
        spell = next(row for row in staff if row["Id"] == f"P{person:02}")
        last = DAYS if not spell["End"] else (date.fromisoformat(spell["End"]) - DAY0).days
        for _ in range(random.choice([0, 1, 2])):
            begins = random.randrange(first, last + 1)
            ends = min(begins + random.randrange(40), last)
            open_end = not spell["End"] and random.random() < 0.2
            absences.append({"Id": f"P{person:02}", "Start": day(begins), "End": "" if open_end else day(ends)})
    cases = []
    for number in range(25):
        received = random.randrange(DAYS - 300)
        cases.append(
            {
                "Case": f"C{number:02}",
                "Type": "ehc_assessment",
                "Received": day(received),
                "Outcome": "plan_issued",
                "On": day(received + random.randrange(90, 220)),
            }
        )
    vacancies = [
        {"No": f"V{n}", "Job": "officer", "FTE": random.choice(["0.5", "1"]), "Opened": day(opened), "Closed": closed}
        for n in range(12)
        for opened in [random.randrange(DAYS)]
        for closed in ["" if random.random() < 0.4 else day(opened + random.randrange(200))]
    ]
    return {"staff": staff, "absences": absences, "cases": cases, "vacancies": vacancies}


def loaded(folder, files):
    (folder / "area.toml").write_text(AREA, encoding="utf-8")
    for name, rows in files.items():
        columns = list(rows[0])
        lines = [",".join(columns), *(",".join(row[c] for c in columns) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return wf.load_area(folder / "area.toml")


def rates(records):
    """Every kind of rate that has bounds, of the whole area and by team."""
    tables = []
    for by in ([], ["team"]):
        for definition in ("average", "nhs", "dfe"):
            periods = YEARS[:-1] if definition == "dfe" else YEARS
            tables += [
                wf.staffing.turnover(records, periods, definition=definition, by=by, basis=basis)
                for basis in ("headcount", "fte")
            ]
        tables += [
            wf.staffing.stability(records, YEARS, by=by),
            wf.staffing.first_year_leavers(records, YEARS, by=by),
            wf.staffing.retirement_pipeline(records, END, by=by),
            wf.staffing.agency_rate(records, END, by=by),
            wf.recruitment.quality_of_hire(records, YEARS, by=by),
            wf.absence.rate(records, YEARS, definition="days_per_fte", by=by),
            wf.absence.rate(records, YEARS, definition="nhs", by=by),
            wf.absence.rate(records, YEARS, definition="schools", by=by),
        ]
    return [
        *tables,
        wf.staffing.turnover(records, YEARS, definition="average", scope="team", by=["team"]),
        wf.staffing.vacancy_rate(records, END, definition="dfe", by=["role"]),
        wf.staffing.vacancy_rate(records, END, definition="dfe"),
        wf.casework.timeliness(records, YEARS),
        wf.casework.backlog(records, END),
    ]


def moved_too_far(true, read, records):
    """Rows of which the rate with every cell read lies outside of the bounds that the others give."""
    bounded = wf.bounds(read, records).frame
    keys = ["definition", *read.groups, "period_start", "period_end"]
    both = true.frame.select(*keys, truth="value").join(bounded, on=keys, nulls_equal=True)
    outside = (pl.col("truth") < pl.col("lower_bound") - 1e-9) | (pl.col("truth") > pl.col("upper_bound") + 1e-9)
    return both.filter(outside)


def rates_moved(tmp_path, seed):
    """Make six cells of an area unreadable, each on its own; no rate goes beyond its bounds, and so many move."""
    random = Random(seed)  # noqa: S311 - drawn rows, no secret
    files = area_of(random)
    true = rates(loaded(tmp_path, files))
    moved = 0
    for _ in range(6):
        name = random.choice(["staff", "staff", "staff", "absences", "cases", "vacancies"])
        row, column = random.randrange(len(files[name])), random.choice(REQUIRED[name])
        unreadable = {**files, name: [dict(one) for one in files[name]]}
        # Of an id or a role nothing is unreadable but a blank.
        unreadable[name][row][column] = "" if column in ("Id", "Job", "Case", "Type") else "??"
        records = loaded(tmp_path, unreadable)
        for before, after in zip(true, rates(records), strict=True):
            beyond = moved_too_far(before, after, records)
            assert beyond.is_empty(), (seed, name, column, row, before.name, beyond.to_dicts())
            moved += before.frame["value"].to_list() != after.frame["value"].to_list()
    return moved


def test_one_unreadable_cell_moves_no_rate_beyond_its_bounds(tmp_path):
    assert sum(rates_moved(tmp_path, seed) for seed in range(4)) > 0


@pytest.mark.more
@pytest.mark.parametrize("seed", range(4, 40))
def test_nor_do_many_others(tmp_path, seed):
    rates_moved(tmp_path, seed)


def test_bounds_are_the_rate_where_every_row_was_read(tmp_path):
    records = loaded(tmp_path, area_of(Random(1)))  # noqa: S311 - drawn rows, no secret
    for table in rates(records):
        frame = wf.bounds(table, records).frame.filter(pl.col("value").is_not_null())
        assert frame["refused"].to_list() == [0] * len(frame)
        for column in ("lower_bound", "upper_bound"):
            assert (frame[column] - frame["value"]).abs().max() < 1e-9

"""Laws of pay gaps, decompositions, vacancies and counts, whatever the rows."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import workforce as wf

DAY = date(2023, 3, 31)
QUARTERS = ("Q1 (lowest paid)", "Q2", "Q3", "Q4 (highest paid)")
YEAR = wf.Period(date(2022, 4, 1), DAY)
ITEMS = pl.DataFrame(
    schema={"organisation": pl.String, "person_id": pl.String, "kind": pl.String, "amount": pl.Float64, "date": pl.Date}
)
RATES = st.sampled_from([10.0, 10.5, 11.0, 12.0, 15.0, 20.0])
PEOPLE = st.lists(st.tuples(st.sampled_from(["male", "female"]), RATES), min_size=1, max_size=40)


def paid(people: list[tuple[str, float]]) -> pl.DataFrame:
    return pl.DataFrame(people, schema={"group": pl.String, "hourly": pl.Float64}, orient="row")


def staff(people: list[tuple[str, float]]) -> pl.DataFrame:
    return paid(people).select(
        organisation=pl.lit("council"),
        person_id=pl.int_range(pl.len()).cast(pl.String),
        start_date=pl.lit(date(2020, 1, 1)),
        fte=pl.lit(1.0),
        annual_pay=pl.col("hourly") * 52.143 * 37,
        full_time_hours=pl.lit(37.0),
        sex="group",
    )


def pay_gap(people: pl.DataFrame, **options) -> pl.DataFrame:
    return wf.pay.gap(wf.Records(assignments=people, pay_items=ITEMS), DAY, **options).frame


def in_quarters(people: list[tuple[str, float]]) -> pl.DataFrame:
    return pay_gap(staff(people)).filter(pl.col("definition") == "quarter_share")


@given(PEOPLE)
def test_quarters_lose_nobody_and_differ_by_no_more_than_one_person(people):
    rows = in_quarters(people)
    sizes = rows.filter(pl.col("group") == people[0][0])["denominator"].to_list()
    assert sum(sizes) == len(people)
    assert max(sizes) - min(sizes) <= 1
    for group in ("female", "male"):
        there = sum(sex == group for sex, _ in people)
        assert rows.filter(pl.col("group") == group)["numerator"].sum() == pytest.approx(there)
    both = rows.group_by("quarter").agg(pl.col("numerator").sum(), pl.col("denominator").first()).sort("quarter")
    assert both["quarter"].to_list() == list(QUARTERS)
    assert both["numerator"].to_list() == pytest.approx(both["denominator"].to_list())


@given(PEOPLE)
def test_people_on_one_rate_are_shared_alike_between_the_quarters_that_they_fall_in(people):
    alike = [(sex, 12.0) for sex, _ in people]
    rows = in_quarters(alike).filter(pl.col("group") == "male", pl.col("denominator") > 0)
    share = sum(sex == "male" for sex, _ in people) / len(people)
    assert (rows["numerator"] / rows["denominator"]).to_list() == pytest.approx([share] * len(rows))


spell_of_pay = st.tuples(
    RATES, st.sampled_from(["Casework", "Therapy"]), st.integers(0, 30), st.sampled_from([0, 1, 2, None])
)
SPELLS = st.lists(spell_of_pay, min_size=1, max_size=40).map(
    lambda spells: pl.DataFrame(
        [
            (
                "council",
                str(n),
                group,
                1e3 * rate,
                begun,
                None if after is None else date(2022, 6, 30).replace(month=6 + after),
            )
            for n, (rate, group, months, after) in enumerate(spells)
            for begun in [date(2019 + months // 12, 1 + months % 12, 1)]
        ],
        schema={
            "organisation": pl.String,
            "person_id": pl.String,
            "staff_group": pl.String,
            "annual_pay": pl.Float64,
            "start_date": pl.Date,
            "end_date": pl.Date,
        },
        orient="row",
    ).with_columns(fte=pl.lit(1.0))
)
IN_ORDER = (*QUARTERS, "no quarters", "unknown")


def banded(spells: pl.DataFrame, on: date = DAY) -> wf.Records:
    return wf.Records(assignments=spells).with_bands(on, age=None, tenure=None)


@given(SPELLS)
def test_pay_quarters_add_up_to_the_staff_group_and_differ_by_no_more_than_one_person(spells):
    in_post = banded(spells).assignments.filter(pl.col("end_date").fill_null(DAY) >= DAY)
    for of_group in in_post.partition_by("staff_group"):
        counts = of_group["pay_quarter"].value_counts()
        sizes = dict(counts.iter_rows())
        on_one_rate = of_group["annual_pay"].value_counts()["count"].max()
        if on_one_rate > 1 and on_one_rate * 3 > len(of_group):
            assert sizes == {"no quarters": len(of_group)}
        else:
            assert sum(sizes.get(quarter, 0) for quarter in QUARTERS) == len(of_group)
            assert max(sizes.values()) - min(sizes.get(quarter, 0) for quarter in QUARTERS) <= 1


@given(SPELLS)
def test_nobody_is_in_a_lower_quarter_than_somebody_who_is_paid_less(spells):
    placed = banded(spells).assignments.with_columns(place=pl.col("pay_quarter").replace_strict(IN_ORDER, range(6)))
    by_rate = placed.group_by("staff_group", "annual_pay").agg(low=pl.col("place").min(), high=pl.col("place").max())
    for rates in by_rate.sort("annual_pay").partition_by("staff_group"):
        assert (rates["high"].shift(1) <= rates["low"]).all()


@given(SPELLS, st.randoms(use_true_random=False))
def test_the_order_of_rows_puts_nobody_in_another_quarter(spells, random):
    order = list(range(len(spells)))
    random.shuffle(order)
    assert banded(spells[order]).assignments.equals(banded(spells).assignments[order])


@given(SPELLS)
def test_leavers_and_staff_by_pay_quarter_add_up_to_the_whole(spells):
    whole, parts = (
        wf.staffing.turnover(banded(spells, YEAR.start), YEAR, definition="average", by=by).frame
        for by in ([], ["staff_group", "pay_quarter"])
    )
    if parts["marker"].is_null().all():
        for column in ("numerator", "denominator", "people"):
            assert parts[column].sum() == pytest.approx(whole[column].item())


@given(PEOPLE, st.floats(0.5, 3.0))
def test_a_gap_does_not_depend_on_the_unit_of_pay_or_on_the_order_of_people(people, factor):
    assume({sex for sex, _ in people} == {"male", "female"})
    gaps = pay_gap(staff(people))
    scaled = pay_gap(staff([(sex, rate * factor) for sex, rate in people][::-1]))
    for column in ("value", "lower", "upper", "numerator"):
        for one, other in zip(gaps[column], scaled[column], strict=True):
            assert one == (pytest.approx(other, abs=1e-9) if other is not None else None)


@given(PEOPLE)
def test_a_mean_gap_lies_within_its_limits_and_turns_round_with_the_reference(people):
    assume({sex for sex, _ in people} == {"male", "female"})
    row = pay_gap(staff(people)).filter(pl.col("definition") == "mean").row(0, named=True)
    assert row["lower"] is None or row["lower"] <= row["value"] <= row["upper"]
    turned = pay_gap(staff(people), reference="female").filter(pl.col("definition") == "mean")["value"].item()
    assert (1 - row["value"] / 100) * (1 - turned / 100) == pytest.approx(1.0)


@given(st.floats(10_000, 90_000), st.floats(10_000, 90_000), st.sampled_from([35.0, 36.0, 37.0, 37.5]))
def test_who_pays_more_depends_on_the_hour_and_the_two_ways_round_undo_each_other(ours, theirs, hours):
    both = pl.DataFrame(
        {
            "organisation": ["us", "them"],
            "person_id": ["a", "b"],
            "start_date": [date(2020, 1, 1)] * 2,
            "fte": [1.0] * 2,
            "role": ["nurse"] * 2,
        }
    )
    scales = pl.DataFrame(
        {
            "body": ["us", "them"],
            "role": "nurse",
            "annual_pay": [ours, theirs],
            "full_time_hours": [37.0, hours],
            "from_date": date(2022, 4, 1),
        }
    )
    area = wf.Records(assignments=both, pay_scales=scales)
    table = wf.pay.comparison(area, DAY).frame.filter(pl.col("definition") == "maximum").sort("body")
    back, there = table["value"]
    assert there == pytest.approx(100 * (theirs / hours / (ours / 37) - 1))
    assert (1 + there / 100) * (1 + back / 100) == pytest.approx(1.0)


VACANCY = st.tuples(
    st.integers(-200, 360), st.none() | st.integers(0, 200), st.none() | st.integers(0, 60), st.sampled_from(["a", "b"]),
    st.sampled_from([0.5, 1.0]), st.sampled_from([0.0, 0.4, 1.0]),
)  # fmt: skip


def _vacancies(rows) -> pl.DataFrame:
    found = []
    for opened, offer, after, organisation, fte, cover in rows:
        first = YEAR.start + timedelta(days=opened)
        offered = None if offer is None else first + timedelta(days=offer)
        closed = None if after is None else (offered or first) + timedelta(days=after)
        outcome = None if closed is None else "filled" if offered else "unfilled"
        found.append((organisation, first, offered, closed, outcome, fte, cover))
    columns = ["organisation", "opened_date", "offered_date", "closed_date", "outcome", "fte", "covered_by_agency_fte"]
    dates = dict.fromkeys(("opened_date", "offered_date", "closed_date"), pl.Date)
    return pl.DataFrame(found, schema=columns, orient="row", schema_overrides={**dates, "outcome": pl.String})


@given(st.lists(VACANCY, min_size=1, max_size=25), st.integers(1, 363))
def test_time_vacant_in_two_halves_is_the_whole_and_cover_never_makes_it_negative(rows, cut):
    vacancies = _vacancies(rows)
    middle = YEAR.start + timedelta(days=cut)
    halves = [wf.Period(YEAR.start, middle), wf.Period(middle + timedelta(days=1), YEAR.end)]
    area = wf.Records(vacancies=vacancies)
    parts, whole = wf.recruitment.vacancy_time(area, halves), wf.recruitment.vacancy_time(area, YEAR).frame
    assert wf.combine(parts, over=("period",)).frame["value"].to_list() == pytest.approx(whole["value"].to_list())
    uncovered, opened = (whole.filter(pl.col("definition") == d)["value"].item() for d in ("uncovered", "open"))
    assert 0 <= uncovered <= opened


@given(st.lists(VACANCY, min_size=1, max_size=25))
def test_every_vacancy_seen_in_the_period_ends_or_is_censored_and_organisations_add_up(rows):
    vacancies = _vacancies(rows)
    area = wf.Records(vacancies=vacancies)
    whole = wf.recruitment.time_to_hire(area, YEAR).frame
    last = pl.coalesce("offered_date", "closed_date")
    seen = vacancies.filter((pl.col("opened_date") <= YEAR.end) & (last.is_null() | (last >= YEAR.start)))
    assert whole["entered"].sum() == len(seen) == whole["left"].sum() + whole["censored"].sum()
    hired = seen.filter(pl.col("offered_date") <= YEAR.end)
    assert whole["left"].sum() == len(hired)
    assert wf.combine(wf.recruitment.time_to_hire(area, YEAR, by="organisation")).frame.equals(whole)


COUNT = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["north", "south", None]), st.integers(0, 5), st.integers(0, 5)
)


@given(st.lists(COUNT, min_size=1, max_size=12, unique_by=lambda row: row[:2]))
def test_counts_over_organisations_are_combined_organisations(rows):
    frame = pl.DataFrame(
        [(o, place, float(n), float(n + more)) for o, place, n, more in rows],
        schema={"organisation": pl.String, "locality": pl.String, "numerator": pl.Float64, "denominator": pl.Float64},
        orient="row",
    ).with_columns(
        measure=pl.lit("law_of_counts"),
        definition=pl.lit("made for a test"),
        unit=pl.lit("%"),
        over_time=pl.lit("sum"),
        period_start=pl.lit(YEAR.start),
        period_end=pl.lit(YEAR.end),
    )
    figures = ["numerator", "denominator", "people", "value", "lower", "upper"]
    area = wf.Records(counts=frame)
    whole = wf.counts.table(area, by=[]).frame
    assert wf.combine(wf.counts.table(area)).frame.select(figures).equals(whole.select(figures))
    totals = {o: [r for r in rows if r[0] == o] for o in "ab"}
    expected = sum(
        n + more
        for of in totals.values()
        for _, place, n, more in of
        if place is None or not any(p is None for _, p, _, _ in of)
    )
    assert whole["denominator"].item() == expected

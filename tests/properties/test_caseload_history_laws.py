"""Laws of caseload as a history: cutting assignments by month loses no day, and the loads are those of `wf.caseload.per_fte`."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import workforce as wf
from builders import casework
from workforce import Period

NO_CASELOAD, NO_RECORD = "no caseload", "no record of caseload"
BEGIN = date(2023, 1, 1)
OBSERVED = Period(BEGIN, date(2023, 4, 30))
ENDS = [date(2022, 12, 31), date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31)]
KEY = ["organisation", "person_id"]

days = st.integers(-60, 130)
lengths = st.one_of(st.none(), st.integers(0, 120))
organisations = st.sampled_from(["council", "trust"])
people = st.sampled_from(["p1", "p2", "p3"])

staff_rows = st.lists(
    st.tuples(
        organisations,
        people,
        days,
        lengths,
        st.sampled_from([1.0, 0.5, 0.5, 0.6]),  # ties of two posts are common
        st.sampled_from(["caseworker", "manager", "clerk"]),
        st.sampled_from(["north", "south", None]),
        st.sampled_from(["employed", "employed", "agency"]),
        st.sampled_from([None, "active", "career_break"]),
        st.sampled_from([None, "nhs", "retirement"]),
    ),
    min_size=1,
    max_size=8,
)
case_rows = st.lists(
    st.tuples(organisations, st.sampled_from("12345678"), days, lengths), max_size=10, unique_by=lambda r: (r[0], r[1])
)
held_rows = st.lists(
    st.tuples(
        organisations,
        st.sampled_from("12345678"),
        people,
        days,
        lengths,
        st.sampled_from(["key contact", "social worker"]),
    ),
    max_size=14,
)


def dated(first, length):
    start = BEGIN + timedelta(days=first)
    return start, None if length is None else start + timedelta(days=length)


def frames(staff, cases, held):
    dates = {"start_date": pl.Date, "end_date": pl.Date}
    text = dict.fromkeys(("role", "team", "employment", "status", "leaving_destination"), pl.String)
    return (
        pl.DataFrame(
            [(o, p, *dated(first, length), fte, *rest) for o, p, first, length, fte, *rest in staff],
            orient="row",
            schema={**dict.fromkeys(KEY, pl.String), **dates, "fte": pl.Float64, **text},
        ),
        pl.DataFrame(
            [(o, c, *dated(first, length)) for o, c, first, length in cases],
            orient="row",
            schema={"organisation": pl.String, "case_id": pl.String, "received_date": pl.Date, "closed_date": pl.Date},
        ),
        pl.DataFrame(
            [(o, c, p, *dated(first, length), part) for o, c, p, first, length, part in held],
            orient="row",
            schema={**dict.fromkeys(["organisation", "case_id", "person_id"], pl.String), **dates, "part": pl.String},
        ).rename({"part": "worker_role"}),
    )


def loaded(staff, cases, held, **options):
    area = casework(held, cases, staff)
    return wf.caseload.with_history(area, OBSERVED, roles=["caseworker"], bands=(2, 4), **options)


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows)
def test_every_day_of_every_row_is_there_once_and_nothing_else_about_it_changes(staff, cases, held):
    staff, cases, held = frames(staff, cases, held)
    numbered = staff.with_row_index("row")
    split = loaded(numbered, cases, held).assignments
    days_of = (pl.col("end_date").fill_null(date(2030, 1, 1)) - pl.col("start_date")).dt.total_days() + 1
    joined = split.group_by("row").agg(
        days=days_of.sum(), start_date=pl.col("start_date").min(), end_date=pl.col("end_date").last()
    )
    assert joined.sort("row").rows() == numbered.select("row", days_of.alias("days"), "start_date", "end_date").rows()
    again = split.filter((pl.col("row") == pl.col("row").shift(1)) | (pl.col("row") == pl.col("row").shift(-1)))
    gaps = again.select((pl.col("start_date") - pl.col("end_date").shift(1).over("row")).drop_nulls()).to_series()
    assert (gaps == timedelta(days=1)).all()
    unchanged = [c for c in numbered.columns if c not in ("start_date", "end_date")]
    assert split.select(unchanged).unique(maintain_order=True).equals(numbered.select(unchanged))
    assert (
        split.select("row", "spell_start")
        .unique(maintain_order=True)["spell_start"]
        .equals(staff["start_date"], check_names=False)
    )


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows, st.sampled_from([(), ("role",), ("team",), ("role", "team")]))
def test_headcounts_turnover_joiners_stays_and_destinations_are_what_they_were(staff, cases, held, by):
    staff, cases, held = frames(staff, cases, held)
    both = loaded(staff, cases, held), wf.Records(assignments=staff)
    measures = [
        *[lambda r, b=b: wf.staffing.headcount(r, [BEGIN, *ENDS], by=by, basis=b) for b in ("headcount", "fte")],
        *[lambda r, b=b: wf.staffing.joiners(r, OBSERVED, by=by, basis=b) for b in ("headcount", "fte")],
        *[
            lambda r, b=b: wf.staffing.turnover(r, OBSERVED, definition="average", by=by, basis=b)
            for b in ("headcount", "fte")
        ],
        lambda r: wf.leaving.retention(r, OBSERVED, by=by),
        lambda r: wf.leaving.incidence(r, OBSERVED, by=by),
    ]
    for measured in measures:
        assert_frame_equal(*[measured(records).frame for records in both])


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows)
def test_the_stretches_by_caseload_are_the_stays(staff, cases, held):
    staff, cases, held = frames(staff, cases, held)
    stretches = wf.leaving.spells(loaded(staff, cases, held), OBSERVED, changing="caseload_band")
    whole = wf.leaving.spells(wf.Records(assignments=staff), OBSERVED)
    joined = stretches.group_by("stay", maintain_order=True).agg(
        pl.col("person_id").first(), pl.col("entry").min(), pl.col("exit").max(), pl.col("event").any()
    )
    assert joined.drop("stay").rows() == whole.rows()
    assert (stretches["exit"] - stretches["entry"]).sum() == (whole["exit"] - whole["entry"]).sum()


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(staff, cases, held, randomly):
    ours = loaded(*frames(staff, cases, held)).assignments
    for rows in (staff, cases, held):
        randomly.shuffle(rows)
    theirs = loaded(*frames(staff, cases, held)).assignments
    in_order = ["organisation", "person_id", "start_date", "end_date", *ours.columns]
    in_order = list(dict.fromkeys(in_order))
    assert_frame_equal(ours.sort(in_order), theirs.sort(in_order))


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows)
def test_the_load_of_a_month_is_the_caseload_of_each_worker_at_the_end_of_the_month_before(staff, cases, held):
    staff, cases, held = frames(staff, cases, held)
    split, area = loaded(staff, cases, held).assignments, casework(held, cases, staff)
    for end in ENDS:
        begins = end + timedelta(days=1)
        each = wf.caseload.per_fte(area, end, definition="dfe", by=KEY, roles=["caseworker"]).frame
        expected = each.filter(pl.col("value").is_not_null()).select(*KEY, "value")
        recorded = held.join(cases, on=["organisation", "case_id"]).filter(pl.col("start_date") <= end)
        expected = expected.join(recorded.select("organisation").unique(), on="organisation", how="semi")
        # Only those who are still there the day after have a row for it.
        there = split.filter(
            (pl.col("start_date") <= begins) & (pl.col("end_date").is_null() | (pl.col("end_date") >= begins))
        )
        ours = there.filter(pl.col("caseload") > 0).select(*KEY, "caseload").unique()
        theirs = expected.join(there.select(KEY).unique(), on=KEY, how="semi")
        assert sorted(ours.rows()) == [(*who, pytest.approx(load)) for *who, load in sorted(theirs.rows())]


@settings(max_examples=30)
@given(staff_rows, case_rows, held_rows)
def test_who_has_no_load_is_no_caseworker_away_or_not_known_and_everyone_else_has_a_band(staff, cases, held):
    split = loaded(*frames(staff, cases, held)).assignments
    none = pl.col("caseload_band").is_in([NO_CASELOAD, NO_RECORD])
    assert split.filter(none)["caseload"].null_count() == split.filter(none).height
    assert split.filter(~none)["caseload"].null_count() == 0
    assert set(split["caseload_band"]) <= {"under 2", "2 to 3", "4 or more", NO_CASELOAD, NO_RECORD}
    assert (split.filter(pl.col("caseload_band") == NO_RECORD)["role"] == "caseworker").all()


# Someone's load changes on a random day of their service, and with it, by a known factor, how fast they leave.
@given(st.integers(0, 2**32 - 1))
def test_a_cut_where_nothing_changes_changes_no_ratio(seed):
    import numpy as np

    rng = np.random.default_rng(seed)
    entry, stay = rng.integers(0, 50, 60), rng.integers(2, 90, 60)
    spells = pl.DataFrame(
        {
            "entry": entry,
            "exit": entry + stay,
            "event": rng.random(60) < 0.6,
            "load": rng.choice(["few", "many"], 60),
        }
    )
    cut = (pl.col("entry") + pl.col("exit")) // 2
    halves = pl.concat([spells.with_columns(exit=cut, event=pl.lit(value=False)), spells.with_columns(entry=cut)])
    ours, theirs = (wf.stats.cox(f, covariates="load").fit.table for f in (halves, spells))
    assert ours["coefficient"].to_list() == pytest.approx(theirs["coefficient"].to_list(), abs=1e-9)

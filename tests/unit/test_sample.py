"""The sample partnership: it shows what it promises to show, the same each time, in files that its area.toml describes."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from builders import KEYS, TABLES, shipped
from workforce import load_area
from workforce.bands import QUARTERS, banded
from workforce.errors import UsageError
from workforce.periods import working_days
from workforce.sample import TRUTHS, Area, data_dictionary, make_area, write_sample
from workforce.sample.design import BODIES, JOBS
from workforce.sample.posts import make_seats
from workforce.sample.writing import FLAWS
from workforce.settings import load_settings

THREE_MEGABYTES = 3_000_000
LAST_DAY = date(2023, 3, 31)
IDS = ("person_id", "case_id", "child_id")


@pytest.fixture(scope="module")
def area() -> Area:
    return make_area()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample") / "area").parent


@pytest.fixture(scope="module")
def employed(area: Area) -> pl.DataFrame:
    return area.assignments.filter(pl.col("employment") == "employed")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def described(folder: Path) -> Iterator[tuple[str, dict]]:
    settings = tomllib.loads((folder / "area.toml").read_text(encoding="utf-8"))
    for slug, organisation in settings["organisations"].items():
        for file in organisation["files"]:
            yield slug, file


def headers(folder: Path, file: dict) -> list[str]:
    path = folder / file["path"]
    if path.suffix == ".parquet":
        return list(pl.read_parquet_schema(path))
    if path.suffix == ".xlsx":
        return pl.read_excel(path, sheet_name=file["sheet"], infer_schema_length=0).columns
    text = path.read_text(encoding=file.get("encoding", "utf-8-sig"))
    return text.splitlines()[0].split(file.get("separator", ","))


# -- the frames --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_every_row_made_passes_its_schema(area: Area, table: str) -> None:
    good, failures = TABLES[table].filter(area.frames[table])
    assert failures.counts() == {}
    assert good.height == area.frames[table].height > 0


@pytest.mark.parametrize("table", TABLES)
def test_nothing_begins_after_the_last_day(area: Area, table: str) -> None:
    begins = {
        "cases": "received_date",
        "vacancies": "opened_date",
        "milestones": "requested_date",
        "exits": "leaving_date",
    }
    column = begins.get(table, "start_date")
    if column in area.frames[table].columns:
        assert area.frames[table][column].max() <= LAST_DAY


@pytest.mark.parametrize("table", TABLES)
def test_no_row_made_has_the_key_of_another(area: Area, table: str) -> None:
    assert not area.frames[table].select(pl.struct(KEYS[table]).is_duplicated().any()).item()


def test_the_same_seed_makes_the_same_area_and_another_seed_another() -> None:
    one, again, other = (make_area(staff=300, years=2, seed=seed) for seed in (1, 1, 2))
    for table in TABLES:
        assert_frame_equal(one.frames[table], again.frames[table])
    assert not one.assignments.equals(other.assignments)


def test_about_as_many_people_are_in_post_as_were_asked_for(employed: pl.DataFrame) -> None:
    for day in (date(2020, 3, 31), LAST_DAY):
        in_post = employed.filter((pl.col("start_date") <= day) & (pl.col("end_date").fill_null(day) >= day))
        assert 1_400 < in_post["person_id"].n_unique() < 1_600


@pytest.mark.parametrize(("staff", "organisations", "years"), [(20, 1, 1), (100, 5, 1), (300, 12, 10), (400, 3, 2)])
def test_areas_of_other_sizes_pass_their_schemas_too(staff: int, organisations: int, years: int) -> None:
    small = make_area(staff=staff, organisations=organisations, years=years)
    assert small.assignments["organisation"].n_unique() == organisations
    for table, frame in small.frames.items():
        assert TABLES[table].filter(frame)[1].counts() == {}


def test_without_casework_the_cases_are_empty_and_the_rest_is_the_same() -> None:
    whole, staff_only = make_area(staff=200, years=1), make_area(staff=200, years=1, casework=False)
    for table in TABLES:
        if table in ("cases", "allocations", "milestones"):
            assert staff_only.frames[table].is_empty()
        else:
            assert_frame_equal(whole.frames[table], staff_only.frames[table])


@pytest.mark.parametrize("wrong", [{"staff": 99}, {"organisations": 0}, {"years": 0}, {"until": date(2023, 3, 30)}])
def test_an_area_that_cannot_be_made_is_refused_with_a_hint(wrong: dict) -> None:
    with pytest.raises(UsageError) as error:
        make_area(**wrong)
    assert error.value.hint


# -- what is awkward on purpose ----------------------------------------------------------------------------------------------------------


def gaps(employed: pl.DataFrame) -> pl.DataFrame:
    """Days from the end of a person's spells so far to the next spell, within an organisation."""
    return (
        employed.sort("organisation", "person_id", "start_date")
        .with_columns(
            before=pl.col("end_date").fill_null(LAST_DAY).cum_max().shift(1).over("organisation", "person_id")
        )
        .with_columns(gap=(pl.col("start_date") - pl.col("before")).dt.total_days())
        .filter(pl.col("gap").is_not_null())
    )


def test_some_come_back_within_a_week_and_some_later(employed: pl.DataFrame) -> None:
    gap = gaps(employed)["gap"]
    assert gap.is_between(2, 7).sum() > 20
    assert (gap > 7).sum() > 10


def test_continuous_service_starts_afresh_exactly_after_a_break_of_a_week(employed: pl.DataFrame) -> None:
    again = gaps(employed)
    afresh = pl.col("service_start") == pl.col("start_date")
    assert again.filter(pl.col("gap") > 7).select(afresh.all()).item()
    assert not again.filter((pl.col("gap") > 0) & (pl.col("gap") <= 7)).select(afresh.any()).item()


def test_some_hold_two_posts_at_once(employed: pl.DataFrame) -> None:
    assert (gaps(employed)["gap"] <= 0).sum() > 10


def test_some_move_to_a_partner_within_a_week_and_their_id_goes_with_them(employed: pl.DataFrame) -> None:
    leaving = employed.filter(pl.col("leaving_reason").is_not_null()).select("person_id", "organisation", "end_date")
    joined = employed.filter(pl.col("start_date") == pl.col("service_start"))
    moved = joined.join(leaving, on="person_id", suffix="_left").filter(
        (pl.col("organisation") != pl.col("organisation_left"))
        & (pl.col("start_date") - pl.col("end_date_left")).dt.total_days().is_between(1, 7)
    )
    assert moved.height > 10
    assert "schools" not in moved["organisation"].to_list() + moved["organisation_left"].to_list()


def test_there_are_secondments_leave_agency_bank_part_time_and_spells_on_unchanged_terms(area: Area) -> None:
    staff = area.assignments
    assert staff["status"].value_counts().filter(pl.col("count") > 10).height == 4
    assert set(staff["employment"].unique()) == {"employed", "agency", "bank"}
    assert (staff["fte"] < 1).mean() > 0.3
    terms = ["organisation", "person_id", "role", "team", "locality", "fte", "status", "annual_pay"]
    on = staff.select(*terms, start_date=pl.col("end_date") + timedelta(days=1))
    assert staff.join(on, on=[*terms, "start_date"], how="semi").height > 10


def test_one_organisation_begins_late_and_keeps_the_true_start_of_service(area: Area) -> None:
    schools = area.assignments.filter(pl.col("organisation") == "schools")
    assert schools["observed_from"].unique().to_list() == [date(2019, 10, 1)]
    assert schools["end_date"].min() >= date(2019, 10, 1)
    assert (schools["service_start"] < date(2019, 10, 1)).mean() > 0.3
    others = area.assignments.filter(pl.col("organisation") != "schools")
    assert others["observed_from"].unique().to_list() == [area.since] == [date(2017, 4, 1)]


def test_one_organisation_has_no_absences(area: Area) -> None:
    assert set(area.assignments["organisation"].unique()) - set(area.absences["organisation"].unique()) == {"icb"}


def test_one_locality_has_exactly_six_staff(employed: pl.DataFrame) -> None:
    small = employed.filter((pl.col("locality") == TRUTHS.six_staff_locality) & pl.col("end_date").is_null())
    assert small["person_id"].n_unique() == 6


def test_over_a_quarter_of_the_trusts_leaving_reasons_are_unknown(employed: pl.DataFrame) -> None:
    unknown = (
        employed.drop_nulls("leaving_reason")
        .group_by("organisation")
        .agg(share=(pl.col("leaving_reason") == "unknown").mean())
    )
    shares = dict(unknown.rows())
    assert 0.25 < shares["nhs"] < 0.42
    assert shares["council"] < 0.15


def test_a_reason_for_leaving_stands_where_a_stay_has_ended_and_nowhere_else(employed: pl.DataFrame) -> None:
    assert (
        employed.filter(pl.col("end_date").is_null())["leaving_reason"].null_count()
        == employed["end_date"].null_count()
    )
    ended = employed.group_by("organisation", "person_id", "service_start").agg(
        gone=pl.col("end_date").is_not_null().all(), said=pl.col("leaving_reason").is_not_null().any()
    )
    assert (ended["gone"] == ended["said"]).all()


def test_some_absences_are_open_and_none_begins_outside_employment(area: Area, employed: pl.DataFrame) -> None:
    assert area.absences["end_date"].null_count() > 10
    spans = employed.group_by("organisation", "person_id").agg(
        first=pl.col("start_date").min(), last=pl.col("end_date").fill_null(LAST_DAY).max()
    )
    joined = area.absences.join(spans, on=["organisation", "person_id"], how="left")
    assert joined.select(
        (pl.col("start_date") >= pl.col("first")).all() & (pl.col("start_date") <= pl.col("last")).all()
    ).item()


def test_the_schools_record_days_lost_in_full_time_working_days(area: Area, employed: pl.DataFrame) -> None:
    recorded = area.absences.drop_nulls("days_lost")
    assert recorded["organisation"].unique().to_list() == ["schools"]
    hours = (
        employed.group_by("organisation", "person_id").agg(pl.col("fte").unique()).filter(pl.col("fte").list.len() == 1)
    )
    days = recorded.join(hours.explode("fte"), on=["organisation", "person_id"]).with_columns(
        worked=working_days("start_date", "end_date")
    )
    assert days.select(((pl.col("worked") * pl.col("fte")) - pl.col("days_lost")).abs().max()).item() < 0.006


def test_some_cases_wait_and_some_are_held_by_someone_who_has_gone(area: Area) -> None:
    open_cases = area.cases.filter((pl.col("organisation") == "council") & pl.col("closed_date").is_null())
    current = area.allocations.filter(pl.col("end_date").is_null())
    assert open_cases.join(current, on="case_id", how="anti").height > 10
    in_post = area.assignments.filter(pl.col("end_date").is_null())
    assert current.join(in_post, on=["organisation", "person_id"], how="anti").height > 10


def test_whoever_is_given_a_case_is_in_post_on_that_day(area: Area) -> None:
    given = area.allocations.filter(pl.col("start_date") >= area.since).with_row_index()
    posts = area.assignments.select(
        "organisation", "person_id", first="start_date", last=pl.col("end_date").fill_null(LAST_DAY)
    )
    there = given.join(posts, on=["organisation", "person_id"]).filter(pl.col("start_date").is_between("first", "last"))
    # The rest began while the leaver still stood as the worker, or in the few days between two spells of one stay.
    assert 0.9 < there["index"].n_unique() / given.height < 1
    known = given.join(posts, on=["organisation", "person_id"], how="anti")
    assert known.is_empty()


def test_a_worker_who_left_is_why_cases_changed_hands(area: Area) -> None:
    changed = area.allocations.filter(pl.col("change_reason") == "worker_left")
    assert changed.height > 1_000
    assert changed["end_date"].null_count() == 0


def test_assessments_end_in_time_or_not_and_some_are_excepted(area: Area) -> None:
    plans = area.cases.filter((pl.col("case_type") == "ehc_assessment") & (pl.col("outcome") == "plan_issued"))
    days = (plans["outcome_date"] - plans["received_date"]).dt.total_days()
    assert 0.4 < (days <= 139).mean() < 0.65
    assert 0.03 < plans["exception"].mean() < 0.12
    assert set(area.milestones["stage"].unique()) == {"decision", "advice", "draft", "final"}


def test_some_children_are_known_to_the_council_and_to_the_trust(area: Area) -> None:
    council, trust = (
        area.cases.filter(pl.col("organisation") == slug).select("child_id").unique() for slug in ("council", "nhs")
    )
    assert council.join(trust, on="child_id").height > 500


def test_open_vacancies_some_covered_by_agency_workers(area: Area) -> None:
    still_open = area.vacancies.filter(pl.col("outcome").is_null())
    assert still_open["closed_date"].null_count() == still_open.height > 20
    assert (still_open["covered_by_agency_fte"] > 0).sum() > 5


def test_pay_lies_within_the_organisations_own_scale(area: Area, employed: pl.DataFrame) -> None:
    scales = (
        area.pay_scales.filter(pl.col("to_date").is_null())
        .group_by(pl.col("body").alias("organisation"), "role")
        .agg(low=pl.col("annual_pay").min(), high=pl.col("annual_pay").max())
    )
    placed = employed.join(scales, on=["organisation", "role"], how="left")
    assert placed.select(pl.col("annual_pay").is_between(pl.col("low") - 1, pl.col("high") + 1).all()).item()


def test_the_pay_quarters_of_the_generator_are_those_that_banded_finds() -> None:
    size = 20_000
    seats = make_seats(size, 5, np.random.default_rng([2023, 0]))
    made = pl.DataFrame(
        {
            "staff_group": pl.Series([job.staff_group for job in JOBS]).gather(seats.job),
            "annual_pay": seats.pay.astype(float),
            "quarter": pl.Series(QUARTERS).gather(seats.quarter),
        }
    ).unique(["staff_group", "annual_pay"])
    staff = make_area(staff=size, years=1).assignments.filter(pl.col("employment") == "employed")
    found = banded(staff, LAST_DAY, age=None, tenure=None).join(made, on=["staff_group", "annual_pay"], how="left")
    assert found.select((pl.col("pay_quarter") == pl.col("quarter")).mean()).item() > 0.98


# -- the files ---------------------------------------------------------------------------------------------------------------------------


def test_the_sample_is_the_same_bytes_each_time_and_small(written: Path, tmp_path: Path) -> None:
    again = contents(write_sample(tmp_path / "again").parent)
    first = contents(written)
    assert list(first) == list(again)
    assert [name for name in first if first[name] != again[name]] == []
    assert sum(len(data) for data in first.values()) < THREE_MEGABYTES


def test_the_committed_sample_is_what_the_generator_writes(written: Path) -> None:
    committed = contents(shipped("data", "sample"))
    fresh = contents(written)
    assert list(committed) == list(fresh)
    for name in fresh:
        if name.endswith(".parquet"):
            assert_frame_equal(pl.read_parquet(shipped("data", "sample") / name), pl.read_parquet(written / name))
        elif not name.endswith(".xlsx"):  # a workbook is a zip file, whose bytes may differ between versions of zlib
            assert committed[name] == fresh[name], name


def test_every_file_of_the_settings_exists_with_every_header_mapped(written: Path) -> None:
    named = set()
    for slug, file in described(written):
        assert file["path"].startswith(f"{slug}/")
        assert set(file["columns"].values()) <= set(headers(written, file)), file["path"]
        named.add(file["path"])
    assert named == {name for name in contents(written) if name != "area.toml"}
    assert {Path(name).suffix for name in named} == {".csv", ".xlsx", ".parquet"}


def test_every_table_is_supplied_by_somebody(written: Path) -> None:
    settings = load_settings(written / "area.toml")
    assert all(settings.supplied_by(table) for table in TABLES)
    assert settings.area.fictional
    assert settings.supplied_by("absences") == ("council", "psychology", "nhs", "schools")


def test_reading_the_files_gives_back_what_was_made(area: Area, written: Path) -> None:
    records = load_area(written / "area.toml")
    for table in TABLES:
        read, made = getattr(records, table), area.frames[table]
        not_supplied = ["supplement", "ethnicity", "disability"]  # some organisations keep no such column
        columns = [c for c in made.columns if c not in IDS and c not in not_supplied]
        assert_frame_equal(read.select(columns).sort(columns), made.select(columns).sort(columns))
        for column in set(IDS) & set(made.columns):
            assert read[column].n_unique() == made[column].n_unique(), (table, column)


def test_the_bad_rows_are_refused_and_counted_and_nothing_else_is(written: Path) -> None:
    quality = load_area(written / "area.toml").quality.frame
    assert quality["rows"].sum() == sum(flaw.rows for flaw in FLAWS) < 15
    by_file = quality.group_by(pl.col("source").str.split(", sheet").list.first()).agg(pl.col("rows").sum())
    expected: dict[str, int] = {}
    for flaw in FLAWS:
        expected[f"{flaw.body}/{flaw.path}"] = expected.get(f"{flaw.body}/{flaw.path}", 0) + flaw.rows
    assert dict(by_file.rows()) == expected


def test_a_folder_with_something_in_it_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    for overwrite in (False, True):
        with pytest.raises(UsageError) as error:
            write_sample(tmp_path, overwrite=overwrite)
        assert error.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_sample_can_be_written_over_when_asked(tmp_path: Path) -> None:
    small = {"staff": 100, "organisations": 5}
    write_sample(tmp_path / "s", **small, seed=1)
    with pytest.raises(UsageError):
        write_sample(tmp_path / "s", **small, seed=2)
    write_sample(tmp_path / "s", **small, seed=2, overwrite=True)
    assert contents(tmp_path / "s") == contents(write_sample(tmp_path / "t", **small, seed=2).parent)


def test_a_sample_of_many_organisations_loads(tmp_path: Path) -> None:
    place = write_sample(tmp_path / "s", staff=240, organisations=7)
    assert load_area(place).assignments["organisation"].n_unique() == 7


# -- the documentation -------------------------------------------------------------------------------------------------------------------


def test_the_readme_holds_the_data_dictionary_as_the_tables_are() -> None:
    readme = shipped("data", "README.md").read_text(encoding="utf-8")
    assert data_dictionary() in readme
    for name, table in TABLES.items():
        assert f"### {name}\n" in readme
        assert all(column in readme for column in table.column_names())


def test_the_readme_tells_the_truths_and_every_bad_row() -> None:
    readme = shipped("data", "README.md").read_text(encoding="utf-8")
    for flaw in FLAWS:
        assert f"| {flaw.body}/{flaw.path} | {flaw.table} | {flaw.rule} | {flaw.rows} |" in readme
    for group, hazard in TRUTHS.leaving_baseline.items():
        assert f"| {group} | {hazard:.2f} | {TRUTHS.absences_a_year[group]:.1f} |" in readme
    for number in (
        TRUTHS.leaving_shape,
        *TRUTHS.pay_hazard_ratios,
        TRUTHS.caseload_hazard_ratio,
        TRUTHS.sicker_absence_ratio,
    ):
        assert f"{number:g}" in readme
    for body in BODIES:
        assert f"| {body.slug} |" in readme

"""Official figures beside one another: drawn tables small enough to check in the head."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import definition_of, official, released, roll_up
from workforce.benchmark.authorities import SYSTEMS, find_authority, plain_name
from workforce.benchmark.official import half_up, in_periods, published_table
from workforce.errors import UsageError
from workforce.stats.funnel import may_be_negative

DAY = date(2024, 9, 30)
#        code         name                level              part_of      numerator  denominator  value  marker
FIGURES = """
878        | Devon             | local_authority | E12000009 | 10 | 100 | 10.0 |
845        | East Sussex       | local_authority | E12000008 | 8  | 100 | 8.0  |
838        | Dorset            | local_authority | E12000009 | 12 | 100 | 12.0 |
926        | Norfolk           | local_authority | E12000006 | x  | 200 |      | x
940 / 941  | North / West      | local_authority | E12000004 | 30 | 100 | 30.0 |
201        | City of London    | local_authority | E13000001 | low| 10  |      | low
302        | Barnet            | local_authority | E13000002 | 5  | 90  | 5.6  |
909        | Cumbria           | local_authority | E12000002 | 5  | 50  | 10.0 |
E12000009  | South West        | regional        |           | 22 | 200 | 11.0 |
E92000001  | England           | national        |           | 70 | 650 | 10.8 |
"""


def drawn(text: str = FIGURES, *, measure: str = "turnover", definition: str = "dfe_fte") -> pl.DataFrame:
    rows = []
    for line in text.strip().splitlines():
        code, name, level, part, above, below, value, marker = (cell.strip() or None for cell in line.split("|"))
        number = above if above and above.isdigit() else None
        rows.append(
            {
                "area_code": code,
                "area_name": name,
                "area_level": level,
                "measure": measure,
                "definition": definition,
                "period_start": date(2023, 10, 1),
                "period_end": DAY,
                "numerator": float(number) if number else None,
                "denominator": float(below) if below else None,
                "value": float(value) if value else None,
                "marker": marker,
                "source": "drawn",
                "part_of": part,
                "numerator_marker": None if number else above,
                "denominator_marker": None,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"marker": pl.String, "denominator_marker": pl.String})


def neighbours_of_devon(*codes: str) -> pl.DataFrame:
    names = {"845": "East Sussex", "838": "Dorset", "926": "Norfolk", "940": "North", "941": "West"}
    return pl.DataFrame(
        {
            "model": ["2025"] * len(codes),
            "area_code": ["878"] * len(codes),
            "area_name": ["Devon"] * len(codes),
            "position": range(1, len(codes) + 1),
            "neighbour_code": codes,
            "neighbour_name": [names[c] for c in codes],
            "closeness": ["close"] * len(codes),
            "source": ["drawn"] * len(codes),
        }
    )


NEAR = neighbours_of_devon("845", "838", "926")
TURNOVER = {"measure": "turnover", "definition": "dfe_fte", "area": "Devon"}


def page_of(near=NEAR, figures=None, **chosen):
    return wf.benchmark.page(official(drawn() if figures is None else figures, near), **{**TURNOVER, **chosen})


def latest_rows(near=NEAR, figures=None, **chosen):
    """The last period of an authority, its neighbours, its region and England: with one period, all the rows."""
    return page_of(near, figures, **chosen)["latest"].frame


def test_a_half_goes_up_and_away_from_zero():
    frame = pl.DataFrame({"x": [14.25, 14.35, 0.05, -0.05, 2.5]})
    assert frame.select(half_up(pl.col("x"), 1))["x"].to_list() == [14.3, 14.4, 0.1, -0.1, 2.5]
    assert frame.select(half_up(pl.col("x")))["x"].to_list()[-1] == 3.0


def test_a_published_figure_stays_as_published():
    result = wf.benchmark.figures(official(drawn(), NEAR), "turnover", "dfe_fte")
    assert result.groups == ("area", "area_code", "area_level", "source")
    assert [(d.measure, d.definition) for d in result.definitions] == [("turnover", "dfe_fte")]
    table = result.frame
    assert table.columns[:7] == ["measure", "definition", *result.groups, "period_start"]
    barnet = table.filter(pl.col("area") == "Barnet").row(0, named=True)
    assert (barnet["value"], barnet["people"], barnet["lower"], barnet["method"]) == (
        5.6,
        None,
        None,
        "none",
    )  # 5.56 unrounded
    assert table.filter(pl.col("area") == "Norfolk").select("value", "marker").row(0) == (None, "x")


@pytest.mark.parametrize("areas", [["Devon"], ["878"], ["940"], ["941"], ["940 / 941"]])
def test_areas_are_chosen_by_name_by_code_or_by_one_code_of_a_joint_return(areas):
    assert len(wf.benchmark.figures(official(drawn(), NEAR), "turnover", "dfe_fte", areas=areas)) == 1


def test_a_lazy_frame_gives_the_same():
    assert published_table(drawn().lazy(), "turnover", "dfe_fte").equals(
        published_table(drawn(), "turnover", "dfe_fte")
    )


def test_a_unit_that_lacks_one_side_leaves_both_by_name():
    east = roll_up(drawn(), "turnover", "dfe_fte", to="england").row(0, named=True)
    # 10 + 8 + 12 + 30 + 0 (low) + 5 + 5 over 100 + 100 + 100 + 100 + 10 + 90 + 50; Norfolk's 200 leaves with its missing numerator
    assert (east["numerator"], east["denominator"], east["left_out"]) == (70.0, 550.0, ["Norfolk"])


def test_london_is_inner_and_outer_london_together():
    up = roll_up(drawn(), "turnover", "dfe_fte").filter(pl.col("area_code") == "E12000007").row(0, named=True)
    assert (up["area"], up["numerator"], up["denominator"]) == ("London", 5.0, 100.0)


def test_a_region_with_no_complete_unit_has_no_figure():
    only = drawn().filter(pl.col("area_code") == "926")
    up = roll_up(only, "turnover", "dfe_fte").row(0, named=True)
    assert (up["value"], up["marker"], up["left_out"]) == (None, "x", ["Norfolk"])


def test_the_neighbours_mean_and_median_are_of_those_with_a_figure():
    table = latest_rows()
    assert table.select("area", "value").rows() == [
        ("Devon", 10.0),
        ("Neighbours' median", 10.0),
        ("Neighbours' mean", 10.0),
        ("South West", 11.0),
        ("England", 10.8),
    ]
    mean = table.filter(pl.col("area_code") == "neighbours_mean").row(0, named=True)
    assert (mean["numerator"], mean["denominator"], mean["left_out"]) == (None, None, ["Norfolk"])
    assert table["source"].null_count() == 0


def test_a_joint_return_of_two_neighbours_counts_once():
    near = neighbours_of_devon("845", "940", "941")
    mean = latest_rows(near, area="878").row(2, named=True)
    assert (mean["value"], mean["left_out"]) == ((8.0 + 30.0) / 2, [])


def test_a_neighbour_in_the_same_return_has_no_figure_of_its_own():
    own = neighbours_of_devon("941", "845").with_columns(area_code=pl.lit("940"), area_name=pl.lit("North"))
    table = latest_rows(own, area="North")
    assert table.row(0, named=True)["area"] == "North / West"
    assert table.row(1, named=True)["left_out"] == ["West (in the same return)"]


def test_the_standing_says_rank_and_coverage():
    standing = page_of()["standing"]
    row = standing.frame.row(0, named=True)
    assert (row["rank_among_neighbours"], row["neighbours_with_a_figure"]) == ("2 of 3", "2 of 3, without Norfolk")
    assert (row["period"], row["change_on_last_year"]) == ("Year to 30 September 2024", "not available")
    title = wf.words.standing_title(released(standing, "published"), area="Devon").text
    assert title.endswith("rank 1 is the lowest, which is better; differences not tested")


def test_where_higher_is_better_the_highest_is_first():
    plans = drawn(measure="timeliness", definition="dfe")
    standing = page_of(figures=plans, measure="timeliness", definition="dfe")["standing"]
    assert standing.frame["rank_among_neighbours"].to_list() == ["2 of 3"]
    title = wf.words.standing_title(released(standing, "published"), area="Devon").text
    assert title.endswith("rank 1 is the highest, which is better; differences not tested")


def test_without_any_neighbours_figure_there_is_a_marker_and_no_number():
    table = latest_rows(neighbours_of_devon("926"))
    assert table.filter(pl.col("area_level") == "neighbours").select("value", "marker").rows() == [(None, "x")] * 2


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("Cumbria", "Cumberland"),
        ("909", "Cumberland"),
        ("Dorset (Pre LG)", "Dorset (838)"),
        ("Poole", "Bournemouth, Christchurch and Poole"),
        ("Northamptonshire", "Northamptonshire (Structural Changes) Order 2020, SI 2020/156"),
        ("Devn", "Devon"),
        ("940 / 941", "either"),
        ("Atlantis", "official add"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_what_to_do(named, words):
    with pytest.raises(UsageError) as raised:
        page_of(area=named)
    assert words in str(raised.value.hint)


def test_dorset_is_the_council_of_today():
    frame = drawn("835 | Dorset | local_authority | E12000009 | 1 | 2 | 50.0 |" + FIGURES)
    assert find_authority(frame, NEAR, "Dorset").code == "838"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Durham", "County Durham"),
        ("Herefordshire", "Herefordshire, County of"),
        ("Bristol", "Bristol, City of"),
        ("St Helens", "St. Helens"),
        ("Bedford", "Bedford Borough"),
        ("Kingston Upon Hull, City of", "kingston upon hull"),
    ],
)
def test_publishers_names_of_one_place_meet(one, other):
    assert plain_name(one) == plain_name(other)


def test_city_of_london_is_not_london():
    assert plain_name("City of London") != plain_name("London")


def test_an_unknown_model_measure_or_system_is_refused():
    with pytest.raises(UsageError, match="neighbour model"):
        page_of(model="1999")
    with pytest.raises(UsageError, match="do not hold caseload"):
        page_of(measure="caseload", definition="dfe")
    with pytest.raises(UsageError, match="no NHS system"):
        wf.benchmark.nhs_by_month(wf.load_official(), area="Devon", system="Nowhere")


def test_a_year_of_a_trust_is_its_summed_days():
    store = wf.load_official()
    table = wf.benchmark.nhs_by_organisation(store, area="Devon").frame
    trust = table.row(0, named=True)
    months = store.published.filter(
        (pl.col("area_code") == trust["area_code"]) & (pl.col("area_level") == "organisation")
    )
    assert len(months) == 12
    assert trust["value"] == pytest.approx(100 * months["numerator"].sum() / months["denominator"].sum())
    assert table["area_level"].to_list()[-2:] == ["system", "national"]
    assert table.filter(pl.col("area_level") == "organisation")["value"].is_sorted(descending=True)


def test_a_trust_that_missed_a_month_says_so():
    store = wf.load_official()
    gone = (pl.col("area_code") == "RK9") & (pl.col("period_start") == date(2024, 7, 1))
    partial = official(store.published.filter(~gone), store.neighbours, store.areas)
    table = wf.benchmark.nhs_by_organisation(partial, area="Devon").frame
    row = table.filter(pl.col("area_code") == "RK9").row(0, named=True)
    assert row["left_out"] == ["July 2024"]


def test_each_authority_of_england_lies_in_a_system_and_each_system_has_authorities():
    members = " ".join(SYSTEMS.values()).split()
    assert len(SYSTEMS) == 42  # NHS England: integrated care systems since July 2022
    assert len(set(members)) == 153  # upper-tier and unitary authorities since April 2023


def test_the_latest_rows_are_those_of_the_last_period():
    page = wf.benchmark.page(wf.load_official(), **TURNOVER)
    assert page["latest"].frame["period_end"].unique().to_list() == [date(2025, 9, 30)]
    assert page["lines"].frame["period_end"].n_unique() > 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            10.04,
            "Turnover in 2024 was 10.0% in Devon, 10.0% at its neighbours' median and 10.8% in England; differences not tested",
        ),
        (
            9.0,
            "Turnover in 2024 was 9.0% in Devon, 10.0% at its neighbours' median and 10.8% in England; differences not tested",
        ),
        (None, "Turnover in Devon in 2024: no figure is published"),
    ],
)
def test_the_headline_gives_the_printed_figures_and_claims_no_difference(value, expected):
    table = page_of()["latest"]
    own = pl.when(pl.col("area") == "Devon").then(pl.lit(value, pl.Float64)).otherwise("value")
    shown = released(table._with(table.frame.with_columns(value=own)), "published")
    assert wf.words.benchmark_title(shown).text == expected


def test_the_headline_of_an_authority_alone_claims_nothing_about_others():
    alone = page_of(neighbours_of_devon("926"))["latest"].filter(pl.col("area_level") != "national")
    nothing = alone.filter(pl.lit(value=False))
    assert wf.words.benchmark_title(released(alone, "published")).text == "Turnover in 2024 was 10.0% in Devon"
    assert wf.words.benchmark_title(released(nothing, "published")).text == "No figure is published for the authority"


def test_the_glance_gives_figures_says_what_is_better_and_what_cannot_be_compared():
    store = wf.load_official()
    glance = wf.words.at_a_glance(store, area="Devon").text
    assert glance.startswith(
        "Devon and its neighbours' median, each in its last published year: turnover 14.2% and 10.4% (lower is better); "
    )
    assert "plans within 20 weeks 3.2% and 34.6% (higher is better)" in glance
    assert glance.endswith(". Differences are not tested.")
    without = store.published.with_columns(
        value=pl.when((pl.col("area_code") == "878") & (pl.col("measure") == "turnover")).then(None).otherwise("value")
    )
    alone = wf.words.at_a_glance(official(without, store.neighbours, store.areas), area="Devon").text
    assert ": agency workers " in alone
    assert alone.endswith(" Not compared, because a figure is missing: turnover.")


def test_the_sentence_on_neighbours_names_what_the_other_model_would_change():
    near = pl.concat([NEAR, neighbours_of_devon("845", "940").with_columns(model=pl.lit("2021"))])
    assert wf.words.neighbours_sentence(official(drawn(), near), area="Devon").text == (
        "Devon is compared with 3 statistical neighbours by the DfE's model of May 2025, nearest first: East Sussex; Dorset; Norfolk. "
        "By the model of April 2021, 1 of its 2 neighbours is different: North."
    )


def test_the_headline_on_the_nhs_compares_a_month_with_england_in_the_same_month():
    table = wf.benchmark.nhs_by_month(wf.load_official(), area="Devon")

    def title(frame):
        return wf.words.nhs_title(released(table._with(frame), "published")).text

    rows = table.frame
    assert (
        title(rows) == "Sickness absence in March 2025: Devon (NHS system) 5.1%; England 4.9%; differences not tested"
    )
    england = rows.filter(pl.col("area_level") == "national")["value"].to_list()
    level = rows.with_columns(
        value=pl.when(pl.col("area_level") == "system").then(pl.lit(england[-1])).otherwise("value")
    )
    assert "4.9%; England 4.9%; differences not tested" in title(level)
    gone = rows.with_columns(value=pl.when(pl.col("area_level") == "system").then(None).otherwise("value"))
    assert title(gone).endswith("Devon (NHS system): no figure is published")


def test_published_months_that_fill_a_period_are_added_up_where_both_sides_add_up():
    every = wf.months("2024-04", "2025-03")
    rows = pl.DataFrame(
        {
            "area_code": "E92000001",
            "area_name": "England",
            "area_level": "national",
            "part_of": pl.Series([None] * 12, dtype=pl.String),
            "period_start": [p.start for p in every],
            "period_end": [p.end for p in every],
            "numerator": [float(i) for i in range(12)],
            "denominator": [100.0] * 12,
            "value": [float(i) for i in range(12)],
            "marker": pl.Series([None] * 12, dtype=pl.String),
        }
    )
    book = definition_of("absence", "nhs")
    wanted = pl.DataFrame(
        {"period_start": [date(2024, 4, 1), date(2024, 1, 1)], "period_end": [date(2025, 3, 31), date(2024, 12, 31)]}
    )
    whole = in_periods(rows, wanted, book)
    assert whole.select("period_end", "value", "parts").rows() == [
        (date(2025, 3, 31), 5.5, 12)
    ]  # (0 + ... + 11) / 1,200
    assert in_periods(rows[:11], wanted, book).is_empty()
    assert in_periods(rows, wanted, definition_of("absence", "dfe")).is_empty()


def test_of_rates_with_two_sides_only_the_vacancy_rate_by_establishment_can_be_negative():
    assert may_be_negative(definition_of("vacancy_rate", "establishment"))
    assert not may_be_negative(definition_of("caseload", "dfe"))

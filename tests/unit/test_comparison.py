"""Official figures beside one another: drawn tables small enough to check in the head."""

from datetime import date

import polars as pl
import pytest

from workforce.errors import UsageError
from workforce.measures.comparison.areas import SYSTEMS, find_authority, plain_name
from workforce.measures.comparison.comparison import (
    at_a_glance,
    beside,
    half_up,
    headline,
    latest,
    neighbours_sentence,
    published_table,
    roll_up,
    standing,
    standing_title,
)
from workforce.measures.comparison.nhs import headline as sickness_headline
from workforce.measures.comparison.nhs import sickness_by_month, sickness_by_organisation
from workforce.measures.frame import FIRST, REST
from workforce.sources.published import PublishedStore, load_published

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


def test_a_half_goes_up_and_away_from_zero():
    frame = pl.DataFrame({"x": [14.25, 14.35, 0.05, -0.05, 2.5]})
    assert frame.select(half_up(pl.col("x"), 1))["x"].to_list() == [14.3, 14.4, 0.1, -0.1, 2.5]
    assert frame.select(half_up(pl.col("x")))["x"].to_list()[-1] == 3.0


def test_a_published_figure_stays_as_published():
    table = published_table(drawn(), "turnover", "dfe_fte")
    assert table.columns == [*FIRST, "area", "area_code", "area_level", "source", *REST]
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
    assert len(published_table(drawn(), "turnover", "dfe_fte", areas=areas)) == 1


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
    table = beside(drawn(), NEAR, measure="turnover", definition="dfe_fte", area="Devon")
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
    mean = beside(drawn(), near, measure="turnover", definition="dfe_fte", area="878").row(2, named=True)
    assert (mean["value"], mean["left_out"]) == ((8.0 + 30.0) / 2, [])


def test_a_neighbour_in_the_same_return_has_no_figure_of_its_own():
    own = neighbours_of_devon("941", "845").with_columns(area_code=pl.lit("940"), area_name=pl.lit("North"))
    table = beside(drawn(), own, measure="turnover", definition="dfe_fte", area="North")
    assert table.row(0, named=True)["area"] == "North / West"
    assert table.row(1, named=True)["left_out"] == ["West (in the same return)"]


def test_the_standing_says_rank_and_coverage():
    table = standing(drawn(), NEAR, measure="turnover", definition="dfe_fte", area="Devon")
    row = table.row(0, named=True)
    assert (row["rank_among_neighbours"], row["neighbours_with_a_figure"]) == ("2 of 3", "2 of 3, without Norfolk")
    assert (row["period"], row["change_on_last_year"]) == ("Year to 30 September 2024", "not available")
    assert standing_title(table, area="Devon").endswith("rank 1 is the lowest, which is better")


def test_where_higher_is_better_the_highest_is_first():
    plans = drawn(measure="timeliness", definition="dfe")
    table = standing(plans, NEAR, measure="timeliness", definition="dfe", area="Devon")
    assert table["rank_among_neighbours"].to_list() == ["2 of 3"]
    assert standing_title(table, area="Devon").endswith("rank 1 is the highest, which is better")


def test_without_any_neighbours_figure_there_is_a_marker_and_no_number():
    table = beside(drawn(), neighbours_of_devon("926"), measure="turnover", definition="dfe_fte", area="Devon")
    assert table.filter(pl.col("area_level") == "neighbours").select("value", "marker").rows() == [(None, "x")] * 2


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("Cumbria", "Cumberland"),
        ("909", "Cumberland"),
        ("Dorset (Pre LG)", "Dorset (838)"),
        ("Poole", "Bournemouth, Christchurch and Poole"),
        ("Devn", "Devon"),
        ("940 / 941", "either"),
        ("Atlantis", "published add"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_what_to_do(named, words):
    with pytest.raises(UsageError) as raised:
        beside(drawn(), NEAR, measure="turnover", definition="dfe_fte", area=named)
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
        beside(drawn(), NEAR, measure="turnover", definition="dfe_fte", area="Devon", model="1999")
    with pytest.raises(UsageError, match="do not hold caseload"):
        beside(drawn(), NEAR, measure="caseload", definition="dfe", area="Devon")
    with pytest.raises(UsageError, match="no NHS system"):
        sickness_by_month(load_published(), area="Devon", system="Nowhere")


def test_a_year_of_a_trust_is_its_summed_days():
    official = load_published()
    table = sickness_by_organisation(official, area="Devon")
    trust = table.row(0, named=True)
    months = official.published.filter(
        (pl.col("area_code") == trust["area_code"]) & (pl.col("area_level") == "organisation")
    )
    assert len(months) == 12
    assert trust["value"] == pytest.approx(100 * months["numerator"].sum() / months["denominator"].sum())
    assert table["area_level"].to_list()[-2:] == ["system", "national"]
    assert table.filter(pl.col("area_level") == "organisation")["value"].is_sorted(descending=True)


def test_a_trust_that_missed_a_month_says_so():
    official = load_published()
    gone = (pl.col("area_code") == "RK9") & (pl.col("period_start") == date(2024, 7, 1))
    partial = PublishedStore(official.published.filter(~gone), official.neighbours, official.areas)
    row = sickness_by_organisation(partial, area="Devon").filter(pl.col("area_code") == "RK9").row(0, named=True)
    assert row["left_out"] == ["July 2024"]


def test_each_authority_of_england_lies_in_a_system_and_each_system_has_authorities():
    members = " ".join(SYSTEMS.values()).split()
    assert len(SYSTEMS) == 42  # NHS England: integrated care systems since July 2022
    assert len(set(members)) == 153  # upper-tier and unitary authorities since April 2023


def test_the_latest_rows_are_those_of_the_last_period():
    table = sickness_by_month(load_published(), area="Devon")
    assert latest(table)["period_end"].unique().to_list() == [date(2025, 3, 31)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            10.04,
            "Turnover in Devon in 2024, 10.0%, was level with its neighbours' median (10.0%) and below England (10.8%)",
        ),
        (9.0, "Turnover in Devon in 2024, 9.0%, was below its neighbours' median (10.0%) and England (10.8%)"),
        (None, "Turnover in Devon in 2024: no figure is published"),
    ],
)
def test_the_headline_says_what_the_printed_figures_say(value, expected):
    table = beside(drawn(), NEAR, measure="turnover", definition="dfe_fte", area="Devon")
    own = pl.when(pl.col("area") == "Devon").then(pl.lit(value, pl.Float64)).otherwise("value")
    assert headline(table.with_columns(value=own)) == expected


def test_the_headline_of_an_authority_alone_claims_nothing_about_others():
    table = beside(drawn(), neighbours_of_devon("926"), measure="turnover", definition="dfe_fte", area="Devon")
    alone = table.filter(pl.col("area_level") != "national")
    assert headline(alone) == "Turnover in Devon in 2024 was 10.0%"
    assert headline(alone.clear()) == "No figure is published for the authority"


def test_the_glance_counts_by_what_is_better_and_says_what_cannot_be_compared():
    held = PublishedStore(load_published().published, load_published().neighbours, load_published().areas)
    said = at_a_glance(held, area="Devon")
    assert "better than its neighbours' median in 1 (sickness absence) and worse in 5 (turnover, agency workers" in said
    without = held.published.with_columns(
        value=pl.when((pl.col("area_code") == "878") & (pl.col("measure") == "turnover")).then(None).otherwise("value")
    )
    alone = at_a_glance(PublishedStore(without, held.neighbours, held.areas), area="Devon")
    assert "and worse in 4 (agency workers" in alone
    assert alone.endswith("; 1 (turnover) cannot be compared.")


def test_the_sentence_on_neighbours_names_what_the_other_model_would_change():
    near = pl.concat([NEAR, neighbours_of_devon("845", "940").with_columns(model=pl.lit("2021"))])
    said = neighbours_sentence(PublishedStore(drawn(), near, load_published().areas), area="Devon")
    assert said == (
        "Devon is compared with 3 statistical neighbours by the DfE's model of May 2025, nearest first: East Sussex; Dorset; Norfolk. "
        "By the model of April 2021, 1 of its 2 neighbours is another: North."
    )


def test_the_headline_on_the_nhs_compares_a_month_with_england_in_the_same_month():
    table = sickness_by_month(load_published(), area="Devon")
    assert sickness_headline(table) == "Sickness absence in March 2025: Devon (NHS system) 5.1%, above England (4.9%)"
    england = table.filter(pl.col("area_level") == "national")["value"].to_list()
    level = table.with_columns(
        value=pl.when(pl.col("area_level") == "system").then(pl.lit(england[-1])).otherwise("value")
    )
    assert "4.9%, level with England" in sickness_headline(level)
    gone = table.with_columns(value=pl.when(pl.col("area_level") == "system").then(None).otherwise("value"))
    assert sickness_headline(gone).endswith("Devon (NHS system): no figure is published")

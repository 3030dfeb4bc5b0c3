"""A measure table beside what is published: drawn figures small enough to check in the head."""

from datetime import date

import polars as pl
import pytest

import workforce as wf
from builders import definition_of, measured, official
from workforce.errors import DisclosureError, UsageError

COMPARED = {
    "own_published": pl.Float64(),
    "england": pl.Float64(),
    "region_value": pl.Float64(),
    "neighbours_mean": pl.Float64(),
    "neighbours_median": pl.Float64(),
    "region_name": pl.String(),
    "neighbours_without": pl.String(),
    "neighbours_model": pl.String(),
    "quartile": pl.String(),
    "quartile_of": pl.String(),
    "neighbours_with": pl.Int64(),
    "rank": pl.Int64(),
    "ranked": pl.Int64(),
    "england_rank": pl.Int64(),
    "england_ranked": pl.Int64(),
    "change": pl.Float64(),
    "better": pl.String(),
    "compared_with": pl.String(),
    "covers": pl.String(),
}

#        year  code        name                level              part_of     value  marker
FIGURES = """
2023 | 878       | Devon          | local_authority | E12000009 | 10.0 |
2023 | 845       | East Sussex    | local_authority | E12000008 | 8.0  |
2023 | 926       | Norfolk        | local_authority | E12000006 |      | low
2023 | 940 / 941 | North / West   | local_authority | E12000004 | 30.0 |
2023 | 909       | Cumbria        | local_authority | E12000002 |      | x
2023 | E12000009 | South West     | regional        |           | 11.0 |
2023 | E92000001 | England        | national        |           | 10.8 |
2024 | 878       | Devon          | local_authority | E12000009 | 9.0  |
2024 | 845       | East Sussex    | local_authority | E12000008 | 9.0  |
2024 | 926       | Norfolk        | local_authority | E12000006 |      | x
2024 | 940 / 941 | North / West   | local_authority | E12000004 | 20.0 |
2024 | E12000009 | South West     | regional        |           | 12.0 |
2024 | E92000001 | England        | national        |           | 10.0 |
"""
NAMES = {"845": "East Sussex", "926": "Norfolk", "940": "North", "941": "West", "942": "Cumberland", "909": "Cumbria"}


def drawn(text=FIGURES, *, measure="turnover", definition="dfe_fte"):
    rows = []
    for line in text.strip().splitlines():
        year, code, name, level, part, value, marker = (cell.strip() or None for cell in line.split("|"))
        period = wf.census_year(f"{int(year) - 1}-{year[2:]}")
        rows.append(
            {
                "area_code": code,
                "area_name": name,
                "area_level": level,
                "measure": measure,
                "definition": definition,
                "period_start": period.start,
                "period_end": period.end,
                "numerator": None,
                "denominator": None,
                "value": float(value) if value else None,
                "marker": marker,
                "source": "drawn",
                "part_of": part,
                "numerator_marker": None,
                "denominator_marker": None,
            }
        )
    nulls = dict.fromkeys(["numerator", "denominator"], pl.Float64) | dict.fromkeys(
        ["numerator_marker", "denominator_marker", "marker", "part_of"], pl.String
    )
    return pl.DataFrame(rows, schema_overrides=nulls)


def model(year, *codes, of="878", name="Devon"):
    return pl.DataFrame(
        {
            "model": year,
            "area_code": of,
            "area_name": name,
            "position": range(1, len(codes) + 1),
            "neighbour_code": codes,
            "neighbour_name": [NAMES[c] for c in codes],
            "closeness": "close",
            "source": "drawn",
        }
    )


NEAR = pl.concat([model("2025", "845", "926", "940", "941", "942"), model("2021", "845", "909")])
OFFICIAL = official(drawn(), NEAR)


def compare(table, store, **options):
    return wf.benchmark.compare(table, store, **options).frame


def ours(values, periods, **groups):
    """A table of our own turnover: each value of a hundred in post."""
    frame = pl.DataFrame(
        {
            "period_start": [p.start for p in periods],
            "period_end": [p.end for p in periods],
            "numerator": pl.Series(values, dtype=pl.Float64),
            **groups,
        }
    ).with_columns(denominator=pl.lit(100.0), people=pl.lit(100))
    return measured(frame, "turnover", "dfe_fte", by=list(groups))


YEARS = [wf.census_year("2022-23"), wf.census_year("2023-24")]


def test_each_period_stands_beside_the_published_one_with_the_same_days():
    rows = compare(ours([8.0, 11.0], YEARS), OFFICIAL, area="Devon").to_dicts()
    assert [(r["own_published"], r["england"], r["region_value"], r["region_name"]) for r in rows] == [
        (10.0, 10.8, 11.0, "South West"),
        (9.0, 10.0, 12.0, "South West"),
    ]
    assert [r["compared_with"] for r in rows] == [
        "1 October 2022 to 30 September 2023",
        "1 October 2023 to 30 September 2024",
    ]


def test_mean_and_median_are_of_the_returns_that_had_a_figure_a_joint_one_once():
    first, second = compare(ours([8.0, 11.0], YEARS), OFFICIAL, area="Devon").to_dicts()
    # 2023: East Sussex 8, Norfolk rounds to zero, North and West together 30; 2024: East Sussex 9, North and West 20
    assert first["neighbours_mean"] == pytest.approx((8 + 0 + 30) / 3, rel=1e-9)
    assert (first["neighbours_median"], first["neighbours_with"]) == (8.0, 4)
    assert (second["neighbours_mean"], second["neighbours_median"], second["neighbours_with"]) == (14.5, 14.5, 3)


def test_a_neighbour_without_a_figure_is_named_with_the_reason_that_is_known():
    early = compare(ours([8.0], YEARS[:1]), official(drawn().filter(pl.col("area_code") != "845"), NEAR), area="Devon")
    assert early["neighbours_without"].to_list() == ["East Sussex; Cumberland"]
    before = wf.census_year("2021-22")
    moved = drawn().with_columns(period_start=pl.lit(before.start), period_end=pl.lit(before.end)).unique("area_code")
    then = compare(ours([8.0], [before]), official(moved, NEAR), area="Devon")
    assert "Cumberland (formed 1 April 2023)" in then["neighbours_without"].item()
    older = compare(ours([8.0], YEARS[:1]), OFFICIAL, area="Devon", neighbours="2021")
    assert older["neighbours_without"].to_list() == ["Cumbria (abolished 31 March 2023)"]
    assert older["neighbours_model"].to_list() == ["DfE, April 2021"]


def test_the_authority_in_a_joint_return_has_that_return_and_its_partner_has_no_figure_of_its_own():
    near = model("2025", "941", "845", of="940", name="North")
    row = compare(ours([20.0], YEARS[:1]), official(drawn(), near), area="North").row(0, named=True)
    assert (row["own_published"], row["neighbours_with"]) == (30.0, 1)
    assert row["neighbours_without"] == "West (in the same return)"


@pytest.mark.parametrize(
    ("value", "rank"), [(0.0, 1), (0.04, 1), (8.0, 2), (8.04, 2), (8.05, 3), (31.0, 4)]
)  # among 0, 8 and 30, compared as they are published
def test_ranks_count_from_the_better_end_and_ties_share_the_better_one(value, rank):
    row = compare(ours([value], YEARS[:1]), OFFICIAL, area="Devon").row(0, named=True)
    assert (row["rank"], row["ranked"], row["better"]) == (rank, 4, "lower")


def test_where_higher_is_better_the_highest_is_first():
    plans = official(drawn(measure="stability", definition="nhs"), NEAR)
    sides = pl.DataFrame(
        {
            "period_start": YEARS[0].start,
            "period_end": YEARS[0].end,
            "numerator": [29.0],
            "denominator": 100.0,
            "people": 100,
        }
    )
    row = compare(measured(sides, "stability", "nhs", by=[]), plans, area="Devon").row(0, named=True)
    assert (row["rank"], row["ranked"], row["better"], row["quartile"]) == (2, 4, "higher", "second quarter")


def test_quarters_say_among_how_many_and_of_fewer_than_four_there_is_none():
    first, second = compare(ours([31.0, 31.0], YEARS), OFFICIAL, area="Devon").to_dicts()
    assert (first["quartile"], first["quartile_of"]) == ("worst quarter", "4 figures: Devon and its neighbours")
    assert (second["quartile"], second["quartile_of"], second["ranked"]) == (None, None, 3)
    assert (first["england_rank"], first["england_ranked"]) == (None, None)


def test_with_nearly_all_of_england_at_hand_rank_and_quarter_are_of_england():
    text = "\n".join(f"2023 | {100 + i} | Council {i} | local_authority | E12000001 | {i}.0 |" for i in range(119))
    england = official(drawn(text + FIGURES), NEAR)
    row = compare(ours([30.5], YEARS[:1]), england, area="Devon").row(0, named=True)
    # Lower are 0 to 30 of the made-up ones, and East Sussex, Norfolk and the joint return: 34 of them
    assert (row["england_rank"], row["england_ranked"], row["quartile"]) == (35, 123, "second quarter")
    assert row["quartile_of"] == "123 authorities of England"


@pytest.mark.parametrize(
    "period", [wf.financial_year("2022-23"), wf.month("2023-09"), wf.Period(date(2023, 9, 30), date(2023, 9, 30))]
)
def test_a_period_that_is_not_published_says_so_and_is_compared_with_nothing(period):
    row = compare(ours([8.0], [period]), OFFICIAL, area="Devon").row(0, named=True)
    assert row["compared_with"] == "not compared: published for periods that end 30 September 2023 to 30 September 2024"
    silent = [c for c in COMPARED if c not in ("compared_with", "covers", "better", "neighbours_model")]
    assert {row[c] for c in silent} == {None}


def test_each_group_has_its_own_rank_and_change():
    table = ours([8.0, 11.0, 20.0, 20.0], [*YEARS, *YEARS], team=["A", "A", "B", "B"])
    compared = wf.benchmark.compare(table, OFFICIAL, area="Devon")
    assert compared.frame.select("team", "rank", "change").rows() == [
        ("A", 2, None),
        ("A", 2, 3.0),
        ("B", 3, None),
        ("B", 2, 0.0),
    ]
    assert compared.groups == ("team",)


def test_the_change_of_a_month_is_on_the_same_month_a_year_before():
    periods = [wf.month(name) for name in ("2023-02", "2024-01", "2024-02", "2025-02")]
    table = ours([5.0, 6.0, 8.0, 7.0], periods)
    assert compare(table, OFFICIAL, area="Devon")["change"].to_list() == [None, None, 3.0, -1.0]


def test_the_rows_keep_their_order_and_their_own_columns():
    straight = ours([8.0, 11.0], YEARS)
    table = straight._with(straight.frame[::-1])
    compared = wf.benchmark.compare(table, OFFICIAL, area="878")
    rows = compared.frame
    assert rows.select(table.frame.columns).equals(table.frame)
    assert rows.columns == [*table.frame.columns, *COMPARED]
    assert (compared.added, compared.groups, compared.definitions) == (tuple(COMPARED), (), table.definitions)
    assert {c: rows.schema[c] for c in compared.added} == COMPARED
    assert compare(table.filter(pl.lit(value=False)), OFFICIAL, area="Devon").schema == rows.schema


def test_what_is_added_is_no_group_and_a_group_may_have_any_name():
    table = ours([8.0, 11.0], YEARS, position=["A", "A"])
    compared = wf.benchmark.compare(table, OFFICIAL, area="Devon")
    assert (compared.groups, compared.added) == (("position",), tuple(COMPARED))
    assert wf.stats.xmr(ours([8.0, 11.0], YEARS)).groups == ()
    counts = measured(
        pl.DataFrame({"team": ["A", "B"], "numerator": [3.0, 4.0], "denominator": 50.0, "people": 50}),
        "turnover",
        "nhs",
        by=["team"],
    )
    around = wf.stats.funnel(counts, limits=(0.9,))
    assert (around.groups, around.added) == (("team",), ("centre", "lower_90", "upper_90", "position"))


def test_a_withheld_row_shows_nothing_that_was_added_from_its_own_figure():
    table = ours([8.0, 11.0], YEARS)
    few = table._with(table.frame.with_columns(people=pl.lit(3, pl.Int64)))
    shown = wf.release(wf.benchmark.compare(few, OFFICIAL, area="Devon")).frame
    for column in ("value", "rank", "ranked", "england_rank", "quartile", "change"):
        assert shown[column].null_count() == 2


def other(**columns):
    """A table of ours with another text in some of its columns."""
    table = ours([8.0], YEARS[:1])
    definition = columns.get("definition", "dfe_fte")
    frame = table.frame.with_columns(**{name: pl.lit(text) for name, text in columns.items()})
    return table._with(frame, definitions=[definition_of("turnover", definition)])


@pytest.mark.parametrize(
    ("table", "keywords", "words"),
    [
        (other(), {"area": "Atlantis"}, "no local authority"),
        (other(), {"area": "Devon", "neighbours": "1999"}, "no neighbour model"),
        (other(unit="% a year"), {"area": "Devon"}, "is published in %"),
        (other(definition="average"), {"area": "Devon"}, "do not hold turnover"),
        (wf.benchmark.compare(other(), OFFICIAL, area="Devon"), {"area": "Devon"}, "already has .*england"),
        (pl.DataFrame({"value": [1.0]}), {"area": "Devon"}, "compare takes what a measure returned"),
        (None, {"area": "Devon"}, "compare takes what a measure returned"),
    ],
)
def test_what_cannot_be_compared_is_refused(table, keywords, words):
    with pytest.raises(UsageError, match=words):
        compare(table, OFFICIAL, **keywords)


def test_a_row_that_is_not_available_is_compared_with_what_is_published():
    nothing = wf.staffing.turnover(wf.Records(), YEARS, definition="dfe", basis="fte")
    compared = wf.benchmark.compare(nothing, OFFICIAL, area="Devon")
    assert compared.frame.select("value", "marker", "england", "rank").rows() == [
        (None, "x", 10.8, None),
        (None, "x", 10.0, None),
    ]
    assert compared.reasons == nothing.reasons == ("staff are not recorded",)


def test_figures_of_ones_own_are_not_official_beside_official_ones():
    with pytest.raises(DisclosureError, match="official store"):
        wf.release(wf.benchmark.compare(ours([8.0, 11.0], YEARS), OFFICIAL, area="Devon"), "published")


def test_an_authority_formed_after_the_model_is_refused_with_the_day_it_was_formed():
    near = pl.concat([NEAR, model("2025", "845", of="942", name="Cumberland")])
    with pytest.raises(UsageError, match="no neighbours for Cumberland") as raised:
        compare(ours([8.0], YEARS[:1]), official(drawn(), near), area="Cumberland", neighbours="2021")
    assert "formed on 1 April 2023" in str(raised.value.hint)


def test_two_authorities_of_one_name_are_told_apart_by_number():
    twice = pl.concat([drawn(), drawn("2023 | 999 | Devon | local_authority | E12000009 | 1.0 |")])
    with pytest.raises(UsageError, match="2 local authorities are called") as raised:
        compare(ours([8.0], YEARS[:1]), official(twice, NEAR), area="Devon")
    assert "878, 999" in str(raised.value.hint)
    assert compare(ours([8.0], YEARS[:1]), official(twice, NEAR), area="878")["own_published"].to_list() == [10.0]


def test_published_rows_can_be_compared_themselves():
    table = wf.benchmark.figures(OFFICIAL, "turnover", "dfe_fte", areas=["Devon"])
    beside = compare(table, OFFICIAL, area="Devon")
    assert beside.select("value", "own_published", "change").rows() == [(10.0, 10.0, None), (9.0, 9.0, -1.0)]
    assert set(beside["covers"]) == {
        "children's social workers in local authorities only; no figures on SEND caseworkers are published"
    }

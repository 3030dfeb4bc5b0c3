"""What is costed, what is not, and that the page says so."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

import workforce as wf
from builders import REST, Costs, stacked
from workforce.errors import UsageError

YEAR = wf.Period(date(2022, 4, 1), date(2023, 3, 31))
ALL_GIVEN = Costs(leaver=9_500.0, agency_fte=78_000.0, employed_fte=51_000.0, source="agreed in May")
VACANCIES = pl.DataFrame(
    {
        "organisation": ["council"],
        "team": ["a"],
        "opened_date": [date(2022, 10, 1)],
        "fte": [2.0],
        "covered_by_agency_fte": [0.5],
    }
)
STAFF = pl.DataFrame(
    {
        "organisation": "council",
        "team": "a",
        "person_id": [f"P{i}" for i in range(40)],
        "start_date": date(2020, 1, 1),
        "end_date": [date(2022, 7, 31) if i < 12 else None for i in range(40)],
        "fte": 1.0,
        "employment": ["agency" if i >= 28 else "employed" for i in range(40)],
    }
)


BOTH = wf.Records(assignments=STAFF, vacancies=VACANCIES)


def test_what_can_be_costed_is_what_the_single_measures_give():
    costs = wf.costs.year(BOTH, YEAR, costs=ALL_GIVEN)
    expected = stacked(
        [
            wf.costs.agency_premium(BOTH, YEAR, agency_cost=78_000, employed_cost=51_000),
            wf.costs.leavers(BOTH, YEAR, each=9_500),
            wf.costs.vacancies_held(BOTH, YEAR, each=51_000),
        ]
    )
    assert costs.frame.equals(expected.frame)
    assert set(costs.definitions) == set(expected.definitions)
    assert costs.frame["definition"].to_list() == [
        "agency_premium at 27,000",
        "leavers_replaced at 9,500",
        "vacancies_held at 51,000",
    ]


def test_a_board_sees_what_whole_posts_cost_and_managers_see_the_figure():
    held = wf.costs.vacancies_held(BOTH, YEAR, each=51_000)
    posts = held.frame["numerator"].item()
    assert posts != round(posts)
    board = wf.release({"held": held}, "board")["held"].frame
    assert board.select("numerator", "value").row(0) == (round(posts), round(posts) * 51_000)
    internal = wf.release({"held": held}, "internal")["held"].frame
    assert internal["value"].item() == held.frame["value"].item()


@pytest.mark.parametrize(
    ("given", "costed"),
    [
        (Costs(), []),
        (Costs(leaver=1.0), ["leavers_replaced at 1"]),
        (Costs(agency_fte=2.0), []),  # the premium is over an employed post, which needs its cost, too
        (Costs(employed_fte=2.0), ["vacancies_held at 2"]),
        (Costs(agency_fte=3.0, employed_fte=2.0), ["agency_premium at 1", "vacancies_held at 2"]),
    ],
)
def test_what_lacks_a_unit_cost_is_marked_and_never_nought(given, costed):
    rows = wf.costs.year(BOTH, YEAR, costs=given).frame.to_dicts()
    assert len(rows) == 3
    assert [r["definition"] for r in rows if r["value"] is not None] == costed
    assert {(r["value"], r["marker"]) for r in rows if r["definition"] not in costed} <= {(None, "x")}


def test_the_table_has_one_shape_whatever_is_given_and_marks_every_period():
    quarter = wf.months("2023-01", "2023-03")
    none = wf.costs.year(BOTH, quarter, costs=Costs(), by="team").frame
    assert none.columns == ["measure", "definition", "team", *REST]
    assert none.schema == wf.costs.year(BOTH, quarter, costs=ALL_GIVEN, by="team").frame.schema
    assert none.height == 9


def test_a_column_that_one_table_lacks_marks_its_cost_and_leaves_the_others():
    records = wf.Records(assignments=STAFF, vacancies=VACANCIES.drop("team"))
    table = wf.costs.year(records, YEAR, costs=ALL_GIVEN, by="team")
    assert table.frame.select("definition", "team", "marker").rows() == [
        ("agency_premium at 27,000", "a", None),
        ("leavers_replaced at 9,500", "a", None),
        ("vacancies_held at 51,000", None, "x"),
    ]
    assert table.reasons == ("the team of vacancies is not recorded",)
    without_staff = wf.costs.year(wf.Records(vacancies=VACANCIES), YEAR, costs=ALL_GIVEN)
    assert without_staff.frame["marker"].to_list() == ["x", "x", None]
    assert without_staff.reasons == ("staff are not recorded",)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "shoe_size"}, 'no column "shoe_size"'),
        ({"by": "sex"}, 'no column "sex"'),  # vacancies have none
        ({"costs": {"leavers": 9_500}}, 'did you mean "leaver"'),
        ({"costs": {"leaver": -1}}, "above 0"),
        ({"costs": {"leaver": "9500"}}, "is a number"),
        ({"costs": 9_500}, "unit costs by name"),
        ({"costs": iter({"leaver": 9_500}.items())}, "unit costs by name"),
        ({"costs": SimpleNamespace(leaver=9_500, agency_fte=None, employed_fte=None)}, "unit costs by name"),
    ],
)
def test_a_callers_mistake_is_refused_with_a_sentence(options, said):
    with pytest.raises(UsageError, match=said):
        wf.costs.year(BOTH, YEAR, **{"costs": ALL_GIVEN, **options})
    with pytest.raises(UsageError, match="records first"):
        wf.costs.year("staff", YEAR, costs=ALL_GIVEN)


def test_unit_costs_come_from_the_settings_or_the_caller_and_without_them_nothing_is_costed():
    named = wf.costs.year(BOTH, YEAR, costs={"leaver": 9_500, "agency_fte": 78_000, "employed_fte": 51_000})
    assert named.frame.equals(wf.costs.year(BOTH, YEAR, costs=ALL_GIVEN).frame)
    nothing = wf.costs.year(BOTH, YEAR)
    assert nothing.frame["marker"].to_list() == ["x"] * 3
    assert nothing.reasons == (
        "no unit cost of a leaver is given",
        "unit costs of an agency and of an employed full-time equivalent are not both given",
        "no unit cost of an employed full-time equivalent is given",
    )
    sample = wf.load_area()
    of_settings = wf.costs.year(sample, YEAR)
    assert of_settings.frame.equals(wf.costs.year(sample, YEAR, costs=sample.settings.costs).frame)
    assert of_settings.frame["value"].null_count() == 0


def test_a_filter_that_leaves_nobody_gives_marked_rows_with_the_reason():
    table = wf.costs.year(BOTH.where(pl.col("team") == "b"), YEAR, costs=ALL_GIVEN)
    assert table.frame["marker"].to_list() == ["x"] * 3
    assert table.reasons == ("no records are left after the filter",)


def test_a_released_page_shows_costs_beside_what_was_not_costed():
    shown = wf.release(wf.costs.year(BOTH, YEAR, costs=Costs(leaver=9_500.0)))
    values = dict(shown.frame.select("definition", "value").rows())
    assert values["leavers_replaced at 9,500"] == 95_000.0  # from ten leavers, as shown
    assert "[x]" in wf.table(shown, title="Costs").html


def test_a_few_leavers_are_withheld_with_their_cost():
    few = STAFF.filter((pl.col("end_date").is_null()) | (pl.col("person_id").is_in(["P0", "P1", "P2"])))
    records = wf.Records(assignments=few, vacancies=VACANCIES)
    shown = wf.release(wf.costs.year(records, YEAR, costs=ALL_GIVEN)).frame
    row = shown.filter(pl.col("definition").str.starts_with("leavers")).row(0, named=True)
    assert (row["value"], row["numerator"], row["marker"]) == (None, None, "c")


def test_the_sentence_says_each_unit_cost_with_its_source():
    assert wf.words.costs_sentence(ALL_GIVEN).text == (
        "Unit costs: £9,500 for a leaver replaced, £78,000 for an agency full-time equivalent a year and £51,000 for an employed "
        "full-time equivalent a year. Source: agreed in May."
    )


def test_the_sentence_says_what_was_not_costed_and_that_nothing_is_assumed():
    text = wf.words.costs_sentence(Costs(leaver=9_500.0)).text
    assert "Their source is not given." in text
    assert text.endswith("no unit cost for it: agency cover over employed staff and vacancies held.")
    assert wf.words.costs_sentence(Costs()).text == (
        "No costs are shown: area.toml has no unit costs under [costs], and none is assumed."
    )


def test_a_source_is_escaped_where_it_is_shown():
    html = wf.words.costs_sentence(Costs(leaver=1.0, source="<script>x</script>"))._repr_html_()
    assert "<script>" not in html

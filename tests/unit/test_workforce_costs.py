"""What is costed, what is not, and that the page says so."""

from datetime import date

import polars as pl
import pytest

from workforce.disclosure import release
from workforce.errors import UsageError
from workforce.measures.frame import REST
from workforce.measures.pay.pay_cost import agency_premium, leavers_cost, vacancies_held
from workforce.measures.pay.workforce_costs import workforce_costs
from workforce.periods import Period, months
from workforce.present.tables import table
from workforce.present.words import costs_sentence
from workforce.settings import Costs

YEAR = Period(date(2022, 4, 1), date(2023, 3, 31))
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


def test_what_can_be_costed_is_what_the_single_measures_give():
    costs = workforce_costs(STAFF, VACANCIES, YEAR, costs=ALL_GIVEN)
    expected = pl.concat(
        [
            agency_premium(STAFF, YEAR, agency_cost=78_000, employed_cost=51_000),
            leavers_cost(STAFF, YEAR, each=9_500),
            vacancies_held(VACANCIES, YEAR, each=51_000),
        ]
    )
    assert costs.equals(expected)
    assert costs["definition"].to_list() == [
        "agency_premium at 27,000",
        "leavers_replaced at 9,500",
        "vacancies_held at 51,000",
    ]


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
    rows = workforce_costs(STAFF, VACANCIES, YEAR, costs=given).to_dicts()
    assert len(rows) == 3
    assert [r["definition"] for r in rows if r["value"] is not None] == costed
    assert {(r["value"], r["marker"]) for r in rows if r["definition"] not in costed} <= {(None, "x")}


def test_the_table_has_one_shape_whatever_is_given_and_marks_every_period():
    quarter = months("2023-01", "2023-03")
    none = workforce_costs(STAFF, VACANCIES, quarter, costs=Costs(), by="team")
    assert none.columns == ["measure", "definition", "team", *REST]
    assert none.schema == workforce_costs(STAFF, VACANCIES, quarter, costs=ALL_GIVEN, by="team").schema
    assert none.height == 9


def test_a_column_that_either_frame_lacks_is_refused():
    with pytest.raises(UsageError):
        workforce_costs(STAFF, VACANCIES.drop("team"), YEAR, costs=ALL_GIVEN, by="team")


def test_a_released_page_shows_costs_beside_what_was_not_costed():
    partly = workforce_costs(STAFF, VACANCIES, YEAR, costs=Costs(leaver=9_500.0))
    shown = release(partly)
    values = dict(shown.frame.select("definition", "value").rows())
    assert values["leavers_replaced at 9,500"] == 95_000.0  # from ten leavers, as shown
    assert "[x]" in table(shown, title="Costs").html


def test_a_few_leavers_are_withheld_with_their_cost():
    few = STAFF.filter((pl.col("end_date").is_null()) | (pl.col("person_id").is_in(["P0", "P1", "P2"])))
    shown = release(workforce_costs(few, VACANCIES, YEAR, costs=ALL_GIVEN)).frame
    row = shown.filter(pl.col("definition").str.starts_with("leavers")).row(0, named=True)
    assert (row["value"], row["numerator"], row["marker"]) == (None, None, "c")


def test_the_sentence_says_each_unit_cost_with_its_source():
    assert costs_sentence(ALL_GIVEN).text == (
        "Unit costs: £9,500 for a leaver replaced, £78,000 for an agency full-time equivalent a year and £51,000 for an employed "
        "full-time equivalent a year. Source: agreed in May."
    )


def test_the_sentence_says_what_was_not_costed_and_that_nothing_is_assumed():
    text = costs_sentence(Costs(leaver=9_500.0)).text
    assert "Their source is not given." in text
    assert text.endswith("no unit cost for it: agency cover over employed staff and vacancies held.")
    assert costs_sentence(Costs()).text == (
        "Nothing is costed: area.toml gives no unit costs under [costs], and none is assumed."
    )


def test_a_source_is_escaped_where_it_is_shown():
    html = costs_sentence(Costs(leaver=1.0, source="<script>x</script>"))._repr_html_()
    assert "<script>" not in html

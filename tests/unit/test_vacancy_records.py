"""Vacancies whose dates or counts cannot be are refused as rows when an area is read, by rule, and the rest go on."""

import pytest

import workforce as wf

AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true

[organisations.council]
name = "The council"
kind = "council"

[[organisations.council.files]]
path = "vacancies.csv"
table = "vacancies"
columns = { vacancy_id = "No", role = "Job", fte = "FTE", opened_date = "Opened", advertised_date = "Advert", offered_date = "Offer", \
closed_date = "Closed", outcome = "Result", offers_made = "Made", offers_declined = "Declined" }
"""
SOUND = "V0,Adviser,1,2022-05-01,2022-05-02,2022-06-01,2022-07-01,filled,2,1\n"


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("V1,Adviser,1,2022-05-01,2022-04-30,,,,,", "advertised or offered before opened"),
        ("V1,Adviser,1,2022-05-01,,2022-04-30,,,,", "advertised or offered before opened"),
        ("V1,Adviser,1,2022-05-01,2022-06-02,2022-06-01,,,,", "offered before advertised"),
        ("V1,Adviser,1,2022-05-01,,2022-06-02,2022-06-01,filled,,", "closed before offer was accepted"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_its_rule_and_the_measures_go_on(tmp_path, row, rule):
    (tmp_path / "area.toml").write_text(AREA)
    header = "No,Job,FTE,Opened,Advert,Offer,Closed,Result,Made,Declined\n"
    (tmp_path / "vacancies.csv").write_text(f"{header}{SOUND}{row}\n")
    records = wf.load_area(tmp_path / "area.toml")
    assert records.quality.frame.select("rule", "rows", "example_rows").rows() == [(rule, 1, "3")]
    assert wf.recruitment.endings(records, wf.year_to("2023-03")).frame["numerator"].to_list()[3:5] == [0.0, 1.0]
    assert wf.recruitment.time_to_hire(records, wf.year_to("2023-03")).frame["left"].sum() == 1.0


def test_more_offers_declined_than_made_are_not_known_and_the_vacancy_counts(tmp_path):
    (tmp_path / "area.toml").write_text(AREA)
    header = "No,Job,FTE,Opened,Advert,Offer,Closed,Result,Made,Declined\n"
    (tmp_path / "vacancies.csv").write_text(f"{header}{SOUND}V1,Adviser,1,2022-05-01,,,2022-06-01,unfilled,1,2\n")
    records = wf.load_area(tmp_path / "area.toml")
    assert records.quality.frame.select("rule", "effect").rows() == [
        ("more offers declined than made", "cell not known")
    ]
    assert records.vacancies.filter(vacancy_id="V1").select("offers_made", "offers_declined").rows() == [(1, None)]


@pytest.mark.parametrize(
    "row",
    [
        "V1,Adviser,1,2022-05-01,2022-05-01,2022-05-01,2022-05-01,filled,1,0",
        "V1,Adviser,1,2022-05-01,,,,,,",
        "V1,Adviser,1,2022-05-01,,2022-06-01,,,,3",
    ],
)
def test_what_is_on_one_day_or_not_recorded_is_no_fault(tmp_path, row):
    (tmp_path / "area.toml").write_text(AREA)
    (tmp_path / "vacancies.csv").write_text(f"No,Job,FTE,Opened,Advert,Offer,Closed,Result,Made,Declined\n{row}\n")
    records = wf.load_area(tmp_path / "area.toml")
    assert records.quality.frame.is_empty()
    assert len(wf.recruitment.endings(records, wf.year_to("2023-03"))) == 8

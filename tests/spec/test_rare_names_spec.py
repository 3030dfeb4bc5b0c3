"""Names that few people have ever had are put together before anything is measured, so that no label points at one person."""

from datetime import date

import polars as pl
import pytest

import workforce as wf

DAY = date(2023, 3, 31)
START = date(2020, 1, 1)


def people(**names):
    """A role for each of so many people."""
    return pl.DataFrame(
        [
            {"organisation": "council", "person_id": f"{role} {n}", "role": role, "fte": 1.0, "start_date": START}
            for role, number in names.items()
            for n in range(number)
        ]
    )


def roles(records):
    return wf.staffing.headcount(records, DAY, by=["role"]).frame.sort("role").select("role", "numerator").rows()


def test_a_role_of_fewer_than_three_people_is_among_the_other_roles_and_the_total_stays():
    staff = wf.Records(assignments=people(Adviser=9, Envoy=2, Herald=1, Officer=3))
    joint = wf.staffing.rare_names_together(staff)
    assert roles(joint) == [("Adviser", 9.0), ("Officer", 3.0), ("other roles", 3.0)]
    whole = [wf.staffing.headcount(records, DAY).frame["numerator"].item() for records in (staff, joint)]
    assert whole == [15.0, 15.0]


def test_whoever_has_left_counts_for_a_name_and_a_person_with_two_spells_counts_once():
    staff = people(Adviser=3, Envoy=2).with_columns(end_date=pl.lit(None, pl.Date))
    former = staff.head(1).with_columns(
        person_id=pl.lit("gone"), role=pl.lit("Envoy"), end_date=pl.lit(date(2021, 1, 1))
    )
    assert roles(wf.staffing.rare_names_together(wf.Records(assignments=pl.concat([staff, former]))))[-1][0] == "Envoy"
    again = staff.filter(person_id="Envoy 0").with_columns(
        start_date=pl.lit(date(2019, 1, 1)), end_date=pl.lit(date(2019, 6, 1))
    )
    twice = wf.Records(assignments=pl.concat([staff, again]))
    assert ("other roles", 2.0) in roles(wf.staffing.rare_names_together(twice))


def test_posts_and_vacancies_of_a_rare_role_go_with_it_and_a_role_that_nobody_has_stays():
    posts = pl.DataFrame(
        {
            "organisation": ["council"] * 3,
            "role": ["Adviser", "Envoy", "Vacant post"],
            "funded_fte": [9.0, 2.0, 1.0],
            "start_date": [START] * 3,
        }
    )
    joint = wf.staffing.rare_names_together(wf.Records(assignments=people(Adviser=9, Envoy=1), posts=posts))
    assert joint.posts["role"].to_list() == ["Adviser", "other roles", "Vacant post"]


@pytest.mark.parametrize(("fewest", "envoy"), [(2, "Envoy"), (3, "other roles")])
def test_the_number_of_people_is_an_option(fewest, envoy):
    joint = wf.staffing.rare_names_together(wf.Records(assignments=people(Adviser=9, Envoy=2)), fewest=fewest)
    assert roles(joint)[-1] == (envoy, 2.0)


def test_names_that_the_settings_list_stay():
    settings = wf.load_area().settings
    listed = min(settings.common_roles)
    records = wf.Records(assignments=people(**{listed: 1, "Envoy": 1}), settings=settings)
    assert roles(wf.staffing.rare_names_together(records, ["role"])) == sorted([(listed, 1.0), ("other roles", 1.0)])

"""What each option would do to a queue, and the cheapest mix of options that clears it."""

from dataclasses import replace
from datetime import date
from itertools import combinations
from math import prod

import numpy as np
import polars as pl
import pytest

import workforce as wf
from builders import made, make_area
from workforce import Period
from workforce.errors import UsageError

AS_NOW, Scenario = wf.forecast.AS_NOW, wf.forecast.Scenario
ROLES = ("SEND caseworker", "Senior SEND caseworker")
YEAR = Period(date(2022, 4, 1), date(2023, 3, 31))
COSTS = {"leaver": 9_500, "agency_fte": 78_000, "employed_fte": 51_000}
SETTINGS = wf.forecast.ForecastSettings(paths=120, history=24)
SHORT = {"roles": ROLES, "after": 20, "months": 4, "costs": COSTS, "settings": SETTINGS}
OPTIONS = (
    AS_NOW,
    Scenario("Three posts", recruit=3),
    Scenario("Half the requests", reduce_demand=0.5, cost=30_000),
    Scenario("No sickness", cut_sickness=1.0, cost=10_000),
    Scenario("No agency", end_agency=True),
    Scenario("The oldest first", late_first=True),
    Scenario("An offer without a price", retain=0.5),
)


@pytest.fixture(scope="module")
def area():
    return made(make_area(staff=400, organisations=1, years=3, seed=7))


@pytest.fixture(scope="module")
def table(area):
    return wf.forecast.options(area, YEAR, 4, OPTIONS, **SHORT)


def figures(table, definition):
    return dict(table.frame.filter(pl.col("definition") == definition).select("scenario", "value").rows())


def test_the_paths_are_those_of_the_outlook(area, table):
    ahead = wf.forecast.outlook(area, 4, OPTIONS, roles=ROLES, on=YEAR.end, settings=SETTINGS).frame
    last = ahead.filter((pl.col("definition") == "backlog") & (pl.col("period_end") == date(2023, 7, 31)))
    late = table.frame.filter(pl.col("definition") == "late")
    columns = ["scenario", "value", "lower", "upper", "method"]
    assert late.select(columns).sort("scenario").equals(last.select(columns).sort("scenario"))


def test_each_figure_says_what_the_option_does(table):
    late, posts, load, cost = (figures(table, name) for name in ("late", "posts", "load", "cost"))
    assert late["Half the requests"] < late["as now"]
    assert posts["as now"] == 0
    assert 0 < posts["Three posts"] <= 3
    assert posts["No agency"] <= 0
    assert load["Half the requests"] == pytest.approx(load["as now"] / 2, rel=0.1)
    assert load["Three posts"] <= load["as now"]
    assert cost["as now"] == 0
    assert cost["No sickness"] == pytest.approx(
        10_000 * 122 / 365.25, abs=500
    )  # four months of its own cost, and nothing else
    assert 0 < cost["Three posts"] < 3 * 51_000 * 122 / 365.25 + 1_500
    assert cost["No agency"] <= 0


def test_what_has_no_price_is_not_costed(area, table):
    assert figures(table, "cost")["An offer without a price"] is None
    assert table.reasons == (
        "costs need [costs] leaver, agency_fte and employed_fte, and the cost of each option that is more than posts",
    )
    unpriced = wf.forecast.options(area, YEAR, 4, OPTIONS[:2], **{**SHORT, "costs": {"leaver": 9_500}})
    assert figures(unpriced, "cost") == {"as now": 0.0, "Three posts": None}
    mix = wf.forecast.cheapest(area, YEAR, 4, OPTIONS, **{**SHORT, "costs": {}}).frame
    assert mix["marker"].unique().to_list() == ["x"]


def test_weeks_are_to_the_first_month_in_which_half_of_the_paths_are_there(area):
    whole = wf.forecast.options(area, YEAR, 4, [replace(OPTIONS[2], reduce_demand=1.0)], **{**SHORT, "months": 12})
    weeks = figures(whole, "weeks")["Half the requests"]
    for months, is_there in ((round(weeks / 4.348), True), (round(weeks / 4.348) - 1, False)):
        frame = wf.forecast.options(
            area, YEAR, 4, [replace(OPTIONS[2], reduce_demand=1.0)], **{**SHORT, "months": months}
        )
        assert (figures(frame, "cleared")["Half the requests"] >= 50) == is_there
    assert figures(wf.forecast.options(area, YEAR, 4, [AS_NOW], **SHORT), "weeks")["as now"] is None


def mixed(chosen, posts):
    """Scenarios and further posts at once, without the library."""

    def remaining(lever):
        return round(1 - prod(1 - getattr(s, lever) for s in chosen), 12)

    return Scenario(
        f"{'+'.join(s.name for s in chosen)}+{posts}",
        recruit=sum(s.recruit for s in chosen) + posts,
        retain=remaining("retain"),
        reduce_demand=remaining("reduce_demand"),
        cut_sickness=remaining("cut_sickness"),
        end_agency=any(s.end_agency for s in chosen),
        late_first=any(s.late_first for s in chosen),
        cost=float(sum(s.cost or 0 for s in chosen)),
    )


def drawn_case(rng):
    """A small area, a queue that is to be cleared within some months, and some options."""
    area = made(
        make_area(staff=int(rng.integers(120, 200)), organisations=1, years=3, seed=int(rng.integers(1, 10**6)))
    )
    every = [
        Scenario("posts", recruit=float(rng.integers(1, 3))),
        Scenario("offer", retain=float(rng.choice([0.3, 0.8])), cost=float(rng.integers(0, 40)) * 1_000),
        Scenario("advice", reduce_demand=float(rng.choice([0.1, 0.4])), cost=float(rng.integers(0, 90)) * 1_000),
        Scenario("health", cut_sickness=float(rng.choice([0.3, 0.9])), cost=float(rng.integers(0, 20)) * 1_000),
        Scenario("agency", end_agency=True),
        Scenario("order", late_first=True),
    ]
    chosen = [every[n] for n in sorted(rng.choice(len(every), 3, replace=False))]
    return area, chosen, float(rng.choice([1, 2, 4, 8, 16])), int(rng.integers(3, 8))


def cheapest_by_trying_all(area, chosen, target_wait, options, most):
    mixes = [
        mixed(some, posts)
        for size in range(len(chosen) + 1)
        for some in combinations(chosen, size)
        for posts in range(most + 1)
    ]
    tried = wf.forecast.options(area, YEAR, target_wait, mixes, **options)
    cleared, cost = figures(tried, "cleared"), figures(tried, "cost")
    return min((cost[name] for name in cost if cleared[name] >= 50), default=None)


def check_cheapest(seed):
    rng = np.random.default_rng(seed)
    area, chosen, target_wait, months = drawn_case(rng)
    options = {**SHORT, "months": months, "settings": wf.forecast.ForecastSettings(paths=100, history=24, seed=seed)}
    answer = wf.forecast.cheapest(area, YEAR, target_wait, chosen, most_posts=3, **options)
    if figures(answer, "late") and answer.frame["marker"].eq("x").all():
        return "not known"
    expected = cheapest_by_trying_all(area, chosen, target_wait, options, 3)
    (cost,) = figures(answer, "cost").values()
    assert cost == expected
    (cleared,) = figures(answer, "cleared").values()
    assert (cleared is None) == (expected is None)
    assert cleared is None or cleared >= 50
    return "none" if expected is None else "found"


@pytest.mark.parametrize("seed", range(71_000, 71_002))
def test_the_cheapest_mix_is_that_of_trying_all(seed):
    check_cheapest(seed)


@pytest.mark.more
def test_the_cheapest_mix_of_many_areas_is_that_of_trying_all():
    answers = [check_cheapest(seed) for seed in range(71_002, 71_202)]
    assert min(answers.count("found"), answers.count("none")) >= 20


def test_the_sentence_names_what_is_left_what_helps_and_what_does_not_last(area, table):
    page = wf.release({"options": table, "cheapest": wf.forecast.cheapest(area, YEAR, 4, OPTIONS, **SHORT)}, "internal")
    text = wf.words.options_sentence(page["options"], page["cheapest"], called="late requests").text
    late, cleared = figures(table, "late"), figures(table, "cleared")
    assert text.startswith(f"By 31 July 2023, if things stay as they are, about {late['as now']:.0f} (")
    acts = [name for name in cleared if name != "as now"]
    if max(cleared[name] for name in acts) < 50:
        fewest = min(acts, key=late.get)
        assert (
            f"None of the 6 options is likely to bring the queue down to its target by 31 July 2023; “{fewest}”" in text
        )
    over = [name for name, load in figures(table, "load").items() if round(load, 2) > 1]
    assert ("In the long run more would come in than the staff can close" in text) == bool(over)
    assert all(f"“{name}” (" in text for name in over)


def test_few_children_or_staff_are_withheld():
    small = made(make_area(staff=60, organisations=1, years=3, seed=7))
    table = wf.forecast.options(small, YEAR, 4, OPTIONS[:2], **SHORT)
    behind = table.frame["people"].drop_nulls()
    assert len(behind) == 0 or behind.min() < 5
    text = wf.words.options_sentence(wf.release(table, "board"), called="late requests").text
    assert text.startswith("What each option would do is not shown: ")


@pytest.mark.parametrize(
    ("lack", "reason"),
    [({"vacancies": None}, "vacancies are not recorded"), ({"cases": None}, "cases are not recorded")],
)
def test_what_is_not_recorded_gives_rows_that_say_so(area, lack, reason):
    records = wf.Records(**{**dict(area.tables()), **lack})
    for call in (wf.forecast.options, wf.forecast.cheapest):
        table = call(records, YEAR, 4, OPTIONS, **SHORT)
        assert table.frame["marker"].unique().to_list() == ["x"]
        assert table.reasons == (reason,)


def test_the_area_says_what_could_be_done():
    records = wf.load_area()
    planned = wf.forecast.planned(records)
    assert planned[0] == AS_NOW
    assert [s.name for s in planned[1:]] == [s.name for s in records.settings.scenarios]
    assert len(wf.forecast.planned(wf.Records())) == 3


def test_too_many_scenarios_or_two_of_one_name_are_refused(area):
    many = [Scenario(f"s{n}", recruit=n) for n in range(9)]
    with pytest.raises(UsageError, match="among up to 8 scenarios"):
        wf.forecast.cheapest(area, YEAR, 4, many, **SHORT)
    with pytest.raises(UsageError, match="different names"):
        wf.forecast.options(area, YEAR, 4, [many[0], many[0]], **SHORT)

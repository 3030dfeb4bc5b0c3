"""Nobody's own caseload can be had from a page of caseloads, by whoever knows the teams and adds and subtracts.

The adversary is apart from the library: it knows who is in which team and role, who is at work, and every figure that is shown, under one
rule or under both together. Each shown sum of cases is a row of a matrix with a column for each worker; a worker's load is told where the
unit vector of that worker is a combination of the rows, and where rounding leaves it less unknown than the rule asks for: so many values
of a small load, half of a larger one either way.
"""

import random
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import workforce as wf
from builders import casework, withheld_rows_stay

DAY, LONG_AGO = date(2023, 3, 31), date(2020, 1, 1)
WEIGHTS = {"ehc_assessment": 2.0}
RULES = {"board": 5, "internal": 3}  # how many values of a small count have to stay possible
SMALL = {"board": 7, "internal": 4}
HALVES = {"board": 2.5, "internal": 0.0}  # half of the step to which cases are rounded
CUTS = ((), ("team",))
AWAY = "held by someone away"
NOBODY = "not allocated"


@pytest.fixture(autouse=True, scope="module")
def every_row():
    """The adversary sees also what a page leaves out because most of it is withheld."""
    with withheld_rows_stay():
        yield


def frames(teams, unallocated, seed):
    """teams: name = its workers, each (cases, FTE, status, role)."""
    chance = random.Random(seed)  # noqa: S311 - which type each case has
    staff, held, cases = [], [], []
    for team, workers in teams.items():
        for number, (load, fte, status, role) in enumerate(workers):
            person = f"{team} {number}"
            staff.append(("council", person, fte, role, team, status))
            held += [(f"{person}-{n}", person) for n in range(load)]
    cases = [(case, chance.choice(["ehc_plan", "ehc_assessment"])) for case, _ in held]
    cases += [(f"nobody's {n}", "ehc_plan") for n in range(unallocated)]
    council = pl.lit("council")
    return (
        pl.DataFrame(held, schema=["case_id", "person_id"], orient="row").with_columns(
            organisation=council, start_date=pl.lit(LONG_AGO)
        ),
        pl.DataFrame(cases, schema=["case_id", "case_type"], orient="row").with_columns(
            organisation=council, received_date=pl.lit(LONG_AGO)
        ),
        pl.DataFrame(
            staff, schema=["organisation", "person_id", "fte", "role", "team", "status"], orient="row"
        ).with_columns(start_date=pl.lit(LONG_AGO)),
    )


def page_of(given_frames, cuts=CUTS):
    """Every table of caseloads that a page could hold, with its totals."""
    tables = {}
    for by in cuts:
        name = " by ".join(["", *by])
        for definition in ("dfe", "all"):
            for weights in (None, WEIGHTS):
                tables[f"{definition}{name}, {bool(weights)}"] = wf.caseload.per_fte(
                    casework(*given_frames), DAY, definition=definition, by=by, weights=weights
                )
        tables[f"distribution{name}"] = wf.caseload.distribution(casework(*given_frames), DAY, by=by)
    return tables


def told(pages, given_frames, rule):
    """The workers whose load follows from pages, by what a rule asks for; of pages under both rules, with less than three values."""
    held, cases, staff = given_frames
    workers = staff.select("person_id", "team", "role", "status").to_dicts()
    weights = pl.col("case_type").replace_strict(WEIGHTS, default=1.0)
    each = held.join(cases, on="case_id").group_by("person_id").agg(cases=pl.len(), weighted=weights.sum())
    loads = {person: own for person, *own in each.rows()}
    found = []
    for place_of_load, suffix in enumerate(("", "_weighted")):
        known, sums, halves = sums_of_cases(pages, workers, suffix)
        rank = np.linalg.matrix_rank(known) if len(known) else 0
        for place, w in enumerate(workers):
            unit = np.eye(len(workers) + 1)[place]
            if np.linalg.matrix_rank(np.vstack([known, unit])) > rank:
                continue
            load = loads.get(w["person_id"], (0, 0))[place_of_load]
            if None in sums or not is_unknown(load, unit, known, (sums, halves), rule):
                found.append(w["person_id"])
    return found


def sums_of_cases(pages, workers, suffix):
    """Whose cases each shown sum is of, a row for each (the last column: nobody's), what is printed, and half of the step of rounding."""
    present = np.array([w["status"] == "active" for w in workers])
    rows, sums, halves = [], [], []
    for name, row in ((name, r) for name, page in pages.items() for frame in page for r in frame.iter_rows(named=True)):
        if row["numerator"] is None and (row["value"] is None or row["denominator"] is None):
            continue
        own = np.array([all(row.get(c, w[c]) == w[c] for c in ("team", "role")) for w in workers])
        theirs = not {"team", "role"} & set(row) or NOBODY in (row.get("team"), row.get("role"))
        whose = {
            (f"dfe{suffix}", None): [*(own & present), False],
            (f"all{suffix}", None): [*own, theirs],
            (f"unheld{suffix}", AWAY): [*(own & ~present), False],
            (f"unheld{suffix}", NOBODY): [*(own & False), theirs],
        }.get((row["definition"], row.get("band")))
        if whose is not None:
            rows.append(whose)
            sums.append(row["numerator"])
            halves.append(HALVES[name])
    return np.array(rows, dtype=float).reshape(len(rows), len(workers) + 1), sums, halves


def is_unknown(load, unit, known, sums, rule):
    """Whether a load can be so many values, or so far from what it is, by sums that are printed to so much either way."""
    small, (printed, half) = SMALL.get(rule, 0), np.array(sums)
    bounds = [(1, small) if own and load <= small else (0, None) for own in unit]
    lines, right = np.vstack([known, -known]), np.concatenate([printed + half, half - printed])
    low, high = (linprog(sign * unit, A_ub=lines, b_ub=right, bounds=bounds).fun * sign for sign in (1, -1))
    low, high = np.ceil(low - 1e-6), np.floor(high + 1e-6)
    is_count = load <= small or rule == "both"
    return high - low + 1 >= RULES.get(rule, 3) if is_count else low <= load / 2 and high >= 1.5 * load


def tried(teams, unallocated=10, seed=0, cuts=CUTS):
    """Whose load the adversary has: from the page under each rule, and from both pages."""
    given_frames = frames(teams, unallocated, seed)
    tables = page_of(given_frames, cuts)
    released = {rule: wf.release(tables, rule) for rule in RULES}
    pages = {rule: [page[name].frame for name in tables] for rule, page in released.items()}
    return {rule: told({rule: page}, given_frames, rule) for rule, page in pages.items()} | {
        "both": told(pages, given_frames, "both")
    }


NOBODYS = {key: [] for key in (*RULES, "both")}


def of(size, *, away=0, role="caseworker"):
    return [(7 + 3 * n, 1.0, "active" if n >= away else "parental_leave", role) for n in range(size)]


@pytest.mark.parametrize(
    "teams",
    [
        {"big": of(12), "three": of(3)},
        {"big": of(12), "one": of(1)},
        {"big": of(12), "nine": of(9), "three": of(3), "one": of(1)},
        {"big": of(12), "three": of(3, away=1)},
        {"big": of(12, away=1), "nine": of(9)},
        {"big": of(12, away=2), "nine": of(9, away=1), "one": of(1)},
        {"big": [*of(12), *of(1, role="senior")], "nine": of(9)},
    ],
    ids=["three", "one", "several", "one of three away", "one away", "few away", "one in a role"],
)
def test_a_team_of_three_and_a_team_of_one_beside_a_big_one_tell_nobodys_caseload(teams):
    assert tried(teams, cuts=(*CUTS, ("role",))) == NOBODYS


def test_the_adversary_finds_what_an_unguarded_page_tells():
    """Shown as they are, the same tables tell the load of the one: the test above is not empty."""
    given_frames = frames({"big": of(12), "one": of(1)}, 10, 0)
    page = {"internal": [table.frame for table in page_of(given_frames).values()]}
    assert told(page, given_frames, "internal") == ["one 0", "one 0"]


def test_the_big_team_and_the_total_of_a_page_stay_shown():
    tables = page_of(frames({"big": of(14), "wide": of(16), "three": of(3)}, 10, 0))
    for rule in RULES:
        page = wf.release(tables, rule)
        whole = page["dfe, False"].frame.row(0, named=True)
        assert whole["value"] is not None
        teams = page["dfe by team, False"].frame
        assert teams.filter(pl.col("team") == "wide")["value"].is_not_null().all()


workers = st.tuples(
    st.integers(1, 30),
    st.sampled_from([1.0, 0.6]),
    st.sampled_from(["active", "active", "active", "parental_leave"]),
    st.sampled_from(["caseworker", "senior"]),
)

offices = given(
    st.fixed_dictionaries(
        {
            "big": st.lists(workers, min_size=12, max_size=14),
            "three": st.lists(workers, min_size=3, max_size=3),
        },
        optional={
            "one": st.lists(workers, min_size=1, max_size=1),
            "middle": st.lists(workers, min_size=5, max_size=9),
            "other": st.lists(workers, min_size=10, max_size=11),
        },
    ),
    st.sampled_from([0, 5, 30]),
)


@offices
@settings(max_examples=15)
def test_no_page_of_caseloads_tells_a_workers_own(teams, unallocated):
    assert tried(teams, unallocated) == NOBODYS


@pytest.mark.more
@offices
@settings(max_examples=600)
def test_none_of_many_pages_of_caseloads_under_one_rule_tells_a_workers_own(teams, unallocated):
    found = tried(teams, unallocated)
    assert {rule: found[rule] for rule in RULES} == {rule: [] for rule in RULES}


def test_the_pages_of_both_rules_together_tell_nobodys_caseload():
    here = (3, 1.0, "active", "caseworker")
    away = [(load, 1.0, "parental_leave", "caseworker") for load in (2, 18, 29, 30, 4)]
    teams = {"big": [*away[:4], *[here] * 9], "three": [away[4], here, here], "one": [here]}
    assert tried(teams, 0) == NOBODYS

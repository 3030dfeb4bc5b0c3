"""The decomposition of any frame: against Stata's `oaxaca` and base R, its laws, and what it refuses.

Stata (Jann 2008), as kept in github.com/sinanpl/OaxacaBlinder @ 80b8898, tests/testthat/fixtures/stata_results (MIT); data: Chicago
labour market, CRAN package oaxaca (Hlavac), 666 people, log real wage, men minus women. R: lm() and Yun's normalisation.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workforce.errors import InputError, UsageError
from workforce.stats.oaxaca import oaxaca_blinder

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "oaxaca_blinder.json"
# level: explained, unexplained (two-fold, pooled with the group indicator)
STATA = {
    "age": (0.0123479549812228, -0.0676170839916834),
    "LTHS": (-0.029677235014995, -0.0245262885500558),
    "some.college": (0.00503670595438748, 0.00912382442846532),
    "college": (-0.000573331669675386, -0.00589985319036256),
    "high.school": (-0.00486238289368683, 0.00639954182120529),
    "advanced.degree": (-0.0112121906515048, 0.00473740824124749),
    "intercept": (0.0, 0.312657674528617),
}


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    if not REFERENCE.is_file():
        pytest.skip("the reference values are not beside the project")
    given = json.loads(REFERENCE.read_text())["input"]
    return pl.DataFrame(given).with_columns(
        sex=pl.when(pl.col("female") == 1).then(pl.lit("female")).otherwise(pl.lit("male")),
        age=pl.col("age").cast(pl.Float64),
    )


def decomposed(people: pl.DataFrame, reference: str = "male") -> pl.DataFrame:
    return oaxaca_blinder(
        people, outcome="ln_real_wage", group="sex", reference=reference, covariates=["age", "education"]
    )


def test_the_whole_is_explained_and_unexplained_as_in_stata(people):
    parts = decomposed(people)
    assert parts["explained"].sum() == pytest.approx(-0.0289404792942518, abs=1e-10)
    assert parts["unexplained"].sum() == pytest.approx(0.234875223287434, abs=1e-10)
    assert parts["explained"].sum() + parts["unexplained"].sum() == pytest.approx(0.205934743993182, abs=1e-12)


def test_every_contribution_is_as_in_stata(people):
    for covariate, level, explained, unexplained, _ in decomposed(people).rows():
        expected = STATA[covariate if level is None else level]
        assert (explained, unexplained) == pytest.approx(expected, abs=1e-10)


def test_what_a_category_contributes_does_not_depend_on_which_one_is_left_out(people):
    levels = people["education"].unique().sort().to_list()
    whole = decomposed(people).sort("covariate", "level")
    for first in levels:  # the level that sorts first is the one that the regressions leave out
        renamed = people.with_columns(education=pl.col("education").replace(first, f" {first}"))
        again = decomposed(renamed).with_columns(pl.col("level").str.strip_chars()).sort("covariate", "level")
        for part in ("explained", "unexplained"):
            assert again[part].to_list() == pytest.approx(whole[part].to_list(), abs=1e-10)


def test_taking_the_other_group_as_reference_turns_every_sign_of_the_gap(people):
    one, other = decomposed(people), decomposed(people, reference="female")
    for part in ("explained", "unexplained"):
        assert other[part].to_list() == pytest.approx((-one[part]).to_list(), abs=1e-10)


def test_missing_values_and_more_than_two_groups_are_refused_with_their_number():
    frame = pl.DataFrame({"pay": [1.0, 2.0, None, 3.0], "sex": ["m", "f", "m", "f"], "years": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(InputError, match="1 of 4 people lack a value"):
        oaxaca_blinder(frame, outcome="pay", group="sex", reference="m", covariates=["years"])
    three = frame.with_columns(pay=pl.lit(1.0), sex=pl.Series(["m", "f", "x", "m"]))
    with pytest.raises(UsageError, match="two groups"):
        oaxaca_blinder(three, outcome="pay", group="sex", reference="m", covariates=["years"])


def test_covariates_that_say_the_same_are_refused():
    frame = pl.DataFrame(
        {"pay": [float(i) for i in range(10)], "sex": ["m", "f"] * 5, "years": [float(i % 4) for i in range(10)]}
    ).with_columns(months=pl.col("years") * 12)
    with pytest.raises(InputError, match="cannot tell 3 coefficients apart"):
        oaxaca_blinder(frame, outcome="pay", group="sex", reference="m", covariates=["years", "months"])


# Laws, whatever the rows

MIXED = st.lists(
    st.tuples(st.sampled_from("mf"), st.sampled_from("abc"), st.integers(0, 10), st.integers(1, 50)),
    min_size=16,
    max_size=60,
)


def _decomposable(rows) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["sex", "grade", "years", "pay"], orient="row").with_columns(
        pl.col("years", "pay").cast(pl.Float64)
    )
    for sex in "mf":
        part = frame.filter(pl.col("sex") == sex)
        design = np.column_stack([part["years"], *[(part["grade"] == g).cast(pl.Float64) for g in "abc"]])
        assume(set(part["grade"]) == set("abc"))
        assume(np.linalg.matrix_rank(design) == 4)
        assume(len(part) > 4)
    return frame


def _parts(frame: pl.DataFrame, reference: str = "m") -> pl.DataFrame:
    return oaxaca_blinder(frame, outcome="pay", group="sex", reference=reference, covariates=["years", "grade"])


@given(MIXED)
def test_explained_and_unexplained_are_the_gap_and_contributions_do_not_depend_on_the_omitted_level(rows):
    frame = _decomposable(rows)
    parts = _parts(frame)
    means = frame.group_by("sex").agg(pl.col("pay").mean()).sort("sex")["pay"].to_list()
    assert parts["explained"].sum() + parts["unexplained"].sum() == pytest.approx(means[1] - means[0], abs=1e-8)
    # c sorts first now, and is left out of the regressions in place of a
    renamed = frame.with_columns(pl.col("grade").replace({"c": "0c"}))
    again = _parts(renamed).with_columns(pl.col("level").replace({"0c": "c"})).sort("covariate", "level")
    for part in ("explained", "unexplained"):
        assert again[part].to_list() == pytest.approx(parts.sort("covariate", "level")[part].to_list(), abs=1e-7)
    turned = _parts(frame, "f")
    assert turned["explained"].to_list() == pytest.approx((-parts["explained"]).to_list(), abs=1e-7)

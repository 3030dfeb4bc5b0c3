"""A claim in a sentence needs the verdict of a test: how the list of the sample's claims judges a sentence."""

import runpy
from pathlib import Path

import pytest

CLAIMS = runpy.run_path(str(Path(__file__).parents[1] / "comparison" / "claims.py"))


def behind(sentence, *verdicts, call="trend_title"):
    return CLAIMS["test_behind"](call, sentence, list(verdicts))


@pytest.mark.parametrize(
    ("sentence", "verdicts"),
    [
        ("Turnover rose from 5.0% in 2022 to 15.0% in 2023", ["not tested"]),
        ("Turnover rose from 5.0% in 2022 to 15.0% in 2023", ["fell"]),
        ("Turnover was higher in A (5.0%) than in B (2.0%)", []),
        ("Turnover was 5.0%, about the same as in 2022 (5.1%)", ["rose"]),
        ("No clear difference between the localities", ["not tested"]),
        ("Turnover was highest in A (5.0%) and lowest in B (2.0%)", ["not tested"]),
        ("Turnover was the same in 2022", []),
        ("Devon was worse than its neighbours", []),
    ],
)
def test_a_claim_without_its_verdict_is_listed_without_a_test(sentence, verdicts):
    assert not behind(sentence, *verdicts)
    assert behind(sentence, *verdicts) is not None


def test_a_claim_with_its_verdict_is_listed_with_it():
    assert behind("Turnover rose from 5.0% in 2022 to 15.0% in 2023", "rose") == "rose"
    chance = "they differ by what chance alone could explain"
    assert (
        behind(f"It was 5% in A and 6% in B, {chance[22:]}; that does not show that they are alike", chance) == chance
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Turnover was 5.0% in the year to March 2023",
        "Turnover was 5.0% in March 2023 and 4.0% in March 2022; change not tested",
        "Turnover was between 2.5% and 20.0% in the 3 localities; differences not tested",
        "Turnover: Devon among its neighbours; rank 1 is the lowest, which is better; differences not tested",
    ],
)
def test_figures_alone_claim_nothing(sentence):
    assert behind(sentence) is None

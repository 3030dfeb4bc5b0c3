"""Sentences about pay say what the released figures say, and nothing that they do not."""

from datetime import date

import polars as pl
import pytest

import builders
import workforce as wf
from workforce.errors import DisclosureError, UsageError

DAY = date(2023, 3, 31)


def released(measure: str, groups: list[str], rows: list[dict], rule: str = "internal") -> wf.Released:
    parts = []
    for definition in sorted({r["definition"] for r in rows}):
        sides = pl.DataFrame(
            [{"marker": None, "people": 40, "denominator": 80.0, **r} for r in rows if r["definition"] == definition],
            schema_overrides={"value": pl.Float64, "marker": pl.String},
        ).with_columns(period_start=pl.lit(DAY), period_end=pl.lit(DAY))
        parts.append(builders.measured(sides, measure, definition, by=groups))
    return builders.released({"pay": builders.stacked(parts)}, rule)


def beside(*rows: tuple[str, str, float | None]) -> wf.Released:
    return released(
        "pay_comparison",
        ["role"],
        [
            {
                "definition": "maximum",
                "role": role,
                "body": "Council",
                "beside": other,
                "value": value,
                "marker": None if value is not None else "x",
            }
            for role, other, value in rows
        ],
    )


def test_who_pays_more_counts_comparisons_and_names_the_most():
    text = wf.words.who_pays_more(
        beside(("SENCO", "Trust", 4.0), ("SENCO", "Shire", -2.0), ("EP", "Shire", 12.0), ("EP", "Trust", None))
    ).text
    assert text == (
        "Another employer's hourly maximum is above ours in 2 of 3 comparisons, by 8.0% at the median; the largest gap is "
        "Shire for EP, 12.0% above Council. 1 more cannot be compared, because a scale or its hours are missing."
    )


def test_where_nobody_pays_more_the_sentence_says_so():
    text = wf.words.who_pays_more(beside(("SENCO", "Trust", 0.0), ("SENCO", "Shire", -2.0))).text
    assert text == "Another employer's hourly maximum is above ours in 0 of 2 comparisons."
    assert wf.words.who_pays_more(beside(("SENCO", "Trust", None))).text.startswith("No scale can be compared")


def equity(**rows: tuple[float | None, float | None, str | None]) -> wf.Released:
    return released(
        "pay_equity",
        ["role"],
        [
            {
                "definition": definition,
                "role": "all",
                "group": "female against male",
                "value": value,
                "standard_error": error,
                "marker": marker,
            }
            for definition, (value, error, marker) in rows.items()
        ],
    )


def test_equity_says_more_less_or_no_clear_difference_by_its_limits():
    text = wf.words.equity_sentence(equity(overall=(2.0, 0.5, None), like_for_like=(0.1, 0.2, None))).text
    assert text == (
        "Female compared with male: over all roles together £2.00 an hour less (95% limits: £1.02 to £2.98); within the same roles "
        "no clear difference (95% limits: £0.29 more to £0.49 less)."
    )
    more = wf.words.equity_sentence(equity(overall=(-2.0, 0.5, None), like_for_like=(None, None, "c"))).text
    assert "£2.00 an hour more (95% limits: £1.02 to £2.98)" in more
    assert "within the same roles [c] withheld, because few people are behind the figure" in more


def parts(
    gap: float | None, explained: float | None, unexplained: float | None, marker: str | None = None
) -> wf.Released:
    whole = {"group": "female against male", "covariate": "all", "level": "all", "marker": marker}
    return released(
        "pay_gap_parts",
        [],
        [
            {"definition": "gap", "value": gap, **whole},
            {"definition": "explained", "value": explained, **whole},
            {"definition": "unexplained", "value": unexplained, **whole},
            {"definition": "explained", "value": explained, **whole, "covariate": "tenure_band", "level": "1 to 5"},
            {"definition": "explained", "value": explained, **whole, "covariate": "grade", "level": "6"},
        ],
    )


def test_the_decomposition_is_told_in_per_cent_and_log_points():
    text = wf.words.decomposition_sentence(parts(0.1, 0.07, 0.03)).text
    assert text == (
        "Female compared with male: typical hourly pay is about 9.5% lower, or 0.100 log points (not tested here). "
        "0.070 is associated with grade and tenure "
        "band; 0.030 remains between people who are alike in these, from factors that are not in the model. Each is rounded, so they may "
        "not add up."
    )
    assert "is about 10.5% higher" in wf.words.decomposition_sentence(parts(-0.1, 0.0, -0.1)).text
    board = builders.released(dict(parts(0.1, 0.07, 0.03).results), "board")
    assert (
        "about 10% lower, or 0.10 log points (not tested here). 0.07 is associated with"
        in wf.words.decomposition_sentence(board).text
    )


def test_a_withheld_decomposition_says_that_it_is():
    text = wf.words.decomposition_sentence(parts(None, None, None, "c")).text
    assert text == "Parts of the pay gap are not shown: withheld, because few people are behind the figures."


def test_what_is_not_recorded_is_said_to_have_no_comparison():
    records = wf.Records()
    compared = wf.release(
        {"equity": wf.pay.equity(records, DAY), "parts": wf.pay.oaxaca(records, DAY, covariates="role")}
    )
    assert (
        wf.words.equity_sentence(compared["equity"]).text == "Pay equity by role is not shown: staff are not recorded."
    )
    assert wf.words.decomposition_sentence(compared["parts"]).text == (
        "Parts of the pay gap are not shown: staff are not recorded."
    )
    scales = wf.release(wf.pay.comparison(records, DAY))
    assert wf.words.who_pays_more(scales).text.startswith("No scale can be compared with another employer's: ")


@pytest.mark.parametrize("name", ["who_pays_more", "equity_sentence", "decomposition_sentence"])
def test_only_the_right_released_table_is_taken(name):
    sentence = getattr(wf.words, name)
    wrong = released("pay_position", ["role"], [{"definition": "median", "role": "a", "body": "b", "value": 1.0}])
    with pytest.raises(UsageError, match="expected the table of"):
        sentence(wrong)
    with pytest.raises(DisclosureError):
        sentence(wrong.frame)

"""Every row of the SEN2 timeliness file that has both counts: the published share, with and without exceptions, and every band."""

from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import add_published, measured

FILE = Path(__file__).parents[3] / "shared" / "data" / "dfe_sen2" / "timeliness_20_week.csv"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the full official files are not beside the project")
ROWS = 12_212
# definition, count within 20 weeks, plans issued, published share, rows with both counts, of which the publisher gives no share
WITHIN_20_WEEKS = [
    ("dfe", "plans_issued_within_20_weeks", "plans_issued_den", "pc_plans_issued_within_20_weeks", 12_133, 2),
    (
        "dfe_without_exceptions",
        "plans_issued_20_weeks_ex",
        "plans_issued_den_ex",
        "PC_plans_issued_20_weeks_ex",
        12_133,
        135,
    ),
]
TIES_ROUNDED_DOWN = {"dfe": (41.0, 80.0, 51.2), "dfe_without_exceptions": (23.0, 80.0, 28.7)}  # 51.25 and 28.75
BANDS = ["gt20weeks_ltYear", "gt_1_year"]
HALF_UNIT = 0.05  # shares are published to one decimal place


@pytest.fixture(scope="module")
def raw() -> pl.DataFrame:
    frame = pl.read_csv(FILE, infer_schema=False).with_row_index("row")
    assert len(frame) == ROWS
    return frame


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


@pytest.mark.parametrize(("definition", "within", "issued", "share", "both", "without"), WITHIN_20_WEEKS)
def test_every_published_share_follows_from_its_counts(raw, definition, within, issued, share, both, without):
    sides = raw.select(
        row=pl.col("row").cast(pl.String),
        period_end=pl.date(pl.col("time_period").cast(pl.Int32), 12, 31),
        numerator=_number(within),
        denominator=_number(issued),
    )
    made = measured(sides.drop_nulls(), "timeliness", definition, by=["row"]).frame
    assert len(made) == both
    joined = made.join(raw.select(pl.col("row").cast(pl.String), published=_number(share)), on="row")
    # Where no plan was issued there is no share, by the publisher's count and by ours.
    assert joined["value"].null_count() == joined["published"].null_count() == without
    assert joined.filter(pl.col("value").is_null() != pl.col("published").is_null()).is_empty()
    shares = joined.drop_nulls("value")
    assert shares.filter((pl.col("value") - pl.col("published")).abs() > HALF_UNIT + 1e-9).is_empty()
    # Half up gives the published share but for one exact tie each way, which the publisher rounded down.
    missed = shares.filter(((10 * pl.col("value") + 0.5 + 1e-9).floor() / 10 - pl.col("published")).abs() > 1e-9)
    assert missed.select("numerator", "denominator", "published").rows() == [TIES_ROUNDED_DOWN[definition]]


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("exceptions", ["", "_ex"])
def test_the_other_bands_follow_from_their_counts_too(raw, band, exceptions):
    name = f"{band}{exceptions}"
    percent = f"{'PC' if exceptions else 'pc'}_plans_issued_{name}"
    rows = raw.select(
        count=_number(f"plans_issued_{name}"), of=_number(f"plans_issued_den{exceptions}"), share=_number(percent)
    ).drop_nulls()
    assert len(rows) > 5_000
    away = (100 * pl.col("count") / pl.col("of") - pl.col("share")).abs()
    assert rows.filter(away > HALF_UNIT + 1e-9).is_empty()


@pytest.mark.parametrize(("definition", "within", "issued", "share"), [case[:4] for case in WITHIN_20_WEEKS])
def test_the_store_holds_every_area_as_published(tmp_path_factory, raw, definition, within, issued, share):
    folder = tmp_path_factory.mktemp("store")
    reads = add_published([FILE], folder).row(0, named=True)
    every = raw.filter(pl.col("breakdown_topic") == "All EHC plans issued")
    assert (reads["rows_kept"], reads["rows_refused"]) == (len(every), ROWS - len(every))
    held = wf.benchmark.figures(wf.load_official(folder), "timeliness", definition).frame
    assert len(held) == len(every)
    for ours, theirs in (("numerator", within), ("denominator", issued), ("value", share)):
        assert held[ours].sum() == pytest.approx(every.select(_number(theirs).sum()).item(), rel=1e-12)
    assert not set(held.filter(pl.col("value").is_null())["marker"]) & {None}

"""Each official file with its columns in another order or case, under another name, below titles, cut off, or emptied.

The figures are those of the file as downloaded, or one clear error says what is wrong with it; never other figures. The rows of all
children of each file are the publisher's own; its breakdowns, which are left out in reading, are few here so that the tests are quick.
"""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

import workforce as wf
from builders import add_published
from workforce.errors import InputError

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the full official files are not beside the project")
NHS = "nhs_sickness_absence/nhs_sickness_absence_2024-04.csv"
APPEALS = "dfe_sen2_2025/tribunal_appeals_2014_2024.csv"
WIDE = "dfe_context/sn_model_2025_wide.csv"
TEXTS = (
    "dfe_csww/csww_indicators_2017_to_2025.csv",
    "dfe_sen2/timeliness_20_week.csv",
    "dfe_sen2/requests.csv",
    "dfe_sen2_2025/assessments.csv",
    "dfe_sen2_2025/newplans.csv",
    "dfe_sen2_2025/caseload.csv",
    "dfe_sen2_2025/annual_reviews.csv",
    "dfe_sen2_2025/sen2_dmo_dco.csv",
    "ons_population/mid_year_0_to_17_2012_to_2024.csv",
    NHS,
    WIDE,
)
FEW = 40


def cells(file: str) -> list[list[str]]:
    with (DATA / file).open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.reader(text))
    if "breakdown" not in rows[0]:
        return rows
    topic, breakdown = rows[0].index("breakdown_topic"), rows[0].index("breakdown")
    whole = [row for row in rows[1:] if row[topic] == row[breakdown]]
    return [rows[0], *[row for row in rows[1:] if row[topic] != row[breakdown]][:FEW], *whole]


def text_of(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def read(folder: Path, content: str | bytes, name: str = "as downloaded.csv") -> pl.DataFrame:
    """What a file gives to an empty store, without the name of the file in its source."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    add_published([path], folder / "store")
    store = wf.load_official(folder / "store")
    for suffix in ("published", "neighbours", "areas"):
        (folder / "store" / f"{suffix}.parquet").unlink()
    table = store.published if len(store.published) else store.neighbours
    return table.drop("source")


@pytest.fixture(scope="module", params=TEXTS)
def file(request, tmp_path_factory):
    rows = cells(request.param)
    folder = tmp_path_factory.mktemp("files")
    return request.param, rows, folder, read(folder, text_of(rows))


def test_columns_in_another_order(file):
    name, rows, folder, figures = file
    order = list(reversed(range(len(rows[0]))))
    assert read(folder, text_of([[row[i] for i in order] for row in rows])).equals(figures), name


def test_headers_in_capitals_with_blanks_and_a_byte_order_mark(file):
    _, (header, *rows), folder, figures = file
    shouted = [f" {name.upper()} " for name in header]
    assert read(folder, "\ufeff" + text_of([shouted, *rows])).equals(figures)


def test_another_name_other_line_ends_and_titles_above_the_header(file):
    _, rows, folder, figures = file
    title = 'A table, and its "notes"\n\nSource: the publisher\n'
    assert read(folder, title + text_of(rows).replace("\r\n", "\n"), "report (2).tmp").equals(figures)


def test_rows_in_another_order(file):
    name, (header, *rows), folder, figures = file
    if name != WIDE:  # whose older model follows a heading
        assert read(folder, text_of([header, *reversed(rows)])).equals(figures)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.995])
def test_cut_off_within_a_line(file, share):
    _, rows, folder, _ = file
    text = text_of(rows)
    cut = int(len(text) * share)
    while text[cut - 1] in "\r\n":
        cut -= 1
    with pytest.raises(InputError, match="ends in the middle of a line"):
        read(folder, text[:cut])


@pytest.mark.parametrize("share", [0.3, 0.7, 0.9])
def test_cut_off_between_two_lines(file, share):
    _, (header, *rows), folder, _ = file
    with pytest.raises(InputError, match="the file ends early"):
        read(folder, text_of([header, *rows[: int(len(rows) * share)]]))


def test_emptied(file):
    _, (header, *_), folder, _ = file
    with pytest.raises(InputError, match="has no rows"):
        read(folder, text_of([header]))
    with pytest.raises(InputError, match="the file is empty"):
        read(folder, "")


def test_figures_that_are_all_taken_out(file):
    name, (header, *rows), folder, _ = file
    labels = 12 if "breakdown" in header else 11 if name == NHS else 10
    if name == WIDE:
        return
    kept = {"time_period", "geographic_level", "country_code", "country_name", "region_code", "region_name"} | {
        *("old_la_code", "new_la_code", "la_name", "breakdown_topic", "breakdown", "age_group", "time_identifier"),
        *("DATE", "ICS_CODE", "ICS_NAME", "ORG_CODE", "ORG_NAME"),
    }
    blank = [[cell if title in kept else "x" for title, cell in zip(header, row, strict=True)] for row in rows]
    assert len(kept & set(header)) >= labels - 6
    with pytest.raises(InputError, match=r"no figure could be read|ends early"):
        read(folder, text_of([header, *blank]))


def test_a_column_that_is_missing_is_named(file):
    name, rows, folder, _ = file
    column = "sn_5" if name == WIDE else "org_name" if name == NHS else "la_name"
    place = [title.lower() for title in rows[0]].index(column)
    with pytest.raises(InputError, match="lacks") as raised:
        read(folder, text_of([[cell for i, cell in enumerate(row) if i != place] for row in rows]))
    assert name == WIDE or column in str(raised.value)


def test_appeals_cut_off_or_below_other_titles(tmp_path):
    text = (DATA / APPEALS).read_text(encoding="utf-8-sig")
    figures = read(tmp_path, text)
    assert len(figures) == 3_370
    assert read(tmp_path, "Another title\n" + text.upper()).drop("area_name").equals(figures.drop("area_name"))
    lines = text.splitlines(keepends=True)
    with pytest.raises(InputError, match="no total of England"):
        read(tmp_path, "".join(lines[:100]))
    with pytest.raises(InputError, match="in the middle of a line"):
        read(tmp_path, text[:9_000])


def test_the_interactive_tool_in_capitals_in_another_order_and_cut_off(tmp_path):
    raw = pl.read_parquet(DATA / "lait" / "bds_long_0.parquet").filter(pl.col("Short Desc").str.starts_with("SEN_"))

    def written(frame: pl.DataFrame) -> bytes:
        content = io.BytesIO()
        frame.write_parquet(content)
        return content.getvalue()

    figures = read(tmp_path, written(raw))
    changed = raw.select(pl.col(c).alias(c.upper()) for c in reversed(raw.columns))
    assert read(tmp_path, written(changed), "x.csv").equals(figures)
    for size in (0.2, 0.9, 0.999):
        content = written(raw)
        with pytest.raises(InputError, match="damaged"):
            read(tmp_path, content[: int(len(content) * size)])


def test_neighbours_by_name_cut_off_between_two_lines(tmp_path):
    lines = (DATA / "dfe_sen2" / "stat_neighbours.csv").read_bytes().splitlines(keepends=True)
    assert len(read(tmp_path, b"".join(lines))) == 1_530
    with pytest.raises(InputError, match="have not ten neighbours"):
        read(tmp_path, b"".join(lines[:7]))


@pytest.mark.parametrize("book", ["sn_april_2021.xlsx", "sn_may_2025.xlsx", "la_code_list.xlsx"])
def test_a_workbook_that_is_cut_off(tmp_path, book):
    content = (DATA / "lait" / book).read_bytes()
    with pytest.raises(InputError):
        read(tmp_path, content[: len(content) // 2])


# The release of 2026, in excerpts with the true headers: the new names, in lower case, and its average weeks.
def test_the_layouts_of_2026_give_the_figures_of_the_file(tmp_path):
    weeks = read(tmp_path, (DATA / "dfe_sen2_2026" / "timeliness_20_week_excerpt.csv").read_bytes())
    shares = weeks.filter(measure="timeliness").select("area_code", "definition", "numerator", "denominator", "value")
    assert shares.sort("area_code", "definition").rows() == [
        ("884", "dfe", 118.0, 131.0, 90.1),
        ("884", "dfe_without_exceptions", 118.0, 131.0, 90.1),
        ("E92000001", "dfe", 31_313.0, 53_327.0, 58.7),
        ("E92000001", "dfe_without_exceptions", 29_895.0, 49_519.0, 60.4),
    ]
    assert weeks.filter(measure="weeks_to_plan").select("value", "marker").rows() == [(None, "x")] * 4
    transfers = read(tmp_path, (DATA / "dfe_sen2_2026" / "phase_transfers_excerpt.csv").read_bytes())
    england = transfers.filter(area_code="E92000001").select("definition", "period_end", "value").sort(pl.all())
    assert [(d, e.year, v) for d, e, v in england.rows()] == [
        ("dfe_due", 2025, 12_232.0),
        ("dfe_due", 2026, 142_257.0),
        ("dfe_final", 2025, 38_887.0),
        ("dfe_final", 2026, 602.0),
    ]
    assert transfers.filter(area_code="209")["marker"].to_list() == ["x"] * 4


HEADER_OF_REVIEWS_IN_2026 = (
    "time_period,time_identifier,geographic_level,country_code,country_name,region_code,region_name,new_la_code,old_la_code,la_name,"
    "breakdown_topic,breakdown,total_ehc_plans,review_expected_2025,review_not_expected_2025,review_completed_2025,"
    "review_completed_prior_2025,review_not_completed,outcome_amended,outcome_ceased,outcome_maintained,no_outcome_recorded,"
    "decision_4_weeks,decision_over_4_weeks"
)


# Header of the data set "Number of annual reviews of EHC plans", reporting year 2026, on explore-education-statistics.service.gov.uk; the
# figures are drawn. The release prints no share, and another count of reviews than that of 2025.
def test_annual_reviews_of_2026_have_the_share_of_their_counts_and_no_count_that_means_something_else(tmp_path):
    row = "2025,Calendar year,National,E92000001,England,,,,,,All annual reviews,All annual reviews,90,80,10,60,5,15,20,2,38,5,25,35"
    some = row.replace("All annual reviews,All annual reviews", "Age at 31 August 2025,Aged 10")
    figures = read(tmp_path, f"{HEADER_OF_REVIEWS_IN_2026}\n{some}\n{row}\n")
    assert figures.select("definition", "value", "numerator", "denominator").sort("definition").rows() == [
        ("dfe_expected", 80.0, 80.0, None),
        ("dfe_four_weeks", 41.7, 25.0, 60.0),
    ]

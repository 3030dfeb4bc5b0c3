"""Every chart and page of the sample fits in each usual font: no text is cut off at an edge, and none lies over another."""

from datetime import date, timedelta

import polars as pl
import pytest

from builders import as_result, measured, released, stacked
from workforce import chart, months, year_to
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import FONT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHEET_WIDTH = round(188 / 25.4 * 96)  # pixels of paper between the margins
REPORT_PAGES = [
    "assessment",
    "data_quality",
    "method",
    "organisation-council",
    "organisation-icb",
    "organisation-nhs",
    "organisation-psychology",
    "organisation-schools",
]
NOTEBOOK_PAGES = ["absence", "caseloads", "pay", "recruitment", "retention", "turnover"]
PROBES = [
    "Wealdmere Community NHS Trust",
    "Speech and language therapy",
    "Q4 (highest paid): 19.7% (14.1 to 26.8)",
    "£12.34 to £1,234.56, \N{MULTIPLICATION SIGN} 100 \N{EN DASH} 31 March 2023",
    "\N{MINUS SIGN}0.25",
]

# The lines of text of each chart that pass the edge of their drawing, and the pairs that lie over one another.
FAULTS = """() => {
  const faults = [];
  for (const drawing of document.querySelectorAll('main figure svg')) {
    const edge = drawing.getBoundingClientRect();
    const room = drawing.closest('main').getBoundingClientRect();
    if (edge.right > room.right + 1) faults.push('a drawing is wider than its page');
    const lines = [];
    // An axis hides the labels that would overlap.
    for (const text of drawing.querySelectorAll('text:not([opacity="0"])')) {
      const own = text.querySelectorAll('tspan');
      for (const line of own.length ? own : [text]) {
        const box = line.getBoundingClientRect();
        if (line.textContent.trim() && box.width) lines.push({text, box, words: line.textContent});
      }
    }
    for (const {box, words} of lines)
      if (box.left < edge.left - .5 || box.top < edge.top - .5 || box.right > edge.right + .5 || box.bottom > edge.bottom + .5)
        faults.push('cut off: ' + words);
    lines.forEach((one, n) => { for (const other of lines.slice(n + 1)) {
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      // Boxes are as tall as the font's tallest letters: lines set close together share up to three pixels of air.
      if (one.text !== other.text && across > .5 && down > 3) faults.push('overlap: ' + one.words + ' | ' + other.words);
    } });
  }
  return faults;
}"""


MEASURE = """([words, font]) => {
  const context = document.createElement('canvas').getContext('2d');
  context.font = font;
  return context.measureText(words).width;
}"""


def faults_of(browser, path) -> list[str]:
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(path.as_uri())
    drawings = page.locator("main figure svg").count()
    faults = page.evaluate(FAULTS)
    page.close()
    return faults if drawings else ["the page has no charts"]


def drawing(tmp_path, texts: str, width: int = 100):
    path = tmp_path / "drawing.html"
    svg = f'<svg viewBox="0 0 {width} 40" width="{width}" height="40">{texts}</svg>'
    path.write_text(f"<!DOCTYPE html><main><figure>{svg}</figure></main>", encoding="utf-8")
    return path


def test_a_text_that_is_cut_off_and_texts_that_overlap_are_faults(browser_with_one_font, tmp_path):
    one, other = '<text x="5" y="15">One</text>', '<text x="5" y="35">Other</text>'
    assert faults_of(browser_with_one_font, drawing(tmp_path, one + other)) == []
    assert faults_of(browser_with_one_font, drawing(tmp_path, '<text x="60" y="15">Past the edge</text>')) == [
        "cut off: Past the edge"
    ]
    assert faults_of(browser_with_one_font, drawing(tmp_path, one + '<text x="9" y="18">Over</text>')) == [
        "overlap: One | Over"
    ]


@pytest.mark.parametrize("bold", [False, True], ids=["regular", "bold"])
def test_no_text_is_wider_than_is_reckoned_with(browser_with_one_font, bold):
    page = browser_with_one_font.new_page()
    weight = "bold" if bold else "normal"
    shares = [
        page.evaluate(MEASURE, [words, f"{weight} 100px {FONT}"]) / text_width(words, 100, bold=bold)
        for words in PROBES
    ]
    page.close()
    assert max(shares) <= 1
    assert min(shares) > 0.7  # nor is the room that is left for a text much more than it takes


LONG = [
    "WWW MMM Wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
    "Office of the Director of Commissioning and Women's Wellbeing (North West and Mid-Wealdmere)",
    "Mid-and-East-of-the-county-with-Marlwick-and-Gannet-Isle community paediatrics",
    "S",
]


def rates(groups, periods):
    rows = [
        {"locality": g, "period_start": p.start, "period_end": p.end, "numerator": 9.0 + n, "denominator": 99.0}
        for n, g in enumerate(groups)
        for p in periods
    ]
    return measured(pl.DataFrame(rows).with_columns(people=99), "turnover", "average", by=["locality"])


def days(definition, first=10_000.0):
    ends = [date(2023, 3, 1) + timedelta(days=n) for n in range(21)]
    rows = [{"period_start": day, "period_end": day, "numerator": first, "people": 99} for day in ends]
    return measured(pl.DataFrame(rows), "case_flow", definition, by=[])


def funnel():
    # Groups of one size: their names are in one another's way.
    limits = {"centre": 10.0, "lower_95": 6.0, "upper_95": 14.0, "lower_998": 4.0, "upper_998": 16.0}
    frame = rates(LONG, [year_to("2023-03")]).frame.with_columns(**{c: pl.lit(v) for c, v in limits.items()})
    return chart.funnel(released(as_result(frame, groups=["locality"])))


def large_numbers():
    rows = [{"locality": g, "numerator": 98_765_432.0, "denominator": 1.0, "people": 99} for g in LONG]
    return chart.bars(released(measured(pl.DataFrame(rows), "turnover", "average", by=["locality"])))


HARD = {
    "bars": lambda: chart.bars(released(rates(LONG, [year_to("2023-03")])), target=5.0, target_name=LONG[1]),
    "large numbers": large_numbers,
    "lines": lambda: chart.trend(released(rates(LONG, months("2021-04", "2023-03")))),
    "panels": lambda: chart.trend(released(rates([*LONG, "T", "U"], months("2021-04", "2023-03"))), panels=True),
    "funnel": funnel,
    "days": lambda: chart.flow(released(stacked([days("arrivals"), days("closures"), days("at_end")]))),
}


@pytest.mark.parametrize("name", HARD)
def test_a_chart_of_long_names_and_large_numbers_fits(browser_with_one_font, tmp_path, name):
    path = tmp_path / "chart.html"
    path.write_text(f"<!DOCTYPE html><main>{HARD[name]()._repr_html_()}</main>", encoding="utf-8")
    assert faults_of(browser_with_one_font, path) == []


def test_a_text_is_wrapped_where_it_would_pass_its_room():
    for bold in (False, True):
        for text in LONG:
            lines = wrapped(text, 120, bold=bold)
            assert "".join(lines).replace(" ", "") == text.replace(" ", "")
            assert all(text_width(line, bold=bold) <= 120 for line in lines)
    assert wrapped("Mid-and-East", 60) == ["Mid-and-", "East"]
    assert wrapped("", 50) == [""]
    assert wrapped("W", 1) == ["W"]  # a letter is never left out


@pytest.mark.parametrize("name", [name for name in REPORT_PAGES if name not in ("data_quality", "method")])
def test_the_charts_of_the_report_fit(browser_with_one_font, sample_report, name):
    assert faults_of(browser_with_one_font, sample_report / f"{name}.html") == []


@pytest.mark.parametrize("name", NOTEBOOK_PAGES)
def test_the_charts_of_each_subject_fit(browser_with_one_font, sample_notebooks, name):
    assert faults_of(browser_with_one_font, sample_notebooks / f"{name}.html") == []


def test_the_charts_of_official_figures_fit(browser_with_one_font, benchmark_report):
    assert faults_of(browser_with_one_font, benchmark_report / "benchmark.html") == []


@pytest.mark.parametrize("name", ["index", *REPORT_PAGES])
def test_no_page_of_the_report_is_wider_than_its_sheet_of_paper(browser_with_one_font, sample_report, name):
    page = browser_with_one_font.new_page(viewport={"width": SHEET_WIDTH, "height": 1000})
    page.emulate_media(media="print")
    page.goto((sample_report / f"{name}.html").as_uri())
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert overflow <= 0

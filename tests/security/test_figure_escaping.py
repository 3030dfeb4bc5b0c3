"""What comes from the data is text wherever it is shown: in the drawing, its words, its numbers, a table or a sentence."""

import json
import os
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser

import polars as pl
import pytest

from workforce.disclosure import Released
from workforce.disclosure.hazards import HAZARDS
from workforce.measures.frame import measure_table
from workforce.periods import years_to
from workforce.present import charts as chart
from workforce.present.tables import notes_table, table
from workforce.present.words import bars_title, coverage_sentence, decision_sentence

HOSTILE = (
    "x</script><script>alert(1)</script>",
    "<b>bold</b>",
    "\"quoted\" 'name' & co",
    'a" onload="alert(1)',
    "--><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "{{m^2}} [link](http://example.com) `x` ${1+1}",
    "line\nbreak\x00\x1b\u2028end",
)
TAGS = {
    "a",
    "b",
    "br",
    "circle",
    "clippath",
    "defs",
    "details",
    "div",
    "figcaption",
    "figure",
    "g",
    "h3",
    "img",
    "line",
    "p",
    "path",
    "rect",
    "script",
    "span",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tspan",
}
OURS = TAGS - {"a", "b", "br", "img", "script", "style"}


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}


def tables(name):
    """One released table of each kind, with a hostile name of a group."""
    early, late = years_to("2023-03", 2)
    sides = pl.DataFrame(
        {
            "locality": [name, name, "Moor", "Moor"],
            "period_start": [early.start, late.start] * 2,
            "period_end": [early.end, late.end] * 2,
            "numerator": [45.0, 30.0, 80.0, 12.0],
            "denominator": [366.0, 300.0, 90.0, 95.0],
            "left_out": [[name]] * 4,
        }
    )
    turnover = measure_table(sides, "turnover", "average", by=["locality"])
    funnel = turnover.with_columns(centre=12.0, lower_95=8.0, upper_95=16.0, lower_998=6.0, upper_998=18.0)
    life = pl.DataFrame(
        {
            "locality": [name, name, "Moor", "Moor"],
            "time": [200, 800] * 2,
            "entered": [0] * 4,
            "at_risk": [90, 50] * 2,
            "left": [1] * 4,
            "censored": [0] * 4,
            "value": [0.9, 0.8, 0.7, 0.6],
            "lower": [0.85, 0.7, 0.6, 0.5],
            "upper": [0.95, 0.85, 0.8, 0.7],
            "marker": pl.Series([None] * 4, dtype=pl.String),
        }
    )
    judged = turnover.with_columns(
        *[pl.lit(v).alias(c) for c, v in (("centre", 12.0), ("lower_limit", 8.0), ("upper_limit", 16.0))],
        *[pl.lit(name).alias(c) for c in ("special_cause", "variation", "assurance", "season")],
    )
    left = {"at_risk": 90.0, "left": 3.0, "value": 0.1, "standard_error": 0.01, "lower": 0.05, "upper": 0.2}
    incidences = pl.DataFrame(
        [
            {"locality": g, "time": t, "cause": c, **left}
            for g in (name, "Moor")
            for t in (200, 800)
            for c in (name, "nhs")
        ]
    )
    ratio = {
        "coefficient": 0.3,
        "standard_error": 0.1,
        "hazard_ratio": 1.4,
        "lower": 1.1,
        "upper": 1.7,
        "p_value": 0.01,
    }
    hazards = pl.DataFrame(
        [{"covariate": c, "level": v, "reference": v == "a", "spells": 90, "events": 40, "check": 0.01, "method": name, **ratio}
         for c in ("locality", name) for v in ("a", name)],
        schema=HAZARDS,
    )  # fmt: skip
    case_flow = pl.concat(
        measure_table(sides.filter(pl.col("locality") == name), "case_flow", d, by=["locality"])
        for d in ("arrivals", "closures", "at_end")
    )
    scales = pl.DataFrame({"role": [name, name], "body": [name, "other"], "value": [12.0, 14.0], "people": 50})
    pay = pl.concat(
        measure_table(
            scales.with_columns(pl.lit(early.end).alias("period_start"), pl.lit(early.end).alias("period_end")),
            "pay_position",
            d,
            by=["role"],
        )
        for d in ("scale_minimum", "scale_midpoint", "scale_maximum", "median")
    )
    frames = {"turnover": turnover, "funnel": funnel, "life": life, "judged": judged, "incidences": incidences}
    frames |= {"hazards": hazards, "flow": case_flow, "pay": pay}
    return {k: Released("internal", {name: frame}, {name: f"Withheld from {name}."}) for k, frame in frames.items()}


@cache
def figures(name):
    given = tables(name)
    return [
        chart.trend(given["turnover"], source=name),
        chart.trend(given["turnover"], panels=True),
        chart.trend(given["turnover"], title=name),
        chart.bars(given["turnover"], highlight=None, target=10.0),
        chart.bars(given["turnover"], reference="Moor"),
        chart.funnel(given["funnel"]),
        chart.retention(given["life"]),
        chart.xmr(given["judged"]),
        chart.incidence(given["incidences"]),
        chart.forest(given["hazards"]),
        chart.flow(given["flow"]),
        chart.pay_ranges(given["pay"], names={"other": name}),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_markup(name):
    given = tables(name)
    pages = [f._repr_html_() for f in figures(name)]
    pages += [table(t).html for t in given.values()]
    pages += [notes_table(pl.DataFrame({"source": [name], "rule": [name], "rows": [1]}), name).html]
    pages += [bars_title(given["turnover"])._repr_html_(), coverage_sentence(given["turnover"])._repr_html_()]
    pages += [decision_sentence(type("D", (), {"decision": name, "owner": name, "due": None})())._repr_html_()]
    for page in pages:
        found = Tags(page)
        assert found.tags <= OURS, found.tags - OURS
        assert not any(attribute.startswith("on") for attribute in found.attributes)
        assert "href" not in found.attributes


def test_a_hostile_name_is_still_there_to_be_read():
    page = chart.bars(tables(HOSTILE[1])["turnover"])._repr_html_()
    assert page.count("&lt;b&gt;bold&lt;/b&gt;") >= 3


@pytest.mark.parametrize("name", HOSTILE)
def test_a_specification_for_jupyterlab_holds_names_as_data_and_never_in_an_expression(name):
    def expressions(node, key=""):
        if isinstance(node, dict):
            for k, child in node.items():
                yield from expressions(child, k)
        elif isinstance(node, list):
            for child in node:
                yield from expressions(child, key)
        elif isinstance(node, str) and key in ("expr", "filter", "test", "labelExpr", "update"):
            yield node

    for figure in figures(name):
        assert not [e for e in expressions(json.loads(json.dumps(dict(figure.spec)))) if name in e or "alert" in e]


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_no_script_of_a_hostile_name_runs_in_a_browser(tmp_path):
    # No content security policy here: escaping alone has to hold.
    body = "".join(f._repr_html_() for name in HOSTILE for f in figures(name)[2::2])
    page = tmp_path / "page.html"
    mark = "<script>window.alert=function(){document.documentElement.setAttribute('data-ran','yes')}</script>"
    page.write_text(
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8>{mark}<title>t</title></head><body>{body}</body></html>",
        encoding="utf-8",
    )
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    command = [shutil.which("chromium") or "", *flags, page.as_uri()]
    run = subprocess.run(  # noqa: S603 - our own code and page
        command, capture_output=True, text=True, timeout=90, check=True, env={**os.environ, "HOME": str(tmp_path)}
    )
    assert "wf-figure" in run.stdout
    assert 'data-ran="yes"' not in run.stdout


def test_a_unit_with_a_control_character_does_not_end_the_process():
    frame = tables("Moss")["turnover"].frame.with_columns(unit=pl.lit("a\x00b\x1bc"))
    assert "a b c" in chart.trend(Released("internal", {"counts": frame})).svg

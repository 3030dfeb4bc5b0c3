"""A name from the settings or the data leaves no element on a page that the library did not write, wherever it is shown."""

import html
import json
import os
import shutil
import subprocess
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from types import SimpleNamespace

import nbformat
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

import workforce as wf
from builders import HAZARDS, Curve, Hazards, Incidence, MeasureTable, as_result, measured, notes, released, stacked
from workforce import chart, table, words, years_to
from workforce.indicators.kpis import figures_name, series_name
from workforce.measures.status import with_status
from workforce.report.check import ELEMENTS, check_page
from workforce.report.export import to_page
from workforce.report.index import index_page
from workforce.report.manifest import Manifest, Outcome
from workforce.report.pages import PageContext, PageRefused, page_environment

HARMLESS = "Moss Vale"
HOSTILE = (
    "x</script><script>alert(1)</script>",
    "<b>bold</b>",
    "\"quoted\" 'name' & co",
    'a" onload="alert(1)',
    "' onmouseover='alert(1)",
    "--><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "<!-- the rest of the page",
    "{{x}}<style>td{visibility:hidden}h1::after{content:' - APPROVED'}</style>",
    "{{<img src=x onerror=alert(1)>}}",
    "{{m^2}} [link](http://example.com) `x` ${1+1}",
    "{% raw %}{{ policy }}{# x #}",
    "</caption></th></td></tr></table></title></style></svg><h1>APPROVED</h1>",
    "&lt;img src=x&gt; &amp;#60;b&amp;#62;",
    "%s {0} {title} {body}",
    "line\nbreak\x00\x1b\u2028end",
)
TOGETHER = tuple(" ".join(HOSTILE[n::4]) for n in range(4))  # several in one name, where each takes long to draw
EARLY, LATE = years_to("2023-03", 2)


class Elements(HTMLParser):
    """Every element of a page with the names of its attributes, in order; those of drawings apart."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.drawn, self.text, self.depth = [], set(), "", 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        if self.depth:
            self.drawn.add(tag)
        else:
            self.elements.append((tag, *sorted(name for name, _ in attributes)))
        assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "srcset")]
        self.text += " ".join(value or "" for name, value in attributes if name == "aria-label")
        self.depth += tag == "svg"

    def handle_endtag(self, tag):
        self.depth -= tag == "svg"

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment of {len(data)} characters")


def results(name):
    """One result of each kind, in which whatever comes from the data is a name."""
    sides = pl.DataFrame(
        {
            "locality": [name, name, "Moor", "Moor"],
            "period_start": [EARLY.start, LATE.start] * 2,
            "period_end": [EARLY.end, LATE.end] * 2,
            "numerator": [45.0, 30.0, 80.0, 12.0],
            "denominator": [366.0, 300.0, 90.0, 95.0],
            "people": 300,
            "left_out": [[name]] * 4,
        }
    )
    turnover = measured(sides, "turnover", "average", by=["locality"])
    funnel = turnover.frame.with_columns(centre=12.0, lower_95=8.0, upper_95=16.0, lower_998=6.0, upper_998=18.0)
    judged = turnover.frame.with_columns(
        *[pl.lit(v).alias(c) for c, v in (("centre", 12.0), ("lower_limit", 8.0), ("upper_limit", 16.0))],
        *[pl.lit(name).alias(c) for c in ("special_cause", "variation", "assurance", "season", "judged_against")],
        stretch=pl.lit(0, pl.Int64),
        sets_limits=True,
    )
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
    flow = [
        measured(sides.filter(pl.col("locality") == name), "case_flow", d, by=["locality"])
        for d in ("arrivals", "closures", "at_end")
    ]
    scales = pl.DataFrame(
        {"role": [name, name], "body": [name, "other"], "period_start": EARLY.end, "period_end": EARLY.end}
    ).with_columns(value=pl.Series([12.0, 14.0]), people=50)
    pay = [
        measured(scales, "pay_position", d, by=["role"])
        for d in ("scale_minimum", "scale_midpoint", "scale_maximum", "median")
    ]
    reasons = pl.DataFrame({"reason": [name, "pay"] * 2, "locality": [name, name, "Moor", "Moor"], "recorded": "all"})
    reasons = reasons.with_columns(numerator=pl.Series([10.0, 20.0, 30.0, 10.0]), denominator=40.0, people=20)
    return {
        "turnover": turnover,
        "funnel": MeasureTable(funnel, turnover.definitions, ["locality"], added=funnel.columns[-5:]),
        "judged": MeasureTable(judged, turnover.definitions, ["locality"], added=judged.columns[-10:]),
        "life": as_result(life, Curve, groups=["locality"]),
        "incidences": as_result(incidences, Incidence, groups=["locality"]),
        "hazards": as_result(hazards, Hazards, groups=("covariate", "level")),
        "flow": stacked(flow),
        "pay": stacked(pay),
        "reasons": measured(reasons, "exit_reasons", "share", by=["locality"]),
    }


def page_of(name):
    made = results(name)
    return released(made, "internal", dict.fromkeys(made, f"Withheld from {name}."))


def indicators(name):
    """The list of key indicators, in which every text is a name."""
    turnover = {"measure": "turnover", "definition": "average", "name": name, "better": "lower", "amber": 1.0}
    reach = {"measure": "reach", "definition": name, "name": None, "better": "higher", "amber": 0.0}
    kpi, own = (SimpleNamespace(**one, owner=name, roles=(name,)) for one in (turnover, reach))
    sides = {"period_start": [EARLY.start, LATE.start], "period_end": [EARLY.end, LATE.end], "numerator": [90.0, 80.0]}
    sides |= {"denominator": [100.0, 100.0], "people": [100, 100], "left_out": [[name]] * 2}
    figures = measured(sides, "turnover", "average")
    by_xmr = wf.stats.xmr(figures)
    texts = [c for c in by_xmr.added if by_xmr.frame.schema[c] == pl.String]
    judged = by_xmr.frame.with_columns(*[pl.lit(name).alias(c) for c in (*texts, "months_to_notice")])
    added = [*by_xmr.added, "months_to_notice"]
    counted = judged.with_columns(measure=pl.lit("reach"), definition=pl.lit(name), unit=pl.lit(name))
    tables = {
        figures_name(kpi): with_status(figures, 50.0, 1.0, "lower"),
        series_name(kpi): MeasureTable(judged, figures.definitions, added=added),
        figures_name(own): with_status(MeasureTable(counted, added=added), None, 0.0, "higher"),
    }
    agreed = SimpleNamespace(kpis=[kpi, own], target_value=lambda measure, *_: 50.0 if measure == "turnover" else None)
    return released(tables, "internal", {series_name(kpi): name}), agreed


@cache
def tables_of(name):
    """Every kind of table, with its own title and with one that the caller gives."""
    page = page_of(name)
    of_files = notes(organisation=[name], source=[name], rule=[name], rows=[1], role=[name])
    pay = {"median": name, "scale_minimum": f"{name} 2"}
    return {
        **{kind: table(page[kind]) for kind in page.results if kind != "reasons"},
        "by title": table(page["turnover"], title=name, headings={"numerator": name}),
        "titled curve": table(page["life"], title=name),
        "titled incidences": table(page["incidences"], title=name),
        "titled hazards": table(page["hazards"], title=name),
        "added columns": table(page["judged"], columns=["period", "value", "variation", "special_cause", "assurance"]),
        "wide": wf.tables.wide(page["pay"], columns=pay, title=name, people=f"{name} 3"),
        "wide periods": wf.tables.wide(page["flow"], columns={"arrivals": name}, title=name, periods=True),
        "cross": wf.tables.cross(page["reasons"], rows="reason", across="locality", title=name, people=name),
        "looks": wf.tables.looks(page, by="locality", looks=["turnover", "life", "incidences", "hazards"], title=name),
        "indicators": wf.tables.kpis(*indicators(name)),
        "titled indicators": wf.tables.kpis(*indicators(name), title=name),
        "definitions of indicators": wf.tables.definitions(*indicators(name), title=name),
        "detection of indicators": wf.tables.detection(*indicators(name), title=name),
        "no indicators": wf.tables.kpis(page, SimpleNamespace(kpis=[]), title=name),
        "notes": wf.tables.notes(of_files, name),
    }


@cache
def figures_of(name):
    page = page_of(name)
    return {
        "trend": chart.trend(page["turnover"], source=name, target=10.0, target_name=name),
        "panels": chart.trend(page["turnover"], panels=True),
        "titled": chart.trend(page["turnover"], title=name),
        "bars": chart.bars(page["turnover"], highlight=None, target=10.0),
        "reference": chart.bars(page["turnover"], reference="Moor"),
        "funnel": chart.funnel(page["funnel"]),
        "retention": chart.retention(page["life"]),
        "xmr": chart.xmr(page["judged"]),
        "incidence": chart.incidence(page["incidences"]),
        "forest": chart.forest(page["hazards"]),
        "flow": chart.flow(page["flow"]),
        "pay_ranges": chart.pay_ranges(page["pay"], names={"other": name}),
    }


@cache
def sentences_of(name):
    page = page_of(name)
    return {
        "bars title": words.bars_title(page["turnover"]),
        "coverage": words.coverage_sentence(page["turnover"]),
        "decision": words.decision_sentence(SimpleNamespace(decision=name, owner=name, due=date(2023, 6, 30))),
        "setting": words.setting(name),
    }


@cache
def pages_of(name):
    """The pages of a report that say a name themselves: its title and whose it is, and the index with what failed."""
    context = PageContext(name, name, "board")
    contents = [SimpleNamespace(anchor="a", text=name), SimpleNamespace(anchor="b", text=name)]
    parts = [Markup("<h1>Title</h1>")]
    page = page_environment().get_template("page.html.j2")
    one = {"notebook": "a.ipynb", "parameters": {}, "seconds": 1.0, "title": name, "about": name}
    outcomes = [
        Outcome(name=name, outcome="failed", error="InputError", text=name, cell=1, **one),
        Outcome(name=name, outcome="published", **one),
    ]
    made = datetime(2023, 4, 3, 9, 5, tzinfo=UTC)
    manifest = Manifest(
        area=name, period=name, rule="board", started=made, finished=made, versions={"workforce": name}, files=0,
        notebooks=outcomes,
    )  # fmt: skip
    return {
        "page": page.render(parts=parts, contents=contents, title=name, page=context),
        "index": index_page(manifest),
    }


def html_of(shown):
    return shown if isinstance(shown, str) else shown._repr_html_()


def letters(text):
    """A text without spaces and control characters, which are written in other ways."""
    return "".join(c for c in text if c.isprintable() and not c.isspace())


def refuse_foreign(made, harmless, name):
    """Compare what the library made of a name with what it made of a harmless one."""
    assert set(made) == set(harmless)
    for kind, shown in made.items():
        found, expected = Elements(html_of(shown)), Elements(html_of(harmless[kind]))
        assert found.elements == expected.elements, kind
        assert found.drawn <= ELEMENTS["drawing"], kind
        assert HARMLESS not in expected.text or letters(name) in letters(found.text), kind


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_leaves_no_element_in_any_table(name):
    refuse_foreign(tables_of(name), tables_of(HARMLESS), name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_leaves_no_element_in_any_sentence(name):
    refuse_foreign(sentences_of(name), sentences_of(HARMLESS), name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_leaves_no_element_on_a_page_or_the_index(name):
    made = pages_of(name)
    refuse_foreign(made, pages_of(HARMLESS), name)
    assert [check_page(page) for page in made.values()] == [[], []]


@pytest.mark.parametrize("name", TOGETHER)
def test_a_name_leaves_no_element_in_any_figure(name):
    # How a drawing breaks its lines depends on the name; what it consists of does not.
    for kind, figure in figures_of(name).items():
        found = Elements(figure._repr_html_())
        assert found.elements == Elements(figures_of(HARMLESS)[kind]._repr_html_()).elements, kind
        assert found.drawn <= ELEMENTS["drawing"], kind


@pytest.mark.parametrize("name", TOGETHER)
def test_a_name_leaves_no_element_in_a_saved_figure(name, tmp_path):
    saved = [
        figures_of(one)["titled"].save(tmp_path / "a.html").read_text(encoding="utf-8") for one in (name, HARMLESS)
    ]
    assert Elements(saved[0]).elements == Elements(saved[1]).elements


@pytest.mark.parametrize("name", TOGETHER)
def test_a_page_of_everything_passes_its_check(name):
    shown = [*tables_of(name).values(), *figures_of(name).values(), *sentences_of(name).values()]
    parts = [Markup("<h1>Title</h1><h2>Section</h2>"), *(Markup(one._repr_html_()) for one in shown)]  # noqa: S704 - what is tested
    page = page_environment().get_template("page.html.j2")
    made = page.render(parts=parts, contents=[], title=name, page=PageContext(name, name, "internal"))
    assert check_page(made) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_with_a_name_gives_elements_of_the_page_or_no_page(name):
    cells = [
        nbformat.v4.new_markdown_cell(f"# {name}\n\n{name}\n\n## {name}\n\n- {name}\n\n| {name} |\n|---|\n| {name} |")
    ]
    try:
        made, _ = to_page(nbformat.v4.new_notebook(cells=cells), PageContext(name, name, "board"), key=b"key")
    except PageRefused:
        return
    assert check_page(made) == []
    assert {tag for tag, *_ in Elements(made).elements} <= {"html", "head", "body"} | ELEMENTS["head"] | ELEMENTS[
        "body"
    ]


TEXTS = st.one_of(
    st.text(min_size=1, max_size=30),
    st.text(alphabet="<>&\"'{}%#!-/= abimgstyle", min_size=1, max_size=40),
    st.lists(st.sampled_from([*HOSTILE, "{{", "}}", "<", ">", "</td>", "<style>"]), max_size=3).map("".join),
)


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_any_text_leaves_no_element_in_any_table_sentence_or_page(text):
    name = f"n{text}"  # a group that is not another one, nor empty
    refuse_foreign(tables_of(name), tables_of(HARMLESS), name)
    refuse_foreign(sentences_of(name), sentences_of(HARMLESS), name)
    refuse_foreign(pages_of(name), pages_of(HARMLESS), name)


def test_a_hostile_name_is_still_there_to_be_read():
    assert table(page_of(HOSTILE[1])["turnover"]).html.count("&lt;b&gt;bold&lt;/b&gt;") == 3
    assert chart.bars(page_of(HOSTILE[1])["turnover"])._repr_html_().count("&lt;b&gt;bold&lt;/b&gt;") >= 3
    assert html.unescape(table(page_of(HOSTILE[8])["turnover"]).html).count(HOSTILE[8]) == 3


@pytest.mark.parametrize("name", TOGETHER)
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

    for figure in figures_of(name).values():
        assert not [
            e
            for e in expressions(json.loads(json.dumps(dict(figure.spec))))
            if any(one in e for one in HOSTILE) or "alert" in e
        ]


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_no_script_of_a_hostile_name_runs_in_a_browser(tmp_path):
    # No content security policy here: escaping alone has to hold.
    shown = [f for name in TOGETHER for f in (*figures_of(name).values(), *tables_of(name).values())]
    body = "".join(one._repr_html_() for one in shown)
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
    given = results("Moss")["turnover"]
    odd = given._with(given.frame.with_columns(unit=pl.lit("a\x00b\x1bc")))
    assert "a b c" in chart.trend(released({"counts": odd})).svg

"""A figure is the same bytes each time, carries its own words, and chooses its form by where it is shown."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import builders
from builders import measured
from workforce import chart, table
from workforce.errors import DisclosureError, EnvironmentFault, UsageError

SOURCE = Path(__file__).parents[2] / "src"


def figure(rule="internal", names=("A", "B", "C")):
    sides = pl.DataFrame(
        {"locality": list(names), "numerator": [10.0, 20.0, 30.0], "denominator": [100.0, 120.0, 140.0]}
    )
    return chart.bars(builders.released({"turnover": measured(sides, "turnover", "average", by=["locality"])}, rule))


def test_the_words_stand_on_the_svg_itself():
    shown = figure()
    assert re.match(r"<svg [^>]*role=\"img\"[^>]*>", shown.svg)
    assert f'aria-label="{shown.alt}"' in shown.svg
    assert "viewBox" in shown.svg


def test_a_figure_has_title_drawing_numbers_and_caption_in_valid_order():
    html = figure()._repr_html_()
    parts = [
        '<figure class="wf-figure" data-rule="internal">',
        '<h3 class="wf-title">',
        "<svg",
        "<details",
        "<figcaption",
        "</figcaption></figure>",
    ]
    assert [html.index(p) for p in parts] == sorted(html.index(p) for p in parts)
    assert html.endswith(parts[-1])


def test_a_figure_runs_no_script_and_asks_for_nothing():
    html = figure()._repr_html_()
    assert "<script" not in html
    assert set(re.findall(r"https?://[^\"' <]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_equal_figures_have_equal_bytes_however_many_were_drawn_before():
    first = figure()._repr_html_()
    chart.bars(
        builders.released(
            {"t": measured(pl.DataFrame({"numerator": [1.0], "denominator": [9.0]}), "turnover", "nhs", by=[])}
        )
    )._repr_html_()
    assert figure()._repr_html_() == first


def test_equal_figures_have_equal_bytes_in_two_processes_whatever_their_time_zone_and_hash_seed():
    code = (
        "import hashlib, runpy, sys; "
        f"names = runpy.run_path({str(Path(__file__))!r}); "
        "print(hashlib.sha256(names['figure']()._repr_html_().encode()).hexdigest())"
    )
    seen = set()
    for zone, seed in (("America/New_York", "1"), ("Asia/Tokyo", "2")):
        env = {
            **os.environ,
            "TZ": zone,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(Path(builders.__file__).parent)]),
        }
        run = subprocess.run(  # noqa: S603 - our own code and page
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60
        )
        seen.add(run.stdout.strip())
    assert len(seen) == 1


def test_figures_on_one_page_share_no_ids():
    page = figure()._repr_html_() + figure(names=("D", "E", "F"))._repr_html_()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)


def test_a_table_beside_the_figure_that_holds_it_shares_no_ids_with_it():
    sides = pl.DataFrame({"locality": ["A", "B"], "numerator": [10.0, 20.0], "denominator": [100.0, 120.0]})
    given = builders.released({"t": measured(sides, "turnover", "average", by=["locality"])})
    page = chart.bars(given)._repr_html_() + table(given).html
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)


def shown_in(monkeypatch, **environment):
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: bundles.append(bundle))
    for name in ("JPY_SESSION_NAME", "WORKFORCE_STATIC"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    figure()._ipython_display_()
    return bundles


def test_outside_jupyterlab_a_figure_is_one_static_html(monkeypatch):
    bundles = shown_in(monkeypatch)
    assert len(bundles) == 1
    assert "<svg" in bundles[0]["text/html"]


def test_in_jupyterlab_the_chart_is_its_own_vega_between_title_and_caption(monkeypatch):
    head, drawing, foot = shown_in(monkeypatch, JPY_SESSION_NAME="notebook.ipynb")
    assert "wf-title" in head["text/html"]
    assert "text/html" not in drawing
    assert "figcaption" in foot["text/html"]
    vega = drawing["application/vnd.vega.v5+json"]
    assert vega["$schema"].startswith("https://vega.github.io/schema/vega/v5")
    assert "tooltip" in json.dumps(vega)
    assert any(signal["name"].startswith("hover") for signal in vega["signals"])


def test_the_report_runner_forces_the_static_form(monkeypatch):
    assert len(shown_in(monkeypatch, JPY_SESSION_NAME="notebook.ipynb", WORKFORCE_STATIC="1")) == 1


def test_a_figure_is_saved_as_svg_png_or_html(tmp_path):
    assert figure().save(tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    page = figure().save(str(tmp_path / "a.html")).read_text(encoding="utf-8")
    assert 'lang="en-GB"' in page
    assert "Content-Security-Policy" in page
    picture = figure().save(tmp_path / "a.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20]) > 1000  # pixels across: twice the drawing's width
    with pytest.raises(UsageError, match=r"\.svg, \.png or \.html"):
        figure().save(tmp_path / "a.gif")
    with pytest.raises(EnvironmentFault):
        figure().save(tmp_path / "missing" / "a.svg")


def test_what_is_for_the_analyst_is_stamped_and_never_saved(tmp_path):
    shown = figure(rule="analyst")
    assert "Not for release" in shown._repr_html_()
    assert 'data-rule="analyst"' in shown._repr_html_()
    with pytest.raises(DisclosureError):
        shown.save(tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


def test_importing_the_package_loads_no_drawing_library():
    code = (
        "import sys, workforce.present, workforce.present.charts, workforce.present.words, workforce.present.tables; "
    )
    code += "print([m for m in ('altair', 'jinja2', 'vl_convert', 'IPython') if m in sys.modules])"
    run = subprocess.run(  # noqa: S603 - our own code and page
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(Path(builders.__file__).parent)])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.strip() == "[]"

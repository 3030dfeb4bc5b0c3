"""The report of the sample partnership, as the first command makes it: every page read as a board member, and a thief, would."""

import json
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from workforce import load_area

pytestmark = pytest.mark.slow
PAGES = [
    "assessment",
    "data_quality",
    "method",
    "organisation-council",
    "organisation-icb",
    "organisation-nhs",
    "organisation-psychology",
    "organisation-schools",
]
QUESTIONS = [
    "Are we keeping staff?",
    "Can we fill our posts?",
    "Who leaves, and why?",
    "Where is sickness?",
    "Can caseworkers cope?",
    "How does pay compare?",
    "What is uncertain or missing?",
]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_page_is_there_and_passes_its_check(sample_report, faults_of):
    assert sorted(p.stem for p in sample_report.glob("*.html")) == sorted([*PAGES, "index"])
    for name in PAGES:
        assert faults_of(text_of(sample_report / f"{name}.html")) == []


def test_the_manifest_says_what_went_in_and_what_came_out(sample_report):
    manifest = json.loads(text_of(sample_report / "manifest.json"))
    assert manifest["rule"] == "board"
    assert {"workforce", "python", "polars", "altair"} <= set(manifest["versions"])
    assert manifest["files"] == len(load_area().inputs)
    assert not any(checksum in text_of(sample_report / "manifest.json") for checksum in load_area().inputs["sha256"])
    assert {one["outcome"] for one in manifest["notebooks"]} == {"published"}
    assert all(one["seconds"] > 0 for one in manifest["notebooks"])


def plain_text(page: Path) -> str:
    """The words of a page, without its drawings."""
    body = re.sub(r"<svg.*?</svg>|<style.*?</style>|<script.*?</script>", " ", text_of(page), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_what_it_would_take_is_one_answer(sample_report):
    """The queue, what is left of it as things are, and what posts do: each printed as often as a reader meets it, and always the same."""
    text = plain_text(sample_report / "assessment.html")
    waiting = re.findall(r"(\d+) requests past their date were waiting", text)
    waiting += re.findall(r"\d+ of (\d+) cases past their date on 31 March 2023", text)
    assert len(waiting) >= 2
    assert len(set(waiting)) == 1
    told = re.findall(r"about (\d+) \((\d+) to (\d+)\) requests past their date would be waiting", text)
    (median,) = set(
        re.findall(r"Requests past their date in March 2024: .*? simulated paths .*?\(median (\d+)\)", text)
    )
    assert {paths[0] for paths in told} == {median}
    # Posts are told of once, by the paths of the outlook; nothing else on the page says how many would do it.
    assert (
        len(
            re.findall(
                r"[Nn]o number of further posts|smallest number with which that is likely|No further post is", text
            )
        )
        == 1
    )


def test_the_assessment_asks_the_boards_questions_and_each_ends_in_its_decision(sample_report):
    html = text_of(sample_report / "assessment.html")
    sections = re.split(r"<h2[^>]*>", html)[1:]
    asked = [s.split("</h2>")[0] for s in sections if s.split("</h2>")[0] in QUESTIONS]
    assert asked == QUESTIONS
    for section in sections:
        if section.split("</h2>")[0] in QUESTIONS:
            said = "Decision sought" in section, "No decision" in section
            assert sum(said) == 1, section[:80]
    assert "No decision" in sections[-1]  # none is set for the last question of the sample


def test_no_person_stands_in_any_page(sample_report):
    records = load_area()
    people = set(records.assignments["person_id"]) | set(records.cases["child_id"].drop_nulls())
    born = {f"{day:%d/%m/%Y}" for day in records.assignments["birth_date"].drop_nulls().unique()} | {
        day.isoformat() for day in records.assignments["birth_date"].drop_nulls().unique()
    }
    for page in sample_report.iterdir():
        words = set(re.findall(r"[0-9A-Za-z/-]+", text_of(page)))
        assert not words & people, page.name
        assert not words & (born - {date(2023, 3, 31).isoformat()}), page.name


def test_of_a_small_locality_no_figure_is_shown_alone(sample_report):
    # Gannet Isle has six staff: it stands together with the next smallest locality, and nowhere by itself.
    html = text_of(sample_report / "assessment.html")
    rows = re.findall(r"<tr>(?:(?!</tr>).)*Gannet Isle(?:(?!</tr>).)*</tr>", html, flags=re.DOTALL)
    assert rows
    for row in rows:
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, flags=re.DOTALL)
        together = any("Gannet Isle and Marlwick" in cell for cell in cells)
        assert together or not any(re.search(r"\d", cell) for cell in cells), row


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", *PAGES])
def test_opened_in_chromium_a_page_makes_no_request_and_runs_no_script(sample_report, browser, name):
    path = sample_report / f"{name}.html"
    requests, console = [], []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: console.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    scripts = page.locator("script").count()
    pictures = page.locator("svg[role=img][aria-label]").count()
    all_pictures = page.locator("main figure svg").count()
    page.close()
    assert (requests, console, scripts) == ([path.as_uri()], [], 0)
    assert pictures >= all_pictures

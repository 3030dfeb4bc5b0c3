"""From an executed notebook to a page: what is shown, and what is refused."""

import nbformat
import pytest

from workforce.errors import DisclosureError
from workforce.report.check import check_page
from workforce.report.export import to_page
from workforce.report.pages import POLICY, PageContext, PageRefused

PAGE = PageContext("Coast & Moor <area>", "March 2023", "board")
SENTENCE = '<p class="wf-text">Words.</p>'


def executed(*cells):
    """Markdown as text, an output as a dict."""
    made = [
        nbformat.v4.new_markdown_cell(cell)
        if isinstance(cell, str)
        else nbformat.v4.new_code_cell("secret_code()", outputs=[cell])
        for cell in cells
    ]
    return nbformat.v4.new_notebook(cells=made)


def html(text):
    return nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": "plain"})


def page(*cells, context=PAGE):
    return to_page(executed(*cells), context)[0]


def test_code_is_hidden_and_the_library_s_html_is_shown():
    made = page("# Title", html(SENTENCE))
    assert SENTENCE in made
    assert "secret_code" not in made
    assert "plain" not in made


def test_a_page_is_british_english_with_one_title_a_policy_landmarks_and_a_skip_link():
    made, title = to_page(executed("# Title\n\n# Another\n\n## Third", html(SENTENCE)), PAGE)
    assert title == "Title"
    assert '<html lang="en-GB">' in made
    assert POLICY in made.replace("&#39;", "'")
    assert made.count("<h1") == 1
    assert '<h2 id="section-another">' in made
    assert all(part in made for part in ("<header", "<nav", '<main id="main"', "<footer", 'href="#main"'))
    assert "Prepared under the board disclosure rule" in made
    assert check_page(made) == []


def test_names_of_the_area_and_markdown_are_escaped():
    made = page("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) <b onclick='x()'>b</b>", html(SENTENCE))
    assert "Coast &amp; Moor &lt;area&gt;" in made
    assert "<script" not in made
    assert "<b onclick" not in made


def test_addresses_are_printed_and_not_linked_but_pages_of_the_report_are():
    made = page(
        "# Title\n\n[NHS](https://example.org/a) https://example.org/b [Pay](pay.html) [up](#main)", html(SENTENCE)
    )
    assert "NHS (https://example.org/a) https://example.org/b" in made
    assert 'href="https' not in made
    assert '<a href="pay.html">' in made


def test_equal_headings_have_anchors_of_their_own():
    made = page("# Title\n\n## What\n\n## What", html(SENTENCE))
    assert 'id="section-what"' in made
    assert 'id="section-what-2"' in made


def test_the_case_of_svg_attributes_survives():
    drawing = '<figure class="wf-figure" data-rule="board"><svg viewBox="0 0 1 1" role="img" aria-label="A line"></svg></figure>'
    assert "viewBox" in page("# Title", html(drawing))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (nbformat.v4.new_output("stream", name="stdout", text="Jo"), "printed text"),
        (nbformat.v4.new_output("error", ename="ValueError", evalue="Jo", traceback=["Jo"]), "an error"),
        (nbformat.v4.new_output("execute_result", {"text/plain": "Jo"}), "not made for a page"),
    ],
)
def test_an_output_that_is_no_html_is_refused_without_quoting_it(output, said):
    with pytest.raises(PageRefused, match=said) as caught:
        page("# Title", output)
    assert caught.value.where == "cell 2"
    assert "Jo" not in str(caught.value)


@pytest.mark.parametrize("shown", ["<table><tr><td>Jo</td></tr></table>", f"{SENTENCE}<div>Jo</div>", f"Jo {SENTENCE}"])
def test_a_bare_frame_is_refused_because_it_could_hold_people(shown):
    with pytest.raises(DisclosureError, match="not released"):
        page("# Title", html(shown))


@pytest.mark.parametrize(
    ("page_rule", "figure_rule", "may"),
    [
        ("board", "board", True),
        ("board", "published", True),
        ("board", "notes", True),
        ("board", "internal", False),
        ("board", "analyst", False),
        ("board", "partner", False),
        ("internal", "internal", True),
        ("internal", "board", True),
        ("internal", "analyst", False),
        ("published", "published", True),
        ("published", "board", False),
    ],
)
def test_a_figure_never_withholds_less_than_its_page(page_rule, figure_rule, may):
    shown = html(f'<figure class="wf-figure" data-rule="{figure_rule}"></figure>')
    context = PageContext("Somewhere", "March 2023", page_rule)
    if may:
        assert f"the {page_rule} disclosure rule" in page("# Title", shown, context=context)
    else:
        with pytest.raises(DisclosureError):
            page("# Title", shown, context=context)


def test_an_empty_sentence_is_shown_as_nothing():
    assert "<h1" in page("# Title", html(""))


def test_a_page_without_a_title_is_refused():
    with pytest.raises(PageRefused, match="0 first-level headings"):
        page("Words only.", html(SENTENCE))


def test_the_cell_that_papermill_adds_is_not_counted():
    notebook = executed("# Title", nbformat.v4.new_output("stream", text="Jo"))
    notebook.cells.insert(1, nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]}))
    with pytest.raises(PageRefused) as caught:
        to_page(notebook, PAGE)
    assert caught.value.where == "cell 2"

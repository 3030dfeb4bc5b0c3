"""From an executed notebook to a page: what is shown, and what is refused."""

import nbformat
import pytest

from workforce import signature
from workforce.errors import DisclosureError, WorkforceError
from workforce.present.shown import paragraph
from workforce.report.check import check_page
from workforce.report.export import to_page
from workforce.report.pages import POLICY, PageContext, PageRefused
from workforce.report.permitted import Permitted, literals
from workforce.sealed import Provenance

PAGE = PageContext("Coast & Moor <area>", "March 2023", "board")
KEY = b"the key of this notebook and run"
LOADED = Provenance(loaded=True)


@pytest.fixture(autouse=True)
def signing(monkeypatch):
    """What the library shows is signed, as in a kernel of a published run."""
    monkeypatch.setattr(signature, "_keys", [KEY])


def executed(*cells, source="secret_code()"):
    """Markdown as text, an output as a dict."""
    made = [
        nbformat.v4.new_markdown_cell(cell)
        if isinstance(cell, str)
        else nbformat.v4.new_code_cell(source, outputs=[cell])
        for cell in cells
    ]
    return nbformat.v4.new_notebook(cells=made)


def shown(html, *, rule="board", provenance=LOADED):
    """The output of a cell that shows what the library made."""
    entry = signature._signature(html, rule, provenance)
    return nbformat.v4.new_output("display_data", {"text/html": html, "text/plain": "plain", signature.KIND: entry})


SENTENCE = paragraph("Words.")


def page(*cells, context=PAGE, permitted=None, **options):
    return to_page(executed(*cells, **options), context, key=KEY, permitted=permitted)[0]


def test_code_is_hidden_and_the_library_s_html_is_shown():
    made = page("# Title", shown(SENTENCE))
    assert SENTENCE in made
    assert "secret_code" not in made
    assert "plain" not in made
    assert "display" not in made.split("</style>")[1]


def test_a_page_is_british_english_with_one_title_a_policy_landmarks_and_a_skip_link():
    made, title = to_page(executed("# Title\n\n# Another\n\n## Third", shown(SENTENCE)), PAGE, key=KEY)
    assert title == "Title"
    assert '<html lang="en-GB">' in made
    assert POLICY in made.replace("&#39;", "'")
    assert made.count("<h1") == 1
    assert '<h2 id="section-another">' in made
    assert all(part in made for part in ("<header", "<nav", '<main id="main"', "<footer", 'href="#main"'))
    assert "Prepared under the board disclosure rule" in made
    assert check_page(made) == []


def test_names_of_the_area_and_markdown_are_escaped():
    made = page("# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) <b onclick='x()'>b</b>", shown(SENTENCE))
    assert "Coast &amp; Moor &lt;area&gt;" in made
    assert "<script" not in made
    assert "<b onclick" not in made


def test_addresses_are_printed_and_not_linked_but_pages_of_the_report_are():
    made = page(
        "# Title\n\n[NHS](https://example.org/a) https://example.org/b [Pay](pay.html) [up](#main)", shown(SENTENCE)
    )
    assert "NHS (https://example.org/a) https://example.org/b" in made
    assert 'href="https' not in made
    assert '<a href="pay.html">' in made


def test_equal_headings_have_anchors_of_their_own():
    made = page("# Title\n\n## What\n\n## What", shown(SENTENCE))
    assert 'id="section-what"' in made
    assert 'id="section-what-2"' in made


def test_the_case_of_svg_attributes_survives():
    drawing = '<figure class="wf-figure" data-rule="board"><svg viewBox="0 0 1 1" role="img" aria-label="A line"></svg></figure>'
    assert "viewBox" in page("# Title", shown(drawing))


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (nbformat.v4.new_output("stream", name="stdout", text="Jo"), "printed text"),
        (nbformat.v4.new_output("error", ename="ValueError", evalue="Jo", traceback=["Jo"]), "an error"),
        (nbformat.v4.new_output("execute_result", {"text/plain": "Jo"}), "not made for a page"),
    ],
)
def test_an_output_that_is_no_html_is_refused_without_quoting_it(output, words):
    with pytest.raises(PageRefused, match=words) as caught:
        page("# Title", output)
    assert caught.value.where == "cell 2"
    assert "Jo" not in str(caught.value)


def of_another_key():
    keys, signature._keys = signature._keys, [b"another run"]
    output = shown(SENTENCE)
    signature._keys = keys
    return output


def changed(**data):
    output = shown(SENTENCE)
    output.data.update(data)
    return output


def with_entry(**changes):
    output = shown(SENTENCE)
    output.data[signature.KIND] = {**output.data[signature.KIND], **changes}
    return output


def unsigned(html):
    return nbformat.v4.new_output("display_data", {"text/html": html})


@pytest.mark.parametrize(
    "output",
    [
        lambda: unsigned("<table><tr><td>Jo</td></tr></table>"),
        lambda: unsigned(SENTENCE),
        lambda: unsigned('<div class="wf-table" data-rule="board">Jo</div>'),
        lambda: changed(**{"text/html": paragraph("Jo")}),
        lambda: changed(**{signature.KIND: "a text"}),
        lambda: changed(**{signature.KIND: {"statement": 1, "code": 2}}),
        lambda: with_entry(statement='{"rule": "published", "loaded": true, "official": true, "given": []}'),
        lambda: with_entry(code="0" * 64),
        lambda: with_entry(code="\N{LATIN SMALL LETTER E WITH ACUTE}"),
        of_another_key,
    ],
)
def test_what_the_library_did_not_make_and_sign_in_this_run_is_refused(output):
    with pytest.raises(DisclosureError, match="did not make in this run, or that was changed") as caught:
        page("# Title", output())
    assert "Jo" not in str(caught.value)


@pytest.mark.parametrize(
    ("page_rule", "figure_rule", "may"),
    [
        ("board", "board", True),
        ("board", "published", True),
        ("board", "notes", True),
        ("board", "settings", True),
        ("board", "internal", False),
        ("board", "analyst", False),
        ("board", "partner", False),
        ("internal", "internal", True),
        ("internal", "board", True),
        ("internal", "analyst", False),
        ("published", "published", True),
        ("published", "settings", True),
        ("published", "board", False),
    ],
)
def test_a_figure_never_withholds_less_than_its_page(page_rule, figure_rule, may):
    output = shown(SENTENCE, rule=figure_rule)
    context = PageContext("Somewhere", "March 2023", page_rule)
    if may:
        assert f"the {page_rule} disclosure rule" in page("# Title", output, context=context)
    else:
        with pytest.raises(DisclosureError, match="withhold less"):
            page("# Title", output, context=context)


def test_figures_of_records_that_nobody_loaded_are_refused():
    with pytest.raises(DisclosureError, match=r"not read by wf\.load_area"):
        page("# Title", shown(SENTENCE, provenance=Provenance()))


def test_figures_of_files_that_the_run_did_not_read_are_refused():
    provenance = LOADED.with_files([("staff.csv", "00")])
    (_, checksum), *_ = provenance.arguments
    assert SENTENCE in page(
        "# Title", shown(SENTENCE, provenance=provenance), permitted=Permitted(files=frozenset({checksum}))
    )
    with pytest.raises(DisclosureError, match="files other than those"):
        page("# Title", shown(SENTENCE, provenance=provenance), permitted=Permitted(files=frozenset({"other"})))


def test_a_text_of_the_caller_is_shown_where_it_is_written_and_refused_by_its_argument_elsewhere():
    output = shown(SENTENCE, provenance=LOADED.with_arguments(title="Seven left", target=7))
    written = Permitted(literals(['wf.chart.trend(page["a"], title="Seven left", target=7)']))
    assert SENTENCE in page("# Title", output, permitted=written)
    with pytest.raises(DisclosureError, match="neither in the notebook nor in the settings: target=, title=") as caught:
        page("# Title", output)
    assert "Seven" not in str(caught.value)
    assert "7" not in str(caught.value)


def test_names_that_begin_with_an_underscore_are_refused():
    with pytest.raises(PageRefused, match="begins with an underscore"):
        page("# Title", shown(SENTENCE), source="table._frame")
    assert SENTENCE in page("# Title", shown(SENTENCE), source="_ = 1\n_own = _")


def test_an_empty_sentence_is_shown_as_nothing():
    assert "<h1" in page("# Title", shown(""))


def test_a_page_without_a_title_is_refused():
    with pytest.raises(PageRefused, match="0 first-level headings"):
        page("Words only.", shown(SENTENCE))


def test_the_cell_that_papermill_adds_is_not_counted():
    notebook = executed("# Title", nbformat.v4.new_output("stream", text="Jo"))
    notebook.cells.insert(1, nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]}))
    with pytest.raises(WorkforceError) as caught:
        to_page(notebook, PAGE, key=KEY)
    assert caught.value.where == "cell 2"

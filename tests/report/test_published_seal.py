"""The seal in a published run: each attempt is a cell of a real kernel, and is refused by the process that writes the page."""

import hashlib
import json
from pathlib import Path

import nbformat
import papermill
import pytest

import workforce as wf
from workforce.errors import WorkforceError
from workforce.report.execute import Job
from workforce.report.export import to_page
from workforce.report.kernel_manager import kernel_config
from workforce.report.pages import PageContext
from workforce.report.permitted import Permitted, literals, settings_of
from workforce.report.plan import files_read
from workforce.report.run import Order, run_reports
from workforce.sources.published import load_official

pytestmark = pytest.mark.slow
KEY = b"a key that only the worker and its kernel have"
PAGE = PageContext("Somewhere", "June 2022", "board")

SETUP = """
import copy, hmac, json, logging, os, sys, types, warnings
from datetime import date
from pathlib import Path
import polars as pl
from IPython.display import HTML, JSON, Latex, Markdown, SVG, clear_output, display
from IPython.utils.capture import capture_output
import workforce as wf

records = wf.load_area(AREA)
settings = records.settings
exact = records.assignments.height
day = date(2022, 6, 30)
result = wf.staffing.headcount(records, day)
board = wf.release({"all": result})
sentence = wf.words.setting("Somewhere")
"""

# What a page may show: the same calls as below, with what is written in the notebook or in the settings.
ALLOWED = {
    "a table": 'wf.table(board["all"], title="Staff in post")',
    "a chart": 'wf.chart.bars(board["all"], target=12, title="Staff in post")',
    "a sentence": 'wf.words.withheld_sentence(board["all"])',
    "a name of the settings": 'wf.words.setting(settings.organisations["council"].name)',
    "a decision that was not set": "wf.words.decision_sentence(None)",
    "notes": 'wf.tables.notes(records.reads, "Rows read")',
    "nothing": "exact + 1;",
    "a chart in a theme of one's own": (
        "import altair\n"
        "@altair.theme.register('workforce', enable=True)\n"
        "def theme():\n"
        "    words = f\"'987654 of {exact}'\"\n"
        "    return {'config': {'axis': {'labelExpr': words, 'titleFontSize': 9}}, 'title': {'text': words}, 'usermeta': {}}\n"
        'wf.chart.bars(board["all"])'
    ),
    "official figures": 'wf.words.at_a_glance(wf.load_official(), area="Devon")',
}

MADE = "did not make in this run, or that was changed"
GIVEN = "neither in the notebook nor in the settings"
NOT_LOADED = r"not read by wf\.load_area"
FILES = "files other than those that this run read"
LESS = "withhold less than the board rule"
PRINTED = "printed text"
NO_PAGE = "not made for a page"
ATTEMPTS = {
    # IPython's own ways to show something.
    "HTML with the library's class": ("HTML(f'<p class=\"wf-text\">{exact}</p>')", MADE),
    "HTML with a table's class": ('HTML(f\'<div class="wf-table" data-rule="board">{exact}</div>\')', MADE),
    "markdown": ("Markdown(f'**{exact}**')", NO_PAGE),
    "a formula": ("Latex(f'${exact}$')", NO_PAGE),
    "data": ("JSON({'staff': exact})", NO_PAGE),
    "a drawing": ("SVG(f'<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{exact}</text></svg>')", NO_PAGE),
    "a number": ("exact", NO_PAGE),
    "a frame": ("records.assignments", MADE),
    "a result": ("result", MADE),
    "a release": ("board", MADE),
    "records": ("records", NO_PAGE),
    "printing": ("print(exact)", PRINTED),
    "standard error": ("sys.stderr.write(f'{exact}');", PRINTED),
    "a log": ("logging.basicConfig(force=True); logging.warning('%s staff', exact)", PRINTED),
    "a class that shows itself": (
        "class Mine:\n    def _repr_html_(self): return f'<p class=\"wf-text\">{exact}</p>'\nMine()",
        MADE,
    ),
    "an output that is replaced": (
        "handle = display(sentence, display_id=True)\nhandle.update(HTML(f'<p class=\"wf-text\">{exact}</p>'))",
        MADE,
    ),
    "an output that is cleared first": ("display(sentence); clear_output(); display(HTML(f'{exact}'))", MADE),
    "a bare message of the kernel": (
        (
            "ip = get_ipython()\n"
            "ip.kernel.session.send(ip.kernel.iopub_socket, 'display_data',"
            " {'data': {'text/html': f'<p class=\"wf-text\">{exact}</p>'}, 'metadata': {}}, parent=ip.kernel.get_parent())"
        ),
        MADE,
    ),
    # A signature that is not of this HTML, or not of this run.
    "another text under a signature": (
        (
            "with capture_output() as out:\n    display(sentence)\n"
            "data = dict(out.outputs[0].data)\ndata['text/html'] = f'<p class=\"wf-text\">{exact}</p>'\ndisplay(data, raw=True)"
        ),
        MADE,
    ),
    "a signature by a key that lies about": (
        (
            "places = [*os.environ.values()]\n"
            "for file in ('/proc/self/environ', '/proc/self/cmdline'):\n"
            "    places += Path(file).read_text().split('\\0') if Path(file).exists() else []\n"
            "keys = [place.encode() for place in places] + [Path(p).read_bytes() for p in places if p and Path(p).is_file()]\n"
            "keys.append(os.read(0, 64))\n"
            "html = f'<p class=\"wf-text\">{exact}</p>'\n"
            "statement = json.dumps({'rule': 'board', 'loaded': True, 'official': True, 'given': []})\n"
            "for key in keys:\n"
            "    code = hmac.new(key, json.dumps([html, statement]).encode(), 'sha256').hexdigest()\n"
            "    display({'text/html': html, 'application/vnd.workforce+json': {'statement': statement, 'code': code}}, raw=True)"
        ),
        MADE,
    ),
    # Figures that were not released, or not of these records.
    "the analyst's rule": ('wf.table(wf.release(result, "analyst"))', LESS),
    "the partners' rule": ('wf.table(wf.release(result, "partner"))', LESS),
    "another audience": ('wf.table(wf.release(result, "internal"))', LESS),
    "records built from frames": (
        (
            "mine = wf.Records(assignments=records.assignments, settings=settings)\n"
            "wf.table(wf.release(wf.staffing.headcount(mine, day)))"
        ),
        NOT_LOADED,
    ),
    "a result built from a frame": (
        (
            "mine = type(result)(result.frame.with_columns(numerator=pl.lit(99.0)), result.definitions, result.groups)\n"
            "wf.table(wf.release(mine))"
        ),
        NOT_LOADED,
    ),
    "a sum with a result of one's own": (
        (
            "mine = type(result)(result.frame, result.definitions, result.groups)\n"
            "wf.table(wf.release({'a': result, 'b': mine})['b'])"
        ),
        NOT_LOADED,
    ),
    "an area that the notebook wrote": (
        (
            "folder = Path(AREA).parent / 'mine'\nfolder.mkdir(exist_ok=True)\n"
            "(folder / 'staff.csv').write_text(Path(AREA).with_name('staff.csv').read_text().replace('2020', '2021'))\n"
            "(folder / 'area.toml').write_text(Path(AREA).read_text())\n"
            "other = wf.load_area(folder / 'area.toml')\n"
            "wf.table(wf.release(wf.staffing.headcount(other, day)))"
        ),
        FILES,
    ),
    "a store that the notebook wrote": (
        (
            "folder = Path(AREA).parent / 'store'\nfolder.mkdir(exist_ok=True)\nstore = wf.load_official()\n"
            "store.published.with_columns(value=pl.lit(float(exact))).write_parquet(folder / 'published.parquet')\n"
            "store.neighbours.write_parquet(folder / 'neighbours.parquet')\n"
            "wf.words.at_a_glance(wf.load_official(folder), area='Devon')"
        ),
        FILES,
    ),
    # Texts and numbers that code made.
    "a title": ('wf.table(board["all"], title=f"{exact} in post")', GIVEN),
    "a title of a chart": ('wf.chart.bars(board["all"], title="%s in post" % exact)', GIVEN),
    "a title from a function": ('wf.chart.bars(board["all"], title=str(exact))', GIVEN),
    "a target": ('wf.chart.bars(board["all"], target=exact)', GIVEN),
    "a target's name": ('wf.chart.bars(board["all"], target=12, target_name=f"{exact} in post")', GIVEN),
    "a source": ('wf.chart.bars(board["all"], source=f"{exact} in post")', GIVEN),
    "a heading": ('wf.table(board["all"], headings={"value": f"{exact} in post"})', GIVEN),
    "a column": ('wf.tables.wide(board["all"], columns={"in_post": f"{exact} in post"}, title="Turnover")', GIVEN),
    "people": (
        'wf.tables.wide(board["all"], columns={"in_post": "Turnover"}, people=f"{exact}", title="Turnover")',
        GIVEN,
    ),
    "a title of notes": ('wf.tables.notes(records.reads, f"{exact} in post")', GIVEN),
    "a text of the settings that is none": ("wf.words.setting(f'{exact} in post')", GIVEN),
    "a parameter that was changed": ('AREA = f"{exact} in post"\nwf.words.setting(AREA)', GIVEN),
    "a title by way of a sentence": ('wf.table(board["all"], title=wf.words.setting(f"{exact} in post"))', GIVEN),
    "a decision": (
        "wf.words.decision_sentence(types.SimpleNamespace(decision=f'Keep {exact} posts', owner='Director', due=None))",
        GIVEN,
    ),
    "a date": (
        "wf.words.decision_sentence(types.SimpleNamespace(decision='Agree', owner='Director', due=date(2000 + exact, 1, 1)))",
        GIVEN,
    ),
    "unit costs": (
        "wf.words.costs_sentence(types.SimpleNamespace(leaver=exact, agency_fte=None, employed_fte=None, source=None))",
        GIVEN,
    ),
    "weights": ("wf.words.weights_sentence({'ehc_plan': exact})", GIVEN),
    "words for a coarser table": (
        (
            "steps = {f'{exact} in post': wf.staffing.headcount(records, day, by=['role']), 'for everyone': result}\n"
            "wf.table(wf.release({'steps': steps})['steps'])"
        ),
        GIVEN,
    ),
    "a band": (
        (
            "banded = records.with_service_at_leaving(tenure=(exact,))\n"
            "wf.table(wf.release(wf.staffing.headcount(banded, day, by=['tenure_band'])))"
        ),
        GIVEN,
    ),
    "settings that were changed": (
        (
            "mine = settings.model_copy(update={'area': settings.area.model_copy(update={'name': f'{exact} in post'})})\n"
            "wf.words.setting(mine.area.name)"
        ),
        GIVEN,
    ),
    "code in a text": ("exec('shown = wf.words.setting(str(exact))')\nshown", GIVEN),
    # Names that are not public.
    "a private name": (
        "type(sentence)._made(text=f'{exact}', rule='board', _provenance=sentence._provenance)",
        "begins with an underscore",
    ),
    # Last, because the kernel is changed by it.
    "a formatter": (
        (
            "html = get_ipython().display_formatter.formatters['text/html']\n"
            "html.for_type(type(sentence), lambda one: f'<p class=\"wf-text\">{exact}</p>')\nsentence"
        ),
        MADE,
    ),
}


@pytest.fixture(scope="module")
def area(tmp_path_factory) -> Path:
    """Two organisations with 40 caseworkers and four people in roles of their own, whom no page may show."""
    folder = tmp_path_factory.mktemp("area")
    roles = ["Caseworker"] * 40 + ["Manager", "Analyst", "Clerk", "Lead"]
    rows = "".join(f"{number},2020-01-01,,1.0,{role}\n" for number, role in enumerate(roles))
    (folder / "staff.csv").write_text("No,Start,End,FTE,Role\n" + rows)
    mapped = 'columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Role" }'
    bodies = "".join(
        f'[organisations.{slug}]\nname = "{name}"\nkind = "council"\nrecords_from = 2020-01-01\nrecords_to = 2022-12-31\n'
        f'[[organisations.{slug}.files]]\npath = "staff.csv"\ntable = "assignments"\n{mapped}\n'
        for slug, name in (("council", "The Council"), ("trust", "The Trust"))
    )
    path = folder / "area.toml"
    path.write_text(f'[area]\nname = "Somewhere"\nslug = "somewhere"\nmonth = "2022-06"\nfictional = true\n{bodies}')
    return path


@pytest.fixture(scope="module")
def permitted(area) -> Permitted:
    sources = [SETUP, *ALLOWED.values(), *(source for source, _ in ATTEMPTS.values())]
    files = files_read(wf.load_area(area)._provenance) | files_read(load_official()._provenance)
    return Permitted(literals(sources, {"AREA": str(area)}), settings_of(area), {"AREA": str(area)}, files)


@pytest.fixture(scope="module")
def cells(area, tmp_path_factory):
    """Every cell after it ran in one kernel of a published run."""
    folder = tmp_path_factory.mktemp("k")
    sources = {**ALLOWED, **{name: source for name, (source, _) in ATTEMPTS.items()}}
    code = [f"AREA = {str(area)!r}", SETUP, *sources.values()]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in code],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}},
    )
    config = kernel_config(folder, "attempts", KEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKFORCE_STATIC", "1")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        executed = papermill.execute_notebook(
            notebook,
            None,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=60,
            config=config,
        )
    assert not [file for file in folder.rglob("*") if file.is_file() and KEY in file.read_bytes()]
    return dict(zip(sources, executed.cells[2:], strict=True))


def page_of(cell, permitted):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title\n\n## Section"), cell])
    return to_page(notebook, PAGE, key=KEY, permitted=permitted)[0]


@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_library_released_is_shown(cells, permitted, name):
    page = page_of(cells[name], permitted)
    assert "<h1" in page
    assert "987654" not in page


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_is_refused_with_a_sentence(cells, permitted, name):
    assert cells[name].outputs
    with pytest.raises(WorkforceError, match=ATTEMPTS[name][1]) as caught:
        page_of(cells[name], permitted)
    assert "in post" not in str(caught.value)


def test_a_page_of_another_run_or_notebook_is_refused(cells, permitted):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), cells["a table"]])
    with pytest.raises(WorkforceError, match=MADE):
        to_page(notebook, PAGE, key=b"another key", permitted=permitted)


PERSON = "Ann Other of payroll 1234"
FAILING = {
    # name: (source, what is said of it)
    "a builtin error": (f"raise ValueError('{PERSON}')", "Title: an error that the library did not raise"),
    "a library error by hand": (
        f"from workforce.errors import UsageError\nraise UsageError('{PERSON}')",
        "Title: an error that the library did not raise",
    ),
    "a class with a name": (
        "class AnnOther(Exception): ...\nraise AnnOther",
        "Title: an error that the library did not raise",
    ),
    "an argument that an error repeats": (
        f"import workforce as wf\nwf.release({{}})['{PERSON[:3]}' + '{PERSON[3:]}']",
        'Title: no table "..." was released. Hint: known: .',
    ),
    "an error in the library's own name": (
        f"from workforce import errors\nexec('raise UsageError(\"{PERSON}\")', vars(errors))",
        "Title: an error of the library. Hint: open the notebook with: workforce lab, and run it there.",
    ),
    "a description of an error": (
        (
            "import json\nclass Mine(Exception):\n    def _render_traceback_(self):\n"
            f"        part = {{'template': '{PERSON}', 'values': {{}}}}\n"
            "        return ['workforce error: ' + json.dumps({'kind': 'AnnOther', 'parts': [part, None, None]})]\nraise Mine"
        ),
        "Title: an error of the library. Hint: open the notebook with: workforce lab, and run it there.",
    ),
    "a broken description": (
        (
            "class Mine(Exception):\n    def _render_traceback_(self):\n"
            f"        return ['workforce error: ' + '[' * 9000 + '{PERSON}']\nraise Mine"
        ),
        "Title: an error that the library did not raise",
    ),
    "another rule": (
        (
            "from dataclasses import replace\nfrom workforce.disclosure import RULES\n"
            "RULES['board'] = replace(RULES['board'], small=0)"
        ),
        "Title: an error that the library did not raise",
    ),
    "another word": (
        f"import workforce.present.text.sentences as sentences\nsentences.OWN_RECORDS = '{PERSON}'",
        "Title: a module of the library cannot be changed in a published run.",
    ),
    "another function": (
        "import workforce as wf\nwf.release = lambda results, rule: results",
        "Title: a module of the library cannot be changed in a published run.",
    ),
    "a title that the notebook adds to itself": (
        (
            "import json, workforce as wf\nfrom pathlib import Path\n"
            "path = Path(HERE)\nnotebook = json.loads(path.read_text())\n"
            f"notebook['cells'][1]['source'] += '\\nf(setting=\"{PERSON}\")'\npath.write_text(json.dumps(notebook))\n"
            f"wf.words.setting('{PERSON[:3]}' + '{PERSON[3:]}'.lower().replace('o', 'O', 1))"
        ),
        GIVEN,
    ),
}


def test_what_is_said_of_an_error_is_the_library_s_own_sentence_on_page_manifest_and_terminal(tmp_path):
    jobs = []
    for number, (name, (source, _)) in enumerate(
        {"good": ("import workforce as wf\nwf.words.decision_sentence(None)", ""), **FAILING}.items()
    ):
        path = tmp_path / f"{number}.ipynb"
        code = source.replace("HERE", repr(str(path)))
        cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        jobs.append(Job(name, path, {}, PAGE, title=name.title()))
    report = run_reports(Order(jobs, tmp_path / "out", "Somewhere", "June 2022", "board"), workers=2)
    assert set(report.failures) == set(FAILING)
    for name, (_, text) in FAILING.items():
        assert text in str(report.failures[name])
    written = (report.folder / "manifest.json").read_text(encoding="utf-8") + report.index.read_text(encoding="utf-8")
    for one in (written, *(str(failure) for failure in report.failures.values())):
        assert "payroll" not in one
        assert "AnnOther" not in one
        assert "ValueError" not in one
        assert "Traceback" not in one
    outcomes = json.loads((report.folder / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
    assert {one["name"]: one["error"] for one in outcomes}["a builtin error"] is None


def test_a_notebook_that_another_wrote_into_during_the_run_is_refused(tmp_path):
    def job(name, code):
        path = tmp_path / f"{name}.ipynb"
        cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return Job(name, path, {}, PAGE, sha256=hashlib.sha256(path.read_bytes()).hexdigest())

    show = "import workforce as wf\nwf.words.decision_sentence(None)"
    second = job("second", show)
    place = repr(str(second.notebook))
    first = job(
        "first",
        f"from pathlib import Path\npath = Path({place})\n"
        f"path.write_text(path.read_text().replace('# Title', '# {PERSON}'))\n{show}",
    )
    report = run_reports(Order([first, second], tmp_path / "out", "Somewhere", "June 2022", "board"), workers=1)
    assert set(report.failures) == {"second"}
    assert "the notebook was changed during the run" in str(report.failures["second"])

"""Tests import public names and the builders; the files listed here import more, because their subject is not public."""

import ast
from pathlib import Path

import pytest

import workforce as wf

TESTS = Path(__file__).parents[1]
SOURCE = Path(wf.__file__).parent
MODULES = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()} - {
    *wf.__all__,
    "errors",
    "__init__",
}
MOST = 40
# The subject of each file that is not public. Before a file is added here: can the same be asked by a public name?
SUBJECTS = {
    "golden/test_funnel_reference.py": "limits and over-dispersion as formulas of any numbers",
    "golden/test_intervals.py": "intervals of any counts at any confidence",
    "golden/test_oaxaca_reference.py": "the decomposition of any frame",
    "golden/test_pay_gap_reference.py": "the reader of the gender pay gap service; who is in which quarter",
    "golden/test_published_roll_ups.py": "sums of published units; what the reader of the social work census makes of each rate",
    "golden/test_queue_reference.py": "the formulas of a waiting list",
    "golden/test_standardise_reference.py": "limits of standardised rates at the reference's other levels",
    "golden/test_stock_flow_reference.py": "the simulation behind an outlook, with rates that are known",
    "golden/test_weights_r_survival.py": "curves of spells with any weights",
    "properties/test_kpi_laws.py": "colours and printed targets of single figures",
    "properties/test_published_rows.py": "the reader of the social work census; sums of its units",
    "properties/test_reader_laws.py": "the readers of text, workbooks, Parquet and XML",
    "report/conftest.py": "orders and jobs of a run",
    "report/test_check.py": "the check of a page",
    "report/test_export.py": "the exporter of a page",
    "report/test_fonts.py": "the estimate of how wide a text is drawn",
    "report/test_plan.py": "the plan of a run; stored notebooks",
    "report/test_publish.py": "how a report takes the place of the one before",
    "report/test_published_seal.py": "the exporter and the kernel of a published run",
    "report/test_run.py": "the runner of notebooks",
    "security/test_bad_input.py": "the limits of size of the readers",
    "security/test_bad_xml.py": "the reader of XML",
    "security/test_hostile_files.py": "the readers of files, keys and official figures, and their limits",
    "security/test_markup.py": "the check and the templates of a page; names of the tables of indicators",
    "security/test_seal.py": "sealed objects, their signature, and what a page allows",
    "unit/test_absence_parts.py": "scores, counted days, chains of periods, spread between people",
    "unit/test_cli.py": "the commands, in this process",
    "unit/test_comparison.py": "names of authorities, rounding, roll-ups and periods of official figures",
    "unit/test_counting_spells.py": "parts in which large frames are taken",
    "unit/test_drawing.py": "colours, axes, lines, order and words of charts and tables",
    "unit/test_kpi_summary.py": "lines, marks and words of the list of key indicators",
    "unit/test_literals.py": "the literals of a notebook's code",
    "unit/test_manifest.py": "the manifest of a report",
    "unit/test_outlook.py": "rates, fits and paths behind an outlook",
    "unit/test_outlook_levels.py": "levels of demand behind an outlook",
    "unit/test_periods.py": "how dates and periods are read; working days",
    "unit/test_published.py": "the readers of official files",
    "unit/test_reading.py": "the reader of files and the mapping of columns",
    "unit/test_sample.py": "the generator of the sample partnership",
    "unit/test_xml_records.py": "the reader of XML records",
}
FILES = {path.relative_to(TESTS).as_posix(): path for path in TESTS.rglob("*.py")}
# The builders are the place for what tests need of the library's inside; benchmarks and the generator of mutated files are scripts.
NOT_ASKED = {name for name in FILES if name in ("builders.py", "fuzz.py") or name.startswith("benchmarks/")}


def not_public(source: str) -> list[str]:
    """What a test's source takes from the library that is neither a public name nor of the module of errors, however it is written."""
    taken = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "workforce":
            taken += [one.name for one in node.names if one.name not in wf.__all__]
        elif isinstance(node, ast.ImportFrom):
            taken += inside(node.module or "")
        elif isinstance(node, ast.Import):
            taken += [name for one in node.names for name in inside(one.name)]
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in {"wf", "workforce"}
        ):
            taken += [node.attr] if node.attr in MODULES else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):  # for monkeypatch or importlib
            taken += [name for name in inside(node.value) if name.split(".")[0] in MODULES]
    return sorted(name for name in taken if name.split(".")[0] != "errors")


def inside(module: str) -> list[str]:
    """The name of a module within the library, where it is one."""
    library, _, name = module.partition(".")
    return [name] if library == "workforce" and all(part.isidentifier() for part in name.split(".")) else []


def test_the_list_of_files_that_import_more_is_exact():
    asked = {name: path.read_text(encoding="utf-8") for name, path in FILES.items() if name not in NOT_ASKED}
    more = {name for name, source in asked.items() if not_public(source)}
    assert sorted(more - set(SUBJECTS)) == [], "import public names or builders, or say here what the subject is"
    assert sorted(set(SUBJECTS) - more) == [], "these import public names only: take them off the list"


def test_the_list_is_short():
    assert len(SUBJECTS) <= MOST


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import workforce as wf\nwf.staffing.turnover", []),
        ("from workforce import month, chart\nfrom workforce.errors import UsageError", []),
        ("from builders import released", []),
        ("from workforce import cli, month", ["cli"]),
        ("from workforce.periods import month", ["periods"]),
        ("def test():\n    import workforce.periods", ["periods"]),
        ("wf.present.drawing.theme.altair()", ["present"]),
        ("patch('workforce.sources.reading.MOST_ROWS', 1)", ["sources.reading.MOST_ROWS"]),
    ],
)
def test_what_is_not_public_is_seen_however_it_is_written(source, names):
    assert not_public(source) == names

"""The documentation says what is so: its Python runs on the sample, its commands and files exist, and its links lead somewhere."""

import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from builders import OPEN_RULES, RULES, load_settings, shipped

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [p for p in sorted(DOCS.rglob("*.md")) if not {"_site", "generated"} & set(p.relative_to(DOCS).parts)]
PAGES += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
FENCED = re.compile(r"^( *)```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
GENERATED = {"book", "api"}  # what a build writes


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def blocks(page, language):
    return [text for _, kind, text in FENCED.findall(page.read_text(encoding="utf-8")) if kind == language]


WITH_PYTHON = [page for page in PAGES if page.is_relative_to(DOCS) and blocks(page, "python")]


def test_the_pages_with_python_are_there():
    assert {"start.md", "withheld.md", "add-measure.md", "own-notebook.md"} <= {page.name for page in WITH_PYTHON}


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_of_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)  # noqa: S102 - our own documentation


def test_the_key_indicator_of_its_page_can_be_added_to_the_sample(tmp_path):
    """A reader pastes the first lines of settings into a copy of the sample, and checks and runs it."""
    added = blocks(DOCS / "how-to" / "add-kpi.md", "toml")[0]
    area = tmp_path / "area.toml"
    area.write_text(Path(shipped("data", "sample", "area.toml")).read_text(encoding="utf-8") + "\n" + added, "utf-8")
    settings = load_settings(area)
    (kpi,) = tomllib.loads(added)["kpis"]
    assert settings.kpis[-1].measure == kpi["measure"]
    assert settings.target_value(kpi["measure"], kpi["definition"]) == tomllib.loads(added)["targets"][0]["value"]


def commands():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = [line for _, kind, block in FENCED.findall(text) if kind == "" for line in block.splitlines()]
        for line in [*code, *re.findall(r"`(workforce [^`\n]+)`", text)]:
            for part in line.partition("  #")[0].split("&&"):
                words = shlex.split(part)
                if words and words[0].rpartition("/")[2] == "workforce" and len(words) > 1:
                    yield pytest.param(words[1:], id=f"{name_of(page)}: {part.strip()}")


@cache
def help_of(*command):
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "workforce", *command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PATH": ""},
    )
    assert done.returncode == 0, f"there is no command {command}"
    return done.stdout


@pytest.mark.parametrize("words", list(commands()))
def test_a_command_in_the_documentation_exists_with_its_options(words):
    command = words[:2] if words[0] in {"official", "published"} else words[:1]
    text = help_of(*command)
    assert [word for word in words if word.startswith("--") and not re.search(rf"{word}\b", text)] == []


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:src|docs|data|notebooks|tests|\.ci)/[\w./-]+)`")


def named_files():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for link in LINK.findall(text):
            if not link.startswith("http"):
                yield page, page.parent / link
        for file in FILE.findall(text):
            yield page, ROOT / file


def test_links_and_files_that_are_named_exist():
    missing = []
    for page, file in named_files():
        to = file.resolve()
        inside = to.is_relative_to(DOCS / "generated")
        if inside and to.relative_to(DOCS / "generated").parts[0] in GENERATED:
            continue  # docs/check.py follows these in the built site
        if to.is_relative_to(DOCS / "_site") or to.exists():
            continue
        missing.append(f"{name_of(page)}: {file}")
    assert missing == []


QUESTIONS = (
    "turnover",
    "who may see",
    "lacks a column",
    "measure",
    "chart",
    "source",
    "kpi",
    "20-week",
    "alternative text",
)
QUESTIONS += ("withheld", "benchmark", "assessment", "one notebook")


def test_each_question_is_answered_from_at_most_two_files():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Where is ...?")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("|")][2:]
    assert [word for word in QUESTIONS if not any(word in question.lower() for question, _ in rows)] == []
    assert [question for question, answer in rows if not 1 <= len(FILE.findall(answer)) <= 2] == []


def test_constants_that_an_answer_names_are_in_its_file():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`(src/[\w/]+\.py)` \(`(\w+)`\)|`(\w+)` in `(src/[\w/]+\.py)`", text)
    assert named
    for file, constant, function, where in named:
        source = (ROOT / (file or where)).read_text(encoding="utf-8")
        assert re.search(rf"^\s*(?:def )?{constant or function}\b", source, re.MULTILINE)


def test_the_readme_lists_every_notebook():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = text.partition("## The notebooks")[2].partition("\n## ")[0]
    assert sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb") if f"`{path.stem}`" not in listed) == []


def test_the_table_of_rules_has_the_words_and_numbers_of_the_rules():
    text = (DOCS / "withheld.md").read_text(encoding="utf-8").partition("## The rules")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    expected = {f"`{name}`": [rule.words, f"{rule.pay_from} people"] for name, rule in RULES.items()}
    expected |= {f"`{name}`": [words, "any"] for name, words in OPEN_RULES.items()}
    assert {name: cells[:2] for name, *cells in rows[2:]} == expected

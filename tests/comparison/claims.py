"""List every title and sentence of the sample's pages that claims a change or a difference, with its test and the result.

    python tests/comparison/claims.py [PAGE ...]     prints what has no test; without a page, all of them, and writes claims.md

It runs the code cells of the notebooks on the sample under the rule `board` and looks at what each call of `wf.chart`, `wf.tables` and
`wf.words` shows: the title, the sentences and, in the table of key indicators, the change on a year before. Verdicts are recorded where
they are read from the release. Captions and alternative texts give figures and are not looked at. It ends with 1 where a claim has no test.
"""

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "tests"))  # of the builders, where this is run as a program
from builders import READERS  # noqa: E402

TARGET = Path(__file__).with_name("claims.md")
CLAIM = re.compile(
    r"\b(rose|fell|ris(es?|en|ing)|fall(s|en|ing)?|higher|lower|highest|lowest|fewer|faster|slower|better|worse|above|below|up from"
    r"|down from|the same|alike|differs?|changed?|than expected|than chance|most frequent|more often|clear(ly)?|outside)\b",
    re.IGNORECASE,
)
# A word of a claim in what claims nothing: a direction, a name, or that there was no test.
NO_CLAIM = re.compile(
    r"\((lower|higher) is better\)|rank 1 is the (lowest|highest), which is better|\((lowest|highest) paid\)|highest rates"
    r"|changes of \w+|[^;:.]*\bnot tested( here)?\b|neighbours? (is|are) different|outside the common list"
    r"|\N{LEFT DOUBLE QUOTATION MARK}[^\N{RIGHT DOUBLE QUOTATION MARK}]*\N{RIGHT DOUBLE QUOTATION MARK}",
    re.IGNORECASE,
)
# Calls whose sentences rest on a test of their own, and which.
OWN_TESTS = {
    "xmr": "rules of a run chart on the exact series",
    "variation_title": "rules of a run chart on the exact series",
    "variation_sentence": "rules of a run chart on the exact series",
    "funnel": "99.8% limits of a funnel on the exact figures",
    "funnel_title": "99.8% limits of a funnel on the exact figures",
    "forest": "95% limits of a hazard ratio",
    "hazards_title": "95% limits of a hazard ratio",
    "hazard_sentence": "95% limits of a hazard ratio",
    "curves_sentence": "log-rank test, in the sentence",
    "equity_sentence": "95% limits of the difference, in the sentence",
    "pay_ranges": "none needed: published scales are not estimates",
    "pay_scales": "none needed: published scales are not estimates",
    "who_pays_more": "none needed: published scales are not estimates",
    "decomposition_sentence": "none here, as it says; 95% limits in the sentence before it",
    "parts_sentence": "95% limits of each part, in the sentence",
    "lateness_sentence": "none needed: each case computed anew; 95% limits in the table",
    "decision_sentence": "none needed: what the area decided, from its settings",
    "roles_sentence": "none needed: from the area's settings",
    "capacity_sentence": "none needed: arithmetic on counts, and shares of simulated paths",
    "options_sentence": "none needed: medians and shares of the same simulated paths",
}
# What a sentence may say, and the verdict that it then rests on.
WORDS = {
    r"\brose\b": "rose",
    r"\bfell\b": "fell",
    r"\bhigher than\b": "higher than before, which chance alone could explain",
    r"\blower than\b": "lower than before, which chance alone could explain",
    r"\babout the same\b": "about the same",
    r"\bhigher (in|for)\b": "higher than the rest",
    r"\blower (in|for)\b": "lower than the rest",
    r"\balike$": "they differ by what chance alone could explain",
    r"\bdiffer, but\b": "they differ",
}
NO_CHANGE = re.compile("neither a rise nor a fall|no test of .* shows a rise or a fall")


@dataclass(frozen=True)
class Claim:
    """A sentence that claims something, and the test behind it with its result; empty where there is none."""

    page: str
    call: str
    sentence: str
    test: str


def test_behind(call: str, sentence: str, verdicts: list[str]) -> str | None:
    """The test of a sentence and its result; None where it claims nothing, empty where it claims something without a test."""
    words = NO_CLAIM.sub("", sentence)
    if not CLAIM.search(words):
        return None
    if call in OWN_TESTS:
        return OWN_TESTS[call]
    clear = [v for v in dict.fromkeys(verdicts) if v != "not tested"]
    if NO_CHANGE.search(words):
        words = NO_CHANGE.sub("", words)
        if not any(v in clear for v in list(WORDS.values())[2:5]):
            return ""
    for pattern, verdict in WORDS.items():
        if re.search(pattern, words) and not any(v.startswith(verdict) for v in clear):
            return ""
    return "; ".join(clear)


def sentences_of(result: object) -> list[str]:
    """The title of a figure or table, or a sentence."""
    texts = [getattr(result, name, None) for name in ("title", "text")]
    return [text for text in texts if isinstance(text, str) and text]


class Recorder:
    """Records what each public call shows, and the verdicts that it reads meanwhile."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.claims: list[Claim] = []
        self.verdicts: list[str] = []
        self.changes: list[str] = []

    def of_change(self, function):
        """Wrap the function that reads the verdict on two figures."""

        def read(verdicts, earlier, later):
            verdict = function(verdicts, earlier, later)
            self.verdicts.append(verdict)
            self.changes.append(f"{later['measure']} ({later['definition']}) compared with a year before: {verdict}")
            return verdict

        return read

    def of_groups(self, function):
        """Wrap the function that reads the verdicts on groups."""

        def read(*given):
            result = function(*given)
            self.verdicts += [result.verdict, *([result.of_group] if result.group else [])]
            return result

        return read

    def of_call(self, name, function):
        """Wrap a public function that shows something."""

        def call(*given, **options):
            self.verdicts.clear()
            self.changes.clear()
            result = function(*given, **options)
            for sentence in sentences_of(result):
                test = test_behind(name, sentence, self.verdicts)
                if test is not None:
                    self.claims.append(Claim(self.page, name, sentence, test))
            if name == "kpis":
                tested = zip(self.changes, self.verdicts, strict=True)
                self.claims += [Claim(self.page, name, words, v) for words, v in tested if v != "not tested"]
            return result

        return call


@contextlib.contextmanager
def recorded(recorder: Recorder) -> Iterator[None]:
    """Put the recorder's wrappers in place of what the notebooks call."""
    import workforce as wf

    wrappers = {"change_of": recorder.of_change, "groups_tested": recorder.of_groups}
    wrapped = [(module, name, wrappers[name](getattr(module, name))) for module, name in READERS]
    for module in (wf.chart, wf.tables, wf.words):
        for name in dir(module):
            function = getattr(module, name)
            if callable(function) and not isinstance(function, type):
                wrapped.append((module, name, recorder.of_call(name, function)))
    before = [(module, name, getattr(module, name)) for module, name, _ in wrapped]
    try:
        for module, name, function in wrapped:
            setattr(module, name, function)
        yield
    finally:
        for module, name, function in before:
            setattr(module, name, function)


def claims_of(notebook: Path, page: str, parameters: dict[str, str]) -> list[Claim]:
    """The claims of one notebook on the sample."""
    recorder = Recorder(page)
    names: dict[str, object] = {}
    with recorded(recorder):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # the project's own notebooks
                if "parameters" in cell["metadata"].get("tags", []):
                    names |= {name: value for name, value in parameters.items() if name in names}
    return list(dict.fromkeys(recorder.claims))


def pages() -> dict[str, tuple[Path, dict[str, str]]]:
    """The pages of the sample: each notebook, and that of one organisation for each of them."""
    import workforce as wf

    made: dict[str, tuple[Path, dict[str, str]]] = {}
    for path in sorted((REPOSITORY / "notebooks").glob("*.ipynb")):
        if path.stem == "organisation":
            slugs = list(wf.load_area("").settings.organisations)
            made |= {f"organisation-{s}": (path, {"audience": "board", "organisation": s}) for s in slugs}
        elif path.stem != "explore":  # an analyst's own
            made[path.stem] = (path, {"audience": "board"})
    return made


def listed(names: list[str]) -> list[Claim]:
    """The claims of some pages; of all without a name."""
    os.environ["WORKFORCE_STATIC"] = "1"
    chosen = {name: page for name, page in pages().items() if not names or name in names}
    claims: list[Claim] = []
    with tempfile.TemporaryDirectory() as elsewhere, contextlib.chdir(elsewhere):
        for name, (path, given) in chosen.items():
            claims += claims_of(path, name, given)
            print(f"{name}: {len(claims)} claims so far", file=sys.stderr, flush=True)
    return claims


def as_markdown(claims: list[Claim]) -> str:
    """The list as a page."""
    lines = [
        "# What the sample's pages claim, and the test behind it",
        "",
        "Made by `tests/comparison/claims.py`; rule `board`. Verdicts are those of the release, on exact figures, those of the latest",
        "period corrected for how many a page can lead with. Titles that only give figures (not tested) are not listed.",
    ]
    for page in dict.fromkeys(claim.page for claim in claims):
        lines += ["", f"## {page}", "", "| shown by | sentence | test and result |", "|---|---|---|"]
        lines += [
            f"| {c.call} | {c.sentence.replace('|', '/')} | {c.test or '**none**'} |" for c in claims if c.page == page
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    every_claim = listed(sys.argv[1:])
    if not sys.argv[1:]:
        TARGET.write_text(as_markdown(every_claim), encoding="utf-8")
    untested = [claim for claim in every_claim if not claim.test]
    for claim in untested:
        print(f"{claim.page}, {claim.call}: {claim.sentence}")
    print(f"{len(every_claim)} claims, {len(untested)} without a test")
    sys.exit(bool(untested))

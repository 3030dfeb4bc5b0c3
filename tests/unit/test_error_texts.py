"""Errors consist of fixed sentences and named values: how they are filled, and that no sentence in the library is made of data."""

import ast
import json
import pickle
import unicodedata
from pathlib import Path
from string import Formatter

import pytest

import workforce.errors
from workforce.errors import (
    LONGEST,
    DisclosureError,
    EnvironmentFault,
    InputError,
    Phrase,
    SettingsError,
    UsageError,
    WorkforceError,
    did_you_mean,
)

SOURCE = Path(workforce.errors.__file__).parent
PARTS = ("what", "where", "hint")
# These put an error together from the parts of another: errors.py, and the message of a failed page, which takes only sentences that it
# finds in the library's code.
PASSING_ON = ("errors.py", "report/permitted.py")
ANYTHING = "an f-string, a concatenation or a variable"


def everything(_):
    return True


def nothing(_):
    return False


def test_a_value_is_filled_into_all_three_parts():
    error = UsageError("{n:,} of {file}", where="{file}, row {n}", hint="see {file}", n=1234, file="a.csv")
    assert str(error) == "a.csv, row 1234: 1,234 of a.csv. Hint: see a.csv."
    assert (error.what, error.where, error.hint) == ("1,234 of a.csv", "a.csv, row 1234", "see a.csv")
    assert error.template == ("{n:,} of {file}", "{file}, row {n}", "see {file}")
    assert error.values == {"n": 1234, "file": "a.csv"}


def test_a_sentence_ends_in_one_full_stop_and_a_question_in_none():
    assert str(InputError("it is empty.", hint="export it again.")) == "it is empty. Hint: export it again."
    assert str(InputError("it is empty", hint="is it the right file?")).endswith("Hint: is it the right file?")


@pytest.mark.parametrize("brace", ['such as {{"caseload": 5}}', "{value}"])
def test_braces_of_a_template_and_of_a_value_are_shown_as_they_are(brace):
    error = UsageError(brace, value='such as {"caseload": 5}')
    assert error.what == 'such as {"caseload": 5}'


def test_a_value_is_never_read_as_a_template():
    error = UsageError('no measure is called "{measure}"', hint="{secret}", measure="{secret}", secret="Ann")  # noqa: S106
    assert error.what == 'no measure is called "{secret}"'


def test_a_placeholder_reads_no_attribute_of_a_value():
    assert UsageError("{name.__class__} {name[0]}", name="Ann").what == "{name.__class__} {name[0]}"


@pytest.mark.parametrize("text", ["a { b", "a } b", "{}", "{0}", "{unnamed}"])
def test_a_text_that_is_no_template_is_still_an_error_that_can_be_printed(text):
    assert UsageError(text).what == text


def test_names_are_joined_by_commas_and_phrases_by_semicolons():
    phrases = [Phrase("{rule} ({rows})", rule=rule, rows=rows) for rule, rows in (("no date", 2), ("no person", 1))]
    error = InputError("{names}: {faults}", names=["a", "b"], faults=phrases)
    assert error.what == "a, b: no date (2); no person (1)"


def test_a_hint_is_the_nearest_name_or_all_of_them():
    assert str(did_you_mean("tunover", ["turnover", "stability"])) == 'did you mean "turnover"?'
    assert str(did_you_mean("x", ["turnover", "stability"])) == "known: stability, turnover"
    error = UsageError("unknown", hint=did_you_mean("tunover", ["turnover"]))
    assert error.hint == 'did you mean "turnover"?'
    assert error.values == {"nearest": "turnover"}


def test_only_allowed_values_are_printed_in_the_fixed_text():
    error = UsageError('"{one}" and "{two:,}"', where="{one}", hint="{two} in {three}", one="Ann", two=1234, three="x")
    assert error.fixed(everything) == str(error)
    assert error.fixed(nothing) == '...: "..." and "...". Hint: ... in ...'
    assert error.fixed(lambda value: value == 1234) == '...: "..." and "1,234". Hint: 1234 in ...'


def test_a_list_is_printed_only_where_all_its_names_are_allowed():
    error = UsageError("{names}", hint=did_you_mean("zzz", ["Ann", "turnover"]), names=["turnover", "Ann"])
    assert error.fixed(lambda value: value == "turnover") == "... Hint: known: ..."
    assert error.fixed(lambda value: value in {"turnover", "Ann"}) == "turnover, Ann. Hint: known: Ann, turnover."


def test_a_phrase_within_a_phrase_keeps_its_sentence_and_loses_its_values():
    error = InputError("not usable: {faults}", faults=[Phrase("{n} rows of {who}", n=3, who="Ann")])
    assert error.fixed(nothing) == "not usable: ... rows of ..."


@pytest.mark.parametrize("size", [LONGEST, 10 * LONGEST])
@pytest.mark.parametrize("long", PARTS)
def test_a_text_has_at_most_2000_characters(size, long):
    parts = {"what": "too long", "where": "here", "hint": "do that"} | {long: "{value}"}
    error = UsageError(parts["what"], where=parts["where"], hint=parts["hint"], value="x" * size)
    assert len(str(error)) <= LONGEST
    assert "..." in str(error)
    for part in set(PARTS) - {long}:  # the short parts stay whole
        assert parts[part] in str(error)
    every = UsageError("{value}", where="{value}", hint="{value}", value="x" * size)
    assert len(str(every)) <= LONGEST
    assert len(str(UsageError("{names}", names=["x" * size] * 9, hint="{names}"))) <= LONGEST
    assert len(error.values["value"]) <= LONGEST


def test_a_text_of_1900_characters_stays_whole():
    assert str(UsageError("{value}", value="x" * 1900)) == "x" * 1900 + "."


@pytest.mark.parametrize("character", ["\n", "\r", "\t", "\0", "\x1b", "\x9b", "\u2028", "\u202e", "\u200b", "\ud800"])
def test_a_text_has_no_control_characters(character):
    for error in (
        UsageError("{value}", where="{value}", hint="{value}", value=f"a{character}b"),
        UsageError("{values}", values=[f"a{character}b"]),
        UsageError(f"a{character}b"),
    ):
        text = str(error)
        assert "a b" in text
        assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


def test_any_other_value_becomes_text_or_a_number_when_the_error_is_made():
    class Whatever:
        def __str__(self):
            return "whatever"

    values = UsageError("{a} {b} {c}", a=Path("x"), b=Whatever(), c=[1.5, None]).values
    assert values == {"a": "x", "b": "whatever", "c": (1.5, "None")}
    assert {type(value) for value in values.values()} == {str, tuple}


def test_a_number_too_long_to_print_is_left_out():
    assert UsageError("{n} rows", n=10**6000).what == "... rows"


def test_the_texts_of_an_error_cannot_be_set():
    error = UsageError("fixed")
    for part in (*PARTS, "template", "values", "parts"):
        with pytest.raises(AttributeError):
            setattr(error, part, "something else")


NESTED = InputError(
    "{n:,} rows: {faults}",
    where="{file}",
    hint=did_you_mean("a", ["b", "c"]),
    n=1234,
    file="a.csv",
    faults=[Phrase("{who}", who="x")],
)


@pytest.mark.parametrize(
    "copied",
    [
        lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - what was just written
        lambda error: WorkforceError.from_record(json.loads(json.dumps(error.record()))),
    ],
)
@pytest.mark.parametrize(
    "error", [NESTED, UsageError("plain"), DisclosureError("{a}", a=1), EnvironmentFault("no", where="x")]
)
def test_an_error_that_crosses_to_another_process_keeps_everything(copied, error):
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), again.exit_code) == (str(error), error.exit_code)
    assert (again.template, again.values, again.parts) == (error.template, error.values, error.parts)
    assert again.fixed(nothing) == error.fixed(nothing)


def test_a_record_of_another_class_becomes_a_plain_library_error():
    class AnnSmith(WorkforceError):  # noqa: N818 - a class that a notebook named after a person
        pass

    again = WorkforceError.from_record(AnnSmith("no").record())
    assert type(again) is WorkforceError


def test_an_error_is_passed_on_by_its_parts():
    first = UsageError('no "{name}"', hint=did_you_mean("a", ["b"]), name="Ann")
    second = SettingsError(first.parts.what, where="{file}", hint=first.parts.hint, file="area.toml")
    assert str(second) == 'area.toml: no "Ann". Hint: known: b.'
    assert second.fixed(nothing) == '...: no "...". Hint: known: ...'


class Module:
    """One module of the library, and what in it is a fixed sentence."""

    def __init__(self, source, errors, phrases):
        self.tree = ast.parse(source)
        self.errors = errors  # the names of the library's error classes
        self.phrases = phrases  # the names of functions that return a Phrase
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id.isupper()
        }

    def faults(self):
        """The line of each error or phrase that is not a fixed sentence with the values that it names, and what is wrong."""
        for call in (node for node in ast.walk(self.tree) if isinstance(node, ast.Call)):
            name = called(call)
            if name in self.errors or name == "Phrase":
                yield from ((call.lineno, fault) for fault in self._faults_of(call, phrase=name == "Phrase"))

    def _faults_of(self, call, *, phrase):
        if any(keyword.arg is None for keyword in call.keywords) or len(call.args) > 1:
            yield "arguments that cannot be followed"
            return
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        parts = [*call.args, *(named.pop(part) for part in PARTS if part in named and not phrase)]
        templates = []
        for part in parts:
            fixed = self._templates(part)
            if fixed is None:
                yield f"{ANYTHING}: {ast.unparse(part)}"
                return
            templates += fixed
        fields = [field for template in templates for field in Formatter().parse(template) if field[1] is not None]
        if {name for _, name, _, _ in fields} != set(named):
            yield f"placeholders {sorted({name for _, name, _, _ in fields})}, values {sorted(named)}"
        if any(spec not in ("", ",") or conversion for _, _, spec, conversion in fields):
            yield "a format for other values than numbers"

    def _templates(self, node):
        """The templates that an expression can be, or None where it is not fixed."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [] if node.value is None else None
        if isinstance(node, ast.IfExp):
            return joined(self._templates(node.body), self._templates(node.orelse))
        if isinstance(node, ast.Call):
            return self._templates_of_call(node)
        if isinstance(node, ast.Attribute):  # a part of another error
            return [] if ast.unparse(node).endswith(tuple(f".parts.{part}" for part in PARTS)) else None
        return self._constant(node.value if isinstance(node, ast.Subscript) else node)

    def _templates_of_call(self, call):
        if called(call) in self.phrases:
            return []  # its own sentences are looked at where they are
        if called(call) == "get" and isinstance(call.func, ast.Attribute):
            return joined(self._constant(call.func.value), *(self._templates(one) for one in call.args[1:]))
        return None

    def _constant(self, node):
        """The texts of a constant of the module: a text, or a table of texts."""
        value = self.constants.get(node.id) if isinstance(node, ast.Name) else None
        if isinstance(value, ast.Dict):
            return joined(*(self._templates(one) for one in value.values))
        return self._templates(value) if isinstance(value, ast.Constant) else None


def called(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", None)


def joined(*several):
    return None if any(one is None for one in several) else [text for one in several for text in one]


def functions_returning_phrases(trees):
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {"Phrase"} | {
        one.name for one in functions if one.returns and ast.unparse(one.returns).strip("'") == "Phrase"
    }


def error_classes(trees):
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    names = {"WorkforceError"}
    while more := {one.name for one in classes if names & set(map(ast.unparse, one.bases))} - names:
        names |= more
    return names


def test_every_error_of_the_library_is_a_fixed_sentence_with_named_values():
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    trees = [ast.parse(source) for source in sources.values()]
    errors, phrases = error_classes(trees), functions_returning_phrases(trees)
    assert {"UsageError", "PageRefused"} < errors
    assert "did_you_mean" in phrases
    for path in PASSING_ON:
        sources.pop(SOURCE / path, None)
    faults = [
        f"{path.relative_to(SOURCE)}:{line}: {fault}"
        for path, source in sources.items()
        for line, fault in Module(source, errors, phrases).faults()
    ]
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ('raise UsageError(f"{row}")', ANYTHING),
        ('raise UsageError("a " + row)', ANYTHING),
        ('raise UsageError("a {}".format(row))', ANYTHING),
        ('raise UsageError("a %s" % row)', ANYTHING),
        ("raise UsageError(row)", ANYTHING),
        ("raise UsageError(str(row))", ANYTHING),
        ("raise UsageError(error.what)", ANYTHING),
        ("raise UsageError(told[key])", ANYTHING),
        ('raise UsageError("a" if row else row)', ANYTHING),
        ('raise UsageError("a", where=row.name)', ANYTHING),
        ('raise UsageError("a", hint=f"{row}")', ANYTHING),
        ('raise UsageError(what=f"{row}")', ANYTHING),
        ("raise errors.UsageError(row)", ANYTHING),
        ('raise UsageError("a", hint=Phrase(f"{row}"))', ANYTHING),
        ("raise UsageError(row, **more)", "cannot be followed"),
        ('raise UsageError("{row}")', "placeholders"),
        ('raise UsageError("a", row=row)', "placeholders"),
        ('raise UsageError("{row:%Y}", row=row)', "a format"),
        ('raise UsageError("{row}", row=f"{row}")', None),
        ('raise UsageError("a" if row else "{row}", hint=did_you_mean(row, rows), row=row)', None),
        ("raise UsageError(_ADVICE[key], hint=_ADVICE.get(key))", None),
        ("raise UsageError(error.parts.what, hint=error.parts.hint)", None),
    ],
)
def test_the_search_finds_sentences_that_are_not_fixed(statement, fault):
    module = Module(f'_ADVICE = {{"a": "b"}}\n{statement}', {"UsageError"}, {"Phrase", "did_you_mean"})
    faults = [text for _, text in module.faults()]
    assert bool(faults) == bool(fault)
    assert all(fault in text for text in faults)

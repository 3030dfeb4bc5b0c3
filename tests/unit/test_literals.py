"""What is written in a notebook's code, by the argument that it is passed as; and what the run and the settings allow besides."""

import pytest

from workforce.report.permitted import Permitted, literals, settings_of, underscored


@pytest.mark.parametrize(
    ("cells", "name", "value"),
    [
        (['f(title="A")'], "title", "A"),
        (["f(target=12)"], "target", 12.0),
        (["f(target=-1.5)"], "target", -1.5),
        (['f(columns={"nhs": "NHS"})'], "columns", "nhs"),
        (['f(columns={"nhs": "NHS"})'], "columns", "NHS"),
        (['words = {"nhs": "NHS"}', "f(columns=words)"], "columns", "NHS"),
        (['words = {"nhs": "NHS"}\nwords |= {"dfe": "DfE"}\nf(columns=words)'], "columns", "DfE"),
        (['words = {}\nwords["dfe"] = "DfE"\nf(columns=words)'], "columns", "DfE"),
        (['f(columns={"a": "A"} | {"b": "B"})'], "columns", "B"),
        (['start = "Leavers"', 'f(title=f"{start}, year by year")'], "title", "Leavers, year by year"),
        (['start = "Leavers"', 'f(title=start + ", year by year")'], "title", "Leavers, year by year"),
        (['f(title="A" if wide else "B")'], "title", "B"),
        (['TITLES = {"a": "A"}\nf(title=TITLES["a"])'], "title", "A"),
        (['one, two = "A", "B"\nf(title=two)'], "title", "B"),
        (['for title in ["A", "B"]:\n    f(title=title)'], "title", "B"),
        (['for key, title in {"a": "A"}.items():\n    f(title=title)'], "title", "A"),
        (['[f(title=title) for title in ("A", "B")]'], "title", "A"),
        (["def show(heading):\n    f(title=heading)", 'show("A")'], "title", "A"),
        (["def show(*, heading):\n    f(title=heading)", 'show(heading="A")'], "title", "A"),
        (['def show(heading="A"):\n    f(title=heading)'], "title", "A"),
        (['options = {"title": "A"}\nf(**options)'], "title", "A"),
        (['f(frame, "A title")'], "title", "A title"),
        (["f(title=month)"], "title", "2023-03"),
        (['f(title=f"To {month}")'], "title", "To 2023-03"),
        (['%config x.y = 1\nf(title="A")'], "title", "A"),
    ],
)
def test_what_is_written_in_the_code_is_found(cells, name, value):
    assert literals(cells, {"month": "2023-03"}).has(name, value)


@pytest.mark.parametrize(
    ("cells", "name", "value"),
    [
        (["f(target=3)"], "until", 3.0),
        (["f(3)"], "target", 3.0),
        (["x = 3"], "target", 3.0),
        (["f(target=True)"], "target", 1.0),
        (['f(month="3")'], "title", "3"),
        (['f("3")'], "title", "3"),
        (["f(title=str(3))"], "title", "3"),
        (['f(title=f"{3} left")'], "title", "3 left"),
        (['f(title=f"{n:02d} left")'], "title", "03 left"),
        (['f(title="3" * 2)'], "title", "33"),
        (['f(title="{} left".format(3))'], "title", "3 left"),
        (['f(title="3%s" % "4")'], "title", "34"),
        (['f(title=", ".join(["3", "4"]))'], "title", "3, 4"),
        (["# f(title='A')"], "title", "A"),
        (['"""f(title=\'A\')"""'], "title", "A"),
        (["exec('f(title=\"A\")')"], "title", "A"),
        (["f(title='A'"], "title", "A"),
        (["a = b\nb = a\nf(title=a)"], "title", "A"),
    ],
)
def test_what_only_running_the_code_would_tell_is_not(cells, name, value):
    assert not literals(cells).has(name, value)


def test_a_text_with_very_many_meanings_has_none():
    many = "; ".join(f"a{n} = 'x'" if n else "a0 = 'x'" for n in range(20)) + "; a = ('x', 'y', 'z')"
    assert not literals([many, 'f(title=f"{a}{a}{a}{a}{a}{a}{a}{a}{a}")']).has("title", "xxxxxxxxx")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("released._results", ["_results"]),
        ("().__class__", ["__class__"]),
        ("import workforce._x", ["_x"]),
        ("from workforce.sealed import _made as made", ["_made"]),
        ("from __future__ import annotations", []),
        ("_ = 1\n_own = _\n__name__", []),
        ("f('_text')", []),
    ],
)
def test_names_that_begin_with_an_underscore_are_found(source, names):
    assert underscored(source) == names


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "area.toml"
    path.write_text(
        '[area]\nname = "Coast"\n[casework]\ncaseload_limit = 18.5\ncaseworker_roles = ["Case officer"]\n'
        "[casework.weights]\nehc_plan = 1.5\n[costs]\nleaver = 9500\n[[targets]]\nvalue = 12\n"
        '[[decisions]]\ndecision = "Agree"\ndue = 2023-06-30\n[disclosure]\ngroup_size = 5\n[roles]\n"EP" = ["Ed psych"]\n'
    )
    return settings_of(path)


@pytest.mark.parametrize(
    ("name", "value", "may"),
    [
        ("title", "Coast", True),
        ("title", "Case officer", True),
        ("title", "EP", True),
        ("decision", "2023-06-30", True),
        ("target", 12.0, True),
        ("target", 18.5, True),
        ("limit", 18.5, True),
        ("limit", 12.0, False),
        ("costs", 9500.0, True),
        ("weights", 1.5, True),
        ("weights", 9500.0, False),
        ("target", 5.0, False),
        ("until", 12.0, False),
        ("title", "Moor", False),
        ("title", "12", False),
        ("title", "", True),
    ],
)
def test_settings_may_be_printed_their_numbers_by_argument(settings, name, value, may):
    assert Permitted(settings=settings).may_print(name, value) == may


def test_the_names_of_unit_costs_may_be_printed_without_any_of_them_in_the_settings():
    without = Permitted(settings=[("area.name", "Coast")])
    names = ("leaver", "agency_fte", "employed_fte", "source")
    assert [name for name in names if not without.may_print("costs", name)] == []
    assert not without.may_print("title", "leaver")
    assert not without.may_print("costs", "Coast agency")


def test_parameters_of_the_run_may_be_printed():
    run = Permitted(parameters={"local_authority": "Devon", "until": 6, "wide": True})
    assert run.may_print("area", "Devon")
    assert run.may_print("until", 6.0)
    assert not run.may_print("until", 1.0)
    assert not run.may_print("area", "Cornwall")

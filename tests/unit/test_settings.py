"""Settings: what an area.toml may say, and how its faults are told."""

import pickle
import re
from datetime import date

import pytest

from builders import counted, load_settings
from workforce.errors import SettingsError, UsageError

GOOD = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
localities = ["North", "South"]

[[targets]]
measure = "turnover"
definition = "average"
value = 12

[[decisions]]
question = "keeping"
decision = "Fund two posts"
owner = "Director of inclusion"
due = 2023-06-30

[organisations.council]
name = "Anyshire Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31

[[organisations.council.files]]
path = "council/staff.csv"
table = "assignments"
date_format = "%d/%m/%Y"
columns = { person_id = "No", start_date = "Start", fte = "FTE", role = "Job" }
values = { role = { "TA" = "Teaching assistant" } }
constants = { staff_group = "Schools" }
"""
PLACE = "area.toml, organisations.council"


def written(tmp_path, text=GOOD):
    path = tmp_path / "area.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(tmp_path, old, new):
    assert GOOD.count(old) == 1
    with pytest.raises(SettingsError) as caught:
        load_settings(written(tmp_path, GOOD.replace(old, new)))
    assert caught.value.exit_code == 3
    return caught.value


def test_a_report_finds_what_it_needs_in_the_settings(tmp_path):
    settings = load_settings(written(tmp_path))
    assert settings.organisation_names == {"council": "Anyshire Council"}
    assert settings.folder == tmp_path
    assert settings.target("turnover", "average").value == 12.0
    assert settings.target("turnover", "nhs") is None
    assert settings.decision("keeping").due == date(2023, 6, 30)
    assert settings.decision("pay") is None
    assert settings.supplied_by("assignments") == ("council",)
    assert settings.supplied_by("absences") == ()
    assert settings.disclosure.audience == "board"
    assert settings.id_scheme("council") == "council"


def test_settings_survive_the_way_to_a_worker_process(tmp_path):
    settings = load_settings(written(tmp_path))
    again = pickle.loads(pickle.dumps(settings))  # noqa: S301 - our own bytes
    assert (again, again.path) == (settings, settings.path)


def test_settings_cannot_be_changed(tmp_path):
    settings = load_settings(written(tmp_path))
    with pytest.raises(ValueError, match="frozen"):
        settings.area.name = "Elsewhere"


def test_an_unknown_organisation_is_told_with_the_nearest_known_one(tmp_path):
    with pytest.raises(UsageError, match='did you mean "council"'):
        load_settings(written(tmp_path)).organisation("counci")


@pytest.mark.parametrize(
    ("old", "new", "where", "hint"),
    [
        ("columns = {", "colums = {", f"{PLACE}.files[0].colums", '"columns"'),
        ('name = "Anyshire"', 'nmae = "Anyshire"', "area.toml, area.nmae", '"name"'),
        (
            'slug = "anyshire"',
            'slug = "anyshire"\nlocal_authorty = "Devon"',
            "area.toml, area.local_authorty",
            '"local_authority"',
        ),
        ('definition = "average"', 'definition = "averge"', "area.toml, targets[0]", '"average"'),
        ('slug = "anyshire"', 'slug = "../x"', "area.toml, area.slug", "small letters"),
        ('month = "2023-03"', 'month = "2023-13"', "area.toml, area.month", '"2023-03"'),
        ('month = "2023-03"', "month = 2023-03-01", "area.toml, area.month", '"2023-03"'),
        ("due = 2023-06-30", 'due = "2023-06-30"', "area.toml, decisions[0].due", "without quotation marks"),
        ("records_from = 2017-04-01", "records_from = 20170401", f"{PLACE}.records_from", "without quotation marks"),
        ("records_to = 2023-03-31", "records_to = 2016-03-31", f"{PLACE}.records_to", "first day"),
        ('kind = "council"', 'kind = "parish"', f"{PLACE}.kind", "data/README.md"),
        ("[organisations.council]", "[organisations.'The Council']", "area.toml, organisations.The Council", "slug"),
        ('table = "assignments"', 'table = "asignments"', f"{PLACE}.files[0].table", '"assignments"'),
        ('"council/staff.csv"', '"../staff.csv"', f"{PLACE}.files[0].path", "next to area.toml"),
        ('"council/staff.csv"', '"/etc/staff.csv"', f"{PLACE}.files[0].path", "next to area.toml"),
        ('"council/staff.csv"', "'council\\staff.csv'", f"{PLACE}.files[0].path", "with /"),
        ('"council/staff.csv"', '"council/staff.doc"', f"{PLACE}.files[0].path", ".xlsx"),
        ("start_date =", "startdate =", f"{PLACE}.files[0].columns.startdate", '"start_date"'),
        ("values = { role =", "values = { rolle =", f"{PLACE}.files[0].values.rolle", '"role"'),
        (
            "constants = { staff_group",
            "constants = { staf_group",
            f"{PLACE}.files[0].constants.staf_group",
            '"staff_group"',
        ),
        ("constants = { staff_group", "constants = { role", f"{PLACE}.files[0].constants", "keep one"),
        ("constants = { staff_group", "constants = { employment", f"{PLACE}.files[0].constants.employment", "agency"),
        ("constants = { staff_group", "constants = { organisation", f"{PLACE}.files[0].constants.organisation", "key"),
        (
            'constants = { staff_group = "Schools" }',
            "constants = { team = [1] }",
            f"{PLACE}.files[0].constants.team",
            "data/README.md",
        ),
        ('"%d/%m/%Y"', '"%d/%m"', f"{PLACE}.files[0].date_format", "%d/%m/%Y"),
        ('"%d/%m/%Y"', '"dd/mm/yyyy"', f"{PLACE}.files[0].date_format", "%d/%m/%Y"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nencoding = "rot13"', f"{PLACE}.files[0].encoding", "utf-8"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nsheet = "Staff"', f"{PLACE}.files[0].sheet", "remove it"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nseparator = "||"', f"{PLACE}.files[0].separator", "one character"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nnumbers = "money"', f"{PLACE}.files[0].numbers", "data/README.md"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nend_dates = "next day"', f"{PLACE}.files[0].end_dates", "data/README.md"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\ncentury = 30', f"{PLACE}.files[0].century", "data/README.md"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nnulls = "none"', f"{PLACE}.files[0].nulls", "data/README.md"),
        ('"%d/%m/%Y"', '"%d/%m/%Y"\nid_digits = 0', f"{PLACE}.files[0].id_digits", "data/README.md"),
        ("constants = { staff_group", "constants = { known_to", f"{PLACE}.files[0].constants.known_to", "refused"),
        ("[[targets]]", "[refusals]\nshare = 2\n\n[[targets]]", "area.toml, refusals.share", "data/README.md"),
        ("[[targets]]", "[report]\nmaterial = 1\n\n[[targets]]", "area.toml, report.material", "data/README.md"),
        ("[[targets]]", "[refusals]\nrows = 0\n\n[[targets]]", "area.toml, refusals.rows", "data/README.md"),
        (
            "[[decisions]]",
            '[[decisions]]\nquestion="keeping"\ndecision="x"\nowner="y"\ndue=2023-01-01\n[[decisions]]',
            "area.toml, decisions",
            "keep one",
        ),
    ],
)
def test_a_fault_is_told_by_its_key_path_and_a_hint(tmp_path, old, new, where, hint):
    error = fault(tmp_path, old, new)
    assert error.where == where
    assert hint in error.hint


def test_a_table_without_end_dates_has_no_day_after_them(tmp_path):
    exits = 'table = "exits"\nend_dates = "exclusive"\ncolumns = { leaving_date = "Left", reason = "Why" }'
    old = GOOD[GOOD.index('table = "assignments"') :]
    error = fault(tmp_path, old, exits)
    assert (error.where, error.hint) == (f"{PLACE}.files[0].end_dates", "remove it")


def with_kpi(tmp_path, kpi):
    return written(tmp_path, GOOD.replace("[[decisions]]", f"[[kpis]]\nowner = 'Director'\n{kpi}\n[[decisions]]"))


def test_an_indicator_needs_a_good_side_where_the_measure_book_has_none(tmp_path):
    listed = "measure = 'headcount'\ndefinition = 'in_post'"
    with pytest.raises(SettingsError, match="does not say which way is better") as caught:
        load_settings(with_kpi(tmp_path, listed))
    assert caught.value.where == "area.toml, kpis[0].better"
    assert 'better = "higher"' in caught.value.hint
    assert load_settings(with_kpi(tmp_path, f"{listed}\nbetter = 'higher'")).kpis[0].better == "higher"


COUNTS = """
[[organisations.council.files]]
path = "council/counts.csv"
table = "counts"
columns = { measure = "m", definition = "d", unit = "u", over_time = "o", period_start = "f", period_end = "t", numerator = "n" }
"""


def test_what_organisations_count_themselves_needs_a_good_side_too(tmp_path):
    listed = "[[kpis]]\nowner = 'Director'\nmeasure = 'words_read'\ndefinition = 'aloud'\n"
    with pytest.raises(SettingsError, match="does not say which way is better"):
        load_settings(written(tmp_path, GOOD.replace("[[decisions]]", f"{listed}[[decisions]]") + COUNTS))
    load_settings(written(tmp_path, GOOD.replace("[[decisions]]", f"{listed}better = 'lower'\n[[decisions]]") + COUNTS))


def test_what_another_area_counted_under_the_same_name_is_no_contradiction(tmp_path):
    counted("lessons_given", "on screen", "people", "sum", out_of=False)
    listed = "[[kpis]]\nowner = 'Director'\nmeasure = 'lessons_given'\ndefinition = 'by hand'\nbetter = 'higher'\n"
    text = GOOD.replace("[[decisions]]", f"{listed}[[decisions]]") + COUNTS
    assert load_settings(written(tmp_path, text)).kpis[0].definition == "by hand"


def test_an_indicator_cannot_turn_the_measure_book_round(tmp_path):
    listed = "measure = 'turnover'\ndefinition = 'average'"
    with pytest.raises(SettingsError, match="lower is better") as caught:
        load_settings(with_kpi(tmp_path, f"{listed}\nbetter = 'higher'"))
    assert caught.value.where == "area.toml, kpis[0].better"
    assert load_settings(with_kpi(tmp_path, f"{listed}\nbetter = 'lower'")).kpis[0].better == "lower"


def test_a_typo_in_a_key_is_told_with_the_nearest_key(tmp_path):
    text = GOOD.replace("[[decisions]]", "[discloure]\naudience = 'board'\n[[decisions]]")
    with pytest.raises(
        SettingsError, match=re.escape('area.toml, discloure: unknown key. Hint: did you mean "disclosure"')
    ):
        load_settings(written(tmp_path, text))


def test_broken_toml_is_told_by_its_line_and_not_quoted(tmp_path):
    error = fault(tmp_path, 'slug = "anyshire"', 'slug = "SECRETPERSON')
    assert error.where == "area.toml, line 4"
    assert "SECRETPERSON" not in str(error)


def test_one_organisation_twice_is_broken_toml(tmp_path):
    with pytest.raises(SettingsError, match="not valid TOML"):
        load_settings(written(tmp_path, GOOD + '\n[organisations.council]\nname = "x"\nkind = "nhs"\n'))


def test_values_of_settings_are_never_quoted(tmp_path):
    error = fault(tmp_path, 'kind = "council"', 'kind = "SECRETPERSON"')
    assert "SECRETPERSON" not in str(error) + repr(error)


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    inside = tmp_path / "area"
    inside.mkdir()
    (inside / "council").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="leaves the folder"):
        load_settings(written(inside))


def test_a_folder_or_a_missing_file_is_no_area(tmp_path):
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(SettingsError, match=r"(a folder|no such file)"):
            load_settings(path)


# Roles of an indicator.


def caseload_kpi(roles="", target=""):
    """Two tables of settings: an indicator of caseload, and a target of it where one is given."""
    kpi = f"[[kpis]]\nowner = 'Director'\nmeasure = 'caseload'\ndefinition = 'dfe'\n{roles}\n"
    return kpi + (f"[[targets]]\nmeasure = 'caseload'\ndefinition = 'dfe'\n{target}\n" if target else "")


def with_tables(tmp_path, *tables):
    return written(tmp_path, GOOD.replace("[[decisions]]", "\n".join([*tables, "[[decisions]]"])))


SEND = "roles = ['SEND caseworker', 'Senior SEND caseworker']"
SOCIAL = "roles = ['Social worker']"


def test_each_profession_has_its_own_target_and_owner(tmp_path):
    one, other = caseload_kpi(SEND, f"value = 25\n{SEND}"), caseload_kpi(SOCIAL, f"value = 16\n{SOCIAL}")
    settings = load_settings(with_tables(tmp_path, one, other))
    assert [kpi.roles for kpi in settings.kpis] == [("SEND caseworker", "Senior SEND caseworker"), ("Social worker",)]
    assert [settings.target_value("caseload", "dfe", kpi.roles) for kpi in settings.kpis] == [25.0, 16.0]
    assert settings.target_value("caseload", "dfe", ["Senior SEND caseworker", "SEND caseworker"]) == 25.0
    assert settings.target_value("caseload", "dfe") is None


def test_one_indicator_may_have_the_target_that_names_no_roles(tmp_path):
    settings = load_settings(with_tables(tmp_path, caseload_kpi(SEND, "value = 25")))
    assert settings.target_value("caseload", "dfe", settings.kpis[0].roles) == 25.0


def test_a_target_of_roles_may_stand_without_any_indicator_of_its_measure(tmp_path):
    _, target = caseload_kpi(SEND, f"value = 25\n{SEND}").split("[[targets]]")
    settings = load_settings(with_tables(tmp_path, f"[[targets]]{target}"))
    assert "caseload" not in [kpi.measure for kpi in settings.kpis]
    assert settings.target_value("caseload", "dfe", ["SEND caseworker", "Senior SEND caseworker"]) == 25.0


@pytest.mark.parametrize(
    ("tables", "where", "what"),
    [
        ([caseload_kpi(SEND), caseload_kpi(SOCIAL, "value = 25")], "targets[1]", "does not say whose it is"),
        ([caseload_kpi(SEND), caseload_kpi()], "kpis[1]", "another KPI of this measure names roles"),
        ([caseload_kpi(SEND), caseload_kpi(SEND)], "kpis[1]: caseload, dfe", "one measure is listed twice"),
        ([caseload_kpi(SEND, n + SEND) for n in ("value = 25\n", "value = 16\n")], "targets[2]: caseload, dfe", "has two targets"),
        ([caseload_kpi(SEND, f"value = 25\n{SOCIAL}")], "targets[1].roles", "no KPI of this measure has these roles"),
        ([caseload_kpi(SEND).replace("'caseload'", "'turnover'").replace("'dfe'", "'average'")], "kpis[0].roles", "not of single roles"),
        ([caseload_kpi("roles = ['TA']"), "[roles]\n'Teaching assistant' = ['TA']"], "kpis[0].roles[0]", "own name of a role"),
    ],
)  # fmt: skip
def test_a_target_that_could_be_another_professions_is_refused(tmp_path, tables, where, what):
    with pytest.raises(SettingsError, match=re.escape(what)) as caught:
        load_settings(with_tables(tmp_path, *tables))
    assert caught.value.where == f"area.toml, {where}"
    assert caught.value.hint


def with_casework(tmp_path, limit, roles='["Case officer", "Therapist"]'):
    text = GOOD.replace(
        "[[targets]]", f"[casework]\ncaseload_limit = {limit}\ncaseworker_roles = {roles}\n\n[[targets]]", 1
    )
    return written(tmp_path, text)


@pytest.mark.parametrize(
    ("limit", "shared"),
    [
        ("18", 18.0),
        ('{ "Case officer" = 25, "Therapist" = 25 }', 25.0),
        ('{ "Case officer" = 25, "Therapist" = 60 }', None),
        ('{ "Case officer" = 25 }', None),
    ],
)
def test_a_limit_of_caseloads_is_one_number_or_one_of_each_role(tmp_path, limit, shared):
    assert load_settings(with_casework(tmp_path, limit)).casework.shared_limit == shared


@pytest.mark.parametrize("limit", ["0", '"25"', '{ "Case officer" = 0 }', '{ "Case officer" = "25" }', "[25]"])
def test_a_limit_of_caseloads_that_is_no_number_above_nothing_is_refused(tmp_path, limit):
    with pytest.raises(SettingsError) as caught:
        load_settings(with_casework(tmp_path, limit))
    assert caught.value.where.startswith("area.toml, casework.caseload_limit")
    assert "float" not in str(caught.value)
    assert "dict" not in str(caught.value)


def test_a_limit_of_a_role_that_holds_no_cases_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="not under caseworker_roles"):
        load_settings(with_casework(tmp_path, '{ "Case offcer" = 25 }'))

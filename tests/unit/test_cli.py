"""The command line: exit codes, plain messages, and not a word of data."""

import subprocess
import sys
from unittest.mock import Mock

import pytest

from workforce import cli
from workforce.errors import DisclosureError, EnvironmentFault, InputError, SettingsError, UsageError
from workforce.report import plan as plan_module


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line; returns its exit code, what it said, and what it said of faults."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["workforce", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def fails(monkeypatch):
    def with_(fault):
        def raise_it(_request):
            raise fault

        monkeypatch.setattr(plan_module, "plan", raise_it)

    return with_


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsageError, 2), (SettingsError, 3), (InputError, 4), (DisclosureError, 5), (EnvironmentFault, 6)],
)
def test_each_kind_of_fault_has_its_exit_code_and_a_plain_message(command, fails, kind, code):
    fails(kind("the column is missing", where="staff.csv", hint="map it"))
    assert command("run") == (code, "", "staff.csv: the column is missing. Hint: map it.\n")


def test_an_unforeseen_error_tells_its_type_and_nothing_else(command, fails):
    fails(ValueError("Jo of payroll 1234"))
    code, out, err = command("run")
    assert (code, out) == (1, "")
    assert err.startswith("ValueError: this was not foreseen.")
    assert "Jo" not in err
    assert "Traceback" not in err


def test_debug_shows_where(fails, monkeypatch):
    fails(ValueError("where"))
    monkeypatch.setattr(sys, "argv", ["workforce", "--debug", "run"])
    with pytest.raises(ValueError, match="where"):
        cli.main()


def test_an_interruption_is_said_and_published_nothing(command, fails):
    fails(KeyboardInterrupt())
    assert command("run") == (130, "", "Stopped. Nothing was published.\n")


@pytest.mark.parametrize(
    "words", [["rum"], ["run", "--mnth", "2023-03"], ["run", "--workers", "0"], ["check"], ["run", "--workers", "two"]]
)
def test_a_command_line_that_makes_no_sense_is_exit_2(command, words):
    assert command(*words)[0] == 2


def test_help_names_the_commands(command):
    code, out, _ = command("--help")
    assert code == 0
    assert all(name in out for name in ("run", "check", "sample", "lab", "official"))


def test_without_words_it_helps(command):
    _, out, err = command()
    assert "Usage" in out + err


def test_an_area_that_is_not_there_is_exit_3(command, tmp_path):
    code, _, err = command("check", str(tmp_path / "none.toml"))
    assert code == 3
    assert "there is no such file" in err


def test_a_file_that_is_no_official_file_is_exit_4_and_makes_no_store(command, tmp_path):
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    code, _, err = command("official", "add", str(tmp_path / "mine.csv"), "--store", str(tmp_path / "store"))
    assert code == 4
    assert "mine.csv" in err
    assert not (tmp_path / "store").exists()


PLANS = (
    "time_period,geographic_level,country_code,country_name,region_code,region_name,old_la_code,la_name,breakdown_topic,breakdown,"
    "EHCPlans,Mainstream_Total,mainstream_total_pc,special_total,special_total_pc,fe_total,fe_total_pc,ed_elsewhere,ed_elsewhere_pc\n"
    "202526,Local authority,E92000001,England,E12000009,South West,878,Devon,All EHC plans,All EHC plans,"
    "9000,4500,50.0,2700,30.0,900,10.0,900,10.0\n"
)


def test_a_newer_file_goes_into_a_store_that_begins_with_the_shipped_figures_and_an_unknown_one_is_named(
    command, tmp_path
):
    (tmp_path / "plans.csv").write_text(PLANS)
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    files = [str(tmp_path / name) for name in ("mine.csv", "plans.csv")]
    code, out, err = command("official", "add", *files, "--store", str(tmp_path / "store"))
    assert code == 4
    assert "mine.csv: nothing was read" in err
    assert "plans.csv: DfE SEN2 plans in January, 5 figures" in out
    code, out, _ = command("official", "list", "--store", str(tmp_path / "store"))
    assert code == 0
    assert "plans (dfe): to 31 January 2026" in out
    assert "turnover (dfe): to 30 September 2025" in out


def test_starting_the_command_loads_no_heavy_library():
    heavy = ("altair", "papermill", "nbconvert", "nbformat", "jinja2", "vl_convert", "scipy", "IPython")
    code = f"import sys, workforce.cli; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    assert done.stdout.strip() == "[]"


def test_lab_copies_notebooks_and_overwrites_none(tmp_path, monkeypatch):
    from workforce.report import lab

    source = tmp_path / "shipped"
    source.mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        (source / name).write_text("shipped")
    monkeypatch.setattr(lab, "shipped", lambda *_: source)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.ipynb").write_text("changed")
    assert lab.copy_notebooks(mine) == ["b.ipynb"]
    assert (mine / "a.ipynb").read_text() == "changed"


def test_lab_asks_nothing_of_the_network(tmp_path, monkeypatch):
    from workforce.report import lab

    monkeypatch.setenv("WORKFORCE_STATIC", "1")
    command, environment = lab.lab_command(tmp_path)
    assert "--LabApp.news_url=None" in command
    assert "--LabApp.extension_manager=readonly" in command
    assert "WORKFORCE_STATIC" not in environment
    assert (lab.CONFIG / "labconfig" / "page_config.json").is_file()


@pytest.fixture
def lab_started(monkeypatch, tmp_path):
    """What `workforce lab` starts in place of JupyterLab: its command and its environment."""
    from types import SimpleNamespace

    from workforce.report import lab

    started = SimpleNamespace(command=None, environment=None)

    def run(command, *, env, check):  # noqa: ARG001 - as subprocess.run takes it
        started.command, started.environment = command, env
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(lab, "subprocess", SimpleNamespace(run=run))
    monkeypatch.chdir(tmp_path)
    return started


def test_lab_opens_the_area_it_is_given_at_a_port_and_without_a_browser(command, lab_started, tmp_path, monkeypatch):
    import workforce as wf

    code, out, _ = command("sample", "mine", "--staff", "100", "--organisations", "1")
    assert code == 0, out
    assert command("lab", "mine/area.toml", "--port", "8899", "--no-browser")[0] == 0
    assert {"--ServerApp.port=8899", "--ServerApp.port_retries=0", "--no-browser"} <= set(lab_started.command)
    assert f"--ServerApp.root_dir={tmp_path / 'notebooks'}" in lab_started.command
    assert (tmp_path / "notebooks" / "explore.ipynb").is_file()
    monkeypatch.setenv("WORKFORCE_AREA", lab_started.environment["WORKFORCE_AREA"])
    opened, sample = wf.load_area(), wf.load_area(wf.load_area("mine/area.toml").settings.path)
    assert opened.settings.path == tmp_path / "mine" / "area.toml"
    assert opened.assignments.lazy().collect().equals(sample.assignments.lazy().collect())


def test_lab_without_an_area_opens_the_sample_at_any_port_whatever_was_open_before(command, lab_started, monkeypatch):
    monkeypatch.setenv("WORKFORCE_AREA", "/elsewhere/area.toml")
    assert command("lab", "--folder", "mine")[0] == 0
    assert "WORKFORCE_AREA" not in lab_started.environment
    assert [word for word in lab_started.command if "port" in word or "browser" in word] == []
    assert any(word.endswith("/mine") for word in lab_started.command)


@pytest.mark.parametrize(
    ("words", "code"), [(("none.toml",), 3), (("--port", "0"), 2), (("--port", "70000"), 2), ((".",), 3)]
)
def test_lab_says_what_is_wrong_before_it_starts(command, lab_started, tmp_path, words, code):
    exit_code, _, err = command("lab", *words)
    assert exit_code == code
    assert err
    assert lab_started.command is None
    assert not (tmp_path / "notebooks").exists()


def test_a_run_that_is_started_from_jupyterlab_opens_its_own_area(monkeypatch, tmp_path):
    from workforce.report import execute

    for name in ("WORKFORCE_AREA", "WORKFORCE_STATIC", "IPYTHONDIR"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setattr(execute, "logging", Mock())
    execute.prepare(tmp_path, Mock())
    assert "WORKFORCE_AREA" not in execute.os.environ

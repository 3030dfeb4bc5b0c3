"""Shared by all tests: hypothesis says the same thing on every machine, and spec tests draw their rows as a table."""

import os
import shutil
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, settings

# Each worker of pytest-xdist has one processor: a second thread for small matrices only gets in the way. Read when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Derandomised: a property that fails fails for everyone. No deadline: machines are noisy.
settings.register_profile(
    "workforce", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
# For .ci/more: --hypothesis-profile=more
settings.register_profile("more", settings.get_profile("workforce"), max_examples=400)
settings.load_profile("workforce")


def pytest_sessionstart():
    """Where the checks promise a browser, a run without one fails; elsewhere its tests skip and say so."""
    if os.environ.get("WORKFORCE_NEEDS_CHROMIUM") and not shutil.which("chromium"):
        raise pytest.UsageError("Chromium is not installed, and WORKFORCE_NEEDS_CHROMIUM asks for it")


DATES = ("_date", "_from", "_to", "service_start")
NUMBERS = ("fte", "annual_pay", "supplement", "full_time_hours", "days_lost", "funded_fte", "covered_by_agency_fte")


def _drawn(text: str, **constants) -> pl.DataFrame:
    """A frame from a drawn table: the first line names the columns, `.` is nothing, words of one cell are joined by an underscore."""
    head, *body = [line.split() for line in text.strip().splitlines()]
    rows = [{name: None if cell == "." else cell for name, cell in zip(head, line, strict=True)} for line in body]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(head, pl.String))
    frame = frame.with_columns(
        pl.col(c).str.to_date() if c.endswith(DATES) else pl.col(c).cast(pl.Float64) if c in NUMBERS else pl.col(c)
        for c in head
    )
    typed = {name: pl.lit(value, pl.Date if isinstance(value, date) else None) for name, value in constants.items()}
    return frame.with_columns(**{name: value for name, value in typed.items() if name not in head})


@pytest.fixture(scope="session")
def drawn():
    """Draw a table: drawn('''person_id start_date ...''', organisation='council')."""
    return _drawn

"""Outlook: caseworkers in post, caseload and backlog some months ahead, as things are and as they might be made.

Promises: seeded, so that equal records give equal figures; every path keeps its accounts (`outlook_paths`); the bands carry what is not
known of the rates as well as chance; nothing after the day of the outlook is looked at. Refuses: unknown or repeated scenarios, shares
outside 0 to 1, records that cannot be fitted to.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.errors import UsageError
from workforce.measures.casework.clocks import ASSESSMENT, WEEK
from workforce.measures.casework.outlook_fit import LASTING, Fitted, Tables, fit
from workforce.measures.casework.outlook_paths import AS_NOW, Paths, Scenario, simulate
from workforce.measures.frame import measure_table
from workforce.periods import Period, month, shift

LIKELY, SURELY = 0.80, 0.95  # of the paths, the shares inside the two bands
FIGURES: Final = ("backlog", "caseload", "fte")
_MOST_MONTHS: Final = 60


def outlook(
    records: Tables,
    months: int,
    scenarios: Sequence[Scenario] = (AS_NOW,),
    *,
    roles: Sequence[str],
    on: date | None = None,
    case_type: str = ASSESSMENT,
    lasting: Sequence[str] = LASTING,
    weeks: int = 20,
    history: int = 36,
    paths: int = 1_000,
    seed: int = 2023,
) -> pl.DataFrame:
    """Caseworkers in post (FTE), open cases per FTE and requests past their date at the end of each of the months after a day.

    Definitions (`fte`, `caseload`, `backlog`): this project's measure book; a row for each scenario (column `scenario`) and month.
    value: the median path. lower, upper: 95 in 100 paths lie between; lower_80, upper_80: 80 in 100. denominator: staff in post on the day
    of the outlook; people: these, of the backlog the children whose requests are past their date on the day where they are fewer.
    records: `Records` or anything with its tables; one organisation's are `records.only(slug)`.

    Fitted to the months of `history` before `on` (without it, the last day that all the organisations' records cover): rates of leaving by
    length of service, with those in post when the history begins entering late; rates at which vacancies are filled, or a round fails,
    by how long they have been open (a filled vacancy closes when its new worker starts); agency cover; arrivals; rates of closing by the
    age of the case, for requests (`case_type`), for cases that last as long as the child needs them (`lasting`), and for all others.
    Arrivals and closings keep the level that they have reached, which wanders as it has wandered, and their season (`outlook_levels`);
    how far closings follow the staff, and how far the number of cases, is learned from the history, and lasting cases follow neither.

    Assumed: every leaver's post is filled again; as many posts are funded as now; a lasting case follows a request as often as it did; a
    year's turnover differs from the history's as England's has (`outlook_paths.YEAR_TO_YEAR`).

    Refused: records without vacancies or cases in the roles; cut_sickness where nobody records absence.

    >>> import workforce as wf
    >>> ahead = outlook(wf.load_area().only("council"), 2, roles=["SEND caseworker"], paths=100)
    >>> ahead.filter(pl.col("definition") == "fte")["period_end"].to_list()
    [datetime.date(2023, 4, 30), datetime.date(2023, 5, 31)]
    """
    named = _checked(scenarios, months, paths)
    fitted = fit(records, roles=roles, on=on, history=history, case_type=case_type, lasting=lasting)
    if fitted.absence_rate is None and any(s.cut_sickness for s in named):
        raise UsageError("nobody records sickness in these roles", where="cut_sickness=", hint="leave it out")
    ahead = months_after(fitted.on, months)
    parts = []
    for scenario in named:
        followed = paths_of(fitted, scenario, months, weeks=weeks, paths=paths, seed=seed)
        parts.append(_rows(followed, fitted, scenario, ahead))
    rows = pl.concat(parts)
    bands = ["lower", "upper", "lower_80", "upper_80"]
    tables = [
        measure_table(rows.filter(pl.col("definition") == name).drop(bands), "outlook", name, by=[]) for name in FIGURES
    ]
    keys = ["definition", "scenario", "period_end"]
    return (
        pl.concat(tables)
        .drop("lower", "upper", "method")
        .join(rows.select(*keys, *bands), on=keys, how="left", maintain_order="left")
        .with_columns(method=pl.lit("simulated"))
        .select(*tables[0].columns, "lower_80", "upper_80")
    )


def outlook_checked(
    records: Tables,
    months: int = 12,
    *,
    roles: Sequence[str],
    on: date,
    case_type: str = ASSESSMENT,
    lasting: Sequence[str] = LASTING,
    weeks: int = 20,
    history: int = 36,
    paths: int = 1_000,
    seed: int = 2023,
) -> pl.DataFrame:
    """The outlook that could have been made so many months before a day: what has happened since can be drawn over it (`outlook_past`).

    on: the last day of a month, up to which it is known what happened. All else as in `outlook`, with things as they were then.

    >>> import workforce as wf
    >>> then = outlook_checked(wf.load_area().only("council"), 2, roles=["SEND caseworker"], on=date(2023, 3, 31), paths=100)
    >>> then.filter(pl.col("definition") == "fte")["period_end"].to_list()
    [datetime.date(2023, 2, 28), datetime.date(2023, 3, 31)]
    """
    if month(f"{on:%Y-%m}").end != on:
        raise UsageError("the day is not the last of its month", where="on=", hint="give the last day of a month")
    made = month(shift(f"{on:%Y-%m}", -months)).end
    return outlook(
        records,
        months,
        roles=roles,
        on=made,
        case_type=case_type,
        lasting=lasting,
        weeks=weeks,
        history=history,
        paths=paths,
        seed=seed,
    )


def paths_of(
    fitted: Fitted, scenario: Scenario, months: int, *, weeks: int = 20, paths: int = 1_000, seed: int = 2023
) -> Paths:
    """The simulated paths behind an outlook, for whoever wants to check their accounts. The same seed serves every scenario."""
    ahead = months_after(fitted.on, months)
    return simulate(fitted, scenario, ahead, overdue_after=WEEK * weeks, paths=paths, seed=seed)


def months_after(day: date, count: int) -> list[Period]:
    """The stretches from the day after a day to the end of each of the next months; a day inside a month first ends that month.

    >>> [str(p.end) for p in months_after(date(2023, 3, 31), 2)]
    ['2023-04-30', '2023-05-31']
    """
    this = f"{day:%Y-%m}"
    first = 1 if month(this).end == day else 0
    ends = [month(shift(this, first + step)).end for step in range(count)]
    starts = [day, *ends[:-1]]
    return [Period(date.fromordinal(s.toordinal() + 1), e) for s, e in zip(starts, ends, strict=True)]


def _rows(paths: Paths, fitted: Fitted, scenario: Scenario, ahead: Sequence[Period]) -> pl.DataFrame:
    figures = {"backlog": paths.overdue.astype(np.float64), "caseload": paths.caseload, "fte": paths.fte}
    ends = [p.end for p in ahead]
    staff = len(fitted.staff_fte)
    late_now = int(paths.overdue[0, 0])
    parts = []
    for name, values in figures.items():
        lower, lower_80, middle, upper_80, upper = (_quantile(values[:, 1:], q) for q in _CUTS)
        frame = pl.DataFrame(
            {
                "period_start": ends,
                "period_end": ends,
                "value": middle,
                "lower": lower,
                "upper": upper,
                "lower_80": lower_80,
                "upper_80": upper_80,
            }
        ).with_columns(
            pl.col("value", "lower", "upper", "lower_80", "upper_80").fill_nan(None),
            definition=pl.lit(name),
            scenario=pl.lit(scenario.name),
            denominator=pl.lit(float(staff)),
            people=pl.lit(min(staff, late_now) if name == "backlog" and late_now else staff, pl.Int64),
        )
        parts.append(frame)
    return pl.concat(parts)


_CUTS: Final = ((1 - SURELY) / 2, (1 - LIKELY) / 2, 0.5, (1 + LIKELY) / 2, (1 + SURELY) / 2)


def _quantile(values: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.float64]:
    # By rank / (paths + 1), so that a new path lies beyond the cut as often as its share says, however many paths there are.
    return np.quantile(values, share, axis=0, method="weibull")


def _checked(scenarios: Sequence[Scenario], months: int, paths: int) -> list[Scenario]:
    several = list(scenarios)
    if not several or len({s.name for s in several}) != len(several):
        raise UsageError(
            "scenarios need different names", where="scenarios=", hint='Scenario("five more posts", recruit=5)'
        )
    for each in several:
        shares = (each.retain, each.reduce_demand, each.cut_sickness)
        if not all(0 <= share <= 1 for share in shares) or each.recruit < 0:
            raise UsageError(
                "a scenario has a share outside 0 to 1, or recruits fewer than 0",
                where="scenarios=",
                hint="0.2 is a fifth",
            )
    if not 1 <= months <= _MOST_MONTHS:
        raise UsageError("an outlook has 1 to {most} months", where="months=", hint="12 is usual", most=_MOST_MONTHS)
    if paths < 100:  # noqa: PLR2004 - a 95% band needs some paths beyond each side
        raise UsageError("an outlook needs 100 paths or more", where="paths=", hint="1000 are usual")
    return several

"""Incidences: shares by cause in blocks, so that no step shows one person's leaving day or where they went.

What is shown follows from counts at the midpoints of sixes, cause by cause, and from rounded limits; it adds up to one with those who
stayed. Causes of few people are joined, never dropped: a share that was left out could be had by subtraction. It ends where fewer people
are at risk than a rate needs. A group of few leavers is withheld whole.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.disclosure.rules import BLOCK, WITHHELD, Rule
from workforce.errors import DisclosureError
from workforce.results import FIRST, Incidence
from workforce.stats.incidence import INCIDENCE_COLUMNS, PEOPLE_LEAVING
from workforce.stats.intervals import z_value

Array = npt.NDArray[np.float64]

FEW_EACH: Final = "others, of few people each"
_DAYS: Final = 30  # times are told to so many days


def released_incidence(incidence: Incidence, rule: Rule) -> Incidence:
    """Return incidences in blocks. It needs the counts behind it: at_risk (of all causes) and left (for the cause).

    Returns by..., time, cause, at_risk, left, value, standard_error, lower, upper, marker. Limits follow from a standard error of two
    significant figures; of joined causes there are none. Times are told to 30 days: the day of a step is the day on which somebody left,
    and here it would say where to as well.

    >>> from workforce.disclosure.rules import RULES
    >>> from workforce.stats.incidence import incidence_table
    >>> causes = ["nhs", "nhs", "retirement", None] * 24
    >>> spells = pl.DataFrame({"entry": 0, "exit": [40 * (n % 8) + 40 for n in range(96)], "cause": causes})
    >>> shown = released_incidence(incidence_table(spells), RULES["board"]).frame
    >>> shown.head(2).select("time", "cause", "at_risk", "left").rows()
    [(60, 'nhs', 93.0, 9.0), (60, 'retirement', 93.0, 0.0)]
    """
    table = incidence.frame
    groups = [*(c for c in FIRST if c in table.columns), *incidence.groups]
    with_marker = table.with_columns(marker=pl.lit(None, pl.String))
    if rule.name == "partner" or table.is_empty():
        return incidence._with(with_marker)
    if set(PEOPLE_LEAVING) <= set(table.columns):
        raise DisclosureError(
            "incidences by hours of work do not say how many people are behind each step",
            hint='release those of headcount (basis="headcount")',
        )
    blocks = [
        _in_blocks(group.sort("time", "cause"), groups, rule)
        for _, group in with_marker.group_by(groups or [pl.lit(1)], maintain_order=True)
    ]
    return incidence._with(pl.concat(blocks).select(with_marker.columns))


def _in_blocks(part: pl.DataFrame, groups: list[str], rule: Rule) -> pl.DataFrame:
    totals = {str(c): float(n) for c, n in part.group_by("cause").agg(pl.col("left").sum()).sort("cause").iter_rows()}
    if sum(totals.values()) <= rule.small or part["at_risk"].max() <= rule.small:  # type: ignore[operator]
        return _withheld(part)
    small_causes = _few(totals, rule.small)
    causes = [c for c in totals if c not in small_causes] + ([FEW_EACH] if small_causes else [])
    times = part["time"].unique().sort()
    at_risk = part.group_by("time").agg(pl.col("at_risk").first()).sort("time")["at_risk"].to_numpy()
    counts: dict[str, Array] = {}
    errors: dict[str, Array | None] = {}
    for cause in causes:
        of_cause = part.filter(pl.col("cause").is_in(small_causes) if cause == FEW_EACH else pl.col("cause") == cause)
        counts[cause] = of_cause.group_by("time").agg(pl.col("left").sum()).sort("time")["left"].to_numpy()
        errors[cause] = None if cause == FEW_EACH else of_cause.sort("time")["standard_error"].to_numpy()
    midpoints = np.stack([_midpoint(np.cumsum(counts[c])) for c in causes], axis=1)
    steps = np.diff(midpoints, axis=0, prepend=0.0)
    minimum = max(rule.rates_from, rule.small + 1)
    rows: list[dict[str, Any]] = []
    value, stayed = np.zeros(len(causes)), 1.0
    end = times[0]
    for i, time in enumerate(times):
        n = float(_midpoint(at_risk[i]))
        if at_risk[i] < minimum or steps[i].sum() > n:
            break
        end = time
        if not steps[i].any():
            continue
        value = value + stayed * steps[i] / n
        stayed *= 1 - steps[i].sum() / n
        for place, cause in enumerate(causes):
            exact = errors[cause]
            error = None if exact is None else float(exact[i])
            rows.append(
                {
                    "time": time,
                    "cause": cause,
                    "at_risk": n,
                    "left": float(steps[i][place]),
                    **_limits(value[place], error),
                }
            )
    if not rows:
        return _withheld(part)
    rows = _to_whole_steps(rows)
    last = int(end // _DAYS * _DAYS)
    if last > rows[-1]["time"]:
        rows += [{**r, "time": last, "left": 0.0, "at_risk": None} for r in rows[-len(causes) :]]
    first = part.head(1)
    figures = {c: part.schema[c] for c in INCIDENCE_COLUMNS}
    return pl.DataFrame(rows, schema=figures, strict=False).select(
        *[pl.lit(first[g].item(), pl.String).alias(g) for g in groups], *figures, marker=pl.lit(None, pl.String)
    )


def _to_whole_steps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that hold at the end of each step of 30 days, with all who left in it."""
    steps: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        key = int(-(-row["time"] // _DAYS) * _DAYS), row["cause"]
        before = steps.get(key)
        steps[key] = {**row, "time": key[0], "left": row["left"] + (before["left"] if before else 0.0)}
    return list(steps.values())


def _few(totals: dict[str, float], small: int) -> list[str]:
    """Causes that are joined: those of few people, and where these are few together, the next smallest as well."""
    by_size = sorted((n, c) for c, n in totals.items() if n > 0)
    causes = [c for n, c in by_size if n <= small]
    leavers = sum(n for n, c in by_size if n <= small)
    for n, cause in by_size[len(causes) :]:
        if not causes or (leavers > small and len(causes) > 1):
            break
        causes.append(cause)
        leavers += n
    return causes


def _midpoint(count: Any) -> Any:  # noqa: ANN401 - a number or an array of them
    """Every count from 1 to 6 as 3, from 7 to 12 as 9, and so on; 0 stays 0."""
    return np.where(np.asarray(count) > 0, np.ceil(np.asarray(count) / BLOCK) * BLOCK - BLOCK / 2, 0.0)


def _limits(value: float, error: float | None) -> dict[str, float | None]:
    """A share with limits on the log-log scale; without them where it is 0 or 1, or has no standard error."""
    nothing = {"value": float(value), "standard_error": None, "lower": None, "upper": None}
    if error is None or not np.isfinite(error) or not 0 < value < 1:
        return nothing
    rounded = float(f"{error:.2g}")
    spread = np.exp(z_value() * rounded / (value * -np.log(value)))
    return {
        "value": float(value),
        "standard_error": rounded,
        "lower": float(value**spread),
        "upper": float(value ** (1 / spread)),
    }


def _withheld(part: pl.DataFrame) -> pl.DataFrame:
    """One row that says that a group is withheld."""
    figures = ("cause", "at_risk", "left", "value", "standard_error", "lower", "upper")
    return part.head(1).with_columns(
        *[pl.lit(None, part.schema[c]).alias(c) for c in figures],
        time=pl.lit(0).cast(part.schema["time"]),
        marker=pl.lit(WITHHELD),
    )

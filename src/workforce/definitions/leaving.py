"""The measure book: how long people stay and posts stand open, where leavers go, and how much faster one group leaves than another.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from typing import Final

from workforce.definitions.terms import Definition, Kind, Limits, Side

PRODUCT_LIMIT: Final = "Kaplan & Meier (1958), with delayed entry; log-log limits"
INCIDENCE: Final = "Aalen & Johansen (1978), with delayed entry; log-log limits from the infinitesimal jackknife"
HAZARDS: Final = "Cox (1972), ties by Efron (1977), with delayed entry; limits normal on the log scale"
_FOLLOWED: Final[dict[Kind, str]] = {
    "people": "people followed",
    "fte": "people followed",
    "posts": "vacancies followed",
    "cases": "requests followed",
}
LOG_RANK: Final = "Mantel (1966), Peto & Peto (1972): hypergeometric variance, risk sets with delayed entry"


def leaving_definitions() -> list[Definition]:
    """Curves of staying, incidences of leaving, hazards and the test between curves; stages of hiring."""
    return [*_curves(), *_incidences(), *_comparisons(), *_stages_of_hiring()]


def summary_definition(curve: Definition | None, name: str, unit: str, until: float | None = None) -> Definition:
    """Return the definition of a figure that is read off a life table.

    Parameters
    ----------
    curve : Definition or None
        The definition of the life table; None for one of any frame.
    name : {"median", "restricted_mean", "share"}
        The figure.
    unit : str
        The unit of the figure.
    until : float, optional
        The horizon of a restricted mean.

    Examples
    --------
    >>> summary_definition(_curves()[0], "median", "calendar days").words
    'first time at which the share of staff still in service is one half or less'
    """
    measure, suffix = (curve.measure, curve.definition.removeprefix("product_limit")) if curve else ("life_table", "")
    share = curve.words.replace(" after so many days", "") if curve else "share still there"
    kind: Kind = curve.denominator.kind if curve and curve.denominator else "people"
    horizon = f"{until:.10g}" if until is not None else ""
    kinds: dict[str, tuple[str, str, Limits]] = {
        "median": (
            f"first time at which the {share} is one half or less",
            "first time with a curve of 0.5 or less",
            "log-log",
        ),
        "restricted_mean": (
            f"mean time up to {horizon} {unit}, from the {share}",
            f"area under the curve from 0 to {horizon}",
            "normal",
        ),
        "share": (
            f"{share} after so many days" if curve else f"{share} after a time",
            "the curve at the time",
            "log-log",
        ),
    }
    words, formula, limits = kinds[name]
    return Definition(
        measure,
        f"{name}{f'_{horizon}' if horizon else ''}{suffix}",
        words,
        formula,
        curve.source if curve else PRODUCT_LIMIT,
        unit,
        None,
        Side(_FOLLOWED.get(kind, "followed"), kind, "never", "never"),
        curve.limits if curve and kind == "fte" else limits,
        ("time",) if name == "share" else (),
        better=curve.better if curve else None,
    )


def _curves() -> list[Definition]:
    return [
        Definition(
            "retention",
            "product_limit",
            "share of staff still in service after so many days",
            "product over times of (1 - left / at risk)",
            PRODUCT_LIMIT,
            "%",
            Side("left", "people"),
            Side("at risk", "people"),
            "log-log",
            ("time",),
            better="higher",
        ),
        Definition(
            "retention",
            "product_limit_fte",
            "share of full-time equivalents still in service after so many days, by the hours that people came under observation with",
            "product over times of (1 - FTE left / FTE at risk)",
            f"{PRODUCT_LIMIT}, between people, from the infinitesimal jackknife",
            "%",
            Side("FTE that left", "fte"),
            Side("FTE at risk", "fte"),
            "between people",
            ("time",),
            better="higher",
        ),
    ]


def _incidences() -> list[Definition]:
    def incidence(suffix: str, whose: str, what: str, kind: Kind, limits: Limits) -> Definition:
        return Definition(
            "leaving_incidence",
            f"aalen_johansen{suffix}",
            f"share of {whose} that has left for each destination, or cause, within so many days of service",
            f"sum over times of (share still in service just before x {what}left for the cause / {what}at risk)",
            INCIDENCE,
            "%",
            Side(f"{what}left for the cause", kind),
            Side(f"{what}at risk", kind),
            limits,
            ("time", "cause"),
        )

    return [
        incidence("", "staff", "", "people", "log-log"),
        incidence("_fte", "full-time equivalents", "FTE ", "fte", "between people"),
    ]


def _comparisons() -> list[Definition]:
    return [
        Definition(
            "leaving_hazards",
            "cox",
            "how many times as fast one group of staff leaves as another, all else in the model equal",
            "rate of leaving of the group / rate of the group that it is compared with, at each length of service",
            HAZARDS,
            "ratio",
            Side("leavers of the group", "people", "sum", "never"),
            None,
            "normal",
            ("covariate", "level"),
        ),
        Definition(
            "compare_retention",
            "log_rank",
            "whether groups of staff leave at the same rate at each length of service",
            "sum over times of (left - expected, were all rates the same), squared over its variance",
            LOG_RANK,
            "chi-squared",
            Side("left", "people", "sum", "never"),
            Side("expected to leave, were all rates the same", "expected", "sum", "never"),
        ),
    ]


def _stages_of_hiring() -> list[Definition]:
    """The stages of `time_to_hire`; the whole of it stands with recruitment."""
    stages = {
        "advertise": ("not yet advertised so many days after they opened", "vacancies advertised"),
        "choose": ("still without an accepted offer so many days after they were advertised", "offers accepted"),
        "start": ("still vacant so many days after an offer was accepted", "vacancies filled"),
    }
    return [
        Definition(
            "time_to_hire",
            f"product_limit_{stage}",
            f"share of vacancies {words}",
            f"product over times of (1 - {done} / vacancies in the stage)",
            PRODUCT_LIMIT,
            "%",
            Side(done, "posts"),
            Side("vacancies in the stage", "posts"),
            "log-log",
            ("time",),
            better="lower",
        )
        for stage, (words, done) in stages.items()
    ]

"""Which measures can stand in a partnership's list of key indicators: what each needs of the records, and over what it is measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from workforce.measures.absence.absence import rate as absence
from workforce.measures.casework.backlog import backlog, backlog_age
from workforce.measures.casework.caseload import LIMIT
from workforce.measures.casework.caseload import distribution as caseload_distribution
from workforce.measures.casework.caseload import per_fte as caseload
from workforce.measures.casework.continuity import continuity
from workforce.measures.casework.plans import plan_quality, plans_returned
from workforce.measures.casework.stages import advice as advice_timeliness
from workforce.measures.casework.timeliness import decisions as decision_timeliness
from workforce.measures.casework.timeliness import timeliness
from workforce.measures.indicators.kpi_needs import Agreed
from workforce.measures.recruitment.exits import reasons as exit_reasons
from workforce.measures.recruitment.hiring_time import hiring_time
from workforce.measures.recruitment.quality_of_hire import quality_of_hire
from workforce.measures.recruitment.recruitment import endings, vacancy_time
from workforce.measures.staffing.headcount import headcount
from workforce.measures.staffing.movements import first_year_leavers
from workforce.measures.staffing.pipeline import retirement_pipeline
from workforce.measures.staffing.stability import stability
from workforce.measures.staffing.turnover import joiners, leavers, turnover
from workforce.measures.staffing.vacancies import agency_rate, vacancy_cover, vacancy_rate
from workforce.periods import Period
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given, number_or_none, text_given

Options = Callable[[str, Agreed], dict[str, Any]]  # from the definition and what was agreed


def _nothing(_definition: str, _agreed: Agreed) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Listed:
    """How one measure is computed for the list.

    Parameters
    ----------
    over : {"years", "months", "days"}
        The years to the month; the year to the month, and months that can be judged; or month-ends.
    call : callable
        The measure.
    tables : tuple of str
        The tables of the records that it reads.
    options : callable
        Further options, from the definition and what was agreed.
    optional : tuple of str
        Those of the tables that may be absent.
    month : {"same", "annualised", "own"}
        Whether a month's value is on the scale of a year's, is once it is annualised, or is on a scale of its own, so that no target
        applies to it.
    lag : int
        Months after a period before its value is known.
    """

    over: Literal["years", "months", "days"]
    call: Callable[..., MeasureTable]
    tables: tuple[str, ...]
    options: Options = _nothing
    optional: tuple[str, ...] = ()
    month: Literal["same", "annualised", "own"] = "same"
    lag: int = 0


def _hiring(records: Records, periods: Sequence[Period]) -> MeasureTable:
    """Opened to offer accepted, of each period by itself."""
    return stacked(hiring_time(records, period, stages=("hire",)) for period in periods)


def _by_name(definition: str, _agreed: Agreed) -> dict[str, Any]:
    return {"definition": definition}


def _by_basis(definition: str, _agreed: Agreed) -> dict[str, Any]:
    return {"basis": "fte" if definition.endswith("_fte") else "headcount"}


def _by_both(definition: str, agreed: Agreed) -> dict[str, Any]:
    return {"definition": definition.removesuffix("_fte"), **_by_basis(definition, agreed)}


def _holding(definition: str, agreed: Agreed) -> dict[str, Any]:
    """Who holds cases, and what a case weighs where the definition weighs them."""
    weights = dict(agreed.casework.weights) if definition.endswith("_weighted") else {}
    plain = {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()}
    return {"roles": agreed.casework.caseworker_roles or None, **({"weights": plain} if plain else {})}


def _holding_by_name(definition: str, agreed: Agreed) -> dict[str, Any]:
    return {"definition": definition.removesuffix("_weighted"), **_holding(definition, agreed)}


def _over_limit(definition: str, agreed: Agreed) -> dict[str, Any]:
    limit = number_or_none(agreed.casework.caseload_limit, "limit")
    return {"limit": limit or LIMIT, **_holding(definition, agreed)}


def _exceptions(definition: str, _agreed: Agreed) -> dict[str, Any]:
    return {"exceptions": "leave_out"} if definition.endswith("_without_exceptions") else {}


def _deadline(definition: str, agreed: Agreed) -> dict[str, Any]:
    of_plans: dict[str, dict[str, Any]] = {
        "no_plan": {"weeks": 16},
        "review": {"case_type": "annual_review", "weeks": 4},
        "therapy_18": {"case_type": "therapy", "weeks": 18},
        "therapy_52": {"case_type": "therapy", "weeks": 52},
    }
    return {**of_plans.get(definition.removesuffix("_without_exceptions"), {}), **_exceptions(definition, agreed)}


def _all_advice(_definition: str, _agreed: Agreed) -> dict[str, Any]:
    return {"by": ()}


_STAFF, _SICK, _HIRING = ("assignments",), ("assignments", "absences"), ("vacancies",)
_CASES, _STAGES, _HELD = ("cases",), ("milestones", "cases"), ("allocations", "cases", "assignments")
_FUNDED, _COVER, _EXITS = ("posts", "vacancies", "assignments"), ("vacancies", "assignments"), ("exits", "assignments")

_ROWS: Final[tuple[tuple[str, str, Listed], ...]] = (
    ("headcount", "in_post in_post_fte", Listed("days", headcount, _STAFF, _by_basis)),
    (
        "turnover",
        "average average_fte nhs nhs_fte dfe dfe_fte",
        Listed("months", turnover, _STAFF, _by_both, month="annualised"),
    ),
    ("joiners", "joined joined_fte", Listed("months", joiners, _STAFF, _by_basis, month="own")),
    ("leavers", "left", Listed("months", leavers, _STAFF, month="own")),
    ("stability", "nhs", Listed("months", stability, _STAFF, month="own")),
    ("first_year_leavers", "share_of_leavers", Listed("months", first_year_leavers, _STAFF)),
    ("quality_of_hire", "six_months", Listed("months", quality_of_hire, _STAFF, lag=6)),
    ("quality_of_hire", "twelve_months", Listed("months", quality_of_hire, _STAFF, lag=12)),
    ("retirement_pipeline", "aged_55", Listed("days", retirement_pipeline, _STAFF)),
    ("vacancy_rate", "establishment", Listed("days", vacancy_rate, _FUNDED, _by_name, optional=("vacancies",))),
    ("vacancy_rate", "dfe", Listed("days", vacancy_rate, _FUNDED, _by_name, optional=("posts",))),
    ("vacancy_cover", "dfe dfe_of_agency", Listed("days", vacancy_cover, _COVER, _by_name)),
    ("agency_rate", "dfe dfe_fte", Listed("days", agency_rate, _STAFF, _by_basis)),
    (
        "recruitment",
        "fill_rate failed withdrawn offers_lost applicants shortlisted",
        Listed("months", endings, _HIRING),
    ),
    ("hiring_time", "median within_60 within_90", Listed("years", _hiring, _HIRING)),
    ("vacancy_time", "open uncovered", Listed("months", vacancy_time, _HIRING, month="own")),
    ("exit_reasons", "coverage would_return", Listed("months", exit_reasons, _EXITS)),
    ("absence", "days_per_fte", Listed("months", absence, _SICK, _by_name, month="annualised")),
    ("absence", "nhs", Listed("months", absence, _SICK, _by_name)),
    ("absence", "dfe schools_any schools_per_absentee schools_all", Listed("years", absence, _SICK, _by_name)),
    ("caseload", "dfe all dfe_weighted all_weighted", Listed("days", caseload, _HELD, _holding_by_name)),
    (
        "caseload_distribution",
        "over_limit over_limit_weighted",
        Listed("days", caseload_distribution, _HELD, _over_limit),
    ),
    (
        "timeliness",
        "dfe dfe_without_exceptions no_plan no_plan_without_exceptions review therapy_18 therapy_52",
        Listed("months", timeliness, _CASES, _deadline),
    ),
    (
        "decision_timeliness",
        "regulations regulations_without_exceptions",
        Listed("months", decision_timeliness, _STAGES, _exceptions),
    ),
    ("advice_timeliness", "regulations", Listed("months", advice_timeliness, _STAGES, _all_advice)),
    ("backlog", "share", Listed("days", backlog, _CASES)),
    ("backlog_age", "median ninetieth", Listed("days", backlog_age, _CASES)),
    ("plan_quality", "audited", Listed("months", plan_quality, _CASES)),
    ("plans_returned", "returned", Listed("months", plans_returned, _STAGES)),
    ("continuity", "changes worker_left worker_absent", Listed("months", continuity, ("allocations", "cases"))),
    ("continuity", "three_or_more", Listed("years", continuity, ("allocations", "cases"))),
)
LISTED: Final = {(measure, definition): listed for measure, several, listed in _ROWS for definition in several.split()}

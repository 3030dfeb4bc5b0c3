"""The measure book as data: what each figure means, whose rule it is, how its limits are made and how it rolls up.

Promises: `combine`, captions, alt texts, disclosure control and `explain` all read it, so what a report says about a figure and what the
code does with it cannot part. Refuses: unknown measures and definitions, with the nearest known name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from workforce.errors import UsageError, did_you_mean

Rolls = Literal["sum", "mean", "never"]
Kind = Literal["people", "fte", "days", "cases", "posts", "expected"]  # nobody is behind vacant posts or a calculation
Limits = Literal["Wilson", "Byar", "between people", "between workers", "none"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a rate: what it counts, in what, and how it rolls up."""

    words: str
    kind: Kind
    over_groups: Rolls = "sum"
    over_time: Rolls = "sum"


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure by one body's rule.

    A null `denominator` makes it a plain count; a null `numerator` a median, whose denominator is the number of people behind it.
    `public`: the figures are about scales or areas, not about people, so that disclosure control lets them pass.
    """

    measure: str
    definition: str
    words: str
    formula: str
    source: str
    unit: str
    numerator: Side | None
    denominator: Side | None
    limits: Limits = "none"
    adds: tuple[str, ...] = ()
    better: Better | None = None
    public: bool = False
    more_than: float = 0.0  # the denominator that a rate needs to exceed to be shown
    each: float = 1.0  # of a plain count: what one counts for in the unit (pounds a leaver)

    @property
    def is_pay(self) -> bool:
        """Whether the figure is somebody's pay, which disclosure control guards more closely."""
        return self.measure.startswith("pay") and not self.public

    @property
    def scale(self) -> float:
        """What the ratio is multiplied by to stand in its unit."""
        return 100.0 if self.unit.startswith("%") or self.unit == AS_EXPECTED else 1.0


AS_EXPECTED: Final = "ratio, 100 = as expected"  # the unit of an indirectly standardised ratio
_BOOK = "measure book of this project"
_DFE = "DfE, Children's social work workforce: methodology"
_NHS = "NHS England, NHS workforce statistics: methodology"
_NHS_ABSENCE = "NHS England, NHS sickness absence rates: methodology"
_SCHOOLS = "DfE, School workforce in England: methodology"
_SEN2 = "DfE, Education, health and care plans: methodology"
_STANDARDISED = "OHID, Public health technical guide: standardisation"
_SEND_CODE = "Special Educational Needs and Disability Regulations 2014, regulation"
_NHS_WAITS = "NHS England, Community health services waiting lists"
_QUEUE = "Fong et al. (2022), Understanding waiting list pressures, doi:10.1101/2022.08.23.22279117"
_GPG = "Equality Act 2010 (Gender Pay Gap Information) Regulations 2017, SI 2017/172 and SI 2017/353"
_OAXACA = "Oaxaca (1973), Blinder (1973); pooled coefficients and normalised categories: Jann (2008), Yun (2005)"
_COUNTED: Final = "counted and defined by the organisation"
_POINT: Final[Rolls] = "never"


def _turnover() -> list[Definition]:
    def side(words: str, kind: Kind, over_time: Rolls) -> Side:
        return Side(words, kind, "sum", over_time)

    rows = []
    for basis, people, suffix in (("headcount", "people", ""), ("FTE", "full-time equivalents", "_fte")):
        kind: Kind = "people" if basis == "headcount" else "fte"
        limits: Limits = "Byar" if basis == "headcount" else "none"
        rows += [
            Definition(
                "turnover",
                f"average{suffix}",
                f"{people} who left in the period for each 100 in post on average",
                "leavers / (person-days in post / days in the period)",
                _BOOK,
                "%",
                side(f"leavers ({basis})", kind, "sum"),
                side(f"average {basis} in post", kind, "mean"),
                limits,
                better="lower",
            ),
            Definition(
                "turnover",
                f"nhs{suffix}",
                f"{people} who left in the period for each 100 in post, the mean of its opening and closing {basis}",
                "leavers / mean of those in post on the day before the period and on its last day",
                _NHS,
                "%",
                side(f"leavers ({basis})", kind, "never"),
                side(f"mean of opening and closing {basis}", kind, "never"),
                limits,
                better="lower",
            ),
            Definition(
                "turnover",
                f"dfe{suffix}",
                f"{people} who left in the census year for each 100 in post on its last day",
                "leavers in the census year / in post on its last day",
                _DFE,
                "%",
                side(f"leavers ({basis})", kind, "never"),
                side(f"{basis} in post on the last day", kind, "never"),
                limits,
                better="lower",
            ),
        ]
    return rows


def _staffing() -> list[Definition]:
    in_post = "people in post on the day"
    return [
        Definition(
            "headcount",
            "in_post",
            in_post,
            "people in post on the day",
            _BOOK,
            "people",
            Side(in_post, "people", "sum", _POINT),
            None,
        ),
        Definition(
            "headcount",
            "in_post_fte",
            "full-time equivalents in post on the day",
            "sum of FTE in post",
            _BOOK,
            "FTE",
            Side("FTE in post on the day", "fte", "sum", _POINT),
            None,
        ),
        Definition(
            "joiners",
            "joined",
            "people who joined in the period",
            "stays that began in the period",
            _BOOK,
            "people",
            Side("joiners", "people"),
            None,
        ),
        Definition(
            "joiners",
            "joined_fte",
            "full-time equivalents who joined in the period",
            "FTE on the first day of stays that began",
            _BOOK,
            "FTE",
            Side("joiners (FTE)", "fte"),
            None,
        ),
        Definition(
            "leavers",
            "left",
            "people who left in the period",
            "stays that ended in the period",
            _BOOK,
            "people",
            Side("leavers", "people"),
            None,
        ),
        Definition(
            "stability",
            "nhs",
            "of those in post when the period opened, the share in post when it closed",
            "in post on both days / in post on the day before the period",
            _NHS,
            "%",
            Side("still in post at the close", "people", "sum", "never"),
            Side("in post at the opening", "people", "sum", "never"),
            "Wilson",
            better="higher",
        ),
        Definition(
            "first_year_leavers",
            "share_of_leavers",
            "of each 100 people who left, those with less than a year's service",
            "leavers with less than a year's service / leavers",
            _BOOK,
            "%",
            Side("leavers with less than a year's service", "people"),
            Side("leavers", "people"),
            "Wilson",
            better="lower",
        ),
        Definition(
            "movements",
            "moved",
            "people whose main post moved from one place to another in the period, and stayed with the partnership",
            "changes of the main post's value between two days in post",
            _BOOK,
            "people",
            Side("moves", "people"),
            None,
            adds=("moved_from", "moved_to"),
        ),
        Definition(
            "retirement_pipeline",
            "aged_55",
            "of each 100 people in post on the day, those aged 55 and over",
            "people aged 55 and over / people in post whose age is known",
            _BOOK,
            "%",
            Side("people aged 55 and over", "people", "sum", _POINT),
            Side("people in post whose age is known", "people", "sum", _POINT),
            "Wilson",
        ),
        Definition(
            "agency_rate",
            "dfe",
            "agency workers in each 100 workers",
            "agency / (agency + in post)",
            _DFE,
            "%",
            Side("agency workers", "people", "sum", _POINT),
            Side("agency workers and staff in post", "people", "sum", _POINT),
            "Wilson",
            better="lower",
        ),
        Definition(
            "agency_rate",
            "dfe_fte",
            "agency full-time equivalents in each 100",
            "agency / (agency + in post)",
            _DFE,
            "%",
            Side("agency FTE", "fte", "sum", _POINT),
            Side("agency and in-post FTE", "fte", "sum", _POINT),
            better="lower",
        ),
        Definition(
            "vacancy_rate",
            "establishment",
            "of each 100 funded full-time equivalents, those that nobody employed is in; negative where over-established",
            "(funded FTE - in-post FTE) / funded FTE",
            _BOOK,
            "%",
            Side("funded FTE less in-post FTE", "posts", "sum", _POINT),
            Side("funded FTE", "posts", "sum", _POINT),
            better="lower",
        ),
        Definition(
            "vacancy_rate",
            "dfe",
            "vacant full-time equivalents in each 100 vacant or filled",
            "vacant FTE / (vacant FTE + in-post FTE)",
            _DFE,
            "%",
            Side("vacant FTE", "posts", "sum", _POINT),
            Side("vacant and in-post FTE", "fte", "sum", _POINT),
            better="lower",
        ),
        Definition(
            "vacancy_cover",
            "dfe",
            "of each 100 vacant full-time equivalents, those covered by agency workers",
            "agency FTE covering vacancies / vacant FTE",
            _DFE,
            "%",
            Side("agency FTE covering vacancies", "fte", "sum", _POINT),
            Side("vacant FTE", "posts", "sum", _POINT),
        ),
        Definition(
            "vacancy_cover",
            "dfe_of_agency",
            "of each 100 agency full-time equivalents, those covering vacancies",
            "agency FTE covering vacancies / agency FTE",
            _DFE,
            "%",
            Side("agency FTE covering vacancies", "fte", "sum", _POINT),
            Side("agency FTE", "fte", "sum", _POINT),
        ),
    ]


def _absence() -> list[Definition]:
    return [
        Definition(
            "absence",
            "days_per_fte",
            "working days lost to sickness for each full-time equivalent",
            "FTE-weighted working days lost / mean FTE in post",
            _BOOK,
            "days per FTE",
            Side("FTE working days lost", "days"),
            Side("average FTE in post", "fte", "sum", "mean"),
            "between people",
            better="lower",
        ),
        Definition(
            "absence",
            "nhs",
            "share of the calendar days available that were lost to sickness",
            "FTE calendar days lost / FTE calendar days available",
            _NHS_ABSENCE,
            "%",
            Side("FTE days lost", "days"),
            Side("FTE days available", "days"),
            "between people",
            better="lower",
            more_than=330.0,  # NHS England withholds rates on 330 FTE days available or fewer
        ),
        Definition(
            "absence",
            "dfe",
            "share of the year's working days that were lost to sickness",
            "working days lost in the year / (FTE in post at year end x 253; 254 in a leap year)",
            _DFE,
            "%",
            Side("FTE working days lost", "days", "sum", "never"),
            Side("FTE working days of the year", "days", "sum", "never"),
            "between people",
            better="lower",
        ),
        Definition(
            "absence",
            "schools_any",
            "share of staff who were absent through sickness at all",
            "staff who lost any working day / all who were in post at any time in the period",
            _SCHOOLS,
            "%",
            Side("staff who lost any day", "people", "sum", "never"),
            Side("staff in post at any time", "people", "sum", "never"),
            "Wilson",
            better="lower",
        ),
        Definition(
            "absence",
            "schools_per_absentee",
            "working days lost to sickness for each member of staff who was absent at all",
            "FTE-weighted working days lost / staff who lost any working day",
            _SCHOOLS,
            "days",
            Side("FTE working days lost", "days", "sum", "never"),
            Side("staff who lost any day", "people", "sum", "never"),
            "between people",
            better="lower",
        ),
        Definition(
            "absence",
            "schools_all",
            "working days lost to sickness for each member of staff, absent or not",
            "FTE-weighted working days lost / all who were in post at any time in the period",
            _SCHOOLS,
            "days",
            Side("FTE working days lost", "days", "sum", "never"),
            Side("staff in post at any time", "people", "sum", "never"),
            "between people",
            better="lower",
        ),
        Definition(
            "absence_spells",
            "frequency",
            "absences that began, for each person in post on average",
            "absences that began in the period / (person-days in post / days in the period)",
            _BOOK,
            "absences per person",
            Side("absences that began", "cases"),
            Side("average headcount in post", "people", "sum", "mean"),
            "between people",
            ("band",),
            better="lower",
        ),
        Definition(
            "absence_spells",
            "length",
            "of each 100 absences that began, those that lasted so long from their first to their last day",
            "absences in the band / absences that began in the period; calendar days of the whole absence",
            _BOOK,
            "%",
            Side("absences in the band", "cases"),
            Side("absences that began", "cases"),
            "between people",
            ("band",),
        ),
        Definition(
            "absence_spells",
            "bradford",
            "share of people in post on the last day in each band of the Bradford factor over its 52 weeks",
            "people with S x S x D in the band / people in post on the last day; S absences that touch the 52 weeks, D their calendar"
            " days inside them",
            f"{_BOOK}; Bradford factor, S x S x D over a rolling 52 weeks",
            "%",
            Side("people in the band", "people", "sum", _POINT),
            Side("people in post on the last day", "people", "sum", _POINT),
            "Wilson",
            ("band",),
        ),
    ]


def _casework() -> list[Definition]:
    return [
        *_caseloads(),
        *_deadlines(),
        *_where_time_goes(),
        *_stock_and_flow(),
        *_continuity(),
        *_plans(),
        *_capacity(),
    ]


def _caseloads() -> list[Definition]:
    rows = []
    for suffix, cases, kind in (("", "open cases", "cases"), ("_weighted", "weighted open cases", "weighted cases")):
        rows += [
            Definition(
                "caseload",
                f"dfe{suffix}",
                f"{cases} for each full-time equivalent of caseworkers who hold cases",
                f"{cases} held on the day / FTE of caseworkers holding one or more",
                _BOOK if suffix else _DFE,
                f"{kind} per FTE",
                Side(f"{cases} held", "cases", "sum", _POINT),
                Side("FTE of caseworkers who hold cases", "fte", "sum", _POINT),
                "between workers",
                better="lower",
            ),
            Definition(
                "caseload",
                f"all{suffix}",
                f"{cases} for each full-time equivalent of all caseworkers in post",
                f"{cases} / FTE of all caseworkers in post, agency included",
                _BOOK,
                f"{kind} per FTE",
                Side(cases, "cases", "sum", _POINT),
                Side("FTE of caseworkers in post", "fte", "sum", _POINT),
                "between workers",
                better="lower",
            ),
            Definition(
                "caseload_distribution",
                f"workers{suffix}",
                f"share of caseworkers in each band of {kind} per full-time equivalent",
                "workers in the band / workers holding one or more",
                _BOOK,
                "%",
                Side("workers in the band", "people", "sum", _POINT),
                Side("workers who hold cases", "people", "sum", _POINT),
                "Wilson",
                ("band",),
            ),
            Definition(
                "caseload_distribution",
                f"over_limit{suffix}",
                f"share of caseworkers over the agreed limit of {kind} per full-time equivalent",
                "workers over the limit / workers holding one or more",
                _BOOK,
                "%",
                Side("workers over the limit", "people", "sum", _POINT),
                Side("workers who hold cases", "people", "sum", _POINT),
                "Wilson",
                ("band",),
                better="lower",
            ),
        ]
    unheld = Definition(
        "caseload_distribution",
        "unheld",
        "open cases that nobody in post holds",
        "open cases not allocated, or held by someone absent, seconded or gone",
        _BOOK,
        "cases",
        Side("open cases nobody in post holds", "cases", "sum", _POINT),
        None,
        "none",
        ("band",),
        better="lower",
    )
    return [*rows, unheld]


def _deadlines() -> list[Definition]:
    """Of what was done in a period, the share done in time."""

    def share(
        measure: str, name: str, words: str, done: str, source: str, *adds: str, kind: Kind = "cases"
    ) -> Definition:
        in_time = "in the band" if "band" in adds else "in time"
        sides = Side(f"{done} {in_time}", kind), Side(done, kind)
        better: Better | None = None if "band" in adds else "higher"
        return Definition(
            measure, name, words, f"{done} {in_time} / {done}", source, "%", *sides, "Wilson", adds, better
        )

    rows = []
    for suffix, included in (("", "exceptions included"), ("_without_exceptions", "exceptions left out")):
        plans, decisions = "plans issued", "decisions whether to assess"
        if suffix:
            plans, decisions = f"{plans}, without exceptions", f"{decisions}, without exceptions"
        rows += [
            share(
                "timeliness",
                f"dfe{suffix}",
                f"share of new EHC plans issued within 20 weeks of the request, {included}",
                plans,
                _SEN2,
            ),
            share(
                "timeliness",
                f"no_plan{suffix}",
                f"of assessments that ended without a plan, the share told within 16 weeks of the request, {included}",
                f"decisions not to issue a plan{', without exceptions' if suffix else ''}",
                f"{_SEND_CODE} 10",
            ),
            share(
                "timeliness",
                f"weeks{suffix}",
                f"share of outcomes within so many weeks of receipt, {included}",
                f"outcomes{', without exceptions' if suffix else ''}",
                _BOOK,
                "within",
            ),
            share(
                "timeliness_bands",
                f"dfe{suffix}",
                f"new EHC plans by the time since the request, {included}",
                plans,
                _SEN2,
                "band",
                kind="people",
            ),
            share(
                "decision_timeliness",
                f"regulations{suffix}",
                f"share of decisions whether to assess made within 6 weeks of the request, {included}",
                decisions,
                f"{_SEND_CODE} 5",
            ),
        ]
    advice, asked = "pieces of advice due", "given within so many weeks of being asked for"
    return [
        *rows,
        share(
            "timeliness",
            "review",
            "share of annual reviews decided within 4 weeks of the meeting",
            "reviews decided",
            f"{_SEND_CODE} 20",
        ),
        share("timeliness", "therapy_18", "share of referrals seen within 18 weeks", "referrals seen", _NHS_WAITS),
        share("timeliness", "therapy_52", "share of referrals seen within 52 weeks", "referrals seen", _NHS_WAITS),
        share(
            "advice_timeliness",
            "regulations",
            "share of advice given within 6 weeks of being asked for",
            advice,
            f"{_SEND_CODE} 8",
        ),
        share("advice_timeliness", "weeks", f"share of advice {asked}", advice, _BOOK, "within"),
        Definition(
            "waiting",
            "nhs",
            "children waiting on the day, by how long",
            "referrals waiting so long / referrals waiting",
            _NHS_WAITS,
            "%",
            Side("referrals waiting so long", "people", "sum", _POINT),
            Side("referrals waiting", "people", "sum", _POINT),
            "Wilson",
            ("band",),
        ),
    ]


def _where_time_goes() -> list[Definition]:
    return [
        Definition(
            "stage_times",
            "mean_days",
            "mean days that a new plan spent at each stage; the stages add up to the time from request to plan",
            "days from the end of the stage before to the end of this stage / plans issued whose stages are all recorded",
            _BOOK,
            "days per plan",
            Side("days at the stage", "days"),
            Side("plans issued whose stages are all recorded", "cases"),
            "between people",
            ("stage",),
            better="lower",
        ),
        Definition(
            "time_to_plan",
            "product_limit",
            "share of requests still without a plan after so many days",
            "product over days of (1 - plans issued / open requests)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("plans issued", "people"),
            Side("requests still open", "people"),
            adds=("time",),
            better="lower",
        ),
        Definition(
            "time_to_outcome",
            "product_limit",
            "share of requests still without any outcome after so many days",
            "product over days of (1 - outcomes / open requests)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("outcomes", "people"),
            Side("requests still open", "people"),
            adds=("time",),
            better="lower",
        ),
    ]


def _stock_and_flow() -> list[Definition]:
    def count(
        measure: str, name: str, words: str, formula: str, over_time: Rolls, *adds: str, good: Better | None = None
    ) -> Definition:
        return Definition(
            measure,
            name,
            words,
            formula,
            _BOOK,
            "cases",
            Side(words, "cases", "sum", over_time),
            None,
            "none",
            adds,
            good,
        )

    def age(name: str, words: str) -> Definition:
        people = Side("open requests", "people", "never", "never")
        return Definition("backlog_age", name, words, words, _BOOK, "days", None, people, better="lower")

    return [
        count(
            "backlog",
            "overdue",
            "open requests past their date, by weeks over",
            "open requests whose age is over 7 x weeks days",
            _POINT,
            "band",
            good="lower",
        ),
        Definition(
            "backlog",
            "share",
            "of each 100 open requests, those past their date",
            "open requests past their date / open requests",
            _BOOK,
            "%",
            Side("open requests past their date", "cases", "sum", _POINT),
            Side("open requests", "cases", "sum", _POINT),
            "Wilson",
            ("band",),
            better="lower",
        ),
        age("median", "median age of the open requests, the day of receipt being day 1"),
        age("ninetieth", "age that nine in ten of the open requests have not passed"),
        count("case_flow", "at_start", "cases open as the period began", "received before, not closed before", "never"),
        count("case_flow", "arrivals", "cases received in the period", "received in the period", "sum"),
        count("case_flow", "closures", "cases closed in the period", "closed in the period", "sum"),
        count("case_flow", "at_end", "cases open after the period ended", "at start + arrivals - closures", "never"),
    ]


def _continuity() -> list[Definition]:
    def changes(name: str, why: str) -> Definition:
        # A child may be known to two groups, so that the changes of the groups are not those of the whole.
        counted, every = (
            Side(f"changes because {why}", "cases", "never"),
            Side("changes whose reason is recorded", "cases", "never"),
        )
        words = f"of each 100 changes of worker, those because {why}"
        return Definition(
            "continuity",
            name,
            words,
            f"{counted.words} / {every.words}",
            _BOOK,
            "%",
            counted,
            every,
            "Wilson",
            (),
            "lower",
        )

    return [
        Definition(
            "continuity",
            "changes",
            "changes of worker for each child and year with an open case",
            "changes of worker in a role, over all cases and organisations / child-years with an open case",
            _BOOK,
            "changes per child per year",
            Side("changes of worker", "cases", "never"),
            Side("child-years with an open case", "days", "never"),
            "between people",
            better="lower",
        ),
        Definition(
            "continuity",
            "three_or_more",
            "of each 100 children with a worker, those who had three or more in one role within 12 months",
            "children with three or more workers in one role / children with a worker, in the 12 months to the period's end",
            _BOOK,
            "%",
            Side("children with three or more workers in one role", "people", "never", "never"),
            Side("children with a worker", "people", "never", "never"),
            "Wilson",
            better="lower",
        ),
        changes("worker_left", "the worker left"),
        changes("worker_absent", "the worker was absent"),
    ]


def _plans() -> list[Definition]:
    return [
        Definition(
            "plan_quality",
            "audited",
            "of each 100 plans audited, those graded good or outstanding",
            "plans graded good or outstanding / plans audited",
            _BOOK,
            "%",
            Side("plans graded good or outstanding", "cases"),
            Side("plans audited", "cases"),
            "Wilson",
            better="higher",
        ),
        Definition(
            "plans_returned",
            "returned",
            "of each 100 new plans, those that were sent back before they were issued",
            "plans sent back / plans issued",
            _BOOK,
            "%",
            Side("plans sent back", "cases"),
            Side("plans issued", "cases"),
            "Wilson",
            better="lower",
        ),
        Definition(
            "plans_per_fte",
            "issued",
            "new plans issued for each full-time equivalent in post on average",
            "plans issued / mean FTE in post in the roles",
            _BOOK,
            "plans per FTE",
            Side("plans issued", "cases", "never", "sum"),
            Side("average FTE in post in the roles", "fte", "never", "mean"),
        ),
    ]


def _capacity() -> list[Definition]:
    def figure(name: str, words: str, formula: str, unit: str, *sides: str, good: Better | None = None) -> Definition:
        made = [Side(side, "expected", "never", "never") for side in sides]
        return Definition(
            "queue", name, words, formula, _QUEUE, unit, made[0], made[1] if made[1:] else None, better=good
        )

    def ahead(name: str, words: str, unit: str, good: Better | None) -> Definition:
        behind = Side("staff in post when the outlook was made", "people", "never", "never")
        formula = "median of the simulated paths"
        return Definition("outlook", name, words, formula, _BOOK, unit, None, behind, "none", ("scenario",), good)

    a_week, weeks = "cases a week", "weeks looked at"
    return [
        figure(
            "load",
            "cases that come in for each that goes out",
            "arrivals / removals",
            "ratio",
            "arrivals",
            "removals",
            good="lower",
        ),
        figure("waiting", "cases waiting at the end", "cases waiting", "cases", "cases waiting", good="lower"),
        figure(
            "target_queue",
            "the longest queue that keeps the target wait",
            "arrivals a week x target wait / 4",
            "cases",
            "target queue",
        ),
        figure(
            "relief_capacity",
            "cases to be closed each week for the queue to come down to its target in the time given",
            "arrivals a week + (queue - target queue) / weeks to clear, where the queue is over twice its target",
            a_week,
            "cases to be closed",
            weeks,
        ),
        figure(
            "target_capacity",
            "cases to be closed each week for the queue to keep its target",
            "arrivals a week + (cv of arrivals squared + cv of removals squared) / 2 x 4 / target wait",
            a_week,
            "cases to be closed",
            weeks,
        ),
        figure(
            "pressure",
            "twice the mean wait over the target wait: 1 is a queue that keeps its target",
            "2 x mean wait / target wait, both in weeks",
            "ratio",
            "twice the weeks waited",
            "target wait of those waiting",
            good="lower",
        ),
        figure(
            "posts",
            "posts that would clear the queue in time",
            "cases a week beyond removals / removals a week per FTE",
            "FTE",
            "posts",
        ),
        figure(
            "days_of_sickness",
            "working days of sickness that would have to be avoided to clear the queue in time",
            "cases beyond removals / removals of a working day at work",
            "days",
            "working days",
        ),
        figure(
            "leavers_kept",
            "leavers who would have to stay to clear the queue in time",
            "posts to clear it / (FTE of a leaver x half the time, as leavers go at any time in it)",
            "leavers",
            "leavers",
        ),
        figure(
            "requests_avoided",
            "requests a week that would have to be avoided to clear the queue in time",
            "arrivals a week at which today's removals are the relief capacity, subtracted from arrivals a week",
            a_week,
            "requests avoided",
            weeks,
        ),
        ahead("fte", "caseworkers in post, agency included, in full-time equivalents", "FTE", None),
        ahead("caseload", "open cases for each full-time equivalent of caseworkers in post", "cases per FTE", "lower"),
        ahead("backlog", "open requests past their date", "cases", "lower"),
    ]


def _pay() -> list[Definition]:
    n = Side("people in the role", "people", "never", "never")
    in_post = "people in post on the day"
    scale = f"hourly: annual / 52.143 / full-time hours; {_BOOK}"
    return [
        Definition(
            "pay_position",
            "median",
            "median hourly pay of our staff in the role",
            "median of annual pay / 52.143 / full-time hours",
            _BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "scale_minimum",
            "lowest hourly rate of the body's scale",
            "minimum of the scale",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "scale_midpoint",
            "middle of the body's hourly scale",
            "(minimum + maximum) / 2",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "scale_maximum",
            "highest hourly rate of the body's scale",
            "maximum of the scale",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "compa_ratio",
            "median pay of our staff over the midpoint of their own scale",
            "median pay / midpoint",
            _BOOK,
            "ratio",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "gap_to_maximum",
            "how far our scale's maximum stands below the comparators' median maximum",
            "(median maximum of comparators - our maximum) / our maximum",
            _BOOK,
            "%",
            None,
            None,
            adds=("body",),
            better="lower",
            public=True,
        ),
        Definition(
            "pay_position",
            "median_with_supplement",
            "median hourly pay of our staff in the role, market and retention supplements included",
            "median of (annual pay + supplement) / 52.143 / full-time hours",
            _BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "supplement",
            "median hourly supplement of those in the role who have one",
            "median of supplement / 52.143 / full-time hours, where above 0",
            _BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "supplement_share",
            "of each 100 of our staff in the role whose pay is known, those with a market or retention supplement",
            "people with a supplement / people whose pay is known",
            _BOOK,
            "%",
            Side("people with a supplement", "people", "sum", _POINT),
            Side("people whose pay is known", "people", "sum", _POINT),
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "range_place",
            "where the median pay of our staff stands in their own scale: 0 at its minimum, 100 at its maximum",
            "(median pay - minimum) / (maximum - minimum)",
            _BOOK,
            "%",
            None,
            n,
            adds=("body",),
        ),
        *_pay_comparison(),
        Definition(
            "unusable_pay",
            "people",
            "of each 100 staff in post, those whose pay cannot be compared, by reason",
            "people with the reason / people in post",
            _BOOK,
            "%",
            Side("people whose pay cannot be compared", "people", "sum", _POINT),
            Side(in_post, "people", "sum", _POINT),
            adds=("reason",),
            better="lower",
        ),
        *_pay_gap(),
        Definition(
            "retention",
            "product_limit",
            "share of staff still in service after so many days",
            "product over times of (1 - left / at risk)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("left", "people"),
            Side("at risk", "people"),
            adds=("time",),
            better="higher",
        ),
    ]


def _pay_comparison() -> list[Definition]:
    return [
        Definition(
            "pay_comparison",
            figure,
            f"how far another body's hourly {figure} for the role stands above our own; negative where it is below",
            f"(the other body's {figure} - our {figure}) / our {figure}",
            f"hourly: annual / 52.143 / full-time hours; {_BOOK}",
            "%",
            None,
            None,
            adds=("body", "beside"),
            better="lower",
            public=True,
        )
        for figure in ("minimum", "midpoint", "maximum")
    ]


def _pay_gap() -> list[Definition]:
    both = Side("people in both groups", "people", "never", "never")

    def gap(definition: str, words: str, formula: str, limits: Limits = "none") -> Definition:
        return Definition(
            "pay_gap", definition, words, formula, _GPG, "%", None, both, limits, ("group", "quarter"), better="lower"
        )

    def share(definition: str, words: str, above: str, below: str, limits: Limits, over_groups: Rolls) -> Definition:
        sides = (Side(above, "people", over_groups, _POINT), Side(below, "people", over_groups, _POINT))
        return Definition(
            "pay_gap", definition, words, f"{above} / {below}", _GPG, "%", *sides, limits, ("group", "quarter")
        )

    def part(definition: str, words: str, formula: str) -> Definition:
        adds = ("group", "covariate", "level")
        return Definition("pay_gap_parts", definition, words, formula, _OAXACA, "log points", None, both, "none", adds)

    return [
        gap(
            "mean",
            "how far the mean hourly pay of the group stands below that of the group it is compared with",
            "(mean hourly pay of the one - of the other) / of the one, full-pay relevant employees",
            "between people",
        ),
        gap(
            "median",
            "how far the median hourly pay of the group stands below that of the group it is compared with",
            "(median hourly pay of the one - of the other) / of the one, full-pay relevant employees",
        ),
        gap(
            "mean_bonus",
            "how far the mean bonus of those of the group who had one stands below that of the group it is compared with",
            "(mean bonus of the one - of the other) / of the one, relevant employees with a bonus in twelve months",
        ),
        gap(
            "median_bonus",
            "how far the median bonus of those of the group who had one stands below that of the group it is compared with",
            "(median bonus of the one - of the other) / of the one, relevant employees with a bonus in twelve months",
        ),
        share(
            "bonus_share",
            "of each 100 relevant employees of the group, those who had a bonus in the twelve months",
            "people of the group with a bonus",
            "people of the group",
            "Wilson",
            "sum",
        ),
        share(
            "quarter_share",
            "of each 100 people in the pay quarter, those of the group",
            "people of the group in the quarter",
            "people in the quarter",
            "none",
            "never",
        ),
        share(
            "recorded",
            "of each 100 full-pay relevant employees, those whose group and pay are known: the rest are in no other figure",
            "people whose group and pay are known",
            "full-pay relevant employees",
            "none",
            "sum",
        ),
        part(
            "gap",
            "difference in mean log hourly pay; a tenth of a log point is about 10%",
            "mean log hourly pay of the one group - of the other",
        ),
        part(
            "explained",
            "the part of the gap that goes with the groups' different jobs, grades, service and so on",
            "difference in means x pooled coefficients",
        ),
        part(
            "unexplained",
            "the part of the gap that remains between people who are alike in what was compared",
            "means of each group x difference of its own coefficients from the pooled",
        ),
        Definition(
            "pay_gap_parts",
            "compared",
            "of each 100 people of both groups whose pay is known, those with a counterpart in the other group",
            "people compared / people whose pay is known",
            _OAXACA,
            "%",
            Side("people compared", "people", "never", "never"),
            Side("people whose pay is known", "people", "never", "never"),
            adds=("group", "covariate", "level"),
        ),
    ]


def _recruitment() -> list[Definition]:
    def posts(
        measure: str, definition: str, words: str, above: str, below: str, better: Better, limits: Limits = "Wilson"
    ) -> Definition:
        sides = (Side(above, "posts"), Side(below, "posts"))
        formula = f"{above} / {below}"
        return Definition(measure, definition, words, formula, _BOOK, "%", *sides, limits, better=better, public=True)

    closed = "vacancies closed in the period"
    here = "people who joined in the period"
    interviews = ("reason", "recorded")
    rows = [
        posts(
            "recruitment",
            "fill_rate",
            "of each 100 vacancies closed, those filled",
            "vacancies filled",
            closed,
            "higher",
        ),
        posts(
            "recruitment",
            "failed",
            "of each 100 vacancies closed, those closed with nobody found",
            "vacancies closed unfilled",
            closed,
            "lower",
        ),
        posts(
            "recruitment",
            "withdrawn",
            "of each 100 vacancies closed, those withdrawn",
            "vacancies withdrawn",
            closed,
            "lower",
        ),
        posts(
            "recruitment",
            "offers_lost",
            "of each 100 vacancies closed after an accepted offer, those that nobody came to fill",
            "vacancies with an accepted offer that were not filled",
            "vacancies closed with an accepted offer",
            "lower",
        ),
        *(
            Definition(
                "recruitment",
                definition,
                f"{words} for each vacancy closed",
                f"{words} / vacancies closed for which they were recorded",
                _BOOK,
                f"{words} per vacancy",
                Side(words, "people"),
                Side("vacancies closed for which they were recorded", "posts"),
                better="higher",
            )
            for definition, words in (("applicants", "applicants"), ("shortlisted", "people shortlisted"))
        ),
        *(
            Definition(
                "vacancy_time",
                definition,
                words,
                f"sum over vacancies of {what} x months open in the period",
                _BOOK,
                "FTE-months",
                Side(words, "posts"),
                None,
                better="lower",
                public=True,
            )
            for definition, words, what in (
                ("open", "months that posts stood vacant, in full-time equivalents", "FTE"),
                (
                    "uncovered",
                    "months that posts stood vacant without agency cover, in full-time equivalents",
                    "(FTE - FTE covered by agency)",
                ),
            )
        ),
        *(
            Definition(
                "quality_of_hire",
                definition,
                f"of each 100 people who joined in the period, those still here {words} later",
                f"joiners with at least {words} of service / joiners whose {words} the records cover",
                _BOOK,
                "%",
                Side(f"joiners still here after {words}", "people"),
                Side(here, "people"),
                "Wilson",
                better="higher",
            )
            for definition, words in (("six_months", "6 months"), ("twelve_months", "12 months"))
        ),
        Definition(
            "time_to_hire",
            "product_limit",
            "share of vacancies still without an accepted offer after so many days",
            "product over times of (1 - offers accepted / vacancies open)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("offers accepted", "posts"),
            Side("vacancies open", "posts"),
            adds=("time",),
            better="lower",
        ),
    ]
    for definition, words, above, below, better in (
        (
            "coverage",
            "of each 100 people who left, those with an exit interview",
            "leavers with an exit interview",
            "leavers",
            "higher",
        ),
        (
            "share",
            "of each 100 leavers interviewed, those who gave the reason",
            "leavers who gave the reason",
            "leavers interviewed",
            None,
        ),
        (
            "would_return",
            "of each 100 leavers who said yes or no, those who would return",
            "leavers who would return",
            "leavers who said yes or no",
            "higher",
        ),
        (
            "beside_records",
            "of each 100 leavers interviewed, those who gave the one reason and for whom the records have the other",
            "leavers with the reason given and the reason recorded",
            "leavers interviewed",
            None,
        ),
        (
            "unlinked",
            "of each 100 exit interviews, those that belong to nobody who is recorded as having left",
            "interviews without a leaver",
            "interviews",
            "lower",
        ),
    ):
        sides = (Side(above, "people"), Side(below, "people"))
        good: Better | None = "higher" if better == "higher" else "lower" if better == "lower" else None
        rows.append(
            Definition(
                "exit_reasons",
                definition,
                words,
                f"{above} / {below}",
                _BOOK,
                "%",
                *sides,
                "Wilson",
                interviews,
                better=good,
            )
        )
    return rows


def _comparison(crude: Iterable[Definition]) -> list[Definition]:
    """What `standardise` makes of turnover and absence where their chance variation is known: an indirect ratio, a direct rate."""
    rows = []
    for d in crude:
        if d.measure not in ("turnover", "absence") or d.numerator is None or d.denominator is None or d.adds:
            continue
        if d.limits == "none" or "never" in (d.numerator.over_groups, d.denominator.over_groups):
            continue
        own, at_rates = d.numerator.words, f"{d.words}, had its staff the mix of the standard"
        between = d.limits == "between people"
        rows += [
            Definition(
                d.measure,
                f"{d.definition}_indirect",
                f"{own} for each 100 that the standard's rates would give staff of the same mix",
                f"{own} / sum over strata of (own {d.denominator.words} x the standard's rate)",
                f"{_STANDARDISED} (indirect); crude: {d.source}",
                AS_EXPECTED,
                Side(own, d.numerator.kind, "never", "never"),
                Side(f"{own} expected at the standard's rates", "expected", "never", "never"),
                d.limits if between else "Byar",
                better=d.better,
            ),
            Definition(
                d.measure,
                f"{d.definition}_direct",
                at_rates,
                f"sum over strata of (own rate x the standard's {d.denominator.words}) / the standard's {d.denominator.words}",
                f"{_STANDARDISED} (direct); crude: {d.source}",
                d.unit,
                Side(f"{own} that the standard would have at these rates", d.numerator.kind, "never", "never"),
                Side(f"{d.denominator.words} of the standard", d.denominator.kind, "never", "never"),
                # Limits by Dobson's method follow from the strata, not from the two sides: `standardise` adds them.
                d.limits if between else "none",
                better=d.better,
            ),
        ]
    return rows


_CRUDE: Final = (*_turnover(), *_staffing(), *_absence(), *_casework(), *_pay(), *_recruitment())
MEASURE_BOOK: Final[dict[tuple[str, str], Definition]] = {
    (d.measure, d.definition): d for d in (*_CRUDE, *_comparison(_CRUDE))
}


def definition_of(measure: str, definition: str) -> Definition:
    """Look a definition up in the book.

    >>> definition_of("turnover", "nhs").numerator.over_time
    'never'
    """
    found = MEASURE_BOOK.get((measure, definition))
    if found:
        return found
    names = sorted({m for m, _ in MEASURE_BOOK})
    if measure not in names:
        raise UsageError(f'no measure is called "{measure}"', hint=did_you_mean(measure, names))
    known = [d for m, d in MEASURE_BOOK if m == measure]
    raise UsageError(f'{measure} has no definition "{definition}"', hint=did_you_mean(definition, known))


def counted(
    measure: str, definition: str, unit: str, over_time: Rolls, *, out_of: bool, kind: Kind = "people"
) -> Definition:
    """Enter a measure that an organisation supplies already counted into the book, and return its definition.

    unit, over_time: as the rows of the table `counts` have them. out_of: whether there is a denominator. kind: what is counted; `posts`
    (anything with nobody behind it) passes disclosure control. Entered again, the newer entry holds. A percentage without what it is a
    percentage of never rolls up. Refused: a measure and definition that the book has by somebody else's rule.

    >>> counted("app_awareness", "has heard of it", "%", "sum", out_of=True).limits
    'Wilson'
    >>> definition_of("app_awareness", "has heard of it").scale
    100.0
    """
    share = unit.startswith("%")
    bare = share and not out_of
    side = Side(definition, kind, "never" if bare else "sum", "never" if bare else over_time)
    return _entered(
        Definition(
            measure,
            definition,
            definition,
            "count / out of" if out_of else "count",
            _COUNTED,
            unit,
            side,
            Side(f"out of: {definition}", kind, side.over_groups, side.over_time) if out_of else None,
            "Wilson" if share and out_of else "none",
            public=kind not in ("people", "fte"),
        )
    )


def costed(definition: str, words: str, side: Side, each: float) -> Definition:
    """Enter a cost into the book: so many of something at a unit cost, which is part of the definition's name.

    The count stays the numerator, so that disclosure control rounds people and the cost follows from what is shown.

    >>> costed("leavers_replaced", "replacing those who left", Side("leavers", "people"), 12_000).definition
    'leavers_replaced at 12,000'
    """
    return _entered(
        Definition(
            "cost",
            f"{definition} at {each:,.10g}",
            f"{words}, at £{each:,.10g} each",
            f"{side.words} x £{each:,.10g}",
            f"{_BOOK}; unit cost given by the area",
            "£",
            side,
            None,
            better="lower",
            public=side.kind == "posts",
            each=each,
        )
    )


def _entered(entry: Definition) -> Definition:
    key = (entry.measure, entry.definition)
    held = MEASURE_BOOK.get(key)
    if held is not None and held.source != entry.source:
        raise UsageError(
            f"{entry.measure} by {entry.definition} is in the measure book by another rule",
            hint="give the organisation's own count a definition of its own",
        )
    MEASURE_BOOK[key] = entry
    return entry

"""The measure book: casework: caseloads, deadlines, waits and flow.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.capacity import capacity_definitions
from workforce.definitions.caseloads import caseload_definitions, time_definitions
from workforce.definitions.continuity import (
    continuity_definitions,
    plan_definitions,
    worker_change_definitions,
)
from workforce.definitions.terms import (
    BOOK,
    NHS_WAITS,
    POINT,
    SEN2,
    SEND_CODE,
    Better,
    Definition,
    Kind,
    Rolls,
    Side,
)


def casework_definitions() -> list[Definition]:
    """Caseloads, deadlines, waits and flow."""
    return [
        *caseload_definitions(),
        *_deadlines(),
        *_where_time_goes(),
        *_stock_and_flow(),
        *time_definitions(),
        *continuity_definitions(),
        *worker_change_definitions(),
        *plan_definitions(),
        *capacity_definitions(),
    ]


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
                SEN2,
            ),
            share(
                "timeliness",
                f"no_plan{suffix}",
                f"of assessments that ended without a plan, the share told within 16 weeks of the request, {included}",
                f"decisions not to issue a plan{', without exceptions' if suffix else ''}",
                f"{SEND_CODE} 10",
            ),
            share(
                "timeliness",
                f"weeks{suffix}",
                f"share of outcomes within so many weeks of receipt, {included}",
                f"outcomes{', without exceptions' if suffix else ''}",
                BOOK,
                "within",
            ),
            share(
                "timeliness_bands",
                f"dfe{suffix}",
                f"new EHC plans by the time since the request, {included}",
                plans,
                SEN2,
                "band",
                kind="people",
            ),
            share(
                "decision_timeliness",
                f"regulations{suffix}",
                f"share of decisions whether to assess made within 6 weeks of the request, {included}",
                decisions,
                f"{SEND_CODE} 5",
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
            f"{SEND_CODE} 20",
        ),
        share("timeliness", "therapy_18", "share of referrals seen within 18 weeks", "referrals seen", NHS_WAITS),
        share("timeliness", "therapy_52", "share of referrals seen within 52 weeks", "referrals seen", NHS_WAITS),
        share(
            "advice_timeliness",
            "regulations",
            "share of advice given within 6 weeks of being asked for",
            advice,
            f"{SEND_CODE} 8",
        ),
        share("advice_timeliness", "weeks", f"share of advice {asked}", advice, BOOK, "within"),
        Definition(
            "waiting",
            "nhs",
            "children waiting on the day, by how long",
            "referrals waiting so long / referrals waiting",
            NHS_WAITS,
            "%",
            Side("referrals waiting so long", "people", "sum", POINT),
            Side("referrals waiting", "people", "sum", POINT),
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
            BOOK,
            "days per plan",
            Side("days at the stage", "days"),
            Side("plans issued whose stages are all recorded", "cases", called="plans"),
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
            "log-log",
            ("time",),
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
            "log-log",
            ("time",),
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
            BOOK,
            "cases",
            Side(words, "cases", "sum", over_time),
            None,
            "none",
            adds,
            good,
        )

    def age(name: str, words: str) -> Definition:
        people = Side("open requests", "people", "never", "never")
        return Definition("backlog_age", name, words, words, BOOK, "days", None, people, better="lower")

    return [
        count(
            "backlog",
            "overdue",
            "open requests past their date, by weeks over",
            "open requests whose age is over 7 x weeks days",
            POINT,
            "band",
            good="lower",
        ),
        Definition(
            "backlog",
            "share",
            "of each 100 open requests, those past their date",
            "open requests past their date / open requests",
            BOOK,
            "%",
            Side("open requests past their date", "cases", "sum", POINT),
            Side("open requests", "cases", "sum", POINT),
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

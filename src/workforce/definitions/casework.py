"""The measure book: casework: caseloads, deadlines, waits and flow.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.continuity import capacity_definitions, continuity_definitions, plan_definitions
from workforce.definitions.terms import (
    BOOK,
    DFE,
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
        *_caseloads(),
        *_deadlines(),
        *_where_time_goes(),
        *_stock_and_flow(),
        *continuity_definitions(),
        *plan_definitions(),
        *capacity_definitions(),
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
                BOOK if suffix else DFE,
                f"{kind} per FTE",
                Side(f"{cases} held", "cases", "sum", POINT),
                Side("FTE of caseworkers who hold cases", "fte", "sum", POINT),
                "between workers",
                better="lower",
            ),
            Definition(
                "caseload",
                f"all{suffix}",
                f"{cases} for each full-time equivalent of all caseworkers in post",
                f"{cases} / FTE of all caseworkers in post, agency included",
                BOOK,
                f"{kind} per FTE",
                Side(cases, "cases", "sum", POINT),
                Side("FTE of caseworkers in post", "fte", "sum", POINT),
                "between workers",
                better="lower",
            ),
            Definition(
                "caseload_distribution",
                f"workers{suffix}",
                f"share of caseworkers in each band of {kind} per full-time equivalent",
                "workers in the band / workers holding one or more",
                BOOK,
                "%",
                Side("workers in the band", "people", "sum", POINT),
                Side("workers who hold cases", "people", "sum", POINT),
                "Wilson",
                ("band",),
            ),
            Definition(
                "caseload_distribution",
                f"over_limit{suffix}",
                f"share of caseworkers over the agreed limit of {kind} per full-time equivalent",
                "workers over the limit / workers holding one or more",
                BOOK,
                "%",
                Side("workers over the limit", "people", "sum", POINT),
                Side("workers who hold cases", "people", "sum", POINT),
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
        BOOK,
        "cases",
        Side("open cases nobody in post holds", "cases", "sum", POINT),
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

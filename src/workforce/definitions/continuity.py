"""The measure book: casework: continuity, plans and capacity.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, Definition, Side


def continuity_definitions() -> list[Definition]:
    """How often a child loses their worker."""

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
            BOOK,
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
            BOOK,
            "changes per child per year",
            Side("changes of worker", "cases", "never", called="changes"),
            Side("child-years with an open case", "days", "never", called="child-years"),
            "between people",
            better="lower",
        ),
        Definition(
            "continuity",
            "three_or_more",
            "of each 100 children with a worker, those who had three or more in one role within 12 months",
            "children with three or more workers in one role / children with a worker, in the 12 months to the period's end",
            BOOK,
            "%",
            Side("children with three or more workers in one role", "people", "never", "never"),
            Side("children with a worker", "people", "never", "never"),
            "Wilson",
            better="lower",
        ),
        changes("worker_left", "the worker left"),
        changes("worker_absent", "the worker was absent"),
    ]


def worker_change_definitions() -> list[Definition]:
    """What the turnover of caseworkers does to continuity."""

    def because(name: str, why: str) -> Definition:
        counted, every = Side(f"changes because {why}", "cases"), Side("changes whose reason is recorded", "cases")
        words = f"of each 100 changes of caseworker, those because {why}"
        formula = f"{counted.words} / {every.words}"
        return Definition("worker_changes", name, words, formula, BOOK, "%", counted, every, "Wilson", better="lower")

    return [
        Definition(
            "worker_changes",
            "rate",
            "changes of caseworker for each child and year with one",
            "changes of worker in a role after a caseworker / child-years with a caseworker",
            BOOK,
            "changes per child per year",
            # A change belongs to one worker who was lost, but a child may have had workers in two teams at once.
            Side("changes of caseworker", "cases", called="changes"),
            Side("child-years with a caseworker", "days", "never", called="child-years"),
            "between people",
            better="lower",
        ),
        because("employee_left", "an employee left"),
        because("agency_left", "an agency or bank worker left"),
        because("worker_absent", "the worker was absent"),
        Definition(
            "worker_changes",
            "per_leaver",
            "changes of caseworker for each employee who left",
            "changes because an employee left / caseworkers employed who left, in the same period",
            BOOK,
            "changes per leaver",
            Side("changes because an employee left", "cases", called="changes"),
            Side("caseworkers employed who left", "people", called="leavers"),
            "between workers",
            better="lower",
        ),
    ]


def plan_definitions() -> list[Definition]:
    """The quality and number of plans."""
    return [
        Definition(
            "plan_quality",
            "audited",
            "of each 100 plans audited, those graded good or outstanding",
            "plans graded good or outstanding / plans audited",
            BOOK,
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
            BOOK,
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
            BOOK,
            "plans per FTE",
            Side("plans issued", "cases", "never", "sum", "plans"),
            Side("average FTE in post in the roles", "fte", "never", "mean"),
            adds=("staff",),
        ),
    ]

"""The measure book: casework: continuity, plans and capacity.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, QUEUE, Better, Definition, Side


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
            Side("plans issued", "cases", "never", "sum"),
            Side("average FTE in post in the roles", "fte", "never", "mean"),
        ),
    ]


def capacity_definitions() -> list[Definition]:
    """Queues and outlooks."""

    def figure(name: str, words: str, formula: str, unit: str, *sides: str, good: Better | None = None) -> Definition:
        made = [Side(side, "expected", "never", "never") for side in sides]
        return Definition(
            "queue", name, words, formula, QUEUE, unit, made[0], made[1] if made[1:] else None, better=good
        )

    def ahead(name: str, words: str, unit: str, good: Better | None) -> Definition:
        behind = Side("staff in post when the outlook was made", "people", "never", "never")
        formula = "median of the simulated paths"
        return Definition("outlook", name, words, formula, BOOK, unit, None, behind, "none", ("scenario",), good)

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

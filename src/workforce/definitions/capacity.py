"""The measure book: capacity: what a queue needs, and the months ahead.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, QUEUE, Better, Definition, Kind, Side


def capacity_definitions() -> list[Definition]:
    """Queues and outlooks."""
    return [*_queues(), *_levers(), *_outlooks()]


def _figure(
    name: str, words: str, formula: str, unit: str, *sides: str, kind: Kind = "cases", good: Better | None = None
) -> Definition:
    """A figure of a queue: cases, or (for a rate a week) cases over the weeks looked at."""
    above = Side(sides[0], kind, "never", "never")
    below = Side(sides[1], "cases" if sides[1] == "removals" else "expected", "never", "never") if sides[1:] else None
    return Definition("queue", name, words, formula, QUEUE, unit, above, below, better=good)


_A_WEEK, _WEEKS = "cases a week", "weeks looked at"


def _queues() -> list[Definition]:
    return [
        _figure(
            "arrivals",
            "cases that come in a week",
            "cases received / weeks looked at",
            _A_WEEK,
            "cases received",
            _WEEKS,
        ),
        _figure(
            "removals", "cases that go out a week", "cases ended / weeks looked at", _A_WEEK, "cases ended", _WEEKS
        ),
        _figure(
            "load",
            "cases that come in for each that goes out",
            "arrivals / removals",
            "ratio",
            "arrivals",
            "removals",
            good="lower",
        ),
        _figure("waiting", "cases waiting at the end", "cases waiting", "cases", "cases waiting", good="lower"),
        _figure(
            "target_queue",
            "the longest queue that keeps the target wait",
            "arrivals a week x target wait / 4",
            "cases",
            "target queue",
        ),
        _figure(
            "relief_capacity",
            "cases to be closed each week for the queue to come down to its target in the time given",
            "arrivals a week + (queue - target queue) / weeks to clear, where the queue is over twice its target",
            _A_WEEK,
            "cases to be closed",
            _WEEKS,
        ),
        _figure(
            "target_capacity",
            "cases to be closed each week for the queue to keep its target",
            "arrivals a week + (cv of arrivals squared + cv of removals squared) / 2 x 4 / target wait",
            _A_WEEK,
            "cases to be closed",
            _WEEKS,
        ),
        _figure(
            "pressure",
            "twice the mean wait over the target wait: 1 is a queue that keeps its target",
            "2 x mean wait / target wait, both in weeks",
            "ratio",
            "twice the weeks waited",
            "target wait of those waiting",
            kind="expected",
            good="lower",
        ),
        _figure(
            "target_wait",
            "weeks in which nearly everybody is to be seen",
            "given",
            "weeks",
            "target wait",
            kind="expected",
        ),
        _figure("time_to_clear", "weeks given to clear the queue", "given", "weeks", "weeks to clear", kind="expected"),
    ]


def _levers() -> list[Definition]:
    """What would clear a queue, each alone. Those that follow from the staff have the staff behind them."""
    return [
        _figure(
            "posts",
            "posts that would clear the queue in time",
            "cases a week beyond removals / removals a week per FTE",
            "FTE",
            "posts",
            kind="posts",
        ),
        _figure(
            "days_of_sickness",
            "working days of sickness that would have to be avoided to clear the queue in time",
            "cases beyond removals / removals of a working day at work",
            "days",
            "working days",
            kind="days",
        ),
        _figure(
            "leavers_kept",
            "leavers who would have to stay to clear the queue in time",
            "posts to clear it / (FTE of a leaver x half the time, as leavers go at any time in it)",
            "leavers",
            "leavers",
            kind="posts",
        ),
        _figure(
            "requests_avoided",
            "requests a week that would have to be avoided to clear the queue in time",
            "arrivals a week at which today's removals are the relief capacity, subtracted from arrivals a week",
            _A_WEEK,
            "requests avoided",
            _WEEKS,
        ),
    ]


def _outlooks() -> list[Definition]:
    def ahead(name: str, words: str, unit: str, good: Better | None) -> Definition:
        behind = Side("staff in post on the day", "people", "never", "never")
        formula = "counted at the end of past days; ahead, the median of the simulated paths"
        return Definition("outlook", name, words, formula, BOOK, unit, None, behind, "none", ("scenario",), good)

    return [
        ahead("fte", "caseworkers in post, agency included, in full-time equivalents", "FTE", None),
        ahead("caseload", "open cases for each full-time equivalent of caseworkers in post", "cases per FTE", "lower"),
        ahead("backlog", "open requests past their date", "cases", "lower"),
    ]

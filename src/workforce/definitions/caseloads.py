"""The measure book: caseloads, and where working time goes.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, DFE, POINT, Better, Definition, Rest, Side


def caseload_definitions() -> list[Definition]:
    """Open cases against those who hold them, how evenly they lie, and which nobody holds."""
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
                # Beyond `dfe` there are the cases of those who are not at work, and those of nobody.
                rest=Rest(f"dfe{suffix}", None if suffix else ("caseload_distribution", "unheld")),
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
        "open cases that nobody at work holds",
        "open cases not allocated, or held by someone long sick, away or gone",
        BOOK,
        "cases",
        Side("open cases nobody at work holds", "cases", "sum", POINT),
        None,
        "none",
        ("band",),
        better="lower",
    )
    return [*rows, unheld]


def time_definitions() -> list[Definition]:
    """Where people's working time goes, as far as it was recorded."""

    def share(name: str, words: str, of: str, better: Better | None = None) -> Definition:
        sides = Side(of, "hours"), Side("hours recorded", "hours")
        return Definition(
            "time_use",
            name,
            words,
            f"{of} / all hours recorded",
            BOOK,
            "%",
            *sides,
            "between people",
            ("activity",),
            better,
        )

    people = Side("staff who recorded time", "people", "sum", "never"), Side("staff in post", "people", "sum", "never")
    coverage = "share of the staff in post at any time who recorded any working time"
    formula = "staff in post who recorded time / staff in post at any time in the period"
    return [
        share("share", "share of the recorded working time that went to each activity", "hours on the activity"),
        share(
            "core",
            "share of the recorded working time that went to core casework",
            "hours on the core activities",
            "higher",
        ),
        Definition("time_use", "coverage", coverage, formula, BOOK, "%", *people, "Wilson", ("activity",), "higher"),
    ]

"""The measure book: staffing: turnover, headcount, stability, vacancies, agency workers, moves.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, DFE, NHS, POINT, Definition, Kind, Limits, Rolls, Side


def turnover_definitions() -> list[Definition]:
    """Turnover, by headcount and FTE."""

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
                BOOK,
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
                NHS,
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
                DFE,
                "%",
                side(f"leavers ({basis})", kind, "never"),
                side(f"{basis} in post on the last day", kind, "never"),
                limits,
                better="lower",
            ),
        ]
    return rows


def staffing_definitions() -> list[Definition]:
    """Who is in post, who joins, leaves and moves, and what is vacant."""
    in_post = "people in post on the day"
    return [
        Definition(
            "headcount",
            "in_post",
            in_post,
            "people in post on the day",
            BOOK,
            "people",
            Side(in_post, "people", "sum", POINT),
            None,
        ),
        Definition(
            "headcount",
            "in_post_fte",
            "full-time equivalents in post on the day",
            "sum of FTE in post",
            BOOK,
            "FTE",
            Side("FTE in post on the day", "fte", "sum", POINT),
            None,
        ),
        Definition(
            "joiners",
            "joined",
            "people who joined in the period",
            "stays that began in the period",
            BOOK,
            "people",
            Side("joiners", "people"),
            None,
        ),
        Definition(
            "joiners",
            "joined_fte",
            "full-time equivalents who joined in the period",
            "FTE on the first day of stays that began",
            BOOK,
            "FTE",
            Side("joiners (FTE)", "fte"),
            None,
        ),
        Definition(
            "leavers",
            "left",
            "people who left in the period",
            "stays that ended in the period",
            BOOK,
            "people",
            Side("leavers", "people"),
            None,
        ),
        Definition(
            "stability",
            "nhs",
            "of those in post when the period opened, the share in post when it closed",
            "in post on both days / in post on the day before the period",
            NHS,
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
            BOOK,
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
            BOOK,
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
            BOOK,
            "%",
            Side("people aged 55 and over", "people", "sum", POINT),
            Side("people in post whose age is known", "people", "sum", POINT),
            "Wilson",
        ),
        Definition(
            "agency_rate",
            "dfe",
            "agency workers in each 100 workers",
            "agency / (agency + in post)",
            DFE,
            "%",
            Side("agency workers", "people", "sum", POINT),
            Side("agency workers and staff in post", "people", "sum", POINT),
            "Wilson",
            better="lower",
        ),
        Definition(
            "agency_rate",
            "dfe_fte",
            "agency full-time equivalents in each 100",
            "agency / (agency + in post)",
            DFE,
            "%",
            Side("agency FTE", "fte", "sum", POINT),
            Side("agency and in-post FTE", "fte", "sum", POINT),
            better="lower",
        ),
        Definition(
            "vacancy_rate",
            "establishment",
            "of each 100 funded full-time equivalents, those that nobody employed is in; negative where over-established",
            "(funded FTE - in-post FTE) / funded FTE",
            BOOK,
            "%",
            Side("funded FTE less in-post FTE", "posts", "sum", POINT),
            Side("funded FTE", "posts", "sum", POINT),
            better="lower",
        ),
        Definition(
            "vacancy_rate",
            "dfe",
            "vacant full-time equivalents in each 100 vacant or filled",
            "vacant FTE / (vacant FTE + in-post FTE)",
            DFE,
            "%",
            Side("vacant FTE", "posts", "sum", POINT),
            Side("vacant and in-post FTE", "fte", "sum", POINT),
            better="lower",
        ),
        Definition(
            "vacancy_cover",
            "dfe",
            "of each 100 vacant full-time equivalents, those covered by agency workers",
            "agency FTE covering vacancies / vacant FTE",
            DFE,
            "%",
            Side("agency FTE covering vacancies", "fte", "sum", POINT),
            Side("vacant FTE", "posts", "sum", POINT),
        ),
        Definition(
            "vacancy_cover",
            "dfe_of_agency",
            "of each 100 agency full-time equivalents, those covering vacancies",
            "agency FTE covering vacancies / agency FTE",
            DFE,
            "%",
            Side("agency FTE covering vacancies", "fte", "sum", POINT),
            Side("agency FTE", "fte", "sum", POINT),
        ),
    ]

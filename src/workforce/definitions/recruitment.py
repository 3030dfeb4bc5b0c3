"""The measure book: recruitment: from funded posts and applicants to people who stay, how long it takes and what it costs.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from typing import Final

from workforce.definitions.terms import BOOK, POINT, Better, Definition, Kind, Limits, Side

CLOSED: Final = "vacancies closed in the period"
JOINED: Final = "people who joined in the period"
ROUNDS: Final = "vacancies closed in the period that record applicants, shortlist and offers"


def recruitment_definitions() -> list[Definition]:
    """How vacancies end, what they cost, how long they take and whether those who come stay."""
    return [*_of_closed_vacancies(), *_of_time(), *_of_candidates(), *_of_hires(), *_of_posts()]


def _share(
    definition: str, words: str, above: str, below: str, better: Better, *, measure: str = "recruitment"
) -> Definition:
    """A share of vacancies or offers, behind which nobody stands."""
    sides = (Side(above, "posts"), Side(below, "posts"))
    return Definition(
        measure, definition, words, f"{above} / {below}", BOOK, "%", *sides, "Wilson", better=better, public=True
    )


def _of_closed_vacancies() -> list[Definition]:
    return [
        _share("fill_rate", "of each 100 vacancies closed, those filled", "vacancies filled", CLOSED, "higher"),
        _share(
            "failed",
            "of each 100 vacancies closed, those closed with nobody found",
            "vacancies closed unfilled",
            CLOSED,
            "lower",
        ),
        _share("withdrawn", "of each 100 vacancies closed, those withdrawn", "vacancies withdrawn", CLOSED, "lower"),
        _share(
            "offers_lost",
            "of each 100 vacancies closed after an accepted offer, those that nobody came to fill",
            "vacancies with an accepted offer that were not filled",
            "vacancies closed with an accepted offer",
            "lower",
        ),
        _share(
            "declined",
            "of each 100 offers made for vacancies closed in the period, those that were declined",
            "offers declined",
            "offers made",
            "lower",
        ),
        *(
            Definition(
                "recruitment",
                definition,
                f"{words} for each vacancy closed",
                f"{words} / vacancies closed for which they were recorded",
                BOOK,
                f"{words} per vacancy",
                Side(words, "people"),
                Side("vacancies closed for which they were recorded", "posts"),
                better="higher",
            )
            for definition, words in (("applicants", "applicants"), ("shortlisted", "people shortlisted"))
        ),
        Definition(
            "recruitment",
            "cost_per_hire",
            "pounds spent on recruiting for each vacancy filled, failed rounds included",
            "pounds spent on vacancies closed / vacancies filled, of those whose cost was recorded",
            BOOK,
            "£ a hire",
            Side("pounds spent on vacancies closed", "posts"),
            Side("vacancies filled whose cost was recorded", "posts"),
            better="lower",
            public=True,
        ),
    ]


def _of_time() -> list[Definition]:
    vacancies = Side("vacancies in the stage at any time", "posts", "never", "never")

    def read(definition: str, words: str, formula: str, unit: str, better: Better) -> Definition:
        return Definition(
            "hiring_time",
            definition,
            words,
            formula,
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            unit,
            None,
            vacancies,
            adds=("stage",),
            better=better,
            public=True,
        )

    return [
        *(
            Definition(
                "vacancy_time",
                definition,
                words,
                f"sum over vacancies of {what} x months open in the period",
                BOOK,
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
        Definition(
            "time_to_hire",
            "product_limit",
            "share of vacancies still without an accepted offer after so many days",
            "product over times of (1 - offers accepted / vacancies open)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("offers accepted", "posts"),
            Side("vacancies open", "posts"),
            "log-log",
            ("time",),
            better="lower",
        ),
        read(
            "median",
            "days within which half of the vacancies reach the end of the stage",
            "first day on which the share still in the stage is one half or less",
            "calendar days",
            "lower",
        ),
        *(
            read(
                f"within_{days}",
                f"of each 100 vacancies, those that reach the end of the stage within {days} days",
                f"100 - the share still in the stage after {days} days",
                "%",
                "higher",
            )
            for days in (60, 90)
        ),
    ]


def _of_hires() -> list[Definition]:
    return [
        Definition(
            measure,
            definition,
            f"of each 100 people who joined in the period, those still here {words} later",
            f"joiners with at least {words} of service / joiners whose {words} the records cover",
            BOOK,
            "%",
            Side(f"joiners still here after {words}", "people"),
            Side(JOINED if measure == "quality_of_hire" else "those who joined", "people"),
            "Wilson",
            better="higher",
        )
        for measure in ("quality_of_hire", "recruitment_funnel")
        for definition, words in (("six_months", "6 months"), ("twelve_months", "12 months"))
    ]


def _of_candidates() -> list[Definition]:
    """The steps from applicant to person in post; the last two stand with the quality of hire."""
    joined = Definition(
        "recruitment_funnel",
        "joined",
        JOINED,
        "stays that began in the period",
        BOOK,
        "people",
        Side(JOINED, "people"),
        None,
    )
    applied = Definition(
        "recruitment_funnel",
        "applied",
        "applicants for the vacancies closed in the period",
        f"sum of applicants, over {ROUNDS}",
        BOOK,
        "people",
        Side("applicants", "people"),
        None,
    )

    def step(
        definition: str, words: str, above: tuple[str, Kind], below: tuple[str, Kind], limits: Limits = "Wilson"
    ) -> Definition:
        return Definition(
            "recruitment_funnel",
            definition,
            words,
            f"{above[0]} / {below[0]}, over {ROUNDS}",
            BOOK,
            "%",
            Side(*above),
            Side(*below),
            limits,
            better="higher",
            public=above[1] == below[1] == "posts",
        )

    return [
        applied,
        step(
            "shortlisted",
            "of each 100 applicants, those shortlisted",
            ("people shortlisted", "people"),
            ("applicants", "people"),
        ),
        # Offers are made for posts: somebody shortlisted for one may be offered another.
        step(
            "offered",
            "offers made for each 100 people shortlisted",
            ("offers made", "posts"),
            ("people shortlisted", "people"),
            "none",
        ),
        step(
            "accepted",
            "of each 100 offers made, those accepted",
            ("offers accepted", "posts"),
            ("offers made", "posts"),
        ),
        step(
            "filled",
            "vacancies filled for each 100 offers accepted",
            ("vacancies filled", "posts"),
            ("offers accepted", "posts"),
        ),
        joined,
    ]


def _of_posts() -> list[Definition]:
    """The steps from funded post to person in post."""
    steps: tuple[tuple[str, str, str, Kind], ...] = (
        ("funded", "funded", "sum of funded FTE", "posts"),
        ("in_post", "in post, those seconded out among them", "sum of FTE of employed staff", "fte"),
        ("short", "funded and not in post; negative where over-established", "funded - in post", "posts"),
        (
            "no_vacancy",
            "short without an open vacancy; negative where more vacancies are open than posts are empty",
            "short - vacant",
            "posts",
        ),
        ("vacant", "open as vacancies", "sum of FTE of vacancies open on the day", "posts"),
        ("unadvertised", "vacant and not yet advertised", "vacant, before the day of advertising", "posts"),
        ("recruiting", "vacant and advertised, without an accepted offer", "vacant, advertised, not offered", "posts"),
        ("offered", "vacant with an accepted offer, not yet started", "vacant, from the accepted offer on", "posts"),
        (
            "covered",
            "vacant and covered by agency workers",
            "agency FTE that vacancies name, at most the vacancy",
            "fte",
        ),
        ("uncovered", "vacant and not covered by agency workers", "vacant - covered", "posts"),
    )
    return [
        Definition(
            "post_funnel",
            definition,
            f"full-time equivalents {words}, on the day",
            formula,
            BOOK,
            "FTE",
            Side(f"FTE {words}", kind, "sum", POINT),
            None,
            better="lower" if definition in ("short", "uncovered") else None,
        )
        for definition, words, formula, kind in steps
    ]

"""The measure book: recruitment, exits and cost.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, Better, Definition, Limits, Side


def recruitment_definitions() -> list[Definition]:
    """Recruitment, exits and cost."""

    def posts(
        measure: str, definition: str, words: str, above: str, below: str, better: Better, limits: Limits = "Wilson"
    ) -> Definition:
        sides = (Side(above, "posts"), Side(below, "posts"))
        formula = f"{above} / {below}"
        return Definition(measure, definition, words, formula, BOOK, "%", *sides, limits, better=better, public=True)

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
                BOOK,
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
        *(
            Definition(
                "quality_of_hire",
                definition,
                f"of each 100 people who joined in the period, those still here {words} later",
                f"joiners with at least {words} of service / joiners whose {words} the records cover",
                BOOK,
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
                BOOK,
                "%",
                *sides,
                "Wilson",
                interviews,
                better=good,
            )
        )
    return rows

"""The measure book: exit interviews, and what records say beside them.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, Better, Definition, Side


def exit_definitions() -> list[Definition]:
    """Who was asked, what they said, and what was recorded of them."""

    def of_people(
        measure: str, definition: str, words: str, sides: tuple[str, str], adds: tuple[str, ...], better: Better | None
    ) -> Definition:
        above, below = sides
        return Definition(
            measure,
            definition,
            words,
            f"{above} / {below}",
            BOOK,
            "%",
            Side(above, "people"),
            Side(below, "people"),
            "Wilson",
            adds,
            better=better,
        )

    interviews, beside = ("reason", "recorded"), ("reason",)
    return [
        of_people(
            "exit_reasons",
            "coverage",
            "of each 100 people who left, those with an exit interview",
            ("leavers with an exit interview", "leavers"),
            interviews,
            "higher",
        ),
        of_people(
            "exit_reasons",
            "share",
            "of each 100 leavers interviewed, those who gave the reason",
            ("leavers who gave the reason", "leavers interviewed"),
            interviews,
            None,
        ),
        of_people(
            "exit_reasons",
            "would_return",
            "of each 100 leavers who said yes or no, those who would return",
            ("leavers who would return", "leavers who said yes or no"),
            interviews,
            "higher",
        ),
        of_people(
            "exit_reasons",
            "beside_records",
            "of each 100 leavers interviewed, those who gave the one reason and for whom the records have the other",
            ("leavers with the reason given and the reason recorded", "leavers interviewed"),
            interviews,
            None,
        ),
        of_people(
            "exit_reasons",
            "unlinked",
            "of each 100 exit interviews, those that belong to nobody who is recorded as having left",
            ("interviews without a leaver", "interviews"),
            interviews,
            "lower",
        ),
        of_people(
            "reasons_beside",
            "said",
            "of each 100 leavers interviewed, those who gave the reason",
            ("leavers who gave the reason", "leavers interviewed"),
            beside,
            None,
        ),
        of_people(
            "reasons_beside",
            "recorded",
            "of each 100 leavers interviewed, those for whom the records have the reason",
            ("leavers interviewed for whom the reason is recorded", "leavers interviewed"),
            beside,
            None,
        ),
        of_people(
            "reasons_beside",
            "recorded_of_all",
            "of each 100 people who left, those for whom the records have the reason",
            ("leavers for whom the reason is recorded", "leavers"),
            beside,
            None,
        ),
    ]

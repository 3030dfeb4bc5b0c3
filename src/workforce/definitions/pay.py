"""The measure book: pay beside scales and other employers, and what has no unit cost.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from typing import Final

from workforce.definitions.terms import BOOK, POINT, Definition, Kind, Side

# What can be costed: its definition, its words, what is counted, and of which kind.
NOT_COSTED: Final[tuple[tuple[str, str, str, Kind], ...]] = (
    ("leavers_replaced", "replacing those who left", "leavers", "people"),
    ("agency_premium", "agency workers over employed staff in the same posts", "agency FTE-years", "fte"),
    ("vacancies_held", "posts held vacant without cover (not spent)", "uncovered vacant FTE-years", "posts"),
)


def pay_definitions() -> list[Definition]:
    """Pay against scales and others, and pay gaps."""
    n = Side("people in the role", "people", "never", "never")
    in_post = "people in post on the day"
    scale = f"hourly: annual / 52.143 / full-time hours; {BOOK}"
    return [
        Definition(
            "pay_position",
            "median",
            "median hourly pay of our staff in the role",
            "median of annual pay / 52.143 / full-time hours",
            BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "scale_minimum",
            "lowest hourly rate of the body's scale",
            "minimum of the scale",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "scale_midpoint",
            "middle of the body's hourly scale",
            "(minimum + maximum) / 2",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "scale_maximum",
            "highest hourly rate of the body's scale",
            "maximum of the scale",
            scale,
            "£ an hour",
            None,
            None,
            adds=("body",),
            public=True,
        ),
        Definition(
            "pay_position",
            "compa_ratio",
            "median pay of our staff over the midpoint of their own scale",
            "median pay / midpoint",
            BOOK,
            "ratio",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "gap_to_maximum",
            "how far our scale's maximum stands below the comparators' median maximum",
            "(median maximum of comparators - our maximum) / our maximum",
            BOOK,
            "%",
            None,
            None,
            adds=("body",),
            better="lower",
            public=True,
        ),
        Definition(
            "pay_position",
            "median_with_supplement",
            "median hourly pay of our staff in the role, market and retention supplements included",
            "median of (annual pay + supplement) / 52.143 / full-time hours",
            BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "supplement",
            "median hourly supplement of those in the role who have one",
            "median of supplement / 52.143 / full-time hours, where above 0",
            BOOK,
            "£ an hour",
            None,
            n,
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "supplement_share",
            "of each 100 of our staff in the role whose pay is known, those with a market or retention supplement",
            "people with a supplement / people whose pay is known",
            BOOK,
            "%",
            Side("people with a supplement", "people", "sum", POINT),
            Side("people whose pay is known", "people", "sum", POINT),
            adds=("body",),
        ),
        Definition(
            "pay_position",
            "range_place",
            "where the median pay of our staff stands in their own scale: 0 at its minimum, 100 at its maximum",
            "(median pay - minimum) / (maximum - minimum)",
            BOOK,
            "% of the range",
            None,
            n,
            adds=("body",),
        ),
        *_pay_comparison(),
        *_not_costed(),
        Definition(
            "unusable_pay",
            "people",
            "of each 100 staff in post, those whose pay cannot be compared, by reason",
            "people with the reason / people in post",
            BOOK,
            "%",
            Side("people whose pay cannot be compared", "people", "sum", POINT),
            Side(in_post, "people", "sum", POINT),
            adds=("reason",),
            better="lower",
        ),
    ]


def _pay_comparison() -> list[Definition]:
    return [
        Definition(
            "pay_comparison",
            figure,
            f"how far another body's hourly {figure} for the role stands above our own; negative where it is below",
            f"(the other body's {figure} - our {figure}) / our {figure}",
            f"hourly: annual / 52.143 / full-time hours; {BOOK}",
            "%",
            None,
            None,
            adds=("body", "beside"),
            better="lower",
            public=True,
        )
        for figure in ("minimum", "midpoint", "maximum")
    ]


def _not_costed() -> list[Definition]:
    return [
        Definition(
            "cost",
            definition,
            f"{words}; not costed without a unit cost of the area",
            f"{counted} x the area's unit cost",
            BOOK,
            "£",
            Side(counted, kind),
            None,
            better="lower",
            public=True,
        )
        for definition, words, counted, kind in NOT_COSTED
    ]

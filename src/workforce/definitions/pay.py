"""The measure book: pay and pay gaps.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import BOOK, GPG, OAXACA, POINT, Definition, Limits, Rolls, Side


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
            "%",
            None,
            n,
            adds=("body",),
        ),
        *_pay_comparison(),
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
        *_pay_gap(),
        Definition(
            "retention",
            "product_limit",
            "share of staff still in service after so many days",
            "product over times of (1 - left / at risk)",
            "Kaplan & Meier (1958), with delayed entry; log-log limits",
            "%",
            Side("left", "people"),
            Side("at risk", "people"),
            adds=("time",),
            better="higher",
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


def _pay_gap() -> list[Definition]:
    both = Side("people in both groups", "people", "never", "never")

    def gap(definition: str, words: str, formula: str, limits: Limits = "none") -> Definition:
        return Definition(
            "pay_gap", definition, words, formula, GPG, "%", None, both, limits, ("group", "quarter"), better="lower"
        )

    def share(definition: str, words: str, above: str, below: str, limits: Limits, over_groups: Rolls) -> Definition:
        sides = (Side(above, "people", over_groups, POINT), Side(below, "people", over_groups, POINT))
        return Definition(
            "pay_gap", definition, words, f"{above} / {below}", GPG, "%", *sides, limits, ("group", "quarter")
        )

    def part(definition: str, words: str, formula: str) -> Definition:
        adds = ("group", "covariate", "level")
        return Definition("pay_gap_parts", definition, words, formula, OAXACA, "log points", None, both, "none", adds)

    return [
        gap(
            "mean",
            "how far the mean hourly pay of the group stands below that of the group it is compared with",
            "(mean hourly pay of the one - of the other) / of the one, full-pay relevant employees",
            "between people",
        ),
        gap(
            "median",
            "how far the median hourly pay of the group stands below that of the group it is compared with",
            "(median hourly pay of the one - of the other) / of the one, full-pay relevant employees",
        ),
        gap(
            "mean_bonus",
            "how far the mean bonus of those of the group who had one stands below that of the group it is compared with",
            "(mean bonus of the one - of the other) / of the one, relevant employees with a bonus in twelve months",
        ),
        gap(
            "median_bonus",
            "how far the median bonus of those of the group who had one stands below that of the group it is compared with",
            "(median bonus of the one - of the other) / of the one, relevant employees with a bonus in twelve months",
        ),
        share(
            "bonus_share",
            "of each 100 relevant employees of the group, those who had a bonus in the twelve months",
            "people of the group with a bonus",
            "people of the group",
            "Wilson",
            "sum",
        ),
        share(
            "quarter_share",
            "of each 100 people in the pay quarter, those of the group",
            "people of the group in the quarter",
            "people in the quarter",
            "none",
            "never",
        ),
        share(
            "recorded",
            "of each 100 full-pay relevant employees, those whose group and pay are known: the rest are in no other figure",
            "people whose group and pay are known",
            "full-pay relevant employees",
            "none",
            "sum",
        ),
        part(
            "gap",
            "difference in mean log hourly pay; a tenth of a log point is about 10%",
            "mean log hourly pay of the one group - of the other",
        ),
        part(
            "explained",
            "the part of the gap that goes with the groups' different jobs, grades, service and so on",
            "difference in means x pooled coefficients",
        ),
        part(
            "unexplained",
            "the part of the gap that remains between people who are alike in what was compared",
            "means of each group x difference of its own coefficients from the pooled",
        ),
        Definition(
            "pay_gap_parts",
            "compared",
            "of each 100 people of both groups whose pay is known, those with a counterpart in the other group",
            "people compared / people whose pay is known",
            OAXACA,
            "%",
            Side("people compared", "people", "never", "never"),
            Side("people whose pay is known", "people", "never", "never"),
            adds=("group", "covariate", "level"),
        ),
    ]

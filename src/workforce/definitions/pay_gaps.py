"""The measure book: pay gaps between groups, their parts, and pay equity inside a role.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from workforce.definitions.terms import GPG, OAXACA, POINT, WELCH, Definition, Limits, Rolls, Side


def pay_gap_definitions() -> list[Definition]:
    """Pay gaps between groups of staff, what goes with them, and pay inside a role."""
    return [*_pay_gap(), *_pay_equity()]


def _pay_equity() -> list[Definition]:
    both = Side("people in both groups", "people", "never", "never")

    def entry(definition: str, words: str, formula: str) -> Definition:
        return Definition(
            "pay_equity", definition, words, formula, WELCH, "£ an hour", None, both, "between people", ("group",)
        )

    return [
        entry(
            "difference",
            "how far the mean hourly pay of the group stands below that of the group it is compared with, in the same role or group",
            "mean hourly pay of the one - of the other, in the role",
        ),
        entry(
            "overall",
            "how far the mean hourly pay of the group stands below that of the group it is compared with, all roles together",
            "mean hourly pay of the one - of the other",
        ),
        entry(
            "like_for_like",
            "how far the mean hourly pay of the group stands below that of the group it is compared with, inside the same roles",
            "differences inside roles, weighted by the group's people in each; roles with at least ten of both",
        ),
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

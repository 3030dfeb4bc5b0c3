"""The measure book: standardised forms of the crude rates.

Promises: data only; `workforce.definitions` looks entries up. Refuses: nothing.
"""

from collections.abc import Iterable

from workforce.definitions.terms import AS_EXPECTED, STANDARDISED, Definition, Side


def standardised_definitions(crude: Iterable[Definition]) -> list[Definition]:
    """What `standardise` makes of turnover and absence where their chance variation is known: an indirect ratio, a direct rate."""
    rows = []
    for d in crude:
        if d.measure not in ("turnover", "absence") or d.numerator is None or d.denominator is None or d.adds:
            continue
        if d.limits in ("none", "Wilson") or "never" in (d.numerator.over_groups, d.denominator.over_groups):
            continue
        own, at_rates = d.numerator.words, f"{d.words}, had its staff the mix of the standard"
        between = d.limits == "between people"
        rows += [
            Definition(
                d.measure,
                f"{d.definition}_indirect",
                f"{own} for each 100 that the standard's rates would give staff of the same mix",
                f"{own} / sum over strata of (own {d.denominator.words} x the standard's rate)",
                f"{STANDARDISED} (indirect); crude: {d.source}",
                AS_EXPECTED,
                Side(own, d.numerator.kind, "never", "never"),
                Side(f"{own} expected at the standard's rates", "expected", "never", "never"),
                d.limits if between else "Byar",
                better=d.better,
            ),
            Definition(
                d.measure,
                f"{d.definition}_direct",
                at_rates,
                f"sum over strata of (own rate x the standard's {d.denominator.words}) / the standard's {d.denominator.words}",
                f"{STANDARDISED} (direct); crude: {d.source}",
                d.unit,
                Side(f"{own} that the standard would have at these rates", d.numerator.kind, "never", "never"),
                Side(f"{d.denominator.words} of the standard", d.denominator.kind, "never", "never"),
                # Limits by Dobson's method follow from the strata, not from the two sides: `standardise` adds them.
                d.limits if between else "none",
                better=d.better,
            ),
        ]
    return rows

"""The standardised forms of a rate: an indirect ratio, and a direct rate."""

from dataclasses import replace

from workforce.book.model import AS_EXPECTED, Definition, Side


def standardised(crude: Definition, source: str) -> tuple[Definition, Definition]:
    """Return what `standardise` makes of a rate: an indirect ratio and a direct rate.

    Parameters
    ----------
    crude : Definition
        The rate.
    source : str
        Whose method it is.
    """
    above, below = crude.numerator, crude.denominator
    if above is None or below is None:
        raise ValueError("a rate has two sides")
    between = crude.limits.endswith("between people")
    indirect = replace(
        crude,
        definition=f"{crude.definition}_indirect",
        words=f"{above.words} for each 100 that the standard's rates would give staff of the same mix",
        formula=f"{above.words} / sum over strata of (own {below.words} x the standard's rate)",
        source=f"{source} (indirect); crude: {crude.source}",
        unit=AS_EXPECTED,
        numerator=Side(above.words, above.kind, "never", "never"),
        denominator=Side(f"{above.words} expected at the standard's rates", "expected", "never", "never"),
        limits=crude.limits if between else "Byar",
        more_than=0.0,
    )
    direct = replace(
        crude,
        definition=f"{crude.definition}_direct",
        words=f"{crude.words}, had its staff the mix of the standard",
        formula=f"sum over strata of (own rate x the standard's {below.words}) / the standard's {below.words}",
        source=f"{source} (direct); crude: {crude.source}",
        numerator=Side(f"{above.words} that the standard would have at these rates", above.kind, "never", "never"),
        denominator=Side(f"{below.words} of the standard", below.kind, "never", "never"),
        # Limits by Dobson's method follow from the strata, not from the two sides: `standardise` adds them.
        limits=crude.limits if between else "none",
        more_than=0.0,
    )
    return indirect, direct

"""The canonical tables of figures that arrive already counted: an organisation's own, and official statistics.

Promises: a schema class is its table's documentation; dates are inclusive at both ends; rules name what is wrong with a row and never
quote it. Refuses: nothing by itself; `workforce.sources` filters by these schemas.
"""

import dataframely as dy

from workforce.schemas.fields import day, name, one_of, text


class Counts(dy.Schema):
    """Anything else that an organisation counts, already tidy."""

    organisation = name("slug of the partner body")
    measure = name("what")
    definition = name("by whose rule")
    unit = name("%, people, ...")
    over_time = one_of(("sum", "mean", "never"), "how it rolls over time")
    period_start = day("first day")
    period_end = day("last day")
    locality = text("locality")
    numerator = dy.Float64(nullable=True, description="the count")
    denominator = dy.Float64(nullable=True, description="out of")


class Published(dy.Schema):
    """Official statistics in one shape."""

    area_code = name("the publisher's code of the area or organisation")
    area_name = text("its name")
    area_level = name("national, regional, local_authority, organisation, system, neighbours")
    measure = name("what, by the measure book's name where it has one")
    definition = name("by whose rule")
    period_start = day("first day")
    period_end = day("last day")
    numerator = dy.Float64(nullable=True, description="as published")
    denominator = dy.Float64(nullable=True, description="as published")
    value = dy.Float64(nullable=True, description="as published")
    marker = text("the publisher's symbol where there is no figure: z x c low u")
    source = name("publisher, release, file")

"""Sentences on official figures: how one local authority stands, and with whom it is compared.

Promises: a sentence follows from the figures as they are printed, to one decimal place, half up; what is better is the measure book's.
Refuses: measures that the figures do not hold; authorities that are not there or no longer exist.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.definitions import definition_of
from workforce.measures.comparison.areas import find_authority
from workforce.measures.comparison.beside import ENGLAND, MEDIAN, beside, latest
from workforce.measures.comparison.compare import MODELS
from workforce.measures.comparison.neighbours import neighbours_of
from workforce.measures.comparison.official import Official, half_up, polarity

NAMES: Final = {"absence": "Sickness absence", "timeliness": "Timeliness of EHC plans"}
# What a page on one authority shows, and what each is called in a list. NHS sickness is of no authority.
ON_THE_PAGE: Final = {
    ("turnover", "dfe_fte"): "turnover",
    ("agency_rate", "dfe_fte"): "agency workers",
    ("vacancy_rate", "dfe"): "vacancies",
    ("caseload", "dfe"): "caseload",
    ("absence", "dfe"): "sickness absence",
    ("timeliness", "dfe"): "plans within 20 weeks",
}
GAP: Final = "cannot be compared"


def headline(table: pl.DataFrame) -> str:
    """What the last period of `beside` says: the authority's figure, and whether it is above or below its neighbours' median and England.

    Figures are compared as they are printed, to one decimal place, half up.

    >>> from workforce.sources.published import load_published
    >>> official = load_published()
    >>> headline(beside(official.published, official.neighbours, measure="turnover", definition="dfe_fte", area="Devon"))
    "Turnover in Devon in 2025, 14.2%, was above its neighbours' median (10.4%) and England (11.8%)"
    """
    own = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
    if own.is_empty():
        return "No figure is published for the authority"
    last = own.row(-1, named=True)
    what = f"{_name(last['measure'])} in {last['area']} in {last['period_end'].year}"
    if last["value"] is None:
        return f"{what}: no figure is published"
    figures = _last_figures(table)
    mine = figures[last["area_code"]]
    unit = "%" if last["unit"] == "%" else f" {last['unit']}"
    others = (("its neighbours' median", MEDIAN), ("England", ENGLAND))
    known = [
        (_against(mine, figures[code]), words, figures[code]) for words, code in others if figures.get(code) is not None
    ]
    if not known:
        return f"{what} was {mine:.1f}{unit}"
    first, *rest = known
    clauses = [f"{first[0]} {first[1]} ({first[2]:.1f}{unit})"]
    clauses += [f"{'' if how == first[0] else how + ' '}{words} ({other:.1f}{unit})" for how, words, other in rest]
    return f"{what}, {mine:.1f}{unit}, was {' and '.join(clauses)}"


def at_a_glance(official: Official, *, area: str, model: str = "2025") -> str:
    """On how many of a page's figures an authority stands better or worse than its neighbours' median, and which they are.

    Each in the last period with a figure in the file, as printed, by the direction that the measure book calls better.

    >>> from workforce.sources.published import load_published
    >>> at_a_glance(load_published(), area="Devon")
    "Of 6 figures, each in its last published year, Devon stood better than its neighbours' median in 1 (...) and worse in 5 (...)."
    """
    authority = find_authority(official.published, official.neighbours, area)
    sides: dict[str, list[str]] = {}
    for (measure, definition), name in ON_THE_PAGE.items():
        table = beside(
            official.published, official.neighbours, measure=measure, definition=definition, area=area, model=model
        )
        figures = _last_figures(table)
        own = table.filter(pl.col("area_level") == "local_authority").sort("period_end")
        mine = figures.get(own["area_code"][-1]) if len(own) else None
        median, better = figures.get(MEDIAN), polarity(definition_of(measure, definition))
        if mine is None or median is None:
            side = GAP
        elif mine == median:
            side = "level"
        else:
            side = "better" if (mine > median) == (better == "higher") else "worse"
        sides.setdefault(side, []).append(name)
    parts = [f"{side} in {_counted(sides[side])}" for side in ("better", "worse", "level") if side in sides]
    gaps = f"; {_counted(sides[GAP])} cannot be compared" if GAP in sides else ""
    if not parts:
        return f"None of {len(ON_THE_PAGE)} figures of {authority.name} can be compared with its neighbours' median."
    parts[0] = parts[0].replace(" in ", " than its neighbours' median in ", 1)
    return f"Of {len(ON_THE_PAGE)} figures, each in its last published year, {authority.name} stood {_listed(parts)}{gaps}."


def _name(measure: str) -> str:
    return NAMES.get(measure, measure.replace("_", " ").capitalize())


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _counted(names: Sequence[str]) -> str:
    return f"{len(names)} ({', '.join(names)})"


def _last_figures(table: pl.DataFrame) -> dict[str, float | None]:
    """The figures of the last period as they are printed, by area code."""
    shown = latest(table).select("area_code", half_up(pl.col("value"), 1))
    return dict(shown.iter_rows())


def _against(mine: float | None, other: float | None) -> str:
    if mine is None or other is None or mine == other:
        return "level with"
    return "above" if mine > other else "below"


def neighbours_sentence(official: Official, *, area: str, model: str = "2025") -> str:
    """With whom an authority is compared, by which model, and how many neighbours another model at hand would change.

    >>> from workforce.sources.published import load_published
    >>> neighbours_sentence(load_published(), area="Devon")
    "Devon is compared with 10 statistical neighbours by the DfE's model of May 2025, nearest first: East Sussex; Dorset; ...
    By the model of April 2021, 5 of its 10 neighbours are others: Shropshire; Herefordshire; Cornwall; Gloucestershire; Wiltshire."
    """
    authority = find_authority(official.published, official.neighbours, area)
    names = neighbours_of(official.neighbours, authority, model=model)["neighbour_name"].to_list()
    by = f"by the DfE's model of {MODELS.get(model, model)}, nearest first: {'; '.join(str(n) for n in names)}"
    said = [f"{authority.name} is compared with {len(names)} statistical neighbours {by}."]
    held = official.neighbours.filter(pl.col("area_code") == authority.code)["model"].unique().sort().to_list()
    for other in (m for m in held if m != model):
        theirs = neighbours_of(official.neighbours, authority, model=other)["neighbour_name"].to_list()
        others = [str(n) for n in theirs if n not in names]
        are = "is another" if len(others) == 1 else "are others"
        counted = f"{len(others)} of its {len(theirs)} neighbours {are}: {'; '.join(others)}"
        which = counted if others else "its neighbours are the same"
        said.append(f"By the model of {MODELS.get(other, other)}, {which}.")
    return " ".join(said)


def standing_title(table: pl.DataFrame, *, area: str) -> str:
    """What a table of `standing` shows, with the end from which its ranks are counted.

    >>> from workforce.sources.published import load_published
    >>> from workforce.measures.comparison.official import published_table
    >>> standing_title(published_table(load_published().published, "turnover", "dfe_fte"), area="Devon")
    'Turnover: Devon among its statistical neighbours, by period; rank 1 is the lowest, which is better'
    """
    book = definition_of(table["measure"][0], table["definition"][0])
    better = polarity(book)
    end = f"{better.replace('er', 'est')}, which is better" if better else "lowest; neither end is better"
    return f"{_name(book.measure)}: {area} among its statistical neighbours, by period; rank 1 is the {end}"

"""How each measure of a partnership's list of key indicators is computed: by the recipe that the measure book has for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from workforce.book import Better, Recipe, measure_book
from workforce.errors import UsageError
from workforce.groups import absence, casework, exits, staffing
from workforce.groups import caseload as caseloads
from workforce.groups import recruitment as hiring
from workforce.measures import caseload, recruitment
from workforce.periods import Period
from workforce.records import Records
from workforce.results import MeasureTable, stacked
from workforce.sealed import number_given, text_given


class Indicator(Protocol):
    """One line of the list: which figure, whose it is, how it is printed, which way is good, and how far off its target is amber."""

    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def definition(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def roles(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def better(self) -> Better | None: ...  # noqa: D102
    @property
    def amber(self) -> float: ...  # noqa: D102


class Caseloads(Protocol):
    """What was agreed about casework."""

    @property
    def caseload_limit(self) -> float | Mapping[str, float] | None: ...  # noqa: D102
    @property
    def caseworker_roles(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def weights(self) -> Mapping[str, float]: ...  # noqa: D102


class Agreed(Protocol):
    """What the partnership agreed: its list, its targets, and who holds cases."""

    @property
    def kpis(self) -> Sequence[Indicator]: ...  # noqa: D102
    @property
    def casework(self) -> Caseloads: ...  # noqa: D102

    def target_value(self, measure: str, definition: str, roles: Sequence[str] = (), /) -> float | None:
        """The agreed target of a measure for some roles in its unit, or none."""


@dataclass(frozen=True, slots=True)
class Listed:
    """How one measure is computed for the list.

    Parameters
    ----------
    recipe : Recipe
        Over which periods, and with which options.
    call : callable
        The measure.
    needs : tuple of str
        The tables of the records without which there is no figure.
    takes_roles : bool
        Whether the measure itself takes the roles of a profession; else it is given the records of that profession.
    """

    recipe: Recipe
    call: Callable[..., MeasureTable]
    needs: tuple[str, ...]
    takes_roles: bool

    def agreed_options(self, agreed: Agreed) -> dict[str, Any]:
        """Return the options that the settings decide, each read once; roles: those of caseworkers, where a KPI names none."""
        return {name: value for name in self.recipe.agreed if (value := _AGREED[name](agreed)) is not None}


def _hiring(records: Records, periods: Sequence[Period]) -> MeasureTable:
    """Opened to offer accepted, of each period by itself."""
    return stacked(recruitment.hiring_time(records, period, stages=("hire",)) for period in periods)


# The groups of `wf` that have measures of the list.
_GROUPS: Final = {
    "absence": absence,
    "caseload": caseloads,
    "casework": casework,
    "exits": exits,
    "recruitment": hiring,
    "staffing": staffing,
}
_OWN_CALLS: Final[Mapping[str, Callable[..., MeasureTable]]] = {"hiring_time": _hiring}


def _function_of(measure: str) -> Callable[..., MeasureTable]:
    """The function that computes a measure for the list: the first that the measure book names for it, as users of `wf` have it."""
    if measure in _OWN_CALLS:
        return _OWN_CALLS[measure]
    name = measure_book().measures[measure].functions[0]
    group, _, function = name.partition(".")
    functions = vars(_GROUPS[group]) if group in _GROUPS else {}
    if function not in functions:
        raise UsageError(
            "the measure book computes {measure} by {function}, which workforce does not have",
            where="src/workforce/book",
            hint="name the function in its group in src/workforce/groups",
            measure=measure,
            function=name,
        )
    call: Callable[..., MeasureTable] = functions[function]
    return call


def _roles(agreed: Agreed) -> Sequence[str] | None:
    return agreed.casework.caseworker_roles or None


def _weights(agreed: Agreed) -> dict[str, float] | None:
    weights = dict(agreed.casework.weights)
    return {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()} or None


def _limit(agreed: Agreed) -> float | dict[str, float] | None:
    return caseload.limit_given(agreed.casework.caseload_limit)


_AGREED: Final[Mapping[str, Callable[[Agreed], Any]]] = {"roles": _roles, "weights": _weights, "limit": _limit}


def listed_by(measure: str, definition: str) -> Listed | None:
    """Return how a definition is computed for the list; None where the measure book has no recipe for it.

    >>> listed_by("absence", "nhs").recipe.over, listed_by("queue", "load")
    ('months', None)
    """
    recipe = measure_book().recipes.get((measure, definition))
    if recipe is None:
        return None
    records = measure_book().measures[measure].records
    needs = tuple(name for name in records if name not in recipe.optional)
    return Listed(recipe, _function_of(measure), needs, takes_roles=measure != "continuity")

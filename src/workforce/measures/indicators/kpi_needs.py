"""What the list of key indicators needs of records and of what was agreed: `Records` and `Settings` fit, as does anything of that shape.

Promises: names only. Refuses: nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

from workforce.definitions.terms import Better


class Indicator(Protocol):
    """One line of the list: which figure, whose it is, how it is printed, which way is good, and how far off its target is amber."""

    @property
    def measure(self) -> str: ...  # noqa: D102
    @property
    def definition(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str | None: ...  # noqa: D102
    @property
    def better(self) -> Better | None: ...  # noqa: D102
    @property
    def amber(self) -> float: ...  # noqa: D102


class Caseloads(Protocol):
    """What was agreed about casework."""

    @property
    def caseload_limit(self) -> float | None: ...  # noqa: D102
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

    def target_value(self, measure: str, definition: str) -> float | None:
        """The agreed target of a measure in its unit, or none."""


class Tables(Protocol):
    """The canonical tables that indicators are worked out from."""

    @property
    def assignments(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def absences(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def cases(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def milestones(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def allocations(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def posts(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def vacancies(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def exits(self) -> pl.DataFrame: ...  # noqa: D102
    @property
    def counts(self) -> pl.DataFrame: ...  # noqa: D102

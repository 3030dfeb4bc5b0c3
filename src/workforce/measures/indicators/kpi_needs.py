"""What the list of key indicators needs of what was agreed: `Settings` fits, as does anything of that shape."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from workforce.book import Better


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

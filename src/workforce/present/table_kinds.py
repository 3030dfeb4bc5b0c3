"""Tables beyond `wf.table`: definitions side by side, one column across another, several looks at one group, key indicators, notes."""

from workforce.present.cross import cross_table as cross
from workforce.present.kpi_summary import kpi_summary as kpis
from workforce.present.looks import looks_table as looks
from workforce.present.tables import notes_table as notes
from workforce.present.wide import wide_table as wide

__all__ = ["cross", "kpis", "looks", "notes", "wide"]


def __dir__() -> list[str]:
    return __all__

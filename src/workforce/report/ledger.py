"""The ledger of an area: the figures of every published report, so that a new one can be looked at together with those before it.

A run is a draft until `workforce publish` enters its figures. They are exact, so that the ledger is for its owner alone.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import DisclosureError
from workforce.private_files import make_folder, write_file
from workforce.report.manifest import earlier_manifest

DRAFT: Final = "draft"
SUPERSEDED: Final = "superseded"
ASSUMED: Final = {"board": ("board",), "internal": ("internal", "board")}
"""By the rule of a report, the rules of the reports that its readers are assumed to have, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A report in the ledger.

    Parameters
    ----------
    folder : Path
        The folder of the area in the ledger.
    report : str
        The name of the report's folder, such as its month.
    rule : str
        The disclosure rule.
    """

    folder: Path
    report: str
    rule: str

    def path(self, state: str = "") -> Path:
        """Return the file of its published figures; of its draft, or of what was superseded at a time.

        >>> print(Entry(Path("ledger/area"), "2023-03", "board").path(DRAFT))
        ledger/area/2023-03.board.draft.parquet
        """
        return self.folder / ".".join([self.report, self.rule, *([state] if state else []), "parquet"])

    def write_draft(self, figures: pl.DataFrame) -> None:
        """Keep the figures of a run until it is published, in place of those of an earlier draft."""
        from workforce.disclosure.publication import as_parquet

        make_folder(self.folder)
        write_file(self.path(DRAFT), as_parquet(figures), private=True)

    def draft(self) -> pl.DataFrame | None:
        """Return the figures of the latest run, published or not; None where there is none."""
        for path in (self.path(DRAFT), self.path()):
            if path.exists():
                return pl.read_parquet(path)
        return None

    def published_before(self) -> dict[str, pl.DataFrame]:
        """Return the published figures that the readers of this report are assumed to have, by the name of their report and rule."""
        before = {}
        for rule in ASSUMED.get(self.rule, ()):
            for path in sorted(self.folder.glob(f"*.{rule}.parquet")):
                if path != self.path():
                    figures = pl.read_parquet(path)
                    # What another rule withholds is that rule's affair: here it only tells what it shows.
                    own = (
                        figures
                        if rule == self.rule
                        else figures.with_columns(
                            values=pl.lit(0, pl.Int64), off=pl.lit(0.0), rule=pl.lit(None, pl.String)
                        )
                    )
                    before[path.name.removesuffix(".parquet")] = own
        return before

    def publish(self, moment: datetime) -> None:
        """Enter the draft; what was published before under this name and rule is kept as superseded.

        Raises
        ------
        DisclosureError
            Where there is no draft.
        """
        if not self.path(DRAFT).exists():
            raise DisclosureError(
                "there is no draft to publish",
                where="{report}, {rule}",
                hint="make it first with workforce run",
                report=self.report,
                rule=self.rule,
            )
        if self.path().exists():
            self.path().rename(self.path(f"{SUPERSEDED}-{moment:%Y%m%dT%H%M%SZ}"))
        self.path(DRAFT).rename(self.path())


def refuse_lost_ledger(entry: Entry, reports: Path) -> None:
    """Refuse to go on where published reports lie beside a new one that are not in the ledger.

    Parameters
    ----------
    entry : Entry
        The new report.
    reports : Path
        The folder of the area's reports.

    Raises
    ------
    DisclosureError
        With the reports that are missing, and the two ways on.
    """
    missing = sorted(name for name, rule in _published(reports) if not _is_entered(entry.folder, name, rule))
    if missing:
        raise DisclosureError(
            "published reports are not in the ledger: {reports}",
            where="{folder}",
            hint="point to the ledger with ledger of [disclosure] in area.toml, or start anew with --new-ledger, which the pages say",
            reports=missing,
            folder=entry.folder.name,
        )


def _published(reports: Path) -> Iterable[tuple[str, str]]:
    with suppress(OSError):
        for folder in sorted(reports.iterdir()):
            manifest = earlier_manifest(folder) if folder.is_dir() and not folder.name.startswith(".") else None
            if manifest is not None and manifest.published is not None:
                yield folder.name, manifest.rule


def _is_entered(folder: Path, report: str, rule: str) -> bool:
    return any(folder.glob(f"{report}.{rule}.parquet"))

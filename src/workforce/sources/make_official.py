"""Make the store of official figures that comes with the library from the publishers' files, as downloaded: the same bytes each time.

    python -m workforce.sources.make_official FOLDER [STORE]

FOLDER has a folder for each publication, as in `FILES`. Figures are carried over by the readers of `workforce official add` and by nothing
else; what is added here is the publisher's name of each release.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.shipped import shipped
from workforce.sources.published import SCHEMAS, joined, recognise, store_of, write_store

FILES: Final[tuple[tuple[str, str], ...]] = (
    ("dfe_csww/csww_indicators_2017_to_2025.csv", "Children's social work workforce, reporting year 2025"),
    ("dfe_sen2/timeliness_20_week.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2/requests.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/assessments.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/newplans.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/caseload.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/annual_reviews.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/sen2_dmo_dco.csv", "Education, health and care plans, reporting year 2025"),
    ("dfe_sen2_2025/tribunal_appeals_2014_2024.csv", "SEND appeal rate, 2014 to 2024, table 1"),
    ("ons_population/mid_year_0_to_17_2012_to_2024.csv", "Mid-year population estimates, mid-2012 to mid-2024"),
    ("lait/bds_long_0.parquet", "Local Authority Interactive Tool, figures to 2025"),
    ("lait/sn_april_2021.xlsx", "Local Authority Interactive Tool, model of April 2021"),
    ("lait/sn_may_2025.xlsx", "Local Authority Interactive Tool, model of May 2025"),
    ("lait/la_code_list.xlsx", "Local Authority Interactive Tool, code list"),
    ("nhs_sickness_absence/*.csv", "NHS sickness absence rates, monthly, April 2024 to March 2025"),
)
"""What the store is made from, and how its publisher calls the release."""


def make(folder: Path, store: Path) -> None:
    """Write the store; a file that is missing or cannot be read ends it."""
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in SCHEMAS}
    for path, release in _files(folder):
        reading = recognise(path)
        for name, frame in (
            ("published", reading.figures),
            ("neighbours", reading.neighbours),
            ("areas", reading.areas),
        ):
            if frame is not None:
                tables[name].append(frame.with_columns(release=pl.lit(release)) if name == "published" else frame)
    write_store(store_of(*(joined(name, frames) for name, frames in tables.items())), store)


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for pattern, release in FILES:
        paths = sorted(folder.glob(pattern))
        if not paths:
            raise InputError("the folder lacks {pattern}", where="{folder}", pattern=pattern, folder=folder.name)
        for path in paths:
            yield path, release


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else shipped("data", "official"))  # noqa: PLR2004

"""Names that so few people have ever had that the name alone would point at one of them, put together under one name."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.frames import as_by
from workforce.records import Records

FEWEST: Final = 3
"""People. A name that fewer have ever had is on no page."""
COLUMNS: Final = ("role", "grade", "team", "locality")
_OTHERS: Final = {"locality": "other localities", "role": "other roles", "team": "other teams", "grade": "other grades"}


def rare_names_together(records: Records, columns: Sequence[str] = COLUMNS, *, fewest: int = FEWEST) -> Records:
    """Records in which names that few people have ever had are one name together, such as "other roles".

    A table lists a group also where its figure is withheld, so that the name alone tells that someone has it. Names are put together before
    anything is measured: every row stays, so totals stay, and a rate of "other roles" is one of all its people. Names that the settings
    list (common roles, localities of the area) are kinds of posts and places that are known anyway, and names that nobody has, such as a
    post that is vacant, are about nobody: both stay.

    Parameters
    ----------
    records : Records
        The area's records; counts the people of `assignments`, over all days.
    columns : sequence of str
        Columns with names; those that are not recorded are skipped.
    fewest : int
        How many people have to have had a name for it to stay.

    Returns
    -------
    Records
        The same records with joint names, in every table that has the column.

    References
    ----------
    This project's measure book, "Disclosure".

    Examples
    --------
    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": ["council"] * 5, "person_id": list("abcde"), "start_date": [date(2020, 1, 1)] * 5,
    ...     "fte": [1.0] * 5, "role": ["Adviser"] * 3 + ["Cover for the head", "Envoy"]})
    >>> rare_names_together(Records(assignments=staff)).assignments["role"].to_list()
    ['Adviser', 'Adviser', 'Adviser', 'other roles', 'other roles']
    """
    staff = records.assignments.lazy()
    listed = _listed(records)
    joint: dict[str, dict[str, str]] = {}
    for column in as_by(columns):
        if column not in staff.collect_schema().names():
            continue
        names = pl.col(column).cast(pl.String)
        people = staff.filter(names.is_not_null()).group_by(names.alias(column)).agg(pl.col("person_id").n_unique())
        rare = people.filter(pl.col("person_id") < fewest).collect()[column].to_list()
        others = _OTHERS.get(column, f"other {column.replace('_', ' ')}s")
        joint[column] = {name: others for name in rare if name not in listed}
    return records._with(
        {
            name: frame.with_columns(
                pl.col(column).cast(pl.String).replace(names)
                for column, names in joint.items()
                if names and column in frame.lazy().collect_schema().names()
            )
            for name, frame in records.tables()
        }
    )


def _listed(records: Records) -> set[str]:
    """The names that the settings list; none for records without settings."""
    if records._settings is None:
        return set()
    settings = records._settings
    return {*settings.common_roles, *settings.area.localities, *settings.casework.caseworker_roles}

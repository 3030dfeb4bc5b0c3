"""Which group is compared with which: the two sides of a pay gap, and who belongs to neither.

A value without content ("unknown", "prefer not to say") is no group.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.bands import NO_QUARTERS
from workforce.errors import UsageError
from workforce.records import Records

NOT_SAID: Final = (
    "unknown",
    "not known",
    "not stated",
    "not recorded",
    "prefer not to say",
    "refused",
    NO_QUARTERS,
    "",
)
YES_OR_NO: Final = ("yes", "no", "y", "n", "true", "false")
# Whom the others are compared with where nobody says otherwise: men (SI 2017/172, reg. 8), and by analogy the larger group.
REFERENCES: Final = {
    "sex": ("male", "men", "man", "m"),
    "ethnicity": ("white", "white british"),
    "disability": ("no", "not disabled", "n"),
}


def known_group(between: str) -> pl.Expr:
    """The value of a column as text, null where it says nothing."""
    text = pl.col(between).cast(pl.String).str.strip_chars()
    return pl.when(~text.str.to_lowercase().is_in(NOT_SAID)).then(text)


def named_group(group: str, between: str) -> str:
    """A group as it is written in a table: a bare yes or no with the column that it answers.

    >>> named_group("yes", "disability"), named_group("female", "sex")
    ('disability: yes', 'female')
    """
    return f"{between.replace('_', ' ')}: {group}" if group.lower() in YES_OR_NO else group


def reference_group(groups: Sequence[str], between: str, reference: str | None) -> str:
    """The group that the others are compared with: the one that was asked for, or the usual one.

    >>> reference_group(["Female", "Male"], "sex", None)
    'Male'
    """
    if reference is not None:
        if reference not in groups:
            raise UsageError(
                "nobody is in the group that the others are to be compared with",
                where="reference=",
                hint='give a value of the column "{between}" as the records write it',
                between=between,
            )
        return reference
    usual = REFERENCES.get(between, ())
    candidates = [g for word in usual for g in groups if g.lower() == word]
    if not candidates:
        raise UsageError(
            'it is not clear with which group of "{between}" the others are to be compared',
            hint="say which with reference=",
            between=between,
        )
    return candidates[0]


def reference_or_reason(
    records: Records, groups: Sequence[str], between: str, reference: str | None
) -> tuple[str | None, str | None]:
    """Return the group that the others are compared with or, where the records allow no comparison, None and the reason.

    Parameters
    ----------
    records : Records
        The area's records.
    groups : sequence of str
        The groups that somebody is in.
    between : str
        The column of the staff that tells the groups apart.
    reference : str or None
        The group that the caller asked for, or None for the usual one.

    Raises
    ------
    UsageError
        Where nobody in the records has the value asked for, or the column has no usual reference and none is asked for.

    Examples
    --------
    >>> staff = pl.DataFrame({"sex": ["female", "female", "male"]})
    >>> reference_or_reason(Records(assignments=staff), ["female", "male"], "sex", None)
    ('male', None)
    >>> reference_or_reason(Records(assignments=staff), ["female"], "sex", None)
    (None, 'everybody whose sex is known is in one group')
    """
    column = between.replace("_", " ")
    # After a filter the group may be recorded and left out, which is no mistake.
    if reference is not None and reference not in groups and not records._narrowed:
        recorded = records.assignments.lazy().select(known_group(between).unique()).collect().to_series().to_list()
        if reference not in recorded:
            reference_group(groups, between, reference)
    if not groups:
        return None, f"the {column} of staff is not recorded"
    if len(groups) == 1:
        return None, f"everybody whose {column} is known is in one group"
    usual = REFERENCES.get(between, ())
    if (reference is not None and reference not in groups) or (
        reference is None and usual and not any(group.lower() in usual for group in groups)
    ):
        return None, f"nobody is in the group by {column} that the others are compared with"
    return reference_group(groups, between, reference), None

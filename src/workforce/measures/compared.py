"""Which group is compared with which: the two sides of a pay gap, and who belongs to neither.

Promises: a value that says nothing ("unknown", "prefer not to say") is no group. Refuses: a comparison whose reference group nobody is in.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.errors import UsageError

NOT_SAID: Final = ("unknown", "not known", "not stated", "not recorded", "prefer not to say", "refused", "")
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
    found = [g for word in usual for g in groups if g.lower() == word]
    if not found:
        raise UsageError(
            'it is not clear with which group of "{between}" the others are to be compared',
            hint="say which with reference=",
            between=between,
        )
    return found[0]

"""Roles that are not in the area's common list, so that its owner can see what is not compared with anything.

Promises: titles are compared as they stand; one that differs from a known title in capitals or spaces only is listed, and said to, but
never merged in silence. Where no common list is set nothing is unmapped. Refuses: nothing; it counts no people.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from workforce.errors import Phrase

_LONGEST_TITLE: Final = 200  # characters

UNMAPPED: Final = pl.Schema(
    {"organisation": pl.String(), "role": pl.String(), "table": pl.String(), "like": pl.String(), "open": pl.Boolean()}
)
_HELD: Final = ("assignments", "hours")  # tables in which a title is somebody's


def unmapped(tables: Iterable[tuple[str, pl.DataFrame]], known: Mapping[str, str], *, fewest: int) -> pl.DataFrame:
    """Every title that is neither a common role nor one of its names: organisation, role, table, like, open.

    known: the common role of each known title. table: the tables that the title occurs in, joined by commas. like: the common role whose
    title it equals but for capitals and spaces, or null. open: whether the title may leave the analyst's screen. A title is a kind of
    post and no person, and most are in public adverts; but one that a single person holds points at them, and a typed one can hold a
    name. So it is open only where it names a post (posts, vacancies, pay scales), is like a known title, or `fewest` people or more have
    held it in the organisation.

    >>> staff = pl.DataFrame({"organisation": ["a"] * 2, "person_id": ["p", "q"], "role": ["Send  Caseworker", "Adviser"]})
    >>> found = unmapped([("assignments", staff)], {"SEND caseworker": "SEND caseworker"}, fewest=5)
    >>> found.select("role", "like", "open").rows()
    [('Adviser', None, False), ('Send  Caseworker', 'SEND caseworker', True)]
    """
    if not known:
        return pl.DataFrame(schema=UNMAPPED)
    parts = [_titles(name, frame) for name, frame in tables if "role" in frame.columns]
    alike = {_plain(title): role for title, role in known.items()}
    found = (
        pl.concat(parts)
        .filter(~pl.col("role").is_in(list(known)))
        .group_by("organisation", "role")
        .agg(
            pl.col("table").unique().sort().str.join(", "),
            people=pl.col("person_id").drop_nulls().n_unique(),
            of_posts=(~pl.col("table").is_in(_HELD)).any(),
        )
        .with_columns(like=pl.col("role").map_elements(lambda title: alike.get(_plain(title)), return_dtype=pl.String))
        .with_columns(open=pl.col("of_posts") | pl.col("like").is_not_null() | (pl.col("people") >= fewest))
    )
    return found.select(pl.col(c).cast(dtype) for c, dtype in UNMAPPED.items()).sort("organisation", "role")


def fit_for_a_page(found: pl.DataFrame, *, fewest: int) -> pl.DataFrame:
    """What may leave the analyst's screen: organisation, role, table; the titles that may not stand under one line an organisation.

    >>> found = pl.DataFrame({"organisation": ["a"] * 2, "role": ["Officer", "Named after somebody"], "table": ["posts", "assignments"],
    ...     "like": [None, None], "open": [True, False]})
    >>> fit_for_a_page(found, fewest=5)["role"].to_list()
    ['Officer', 'titles that fewer than 5 people have held']
    """
    columns = ("organisation", "role", "table")
    closed = (
        found.filter(~pl.col("open"))
        .group_by("organisation")
        .agg(pl.col("table").str.split(", ").explode().unique().sort().str.join(", "))
        .with_columns(role=pl.lit(f"titles that fewer than {fewest} people have held"))
    )
    shown = [found.filter("open").select(columns), closed.select(columns)]
    return pl.concat(shown).sort("organisation", maintain_order=True)


def _titles(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    whose = "body" if "body" in frame.columns else "organisation"
    person = pl.col("person_id") if "person_id" in frame.columns else pl.lit(None, pl.String)
    return frame.select(pl.col(whose).alias("organisation"), "role", person_id=person, table=pl.lit(name)).drop_nulls(
        "role"
    )


def _plain(title: str) -> str:
    """A title without its capitals and extra spaces."""
    return " ".join(title.split()).casefold()


def _on_one_line(title: str) -> str:
    r"""A title for a terminal: without control characters, which could forge a line or move the cursor, and not without end.

    >>> _on_one_line("Officer\n\x1b[31mred")
    'Officer  [31mred'
    """
    return str(Phrase("{title}", title=title[:_LONGEST_TITLE]))


def about_roles(
    found: pl.DataFrame, assignments: pl.DataFrame, caseworker_roles: Sequence[str], *, every: bool
) -> list[str]:
    """What `workforce check` says of roles: those outside the common list, and caseworker roles that nobody has.

    every: name also the titles that few people alone have held, on the screen of an analyst who asked for them.

    >>> found = pl.DataFrame({"organisation": ["a"], "role": ["Adviser"], "table": ["assignments"], "like": [None], "open": [False]})
    >>> about_roles(found, pl.DataFrame({"role": ["Adviser"]}), [], every=False)
    ['a: 1 more title in assignments is not in the common list of roles, held by few people; name it with --roles']
    """
    lines = []
    for row in found.filter("open" if not every else pl.lit(value=True)).iter_rows(named=True):
        like = f', but for capitals or spaces "{_on_one_line(row["like"])}"' if row["like"] else ""
        lines.append(
            f'{row["organisation"]}: "{_on_one_line(row["role"])}" ({row["table"]}) is not in the common list of roles{like}'
        )
    closed = found.filter(~pl.col("open"))
    if not every:
        for (organisation,), titles in closed.group_by("organisation", maintain_order=True):
            tables = ", ".join(titles["table"].str.split(", ").explode().unique().sort())
            what = "1 more title" if titles.height == 1 else f"{titles.height} more titles"
            are, them = ("is", "it") if titles.height == 1 else ("are", "them")
            lines.append(
                f"{organisation}: {what} in {tables} {are} not in the common list of roles, held by few people; "
                f"name {them} with --roles"
            )
    held = set(assignments["role"].unique())
    idle = [f'casework.caseworker_roles: nobody has the role "{role}"' for role in caseworker_roles if role not in held]
    return [*lines, *idle]

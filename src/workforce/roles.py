"""Roles that are not in the area's common list, so that its owner can see what is not compared with anything.

Titles are compared as they are written. One that differs from a title of the list only in capitals or spaces is listed as similar, and
never merged. Where no common list is set, nothing is unmapped.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from workforce.errors import Phrase

_LONGEST_TITLE: Final = 200  # characters

UNMAPPED: Final = pl.Schema(
    {"organisation": pl.String(), "role": pl.String(), "table": pl.String(), "like": pl.String(), "open": pl.Boolean()}
)
_HELD: Final = ("assignments", "hours")  # tables in which a title belongs to a person


def unmapped(tables: Iterable[tuple[str, pl.DataFrame]], known: Mapping[str, str], *, fewest: int) -> pl.DataFrame:
    """Every title that is neither a common role nor one of its names.

    A title is a kind of post and no person, and most are in public adverts; but one that a single person holds points at them, and a
    typed one can contain a name. So a title is open only where it names a post (posts, vacancies, pay scales), resembles a title of the
    list, or enough people have held it in the organisation.

    Parameters
    ----------
    tables : iterable of (str, polars.DataFrame)
        Tables by name.
    known : mapping of str to str
        The common role of each title of the list.
    fewest : int
        How many people have to have held a title in an organisation before it is open.

    Returns
    -------
    polars.DataFrame
        organisation; role (the title); table (those it occurs in, joined by commas); like (the common role whose title it equals but for
        capitals and spaces, or null); open (whether the title may leave the analyst's screen).

    Examples
    --------
    >>> staff = pl.DataFrame({"organisation": ["a"] * 2, "person_id": ["p", "q"], "role": ["Send  Caseworker", "Adviser"]})
    >>> found = unmapped([("assignments", staff)], {"SEND caseworker": "SEND caseworker"}, fewest=5)
    >>> found.select("role", "like", "open").rows()
    [('Adviser', None, False), ('Send  Caseworker', 'SEND caseworker', True)]
    """
    if not known:
        return pl.DataFrame(schema=UNMAPPED)
    titles = [_titles(name, frame) for name, frame in tables if "role" in frame.columns]
    by_plain_title = {_plain(title): role for title, role in known.items()}
    table = (
        pl.concat(titles)
        .filter(~pl.col("role").is_in(list(known)))
        .group_by("organisation", "role")
        .agg(
            pl.col("table").unique().sort().str.join(", "),
            people=pl.col("person_id").drop_nulls().n_unique(),
            of_posts=(~pl.col("table").is_in(_HELD)).any(),
        )
        .with_columns(
            like=pl.col("role").map_elements(lambda title: by_plain_title.get(_plain(title)), return_dtype=pl.String)
        )
        .with_columns(open=pl.col("of_posts") | pl.col("like").is_not_null() | (pl.col("people") >= fewest))
    )
    return table.select(pl.col(c).cast(dtype) for c, dtype in UNMAPPED.items()).sort("organisation", "role")


def fit_for_a_page(titles: pl.DataFrame, *, fewest: int) -> pl.DataFrame:
    """What may leave the analyst's screen: organisation, role, table; one line for each organisation in place of the titles that may not.

    >>> found = pl.DataFrame({"organisation": ["a"] * 2, "role": ["Officer", "Named after somebody"], "table": ["posts", "assignments"],
    ...     "like": [None, None], "open": [True, False]})
    >>> fit_for_a_page(found, fewest=5)["role"].to_list()
    ['Officer', 'titles that fewer than 5 people have held']
    """
    columns = ("organisation", "role", "table")
    closed = (
        titles.filter(~pl.col("open"))
        .group_by("organisation")
        .agg(pl.col("table").str.split(", ").explode().unique().sort().str.join(", "))
        .with_columns(role=pl.lit(f"titles that fewer than {fewest} people have held"))
    )
    frames = [titles.filter("open").select(columns), closed.select(columns)]
    return pl.concat(frames).sort("organisation", maintain_order=True)


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
    titles: pl.DataFrame, assignments: pl.DataFrame, caseworker_roles: Sequence[str], *, every: bool
) -> list[str]:
    """What `workforce check` prints of roles: those outside the common list, and caseworker roles that no staff have.

    Parameters
    ----------
    titles : polars.DataFrame
        As `unmapped` returns them.
    assignments : polars.DataFrame
        The staff.
    caseworker_roles : sequence of str
        Those of the settings.
    every : bool
        Name also the titles that only a few people have held, on the screen of an analyst who asked for them.

    Returns
    -------
    list of str
        Lines.

    Examples
    --------
    >>> found = pl.DataFrame({"organisation": ["a"], "role": ["Adviser"], "table": ["assignments"], "like": [None], "open": [False]})
    >>> about_roles(found, pl.DataFrame({"role": ["Adviser"]}), [], every=False)
    ['a: 1 more title in assignments is not in the common list of roles, held by few people; name it with --roles']
    """
    lines = []
    for row in titles.filter("open" if not every else pl.lit(value=True)).iter_rows(named=True):
        similar = f', but for capitals or spaces "{_on_one_line(row["like"])}"' if row["like"] else ""
        lines.append(
            f'{row["organisation"]}: "{_on_one_line(row["role"])}" ({row["table"]}) is not in the common list of roles{similar}'
        )
    closed = titles.filter(~pl.col("open"))
    if not every:
        for (organisation,), group in closed.group_by("organisation", maintain_order=True):
            tables = ", ".join(group["table"].str.split(", ").explode().unique().sort())
            what = "1 more title" if group.height == 1 else f"{group.height} more titles"
            are, them = ("is", "it") if group.height == 1 else ("are", "them")
            lines.append(
                f"{organisation}: {what} in {tables} {are} not in the common list of roles, held by few people; "
                f"name {them} with --roles"
            )
    roles = set(assignments["role"].unique())
    idle = [
        f'casework.caseworker_roles: no staff have the role "{role}"' for role in caseworker_roles if role not in roles
    ]
    return [*lines, *idle]

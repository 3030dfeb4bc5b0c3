"""The data dictionary: the canonical tables as Markdown, from their schemas.

Promises: every table and column of `workforce.schemas` is named, so that data/README.md cannot fall behind. Refuses: nothing.
"""

from workforce.schemas import KEYS, REQUIRED, TABLES


def data_dictionary() -> str:
    """The canonical tables in Markdown: what a row is, each column's type and meaning, what identifies a row.

    >>> "| **start_date** | Date | first day of the spell |" in data_dictionary()
    True
    """
    return "\n\n".join(_table(name) for name in TABLES)


def _table(name: str) -> str:
    schema = TABLES[name]
    lines = [
        f"### {name}",
        "",
        (schema.__doc__ or "").strip().splitlines()[0],
        "",
        "| column | type | meaning |",
        "|---|---|---|",
    ]
    for column, kind in schema.columns().items():
        shown = f"**{column}**" if column in REQUIRED[name] else column
        lines.append(f"| {shown} | {kind.dtype} | {kind.description or ''} |")
    lines += ["", "One row for each " + ", ".join(KEYS[name]) + "."]
    return "\n".join(lines)

"""Pay scales as dated files with their sources: national points that come with the library, and anybody's own in the same shape.

Every row has a source; no point of a grade has two amounts on one day; a file is taken as a whole or not at all. Every figure that is
shipped is in two independent published sources; data/official/README.md names them, and says what was left out.
"""

import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import InputError
from workforce.file_bytes import NotReadError, bytes_of
from workforce.schemas import PayScales
from workforce.shipped import shipped

LARGEST_FILE: Final = 20_000_000  # bytes; all points of one agreement have a few kilobytes
POINT: Final = ("body", "role", "grade", "point")
ORDER: Final = ("body", "role", "grade", "from_date", "annual_pay", "point")


def load_scales(path: str | Path | None = None, *, body: str | Sequence[str] | None = None) -> pl.DataFrame:
    """Pay scales from a file of the canonical table pay_scales (.csv); those that come with the library when none is named.

    Parameters
    ----------
    path : str or Path, optional
        The file.
    body : str or sequence of str, optional
        Whose own scale it is, one slug or several (each then has every row); without it the file's own body stays. Scales "by grade" count
        for an employer only under its slug, because a "Band 5" can mean two things in two organisations.

    Returns
    -------
    polars.DataFrame
        Facts as published, with the columns of the table `pay_scales`, for ``wf.Records(pay_scales=...)``.

    Raises
    ------
    InputError
        Where the file cannot be read, lacks a column, or has rows that break a rule of the table, counted by rule and never quoted.

    Examples
    --------
    >>> scales = load_scales(body="nhs")
    >>> scales.filter(pl.col("grade") == "Band 6", pl.col("from_date").dt.year() == 2023).select("point", "annual_pay").rows()
    [('entry', 35392.0), ('intermediate', 37350.0), ('top', 42618.0)]
    """
    place = Path(path) if path is not None else shipped("data", "official", "pay_scales.csv")
    schema = PayScales.create_empty().schema
    try:
        frame = pl.read_csv(io.BytesIO(bytes_of(place, most=LARGEST_FILE)), infer_schema=False)
        missing = [c for c in schema if c not in frame.columns]
        # A cell that is no date or number becomes null here, and the rules of the table refuse it.
        typed = None if missing else frame.select(_typed(c, dtype) for c, dtype in schema.items())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, NotReadError, UnicodeError):
        missing, typed = [], None
    if typed is None:
        raise InputError(
            "the file lacks the columns {columns}" if missing else "the file could not be read",
            where="{file}",
            hint="a .csv file with the columns of the table pay_scales",
            columns=missing,
            file=place.name,
        )
    good, failure = PayScales.filter(typed)
    if len(failure):
        rules = ", ".join(f"{rule.replace('|', ': ')} ({count})" for rule, count in sorted(failure.counts().items()))
        raise InputError(
            "{rows} rows break a rule: {rules}",
            where="{file}",
            hint="correct them in the file",
            rows=len(failure),
            rules=rules,
            file=place.name,
        )
    _check_days(good, place.name)
    bodies = [body] if isinstance(body, str) else list(body or ())
    scales = [good.with_columns(body=pl.lit(name)) for name in bodies] or [good]
    return pl.concat(scales).select(list(schema)).sort(ORDER, nulls_last=True)


def _typed(column: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(column).str.strip_chars().replace("", None)
    if dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=False).alias(column)
    return text.cast(dtype, strict=False).alias(column)


def _check_days(scales: pl.DataFrame, where: str) -> None:
    """Refuse a point that two rows give an amount for on the same day."""
    before = pl.col("to_date").fill_null(pl.lit(None)).shift(1).over(POINT)
    open_before = pl.col("to_date").is_null().shift(1).over(POINT)
    ordered = scales.sort(*POINT, "from_date", nulls_last=True)
    clash = ordered.filter((open_before | (before > pl.col("from_date") - timedelta(days=1))).fill_null(value=False))
    if not clash.is_empty():
        raise InputError(
            "{points} points begin before the earlier amount of the same point ends",
            where="{place}",
            hint="give the earlier row a to_date",
            points=clash.height,
            place=where,
        )

"""From the cells of one file to rows of a canonical table, and what of them is refused or not known.

A required cell that cannot be read refuses its row. An optional cell that cannot be read is not known: the row is kept without it. An end
date that is neither empty nor a date is not known to have come: a spell or an absence is kept up to its first day, and `area` moves that to
the last day which another record proves. Rules name columns and limits, never a cell.
"""

import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, cast

import dataframely as dy
import polars as pl

from workforce.errors import InputError
from workforce.pseudonyms import ID_COLUMNS
from workforce.records import CELL_NOT_KNOWN, END_NOT_KNOWN, ROW_REFUSED
from workforce.schemas import CLOSED, EARLIEST, ENDS, REQUIRED, STARTS, TABLES, WORDS
from workforce.settings import SourceFile
from workforce.sources.reading import Cells
from workforce.sources.workbook import ERROR_CELL

ROLE: Final = "role"
ROW: Final = "row"  # the number of a row in its file
FILE: Final = "_file"  # which file a row came from, while the rows of several meet
EMPTY_ROW: Final = "empty row"
DUPLICATE: Final = "duplicate of an earlier row"
MOST_ROWS_WITH_FAULTS: Final = 1_000_000  # of which every fault is listed
MOST_WORDS: Final = 10  # of a column that are listed
NULL_MARKS: Final = ("null", "n/a", "#n/a", "-")  # in small letters
# How systems write "no end"; so is any other day from OPEN_FROM on, and a day far ahead that most ends of a file are.
OPEN_DAYS: Final = (date(4712, 12, 31), date(9999, 12, 31), date(2999, 12, 31), date(2099, 12, 31))
OPEN_FROM: Final = date(2099, 12, 31)
FAR_AHEAD: Final = 10  # years after the latest first day of a file
NO_DAY: Final = date(1900, 1, 1)  # how systems write "no date"
_FORMS_OF_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y", "%d.%m.%Y", "%d-%m-%Y")
_OPEN_TEXTS: Final = tuple(f"{day:{form}}".lower() for day in OPEN_DAYS for form in _FORMS_OF_DAYS)
_TIME: Final = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?$"
_TYPED_DAY: Final = r"^(\d{4}-\d{2}-\d{2})[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$"
_WITH_ZONE: Final = r"^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}[+-]\d{2}:?\d{2})$"
_PLACE: Final = "Europe/London"  # a moment in another time zone, such as a summer midnight in UTC, is a day here
_GROUPED: Final = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"  # 1,234.50, and not 12,34
_NO_PART_OF_A_NUMBER: Final = r"[\s\p{Z}\p{Cf}]+"  # of a person or case: spaces and characters that nobody sees
_WHOLE_NUMBER: Final = r"^(\d+)\.0+$"  # 1001.0, as a workbook writes 1001
_YES: Final = ("true", "1", "yes", "y", "t")
_NO: Final = ("false", "0", "no", "n", "f")
_NOT: Final = {
    pl.Date(): "not a date",
    pl.Float64(): "not a number",
    pl.Int64(): "not a whole number",
    pl.Boolean(): "not yes or no",
}
_NOT_IN_LIST: Final = "not a value that this column can hold"
_WHOLE_ROW: Final = "*"
_BETWEEN_WORDS: Final = r"[\s\p{Z}_-]+"
_TWO_DIGITS: Final = 100  # a year below this was written with two digits
# Tables of which a row with an unknown end is still evidence of what it says up to a day.
KEPT_WITHOUT_END: Final = ("assignments", "absences")
# A rule between a required and an optional cell: where it is broken the optional cell is not known.
_OPTIONAL_SIDE: Final = {
    "service_begins_after_spell": "service_start",
    "born_after_starting": "birth_date",
    "more_offers_declined_than_made": "offers_declined",
    "days_lost_look_like_calendar_days": "days_lost",
    "more_days_lost_than_working_days": "days_lost",
}
FAULTS: Final = pl.Schema({"row": pl.Int64(), "column": pl.String(), "rule": pl.String(), "effect": pl.String()})


@dataclass(frozen=True, slots=True, repr=False)
class Mapped:
    """The rows of one file.

    Attributes
    ----------
    accepted
        row and all columns of the table.
    refusals
        row, rule, effect: one row for every rule that a row broke.
    refused
        row and the columns of the table, null where a cell could not be read; empty rows are left out.
    not_known
        row, column of kept cells that could not be read, ends included.
    open_marks
        How many end dates were written as a day far ahead.
    two_digit_years
        How many dates had such a year.
    advice
        Pairs of a rule and a line for area.toml with which most of the cells that broke it could be read.
    words
        column, word, and how many people or rows have it, of the commonest words outside the list of a column.
    rows_outside
        column and how many rows have a word outside its list.
    """

    accepted: pl.DataFrame
    refusals: pl.DataFrame
    refused: pl.DataFrame
    not_known: pl.DataFrame
    open_marks: int = 0
    two_digit_years: int = 0
    advice: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str, int], ...] = ()
    rows_outside: tuple[tuple[str, int], ...] = ()

    def __repr__(self) -> str:
        return f"Mapped({self.accepted.height} rows kept, {self.refused.height} refused)"


def mapped(
    cells: Cells,
    file: SourceFile,
    *,
    organisation: str,
    filled: dict[str, date | None],
    roles: dict[str, str],
    localities: Sequence[str] = (),
) -> Mapped:
    """Turn cells into rows of the file's table.

    Parameters
    ----------
    cells : Cells
        As `read_cells` returns them.
    file : SourceFile
        The settings of the file.
    organisation : str
        The slug that the rows get.
    filled : dict of str to date or None
        Columns that the settings of the organisation fill.
    roles : dict of str to str
        The area's own names of roles by the organisations' names.
    localities : sequence of str
        The area's names of its localities.

    Returns
    -------
    Mapped
        Kept and refused rows.
    """
    schema = TABLES[file.table]
    names = schema.column_names()
    text = _with_ids(_with_values(cells.frame, file), file)
    flawed = text.filter(pl.col("flaw").is_not_null())
    readable = _with_common_roles(
        text.filter(pl.col("flaw").is_null()).with_columns(
            *[pl.lit(_written(cell) or None, pl.String).alias(column) for column, cell in file.constants.items()]
        ),
        roles,
    )
    readable = _with_known_words(readable, file.table, localities)
    present = [c for c in names if c in file.columns or c in file.constants]
    readable, open_marks = _without_open_marks(readable, file)
    parsed = readable.select("row", *[_parsed(readable[c], schema.columns()[c].dtype, file).alias(c) for c in present])
    readable, parsed = _without_marks_of_no_day(readable, parsed, file.table)
    _refuse_mostly_lost(flawed, parsed, file, organisation)
    # A Parquet file has no formulas: what its reader marks so is a day or a number beyond the years that are read.
    error_of = "a date or number out of range" if file.kind == "parquet" else "an error of the workbook"
    uncast = _uncast(readable, parsed, present, file.table, error_of=error_of)
    complete = parsed.with_columns(
        *[pl.lit(None, schema.columns()[c].dtype).alias(c) for c in names if c not in parsed.columns]
    ).with_columns(
        *([pl.lit(organisation).alias("organisation")] if "organisation" in names else []),
        *[pl.lit(day, pl.Date).alias(column) for column, day in filled.items() if column in names],
    )
    dates = [c for c in present if schema.columns()[c].dtype == pl.Date]
    early = sum(int((complete[c].dt.year() < _TWO_DIGITS).sum()) for c in dates)
    faults = pl.concat([uncast, _broken_rules(complete, file.table, uncast)])
    _refuse_mostly_at_fault(faults, flawed.height + parsed.height, file, organisation)
    complete = _without(complete, faults.filter(pl.col("column") != _WHOLE_ROW))
    bad = faults.filter(effect=ROW_REFUSED)
    kept_rows = complete.join(bad, on="row", how="anti").select("row", *names).sort("row")
    unreadable = faults.filter(pl.col("effect") != ROW_REFUSED).join(kept_rows, on="row", how="semi")
    refusals = pl.concat(
        [flawed.select("row", rule="flaw", effect=pl.lit(ROW_REFUSED)), faults.select("row", "rule", "effect")]
    )
    words, rows_outside = _words(readable, faults, file.table)
    return Mapped(
        accepted=_up_to_first_day(kept_rows, file.table, unreadable),
        refusals=refusals,
        refused=_refused(complete, bad, flawed, organisation).select("row", *names),
        not_known=unreadable.select("row", "column", "effect"),
        open_marks=open_marks,
        two_digit_years=early,
        advice=_advice(readable, uncast, file),
        words=words,
        rows_outside=rows_outside,
    )


def _refuse_mostly_lost(flawed: pl.DataFrame, parsed: pl.DataFrame, file: SourceFile, organisation: str) -> None:
    """Refuse a very large file of which more than half is lost for one reason: a list of its faults would take more room than its rows."""
    rows = flawed.height + parsed.height
    if rows <= MOST_ROWS_WITH_FAULTS:
        return
    lost = [(flawed.height, "the cells of a row do not fit the header, or the row is empty")] + [
        (parsed[column].null_count(), f"{column}: missing, or {_NOT.get(dtype, 'not text')}")
        for column, dtype in parsed.schema.items()
        if column in REQUIRED[file.table]
    ]
    largest, rule = max(lost)
    if 2 * largest > rows:
        raise _mostly_lost(rule, file, organisation)


def _refuse_mostly_at_fault(faults: pl.DataFrame, rows: int, file: SourceFile, organisation: str) -> None:
    """The same for a rule that the rows break."""
    if rows <= MOST_ROWS_WITH_FAULTS:
        return
    counts = faults.filter(effect=ROW_REFUSED).group_by("rule").len().sort("len", "rule", descending=[True, False])
    if counts.height and 2 * counts["len"][0] > rows:
        raise _mostly_lost(counts["rule"][0], file, organisation)


def _mostly_lost(rule: str, file: SourceFile, organisation: str) -> InputError:
    return InputError(
        "more than half of its rows cannot be used: {rule}",
        where="{place}",
        hint="look at columns, date_format, numbers and values of this file in area.toml",
        rule=rule,
        place=f"{organisation}, {file.source}",
    )


def _written(cell: object) -> str:
    """A value of the settings as the text of a cell: a date as a typed cell would give it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d} 00:00:00"
    return str(cell).strip()


def _with_values(frame: pl.DataFrame, file: SourceFile) -> pl.DataFrame:
    """Replace their values by ours, and marks of no value by null; a value that is not listed stays as it is."""
    marks = [mark for mark in (*NULL_MARKS, *(text.strip().lower() for text in file.nulls)) if mark]
    exchanged = []
    for column in file.columns:
        cell = pl.col(column)
        mapping = {their.strip(): _written(our) for their, our in file.values.get(column, {}).items()}
        bare: pl.Expr = pl.when(~cell.str.to_lowercase().is_in(marks)).then(cell)
        if mapping:  # an empty cell can be mapped, too: "" = "unknown"
            filled = cell.fill_null("")
            listed = filled.is_in(list(mapping))
            ours = filled.replace(list(mapping), list(mapping.values())).replace("", None)
            bare = pl.when(listed).then(ours).otherwise(bare)
        exchanged.append(bare.alias(column))
    return frame.with_columns(exchanged)


def _with_ids(frame: pl.DataFrame, file: SourceFile) -> pl.DataFrame:
    """Numbers of people and cases without spaces, invisible characters and the ".0" of a workbook.

    They get their leading zeros back where the settings say how many digits they have.
    """
    columns = [c for c in ID_COLUMNS if c in file.columns]
    cells = (
        pl.col(columns).str.replace_all(_NO_PART_OF_A_NUMBER, "").str.replace(_WHOLE_NUMBER, "${1}").replace("", None)
    )
    frame = frame.with_columns(cells)
    if file.id_digits is None:
        return frame
    digits = pl.col(columns).str.contains(r"^\d+$")
    return frame.with_columns(
        pl.when(digits).then(pl.col(columns).str.zfill(file.id_digits)).otherwise(pl.col(columns))
    )


def _with_common_roles(frame: pl.DataFrame, roles: dict[str, str]) -> pl.DataFrame:
    if not roles or ROLE not in frame.columns:
        return frame
    return frame.with_columns(pl.col(ROLE).replace(list(roles), list(roles.values())))


def _without_open_marks(frame: pl.DataFrame, file: SourceFile) -> tuple[pl.DataFrame, int]:
    """Empty the end dates that are written as a day far ahead, such as 31-DEC-4712, and count them."""
    end = ENDS.get(file.table)
    if end is None or end not in frame.columns:
        return frame, 0
    day = frame[end].str.replace(_TIME, "").str.to_lowercase()
    typed = _declared(frame[end].str.extract(_TYPED_DAY), "%Y-%m-%d")
    days = _declared(day, file.date_format).to_frame("day").select(pl.coalesce("day", typed)).to_series()
    is_open_mark = (day.is_in(_OPEN_TEXTS) | (days >= OPEN_FROM)).fill_null(value=False)
    commonest = days.filter(~is_open_mark).drop_nulls().value_counts(sort=True).head(1)
    start = STARTS[file.table]
    if commonest.height and start in frame.columns and 2 * commonest["count"][0] > days.len() - days.null_count():
        mark, latest = commonest["day"][0], _days(frame[start], file).max()
        if isinstance(latest, date) and mark.year > latest.year + FAR_AHEAD:
            is_open_mark |= (days == mark).fill_null(value=False)
    return frame.with_columns(frame[end].set(is_open_mark, None)), int(is_open_mark.sum())


def _without_marks_of_no_day(text: pl.DataFrame, parsed: pl.DataFrame, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Empty the optional dates that are 1 January 1900, which is how systems write "no date"."""
    for column in parsed.columns[1:]:
        if parsed[column].dtype == pl.Date and _effect(table, column) == CELL_NOT_KNOWN:
            mark = (parsed[column] == NO_DAY).fill_null(value=False)
            if mark.any():
                text = text.with_columns(text[column].set(mark, None))
                parsed = parsed.with_columns(parsed[column].set(mark, None))
    return text, parsed


def _parsed(text: pl.Series, dtype: pl.DataType, file: SourceFile) -> pl.Series:
    """A column cast strictly: null where the text is not of its type."""
    column = text.name
    text = text.set((text == ERROR_CELL).fill_null(value=False), None)
    frame, cell = text.to_frame(), pl.col(column)
    if dtype == pl.Date:
        end = column in (ENDS.get(file.table), "period_end")
        days = _days(text, file)
        return days.dt.offset_by("-1d") if end and file.end_dates == "exclusive" else days
    if dtype == pl.Float64:
        number = _plain(cell, file).cast(pl.Float64, strict=False)
        return frame.select(pl.when(number.is_finite()).then(number).alias(column))[column]
    if dtype == pl.Int64:
        return frame.select(_plain(cell, file).cast(pl.Int64, strict=False).alias(column))[column]
    if dtype == pl.Boolean:
        word = cell.str.to_lowercase()
        answer = pl.when(word.is_in(_YES)).then(pl.lit(value=True)).when(word.is_in(_NO)).then(pl.lit(value=False))
        return frame.select(answer.alias(column))[column]
    return text


def _days(text: pl.Series, file: SourceFile) -> pl.Series:
    """Dates in the form of the file, with or without a time of day, or as year-month-day with a time."""
    days = _declared(text, file.date_format)
    left = days.is_null() & text.is_not_null()
    if left.any():
        moments = (
            text.str.replace(r"[zZ]$", "+00:00")
            .str.replace(r"^(\d{4}-\d{2}-\d{2})T", "${1} ")
            .str.replace(r"\.\d+", "")
        )
        zoned = moments.str.replace(r"^(\S+ \d{2}:\d{2})([+-])", "${1}:00${2}").str.extract(_WITH_ZONE)
        moments_with_zone = zoned.str.to_datetime("%Y-%m-%d %H:%M:%S%z", strict=False)
        here = moments_with_zone.dt.convert_time_zone(_PLACE).dt.date()
        typed = _declared(text.str.extract(_TYPED_DAY), "%Y-%m-%d")
        bare = _declared(text.str.replace(_TIME, ""), file.date_format)
        other_forms = pl.select(pl.coalesce(here, typed, bare)).to_series()
        days = days.zip_with(~left, other_forms)
    return _in_century(days.alias(text.name), file)


def _declared(text: pl.Series, form: str) -> pl.Series:
    days = text.str.to_date(form, strict=False)
    # A year such as +262142 is a date to the reader, and none that can be reckoned with.
    return days.zip_with(days.is_between(date.min, date.max).fill_null(value=True), pl.Series([None], dtype=pl.Date))


def _in_century(days: pl.Series, file: SourceFile) -> pl.Series:
    """Dates whose years were written with two digits, in the hundred years that begin with the file's `century`."""
    if file.century is None:
        return days
    year = days.dt.year()
    short = pl.Series([True]) if "%y" in file.date_format else (year < _TWO_DIGITS)
    meant = file.century + (year - file.century) % 100
    moved = days.to_frame("day").select(pl.col("day").dt.offset_by(pl.format("{}y", meant - year)))["day"]
    return days.zip_with(~short.fill_null(value=False), moved) if len(short) == len(days) else moved.alias(days.name)


def _plain(text: pl.Expr, file: SourceFile) -> pl.Expr:
    """A number without what the settings declare to be in it: thousands separators, and with "currency" a pound sign, too."""
    if file.numbers == "plain":
        return text
    bare = text.str.replace(r"^([+-]?)\s*£\s*", "${1}") if file.numbers == "currency" else text
    return pl.when(bare.str.contains(_GROUPED)).then(bare.str.replace_all(",", "", literal=True)).otherwise(bare)


def _effect(table: str, column: str) -> str:
    """What happens to a row of which one cell cannot be read."""
    column_of_schema = TABLES[table].columns().get(column)
    if column_of_schema is None or column in REQUIRED[table] or not column_of_schema.nullable:
        return ROW_REFUSED
    if column == ENDS.get(table):
        return END_NOT_KNOWN if table in KEPT_WITHOUT_END else ROW_REFUSED
    return CELL_NOT_KNOWN


def _uncast(text: pl.DataFrame, parsed: pl.DataFrame, columns: list[str], table: str, *, error_of: str) -> pl.DataFrame:
    """row, column, rule, effect for every cell that is there and could not be cast; error_of: what an error cell is called."""
    faults = [FAULTS.to_frame()]
    for column in columns:
        lost = parsed[column].is_null() & text[column].is_not_null()
        if lost.any():
            error = text.filter(lost)[column] == ERROR_CELL
            fault = _NOT.get(parsed[column].dtype, "not text")
            faults.append(
                text.filter(lost).select(
                    "row",
                    column=pl.lit(column),
                    rule=pl.when(error).then(pl.lit(f"{column}: {error_of}")).otherwise(pl.lit(f"{column}: {fault}")),
                    effect=pl.lit(_effect(table, column)),
                )
            )
    return pl.concat(faults)


@cache
def _with_row(table: str) -> type[dy.Schema]:
    """The schema of a table with the row number carried along, so that refusals can say which rows."""
    schema = TABLES[table]
    schema_with_row = types.new_class(
        f"{schema.__name__}Rows", (schema,), exec_body=lambda body: body.update(row=dy.Int64())
    )
    return cast("type[dy.Schema]", schema_with_row)


def _advice(text: pl.DataFrame, uncast: pl.DataFrame, file: SourceFile) -> tuple[tuple[str, str], ...]:
    """A line for area.toml for each rule of which another form of dates or numbers reads most of the cells at fault."""
    advice = []
    for column, rule in uncast.select("column", "rule").unique(maintain_order=True).iter_rows():
        cells = text.join(uncast.filter(column=column, rule=rule), on="row", how="semi")[column]
        tries: list[tuple[str, pl.Series]] = []
        if rule.endswith(_NOT[pl.Date()]):
            forms = [form for form in _FORMS_OF_DAYS if form != file.date_format]
            tries = [(f'date_format = "{form}"', _declared(cells.str.replace(_TIME, ""), form)) for form in forms]
            tries = [(line, days.set((days < EARLIEST).fill_null(value=False), None)) for line, days in tries]
        elif "number" in rule:
            for numbers in ("thousands", "currency"):
                changed = file.model_copy(update={"numbers": numbers})
                tries.append((f'numbers = "{numbers}"', _parsed(cells, pl.Float64(), changed)))
        counts = [(int(values.is_not_null().sum()), line) for line, values in tries]
        best = max(counts, key=lambda one: one[0], default=(0, ""))
        if 2 * best[0] > len(cells):
            advice.append((rule, best[1]))
    return tuple(advice)


def _words(
    text: pl.DataFrame, faults: pl.DataFrame, table: str
) -> tuple[tuple[tuple[str, str, int], ...], tuple[tuple[str, int], ...]]:
    """column, word, number of people or of rows for each word outside the list of its column, the commonest first; and column, rows."""
    closed = faults.filter(pl.col("rule").str.ends_with(_NOT_IN_LIST))
    outside = {
        column: text.join(closed.filter(column=column), on="row", how="semi")
        for column in closed["column"].unique(maintain_order=True)
    }
    outside |= {
        column: text.filter(pl.col(column).is_not_null(), ~pl.col(column).is_in([*words, ERROR_CELL]))
        for (of, column), words in WORDS.items()
        if of == table and column in text.columns
    }
    identity = next((c for c in ID_COLUMNS if c in text.columns), "row")
    listed: list[tuple[str, str, int]] = []
    for column, rows in outside.items():
        by_word = rows.group_by(column).agg(rows=pl.col(identity).n_unique())
        by_word = by_word.sort("rows", column, descending=[True, False]).head(MOST_WORDS)
        listed += [(column, word, number) for word, number in by_word.iter_rows()]
    return tuple(listed), tuple((column, rows.height) for column, rows in outside.items() if rows.height)


def _broken_rules(frame: pl.DataFrame, table: str, uncast: pl.DataFrame) -> pl.DataFrame:
    """row, column, rule, effect for every rule of the table that a row breaks.

    A cell that could not be cast is not also said to be missing, and a rule between two cells is not broken where one of them alone is at
    fault.
    """
    faults = _failed(frame, table)
    of_cells = faults.filter(pl.col("column") != _WHOLE_ROW).join(
        uncast.select("row", "column", rule=pl.col("column") + ": missing"), on=["row", "column", "rule"], how="anti"
    )
    at_fault = _without(frame.join(of_cells, on="row", how="semi"), of_cells)
    of_rows = pl.concat(
        [
            faults.filter(pl.col("column") == _WHOLE_ROW).join(of_cells, on="row", how="anti"),
            _failed(at_fault, table).filter(pl.col("column") == _WHOLE_ROW),
        ]
    )
    side = pl.col("rule").str.replace_all(" ", "_").replace_strict(_OPTIONAL_SIDE, default=_WHOLE_ROW)
    of_rows = of_rows.with_columns(
        column=side, effect=pl.when(side == _WHOLE_ROW).then(pl.lit(ROW_REFUSED)).otherwise(pl.lit(CELL_NOT_KNOWN))
    )
    return pl.concat([of_cells, of_rows])


def _failed(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """row, column, rule, effect for every rule of the schema that fails."""
    if frame.is_empty():
        return FAULTS.to_frame()
    _, failure = _with_row(table).filter(frame)
    if not len(failure):
        return FAULTS.to_frame()
    details = failure.details()
    faults = [FAULTS.to_frame()]
    for name in failure.counts():
        column = name.split("|")[0] if "|" in name else _WHOLE_ROW
        faults.append(
            details.filter(pl.col(name) == "invalid").select(
                "row",
                column=pl.lit(column),
                rule=pl.lit(_in_words(table, name)),
                effect=pl.lit(_effect(table, column)),
            )
        )
    return pl.concat(faults)


def _without(frame: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """The frame without the cells that are at fault."""
    for column in faults["column"].unique(maintain_order=True):
        rows = faults.filter(column=column)["row"].unique()
        frame = frame.with_columns(pl.when(~pl.col("row").is_in(rows.implode())).then(pl.col(column)).alias(column))
    return frame


def _up_to_first_day(rows_kept: pl.DataFrame, table: str, not_known: pl.DataFrame) -> pl.DataFrame:
    """Rows of unknown end, up to the one day that they prove themselves."""
    rows = not_known.filter(effect=END_NOT_KNOWN)["row"].unique()
    if rows.is_empty():
        return rows_kept
    first, open_ended = pl.col(STARTS[table]), pl.col("row").is_in(rows.implode())
    days = [
        pl.when(open_ended).then(first).otherwise(pl.col(c)).alias(c)
        for c in (ENDS[table], "known_to")
        if c in rows_kept
    ]
    return rows_kept.with_columns(days)


def _refused(complete: pl.DataFrame, bad: pl.DataFrame, flawed: pl.DataFrame, organisation: str) -> pl.DataFrame:
    """What could be read of the refused rows; of rows that break a rule between two cells, neither date counts as read."""
    rows = complete.join(bad, on="row", how="semi")
    contradicting = bad.filter(column=_WHOLE_ROW)["row"].unique()
    days = [c for c, dtype in complete.schema.items() if dtype == pl.Date and c not in ("observed_from", "observed_to")]
    rows = rows.with_columns(
        pl.when(~pl.col("row").is_in(contradicting.implode())).then(pl.col(days)) for _ in days[:1]
    )
    ids = [c for c in ID_COLUMNS if c in flawed.columns and c in complete.columns]
    shifted = flawed.filter(pl.col("flaw") != EMPTY_ROW).select("row", *ids)
    if "organisation" in complete.columns:
        shifted = shifted.with_columns(pl.lit(organisation).alias("organisation"))
    return pl.concat([rows, shifted], how="diagonal")


def _in_words(table: str, rule: str) -> str:
    """A rule of dataframely in words.

    >>> _in_words("assignments", "fte|max"), _in_words("assignments", "end_before_start")
    ('fte: above 1.5', 'end before start')
    """
    column, _, kind = rule.partition("|")
    if not kind:
        return column.replace("_", " ")
    limits = TABLES[table].columns()[column]
    word = {
        "nullability": "missing",
        "min_length": "missing",
        "min": "before" if limits.dtype == pl.Date else "below",
        "max": "after" if limits.dtype == pl.Date else "above",
        "min_exclusive": "not above",
        "max_exclusive": "not below",
    }.get(kind)
    if word is None:
        return f"{column}: {_NOT_IN_LIST}"
    limit = getattr(limits, kind, None) if word != "missing" else None
    return (
        f"{column}: {word}"
        if limit is None
        else f"{column}: {word} {limit:,.10g}"
        if isinstance(limit, (int, float))
        else f"{column}: {word} {limit}"
    )


def _with_known_words(frame: pl.DataFrame, table: str, localities: Sequence[str] = ()) -> pl.DataFrame:
    """Replace what differs from a word of a column's list in capitals, spaces or hyphens only; other words stay as they are.

    Parameters
    ----------
    frame : polars.DataFrame
        The cells of a file as text, by the columns of the table.
    table : str
        The table.
    localities : sequence of str
        The area's names of its localities; without them, localities stay as they are.

    Returns
    -------
    polars.DataFrame
        The same rows.

    Examples
    --------
    >>> stages = pl.DataFrame({"stage": ["Advice", " DRAFT ", "panel"]})
    >>> _with_known_words(stages, "milestones")["stage"].to_list()
    ['advice', 'draft', 'panel']
    """
    lists = {column: words for (of, column), words in (CLOSED | WORDS).items() if of == table}
    if localities:
        lists["locality"] = tuple(localities)
    replaced = []
    for column, words in lists.items():
        if column not in frame.columns:
            continue
        forms = pl.DataFrame({"word": list(words)}).with_columns(form=plain_form(pl.col("word")))
        by_form = dict(forms.filter(~pl.col("form").is_duplicated()).select("form", "word").iter_rows())
        form = plain_form(pl.col(column))
        replaced.append(
            pl.coalesce(form.replace_strict(by_form, default=None, return_dtype=pl.String), column).alias(column)
        )
    return frame.with_columns(replaced)


def plain_form(cell: pl.Expr) -> pl.Expr:
    """A text in small letters, with one underscore for each stretch of spaces, hyphens and underscores."""
    return cell.str.to_lowercase().str.replace_all(_BETWEEN_WORDS, "_").str.strip_chars("_")

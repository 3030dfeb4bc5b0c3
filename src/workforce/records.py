"""Records: the tables of one local area in memory, which every measure takes first, and what the area does not record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

import polars as pl

from workforce import bands
from workforce.book.constants import SMALL_BODY
from workforce.errors import UsageError, did_you_mean
from workforce.periods import Period, as_date, shift
from workforce.periods import month as month_of
from workforce.roles import fit_for_a_page, unmapped
from workforce.sealed import Provenance, Sealed

if TYPE_CHECKING:  # pydantic and dataframely are not needed to import workforce
    from workforce.pseudonyms import Origin
    from workforce.settings import Settings

Frame = pl.DataFrame | pl.LazyFrame
# What a table is called in a sentence: "vacancies are not recorded".
TABLE_WORDS: Final = {
    "assignments": "staff",
    "absences": "sickness absences",
    "cases": "cases",
    "milestones": "stages of cases",
    "allocations": "allocations of cases",
    "posts": "funded posts",
    "vacancies": "vacancies",
    "hours": "hours of work by activity",
    "exits": "exit interviews",
    "pay_items": "bonus and other pay items",
    "pay_scales": "pay scales",
    "counts": "counts",
}
_COLUMN_WORDS: Final = {"covered_by_agency_fte": "agency cover"}
# The column that dates a table's rows, where there are no staff to say which days are recorded.
_DATED: Final = {
    "cases": "received_date",
    "vacancies": "opened_date",
    "absences": "start_date",
    "allocations": "start_date",
}
_MARCH, _MONTHS_IN_A_YEAR, _MONTHS_IN_A_QUARTER = 3, 12, 3
NOBODY_LEFT: Final = "no records are left after the filter"
# What breaking a rule does to a row.
ROW_REFUSED: Final = "row refused"
CELL_NOT_KNOWN: Final = "cell not known"  # the row is kept without this cell
END_NOT_KNOWN: Final = "end not known"  # the row is kept up to the last day that another record proves
# One row for every row that was refused, and for every kept row of unknown end, with what could be read of it (null where it could not):
# what the bounds of a rate need. `why` is "row refused" or "end not known". In memory only: no page and no message shows it.
REFUSED_ROWS: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "table": pl.String(),
        "why": pl.String(),
        "person_id": pl.String(),
        "case_id": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "team": pl.String(),
        "role": pl.String(),
        "staff_group": pl.String(),
        "grade": pl.String(),
        "locality": pl.String(),
        "case_type": pl.String(),
        "received_date": pl.Date(),
        "closed_date": pl.Date(),
        "outcome_date": pl.Date(),
        "opened_date": pl.Date(),
        "reason": pl.String(),
        "kind": pl.String(),
    }
)
# Columns that reading fills where nobody gives them: what is in them does not show that they are recorded.
_FILLED_IN: Final = ("employment", "status")
# Files that are not used: their table is absent for the organisation. reason: a sentence without its full stop.
NOT_USED: Final = pl.Schema(
    {"source": pl.String(), "table": pl.String(), "organisation": pl.String(), "reason": pl.String()}
)
# What `check` says although nothing is refused: notice (a sentence with counts and row numbers), paste (a line for area.toml, or null),
# phrase (the notice as JSON, its counts and row numbers as values: what a page's text is made from).
NOTICES: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "notice": pl.String(),
        "paste": pl.String(),
        "phrase": pl.String(),
    }
)


def column_words(column: str) -> str:
    """What a column is called in a sentence: its name in words, but for a few.

    >>> column_words("birth_date"), column_words("covered_by_agency_fte")
    ('birth date', 'agency cover')
    """
    return _COLUMN_WORDS.get(column, column.replace("_", " "))


class Notes(Sealed):
    """Rows read and refused, notices, or titles outside the common list; made by `Records` only, for `wf.tables.notes`.

    Columns whose names begin with an underscore are for `wf.tables.notes` alone: what a page's text is made from.
    """

    __slots__ = ("_frame", "_provenance")

    _frame: pl.DataFrame
    _provenance: Provenance

    def __repr__(self) -> str:
        return f"Notes: {self._frame.height:,} rows of {', '.join(self._frame.columns) or 'nothing'}"

    @property
    def rule(self) -> str:
        """The rule of notes before `wf.tables.notes` prints their counts by the rule of a page."""
        return "notes"

    @property
    def frame(self) -> pl.DataFrame:
        """The rows with exact counts, as a frame of the caller's own."""
        return self._frame.select(pl.exclude("^_.*$"))


class Records:
    """The tables of one local area; `load_area` reads them from files, and a test or an analyst builds them from frames.

    A table that is not given is absent, which is not the same as empty. Frames may be lazy.

    Parameters
    ----------
    assignments, absences, cases, milestones, allocations, posts : polars.DataFrame or LazyFrame, optional
        Frames with the columns of the tables in data/README.md.
    vacancies, hours, exits, pay_items, pay_scales, counts : polars.DataFrame or LazyFrame, optional
        The same.
    settings : Settings, optional
        The area's settings, as `load_settings` returns them.

    Raises
    ------
    UsageError
        Where a table is not a polars frame.

    Examples
    --------
    >>> from datetime import date
    >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2020, 1, 1)]})
    >>> Records(assignments=staff)
    Records(assignments=1)
    """

    __slots__ = (
        "_inputs",
        "_key_origin",
        "_narrowed",
        "_not_used",
        "_notices",
        "_provenance",
        "_quality",
        "_reads",
        "_refused_rows",
        "_settings",
        "_tables",
        "_unrecorded",
        "_without_end_dates",
    )

    _tables: dict[str, Frame]
    _settings: "Settings | None"
    _quality: pl.DataFrame
    _reads: pl.DataFrame
    _inputs: pl.DataFrame
    _key_origin: "Origin | None"
    _provenance: Provenance
    _narrowed: bool
    _refused_rows: pl.DataFrame
    _not_used: pl.DataFrame
    _notices: pl.DataFrame
    _unrecorded: frozenset[tuple[str, str, str]]  # organisation, table, column: no row of the organisation has a value
    _without_end_dates: frozenset[str]

    def __init__(
        self,
        *,
        assignments: Frame | None = None,
        absences: Frame | None = None,
        cases: Frame | None = None,
        milestones: Frame | None = None,
        allocations: Frame | None = None,
        posts: Frame | None = None,
        vacancies: Frame | None = None,
        hours: Frame | None = None,
        exits: Frame | None = None,
        pay_items: Frame | None = None,
        pay_scales: Frame | None = None,
        counts: Frame | None = None,
        settings: "Settings | None" = None,
    ) -> None:
        tables = {
            "assignments": assignments,
            "absences": absences,
            "cases": cases,
            "milestones": milestones,
            "allocations": allocations,
            "posts": posts,
            "vacancies": vacancies,
            "hours": hours,
            "exits": exits,
            "pay_items": pay_items,
            "pay_scales": pay_scales,
            "counts": counts,
        }
        for name, frame in tables.items():
            if frame is not None and not isinstance(frame, pl.DataFrame | pl.LazyFrame):
                raise UsageError(
                    "a table of records is not a polars frame",
                    where="{name}",
                    hint="give a DataFrame or a LazyFrame",
                    name=name,
                )
        self._set(
            _tables={name: _own(frame) for name, frame in tables.items() if frame is not None},
            _settings=settings,
            _quality=pl.DataFrame(),
            _reads=pl.DataFrame(),
            _inputs=pl.DataFrame(),
            _key_origin=None,
            _provenance=Provenance(),
            _narrowed=False,
            _refused_rows=REFUSED_ROWS.to_frame(),
            _not_used=NOT_USED.to_frame(),
            _notices=NOTICES.to_frame(),
            _unrecorded=frozenset(),
            _without_end_dates=frozenset(),
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _with(self, tables: Mapping[str, Frame] | None = None, **changes: object) -> "Records":
        """Return the same records with some tables in place of others; changes: other private parts."""
        records = object.__new__(Records)
        for name in Records.__slots__:
            object.__setattr__(records, name, changes.get(name, getattr(self, name)))
        if tables is not None:
            records._set(_tables={**self._tables, **tables})
        return records

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise UsageError("records cannot be changed", hint="use .where(...), .only(...) or wf.Records(...)")

    def __reduce__(self) -> NoReturn:
        raise UsageError("records of people are not pickled", hint="load them where they are needed")

    def __repr__(self) -> str:
        heights = [f"{n}={f.height}" for n, f in self._tables.items() if isinstance(f, pl.DataFrame) and f.height]
        lazy = [f"{n}=lazy" for n, f in self._tables.items() if isinstance(f, pl.LazyFrame)]
        files = [f"files={self._reads.height}", f"refused={self.refused}"] if self._reads.width else []
        return f"Records({', '.join([*heights, *lazy, *files])})"

    # The tables.

    def _table(self, name: str) -> Frame:
        frame = self._tables.get(name)
        return _schema(name).create_empty() if frame is None else _own(frame)

    @property
    def assignments(self) -> Frame:
        """Spells of staff in posts, one row a spell."""
        return self._table("assignments")

    @property
    def absences(self) -> Frame:
        """Sickness absences."""
        return self._table("absences")

    @property
    def cases(self) -> Frame:
        """Cases and requests."""
        return self._table("cases")

    @property
    def milestones(self) -> Frame:
        """Dates of stages of cases."""
        return self._table("milestones")

    @property
    def allocations(self) -> Frame:
        """Which worker held which case, from when to when."""
        return self._table("allocations")

    @property
    def posts(self) -> Frame:
        """Funded posts."""
        return self._table("posts")

    @property
    def vacancies(self) -> Frame:
        """Vacancies."""
        return self._table("vacancies")

    @property
    def hours(self) -> Frame:
        """Hours of work by activity."""
        return self._table("hours")

    @property
    def exits(self) -> Frame:
        """Exit interviews."""
        return self._table("exits")

    @property
    def pay_items(self) -> Frame:
        """Bonus and other pay items."""
        return self._table("pay_items")

    @property
    def pay_scales(self) -> Frame:
        """Pay scales of this and other bodies."""
        return self._table("pay_scales")

    @property
    def counts(self) -> Frame:
        """What organisations counted themselves."""
        return self._table("counts")

    def tables(self) -> Iterator[tuple[str, Frame]]:
        """Every table that is there, by its name.

        Returns
        -------
        iterator of (str, frame)
            Copies.
        """
        return ((name, _own(frame)) for name, frame in self._tables.items())

    # What the area does not record.

    def has(self, table: str) -> bool:
        """Whether an organisation supplies a table, even an empty one.

        Parameters
        ----------
        table : str
            Its name, such as "absences".

        Returns
        -------
        bool
            Also true of a table without rows.
        """
        if self._settings is not None and self._reads.width:
            unused = self._not_used.filter(table=table)["organisation"].to_list()
            return any(slug not in unused for slug in self._settings.supplied_by(table))
        return table in self._tables

    def lacks(self, *tables: str, columns: Sequence[str] = (), of: str = "assignments") -> str | None:
        """Why a measure that needs tables, and columns of one of them, has nothing to say: a sentence without its full stop, or None.

        A column of files is recorded where a file is mapped to it in the settings, or a row has a value; a column of a caller's own frame
        where the frame has it.

        Parameters
        ----------
        *tables : str
            Tables that the measure requires.
        columns : sequence of str
            Columns of the table `of` that it groups by.
        of : str
            The table that has the columns.

        Returns
        -------
        str or None
            The reason, or None where nothing is missing.

        Raises
        ------
        UsageError
            Where a column is neither in the schema of the table nor in the records: that is the caller's mistake.

        Examples
        --------
        >>> Records().lacks("vacancies")
        'vacancies are not recorded'
        """
        self._check_columns(columns, of)
        for table in tables:
            frame = self._tables.get(table)
            empty = frame is None or _is_empty(frame)
            if empty and self._narrowed and self.has(table):
                return NOBODY_LEFT
            if empty and not self._not_used.filter(table=table).is_empty():
                return f"no file of {TABLE_WORDS[table]} can be used"
            if empty:
                return f"{TABLE_WORDS[table]} are not recorded"
        for column in columns:
            if not self._has_column(of, column):
                return f"the {column_words(column)} of {TABLE_WORDS[of]} is not recorded"
            if column == bands.PAY_QUARTER and of == "assignments":
                reason, nowhere = bands.without_quarters(self._tables[of])
                if nowhere:
                    return reason
        return None

    def _has_column(self, table: str, column: str) -> bool:
        frame = self._tables.get(table)
        if frame is None or column not in _names(frame):
            return False
        if self._settings is None or not self._reads.width:
            return True
        mapped = (
            column in file.columns or column in file.constants
            for body in self._settings.organisations.values()
            for file in body.files
            if file.table == table
        )
        if any(mapped):
            return True
        has_value = frame.lazy().select(pl.col(column).is_not_null().any()).collect().item()
        return column not in _FILLED_IN and has_value is True

    def _without(self, table: str, column: str) -> list[str]:
        """The organisations (slugs) of whose rows of a table none has a value in an optional column, as their files were read."""
        return sorted(slug for slug, of, name in self._unrecorded if (of, name) == (table, column))

    def _check_columns(self, columns: Sequence[str], table: str) -> None:
        frame = self._tables.get(table)
        names = [] if frame is None else _names(frame)
        if set(columns) <= set(names):
            return
        schema = _schema(table).column_names()
        for column in columns:
            if column not in names and column not in schema:
                raise UsageError(
                    'the records have no column "{column}"',
                    where="by=",
                    hint=did_you_mean(column, list(dict.fromkeys([*names, *schema]))),
                    column=column,
                )

    # Where they come from.

    @property
    def settings(self) -> "Settings":
        """The area's settings, a copy: changing a mapping in it does not change what the records say."""
        if self._settings is None:
            raise UsageError("these records have no settings", hint="wf.load_area reads them; or wf.Records(settings=)")
        return self._settings.model_copy(deep=True)

    @property
    def key_origin(self) -> "Origin | None":
        """Where the key of the pseudonyms came from; after ``random`` ids mean nothing beyond this run."""
        return self._key_origin

    @property
    def inputs(self) -> pl.DataFrame:
        """The files read: source (path as in area.toml), sha256, bytes; the settings first."""
        return self._inputs.clone()

    @property
    def refused(self) -> int:
        """Rows refused, over all files; a row that broke several rules counts once."""
        return int(self._reads["rows_refused"].sum()) if self._reads.width else 0

    @property
    def not_used(self) -> Notes:
        """Files that are not used, because too much of them was refused or they cannot be read: source, table, organisation, reason.

        The table is absent for the organisation; where it is the staff list, the organisation is in no rate.
        """
        return self._notes(self._not_used)

    @property
    def without_end_dates(self) -> frozenset[str]:
        """The organisations (slugs) of which no staff row has an end date: their leavers are not available, which is not 0."""
        return self._without_end_dates

    @property
    def reads(self) -> Notes:
        """Rows read, kept and refused, a row for each file."""
        return self._notes(self._reads_with_rules())

    @property
    def quality(self) -> Notes:
        """Rows refused, by file and rule."""
        return self._notes(self._quality)

    @property
    def notices(self) -> Notes:
        """What deserves a look in how the files were read, although nothing is refused: organisation, source, table, notice.

        `wf.tables.notes` prints the counts by a rule and leaves out the row numbers, as a page needs it.
        """
        return self._notes(self._notices.drop("paste").rename({"phrase": "_phrase"}))

    @property
    def reads_by_organisation(self) -> Notes:
        """Rows read, kept and refused, by organisation (printed name)."""
        rows = ("rows_read", "rows_kept", "rows_refused")
        files = self._reads_with_rules().group_by("organisation")
        return self._notes(files.agg(pl.col(rows).sum(), pl.col("_read", "_refused").explode()).sort("organisation"))

    def _reads_with_rules(self) -> pl.DataFrame:
        """The reads with `_read`, the rows of each file, and `_refused`, the rows of each file that each rule refused."""
        if not self._reads.width:
            return self._reads
        place = ["organisation", "source", "table"]
        by_rule = self._quality.filter(effect=ROW_REFUSED).group_by(place).agg(pl.col("rows"))
        refused = {tuple(key): rows for *key, rows in by_rule.iter_rows()}
        groups = pl.List(pl.List(pl.Int64))
        return self._reads.with_columns(
            pl.Series("_read", [[[rows]] for rows in self._reads["rows_read"]], groups),
            pl.Series("_refused", [[refused.get(key, [])] for key in self._reads.select(place).iter_rows()], groups),
        )

    def _notes(self, frame: pl.DataFrame) -> Notes:
        renamed = frame
        if self._settings is not None and "organisation" in frame.columns:
            renamed = frame.with_columns(pl.col("organisation").replace(self._settings.organisation_names))
        return Notes._made(_frame=renamed, _provenance=self._provenance)

    @property
    def observed(self) -> Period:
        """The days that the records cover: from the earliest `records_from` to the latest `records_to`, else from the data themselves.

        Each organisation's own days are in the assignments' `observed_from` and `observed_to`. Without staff, the settings say which days
        are meant, or the other tables.
        """
        names = self.assignments.lazy().collect_schema().names()
        days = [c for c in ("start_date", "end_date", "observed_from", "observed_to") if c in names]
        staff = self.assignments.lazy().select(days).collect()
        first, last = pl.col("start_date").min(), pl.col("start_date").max()
        if "end_date" in names:
            last = pl.max_horizontal(pl.col("end_date").max(), last)
        start = staff.select(pl.coalesce(pl.col("observed_from").min(), first) if "observed_from" in names else first)
        end = staff.select(pl.coalesce(pl.col("observed_to").max(), last) if "observed_to" in names else last)
        if start.item() is None:
            return self._observed_without_staff()
        return Period(start.item(), end.item())

    def _sized(self) -> "Records":
        """The same records, which know whether they are of so few people that a board sees financial years of them."""
        staff = self.assignments.lazy()
        if {"organisation", "person_id", "start_date"} - set(_names(staff)) or staff.head(1).collect().is_empty():
            return self
        last = self.observed.end
        in_post = pl.col("start_date") <= last
        if "end_date" in _names(staff):
            in_post &= (pl.col("end_date") >= last).fill_null(value=True)
        if "employment" in _names(staff):
            in_post &= (pl.col("employment") == "employed").fill_null(value=True)
        people = staff.filter(in_post).select(pl.struct("organisation", "person_id").n_unique()).collect().item()
        return self._with(_provenance=replace(self._provenance, small=people < SMALL_BODY))

    def reporting_months(self, month: str, audience: str) -> tuple[str, str]:
        """Return the months up to which a page reports: of all its figures, and of single figures of the whole.

        Both are the reporting month, but where a board sees an area or organisation of fewer than 150 people: its figures are those of
        financial years, to the last March, and a single figure of the whole is to the end of the last quarter.

        Parameters
        ----------
        month : str
            The reporting month, such as ``"2023-02"``.
        audience : str
            The disclosure rule.

        Returns
        -------
        tuple of str
            Two months.

        Examples
        --------
        >>> from datetime import date
        >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "fte": [1.0], "start_date": [date(2015, 1, 1)]})
        >>> Records(assignments=staff).only("council").reporting_months("2023-02", "board")
        ('2022-03', '2022-12')
        """
        if audience != "board" or not self._provenance.small:
            return month, month
        last = month_of(month).end.month
        to_march = (last - _MARCH) % _MONTHS_IN_A_YEAR
        return shift(month, -to_march), shift(month, -(last % _MONTHS_IN_A_QUARTER))

    def _observed_without_staff(self) -> Period:
        bodies = self._settings.organisations.values() if self._settings is not None else []
        first = [body.records_from for body in bodies if body.records_from]
        last = [body.records_to for body in bodies if body.records_to]
        for name, column in _DATED.items():
            frame = self._tables.get(name)
            if frame is not None and column in _names(frame):
                days = frame.lazy().select(first=pl.col(column).min(), last=pl.col(column).max()).collect().row(0)
                first += [days[0]] if days[0] is not None and not bodies else []
                last += [days[1]] if days[1] is not None and not bodies else []
        if not first or not last:
            raise UsageError("there are no staff whose records cover any day", hint="give a period")
        return Period(min(first), max(last))

    @property
    def unmapped_roles(self) -> pl.DataFrame:
        """Every role that is neither in the settings' common list ([roles]) nor one of its names; none where there is no list.

        organisation (printed name), role, table (those it occurs in), like (the common role that it equals but for capitals and spaces),
        open. For the analyst, who has the files: a title that is not `open` may point at one person, or hold a name, and belongs on no
        page (`unmapped_roles_shown` is what does).
        """
        settings = self.settings
        frames = ((name, frame.lazy().collect()) for name, frame in self.tables())
        titles = unmapped(frames, settings.common_roles, fewest=settings.disclosure.group_size)
        return titles.with_columns(pl.col("organisation").replace(settings.organisation_names))

    @property
    def unmapped_roles_shown(self) -> Notes:
        """The same as a page may show it: organisation, role, table; no title that few people alone have held."""
        return self._notes(fit_for_a_page(self.unmapped_roles, fewest=self.settings.disclosure.group_size))

    # Other records made from these.

    def where(self, *predicates: pl.Expr) -> "Records":
        """Return the records for which polars expressions hold.

        Every table that has all the columns of the expressions is filtered; the others stay, and measures match them to the staff and cases
        that are left. Pay scales are about bodies, not people (a scale may be given by grade for every role): they are filtered only where
        no other table has the columns.

        Parameters
        ----------
        *predicates : polars.Expr
            Conditions, such as ``pl.col("role") == "SEND caseworker"``.

        Returns
        -------
        Records
            New records; these stay as they are.

        Raises
        ------
        UsageError
            Where no table has the columns.

        Examples
        --------
        >>> from datetime import date
        >>> staff = pl.DataFrame({"organisation": ["council"] * 2, "person_id": ["a", "b"], "role": ["caseworker", "manager"]})
        >>> Records(assignments=staff).where(pl.col("role") == "manager")
        Records(assignments=1)
        """
        if not predicates or not all(isinstance(predicate, pl.Expr) for predicate in predicates):
            raise UsageError(
                "a filter of records is a polars expression", hint='such as pl.col("role") == "SEND caseworker"'
            )
        columns = {name for predicate in predicates for name in predicate.meta.root_names()}
        tables = {
            name: frame.filter(*predicates)
            for name, frame in self._tables.items()
            if columns <= set(frame.lazy().collect_schema().names())
        }
        if not tables:
            raise UsageError("no table has the columns of the filter", hint="name columns of one table")
        about_people = {name: frame for name, frame in tables.items() if name != "pay_scales"}
        return self._with(about_people or tables, _narrowed=True)

    def only(self, organisation: str) -> "Records":
        """Return the records of one organisation: its rows, its files, its settings.

        Milestones carry no organisation and go with its cases; pay scales are about bodies, not people, and stay whole.

        Parameters
        ----------
        organisation : str
            Its slug.

        Returns
        -------
        Records
            New records; these stay as they are.
        """
        of_organisation = pl.col("organisation") == organisation
        tables = {
            name: frame.filter(of_organisation)
            for name, frame in self._tables.items()
            if "organisation" in frame.lazy().collect_schema().names()
        }
        if "milestones" in self._tables and "cases" in tables:
            cases = tables["cases"].lazy().select("case_id")
            stages = self._tables["milestones"].lazy().join(cases, on="case_id", how="semi", maintain_order="left")
            tables["milestones"] = stages.collect()
        unknown = {
            "_provenance": replace(self._provenance, organisation=organisation),
            "_refused_rows": self._refused_rows.filter(of_organisation),
            "_unrecorded": frozenset(entry for entry in self._unrecorded if entry[0] == organisation),
            "_without_end_dates": self._without_end_dates & {organisation},
        }
        if self._settings is None:
            return self._with(tables, **unknown)._sized()
        settings = self._settings.only(organisation)
        paths = [settings.path.name, *(file.path for file in settings.organisations[organisation].files)]
        return self._with(
            tables,
            **unknown,
            _settings=settings,
            _quality=self._quality.filter(of_organisation),
            _reads=self._reads.filter(of_organisation),
            _not_used=self._not_used.filter(of_organisation),
            _notices=self._notices.filter(of_organisation),
            _inputs=self._inputs.filter(pl.col("source").is_in(paths)),
        )._sized()

    def with_bands(
        self,
        on: date,
        *,
        age: Sequence[int] | None = bands.AGES,
        tenure: Sequence[int] | None = bands.TENURES,
        pay: Literal["quarter"] | None = "quarter",
    ) -> "Records":
        """Return the records with age_band, tenure_band and pay_quarter of the staff as on a date; None leaves a band out.

        Ages and tenures are completed years on the date. Pay quarters are taken within the staff group, by full-time-equivalent annual pay
        of its employed staff in post on the date; people on one rate across a boundary are shared in proportion. A staff group in which
        more than a third are on one rate has none: its people are in "no quarters", results say so, and `pay_column` says by what to
        compare. Source: this project's measure book; sizes: SI 2017/172, reg. 13.

        Parameters
        ----------
        on : date
            The day on which people are banded.
        age, tenure : sequence of int
            Where each band but the first begins, in years.
        pay : "quarter" or None
            Whether pay quarters are formed.

        Returns
        -------
        Records
            New records; these stay as they are.

        Examples
        --------
        >>> from datetime import date
        >>> staff = pl.DataFrame({"organisation": ["council"], "person_id": ["a"], "birth_date": [date(1980, 1, 1)],
        ...     "start_date": [date(2020, 1, 1)], "fte": [1.0]})
        >>> banded = Records(assignments=staff).with_bands(date(2023, 3, 31), tenure=None, pay=None)
        >>> banded.assignments["age_band"].item()
        '35 to 44'
        """
        cuts = {
            name: cut
            for name, cut, usual in (("age", age, bands.AGES), ("tenure", tenure, bands.TENURES))
            if cut != usual
        }
        return self._with(
            {"assignments": bands.banded(self.assignments, as_date(on), age=age, tenure=tenure, pay=pay)},
            _provenance=self._provenance.with_arguments(**cuts),
        )

    @property
    def pay_column(self) -> str:
        """The column by which staff are compared by pay: "pay_quarter", or "grade" where grades are recorded and nobody is in a quarter."""
        staff = self.assignments.lazy()
        if bands.PAY_QUARTER not in staff.collect_schema().names():
            return bands.PAY_QUARTER
        has_quarters = staff.select(pl.col(bands.PAY_QUARTER).is_in(bands.QUARTERS).any()).collect().item()
        return bands.PAY_QUARTER if has_quarters or self.lacks("assignments", columns=["grade"]) else "grade"

    @property
    def profession_column(self) -> str:
        """The column that tells professions apart, whose caseloads are not pooled: "staff_group", or "role" where it is not recorded."""
        return "role" if self.lacks("assignments", columns=["staff_group"]) else "staff_group"

    def with_service_at_leaving(self, *, tenure: Sequence[int] = bands.TENURES) -> "Records":
        """Return the records with tenure_band as on the last day of each spell: for comparisons of leavers.

        A band taken on one date would give those who left before it years that they never served.

        Parameters
        ----------
        tenure : sequence of int
            Where each band but the first begins, in years.

        Returns
        -------
        Records
            New records; these stay as they are.
        """
        return self._with(
            {"assignments": bands.service_at_leaving(self.assignments, tenure=tenure)},
            _provenance=self._provenance.with_arguments(tenure=tenure if tuple(tenure) != bands.TENURES else None),
        )

    @staticmethod
    def named(*pages: Mapping[str, Any]) -> dict[str, Any]:
        """Return the results of one page from several mappings, ready for `release`.

        Parameters
        ----------
        *pages : mapping of str to result
            Results by their names.

        Returns
        -------
        dict
            All of them.

        Raises
        ------
        UsageError
            Where two mappings give one name: one table would have the other's heading.
        """
        tables: dict[str, Any] = {}
        for page in pages:
            if not isinstance(page, Mapping):
                raise UsageError(
                    "named takes the results of a page by their names", hint="give a dict of names to results"
                )
            for name, table in page.items():
                if name in tables:
                    raise UsageError(
                        'two tables are called "{name}"', hint="give every table of a page its own name", name=name
                    )
                tables[name] = table
        return tables


def _schema(table: str) -> Any:  # noqa: ANN401 - a dataframely schema
    from workforce.schemas import TABLES

    return TABLES[table]


def _names(frame: Frame) -> list[str]:
    return frame.columns if isinstance(frame, pl.DataFrame) else frame.collect_schema().names()


def _is_empty(frame: Frame) -> bool:
    if isinstance(frame, pl.DataFrame):
        return frame.is_empty()
    return not frame.select(pl.len()).collect().item()  # a Parquet file says it without being read


def _own(frame: Frame) -> Frame:
    """A frame that the caller may change without changing the records."""
    return frame.clone() if isinstance(frame, pl.DataFrame) else frame

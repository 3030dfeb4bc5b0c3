"""The children's social work workforce return (CSWW), as sent to the DfE: its XML as rows of assignments, with pay from 2025.

Records read = rows kept + rows refused, each refusal counted by its rule. Registration numbers become keyed pseudonyms before anything is
returned. There is no check against a schema, because those in use reject every valid registration number. What the return does not say is
not made up: leavers have an FTE of 0 in it and are refused, and the rows cover the reference date alone, so no turnover follows from
them. A salary needs `salary=`, which says whether it is for a full-time week.
Source: DfE, Children's social work workforce census, specifications of 2022 to 2025 (BaseSalary, RRPayments and OtherPayments are new in
2025: the salary for employed workers, the other two where a council gives them).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import polars as pl

from workforce.errors import InputError, UsageError
from workforce.pseudonyms import Key, find_key, pseudonyms
from workforce.schemas import KEYS, REQUIRED
from workforce.settings import SourceFile
from workforce.sources.mapping import DUPLICATE, mapped
from workforce.sources.reading import MOST_ROWS, Cells, content_of
from workforce.sources.xml_records import ROW, TWICE, xml_records

RECORD: Final = "CSWWWorker"
COLUMNS: Final = {
    "person_id": "SWENo",
    "employment": "AgencyWorker",
    "role": "OrgRole",
    "fte": "FTE",
    "start_date": "RoleStartDate",
    "end_date": "RoleEndDate",
    "birth_date": "PersonBirthDate",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "leaving_reason": "ReasonLeave",
    "leaving_destination": "LeaverDestination",
    "annual_pay": "BaseSalary",
    "supplement": "RRPayments",
}
SEX_TO_2023: Final = "GenderCurrent"  # the specifications to 2023 call it so, with other codes
EXTRA: Final = {"days_lost": "WorkingDaysLost", "cases": "Cases30", "other_payments": "OtherPayments"}
VALUES: Final = {
    "employment": {"0": "employed", "1": "agency"},
    "role": {
        "1": "Senior manager",
        "2": "Middle manager",
        "3": "First line manager",
        "4": "Senior practitioner",
        "5": "Case holder",
        "6": "Qualified without cases",
    },
    "sex": {"M": "male", "F": "female", "1": "male", "2": "female", "0": "unknown", "9": "unknown"},
    "ethnicity": {
        "WBRI": "white british",
        "WIRI": "white irish",
        "WOTH": "other white",
        "MWBC": "white and black caribbean",
        "MWBA": "white and black african",
        "MWAS": "white and asian",
        "MOTH": "other mixed",
        "AIND": "indian",
        "APKN": "pakistani",
        "ABAN": "bangladeshi",
        "AOTH": "other asian",
        "BCRB": "black caribbean",
        "BAFR": "black african",
        "BOTH": "other black",
        "CHNE": "chinese",
        "OOTH": "other",
        "REFU": "prefer not to say",
        "NOBT": "unknown",
    },
    "leaving_reason": {
        "1": "resignation",
        "2": "redundancy",
        "3": "redundancy",
        "4": "dismissal",
        "5": "retirement",
        "6": "death",
        "7": "other_role_in_the_authority",
        "8": "other",
        "9": "unknown",
        "10": "unknown",
    },
    "leaving_destination": {
        "1": "other_local_authority",
        "2": "social_work_outside_england",
        "3": "agency",
        "4": "other_social_work",
        "5": "other_social_care",
        "6": "outside_social_care",
        "7": "other",
        "8": "unknown",
        "9": "unknown",
    },
}

Salary = Literal["full_time", "actual"]


@dataclass(frozen=True, slots=True, repr=False)
class SocialWorkReturn:
    """The rows of a return; rows_read = rows kept + rows refused.

    Attributes
    ----------
    workers
        The columns of assignments, then days_lost, cases and other_payments.
    refusals
        rule, rows.
    rows_read
        Records of the file.
    """

    workers: pl.DataFrame
    refusals: pl.DataFrame
    rows_read: int

    @property
    def rows_refused(self) -> int:
        """Records that broke a rule; one that broke several counts once."""
        return self.rows_read - self.workers.height

    def __repr__(self) -> str:
        return f"SocialWorkReturn({self.workers.height} rows kept, {self.rows_refused} refused)"


def social_work_return(
    path: str | Path,
    *,
    salary: Salary | None = None,
    organisation: str = "council",
    full_time_hours: float = 37.0,
    key: Key | None = None,
) -> SocialWorkReturn:
    """Read a council's own return of children's social workers: role, FTE, whether agency, start, pay from 2025, days lost, cases held.

    Roles are the return's six. Rows cover its reference date only: take pay, staffing and agency from it, not turnover. Agency workers
    for whom no start was given are refused, too. `wf.pay.position(wf.Records(assignments=done.workers), day)` gives pay by role.

    Parameters
    ----------
    path : str or Path
        The XML file of the return.
    salary : {"full_time", "actual"}, optional
        Whether BaseSalary (and what goes with it) is for a full-time week, or for the hours worked and then divided by the FTE.
        Councils know which they sent; nothing is assumed, and a return with pay needs it.
    organisation : str
        The slug that the rows get.
    full_time_hours : float
        Hours of a full-time week, which the return does not hold.
    key : Key, optional
        For the pseudonyms; by default as for an area (WORKFORCE_KEY, else a random one).

    Returns
    -------
    SocialWorkReturn
        Its `workers` are a table of assignments.

    Raises
    ------
    InputError
        Where the file cannot be read as a return.

    Examples
    --------
    >>> social_work_return("nowhere/csww_2025.xml")
    Traceback (most recent call last):
    workforce.errors.InputError: csww_2025.xml: there is no such file. Hint: its folder does not exist either; ...
    """
    place = Path(path)
    data = content_of(place, place.name)
    elements = [*COLUMNS.values(), SEX_TO_2023, *EXTRA.values()]
    records = xml_records(data, record=RECORD, wanted=elements, most=MOST_ROWS, where=place.name)
    present = records.cells.columns
    columns = {ours: theirs for ours, theirs in COLUMNS.items() if theirs in present}
    if "sex" not in columns and SEX_TO_2023 in present:
        columns["sex"] = SEX_TO_2023
    missing = [COLUMNS[c] for c in REQUIRED["assignments"] if c not in columns]
    if missing:
        raise InputError(
            "no record has {columns}", where="{file}", hint="check the export", columns=missing, file=place.name
        )
    if "annual_pay" in columns and salary is None:
        raise UsageError(
            "the return has salaries, so it needs salary=",
            where="salary=",
            hint='"full_time" for the pay of a full-time week, "actual" for the pay of the hours worked',
        )
    file = SourceFile(
        path=place.name,
        table="assignments",
        record=RECORD,
        columns=columns,
        values={c: dict(codes) for c, codes in VALUES.items() if c in columns},
        constants={"full_time_hours": float(full_time_hours)},
    )
    frame = _cells(records.cells, columns)
    day = _reference_date(data, place.name)
    rows = mapped(
        Cells(frame, sha256="", size=len(data)),
        file,
        organisation=organisation,
        filled={"observed_from": day, "observed_to": day},
        roles={},
    )
    extra, unread = _extra(records.cells)
    workers_kept = rows.accepted.join(unread, on=ROW, how="anti", maintain_order="left").join(
        extra, on=ROW, how="left", maintain_order="left"
    )
    first = workers_kept.select(first=pl.struct(KEYS["assignments"]).is_first_distinct())["first"]
    rules = pl.concat(
        [rows.refusals.select(ROW, "rule"), unread, workers_kept.filter(~first).select(ROW, rule=pl.lit(DUPLICATE))]
    )
    ids = pseudonyms(workers_kept["person_id"], key=key or find_key(), scheme=organisation, kind="person")
    workers = workers_kept.with_columns(ids.alias("person_id")).filter(first).drop(ROW)
    return SocialWorkReturn(
        _full_time(workers) if salary == "actual" else workers,
        rules.group_by("rule").agg(rows=pl.col(ROW).n_unique().cast(pl.Int64)).sort("rule"),
        records.cells.height,
    )


def _cells(cells: pl.DataFrame, columns: dict[str, str]) -> pl.DataFrame:
    texts = {ours: pl.col(theirs).str.strip_chars().replace("", None) for ours, theirs in columns.items()}
    return cells.select(ROW, flaw=pl.when(TWICE).then(pl.lit("an element appears twice")), **texts)


def _reference_date(data: bytes, where: str) -> date | None:
    """The day that the return is about; null where its header does not say."""
    header = xml_records(data, record="CollectionDetails", wanted=["ReferenceDate"], most=MOST_ROWS, where=where).cells
    if "ReferenceDate" not in header.columns:
        return None
    day = header["ReferenceDate"].str.strip_chars().str.to_date("%Y-%m-%d", strict=False)[0]
    return day if isinstance(day, date) else None


def _extra(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What assignments have no column for, as numbers, and the rows in which they are none."""
    text = {c: pl.col(h) if h in cells.columns else pl.lit(None, pl.String) for c, h in EXTRA.items()}
    bare = cells.select(ROW, **{c: t.str.strip_chars().replace("", None) for c, t in text.items()})
    numbers = bare.with_columns(
        pl.when(pl.col(c).cast(pl.Float64, strict=False).is_finite() & (pl.col(c).cast(pl.Float64, strict=False) >= 0))
        .then(pl.col(c).cast(pl.Float64, strict=False))
        .alias(c)
        for c in EXTRA
    )
    unread = [
        bare.filter(numbers[c].is_null() & bare[c].is_not_null()).select(
            ROW, rule=pl.lit(f"{c}: not a number of 0 or more")
        )
        for c in EXTRA
    ]
    return numbers, pl.concat(unread)


def _full_time(workers: pl.DataFrame) -> pl.DataFrame:
    worked = pl.col("fte") > 0  # a worker without hours, such as a leaver, has no full-time salary
    return workers.with_columns(
        pl.when(worked).then(pl.col(c) / pl.col("fte")).alias(c) for c in ("annual_pay", "supplement", "other_payments")
    )

"""Records of an XML file: one element a row, the elements in it as its cells.

The file is read as a stream and no tree of it is built. Every cell is text, and a record has its number in the file, from row 1 on.
Prefixes of namespaces and attributes are ignored. Document types, and with them entities that grow or point elsewhere, are errors, and so
are elements nested deeper than `DEEPEST`, cells longer than `LONGEST_CELL` and files without such a record. There is no check against a
schema: those in use for official returns reject valid numbers.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.handler import ContentHandler

import polars as pl

from workforce.errors import InputError, Phrase, did_you_mean

DEEPEST: Final = 32  # official returns have six levels
LONGEST_CELL: Final = 100_000  # characters
MOST_EMPTY: Final = 1_000_000  # records without a wanted element
MOST_NAMES: Final = 1_000  # names of elements that are remembered for a hint
TWICE: Final = "twice"  # the column that says which records have an element twice
ROW: Final = "row"
PATH: Final = "/"  # between an element and one within it, both within the record


class _BeyondLimit(Exception):  # noqa: N818 - never leaves this module
    """A limit was passed while reading."""

    def __init__(self, fault: Phrase) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(frozen=True, slots=True, repr=False)
class XmlRecords:
    """The records of a file.

    Attributes
    ----------
    cells
        row (Int64), twice (Boolean), then a String column for each wanted element that some record has.
    elements
        The names of all elements in records.
    """

    cells: pl.DataFrame
    elements: tuple[str, ...]


def xml_records(data: bytes, *, record: str, wanted: Collection[str], most: int, where: str) -> XmlRecords:
    """Read the elements called `record`, and of what is in them only the wanted elements.

    Parameters
    ----------
    data : bytes
        The file.
    record : str
        The element that is a row.
    wanted : collection of str
        Names, or paths within the record ("Requests/ReceivedDate").
    most : int
        How many records a file may have.
    where : str
        How messages call the file.

    Returns
    -------
    XmlRecords
        In the order of the file.

    Examples
    --------
    >>> found = xml_records(b"<Message><Worker><FTE>0.5</FTE></Worker></Message>", record="Worker", wanted=["FTE"], most=9, where="x.xml")
    >>> found.cells.rows(), found.elements
    ([(1, False, '0.5')], ('FTE',))
    """
    from xml.sax import SAXException

    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import parseString

    reading = _Reading(record, frozenset(wanted), most)
    fault = advice = None
    try:
        parseString(data, reading, forbid_dtd=True)
    except DefusedXmlException:
        fault = Phrase("the file declares a document type, which can hide what it reads")
        advice = Phrase("export it again without <!DOCTYPE")
    except _BeyondLimit as error:
        fault = error.fault
        advice = Phrase("check that it is the return as it was exported")
    except (SAXException, UnicodeError, LookupError, ValueError):
        fault = Phrase("this is not XML, or it is damaged")
        advice = Phrase("export it again; do not edit it in a word processor")
    if fault:
        raise InputError("{fault}", where="{place}", hint="{advice}", fault=fault, place=where, advice=advice)
    if not reading.rows:
        raise InputError(
            'the file has no element "{record}"',
            where="{place}",
            hint=did_you_mean(record, sorted(reading.containers)) if reading.containers else "check the export",
            record=record,
            place=where,
        )
    present = [name for name in reading.paths_in_order() if name in reading.elements]
    columns: dict[str, Any] = {name: [row.get(name) for row in reading.rows] for name in present}
    cells = pl.DataFrame(
        {ROW: range(1, len(reading.rows) + 1), TWICE: [n + 1 in reading.twice for n in range(len(reading.rows))]},
        schema={ROW: pl.Int64(), TWICE: pl.Boolean()},
    ).with_columns(pl.Series(name, values, dtype=pl.String()) for name, values in columns.items())
    return XmlRecords(cells, tuple(sorted(reading.elements)))


@dataclass(eq=False)
class _Reading(ContentHandler):
    """The events of one file, in their order."""

    record: str
    paths: frozenset[str]
    record_limit: int
    rows: list[dict[str, str]] = field(default_factory=list)
    twice: set[int] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)
    containers: set[str] = field(default_factory=set)
    depth: int = 0
    within: list[str] | None = None  # the elements open within the record; none outside it
    text: list[str] | None = None
    length: int = 0
    empty: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self.last_opened = ""

    def paths_in_order(self) -> list[str]:
        return sorted(self.paths)

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802, ARG002 - the names that the parser calls
        local_name = name.rpartition(":")[2]
        self.depth += 1
        if self.depth > DEEPEST:
            raise _BeyondLimit(Phrase("its elements are nested more than {most} deep", most=DEEPEST))
        if self.last_opened and len(self.containers) < MOST_NAMES:
            self.containers.add(self.last_opened)
        self.last_opened = local_name
        if self.within is None:
            if local_name == self.record:
                if len(self.rows) >= self.record_limit:
                    raise _BeyondLimit(Phrase("the file has more than {most:,} records", most=self.record_limit))
                self.within = []
                self.rows.append({})
            return
        if self.within and self.within[-1] == self.record:  # a cell may have the name of its record, a record may not
            raise _BeyondLimit(Phrase('an element "{record}" is within another', record=self.record))
        self.within.append(local_name)
        path = PATH.join(self.within)
        self.text, self.length = ([] if path in self.paths else None), 0

    def characters(self, content: str) -> None:
        if self.text is None:
            return
        self.length += len(content)
        if self.length > LONGEST_CELL:
            raise _BeyondLimit(Phrase("a cell is longer than {most:,} characters", most=LONGEST_CELL))
        self.text.append(content)

    def _check_empty(self) -> None:
        """Refuse records without a wanted element by the million: each takes the memory of a row."""
        if not self.rows[-1]:
            self.empty += 1
            if self.empty > MOST_EMPTY:
                raise _BeyondLimit(Phrase("more than {most:,} records are empty", most=MOST_EMPTY))

    def endElement(self, name: str) -> None:  # noqa: N802, ARG002
        self.depth -= 1
        leaf, self.last_opened = bool(self.last_opened), ""
        if self.within is None:
            return
        if not self.within:
            self.within = None  # the record itself ends
            self._check_empty()
            return
        path = PATH.join(self.within)
        self.within.pop()
        if leaf and (len(self.elements) < MOST_NAMES or path in self.paths):
            self.elements.add(path)
        if self.text is not None:
            if path in self.rows[-1]:
                self.twice.add(len(self.rows))
            self.rows[-1][path] = "".join(self.text)
            self.text = None

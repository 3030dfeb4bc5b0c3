"""What a Parquet file states about its own sizes, compared with the file before a reader of Parquet makes room for it.

The footer and the headers of pages are read here, in the compact protocol of Thrift that they are written in. A stated count or size that
the file cannot have would make a reader ask for more memory than there is, which ends the process and not only the reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MARK: Final = b"PAR1"
LARGEST_FOOTER: Final = 8_000_000  # bytes
MOST_VALUES: Final = 4_000_000  # of the footer
MOST_PAGES: Final = 200_000
LARGEST_PAGE: Final = 512_000_000  # bytes, unpacked
DEEPEST: Final = 32

# Numbers of fields, as parquet.thrift gives them.
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4
_COLUMNS, _ROWS_OF_GROUP = 1, 3
_META_DATA, _OF_FILE = 3, 1
_PATH, _VALUES, _UNPACKED, _PACKED, _DATA_AT, _DICTIONARY_AT = 3, 5, 6, 7, 9, 11
_KIND, _PAGE_UNPACKED, _PAGE_PACKED, _DATA, _DICTIONARY, _DATA_2 = 1, 2, 3, 5, 7, 8
_VALUES_OF_PAGE, _LEVELS_2 = 1, (5, 6)
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_2 = 0, 2, 3
_NAME, _REPETITION, _CHILDREN = 4, 3, 5
_REPEATED: Final = 2

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS: Final = (4, 5, 6)
_BYTES_OF: Final = {_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}
_LONG_LIST: Final = 15
_MOST_BITS: Final = 63


class _NotPossibleError(Exception):
    """The footer or a page states what the file cannot have."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a file holds: its rows, and for each column how many bytes its values take when unpacked."""

    rows: int
    unpacked: Mapping[str, int]


def stated_sizes(data: bytes) -> Sizes | None:
    """What a Parquet file states of its sizes, or None where it is no such file or cannot have what it states."""
    try:
        return _sizes(data)
    except (_NotPossibleError, IndexError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _sizes(data: bytes) -> Sizes:
    length = int.from_bytes(data[-8:-4], "little")
    begin = len(data) - 8 - length
    if data[:4] != MARK or data[-4:] != MARK or begin < len(MARK) or not 0 < length <= LARGEST_FOOTER:
        raise _NotPossibleError
    footer = _Reader(data, begin, len(data) - 8).struct()
    nested = _nested(footer[_SCHEMA])
    unpacked: dict[str, int] = {}
    rows = pages = 0
    for group in footer.get(_GROUPS, []):
        rows_of_group = _count(group[_ROWS_OF_GROUP])
        rows += rows_of_group
        for column in group[_COLUMNS]:
            stated = column[_META_DATA]
            name = stated[_PATH][0].decode("utf-8")
            if _OF_FILE in column:  # a chunk may be in another file
                raise _NotPossibleError
            values = _count(stated[_VALUES])
            if name not in nested and values != rows_of_group:
                raise _NotPossibleError
            size, pages = _chunk(data, begin, stated, values, pages)
            unpacked[name] = unpacked.get(name, 0) + size
    if rows != _count(footer[_ROWS]):
        raise _NotPossibleError
    return Sizes(rows, unpacked)


def _nested(schema: list[Any]) -> set[str]:
    """The columns of which a row may have other than one value."""
    nested, at = set(), 1
    while at < len(schema):
        name = schema[at][_NAME].decode("utf-8")
        if schema[at].get(_CHILDREN) or schema[at].get(_REPETITION) == _REPEATED:
            nested.add(name)
        at = _after(schema, at, 0)
    return nested


def _after(schema: list[Any], at: int, depth: int) -> int:
    """Where the element after one and all that is within it stands."""
    if depth > DEEPEST:
        raise _NotPossibleError
    children, at = schema[at].get(_CHILDREN, 0), at + 1
    for _ in range(children):
        at = _after(schema, at, depth + 1)
    return at


def _chunk(data: bytes, most: int, stated: dict[int, Any], values: int, pages: int) -> tuple[int, int]:
    """The unpacked bytes of a column's chunk, and how many pages were read so far."""
    if not values:
        return 0, pages
    at = min(_count(stated[_DATA_AT]), _count(stated.get(_DICTIONARY_AT)) or most)
    end = at + _count(stated[_PACKED])
    if at < len(MARK) or end > most:
        raise _NotPossibleError
    size = of_pages = 0
    while at < end and of_pages < values:
        pages += 1
        reader = _Reader(data, at, end)
        header = reader.struct()
        packed, unpacked = _count(header[_PAGE_PACKED]), _count(header[_PAGE_UNPACKED])
        at = reader.at + packed
        if at > end or unpacked > LARGEST_PAGE or pages > MOST_PAGES:
            raise _NotPossibleError
        size += unpacked
        of_pages += _values_of(header, unpacked)
    if of_pages != values or size > _count(stated[_UNPACKED]):
        raise _NotPossibleError
    return size, pages


def _values_of(header: dict[int, Any], unpacked: int) -> int:
    """How many values a page adds to its column."""
    kind = header[_KIND]
    if kind == _DICTIONARY_PAGE:
        if _count(header[_DICTIONARY][_VALUES_OF_PAGE]) > unpacked:  # each takes a byte or more
            raise _NotPossibleError
        return 0
    if kind == _DATA_PAGE:
        return _count(header[_DATA][_VALUES_OF_PAGE])
    if kind == _DATA_PAGE_2:
        if sum(_count(header[_DATA_2][level]) for level in _LEVELS_2) > unpacked:
            raise _NotPossibleError
        return _count(header[_DATA_2][_VALUES_OF_PAGE])
    return 0


def _count(number: Any) -> int:  # noqa: ANN401 - whatever the file holds there
    """A stated count or size; 0 for none."""
    if number is None:
        return 0
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise _NotPossibleError
    return number


class _Reader:
    """Structures of the compact protocol: a dictionary of their fields by number."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.at = at
        self._data = data
        self._end = end
        self._values = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > DEEPEST:
            raise _NotPossibleError
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            number = number + step if step else self._integer()
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:  # noqa: ANN401 - of whatever type it says
        self._values += 1
        if self._values > MOST_VALUES or depth > DEEPEST:
            raise _NotPossibleError
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._whole())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self._list(depth)
        if kind == _MAP:
            return self._map(depth)
        if kind not in _BYTES_OF:
            raise _NotPossibleError
        return self._bytes(_BYTES_OF[kind])

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        length = head >> 4 if head >> 4 != _LONG_LIST else self._whole()
        if length > self._end - self.at:  # each takes a byte or more
            raise _NotPossibleError
        return [self._value(head & 15, depth + 1) for _ in range(length)]

    def _map(self, depth: int) -> list[Any]:
        length = self._whole()
        if length > self._end - self.at:
            raise _NotPossibleError
        kinds = self._byte() if length else 0
        return [(self._value(kinds >> 4, depth + 1), self._value(kinds & 15, depth + 1)) for _ in range(length)]

    def _bytes(self, length: int) -> bytes:
        begin, self.at = self.at, self.at + length
        if self.at > self._end:
            raise _NotPossibleError
        return self._data[begin : self.at]

    def _byte(self) -> int:
        if self.at >= self._end:
            raise _NotPossibleError
        self.at += 1
        return self._data[self.at - 1]

    def _whole(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:  # noqa: PLR2004 - the highest bit says that another byte follows
                return number
            if shift > _MOST_BITS:
                raise _NotPossibleError

    def _integer(self) -> int:
        number = self._whole()
        return (number >> 1) ^ -(number & 1)

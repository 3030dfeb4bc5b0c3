"""The signature of what a cell of a published notebook shows: made where the cells run, checked by the process that writes the page.

The key is made for one notebook of one run, and handed over before its first cell. A text, a rule or a number that was changed on its way,
and anything that the library did not make, has no valid signature.
"""

import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

from workforce.sealed import Provenance

KIND: Final = "application/vnd.workforce+json"
"""Under which kind of data a cell's output carries its signature."""

_keys: list[bytes] = []  # of the process that runs a published notebook; none anywhere else


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature says of a cell's output: its disclosure rule, and where its content came from."""

    rule: str
    provenance: Provenance


def _sign_with(key: bytes) -> None:
    """Sign what is shown from now on."""
    _keys[:] = [key]


def _signature(html: str, rule: str, provenance: Provenance) -> dict[str, str] | None:
    """Return the signature of what is shown, or None where nothing is published."""
    if not _keys:
        return None
    statement = json.dumps(
        {
            "rule": rule,
            "loaded": provenance.loaded,
            "official": provenance.official,
            "arguments": list(provenance.arguments),
        }
    )
    return {"statement": statement, "code": _code(html, statement, _keys[0])}


def opened(html: str, entry: object, key: bytes) -> Signed | None:
    """Return what a signature says of its HTML, or None where it is not valid.

    Parameters
    ----------
    html : str
        The HTML that the cell shows.
    entry : object
        What the output carries under `KIND`; anything, because a notebook could have put it there.
    key : bytes
        The key of this notebook and run.
    """
    if not isinstance(entry, dict):
        return None
    statement, code = entry.get("statement"), entry.get("code")
    if not (isinstance(statement, str) and isinstance(code, str)) or not code.isascii():
        return None
    if not hmac.compare_digest(code, _code(html, statement, key)):
        return None
    record: dict[str, Any] = json.loads(statement)
    texts = frozenset((str(name), value) for name, value in record["arguments"])
    return Signed(record["rule"], Provenance(loaded=record["loaded"], arguments=texts, official=record["official"]))


def _code(html: str, statement: str, key: bytes) -> str:
    return hmac.new(key, json.dumps([html, statement]).encode(), "sha256").hexdigest()

"""Keyed pseudonyms: they replace payroll and case numbers as soon as a file has been read.

The same number under the same scheme, kind and key gives the same pseudonym, so that people can be followed between files and, where
organisations share a scheme, between organisations. Without the key nobody can try all numbers to find one; that is why plain hashes do
not exist here and short keys are errors. The key is never shown.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import polars as pl

from workforce.errors import SettingsError
from workforce.file_bytes import LARGEST_SETTINGS, NotReadError, bytes_of

KEY_VARIABLE: Final = "WORKFORCE_KEY"
SHORTEST_KEY: Final = 16  # characters: below it a key can be guessed
LENGTH: Final = (
    16  # hexadecimal digits of a pseudonym, 64 bits: a clash among a million people has odds of 1 in 36 million
)
_AT_A_TIME: Final = 100_000  # numbers that are Python's at a time: each takes a hundred bytes there
_FICTIONAL: Final = b"this key protects nobody: the people of a fictional area do not exist"

Origin = Literal["environment", "file", "random", "fictional"]
Kind = Literal["person", "case", "child"]

ID_COLUMNS: Final[dict[str, Kind]] = {"person_id": "person", "case_id": "case", "child_id": "child"}


@dataclass(frozen=True, slots=True)
class Key:
    """The partnership's key. `origin` says where it came from; the key itself is never shown.

    >>> Key("file", b"not to be seen by anyone")
    Key(origin='file')
    """

    origin: Origin
    _secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._secret) < SHORTEST_KEY:
            raise SettingsError(
                "the key is shorter than {shortest} characters",
                where="{variable}" if self.origin == "environment" else "area.key_file",
                hint="make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
                shortest=SHORTEST_KEY,
                variable=KEY_VARIABLE,
            )

    def __reduce__(self) -> tuple[object, ...]:
        # A key that can be pickled ends in a cache or a job queue some day.
        raise TypeError("a key is not stored")


def find_key(
    *, fictional: bool = False, key_file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Key:
    """The key for a run: of a fictional area the documented one, else from WORKFORCE_KEY, else from the key file, else a random one.

    With a random key people are linked within the run, across all of its files, and not with any other run.

    >>> find_key(environment={}).origin
    'random'
    """
    if fictional:
        return Key("fictional", _FICTIONAL)
    text = (os.environ if environment is None else environment).get(KEY_VARIABLE, "").strip()
    if text:
        return Key("environment", text.encode())
    if key_file is not None:
        return Key("file", _content(key_file))
    return Key("random", secrets.token_bytes(32))


def _content(key_file: Path) -> bytes:
    try:
        return bytes_of(key_file, most=LARGEST_SETTINGS).strip()
    except NotReadError:
        raise SettingsError(
            "the key file cannot be read",
            where="area.key_file",
            hint="check its path, or set {variable}",
            variable=KEY_VARIABLE,
        ) from None


def pseudonyms(ids: pl.Series, *, key: Key, scheme: str, kind: Kind) -> pl.Series:
    """Replace numbers by pseudonyms: HMAC-SHA256 under the key, of scheme, kind and number; null stays null.

    The same number of a person and of a case, or of two schemes, gives two unrelated pseudonyms.

    Parameters
    ----------
    ids : polars.Series
        Numbers as text.
    key : Key
        The secret of this area.
    scheme : str
        The organisation, or the scheme of numbers that several organisations share.
    kind : str
        What the numbers are of, such as "person".

    Returns
    -------
    polars.Series
        Pseudonyms, under the same name.

    Examples
    --------
    >>> key = find_key(fictional=True)
    >>> made = pseudonyms(pl.Series(["A1", "A1", None, "A2"]), key=key, scheme="payroll", kind="person")
    >>> made[0] == made[1], made[2], made[0] == made[3]
    (True, None, False)
    """
    distinct = ids.drop_nulls().unique(maintain_order=True)
    # A key of its own for every scheme and kind keeps them apart, whatever characters a number holds.
    scheme_key = hmac.digest(key._secret, f"{scheme}\x1f{kind}".encode(), "sha256")
    batches = [distinct.slice(first, _AT_A_TIME) for first in range(0, len(distinct), _AT_A_TIME)]
    hashed = [
        pl.Series(
            [hmac.digest(scheme_key, number.encode(), "sha256").hex()[:LENGTH] for number in batch], dtype=pl.String
        )
        for batch in batches
    ]
    hidden = pl.concat([pl.Series(ids.name, dtype=pl.String), *hashed])
    if len(distinct) == len(ids):
        return hidden
    return ids.replace_strict(distinct, hidden, default=None, return_dtype=pl.String)

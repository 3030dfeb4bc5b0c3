"""Pseudonyms: stable under one key, unrelated under another, and the key is never seen."""

import hashlib
import pickle

import polars as pl
import pytest

from builders import Key, find_key, pseudonyms
from workforce.errors import SettingsError

IDS = pl.Series(["100", "101", None, "100"])
ONE = Key("file", b"first key of the tests")
OTHER = Key("file", b"second key of the tests")


def made(ids=IDS, key=ONE, scheme="payroll", kind="person"):
    return pseudonyms(ids, key=key, scheme=scheme, kind=kind).to_list()


def test_one_person_has_one_pseudonym_and_nobody_stays_nobody():
    first, second, nobody, again = made()
    assert first == again
    assert first != second
    assert nobody is None
    assert {len(first), len(second)} == {16}


def test_another_key_scheme_or_kind_gives_unrelated_pseudonyms():
    assert not set(made()[:2]) & {*made(key=OTHER)[:2], *made(scheme="other")[:2], *made(kind="case")[:2]}


def test_scheme_and_number_do_not_run_together():
    assert made(pl.Series(["1100"]), scheme="payroll")[0] != made(pl.Series(["100"]), scheme="payroll1")[0]


def test_a_pseudonym_is_no_plain_hash_of_the_number():
    plain = hashlib.sha256(b"100")
    assert made()[0] not in plain.hexdigest()


def test_no_ids_make_no_pseudonyms():
    assert made(pl.Series([None, None], dtype=pl.String)) == [None, None]
    assert made(pl.Series([], dtype=pl.String)) == []


def test_the_key_is_never_shown_nor_stored():
    assert "first key" not in repr(ONE) + str(ONE) + f"{ONE}"
    with pytest.raises(TypeError, match="not stored"):
        pickle.dumps(ONE)


def test_the_environment_comes_before_the_key_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("a key of the key file\n", encoding="utf-8")
    environment = {"WORKFORCE_KEY": "a key of the environment"}
    assert find_key(key_file=file, environment=environment).origin == "environment"
    assert find_key(key_file=file, environment={}).origin == "file"
    assert find_key(environment={}).origin == "random"
    assert find_key(fictional=True, environment=environment).origin == "fictional"


def test_a_line_break_at_the_end_of_a_key_file_is_not_part_of_the_key(tmp_path):
    file = tmp_path / "key"
    file.write_text("a key of the key file\n", encoding="utf-8")
    assert made(key=find_key(key_file=file, environment={})) == made(
        key=find_key(environment={"WORKFORCE_KEY": "a key of the key file"})
    )


def test_random_keys_differ_from_run_to_run_and_the_fictional_one_does_not():
    assert made(key=find_key(environment={})) != made(key=find_key(environment={}))
    assert made(key=find_key(fictional=True)) == made(key=find_key(fictional=True))


def test_a_short_key_is_refused_without_being_shown(tmp_path):
    with pytest.raises(SettingsError, match="WORKFORCE_KEY: the key is shorter") as caught:
        find_key(environment={"WORKFORCE_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(SettingsError, match="cannot be read"):
        find_key(key_file=tmp_path / "none", environment={})

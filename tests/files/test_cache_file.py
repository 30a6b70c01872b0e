"""Cache files: whole and of this version, or missing."""

from __future__ import annotations

import pytest

from songbatch.files.cache_file import CacheFormat, decoded
from songbatch.incremental import compiled_record

FORMAT = CacheFormat("thing", 2)
SEALED = b"songbatch-thing 2\n8c736521\nfoo"
SEALED_AT_END = b"songbatch-thing 2\nfoo"


def test_the_checksum_follows_the_header() -> None:
    assert FORMAT.seal(b"foo") == SEALED
    assert FORMAT.unseal(SEALED) == b"foo"


def test_the_checksum_ends_the_file() -> None:
    data = FORMAT.seal_at_end([b"f", b"oo"])
    assert data.startswith(SEALED_AT_END)
    assert data == FORMAT.seal_at_end([b"foo"])
    assert FORMAT.is_whole(data)


@pytest.mark.parametrize("other", [CacheFormat("thing", 1), CacheFormat("think", 2)])
def test_another_version_or_name_is_missing(other: CacheFormat) -> None:
    assert other.unseal(SEALED) is None
    assert not other.is_whole(FORMAT.seal_at_end([b"foo"]))


def test_any_other_byte_is_missing() -> None:
    at_end = FORMAT.seal_at_end([b"foo"])
    for whole, is_read in (
        (SEALED, lambda data: FORMAT.unseal(data) is not None),
        (at_end, FORMAT.is_whole),
    ):
        assert is_read(whole)
        for position in range(len(whole)):
            for changed in (
                whole[:position],
                whole[:position] + b"x" + whole[position:],
                whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :],
            ):
                assert not is_read(changed), changed


def test_contents_that_make_no_sense_are_missing() -> None:
    assert decoded(None, int, bool) is None
    assert decoded(b"x", int, bool) is None
    assert decoded(b"0", int, bool) is None
    assert decoded(b"7", int, bool) == 7


@pytest.mark.parametrize("odd", [b"", b"[]\n", b"{}\n", b"x\n", b'{"about": "a"}\n', b"[" * 10**5])
def test_a_stranger_can_write_no_compiled_spec_that_stops_a_command(odd: bytes) -> None:
    """A checksum can be right, whatever it is of."""
    assert compiled_record.parse(compiled_record.FORMAT.seal_at_end([odd])) is None

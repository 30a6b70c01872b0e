"""Letters that were lost or read in the wrong encoding, and those that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics.garbled import garbled

# ruff: noqa: RUF001  (the words are about letters that look alike)

WORDS = (
    "café", "don’t", "über", "Björn", "Ésta", "¿Qué", "naïve", "São", "não", "façade", "Straße",
    "Ærø", "Ünal", "ñandú", "Привет", "“Hallo”", "l’été", "où", "MÜNCHEN",
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("word", WORDS)
def test_words_of_utf_8_that_were_read_otherwise_are_found(word: str, encoding: str) -> None:
    if encoding == "latin-1" and not set(word).isdisjoint("’“”"):
        return  # what comes out has control characters, which are told as such
    read = "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in word.encode())
    assert garbled(f"oh my {read} oh") == read


def test_a_letter_that_was_lost_is_found() -> None:
    assert garbled("dear Bj\ufffdrn, hello") == "Bj\ufffdrn,"


@given(st.lists(st.sampled_from([
    *WORDS, "«MANHû", "MANHÃ… NÃO", "ÂMBAR", "Âmbar", "“Â”", "É…”", "Þórr", "Ðað", "—", "à", "«Ã»",
    "MÃE", "…", "Ñandú", "IRMû,",
])))  # fmt: skip
def test_words_as_they_are_written_are_not(words: list[str]) -> None:
    assert garbled(" ".join(words)) == ""

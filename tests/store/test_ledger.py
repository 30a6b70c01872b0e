"""The ledger: whole lines only, a torn last line dropped, damage anywhere else refused."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from songbatch.diagnostics import BrokenState
from songbatch.files.tree import Tree
from songbatch.model import Purpose, Uploaded
from songbatch.records import Receipt
from songbatch.store import ledger_records as records
from songbatch.store.ledger import HEADER, Ledger
from songbatch.store.ledger_records import (
    AnsweredRecord,
    AskedRecord,
    FailedRecord,
    LedgerRecord,
    UnknownRecord,
)

KEY = "ab" * 32


def now() -> str:
    return "2026-01-02T03:04:05Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.jsonl"


def write(path: Path, *said: LedgerRecord) -> Ledger:
    ledger = Ledger(Tree(path.parents[1], "state"), now)
    for record in said:
        ledger.append(record)
    ledger.close()
    return ledger


ASKED = AskedRecord(key=KEY, attempt=1, id="demo/a/1", engine="music-01")
ANSWERED = AnsweredRecord(
    key=KEY, attempt=1, audio_sha256="cd" * 32, bytes=7, seconds=1.5, trace_id="t", cost_usd=0.03
)
UPLOADED = records.UploadedRecord(
    account="a", sha256="ef" * 32, purpose=Purpose.SONG, voice_id="v", instrumental_id="i"
)


def test_what_was_appended_is_read_back(path: Path) -> None:
    write(path, ASKED, ANSWERED, UPLOADED)
    state = Ledger(Tree(path.parents[1], "state"), now).state
    assert state.receipts == {KEY: Receipt(KEY, "cd" * 32, 7, 1.5, now(), "t", 0.03, attempts=1)}
    assert state.uploads == {("a", "ef" * 32, Purpose.SONG, ""): Uploaded("v", "i")}
    assert (state.attempts[KEY], state.unknown_outcomes(KEY)) == (1, 0)


def test_reading_makes_no_file(path: Path) -> None:
    assert Ledger(Tree(path.parents[1], "state"), now).state.receipts == {}
    assert not path.parent.exists()


def test_an_attempt_without_an_outcome_is_unknown(path: Path) -> None:
    write(path, ASKED)
    assert Ledger(Tree(path.parents[1], "state"), now).state.unknown_outcomes(KEY) == 1
    write(path, FailedRecord(key=KEY, attempt=1, message="refused"))
    assert Ledger(Tree(path.parents[1], "state"), now).state.unknown_outcomes(KEY) == 0
    write(path, replace(ASKED, attempt=2))
    write(path, UnknownRecord(key=KEY, attempt=2, message="lost"))
    state = Ledger(Tree(path.parents[1], "state"), now).state
    assert (state.attempts[KEY], state.unknown_outcomes(KEY)) == (2, 1)


def test_every_torn_last_line_is_dropped_and_the_next_record_is_whole(path: Path) -> None:
    write(path, ASKED, UPLOADED)
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole)):
        path.write_bytes(whole[:cut])
        assert Ledger(Tree(path.parents[1], "state"), now).state.uploads == {}
        write(path, ANSWERED)
        state = Ledger(Tree(path.parents[1], "state"), now).state
        assert (list(state.receipts), state.uploads) == ([KEY], {})


def test_damage_in_the_middle_is_an_error_that_names_the_line(path: Path) -> None:
    write(path, ASKED, ANSWERED, UPLOADED)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"bytes":7', b'"bytes":8')
    path.write_bytes(b"".join(lines))
    with pytest.raises(BrokenState, match=r"ledger\.jsonl:3: the ledger is damaged here"):
        Ledger(Tree(path.parents[1], "state"), now)


@pytest.mark.parametrize(
    "text", ['{"event":"bought"}', '{"event":"asked","key":1}', '{"at":"2026"}', "[]", "7", "no"]
)
def test_a_record_of_another_form_is_damage(path: Path, text: str) -> None:
    write(path, ASKED)
    line = f"{zlib.crc32(text.encode()):08x} {text}\n"
    path.write_bytes(path.read_bytes() + line.encode())
    with pytest.raises(BrokenState, match=r"ledger\.jsonl:3: the ledger is damaged here"):
        Ledger(Tree(path.parents[1], "state"), now)


@pytest.mark.parametrize("text", [b"songbatch-ledger 2\n", b"{}\n", b"hello\nworld\n"])
def test_another_format_is_refused(path: Path, text: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(BrokenState):
        Ledger(Tree(path.parents[1], "state"), now)


def test_lines_that_windows_ended_are_read_and_continued(path: Path) -> None:
    write(path, ASKED, UPLOADED)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    last = path.read_bytes().rstrip(b"\r\n").rfind(b"\n") + 1
    write(path, ANSWERED)
    whole = path.read_bytes()
    state = Ledger(Tree(path.parents[1], "state"), now).state
    assert (list(state.receipts), len(state.uploads), state.open_attempts) == ([KEY], 1, {})
    for cut in range(last, whole.rfind(b"\r\n") + 2):
        path.write_bytes(whole[:cut])
        assert Ledger(Tree(path.parents[1], "state"), now).state.uploads == {}
        write(path, ANSWERED)
        assert list(Ledger(Tree(path.parents[1], "state"), now).state.receipts) == [KEY]


@pytest.mark.parametrize("cut", range(len(HEADER) + 1))
def test_a_torn_header_of_windows_is_an_empty_ledger(path: Path, cut: int) -> None:
    path.parent.mkdir()
    path.write_bytes(HEADER.replace(b"\n", b"\r\n")[:cut])
    write(path, ASKED)
    assert Ledger(Tree(path.parents[1], "state"), now).state.attempts == {KEY: 1}


@pytest.mark.parametrize("cut", range(len(HEADER)))
def test_a_torn_header_is_an_empty_ledger(path: Path, cut: int) -> None:
    path.parent.mkdir()
    path.write_bytes(HEADER[:cut])
    write(path, ASKED)
    assert Ledger(Tree(path.parents[1], "state"), now).state.attempts == {KEY: 1}


def test_a_line_is_its_checksum_and_its_json(path: Path) -> None:
    write(path, ASKED)
    header, line = path.read_bytes().splitlines(keepends=True)
    assert header == HEADER
    crc, text = line.split(b" ", 1)
    assert len(crc) == 8
    assert json.loads(text) == {
        "event": "asked",
        "at": now(),
        "key": KEY,
        "attempt": 1,
        "id": "demo/a/1",
        "engine": "music-01",
    }

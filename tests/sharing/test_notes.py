"""Names and notes: whatever is written is read again, and nothing else is."""

from __future__ import annotations

import contextlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from songbatch.model import Purpose, Uploaded
from songbatch.records import ServiceFacts
from songbatch.sharing import names
from songbatch.sharing.names import NoteKind, NumberedName, SongName
from songbatch.sharing.notes import (
    Answered,
    BeatNote,
    ClaimNote,
    EndNote,
    IdsNote,
    JobNote,
    LandedNote,
    decode,
    numbered_lines,
    with_lyrics,
)
from songbatch.sharing.seals import Sealed, seal, unseal
from songbatch.sharing.shared_store import who
from songbatch.sharing.trouble import Withheld
from tests.sharing.answers import answered

KINDS = (Answered, BeatNote, ClaimNote, EndNote, IdsNote, JobNote, LandedNote, Sealed)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(digests, st.integers(1, names.MOST_CLAIMS), st.sampled_from(NoteKind))
def test_names_are_read_as_they_are_written(key: str, number: int, kind: NoteKind) -> None:
    path = names.numbered(names.song(key), number, kind)
    assert names.parse_song(path) == SongName(key, NumberedName(number, kind))
    assert names.parse_song(names.answer(key)) == SongName(key, None)
    assert names.parse_blob(names.blob(key)) == key
    assert names.parse_project(names.project(path)) is not None


@given(st.text(max_size=80))
def test_any_other_name_is_nobodys(text: str) -> None:
    for path in (text, f"songs/ab/{text}", f"blobs/ab/{text}", f"beats/{text}", f"probe/{text}"):
        assert names.parse_song(path) is None
        assert names.parse_blob(path) is None
        assert names.parse_project(path) is None
    assert names.parse_song(f"songs/ab/{'ab' * 32}/{text}") in {
        SongName("ab" * 32, note)
        for note in (None, names.parse_note(text))
        if note is not None or text == "answer"
    } | ({None} if text != "answer" else set())


@given(st.text(), st.text(), digests, st.sampled_from(Purpose))
def test_uploads_lie_where_nothing_leads_elsewhere(
    account: str, form: str, reference: str, purpose: Purpose
) -> None:
    path = names.upload((account, reference, purpose, form))
    assert set(path) <= set("abcdefghijklmnopqrstuvwxyz0123456789-/")
    assert path.count("/") == 2


@given(st.text())
def test_every_run_has_a_name(said: str) -> None:
    name = who({"SONGBATCH_WHO": said.replace("\0", "")})
    assert names.parse_beat(names.beat(name)) == name
    assert decode(
        msgspec.json.encode(ClaimNote(name, "", "", "2026-01-01T00:00:00Z", 1)), ClaimNote
    )


@given(st.binary() | JSON.map(msgspec.json.encode))
def test_anything_is_a_note_or_withheld(data: bytes) -> None:
    for kind in KINDS:
        with contextlib.suppress(Withheld):
            assert isinstance(decode(data, kind), kind)


@given(st.sampled_from(Answered.__struct_fields__), JSON)
def test_any_value_of_a_field_is_an_answer_or_withheld(field: str, value: object) -> None:
    fields = msgspec.json.decode(msgspec.json.encode(answered()))
    with contextlib.suppress(Withheld):
        found = decode(msgspec.json.encode(fields | {field: value}), Answered)
        assert found.receipt("a\nb").audio_sha256 == found.audio_sha256
        assert len(found.at) <= 40


@given(st.text(), st.text(), st.binary(min_size=1), st.text(max_size=50))
def test_a_seal_holds_for_one_account_place_and_secret(
    account: str, path: str, secret: bytes, voice: str
) -> None:
    account, path = (text.encode(errors="replace").decode() for text in (account, path))
    note = IdsNote.of(Uploaded(voice, None))
    data = seal(note, account, path, secret)
    assert decode(unseal(data, account, path, secret), IdsNote) == note
    for wrong in ((account + "x", path, secret), (account, path + "x", secret)):
        try:
            unseal(data, *wrong)
        except Withheld:
            continue
        raise AssertionError(wrong)


@given(st.lists(st.sampled_from(["a", "b", "", "chorus"]), max_size=12))
def test_lines_sung_in_order_get_their_texts_again(lines: list[str]) -> None:
    sung = tuple((float(n), line) for n, line in enumerate(lines) if line)
    lyrics = "\n".join(lines)
    numbered = numbered_lines(ServiceFacts(line_times=sung), lyrics)
    assert with_lyrics(ServiceFacts(), numbered, lyrics).line_times == sung

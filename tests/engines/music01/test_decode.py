"""The decoder: any pieces give the same, what is no song is none, memory and time are bounded."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import json
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.engines.music01 import unpacking
from songbatch.engines.music01.decode import AnswerDecoder, DecodedSong
from songbatch.engines.music01.envelope import Envelope
from songbatch.engines.music01.unpacking import Malformed, as_utf8, decompressed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AUDIO = bytes(range(256)) * 3
"""Short enough to be left in the envelope."""

LONG = bytes(range(256)) * 50


def answer(audio: str = AUDIO.hex(), **more: Any) -> bytes:
    return json.dumps({"data": {"audio": audio, "status": 2}, "base_resp": {}} | more).encode()


def decoded(pieces: Iterable[bytes]) -> tuple[bytes, DecodedSong, Envelope]:
    sink = io.BytesIO()
    with contextlib.closing(AnswerDecoder(sink)) as decoder:
        for piece in pieces:
            decoder.feed(piece)
        song = decoder.finish()
    assert song.bytes == len(sink.getvalue()) or not song.is_whole
    return sink.getvalue(), song, decoder.envelope


def in_pieces(whole: bytes, cuts: list[int]) -> Iterator[bytes]:
    edges = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    return (whole[start:end] for start, end in itertools.pairwise(edges))


@pytest.mark.parametrize("expected", [AUDIO, LONG], ids=["short", "long"])
@given(cuts=st.lists(st.integers(0, 30_000), max_size=20))
def test_pieces_of_any_size_give_the_same(expected: bytes, cuts: list[int]) -> None:
    whole = answer(
        expected.hex(), trace_id='a "audio": "00" inside', extra_info={"audio": "x", "n": 1}
    )
    audio, song, envelope = decoded(in_pieces(whole, cuts))
    assert audio == expected
    assert song.is_whole
    assert envelope.fields["trace_id"] == 'a "audio": "00" inside'
    assert envelope.complete
    assert not list(envelope.oddities())


@pytest.mark.parametrize("expected", [AUDIO, LONG], ids=["short", "long"])
def test_byte_by_byte_with_spaces_and_capitals(expected: bytes) -> None:
    digits = expected.hex().upper()
    spaced = "\\n ".join(digits[at : at + 101] for at in range(0, len(digits), 101))
    whole = f'{{ "data" : {{ "status":2, "audio" \n:\t " {spaced}\\u0020" }} }}'.encode()
    audio, song, _ = decoded(whole[i : i + 1] for i in range(len(whole)))
    assert audio == expected
    assert song.is_whole


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_read_to_their_end(data: bytes, cuts: list[int]) -> None:
    _, song, envelope = decoded(in_pieces(data, cuts))
    assert isinstance(envelope.fields, dict)
    assert song.is_whole or song.error


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(
    st.dictionaries(st.text(max_size=6).filter("audio".__ne__), JSON, max_size=5),
    st.lists(st.integers(0, 400), max_size=6),
    st.booleans(),
)
def test_what_is_not_strict_is_read_as_what_is(
    fields: dict[str, Any], cuts: list[int], has_ascii: bool
) -> None:
    whole = json.dumps(fields, ensure_ascii=has_ascii).encode("utf-8", "surrogatepass")
    _, _, strict = decoded(in_pieces(whole, cuts))
    _, _, lenient = decoded(in_pieces(whole + b"}", cuts))
    assert strict.complete
    assert lenient.complete
    assert shallow(lenient.fields) == shallow(strict.fields)
    assert list(lenient.oddities()) == ["something follows the answer"]


def shallow(value: Any, depth: int = 7) -> Any:
    """Return what of a value is kept of a document that is not strict."""
    if isinstance(value, dict):
        return {key: shallow(each, depth - 1) for key, each in value.items()} if depth else {}
    if isinstance(value, list):
        return [shallow(each, depth - 1) for each in value] if depth else []
    return value


@given(JSON, st.integers(0, 400))
def test_the_start_of_an_answer_says_what_it_says(extra: Any, cut: int) -> None:
    whole = json.dumps({
        "base_resp": {"status_code": 1008, "status_msg": "no credits"}, "extra": extra,
    }).encode()  # fmt: skip
    kept = whole[: max(cut, 65)]
    assert decoded([kept])[2].fields["base_resp"]["status_code"] == 1008


@pytest.mark.parametrize(
    ("audio", "problem"),
    [
        ("abc", "odd number"),
        ("", "empty"),
        ("https://cdn.test/song.mp3", "not hexadecimal"),
        ("ab\\u0000", "not hexadecimal"),
        ("\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}", "not hexadecimal"),
        ("00" * 3000 + "0", "odd number"),
        ("00" * 3000 + "zz", "not hexadecimal"),
        ("00" * 3000 + "\\u00", "not hexadecimal"),
        ("00" * 3000 + "\\", "not hexadecimal"),
        ("zz" * 3000, "not hexadecimal"),
        ("https://cdn.test/song.mp3?" + "x" * 5000, "not hexadecimal"),
    ],
)
def test_audio_that_is_not_hexadecimal(audio: str, problem: str) -> None:
    _, song, _ = decoded([answer(audio)])
    assert problem in song.error


@pytest.mark.parametrize("name", ["x", "preview"])
def test_short_audio_elsewhere_is_not_the_song(name: str) -> None:
    document = json.dumps({name: {"audio": "00ff"}, "data": {}}).encode()
    assert decoded([document])[1].error == "it has no audio"


@pytest.mark.parametrize("size", [100, 5000])
@given(cut=st.integers(0, 10_000), more=st.lists(st.integers(0, 10_000), max_size=3))
def test_digits_that_are_cut_are_no_song(size: int, cut: int, more: list[int]) -> None:
    whole = b'{"data": {"audio": "' + b"5a" * size
    audio, song, _ = decoded(in_pieces(whole[: len(whole) - cut % (2 * size)], more))
    assert not song.is_whole
    assert "cut off" in song.error
    assert len(audio) <= size


@pytest.mark.parametrize("first", ["data", "preview"])
def test_the_song_is_the_one_at_data(first: str) -> None:
    parts = {"data": {"audio": LONG.hex()}, "preview": {"audio": "00" * 4000}}
    ordered = {first: parts[first], **parts}
    audio, song, _ = decoded([json.dumps(ordered).encode()])
    assert audio == LONG
    assert any("more audio" in words for words in song.oddities)


UNITS = (
    b"[", b'{"a":', b'{"data":[', b'"', b'\\"', b"\\", b'"a":1,', b'"audio":', b'"audio":"',
    b'"audio":"00",', b'"audio":"' + b"z" * 3000 + b'",', b" ", b"x", b"}", b"\xef\xbb\xbf",
)  # fmt: skip


def fed(unit: bytes, megabytes: float, size: int) -> None:
    """Read an envelope that repeats itself without end, in pieces of `size`."""
    count = int(megabytes * 2**20) // len(unit)
    with contextlib.closing(AnswerDecoder(Counter())) as decoder:
        with contextlib.suppress(Malformed):
            decoder.feed(b'{"x": 1, ')
            for _ in range(count * len(unit) // size):
                decoder.feed((unit * (size // len(unit) + 1))[:size])
        decoder.finish()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit[:12].decode("utf-8", "replace"))
@pytest.mark.parametrize(("size", "megabytes"), [(1, 0.05), (65_535, 9.0)])
def test_an_envelope_without_end_is_left_in_time(unit: bytes, size: int, megabytes: float) -> None:
    start = time.process_time()
    fed(unit, megabytes, size)
    assert time.process_time() - start < 15  # two seconds, on a machine that is not busy


@pytest.mark.parametrize("unit", [b"x", b'"abcdefghijklmnopqrst":"abcdefghijklmnopqrst",'])
def test_an_envelope_without_end_is_not_held(unit: bytes) -> None:
    tracemalloc.start()
    try:
        fed(unit, 3.0, 65_535)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_an_endless_envelope_is_refused() -> None:
    with pytest.raises(Malformed, match="around the audio"):
        decoded(itertools.repeat(b" " * 100_000))


def plainly(document: bytes) -> bytes | None:
    """Decode an answer the simple way: whole JSON, then its digits; None where it is no answer."""
    try:
        return bytes.fromhex(json.loads(document)["data"]["audio"])
    except (ValueError, LookupError, TypeError):
        return None


@settings(max_examples=300)
@given(st.data(), st.sampled_from([AUDIO[:100], LONG]))
def test_damaged_answers_give_the_song_or_none(draw: st.DataObject, expected: bytes) -> None:
    document = bytearray(answer(expected.hex(), trace_id="t", extra_info={"a": [1.5, None]}))
    start = document.index(b'"audio"')
    end = document.index(b'"', start + 12) + 1
    for _ in range(draw.draw(st.integers(0, 3))):
        # Around the audio: what happens within it can be another song.
        places = st.integers(0, start - 1) | st.integers(end, len(document) - 1)
        document[draw.draw(places)] = draw.draw(st.integers(0, 255))
    whole = bytes(document[: draw.draw(st.integers(0, len(document)) | st.just(len(document)))])
    size = draw.draw(st.integers(1, 4000))
    audio, song, _ = decoded(whole[at : at + size] for at in range(0, len(whole), size))
    if plainly(whole) is not None:
        assert song.is_whole
    if song.is_whole:
        assert audio == expected
    if len(whole) < end - 1:
        assert not song.is_whole
    elif len(expected) > 5000:
        assert song.is_whole or b"\\" in document[start - 1 : start]


class Counter:
    """A sink that keeps nothing."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes, /) -> None:
        self.bytes += len(data)


def large_answer(megabytes: int) -> Iterator[bytes]:
    yield b'{"data": {"audio": "'
    for _ in range(megabytes * 8):
        yield b"5a" * 2**17
    yield b'", "status": 2}, "base_resp": {"status_code": 0, "status_msg": ""}}'


def test_a_song_is_never_held() -> None:
    sink = Counter()
    tracemalloc.start()
    try:
        decoder = AnswerDecoder(sink)
        for piece in large_answer(20):
            decoder.feed(piece)
        decoder.finish()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sink.bytes == 20 * 2**20
    assert peak < 4 * 2**20


def read(packed: list[bytes], encoding: str) -> tuple[bytes, list[str]]:
    remarks: list[str] = []
    return b"".join(
        as_utf8(decompressed(packed, encoding, remarks.append), remarks.append)
    ), remarks


def test_gzip_is_undone_in_bounded_pieces() -> None:
    packed = gzip.compress(b"".join(large_answer(4)))
    assert len(packed) < 100_000
    pieces = list(decompressed([packed[:1000], packed[1000:]], "GZIP", print))
    assert b"".join(pieces) == b"".join(large_answer(4))
    assert max(map(len, pieces)) <= unpacking.PIECE_BYTES


WHOLE = json.dumps({"text": "äöü" * 300}).encode()


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "gzip, gzip"])
@given(st.lists(st.integers(0, 200), max_size=20), st.integers(1, 400))
def test_packing_is_known_by_its_bytes(encoding: str, cuts: list[int], cut: int) -> None:
    packed = gzip.compress(WHOLE, mtime=0)
    for sent in (packed, packed[:-8], packed + b"junk", packed[:20] + packed[20:], WHOLE):
        assert read(list(in_pieces(sent, cuts)), encoding)[0] == WHOLE
    members = gzip.compress(WHOLE[:cut], mtime=0) + gzip.compress(WHOLE[cut:], mtime=0)
    assert read(list(in_pieces(members, cuts)), encoding)[0] == WHOLE
    assert WHOLE.startswith(read([packed[: max(2, len(packed) - cut)]], encoding)[0])


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
@given(st.lists(st.integers(0, 4000), max_size=20))
def test_text_is_known_by_its_bytes(encoding: str, cuts: list[int]) -> None:
    sent = list(in_pieces('{"a": "ä𝄞"}'.encode(encoding), cuts))
    assert decoded(as_utf8(sent, print))[2].fields == {"a": "ä𝄞"}


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [(b"not gzip at all", "gzip"), (b"\x0b\x02\x80{}", "br"), (b"\x1f\x8bnonsense", "gzip")],
)
def test_damaged_or_unknown_packing_is_refused(packed: bytes, encoding: str) -> None:
    with pytest.raises(Malformed):
        read([packed], encoding)


def test_members_without_end_are_left() -> None:
    assert read([gzip.compress(b"", mtime=0) * 50_000], "gzip")[0] == b""

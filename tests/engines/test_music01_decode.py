"""The decoder: any pieces give the same, what is no answer is refused, memory is bounded."""

from __future__ import annotations

import binascii
import contextlib
import gzip
import io
import itertools
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.music01 import decode
from pipeline.engines.music01.decode import AnswerDecoder, Malformed, has_audio, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AUDIO = bytes(range(256)) * 3


def answer(audio: str = AUDIO.hex(), **more: Any) -> bytes:
    return json.dumps({"data": {"audio": audio, "status": 2}, "base_resp": {}} | more).encode()


def decoded(pieces: Iterable[bytes]) -> tuple[bytes, dict[str, Any], AnswerDecoder]:
    sink = io.BytesIO()
    decoder = AnswerDecoder(sink)
    for piece in pieces:
        decoder.feed(piece)
    return sink.getvalue(), decoder.finish(), decoder


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_pieces_of_any_size_give_the_same(cuts: list[int]) -> None:
    whole = answer(trace_id='a "audio": "00" inside', extra_info={"audio_size": 1})
    edges = [0, *sorted(cuts), len(whole)]
    audio, envelope, decoder = decoded(whole[start:end] for start, end in itertools.pairwise(edges))
    assert audio == AUDIO
    assert envelope["trace_id"] == 'a "audio": "00" inside'
    assert has_audio(envelope)
    assert not decoder.problem


def test_byte_by_byte_with_spaces_and_capitals() -> None:
    whole = b'{ "data" : { "status":2, "audio" \n:\t "' + AUDIO.hex().upper().encode() + b'" } }'
    audio, envelope, _ = decoded(whole[i : i + 1] for i in range(len(whole)))
    assert audio == AUDIO
    assert has_audio(envelope)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_answer_are_refused_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(decoded([data])[1], dict)


@pytest.mark.parametrize(
    ("audio", "problem"),
    [
        ("abc", "odd number"),
        ("ab cd", "not hexadecimal"),
        (" abcd", "not hexadecimal"),
        ("https://cdn.test/song.mp3", "not hexadecimal"),
        ("ab\\u0000", "not hexadecimal"),
        ("ab\ncd", "not hexadecimal"),
    ],
)
def test_audio_that_is_not_strictly_hexadecimal(audio: str, problem: str) -> None:
    _, envelope, decoder = decoded([answer(audio)])
    assert problem in decoder.problem
    assert has_audio(envelope)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"{" * 100_000,
        b'{"a":' + b"[" * 100_000,
        b"\xff\xfe{}",
        answer()[:-1],
        answer()[:60],
        answer() + b"}",
        b'{"n": ' + b"9" * 10_000 + b"}",
    ],
)
def test_documents_that_are_not_strict_json(document: bytes) -> None:
    with pytest.raises(Malformed):
        decoded([document])


@pytest.mark.parametrize(
    "document",
    [b'{"audio": "abcd"}', b'{"data": {"audio": null}}', b'{"x": {"audio": "00"}, "data": {}}'],
)
def test_audio_elsewhere_is_not_the_song(document: bytes) -> None:
    assert not has_audio(decoded([document])[1])


def test_an_endless_envelope_is_refused() -> None:
    with pytest.raises(Malformed, match="around the audio"):
        decoded(itertools.repeat(b" " * 100_000))


def plainly(document: bytes) -> tuple[bytes, dict[str, Any]] | None:
    """Decode an answer the simple way: whole JSON, then its digits; None where it is no answer."""
    try:
        answer = json.loads(document)
        return binascii.unhexlify(answer["data"]["audio"]), answer
    except (ValueError, LookupError, TypeError):
        return None


@given(st.data())
def test_damaged_answers_are_read_as_the_simple_way_reads_them(draw: st.DataObject) -> None:
    document = bytearray(answer(AUDIO.hex()[:200], trace_id="t", extra_info={"a": [1.5, None]}))
    for _ in range(draw.draw(st.integers(0, 3))):
        document[draw.draw(st.integers(0, len(document) - 1))] = draw.draw(st.integers(0, 255))
    whole = bytes(document[: draw.draw(st.integers(0, len(document)) | st.just(len(document)))])
    size = draw.draw(st.integers(1, 40))
    try:
        audio, envelope, decoder = decoded(
            whole[start : start + size] for start in range(0, len(whole), size)
        )
    except Malformed:
        audio, envelope, decoder = b"", {}, None
    expected = plainly(whole)
    if decoder is None or decoder.problem or not has_audio(envelope):
        assert expected is None or whole.count(b"audio") != 1
    else:
        assert expected is not None
        assert audio == expected[0]
        assert envelope.get("trace_id") == expected[1].get("trace_id")


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


def test_gzip_is_undone_in_bounded_pieces() -> None:
    packed = gzip.compress(b"".join(large_answer(4)))
    assert len(packed) < 100_000
    pieces = list(unpacked([packed[:1000], packed[1000:]], "GZIP"))
    assert b"".join(pieces) == b"".join(large_answer(4))
    assert max(map(len, pieces)) <= decode.PIECE_BYTES


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip"),
        (b"not gzip at all", "gzip"),
        (b"", "gzip"),
        (b"{}", "br"),
        (b"{}", "gzip, gzip"),
    ],
)
def test_damaged_or_unknown_packing_is_refused(packed: bytes, encoding: str) -> None:
    with pytest.raises(Malformed):
        list(unpacked([packed], encoding))

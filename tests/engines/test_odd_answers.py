"""A whole song is used, whatever is odd about the answer around it, and the oddity is reported."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest

from songbatch.engines.base import Answer, EngineError, Verdict
from songbatch.engines.music01.engine import Music01Engine
from songbatch.engines.music01.settings import Settings
from songbatch.model import AudioFormat, Purpose
from tests.contract.faults import Fault
from tests.contract.server import ContractServer
from tests.engines import oddities
from tests.engines.sample_requests import generation, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engines.oddities import Body, Pieces, Right

    Frame = Callable[[bytes, str], Pieces]


@pytest.fixture(scope="module")
def server() -> Iterator[ContractServer]:
    with ContractServer() as server:
        yield server


@pytest.fixture(scope="module")
def engine(server: ContractServer) -> Iterator[Music01Engine]:
    with contextlib.closing(Music01Engine(Settings(server.url, server.key))) as engine:
        yield engine


@pytest.fixture(scope="module")
def voice(engine: Music01Engine) -> str:
    uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.VOICE, "upload")
    assert uploaded.voice_id is not None
    return uploaded.voice_id


class Asked:
    """One request for a song, answered oddly."""

    def __init__(self, server: ContractServer, engine: Music01Engine, voice: str) -> None:
        self.server, self.engine, self.voice = server, engine, voice
        self.sent = b""
        self.sink = io.BytesIO()

    def with_(self, frame: Frame, body: Body, packing: str = "plain") -> Answer:
        pack, encoding = oddities.PACKINGS[packing]

        def wire(right: Right) -> Pieces:
            self.sent = bytes.fromhex(right["data"]["audio"])
            return frame(pack(body(right)), encoding)

        self.server.script("generate", [Fault.wired("odd", wire)])
        return self.engine.generate(generation(self.voice), self.sink)

    def failing(self, frame: Frame, body: Body, packing: str = "plain") -> EngineError:
        with pytest.raises(EngineError) as caught:
            self.with_(frame, body, packing)
        return caught.value

    def assert_used(self, answer: Answer) -> None:
        assert self.sink.getvalue() == self.sent
        assert all(remark.isprintable() for remark in answer.remarks)
        assert self.server.key not in str(answer)


@pytest.fixture
def asked(server: ContractServer, engine: Music01Engine, voice: str) -> Asked:
    return Asked(server, engine, voice)


NOT_ODD = {
    "plain", "fields in another order", "no space at all", "indented", "line ends before",
    "capitals", "audio with a capital", "AUDIO", "0x", "0X behind space",
    "short audio before", "URL before", "URL behind", "null before", "digits before",
    "words that look like the audio", "no status", "status is a text", "lone surrogate",
    "lone surrogate as trace",
}  # fmt: skip
"""What JSON and the contract permit."""


@pytest.mark.parametrize("frame", oddities.FRAMES)
@pytest.mark.parametrize("packing", ["plain", "gzip"])
@pytest.mark.parametrize("body", oddities.ODD_BODIES)
def test_odd_bodies(asked: Asked, body: str, packing: str, frame: str) -> None:
    answer = asked.with_(oddities.FRAMES[frame], oddities.ODD_BODIES[body], packing)
    asked.assert_used(answer)
    if body not in NOT_ODD:
        assert answer.remarks


@pytest.mark.parametrize("frame", ["length", "chunked"])
@pytest.mark.parametrize("packing", oddities.PACKINGS)
@pytest.mark.parametrize("body", ["plain", "byte order mark", "UTF-16", "last brackets missing"])
def test_odd_packings(asked: Asked, body: str, packing: str, frame: str) -> None:
    asked.assert_used(asked.with_(oddities.FRAMES[frame], oddities.ODD_BODIES[body], packing))


@pytest.mark.parametrize("frame", oddities.ODD_FRAMES)
@pytest.mark.parametrize("packing", ["plain", "gzip not announced"])
@pytest.mark.parametrize("body", ["plain", "byte order mark", "rubbish behind"])
def test_odd_frames(asked: Asked, body: str, packing: str, frame: str) -> None:
    asked.assert_used(asked.with_(oddities.ODD_FRAMES[frame], oddities.ODD_BODIES[body], packing))


def test_an_ordinary_answer_has_no_remarks(asked: Asked) -> None:
    assert asked.with_(oddities.FRAMES["length"], oddities.plain).remarks == ()


@pytest.mark.parametrize("body", oddities.SAYS_FAILED)
@pytest.mark.parametrize("frame", ["length", "chunked"])
def test_what_says_that_it_failed_is_no_success(asked: Asked, body: str, frame: str) -> None:
    error = asked.failing(oddities.FRAMES[frame], oddities.SAYS_FAILED[body])
    assert error.verdict is Verdict.UNKNOWN
    assert error.has_song
    assert asked.sink.getvalue() == asked.sent


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503, 504, 524, 600, 999])
def test_a_song_in_a_refusal_is_no_free_failure(asked: Asked, status: int) -> None:
    def frame(body: bytes, encoding: str) -> Pieces:
        line = f"Content-Length: {len(body)}"
        yield oddities.head(encoding, line, status=f"{status} Odd") + body

    error = asked.failing(frame, oddities.plain)
    assert error.verdict is Verdict.UNKNOWN
    assert error.has_song
    assert asked.sink.getvalue() == asked.sent


@pytest.mark.parametrize("packing", ["plain", "gzip"])
@pytest.mark.parametrize("frame", [*oddities.FRAMES, "no last chunk", "length too large"])
@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_song_that_is_cut_is_none(asked: Asked, share: float, frame: str, packing: str) -> None:
    def cut(right: Right) -> bytes:
        whole = oddities.plain({"data": {"status": 2, "audio": right["data"]["audio"]}})
        return whole[: int(len(whole) * share)]

    frames = {**oddities.FRAMES, **oddities.ODD_FRAMES}
    error = asked.failing(frames[frame], cut, packing)
    assert error.verdict is Verdict.UNKNOWN
    assert not error.has_song


@pytest.mark.parametrize("too_much", [-3, -2, -1, 1, 2, 3])
def test_chunks_out_of_step_make_no_other_song(asked: Asked, too_much: int) -> None:
    """The sizes between them are hexadecimal, too, and must not get into the audio."""

    def frame(body: bytes, _: str) -> Pieces:
        yield oddities.head("", "Transfer-Encoding: chunked")
        for at in range(0, len(body), 1000):
            piece = body[at : at + 1000]
            yield b"%x\r\n%b\r\n" % (len(piece) + too_much, piece)
        yield b"0\r\n\r\n"

    with contextlib.suppress(EngineError):
        asked.assert_used(asked.with_(frame, oddities.plain))


def test_a_song_whose_packing_is_damaged_behind_it(asked: Asked) -> None:
    def frame(body: bytes, _: str) -> Pieces:
        yield oddities.head("gzip") + oddities.damaged(body)

    answer = asked.with_(frame, oddities.plain)
    asked.assert_used(answer)
    assert answer.remarks


@pytest.mark.parametrize("stop", ["behind the answer", "behind the audio"])
def test_a_silence_behind_the_audio(server: ContractServer, voice: str, stop: str) -> None:
    settings = Settings(server.url, server.key, read_timeout=0.3)
    body = oddities.ODD_BODIES["nothing behind the audio" if stop.endswith("audio") else "plain"]

    def frame(whole: bytes, _: str) -> Pieces:
        yield oddities.head("", f"Content-Length: {len(whole) + 100}") + whole
        yield None

    with contextlib.closing(Music01Engine(settings)) as engine:
        asked = Asked(server, engine, voice)
        answer = asked.with_(frame, body)
    asked.assert_used(answer)
    assert "silent" in " ".join(answer.remarks)


def test_a_deadline_behind_the_audio(server: ContractServer, voice: str) -> None:
    settings = Settings(server.url, server.key, deadline=1.0)

    def frame(whole: bytes, _: str) -> Pieces:
        yield oddities.head("", "Transfer-Encoding: chunked")
        yield b"%x\r\n%s\r\n" % (len(whole), whole)
        while not server.closing.wait(0.05):
            yield b"1\r\n \r\n"

    with contextlib.closing(Music01Engine(settings)) as engine:
        asked = Asked(server, engine, voice)
        answer = asked.with_(frame, oddities.ODD_BODIES["nothing behind the audio"])
    asked.assert_used(answer)
    assert "too long" in " ".join(answer.remarks)


@pytest.mark.parametrize("status", [100, 102, 103, 150, 199])
def test_interim_answers_are_skipped_at_both_endpoints(
    server: ContractServer, engine: Music01Engine, asked: Asked, status: int
) -> None:
    interim = b"HTTP/1.1 %d Wait\r\nServer: gate\r\n\r\n" % status

    def wire(right: Right) -> Pieces:
        body = oddities.plain(right)
        for _ in range(3):
            yield interim
        yield interim * 200 + oddities.head("", f"Content-Length: {len(body)}") + body

    server.script("upload", [Fault.wired("interim", wire)])
    assert engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload").instrumental_id

    def frame(body: bytes, _: str) -> Pieces:
        yield interim * 2 + oddities.head("", f"Content-Length: {len(body)}")
        yield body

    asked.assert_used(asked.with_(frame, oddities.plain))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "HTTP 101"),
        (b"HTTP/1.1 102 Processing\r\n\r\n" * 1001, "not HTTP"),
        (b"HTTP/1.1 042 What\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 1000 What\r\n\r\n", "not HTTP"),
        (b"what?\r\n\r\n", "not HTTP"),
    ],
)
def test_what_is_no_final_answer(asked: Asked, start: bytes, words: str) -> None:
    error = asked.failing(lambda body, _: iter([start]), oddities.plain)
    assert error.verdict is Verdict.UNKNOWN
    assert words in str(error)


@pytest.mark.parametrize(
    "body",
    [
        "plain",
        "byte order mark",
        "UTF-16",
        "NaN",
        "invalid UTF-8",
        "rubbish behind",
        "code as text",
    ],
)
@pytest.mark.parametrize("packing", ["plain", "gzip not announced"])
@pytest.mark.parametrize("frame", ["length too small", "length no number", "two lengths"])
def test_uploads_are_read_as_leniently(
    server: ContractServer, engine: Music01Engine, body: str, packing: str, frame: str
) -> None:
    pack, encoding = oddities.PACKINGS[packing]
    made = oddities.ODD_BODIES[body]
    server.script(
        "upload",
        [Fault.wired("odd", lambda right: oddities.ODD_FRAMES[frame](pack(made(right)), encoding))],
    )
    uploaded = engine.upload(reference(), AudioFormat.MP3, Purpose.SONG, "upload")
    assert uploaded.voice_id == server.uploads[-1].voice_id


def test_a_refusal_that_was_charged_is_not_free(asked: Asked) -> None:
    for status, body in ((400, b"{}"), (401, b""), (429, b""), (503, b"<html>")):
        spent = ("x-aimlapi-usd-spent: 0.05", f"Content-Length: {len(body)}")
        error = asked.failing(
            lambda _, encoding, s=status, h=spent, b=body: iter(  # type: ignore[misc]
                [oddities.head(encoding, *h, status=f"{s} No") + b]
            ),
            oddities.plain,
        )
        assert (error.verdict, error.cost_usd) == (Verdict.UNKNOWN, 0.05)
        assert "$0.05 was charged" in str(error)


UNREADABLE = [
    "nan",
    "inf",
    "1e9",
    "1e400",
    "0x1p3",
    "0.03 GBP",
    "1_000",
    "1,000,000",
    "9" * 99,
]
"""Prices that are no price, and no word that nothing was charged either."""


@pytest.mark.parametrize(
    "line",
    [*(f"x-aimlapi-usd-spent: {price}" for price in UNREADABLE), "x-aimlapi-credits-used: 60000"],
)
@pytest.mark.parametrize("status", [200, 400, 401, 429, 503])
def test_a_refusal_with_an_unreadable_charge_is_not_free(
    asked: Asked, status: int, line: str
) -> None:
    body = b'{"base_resp": {"status_code": 1002, "status_msg": "too many"}}'

    def frame(_: bytes, encoding: str) -> Pieces:
        yield oddities.head(encoding, line, f"Content-Length: {len(body)}", status=f"{status} No")
        yield body

    error = asked.failing(frame, oddities.plain)
    assert (error.verdict, error.cost_usd) == (Verdict.UNKNOWN, None)
    assert "charged" in str(error)


@pytest.mark.parametrize(
    "line",
    [
        *(
            f"x-aimlapi-usd-spent: {free}"
            for free in ("", "0", "-0", "0.000", "-0.05", "$0.00", "null", "none")
        ),
        "x-aimlapi-credits-used: 0",
    ],
)
def test_a_refusal_that_says_it_was_free_is_free(asked: Asked, line: str) -> None:
    def frame(_: bytes, encoding: str) -> Pieces:
        yield oddities.head(encoding, line, "Content-Length: 0", status="429 No")

    assert asked.failing(frame, oddities.plain).verdict is Verdict.SLOW_DOWN

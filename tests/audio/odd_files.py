"""Odd audio files as Hypothesis strategies: what recorders, taggers, pipes and cuts leave."""

from __future__ import annotations

import io

import mutagen.id3
from hypothesis import strategies as st
from msgspec import Struct

from tests.audio.making import fmt, id3, info_frame, mp3, tone

RATE = 16000
SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
LIES = [0, 1, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF, 0xFFFFFFFF - 8]
APE = b"APETAGEX" + bytes([0xD0, 7, 0, 0, 32, 0, 0, 0]) + bytes(16)


class OddFile(Struct, frozen=True):
    """A file, and how many seconds a player plays of it (0: not said)."""

    data: bytes
    seconds: float
    made: str

    def __repr__(self) -> str:
        return f"<{self.made}: {len(self.data)} bytes, {self.seconds} s, {self.data[:80]!r}…>"


def tag(version: int) -> bytes:
    """An ID3 tag of another program."""
    if version == 2:
        return b"ID3\2\0\0\0\0\0\x0cTT2\0\0\x06\0hello"
    tags, file = mutagen.id3.ID3(), io.BytesIO()
    tags.add(mutagen.id3.TIT2(encoding=1, text="hello"))
    tags.add(mutagen.id3.APIC(encoding=0, mime="image/png", type=3, data=b"RIFF\xff\xfb\x90" * 99))
    tags.save(file, v2_version=version)
    return file.getvalue()


HEADS = [
    b"",
    tag(2),
    tag(3),
    tag(4),
    tag(4) + tag(3),
    id3(b"x" * 300, footer=True),
    id3(),
    b"ID3\3\0\x80\0\0\0\x0b" + b"\xff\0" * 5 + b"a",
]
"""What stands in front of a file."""


def _chunk(name: bytes, content: bytes, size: int | None = None, pad: bytes = b"\0") -> bytes:
    size = len(content) if size is None else size
    return name + size.to_bytes(4, "little") + content + pad[: len(content) % 2]


def _fmt(bits: int, encoding: int, channels: int, extended: int | None) -> bytes:
    width = -(-bits // 8)
    if extended is None:
        return fmt(encoding, channels, RATE, bits, channels * width)
    tail = (22).to_bytes(2, "little") + bits.to_bytes(2, "little") + bytes(4)
    tail += encoding.to_bytes(2, "little") + SUBFORMAT_TAIL
    return fmt(0xFFFE, channels, RATE, 8 * width, channels * width, tail)


@st.composite
def wavs(draw: st.DrawFn, seconds: int = 1, heads: list[bytes] | None = None) -> OddFile:
    """WAV files with odd headers, chunks and ends."""
    encoding, bits = draw(
        st.sampled_from(
            [(1, b) for b in (8, 12, 16, 20, 24, 32)] + [(3, 32), (3, 64), (6, 8), (7, 8)]
        )
    )
    channels, extended = draw(st.integers(1, 3)), draw(st.sampled_from([None, None, 22]))
    block = channels * -(-bits // 8)
    sound = samples(bits, encoding, channels, seconds)
    pad = draw(st.sampled_from([b"\0", b"\0", b""]))
    extra = st.sampled_from(
        [
            _chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0\0"),
            _chunk(b"bext", b"B" * 603, pad=pad),
            _chunk(b"fact", bytes(4)),
            _chunk(b"JUNK", bytes(28)),
            _chunk(b"id3 ", tag(3)),
            _chunk(b"odd ", b"three"),
            _chunk(b"iXML", b"<a/>x", pad=pad),
        ]
    )
    before = b"".join(draw(st.lists(extra, max_size=3)))
    between = b"".join(draw(st.lists(extra, max_size=2)))
    behind = b"".join(draw(st.lists(extra, max_size=2)))
    missing = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 700, block * 9]))
    declared = draw(st.sampled_from([None, None, 0, 0xFFFFFFFF, 0x7FFFF000]))
    if missing or declared is not None:
        behind = b""
    kind = draw(st.sampled_from([b"RIFF", b"RIFF", b"RIFF", b"RF64", b"BW64"]))
    size = len(sound) if declared is None else declared
    long_size = b""
    if kind != b"RIFF":
        sizes = (b.to_bytes(8, "little") for b in (0, len(sound) if declared is None else 0, 0))
        long_size, size = _chunk(b"ds64", b"".join(sizes) + bytes(4)), 0xFFFFFFFF
    data = _chunk(b"data", sound, size, pad if behind else b"\0")
    layout = _chunk(b"fmt ", _fmt(bits, encoding, channels, extended))
    riff_size = draw(st.sampled_from([None, *LIES]))
    body = b"WAVE" + long_size + before + layout + between + data + behind
    riff = (len(body) if riff_size is None else riff_size).to_bytes(4, "little")
    whole = kind + riff + body
    there = len(sound) // block
    if missing:
        # The byte of padding is behind the samples.
        whole = whole[: whole.index(sound) + len(sound) - missing]
        there = (len(sound) - missing) // block
    front = draw(st.sampled_from(heads or HEADS))
    made = f"{kind!r} {bits=} {encoding=} {channels=} {extended=} {missing=} {declared=} {pad=}"
    return OddFile(front + whole, there / RATE, made)


def samples(bits: int, encoding: int, channels: int, seconds: float) -> bytes:
    """A tone, as bytes that mean something in any of these encodings."""
    plain = tone(RATE, seconds)
    width = -(-bits // 8)
    if encoding == 3:
        one = (plain / 32768).astype(f"<f{width}").tobytes()
    elif width == 1:
        one = ((plain >> 8) + 128).astype("u1").tobytes()
    else:
        wide = plain.astype("<i8") << (8 * width - 16)
        one = wide.reshape(-1).view("u1").reshape(-1, 8)[:, :width].tobytes()
    return b"".join(one[i : i + width] * channels for i in range(0, len(one), width))


@st.composite
def mp3s(draw: st.DrawFn, seconds: float = 1.5) -> OddFile:
    """MP3 files with odd tags, beginnings and ends, as streams are cut and joined."""
    rate = draw(st.sampled_from([44100, 44100, 22050, 8000]))
    channels = draw(st.integers(1, 2))
    music = mp3(rate, 64, channels, seconds)
    head = draw(st.sampled_from([*HEADS, b"junk " * 300, bytes(700)]))
    promise = b""
    if rate == 44100 and draw(st.booleans()):
        promise = info_frame(draw(st.sampled_from([0, len(music) // 209])), 576, 1000)
    middle = draw(st.sampled_from([b"", b"", tag(3), bytes(300)]))
    again = mp3(rate, 128, channels, seconds) if middle else b""
    missing = draw(st.sampled_from([0, 0, 1, 10, 60]))
    tail = draw(st.sampled_from([b"", b"TAG" + bytes(125), APE, id3(b"x" * 90, footer=True)]))
    end = music + middle + again
    return OddFile(
        head + promise + end[: len(end) - missing] + tail, 0, f"{rate=} {channels=} {missing=}"
    )

"""Tags of other programs: their frames are read whatever form they have, and stay in our tag."""

from __future__ import annotations

import io
import zlib
from typing import Any

import mutagen.id3
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from songbatch.audio import tags as audio_tags
from songbatch.audio.credentials import credential
from songbatch.audio.id3 import read, write
from songbatch.audio.id3_frames import TagFrame, stored_frames
from songbatch.audio.tags import Label, read_label, untagged
from tests.audio.making import mp3, riff, wav
from tests.audio.pictures import jpeg, png

Frames = list[tuple[bytes, bytes]]

LABEL = Label({"title": "Dawn", "album": "EP"}, {"SONGBATCH_KEY": "ab" * 32, "AI_GENERATED": "yes"})
STORE = b"\0\0\0\x2djumb" + bytes(range(256)) * 3 + b"\xff\xfb\xff\xe0\xff\0ID3\4"
C2PA = b"GEOB", b"\0application/x-c2pa-manifest-store\0\0c2pa\0" + STORE


def tagged(received: bytes, label: Label = LABEL) -> bytes:
    return b"".join(audio_tags.tagged(received, label))


def four(size: int, *, is_safe: bool) -> bytes:
    if not is_safe:
        return size.to_bytes(4, "big")
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag(
    frames: Frames,
    version: int = 4,
    *,
    has_safe_sizes: bool | None = None,
    flags: int = 0,
    padding: int = 0,
    extension: bytes = b"",
    stuffed: bool = False,
) -> bytes:
    """A tag by hand, also as programs write it that confuse the two kinds of sizes."""
    is_safe = version == 4 if has_safe_sizes is None else has_safe_sizes
    body = b""
    for identity, content in frames:
        inside = stuff(content) if stuffed and version == 4 else content
        mark = b"\0\2" if stuffed and version == 4 else b"\0\0"
        body += identity + four(len(inside), is_safe=is_safe) + mark + inside
    body = extension + body + bytes(padding)
    body = stuff(body) if stuffed and version == 3 else body
    flags |= 0x80 if stuffed else 0
    return b"ID3" + bytes([version, 0, flags]) + four(len(body), is_safe=True) + body


def stuff(data: bytes) -> bytes:
    """Unsynchronise: a zero behind every byte of ones that needs one."""
    out = bytearray()
    for position, byte in enumerate(data):
        out.append(byte)
        following = data[position + 1 : position + 2]
        if byte == 0xFF and (not following or following[0] >= 0xE0 or following[0] == 0):
            out.append(0)
    return bytes(out)


NAMES = [
    "GEOB", "PRIV", "UFID", "TSSE", "TENC", "TBPM", "TCOP", "WCOP", "WOAS", "POPM", "PCNT", "SYLT",
    "MCDI", "RVA2", "CHAP", "CTOC", "XAIM", "XSOP", "TXXX", "COMM", "LINK", "ENCR", "GRID",
]  # fmt: skip
BODY = st.binary(min_size=1, max_size=90) | st.sampled_from(
    [
        C2PA[1],
        b"ID3\4\0\0\0\0\0\0" + bytes(300),
        b"\xff" * 200,
        bytes(129),
        b"\0x\0" + bytes(20_000),
    ]
)


@st.composite
def foreign(draw: st.DrawFn) -> Frames:
    """Frames that other programs write and that our label says nothing of."""
    frames = []
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=6)):
        body = draw(BODY)
        if name == "TXXX":
            body = b"\3AIGC\0" + body.replace(b"\0", b"0")
        elif name == "COMM":
            body = b"\0eng" + b"about\0" + body
        frames.append((name.encode(), body))
    return frames


OURS: Frames = [
    (b"TIT2", b"\3theirs"), (b"TPE1", b"\3theirs"), (b"COMM", b"\3eng\0theirs"),
    (b"USLT", b"\3eng\0theirs"), (b"APIC", b"\0image/png\0\3\0" + b"x" * 200),
    (b"TXXX", b"\3SONGBATCH_KEY\0theirs"), (b"TXXX", b"\3REPLAYGAIN_TRACK_GAIN\0-1 dB"),
    (b"PRIV", b"songbatch\0theirs"), (b"SEEK", bytes(4)),
]  # fmt: skip


def safe(digits: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(digits, (21, 14, 7, 0), strict=True))


def foreign_of(data: bytes) -> Frames:
    """The frames of a tag that are not ours, by another reader than the one that is tried."""
    found, position, end = [], 10, 10 + safe(data[6:10])
    while position < end:
        head = data[position : position + 10]
        size = safe(head[4:8])
        assert head[8:10] == b"\0\0"
        found.append((head[:4], data[position + 10 : position + 10 + size]))
        position += 10 + size
    ours = (b"TIT2", b"TALB", b"PRIVsongbatch\0", b"TXXX\3SONGBATCH", b"TXXX\3AI_GENERATED")
    return [(name, body) for name, body in found if not (name + body).startswith(ours)]


def is_told_by_sizes(frames: Frames, *, has_safe_sizes: bool) -> bool:
    """Return whether no frame, its size read in the other way, ends where another one begins."""
    begins = [0]
    for _, body in frames:
        begins.append(begins[-1] + 10 + len(body))
    misread = [
        begin + 10 + int.from_bytes(four(len(body), is_safe=True), "big")
        if has_safe_sizes
        else begin + 10 + safe(four(len(body), is_safe=False))
        for begin, (_, body) in zip(begins, frames, strict=False)
        if four(len(body), is_safe=True) != four(len(body), is_safe=False)
    ]
    return not set(misread) & set(begins)


@given(
    theirs=foreign(),
    ours=st.lists(st.sampled_from(OURS)),
    version=st.sampled_from([3, 4]),
    has_safe_sizes=st.booleans(),
    padding=st.sampled_from([0, 0, 7, 2000]),
    stuffed=st.booleans(),
    rest=st.randoms(use_true_random=False),
)
@settings(max_examples=300, deadline=None)
def test_frames_that_are_not_ours_stay_as_they_are(
    theirs: Frames,
    ours: Frames,
    version: int,
    has_safe_sizes: bool,
    padding: int,
    stuffed: bool,
    rest: Any,
) -> None:
    # Zeros at the end of a frame whose size can be meant in two ways may as well be padding.
    is_usual = has_safe_sizes == (version == 4)
    assume(not padding or is_usual)
    mixed = theirs + ours
    rest.shuffle(mixed)
    # What is written against the standard, and fits it by chance, is read as the standard says.
    assume(is_usual or is_told_by_sizes(mixed, has_safe_sizes=has_safe_sizes))
    written = tag(mixed, version, has_safe_sizes=has_safe_sizes, padding=padding, stuffed=stuffed)
    received = written + mp3()
    output = tagged(received)
    wanted = list(dict.fromkeys(frame for frame in mixed if frame in theirs))
    assert foreign_of(output) == wanted
    assert untagged(output) == received
    found = read_label(output)
    about = {name: text for name, text in found.facts.items() if name != "AIGC"}
    assert (found.tags, about, found.lyrics, found.cover) == (LABEL.tags, LABEL.facts, "", b"")
    # Tagged anew for another title or cover, from what was received.
    again = Label({"title": "Dusk"}, LABEL.facts, "la", jpeg())
    other = tagged(untagged(output), again)
    assert read(other)[-1] == read(output)[-1]
    assert [frame for frame in read(other) if frame in wanted] == wanted
    assert tagged(untagged(other)) == output


def test_another_program_finds_a_content_credential_where_it_was() -> None:
    output = tagged(tag([C2PA, (b"TIT2", b"\3theirs")], 3) + mp3())
    (found,) = mutagen.id3.ID3(io.BytesIO(output)).getall("GEOB")
    assert (found.mime, found.desc, found.data) == (
        "application/x-c2pa-manifest-store",
        "c2pa",
        STORE,
    )
    assert str(mutagen.id3.ID3(io.BytesIO(output))["TIT2"]) == "Dawn"


def test_what_came_without_any_tag_is_tagged_as_ever() -> None:
    assert foreign_of(tagged(mp3())) == []


def test_frames_of_every_leading_tag_stay() -> None:
    received = tag([C2PA]) + tag([(b"TSSE", b"\3Lavf")], 3) + mp3()
    assert foreign_of(tagged(received)) == [C2PA, (b"TSSE", b"\3Lavf")]


def test_packed_and_grouped_frames_of_2_3_keep_their_contents() -> None:
    packed = zlib.compress(C2PA[1])
    length = len(C2PA[1])
    for flags, content in (
        (0x80, length.to_bytes(4, "big") + packed),
        (0xA0, length.to_bytes(4, "big") + b"g" + packed),
        (0x20, b"g" + C2PA[1]),
        (0x60, b"mg" + C2PA[1]),
    ):
        frame = b"GEOB" + len(content).to_bytes(4, "big") + bytes([0x40, flags]) + content
        received = b"ID3\3\0\0" + four(len(frame), is_safe=True) + frame + mp3()
        (kept,) = (f for f in stored_frames(tagged(received)) if f.identity == b"GEOB")
        wanted = {
            0x80: (b"\x20\x09", four(length, is_safe=True) + packed),
            0xA0: (b"\x20\x49", b"g" + four(length, is_safe=True) + packed),
            0x20: (b"\x20\x40", b"g" + C2PA[1]),
            0x60: (b"\x20\x44", b"gm" + C2PA[1]),
        }
        assert (kept.flags, kept.body) == wanted[flags]
        if flags == 0x80:
            (found,) = mutagen.id3.ID3(io.BytesIO(tagged(received))).getall("GEOB")
            assert found.data == STORE


def test_a_tag_without_room_for_both_keeps_what_was_received() -> None:
    received = tag([(b"PRIV", b"x" * (200 << 20))]) + b"\xff\xfb"
    output = tagged(received)
    assert len(output) < len(received) + 1000
    assert untagged(output) == received


EVERYTHING = Label(
    {**LABEL.tags, "artist": "Zoë", "comment": "long " * 90},
    {**LABEL.facts, "LONG": "x" * 20_000},
    "la\n" * 200,
    png(),
)


@pytest.mark.parametrize("padding", [0, 1, 10, 3000])
def test_a_tag_that_was_written_anew_with_plain_sizes_is_read(padding: int) -> None:
    ours = tagged(tag([C2PA]) + mp3(), EVERYTHING)
    rewritten = tag(read(ours), 4, has_safe_sizes=False, padding=padding) + mp3()
    assert read_label(rewritten) == EVERYTHING
    assert untagged(rewritten) == tag([C2PA]) + mp3()


def test_a_tag_of_2_2_is_read() -> None:
    def frame(name: bytes, content: bytes) -> bytes:
        return name + len(content).to_bytes(3, "big") + content

    body = b"".join(
        [
            frame(b"TT2", b"\0Dawn"),
            frame(b"TXX", b"\0SONGBATCH_KEY\0abc"),
            frame(b"ULT", b"\0eng\0la la"),
            frame(b"PIC", b"\0PNG\3\0" + png()),
            frame(b"GEO", C2PA[1]),
        ]
    )
    data = b"ID3\2\0\0" + four(len(body), is_safe=True) + body + mp3()
    assert read_label(data) == Label({"title": "Dawn"}, {"SONGBATCH_KEY": "abc"}, "la la", png())
    assert credential(data) == "c2pa"
    assert foreign_of(tagged(data)) == [C2PA]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (tag([C2PA]) + mp3(), "c2pa"),
        (tag([(b"GEOB", b"\0application/c2pa\0\0c2pa\0" + STORE)], 3), "c2pa"),
        (tag([(b"GEOB", b"\1a/b\0\xff\xfe\0\0\xff\xfec\0002\0p\0a\0\0\0" + STORE)], 3), "c2pa"),
        (tagged(tag([C2PA]) + mp3()), "c2pa"),
        (riff((b"fmt ", wav()[20:36]), (b"data", bytes(99)), (b"C2PA", STORE)), "c2pa"),
        (tag([(b"GEOB", b"\0text/plain\0\0notes\0c2pa")]) + mp3(), None),
        (tag([(b"GEOB", b"")]) + mp3(), None),
        (mp3(), None),
        (wav(), None),
        (b"", None),
    ],
)
def test_a_credential_is_found_wherever_it_may_stand(data: bytes, kind: str | None) -> None:
    assert credential(data) == kind


@given(st.binary(max_size=200), st.sampled_from([2, 3, 4]), st.integers(0, 255))
def test_any_bytes_can_be_kept(data: bytes, version: int, flags: int) -> None:
    received = b"ID3" + bytes([version, 0, flags]) + four(len(data), is_safe=True) + data + mp3()
    assert untagged(tagged(received)) == received
    assert read_label(tagged(received)).tags["title"] == "Dawn"
    assert credential(received) in {None, "c2pa"}


def test_flags_are_written() -> None:
    written = write([TagFrame(b"GEOB", b"x", b"\x40\0")])
    assert written is not None
    assert written[18:20] == b"\x40\0"

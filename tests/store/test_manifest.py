"""Manifests: read back as they were, and written from what was read where nothing changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import BrokenState
from songbatch.model import AudioSetting, EngineIdentity, Purpose, ReferenceUse
from songbatch.records import Entry, Manifest
from songbatch.store.manifest import dump, parse

USE = ReferenceUse("band", Purpose.SONG, "ab" * 32)
ENGINE = EngineIdentity("music-01", "music-01")
LYRICS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def entry(number: int, lyrics: str) -> Entry:
    return Entry(
        id=f"demo/song-{number}/1",
        song=f"song-{number}",
        variant={"mood": "happy", "number": number},
        take=1,
        key=f"{number:064x}",
        status="done",
        output=f"outputs/demo/music-01/song-{number}.mp3",
        lyrics=lyrics,
        voice=USE,
        instrumental=None,
        audio=AudioSetting(),
        tags={"title": lyrics[:10]},
        delivered=None,
        warnings=(),
    )


def manifest(lyrics: list[str]) -> Manifest:
    entries = tuple(entry(number, text) for number, text in enumerate(lyrics))
    return Manifest("demo", ENGINE, renders=entries)


@given(st.lists(LYRICS | st.just("\n  },\n  {\n"), max_size=5), st.data())
def test_copied_entries_are_the_same_bytes(lyrics: list[str], data: st.DataObject) -> None:
    last = parse(dump(manifest(lyrics)), "manifest.json")
    assert last == manifest(lyrics)
    kept = data.draw(st.lists(st.sampled_from(last.renders)) if lyrics else st.just([]))
    edited = [entry(50 + number, text) for number, text in enumerate(data.draw(st.lists(LYRICS)))]
    now = Manifest("demo", ENGINE, renders=(*edited[:2], *kept, *edited[2:]))
    assert dump(now, last) == dump(now)


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_what_is_laid_out_otherwise_is_written_anew(indent: int | None) -> None:
    text = json.dumps(json.loads(dump(manifest(["one", "two"]))), indent=indent).encode()
    last = parse(text, "manifest.json")
    now = replace(last, renders=(*last.renders, entry(2, "three")))
    assert dump(now, last) == dump(manifest(["one", "two", "three"]))


def test_what_only_looks_like_our_layout_is_read_as_a_whole() -> None:
    text = dump(manifest(["one", "two"]))
    odd = text.replace(b'"variant": {', b'"more": [\n  {\n  },\n  {\n  }\n ],\n "variant": {', 1)
    with pytest.raises(BrokenState, match="more"):
        parse(odd, "manifest.json")
    other = text.replace(b'"engine"', b'"renders": [\n  {\n  }\n ],\n "engine"', 1)
    last = parse(other, "manifest.json")
    assert dump(manifest(["one", "two"]), last) == dump(last, last) == text


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        (b'"take": 1', b'"take": "1"', r"\$\.renders\[1\]\.take"),
        (b'"status": "done"', b'"status": "gone"', r"\$\.renders\[1\]\.status"),
        (b'"lyrics": "two"', b'"lyrics": ["two"]', r"\$\.renders\[1\]\.lyrics"),
        (b'"key": "0', b'"key": "../', r"\$\.renders\[1\]\.key"),
        (b'"key": "0', b'"key": "/', r"digits - at `\$\.renders\[1\]\.key`"),
        (b'"sha256": null', b'"sha256": "%b"' % (b"AB" * 32), r"`\$\.renders\[1\]\.sha256`"),
        (b'"audio_sha256": null', b'"audio_sha256": "%b"' % (b"./" * 32), r"\.audio_sha256`"),
        (b'"sha256": "ab', b'"sha256": "/b', r"`\$\.renders\[1\]\.voice\.sha256`"),
        (b'"purpose": "song"', b'"purpose": "duet"', r"\$\.renders\[1\]\.voice\.purpose"),
        (b'"format": "mp3"', b'"format": 3', r"\$\.renders\[1\]\.audio\.format"),
        (b'"status": "done"', b'"status": "done\\n"', r"`\$\.renders\[1\]\.status`"),
        (b'abab",', b'abab\\n",', r"`\$\.renders\[1\]\.voice\.sha256`"),
        (b'   "delivered": null,\n', b"", r"`delivered` - at `\$\.renders\[1\]`"),
        (b'   "warnings": [],\n', b"", r"`warnings` - at `\$\.renders\[1\]`"),
        (b'"seconds": null', b'"seconds": NaN', "malformed"),
        (b'"model": "music-01"', b'"model": 1', r"\$\.engine\.model"),
        (b'"take": 1', b'"take": 1, "beats": 90', r"`beats` - at `\$\.renders\[1\]`"),
        (b'"bitrate"', b'"bits": 16, "bitrate"', r"`bits` - at `\$\.renders\[1\]\.audio`"),
        (b'"purpose"', b'"gain": 1, "purpose"', r"`gain` - at `\$\.renders\[1\]\.voice`"),
        (b'"model"', b'"maker": 1, "model"', r"`maker` - at `\$\.engine`"),
    ],
)
def test_what_has_another_type_is_refused_in_its_place(
    right: bytes, wrong: bytes, place: str
) -> None:
    text = dump(manifest(["one", "two"]))
    before, found, after = text.rpartition(right)
    assert found
    with pytest.raises(BrokenState, match=place):
        parse(before + wrong + after, "manifest.json")


@pytest.mark.parametrize(("right", "wrong"), [(b"", b""), (b'"renders"', b'"songs"')])
def test_another_version_is_named_whatever_else_is_odd(right: bytes, wrong: bytes) -> None:
    text = dump(manifest(["one"])).replace(b'"manifest": 1', b'"manifest": 2').replace(right, wrong)
    with pytest.raises(BrokenState, match=r"manifest\.json has manifest version 2"):
        parse(text, "manifest.json")


@pytest.mark.parametrize("cut", [b'"take"', b"}", b"{", b"\n ]\n}\n", b'"manifest": 1'])
def test_what_is_damaged_is_refused(cut: bytes) -> None:
    text = dump(manifest(["one", "two"])).replace(cut, b"", 1)
    with pytest.raises(BrokenState, match=r"manifest\.json"):
        parse(text, "manifest.json")


def test_an_entry_that_did_not_change_is_written_as_it_was_read() -> None:
    text = dump(manifest(["one", "two"])).replace(b'"attempts": 0', b'"attempts":  0', 1)
    last = parse(text, "manifest.json")
    now = replace(last, renders=(last.renders[0], entry(1, "three")))
    assert dump(now, last).count(b'"attempts":  0') == 1

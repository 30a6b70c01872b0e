"""Tags that an output has to have, and whether a recorded one has them."""

from __future__ import annotations

import pytest

from songbatch.audio.tags import LABEL_VERSION
from songbatch.model import AudioFormat, AudioSetting, Cover, Render
from songbatch.plan.tagging import cover_of, is_tagged_as, tag_version_of, tags_of
from songbatch.records import Entry
from tests.factories import entry, render

COVER = Cover("specs/a.png", "e" * 64)
TAGS = {"title": "River"}


def with_cover(audio_format: AudioFormat = AudioFormat.MP3) -> Render:
    named = render(audio=AudioSetting(audio_format), tags=TAGS)
    return Render(named.unresolved, named.inputs, named.output, COVER)


TAGGED = entry(with_cover(), cover=COVER)


def test_an_mp3_carries_tags_and_cover() -> None:
    one = with_cover()
    assert (tags_of(one), cover_of(one), tag_version_of(one)) == (TAGS, COVER, LABEL_VERSION)
    assert is_tagged_as(TAGGED, one)


@pytest.mark.parametrize("audio_format", [AudioFormat.WAV, AudioFormat.PCM])
def test_other_formats_carry_none(audio_format: AudioFormat) -> None:
    one = with_cover(audio_format)
    assert (tags_of(one), cover_of(one), tag_version_of(one)) == ({}, None, 0)
    assert is_tagged_as(entry(one, tags={}, tag_version=0), one)
    assert not is_tagged_as(entry(one, tags={}, tag_version=1), one)


@pytest.mark.parametrize(
    "recorded",
    [
        TAGGED.but(tags={"title": "Brook"}),
        TAGGED.but(cover=None),
        TAGGED.but(cover=Cover("specs/a.png", "f" * 64)),
        TAGGED.but(tag_version=0),
        TAGGED.but(id="demo/second/1"),
    ],
)
def test_a_tag_that_differs_is_written_again(recorded: Entry) -> None:
    assert not is_tagged_as(recorded, with_cover())


def test_what_a_cover_is_called_does_not_matter() -> None:
    assert is_tagged_as(TAGGED.but(cover=Cover("specs/b.png", COVER.sha256)), with_cover())

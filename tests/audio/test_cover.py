"""Covers are recognised by content, and faulty ones are refused with a reason."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.audio.cover import MAX_BYTES, NotACover, Size, kind_of_picture, measure_cover
from tests.audio.making import mp3
from tests.audio.pictures import jpeg, png


def test_pictures_are_measured() -> None:
    assert measure_cover(png(300, 200)) == Size(300, 200)
    assert measure_cover(jpeg(640, 480)) == Size(640, 480)
    assert measure_cover(jpeg() + b"some programs append this") == Size(2, 2)
    assert (kind_of_picture(png()), kind_of_picture(jpeg())) == ("image/png", "image/jpeg")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"GIF89a" + bytes(20), "it is a GIF picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "it is a WebP picture"),
        (b"<!doctype html><title>404</title>", "it is a web page"),
        (mp3(), "it is neither JPEG nor PNG"),
        (png()[:-20], "it is damaged, or its end is missing"),
        (jpeg()[:-2], "it is damaged, or its end is missing"),
        (jpeg()[:40], "it is damaged, or its end is missing"),
        (png(0, 5), "it is damaged, or its end is missing"),
        (png() + bytes(MAX_BYTES), "it has 10,485,833 bytes, at most 10,485,760 go into a tag"),
    ],
)
def test_what_is_no_cover_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(NotACover) as refused:
        measure_cover(data)
    assert str(refused.value) == said
    assert refused.value.fix


@given(st.sampled_from([png(), jpeg()]), st.data())
def test_any_damage_is_taken_or_refused(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(4, len(whole)))
    with contextlib.suppress(NotACover):
        measure_cover(whole[:at] + data.draw(st.binary(max_size=30)))

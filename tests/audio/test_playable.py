"""One reader for all: whatever probing passes, every decoder here reads, for as long as it says."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings

from songbatch.audio.decode import decoded_seconds, float_pieces
from songbatch.audio.playable import playable
from songbatch.audio.probe import AudioProblem, examine
from songbatch.audio.sized import sized, unsized
from songbatch.engines.sketch import codec
from tests.audio.making import wav
from tests.audio.odd_files import RATE, OddFile, mp3s, samples, wavs
from tests.audio.test_sized import walked


@given(wavs())
@settings(max_examples=150, deadline=None)
def test_every_wav_of_common_programs_is_read_to_its_end(file: OddFile) -> None:
    found = examine(file.data)
    assert found.info.seconds == file.seconds
    assert decoded_seconds(file.data, found.info) == pytest.approx(file.seconds, abs=0.001)
    heard = codec.decode(file.data, RATE, 60.0)
    assert len(heard) == pytest.approx(file.seconds * RATE, abs=1)


@given(mp3s())
@settings(max_examples=100, deadline=None)
def test_every_mp3_that_players_play_is_read_to_its_end(file: OddFile) -> None:
    info = examine(file.data).info
    assert decoded_seconds(file.data, info) == pytest.approx(info.seconds, abs=0.15)
    heard = codec.decode(file.data, 22050, 60.0)
    assert len(heard) / 22050 == pytest.approx(info.seconds, abs=0.15)


@given(wavs())
@settings(max_examples=100, deadline=None)
def test_an_answer_in_any_of_these_forms_becomes_a_strict_wav_and_can_be_had_back(
    file: OddFile,
) -> None:
    output = b"".join(sized(file.data))
    assert examine(output).info == examine(file.data).info
    if output != file.data:
        assert unsized(output) == file.data
    if file.data[:4] != b"RIFF":
        assert list(walked(output)) == [b"fmt ", b"data", b"sgbh"]


@pytest.mark.parametrize(("bits", "encoding"), [(12, 1), (20, 1), (24, 1), (32, 3), (64, 3)])
def test_samples_that_make_no_whole_bytes_sound_as_loud_as_others(bits: int, encoding: int) -> None:
    def heard(data: bytes) -> np.ndarray:
        return np.frombuffer(b"".join(float_pieces(data, examine(data).info, 1000)), np.float32)

    from tests.audio.making import fmt, riff  # noqa: PLC0415

    width = -(-bits // 8)
    odd = riff(
        (b"fmt ", fmt(encoding, 1, RATE, bits, width)), (b"data", samples(bits, encoding, 1, 1))
    )
    usual = riff((b"fmt ", fmt(1, 1, RATE, 16)), (b"data", samples(16, 1, 1, 1)))
    assert np.abs(heard(odd) - heard(usual)).max() < 1 / 32768


def test_what_needs_no_mending_is_not_copied() -> None:
    assert playable(data := wav()) is data
    assert playable(broken := b"RIFF\0\0\0\0WAVE") is broken


@given(wavs())
@settings(max_examples=100, deadline=None)
def test_what_is_left_of_a_cut_file_is_refused_or_decoded(file: OddFile) -> None:
    for cut in (60, 200, len(file.data) // 2):
        data = file.data[:cut]
        with contextlib.suppress(AudioProblem):
            info = examine(data).info
            assert decoded_seconds(data, info) == pytest.approx(info.seconds, abs=0.001)

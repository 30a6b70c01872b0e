"""Files of packages, which may be anybody's: heads that are lies are refused, and say nothing."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import pytest
import soundfile

from songbatch.audio.errors import AudioProblem
from songbatch.mastering.decoding import OpenedSound
from tests.mastering.judges import music

if TYPE_CHECKING:
    from pathlib import Path

LIES = (b"\xff" * 8, b"\x80" + bytes(7), bytes(7) + b"\x80", bytes(8))


@pytest.mark.parametrize("form", ["AIFF", "W64", "CAF", "WAV", "FLAC"])
def test_no_damaged_head_speaks_to_the_terminal(
    form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The library asks for places in a file from C, where exceptions are printed."""
    whole = io.BytesIO()
    soundfile.write(whole, music(0.05), 44100, format=form)
    data, path = whole.getvalue(), tmp_path / "master.wav"
    for place in range(8, 56, 8):
        for lie in LIES:
            damaged = data[:place] + lie + data[place + 8 :]
            path.write_bytes(damaged)
            with path.open("rb") as file:
                for opened in (damaged, file):
                    with contextlib.suppress(AudioProblem):
                        list(OpenedSound(opened).pieces(5000))
    assert capfd.readouterr() == ("", "")

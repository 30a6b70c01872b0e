"""Conversion of an engine's master into the audio that was asked for.

Some engines send one fixed form. It is kept as it came, and what is delivered is made of it here:
equal masters give equal bytes. Loads numpy and the codecs only when there is something to convert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.audio.delivery import USUAL_BITS, USUAL_CHANNELS
from songbatch.audio.probe import AudioProblem, probe
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from songbatch.model import AudioInfo, AudioSetting

CONVERT_VERSION = 2
"""Goes up whenever equal masters give other bytes."""

_SAME_BITRATE = 0.01
"""How far the mean of a constant bit rate may be off: frames differ by a byte."""


def convert(master: bytes, setting: AudioSetting) -> bytes:
    """Return a WAV or MP3 master as the setting asks: in stereo, of 16 bits where it is WAV or PCM.

    A master that already is all that is returned as it is, and one whose end is missing is
    converted as far as it goes. Raises AudioProblem for what cannot be read.
    """
    info = _probed(master)
    if _is_as_asked(info, setting):
        return master
    from songbatch.audio.encode import encode, sixteen_bit  # noqa: PLC0415  (loads numpy, lameenc)
    from songbatch.audio.stereo import stereo  # noqa: PLC0415  (loads numpy and miniaudio)

    return encode(map(sixteen_bit, stereo(master, info, setting.sample_rate)), setting)


def _probed(master: bytes) -> AudioInfo:
    try:
        return probe(master)
    except AudioProblem as problem:
        if problem.info is None:
            raise
        return problem.info


def _is_as_asked(info: AudioInfo, setting: AudioSetting) -> bool:
    is_form = info.format is setting.format and info.sample_rate == setting.sample_rate
    if not is_form or info.channels != USUAL_CHANNELS:
        return False
    if info.format is AudioFormat.WAV:
        return info.bitrate == info.sample_rate * info.channels * USUAL_BITS
    asked = setting.reachable_bitrate
    return abs(info.bitrate - asked) <= asked * _SAME_BITRATE

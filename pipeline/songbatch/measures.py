"""Measures of received songs, and findings about them. Data only."""

from __future__ import annotations

import msgspec

from songbatch.digest import Count, Real  # noqa: TC001  (msgspec needs it at run time)

MEASURES_VERSION = 1
"""Goes up whenever equal audio is measured otherwise, so that it is measured anew."""

WAVEFORM_POINTS = 360
"""Stretches of equal length that a picture of a song has: three pixels each on a wide screen."""


class Measures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of a received song. Durations in seconds, levels in dB of full scale.

    None for what silence has none of. `silence` and `clipping` are shares of the whole.
    """

    version: Count
    seconds: Real
    """What a decoder gives."""
    lufs: Real | None
    """Integrated loudness, ITU-R BS.1770-4."""
    peak_dbfs: Real | None
    """The highest sample; an MP3 may decode to more than 0."""
    leading_silence: Real
    trailing_silence: Real
    silence: Real
    clipping: Real
    """Share of the samples at full scale."""
    centroid_hz: Count | None
    """Spectral centroid: how bright it is."""
    end_dbfs: Real | None
    """Root mean square of the last 100 ms that sound: high if the end is cut off."""
    samples_sha256: str
    """Of the decoded samples, 16 bits each: equal for the same sound in other bytes."""


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something about a song that a listener should look at; it never fails anything.

    `code` is one of below, odd, credential, silent, cut-off, clipped, short, identical, unmeasured;
    `detail` a phrase.
    """

    code: str
    detail: str

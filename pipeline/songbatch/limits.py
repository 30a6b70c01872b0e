"""Limits of the hosted contract, in one place for everybody who checks them.

Sources: the vendor's documentation for the hard limits; other vendors of the same model for the
advised ones. Durations in seconds.
"""

from __future__ import annotations

MAX_LYRICS = 600
"""Characters."""

ADVISED_LYRICS = 350
"""Characters: what every vendor of the model takes."""

MIN_REFERENCE_SECONDS = 10.0
"""A reference must be longer than this."""

ADVISED_REFERENCE_SECONDS = 15.0
MAX_REFERENCE_SECONDS = 600.0
ENCODER_PADDING_SECONDS = 0.1
"""What an MP3 encoder may add to ten minutes of music: a few frames of 26 ms."""

MAX_SONG_SECONDS = 60.0
MIN_SONG_SECONDS = 1.0
"""What is shorter is no song, whatever was asked for."""

PCM_BYTES_PER_FRAME = 4
"""16-bit stereo: raw PCM does not state it; it is what the sketch engine sends."""


def is_reference_duration(seconds: float) -> bool:
    """Return whether a reference of this duration is taken."""
    return MIN_REFERENCE_SECONDS < seconds <= MAX_REFERENCE_SECONDS + ENCODER_PADDING_SECONDS

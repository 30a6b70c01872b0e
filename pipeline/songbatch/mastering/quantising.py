"""Sound to whole numbers: 16 bits with dither where bits fall, 24 bits without.

Dither is triangular noise of two steps, which makes the error of rounding noise, independent of
the music. Its numbers are drawn from the track's identity: equal tracks have equal bytes. At 24
bits the error lies 144 dB below full scale, beneath any converter's own noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songbatch.digest import sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from songbatch.audio.resample import Sound

STEPS_16, STEPS_24 = 1 << 15, 1 << 23
_PIECE = 1 << 16


def sixteen_bits(sound: Sound, identity: str) -> NDArray[np.int16]:
    """Return a sound in 16 bits, dithered by `identity` unless it has no more than 16 already."""
    noise = None if has_sixteen_bits(sound) else np.random.PCG64(int(sha256(identity.encode()), 16))
    draw = np.random.Generator(noise) if noise is not None else None
    whole = np.empty(sound.shape, np.int16)
    for at in range(0, len(sound), _PIECE):
        piece = sound[at : at + _PIECE] * np.float32(STEPS_16)
        if draw is not None:
            one, other = draw.random((2, *piece.shape), np.float32)
            piece += one - other
        np.rint(piece, out=piece)
        whole[at : at + _PIECE] = np.clip(piece, -STEPS_16, STEPS_16 - 1)
    return whole


def has_sixteen_bits(sound: Sound) -> bool:
    """Return whether all samples are whole steps of 16 bits: then none fall."""
    for at in range(0, len(sound), _PIECE):
        piece = sound[at : at + _PIECE] * np.float32(STEPS_16)
        if not np.array_equal(piece, np.rint(piece)):
            return False
    return True


def twenty_four_bits(sound: Sound) -> NDArray[np.int32]:
    """Return a sound in 24 bits, from -2²³ to 2²³ - 1."""
    whole = np.rint(sound.astype(np.float64) * STEPS_24)
    return np.clip(whole, -STEPS_24, STEPS_24 - 1).astype(np.int32)

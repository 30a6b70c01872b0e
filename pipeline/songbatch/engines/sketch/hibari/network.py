"""Network of hibari-tts 0.2.1: phones → durations, pitch and energy → spectra.

The graph is written out here, layer by layer, and the file gives the weights; so what the network
would guess, a score can say: how long phones last, how high and how strongly they sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from songbatch.audio import exact
from songbatch.engines.sketch.hibari.layers import (
    Attention,
    ConvBlock,
    Dense,
    Norm,
    Quantised,
    Rows,
    gelu,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.hibari.weights import Weights

FRAME_SECONDS = 0.0125
"""Of a frame of pitch, energy and spectra; a phone lasts for pairs of them."""

BINS = 601
"""Of a spectrum, 20 Hz apart."""

_GAPS = (1, 2, 4, 8, 1, 2)
"""Dilations of the prosody's blocks."""


class Understood(NamedTuple):
    """Phones as the network's two halves understand them (phones × channels)."""

    sound: Rows
    prosody: Rows


class Prosody(NamedTuple):
    """Pitch (Hz, 0 where nothing vibrates) and energy of every frame."""

    hertz: NDArray[np.float32]
    energy: NDArray[np.float32]


class Spectra(NamedTuple):
    """Frames × BINS: what filters the pulses and turns their phase, noise, and a free part.

    `pulses`, `noise` and `free` are natural logarithms of amplitudes; the hyperbolic tangent of
    `turn` is in half turns, `phase` of the free part in radians.
    """

    pulses: Rows
    turn: Rows
    noise: Rows
    free: Rows
    phase: Rows


class TextEncoder:
    """Phones → channels: two blocks over time, then one layer of attention again and again."""

    def __init__(
        self, weights: Weights, name: str, inner: str, ends: tuple[str, str], times: int
    ) -> None:
        self._embedding = weights[f"{name}.emb.weight"]
        self._blocks = [
            ConvBlock(weights, f"{name}.convs.{n}", f"/convs.{n}", ends[0]) for n in (0, 1)
        ]
        parts = (
            (inner, "self_attn.in_proj_bias"),
            (f"/out_proj{ends[1]}/Transpose_output_0", "self_attn.out_proj.bias"),
            (f"/linear1{ends[1]}/Transpose_output_0", "linear1.bias"),
            (f"/linear2{ends[1]}/Transpose_output_0", "linear2.bias"),
        )
        linear = [Quantised(weights, weight, f"{name}.attn.{bias}") for weight, bias in parts]
        self._attention = Attention(weights, f"{name}.attn", linear, heads=2)
        self._times = times
        self._norm = Norm(weights, f"{name}.norm")

    def __call__(self, ids: Sequence[int]) -> Rows:
        """Return phones × channels."""
        rows = self._embedding[list(ids)]
        for block in self._blocks:
            rows = block(rows)
        for _ in range(self._times):
            rows = self._attention(rows)
        return self._norm(rows)


class Network:
    """The whole network."""

    def __init__(self, weights: Weights) -> None:
        self._sound = TextEncoder(weights, "m.text", "/Transpose_2_output_0", ("", ""), 4)
        self._said = TextEncoder(weights, "pn.text", "/Transpose_25_output_0", ("_1", "_4"), 6)
        self._lengths = [Dense(weights, "pn.dur.0"), Dense(weights, "pn.dur.2")]
        self._prosody_in = Dense(weights, "pn.pro_in")
        self._prosody = [
            ConvBlock(weights, f"pn.pro.{n}", f"/pro.{n}", gap=gap) for n, gap in enumerate(_GAPS)
        ]
        self._prosody_out = Dense(weights, "pn.pro_out")
        self._decoder_in = Dense(weights, "m.dec_in")
        self._decoder = [ConvBlock(weights, f"m.dec.{n}", f"/dec.{n}") for n in range(8)]
        self._norm = Norm(weights, "m.dec_norm")
        self._head = Quantised(weights, "/head/Transpose_output_0", "m.head.bias")

    def understood(self, ids: Sequence[int]) -> Understood:
        """Return what the network makes of phones, given by their numbers."""
        return Understood(self._sound(ids), self._said(ids))

    def durations(self, understood: Understood) -> NDArray[np.float64]:
        """Return how many pairs of frames each phone would last if it were said, at least 1."""
        log = self._lengths[1](gelu(self._lengths[0](understood.prosody)))[:, 0]
        return np.maximum(1.0, np.rint(exact.exp(log) - 1))

    def prosody(self, understood: Understood, durations: NDArray[np.intp]) -> Prosody:
        """Return pitch and energy that the network would speak with, for two frames a duration."""
        rows = self._prosody_in(np.repeat(understood.prosody, durations, axis=0))
        for block in self._prosody:
            rows = block(rows)
        both = self._prosody_out(rows).reshape(len(rows), 2, 2)
        hertz, energy = both[:, 0].reshape(-1), both[:, 1].reshape(-1)
        return Prosody(hertz * np.float32(100), energy * np.float32(5))

    def spectra(
        self, understood: Understood, durations: NDArray[np.intp], prosody: Prosody
    ) -> Spectra:
        """Return the spectra of every frame."""
        sound = np.repeat(understood.sound, 2 * durations, axis=0)
        pitch = exact.log(1 + np.maximum(prosody.hertz, 0)) / 5
        columns = [pitch[:, None], prosody.energy[:, None] / np.float32(5)]
        rows = self._decoder_in(np.hstack([sound, *columns]).astype(np.float32))
        for block in self._decoder:
            rows = block(rows)
        out = self._head(self._norm(rows))
        return Spectra(*(out[:, n * BINS : (n + 1) * BINS] for n in range(5)))

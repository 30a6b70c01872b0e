"""Layers of the network, all of time × channels in float32, with one result on every processor.

Weights of one byte meet activations that are rounded to one byte: sums of such products are whole
numbers, exact in any order. What is a product of fractions is rounded first
(`songbatch.audio.exact.rounded_product`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songbatch.audio import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from songbatch.engines.sketch.hibari.weights import Weights

Rows = NDArray[np.float32]
"""Time × channels."""

EPSILON = np.float32(1e-5)
"""What keeps a normalisation from dividing by 0."""

_CHUNK = 32
"""Rows whose intermediate results stay in a processor's cache."""

# Abramowitz & Stegun (1964), 7.1.28: 1 - erf(y) is 1 / (1 + a1 y + … + a6 y⁶)¹⁶ within 3e-7.
_ERF = (0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)
_ERF_MOST = np.float32(6.0)
"""Where erf is 1 in float32."""


class Quantised:
    """A linear layer with weights of one byte (in × out), one scale, and a bias."""

    def __init__(self, weights: Weights, weight: str, bias: str) -> None:
        self._whole = weights[f"{weight}_quantized"].astype(np.float32)
        self._scale = np.float32(weights[f"{weight}_scale"])
        self._bias = weights[bias]

    def __call__(self, rows: Rows) -> Rows:
        """Return the layer's output."""
        whole, scale = _quantised(rows)
        out = exact.whole_product(whole, self._whole)
        out *= scale * self._scale
        out += self._bias
        return out


def _quantised(rows: Rows) -> tuple[Rows, np.float32]:
    """Return whole numbers of 255 steps from least to most, and the step, as ONNX defines it."""
    least, most = min(np.float32(0), rows.min()), max(np.float32(0), rows.max())
    step = np.float32((most - least) / np.float32(255)) or np.float32(1)
    zero = np.rint(np.clip(-least / step, 0, 255))
    whole = np.rint(rows / step)
    return np.clip(whole, -zero, np.float32(255) - zero, out=whole), step


class Norm:
    """Normalisation of every row to mean 0 and variance 1, then a gain and a bias."""

    def __init__(self, weights: Weights, name: str) -> None:
        self._gain, self._bias = weights[f"{name}.weight"], weights[f"{name}.bias"]

    def __call__(self, rows: Rows) -> Rows:
        """Return the layer's output."""
        count = np.float32(rows.shape[1])
        centred = rows - rows.sum(axis=1, keepdims=True) / count
        variance = np.square(centred).sum(axis=1, keepdims=True) / count
        centred /= np.sqrt(variance + EPSILON)
        centred *= self._gain
        centred += self._bias
        return np.asarray(centred)


def gelu(rows: Rows) -> Rows:
    """Return x times the share of a normal distribution below x; `rows` are overwritten."""
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        size = np.abs(part)
        y = size * np.float32(np.sqrt(0.5))
        np.minimum(y, _ERF_MOST, out=y)
        below = y * np.float32(_ERF[-1])
        for coefficient in _ERF[-2::-1]:
            below += np.float32(coefficient)
            below *= y
        below += np.float32(1)
        for _ in range(4):
            below *= below
        size *= np.float32(0.5)
        size /= below
        np.maximum(part, 0, out=part)
        part -= size
    return rows


class ConvBlock:
    """A ConvNeXt block: every channel over time, then two layers across channels, added."""

    def __init__(self, weights: Weights, name: str, onnx: str, end: str = "", gap: int = 1) -> None:
        self._taps = np.ascontiguousarray(weights[f"{name}.dw.weight"][:, 0].T)
        self._bias = weights[f"{name}.dw.bias"]
        self._norm = Norm(weights, f"{name}.norm")
        self._wide, self._narrow = (
            Quantised(weights, f"{onnx}/{part}{end}/Transpose_output_0", f"{name}.{part}.bias")
            for part in ("pw1", "pw2")
        )
        self._gain, self._gap = weights[f"{name}.gamma"], gap

    def __call__(self, rows: Rows) -> Rows:
        """Return the block's output."""
        out = self._narrow(gelu(self._wide(self._norm(self._over_time(rows)))))
        out *= self._gain
        out += rows
        return out

    def _over_time(self, rows: Rows) -> Rows:
        reach = self._gap * (len(self._taps) // 2)
        padded = np.pad(rows, ((reach, reach), (0, 0)))
        out = np.empty_like(rows)
        for start in range(0, len(rows), _CHUNK):
            part = out[start : start + _CHUNK]
            part[:] = self._bias
            for number, tap in enumerate(self._taps):
                first = start + number * self._gap
                part += padded[first : first + len(part)] * tap
        return out


class Attention:
    """A transformer layer, normalised before each half.

    `linear` are its layers: to queries, keys and values; from what is attended to; wider; narrower.
    """

    def __init__(
        self, weights: Weights, name: str, linear: Sequence[Callable[[Rows], Rows]], heads: int
    ) -> None:
        self._norms = [Norm(weights, f"{name}.norm{n}") for n in (1, 2)]
        self._inner, self._outer, self._wide, self._narrow = linear
        self._heads = heads

    def __call__(self, rows: Rows) -> Rows:
        """Return the layer's output."""
        inner = self._inner(self._norms[0](rows))
        rows = rows + self._outer(attended(inner, self._heads))
        return rows + self._narrow(gelu(self._wide(self._norms[1](rows))))


def attended(inner: Rows, heads: int) -> Rows:
    """Return attention over time, of queries, keys and values side by side in `inner`."""
    width = inner.shape[1] // 3
    queries, keys, values = (
        inner[:, n * width : (n + 1) * width].reshape(len(inner), heads, -1) for n in range(3)
    )
    share = 1 / np.sqrt(width // heads)
    ones = np.ones((len(inner), 1))
    out = []
    for head in range(heads):
        likeness = exact.rounded_product(queries[:, head], keys[:, head].T) * share
        likeness -= likeness.max(axis=1, keepdims=True)
        weighted = exact.rounded_product(exact.exp(likeness), np.hstack([values[:, head], ones]))
        out.append(weighted[:, :-1] / weighted[:, -1:])
    return np.hstack(out).astype(np.float32)


class Dense:
    """A convolution across channels and time, with weights of out × in × taps."""

    def __init__(self, weights: Weights, name: str) -> None:
        weight = weights[f"{name}.weight"]
        self._reach = weight.shape[2] // 2
        self._weight = np.ascontiguousarray(weight.transpose(2, 1, 0).reshape(-1, len(weight)))
        self._bias = weights[f"{name}.bias"]

    def __call__(self, rows: Rows) -> Rows:
        """Return the layer's output."""
        padded = np.pad(rows, ((self._reach, self._reach), (0, 0)))
        taps = [padded[n : n + len(rows)] for n in range(2 * self._reach + 1)]
        out = exact.rounded_product(np.hstack(taps), self._weight) + self._bias
        return np.asarray(out, np.float32)


class Linear:
    """A linear layer with weights of in × out."""

    def __init__(self, weight: Rows, bias: Rows) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, rows: Rows) -> Rows:
        """Return the layer's output."""
        return np.asarray(exact.rounded_product(rows, self._weight) + self._bias, np.float32)

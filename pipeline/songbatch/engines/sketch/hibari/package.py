"""Files of the package hibari-tts, read as data, and what is made of them, once a process."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from songbatch.engines.sketch.hibari.network import Network
from songbatch.engines.sketch.hibari.reading import WordReader
from songbatch.engines.sketch.hibari.weights import read_weights
from songbatch.extras import VOICE

if TYPE_CHECKING:
    from collections.abc import Mapping

_ASSETS = "hibari/assets"


class Model(NamedTuple):
    """The network, and the numbers of its phones."""

    network: Network
    alphabet: Mapping[str, int]


@cache
def model() -> Model:
    """Return the singing network. Raises ExtraMissing."""
    alphabet = json.loads(VOICE.read(f"{_ASSETS}/vocab.json"))
    return Model(Network(read_weights(VOICE.read(f"{_ASSETS}/hibari.onnx"))), alphabet)


@cache
def reader() -> WordReader:
    """Return what reads unknown words. Raises ExtraMissing."""
    about = VOICE.read(f"{_ASSETS}/oov.json")
    return WordReader(VOICE.read(f"{_ASSETS}/oov.onnx"), about)

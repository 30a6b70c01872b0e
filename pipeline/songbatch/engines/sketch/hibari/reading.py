"""Reading of words that no dictionary has, by the small network of hibari-tts: letters → phones.

The network was trained on names and foreign words as well; it answers with phones of misaki's
alphabet, several for a letter, which become those that the engine sings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.sketch.hibari.layers import Attention, Linear, Norm, Rows
from songbatch.engines.sketch.hibari.weights import read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.sketch.hibari.weights import Weights
    from songbatch.engines.sketch.phonetics.pronounce import Phone

LAYERS, HEADS = 4, 4
FIRST_WEIGHT, A_LAYER = 490, 11
"""The number that the file gives to the first layer's weights, and how far the next one's are."""

_VOWELS: Mapping[str, str] = {
    "A": "EY", "I": "AY", "O": "OW", "W": "AW", "Y": "OY", "a": "AA", "i": "IY", "u": "UW",
    "æ": "AE", "ɑ": "AA", "ɔ": "AO", "ə": "AH", "ɛ": "EH", "ɜ": "ER", "ɪ": "IH", "ʊ": "UH",
    "ʌ": "AH", "ᵊ": "AH", "ᵻ": "IH",
}  # fmt: skip
_CONSONANTS: Mapping[str, str] = {
    "T": "T", "b": "B", "d": "D", "f": "F", "h": "HH", "j": "Y", "k": "K", "l": "L", "m": "M",
    "n": "N", "p": "P", "s": "S", "t": "T", "v": "V", "w": "W", "z": "Z", "ð": "DH", "ŋ": "NG",
    "ɡ": "G", "ɹ": "R", "ʀ": "R", "ʃ": "SH", "ʒ": "ZH", "ʤ": "JH", "ʧ": "CH", "θ": "TH",
}  # fmt: skip
_STRESSES = {"ˈ": 1, "ˌ": 2}


class WordReader:
    """Reads words. `about` says which letters and phones the network knows."""

    def __init__(self, network: bytes, about: bytes) -> None:
        weights, known = read_weights(network), json.loads(about)
        self._letters = {letter: n + 1 for n, letter in enumerate(known["in"])}
        self._phones = ["", *known["out"]]
        self._most: int = known["maxlen"]
        self._embedding, self._places = weights["m.emb.weight"], weights["m.pos"]
        self._layers = [_layer(weights, number) for number in range(LAYERS)]
        self._norm = Norm(weights, "m.norm")
        head = weights[f"onnx::MatMul_{FIRST_WEIGHT + A_LAYER * LAYERS}"]
        self._head = Linear(head, weights["m.head.bias"])

    def phones(self, word: str) -> list[Phone]:
        """Return the phones of a word; none if no letter of it is known."""
        ids = [self._letters[letter] for letter in word if letter in self._letters][: self._most]
        return phones_of(self._answer(ids)) if ids else []

    def _answer(self, ids: list[int]) -> str:
        rows: Rows = self._embedding[ids] + self._places[: len(ids)]
        for layer in self._layers:
            rows = layer(rows)
        scores = self._head(self._norm(rows)).reshape(-1, len(self._phones))
        best = scores.argmax(axis=1)
        # The same phone side by side is one, unless there is a gap between them.
        fresh = best != np.concatenate([[0], best[:-1]])
        return "".join(self._phones[place] for place in best[fresh & (best > 0)].tolist())


def _layer(weights: Weights, number: int) -> Attention:
    name, first = f"m.layers.{number}", FIRST_WEIGHT + A_LAYER * number
    parts = (
        (0, "self_attn.in_proj_bias"),
        (8, "self_attn.out_proj.bias"),
        (9, "linear1.bias"),
        (10, "linear2.bias"),
    )
    linear = [
        Linear(weights[f"onnx::MatMul_{first + offset}"], weights[f"{name}.{bias}"])
        for offset, bias in parts
    ]
    return Attention(weights, name, linear, HEADS)


def phones_of(text: str) -> list[Phone]:
    """Return phones of misaki's alphabet as the engine has them, stresses with their vowels."""
    found: list[Phone] = []
    stress = 0
    for letter in text:
        if letter in _STRESSES:
            stress = _STRESSES[letter]
        elif letter in _VOWELS:
            found.append((_VOWELS[letter], stress))
            stress = 0
        elif letter == "ɹ" and found and found[-1][0] == "ER":
            continue  # the vowel has it
        elif letter in _CONSONANTS:
            found.append((_CONSONANTS[letter], 0))
    return found

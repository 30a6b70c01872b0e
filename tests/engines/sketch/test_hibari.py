"""The singer with a network: its arithmetic, its timing, its reading of words."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from math import erf
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.audio import exact
from songbatch.engines.sketch.compose.singing import Note
from songbatch.engines.sketch.hibari import layers, package, phrase, steady
from songbatch.engines.sketch.hibari.reading import phones_of
from songbatch.engines.sketch.hibari.weights import read_weights
from songbatch.engines.sketch.one_thread import THREADS
from songbatch.engines.sketch.phonetics.lyrics import read
from songbatch.engines.sketch.voice.timing import syllable_spans
from songbatch.extras import VOICE

needs_package = pytest.mark.skipif(VOICE.folder() is None, reason=VOICE.command)
RNG = np.random.default_rng(3)


def field(number: int, data: bytes) -> bytes:
    """A field of Protocol Buffers with fewer than 128 bytes."""
    return bytes([number << 3 | 2, len(data)]) + data


def tensor(name: str, kind: int, shape: list[int], *values: bytes) -> bytes:
    dimensions = b"".join(bytes([1 << 3, size]) for size in shape)
    return dimensions + bytes([2 << 3, kind]) + b"".join(values) + field(8, name.encode())


def test_weights_are_read_by_name_in_every_way_they_are_kept() -> None:
    floats = struct.pack("<2f", 1.5, -2.0)
    graph = b"".join(
        field(5, one)
        for one in (
            tensor("raw", 1, [2, 1], field(9, floats)),
            tensor("listed", 1, [2], field(4, floats)),
            tensor("bytes", 3, [1, 3], field(9, b"\x01\xff\x80")),
            tensor("zero", 3, [], field(5, b"\x00")),
        )
    )
    found = read_weights(bytes([8, 9]) + field(2, b"maker") + field(7, field(2, b"name") + graph))
    assert {name: array.tolist() for name, array in found.items()} == {
        "raw": [[1.5], [-2.0]],
        "listed": [1.5, -2.0],
        "bytes": [[1, -1, -128]],
    }


def test_products_of_whole_numbers_are_those_of_integers() -> None:
    a = RNG.integers(-255, 256, (5, 1200))
    b = RNG.integers(-128, 128, (1200, 7))
    a[0], b[:, 0] = 255, -128  # the largest sum there is
    found = exact.whole_product(a.astype(np.float32), b.astype(np.float32))
    assert found.tolist() == (a @ b).astype(np.float32).tolist()


@pytest.mark.parametrize("terms", [1, 3, 910])
def test_rounded_products_do_not_depend_on_the_order_of_their_terms(terms: int) -> None:
    a, b = RNG.standard_normal((6, terms)), RNG.standard_normal((terms, 4))
    order = RNG.permutation(terms)
    found = exact.rounded_product(a, b)
    assert np.array_equal(found, exact.rounded_product(a[:, order], b[order]))
    assert np.abs(found - a @ b).max() < 1e-5 * np.sqrt(terms)


def test_gelu_is_the_share_of_a_normal_distribution() -> None:
    x = np.linspace(-9, 9, 500).astype(np.float32)
    wanted = [v * 0.5 * (1 + erf(v / np.sqrt(2))) for v in x.tolist()]
    assert layers.gelu(x[:, None].copy())[:, 0] == pytest.approx(wanted, abs=3e-6)


def test_a_quantised_layer_is_what_the_standard_says() -> None:
    # DynamicQuantizeLinear of ONNX: 0 is among the 256 steps, and halves are rounded to even.
    rows = np.array([[-1.0, 0.0, 4.1, 0.5]], np.float32)
    weight = np.eye(4, dtype=np.int8)
    weights = {"w_quantized": weight, "w_scale": np.float32(0.5), "b": np.ones(4, np.float32)}
    step = np.float32(np.float32(5.1) / np.float32(255))
    wanted = np.rint(rows / step) * (step * np.float32(0.5)) + 1
    assert layers.Quantised(weights, "w", "b")(rows) == pytest.approx(wanted, abs=1e-6)


def test_attention_weighs_values_by_likeness() -> None:
    inner = RNG.standard_normal((5, 24)).astype(np.float32)
    wanted = []
    for head in range(2):
        queries, keys, values = (inner[:, n * 8 + head * 4 :][:, :4] for n in range(3))
        shares = np.exp(queries @ keys.T / 2)
        wanted.append(shares / shares.sum(axis=1, keepdims=True) @ values)
    assert layers.attended(inner, 2) == pytest.approx(np.hstack(wanted), abs=1e-5)


def notes(text: str, length: float) -> list[Note]:
    line = read(text, "en").lines[0]
    return [Note(n * length, (n + 1) * length, 60.0, one, 0) for n, one in enumerate(line)]


@pytest.mark.parametrize("length", [0.14, 0.3, 1.7])
def test_vowels_begin_on_their_notes_however_long_those_are(length: float) -> None:
    sung = notes("seven green elephants borrow a ladder", length)
    letters = sorted({letter for text in phrase._LETTERS.values() for letter in text} | set(" ˈ"))
    phones = phrase.phones(sung, {letter: n + 1 for n, letter in enumerate(letters)})
    said = RNG.integers(1, 5, len(phones.ids)).astype(float)
    times = phrase.timeline(phones, said, sung, syllable_spans(sung))
    heads = [int(np.flatnonzero(phones.vowels == n)[0]) for n in range(len(sung))]
    edges = np.concatenate([[0], np.cumsum(times.durations)])
    begins = np.interp(edges[heads], times.network, times.song)
    assert begins == pytest.approx([note.start for note in sung], abs=1e-9)
    assert np.all(np.diff(times.song) >= 0)
    assert np.all(np.diff(times.network) >= 0)


def test_low_bins_of_a_sung_vowel_hold_and_its_edges_and_consonants_move() -> None:
    power = RNG.random((60, 601), dtype=np.float32)
    sung, vowels = np.ones(60, np.float32), np.full(60, -1)
    sung[:10], vowels[10:50] = 0, 3
    found = steady.steadied(power, sung, vowels)
    low, high = int(steady.ALL_BELOW / 20), int(steady.NONE_ABOVE / 20)
    assert np.array_equal(found[:10], power[:10])
    assert np.array_equal(found[:, high + 1 :], power[:, high + 1 :])
    moves = np.abs(np.diff(found[:, :low], axis=0)).mean(axis=1)
    assert moves[22:37].max() < 0.2 * min(moves[10:12].min(), moves[52:].min())


def test_what_does_not_sing_keeps_its_phases() -> None:
    turn = RNG.random((8, 601), dtype=np.float32)
    sung = np.repeat(np.array([0, 1], np.float32), 4)
    found = steady.unturned(turn, sung)
    assert np.array_equal(found[:4], turn[:4])
    assert not found[4:, :30].any()
    assert np.array_equal(found[4:, 80:], turn[4:, 80:])


def test_read_phones_are_the_ones_that_are_sung() -> None:
    assert phones_of("ɹˈæʃid") == [("R", 0), ("AE", 1), ("SH", 0), ("IY", 0), ("D", 0)]
    assert phones_of("wˈɜɹdᵊl") == [("W", 0), ("ER", 1), ("D", 0), ("AH", 0), ("L", 0)]


@needs_package
def test_unknown_words_are_read_by_the_network() -> None:
    reading = package.reader().phones
    [syllables] = read("Zaphod", "en", reading).lines
    assert [one.vowel for one in syllables] == ["AE", "AA"]
    assert syllables[0].onset == ("Z",)
    assert read("window", "en", reading).lines == read("window", "en").lines


@needs_package
def test_the_network_says_what_it_said_when_it_was_published() -> None:
    # Of onnxruntime 1.32 on x86-64, for "həlˈO."; roundings to 8 bits let single numbers differ.
    wanted = json.loads((Path(__file__).parent / "hibari.json").read_text("utf-8"))
    made = package.model()
    ids = [0, *(made.alphabet[letter] for letter in wanted["phones"]), 0]
    understood = made.network.understood(ids)
    durations = made.network.durations(understood)
    assert durations.tolist() == wanted["durations"]
    prosody = made.network.prosody(understood, durations.astype(int))
    assert prosody.hertz[::4] == pytest.approx(wanted["hertz"], abs=6)
    spectra = made.network.spectra(understood, durations.astype(int), prosody)
    for name, values in wanted["spectra"].items():
        rows: NDArray[np.float32] = getattr(spectra, name)[::4, ::40]
        assert np.corrcoef(rows.ravel(), np.ravel(values))[0, 1] > 0.998, name


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted by /proc")
def test_products_take_one_thread_and_other_programs_as_many_as_they_like() -> None:
    program = (
        "import os\n"
        "from songbatch.engines.sketch.one_thread import THREADS, load_numpy\n"
        "load_numpy()\n"
        "import numpy as np\n"
        "np.ones((500, 500)) @ np.ones((500, 500))\n"
        "print(len(os.listdir('/proc/self/task')), THREADS in os.environ)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != THREADS}
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert ran.stdout == "1 False\n"

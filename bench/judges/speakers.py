"""WAV files → vectors of their voices by a speaker encoder; run by the judges' interpreter.

    JUDGES/bin/python bench/judges/speakers.py < NAMES

Reads names of mono WAV files at 16 kHz, one a line; prints the embedding of each, 256 numbers of
unit length. The encoder is Resemblyzer's (after Wan et al. 2018), a network trained on real
speakers; only its weights are used. See README.md beside this file.
"""

from __future__ import annotations

import sys
import wave
from importlib import import_module, util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 16000
FRAME, HOP, BANDS = 400, 160, 40
PIECE = 160
"""Frames of mel bands that the network hears at once: 1.6 seconds."""

LOUDNESS = 10 ** (-30 / 20)
"""Root mean square that the network expects."""

Rows = NDArray[np.float64]


def mel_filters() -> Rows:
    """Return bands × bins: triangles of unit area on Slaney's mel scale."""
    step = np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000) / step
    mels = np.linspace(0, top, BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp((mels - 15) * step))
    hertz = np.fft.rfftfreq(FRAME, 1 / RATE)
    low, centre, high = (edges[i : i + BANDS, None] for i in range(3))
    triangles = np.minimum((hertz - low) / (centre - low), (high - hertz) / (high - centre))
    return np.asarray(np.maximum(0, triangles) * 2 / (high - low))


def pieces(name: Path) -> NDArray[np.float32]:
    """Return the pieces × PIECE × BANDS of what sounds in a file, half overlapping."""
    with wave.open(str(name), "rb") as reader:
        if (reader.getframerate(), reader.getnchannels()) != (RATE, 1):
            raise SystemExit(f"{name}: mono at {RATE} Hz is needed")
        sound = np.frombuffer(reader.readframes(reader.getnframes()), "<i2") / 32768
    level = np.sqrt(np.convolve(sound**2, np.ones(480) / 480, "same"))
    heard = sound[level > 0.05 * np.percentile(level, 97)]
    heard = heard * LOUDNESS / np.sqrt((heard**2).mean())
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(heard, FRAME // 2), FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME + 1)[:-1], axis=1)) ** 2
    mel = power @ mel_filters().T
    starts = range(0, max(1, len(mel) - PIECE + 1), PIECE // 2)
    return np.stack([np.resize(mel[start : start + PIECE], (PIECE, BANDS)) for start in starts])


def network(torch: Any) -> Any:
    """Return the encoder with its weights: mel pieces → embeddings."""
    spec = util.find_spec("resemblyzer")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("install resemblyzer without its dependencies: see README.md")
    weights = Path(spec.submodule_search_locations[0]) / "pretrained.pt"
    state = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
    recurrent, linear = torch.nn.LSTM(BANDS, 256, 3, batch_first=True), torch.nn.Linear(256, 256)
    for part, prefix in ((recurrent, "lstm."), (linear, "linear.")):
        own = {key.removeprefix(prefix): v for key, v in state.items() if key.startswith(prefix)}
        part.load_state_dict(own)

    def embed(mels: NDArray[np.float32]) -> Rows:
        with torch.no_grad():
            _, (hidden, _) = recurrent(torch.from_numpy(mels.astype(np.float32)))
            rows = torch.relu(linear(hidden[-1])).numpy().astype(float)
        mean = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    return embed


def main() -> None:
    """Embed every file named on the input."""
    embed = network(import_module("torch"))
    for line in sys.stdin:
        vector = embed(pieces(Path(line.strip())))
        print(" ".join(f"{number:.5f}" for number in vector), flush=True)


if __name__ == "__main__":
    main()

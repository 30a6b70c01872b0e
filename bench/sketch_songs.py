"""Quality of the sketch engine's songs: words, notes, times, tempo, loudness, voices.

    python -m bench.sketch_songs [--judge PYTHON] [--songs N] [--keep FOLDER]

Twelve songs: easy, plain and unpredictable lyrics by turns, four synthetic voices, four synthetic
bands. Each is sung alone, with its band, and as the voice of that mix without the band. A judge
(bench/judges/README.md) recognises the words: recall is the share of the lyrics' words found in
what was heard, in order. Everything else is measured here.
"""

from __future__ import annotations

import argparse
import io
import itertools
import re
import statistics
import subprocess
import tempfile
import wave
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.dsp import loudness, resample
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.voice.timing import syllable_spans
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, Purpose
from support.references import MAJOR, MINOR, Sink, band, voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.singing import Note

    Sound = NDArray[np.float32]

ROOT = Path(__file__).parents[1]

LYRICS = {
    "easy": (
        "I love you more than words can say\nI think about you every day\n"
        "When the night is dark and cold\nI need a hand that I can hold",
        "The sun is shining in the sky\nThe birds are singing way up high\n"
        "Come and dance with me tonight\nEverything will be all right",
        "Take me home to where I belong\nSing with me my favorite song\n"
        "We can make it through the rain\nI will see you once again",
        "Happy birthday to my friend\nMay the music never end\n"
        "Open up your heart and see\nYou will always be with me",
    ),
    "plain": (
        "I left the window open late last night\nThe neighbors had a party down the street\n"
        "My mother sent a letter in the spring\nShe wrote about the garden and the heat",
        "The bus was late again this afternoon\nI waited at the corner by the store\n"
        "A man was selling flowers in the rain\nI bought a dozen roses for your door",
        "We drove along the river after work\nThe radio was playing something slow\n"
        "You told me that you wanted to move out\nI never thought that you would really go",
        "My father fixed the engine of the boat\nWe took it to the middle of the lake\n"
        "He gave me bread and butter with some cheese\nAnd talked until the sun began to break",
    ),
    "unpredictable": (
        "Seven green elephants borrow a ladder\nPurple mathematics tickles the moon\n"
        "Grandmother juggles electrical onions\nSilver potatoes are whistling a tune",
        "Vinegar pirates are painting the ceiling\nForty blue chickens inspect the machine\n"
        "Doctor Volcano is knitting a sandwich\nMarble umbrellas dissolve in caffeine",
        "Angry accountants are hugging a cactus\nTuesday has swallowed the rubber giraffe\n"
        "Cardboard professors are melting the piano\nInvisible hamsters have started to laugh",
        "Copper mosquitoes negotiate breakfast\nWinter is wearing a velvet balloon\n"
        "Lazy detectives are counting bananas\nA crocodile teaches the teapot to swoon",
    ),
}
VOICES = {
    "bass": voice((41.0, 45.0, 48.0, 43.0), spacing=930.0),
    "tenor": voice((50.0, 54.0, 57.0, 52.0), spacing=1000.0),
    "alto": voice((56.0, 59.0, 63.0, 58.0), spacing=1100.0),
    "soprano": voice((62.0, 66.0, 69.0, 64.0), spacing=1180.0),
}
BANDS = {
    "100 G drums": band(100.0, 7, drums=True),
    "84 a": band(84.0, 9, MINOR, partials=4),
    "124 e drums": band(124.0, 4, MINOR, partials=10, drums=True),
    "92 C": band(92.0, 0, MAJOR, partials=12),
}
WAV = AudioSetting(AudioFormat.WAV, RATE)
MIXED, ALONE, STEM = "in the mix", "alone", "the mix's voice without the band"


@dataclass(slots=True)
class Song:
    """A song and what was found of it."""

    kind: str
    voice: str
    band: str
    lyrics: str
    sounds: dict[str, Sound] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)
    cents: list[float] = field(default_factory=list)
    tempo_error: float = 0.0
    onset_errors: list[float] = field(default_factory=list)
    peak_db: float = 0.0
    lufs: float = 0.0
    lufs_wanted: float = 0.0
    pause: float = 0.0


def planned(count: int) -> Iterator[Song]:
    """Return songs in which kinds, voices and bands take turns, each at its own pace."""
    kinds = [(kind, text) for texts in zip(*LYRICS.values(), strict=True)
             for kind, text in zip(LYRICS, texts, strict=True)]  # fmt: skip
    voices, bands = list(VOICES), list(BANDS)
    for number, (kind, text) in enumerate(kinds[:count]):
        yield Song(kind, voices[number % 4], bands[(number + number // 4) % 4], text)


def samples(wav: bytes) -> Sound:
    """Return frames × 2 of the engine's own WAV."""
    with wave.open(io.BytesIO(wav), "rb") as reader:
        raw = reader.readframes(reader.getnframes())
    return (np.frombuffer(raw, "<i2").reshape(-1, 2) / np.float32(32768)).astype(np.float32)


def make(song: Song, engine: SketchEngine) -> None:
    """Sing it three ways and measure."""
    sung = engine.upload(VOICES[song.voice], AudioFormat.WAV, Purpose.VOICE, "b").voice_id
    played = engine.upload(BANDS[song.band], AudioFormat.WAV, Purpose.INSTRUMENTAL, "b")
    requests = {
        MIXED: Generation(song.lyrics, sung, played.instrumental_id, WAV, 1, "b"),
        ALONE: Generation(song.lyrics, sung, None, WAV, 1, "b"),
    }
    for name, request in requests.items():
        sink = Sink()
        engine.generate(request, sink)
        song.sounds[name] = samples(bytes(sink))
    sketch = engine.compose(requests[MIXED])
    stem = sketch.vocals()
    assert stem is not None
    song.sounds[STEM] = stem[:, None] * np.float32(0.5 / np.abs(stem).max())
    song.cents = list(cents(stem, sketch.score.notes))
    song.onset_errors = list(onset_errors(song.sounds[ALONE].mean(axis=1), engine, requests[ALONE]))
    measure(song, sketch.score.bpm, engine, requests[MIXED])


def measure(song: Song, bpm: float, engine: SketchEngine, request: Generation) -> None:
    """Fill in what the finished mix shows."""
    mixed = song.sounds[MIXED]
    balance = features.extract(BANDS[song.band], Purpose.INSTRUMENTAL).tonal_balance
    song.lufs, song.lufs_wanted = loudness(mixed, RATE), float(np.clip(balance.lufs, -18, -14))
    loud = max(float(np.abs(resample(mixed[:, c], RATE, 4 * RATE)).max()) for c in (0, 1))
    song.peak_db = 20 * np.log10(loud)
    sink = Sink()
    engine.generate(Generation(song.lyrics, None, request.instrumental_id, WAV, 1, "b"), sink)
    octaves = np.log2(features.extract(bytes(sink), Purpose.INSTRUMENTAL).rhythm.bpm / bpm)
    song.tempo_error = float(abs(2 ** (octaves - round(octaves)) - 1))
    blocks = mixed[: len(mixed) // 2205 * 2205].reshape(-1, 4410)
    quiet = np.sqrt((blocks**2).mean(axis=1)) < 10 ** (-45 / 20)
    runs = [sum(1 for _ in run) for silent, run in itertools.groupby(quiet[:-10]) if silent]
    song.pause = 0.05 * max(runs, default=0)


def cents(stem: Sound, notes: Sequence[Note]) -> Iterator[float]:
    """Return how far every note that can be heard clearly is from its pitch."""
    for note, span in zip(notes, syllable_spans(notes), strict=True):
        piece = stem[int((span.vowel + 0.07) * RATE) : int((span.stop - 0.03) * RATE)]
        if len(piece) > 0.09 * RATE:
            yield 100 * (pitch(piece, note.pitch) - note.pitch)


def pitch(piece: Sound, around: float) -> float:
    """Return the pitch (MIDI) whose period repeats best within 1.5 semitones of `around`."""
    size = 1 << int(np.ceil(np.log2(2 * len(piece))))
    power = np.abs(np.fft.rfft(piece.astype(np.float64), size)) ** 2
    tried = around + np.arange(-1.5, 1.5, 0.02)
    lags = RATE / (440 * 2 ** ((tried - 69) / 12))
    turns = 2 * np.pi * np.arange(len(power)) / size
    repeats = [(power * np.cos(turns * lag)).sum() / (1 - lag / len(piece)) for lag in lags]
    return float(tried[int(np.argmax(repeats))])


def onset_errors(sound: Sound, engine: SketchEngine, request: Generation) -> Iterator[float]:
    """Return seconds between a line's planned start and its first sound after silence."""
    lines = engine.times(request)
    for before, line in zip((None, *lines), lines, strict=False):
        if before and line.start - before.end < 0.25:
            continue
        start = int((line.start - 0.12) * RATE)
        piece = sound[max(0, start) : start + int(0.5 * RATE)]
        smooth = np.sqrt(np.convolve(piece**2, np.ones(220) / 220, "same"))
        floor = smooth[: int(0.05 * RATE)].max()
        loud = np.nonzero(smooth > max(2 * floor, 0.02 * smooth.max()))[0]
        yield (max(0, start) + int(loud[0])) / RATE - line.start


SPELLINGS = {"favourite": "favorite", "alright": "all right", "dr": "doctor", "tea pot": "teapot"}
"""How the judge may write what it heard, and how the lyrics have it."""


def words(text: str) -> list[str]:
    """Return the words to compare, in the lyrics' spelling."""
    plain = " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())
    for spelling, ours in SPELLINGS.items():
        plain = re.sub(rf"\b{spelling}\b", ours, plain)
    return plain.split()


def recall(wanted: str, heard: str) -> float:
    """Return the share of the wanted words that were heard, in order."""
    return aligned(words(wanted), words(heard))


def aligned(wanted: Sequence[str], heard: Sequence[str]) -> float:
    """Return the share of the wanted words that are in both lists, in order."""
    rows = np.zeros((len(wanted) + 1, len(heard) + 1), int)
    for i, word in enumerate(wanted):
        for j, other in enumerate(heard):
            longer = max(rows[i, j + 1], rows[i + 1, j])
            rows[i + 1, j + 1] = rows[i, j] + 1 if word == other else longer
    return float(rows[-1, -1]) / max(1, len(wanted))


def judged(songs: Sequence[Song], judge: str, folder: Path) -> None:
    """Let the judge hear every sound."""
    names = []
    for number, song in enumerate(songs):
        for name, sound in song.sounds.items():
            path = folder / f"{number:02}-{song.kind}-{name.replace(' ', '-')}.wav"
            save(path, sound)
            names.append((song, name, path))
    process = subprocess.run(
        [judge, str(ROOT / "bench/judges/words.py")],
        input="".join(f"{path}\ten\n" for _, _, path in names),
        capture_output=True,
        text=True,
        check=True,
    )
    for (song, name, _), heard in zip(names, process.stdout.split("\n"), strict=False):
        song.heard[name] = heard


def save(path: Path, sound: Sound, rate: int = RATE) -> None:
    """Write frames × 2 as mono WAV."""
    mono = sound.mean(axis=1)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((mono / np.abs(mono).max() * 29000).astype("<i2").tobytes())


def tell_words(songs: Sequence[Song], *, verbose: bool) -> None:
    """Print recall by kind of lyrics and by voice."""
    print(f"words recalled{'':24}" + "".join(f"{name[:12]:>14}" for name in (ALONE, STEM, MIXED)))
    groups = [("lyrics", kind, [s for s in songs if s.kind == kind]) for kind in LYRICS]
    groups += [("voice", name, [s for s in songs if s.voice == name]) for name in VOICES]
    groups += [("band", name, [s for s in songs if s.band == name]) for name in BANDS]
    groups.append(("", "all", list(songs)))
    for what, name, members in groups:
        if members:
            means = [
                statistics.mean(recall(s.lyrics, s.heard[way]) for s in members)
                for way in (ALONE, STEM, MIXED)
            ]
            print(f"  {what:<8}{name:<28}" + "".join(f"{mean:14.3f}" for mean in means))
    for song in songs if verbose else ():
        print(f"--- {song.kind}, {song.voice}, {song.band}: {song.lyrics!r}")
        for way in (ALONE, STEM, MIXED):
            print(f"    {recall(song.lyrics, song.heard[way]):.2f} {way[:9]}: {song.heard[way]}")


def tell_measures(songs: Sequence[Song]) -> None:
    """Print what was measured."""
    cents_off = [abs(c) for song in songs for c in song.cents]
    onsets = [1000 * abs(e) for song in songs for e in song.onset_errors]
    print(f"notes within 50 cents        {np.mean(np.array(cents_off) < 50):8.4f}"
          f"   of {len(cents_off)}, median {statistics.median(cents_off):.0f} cents")  # fmt: skip
    print(f"lines' starts, ms off        {statistics.median(onsets):8.1f} median"
          f"{max(onsets):8.1f} most   of {len(onsets)}")  # fmt: skip
    rows = {
        "tempo against the plan, %": [100 * s.tempo_error for s in songs],
        "true peak, dB": [s.peak_db for s in songs],
        "loudness against asked, LU": [s.lufs - s.lufs_wanted for s in songs],
        "longest silence inside, s": [s.pause for s in songs],
    }
    for name, values in rows.items():
        print(f"{name:<28}{min(values):9.3f} least{statistics.median(values):9.3f} median"
              f"{max(values):9.3f} most")  # fmt: skip


def tell_voices(engine: SketchEngine) -> None:
    """Print pitch and formants' spacing of what each reference's singer sings."""
    print(
        "voices: reference's median pitch, spacing -> sung pitch, spacing, tilt; three takes apart"
    )
    for name, audio in VOICES.items():
        heard = features.extract(audio, Purpose.VOICE).voice
        voice_id = engine.upload(audio, AudioFormat.WAV, Purpose.VOICE, "b").voice_id
        requests = [
            Generation(LYRICS["easy"][0], voice_id, None, WAV, take, "b") for take in (1, 2, 3)
        ]
        sink = Sink()
        engine.generate(requests[0], sink)
        sung = features.extract(bytes(sink), Purpose.VOICE).voice
        melodies = [[n.pitch for n in engine.compose(r).score.notes] for r in requests]
        apart = [
            float(np.mean(np.array(a) != np.array(b)))
            for a, b in itertools.combinations(melodies, 2)
        ]
        if heard and sung:
            print(
                f"  {name:<9}{heard.median:6.1f}{heard.formant_spacing_hz:7.0f} ->"
                f"{sung.median:6.1f}{sung.formant_spacing_hz:7.0f}"
                f"{sung.tilt_db_per_octave:6.1f}   {min(apart):.2f} of notes"
            )


def main() -> None:
    """Make, measure, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", help="interpreter of the judges' environment")
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="folder for the sounds")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        engine = SketchEngine(Tree(scratch))
        songs = list(planned(asked.songs))
        for song in songs:
            make(song, engine)
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.judge:
            judged(songs, asked.judge, folder)
            tell_words(songs, verbose=asked.verbose)
        tell_measures(songs)
        tell_voices(engine)


if __name__ == "__main__":
    main()

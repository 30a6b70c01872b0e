"""Compose and write the reference tracks of the example specs and of the starter project.

    python specs/references/synthesise.py

Nothing here was recorded, sampled or taken from anybody: the tracks are these scores, played by
the instruments beside this file. Run it after changing a score, listen, and commit the MP3s; the
same numpy and lameenc write the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import lameenc
import numpy as np
from instruments import RATE, Sound, Sung, bell, breath, clap, hat, kick, pluck, room, saw, sing

HERE = Path(__file__).parent
STARTER = HERE.parents[1] / "pipeline/songbatch/starter/project/specs/references"
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass
class Band:
    """A stereo recording in the making, on a grid of beats."""

    bpm: float
    beats: float
    ring: float = 0.8
    """Seconds after the last beat, for the tails."""

    left: Sound = field(init=False)
    right: Sound = field(init=False)

    def __post_init__(self) -> None:
        samples = round((self.seconds(self.beats) + self.ring) * RATE)
        self.left, self.right = np.zeros(samples), np.zeros(samples)

    def seconds(self, beats: float) -> float:
        """Return how long so many beats are."""
        return beats * 60 / self.bpm

    def play(self, beat: float, sound: Sound, gain: float, pan: float = 0) -> None:
        """Put `sound` at `beat`; `pan` goes from -1 (left) to 1 (right)."""
        start = round(self.seconds(beat) * RATE)
        sound = gain * sound[: len(self.left) - start]
        angle = (pan + 1) * np.pi / 4
        self.left[start : start + len(sound)] += np.cos(angle) * sound
        self.right[start : start + len(sound)] += np.sin(angle) * sound

    def sing(self, beat: float, phrase: str, gain: float) -> None:
        """Sing `phrase` from `beat` on: notes as `G4 a 1.5`, a breath before the first."""
        notes, at = [], beat
        for pitch, vowel, length in (note.split() for note in phrase.split(",")):
            end = at + float(length)
            notes.append(Sung(self.seconds(at), self.seconds(end), hertz(pitch), vowel))
            at = end
        self.play(beat, sing(notes), gain)
        air = 0.3 * self.bpm / 60
        if beat >= air:
            self.play(beat - air, breath(), gain * 0.12)

    def mixed(self, echo: float, drive: float) -> Sound:
        """Return samples by two: with a room around them, peaks pressed by `drive` to -1.5 dB."""
        wet = (room(self.left, 0.9, 11), room(self.right, 0.9, 12))
        sound = np.stack([self.left + echo * wet[0], self.right + echo * wet[1]], axis=1)
        fade = min(len(sound), round(0.4 * RATE))
        sound[-fade:] *= np.linspace(1, 0, fade)[:, None]
        squeezed = np.tanh(drive * sound / np.abs(sound).max())
        return squeezed / np.abs(squeezed).max() * 10 ** (-1.5 / 20)


def hertz(pitch: str) -> float:
    """Return the frequency of a pitch such as `F#4` in equal temperament, A4 = 440 Hz."""
    step = STEPS[pitch[0]] + ("#" in pitch) - ("b" in pitch)
    return float(440 * 2 ** ((step - 9) / 12 + int(pitch[-1]) - 4))


def campfire() -> Sound:
    """A song in G major, 96 beats a minute: plucked strings, a shaker, a voice on open vowels."""
    band = Band(bpm=96, beats=28)
    chords = ("G2 B3 D4 G4", "D3 A3 D4 F#4", "E3 G3 B3 E4", "C3 G3 C4 E4")
    for bar, chord in enumerate((*chords, *chords[:2], chords[0])):
        bass, *upper = (hertz(pitch) for pitch in chord.split())
        for half in (0, 2):
            band.play(bar * 4 + half, pluck(bass, 1.8), 0.6, -0.1)
        for eighth, string in enumerate((0, 2, 1, 2, 0, 2, 1, 2)):
            band.play(bar * 4 + eighth / 2, pluck(upper[string], 1.2), 0.4, 0.2)
        for beat in range(4):
            band.play(bar * 4 + beat, hat(0.09), 0.16 if beat % 2 else 0.08, 0.5)
    band.sing(4, "D4 a 1, G4 a 1, F#4 e 1, E4 i .5, D4 o 1.5", 0.8)
    band.sing(10, "B3 o .5, D4 a 1.5, E4 e 1, G4 a 1, E4 o 2", 0.8)
    band.sing(17, "G4 a 1, A4 e 1, B4 a 2, A4 i .5, G4 o .5, F#4 a 1.5", 0.8)
    band.sing(24, "D4 e .5, E4 i .5, G4 a 2.5", 0.8)
    return band.mixed(echo=0.12, drive=1.5)


def night_drive() -> Sound:
    """An instrumental in A minor, 112 beats a minute: four on the floor, bass, pad, arpeggio."""
    band = Band(bpm=112, beats=32, ring=0.5)
    chords = ("A2 C4 E4 A4", "F2 C4 F4 A4", "D3 D4 F4 A4", "E2 B3 E4 G4")
    for bar, chord in enumerate(chords * 2):
        bass, *upper = (hertz(pitch) for pitch in chord.split())
        for voice, hz in enumerate(upper):
            band.play(bar * 4, saw(hz, band.seconds(4.1), 2200, attack=0.25), 0.3, voice - 1)
        for eighth in range(8):
            octave = 2 if eighth % 2 else 1
            band.play(bar * 4 + eighth / 2, saw(bass * octave / 2, 0.24, 700), 0.5)
        for sixteenth in range(16 if bar >= 2 else 0):
            hz = upper[(0, 1, 2, 1)[sixteenth % 4]] * 2
            pan = 0.6 if sixteenth % 2 else -0.6
            band.play(bar * 4 + sixteenth / 4, saw(hz, 0.12, 5000), 0.35, pan)
        for beat in range(4):
            band.play(bar * 4 + beat, kick(), 0.7)
            band.play(bar * 4 + beat + 0.5, hat(), 0.5, 0.3)
        for beat in (1, 3):
            band.play(bar * 4 + beat, clap(), 0.6)
    return band.mixed(echo=0.06, drive=0.7)


def warm_alto() -> Sound:
    """A voice alone in D major, 80 beats a minute: long vowels, vibrato, breaths between."""
    band = Band(bpm=80, beats=22)
    band.sing(0.5, "D4 u 1, F#4 o 1, A4 a 2, G4 e .5, F#4 a 1", 0.8)
    band.sing(6.5, "E4 i .5, F#4 e .5, G4 a 1.5, F#4 o 1, E4 u 1.5", 0.8)
    band.sing(12, "A4 a 1, B4 e 1, A4 o 1.5, F#4 a .5, G4 i 1", 0.8)
    band.sing(17.5, "F#4 e .5, E4 a .5, D4 o 3.3", 0.8)
    return band.mixed(echo=0.2, drive=0.5)


def music_box() -> Sound:
    """An instrumental waltz in F major, 138 beats a minute: bells over plucked strings."""
    band = Band(bpm=138, beats=36, ring=1.2)
    chords = ("F3 A3 C4", "C3 G3 E4", "D3 A3 F4", "Bb2 F3 D4", "F3 A3 C4", "C3 G3 E4")
    for bar, chord in enumerate((*chords, *chords)):
        bass, *upper = (hertz(pitch) for pitch in chord.split())
        band.play(bar * 3, pluck(bass, 1.2), 0.6, -0.2)
        for beat in (1, 2):
            for hz in upper:
                band.play(bar * 3 + beat, pluck(hz, 0.5, place=0.4), 0.25, -0.2)
    tune = (
        "C6 2, A5 1, G5 2, E5 1, F5 1, A5 1, D6 1, D6 2, Bb5 1, C6 1, A5 1, F5 1, G5 3,"
        "C6 2, A5 1, G5 2, C6 1, D6 1, C6 1, A5 1, Bb5 2, G5 1, A5 1, G5 1, E5 1, F5 3"
    )
    beat = 0.0
    for pitch, length in (note.split() for note in tune.split(",")):
        band.play(beat, bell(hertz(pitch), 1.4), 0.7, 0.3)
        beat += float(length)
    return band.mixed(echo=0.15, drive=1.2)


def porch() -> Sound:
    """The starter's song in C major, 104 beats a minute: strummed strings and humming."""
    band = Band(bpm=104, beats=27, ring=0.6)
    chords = ("C3 G4 C4 E4", "A2 G4 C4 E4", "F2 A4 C4 F4", "G2 B4 D4 G4")
    for bar, chord in enumerate((*chords, *chords[:2], chords[0])):
        bass, *upper = (hertz(pitch) for pitch in chord.split())
        band.play(bar * 4, pluck(bass, 1.5), 0.6)
        for at in (0, 1, 1.5, 2.5, 3) if bar < 6 else (0,):
            for string, hz in enumerate(upper):
                delay = band.bpm / 60 * 0.012 * string
                band.play(bar * 4 + at + delay, pluck(hz, 0.8, place=0.3), 0.25)
        for beat in (1, 3) if bar < 6 else ():
            band.play(bar * 4 + beat, clap(), 0.12)
    band.sing(3.5, "G3 m .5, C4 u 1, E4 a 1, D4 e .5, C4 o 1.5", 0.8)
    band.sing(11, "A3 m 1, C4 a 1, D4 e 1, G4 a 2", 0.8)
    band.sing(17, "E4 a 1, G4 o 1.5, E4 i .5, D4 u 1, C4 a 2.5", 0.8)
    return band.mixed(echo=0.12, drive=1.5)


def write(path: Path, sound: Sound, channels: int, kbits: int) -> None:
    """Encode `sound` (samples by two) as MP3 with a constant bit rate; one channel if so asked."""
    encoder = lameenc.Encoder()
    encoder.set_in_sample_rate(RATE)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(channels)
    encoder.set_bit_rate(kbits)
    encoder.set_quality(2)
    encoder.silence()
    samples = sound if channels == 2 else sound.mean(axis=1, keepdims=True)
    pcm = np.round(samples * 32767).astype("<i2").tobytes()
    path.write_bytes(encoder.encode(pcm) + encoder.flush())
    print(f"{path.name}: {len(sound) / RATE:.1f} s, {path.stat().st_size:,} bytes")


def main() -> None:
    """Write all tracks."""
    write(HERE / "campfire.mp3", campfire(), channels=1, kbits=40)
    write(HERE / "night-drive.mp3", night_drive(), channels=2, kbits=64)
    write(HERE / "warm-alto.mp3", warm_alto(), channels=1, kbits=40)
    write(HERE / "music-box.mp3", music_box(), channels=1, kbits=40)
    STARTER.mkdir(parents=True, exist_ok=True)
    write(STARTER / "porch.mp3", porch(), channels=1, kbits=40)


if __name__ == "__main__":
    main()

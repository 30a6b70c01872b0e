"""Words understood of the sketch engine's singing in languages other than English.

    python -m bench.sketch_languages --judge PYTHON [--languages it,pt] [--half tuned|held]
        [--voices tenor,alto] [--espeak] [--keep FOLDER] [--verbose]

Stanzas of four lines (bench/languages): the first, third, … of a language are for tuning on, the
others held out. Voices take turns, each alone and in the mix; a judge (bench/judges/README.md)
recognises the words. Recall is the share of the lyrics' words found in what was heard, in order;
accents and capitals do not count, and parts of a word at an apostrophe are words. eSpeak, if asked
for, speaks the same. The language `names` is English lines with names from elsewhere.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import tempfile
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.sketch_songs import BANDS, ROOT, VOICES, WAV, aligned, samples, save
from songbatch.engines.base import Generation
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, Purpose
from support.references import Sink

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = ROOT / "bench/languages"
LANGUAGES = ("de", "es", "fr", "it", "pt")
NAMES = "names"
"""English lines with names from elsewhere, as if they were a language."""

ALONE, MIXED, ESPEAK = "alone", "in the mix", "eSpeak"
HALVES = {"tuned": slice(0, None, 2), "held": slice(1, None, 2), "all": slice(None)}


@dataclass(frozen=True, slots=True)
class Clip:
    """A stanza as it is sung or spoken, and where."""

    lang: str
    number: int
    lyrics: str
    way: str
    voice: str
    path: Path


def tag(lang: str) -> str:
    """Return what a set of stanzas is sung and judged in."""
    return "en" if lang == NAMES else lang


def stanzas(lang: str, half: str) -> list[tuple[int, str]]:
    """Return the numbered stanzas of a language."""
    text = (FOLDER / f"{lang}.txt").read_text().strip()
    return list(enumerate(text.split("\n\n"), 1))[HALVES[half]]


def words(text: str) -> list[str]:
    """Return the words to compare: small letters without marks."""
    bare = unicodedata.normalize("NFD", text.lower().replace("œ", "oe").replace("ß", "ss"))
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return re.findall(r"[^\W\d_]+|\d+", letters)


def recall(wanted: str, heard: str) -> float:
    """Return the share of the wanted words that were heard, in order."""
    return aligned(words(wanted), words(heard))


def clips(langs: Sequence[str], half: str, voices: Sequence[str], folder: Path) -> Iterator[Clip]:
    """Sing every stanza, alone and in the mix; yield what is to be judged."""
    engine = SketchEngine(Tree(folder))
    bands = list(BANDS.values())
    for lang in langs:
        for number, text in stanzas(lang, half):
            voice = voices[number // 2 % len(voices)]
            band = bands[number % len(bands)]
            played = engine.upload(band, AudioFormat.WAV, Purpose.INSTRUMENTAL, "b").instrumental_id
            singer = engine.upload(VOICES[voice], AudioFormat.WAV, Purpose.VOICE, "b").voice_id
            for way, instrumental in ((ALONE, None), (MIXED, played)):
                sink = Sink()
                engine.generate(
                    Generation(text, singer, instrumental, WAV, 1, "b", lang=tag(lang)), sink
                )
                path = folder / f"{lang}-{number:02}-{voice}-{way.replace(' ', '-')}.wav"
                save(path, samples(bytes(sink)))
                yield Clip(lang, number, text, way, voice, path)


def spoken(langs: Sequence[str], half: str, folder: Path) -> Iterator[Clip]:
    """Let eSpeak speak every stanza."""
    for lang in langs:
        for number, text in stanzas(lang, half):
            path = folder / f"{lang}-{number:02}-espeak.wav"
            name = "pt-br" if lang == "pt" else tag(lang)
            subprocess.run(
                ["espeak-ng", "-v", name, "-s", "140", "-w", str(path), text.replace("\n", ".\n")],
                check=True,
            )
            yield Clip(lang, number, text, ESPEAK, "", path)


def judged(made: Sequence[Clip], judge: str) -> list[str]:
    """Return what the judge heard in each."""
    process = subprocess.run(
        [judge, str(ROOT / "bench/judges/words.py")],
        input="".join(f"{clip.path}\t{tag(clip.lang)}\n" for clip in made),
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.split("\n")[: len(made)]


def tell(made: Sequence[Clip], heard: Sequence[str], *, verbose: bool) -> None:
    """Print mean recall, and its standard error over clips, by language, way and voice."""
    groups: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for clip, text in zip(made, heard, strict=True):
        share = recall(clip.lyrics, text)
        groups[clip.lang, clip.way, clip.voice].append(share)
        groups[clip.lang, clip.way, "all"].append(share)
        if verbose:
            print(f"{share:.2f} {clip.path.stem}: {clip.lyrics!r}\n     {text}")
    print(f"{'':4}{'':12}{'':10}{'words recalled':>16}{'±':>8}{'least':>8}{'most':>8}{'of':>6}")
    for (lang, way, voice), shares in sorted(groups.items()):
        spread = statistics.stdev(shares) / len(shares) ** 0.5 if len(shares) > 1 else 0.0
        print(f"{lang:4}{way:12}{voice:10}{statistics.mean(shares):16.3f}{spread:8.3f}"
              f"{min(shares):8.2f}{max(shares):8.2f}{len(shares):6}")  # fmt: skip


def main() -> None:
    """Sing, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True, help="interpreter of the judges' environment")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--half", choices=list(HALVES), default="all")
    parser.add_argument("--voices", default="tenor,alto")
    parser.add_argument("--espeak", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the sounds")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    langs = asked.languages.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        made = list(clips(langs, asked.half, asked.voices.split(","), folder))
        made += list(spoken(langs, asked.half, folder)) if asked.espeak else []
        tell(made, judged(made, asked.judge), verbose=asked.verbose)


if __name__ == "__main__":
    main()

"""A song of the sketch engine: from a request and features to score, vocals and audio."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from numpy.random import default_rng

from songbatch.audio import exact
from songbatch.audio.encode import sixteen_bit
from songbatch.digest import canonical_json, sha256
from songbatch.engines.identities import SKETCH
from songbatch.engines.sketch import mix
from songbatch.engines.sketch.band import accompaniment, reuse
from songbatch.engines.sketch.band.instruments import RATE
from songbatch.engines.sketch.compose.asked import as_asked
from songbatch.engines.sketch.compose.character import CHARACTERS
from songbatch.engines.sketch.compose.performance import Performance
from songbatch.engines.sketch.compose.rearrangement import can_rearrange
from songbatch.engines.sketch.compose.score import compose
from songbatch.engines.sketch.dsp import resample
from songbatch.engines.sketch.options import (
    BAND,
    FORMANT,
    HIBARI,
    NETWORK_LANGUAGE,
    PLAY,
    REUSE,
    SINGER,
)
from songbatch.engines.sketch.phonetics.lyrics import UNSUNG, read
from songbatch.engines.sketch.voice import singer, tract
from songbatch.engines.sketch.voice.timing import syllable_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from songbatch.engines.base import Generation
    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.analysis.voice import Voice
    from songbatch.engines.sketch.band.accompaniment import Buses
    from songbatch.engines.sketch.band.reuse import Recorded
    from songbatch.engines.sketch.codec import Frames
    from songbatch.engines.sketch.dsp import Mono, Stereo
    from songbatch.engines.sketch.phonetics.pronounce import Phone
    from songbatch.model import PartPlace


RECORDING_IN_IT = (
    "the band is the reference's own recording, rearranged: who has rights in that recording has "
    "them in this draft"
)
WHY_PLAYED = (
    "the band is played, not the recording rearranged: that takes an instrumental of eight bars "
    "or more in which the chord of its key is heard, at its own tempo and in its own key and metre"
)
SUNG_BY_NETWORK = "sung by the network of hibari-tts"
SUNG_BY_FORMANTS = "sung by formants"
WHY_FORMANTS = "sung by formants: the network of hibari-tts sings English alone"


class SungSyllable(msgspec.Struct, frozen=True):
    """A syllable from its first consonant to its last, in seconds of the song.

    `text` is the word on its first syllable, "" on the others.
    """

    text: str
    start: float
    end: float


class SungLine(msgspec.Struct, frozen=True):
    """A line of the lyrics with the times, in seconds of the song, at which it is sung."""

    text: str
    start: float
    end: float
    syllables: tuple[SungSyllable, ...]


class SketchSong:
    """A song from its request and the features of its voice and its instrumental; one may be None.

    All random choices are seeded by the request; its audio format does not count.
    """

    def __init__(
        self,
        request: Generation,
        sung: Features | None,
        played: Features | None,
        recording: Callable[[], Frames] | None = None,
    ) -> None:
        is_unsung = request.vocals == "none" and played is not None
        self._request, self._sung, self._played = request, sung, played
        self._recording = recording
        self._voice = sung.voice if sung and not is_unsung else None
        singer_wanted = (request.options or {}).get(SINGER) if self._voice else None
        reading = _read_unknown if singer_wanted == HIBARI else None
        self.lyrics = UNSUNG if is_unsung else read(request.lyrics, request.lang, reading)
        if request.part is not None:
            self.lyrics = msgspec.structs.replace(self.lyrics, is_part=True)
        self._is_network = singer_wanted == HIBARI and self.lyrics.lang == NETWORK_LANGUAGE
        self.notes: tuple[str, ...] = _who_sings(singer_wanted, is_network=self._is_network)
        """What is worth knowing of how it is made, as sentences."""
        self._sung_already: Mono | None = None

        band = as_asked(played, request) if played else None
        self.score = compose(
            self.lyrics,
            self._voice,
            band,
            as_asked(sung, request) if sung else None,
            request.take,
            self._rng("score"),
            request.duration,
            request.bpm,
            reuse=recording is not None and self._reuses(band),
            performance=self._performance(request.part),
        )

    def times(self) -> tuple[SungLine, ...]:
        """Return when every line and syllable is sung."""
        lyrics = self.lyrics
        texts = [text for text, line in zip(lyrics.texts, lyrics.lines, strict=True) if line]
        lines: dict[int, list[SungSyllable]] = {}
        for note, span in zip(self.score.notes, syllable_spans(self.score.notes), strict=True):
            begin, end = span.start - self.score.skipped, span.end - self.score.skipped
            sung = SungSyllable(note.syllable.text, begin, end)
            lines.setdefault(note.line, []).append(sung)
        return tuple(
            SungLine(texts[number], sung[0].start, sung[-1].end, tuple(sung))
            for number, sung in lines.items()
        )

    def digest(self, samples: bytes) -> str:
        """Return what the song is on every machine; `samples` are those that an encoder is given.

        A decoder gives other samples of a recording on another processor, by one step in some of
        them. Where the band is the recording, the song is what is put to it, and in which order:
        score and voice, under a key that names the recording by its bytes.
        """
        if not self.score.reused:
            return sha256(samples)
        vocals = self.vocals()
        sung = b"" if vocals is None else sixteen_bit(vocals)
        score = self.score
        return sha256(repr((score.notes, score.parts, score.reused)).encode(), sung)

    def vocals(self) -> Mono | None:
        """Return the singing before it is mixed, at instruments.RATE; None if nobody sings.

        Raises ExtraMissing if who is asked for is not installed.
        """
        if self._sung_already is None and self._voice is not None:
            self._sung_already = self._sing(self._voice)
        return self._sung_already

    def _sing(self, voice: Voice) -> Mono:
        timbre, rng = singer.Timbre.of(voice), self._rng("voice")
        if self._is_network:
            from songbatch.engines.sketch.hibari import package  # noqa: PLC0415  (few ask for it)
            from songbatch.engines.sketch.hibari.singer import sing  # noqa: PLC0415  (the same)

            raw = sing(self.score.notes, self.score.seconds, timbre, rng, package.model())
        else:
            raw = singer.sing(self.score.notes, self.score.seconds, timbre, rng)
        return resample(raw, tract.RATE, RATE)

    def audio(self) -> Stereo:
        """Sing, play and mix; return the finished song at instruments.RATE."""
        sung, played, vocals = self._sung, self._played, self.vocals()
        buses = self._band(played) if played else None
        vocals = None if vocals is None else vocals.copy()  # mixing changes it
        loudness_of = played or sung
        own = sung is not None and sung is not played and vocals is not None
        mixed = mix.mix(
            vocals,
            buses,
            self.score.seconds,
            voice_gains=self._voice_gains(),
            voice_bands=sung.tonal_balance.bands if sung and own else None,
            band_bands=played.tonal_balance.bands if played and not self.score.reused else None,
            lufs=loudness_of.tonal_balance.lufs if loudness_of else mix.QUIETEST,
        )
        skipped = round(self.score.skipped * RATE)
        return mixed[skipped:] if skipped else mixed

    def _band(self, played: Features) -> Buses | Recorded:
        rng = self._rng("band")
        if self.score.reused and self._recording:
            return reuse.play(self.score, played, self._recording(), rng)
        return accompaniment.play(self.score, played.tonal_balance, rng)

    def _reuses(self, band: Features | None) -> bool:
        """Return whether the band is the recording; note that, and if it cannot be but should.

        `band` are its features as the song wants them: a recording cannot follow another tempo.
        """
        request = self._request
        wanted = (request.options or {}).get(BAND)
        fits = can_rearrange(self._played) and band == self._played
        is_reused = fits and wanted != PLAY
        if is_reused or (wanted == REUSE and self._played):
            self.notes += (RECORDING_IN_IT if is_reused else WHY_PLAYED,)
        return is_reused

    def _voice_gains(self) -> list[float]:
        """Return how loud the voice is in the sections, as `mix` takes it."""
        score = self.score
        count = int(score.seconds / mix.GAIN_STEP) + 1
        gains = [1.0] * count
        for part in score.parts:
            gain = float(exact.gain(CHARACTERS[part.kind].sung_db))
            # An upbeat belongs to what it leads to.
            begin = score.origin + part.first * score.chord_span - score.beat_seconds
            first = max(0, round(begin / mix.GAIN_STEP))
            gains[first:] = [gain] * max(0, count - first)
        return gains

    def _rng(self, purpose: str) -> Generator:
        """Return a generator for a purpose, seeded by everything that decides the music."""
        return default_rng(self._seed(purpose))

    def _seed(self, purpose: str) -> int:
        request = self._request
        decides = {
            "sound": SKETCH.sound,
            "lyrics": request.lyrics,
            "voice": request.voice_id,
            "instrumental": request.instrumental_id,
            "take": request.take,
            "purpose": purpose,
        }
        if request.part is not None:
            del decides["lyrics"]  # parts have words of their own, and one music
        return int.from_bytes(hashlib.sha256(canonical_json(decides)).digest(), "big")

    def _performance(self, place: PartPlace | None) -> Performance | None:
        return None if place is None else Performance(place, self._seed("lines"))


def _read_unknown(word: str) -> list[Phone]:
    from songbatch.engines.sketch.hibari.package import reader  # noqa: PLC0415  (few ask for it)

    return reader().phones(word)


def _who_sings(wanted: object, *, is_network: bool) -> tuple[str, ...]:
    """Return what a song that says who shall sing is told of who does."""
    if is_network:
        return (SUNG_BY_NETWORK,)
    return {HIBARI: (WHY_FORMANTS,), FORMANT: (SUNG_BY_FORMANTS,)}.get(str(wanted), ())

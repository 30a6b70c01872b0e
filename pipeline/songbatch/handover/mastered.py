"""From the audio of takes to mastered files: measured, turned up or down, joined, encoded.

Whatever was done before for equal audio and equal settings is taken from the cache.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio import exact
from songbatch.handover.mastering_cache import CachedFile
from songbatch.mastering.decoding import RATE, OpenedSound, decoded
from songbatch.mastering.encoding import ENCODING_VERSION, LOSSY, write_audio
from songbatch.mastering.fades import faded
from songbatch.mastering.gains import TrackGain, choose_gains
from songbatch.mastering.limiter import limited
from songbatch.mastering.meter import SoundMeasure, is_silent, loudness, measure_sound
from songbatch.mastering.quantising import sixteen_bits
from songbatch.mastering.whole import MasterSound, whole_album

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from songbatch.album import Loudness
    from songbatch.audio.resample import Sound
    from songbatch.handover.mastering_cache import MasteringCache
    from songbatch.handover.song_audio import SongAudio
    from songbatch.mastering.timeline import TrackPlace

MASTERING_VERSION = 1
"""Goes up whenever equal audio and settings give other masters."""
_ROUNDS = 8
_FLATTEST = 0.2
"""LU that a decibel brings, at least: a limiter that has so little to give is at its end."""
_CLOSE_LU = 0.03
_AT_ONCE = 2
"""Tracks that are decoded at the same time: each takes 20 MB a minute, and some times that."""
_MOST_FRAMES = 24 * 3600 * RATE


class TrackSource(msgspec.Struct, frozen=True):
    """What a master is made of: audio, and the seconds of it that fade."""

    audio: SongAudio
    fade_in: float
    fade_out: float

    def sound(self) -> Sound:
        """Return the sound at 44.1 kHz, with its fades. Raises AudioProblem."""
        sound = decoded(self.audio.data, self.audio.info)
        return faded(sound, round(self.fade_in * RATE), round(self.fade_out * RATE))

    @property
    def identity(self) -> str:
        """What it sounds like."""
        return f"{self.audio.identity} {self.fade_in} {self.fade_out} {MASTERING_VERSION}"


class Treatment(msgspec.Struct, frozen=True):
    """What is done to a source: a gain in dB, then the limiter to a `bound` (1 is full scale)."""

    gain_db: float
    bound: float | None = None

    def of(self, sound: Sound) -> Sound:
        """Return the sound that comes of another one."""
        turned = sound * exact.gain(self.gain_db).astype("f4") if self.gain_db else sound
        return turned if self.bound is None else limited(turned, RATE, self.bound)


class TrackMaster(msgspec.Struct, frozen=True):
    """A track as it is handed over; `short_lu` is by how much the bound holds its gain back."""

    source: TrackSource
    treatment: Treatment
    measure: SoundMeasure
    short_lu: float = 0.0

    @property
    def identity(self) -> str:
        """What it sounds like, and which dither it gets."""
        return f"{self.source.identity} {self.treatment.gain_db} {self.treatment.bound}"

    def sound(self) -> MasterSound:
        """Return it, and the same in 16 bits."""
        sound = self.treatment.of(self.source.sound())
        return MasterSound(sound, sixteen_bits(sound, self.identity))


class AudioFile(msgspec.Struct, frozen=True):
    """An encoded file in the cache, without its tags."""

    key: str
    known: CachedFile


def measured(
    source: TrackSource, cache: MasteringCache, on_work: Callable[[], object] = lambda: None
) -> SoundMeasure:
    """Return the measure of a source; `on_work` hears if it is not known. Raises AudioProblem."""
    key = cache.key("source", source.identity)
    known = cache.measure(key)
    if known is None:
        on_work()
        known = measure_sound([source.sound()], RATE)
        cache.keep(key, known)
    return known


def master(
    sources: Sequence[TrackSource],
    measures: Sequence[SoundMeasure],
    wanted: Loudness,
    cache: MasteringCache,
) -> list[TrackMaster]:
    """Return the masters of an album's tracks."""
    gains = choose_gains(measures, wanted)
    if not wanted.limiter:
        return [
            _with_gain(source, measure, gain)
            for source, measure, gain in zip(sources, measures, gains, strict=True)
        ]
    groups = [[n] for n in range(len(sources))] if wanted.mode == "track" else [range(len(sources))]
    masters: list[TrackMaster] = []
    for group in groups:
        first = gains[group[0]].gain_db
        limiter = _Limiter([sources[n] for n in group], [measures[n] for n in group], wanted, cache)
        masters += limiter.masters(first)
    return masters


def _with_gain(source: TrackSource, measure: SoundMeasure, gain: TrackGain) -> TrackMaster:
    # Silence stays as it is, whatever its album's gain.
    gain_db = 0.0 if is_silent(measure) else gain.gain_db
    return TrackMaster(source, Treatment(gain_db), measure.louder(gain_db), gain.short_lu)


class _Limiter:
    """Finds the gain with which a group of tracks is as loud as wanted once it is limited."""

    def __init__(
        self,
        sources: Sequence[TrackSource],
        measures: Sequence[SoundMeasure],
        wanted: Loudness,
        cache: MasteringCache,
    ) -> None:
        self._sources, self._measures = sources, measures
        self._wanted, self._cache = wanted, cache
        # A hundredth below: the limiter keeps peaks to within half of that.
        self._bound = float(exact.gain(wanted.true_peak_dbtp - 0.01))

    def masters(self, gain_db: float) -> list[TrackMaster]:
        steepness, before = 1.0, None
        for _ in range(_ROUNDS):
            made = [self._master(*pair, gain_db) for pair in self._pairs()]
            heard = [one.measure for one in made if not is_silent(one.measure)]
            missing = self._wanted.target_lufs - loudness(heard) if heard else 0.0
            if abs(missing) <= _CLOSE_LU:
                return made
            if before is not None and gain_db != before[0]:
                # What is held down gains less than it is turned up.
                steepness = (before[1] - missing) / (gain_db - before[0])
            before = gain_db, missing
            gain_db = round(gain_db + missing / min(1.0, max(_FLATTEST, steepness)), 2)
        return [msgspec.structs.replace(one, short_lu=max(0.0, missing)) for one in made]

    def _pairs(self) -> Iterable[tuple[TrackSource, SoundMeasure]]:
        return zip(self._sources, self._measures, strict=True)

    def _master(self, source: TrackSource, measure: SoundMeasure, gain_db: float) -> TrackMaster:
        turned = measure.louder(gain_db)
        if is_silent(measure) or turned.peak <= self._bound:
            return _with_gain(source, measure, TrackGain(gain_db))
        treatment = Treatment(gain_db, self._bound)
        key = self._cache.key("limited", source.identity, gain_db, self._bound)
        known = self._cache.measure(key)
        if known is None:
            known = measure_sound([treatment.of(source.sound())], RATE)
            self._cache.keep(key, known)
        return TrackMaster(source, treatment, known)


class Encoder:
    """Makes the files of an album; `on_work` hears what is encoded, if it is not in the cache."""

    def __init__(self, cache: MasteringCache, on_work: Callable[[str, str], None]) -> None:
        self._cache = cache
        self._on_work = on_work

    def tracks(
        self, masters: Sequence[TrackMaster], forms: Sequence[str], titles: Sequence[str]
    ) -> list[dict[str, AudioFile]]:
        """Return the files of every track by their formats."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(
                pool.map(lambda one, title: self._track(one, title, forms), masters, titles)
            )

    def _track(self, one: TrackMaster, title: str, forms: Sequence[str]) -> dict[str, AudioFile]:
        made = _Once(one)
        self._tell(title, forms, one.identity)
        return {
            form: self._file(
                form,
                one.identity,
                lambda: iter([made.sound]),
                one.measure.frames,
                None if form in LOSSY else one.measure,
            )
            for form in forms
        }

    def whole(
        self,
        masters: Sequence[TrackMaster],
        places: Sequence[TrackPlace],
        forms: Sequence[str],
    ) -> dict[str, AudioFile]:
        """Return the files of the album in one, by their formats."""
        joins = [(place.start, place.gap, place.overlap) for place in places]
        identity = f"{[one.identity for one in masters]} {joins}"
        frames = places[-1].start + places[-1].frames
        self._tell("the whole album", forms, identity)

        def pieces() -> Iterator[MasterSound]:
            return whole_album(places, lambda index: masters[index].sound(), identity)

        return {form: self._file(form, identity, pieces, frames, None) for form in forms}

    def _tell(self, what: str, forms: Sequence[str], identity: str) -> None:
        missing = [form for form in forms if self._cache.file(self._key(form, identity)) is None]
        if missing:
            self._on_work("encode", f"{what}: {', '.join(missing)}")

    def _key(self, form: str, identity: str) -> str:
        return self._cache.key("file", form, ENCODING_VERSION, identity)

    def _file(
        self,
        form: str,
        identity: str,
        pieces: Callable[[], Iterator[MasterSound]],
        frames: int,
        measure: SoundMeasure | None,
    ) -> AudioFile:
        key = self._key(form, identity)
        known = self._cache.file(key)
        if known is None:
            digest, size = self._cache.write(
                key, lambda file: write_audio(form, pieces(), frames, identity, file)
            )
            decoded_to = measure or self._measured(key)
            known = CachedFile(digest, size, round(decoded_to.lufs, 2), round(decoded_to.dbtp, 2))
            self._cache.keep(key, known)
        return AudioFile(key, known)

    def _measured(self, key: str) -> SoundMeasure:
        with self._cache.open(key) as file:
            opened = OpenedSound(file)
            return measure_sound(opened.pieces(_MOST_FRAMES), opened.sample_rate)


class _Once:
    """A master that is made when it is first needed."""

    def __init__(self, one: TrackMaster) -> None:
        self._one = one

    @cached_property
    def sound(self) -> MasterSound:
        return self._one.sound()

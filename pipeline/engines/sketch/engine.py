"""The engine itself: uploads become portraits on disk, requests become songs.

Everything that needs numpy or a codec is loaded when the first upload or song asks for it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest import canonical_json, sha256
from pipeline.engines.base import Answer, EngineError, Verdict
from pipeline.engines.identities import SKETCH
from pipeline.files import write_atomically
from pipeline.model import Purpose, Uploaded

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from pipeline.engines.base import Generation, Sink
    from pipeline.engines.sketch.dsp import Mono, Stereo
    from pipeline.engines.sketch.listen.portrait import Portrait
    from pipeline.engines.sketch.score import Score
    from pipeline.engines.sketch.words.lyrics import Lyrics
    from pipeline.model import AudioFormat, EngineIdentity

ID_DIGITS = 32
"""Hexadecimal digits of the reference's digest in an id: no two references share 128 bits."""

_ID = re.compile(r"(vocal|instrumental)-(song|voice|instrumental)-([0-9a-f]{32})")
_VOICE, _INSTRUMENTAL = "vocal", "instrumental"


@dataclass(frozen=True, slots=True)
class SungSyllable:
    """A syllable from its first consonant to its last, in seconds of the song.

    `text` is the word on its first syllable, "" on the others.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SungLine:
    """A line of the lyrics as it is sung, in seconds of the song."""

    text: str
    start: float
    end: float
    syllables: tuple[SungSyllable, ...]


class SketchEngine:
    """The embedded engine; see `pipeline.engines.base.Engine` for what its methods promise.

    Portraits of references lie in `state`, one small JSON file each; losing them costs a new
    upload.
    """

    def __init__(self, state: Path) -> None:
        self._state = state

    @property
    def identity(self) -> EngineIdentity:
        """What of this engine belongs to a render's key."""
        return SKETCH

    @property
    def account(self) -> str:
        """Everybody on this machine."""
        return "local"

    def preflight(self) -> None:
        """Nothing can be missing."""

    def close(self) -> None:
        """Nothing is open."""

    def upload(
        self,
        audio: bytes,
        audio_format: AudioFormat,  # noqa: ARG002  (told by the bytes)
        purpose: Purpose,
        request_id: str,  # noqa: ARG002
    ) -> Uploaded:
        """Listen to a reference and keep its portrait; the same bytes answer the same ids."""
        from pipeline.engines.sketch import codec  # noqa: PLC0415  (loads numpy and miniaudio)
        from pipeline.engines.sketch.listen import portrait  # noqa: PLC0415

        name = f"{purpose}-{sha256(audio)[:ID_DIGITS]}"
        if self._known(name) is None:
            try:
                heard = portrait.listen(audio, purpose)
            except codec.Undecodable as error:
                raise EngineError(str(error), Verdict.REJECTED) from error
            write_atomically(self._path(name), portrait.dump(heard).encode())
        return Uploaded(
            voice_id=f"{_VOICE}-{name}" if purpose.gives_voice else None,
            instrumental_id=f"{_INSTRUMENTAL}-{name}" if purpose.gives_instrumental else None,
        )

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make the song and write it to `sink`."""
        from pipeline.engines.sketch import codec  # noqa: PLC0415  (loads numpy and lameenc)
        from pipeline.engines.sketch.instruments import RATE  # noqa: PLC0415

        song = _Making(request, *self._heard(request)).song()
        sink.write(codec.encode(song, RATE, request.audio))
        return Answer(cost_usd=0.0)

    def times(self, request: Generation) -> tuple[SungLine, ...]:
        """Return when every line and syllable of that song is sung, without making a sound.

        What does not fit into a song is not sung and is left out, as is everything where the
        request has no voice. Raises EngineError as `generate` does.
        """
        return _Making(request, *self._heard(request)).times()

    def _heard(self, request: Generation) -> tuple[Portrait | None, Portrait | None]:
        """Return the portraits of the voice and of the instrumental; at least one."""
        sung = self._portrait(request.voice_id, _VOICE)
        played = self._portrait(request.instrumental_id, _INSTRUMENTAL)
        if sung is None and played is None:
            raise EngineError("a request needs a voice or an instrumental", Verdict.REJECTED)
        return sung, played

    def _portrait(self, uploaded_id: str | None, role: str) -> Portrait | None:
        if uploaded_id is None:
            return None
        match = _ID.fullmatch(uploaded_id)
        known = self._known(f"{match[2]}-{match[3]}") if match and match[1] == role else None
        if known is None:
            raise EngineError(f"the {role} id is unknown", Verdict.REUPLOAD)
        return known

    def _known(self, name: str) -> Portrait | None:
        from pipeline.engines.sketch.listen import portrait  # noqa: PLC0415  (loads numpy)

        try:
            return portrait.load(self._path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _path(self, name: str) -> Path:
        return self._state / f"{name}.json"


class _Making:
    """One song: all chance comes from the request; its audio format does not."""

    def __init__(self, request: Generation, sung: Portrait | None, played: Portrait | None) -> None:
        from pipeline.engines.sketch.score import compose  # noqa: PLC0415  (loads numpy)
        from pipeline.engines.sketch.words.lyrics import read  # noqa: PLC0415

        self._request, self._sung, self._played = request, sung, played
        self._voice = sung.voice if sung else None
        self.lyrics: Lyrics = read(request.lyrics, request.lang)
        chance = _chance(request, "score")
        self.score: Score = compose(self.lyrics, self._voice, played, sung, chance)

    def times(self) -> tuple[SungLine, ...]:
        """Return the times of what is sung."""
        from pipeline.engines.sketch.voice.articulation import spans  # noqa: PLC0415

        lyrics = self.lyrics
        texts = [text for text, line in zip(lyrics.texts, lyrics.lines, strict=True) if line]
        lines: dict[int, list[SungSyllable]] = {}
        for note, span in zip(self.score.notes, spans(self.score.notes), strict=True):
            sung = SungSyllable(note.syllable.text, span.start, span.end)
            lines.setdefault(note.line, []).append(sung)
        return tuple(
            SungLine(texts[number], sung[0].start, sung[-1].end, tuple(sung))
            for number, sung in lines.items()
        )

    def vocals(self) -> Mono | None:
        """Return the singing at the band's rate; None where nobody sings."""
        from pipeline.engines.sketch.dsp import resample  # noqa: PLC0415
        from pipeline.engines.sketch.instruments import RATE  # noqa: PLC0415
        from pipeline.engines.sketch.voice import singer  # noqa: PLC0415

        if self._voice is None:
            return None
        timbre, chance = singer.Timbre.of(self._voice), _chance(self._request, "voice")
        raw = singer.sing(self.score.notes, self.score.seconds, timbre, chance)
        return resample(raw, singer.RATE, RATE)

    def song(self) -> Stereo:
        """Sing, play and mix."""
        from pipeline.engines.sketch import band, mix  # noqa: PLC0415

        sung, played, vocals = self._sung, self._played, self.vocals()
        chance = _chance(self._request, "band")
        buses = band.play(self.score, played.colour, chance) if played else None
        loudest = played or sung
        own = sung is not None and sung is not played and vocals is not None
        return mix.mix(
            vocals,
            buses,
            self.score.seconds,
            voice_bands=sung.colour.bands if sung and own else None,
            band_bands=played.colour.bands if played else None,
            lufs=loudest.colour.lufs if loudest else mix.QUIETEST,
        )


def _chance(request: Generation, purpose: str) -> np.random.Generator:
    """Return a generator seeded by everything that decides the music, separate for each purpose."""
    from numpy.random import default_rng  # noqa: PLC0415  (loads numpy)

    seed = hashlib.sha256(
        canonical_json(
            {
                "sound": SKETCH.sound,
                "lyrics": request.lyrics,
                "voice": request.voice_id,
                "instrumental": request.instrumental_id,
                "take": request.take,
                "purpose": purpose,
            }
        )
    )
    return default_rng(int.from_bytes(seed.digest(), "big"))

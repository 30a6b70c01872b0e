"""The engine itself: uploads become portraits on disk, requests become songs."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from pipeline.digest import canonical_json, sha256
from pipeline.engines.base import Answer, EngineError, Verdict
from pipeline.engines.identities import SKETCH
from pipeline.engines.sketch import band, codec, mix
from pipeline.engines.sketch.dsp import Stereo, resample
from pipeline.engines.sketch.instruments import RATE
from pipeline.engines.sketch.listen import portrait
from pipeline.engines.sketch.score import compose
from pipeline.engines.sketch.voice import singer
from pipeline.engines.sketch.words.lyrics import read
from pipeline.files import write_atomically
from pipeline.model import Purpose, Uploaded

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.engines.base import Generation, Sink
    from pipeline.engines.sketch.listen.portrait import Portrait
    from pipeline.model import AudioFormat, EngineIdentity

ID_DIGITS = 32
"""Hexadecimal digits of the reference's digest in an id: no two references share 128 bits."""

_ID = re.compile(r"(vocal|instrumental)-(song|voice|instrumental)-([0-9a-f]{32})")
_VOICE, _INSTRUMENTAL = "vocal", "instrumental"


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
        sung = self._portrait(request.voice_id, _VOICE)
        played = self._portrait(request.instrumental_id, _INSTRUMENTAL)
        if sung is None and played is None:
            raise EngineError("a request needs a voice or an instrumental", Verdict.REJECTED)
        sink.write(codec.encode(_song(request, sung, played), RATE, request.audio))
        return Answer(cost_usd=0.0)

    def _portrait(self, uploaded_id: str | None, role: str) -> Portrait | None:
        if uploaded_id is None:
            return None
        match = _ID.fullmatch(uploaded_id)
        known = self._known(f"{match[2]}-{match[3]}") if match and match[1] == role else None
        if known is None:
            raise EngineError(f"the {role} id is unknown", Verdict.REUPLOAD)
        return known

    def _known(self, name: str) -> Portrait | None:
        try:
            return portrait.load(self._path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _path(self, name: str) -> Path:
        return self._state / f"{name}.json"


def _song(request: Generation, sung: Portrait | None, played: Portrait | None) -> Stereo:
    """Compose, sing, play and mix. All chance comes from the request; its audio format does not."""
    voice = sung.voice if sung else None
    score = compose(read(request.lyrics), voice, played, sung, _chance(request, "score"))
    vocals = None
    if sung is not None and voice is not None:
        timbre = singer.Timbre.of(voice)
        raw = singer.sing(score.notes, score.seconds, timbre, _chance(request, "voice"))
        vocals = resample(raw, singer.RATE, RATE)
    buses = band.play(score, played.colour, _chance(request, "band")) if played else None
    loudest = played or sung
    return mix.mix(
        vocals,
        buses,
        score.seconds,
        voice_bands=sung.colour.bands if sung and sung is not played and voice else None,
        band_bands=played.colour.bands if played else None,
        lufs=loudest.colour.lufs if loudest else mix.QUIETEST,
    )


def _chance(request: Generation, purpose: str) -> np.random.Generator:
    """Return a generator seeded by everything that decides the music, separate for each purpose."""
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
    return np.random.default_rng(int.from_bytes(seed.digest(), "big"))

"""The engine itself: uploads become features on disk, requests become songs.

Everything that needs numpy or a codec is loaded when the first upload or song asks for it.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING

from songbatch.digest import sha256
from songbatch.engines.base import Answer, EngineError, Verdict
from songbatch.engines.identities import SKETCH
from songbatch.engines.sketch.kept import is_current
from songbatch.engines.sketch.one_thread import load_numpy
from songbatch.extras import ExtraMissing
from songbatch.layout import folder_id
from songbatch.model import Purpose, Uploaded

if TYPE_CHECKING:
    from songbatch.engines.base import Generation, Sink
    from songbatch.engines.sketch.analysis.features import Features
    from songbatch.engines.sketch.codec import Frames
    from songbatch.engines.sketch.song import SketchSong, SungLine
    from songbatch.files.tree import Tree
    from songbatch.model import AudioFormat, EngineIdentity

MAX_FEATURES_BYTES = 16 * 2**20
MAX_RECORDING_BYTES = 256 * 2**20
ID_DIGITS = 32
"""Hexadecimal digits of the reference's digest in an id: no two references share 128 bits."""

_ID = re.compile(r"(vocal|instrumental)-(song|voice|instrumental)-([0-9a-f]{32})")
VOICE, INSTRUMENTAL = "vocal", "instrumental"
"""What ids begin with, by the role."""


class SketchEngine:
    """The embedded engine; `songbatch.engines.base.Engine` describes its methods.

    The features of references are kept in `state`, one small JSON file each, and the recordings of
    instrumentals beside them; losing either costs a new upload.
    """

    def __init__(self, state: Tree) -> None:
        self._state = state

    @property
    def identity(self) -> EngineIdentity:
        """The part of a render's key that stands for this engine."""
        return SKETCH

    @property
    def account(self) -> str:
        """Everybody on this machine."""
        return "local"

    def preflight(self) -> None:
        """Do nothing: nothing can be missing."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def upload(
        self,
        audio: bytes,
        audio_format: AudioFormat,  # noqa: ARG002  (the bytes show it)
        purpose: Purpose,
        request_id: str,  # noqa: ARG002
    ) -> Uploaded:
        """Analyze a reference and keep its features; the same bytes return the same ids."""
        load_numpy()
        from songbatch.engines.sketch import codec  # noqa: PLC0415  (loads numpy and miniaudio)
        from songbatch.engines.sketch.analysis import features  # noqa: PLC0415

        name = _kept_name(purpose, sha256(audio))
        known = self._known(name)
        if known is None:
            try:
                known = features.extract(audio, purpose)
            except codec.Undecodable as error:
                raise EngineError(str(error), Verdict.REJECTED) from error
            self._state.write(_file(name), features.dump(known, self._home()).encode())
        if known.spans is not None and self._recorded(name) is None:
            self._state.write(_recording(name), audio)
        return Uploaded(
            voice_id=f"{VOICE}-{name}" if purpose.gives_voice else None,
            instrumental_id=f"{INSTRUMENTAL}-{name}" if purpose.gives_instrumental else None,
        )

    def holds(self, uploaded: Uploaded) -> bool:
        """Return whether the features of an upload are still here, without loading numpy."""
        ids = [one for one in (uploaded.voice_id, uploaded.instrumental_id) if one is not None]
        return all(self._has_current(match) for match in map(_ID.fullmatch, ids))

    def _has_current(self, match: re.Match[str] | None) -> bool:
        if match is None:
            return False
        try:
            name = f"{match[2]}-{match[3]}"
            tree = json.loads(self._state.read(_file(name), MAX_FEATURES_BYTES).decode())
        except (OSError, ValueError, RecursionError):
            return False
        if not is_current(tree, self._home()):
            return False
        return tree.get("spans") is None or self._recorded(name) is not None

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Make the song and write it to `sink`."""
        load_numpy()
        from songbatch.audio.encode import encode  # noqa: PLC0415  (loads numpy and lameenc)
        from songbatch.engines.sketch import codec  # noqa: PLC0415
        from songbatch.engines.sketch.band.instruments import RATE  # noqa: PLC0415

        song = self.compose(request)
        try:
            audio = song.audio()
        except ExtraMissing as error:
            raise _missing(error) from error
        samples = codec.samples_of(audio, RATE, request.audio)
        sink.write(encode([samples], request.audio))
        return Answer(cost_usd=0.0, notes=song.notes, song_sha256=song.digest(samples))

    def times(self, request: Generation) -> tuple[SungLine, ...]:
        """Return when every line and syllable of that song is sung, without making the audio.

        Lines that do not fit into a song are not sung and are left out, as are all of them if the
        request has no voice. Raises EngineError as `generate` does.
        """
        return self.compose(request).times()

    def compose(self, request: Generation) -> SketchSong:
        """Return the composed song, from which score, vocals and audio can be had.

        Raises EngineError as `generate` does.
        """
        load_numpy()
        from songbatch.engines.sketch.song import SketchSong  # noqa: PLC0415  (loads numpy)

        try:
            return SketchSong(request, *self._roles(request), partial(self._recording, request))
        except ExtraMissing as error:
            raise _missing(error) from error

    def _roles(self, request: Generation) -> tuple[Features | None, Features | None]:
        """Return the features of the voice and of the instrumental; at least one is there."""
        sung = self._features(request.voice_id, VOICE)
        played = self._features(request.instrumental_id, INSTRUMENTAL)
        if sung is None and played is None:
            raise EngineError("a request needs a voice or an instrumental", Verdict.REJECTED)
        if request.vocals == "none" and played is None:
            raise EngineError("a request without singing needs an instrumental", Verdict.REJECTED)
        return sung, played

    def _features(self, uploaded_id: str | None, role: str) -> Features | None:
        if uploaded_id is None:
            return None
        match = _ID.fullmatch(uploaded_id)
        known = self._known(f"{match[2]}-{match[3]}") if match and match[1] == role else None
        if known is None:
            raise EngineError(f"the {role} id is unknown", Verdict.REUPLOAD)
        return known

    def _known(self, name: str) -> Features | None:
        load_numpy()
        from songbatch.engines.sketch.analysis import features  # noqa: PLC0415  (loads numpy)

        try:
            text = self._state.read(_file(name), MAX_FEATURES_BYTES).decode()
            return features.load(text, self._home())
        except (OSError, ValueError, RecursionError):
            return None

    def _recording(self, request: Generation) -> Frames:
        """Return the sound of a request's instrumental. Raises EngineError if it is not kept."""
        from songbatch.engines.sketch import codec  # noqa: PLC0415  (loads numpy and miniaudio)
        from songbatch.engines.sketch.analysis.features import MAX_SECONDS  # noqa: PLC0415
        from songbatch.engines.sketch.band.instruments import RATE  # noqa: PLC0415

        match = _ID.fullmatch(request.instrumental_id or "")
        audio = self._recorded(f"{match[2]}-{match[3]}") if match else None
        if audio is None:
            raise EngineError("the recording is not kept any more", Verdict.REUPLOAD)
        try:
            return codec.decode_stereo(audio, RATE, MAX_SECONDS)
        except codec.Undecodable as error:
            raise EngineError(str(error), Verdict.REJECTED) from error

    def _recorded(self, name: str) -> bytes | None:
        """Return the bytes that were uploaded under a name, None unless they are those."""
        try:
            audio = self._state.read(_recording(name), MAX_RECORDING_BYTES)
        except OSError:
            return None
        return audio if name.endswith(sha256(audio)[:ID_DIGITS]) else None

    def _home(self) -> int:
        """Return the number that distinguishes this folder from its copies.

        Features kept in another folder may be a stranger's, who can write numbers that no sound
        has; extracting them again is free.
        """
        return folder_id(self._state.base)


def _missing(error: ExtraMissing) -> EngineError:
    return EngineError(f"{error}: {error.fix}", Verdict.REJECTED)


def uploaded_id(role: str, purpose: Purpose, digest: str) -> str:
    """Return the id that the upload of bytes with this digest gets in a role."""
    return f"{role}-{_kept_name(purpose, digest)}"


def _kept_name(purpose: Purpose, digest: str) -> str:
    return f"{purpose}-{digest[:ID_DIGITS]}"


def _recording(name: str) -> str:
    return f"{name}.audio"


def _file(name: str) -> str:
    return f"{name}.json"

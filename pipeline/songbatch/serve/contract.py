"""Requests of the hosted contract: bytes and form fields in, requests or errors out.

Every fault of a request is named at once, as the vendor's validation does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import msgspec

from songbatch.audio.probe import AudioProblem, probe
from songbatch.engines.base import Generation
from songbatch.engines.identities import MUSIC01
from songbatch.engines.request_id import take_of
from songbatch.engines.strict_json import NotJsonObject, parse_object
from songbatch.limits import (
    MAX_LYRICS,
    MAX_REFERENCE_SECONDS,
    MIN_REFERENCE_SECONDS,
    is_reference_duration,
)
from songbatch.model import BITRATES, SAMPLE_RATES, AudioFormat, AudioSetting, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_UPLOAD_BYTES = 50 * 2**20
MAX_DOCUMENT_BYTES = 2**20


class BadRequest(Exception):
    """The request is not within the contract; `str(error)` names every wrong field."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))


class UploadRequest(msgspec.Struct, frozen=True):
    """A reference that was sent: whole, readable, of a permitted duration."""

    audio: bytes
    format: AudioFormat
    purpose: Purpose


def read_upload(files: list[bytes], fields: list[str]) -> UploadRequest:
    """Judge the parts `file` and `purpose` of an upload. Raises BadRequest."""
    faults = [*_errors_in_file(files), *_errors_in_purpose(fields)]
    if faults:
        raise BadRequest(*faults)
    return UploadRequest(files[0], probe(files[0]).format, Purpose(fields[0]))


def _errors_in_file(files: list[bytes]) -> list[str]:
    if len(files) != 1:
        return ["file: must be one file with a name"]
    try:
        info = probe(files[0])
    except AudioProblem as problem:
        return [f"file: {problem}"]
    if is_reference_duration(info.seconds):
        return []
    return [
        f"file: the audio lasts {info.seconds:.2f} s; it must be longer than "
        f"{MIN_REFERENCE_SECONDS:.0f} s and at most {MAX_REFERENCE_SECONDS / 60:.0f} min"
    ]


def _errors_in_purpose(fields: list[str]) -> list[str]:
    if len(fields) == 1 and fields[0] in set(Purpose):
        return []
    return [f"purpose: must be one of {', '.join(Purpose)}"]


def read_generation(document: bytes, request_id: str) -> Generation:
    """Judge the JSON of a generate request. Raises BadRequest."""
    try:
        body = parse_object(document)
    except NotJsonObject as error:
        raise BadRequest(f"body: {error}") from error
    faults = [
        *_errors_in_model(body),
        *_errors_in_lyrics(body),
        *_errors_in_ids(body),
        *_errors_in_audio(body),
    ]
    if faults:
        raise BadRequest(*faults)
    return Generation(
        lyrics=body["lyrics"],
        voice_id=body.get("refer_voice"),
        instrumental_id=body.get("refer_instrumental"),
        audio=_audio_setting(body.get("audio_setting", {})),
        take=take_of(request_id),
        request_id=request_id,
    )


def _errors_in_model(body: Mapping[str, Any]) -> list[str]:
    return [] if body.get("model") == MUSIC01.model else [f"model: must be {MUSIC01.model}"]


def _errors_in_lyrics(body: Mapping[str, Any]) -> list[str]:
    lyrics = body.get("lyrics")
    if not _is_text(lyrics):
        return ["lyrics: must be a string"]
    if not lyrics.strip():
        return ["lyrics: must not be empty"]
    if len(lyrics) > MAX_LYRICS:
        return [f"lyrics: must have at most {MAX_LYRICS} characters, these have {len(lyrics)}"]
    return []


def _errors_in_ids(body: Mapping[str, Any]) -> list[str]:
    # The vendor's own clients send null for the one that is absent.
    names = ("refer_voice", "refer_instrumental")
    given = [name for name in names if body.get(name) is not None]
    if not given:
        return ["refer_voice, refer_instrumental: at least one is required"]
    return [
        f"{name}: must be an id that an upload answered"
        for name in given
        if not _is_text(body[name]) or not body[name]
    ]


def _errors_in_audio(body: Mapping[str, Any]) -> list[str]:
    if "audio_setting" not in body:
        return []
    setting = body["audio_setting"]
    if not isinstance(setting, dict):
        return ["audio_setting: must be an object"]
    allowed: dict[str, tuple[Any, ...]] = {
        "format": tuple(AudioFormat),
        "sample_rate": SAMPLE_RATES,
        "bitrate": BITRATES,
    }
    return [
        f"audio_setting.{name}: must be one of {', '.join(map(str, values))}"
        for name, values in allowed.items()
        if (name == "format" or name in setting) and setting.get(name) not in values
    ]


def _audio_setting(setting: Mapping[str, Any]) -> AudioSetting:
    default = AudioSetting()
    return AudioSetting(
        AudioFormat(setting.get("format", default.format)),
        int(setting.get("sample_rate", default.sample_rate)),
        int(setting.get("bitrate", default.bitrate)),
    )


def _is_text(value: object) -> TypeGuard[str]:
    """Return whether a JSON value is text that can be written down: lone surrogates cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

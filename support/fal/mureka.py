"""Mureka's files, voices and songs: ids that fit only what they were made for."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.fal import sound
from support.fal.failures import problem

USES = {
    "reference_id": {"reference"},
    "vocal_id": {"cloned voice", "voice"},
    "melody_id": {"melody"},
    "instrumental_id": {"instrumental"},
}
"""What each field for an id takes: files of a purpose, or a cloned voice."""
SONG_IDS = ("reference_id", "vocal_id", "melody_id")
MOST_VOICE_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file or a voice that Mureka keeps, and what was paid for once."""

    id: str
    purpose: str
    content: bytes
    request_id: str


class Deposits:
    """What Mureka keeps for the account. `excludes_prompt`: ids and a prompt do not go together."""

    def __init__(self) -> None:
        self.excludes_prompt = True
        self.kept: dict[str, Deposit] = {}

    def keep(self, purpose: str, content: bytes, request_id: str) -> Deposit:
        """Keep a file or a voice under a new id."""
        deposit = Deposit(str(secrets.randbelow(10**14)), purpose, content, request_id)
        self.kept[deposit.id] = deposit
        return deposit

    def forget(self) -> None:
        """Keep nothing any more: every id is unknown."""
        self.kept.clear()

    def problems(self, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return what is wrong with the ids of a song, and with what goes beside them."""
        named = {name: str(given[name]) for name in USES if given.get(name)}
        found = [p for name, value in named.items() if (p := self._misfit(name, value))]
        of_song = [name for name in SONG_IDS if name in named]
        if "melody_id" in named and len(of_song) > 1:
            found.append(problem("value_error", "melody_id goes alone", "melody_id"))
        if self.excludes_prompt and named and given.get("prompt"):
            message = f"prompt cannot be combined with {next(iter(named))}"
            found.append(problem("value_error", message, "prompt", given["prompt"]))
        if given.get("lyrics") and given.get("styles"):
            found.append(problem("value_error", "styles are for songs without lyrics", "styles"))
        if not named and not any(given.get(name) for name in ("lyrics", "prompt", "styles")):
            found.append(problem("missing", "lyrics or a prompt are required", "prompt"))
        return found

    def _misfit(self, name: str, value: str) -> dict[str, Any] | None:
        deposit = self.kept.get(value)
        if deposit is None:
            return problem("value_error", f"{name} not found", name, value)
        if deposit.purpose in USES[name]:
            return None
        message = f"{name} does not take a file of the purpose {deposit.purpose}"
        return problem("value_error", message, name, value)


def file_problems(content: bytes, name: str) -> list[dict[str, Any]]:
    """Return what is wrong with a file that is handed over for reference."""
    if sound.container_of(content) in {"mp3", "m4a"}:
        return []
    return [problem("unsupported_audio_format", "MP3 or M4A wanted", name)]


def voice_problems(content: bytes, name: str) -> list[dict[str, Any]]:
    """Return what is wrong with a recording of a voice that is to be cloned."""
    found = file_problems(content, name)
    seconds = sound.seconds_of(content)
    if len(content) > MOST_VOICE_BYTES:
        found.append(problem("file_too_large", "Under 10 MB wanted", name))
    # Whole frames of MP3, and the encoder's delay, may make it somewhat longer.
    if seconds is not None and seconds < 14.9:
        found.append(problem("audio_duration_too_short", "At least 15 s wanted", name))
    if seconds is not None and seconds > 30.2:
        found.append(problem("audio_duration_too_long", "At most 30 s wanted", name))
    return found


def sections(lyrics: str, milliseconds: int) -> list[dict[str, Any]]:
    """Return the lines of lyrics, under their tags, shared out evenly over the time."""
    lines = [line.strip() for line in lyrics.splitlines() if line.strip()]
    count = sum(not _is_tag(line) for line in lines)
    found: list[dict[str, Any]] = []
    sung = 0
    for line in lines:
        now = milliseconds * sung // max(count, 1)
        if _is_tag(line) or not found:
            kind = line.strip("[]").lower() if _is_tag(line) else "verse"
            found.append({"section_type": kind, "start": now, "end": now, "lines": []})
        if not _is_tag(line):
            sung += 1
            end = milliseconds * sung // count
            found[-1]["lines"].append({"text": line, "start": now, "end": end})
            found[-1]["end"] = end
    return found


def _is_tag(line: str) -> bool:
    return re.fullmatch(r"\[[^\]]+\]", line) is not None

"""The list of copied selects: a playlist whose comments are the record of what was copied.

`#SONGBATCH-COPY:SHA256 NAME` names a file and its bytes. `#SONGBATCH-TAKE:SHA256 ENGINE ID` behind
it says whose audio it is, and `#SONGBATCH-EARLIER:…` the same of what its render has no longer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.layout import OUTPUTS
from songbatch.model import AudioFormat
from songbatch.outputs.playlist import track
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.records import Entry
    from songbatch.selects import Heard
    from songbatch.workspace import Workspace

FOLDER = "selects"
_COPIED = re.compile(
    r"^#SONGBATCH-COPY:(?P<sha256>[0-9a-f]{64}) (?P<name>[^/\n]+)\n?"
    r"(?:#SONGBATCH-(?P<state>TAKE|EARLIER):(?P<audio>[0-9a-f]{64}) [^\n]*\n)?"
    r"(?P<track>#EXTINF:[^\n]*\n[^\n]+\n)?",
    re.MULTILINE,
)
_MAX_PLAYLIST_BYTES = 64 * 2**20


class RecordedCopy(msgspec.Struct, frozen=True):
    """A copy as the list has it: the digest of the file, and of its audio ("" for unknown)."""

    sha256: str
    audio_sha256: str
    is_earlier: bool
    track: str
    """Its lines for players, "" for none."""


def folder_of(spec: str) -> str:
    """Return where the copies of a spec's takes lie."""
    return f"{OUTPUTS}/{spec}/{FOLDER}"


def list_of(spec: str) -> str:
    """Return where their list lies."""
    return f"{folder_of(spec)}/{spec}.m3u8"


def recorded_copies(path: str, workspace: Workspace) -> dict[str, RecordedCopy]:
    """Return what the list at `path` records, by file name; nothing if it cannot be read."""
    try:
        data = workspace.read_bytes(path, _MAX_PLAYLIST_BYTES)
    except Unreadable:
        return {}
    return {
        one["name"]: RecordedCopy(
            one["sha256"], one["audio"] or "", one["state"] == "EARLIER", one["track"] or ""
        )
        for one in _COPIED.finditer(data.decode("utf-8", "replace"))
    }


def copy_lines(name: str, sha256: str, heard: Heard, *, is_earlier: bool) -> str:
    """Return the comments that record a copy."""
    state = "EARLIER" if is_earlier else "TAKE"
    whose = f"{heard.audio_sha256} {heard.engine} {heard.render}"
    return f"#SONGBATCH-COPY:{sha256} {name}\n#SONGBATCH-{state}:{whose}\n"


def track_lines(entry: Entry, tags: Mapping[str, str], name: str) -> str:
    """Return the lines of a copy for players; "" for PCM, which has no header: none plays it."""
    return "" if entry.audio.format is AudioFormat.PCM else track(entry, tags, name)

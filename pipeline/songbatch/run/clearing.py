"""Clearing up after specs that are gone: what their outputs leave behind once they are removed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from songbatch.layout import manifest_path, output_folder
from songbatch.outputs.cue import remove_cues
from songbatch.outputs.earlier import EarlierTakes
from songbatch.outputs.lrc import remove_lrc
from songbatch.outputs.playlist import list_tracks, playlist_path
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.records import Entry, Manifest
    from songbatch.run.context import RunContext


def clear_gone(
    gone: Mapping[str, Manifest],
    engine: str,
    written: Mapping[str, Manifest],
    context: RunContext,
) -> None:
    """Remove playlists, line times and manifests of specs that are gone.

    `gone` are their last manifests, `written` those of the others. A manifest stays as the record
    of audio that is not in the store, that it was received.
    """
    now = [entry for manifest in written.values() for entry in manifest]
    for spec, last in gone.items():
        left = tuple(entry for entry in last if _is_only_record(entry, now, context))
        EarlierTakes(context.workspace.state, context.blobs).record_left(last, [*now, *left])
        list_tracks(playlist_path(spec, engine), b"", context.workspace)
        remove_lrc(output_folder(spec, engine), set(), context.workspace)
        remove_cues(output_folder(spec, engine), set(), context.workspace)
        path = manifest_path(spec, engine)
        if not left:
            context.workspace.remove(path)
        elif len(left) < len(last.renders):
            rest = dataclasses.replace(last, renders=left)
            context.workspace.write(path, *manifests.pieces(rest, last))


def _is_only_record(entry: Entry, now: list[Entry], context: RunContext) -> bool:
    if not entry.done or any(one.key == entry.key and one.done for one in now):
        return False
    return entry.audio_sha256 is None or not context.blobs.has(entry.audio_sha256)

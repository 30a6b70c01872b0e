"""Audio that listeners judged elsewhere: a page tells of it, though it cannot play it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.outputs.selects_list import folder_of, list_of, recorded_copies
from songbatch.report.page import AbsentSound

if TYPE_CHECKING:
    from collections.abc import Container

    from songbatch.report.sources import Sources
    from songbatch.selects import Heard, Selects
    from songbatch.workspace import Workspace


def absent_sounds(
    sources: Sources, selects: Selects, names: Container[tuple[str, str]]
) -> list[AbsentSound]:
    """Return what the selects are about and what is neither named here nor in the store, sorted.

    `names` has the engines and digests of all audio of the page.
    """

    def is_absent(heard: Heard) -> bool:
        return (
            sources.engine in {None, heard.engine}
            and heard.render.count("/") > 1
            and (heard.engine, heard.audio_sha256) not in names
            and not sources.audio_files.has_blob(heard.audio_sha256)
        )

    judged = {one.heard for one in selects.opinions if one.says_something}
    absent = sorted(heard for heard in judged if is_absent(heard))
    copies: dict[str, str] = {}
    for spec in {heard.spec for heard in absent}:
        copies |= _copies(spec, sources.workspace)
    return [
        AbsentSound(one.render, one.engine, one.audio_sha256, copies.get(one.audio_sha256, ""))
        for one in absent
    ]


def _copies(spec: str, workspace: Workspace) -> dict[str, str]:
    """Return the intact copies of a spec's chosen takes, by the digest of their audio."""
    recorded = recorded_copies(list_of(spec), workspace).items()
    paths = {f"{folder_of(spec)}/{name}": copy for name, copy in recorded}
    return {
        copy.audio_sha256: path
        for path, copy in paths.items()
        if workspace.digest(path) == copy.sha256
    }

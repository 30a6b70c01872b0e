"""The manifests of a project, as they are under `outputs/` now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.layout import engine_of_folder, manifest_path
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from songbatch.records import Manifest, ManifestId
    from songbatch.workspace import Workspace


def read_manifests(workspace: Workspace, engine: str) -> dict[str, Manifest]:
    """Return the last manifests of an engine, by spec. Raises BrokenState for a broken one."""
    return {
        spec: manifests.parse(data, manifest_path(spec, engine))
        for spec, data in workspace.manifests(engine).items()
    }


def recorded_engines(workspace: Workspace) -> list[str]:
    """Return the engines that any spec has a manifest of, sorted."""
    return sorted(map(engine_of_folder, workspace.engine_folders()))


def recorded_manifests(workspace: Workspace) -> dict[ManifestId, Manifest]:
    """Return the manifests of all engines. Raises BrokenState for a broken one."""
    return {
        (spec, engine): manifest
        for engine in recorded_engines(workspace)
        for spec, manifest in read_manifests(workspace, engine).items()
    }

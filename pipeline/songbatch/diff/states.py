"""States of songs by which `--select` chooses: picked, failed, changed since a manifest.

Read from manifests and listeners' verdicts as they lie there; nothing is planned.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from songbatch.outputs.manifests import read_manifests
from songbatch.plan.states import CHANGED, FAILED, LABEL, PICKED, State, state_of, with_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.batch.loading import Batch
    from songbatch.model import Render
    from songbatch.plan.selection import Selection
    from songbatch.records import Entry, Manifest
    from songbatch.workspace import Workspace


def with_states(selection: Selection, batch: Batch, workspace: Workspace) -> Selection:
    """Return the selection with the ids that its states mean, if it has any.

    Raises UsageError for a label that no song has, BrokenState for a broken manifest, and
    UnknownRevision.
    """
    said = {word: state_of(word, batch.renders) for word in selection.words}
    states = {word: state for word, state in said.items() if state is not None}
    if not states:
        return selection
    finder = _Finder(batch, workspace)
    return selection.with_found({word: finder.ids(state) for word, state in states.items()})


class _Finder:
    def __init__(self, batch: Batch, workspace: Workspace) -> None:
        self._batch = batch
        self._workspace = workspace
        self._manifests: dict[str, dict[str, Manifest]] = {}

    def ids(self, state: State) -> frozenset[str]:
        """Return the ids of the renders that are in a state."""
        renders = self._batch.renders
        if state.name == LABEL:
            return with_label(state.detail, renders)
        if state.name == PICKED:
            return frozenset(self._picked())
        if state.name == FAILED:
            return frozenset(r.id for r in renders if self._has_failed(r))
        assert state.name == CHANGED  # noqa: S101
        if state.detail:
            before = self._recorded_at(state.detail)
            return frozenset(r.id for r in renders if (r.inputs.engine.name, r.key) not in before)
        return frozenset(r.id for r in renders if not self._is_recorded(r))

    def _last(self, render: Render) -> Iterable[Entry]:
        """Return the entries of the last manifest of a render's spec, on its engine."""
        engine = render.inputs.engine.name
        if engine not in self._manifests:
            self._manifests[engine] = read_manifests(self._workspace, engine)
        return self._manifests[engine].get(render.spec, ())

    def _has_failed(self, render: Render) -> bool:
        return any(e.id == render.id and e.status in {"failed", "held"} for e in self._last(render))

    def _is_recorded(self, render: Render) -> bool:
        return any(entry.done and entry.key == render.key for entry in self._last(render))

    def _recorded_at(self, revision: str) -> frozenset[tuple[str, str]]:
        """Return what the manifests at a revision record, by engine and key."""
        from songbatch.diff.baseline import from_commit  # noqa: PLC0415  (few look into git)
        from songbatch.diff.git import Repository  # noqa: PLC0415

        repository = Repository(self._workspace.root)
        baseline = from_commit(repository.commit(revision), repository)
        return frozenset(
            (engine, entry.key)
            for (_, engine), manifest in baseline.manifests.items()
            for entry in manifest
            if entry.done
        )

    def _picked(self) -> Iterable[str]:
        """Yield the renders that listeners chose.

        On the engine that they heard, that take; on another, such as for a final version, every
        take of the variant: a take of one engine says nothing of another's.
        """
        heard = self._batch.selects.chosen
        audio = {(one.engine, one.audio_sha256) for one in heard}
        names = {(one.engine, one.render) for one in heard}
        engines = defaultdict[str, set[str]](set)
        for one in heard:
            engines[one.render.rpartition("/")[0]].add(one.engine)
        for render in self._batch.renders:
            engine, variant = render.inputs.engine.name, render.id.rpartition("/")[0]
            is_heard = (engine, render.id) in names or any(
                e.id == render.id and (engine, e.audio_sha256) in audio for e in self._last(render)
            )
            if is_heard or (variant in engines and engine not in engines[variant]):
                yield render.id

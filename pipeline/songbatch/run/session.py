"""A session: one view of a project, with its store, caches and clock, for one command or caller."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from songbatch.batch.loading import Batch, Caches, load_batch
from songbatch.engines.sketch.entry import FOLDER as SKETCH
from songbatch.incremental import fast_path
from songbatch.incremental.compilations import FOLDER as COMPILED
from songbatch.incremental.compilations import Compilations
from songbatch.incremental.probes import Probes
from songbatch.layout import OUTPUTS, folder_id
from songbatch.outputs.earlier import FOLDER as EARLIER
from songbatch.plan.selection import matching, near_name
from songbatch.run.context import RunContext
from songbatch.run.events import Event, ReadingFile, Waiting
from songbatch.run.shared.stores import ChosenStore, opened_store
from songbatch.spec.layers import NO_LAYER
from songbatch.spec_files import no_such_spec
from songbatch.store.blobs import INCOMING, MEASURES, STORE, WAVEFORMS, Blobs
from songbatch.store.ledger import NAME as LEDGER
from songbatch.store.ledger import Ledger, LedgerState
from songbatch.store.lock import project_lock
from songbatch.store.stock import Stock
from songbatch.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from songbatch.incremental.up_to_date import Command
    from songbatch.records import Receipt
    from songbatch.run.events import Listener
    from songbatch.spec.layers import Layer
    from songbatch.spec_files import SpecFile

STATE_FOLDERS = ("", STORE, INCOMING, COMPILED, MEASURES, WAVEFORMS, SKETCH, EARLIER)
"""Folders of what is kept: each is one, or not there."""


def now() -> str:
    """Return the time, UTC, as ledger and manifests write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _ignore(_event: Event) -> None:
    pass


def _demand_meaning(word: str, batch: Batch, files: Iterable[SpecFile]) -> None:
    """Raise UsageError for a word that means no spec and no render.

    If specs have errors, their renders are not known: then only for one that is much like a spec.
    """
    if matching(word, batch.renders):
        return
    near = near_name(word, batch.renders, (file.name for file in files))
    if near or not batch.has_errors:
        raise no_such_spec(word, files, near)


class Session(msgspec.Struct, frozen=True):
    """One view of a project. Reading the ledger is left to whoever needs it."""

    workspace: Workspace
    blobs: Blobs
    compilations: Compilations
    probes: Probes
    environment: Mapping[str, str]

    @classmethod
    def open(cls, project: Path | None) -> Session:
        """Find the project.

        Raises UsageError if there is none, Odd if its state folders are not plain folders.
        """
        workspace = Workspace.find(project)
        state = workspace.state
        for folder in STATE_FOLDERS:
            # Now, and not when a run comes to write there: what was paid must have a place.
            state.demand_folder(folder)
        workspace.observed.remember(state)
        return cls(workspace, Blobs(state), Compilations(state), Probes(state), os.environ)

    def load(
        self,
        specs: Iterable[str],
        engine: str | None,
        overrides: Mapping[str, str],
        listener: Listener = _ignore,
        layer: Layer = NO_LAYER,
    ) -> Batch:
        """Read the specs and everything they name; mistakes are in the batch.

        `layer` is what the command lays over all songs.
        """
        # What was kept counts in this folder only: a stranger's may come with a clone.
        tool = f"{fast_path.tool_version()} {folder_id(str(self.workspace.root)):x}"
        asked = self.workspace.asked(specs)
        batch = load_batch(
            self.workspace,
            self.blobs,
            asked.files,
            engine=engine,
            overrides=overrides,
            caches=Caches(self.compilations, self.probes, tool),
            layer=layer,
            on_read=lambda path: listener(ReadingFile(path)),
        )
        self._look_at_downloads(batch)
        if any(render.unresolved.until for render in batch.renders):
            from songbatch.run.waves import in_waves  # noqa: PLC0415  (few specs have such songs)

            batch = in_waves(batch, self.workspace, self.blobs, self.ledger_state())
        for word in asked.unknown:
            _demand_meaning(word, batch, asked.files)
        return msgspec.structs.replace(batch, only=asked.only) if asked.only else batch

    def _look_at_downloads(self, batch: Batch) -> None:
        """Look at the references that came by URL, which the workspace does not know."""
        for reference in (r for named in batch.references.values() for r in named.values()):
            if reference.url is not None and reference.sha256 is not None:
                self.workspace.observed.observe(self.blobs.name(reference.sha256))

    def run_context(
        self, listener: Listener = _ignore, chosen: ChosenStore | None = None
    ) -> RunContext:
        """Open the ledger and put everything in reach that a run needs.

        With a `chosen` store, what is lacking here is looked for there.
        """
        ledger = Ledger(self.workspace.state, now)
        stock = Stock(self.blobs, ledger)
        if chosen is not None and chosen.address is not None:
            stock = Stock(
                self.blobs,
                ledger,
                chosen.address.text,
                partial(opened_store, chosen, self.environment, self.workspace.root),
                shares_all=chosen.shares_all,
            )
        return RunContext(self.workspace, self.blobs, ledger, listener, stock)

    def ledger_state(self) -> LedgerState:
        """Return what the ledger has recorded."""
        return Ledger(self.workspace.state, now).state

    def stored_receipts(self) -> dict[str, Receipt]:
        """Return the receipts whose audio is in the store, by key."""
        receipts = self.ledger_state().receipts
        return {
            key: receipt
            for key, receipt in receipts.items()
            if self.blobs.has(receipt.audio_sha256, receipt.bytes)
        }

    def lock(
        self, *, wait: bool, on_wait: Callable[[Waiting], None] = _ignore
    ) -> AbstractContextManager[None]:
        """Hold the project's lock. Raises Locked if another run holds it and this does not wait."""
        return project_lock(
            self.workspace.state,
            started=now(),
            wait=wait,
            on_wait=lambda holder: on_wait(Waiting(holder)),
        )

    def look_at_state(self) -> None:
        """Look at the ledger and at every folder in which a run makes files or folders.

        By a command that holds no lock, before it looks at anything that depends on them.
        """
        workspace = self.workspace
        workspace.observed.observe(workspace.state.name(LEDGER))
        # A plan counts what has to be analysed anew.
        analyses = workspace.state.name(SKETCH)
        for path in (analyses, *workspace.files(analyses, ".json"), workspace.state.name(EARLIER)):
            workspace.observed.observe(path)
        for folder in (OUTPUTS, workspace.state.name(STORE)):
            workspace.observed.observe(folder)
            for name in workspace.tree.folders(folder):
                workspace.observed.observe(f"{folder}/{name}")

    def write_caches(self) -> None:
        """Write what was learned of specs and references. For the lock's holder.

        Early in a run: until then it takes memory.
        """
        self.compilations.write()
        self.probes.write()

    def write_index(self, command: Command | None = None) -> None:
        """Write what was seen of files; `command`, if there is one, depends on all of it."""
        self.workspace.observed.keep(self.workspace.state, command)

    def drop_old_caches(self) -> None:
        """Drop what is kept of specs that are gone. For the lock's holder.

        After the index is written: it must not know of specs that came since they were read.
        """
        self.compilations.drop_all_but([spec.name for spec in self.workspace.specs()])

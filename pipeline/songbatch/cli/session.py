"""The wiring: which workspace, store, ledger and clock a command works with. Only here."""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.batch.loading import Batch, Caches, load_batch
from songbatch.cli.diagnostics import as_texts
from songbatch.diagnostics import InvalidSpecs, Locked
from songbatch.engines.catalog import SKETCH_FOLDER as SKETCH
from songbatch.incremental import fast_path, file_index, printed
from songbatch.incremental.compilations import FOLDER as COMPILED
from songbatch.incremental.compilations import Compilations
from songbatch.incremental.probes import Probes
from songbatch.layout import OUTPUTS, STATE_FOLDER
from songbatch.run.context import RunContext
from songbatch.run.events import Event, ReadingFile
from songbatch.store.blobs import INCOMING, MEASURES, STORE, WAVEFORMS, Blobs
from songbatch.store.ledger import NAME as LEDGER
from songbatch.store.ledger import Ledger
from songbatch.store.lock import project_lock
from songbatch.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from songbatch.diagnostics import Diagnostic
    from songbatch.records import Receipt
STATE_FOLDERS = ("", STORE, INCOMING, COMPILED, MEASURES, WAVEFORMS, SKETCH)
"""Folders of what is kept: each is one, or not there."""


def now() -> str:
    """Return the time, UTC, as ledger and manifests write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Session(msgspec.Struct, frozen=True):
    """One command's view of a project. Reading the ledger is left to the commands that need it."""

    workspace: Workspace
    blobs: Blobs
    compilations: Compilations
    probes: Probes
    environment: Mapping[str, str]

    @classmethod
    def open(cls, project: Path | None) -> Session:
        """Find the project. Raises UsageError if there is none, Odd if its folders are none."""
        workspace = Workspace.find(project)
        state = workspace.state
        for folder in STATE_FOLDERS:
            # Now, and not when a run comes to write there: what was paid must have a place.
            state.demand_folder(folder)
        workspace.observed.remember(state)
        return cls(workspace, Blobs(state), Compilations(state), Probes(state), os.environ)

    def run_context(self, listener: Callable[[Event], None] = lambda _event: None) -> RunContext:
        """Open the ledger and put everything in reach that a run needs."""
        ledger = Ledger(self.workspace.state, now)
        return RunContext(self.workspace, self.blobs, ledger, listener)

    def stored_receipts(self) -> dict[str, Receipt]:
        """Return the receipts whose audio is in the store, by key."""
        receipts = self.run_context().ledger.state.receipts
        return {
            key: receipt
            for key, receipt in receipts.items()
            if self.blobs.has(receipt.audio_sha256, receipt.bytes)
        }

    def load(
        self,
        specs: Iterable[str],
        engine: str | None,
        overrides: Mapping[str, str],
        listener: Callable[[Event], None] = lambda _event: None,
    ) -> Batch:
        """Read the specs and everything they name; mistakes are in the batch."""
        # What was kept counts in this folder only: a stranger's may come with a clone.
        tool = f"{fast_path.tool_version()} {file_index.home(str(self.workspace.root)):x}"
        batch = load_batch(
            self.workspace,
            self.blobs,
            self.workspace.specs(specs),
            engine=engine,
            overrides=overrides,
            caches=Caches(self.compilations, self.probes, tool),
            on_read=lambda path: listener(ReadingFile(path)),
        )
        self._look_at_downloads(batch)
        return batch

    def _look_at_downloads(self, batch: Batch) -> None:
        """Look at the references that came by URL, which the workspace does not know."""
        for reference in (r for named in batch.references.values() for r in named.values()):
            if reference.url is not None and reference.sha256 is not None:
                self.workspace.observed.observe(self.blobs.name(reference.sha256))

    def write_down(self, again: str | None, batch: Batch) -> None:
        """Remember what a run has looked at, for the lock's holder.

        `again` is what the next such run prints, which has nothing to do; None if it may have.
        """
        if again is not None:
            self.look_at_state()
            self._keep(0, again, diagnostics_text(batch.diagnostics))
        else:
            self.workspace.observed.keep(self.workspace.state, None)
        # After the index: it must not tell of specs that came since they were read.
        self.compilations.drop_all_but([spec.name for spec in self.workspace.specs()])

    def remember(self, code: int, out: str, error: str = "") -> None:
        """Remember what a command printed that changes nothing, and has looked at the state.

        Only where there is a state folder, and no run that has to be waited for.
        """
        state = self.workspace.state
        if not self.workspace.tree.is_there(STATE_FOLDER):
            return
        text = out if fast_path.on_terminal() else click.unstyle(out)
        lock = project_lock(state, started=now(), wait=False, on_wait=lambda _holder: None)
        # It only saves time: whatever is in the way, the command has done its work.
        with contextlib.suppress(OSError, Locked), lock:
            self._keep(code, text, error)

    def _keep(self, code: int, out: str, error: str) -> None:
        texts = printed.packed(out, error)
        who = fast_path.invocation(sys.argv[1:], file_index.home(str(self.workspace.root)))
        command = (code, texts, who) if texts is not None else None
        self.workspace.observed.keep(self.workspace.state, command)

    def look_at_state(self) -> None:
        """Look at the ledger and at every folder in which a run makes files or folders.

        By a command that holds no lock, before it looks at anything that depends on them.
        """
        workspace = self.workspace
        workspace.observed.observe(workspace.state.name(LEDGER))
        for folder in (OUTPUTS, workspace.state.name(STORE)):
            workspace.observed.observe(folder)
            for name in workspace.tree.folders(folder):
                workspace.observed.observe(f"{folder}/{name}")


def demand_valid(batch: Batch) -> None:
    """Print what is wrong with the specs; raise InvalidSpecs where anything is an error."""
    print_diagnostics(batch.diagnostics)
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics for people, to standard error."""
    click.echo(diagnostics_text(diagnostics), nl=False, err=True)


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return diagnostics as text for people, each followed by an empty line."""
    return "".join(f"{text}\n\n" for text in as_texts(diagnostics))

"""The wiring: which workspace, store, ledger and clock a command works with. Only here."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from pipeline import quick
from pipeline.batch import Batch, load_batch
from pipeline.cli.diagnostics import as_texts
from pipeline.diagnostics import InvalidSpecs
from pipeline.engines.catalog import SKETCH_FOLDER as SKETCH
from pipeline.run.events import Event, Reading
from pipeline.run.settle import Desk
from pipeline.store.blobs import INCOMING, MEASURES, STORE, WAVEFORMS, Blobs
from pipeline.store.compilations import FOLDER as COMPILED
from pipeline.store.compilations import Compilations
from pipeline.store.ledger import NAME as LEDGER
from pipeline.store.ledger import Ledger
from pipeline.store.probes import Probes
from pipeline.workspace import OUTPUTS, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.diagnostics import Diagnostic
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
        workspace.sightings.remember(state)
        return cls(workspace, Blobs(state), Compilations(state), Probes(state), os.environ)

    def desk(self, listener: Callable[[Event], None] = lambda _event: None) -> Desk:
        """Open the ledger and put everything in reach that a run needs."""
        ledger = Ledger(self.workspace.state, now)
        return Desk(self.workspace, self.blobs, ledger, listener)

    def load(
        self,
        specs: Iterable[str],
        engine: str | None,
        overrides: Mapping[str, str],
        listener: Callable[[Event], None] = lambda _event: None,
    ) -> Batch:
        """Read the specs and everything they name; mistakes are in the batch."""
        return load_batch(
            self.workspace,
            self.blobs,
            self.workspace.specs(specs),
            engine=engine,
            overrides=overrides,
            compilations=self.compilations,
            probes=self.probes,
            tool=quick.tool(),
            on_read=lambda path: listener(Reading(path)),
        )

    def write_down(self, up_to_date: int | None) -> None:
        """Remember what this command has looked at, for the lock's holder.

        `up_to_date` tells how many renders it left with nothing to do, None if it left any.
        """
        sightings = self.workspace.sightings
        settled = () if up_to_date is None else (str(up_to_date), *quick.who(sys.argv[1:]))
        for path in self._changed_by_runs() if settled else ():
            sightings.look(path)
        sightings.keep(self.workspace.state, settled)
        # After the index: it must not tell of specs that came since they were read.
        self.compilations.drop_all_but([spec.name for spec in self.workspace.specs()])

    def _changed_by_runs(self) -> Iterator[str]:
        """Yield the ledger and every folder in which a run makes files or folders."""
        tree, state = self.workspace.tree, self.workspace.state
        yield state.name(LEDGER)
        for folder in (OUTPUTS, state.name(STORE)):
            yield folder
            yield from (f"{folder}/{name}" for name in tree.folders(folder))


def demand_valid(batch: Batch) -> None:
    """Print what is wrong with the specs; raise InvalidSpecs where anything is an error."""
    print_diagnostics(batch.diagnostics)
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics for people, to standard error."""
    for text in as_texts(diagnostics):
        click.echo(text + "\n", err=True)

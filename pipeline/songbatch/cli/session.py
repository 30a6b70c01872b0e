"""Output of a session: diagnostics, and what the next such command may print again."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from songbatch.cli.diagnostics import as_texts
from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import InvalidSpecs, Locked, UsageError, has_errors, printable
from songbatch.exit_codes import EXIT_DONE
from songbatch.incremental import fast_path, printed
from songbatch.layout import SETTINGS_NAME, STATE_FOLDER, folder_id
from songbatch.shell import shell_word
from songbatch.spec.layers import NO_LAYER, Layer, UnknownProfile
from songbatch.store.claim_notes import has_claims
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.diagnostics import Diagnostic, SongbatchError
    from songbatch.engines.catalog import Engines
    from songbatch.outputs.wanted import Wanted
    from songbatch.records import Manifest
    from songbatch.run.events import Listener, Waiting
    from songbatch.run.session import Session
    from songbatch.selects import Selects
    from songbatch.workspace import Workspace

_NAMED = {UnknownEngine: "--engine", UnknownProfile: "--profile"}
"""The option that named what nobody knows."""


def load_specs(
    session: Session,
    specs: Iterable[str],
    engine: str | None,
    overrides: Mapping[str, str],
    listener: Listener | None = None,
    layer: Layer = NO_LAYER,
) -> Batch:
    """Read the specs and everything they name; `engine` is what the option `--engine` says.

    `layer` is what `--profile` and `--takes` say.

    Raises click.BadParameter if the project has no such engine or profile, UsageError if no
    template uses a variable that the command line sets.
    """
    hears = {} if listener is None else {"listener": listener}
    try:
        batch = session.load(specs, engine, overrides, layer=layer, **hears)
    except UsageError as error:
        named = next((o for kind, o in _NAMED.items() if isinstance(error.__cause__, kind)), None)
        if named is None:
            raise
        context = click.get_current_context()
        option = next((p for p in context.command.params if named in p.opts), None)
        message = f"{error}; {pasteable(error.fix)}"
        raise click.BadParameter(message, ctx=context, param=option) from error
    source = click.get_current_context().get_parameter_source("overrides")
    # What the environment sets may be meant for other projects, too.
    if source is ParameterSource.COMMANDLINE and not batch.has_errors:
        from songbatch.batch.overrides import demand_used  # noqa: PLC0415  (few set variables)

        demand_used(overrides, batch.used_names)
    return batch


def sole_engine(batch: Batch) -> str | None:
    """Return the one engine of all renders; None if there are several, or none."""
    names = {render.inputs.engine.name for render in batch.renders}
    return names.pop() if len(names) == 1 else None


def engine_of_profile(
    session: Session, specs: Iterable[str], engine: str | None, profile: str | None
) -> str | None:
    """Return the engine whose outputs are meant: that of `--engine`, or of all songs of a profile.

    Raises UsageError for a profile that has several, or specs with errors.
    """
    if profile is None or engine is not None:
        return engine
    batch = load_specs(session, specs, None, {}, layer=Layer(profile))
    demand_valid(batch)
    sole = sole_engine(batch)
    if sole is None:
        names = sorted({render.inputs.engine.name for render in batch.renders})
        raise UsageError(
            f"the profile {profile!r} renders with {' and '.join(names)}",
            fix=f"name one of them: --engine {shell_word(names[0])}",
        )
    return sole


def write_down(session: Session, again: str | None, batch: Batch) -> None:
    """Remember what a run has looked at, for the lock's holder.

    `again` is what the next such run prints, which has nothing to do; None if it may have. It has
    if other machines are to hear yet what came of this one's claims.
    """
    is_told = not has_claims(session.workspace.state)
    if again is not None and is_told and not batch.engines.has_foreign:
        session.look_at_state()
        _keep(session, EXIT_DONE, again, diagnostics_text(batch.diagnostics))
    else:
        session.write_index()
    session.drop_old_caches()


def remember(session: Session, batch: Batch, code: int, out: str, error: str = "") -> None:
    """Remember what a command printed that changes nothing and has looked at the state.

    Only if there is a state folder, no run that has to be waited for, no engine of another package
    (that may change without a file of the project), and no key in a variable that does not count.
    """
    keys = (section.key_env for section in batch.engines.settings.values())
    is_all = all(key is None or fast_path.counts(key) for key in keys)
    if not is_all or batch.engines.has_foreign:
        return
    if not session.workspace.tree.is_there(STATE_FOLDER):
        return
    text = out if fast_path.has_colours() else click.unstyle(out)
    # It only saves time: whatever is in the way, the command has done its work.
    with contextlib.suppress(OSError, Locked), session.lock(wait=False):
        _keep(session, code, text, error)


def _keep(session: Session, code: int, out: str, error: str) -> None:
    texts = printed.packed(out, error)
    home = folder_id(str(session.workspace.root))
    try:
        who = fast_path.invocation(sys.argv[1:], home)
    except FileNotFoundError:  # the current folder is gone: nobody calls this there again
        texts, who = None, []
    session.write_index((code, texts, who) if texts is not None else None)


def project_engines(project: Path | None) -> tuple[Workspace | None, Engines]:
    """Return the project and its engines; outside of one, those that come along.

    Prints what is wrong with `songbatch.yaml`. Raises UsageError if that is anything but warnings,
    or if a project is named that is none.
    """
    from songbatch.batch.project_files import load_engines  # noqa: PLC0415  (few commands need it)
    from songbatch.workspace import Workspace  # noqa: PLC0415

    try:
        workspace = Workspace.find(project)
    except UsageError:
        if project is not None:
            raise
        from songbatch.engines.catalog import Engines  # noqa: PLC0415

        return None, Engines()
    engines, diagnostics = load_engines(workspace)
    print_diagnostics(diagnostics)
    if has_errors(diagnostics):
        raise UsageError(f"{SETTINGS_NAME} has errors", fix="correct it")
    return workspace, engines


def wanted_renders(
    session: Session, recorded: Iterable[Manifest], engine: str | None = None
) -> Wanted:
    """Return what the specs want, and all of `engine`; if they cannot be read, nobody knows.

    They are not read if all that is `recorded` is done: nothing can be left over then.
    """
    from songbatch.outputs.wanted import Wanted  # noqa: PLC0415  (few commands need it)

    if all(entry.done for manifest in recorded for entry in manifest):
        return Wanted()
    try:
        return Wanted.of(session.load((), None, {}), engine)
    except UsageError:
        return Wanted()


def read_verdicts(workspace: Workspace) -> Selects:
    """Return the listeners' verdicts; what is wrong with the file is printed.

    Raises UsageError, and InvalidSpecs if anything is an error.
    """
    from songbatch.report.selects import read_selects  # noqa: PLC0415  (loads the YAML parser)

    result = read_selects(workspace)
    print_diagnostics(result.diagnostics)
    if has_errors(result.diagnostics):
        raise InvalidSpecs(result.diagnostics)
    return result.selects


def demand_valid(batch: Batch) -> None:
    """Print what is wrong with the specs; raise InvalidSpecs if anything is an error."""
    print_diagnostics(batch.diagnostics)
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)


def tell_waiting(waiting: Waiting) -> None:
    """Print that a command waits for a run, to standard error."""
    click.echo(f"waiting for another run: {printable(waiting.holder)}", err=True)


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics for people, to standard error."""
    click.echo(diagnostics_text(diagnostics), nl=False, err=True)


def print_warning(trouble: SongbatchError) -> None:
    """Print what is wrong, and stops nothing, to standard error."""
    fix = f"\n  fix: {printable(pasteable(trouble.fix))}" if trouble.fix else ""
    click.echo(f"warning: {printable(pasteable(str(trouble)))}{fix}\n", err=True)


def diagnostics_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return diagnostics as text for people, each followed by an empty line."""
    return "".join(f"{text}\n\n" for text in as_texts(diagnostics))

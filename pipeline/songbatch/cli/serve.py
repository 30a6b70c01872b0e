"""`songbatch serve`: an engine behind the hosted HTTP contract."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import project_option
from songbatch.cli.paths import ExistingPath
from songbatch.cli.session import print_diagnostics, project_engines
from songbatch.diagnostics import UsageError
from songbatch.engines.catalog import DEFAULT_ENGINE
from songbatch.engines.entry import EngineContext
from songbatch.files.named import read_named
from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.entry import EngineEntry
    from songbatch.files.tree import Tree
    from songbatch.workspace import Workspace

KEY_VARIABLE = "SONGBATCH_SERVE_KEY"
MAX_KEY_BYTES = 2**16
CLIENT_KEY = "any-key"


@click.command("serve")
@click.option(
    "--engine",
    "engine_name",
    metavar="NAME[/MODEL]",
    default=DEFAULT_ENGINE,
    show_default=True,
    help="The engine that answers; songbatch engines lists them.",
)
@click.option(
    "--style",
    metavar="TEXT",
    help="The style of every song, for an engine that takes one; the contract has no place for it.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8017,
    show_default=True,
    help="0 picks a free one.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Listen where other machines can reach it, and answer to any host name.",
)
@click.option(
    "--key-file",
    type=ExistingPath(dir_okay=False),
    help=f"Accept only the key in this file (or in {KEY_VARIABLE}); otherwise any key is accepted.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what the engine keeps. Default: the project's, or a temporary one.",
)
@project_option
def command(
    *,
    project: Path | None,
    engine_name: str,
    style: str | None,
    host: str,
    port: int,
    allow_remote: bool,
    key_file: Path | None,
    state: Path | None,
) -> None:
    """Put an engine behind the two endpoints of the hosted contract, on this machine.

    Clients written for the contract then get their songs from it, without a key: only their base
    URL changes. Engines of songbatch.yaml can be named too.
    """
    from songbatch.batch.project_files import demand_engine  # noqa: PLC0415  (loads the YAML reader)
    from songbatch.run.consent import user_settings  # noqa: PLC0415  (loads the YAML reader)
    from songbatch.serve.app import build_app  # noqa: PLC0415  (loads the web framework)
    from songbatch.serve.hosted_songs import HostedSongs  # noqa: PLC0415
    from songbatch.serve.references import FOLDER, KeptReferences  # noqa: PLC0415
    from songbatch.serve.server import LOOPBACK_NAMES, is_loopback, listen, run, url_of  # noqa: PLC0415

    if not allow_remote and not is_loopback(host):
        raise UsageError(
            f"{host} can be reached from other machines",
            fix="omit --host, or pass --allow-remote if that is intended",
        )
    key = _key(key_file)
    workspace, engines = project_engines(project)
    demand_engine(engine_name, engines)
    entry = engines[engine_name]
    _demand_fit(entry, style)
    with contextlib.ExitStack() as open_things:
        folder = open_things.enter_context(_state_folder(state, workspace))
        by_user = user_settings(print_diagnostics).engines
        engine = entry.open(EngineContext(folder, os.environ, by_user))
        open_things.callback(engine.close)
        engine.preflight()
        listening = open_things.enter_context(contextlib.closing(listen(host, port)))
        hosts = None if allow_remote else LOOPBACK_NAMES | {host}
        songs = HostedSongs(engine, entry, KeptReferences(folder.below(FOLDER)), style)
        app = build_app(songs, key=key, hosts=hosts)
        run(app, listening, lambda: _announce(entry.name, url_of(listening), key))


def _demand_fit(entry: EngineEntry, style: str | None) -> None:
    """Raise UsageError if no request of the contract could become a song."""
    traits = entry.traits
    if style is not None and "style" not in traits.takes:
        raise UsageError(f"{entry.name} takes no style", fix="omit --style")
    if traits.style is None or style is None:
        wants_style = traits.style is not None and traits.style.is_needed
    else:
        wants_style = not style.strip()
        if len(style) > traits.style.most:
            most = traits.style.most
            raise UsageError(
                f"{entry.name} takes at most {most} characters of style, not {len(style)}",
                fix="shorten it",
            )
    if wants_style or (not traits.references and style is None):
        raise UsageError(
            f"{entry.name} needs a style to go by, and requests of the contract have none",
            fix="pass the style of every song with --style, or name another engine",
        )


def _key(key_file: Path | None) -> str | None:
    if key_file is None:
        return os.environ.get(KEY_VARIABLE, "").strip() or None
    data = read_named(key_file, fix="name a file that holds the key", limit=MAX_KEY_BYTES)
    try:
        key = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read the key in {key_file}", fix="write it as text") from error
    if not key:
        raise UsageError(f"{key_file} holds no key", fix="write the key into it")
    return key


@contextlib.contextmanager
def _state_folder(state: Path | None, workspace: Workspace | None) -> Iterator[Tree]:
    from songbatch.files.tree import Tree  # noqa: PLC0415

    if state is not None:
        state.mkdir(parents=True, exist_ok=True)
        yield Tree(state)
        return
    if workspace is not None:
        yield workspace.state
        return
    with tempfile.TemporaryDirectory(prefix="songbatch-") as temporary:
        yield Tree(temporary)


def _announce(engine_name: str, url: str, key: str | None) -> None:
    click.echo(f"songbatch serve: {engine_name} behind the music-01 contract at {url}")
    known = CLIENT_KEY if key is None else "<the key of this server>"
    click.echo(f"  export AIMLAPI_BASE_URL={shell_word(url)}")
    click.echo(f"  export AIMLAPI_KEY={shell_word(known)}")

"""`songbatch serve`: an engine behind the hosted HTTP contract."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import project_option
from songbatch.diagnostics import UsageError
from songbatch.engines.catalog import DEFAULT_ENGINE, ENGINES
from songbatch.engines.entry import EngineContext
from songbatch.files.named import read_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.files.tree import Tree

KEY_VARIABLE = "SONGBATCH_SERVE_KEY"
MAX_KEY_BYTES = 2**16
CLIENT_KEY = "any-key"


@click.command("serve")
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(sorted(ENGINES)),
    default=DEFAULT_ENGINE,
    show_default=True,
    help="The engine that answers.",
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
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
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
    host: str,
    port: int,
    allow_remote: bool,
    key_file: Path | None,
    state: Path | None,
) -> None:
    """Put an engine behind the two endpoints of the hosted contract, on this machine.

    Clients of the contract, this program's engine music-01 among them, then render without a key
    and without the network.
    """
    from songbatch.serve.app import build_app  # noqa: PLC0415  (loads the web framework)
    from songbatch.serve.blocking import as_calls  # noqa: PLC0415
    from songbatch.serve.server import LOOPBACK_NAMES, is_loopback, listen, run, url_of  # noqa: PLC0415

    if not allow_remote and not is_loopback(host):
        raise UsageError(
            f"{host} can be reached from other machines",
            fix="omit --host, or pass --allow-remote if that is intended",
        )
    key = _key(key_file)
    with contextlib.ExitStack() as open_things:
        folder = open_things.enter_context(_state_folder(state, project))
        engine = ENGINES[engine_name].open(EngineContext(folder, os.environ))
        open_things.callback(engine.close)
        engine.preflight()
        listening = open_things.enter_context(contextlib.closing(listen(host, port)))
        hosts = None if allow_remote else LOOPBACK_NAMES | {host}
        app = build_app(as_calls(engine), key=key, hosts=hosts, at_once=os.cpu_count() or 1)
        run(app, listening, lambda: _announce(engine_name, url_of(listening), key))


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
def _state_folder(state: Path | None, project: Path | None) -> Iterator[Tree]:
    from songbatch.files.tree import Tree  # noqa: PLC0415

    if state is not None:
        state.mkdir(parents=True, exist_ok=True)
    folder = _state_of_project(project) if state is None else Tree(state)
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="songbatch-") as temporary:
        yield Tree(temporary)


def _state_of_project(project: Path | None) -> Tree | None:
    from songbatch.workspace import Workspace  # noqa: PLC0415  (loads the spec room)

    try:
        return Workspace.find(project).state
    except UsageError:
        if project is not None:
            raise
        return None


def _announce(engine_name: str, url: str, key: str | None) -> None:
    click.echo(f"songbatch serve: {engine_name} behind the music-01 contract at {url}")
    click.echo(f"  export AIMLAPI_BASE_URL={url}")
    click.echo(f"  export AIMLAPI_KEY={CLIENT_KEY if key is None else '<the key of this server>'}")

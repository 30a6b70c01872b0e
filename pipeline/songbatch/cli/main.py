"""The group `songbatch`: which commands there are; each is loaded when it is called."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING, Any

import click

from songbatch import __version__
from songbatch.cli.pasting import name_project
from songbatch.cli.paths import ExistingPath
from songbatch.cli.variables import PREFIX, name_variables, variable
from songbatch.incremental.fast_path import wanted_colours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMANDS = {
    "init": "Start a song project that is ready to render.",
    "add": "Copy recordings into the project; list them in a spec.",
    "check": "Validate specs, templates and references, offline.",
    "plan": "Show what a render would do, why, and what it costs.",
    "render": "Render every song that does not exist yet.",
    "fix": "Make a part of a song anew, where its engine can.",
    "jobs": "List the songs under way at services; have them cancelled.",
    "report": "Write a page for listening, comparing and choosing.",
    "lyrics": "Tidy pasted lyrics; show how long lyrics are.",
    "selects": "Combine listeners' verdicts; list, save and drop earlier takes.",
    "deliver": "Make an album of what was picked: masters, tags, lyrics, checksums.",
    "diff": "Show which songs changed since a revision, and why.",
    "verify": "Check outputs against their manifests.",
    "recover": "Identify the render that a loose MP3 came from.",
    "credits": "List what made each song, what it follows, and the rights.",
    "analyze": "Show what is heard in a reference; draw a song.",
    "engines": "List the engines, and what each takes and costs.",
    "doctor": "Look whether a render would get through.",
    "serve": "Serve any engine behind the hosted contract.",
    "worker": "Carry out orders of runs on other machines.",
    "conformance": "Try whether an engine keeps what the seam promises.",
    "schema": "Print the JSON Schema of specs or manifests.",
    "merge-driver": "Merge manifests and selects of two branches, for git.",
    "push": "Put songs that are here into the shared store.",
    "pull": "Write outputs that the shared store has, without a request.",
    "store": "Show the shared store; say which ones projects may name.",
    "gc": "Drop stored audio that nothing needs.",
}


class ReaderGone(Exception):
    """Nobody reads standard output or standard error any more, as in `| head`."""


@contextlib.contextmanager
def _reader() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads only the one that is called.

    `--help` and a run with nothing to do stay instant however heavy another command is.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the module of a command: `songbatch.cli.NAME`, attribute `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command = importlib.import_module(f"songbatch.cli.{module}").command
        assert isinstance(command, click.Command)  # noqa: S101
        return name_variables(command, variable(PREFIX, cmd_name))

    def make_context(self, *args: Any, **others: Any) -> click.Context:
        """Parse the command line, which may print help. Raises ReaderGone, as `invoke` does."""
        with _reader():
            return super().make_context(*args, **others)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command. Raises ReaderGone if click would exit as if renders had failed."""
        with _reader():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="songbatch")
@click.option(
    "--project",
    type=ExistingPath(file_okay=False),
    envvar=variable(PREFIX, "project"),
    help="The song project. Default: the nearest folder, here or above, that has specs/.",
)
@click.pass_context
def cli(context: click.Context, project: Path | None) -> None:
    """Make for songs: render what YAML specs describe, once.

    A project is a folder with specs/. A second run does nothing; an edited line renders one song.

    Every option can be set in the environment: SONGBATCH_RENDER_JOBS=4 means render --jobs 4.

    Exit codes: 0 done, 1 some renders failed, 2 usage or invalid specs, 3 refused before spending,
    4 another run is working on the project, 5 engine refused or unreachable, 6 plan or diff has
    changes (--detailed-exitcode), 70 a bug in songbatch, 130 interrupted.
    """
    context.obj = project
    name_project(project)
    context.color = wanted_colours()

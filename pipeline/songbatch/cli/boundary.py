"""The boundary of the program: every failure becomes one message and an exit code here."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
from pathlib import Path

import click

from songbatch import __version__
from songbatch.cli.main import ReaderGone, cli
from songbatch.cli.outlet import Outlet, unwritten
from songbatch.cli.pasting import pasteable, project_folder
from songbatch.cli.variables import name_source
from songbatch.diagnostics import BrokenManifest, SongbatchError, UsageError, printable
from songbatch.exit_codes import (
    EXIT_BROKEN_PIPE,
    EXIT_BUG,
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
)
from songbatch.files.handles import Odd
from songbatch.files.named import FolderGone, current_folder


def run() -> int:
    """Run the command line; return its exit code."""
    # What is loaded of a large project stays; looking through it again and again doubles the time.
    gc.set_threshold(1_000_000, 50, 50)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's encoding lacks must not end a run.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(prog_name="songbatch", standalone_mode=False)
        # There is none if somebody has closed it.
        if sys.stdout is not None:
            sys.stdout.flush()
    except (click.ClickException, SongbatchError) as error:
        return _folder_gone() if _is_lost(error) else tell(error)
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except ReaderGone:
        return reader_gone()
    except OSError as error:
        return refused(error)
    except Exception:
        _report_bug()
        return EXIT_BUG
    return code if isinstance(code, int) else EXIT_DONE


def refused(error: OSError | ValueError, *, is_output: bool = False) -> int:
    """Return the exit code for what the system refused, reported if anybody can read it.

    `is_output`: it is known to have come of printing.
    """
    if isinstance(error, BrokenPipeError | ValueError):  # closed, there or here
        return reader_gone()
    if _is_lost(error):
        return _folder_gone()
    if isinstance(error, Odd):
        _say(printable(str(error)), error.fix)
        return UsageError.exit_code
    if is_output or _came_of_printing(error):
        _say(unwritten(str(error)), "send it to where there is room, and run again")
        return EXIT_FAILED
    _say(f"the system refused: {error}", "check disk space and permissions, and run again")
    return EXIT_FAILED


def broken_off(error: OSError | ValueError) -> int:
    """Return the exit code of a run whose output broke, and say so if anybody is there to read."""
    outlet = Outlet()
    outlet.break_off(str(error))
    outlet.say_why()
    return EXIT_INTERRUPTED


def reader_gone() -> int:
    """Return the exit code when the reader has gone (`| head`): nobody is left to tell."""
    sys.stdout = sys.stderr = io.StringIO()
    return EXIT_BROKEN_PIPE


def tell(error: click.ClickException | SongbatchError) -> int:
    """Say on standard error what is wrong; return the exit code that it has."""
    if isinstance(error, SongbatchError):
        _say(str(error), _fix_of(error))
    else:
        name_source(error)
        _show(error)
    return error.exit_code


def _fix_of(error: SongbatchError) -> str:
    """Return the fix of an error; of a broken manifest it depends on whether git is merging it."""
    if not isinstance(error, BrokenManifest) or (root := project_folder()) is None:
        return error.fix
    from songbatch.diff.git import Repository  # noqa: PLC0415  (seldom needed)
    from songbatch.store.manifest import RESOLVE  # noqa: PLC0415

    try:
        return RESOLVE if error.path in Repository(root).unmerged() else error.fix
    except UsageError:  # there is no repository, or no git
        return error.fix


def _came_of_printing(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not click.echo.__code__:
        trace = trace.tb_next
    return trace is not None


def _is_lost(error: Exception) -> bool:
    """Return whether a file was not found because the current folder is gone."""
    sought = isinstance(error, click.BadParameter) or any(
        isinstance(each, FileNotFoundError) for each in (error, error.__cause__)
    )
    if sought:
        try:
            current_folder()
        except FolderGone:
            return True
    return False


def _folder_gone() -> int:
    error = FolderGone()
    _say(str(error), error.fix)
    return error.exit_code


def _show(error: click.ClickException) -> None:
    """Show what is wrong with the command line, which may be made of names of files."""
    text = io.StringIO()
    error.show(text)
    with contextlib.suppress(OSError, ValueError):
        click.echo("\n".join(map(printable, text.getvalue().split("\n"))), err=True, nl=False)


def _say(message: str, fix: str) -> None:
    # If standard error is gone, too, only the exit code is left.
    with contextlib.suppress(OSError, ValueError):
        click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
        if fix:
            click.echo(f"  fix: {printable(pasteable(fix))}", err=True)


def _report_bug() -> None:
    import tempfile  # noqa: PLC0415  (slow to load, and seldom needed)
    import traceback  # noqa: PLC0415

    report = f"songbatch {__version__}, Python {sys.version}\n\n{traceback.format_exc()}"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="songbatch-bug-", suffix=".txt", delete=False
    ) as file:
        file.write(report)
    _say(
        f"this is a bug in songbatch; its traceback is in {Path(file.name)}",
        "please report it with that file; nothing that was received is lost",
    )

"""A command that would do nothing but print, answered without loading what it needs.

A `render` that found or left everything done recorded its invocation, what the next one would
print, and every file it had looked at, absent ones too (`file_index`). So do `check` and `plan`,
which change nothing. The same command, by the same tool, in the same position and the same
environment prints the same while all those files are as they were. In every other case this prints
nothing, and the long way decides.
"""

from __future__ import annotations

import os
import sys
import zlib
from itertools import compress

from songbatch import __version__
from songbatch.extras import installed
from songbatch.files.handles import IS_UTF8, to_system
from songbatch.files.tree import Tree
from songbatch.incremental import file_index
from songbatch.incremental.file_digests import digest_of
from songbatch.incremental.printed import CODES, can_show, unpacked
from songbatch.incremental.remembered import COMMANDS
from songbatch.layout import STATE_FOLDER, folder_id, nearest_project

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.incremental.file_digests import FileDigests
    from songbatch.incremental.printed import Printed

_SETTING = "SONGBATCH_"
"""How variables begin that stand for options, or change in other ways what a command does."""
_ACCOUNTS = ("ACESTEP_", "AIMLAPI_", "FAL_", "REPLICATE_")
"""How variables begin that decide whose uploads and jobs a plan finds."""


def answer(arguments: Sequence[str]) -> Printed | None:
    """Return what a command line prints and exits with, or None if that is unclear."""
    if COMMANDS.isdisjoint(arguments) or sys.stdout is None:
        return None  # a run whose output is closed is stopped
    try:
        root = _project(arguments)
        return _remembered(root, arguments) if root is not None else None
    except (OSError, ValueError):
        return None


def _remembered(root: str, arguments: Sequence[str]) -> Printed | None:
    home = folder_id(root)
    index = file_index.read(Tree(root, STATE_FOLDER), home)
    if index is None:
        return None
    me = invocation(arguments, home)
    for number, (code, texts, other) in enumerate(index.up_to_date.commands):
        if other == me and _unchanged(root, index.files, index.up_to_date.depends_on(number)):
            both = unpacked(texts) if code in CODES else None
            if both is not None and can_show((code, *both)):
                return code, *both
    return None


def invocation(arguments: Sequence[str], home: int) -> list[str]:
    """Name a command: the tool, the folder, the environment, whether it has colours, the arguments.

    `home` is the id of the project's folder.
    """
    is_coloured = not {"check", "plan"}.isdisjoint(arguments) and has_colours()
    on = "terminal" if is_coloured else ""
    return [tool_version(), os.getcwd(), _environment(arguments, home), on, *arguments]


def counts(variable: str) -> bool:
    """Return whether a variable of the environment is among what a plan is remembered by."""
    return variable.startswith((_SETTING, *_ACCOUNTS))


def wanted_colours() -> bool | None:
    """Return whether the environment wants colours, or None if it leaves that to the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if any(
        os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    is_plain = os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb"
    return False if is_plain else None


def has_colours() -> bool:
    """Return whether diagnostics and plans on standard output have colours."""
    wanted = wanted_colours()
    return sys.stdout is not None and (sys.stdout.isatty() if wanted is None else wanted)


def _environment(arguments: Sequence[str], home: int) -> str:
    """Return a digest of the variables that count: some are secret, and none is written down."""
    prefixes = (_SETTING, *_ACCOUNTS) if "plan" in arguments else (_SETTING,)
    names = sorted(name for name in os.environ if name.startswith(prefixes))
    if not names:
        return ""
    from hashlib import blake2b  # noqa: PLC0415  (slow to load, and seldom needed)

    values = "\0".join(f"{name}={os.environ[name]}" for name in names)
    # With the folder's number, so that no list of digests made beforehand knows it.
    key = b"%d" % home
    return blake2b(values.encode("utf-8", "surrogateescape"), key=key).hexdigest()


def _project(arguments: Sequence[str]) -> str | None:
    """Return the folder that the long way would work on, if it is one and no variable names it."""
    if any(name.startswith(_SETTING) and name.endswith("_PROJECT") for name in os.environ):
        return None
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--project":
            folder = value if equals else "".join(arguments[position + 1 : position + 2])
            return os.path.realpath(folder)
    return nearest_project(os.getcwd())


def _unchanged(root: str, files: FileDigests, depends_on: bytes) -> bool:
    here = os.getcwd()
    # The system finds a short path faster, and there are thousands of them.
    os.chdir(root)
    try:
        return _same_stats(files, depends_on) and _same_contents(Tree(root), files, depends_on)
    finally:
        os.chdir(here)


def _same_stats(files: FileDigests, depends_on: bytes) -> bool:
    each = iter(files.stats)
    paths = files.paths if IS_UTF8 else map(to_system, files.paths)
    needed = compress(zip(paths, each, each, each, each, strict=True), depends_on)
    try:
        for path, size, changed, touched, inode in needed:
            if size < 0:
                if os.path.lexists(path):
                    return False
                continue
            status = os.stat(path)
            if (
                status.st_mtime_ns != changed
                or status.st_ctime_ns != touched
                or status.st_size != size
                or status.st_ino != inode
            ):
                return False
    except (OSError, ValueError):
        return False
    return True


def _same_contents(tree: Tree, files: FileDigests, depends_on: bytes) -> bool:
    """Read the files in whose stat a change might not show."""
    stats = files.stats
    if max(0, 0, *stats[1::4], *stats[2::4]) < files.believed_before:
        return True
    changed = [
        position
        for position, path in enumerate(files.paths)
        if not files.is_old(position)
        and digest_of(tree, path, stats[4 * position]) != files.digest_at(position)
    ]
    if not changed:
        # They were seen to be the same just now: from here on their stat suffices.
        try:  # noqa: SIM105  (importing contextlib takes longer)
            tree.touch(f"{STATE_FOLDER}/{file_index.NAME}")
        except OSError:
            pass
    return not any(depends_on[position] for position in changed)


def tool_version() -> str:
    """Name what decides: the version, Python, the package's files as they are, and extras."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    seen = [os.stat(os.path.dirname(package)).st_mtime_ns]
    folders = [package]
    for folder in folders:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        folders.append(entry.path)
                    continue
                status = entry.stat()
                seen += (status.st_size, status.st_mtime_ns)
    state = zlib.crc32(repr(seen).encode())
    return f"{__version__} {sys.hexversion:x} {state:08x} {installed()}".rstrip()

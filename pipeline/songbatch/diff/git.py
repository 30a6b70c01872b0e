"""The project's past, as its git repository has it. Nobody else runs git.

The repository may be a stranger's, and its configuration can name programs. So only plumbing that
reads is run, without a shell, and in a way in which none of those programs is ever called; only a
repository that lies in a folder `.git` counts; what git prints is bounded in size and in time; and
nothing that a user names reaches git where it could be taken for an option.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from typing import TYPE_CHECKING, cast

import msgspec

from songbatch.diagnostics import UsageError
from songbatch.diff.git_complaints import DEEPEN, FIRST_COMMIT, complaint, is_of_the_whole, refused
from songbatch.layout import SELECTS_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

_MANIFEST = re.compile(r"outputs/([^/]+)/([^/]+)/manifest\.json")
_OF_HOOKS = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
"""Variables by which git passes its own folders to hooks; in a subfolder they would lead astray."""

_ALONE = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    # A missing object is missing: it is not fetched, by whatever program would do so.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    # Replacements and grafts would show other files than those that were committed.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
}
_CONFIGURED = (
    "safe.bareRepository=explicit",
    "protocol.allow=never",
    "core.sshCommand=false",
    "core.gitProxy=false",
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.alternateRefsCommand=false",
    "credential.helper=",
    # Else a shallow clone complains of the file that is no file.
    "advice.graftFileDeprecated=false",
)
"""What stands above a repository's own configuration."""

MAX_LIST_BYTES = 64 * 2**20
MAX_BLOB_BYTES = 256 * 2**20
"""Of all manifests together."""
MOST_MANIFESTS = 4096
MAX_WORDS_BYTES = 2**16
MAX_MEMORY_BYTES = 2 * 2**30
LONGEST_SECONDS = 20.0


class Commit(msgspec.Struct, frozen=True):
    """A commit: as it was named, and its whole id."""

    name: str
    id: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id[:12]})"


class UnknownRevision(UsageError):
    """git knows no such revision, though there are commits, and whole ones."""


class Repository:
    """The git repository that the project in `root` lies in, at its top or deeper."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def commit(self, revision: str) -> Commit:
        """Return the commit that a revision names. Raises UsageError if there is none."""
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise UsageError(
                f"{revision!r} is not a revision", fix="name a branch, a tag or a commit"
            )
        result = self._git(
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        )
        if result.returncode == 0:
            return Commit(revision, result.stdout.decode().strip())
        if refusal := refused(result.stderr, self._root):
            raise refusal
        raise self._unknown(revision)

    def _unknown(self, revision: str) -> UsageError:
        message = f"git knows no revision {revision!r} here"
        if self._git("rev-parse", "--verify", "--quiet", "HEAD").returncode:
            return UsageError(f"{message}: there is no commit yet", fix=FIRST_COMMIT)
        shallow = self._git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        if shallow:
            return UsageError(message, fix=DEEPEN)
        return UnknownRevision(message, fix="name one of: git log --all --oneline")

    def merge_base(self, commit: Commit) -> Commit:
        """Return the merge base of HEAD and `commit`. Raises UsageError if there is none."""
        result = self._git("merge-base", "--end-of-options", commit.id, "HEAD")
        if result.returncode:
            raise UsageError(
                f"{commit.name} and HEAD have no commit in common",
                fix=f"omit --merge-base; {DEEPEN}",
            )
        return Commit(f"merge base of {commit.name}", result.stdout.decode().strip())

    def first_commit(self) -> str | None:
        """Return the id of the oldest commit, the same in every clone; a shallow one has None.

        Raises UsageError if there is no repository, or no commit.
        """
        if self._git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            return None
        roots = self._read(MAX_LIST_BYTES, "rev-list", "--max-parents=0", "HEAD").split()
        return roots[-1].decode() if roots else None

    def tips(self) -> list[Commit]:
        """Return the commits that branches and tags name, also those of other clones.

        Raises UsageError if there is no repository.
        """
        kinds = ("refs/heads", "refs/remotes", "refs/tags")
        listed = self._read(MAX_LIST_BYTES, "for-each-ref", "--format=%(refname)", *kinds)
        commits: dict[str, Commit] = {}
        for name in listed.decode("utf-8", "surrogateescape").split("\n"):
            with contextlib.suppress(UsageError):  # a tag may name anything
                commit = self.commit(name)
                commits[commit.id] = commit
        return list(commits.values())

    def manifests(
        self, commit: Commit, known: set[str] | None = None
    ) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of every manifest at a commit, sorted by path.

        What is `known` of earlier calls is left out, and added to. Raises UsageError if they are
        more than anybody has.
        """
        left, number = MAX_BLOB_BYTES, 0
        listed = self._read(MAX_LIST_BYTES, "ls-tree", "-r", "-z", commit.id, "--", "outputs/")
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            kind, _, path = line.partition("\t")
            if _MANIFEST.fullmatch(path):
                mode, _, blob = kind.split(" ")
                if not mode.startswith("100"):  # no plain file, but a link
                    continue
                if known is not None:
                    if blob in known:
                        continue
                    known.add(blob)
                data = self._read(left, "cat-file", "blob", blob)
                left, number = left - len(data), number + 1
                if number > MOST_MANIFESTS:
                    raise UsageError(
                        f"{commit} has more than {MOST_MANIFESTS:,} manifests",
                        fix="name a manifest file instead of a revision",
                    )
                yield path, data

    def file(self, commit: Commit, path: str) -> bytes | None:
        """Return a plain file of the project at a commit, or None. Raises UsageError."""
        listed = self._read(MAX_LIST_BYTES, "ls-tree", "-z", commit.id, "--", path)
        kind, _, _ = listed.decode("utf-8", "surrogateescape").partition("\t")
        if not kind.startswith("100"):
            return None
        return self._read(MAX_BLOB_BYTES, "cat-file", "blob", kind.split(" ")[2])

    def unmerged(self) -> list[str]:
        """Return the manifests and selects that git's index has sides of. Raises UsageError."""
        places = ("--", "outputs/", SELECTS_NAME)
        listed = self._read(MAX_LIST_BYTES, "ls-files", "-u", "-z", *places)
        lines = listed.decode("utf-8", "surrogateescape").split("\0")
        paths = dict.fromkeys(line.partition("\t")[2] for line in lines)
        return [path for path in paths if path == SELECTS_NAME or _MANIFEST.fullmatch(path)]

    def staged(self, path: str) -> bytes | None:
        """Return a plain file as `git checkout -- FILE` restores it, or None. Raises UsageError."""
        listed = self._read(MAX_LIST_BYTES, "ls-files", "-s", "-z", "--", path)
        kind, _, rest = listed.decode("utf-8", "surrogateescape").partition("\t")
        if not kind.startswith("100") or not kind.endswith(" 0") or rest != f"{path}\0":
            return None
        return self._read(MAX_BLOB_BYTES, "cat-file", "blob", kind.split(" ")[1])

    def stages(self, path: str) -> dict[int, bytes]:
        """Return the sides of a file in conflict by their stage: 1 base, 2 ours, 3 theirs.

        `path` is relative to the project. Raises UsageError if git cannot tell.
        """
        listed = self._read(MAX_LIST_BYTES, "ls-files", "-u", "-z", "--", path)
        stages = {}
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            kind, _, _ = line.partition("\t")
            if line and kind.startswith("100"):
                _, blob, stage = kind.split(" ")
                stages[int(stage)] = self._read(MAX_BLOB_BYTES, "cat-file", "blob", blob)
        return stages

    def _read(self, limit: int, *arguments: str) -> bytes:
        done = self._git(*arguments, limit=limit)
        if done.returncode:
            if (refusal := refused(done.stderr, self._root)) and is_of_the_whole(done.stderr):
                raise refusal
            raise UsageError(
                f"git {arguments[0]} failed: {complaint(done.stderr)}",
                fix="check the repository: git fsck; in a partial clone get the rest of it: "
                "git fetch --refetch --no-filter",
            )
        return done.stdout

    def _git(
        self, *arguments: str, limit: int = MAX_WORDS_BYTES
    ) -> subprocess.CompletedProcess[bytes]:
        options = [part for setting in _CONFIGURED for part in ("-c", setting)]
        command = [_program(self._root), "-C", str(self._root), "--no-pager", *options, *arguments]
        environment = {k: v for k, v in os.environ.items() if k not in _OF_HOOKS} | _ALONE
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(  # noqa: S603  (no shell; a revision is never an option)
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
            )
            _limit_memory(process.pid)
            answer = _bounded(process, limit)
            complaints.seek(0)
            words = complaints.read(MAX_WORDS_BYTES)
        if answer is None:
            raise UsageError(
                f"git {arguments[0]} printed more than {limit} bytes, or took more than "
                f"{LONGEST_SECONDS:.0f} s",
                fix="name a manifest file instead of a revision",
            )
        return subprocess.CompletedProcess(command, process.returncode, answer, words)


def _limit_memory(process: int) -> None:
    """Bound what a process may take, if the system can do so from outside (Linux)."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource  # noqa: PLC0415  (Windows has none)

        limit = (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES)
        resource.prlimit(process, resource.RLIMIT_DATA, limit)


def _bounded(process: subprocess.Popen[bytes], limit: int) -> bytes | None:
    """Return what a process prints, or None, and end it, if it is too much or takes too long."""
    printed = cast("BufferedReader", process.stdout)
    late = threading.Timer(LONGEST_SECONDS, _end, [process])
    late.start()
    answer = bytearray()
    with process:
        while len(answer) <= limit and (piece := printed.read1()):
            answer += piece
        if len(answer) > limit:
            _end(process)
    was_killed = not late.is_alive() or len(answer) > limit
    late.cancel()
    return None if was_killed else bytes(answer)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it started: a child could hold its output open for ever."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _program(root: Path) -> str:
    """Return the path of git, outside the project. Raises UsageError if there is none."""
    absolute = [path for path in os.get_exec_path() if os.path.isabs(path)]
    git = shutil.which("git", path=os.pathsep.join(absolute))
    if git is None or os.path.realpath(git).startswith(f"{root}{os.sep}"):
        raise UsageError(
            "git is not installed, or not on the PATH",
            fix="install it, or name a manifest file instead of a revision",
        )
    return git

"""The project's past, as its git repository has it. Nobody else runs git.

Only plumbing that reads is run, without a shell, and nothing that a user names reaches git where it
could be taken for an option.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import msgspec

from pipeline.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MANIFEST = re.compile(r"outputs/([^/]+)/([^/]+)/manifest\.json")
_OF_HOOKS = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
"""What git tells its hooks of its own whereabouts; in a subfolder it would lead astray."""


class Commit(msgspec.Struct, frozen=True):
    """A commit: as it was named, and its whole id."""

    name: str
    id: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id[:12]})"


class History:
    """The git repository that the project in `root` lies in, be it at its top or deeper."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def commit(self, revision: str) -> Commit:
        """Return the commit that a revision names. Raises UsageError where there is none."""
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise UsageError(
                f"{revision!r} is not a revision", fix="name a branch, a tag or a commit"
            )
        found = self._git(
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        )
        if found.returncode == 0:
            return Commit(revision, found.stdout.decode().strip())
        if said := _complaint(found.stderr):
            raise UsageError(
                f"git cannot tell the history of {self._root}: {said}",
                fix="run this in a git repository, or name a manifest file instead of a revision",
            )
        raise UsageError(
            f"git knows no revision {revision!r} here",
            fix="name a branch, a tag or a commit (git log lists them); a shallow clone lacks "
            "older ones: git fetch --unshallow, in CI fetch-depth: 0",
        )

    def merge_base(self, commit: Commit) -> Commit:
        """Return the commit at which HEAD and `commit` parted. Raises UsageError for none."""
        found = self._git("merge-base", "--end-of-options", commit.id, "HEAD")
        if found.returncode:
            raise UsageError(
                f"{commit.name} and HEAD have no commit in common",
                fix="leave --merge-base away; in a shallow clone fetch more: git fetch --unshallow",
            )
        return Commit(f"merge base of {commit.name}", found.stdout.decode().strip())

    def manifests(self, commit: Commit) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of every manifest at a commit, sorted by path."""
        listed = self._read("ls-tree", "-r", "-z", commit.id, "--", "outputs/")
        for line in listed.decode("utf-8", "surrogateescape").split("\0"):
            kind, _, path = line.partition("\t")
            if _MANIFEST.fullmatch(path):
                mode, _, blob = kind.split(" ")
                if mode.startswith("100"):  # a plain file, not a link
                    yield path, self._read("cat-file", "blob", blob)

    def _read(self, *arguments: str) -> bytes:
        done = self._git(*arguments)
        if done.returncode:
            raise UsageError(
                f"git {arguments[0]} failed: {_complaint(done.stderr)}",
                fix="look after the repository: git fsck",
            )
        return done.stdout

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        git = shutil.which("git")
        if git is None:
            raise UsageError(
                "git is not installed, or not on the PATH",
                fix="install it, or name a manifest file instead of a revision",
            )
        environment = {k: v for k, v in os.environ.items() if k not in _OF_HOOKS}
        return subprocess.run(  # noqa: S603  (no shell; a revision never stands where options do)
            [git, "-C", str(self._root), "--no-pager", *arguments],
            env=environment | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


def _complaint(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    fatal = [line for line in lines if line.startswith("fatal: ")]
    return fatal[0].removeprefix("fatal: ") if fatal else "".join(lines[:1])

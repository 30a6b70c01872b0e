"""Several machines on one project: a folder for each, one service, one shared store.

Read from outside: what each folder has in the end, what the service was asked for, and what the
store holds, by the layout that docs/sharing.md promises.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from support.kit import Project
from support.object_store.contents import everything, matching
from tests.reliability.books import KEY_DIGITS, Books, digest
from tests.reliability.kill import write_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from support.contract.server import ContractServer
    from support.kit import Result
    from support.object_store.contents import Contents

RENDER = ("render", "--jobs", "4", "--backoff", "0.01", "--yes")
REFERENCES = 3
"""As `write_project` has them."""
LONG_AGO = 7200.0
"""Seconds; no lease is as long."""
LAYOUT = re.compile(
    r"""songbatch-store
    | blobs/([0-9a-f]{2})/\1[0-9a-f]{62}
    | songs/([0-9a-f]{2})/\2[0-9a-f]{62}/(answer|[1-9][0-9]*\.(claim|end|job|landed))
    | uploads/[^/]+/[0-9a-f]{64}-[a-z]+/[1-9][0-9]*\.(claim|end|ids)
    | beats/[^/]+
    | probe/.+
    | partial/[0-9a-f]+  # in a folder, of who died while it wrote
    | projects/[^/]+
    """,
    re.VERBOSE,
)


class Team:
    """Members with a folder each below `home`, who share `store` and ask `server` for songs."""

    def __init__(
        self, home: Path, server: ContractServer, store: Contents, *, songs: int = 6
    ) -> None:
        self.server = server
        self.store = store
        self.songs = songs
        self._home = home
        self._origin = Project(home / "origin")
        write_project(self._origin, songs)

    def member(self, name: str) -> Project:
        """Return a fresh clone, in which this is the name of user and host."""
        project = Project(self._home / name)
        shutil.copytree(self._origin.root, project.root)
        project.environment = {
            **self.server.environment,
            **self.store.environment,
            "SONGBATCH_STORE": self.store.address,
            "SONGBATCH_WHO": name,
        }
        return project

    def bury(self, name: str) -> None:
        """Let the runs of a member be dead for all: their signs of life are of long ago."""
        for beat in matching(self.store, f"beats/{name}*"):
            self.store.age(beat, LONG_AGO)

    def paid(self) -> Counter[str]:
        """Return how often each song was paid for, by the first digits of its key."""
        return Counter(g.request_id.partition(".")[0] for g in list(self.server.songs))

    def bought_again(self) -> dict[str, int]:
        """Return the songs that were paid for more than once, and how often more."""
        return {key: times - 1 for key, times in self.paid().items() if times > 1}

    def beyond_the_rule(self, project: Project) -> list[str]:
        """Return songs that were paid for oftener than the manifest knows of unknown outcomes."""
        unknown = {entry["key"][:KEY_DIGITS]: entry["unknown_outcomes"] for entry in done(project)}
        return [
            f"{key} was paid {again} times more, with {unknown.get(key, 0)} unknown outcomes"
            for key, again in self.bought_again().items()
            if again > unknown.get(key, 0)
        ]

    def strange_songs(self, project: Project, *, may_lack_audio: bool = False) -> Iterator[str]:
        """Tell of outputs that are not what the service made for their song."""
        made = {
            digest(audio): self.server.generations[int(trace[-6:]) - 1].request_id
            for trace, audio in dict(self.server.answers).items()
        }
        entries = done(project)
        absent = {e["id"] for e in entries if not (project.root / e["output"]).exists()}
        yield from Books(project.root).untruths(absent if may_lack_audio else ())
        for entry in entries:
            asked = made.get(entry["audio_sha256"], "nothing")
            if not asked.startswith(entry["key"][:KEY_DIGITS] + "."):
                yield f"{entry['id']} has the answer to {asked}"

    def strange_names(self) -> list[str]:
        """Return what in the store is not of its layout."""
        return [name for name in self.store.names() if not LAYOUT.fullmatch(name)]

    def secrets(self) -> list[str]:
        """Return where lyrics, names of files, keys of a service or of the store stand in it."""
        words = [b"Line number", b"r0.mp3", self.server.key.encode()]
        words += [v.encode() for k, v in self.store.environment.items() if "ACCESS_KEY" in k]
        return [
            f"{name}: {word.decode()}"
            for name, content in everything(self.store).items()
            for word in words
            if word in content or word.decode() in name
        ]


def heard(process: subprocess.Popen[str], word: str) -> str:
    """Return what a run says, up to the line with a word."""
    assert process.stdout is not None
    said = ""
    while word not in said:
        line = process.stdout.readline()
        assert line, f"the run ended without saying {word!r}: {said}"
        said += line
    return said


@contextlib.contextmanager
def running(project: Project, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command while the block runs; one that has not ended then is killed."""
    process = project.start(*arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def together(members: Sequence[Project], *arguments: str) -> list[Result]:
    """Run a command in all folders at once."""
    with ThreadPoolExecutor(len(members)) as pool:
        return list(pool.map(lambda member: member.run(*arguments), members))


def done(project: Project) -> list[dict[str, Any]]:
    """Return the entries of the songs that a folder has."""
    entries = project.entries("demo").values()
    return [entry for entry in entries if entry["status"] == "done"]


def results(project: Project) -> dict[str, str]:
    """Return the digests of outputs and manifests, by their paths."""
    return project.files("outputs")

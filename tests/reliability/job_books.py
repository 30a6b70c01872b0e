"""The books of a project whose engine makes songs by jobs, held against what the server saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import miniaudio

from tests.reliability.books import Books, digest, without_tags

if TYPE_CHECKING:
    from support.acestep.server import AceStepServer

SONG_SECONDS = 10.0
"""Of all songs in these tests, which is the shortest that the server makes."""
PADDING_SECONDS = 0.1
"""What an MP3 encoder adds at most."""


class JobBooks(Books):
    """The books of the project in `root`, whose jobs `server` does."""

    def __init__(self, root: Path, server: AceStepServer) -> None:
        super().__init__(root)
        self.server = server
        self._made: dict[str, str] = {}

    def sent(self) -> list[str]:
        """The names of the requests that the server could read, in order."""
        return [s.headers["x-client-request-id"] for s in list(self.server.submissions)]

    def breaches(self) -> list[str]:
        return [*super().breaches(), *self._jobs_left(self.records())]

    def _jobs_left(self, records: list[dict[str, Any]]) -> Iterator[str]:
        """Jobs that the ledger names and the server does not, or that are another song's."""
        names = {
            job.task_id: job.submission.headers["x-client-request-id"]
            for job in list(self.server.jobs)
        }
        for record in records:
            if record["event"] == "submitted":
                name = names.get(record["job"], "")
                if not name.startswith(f"{record['key'][:16]}."):
                    yield f"{record['job']} is booked for {record['key']}, and is {name or 'none'}"

    def _torn_outputs(self) -> Iterator[str]:
        for path in self.outputs():
            data = path.read_bytes()
            if digest(data) in self.cut_by_the_test:
                continue
            try:
                seconds = miniaudio.mp3_get_info(without_tags(data)).duration
            except miniaudio.DecodeError as error:
                yield f"{path}: {error}"
                continue
            if not SONG_SECONDS <= seconds <= SONG_SECONDS + PADDING_SECONDS:
                yield f"{path} has {seconds} s"

    def _untruths(self, entry: dict[str, Any]) -> Iterator[str]:
        path = self.root / entry["output"]
        if entry["status"] != "done":
            return
        if not path.is_file() or digest(path.read_bytes()) != entry["sha256"]:
            yield f"{entry['output']} is not the file that the manifest says"
        name = self._answers().get(entry["master"]["sha256"], "")
        if not name.startswith(f"{entry['key'][:16]}."):
            yield f"the master of {entry['id']} answers {name or 'nothing'}"

    def _answers(self) -> dict[str, str]:
        files = dict(self.server.files)
        # The server may have forgotten what it made.
        self._made |= {
            digest(files[path]): job.submission.headers["x-client-request-id"]
            for job in list(self.server.jobs)
            for path in job.paths
            if path in files
        }
        return self._made

    def requests(self) -> Counter[str]:
        """Jobs that the server took, by the first digits of their keys."""
        taken = (job.submission.headers["x-client-request-id"] for job in list(self.server.jobs))
        return Counter(name.partition(".")[0] for name in taken)

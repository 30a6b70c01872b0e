"""A small project that a test edits, damages and renders; what must hold after every run."""

from __future__ import annotations

import json
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project, Result
from tests.reliability.books import ContractBooks, digest
from tests.reliability.crash_points import crash
from tests.reliability.hosting import server_for_the_killed

SUCCESS = {"trace_id": "t", "base_resp": {"status_code": 0, "status_msg": "success"}}
RENDER = ("render", "--backoff", "0.001", "--retry-unknown", "100", "--yes")
AGAIN = "--again"
WITHOUT_AUDIO = re.compile(r"^  (?:failed|held) +(\S+)  ", re.MULTILINE)
"""The table of renders without audio at the end of a run."""
MANY_ALIKE = re.compile(r"^  failed +\S.* and [\d,]+ more  ", re.MULTILINE)
"""A row of that table that does not name all of its renders."""
OUTCOMES = {0, 1, 3, 5}
"""Exit codes of runs that nothing killed: done, some failed, held, refused."""


def _audio(data: bytes) -> Fault:
    return Fault.json({"data": {"status": 2, "audio": data.hex()}, **SUCCESS}, "other audio")


FAULTS = {
    "500": Fault.http(500),
    "429": Fault.http(429, Retry_After="0"),
    "401": Fault.http(401, "Invalid API key"),
    "403": Fault.http(403, "You have run out of credits"),
    "400": Fault.http(400, "lyrics are too loud"),
    "lost": Fault.lost(),
    "truncated": Fault.truncated(),
    "html 502": Fault.html(502),
    "band 1001": Fault.in_band(1001),
    "band 1002": replace(Fault.in_band(1002), headers={"Retry-After": "0"}),
    "band 1008": Fault.in_band(1008),
    "band 2013": Fault.in_band(2013),
    "band 2042": Fault.in_band(2042),
    "html as audio": _audio(b"<html>"),
    "short audio": _audio(tone("mp3", 0.2, 300.0)),
    "wav for mp3": _audio(tone("wav", 1.5, 300.0)),
    "empty audio": _audio(b""),
}


@cache
def reference(number: int) -> bytes:
    return tone("mp3", 16.0, 200.0 + 40 * number, 32000, 64000)


@dataclass(frozen=True, slots=True)
class Song:
    """A song of the spec. Songs with one verse, one reference and one take are one request."""

    verse: int
    reference: int
    takes: int


class History:
    """The project, its server, and what the test did to both."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._hosting = server_for_the_killed()
        self.server: ContractServer = self._hosting.__enter__()
        self.project = Project(Path(self._folder.name).resolve())
        self.project.environment = self.server.environment
        self.books = ContractBooks(self.project.root, self.server)
        self.songs = {"s0": Song(0, 0, 1), "s1": Song(1, 1, 2)}
        self.album = "Demo EP"
        self._paid: set[str] = set()
        for number in range(2):
            self.project.write(f"specs/r{number}.mp3", reference(number))
        self.write()

    def close(self) -> None:
        self._hosting.__exit__(None, None, None)
        self._folder.cleanup()

    # What a user, a service and a bad day do

    def write(self) -> None:
        references = "".join(f"  r{n}: {{file: r{n}.mp3, purpose: song}}\n" for n in range(2))
        songs = "".join(
            f"  {name}: {{reference: r{s.reference}, lyrics: Verse {s.verse}., takes: {s.takes}}}\n"
            for name, s in self.songs.items()
        )
        self.project.write(
            "specs/demo.yaml",
            f"version: 1\nengine: music-01\ndefaults: {{tags: {{album: {self.album}}}}}\n"
            f"references:\n{references}songs:\n{songs}",
        )

    def set_song(self, name: str, song: Song) -> None:
        self.songs[name] = song
        self.write()

    def set_album(self, album: str) -> None:
        """Another tag for every output: other bytes around the same audio."""
        self.album = album
        self.write()

    def remove_song(self, name: str) -> None:
        del self.songs[name]
        self.write()

    def rename_song(self, name: str, to: str) -> None:
        self.songs = {to if n == name else n: song for n, song in self.songs.items()}
        self.write()

    def damage_output(self, which: int, keep: float | None) -> None:
        """Delete an output, or keep that share of it."""
        outputs = self.books.outputs()
        if not outputs:
            return
        path = outputs[which % len(outputs)]
        if keep is None:
            path.unlink()
            return
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * keep)])
        self.books.cut_by_the_test.add(digest(path.read_bytes()))

    def delete_store(self) -> None:
        shutil.rmtree(self.project.root / ".songbatch/store", ignore_errors=True)

    def delete_manifest(self) -> None:
        for path in self.books.manifests():
            path.unlink()

    # Runs

    def render(self, *options: str) -> None:
        """Render, and judge; `options` may limit the run with --select."""
        self._note_before(options)
        self._judge(self.project.run(*RENDER, *options), options)

    def render_and_crash(self, operation: int, *options: str) -> None:
        self._note_before(options)
        result = crash(self.project, operation, *RENDER, *options)
        if result.status == -signal.SIGKILL:
            self._judge_the_dead()
        else:
            self._judge(result, options)

    def render_and_kill(self, *options: str) -> None:
        """Kill a run as soon as a song is being made."""
        self._note_before(options)
        with self.server.holding():
            process = self.project.start(*RENDER, *options)
            while process.poll() is None and not self.server.in_flight:
                time.sleep(0.005)
            process.kill()
            process.communicate()
        self.server.wait_for_none_in_flight()
        self._judge_the_dead()

    def collect(self) -> None:
        """Drop what nobody needs: no render may cost more after it than before."""
        there = self.books.blobs()
        before = self._planned_renders() if there else 0
        result = self.project.run("gc", "--yes", "--earlier")
        assert result.status == 0, result
        assert there == self.books.blobs() or self._planned_renders() == before

    def _planned_renders(self) -> int:
        result = self.project.run("plan", "--json", "--retry-unknown", "100", AGAIN)
        engines = json.loads(result.stdout)["engines"]
        return sum(step["action"] == "render" for e in engines for step in e["renders"])

    # What must hold

    def _note_before(self, options: tuple[str, ...]) -> None:
        self._paid = self.books.paid()
        self._note_what_is_lost(options)

    def _note_what_is_lost(self, options: tuple[str, ...]) -> None:
        """Allow another request for the audio that the test left in no place the tool knows.

        Without --again there may be none.
        """
        if AGAIN not in options:
            return
        records = self.books.records()
        answered = Counter(r["key"] for r in records if r["event"] == "answered")
        latest = {r["key"]: r["audio_sha256"] for r in records if "audio_sha256" in r}
        there = {path.name for path in self.books.blobs()} | {
            digest(path.read_bytes()) for path in self.books.wholes()
        }
        intact = {entry["key"] for entry in self.books.entries() if self._is_intact(entry)}
        for key, sha256 in latest.items():
            if sha256 not in there and key not in intact:
                self.books.lost_by_the_test[key] = answered[key]

    def _is_intact(self, entry: dict[str, str]) -> bool:
        path = self.project.root / entry["output"]
        return path.is_file() and digest(path.read_bytes()) == entry["sha256"]

    def _judge_the_dead(self) -> None:
        forgotten = self.books.forgotten(self._paid)
        assert [*self.books.torn(), *self.books.breaches(), *forgotten] == []

    def _judge(self, result: Result, options: tuple[str, ...]) -> None:
        assert result.status in OUTCOMES, result
        assert "Traceback" not in result.stderr, result
        problems = [*self.books.torn(), *self.books.breaches()]
        problems += self.books.forgotten(self._paid)
        if "--select" not in options and not MANY_ALIKE.search(result.stdout):
            # What is not selected is not looked at, and may have been damaged since.
            problems += self.books.untruths(WITHOUT_AUDIO.findall(result.stdout))
        if result.status == 0:
            problems += self.books.leftovers()
            problems += self._other_than_received()
        assert problems == [], result
        if result.status == 0:
            self._judge_the_second(options)

    def _other_than_received(self) -> Iterator[str]:
        latest = {
            r["key"]: r["audio_sha256"]
            for r in self.books.records()
            if r["event"] in {"answered", "adopted"}
        }
        for entry in self.books.entries():
            if entry["status"] == "done" and entry["audio_sha256"] != latest.get(entry["key"]):
                yield f"{entry['id']} is not the audio that was received for it"

    def _judge_the_second(self, options: tuple[str, ...]) -> None:
        before, asked = self._files(), len(self.server.generations)
        result = self.project.run(*RENDER, *options)
        assert result.status == 0, result
        assert self._files() == before
        assert len(self.server.generations) == asked

    def _files(self) -> dict[str, str]:
        # A run that warns looks at everything again, and may remember more of it: a song that is
        # gone leaves its reference unused.
        return {k: v for k, v in self.project.files().items() if k != ".songbatch/index"}

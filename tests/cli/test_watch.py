"""`render --watch` with the real command: what is saved is rendered, and nothing paid unasked."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TYPE_CHECKING

import pytest

from songbatch.files.tree import Tree
from songbatch.incremental.watching import changed, inputs, next_change
from support.kit import COMMAND
from tests.run.specs import SONG

if TYPE_CHECKING:
    from pathlib import Path

    from support.contract.server import ContractServer
    from support.kit import Project

PATIENCE = 60.0
SPEC = """\
version: 1
songs:
  hill:
    reference: river
    audio: {format: mp3, sample_rate: 16000, bitrate: 64000}
    options: {sketch: {band: play}}
    lyrics: Up on the hill there is light.
references: {river: {file: r.mp3, purpose: song}}
"""


class Watching:
    """A watch under way, and what it says line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, part: str) -> str:
        """Return the next line that has this in it."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError((part, self.said)) from None
            self.said.append(line)
            if part in line:
                return line

    def complaint(self) -> str:
        """Return the next line of standard error that tells of an error."""
        assert self.process.stderr is not None
        return next(line for line in self.process.stderr if "error" in line)

    def close(self) -> None:
        self._reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def end(self, ending: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(ending)
        return self.process.wait(PATIENCE)


@contextmanager
def watching(project: Project, *options: str) -> Iterator[Watching]:
    process = project.start("render", "--watch", *options)
    watch = Watching(process)
    try:
        yield watch
    finally:
        process.kill()
        process.wait()
        watch.close()


@pytest.fixture
def demo(project: Project) -> Project:
    return project.write("specs/demo.yaml", SPEC).reference("specs/r.mp3")


def test_saves_are_rendered_and_a_broken_spec_is_waited_for(demo: Project) -> None:
    with watching(demo) as watch:
        watch.until("Done: 1 rendered.")
        assert watch.until("Watching").endswith("files; Ctrl-C ends it.\n")
        demo.replace("specs/demo.yaml", "light.", "rain.")
        line = watch.until("specs/demo.yaml")
        assert "specs/demo.yaml: 1 rendered (" in line
        assert line.endswith(" s) -> outputs/demo/sketch/hill.mp3\n")
        demo.write("specs/demo.yaml", "version: 1\nsongs: {hill: {lyricz: no}}\n")
        demo.write("specs/demo.yaml", SPEC)
        assert "1 restored" in watch.until("specs/demo.yaml: ")
        demo.write("specs/other.yaml", SPEC.replace("hill:", "dale:"))
        line = watch.until("outputs/other")
        assert line.startswith("specs: 1 restored, 1 up to date (")
        assert watch.end() == 0


def test_a_broken_spec_shows_what_is_wrong(demo: Project) -> None:
    demo.write("specs/demo.yaml", SPEC.replace("lyrics:", "lyricz:"))
    with watching(demo) as watch:
        watch.until("Watching")
        demo.write("specs/demo.yaml", SPEC)
        watch.until("specs/demo.yaml: 1 rendered (")
        assert watch.end(signal.SIGTERM) == 0
        assert watch.process.stderr is not None
        said = watch.process.stderr.read()
    assert "error[schema.unknown-key]" in said
    assert "nothing is rendered until it is mended" in said


def test_a_save_spends_nothing_and_a_bound_is_for_all_saves(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    with watching(hosted) as watch:
        said = watch.complaint()
        assert said == "error: this would cost about $0.06, and a save spends nothing\n"
        watch.until("Watching")
        assert watch.end() == 0
    assert contract_server.generations == []
    with watching(hosted, "--max-cost", "0.06") as watch:
        watch.until("Done: 2 rendered; about $0.06.")
        watch.until("Watching")
        hosted.replace("specs/demo.yaml", "Down by", "Far down by")
        assert "the plan costs about $0.03; --max-cost allows $0.00" in watch.complaint()
        assert watch.end() == 0
    assert len(contract_server.generations) == 2


def test_on_a_terminal(demo: Project) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "render", "--watch"],
        cwd=demo.root,
        env={**os.environ, "XDG_CONFIG_HOME": str(demo.root / ".config")},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        said = b""
        while b"Ctrl-C ends it" not in said:
            said += os.read(ours, 65536)
        assert b"Done: 1 rendered." in said
        os.write(ours, b"\x03")  # as the terminal sends it on Ctrl-C
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        os.close(ours)


def test_a_save_is_waited_out(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    (tmp_path / "a").write_text("1")
    seen = changed(tree, {"a": (0, 0, 0, 0), "outputs/x": (1, 1, 1, 1)})
    assert inputs(seen).keys() == {"a"}
    steps: list[Callable[[], object]] = [
        lambda: None,
        (tmp_path / "a").unlink,
        lambda: (tmp_path / "a").write_text("longer"),
        lambda: None,
    ]
    done: list[float] = []

    def sleep(seconds: float) -> None:
        done.append(seconds)
        if steps:
            steps.pop(0)()

    assert next_change(tree, inputs(seen), sleep, lambda: 0.0) == ["a"]
    assert steps == []
    assert done == [0.25, 0.25, 0.1, 0.1]

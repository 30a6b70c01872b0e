"""Random histories of a small project whose songs are jobs: each is asked for once."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from support.acestep.server import AceStepServer
from support.acestep.troubles import EMPTY_FILE, FILE_GONE, NO_REASON, OUT_OF_MEMORY, Mishap
from support.kit import Project, Result
from tests.reliability.conftest import LONG
from tests.reliability.histories import OUTCOMES
from tests.reliability.job_books import JobBooks

NUMBERS = st.integers(0, 9)
RENDER = ("render", "--no-measure", "--backoff", "0.001", "--retry-unknown", "100")
MISHAPS = {
    "lost before": Mishap.lost_before(),
    "lost after": Mishap.lost_after(),
    "cut": Mishap.cut_off(),
    "500": Mishap.http(500),
    "429": Mishap.http(429),
    "gateway": Mishap.gateway(524),
    "code 500": Mishap.in_band(),
    "not JSON": Mishap.raw(b"<html>"),
}
TROUBLES = {one.name: one for one in (EMPTY_FILE, FILE_GONE, NO_REASON, OUT_OF_MEMORY)}
BITRATES = ("64000", "128000", "256000")
MOST_SONGS = 4


class JobHistories(RuleBasedStateMachine):
    """Songs are picked by number, modulo how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.server = AceStepServer().__enter__()
        self.project = Project(Path(self.folder.name).resolve())
        self.books = JobBooks(self.project.root, self.server)
        self.verses = {"s0": 0, "s1": 1}
        self.bitrate = BITRATES[0]
        self.names = 2
        engines = f"engines: {{acestep: {{url: '{self.server.url}'}}}}\n"
        self.project.write("songbatch.yaml", f"version: 1\n{engines}")
        self.write()

    def teardown(self) -> None:
        # However it went, it can be ended.
        try:
            self.judge(self.project.run(*RENDER))
        finally:
            self.server.__exit__(None, None, None)
            self.folder.cleanup()

    def write(self) -> None:
        songs = "".join(f"  {name}: {{lyrics: Verse {v}.}}\n" for name, v in self.verses.items())
        audio = f"audio: {{bitrate: {self.bitrate}}}"
        head = "version: 1\nengine: acestep\n"
        defaults = f"defaults: {{style: dream pop, duration: 10, {audio}}}\n"
        self.project.write("specs/demo.yaml", f"{head}{defaults}songs:\n{songs}")

    def pick(self, number: int) -> str:
        return list(self.verses)[number % len(self.verses)]

    @rule(number=NUMBERS, verse=st.integers(0, 3))
    def edit_a_line(self, number: int, verse: int) -> None:
        self.verses[self.pick(number)] = verse
        self.write()

    @precondition(lambda self: len(self.verses) < MOST_SONGS)
    @rule(verse=st.integers(0, 3))
    def add_a_song(self, verse: int) -> None:
        self.verses[f"s{self.names}"] = verse
        self.names += 1
        self.write()

    @precondition(lambda self: len(self.verses) > 1)
    @rule(number=NUMBERS)
    def remove_a_song(self, number: int) -> None:
        del self.verses[self.pick(number)]
        self.write()

    @rule(bitrate=st.sampled_from(BITRATES))
    def ask_for_another_bitrate(self, bitrate: str) -> None:
        self.bitrate = bitrate
        self.write()

    @rule(number=NUMBERS)
    def lose_an_output(self, number: int) -> None:
        if outputs := self.books.outputs():
            outputs[number % len(outputs)].unlink()

    @rule()
    def let_files_expire(self) -> None:
        self.server.wait_for_done()
        self.books.made()
        self.server.forget(results=False)

    @rule(
        endpoint=st.sampled_from(["submit", "poll", "download"]),
        mishaps=st.lists(st.sampled_from(sorted(MISHAPS)), min_size=1, max_size=3),
    )
    def misbehave_soon(self, endpoint: str, mishaps: list[str]) -> None:
        self.server.script(endpoint, [MISHAPS[name] for name in mishaps])

    @rule(trouble=st.sampled_from(sorted(TROUBLES)))
    def let_a_job_fail(self, trouble: str) -> None:
        self.server.script_jobs([TROUBLES[trouble]])

    @rule(jobs=st.integers(1, 4))
    def render(self, jobs: int) -> None:
        self.judge(self.project.run(*RENDER, "--jobs", str(jobs)))

    @rule(jobs=st.integers(1, 4), number=NUMBERS)
    def render_a_selection(self, jobs: int, number: int) -> None:
        self.judge(
            self.project.run(*RENDER, "--jobs", str(jobs), "--select", self.pick(number)),
            is_whole=False,
        )

    @rule(jobs=st.integers(1, 4), how=st.sampled_from([signal.SIGKILL, signal.SIGINT]))
    def render_and_stop(self, jobs: int, how: signal.Signals) -> None:
        """Stop a run as soon as it has asked for a song."""
        before = len(self.server.submissions)
        with self.server.holding():
            process = self.project.start(*RENDER, "--jobs", str(jobs))
            while process.poll() is None and len(self.server.submissions) == before:
                with self.server.changed:
                    self.server.changed.wait(0.01)
            process.send_signal(how)
            stdout, stderr = process.communicate()
        self.server.wait_for_done()
        assert "Traceback" not in stderr, Result(process.returncode, stdout, stderr)
        assert [*self.books.torn(), *self.books.breaches()] == []

    def judge(self, result: Result, *, is_whole: bool = True) -> None:
        assert result.status in OUTCOMES, result
        assert "Traceback" not in result.stderr, result
        problems = [*self.books.torn(), *self.books.breaches()]
        if result.status == 0:
            problems += self.books.leftovers()
            if is_whole:
                problems += self.books.untruths()
                problems += self.not_as_wanted()
        assert problems == [], result
        if result.status == 0 and is_whole:
            sent, files = self.books.sent(), self.project.files("outputs")
            again = self.project.run(*RENDER)
            assert "Nothing to do" in again.stdout, again
            assert (self.books.sent(), self.project.files("outputs")) == (sent, files)

    def not_as_wanted(self) -> list[str]:
        done = {entry["song"] for entry in self.books.entries() if entry["status"] == "done"}
        return [f"{name} is not there" for name in self.verses if name not in done]


TestJobHistories = JobHistories.TestCase
if settings.get_current_profile_name() != LONG:
    TestJobHistories.settings = settings(
        max_examples=3, stateful_step_count=8, derandomize=True, database=None
    )

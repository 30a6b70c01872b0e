"""Random histories of a small project: edits, damage, faults, crashes and runs in any order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.reliability.conftest import LONG
from tests.reliability.histories import AGAIN, FAULTS, History, Song

NUMBERS = st.integers(0, 9)
VERSES = st.integers(0, 3)
JOBS = st.tuples(st.integers(1, 8), st.sampled_from([(), (AGAIN,)])).map(
    lambda jobs_and_again: ("--jobs", str(jobs_and_again[0]), *jobs_and_again[1])
)
MOST_SONGS = 4


class Histories(RuleBasedStateMachine):
    """Songs are picked by number, modulo how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.names = 2

    def teardown(self) -> None:
        self.history.close()

    def pick(self, number: int) -> str:
        names = list(self.history.songs)
        return names[number % len(names)]

    def new_name(self) -> str:
        self.names += 1
        return f"s{self.names - 1}"

    @rule(number=NUMBERS, verse=VERSES)
    def edit_a_line(self, number: int, verse: int) -> None:
        name = self.pick(number)
        self.history.set_song(name, replace(self.history.songs[name], verse=verse))

    @rule(number=NUMBERS, takes=st.integers(1, 3))
    def change_takes(self, number: int, takes: int) -> None:
        name = self.pick(number)
        self.history.set_song(name, replace(self.history.songs[name], takes=takes))

    @precondition(lambda self: len(self.history.songs) < MOST_SONGS)
    @rule(verse=VERSES, reference=st.integers(0, 1))
    def add_a_song(self, verse: int, reference: int) -> None:
        self.history.set_song(self.new_name(), Song(verse, reference, 1))

    @precondition(lambda self: len(self.history.songs) > 1)
    @rule(number=NUMBERS)
    def remove_a_song(self, number: int) -> None:
        self.history.remove_song(self.pick(number))

    @rule(number=NUMBERS)
    def rename_a_song(self, number: int) -> None:
        self.history.rename_song(self.pick(number), self.new_name())

    @rule(album=st.sampled_from(["Demo EP", "Late EP"]))
    def retag(self, album: str) -> None:
        self.history.set_album(album)

    @rule(number=NUMBERS, keep=st.sampled_from([None, 0.0, 0.5, 0.99]))
    def damage_an_output(self, number: int, keep: float | None) -> None:
        self.history.damage_output(number, keep)

    @rule()
    def delete_the_store(self) -> None:
        self.history.delete_store()

    @rule()
    def delete_the_manifest(self) -> None:
        self.history.delete_manifest()

    @rule()
    def collect_garbage(self) -> None:
        self.history.collect()

    @rule()
    def let_ids_expire(self) -> None:
        self.history.server.forget_uploads()

    @rule(
        endpoint=st.sampled_from(["generate", "generate", "upload"]),
        faults=st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4),
    )
    def misbehave_soon(self, endpoint: str, faults: list[str]) -> None:
        self.history.server.script(endpoint, [FAULTS[name] for name in faults])

    @rule(jobs=JOBS)
    def render(self, jobs: tuple[str, ...]) -> None:
        self.history.render(*jobs)

    @rule(jobs=JOBS, number=NUMBERS)
    def render_a_selection(self, jobs: tuple[str, ...], number: int) -> None:
        self.history.render(*jobs, "--select", self.pick(number))

    @rule(jobs=JOBS, operation=st.integers(2, 140))
    def render_and_crash(self, jobs: tuple[str, ...], operation: int) -> None:
        self.history.render_and_crash(operation, *jobs)

    @rule(jobs=JOBS)
    def render_and_be_killed(self, jobs: tuple[str, ...]) -> None:
        self.history.render_and_kill(*jobs)


TestHistories = Histories.TestCase
if settings.get_current_profile_name() != LONG:
    TestHistories.settings = settings(
        max_examples=4, stateful_step_count=10, derandomize=True, database=None
    )

"""Claims: of several runs, one asks for a song, or uploads a reference.

A claim is a note put if absent, numbered one higher than the highest before it. Then it is read
back: a server that looks first and writes then may tell two runs that both were first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from songbatch.sharing import names
from songbatch.sharing.names import NoteKind, NumberedName
from songbatch.sharing.notes import ClaimNote, EndNote, decode
from songbatch.sharing.objects import MAX_NOTE_BYTES
from songbatch.sharing.trouble import StoreTrouble, Withheld

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.sharing.beats import Beats
    from songbatch.sharing.objects import Objects

_Note = TypeVar("_Note", bound=msgspec.Struct)


class ClaimState(msgspec.Struct, frozen=True):
    """What a store has of one claim of a song or an upload.

    `note` is None if it cannot be read, or is not there; `end` None if it has not ended.
    """

    number: int
    note: ClaimNote | None
    end: EndNote | None
    is_alive: bool
    """Whether it has not ended, and its run is alive."""
    is_ours: bool = False

    @property
    def may_be_paid(self) -> int:
        """How many requests of a run that ended or died may have been paid without an answer."""
        if self.end is not None:
            return self.end.unknown
        return 0 if self.is_alive else 1


class Claims:
    """The claims below the folders of songs and uploads, as one run sees and makes them."""

    def __init__(self, objects: Objects, beats: Beats) -> None:
        self._objects = objects
        self._beats = beats
        self._made: set[tuple[str, int]] = set()

    def names(self, folder: str) -> set[NumberedName]:
        """Return the notes in a folder. Raises Withheld if there are more than anybody makes."""
        found = set()
        for seen, listed in enumerate(self._objects.listed(folder)):
            if seen > names.MOST_CLAIMS:
                raise Withheld(f"{folder} has more than {names.MOST_CLAIMS + 1:,} names")
            note = names.parse_note(listed.path)
            if note is not None:
                found.add(note)
        return found

    def states(self, folder: str, found: Iterable[NumberedName]) -> list[ClaimState]:
        """Return the claims whose notes were found in a folder, by their numbers."""
        by_kind: dict[NoteKind, set[int]] = {kind: set() for kind in NoteKind}
        for number, kind in found:
            by_kind[kind].add(number)
        numbers = sorted(by_kind[NoteKind.CLAIM] | by_kind[NoteKind.END])
        ends = {n: self._end(folder, n) for n in numbers if n in by_kind[NoteKind.END]}
        # Of what surely cost nothing, nobody asks who it was.
        read = [n for n in numbers if n not in ends or ends[n].unknown]
        notes = {n: self.read(folder, n) for n in read}
        open_notes = (note for n, note in notes.items() if note is not None and n not in ends)
        living = self._beats.alive(note.who for note in open_notes)
        return [self._state(n, notes.get(n), ends.get(n), living) for n in numbers]

    def _state(
        self, number: int, note: ClaimNote | None, end: EndNote | None, living: set[str]
    ) -> ClaimState:
        who = note.who if note is not None and end is None else ""
        return ClaimState(number, note, end, who in living, is_ours=who == self._beats.who)

    def read(self, folder: str, number: int) -> ClaimNote | None:
        """Return a claim's note, None if it is not there or cannot be read."""
        return self._decoded(folder, number, NoteKind.CLAIM, ClaimNote)

    def _end(self, folder: str, number: int) -> EndNote:
        # One that cannot be read hides how many it was; nobody knows of fewer than one.
        return self._decoded(folder, number, NoteKind.END, EndNote) or EndNote(1)

    def _decoded(
        self, folder: str, number: int, kind: NoteKind, of_type: type[_Note]
    ) -> _Note | None:
        try:
            found = self._objects.read(names.numbered(folder, number, kind), MAX_NOTE_BYTES)
            return None if found is None else decode(found.data, of_type)
        except Withheld:
            return None

    def make(self, folder: str, number: int, note: ClaimNote) -> bool:
        """Claim with a number; return whether the claim is ours.

        Raises StoreTrouble if this run is not known to be alive, or if the server tells two runs
        that both were first.
        """
        if number > names.MOST_CLAIMS:
            raise Withheld(f"{folder} has been claimed more than {names.MOST_CLAIMS:,} times")
        self._beats.demand_steady()
        path = names.numbered(folder, number, NoteKind.CLAIM)
        is_first = self._objects.create(path, msgspec.json.encode(note))
        back = self.read(folder, number)
        is_ours = back is not None and back.who == note.who
        if is_first and not is_ours:
            other = "nothing" if back is None else f"the claim of {back.who}"
            raise StoreTrouble(
                f"the shared store took a claim, and then had {other} in its place: it cannot tell "
                "which of two machines was first, so two could pay for the same song",
                fix="use a store that honours If-None-Match, or run without one: --store none",
            )
        # Ours too if the answer to the request that made it was lost, and it was sent again.
        if not is_ours or (folder, number) in self._made:
            return False
        self._made.add((folder, number))
        return True

    def end(self, folder: str, number: int, unknown: int, message: str) -> None:
        """Let a claim come to nothing; of several ends the first stands. Raises StoreTrouble."""
        note = EndNote(min(unknown, 10_000), message[:1000])
        self._objects.create(
            names.numbered(folder, number, NoteKind.END), msgspec.json.encode(note)
        )

    def ending(self, folder: str, number: int) -> str:
        """Return what the end of a claim says."""
        return self._end(folder, number).message

    def release(self, folder: str, number: int) -> None:
        """Let a claim count as free, whatever its end said: somebody knows better."""
        note = EndNote(0, "released by hand")
        self._objects.replace(
            names.numbered(folder, number, NoteKind.END), msgspec.json.encode(note)
        )

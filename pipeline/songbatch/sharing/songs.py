"""Songs of a shared store: who asks for them, who has them, and how to be the one who asks."""

from __future__ import annotations

import itertools
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from songbatch.records import ServiceFacts
from songbatch.sharing import names
from songbatch.sharing.claims import ClaimState
from songbatch.sharing.names import NoteKind, NumberedName
from songbatch.sharing.notes import Answered, ClaimNote, JobNote, LandedNote, decode
from songbatch.sharing.objects import MAX_NOTE_BYTES
from songbatch.sharing.seals import account_of_sealed, seal, unseal
from songbatch.sharing.trouble import Withheld

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from songbatch.sharing.answers import Answers
    from songbatch.sharing.claims import Claims
    from songbatch.sharing.objects import Listed, Objects

AT_ONCE = 32
"""Requests to the store."""
MOST_NAMES = 1000
"""Of one song: what else is listed there is not looked at."""
MOST_LISTS = 500
"""Songs that are listed one by one; of more, the 256 folders are."""


class SharedJob(msgspec.Struct, frozen=True):
    """A song under way at its service, which a run that is dead had asked for."""

    number: int
    note: JobNote


class Landed(msgspec.Struct, frozen=True):
    """An answer that a worker left for a run that is dead."""

    number: int
    note: LandedNote

    def answer(self, key: str, claim: ClaimNote) -> Answered:
        """Return it as the answer for a key, which was asked for by a claim."""
        return Answered(
            key=key,
            audio_sha256=self.note.audio_sha256,
            bytes=self.note.bytes,
            seconds=None,
            at=claim.at,
            engine=claim.engine,
            who=claim.who,
            trace_id=self.note.trace_id,
            cost_usd=self.note.cost_usd,
            facts=self.note.facts or ServiceFacts(),
            song_sha256=self.note.song_sha256,
            attempts=self.number,
            lines=self.note.lines,
        )


class SharedSong(msgspec.Struct, frozen=True, kw_only=True):
    """What a store has of a key.

    `withheld` says why there is an answer that cannot be used; nobody should ask anew for such a
    song, since somebody has it. `jobs` are those that can be collected: their seals are right.
    """

    key: str
    answer: Answered | None = None
    withheld: str = ""
    claims: tuple[ClaimState, ...] = ()
    jobs: tuple[SharedJob, ...] = ()
    landed: tuple[Landed, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the store has anything of it that can be read."""
        return bool(self.answer or self.withheld or self.claims)

    @property
    def busy(self) -> ClaimState | None:
        """The claim of a run that is alive, and not this one."""
        return next((c for c in self.claims if c.is_alive and not c.is_ours), None)

    @property
    def doubts(self) -> int:
        """How many requests may have been paid whose answers nobody can have any more."""
        kept = {job.number for job in self.jobs} | {landed.number for landed in self.landed}
        return sum(c.may_be_paid for c in self.claims if c.number not in kept)

    @property
    def doubted(self) -> str:
        """Who made these requests, for people; "" if there are none."""
        kept = {job.number for job in self.jobs} | {landed.number for landed in self.landed}
        doubted = [c for c in self.claims if c.may_be_paid and c.number not in kept]
        named = dict.fromkeys(c.note.who for c in doubted if c.note is not None)
        return " and ".join(named) or ("another machine" if doubted else "")

    def without(self, runs: Collection[str]) -> SharedSong:
        """Return it without the claims of some runs, by their names."""
        left = (c for c in self.claims if c.note is None or c.note.who not in runs)
        return msgspec.structs.replace(self, claims=tuple(left))

    @property
    def landed_answer(self) -> Answered | None:
        """What a worker left for a run that is dead, as the answer that it is; None without.

        The same on every machine: what it lacks is taken from the claim.
        """
        for landed in reversed(self.landed):
            claim = next((c for c in self.claims if c.number == landed.number), None)
            if claim is not None and claim.note is not None:
                return landed.answer(self.key, claim.note)
        return None

    @property
    def highest(self) -> int:
        """The highest number of a claim, 0 if there is none."""
        return max((claim.number for claim in self.claims), default=0)


class Claim(msgspec.Struct, frozen=True):
    """The right to ask for a key, or to upload: `name` is the key, or the folder of the upload.

    `doubts`, `jobs` and `landed` are those of the claims before it: see SharedSong.
    """

    name: str
    number: int
    doubts: int = 0
    jobs: tuple[SharedJob, ...] = ()
    landed: tuple[Landed, ...] = ()


class Songs:
    """The songs of one store, as one run sees them."""

    def __init__(self, objects: Objects, claims: Claims, answers: Answers) -> None:
        self._objects = objects
        self._claims = claims
        self._answers = answers

    def look(self, keys: Collection[str], secrets: Mapping[str, bytes]) -> dict[str, SharedSong]:
        """Return what the store has of some keys, without those of which it has nothing.

        `secrets` are those of accounts, by their names. Raises StoreTrouble.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            if len(keys) <= MOST_LISTS:
                songs = pool.map(lambda key: self.look_at(key, secrets), keys)
            else:
                found = self._by_folders(keys, pool).items()
                songs = pool.map(lambda item: self._song(item[0], item[1], secrets), found)
            return {song.key: song for song in songs if song.is_known}

    def look_at(
        self, key: str, secrets: Mapping[str, bytes], met: Collection[str] = ()
    ) -> SharedSong:
        """Return what the store has of one key. Raises StoreTrouble.

        `met` are paths that are there for sure: a network drive may list an older state.
        """
        try:
            paths = set(_own(self._objects.listed(names.song(key)), key))
        except Withheld as error:
            return SharedSong(key=key, withheld=str(error))
        return self._song(key, paths.union(met), secrets)

    def _by_folders(self, keys: Collection[str], pool: ThreadPoolExecutor) -> dict[str, set[str]]:
        wanted = frozenset(keys)
        found: dict[str, set[str]] = defaultdict(set)

        def folder(shard: str) -> None:
            for listed in self._objects.listed(f"{names.SONGS}/{shard}"):
                name = names.parse_song(listed.path)
                is_wanted = name is not None and name.key in wanted
                if name is not None and is_wanted and len(found[name.key]) < MOST_NAMES:
                    found[name.key].add(listed.path)

        list(pool.map(folder, sorted({key[:2] for key in wanted})))
        return found

    def _song(self, key: str, paths: set[str], secrets: Mapping[str, bytes]) -> SharedSong:
        try:
            answer = self._answers.read(key) if names.answer(key) in paths else None
            if answer is not None:
                return SharedSong(key=key, answer=answer)
        except Withheld as error:
            return SharedSong(key=key, withheld=str(error))
        notes = {note for note in map(names.parse_note, paths) if note is not None}
        claims = self._claims.states(names.song(key), notes)
        # What an end is told of, came to nothing: nobody has to look again.
        over = {c.number for c in claims if c.end is None and not c.is_alive}
        return SharedSong(
            key=key,
            claims=tuple(claims),
            jobs=tuple(self._jobs(key, notes, over, secrets)),
            landed=tuple(self._landed(key, notes, over)),
        )

    def _jobs(
        self, key: str, notes: set[NumberedName], over: set[int], secrets: Mapping[str, bytes]
    ) -> Iterator[SharedJob]:
        for number in _numbers(notes, NoteKind.JOB, over):
            path = names.numbered(names.song(key), number, NoteKind.JOB)
            try:
                found = self._objects.read(path, MAX_NOTE_BYTES)
                if found is None:
                    continue
                account = account_of_sealed(found.data)
                if account in secrets:
                    text = unseal(found.data, account, path, secrets[account])
                    yield SharedJob(number, decode(text, JobNote))
            except Withheld:
                continue

    def _landed(self, key: str, notes: set[NumberedName], over: set[int]) -> Iterator[Landed]:
        for number in _numbers(notes, NoteKind.LANDED, over):
            note = self._answers.landed(key, number)
            if note is not None:
                yield Landed(number, note)

    def claim(
        self, key: str, note: ClaimNote, *, doubts: int, secrets: Mapping[str, bytes]
    ) -> Claim | SharedSong:
        """Be the one that asks for a key, or return why not: see `SharedStore.claim`."""
        folder = names.song(key)
        before = SharedSong(key=key)
        number = 1
        while not self._claims.make(folder, number, note):
            before = self._after_losing(key, number, secrets)
            if _stands(before, doubts):
                return before
            number = max(number, before.highest) + 1
        # Between a look and the claim somebody may have answered, or pushed what they had.
        answer = self._answer(key)
        if answer is not None:
            self._claims.end(folder, number, 0, "answered meanwhile")
            return answer
        return Claim(key, number, before.doubts, before.jobs, before.landed)

    def _after_losing(self, key: str, number: int, secrets: Mapping[str, bytes]) -> SharedSong:
        answer = self._answer(key)
        if answer is not None:
            return answer
        met = names.numbered(names.song(key), number, NoteKind.CLAIM)
        return self.look_at(key, secrets, [met])

    def _answer(self, key: str) -> SharedSong | None:
        try:
            answer = self._answers.read(key)
        except Withheld as error:
            return SharedSong(key=key, withheld=str(error))
        return None if answer is None else SharedSong(key=key, answer=answer)

    def note_job(self, claim: Claim, note: JobNote, secret: bytes) -> None:
        """Leave the name of a job for other machines of its account. Raises StoreTrouble."""
        path = names.numbered(names.song(claim.name), claim.number, NoteKind.JOB)
        self._objects.create(path, seal(note, note.account, path, secret))


def _own(listed: Iterable[Listed], key: str) -> Iterator[str]:
    """Yield the paths of a listing that are a song's: claims that are too many are not read."""
    for item in itertools.islice(listed, MOST_NAMES):
        name = names.parse_song(item.path)
        if name is not None and name.key == key:
            yield item.path


def _numbers(notes: set[NumberedName], kind: NoteKind, over: set[int]) -> list[int]:
    return sorted(note.number for note in notes if note.kind is kind and note.number in over)


def _stands(song: SharedSong, doubts: int) -> bool:
    """Return whether a song must not be asked for: it is had, asked for, or may be paid."""
    if song.answer is not None or song.withheld or song.busy is not None:
        return True
    return song.doubts > doubts

"""Notes of a shared store, as their JSON has them: claims, ends, jobs, ids, answers.

They may be anybody's, so they are held to their types, and texts and numbers to bounds. Fields that
are not known yet are ignored: a later version may write more of them.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from songbatch.digest import Count, Digest, Real
from songbatch.model import AudioFormat, Uploaded
from songbatch.records import MadeReference, Receipt, ServiceFacts
from songbatch.sharing import names
from songbatch.sharing.trouble import Withheld

LONGEST_TEXT = 1000
"""Characters: of names and messages."""
MOST_REQUESTS = 10_000
"""Of one song: what an honest note can have counted."""

Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Time = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
]
"""ISO 8601, with its distance to UTC."""
Who = Annotated[str, msgspec.Meta(pattern=rf"^{names.WHO}\Z")]
Requests = Annotated[int, msgspec.Meta(ge=0, le=MOST_REQUESTS)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class BeatNote(msgspec.Struct, frozen=True):
    """A sign of life: the run is dead once it is older than `lease` seconds."""

    lease: Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class ClaimNote(msgspec.Struct, frozen=True):
    """The run `who` is about to ask for the render `id`; its request may last so many seconds.

    `at` is by that machine's own clock, for people.
    """

    who: Who
    id: Text
    engine: Text
    at: Time
    lasts: Seconds


class EndNote(msgspec.Struct, frozen=True):
    """A claim came to nothing; `unknown` of its requests may have been paid."""

    unknown: Requests
    message: Text = ""


class JobNote(msgspec.Struct, frozen=True, kw_only=True):
    """The name at its service of a song under way; sealed, for other machines of the account.

    The fields are those of the ledger's record: `usd` is what it was planned to cost, `seconds` how
    long it was asked to last, `reference` what it makes an id of, None for a song.
    """

    job: Text
    engine: Text
    account: Text
    format: AudioFormat
    seed: Count | None = None
    seconds: Real | None = None
    usd: Real | None = None
    reference: MadeReference | None = None


class IdsNote(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload answered; sealed."""

    voice_id: Text | None = None
    instrumental_id: Text | None = None
    trace_id: Text | None = None
    handle: Annotated[str, msgspec.Meta(max_length=8_000)] | None = None
    until: Time | None = None
    cost_usd: Real | None = None

    @classmethod
    def of(cls, ids: Uploaded) -> IdsNote:
        """Return the note of some ids."""
        return cls(**msgspec.structs.asdict(ids))

    @property
    def ids(self) -> Uploaded:
        """The ids as everybody uses them."""
        return Uploaded(**msgspec.structs.asdict(self))


class LandedNote(msgspec.Struct, frozen=True, kw_only=True):
    """A worker has the answer of a claim, and its audio is among the blobs; nobody booked it yet.

    The fields are those of a receipt; `remarks` came with the answer, `lines` are numbered.
    """

    audio_sha256: Digest
    bytes: Count
    trace_id: Text | None = None
    cost_usd: Real | None = None
    song_sha256: Digest | None = None
    facts: ServiceFacts | None = None
    remarks: tuple[Text, ...] = ()
    lines: tuple[tuple[Real, Count], ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for a key: a receipt, the engine that gave it, and the run that had it.

    `at` is when its audio was received. It has no text of the lyrics: `lines` are the seconds at
    which lines are sung, and their numbers in the lyrics, from 0.
    """

    key: Digest
    audio_sha256: Digest
    bytes: Count
    seconds: Real | None
    at: Time
    engine: Text
    who: Who
    trace_id: Text | None = None
    cost_usd: Real | None = None
    facts: ServiceFacts = ServiceFacts()
    song_sha256: Digest | None = None
    attempts: Requests = 0
    unknown_outcomes: Requests = 0
    lines: tuple[tuple[Real, Count], ...] = ()

    @classmethod
    def of(cls, receipt: Receipt, lyrics: str | None, *, engine: str, who: str) -> Answered:
        """Return what a store may know of a receipt, which belongs to a render with `lyrics`."""
        fields = {
            name: getattr(receipt, name)
            for name in Receipt.__struct_fields__
            if name not in {"facts", "trace_id"}
        }
        return cls(
            **fields,
            trace_id=receipt.trace_id and receipt.trace_id[:LONGEST_TEXT],
            facts=without_lyrics(receipt.facts),
            lines=numbered_lines(receipt.facts, lyrics),
            engine=engine[:LONGEST_TEXT],
            who=who,
        )

    def receipt(self, lyrics: str | None) -> Receipt:
        """Return it as a receipt of a render with `lyrics`."""
        fields = {
            name: getattr(self, name) for name in Receipt.__struct_fields__ if name != "facts"
        }
        return Receipt(**fields, facts=with_lyrics(self.facts, self.lines, lyrics))


def without_lyrics(facts: ServiceFacts) -> ServiceFacts:
    """Return facts without what is sung."""
    filled_in = {name: value for name, value in facts.filled_in.items() if name != "lyrics"}
    return msgspec.structs.replace(facts, line_times=(), filled_in=filled_in)


def numbered_lines(facts: ServiceFacts, lyrics: str | None) -> tuple[tuple[float, int], ...]:
    """Return the times of lines with their numbers in the lyrics instead of their texts.

    Lines are sung in their order, and a chorus is there twice: each is looked for after the one
    before it, then from the top. One that is not in the lyrics is left out.
    """
    lines = [line.strip() for line in (lyrics or "").splitlines()]
    found, begin = [], 0
    for seconds, text in facts.line_times:
        line = text.strip()
        number = next(
            (n for n in (*range(begin, len(lines)), *range(begin)) if lines[n] == line), None
        )
        if number is not None:
            found.append((seconds, number))
            begin = number + 1
    return tuple(found)


def with_lyrics(
    facts: ServiceFacts, lines: tuple[tuple[float, int], ...], lyrics: str | None
) -> ServiceFacts:
    """Return facts with the texts of numbered lines; numbers beyond the lyrics drop out."""
    texts = [line.strip() for line in (lyrics or "").splitlines()]
    times = tuple((seconds, texts[number]) for seconds, number in lines if number < len(texts))
    return msgspec.structs.replace(without_lyrics(facts), line_times=times)


_REMOVED = "whoever may remove it there does so; then whoever has the song: songbatch push"
_Note = TypeVar("_Note", bound=msgspec.Struct)


def decode(data: bytes, kind: type[_Note]) -> _Note:
    """Return a note of this type. Raises Withheld for anything else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = "an answer" if kind is Answered else "a note"
        raise Withheld(f"{what} of the shared store cannot be read", fix=_REMOVED) from error

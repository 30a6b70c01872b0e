"""Messages between a run and its workers, as MessagePack; none holds a key."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from songbatch.cluster.makeup import Makeup
from songbatch.digest import Count, Digest
from songbatch.engines.base import Answer
from songbatch.engines.orders import Task, TaskOutcome
from songbatch.model import AudioFormat, EngineIdentity, Purpose


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class EngineAsked(_Message, frozen=True):
    """The engine of a run: which one, as the project configures it, and on whose account.

    `settings` are what the project says of it, as JSON. The key is not among them: a worker has
    its own, and `account` is a digest that shows whether it is the same.
    """

    identity: EngineIdentity
    account: str
    settings: bytes


class WorkerFacts(_Message, frozen=True):
    """A worker's account of itself. `problem` keeps it from being used, and `fix` says what to do.

    `home` stands for the machine, as far as a server on its loopback is the same for all there.
    """

    makeup: Makeup
    home: str
    problem: str = ""
    fix: str = ""


class NeededReference(_Message, frozen=True):
    """A reference that a request names by an id, where ids are known only to who has uploaded."""

    id: str
    sha256: Digest
    format: AudioFormat
    purpose: Purpose


class LandingPlace(_Message, frozen=True):
    """Where the audio of an order goes: the shared store, for a claim of a render's key."""

    address: str
    key: Digest
    claim: Count


class NearPlace(_Message, frozen=True):
    """Where the audio of an order goes on the run's own machine.

    `part` is a file with room for it, in the tree of `folder` below `base`.
    """

    base: str
    folder: str
    part: str


class Order(_Message, frozen=True):
    """One call of an engine, for one worker; no other order of its `run` has this `number`."""

    run: str
    number: Count
    makeup: Makeup
    engine: EngineAsked
    task: Task
    needs: tuple[NeededReference, ...] = ()
    landing: LandingPlace | None = None
    near: NearPlace | None = None


class Ending(StrEnum):
    """What became of an order at a worker. All but the first and the last sent nothing."""

    DONE = "done"
    """The engine was called: there is an outcome."""
    UNFIT = "unfit"
    """The worker is another than the run needs."""
    LEAVING = "leaving"
    """The worker takes no orders any more."""
    GIVEN_UP = "given up"
    """The run has given the order up, or is over."""
    LACKING = "lacking"
    """The worker needs the bytes of references."""
    BEGUN = "begun"
    """Another worker began it, and was lost."""


class LandedSong(_Message, frozen=True):
    """A song that a worker has put into the shared store."""

    audio_sha256: Digest
    bytes: Count
    answer: Answer


class NearSong(_Message, frozen=True):
    """A song that a worker has written to a file of its own, `path`, and synced."""

    path: str
    audio_sha256: Digest
    bytes: Count
    answer: Answer


class OrderReply(_Message, frozen=True):
    """What became of an order; `worker` is the name of who had it, `message` says why not."""

    ending: Ending
    worker: str
    outcome: TaskOutcome | None = None
    landed: LandedSong | None = None
    near: NearSong | None = None
    lacking: tuple[Digest, ...] = ()
    message: str = ""


Message = EngineAsked | WorkerFacts | Order | OrderReply

_encode = msgspec.msgpack.Encoder().encode
_engine_asked = msgspec.msgpack.Decoder(EngineAsked)
_facts = msgspec.msgpack.Decoder(WorkerFacts)
_order = msgspec.msgpack.Decoder(Order)
_reply = msgspec.msgpack.Decoder(OrderReply)


def packed(message: Message) -> bytes:
    """Return a message as it travels. Raises OverflowError for a number that is too long."""
    return _encode(message)


def engine_asked(data: bytes) -> EngineAsked:
    """Return what was packed. Raises msgspec.DecodeError, as the other three do."""
    return _engine_asked.decode(data)


def worker_facts(data: bytes) -> WorkerFacts:
    """Return what was packed."""
    return _facts.decode(data)


def order_of(data: bytes) -> Order:
    """Return what was packed."""
    return _order.decode(data)


def reply_of(data: bytes) -> OrderReply:
    """Return what was packed."""
    return _reply.decode(data)

"""A project's books, read from outside: what its files say, held against what the server saw.

Shares no code with the project: the ledger's format is read as docs/design.md describes it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from support.contract.server import ContractServer

KEY_DIGITS = 16
"""So many digits of a key begin the name of each of its requests."""

SCHEMA = Path(__file__).parents[2] / "pipeline/songbatch/store/manifest.schema.json"
IGNORE = "# What songbatch keeps on this machine.\n*\n"


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def without_tags(data: bytes) -> bytes:
    """What an ID3v2 tag in front, if there is one, is in front of."""
    if not data.startswith(b"ID3") or len(data) < 10:
        return data
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return data[10 + size :]


class Books:
    """The books of the project in `root`; what the server saw is a subclass's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cut_by_the_test: set[str] = set()
        """Digests of outputs that the test itself cut: no fault of the program's."""
        self.lost_by_the_test: Counter[str] = Counter()
        """How often the test deleted all copies of a key's audio: bought again, rightly."""

    # What the server saw

    def sent(self) -> list[str]:
        """The names of the requests for songs that reached the server whole, in order."""
        raise NotImplementedError

    def requests(self) -> Counter[str]:
        """Requests for songs that the server took, by the first digits of their keys."""
        raise NotImplementedError

    def _answers(self) -> dict[str, str]:
        """The name of the request that each audio the server made answers, by digest."""
        raise NotImplementedError

    # What there is

    def records(self) -> list[dict[str, Any]]:
        """The ledger's records. A torn last line is left out; other damage raises."""
        path = self.root / ".songbatch/ledger.jsonl"
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
        lines.pop()
        if lines:
            assert lines[0] == b"songbatch-ledger 1", "the ledger's first line is damaged"
        return [_record(number, line) for number, line in enumerate(lines[1:], 2)]

    def manifests(self) -> dict[Path, dict[str, Any]]:
        found = sorted(self.root.glob("outputs/*/*/manifest.json"))
        return {path: json.loads(path.read_bytes()) for path in found}

    def entries(self) -> Iterator[dict[str, Any]]:
        for manifest in self.manifests().values():
            yield from manifest["renders"]

    def outputs(self) -> list[Path]:
        return sorted(self.root.glob("outputs/*/*/[!.]*.mp3"))

    def blobs(self) -> list[Path]:
        return sorted(self.root.glob(".songbatch/store/[0-9a-f][0-9a-f]/[!.]*"))

    def wholes(self) -> list[Path]:
        return sorted(self.root.glob(".songbatch/store/incoming/*.whole"))

    def received(self) -> dict[str, str]:
        """The digest of the audio that the program has received whole, by key."""
        good = self._answers().keys()
        found = {}
        for path in self.wholes():
            if (sha256 := digest(path.read_bytes())) in good:
                found[path.name.partition(".")[0]] = sha256
        answered = (r for r in self.records() if r["event"] == "answered")
        return found | {record["key"]: record["audio_sha256"] for record in answered}

    # What is wrong

    def torn(self) -> list[str]:
        """Files that are neither whole nor known to be unfinished; for the moment after a kill."""
        return [*self._torn_blobs(), *self._torn_outputs(), *self._torn_manifests()]

    def _torn_blobs(self) -> Iterator[str]:
        for path in self.blobs():
            if digest(path.read_bytes()) != path.name:
                yield f"{path} does not have the digest that is its name"

    def _torn_outputs(self) -> Iterator[str]:
        whole = self._answers().keys()
        for path in self.outputs():
            data = path.read_bytes()
            if digest(data) not in self.cut_by_the_test and digest(without_tags(data)) not in whole:
                yield f"{path} is no whole answer"

    def _torn_manifests(self) -> Iterator[str]:
        for path in sorted(self.root.glob("outputs/*/*/manifest.json")):
            try:
                errors = list(validator().iter_errors(json.loads(path.read_bytes())))
            except ValueError as error:
                yield f"{path}: {error}"
            else:
                yield from (f"{path}: {error.message}" for error in errors)

    def untruths(self, without_audio: Collection[str] = ()) -> list[str]:
        """Where manifests say what is not so; for the moment after a run that ended.

        Of the renders that the run said are without audio, the manifest may still record that they
        were paid for.
        """
        return [
            line
            for entry in self.entries()
            if entry["id"] not in without_audio
            for line in self._untruths(entry)
        ]

    def paid(self) -> set[str]:
        """The keys that manifests record as done."""
        return {entry["key"] for entry in self.entries() if entry["status"] == "done"}

    def forgotten(self, paid: Collection[str]) -> list[str]:
        """What the manifests recorded as paid for, still want, and no longer record as that."""
        now = self.paid()
        wanted = {entry["key"] for entry in self.entries()}
        return [f"{key} is not recorded as paid any more" for key in (wanted & set(paid)) - now]

    def _untruths(self, entry: dict[str, Any]) -> Iterator[str]:
        path = self.root / entry["output"]
        if entry["status"] != "done":
            return
        if not path.is_file() or digest(path.read_bytes()) != entry["sha256"]:
            yield f"{entry['output']} is not the file that the manifest says"
        elif digest(without_tags(path.read_bytes())) != entry["audio_sha256"]:
            yield f"{entry['output']} does not hold the audio that the manifest says"

    def leftovers(self) -> list[str]:
        """What a run that ended must have cleared away or completed."""
        cut = [str(path) for path in self.root.rglob("*.part")]
        ignore = self.root / ".songbatch/.gitignore"
        if not ignore.exists() or ignore.read_text("utf-8") != IGNORE:
            cut.append(f"{ignore} does not ignore the folder")
        return cut + [str(path) for path in self.wholes()]

    def breaches(self) -> list[str]:
        """Breaches of the money rule: what was asked for without need, or booked wrongly."""
        records = self.records()
        return [*self._bought_again(records), *self._unbooked(records), *self._misbooked(records)]

    def _bought_again(self, records: list[dict[str, Any]]) -> Iterator[str]:
        answered = Counter(r["key"] for r in records if r["event"] == "answered")
        settled = {
            (r["key"], r["attempt"])
            for r in records
            if r["event"] in {"submitted", "answered", "failed", "unknown"}
        }
        free = Counter(r["key"] for r in records if r["event"] == "failed")
        unknown = Counter(r["key"] for r in records if r["event"] == "unknown")
        for record in records:
            if record["event"] == "asked" and (record["key"], record["attempt"]) not in settled:
                unknown[record["key"]] += 1
        names = {r["key"][:KEY_DIGITS]: r["key"] for r in records if r["event"] == "asked"}
        for key, requests in self.requests().items():
            full = names.get(key, key)
            lost = self.lost_by_the_test[full]
            if requests > 1 + free[full] + unknown[full] + lost:
                yield f"{key} was asked for {requests} times without need"
            if answered[full] > 1 + lost:
                yield f"{key} was answered {answered[full]} times"

    def _unbooked(self, records: list[dict[str, Any]]) -> Iterator[str]:
        asked = {
            f"{r['key'][:KEY_DIGITS]}.{r['attempt']}" for r in records if r["event"] == "asked"
        }
        names = Counter(self.sent())
        for name, times in names.items():
            key, _, attempt = name.split(".")
            if f"{key}.{attempt[1:]}" not in asked:
                yield f"the request {name} left before the ledger said asked"
            if times > 1:
                yield f"the request {name} was sent {times} times"

    def _misbooked(self, records: list[dict[str, Any]]) -> Iterator[str]:
        """Answers that the ledger books for another key than the one that was asked for."""
        answers = self._answers()
        for record in records:
            if record["event"] in {"answered", "adopted"}:
                name = answers.get(record["audio_sha256"], "")
                if not name.startswith(record["key"][:KEY_DIGITS] + "."):
                    yield f"{record['key']} is booked with the answer to {name or 'nothing'}"

    def made(self) -> set[str]:
        """The digests of all audio that the server made."""
        return set(self._answers())


class ContractBooks(Books):
    """The books of the project in `root`, whose requests reach `server`."""

    def __init__(self, root: Path, server: ContractServer) -> None:
        super().__init__(root)
        self.server = server

    def sent(self) -> list[str]:
        return [generation.request_id for generation in self.server.generations]

    def _answers(self) -> dict[str, str]:
        # A copy: its threads may still be answering requests of a run that is dead.
        made = dict(self.server.answers)
        asked = self.server.generations
        return {digest(audio): asked[int(t[-6:]) - 1].request_id for t, audio in made.items()}

    def requests(self) -> Counter[str]:
        return Counter(g.request_id.partition(".")[0] for g in self.server.generations)


def _record(number: int, line: bytes) -> dict[str, Any]:
    crc, _, text = line.partition(b" ")
    assert crc == b"%08x" % zlib.crc32(text), f"line {number} of the ledger is damaged"
    record = json.loads(text)
    assert isinstance(record, dict)
    return record

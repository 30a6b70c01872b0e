"""Books of a project whose songs are made by a paid service, held against the service's own.

Every song and every reference of these projects is to be paid exactly once, whatever happens.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.reliability.books import Books, digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.fal.server import FalServer
    from support.replicate.server import ReplicateServer

ROUNDING = 1e-6
"""US dollars."""


class ServiceBooks(Books):
    """What the service saw and took is a subclass's; jobs have the names that it gives them."""

    def taken(self) -> dict[str, str]:
        """Return what each job was asked for, as text that is equal for equal requests."""
        raise NotImplementedError

    def charged(self) -> dict[str, float]:
        """Return what each job was charged, in US dollars; those that cost nothing are left out."""
        raise NotImplementedError

    def sent(self) -> list[str]:
        return list(self.taken())

    def breaches(self) -> list[str]:
        return [*self._paid_twice(), *self._strange_jobs(), *self._wrong_costs()]

    def lost(self) -> list[str]:
        """Return what was paid, and is neither in a manifest nor an id in the ledger."""
        entries = [entry for entry in self.entries() if entry["status"] == "done"]
        had = {_name(entry["job"]) for entry in entries}
        records = self.records()
        made = {
            (r["key"], r["attempt"]) for r in records if r["event"] == "uploaded" and "key" in r
        }
        for record in records:
            if record["event"] == "submitted" and (record["key"], record["attempt"]) in made:
                had.add(_name(record["job"]))
        return [f"{name} was paid, and nobody has it" for name in self.charged().keys() - had]

    def _paid_twice(self) -> Iterator[str]:
        taken = self.taken()
        for asked, times in Counter(taken[name] for name in self.charged()).items():
            if times > 1:
                yield f"paid {times} times: {asked}"

    def _strange_jobs(self) -> Iterator[str]:
        taken = self.taken()
        for record in self.records():
            if record["event"] == "submitted" and _name(record["job"]) not in taken:
                yield f"the ledger names {record['job']}, and the service has no such job"

    def _wrong_costs(self) -> Iterator[str]:
        charged, seen = self.charged(), set()
        for entry in self.entries():
            if entry["status"] != "done" or entry["job"] in seen:
                continue
            seen.add(entry["job"])
            cost, right = entry["cost_usd"] or 0.0, charged.get(_name(entry["job"]), 0.0)
            if abs(cost - right) > ROUNDING and entry.get("cost_kind") != "planned":
                yield f"{entry['id']} has the cost {cost}, and {right} was charged"

    def _torn_outputs(self) -> Iterator[str]:
        return iter(())

    def _untruths(self, entry: dict[str, Any]) -> Iterator[str]:
        path = self.root / entry["output"]
        if entry["status"] != "done":
            return
        if not path.is_file() or digest(path.read_bytes()) != entry["sha256"]:
            yield f"{entry['output']} is not the file that the manifest says"
        if self._answers().get(entry["master"]["sha256"]) != _name(entry["job"]):
            yield f"the master of {entry['id']} is not what {entry['job']} made"


class FalBooks(ServiceBooks):
    """The books of the project in `root`, whose jobs are done by `server`."""

    def __init__(self, root: Path, server: FalServer) -> None:
        super().__init__(root)
        self.server = server

    def taken(self) -> dict[str, str]:
        return {
            job.request_id: json.dumps([job.endpoint, _without_addresses(job.given)])
            for job in list(self.server.jobs)
        }

    def charged(self) -> dict[str, float]:
        return {charge.request_id: charge.usd for charge in list(self.server.books.charges)}

    def _answers(self) -> dict[str, str]:
        files = list(self.server.storage.files.values())
        return {digest(f.content): f.request_id for f in files if f.request_id and f.content}


class ReplicateBooks(ServiceBooks):
    """The same of a project whose predictions are made by `server`."""

    def __init__(self, root: Path, server: ReplicateServer) -> None:
        super().__init__(root)
        self.server = server

    def taken(self) -> dict[str, str]:
        return {
            each.id: json.dumps([each.model.name, _without_addresses(each.input)])
            for each in list(self.server.predictions)
        }

    def charged(self) -> dict[str, float]:
        charges = list(self.server.books.charges)
        return {charge.prediction_id: charge.usd for charge in charges if charge.usd}

    def _answers(self) -> dict[str, str]:
        made = [each for each in list(self.server.predictions) if each.has_output]
        return {digest(each.song()): each.id for each in made}


def _name(job: str) -> str:
    """Return what the service calls a job that a ledger names."""
    return job.rpartition("/")[2].partition("#")[0]


def _without_addresses(given: Any) -> dict[str, Any]:
    """Return an input without what changes if a file is stored again, or an id made again."""
    return {
        name: value
        for name, value in given.items()
        if not str(value).startswith("http") and not name.endswith("_id")
    }

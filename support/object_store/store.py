"""The server of the S3 protocol that a test holds."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any, Self

import pytest

from support.object_store.books import Books, Request
from support.object_store.moto_process import LOOPBACK, moto_process
from support.object_store.proxy import StoreHttp
from support.object_store.troubles import WRITES, Active, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from support.object_store.subjects import Subject

REGION = "us-east-1"
PREFIX = "team"
"""Below which all names of a store lie in its bucket: a client that leaves it is found out."""


class ObjectStore:
    """A bucket of its own behind a proxy of its own; a context manager.

    Names are those below the store's prefix; keys elsewhere in the bucket begin with a slash.
    `clock_ahead` seconds the server's clock is ahead, in headers and listings; set it at any time.
    """

    def __init__(self) -> None:
        self.bucket = f"songs-{uuid.uuid4().hex[:12]}"
        self.access_key = "AKIATESTTESTTESTTEST"
        self.secret_key = "s3cret/0123456789abcdefghijklmnopqrstuv"
        self.clock_ahead = 0.0
        self.books = Books()
        self.one_at_a_time = threading.Lock()
        self.closing = threading.Event()
        self._ages: dict[str, float] = {}
        self._troubles: list[Active] = []
        self._http = StoreHttp(self)
        self._client = self.client(f"http://{LOOPBACK}:{moto_process().port}")

    def __enter__(self) -> Self:
        self._client.create_bucket(Bucket=self.bucket)
        self._http.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for active in self._troubles:
            active.lift()
        self._http.stop()
        for name in self._keys(""):
            self._client.delete_object(Bucket=self.bucket, Key=name)
        self._client.close()

    @property
    def url(self) -> str:
        """The endpoint."""
        return self._http.url

    @property
    def address(self) -> str:
        """What `--store` takes."""
        return f"s3://{self.bucket}/{PREFIX}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables a client needs."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": REGION,
        }

    def client(self, url: str = "") -> Any:
        """Return boto3's client of the proxy, or of moto if that is `url`; it never asks twice."""
        import boto3  # noqa: PLC0415  (heavy; only for tests of stores)
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            "s3",
            endpoint_url=url or self.url,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(
                retries={"total_max_attempts": 1},
                read_timeout=10,
                s3={"addressing_style": "path"},
                response_checksum_validation="when_required",
            ),
        )

    # What goes wrong

    def trouble(
        self,
        trouble: Trouble,
        methods: str | Collection[str] = (),
        name: str = "*",
        *,
        times: int | None = None,
        after: int = 0,
    ) -> Active:
        """Let requests as `troubles.Active` says go wrong from now on; the last trouble wins."""
        named = {methods} if isinstance(methods, str) else methods
        active = Active(trouble, frozenset(named), name, times, after)
        with self.books.changed:
            self._troubles.insert(0, active)
        return active

    def read_only(self) -> Active:
        """Let nothing be written or deleted, as with credentials that may only read."""
        return self.trouble(Trouble.denied(), WRITES)

    def age(self, name: str, seconds: float) -> None:
        """Let an object be that old by the server's clock, until it is written again."""
        self._ages[name] = seconds

    # What it has: not through the proxy, so it is in no book and has no trouble

    def names(self) -> list[str]:
        """Return all names, sorted."""
        return sorted(self._name(key) for key in self._keys(""))

    def read(self, name: str) -> bytes:
        """Return what stands under a name that there is."""
        with self.one_at_a_time:
            found = self._client.get_object(Bucket=self.bucket, Key=self._key(name))
            content: bytes = found["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        """Put this there, whatever was there."""
        with self.one_at_a_time:
            self._client.put_object(Bucket=self.bucket, Key=self._key(name), Body=content)

    def remove(self, name: str) -> None:
        """Delete what is there."""
        with self.one_at_a_time:
            self._client.delete_object(Bucket=self.bucket, Key=self._key(name))

    # What follows is called by the proxy, in its threads

    def book(
        self, about: Subject, sent_bytes: int, *, is_conditional: bool
    ) -> tuple[list[Request], Active | None]:
        """Book a request; return its entries, and what goes wrong with it."""
        method, names = about.method, [self._name(key) for key in about.keys]
        booked = [Request(method, name, is_conditional, sent_bytes) for name in names]
        with self.books.changed:
            self.books.requests += booked
            active = next((a for a in self._troubles if a.meets(method, names[0])), None)
            if method == "PUT":
                self._ages.pop(names[0], None)
            self.books.changed.notify_all()
        return booked, active

    def carried_out(self, booked: list[Request], effect: int) -> None:
        """Book what the server behind the proxy said."""
        with self.books.changed:
            for request in booked:
                request.effect = effect
            self.books.changed.notify_all()

    def answered(self, booked: list[Request], status: int) -> None:
        """Book what is about to be answered."""
        with self.books.changed:
            for request in booked:
                request.status = status
            self.books.changed.notify_all()

    def ahead(self, key: str) -> float:
        """Return by how many seconds the time of an object is ahead of the machine's clock."""
        return self.clock_ahead - self._ages.get(self._name(key), 0.0)

    def wait_for_the_end_of(self, active: Active) -> None:
        """Return when a trouble is lifted; leaving the `with` block lifts all."""
        active.lifted.wait()

    def _keys(self, prefix: str) -> list[str]:
        with self.one_at_a_time:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            return [each["Key"] for page in pages for each in page.get("Contents", ())]

    @staticmethod
    def _key(name: str) -> str:
        return name[1:] if name.startswith("/") else f"{PREFIX}/{name}"

    @staticmethod
    def _name(key: str) -> str:
        return key.removeprefix(f"{PREFIX}/") if key.startswith(f"{PREFIX}/") else f"/{key}"


@pytest.fixture
def object_store() -> Iterator[ObjectStore]:
    """A server of the S3 protocol with an empty bucket."""
    with ObjectStore() as store:
        yield store

"""A store with an independent client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.object_store.store import PREFIX, ObjectStore, object_store

__all__ = ["object_store"]


class Client:
    """boto3's client of a store, by names below the store's prefix."""

    def __init__(self, store: ObjectStore) -> None:
        self.bucket, self.s3 = store.bucket, store.client()

    def put(self, name: str, content: bytes = b"1", *, if_absent: bool = False) -> None:
        condition = {"IfNoneMatch": "*"} if if_absent else {}
        self.s3.put_object(Bucket=self.bucket, Key=f"{PREFIX}/{name}", Body=content, **condition)

    def get(self, name: str) -> Any:
        return self.s3.get_object(Bucket=self.bucket, Key=f"{PREFIX}/{name}")

    def read(self, name: str) -> bytes:
        content: bytes = self.get(name)["Body"].read()
        return content

    def listed(self, prefix: str = "") -> list[dict[str, Any]]:
        answer = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{PREFIX}/{prefix}")
        found: list[dict[str, Any]] = answer.get("Contents", [])
        return found


@pytest.fixture
def client(object_store: ObjectStore) -> Iterator[Client]:
    """boto3's client of the store."""
    opened = Client(object_store)
    yield opened
    opened.s3.close()

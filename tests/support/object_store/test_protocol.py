"""Without troubles the store is one of the S3 protocol: its objects, conditions and books."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from support.object_store.contents import everything, put_back
from support.object_store.store import PREFIX, ObjectStore
from tests.support.object_store.conftest import Client


def test_what_was_put_is_got_listed_and_deleted(client: Client, object_store: ObjectStore) -> None:
    content = bytes(range(256)) * 5000
    client.put("blobs/ab/x", content)
    client.put("songs/a b/ü", b"")
    assert client.read("blobs/ab/x") == content
    assert [each["Size"] for each in client.listed()] == [len(content), 0]
    assert object_store.names() == ["blobs/ab/x", "songs/a b/ü"]
    head = client.s3.head_object(Bucket=client.bucket, Key=f"{PREFIX}/blobs/ab/x")
    assert head["ContentLength"] == len(content)
    objects = [{"Key": each["Key"]} for each in client.listed()]
    client.s3.delete_objects(Bucket=client.bucket, Delete={"Objects": objects})
    assert client.listed() == []
    with pytest.raises(ClientError, match="NoSuchKey"):
        client.get("blobs/ab/x")
    assert sorted(object_store.books.written()) == sorted(["blobs/ab/x", "songs/a b/ü"] * 2)


def test_of_many_who_put_a_name_if_it_is_absent_one_does(
    client: Client, object_store: ObjectStore
) -> None:
    def put(number: int) -> bool:
        try:
            client.put("claim", b"%d" % number, if_absent=True)
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, does in enumerate(pool.map(put, range(24))) if does]
    assert len(won) == 1
    assert client.read("claim") == b"%d" % won[0]
    assert object_store.books.count("PUT", "claim") == 24
    assert all(request.is_conditional for request in object_store.books.of("PUT"))
    statuses = sorted(request.status for request in object_store.books.of("PUT"))
    assert statuses == [200] + [412] * 23
    assert object_store.books.written() == ["claim"]


def test_the_books_name_methods_and_names(client: Client, object_store: ObjectStore) -> None:
    client.put("a/1")
    client.read("a/1")
    client.listed("a/")
    client.s3.list_objects_v2(Bucket=client.bucket)
    client.s3.delete_object(Bucket=client.bucket, Key="elsewhere")
    booked = [(request.method, request.name) for request in object_store.books.requests]
    assert booked == [
        ("PUT", "a/1"), ("GET", "a/1"), ("LIST", "a/"), ("LIST", "/"), ("DELETE", "/elsewhere"),
    ]  # fmt: skip


def test_other_credentials_get_nowhere(object_store: ObjectStore) -> None:
    object_store.write("a", b"1")
    mine, object_store.access_key = object_store.access_key, "AKIASOMEBODYELSE0000"
    s3 = object_store.client()
    object_store.access_key = mine
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        s3.get_object(Bucket=object_store.bucket, Key=f"{PREFIX}/a")
    s3.close()
    assert object_store.books.requests == []
    assert object_store.books.strangers == 1


def test_a_request_whose_end_never_came_is_none(object_store: ObjectStore) -> None:
    head = (
        f"PUT /{object_store.bucket}/{PREFIX}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={object_store.access_key}/x\r\n\r\nsome of it"
    )
    address = urlsplit(object_store.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert object_store.names() == []
    assert object_store.books.requests == []


def test_stores_share_nothing(client: Client, object_store: ObjectStore) -> None:
    client.put("a")
    with ObjectStore() as other:
        assert other.names() == []
        assert other.address != object_store.address
        other.write("b", b"2")
    assert object_store.names() == ["a"]


def test_contents_are_read_and_written_past_the_books(
    client: Client, object_store: ObjectStore
) -> None:
    object_store.write("a", b"1")
    object_store.write("../b", b"2")
    before = everything(object_store)
    assert before == {"../b": b"2", "a": b"1"}
    client.put("c")
    object_store.write("a", b"3")
    put_back(object_store, before)
    assert everything(object_store) == before
    assert object_store.books.count() == 1

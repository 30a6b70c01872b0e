"""Each trouble of the store is what its name says, for the requests that it is set for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, IncompleteReadError
from botocore.exceptions import ResponseStreamingError as Interrupted

from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.support.object_store.conftest import Client

AUDIO = bytes(range(256)) * 4


def test_the_bad_server_ignores_conditions(client: Client, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.unconditional(), "PUT", "songs/*")
    for content in (b"1", b"2"):
        client.put("songs/claim", content, if_absent=True)
    assert client.read("songs/claim") == b"2"
    client.put("probe/x", if_absent=True)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put("probe/x", if_absent=True)


def test_it_is_busy_for_a_while(client: Client, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.busy(), after=1, times=2)
    client.put("a", b"1")
    for _ in range(2):
        with pytest.raises(ClientError, match="SlowDown") as refused:
            client.put("a", b"2")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert client.read("a") == b"1"


def test_it_may_be_read_and_not_written(client: Client, object_store: ObjectStore) -> None:
    client.put("a", b"1")
    with object_store.read_only():
        for name in ("a", "b"):
            with pytest.raises(ClientError, match="AccessDenied"):
                client.put(name, b"2", if_absent=True)
        with pytest.raises(ClientError, match="AccessDenied"):
            client.s3.delete_object(Bucket=client.bucket, Key="team/a")
        assert client.read("a") == b"1"
    client.put("a", b"2")
    assert object_store.books.written() == ["a", "a"]


def test_it_refuses_everything(client: Client, object_store: ObjectStore) -> None:
    client.put("a")
    object_store.trouble(Trouble.denied())
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get("a")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.listed()


@pytest.mark.parametrize("carried_out", [False, True])
def test_it_hangs_until_that_is_lifted(
    client: Client, object_store: ObjectStore, carried_out: bool
) -> None:
    active = object_store.trouble(Trouble.hanging(carried_out=carried_out), "PUT")
    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(client.put, "a")
        object_store.books.wait_for("PUT", "a")
        object_store.books.wait_until(lambda: carried_out == (object_store.names() == ["a"]))
        assert not put.done()
        active.lift()
        assert isinstance(put.exception(), ConnectionClosedError)
    client.put("a", b"2")
    assert [request.status for request in object_store.books.of("PUT")] == [0, 200]


def test_the_answer_is_lost_and_the_object_there(client: Client, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.lost_after(), "PUT", times=1)
    with pytest.raises(ConnectionClosedError):
        client.put("a", b"1", if_absent=True)
    assert client.read("a") == b"1"
    assert object_store.books.written() == ["a"]


def test_the_request_is_lost(client: Client, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.lost_before(), "PUT", times=1)
    with pytest.raises(ConnectionClosedError):
        client.put("a")
    assert object_store.names() == []
    assert object_store.books.written() == []


def test_a_body_is_damaged(client: Client, object_store: ObjectStore) -> None:
    client.put("blobs/a", AUDIO)
    with object_store.trouble(Trouble.flipped(), "GET", "blobs/*"):
        damaged = client.s3.get_object(Bucket=client.bucket, Key="team/blobs/a", Range="bytes=0-")
        differing = zip(damaged["Body"].read(), AUDIO, strict=True)
        assert sum(one != other for one, other in differing) == 1
    assert client.read("blobs/a") == AUDIO


def test_a_body_is_cut(client: Client, object_store: ObjectStore) -> None:
    client.put("a", AUDIO)
    with (
        object_store.trouble(Trouble.cut_off(0.5)),
        pytest.raises((IncompleteReadError, Interrupted)),
    ):
        client.read("a")
    with object_store.trouble(Trouble.shortened(0.25)):
        shorter = client.s3.get_object(Bucket=client.bucket, Key="team/a", Range="bytes=0-")
        assert shorter["Body"].read() == AUDIO[:256]


def test_a_body_has_no_end(client: Client, object_store: ObjectStore) -> None:
    client.put("a", AUDIO)
    object_store.trouble(Trouble.without_end())
    answer = client.get("a")
    assert answer["ContentLength"] > 2**40
    assert answer["Body"].read(10**6) == bytes(10**6)
    answer["Body"].close()


def test_an_answer_is_no_xml(client: Client, object_store: ObjectStore) -> None:
    object_store.trouble(Trouble.raw(b"sign in first"), "LIST")
    with pytest.raises(ClientError, match="500"):  # as boto3 takes it
        client.listed()
    assert [(request.status, request.effect) for request in object_store.books.of()] == [(200, 0)]


def test_its_clock_is_ahead_and_objects_are_old(client: Client, object_store: ObjectStore) -> None:
    client.put("a")
    client.put("b")
    true = client.get("a")["LastModified"]
    object_store.clock_ahead = 3600.0
    object_store.age("b", 500.0)
    hour = timedelta(hours=1)
    assert client.get("a")["LastModified"] == true + hour
    date = client.get("a")["ResponseMetadata"]["HTTPHeaders"]["date"]
    told = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert told > datetime.now(UTC) + hour / 2
    listed = {each["Key"]: each["LastModified"] for each in client.listed()}
    assert (listed["team/a"] - true) // timedelta(minutes=1) == 60
    assert (listed["team/a"] - listed["team/b"]) // timedelta(seconds=490) == 1
    client.put("b")
    renewed = {each["Key"]: each["LastModified"] for each in client.listed()}
    assert renewed["team/b"] >= renewed["team/a"]


def test_the_last_trouble_wins(client: Client, object_store: ObjectStore) -> None:
    client.put("a")
    object_store.trouble(Trouble.denied())
    with (
        object_store.trouble(Trouble.busy(), "GET"),
        pytest.raises(ClientError, match="SlowDown"),
    ):
        client.get("a")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get("a")

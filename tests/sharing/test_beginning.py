"""Beginning: stores that ignore conditions, refuse, hang or are of another format are found out."""

from __future__ import annotations

import sys

import pytest

from songbatch.diagnostics import SongbatchError, UsageError
from songbatch.sharing import buckets
from songbatch.sharing.address import StoreAddress
from songbatch.sharing.shared_store import SharedStore
from songbatch.sharing.trouble import ReadOnlyStore, StoreTrouble
from support.object_store.contents import Contents, matching
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.sharing.answers import AUDIO, KEY, answered
from tests.sharing.conftest import Opener


def test_what_a_run_leaves(store: Contents, runs: Opener) -> None:
    run = runs(store, project="origin")
    assert [n.split("/")[0] for n in store.names()] == ["beats", "projects", "songbatch-store"]
    assert store.read("songbatch-store") == b"songbatch-store 1\n"
    assert "origin" not in str(store.names())
    run.close()
    assert matching(store, "beats/*") == []


@pytest.mark.parametrize("mark", [b"songbatch-store 2\n", b"", b"x" * 70_000, b"\xff"])
def test_another_format_is_refused(store: Contents, runs: Opener, mark: bytes) -> None:
    store.write("songbatch-store", mark)
    for do in (SharedStore.begin, lambda run: run.look([KEY])):
        with pytest.raises(SongbatchError) as found:
            do(runs(store, begun=False))
        assert found.value.exit_code == 5
    assert store.names() == ["songbatch-store"]


def test_a_server_that_ignores_conditions(bucket: ObjectStore, runs: Opener) -> None:
    bucket.trouble(Trouble.unconditional())
    with pytest.raises(StoreTrouble, match="9 of 9 writers") as found:
        runs(bucket)
    assert (found.value.exit_code, found.value.is_passing) == (5, False)
    assert bucket.names() == ["songbatch-store"]


@pytest.mark.parametrize("after", [4, 8, 12, 17])
def test_one_that_ignores_one_condition(bucket: ObjectStore, runs: Opener, after: int) -> None:
    bucket.trouble(Trouble.unconditional(), "PUT", "probe/*", after=after, times=1)
    with pytest.raises(StoreTrouble, match="2 of 9 writers"):
        runs(bucket)


def test_a_lost_answer_is_no_lack_of_atomicity(bucket: ObjectStore, runs: Opener) -> None:
    bucket.trouble(Trouble.lost_after(), "PUT", "probe/*", times=3)
    runs(bucket)


def test_credentials_that_may_only_read(bucket: ObjectStore, runs: Opener) -> None:
    runs(bucket).publish(answered(), AUDIO)
    with bucket.read_only():
        run = runs(bucket, begun=False)
        with pytest.raises(ReadOnlyStore) as found:
            run.begin()
        assert found.value.exit_code == 3
        assert "--store none" in found.value.fix
        song = run.look([KEY])[KEY]
        assert song.answer is not None
        assert run.fetch(song.answer) == AUDIO


@pytest.mark.parametrize(
    ("trouble", "passes"),
    [
        (Trouble.busy(), True),
        (Trouble.gateway(502, carried_out=False), True),
        (Trouble.lost_before(), True),
        (Trouble.denied(), False),
    ],
    ids=str,
)
def test_servers_in_trouble(
    bucket: ObjectStore, runs: Opener, trouble: Trouble, passes: bool
) -> None:
    bucket.trouble(trouble)
    with pytest.raises(StoreTrouble) as found:
        runs(bucket)
    assert found.value.is_passing is passes
    told = str(found.value) + found.value.fix
    for secret in (bucket.secret_key, bucket.access_key, "Signature", bucket.url):
        assert secret not in told


def test_a_run_that_could_not_begin_may_begin_later(bucket: ObjectStore, runs: Opener) -> None:
    run = runs(bucket, begun=False, lease=0.6)
    with bucket.trouble(Trouble.busy(), "PUT", "probe/*"), pytest.raises(StoreTrouble):
        run.begin()
    assert matching(bucket, "beats/*") == []
    run.begin()
    bucket.books.wait_for("PUT", "beats/*", bucket.books.count("PUT", "beats/*") + 3)


def test_a_server_that_hangs(
    bucket: ObjectStore, runs: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "NOTE_SECONDS", 1)
    bucket.trouble(Trouble.hanging())
    with pytest.raises(StoreTrouble, match="in time") as found:
        runs(bucket)
    assert found.value.is_passing


def test_nobody_is_there(
    bucket: ObjectStore, runs: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    address = StoreAddress.parse(bucket.address)
    run = SharedStore.open(address, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    with pytest.raises(StoreTrouble, match="cannot be reached") as found:
        run.begin()
    assert found.value.is_passing


def test_no_such_bucket(bucket: ObjectStore) -> None:
    run = SharedStore.open(StoreAddress.parse("s3://no-such-bucket/x"), bucket.environment)
    with pytest.raises(StoreTrouble, match="there is no bucket"):
        run.begin()


def test_a_folder_whose_drive_is_not_mounted(folder: FolderStore, runs: Opener) -> None:
    elsewhere = FolderStore(folder.root / "not" / "mounted")
    for do in (SharedStore.begin, lambda run: run.look([KEY])):
        with pytest.raises(StoreTrouble, match="there is no place"):
            do(runs(elsewhere, begun=False))
    assert not folder.root.exists()


@pytest.mark.parametrize(
    ("scheme", "variable", "value"),
    [
        ("s3", "AWS_ENDPOINT_URL", "http://minio.studio:9000"),
        ("s3", "AWS_ENDPOINT_URL_S3", "http://127.0.0.1.evil.example"),
        ("s3", "AWS_ENDPOINT", "ftp://x"),
        ("gs", "GOOGLE_BASE_URL", "http://10.0.0.1"),
        ("az", "AZURE_ENDPOINT", "http://[::2]"),
        ("az", "AZURE_STORAGE_ENDPOINT", "http://[oops"),
    ],
)
def test_plain_http_is_for_this_machine(scheme: str, variable: str, value: str) -> None:
    with pytest.raises(UsageError, match=variable):
        SharedStore.open(StoreAddress.parse(f"{scheme}://studio-songs/x"), {variable: value})


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_opening_asks_nobody(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "studio")
    SharedStore.open(StoreAddress.parse(f"{scheme}://studio-songs/x"), {})


@pytest.mark.parametrize("lease", ["0", "-1", "soon", "inf", "nan", "1e9"])
def test_an_impossible_lease(lease: str) -> None:
    with pytest.raises(UsageError, match="SONGBATCH_LEASE"):
        SharedStore.open(StoreAddress.parse("file:///x"), {"SONGBATCH_LEASE": lease})


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.delitem(sys.modules, "songbatch.sharing.buckets")
    with pytest.raises(UsageError) as found:
        SharedStore.open(StoreAddress.parse("s3://studio-songs/x"), {})
    assert found.value.fix == "pip install 'songbatch[store]'"


@pytest.mark.parametrize("said", ["anna@studio", "Zoë Ünal@host name", "anna", "@", "a" * 200])
def test_names_of_runs(said: str, folder: FolderStore) -> None:
    run = SharedStore.open(StoreAddress.parse(folder.address), {"SONGBATCH_WHO": said})
    run.begin()
    assert matching(folder, "beats/*") == [f"beats/{run.who}"]
    assert run._beats.alive([run.who]) == {run.who}
    other = SharedStore.open(StoreAddress.parse(folder.address), {})
    assert other._beats.alive([run.who]) >= {run.who}
    run.close()

"""Uploads: one machine of an account uploads; nobody without its key chooses what others use."""

from __future__ import annotations

import pytest

from songbatch.model import Purpose, Uploaded
from songbatch.records import UploadKey
from songbatch.sharing import names
from songbatch.sharing.seals import secret_of
from songbatch.sharing.shared_store import SharedStore
from songbatch.sharing.uploads import Busy, UploadClaim
from support.object_store.contents import Contents, matching
from support.object_store.folder import FolderStore
from tests.sharing.conftest import Opener

REFERENCE: UploadKey = ("music-01:a/../b", "ef" * 32, Purpose.VOICE, "")
SECRET = secret_of("sk-0123456789")
IDS = Uploaded("voice-1", None, "trace")
NEWER = Uploaded(None, "i-2", handle="https://service/x?y", until="2027-01-01T00:00:00Z")


def claim(run: SharedStore, refused: Uploaded | None = None) -> UploadClaim | Uploaded | Busy:
    return run.claim_upload(REFERENCE, SECRET, lasts=60, refused=refused)


def ours(found: object) -> UploadClaim:
    assert isinstance(found, UploadClaim), found
    return found


def test_one_uploads_and_the_others_take_its_ids(store: Contents, runs: Opener) -> None:
    one, two = runs(store), runs(store)
    first = ours(claim(one))
    assert isinstance(claim(two), Busy)
    one.tell_upload(first, IDS, SECRET)
    assert claim(two) == IDS
    assert two.uploads([REFERENCE], SECRET) == {REFERENCE: IDS}
    assert two.uploads([REFERENCE], None) == {}
    assert "sk-0123456789" not in str([store.read(name) for name in store.names()])


def test_ids_that_the_service_forgot_are_followed_by_others(store: Contents, runs: Opener) -> None:
    one, two = runs(store), runs(store)
    one.tell_upload(ours(claim(one)), IDS, SECRET)
    second = ours(claim(two, refused=IDS))
    assert second.number == 2
    assert isinstance(claim(one, refused=IDS), Busy)
    two.tell_upload(second, NEWER, SECRET)
    assert claim(one, refused=IDS) == NEWER
    assert one.uploads([REFERENCE], SECRET) == {REFERENCE: NEWER}


def test_an_upload_that_failed_or_died_is_done_by_another(store: Contents, runs: Opener) -> None:
    one, two, three = runs(store), runs(store), runs(store)
    one.end_upload(ours(claim(one)))
    assert ours(claim(two)).number == 2
    two.close()
    assert ours(claim(three)).number == 3


def test_ids_without_the_seal_of_the_account_are_none(folder: FolderStore, runs: Opener) -> None:
    one, stranger = runs(folder), runs(folder)
    stranger.tell_upload(ours(claim(stranger)), IDS, secret_of("another key"))
    assert one.uploads([REFERENCE], SECRET) == {}
    stranger.close()
    assert ours(claim(one)).number == 2


@pytest.mark.parametrize("part", range(4))
def test_ids_of_another_upload_are_none(folder: FolderStore, runs: Opener, part: int) -> None:
    one = runs(folder)
    one.tell_upload(ours(claim(one)), IDS, SECRET)
    other = list(REFERENCE)
    other[part] = ("music-01:c", "01" * 32, Purpose.INSTRUMENTAL, "handle")[part]
    account, reference, purpose, form = other
    key: UploadKey = (account, reference, Purpose(purpose), form)
    (path,) = matching(folder, "uploads/*.ids")
    folder.write(f"{names.upload(key)}/1.ids", folder.read(path))
    assert one.uploads([REFERENCE, key], SECRET) == {REFERENCE: IDS}


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b"[" * 60_000, bytes(70_000)])
def test_odd_ids_are_none(folder: FolderStore, runs: Opener, data: bytes) -> None:
    one = runs(folder)
    one.tell_upload(ours(claim(one)), IDS, SECRET)
    folder.write(f"{names.upload(REFERENCE)}/2.ids", data)
    assert one.uploads([REFERENCE], SECRET) == {REFERENCE: IDS}
    assert claim(runs(folder)) == IDS

"""Files of the simulated service: uploaded in both ways, given to anybody without a key."""

from __future__ import annotations

import pytest
import requests

from support.fal.server import FalServer
from tests.support.fal.account import VOICE, Account

MP3 = {"Content-Type": "audio/mpeg"}


def initiate(account: Account, **headers: str) -> dict[str, str]:
    asked = {"file_name": "my voice.mp3", "content_type": "audio/mpeg"}
    url = f"{account.server.url}/storage/upload/initiate?storage_type=gcs"
    return dict(account.ask("POST", url, json=asked, headers=headers).json())


def test_an_upload_is_announced_then_put_and_is_public(account: Account) -> None:
    urls = initiate(account)
    assert account.file(urls["file_url"]).status_code == 404
    assert account.server.storage.uploads == []
    assert requests.put(urls["upload_url"], VOICE, headers=MP3, timeout=30).status_code == 200
    answer = account.file(urls["file_url"])
    assert (answer.content, answer.headers["Content-Type"]) == (VOICE, "audio/mpeg")
    (file,) = account.server.storage.uploads
    assert (file.name, file.downloads, account.server.books.total) == ("my voice.mp3", 1, 0)


def test_a_signed_address_takes_no_key_no_other_type_and_no_other_signature(
    account: Account,
) -> None:
    url = initiate(account)["upload_url"]
    keyed = requests.put(url, VOICE, headers=MP3 | account.key, timeout=30)
    assert keyed.status_code == 400
    assert len(account.server.leaks) == 1
    account.server.leaks.clear()
    other = requests.put(url, VOICE, headers={"Content-Type": "audio/wav"}, timeout=30)
    forged = requests.put(f"{url}x", VOICE, headers=MP3, timeout=30)
    assert (other.status_code, forged.status_code) == (403, 403)
    assert account.server.storage.uploads == []


def test_a_signed_address_can_overlook_a_key(account: Account) -> None:
    account.server.storage.overlooks_keys = True
    url = initiate(account)["upload_url"]
    assert requests.put(url, VOICE, headers=MP3 | account.key, timeout=30).status_code == 200
    assert account.server.leaks == []


def test_a_file_is_given_to_nobody_who_shows_a_key(account: Account) -> None:
    url = account.make()["audio"]["url"]
    assert requests.get(url, headers=account.key, timeout=30).status_code == 400
    assert account.server.leaks == [url.removeprefix(account.server.url)]
    account.server.leaks.clear()


def test_a_leaked_key_fails_the_test_that_leaked_it() -> None:
    server = FalServer()
    account = Account(server)
    account.ask("GET", account.make()["audio"]["url"])
    with pytest.raises(AssertionError, match="does not belong"):
        server.__exit__(None)


def test_the_second_way_takes_a_token_and_no_key(account: Account) -> None:
    base = account.server.url
    url = f"{base}/storage/auth/token?storage_type=fal-cdn-v3"
    token = account.ask("POST", url, json={}).json()
    assert (token["token_type"], token["base_url"]) == ("Bearer", base)
    allowed = {"Authorization": f"Bearer {token['token']}", "X-Fal-File-Name": "voice.mp3"} | MP3
    answer = requests.post(f"{base}/files/upload", VOICE, headers=allowed, timeout=30)
    assert account.file(answer.json()["access_url"]).content == VOICE
    keyed = requests.post(f"{base}/files/upload", VOICE, headers=account.key, timeout=30)
    assert keyed.status_code == 401
    assert account.server.leaks == ["/files/upload"]
    account.server.leaks.clear()
    account.server.pass_time(3601)
    late = requests.post(f"{base}/files/upload", VOICE, headers=allowed, timeout=30)
    assert late.status_code == 401


def test_files_live_as_long_as_was_asked(account: Account) -> None:
    lifecycle = '{"expiration_duration_seconds": 3600}'
    urls = initiate(account, **{"X-Fal-Object-Lifecycle-Preference": lifecycle})
    requests.put(urls["upload_url"], VOICE, headers=MP3, timeout=30)
    other = account.make()["audio"]["url"]
    account.server.pass_time(3599)
    assert account.file(urls["file_url"]).status_code == 200
    account.server.pass_time(2)
    assert account.file(urls["file_url"]).status_code == 404
    assert account.file(other).status_code == 200


def test_results_and_uploads_can_be_lost_apart(account: Account) -> None:
    upload, result = account.upload(), account.make()["audio"]["url"]
    account.server.storage.lose(uploads=False)
    assert [account.file(url).status_code for url in (upload, result)] == [200, 404]
    account.server.storage.lose()
    assert account.file(upload).status_code == 404


def test_parts_of_a_file_are_given_rightly_never_or_wrongly(account: Account) -> None:
    url = account.upload()
    part = {"Range": "bytes=100-"}
    right = account.file(url, headers=part)
    assert (right.status_code, right.content) == (206, VOICE[100:])
    assert right.headers["Content-Range"] == f"bytes 100-{len(VOICE) - 1}/{len(VOICE)}"
    assert account.file(url, headers={"Range": "bytes=5-9"}).content == VOICE[5:10]
    beyond = account.file(url, headers={"Range": f"bytes={len(VOICE)}-"})
    assert beyond.status_code == 416
    account.server.storage.ranges = "ignored"
    ignored = account.file(url, headers=part)
    assert (ignored.status_code, ignored.content) == (200, VOICE)
    account.server.storage.ranges = "broken"
    broken = account.file(url, headers=part)
    assert (broken.status_code, broken.content) == (206, VOICE[:-100])


def test_the_head_of_a_file_has_its_size_only(account: Account) -> None:
    answer = requests.head(account.upload(), timeout=30)
    assert (answer.headers["Content-Length"], answer.content) == (str(len(VOICE)), b"")

"""Files of the simulated service: uploaded, named in inputs, expired."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime

import pytest
import requests

from support.contract.audio import tone
from support.replicate.server import ReplicateServer
from support.replicate.troubles import Mishap
from tests.support.replicate.asking import Asker

REFERENCE = tone("mp3", 20.0, 220.0)
COVER = "minimax/music-cover"


def test_an_upload_is_described(asker: Asker, server: ReplicateServer) -> None:
    answer = asker.upload(REFERENCE, "night drive.mp3", metadata=json.dumps({"take": 1}))
    file = answer.json()
    assert answer.status_code == 201
    assert file["size"] == len(REFERENCE)
    assert file["checksums"]["sha256"] == hashlib.sha256(REFERENCE).hexdigest()
    assert (file["content_type"], file["metadata"]) == ("audio/mpeg", {"take": 1})
    assert file["urls"] == {"get": f"{asker.base}/files/{file['id']}"}
    kept = [datetime.fromisoformat(file[f"{name}_at"]) for name in ("created", "expires")]
    assert (kept[1] - kept[0]).total_seconds() == pytest.approx(24 * 3600, abs=0.01)
    assert asker.ask("GET", file["urls"]["get"]).json() == file
    (upload,) = server.files.uploads
    assert (upload.file.name, upload.content) == ("night drive.mp3", REFERENCE)
    assert "authorization" in upload.headers


def test_files_are_listed_and_deleted(asker: Asker) -> None:
    first, second = (asker.upload(REFERENCE).json() for _ in range(2))
    assert first["id"] != second["id"]
    page = asker.ask("GET", "/files").json()
    assert page == {"previous": None, "next": None, "results": [second, first]}
    answer = asker.ask("DELETE", f"/files/{first['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert asker.ask("GET", "/files").json()["results"] == [second]
    assert asker.ask("DELETE", f"/files/{first['id']}").status_code == 404


def test_uploads_that_are_not_as_agreed_are_refused(asker: Asker, server: ReplicateServer) -> None:
    assert asker.ask("POST", "/files", files={"file": ("a.mp3", b"a")}).status_code == 422
    assert asker.upload(b"a", f"{252 * 'a'}.mp3").status_code == 422
    assert asker.upload(b"a", f"{251 * 'a'}.mp3").status_code == 201
    assert asker.upload(b"a", metadata="{").status_code == 422
    assert asker.ask("POST", "/files", json={"content": "a"}).status_code == 422
    assert asker.ask("POST", "/files", data=b"a").status_code == 400
    server.files.max_bytes = 1
    assert asker.upload(b"ab").status_code == 413
    assert len(server.files.uploads) == 1


def test_a_file_expires(asker: Asker, server: ReplicateServer) -> None:
    server.files.kept = 1800.0
    url = asker.upload(REFERENCE).json()["urls"]["get"]
    assert asker.made({"audio_url": url}, COVER)["status"] == "succeeded"
    server.pass_time(1801)
    assert asker.ask("GET", url).status_code == 404
    assert asker.ask("GET", "/files").json()["results"] == []
    answer = asker.create({"audio_url": url}, COVER)
    assert (answer.status_code, answer.json()["invalid_fields"][0]["field"]) == (
        422, "input.audio_url"
    )  # fmt: skip
    server.lost_files = "run"
    found = asker.made({"audio_url": url}, COVER)
    assert (found["status"], server.charged) == ("failed", 1)
    assert "404" in found["error"]


def test_a_file_may_be_kept_for_ever_or_lost(asker: Asker, server: ReplicateServer) -> None:
    server.files.kept = None
    file = asker.upload(REFERENCE).json()
    assert file["expires_at"] is None
    server.pass_time(10 * 24 * 3600)
    assert asker.ask("GET", file["urls"]["get"]).ok
    server.files.forget()
    assert asker.ask("GET", file["urls"]["get"]).status_code == 404


def test_files_are_known_by_what_is_in_them(asker: Asker, server: ReplicateServer) -> None:
    urls = [asker.upload(REFERENCE).json()["urls"]["get"] for _ in range(2)]
    urls.append(urls[0].replace("/v1/", "/"))
    for url in urls:
        asker.made({"song_file": url, "lyrics": "Over the harbour"}, "minimax/music-01")
    seen = [p.made_with.references["song_file"] for p in server.predictions]
    assert len(set(seen)) == 1
    assert (seen[0].source, seen[0].content) == ("upload", REFERENCE)
    assert seen[0].seconds == pytest.approx(20.0, abs=0.1)
    other = "https://example.com/night.mp3"
    asker.made({"song_file": other}, "minimax/music-01")
    assert server.predictions[-1].made_with.references["song_file"].source == "address"


def test_a_file_can_stand_in_the_address_itself(asker: Asker, server: ReplicateServer) -> None:
    data = base64.b64encode(REFERENCE).decode()
    asker.made({"audio_url": f"data:audio/mpeg;base64,{data}"}, COVER)
    reference = server.predictions[0].made_with.references["audio_url"]
    assert (reference.source, reference.content) == ("data", REFERENCE)


def test_an_upload_can_be_lost_before_or_after_it_is_taken(
    asker: Asker, server: ReplicateServer
) -> None:
    server.script("upload", [Mishap.lost_before(), Mishap.lost_after(), Mishap.http(500)])
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            asker.upload(REFERENCE)
    assert asker.upload(REFERENCE).status_code == 500
    assert len(server.files.uploads) == 1

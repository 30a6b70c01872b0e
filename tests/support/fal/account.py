"""Somebody with a key, who asks the server over HTTP as the contract says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from support.fal import sound
from support.fal.server import FalServer

SONG: dict[str, Any] = {"lyrics": "[verse]\nOver the harbour", "prompt": "dreamy synth pop"}
MUSIC = "minimax/music-3"
MUREKA = "mureka/api/generate/song"
UPLOAD = "mureka/api/files/upload"
CLONE = "mureka/api/voice/clone"
ACE_STEP = "fal-ai/ace-step-1.5"
OLD = "fal-ai/minimax-music"
VOICE = sound.song("mp3", 20.0, "a voice")


class Account:
    def __init__(self, server: FalServer) -> None:
        self.server = server
        self.key = {"Authorization": f"Key {server.key}"}

    def ask(self, method: str, url: str, **options: Any) -> requests.Response:
        headers = self.key | options.pop("headers", {})
        return requests.request(method, url, headers=headers, timeout=30, **options)

    def send(self, endpoint: str = MUSIC, **given: Any) -> requests.Response:
        """Submit a song, or with other fields whatever else; None leaves one out."""
        takes_songs = endpoint in {MUSIC, ACE_STEP}
        whole = {n: v for n, v in ((SONG if takes_songs else {}) | given).items() if v is not None}
        return self.ask("POST", f"{self.server.queue_url}/{endpoint}", json=whole)

    def submit(self, endpoint: str = MUSIC, **given: Any) -> dict[str, Any]:
        answer = self.send(endpoint, **given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def status(self, job: Mapping[str, str]) -> dict[str, Any]:
        return dict(self.ask("GET", job["status_url"]).json())

    def result(self, job: Mapping[str, str]) -> requests.Response:
        return self.ask("GET", job["response_url"])

    def make(self, endpoint: str = MUSIC, **given: Any) -> dict[str, Any]:
        answer = self.result(self.submit(endpoint, **given))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def problems(self, endpoint: str = MUSIC, **given: Any) -> set[tuple[str, str]]:
        """Submit what is refused; return field and type of every complaint."""
        answer = self.result(self.submit(endpoint, **given))
        assert answer.status_code == 422
        return {(entry["loc"][-1], entry["type"]) for entry in answer.json()["detail"]}

    def song(self, endpoint: str = MUSIC, **given: Any) -> bytes:
        return self.file(self.make(endpoint, **given)["audio"]["url"]).content

    def file(self, url: str, **options: Any) -> requests.Response:
        return requests.get(url, timeout=30, **options)

    def upload(self, content: bytes = VOICE, content_type: str = "audio/mpeg") -> str:
        """Upload a file in the first way; return its address."""
        asked = {"file_name": "reference.mp3", "content_type": content_type}
        url = f"{self.server.upload_url}/storage/upload/initiate?storage_type=gcs"
        urls = self.ask("POST", url, json=asked).json()
        put = requests.put(
            urls["upload_url"], content, headers={"Content-Type": content_type}, timeout=30
        )
        assert put.status_code == 200
        return str(urls["file_url"])

    def listing(self, endpoint: str = MUSIC, **query: Any) -> dict[str, Any]:
        url = f"{self.server.platform_url}/v1/models/requests/by-endpoint"
        answer = self.ask("GET", url, params={"endpoint_id": endpoint} | query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

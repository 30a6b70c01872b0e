"""What the tests of the server ask it over HTTP."""

from __future__ import annotations

from typing import Any

import requests

from support.replicate.server import ReplicateServer

KEY = "r8_secret"
ACE = "fishaudio/ace-step-1.5"
PINNED = "74e3a7d383b18815e277de5223f5fe9d53d38832de15aa567fe729fa129d0d85"
SONG = {"prompt": "warm indie folk", "lyrics": "[Verse]\nOver the harbour", "duration": 5}
SEEDED = SONG | {"seed": 41}


class Asker:
    """A client of a server that can do little more than HTTP."""

    def __init__(self, server: ReplicateServer) -> None:
        self.server = server
        self.base = f"{server.url}/v1"

    def ask(self, method: str, path: str, key: str = KEY, **more: Any) -> requests.Response:
        """Ask the API, at an address or at a path below the base."""
        url = path if path.startswith("http") else self.base + path
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {key}"} if key else {})
        return requests.request(
            method, url, headers=headers, timeout=30, allow_redirects=False, **more
        )

    def create(self, given: Any = SONG, version: str = PINNED, **more: Any) -> requests.Response:
        body = {"version": version, "input": given}
        return self.ask("POST", "/predictions", json=body, **more)

    def made(self, given: Any = SONG, version: str = PINNED) -> dict[str, Any]:
        """Return a prediction that has ended."""
        answer = self.create(given, version)
        assert answer.status_code == 201, answer.text
        return self.ended(answer.json()["id"])

    def get(self, prediction_id: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/predictions/{prediction_id}")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, dict)
        return found

    def ended(self, prediction_id: str) -> dict[str, Any]:
        """Look at a prediction until it has ended."""
        for _ in range(20):
            found = self.get(prediction_id)
            if found["status"] not in {"starting", "processing"}:
                return found
        raise AssertionError(found)

    def listed(self, **query: str) -> list[str]:
        """Return the names of all predictions that are listed, over all pages."""
        names: list[str] = []
        answer = self.ask("GET", "/predictions", params=query)
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            names += [entry["id"] for entry in page["results"]]
            if page["next"] is None:
                return names
            answer = self.ask("GET", page["next"])

    def download(self, url: str, **headers: str) -> requests.Response:
        return self.ask("GET", url, key="", headers=headers)

    def upload(
        self, content: bytes, name: str = "song.mp3", kind: str = "audio/mpeg", **data: str
    ) -> requests.Response:
        return self.ask("POST", "/files", files={"content": (name, content, kind)}, data=data)

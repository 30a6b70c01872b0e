"""The same requests as somebody would write them in an hour, to compare with.

    python -m bench.scale.clients requests|streamed|kept SONGS JOBS FOLDER

`requests`: a session a thread, the answer as JSON, its audio from hexadecimal, a file. `streamed`:
http.client, hexadecimal decoded piece by piece into the file. Neither checks, retries, syncs,
remembers or tags anything. `kept`: `streamed`, and with each song the bare acts that songbatch
promises: it is hashed and synced, then written once more behind a tag, hashed and synced again.
"""

from __future__ import annotations

import binascii
import hashlib
import http.client
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/v2/generate/audio/minimax/generate"
ADDRESS = os.environ["AIMLAPI_BASE_URL"]
BODY = {"model": "music-01", "lyrics": "la " * 100, "refer_voice": "v", "audio_setting": {}}
TAG = bytes(1400)
"""As many as songbatch's tags have, about."""
LOCAL = threading.local()


def by_requests(target: Path) -> None:
    """Ask for a song and write it."""
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
    answer = LOCAL.session.post(ADDRESS + PATH, json=BODY, timeout=60).json()
    target.write_bytes(bytes.fromhex(answer["data"]["audio"]))


def by_streaming(target: Path) -> None:
    """Ask for a song and write it as it comes."""
    with target.open("wb") as file:
        stream(file.write)


def by_keeping(target: Path) -> None:
    """Ask for a song, and have it twice: as it came, and behind a tag."""
    received, digest = target.with_suffix(".received"), hashlib.sha256()
    with received.open("wb") as file:

        def keep(audio: bytes) -> None:
            file.write(audio)
            digest.update(audio)

        stream(keep)
        file.flush()
        os.fsync(file.fileno())
    stored = received.rename(target.with_name(digest.hexdigest()))
    audio = stored.read_bytes()
    hashlib.sha256(TAG).update(audio)
    with target.with_suffix(".part").open("wb") as file:
        file.writelines([TAG, audio])
        file.flush()
        os.fsync(file.fileno())
    target.with_suffix(".part").rename(target)


def stream(write: Callable[[bytes], object]) -> None:
    """Ask for a song and hand on its audio as it comes."""
    connection = http.client.HTTPConnection(urlsplit(ADDRESS).netloc, timeout=60)
    connection.request("POST", PATH, json.dumps(BODY), {"Content-Type": "application/json"})
    response = connection.getresponse()
    piece = response.read1(65536)
    piece = piece[piece.index(b'"audio":"') + 9 :]
    left = b""
    while piece:
        end = piece.find(b'"')
        digits = left + (piece if end < 0 else piece[:end])
        even = len(digits) // 2 * 2
        write(binascii.unhexlify(digits[:even]))
        left, piece = digits[even:], b"" if end >= 0 else response.read1(262144)
    response.read()
    connection.close()


if __name__ == "__main__":
    ask = {"requests": by_requests, "streamed": by_streaming, "kept": by_keeping}[sys.argv[1]]
    folder = Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(int(sys.argv[3])) as pool:
        list(pool.map(ask, (folder / f"{number}.mp3" for number in range(int(sys.argv[2])))))

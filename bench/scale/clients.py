"""The same requests as somebody would write them in an hour, to compare with.

    python -m bench.scale.clients requests|streamed SONGS JOBS FOLDER

`requests`: a session a thread, the answer as JSON, its audio from hexadecimal, a file. `streamed`:
http.client, hexadecimal decoded piece by piece into the file. Neither checks, retries, syncs,
remembers or tags anything.
"""

from __future__ import annotations

import binascii
import http.client
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import requests

PATH = "/v2/generate/audio/minimax/generate"
ADDRESS = os.environ["AIMLAPI_BASE_URL"]
BODY = {"model": "music-01", "lyrics": "la " * 100, "refer_voice": "v", "audio_setting": {}}
LOCAL = threading.local()


def by_requests(target: Path) -> None:
    """Ask for a song and write it."""
    if not hasattr(LOCAL, "session"):
        LOCAL.session = requests.Session()
    answer = LOCAL.session.post(ADDRESS + PATH, json=BODY, timeout=60).json()
    target.write_bytes(bytes.fromhex(answer["data"]["audio"]))


def by_streaming(target: Path) -> None:
    """Ask for a song and write it as it comes."""
    connection = http.client.HTTPConnection(urlsplit(ADDRESS).netloc, timeout=60)
    connection.request("POST", PATH, json.dumps(BODY), {"Content-Type": "application/json"})
    response = connection.getresponse()
    piece = response.read1(65536)
    piece = piece[piece.index(b'"audio":"') + 9 :]
    with target.open("wb") as file:
        left = b""
        while piece:
            end = piece.find(b'"')
            digits = left + (piece if end < 0 else piece[:end])
            even = len(digits) // 2 * 2
            file.write(binascii.unhexlify(digits[:even]))
            left, piece = digits[even:], b"" if end >= 0 else response.read1(262144)
        response.read()
    connection.close()


if __name__ == "__main__":
    ask = {"requests": by_requests, "streamed": by_streaming}[sys.argv[1]]
    folder = Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(int(sys.argv[3])) as pool:
        list(pool.map(ask, (folder / f"{number}.mp3" for number in range(int(sys.argv[2])))))

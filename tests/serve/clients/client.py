"""A song the way the hosted service's guide shows it: upload, generate, write the file.

Nothing of the project is in here: `requests` and the published contract. Usage:
BASE_URL=… API_KEY=… python client.py reference.mp3 song.mp3
"""

import os
import sys

import requests

BASE_URL = os.environ["BASE_URL"]
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
LYRICS = "##Lamps along the river glow,\n\nslow boats carry us below.##"


def upload(path: str) -> dict[str, str]:
    with open(path, "rb") as reference:
        answer = requests.post(
            f"{BASE_URL}/v2/generate/audio/minimax/upload",
            headers=AUTHORIZATION,
            files={"file": (os.path.basename(path), reference, "audio/mpeg")},
            data={"purpose": "song"},
        )
    answer.raise_for_status()
    ids: dict[str, str] = answer.json()
    return ids


def generate(voice_id: str, instrumental_id: str) -> bytes:
    answer = requests.post(
        f"{BASE_URL}/v2/generate/audio/minimax/generate",
        headers=AUTHORIZATION,
        json={
            "refer_voice": voice_id,
            "refer_instrumental": instrumental_id,
            "lyrics": LYRICS,
            "model": "music-01",
        },
    )
    answer.raise_for_status()
    return bytes.fromhex(answer.json()["data"]["audio"])


if __name__ == "__main__":
    uploaded = upload(sys.argv[1])
    song = generate(uploaded["voice_id"], uploaded["instrumental_id"])
    with open(sys.argv[2], "wb") as file:
        file.write(song)

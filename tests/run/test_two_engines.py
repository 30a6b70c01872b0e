"""The sketch engine in this process and behind `songbatch serve`: the same bytes."""

from __future__ import annotations

import re
import signal

from support.kit import Project

SPEC = """\
version: 1
references:
  river: {file: river.mp3, purpose: song}
songs:
  takes: {reference: river, lyrics: Down by the river we sing., takes: 2}
  hummed:
    voice: river
    lyrics: Down by the river we hum.
    audio: {format: wav, sample_rate: 24000}
  played: {instrumental: river, lyrics: Nobody sings., audio: {format: pcm, sample_rate: 16000}}
"""


def test_the_same_song_either_way(project: Project) -> None:
    project.reference("specs/river.mp3").write("specs/demo.yaml", SPEC)
    server = project.start("serve", "--port", "0")
    try:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert address
        hosted = {"AIMLAPI_BASE_URL": address[0], "AIMLAPI_KEY": "any"}
        served = project.run("render", "--engine", "music-01", env=hosted)
        assert served.status == 0, served
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert project.run("render").status == 0
    behind = project.entries("demo", "music-01")
    inside = project.entries("demo", "sketch")
    assert {i: e["audio_sha256"] for i, e in behind.items()} == {
        i: e["audio_sha256"] for i, e in inside.items()
    }
    assert len({e["audio_sha256"] for e in inside.values()}) == 4
    assert project.run("verify").status == 0

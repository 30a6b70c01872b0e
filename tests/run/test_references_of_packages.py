"""References on their way to engines of other packages, whichever way these take them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.packages import install

if TYPE_CHECKING:
    from pathlib import Path

    from support.kit import Project

HALL = """
import io, json, wave
from songbatch.engines.plugin import *

api = 1
name = "hall"


def traits(settings):
    rule = ReferenceRule(HandedOver(settings.settings["takes"]), "what it is", Range(1, 600))
    return Traits(
        grammar=Grammar.SECTIONS,
        lyrics=TextRule(1000),
        takes=frozenset(),
        ignores={},
        references=dict.fromkeys(Purpose, rule),
        needs_reference=True,
        song=Range(1, 60),
        master=AudioFormat.WAV,
        has_jobs=settings.settings["jobs"],
    )


def identity(settings):
    return EngineIdentity("hall", model="plain", sound="1")


def open(context):
    return Hall(context)


class Hall(OwnEngine):
    def upload(self, audio, audio_format, purpose, request_id):
        return Uploaded(voice_id=f"v-{purpose}", instrumental_id=f"i-{purpose}")

    def sung(self, request, sink):
        with io.open(self.context.environment["HALL_LOG"], "a") as log:
            purposes = [file.purpose.value for file in request.files]
            ids = [request.voice_id, request.instrumental_id]
            log.write(json.dumps([request.lyrics, ids, purposes]) + "\\n")
        with wave.open(sink, "wb") as song:
            song.setparams((2, 2, 48000, 0, "NONE", ""))
            song.writeframes(bytes(48000 * 4 * 3))

    def generate(self, request, sink):
        whole = io.BytesIO()
        self.sung(request, whole)
        sink.write(whole.getvalue())
        return Answer()

    def submit(self, request):
        self.song = io.BytesIO()
        self.sung(request, self.song)
        return Job(request.request_id, poll_after=0.0)

    def poll(self, jobs):
        return {job.id: Ready({}) for job in jobs}

    def collect(self, job, ready, sink):
        sink.write(self.song.getvalue())
        return Answer()
"""
SPEC = """\
version: 1
engine: hall
references:
  whole: {file: r.mp3, purpose: song}
  voice: {file: r.mp3, purpose: voice}
songs:
  first: {reference: whole, lyrics: First.}
  second: {voice: voice, lyrics: Second.}
"""


@pytest.mark.parametrize("has_jobs", [False, True], ids=["calls", "jobs"])
@pytest.mark.parametrize(
    ("takes", "first", "second"),
    [
        ("ids", [["v-song", "i-song"], []], [["v-voice", None], []]),
        ("bytes", [[None, None], ["song"]], [[None, None], ["voice"]]),
    ],
)
def test_each_song_follows_its_own(
    project: Project, tmp_path: Path, takes: str, first: object, second: object, has_jobs: bool
) -> None:
    site = install(
        tmp_path / "site", "hall", "1.0", {"hall": HALL}, "[songbatch.engines]\nhall = hall\n"
    )
    log = tmp_path / "log"
    project.environment |= {"PYTHONPATH": str(site), "HALL_LOG": str(log)}
    settings = json.dumps({"takes": takes, "jobs": has_jobs})
    project.write("songbatch.yaml", f"version: 1\nengines: {{hall: {{settings: {settings}}}}}\n")
    project.write("specs/demo.yaml", SPEC).reference("specs/r.mp3")
    result = project.run("render", "--no-measure", "--jobs", "1")
    assert result.status == 0, result
    sent = {lyrics: rest for lyrics, *rest in map(json.loads, log.read_text().splitlines())}
    assert sent == {"First.": first, "Second.": second}

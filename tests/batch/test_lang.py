"""The language of the lyrics: part of a sketch's key, and of nothing else."""

from __future__ import annotations

import json

from support.contract.server import ContractServer
from support.kit import Project

SPEC = """\
version: 1
engine: sketch
references:
  river: {file: river.mp3, purpose: song}
songs:
  one: {reference: river, lyrics: Die Nacht ist hell., lang: de}
  two: {reference: river, lyrics: Die Nacht ist hell.}
"""


def test_a_sketch_is_another_song_in_another_language(project: Project) -> None:
    project.write("specs/demo.yaml", SPEC).reference("specs/river.mp3")
    assert project.run("render").status == 0
    entries = project.entries("demo", "sketch")
    assert entries["demo/one/1"]["lang"] == "de"
    assert "lang" not in entries["demo/two/1"]
    assert entries["demo/one/1"]["key"] != entries["demo/two/1"]["key"]
    schema = json.loads(project.run("schema", "manifest").stdout)
    assert "lang" in schema["$defs"]["render"]["properties"]
    project.replace("specs/demo.yaml", "lang: de", "lang: en")
    explained = project.run("plan", "--explain", "demo/one/1")
    assert "lang" in explained.stdout, explained
    assert "1 to render" in project.run("plan").stdout
    project.replace("specs/demo.yaml", "lang: en", "lang: de")
    assert "Nothing to do" in project.run("render").stdout


def test_the_hosted_engine_is_told_no_language(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.write("specs/demo.yaml", SPEC.replace("sketch", "music-01"))
    hosted.reference("specs/river.mp3")
    assert hosted.run("render").status == 0
    # Equal requests: one answer serves both songs.
    assert len(contract_server.generations) == 1
    assert "lang" not in hosted.entries("demo")["demo/one/1"]

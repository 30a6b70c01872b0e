"""What `songbatch check` says of specs for the models of services, by their rows."""

from __future__ import annotations

import json

import pytest

from songbatch.engines.catalog import Engines
from songbatch.engines.job_service.request_body import song_request
from songbatch.engines.job_service.traits import set_by_keys
from songbatch.model import AudioFormat, Purpose, ReferenceForm
from songbatch.traits import SONG_KEYS, HandedOver, Range, Traits
from support.kit import Project
from tests.engines.job_service.samples import EVERY_ROW, asking, row

EVERYWHERE = """\
version: 1
references:
  night: {file: references/night.mp3, purpose: song}
defaults: {style: "dream pop", duration: 90, bpm: 92, lang: en}
songs:
  harbour:
    reference: night
    takes: 2
    seed: 7
    lyrics: |
      [Verse]
      Over the harbour the lamps go out
      [Chorus]
      Come home, come home
    options: {acestep: {inference_steps: 12}, fal: {temperature: 2}}
  quiet: {reference: night, strength: 0.5, scale: A minor, lyrics: la}
"""
LEAVE = "  fix: leave it for other engines, or remove it\n\n"


def traits(name: str) -> Traits:
    return Engines()[name].traits


@pytest.fixture
def everywhere(project: Project) -> Project:
    return project.reference("specs/references/night.mp3", seconds=40).write(
        "specs/everywhere.yaml", EVERYWHERE
    )


def checked(project: Project, engine: str) -> tuple[int, str]:
    """Return what `check` says, without the lines of the spec."""
    result = project.run("check", "--engine", engine)
    lines = result.stdout.splitlines(keepends=True)
    return result.status, "".join(one for one in lines if not one.startswith("    "))


def ignored(engine: str, place: str, what: str) -> str:
    return (
        f"specs/everywhere.yaml:{place}: warning[engine.ignores]: the engine ignores this: "
        f"{engine} ignores {what}\n{LEAVE}"
    )


def test_check_for_music_3(everywhere: Project) -> None:
    name = "fal/music-3"
    assert checked(everywhere, name) == (
        0,
        ignored(name, "7:16", "references: it has no place for one (3 renders)")
        + ignored(name, "16:39", "`strength`: it takes no reference")
        + "1 spec, 3 renders: 0 errors, 2 warnings\n",
    )


def test_check_for_mureka(everywhere: Project) -> None:
    name = "fal/mureka-9"
    beside = "it goes by the reference alone where there is one, as far as anybody knows"
    assert checked(everywhere, name) == (
        0,
        ignored(name, "4:19", f"`style` beside a reference: {beside} (3 renders)")
        + ignored(name, "4:42", "`duration`: it decides itself how long a song is (3 renders)")
        + ignored(name, "4:51", f"`bpm` beside a reference: {beside} (3 renders)")
        + ignored(name, "9:11", "`seed`: takes vary, and not by a seed (2 renders)")
        + ignored(name, "16:39", "`strength`: it has no such setting")
        + ignored(name, "16:51", f"`scale` beside a reference: {beside}")
        + "1 spec, 3 renders: 0 errors, 6 warnings\n",
    )


def test_what_is_left_out_beside_a_reference_is_in_no_key(everywhere: Project) -> None:
    def keys() -> set[str]:
        plan = everywhere.run("plan", "--engine", "fal/mureka-9", "--json")
        (engine,) = json.loads(plan.stdout)["engines"]
        return {render["key"] for render in engine["renders"]}

    before = keys()
    everywhere.replace("specs/everywhere.yaml", "dream pop", "folk").replace(
        "specs/everywhere.yaml", "bpm: 92", "bpm: 80"
    )
    assert keys() == before


@pytest.mark.parametrize(
    ("song", "engine", "code", "words"),
    [
        ("{lyrics: la}", "fal/music-3", "engine.needs", "fal/music-3 needs a `style`"),
        ("{style: pop}", "fal/music-3", "lyrics.missing", "a song without lyrics"),
        ("{style: pop, vocals: none}", "fal/mureka-9", "engine.cannot", "it always sings"),
        (
            "{style: pop, lyrics: la, duration: 400}",
            "fal/music-3",
            "engine.range",
            "`duration` 400: fal/music-3 takes 1 to 300",
        ),
        ("{lyrics: la}", "replicate/music-01", "reference.missing", "a song without a reference"),
        (
            "{lyrics: la, reference: band}",
            "fal/mureka-9",
            "engine.cannot",
            "it takes references of purpose song or voice only",
        ),
        (
            "{lyrics: la, reference: singer}",
            "replicate/minimax-cover",
            "engine.cannot",
            "it takes references of purpose song only",
        ),
        (
            "{lyrics: la, reference: song, follow: song}",
            "fal/mureka-9.5",
            "engine.cannot",
            "it follows how a reference sounds, and keeps no tune",
        ),
        (
            "{lyrics: la, voice: song, instrumental: other}",
            "fal/mureka-9",
            "engine.cannot",
            "a request has one place for both",
        ),
        (
            "{lyrics: la, style: x, options: {fal: {prompt: y}}}",
            "fal/music-3",
            "engine.cannot",
            "fal/music-3 sets `prompt` itself",
        ),
        (
            "{lyrics: la, style: x, options: {fal: {model: mureka-8}}}",
            "fal/mureka-9",
            "engine.cannot",
            "fal/mureka-9 sets `model` itself",
        ),
        (
            "{lyrics: la, style: x, options: {fal: {num_outputs: 2}}}",
            "fal/ace-step-1.5",
            "engine.range",
            "takes a whole number from 1 to 1",
        ),
    ],
)
def test_what_would_be_another_song_is_an_error(
    project: Project, song: str, engine: str, code: str, words: str
) -> None:
    named = ("song", "other", "singer", "band")
    purposes = dict(zip(named, ("song", "song", "voice", "instrumental"), strict=True))
    references = "".join(
        f"  {name}: {{file: references/{name}.mp3, purpose: {purposes[name]}}}\n" for name in named
    )
    for number, name in enumerate(named):
        project.reference(f"specs/references/{name}.mp3", hz=220 + 40 * number, seconds=20)
    project.write(
        "specs/demo.yaml", f"version: 1\nreferences:\n{references}songs:\n  one: {song}\n"
    )
    status, said = checked(project, engine)
    assert status == 2
    assert f"error[{code}]" in said
    assert words in said


def test_a_reference_that_is_too_short_for_a_voice(project: Project) -> None:
    project.reference("specs/references/v.mp3", seconds=12).write(
        "specs/demo.yaml",
        "version: 1\nreferences: {v: {file: references/v.mp3, purpose: voice}}\n"
        "songs: {a: {lyrics: la, voice: v}}\n",
    )
    status, said = checked(project, "fal/mureka-9")
    assert status == 2
    assert "error[engine.reference-form]: the reference is too short" in said
    assert "longer than 15 s" in said


def test_how_mureka_gets_references() -> None:
    found = traits("fal/mureka-9").references
    song, voice = found[Purpose.SONG], found[Purpose.VOICE]
    assert {rule.handed_over for rule in found.values()} == {HandedOver.MADE}
    assert (song.usd, voice.usd) == (0.01, 5.0)
    assert song.is_public
    made = ReferenceForm(format=AudioFormat.MP3, sample_rate=44100, bitrate=192000, most_seconds=30)
    assert song.form == voice.form == made
    assert (song.seconds, voice.seconds) == (Range(1, 3600), Range(15, 3600))
    assert song.stored_as == "mureka:reference@mp330.0v1"
    assert voice.stored_as == "mureka:voice@mp330.0v1"


def test_how_replicate_gets_references() -> None:
    found = traits("replicate/music-01").references
    assert set(found) == set(Purpose)
    for rule in found.values():
        assert (rule.handed_over, rule.form, rule.usd) == (HandedOver.LINK, None, 0)
        assert rule.stored_as == "url"
        assert not rule.is_public
    assert traits("replicate/minimax-cover").needs_reference


@pytest.mark.parametrize(("service", "name"), EVERY_ROW)
def test_no_option_can_say_what_a_key_says(service: str, name: str) -> None:
    found = traits(f"{service}/{name}")
    model = row(name, service)
    assert set(set_by_keys(model)) <= found.options
    free = {"model"} if "model" in found.options else set()
    assert not set(model.sends.constants) - free & found.options
    handles = dict.fromkeys(found.references, "x")
    body = song_request(asking(bpm=90, scale="C major", meter="4/4", handles=handles), model)[1]
    assert body.keys() <= found.options | model.sends.constants.keys()


@pytest.mark.parametrize(("service", "name"), EVERY_ROW)
def test_every_key_of_a_song_is_taken_or_has_a_reason(service: str, name: str) -> None:
    found = traits(f"{service}/{name}")
    silent = {"vocals", "lang"}
    assert set(SONG_KEYS) - found.takes - set(found.ignores) <= silent
    assert not found.takes & found.ignores.keys()
    assert found.has_jobs
    assert found.finds_lost
    assert found.master in {AudioFormat.MP3, AudioFormat.WAV}
    assert found.length_is_needed is ("duration" in found.takes)


def test_an_instrumental_alone_may_be_referenced_where_nobody_sings(project: Project) -> None:
    project.reference("specs/references/b.mp3", seconds=20).write(
        "specs/demo.yaml",
        "version: 1\nreferences: {b: {file: references/b.mp3, purpose: instrumental}}\n"
        "songs: {a: {lyrics: la, instrumental: b, vocals: none}}\n",
    )
    assert checked(project, "replicate/music-01")[0] == 0

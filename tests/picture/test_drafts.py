"""Pictures of drafts: what their score has stands there, where it sounds."""

from __future__ import annotations

import itertools
import re
import shutil

import pytest

import songbatch
from songbatch.digest import sha256
from songbatch.engines.base import Generation
from songbatch.engines.sketch.analysis.names import chord_name
from songbatch.engines.sketch.compose.score import Score
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.plan.decide import upload_key
from songbatch.traits import HOSTED_CONTRACT
from support.kit import Project
from support.references import band, song, voice
from tests.picture.shapes import NAMESPACE, Picture, Shape, drawn

SPEC = """\
version: 1
references:
  choir: {file: voice.wav, purpose: voice}
  four: {file: band.wav, purpose: instrumental}
  all: {file: song.wav, purpose: song}
songs:
  window:
    voice: choir
    instrumental: four
    lyrics: |
      ##[Verse]
      I left the window open late
      a letter for the neighbourhood

      [Chorus]
      carry me over the water
      carry me home##
  alone:
    voice: choir
    lyrics: |
      Hush now, the river is slow,

      2nd & last, it knows where to go.
      <b>Ørsted</b> שלום ]]> Donaudampfschifffahrtsgesellschaft
    audio: {format: wav, sample_rate: 24000}
  played:
    reference: all
    lyrics: "##Down by the river we sing,\\nmorning is all that we bring.##"
    audio: {format: pcm, sample_rate: 16000}
  nobody:
    instrumental: four
    vocals: none
    meter: 6/8
    bpm: 80
"""
SUNG = ["window", "alone", "played"]
NEAR = 0.0051
"""Seconds: a picture says times to the hundredth."""


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("drafts"))
    project.write("specs/demo.yaml", SPEC)
    project.write("specs/voice.wav", voice((50.0, 52.0, 55.0, 52.0)))
    project.write("specs/band.wav", band(100.0, 7, drums=True))
    project.write("specs/song.wav", song(100.0, pitches=(50.0, 52.0, 55.0, 52.0), seconds=20.0))
    result = project.run("render")
    assert result.status == 0, result
    return project


@pytest.fixture(scope="module")
def pictures(drafts: Project) -> dict[str, Picture]:
    """The pictures of all songs, drawn once."""
    return {name: drawn(drafts, f"demo/{name}/1", f"{name}.svg") for name in (*SUNG, "nobody")}


def score_of(project: Project, name: str) -> Score:
    """Return the score of the request that was sent for a song."""
    loaded = songbatch.load(project.root)
    (render,) = (r for r in loaded.renders if r.id == f"demo/{name}/1")
    uploads = loaded.session.ledger_state().uploads
    uses = (render.inputs.voice, render.inputs.instrumental)
    rules = HOSTED_CONTRACT.references
    sent = [uploads[upload_key("local", use, rules)] if use else None for use in uses]
    request = Generation.of(
        render.inputs,
        sent[0].voice_id if sent[0] else None,
        sent[1].instrumental_id if sent[1] else None,
        "x",
    )
    engine = SketchEngine(loaded.session.workspace.state.below("sketch"))
    return engine.compose(request).score


def assert_times(shapes: list[Shape], expected: list[tuple[str, float, float]]) -> None:
    assert [shape.text for shape in shapes] == [name for name, _, _ in expected]
    for shape, (_, start, end) in zip(shapes, expected, strict=True):
        assert shape.start == pytest.approx(start, abs=NEAR)
        assert shape.end == pytest.approx(end, abs=NEAR)


@pytest.mark.parametrize("name", SUNG)
def test_words_stand_where_they_are_sung(
    drafts: Project, pictures: dict[str, Picture], name: str
) -> None:
    picture, score = pictures[name], score_of(drafts, name)
    words = [(n.syllable.text, n.start, n.start) for n in score.notes if n.syllable.text]
    assert_times(picture.words(), words)
    assert f"Words: {' '.join(word for word, _, _ in words)}." in picture.description
    assert_on_a_scale([(shape.start, shape.x, row(shape.y)) for shape in picture.words()])


def row(y: float) -> float:
    """Return the lower of the two lanes of a stave for either."""
    return round(y / 40)


def assert_on_a_scale(points: list[tuple[float, float, float]]) -> None:
    """Check that times are at equal distances for equal seconds, in every stave."""
    steps = [
        (t2 - t1, x2 - x1)
        for (t1, x1, row1), (t2, x2, row2) in itertools.pairwise(points)
        if row1 == row2 and x2 > x1
    ]
    scale = sum(across for _, across in steps) / sum(seconds for seconds, _ in steps)
    assert len(steps) >= 4
    assert 60 < scale < 200
    for seconds, across in steps:
        assert across == pytest.approx(scale * seconds, abs=2.5)  # times are told to 10 ms


def test_numbers_are_shown_as_they_are_sung(pictures: dict[str, Picture]) -> None:
    words = [shape.text for shape in pictures["alone"].words()]
    assert words[6:9] == ["second", "and", "last"]


@pytest.mark.parametrize("name", [*SUNG, "nobody"])
def test_chords_and_notes_stand_where_they_sound(
    drafts: Project, pictures: dict[str, Picture], name: str
) -> None:
    picture, score = pictures[name], score_of(drafts, name)
    at, chords = 0, []
    for chord, group in itertools.groupby(score.chords):
        first, at = at, at + len(list(group))
        end = score.origin + at * score.chord_span
        end = score.seconds if at == len(score.chords) else end
        chords.append((chord_name(chord), score.origin + first * score.chord_span, end))
    shown = picture.boxes("chord")
    assert_times(list({(s.text, s.start): s for s in shown}.values()), chords)
    sung = {(round(note.start, 2), round(note.end, 2)) for note in score.notes}
    assert {(s.start, s.end) for s in picture.boxes("sung")} == sung
    played = {(round(note.start, 2), round(note.end, 2)) for note in score.hook}
    assert {(s.start, s.end) for s in picture.boxes("played")} == played
    if name == "played":
        assert played


def test_higher_notes_stand_higher(drafts: Project, pictures: dict[str, Picture]) -> None:
    picture, score = pictures["window"], score_of(drafts, "window")
    first = [s for s in picture.boxes("sung") if row(s.y) == row(picture.boxes("sung")[0].y)]
    pitches = {round(note.start, 2): note.pitch for note in score.notes}
    for one, other in itertools.combinations(first, 2):
        higher = pitches[one.start] - pitches[other.start]
        assert (one.y < other.y) == (higher > 0)
        assert abs((other.y - one.y) / 6 - higher) < 0.1


def test_sections_are_named(drafts: Project, pictures: dict[str, Picture]) -> None:
    picture, score = pictures["window"], score_of(drafts, "window")
    named = [*picture.boxes("odd"), *picture.boxes("even")]
    assert [s.text for s in sorted(named, key=lambda s: s.start)] == [
        "Intro", "Verse", "Chorus", "Outro"
    ]  # fmt: skip
    for section, part in zip(sorted(named, key=lambda s: s.start), score.parts, strict=True):
        start = score.origin + part.first * score.chord_span
        assert section.start == pytest.approx(start, abs=NEAR)
    assert {"Intro", "Verse", "Chorus", "Outro"} <= set(picture.texts)


def test_a_metre_is_the_one_that_was_asked_for(pictures: dict[str, Picture]) -> None:
    told = " ".join(pictures["nobody"].texts)
    assert "80 bpm" in told
    assert "6/8" in told
    assert "4/4" in " ".join(pictures["window"].texts)


def test_words_of_any_script_are_text_and_nothing_else(pictures: dict[str, Picture]) -> None:
    picture = pictures["alone"]
    assert picture.elements == {"svg", "desc", "style", "rect", "text", "title", "path"}
    assert [shape.text for shape in picture.words()][-5:] == [
        "b", "Ørsted", "b", "שלום", "Donaudampfschifffahrtsgesellschaft"
    ]  # fmt: skip


def test_a_picture_says_where_it_is_from(pictures: dict[str, Picture]) -> None:
    told = " ".join(pictures["window"].texts)
    assert "Measured in the audio: waveform" in told
    assert "Computed from the song's request" in told
    assert "reference four" in told
    assert "rights in that recording" in told
    assert "G major" in told
    assert "100 bpm" in told
    assert " LUFS" in told


def test_equal_songs_are_equal_pictures(drafts: Project, pictures: dict[str, Picture]) -> None:
    shutil.copyfile(drafts.root / "outputs/demo/sketch/window.mp3", drafts.root / "copy.mp3")
    drawn(drafts, "outputs/demo/sketch/window.mp3", "other.svg")
    drawn(drafts, "copy.mp3", "copied.svg")
    shutil.move(drafts.root / ".songbatch/sketch", drafts.root / "kept")
    try:
        drawn(drafts, "window", "without.svg")
    finally:
        shutil.move(drafts.root / "kept", drafts.root / ".songbatch/sketch")
    names = ("window", "other", "copied", "without")
    assert len({(drafts.root / f"{name}.svg").read_bytes() for name in names}) == 1


def test_a_song_of_an_earlier_version_has_a_waveform_and_no_score(
    drafts: Project, pictures: dict[str, Picture]
) -> None:
    manifest = "outputs/demo/sketch/manifest.json"
    assert waves(pictures["window"]) != waves(pictures["alone"])
    text = (drafts.root / manifest).read_text("utf-8")
    try:
        drafts.write(manifest, text.replace('"sound": "', '"sound": "0'))
        earlier = drawn(drafts, "demo/window/1")
    finally:
        drafts.write(manifest, text)
    assert waves(earlier) == waves(pictures["window"])
    assert earlier.boxes("sung") == []
    assert "Not known: sections, chords, melody." in earlier.description
    assert "earlier version of sketch" in earlier.description


def test_a_score_is_not_believed_of_another_request_or_other_audio(drafts: Project) -> None:
    manifest, output = "outputs/demo/sketch/manifest.json", "outputs/demo/sketch/window.mp3"
    text, audio = (drafts.root / manifest).read_text("utf-8"), (drafts.root / output).read_bytes()
    other = (drafts.root / "outputs/demo/sketch/alone.wav").read_bytes()
    try:
        drafts.write(manifest, text.replace("left the window", "shut the window"))
        edited = drawn(drafts, "demo/window/1")
        drafts.write(output, other)
        drafts.write(manifest, text.replace(sha256(audio), sha256(other)))
        swapped = drawn(drafts, "demo/window/1")
    finally:
        drafts.write(manifest, text).write(output, audio)
    assert edited.words() == swapped.words() == []
    assert "Its manifest has been edited" in edited.description
    assert "Its engine would write another song today" in swapped.description


def waves(picture: Picture) -> list[str]:
    """Return the heights of a waveform's strokes."""
    nodes = picture.root.iter(f"{NAMESPACE}path")
    strokes = [node.get("d", "") for node in nodes if node.get("class") in {"peak", "mean"}]
    return re.findall(r"v([\d.]+)", "".join(strokes))


def test_without_its_references_a_score_is_not_known(drafts: Project) -> None:
    hidden = drafts.root / "specs/voice.wav"
    audio = hidden.read_bytes()
    try:
        hidden.unlink()
        picture = drawn(drafts, "demo/window/1")
    finally:
        hidden.write_bytes(audio)
    assert picture.boxes("sung") == []
    assert "references, which are not at hand" in picture.description


def test_an_analysis_can_be_had_beside_a_picture(drafts: Project) -> None:
    result = drafts.run("analyze", "demo/window/1", "--picture", "beside.svg", "--json")
    assert '"portrait"' in result.stdout, result
    as_reference = drafts.run(
        "analyze", "demo/window/1", "--picture", "heard.svg", "--purpose", "song"
    )
    assert as_reference.stdout.startswith("tempo "), as_reference
    assert "energy" in Picture((drafts.root / "heard.svg").read_bytes()).texts
    assert drafts.run("analyze", "window").stdout.startswith("tempo ")

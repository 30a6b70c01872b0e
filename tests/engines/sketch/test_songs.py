"""Whole songs through the engine's two methods, judged by measuring what came out."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import miniaudio
import numpy as np
import pytest
from numpy.typing import NDArray

from songbatch.audio.delivery import inspect
from songbatch.engines.base import EngineError, Generation, Verdict
from songbatch.engines.sketch.analysis import features
from songbatch.engines.sketch.dsp import loudness, resample
from songbatch.engines.sketch.engine import SketchEngine
from songbatch.engines.sketch.voice.timing import syllable_spans
from songbatch.files.tree import Tree
from songbatch.model import BITRATES, SAMPLE_RATES, AudioFormat, AudioSetting, Purpose, Uploaded
from support.references import Sink, band, voice

LYRICS = "##Light the lanterns, pull a chair,\n\nthere is room for everyone here.##"
SHORT = "Light the lanterns."
WAV = AudioSetting(AudioFormat.WAV, 44100)
BAND, VOICE = band(100.0, 7, drums=True), voice((60.0, 64.0, 67.0))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SketchEngine:
    return SketchEngine(Tree(tmp_path_factory.mktemp("sketch")))


def upload(engine: SketchEngine) -> tuple[Uploaded, Uploaded]:
    sung = engine.upload(VOICE, AudioFormat.WAV, Purpose.VOICE, "u1")
    played = engine.upload(BAND, AudioFormat.WAV, Purpose.INSTRUMENTAL, "u2")
    return sung, played


def render(
    engine: SketchEngine,
    lyrics: str = SHORT,
    *,
    sung: bool = True,
    played: bool = True,
    audio: AudioSetting = WAV,
    take: int = 1,
) -> bytes:
    a, b = upload(engine)
    request = Generation(
        lyrics,
        a.voice_id if sung else None,
        b.instrumental_id if played else None,
        audio,
        take,
        f"test.t{take}.a1",
    )
    sink = Sink()
    engine.generate(request, sink)
    return bytes(sink)


def samples(wav: bytes) -> NDArray[np.float32]:
    """Return frames × 2 at 44.1 kHz."""
    decoded = miniaudio.decode(wav, miniaudio.SampleFormat.FLOAT32, nchannels=2, sample_rate=44100)
    return np.asarray(decoded.samples, np.float32).reshape(-1, 2)


@pytest.fixture(scope="module")
def song(engine: SketchEngine) -> NDArray[np.float32]:
    return samples(render(engine, LYRICS))


@pytest.fixture(scope="module")
def alone(engine: SketchEngine) -> NDArray[np.float32]:
    return samples(render(engine, LYRICS, played=False))


def level(sound: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.sqrt((sound.astype(np.float64) ** 2).mean()) + 1e-9))


def test_the_song_follows_tempo_and_key_of_its_reference(engine: SketchEngine) -> None:
    again = features.extract(render(engine, LYRICS, sung=False), Purpose.INSTRUMENTAL)
    assert again.rhythm.bpm == pytest.approx(100.0, rel=0.0005)
    assert (again.harmony.tonic, again.harmony.mode) == (7, "major")


def test_no_clipping_and_the_loudness_of_the_reference(song: NDArray[np.float32]) -> None:
    assert np.abs(song).max() <= 10 ** (-1 / 20)
    wanted = np.clip(features.extract(BAND, Purpose.INSTRUMENTAL).tonal_balance.lufs, -18, -14)
    assert loudness(song, 44100) == pytest.approx(wanted, abs=1.5)


def test_peaks_between_the_samples_stay_below_1_db(song: NDArray[np.float32]) -> None:
    for channel in song.T:
        assert np.abs(resample(channel, 44100, 4 * 44100)).max() <= 10 ** (-1 / 20)


def test_notes_are_in_tune(engine: SketchEngine) -> None:
    a, _ = upload(engine)
    request = Generation(LYRICS, a.voice_id, None, WAV, 1, "x")
    sketch = engine.compose(request)
    sound = sketch.vocals()
    assert sound is not None
    notes = [
        (note.pitch, sound[int((span.vowel + 0.07) * 44100) : int((span.stop - 0.03) * 44100)])
        for note, span in zip(sketch.score.notes, syllable_spans(sketch.score.notes), strict=True)
    ]
    assert max(abs(cents(piece, pitch)) for pitch, piece in notes if len(piece) > 4410) < 50


def cents(piece: NDArray[np.float32], pitch: float) -> float:
    """Return how far the period that repeats best within 1.5 semitones is from `pitch`."""
    size = 1 << int(np.ceil(np.log2(2 * len(piece))))
    power = np.abs(np.fft.rfft(piece.astype(np.float64), size)) ** 2
    turns = 2 * np.pi * np.arange(len(power)) / size
    tried = np.arange(-1.5, 1.5, 0.05)
    lags = 44100 / (440 * 2 ** ((pitch + tried - 69) / 12))
    repeats = [(power * np.cos(turns * lag)).sum() / (1 - lag / len(piece)) for lag in lags]
    return float(100 * tried[int(np.argmax(repeats))])


def test_there_is_no_dead_silence_inside_a_song(song: NDArray[np.float32]) -> None:
    blocks = song[: len(song) // 4410 * 4410].reshape(-1, 4410, 2)
    assert min(level(block) for block in blocks[:-6]) > -50


def test_it_is_stereo_and_ends_softly(song: NDArray[np.float32]) -> None:
    assert np.abs(song[:, 0] - song[:, 1]).max() > 0.01
    assert level(song[-2205:]) < level(song) - 30


def test_a_voice_alone_pauses_where_the_lyrics_do(alone: NDArray[np.float32]) -> None:
    blocks = alone[: len(alone) // 4410 * 4410].reshape(-1, 4410, 2)
    levels = np.array([level(block) for block in blocks])
    silent = levels < -60
    runs = "".join("s" if quiet else "x" for quiet in silent).split("x")
    assert max(len(run) for run in runs[1:-1]) >= 3
    assert level(alone[: int(0.1 * 44100)]) < -40


def test_a_voice_alone_sings_near_its_reference(alone: NDArray[np.float32]) -> None:
    spectrum = np.abs(np.fft.rfft(alone[:, 0] * np.hanning(len(alone))))
    hertz = np.fft.rfftfreq(len(alone), 1 / 44100)
    # Middle C to G, and their partials: nothing below the lowest note but noise.
    below = spectrum[(hertz > 30) & (hertz < 200)].max()
    within = spectrum[(hertz > 240) & (hertz < 420)].max()
    assert within > 20 * below


def test_without_a_voice_the_words_do_not_matter(engine: SketchEngine) -> None:
    one = samples(render(engine, "one two three four", sung=False))
    other = samples(render(engine, "ah ee oh oo", sung=False))
    assert len(one) == len(other)
    assert level(one) == pytest.approx(level(other), abs=1.5)
    sung = samples(render(engine, "one two three four"))
    assert np.abs(sung[: 3 * 44100] - one[: 3 * 44100]).max() > 0.1


def test_equal_requests_give_equal_bytes_and_takes_differ(engine: SketchEngine) -> None:
    first, again = render(engine), render(engine)
    assert first == again
    assert len({render(engine, take=take) for take in (1, 2, 3)}) == 3
    assert render(engine, "Other words.") != first


def test_equal_bytes_in_other_processes(tmp_path: Path) -> None:
    digests = set()
    for seed, threads in (("0", "1"), ("7", "2")):
        code = "import tests.engines.sketch.test_songs as t, sys; t.print_digest(sys.argv[1])"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads}
        process = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)],
            cwd=Path(__file__).parents[3],
            env=environment | {"OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(process.stdout)
    assert len(digests) == 1


def print_digest(state: str) -> None:
    """For the test above: what one process renders."""
    mp3 = AudioSetting(AudioFormat.MP3, 44100, 128000)
    Path(state).mkdir()
    print(hashlib.sha256(render(SketchEngine(Tree(state)), audio=mp3)).hexdigest())


def test_two_threads_at_once_get_what_one_gets(engine: SketchEngine) -> None:
    wanted = {take: render(engine, take=take) for take in (1, 2)}
    found: dict[int, bytes] = {}
    threads = [
        threading.Thread(target=lambda take=take: found.update({take: render(engine, take=take)}))
        for take in (1, 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == wanted


@cache
def whole_length(engine: SketchEngine) -> float:
    return inspect(render(engine), WAV).info.seconds


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("audio_format", list(AudioFormat))
def test_every_format_and_rate(engine: SketchEngine, audio_format: AudioFormat, rate: int) -> None:
    for bitrate in BITRATES if audio_format is AudioFormat.MP3 else BITRATES[:1]:
        setting = AudioSetting(audio_format, rate, bitrate)
        info = inspect(render(engine, audio=setting), setting).info
        assert (info.sample_rate, info.channels) == (rate, 2)
        assert info.seconds == pytest.approx(whole_length(engine), abs=0.12)
        if audio_format is AudioFormat.MP3:
            assert info.bitrate == pytest.approx(setting.reachable_bitrate, rel=0.01)


def test_the_same_upload_answers_the_same_ids(engine: SketchEngine) -> None:
    assert upload(engine) == upload(engine)
    song = engine.upload(BAND, AudioFormat.WAV, Purpose.SONG, "u")
    assert song.voice_id
    assert song.instrumental_id
    sung, played = upload(engine)
    assert (sung.instrumental_id, played.voice_id) == (None, None)


@pytest.mark.parametrize(
    ("voice_id", "instrumental_id"),
    [
        ("vocal-voice-" + "0" * 32, None),
        ("../../etc/passwd", None),
        ("", None),
        (None, "vocal-2025010100000000-a0AAAaaa"),
        (None, "vocal-voice-" + hashlib.sha256(VOICE).hexdigest()[:32]),
    ],
)
def test_unknown_ids_ask_for_a_new_upload(
    engine: SketchEngine, voice_id: str | None, instrumental_id: str | None
) -> None:
    upload(engine)
    with pytest.raises(EngineError) as caught:
        engine.generate(Generation("la", voice_id, instrumental_id, WAV, 1, "x"), Sink())
    assert caught.value.verdict is Verdict.REUPLOAD


@pytest.mark.parametrize("damage", ["", "{}", None])
def test_a_lost_or_damaged_portrait_asks_for_a_new_upload(
    tmp_path: Path, damage: str | None
) -> None:
    engine = SketchEngine(Tree(tmp_path))
    ids = engine.upload(VOICE, AudioFormat.WAV, Purpose.VOICE, "u")
    (kept,) = tmp_path.glob("*.json")
    if damage is None:
        kept.unlink()
    else:
        kept.write_text(damage)
    request = Generation("la", ids.voice_id, None, WAV, 1, "x")
    with pytest.raises(EngineError) as caught:
        engine.generate(request, Sink())
    assert caught.value.verdict is Verdict.REUPLOAD
    assert engine.upload(VOICE, AudioFormat.WAV, Purpose.VOICE, "u") == ids
    engine.generate(request, Sink())

"""`songbatch analyze`: what the sketch engine hears in a reference, and pictures of songs."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from songbatch.cli.options import project_option
from songbatch.cli.songs import draw_song, find_audio
from songbatch.cli.suggesting import proposal_json, proposal_lines, wanted_cut
from songbatch.diagnostics import SongbatchError, UsageError, printable
from songbatch.exit_codes import EXIT_INVALID
from songbatch.formatting import count
from songbatch.model import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.sketch.analysis.chorus import CutLength
    from songbatch.engines.sketch.analysis.features import Analysis, Features

PURPOSES = tuple(purpose.value for purpose in Purpose)
BARS_A_LINE = 8
SHADES = ".-+#"
"""From not struck to struck hardest."""

LEVELS = "▁▂▃▄▅▆▇█"
SVG = ".svg"
DEFAULT = Path("-")
"""Stands for a picture's usual place."""


class Unheard(SongbatchError):
    """The file holds nothing that can be analysed."""

    exit_code = EXIT_INVALID


@click.command("analyze")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    default="song",
    show_default=True,
    help="What a spec would use the reference for; `instrumental` looks for no voice.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the analysis as one JSON object.")
@click.option(
    "--picture",
    is_flag=False,
    flag_value=DEFAULT,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="[FILE.svg]",
    help="Draw it as an SVG: a song with its sections, chords and melody over the words, or what "
    "was heard in a reference. Default: beside the song, or FILE.svg in this folder.",
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Propose a part to follow: a chorus on bar lines, as `from` and `to` of a reference.",
)
@click.option(
    "--engine",
    metavar="NAME[/MODEL]",
    help="With --suggest: as long as this engine wants it. Default: some 30 seconds.",
)
@project_option
@click.pass_context
def command(
    context: click.Context,
    *,
    file: Path | None,
    purpose: str,
    as_json: bool,
    picture: Path | None,
    suggest: bool,
    engine: str | None,
    project: Path | None,
) -> None:
    """Show what the sketch engine hears in FILE, any recording: at most its first three minutes.

    Tempo, bars, key, chords, drums, energy, loudness and the voice. Nothing is uploaded or kept.
    FILE may also be a song of the project, by its id or its output; `--picture` then draws the
    song, unless `--purpose` says what it would be as a reference.
    """
    if engine is not None and not suggest:
        raise UsageError("--engine says how long a suggestion shall be", fix="add --suggest")
    word, picture = _named(file, picture)
    is_reference = context.get_parameter_source("purpose") is not ParameterSource.DEFAULT
    audio, song = find_audio(word, project, wants_song=picture is not None and not is_reference)
    if is_reference:
        song = None
    if song is not None and picture is not None:
        said = draw_song(song, audio, None if picture == DEFAULT else picture)
        if not as_json:
            click.echo(printable(said))
            return
    if suggest:
        _suggest(word, audio, wanted_cut(engine, Purpose(purpose), project), as_json=as_json)
        return
    analysis = _studied(word, audio, Purpose(purpose))
    if picture is not None and song is None:
        _draw(analysis, word, picture)
    if as_json:
        from songbatch.engines.sketch.analysis.features import dump  # noqa: PLC0415

        click.echo(dump(analysis.features), nl=False)
        return
    for line in _report(analysis.features, guessed=purpose == Purpose.SONG):
        click.echo(line)


def _named(file: Path | None, picture: Path | None) -> tuple[Path, Path | None]:
    """Return what to look at and where a picture goes: of `--picture WORD`, WORD may be either."""
    if file is not None:
        return file, picture
    if picture is None or picture == DEFAULT or picture.suffix == SVG:
        raise UsageError("no FILE is named", fix="name a recording, or a song by its id")
    return picture, DEFAULT


def _studied(file: Path, audio: bytes, purpose: Purpose) -> Analysis:
    # numpy and the decoder are only loaded when something is analyzed.
    from songbatch.engines.sketch.analysis.features import MAX_SECONDS, analyze  # noqa: PLC0415

    with _heard(file, audio, MAX_SECONDS) as wav:
        return analyze(wav, purpose)


def _suggest(file: Path, audio: bytes, wanted: CutLength, *, as_json: bool) -> None:
    """Print a part of a recording that is worth following."""
    from songbatch.engines.sketch.analysis.chorus import (  # noqa: PLC0415  (loads numpy)
        MAX_SECONDS,
        propose,
    )

    with _heard(file, audio, MAX_SECONDS) as wav:
        found = propose(wav, wanted)
    if found is None:
        raise Unheard(
            f"{file}: no part of whole bars lasts {wanted.least:.0f} to {wanted.most:.0f} s",
            fix="it may be followed as it is: leave from and to out",
        )
    click.echo(proposal_json(found) if as_json else "\n".join(proposal_lines(found)))


@contextmanager
def _heard(file: Path, audio: bytes, most: float) -> Iterator[bytes]:
    """Have a recording as WAV or MP3, and say what is wrong if it cannot be decoded."""
    from songbatch.audio.errors import AudioProblem  # noqa: PLC0415
    from songbatch.audio.recordings import excerpt, recognise  # noqa: PLC0415
    from songbatch.batch.tracks import fix_of  # noqa: PLC0415  (loads the decoder)
    from songbatch.engines.sketch.codec import Undecodable  # noqa: PLC0415

    problem = None
    try:
        audio = excerpt(audio, recognise(audio), None, most)
    except AudioProblem as error:
        problem = error  # what lacks its end, say, may be heard all the same
    try:
        yield audio
    except Undecodable as error:
        if problem is not None:
            raise Unheard(f"{file}: {problem}", fix=fix_of(problem, str(file))) from error
        raise Unheard(
            f"{file}: {error}", fix="give a recording of at least four seconds"
        ) from error


def _draw(analysis: Analysis, file: Path, picture: Path) -> None:
    from songbatch.engines.sketch.analysis.plot import draw  # noqa: PLC0415
    from songbatch.picture.kept import write_picture  # noqa: PLC0415

    facts = " · ".join(line[10:] for line in _report(analysis.features)[:4])
    target = Path(file.name).with_suffix(SVG) if picture == DEFAULT else picture
    write_picture(target, draw(analysis, printable(file.name), facts))


def _report(features: Features, *, guessed: bool = False) -> list[str]:
    """Return the lines; `guessed`: it is not known whether anybody sings."""
    from songbatch.engines.sketch.analysis.names import pitch_class_name  # noqa: PLC0415

    rhythm, harmony, balance = features.rhythm, features.harmony, features.tonal_balance
    beats = rhythm.beats_per_bar
    bars = count(int(features.seconds / (beats * 60 / rhythm.bpm)), "bar")
    cents = round(100 * harmony.tuning)
    tuned = f"{cents:+d} cents" if cents else "concert pitch"
    return [
        _row(
            "tempo", f"{rhythm.bpm:.1f} bpm, {beats}/4, first bar at {rhythm.first_downbeat:.2f} s"
        ),
        _row("length", f"{features.seconds:.1f} s heard, {bars}"),
        _row("key", f"{pitch_class_name(harmony.tonic)} {harmony.mode}, tuning {tuned}"),
        _row("loudness", f"{balance.lufs:.1f} LUFS, brightness {balance.centroid_hz:.0f} Hz"),
        *_chords(features),
        *_energy(features),
        *_drums(features),
        *_voice(features, guessed=guessed),
    ]


def _row(name: str, text: str) -> str:
    return f"{name:<10}{text}"


def _chords(features: Features) -> Iterator[str]:
    from songbatch.engines.sketch.analysis.names import chord_name  # noqa: PLC0415

    harmony, rhythm = features.harmony, features.rhythm
    each = max(1, rhythm.beats_per_bar // harmony.chord_beats)
    names = [chord_name(chord) for chord in harmony.chords]
    bars = [" ".join(dict.fromkeys(names[k : k + each])) for k in range(0, len(names), each)]
    for first in range(0, len(bars), BARS_A_LINE):
        line = "".join(f"| {bar:<8}" for bar in bars[first : first + BARS_A_LINE])
        yield _row("chords" if not first else "", f"{first + 1:>3} {line}|")


def _energy(features: Features) -> Iterator[str]:
    """Yield a column for each bar, and the bars where a part begins that is louder or softer."""
    energy = features.tonal_balance.energy
    top = max(energy) + 1e-9
    columns = "".join(LEVELS[min(7, int(8 * level / top))] for level in energy)
    yield _row("energy", columns)
    turns = [f"{a + 1}" for a in _sections(energy)]
    yield _row("sections", f"begin with bar {', '.join(turns)}")


def _sections(energy: tuple[float, ...]) -> list[int]:
    """Return where the mean energy of four bars differs by a quarter from the four before."""
    starts = [0]
    for bar in range(4, len(energy) - 3):
        before, after = sum(energy[bar - 4 : bar]), sum(energy[bar : bar + 4])
        if abs(after - before) > 0.25 * max(before, after) and bar - starts[-1] >= 4:
            starts.append(bar)
    return starts


def _drums(features: Features) -> Iterator[str]:
    from songbatch.engines.sketch.analysis.names import DRUMS  # noqa: PLC0415

    rhythm = features.rhythm
    if rhythm.drums < 0.2:
        yield _row("drums", "none to speak of")
        return
    for name in DRUMS:
        steps = getattr(rhythm, name)[: 4 * rhythm.beats_per_bar]
        cells = "".join(SHADES[min(3, int(4 * level))] for level in steps)
        yield _row(name, " ".join(cells[k : k + 4] for k in range(0, len(cells), 4)))


def _voice(features: Features, *, guessed: bool) -> Iterator[str]:
    from songbatch.engines.sketch.analysis.names import note_name  # noqa: PLC0415

    voice = features.voice
    if voice is None:
        return
    if not voice.voiced_share:
        yield _row("voice", "none heard")
        return
    low, middle, high = (note_name(n) for n in (voice.low, voice.median, voice.high))
    doubt = ", if anybody sings" if guessed else ""
    sung = f"sung {voice.voiced_share:.0%} of the time{doubt}"
    yield _row("voice", f"{low} to {high}, middle {middle}, {sung}")
    swing = f"{voice.vibrato_rate:.1f} Hz, {100 * voice.vibrato_depth:.0f} cents each way"
    yield _row("vibrato", swing if voice.vibrato_depth > 0.05 else "none to speak of")
    tract = 35000 / (2 * voice.formant_spacing_hz)
    yield _row(
        "timbre",
        f"formants {voice.formant_spacing_hz:.0f} Hz apart (a tract of {tract:.1f} cm), "
        f"tilt {voice.tilt_db_per_octave:.1f} dB an octave, breath {voice.breath_db:.0f} dB",
    )
    edges = [f"{low:.0f} to {high:.0f} Hz" for low, high in (voice.f1_range_hz, voice.f2_range_hz)]
    yield _row("vowels", f"first formant {edges[0]}, second {edges[1]}")

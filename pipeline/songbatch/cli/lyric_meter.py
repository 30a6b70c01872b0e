"""`songbatch lyrics meter`: how long lyrics are, on each engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.cli.options import project_option, several_engines_options, specs_argument
from songbatch.cli.session import print_diagnostics
from songbatch.diagnostics import InvalidSpecs, UsageError, has_errors, sort_key
from songbatch.exit_codes import EXIT_DONE
from songbatch.layout import output_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.engines.catalog import Engines
    from songbatch.lyrics.meter import CountSyllables
    from songbatch.model import UnresolvedRender, Value
    from songbatch.outputs.meter import SongMeter
    from songbatch.records import Manifest
    from songbatch.run.session import Session

_WORDS = re.compile(r"\w")


class _Named(msgspec.Struct, frozen=True):
    """A render by its names."""

    id: str
    output: str
    values: Mapping[str, Value]


@click.command("meter")
@specs_argument
@project_option
@several_engines_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def meter(
    specs: tuple[str, ...],
    project: Path | None,
    engines: tuple[str, ...],
    overrides: Mapping[str, str],
    *,
    as_json: bool,
) -> int:
    """Show syllables, estimated seconds and limits of lyrics, and where to cut them.

    Of every SPEC, song or id (default: all of the project), for its engine and for those that have
    made songs of the spec, or for each --engine. Seconds go by the songs that an engine made in
    this project, if there are enough. Sends nothing.
    """
    from songbatch.run.session import Session  # noqa: PLC0415  (tidy needs no project)

    found = _measured(Session.open(project), specs, engines, overrides)
    if not found:
        raise UsageError("nothing is sung here", fix="name songs with lyrics")
    if as_json:
        from songbatch.cli.views.meter_json import meter_json  # noqa: PLC0415

        click.echo(meter_json(found))
    else:
        from songbatch.cli.views.meter_text import meter_text  # noqa: PLC0415

        click.echo(meter_text(found))
    return EXIT_DONE


def _measured(
    session: Session,
    specs: Sequence[str],
    wanted: Sequence[str],
    overrides: Mapping[str, str],
) -> list[SongMeter]:
    from songbatch.batch.lyrics_alone import read_lyrics  # noqa: PLC0415
    from songbatch.batch.project_files import demand_engine, load_engines  # noqa: PLC0415
    from songbatch.outputs.manifests import recorded_manifests  # noqa: PLC0415
    from songbatch.outputs.meter import PastSongs, measure  # noqa: PLC0415

    workspace = session.workspace
    engines, wrong = load_engines(workspace)
    for name in wanted:
        demand_engine(name, engines)
    asked = workspace.asked(specs)
    read = read_lyrics(workspace, asked.files, engines, next(iter(wanted), None), overrides)
    diagnostics = sorted([*wrong, *read.diagnostics], key=sort_key)
    if has_errors(diagnostics):
        print_diagnostics(diagnostics)
        raise InvalidSpecs(diagnostics)
    renders = _meant(read.renders, [*asked.only, *asked.unknown], engines)
    by_engine: dict[str, list[Manifest]] = {}
    made: dict[str, set[str]] = {}
    recorded = recorded_manifests(workspace)
    for (spec, engine), manifest in recorded.items():
        if engine in engines:
            by_engine.setdefault(engine, []).append(manifest)
            made.setdefault(spec, set()).add(engine)
    past = PastSongs(by_engine, counting)
    shown = {render.id: _engines(render, engines, wanted, made) for render in renders}
    entries = {each: [engines[name] for name in names] for each, names in shown.items()}
    return measure(renders, entries, past, counting)


def _engines(
    render: UnresolvedRender,
    engines: Engines,
    wanted: Sequence[str],
    made: Mapping[str, set[str]],
) -> list[str]:
    """Return the engines to estimate for: those wanted, or its own and those that sang the spec."""
    if wanted:
        return list(dict.fromkeys(wanted))
    own = engines.for_spec(render.engine, None).name
    return [own, *sorted(made.get(render.spec, set()) - {own})]


def _meant(
    renders: Sequence[UnresolvedRender], words: Sequence[str], engines: Engines
) -> list[UnresolvedRender]:
    """Return the renders that words mean. Raises UsageError for a word that means none."""
    from songbatch.plan.selection import matching, near_name  # noqa: PLC0415

    if not words:
        return list(renders)
    ids: set[str] = set()
    named = [_named(one, engines) for one in renders]
    for word in words:
        found = matching(word, named)
        if not found:
            fix = near_name(word, named) or "songbatch plan lists the ids"
            raise UsageError(f"no song is called {word!r}", fix=fix)
        ids |= found
    return [render for render in renders if render.id in ids]


def _named(render: UnresolvedRender, engines: Engines) -> _Named:
    folder = output_folder(render.spec, engines.for_spec(render.engine, None).name)
    return _Named(render.id, f"{folder}/{render.output}.{render.audio.format}", render.variant)


def counting(lyrics: str, lang: str | None) -> CountSyllables:
    """Return what counts the syllables of a line, in the language that lyrics are sung in."""
    from songbatch.engines.sketch.phonetics.language import detect_language  # noqa: PLC0415
    from songbatch.engines.sketch.phonetics.lyrics import read  # noqa: PLC0415

    spoken = lang or detect_language(lyrics)

    def count(line: str) -> int:
        if not _WORDS.search(line):
            return 0
        return sum(map(len, read(line, spoken).lines))

    return count

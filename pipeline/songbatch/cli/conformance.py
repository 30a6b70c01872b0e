"""`songbatch conformance`: whether an engine keeps what every engine promises, for its author."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from songbatch.batch.project_files import demand_engine
from songbatch.cli.options import project_option
from songbatch.cli.paths import ExistingPath
from songbatch.cli.session import print_diagnostics, project_engines
from songbatch.diagnostics import Refused, printable_json
from songbatch.engines.catalog import Engines
from songbatch.engines.entry import EngineContext
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.files.named import read_named
from songbatch.files.tree import Tree
from songbatch.formatting import count, money
from songbatch.model import EngineSettings
from songbatch.prices import Amount

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.conformance.suite import PromiseResult
    from songbatch.engines.entry import EngineEntry

MAX_REFERENCE_BYTES = 64 * 2**20
_COLOURS = {"passed": "green", "failed": "red", "not applicable": "bright_black"}


@click.command("conformance")
@click.argument("name", metavar="NAME[/MODEL]")
@project_option
@click.option("--url", help="Where its server is, over what songbatch.yaml says.")
@click.option(
    "--reference",
    type=ExistingPath(dir_okay=False),
    help="A WAV or MP3 file to follow. Default: chords and a beat of 20 s.",
)
@click.option("--yes", is_flag=True, help="Spend what the songs cost.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--traceback",
    "is_traced",
    is_flag=True,
    help="Print where in the engine's code a check failed.",
)
def command(
    *,
    name: str,
    project: Path | None,
    url: str | None,
    reference: Path | None,
    yes: bool,
    as_json: bool,
    is_traced: bool,
) -> int:
    """Try an engine for real: open it as a run would, ask it for a dozen short songs and more.

    NAME is that of an engine, of a section of songbatch.yaml, or of a package's. Exit code 1 if a
    promise is not kept.
    """
    from songbatch.conformance.bench import EngineBench  # noqa: PLC0415
    from songbatch.conformance.suite import try_all  # noqa: PLC0415
    from songbatch.run.consent import user_settings  # noqa: PLC0415

    _, engines = project_engines(project)
    entry = _entry(name, engines, url)
    by_user = dict(user_settings(print_diagnostics).engines)
    if url is not None:
        # Who types an address lets it have the key.
        section = name.partition("/")[0]
        mine = by_user.get(section, EngineSettings())
        by_user[section] = replace(mine, url=url, key_env=entry.settings.key_env)
    _demand_consent(entry, yes=yes)
    data = _reference(reference)
    results: list[PromiseResult] = []
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="songbatch-conformance-"))
        context = EngineContext(Tree(folder), os.environ, by_user)
        bench = stack.enter_context(contextlib.closing(EngineBench(entry, context, reference=data)))
        for result in try_all(bench):
            results.append(result)
            if not as_json:
                _print(result, is_traced=is_traced)
    counts = Counter(result.outcome for result in results)
    if as_json:
        click.echo(printable_json(_as_json(entry, results, counts, is_traced=is_traced)))
    else:
        click.echo(f"\n{entry.name}: {', '.join(f'{n} {kind}' for kind, n in counts.items())}")
    return EXIT_FAILED if counts["failed"] else EXIT_DONE  # type: ignore[index]


def _entry(name: str, engines: Engines, url: str | None) -> EngineEntry:
    section = name.partition("/")[0]
    if url is not None:
        said = engines.settings.get(section, EngineSettings())
        engines = Engines({**engines.settings, section: replace(said, url=url)})
    demand_engine(name, engines)
    return engines[name]


def _demand_consent(entry: EngineEntry, *, yes: bool) -> None:
    """Raise Refused where the songs cost something and nobody has said that they may."""
    from songbatch.conformance.suite import songs_asked  # noqa: PLC0415

    tariff = entry.tariff()
    if tariff.is_free or yes:
        return
    many = songs_asked(entry.traits)
    usd = tariff.price(Amount(entry.traits.song.most)).counted
    raise Refused(
        f"{entry.name} costs something: {count(many, 'song')} for about {money(many * usd)}",
        fix="pass --yes",
    )


def _reference(path: Path | None) -> bytes | None:
    if path is None:
        return None
    return read_named(path, fix="name a WAV or MP3 file", limit=MAX_REFERENCE_BYTES)


def _print(result: PromiseResult, *, is_traced: bool) -> None:
    outcome = click.style(f"{result.outcome:<14}", fg=_COLOURS[result.outcome])
    said = {
        "passed": f"{result.promise} ({result.why})" if result.why else result.promise,
        "failed": f"{result.promise}: {result.why}",
    }
    click.echo(f"{outcome}  {result.name:<15} {said.get(result.outcome, result.why)}")
    if is_traced and result.traceback:
        click.echo(result.traceback, err=True)


def _as_json(
    entry: EngineEntry,
    results: list[PromiseResult],
    counts: Mapping[Any, int],
    *,
    is_traced: bool,
) -> dict[str, Any]:
    return {
        "engine": entry.identity.as_named(),
        "passed": counts["passed"],
        "failed": counts["failed"],
        "not_applicable": counts["not applicable"],
        "checks": [
            {
                "name": result.name,
                "promise": result.promise,
                "outcome": result.outcome,
                "why": result.why,
                **({"traceback": result.traceback} if is_traced and result.traceback else {}),
            }
            for result in results
        ],
    }

"""Options and arguments that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import normalize

import click

from songbatch.cli.numbers import Finite
from songbatch.cli.pasting import name_project
from songbatch.cli.paths import ExistingPath
from songbatch.cli.typed import typed

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.cli.views.choice import Formats

Command = TypeVar("Command", bound=Callable[..., Any])


def project_option(command: Command) -> Command:
    """Add `--project DIR`, which may also stand before the command."""
    return click.option(
        "--project",
        type=ExistingPath(file_okay=False),
        callback=_named,
        help="The song project. Default: the nearest folder, here or above, that has specs/.",
    )(command)


def _named(context: click.Context, _option: click.Parameter, value: Path | None) -> Path | None:
    named: Path | None = value or context.obj
    name_project(named)
    return named


def specs_argument(command: Command) -> Command:
    """Add `[SPEC]...`."""
    return click.argument("specs", nargs=-1, metavar="[SPEC]...")(command)


_ENGINE = "Overrides the engine that a spec names; songbatch engines lists them."


def engine_options(command: Command) -> Command:
    """Add `--engine` and `--set`: what decides how specs expand."""
    engine = click.option("--engine", metavar="NAME[/MODEL]", help=_ENGINE)
    return engine(_overrides_option(command))


def profile_option(command: Command) -> Command:
    """Add `--profile`: what songbatch.yaml or a spec says under that name lies over all songs."""
    return click.option(
        "--profile",
        metavar="NAME",
        help="A profile of songbatch.yaml or of the spec: its engine, takes and the like win over "
        "those of songs.",
    )(command)


def takes_option(command: Command) -> Command:
    """Add `--takes`."""
    return click.option(
        "--takes",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Takes of every variant in this run, whatever specs and profiles say.",
    )(command)


def several_engines_options(command: Command) -> Command:
    """Add `--engine`, of which the command gets all as `engines`, and `--set`."""
    engines = click.option(
        "--engine",
        "engines",
        multiple=True,
        metavar="NAME[/MODEL]",
        help=f"{_ENGINE} Several are compared.",
    )
    return engines(_overrides_option(command))


def _overrides_option(command: Command) -> Command:
    overrides = click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_parse_overrides,
        help="A variable for every template; overrides vars, but not matrix or rows.",
    )
    return overrides(command)


def selection_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add `--select` and `--exclude`. The command gets both as `selection`."""

    @functools.wraps(command)
    def with_selection(*, select: tuple[str, ...], exclude: tuple[str, ...], **others: Any) -> int:
        from songbatch.plan.selection import Selection  # noqa: PLC0415  (few commands plan)

        return command(selection=Selection(select, exclude), **others)

    select = click.option(
        "--select",
        multiple=True,
        metavar="GLOB",
        help="Only renders whose id matches, such as 'birthday', 'ana' or '*/happy*', or that are "
        "picked, failed, changed, changed:REV or label:NAME. Repeatable.",
    )
    exclude = click.option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        help="Leave these out; the same words. Repeatable.",
    )
    return select(exclude(with_selection))


def money_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add `--retry-unknown`, `--again` and `--price`: what the user decides of a plan's money.

    The command gets them as `choices`.
    """

    @functools.wraps(command)
    def with_choices(
        *, retry_unknown: int | None, again: bool, price: float | None, **others: Any
    ) -> int:
        from songbatch.plan import Choices  # noqa: PLC0415  (few commands plan)

        return command(choices=Choices(retry_unknown, again, price), **others)

    retry_unknown = click.option(
        "--retry-unknown",
        type=click.IntRange(0, 100),
        metavar="N",
        help="How often to repeat a request that may have been paid for without an answer, counted "
        "over all runs. Default: 0 if the engine costs something, otherwise 1.",
    )
    again = click.option(
        "--again",
        is_flag=True,
        help="Request, and pay for, songs again that were paid for but whose audio is not here.",
    )
    price = click.option(
        "--price",
        type=Finite(min=0, max=1000),
        metavar="USD",
        help="What a song costs; overrides songbatch.yaml and the engine's own price.",
    )
    return retry_unknown(again(price(with_choices)))


def store_option(command: Command) -> Command:
    """Add `--store`, which the variable SONGBATCH_STORE also says, for all commands."""
    return click.option(
        "--store",
        metavar="ADDRESS",
        help="The shared store: s3://…, gs://…, az://… or file:///…; none for none. Default: "
        "SONGBATCH_STORE, else what songbatch.yaml says.",
    )(command)


def place_options(command: Command) -> Command:
    """Add `--on` and `--insecure-cluster`: where songs are made."""
    on = click.option(
        "--on",
        metavar="PLACE",
        help="Where songs are made: local:N processes here, dask://HOST:PORT, or the name of one "
        "of your runners. Default: here.",
    )
    insecure = click.option(
        "--insecure-cluster",
        is_flag=True,
        help="Use workers on other machines without TLS, in a network that is closed.",
    )
    return on(insecure(command))


def format_options(
    formats: Formats[Any], description: str, *, short: bool = True
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add `--format` and, if `short`, `--json` for `--format json`.

    The command gets the view that was chosen, as `show`.
    """

    def add(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def with_view(*, output: str, as_json: bool = False, **others: Any) -> int:
            return command(show=formats["json" if as_json else output], **others)

        names = list(formats)
        output = click.option(
            "--format",
            "output",
            type=click.Choice(names),
            default=names[0],
            show_default=True,
            help=description,
        )
        as_json = click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
        return output(as_json(with_view) if short else with_view)

    return add


def _parse_overrides(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    overrides = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator or not name.isidentifier():
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        _demand_free(name)
        as_templates_name_it = normalize("NFC", name)
        overrides[as_templates_name_it] = typed(text)
    return overrides


def _demand_free(name: str) -> None:
    """Refuse a variable that is built in: told here, and not once for every spec."""
    from songbatch.spec.song_plan import RESERVED  # noqa: PLC0415  (few set variables)

    if name in RESERVED:
        raise click.BadParameter(f"{name!r} is built in, as are {', '.join(RESERVED)}; use another")


def jobs_option(command: Command) -> Command:
    """Add `-j`, `--jobs`."""
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, 256),
        metavar="N",
        help="At most this many requests at once. Default: what suits the engine.",
    )(command)

"""`songbatch render`: carry out the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import msgspec

from songbatch.cli.numbers import Finite
from songbatch.cli.options import (
    engine_options,
    jobs_option,
    money_options,
    place_options,
    profile_option,
    project_option,
    selection_options,
    specs_argument,
    store_option,
    takes_option,
)
from songbatch.cli.rendering import RenderRequest, render_once
from songbatch.cli.views.choice import make_view
from songbatch.run.apply import RunSettings
from songbatch.run.session import Session
from songbatch.run.stopping import leaving
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from songbatch.plan import Choices
    from songbatch.plan.selection import Selection


@click.command("render")
@specs_argument
@project_option
@engine_options
@profile_option
@takes_option
@selection_options
@jobs_option
@money_options
@store_option
@place_options
@click.option("--max-cost", type=Finite(min=0), metavar="USD", help="Refuse to spend more.")
@click.option(
    "--max-renders", type=click.IntRange(min=0), metavar="N", help="Refuse to request more."
)
@click.option("--yes", is_flag=True, help="Spend what the plan costs without asking.")
@click.option("--frozen", is_flag=True, help="Send nothing: restore what is there, or exit 3.")
@click.option(
    "--backoff",
    type=Finite(min=0, max=60),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait before a failed request is first repeated; doubles each time.",
)
@click.option(
    "--allow-private-urls",
    is_flag=True,
    help="Let references be downloaded from private and loopback addresses.",
)
@click.option(
    "--measure/--no-measure",
    default=True,
    help="Whether to measure new songs once they have arrived; if not, the next run does.",
)
@click.option("--no-wait", is_flag=True, help="Exit 4 if another run is working on the project.")
@click.option(
    "--watch",
    is_flag=True,
    help="Render again whenever a spec, or a file that it names, is saved; Ctrl-C ends it. Spends "
    "nothing without --max-cost, for all saves together, or --yes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print events, one JSON object per line.")
def command(
    specs: tuple[str, ...],
    project: Path | None,
    engine: str | None,
    overrides: Mapping[str, str],
    profile: str | None,
    takes: int | None,
    selection: Selection,
    choices: Choices,
    store: str | None,
    no_wait: bool,
    as_json: bool,
    yes: bool,
    measure: bool,
    watch: bool,
    **settings: Any,
) -> int:
    """Upload each reference once, request every song that does not exist yet, write the outputs.

    A second run does nothing. Ctrl-C stops sending and keeps what is in flight; a second Ctrl-C
    stops at once. A plan that costs more than confirm_above ($1 unless config.yaml says otherwise)
    needs your consent: on a terminal, by --yes or by --max-cost.
    """
    run_settings = RunSettings(
        choices=msgspec.structs.replace(choices, measures=measure), **settings
    )
    request = RenderRequest(
        specs,
        engine,
        overrides,
        selection,
        run_settings,
        Layer(profile, takes),
        store,
        waits=not no_wait,
        yes=yes,
        is_watched=watch,
    )
    session = Session.open(project)
    if watch:
        from songbatch.cli.watch import watch_project  # noqa: PLC0415  (few watch)

        return watch_project(session, request, as_json=as_json)
    with make_view(as_json=as_json) as view, leaving():
        rendered = render_once(session, request, view)
    if view.outlet.broken:
        view.outlet.say_why()
    return rendered.exit_code

"""One `render`, from specs to what it came to: on its own, or once for every save of a watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.cli.consent import demand_consent
from songbatch.cli.listening import how_to_listen
from songbatch.cli.session import load_specs, print_diagnostics, write_down
from songbatch.cli.views.waves_text import wave_notes
from songbatch.diagnostics import InvalidSpecs, Refused
from songbatch.diff.states import with_states
from songbatch.exit_codes import EXIT_INTERRUPTED
from songbatch.formatting import money
from songbatch.run.apply import RunSettings, open_run
from songbatch.run.consent import confirm_above
from songbatch.run.series import Waves
from songbatch.run.shared.stores import chosen_store
from songbatch.run.stopping import draining
from songbatch.spec.layers import NO_LAYER, Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.batch.loading import Batch
    from songbatch.cli.views.run_view import View
    from songbatch.plan.selection import Selection
    from songbatch.run.apply import Run
    from songbatch.run.series import WavePlan
    from songbatch.run.session import Session
    from songbatch.run.summary import Summary


class RenderRequest(msgspec.Struct, frozen=True):
    """What the command line of `render` says.

    If it `is_watched`, nothing is spent but within `--max-cost`, or by `--yes`.
    """

    specs: tuple[str, ...]
    engine: str | None
    overrides: Mapping[str, str]
    selection: Selection
    settings: RunSettings
    layer: Layer = NO_LAYER
    store: str | None = None
    waits: bool = True
    yes: bool = False
    is_watched: bool = False


class Rendered(msgspec.Struct, frozen=True):
    """What a render came to; `left` is what it has left of the bounds."""

    summary: Summary
    exit_code: int
    left: RunSettings


def render_once(session: Session, request: RenderRequest, view: View) -> Rendered:
    """Read the specs, plan, carry it out, and show all of it.

    Raises InvalidSpecs, and SongbatchError for what refuses or was refused.
    """
    batch = load_specs(
        session, request.specs, request.engine, request.overrides, view.listen, request.layer
    )
    with view.paused(), view.outlet.survived():
        print_diagnostics(batch.diagnostics)
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)
    selection = with_states(request.selection, batch, session.workspace)
    store = chosen_store(batch.sharing, request.store, session.environment)
    with session.lock(wait=request.waits, on_wait=view.listen):
        waves = Waves(session, batch, selection, replace(request.settings, store=store))
        summary = _render_all(session, waves, view, request)
        is_news = selection.follows_git or any(wave.is_short for wave in waves.batch.waves)
        is_told_anew = view.outlet.broken or is_news
        write_down(session, None if is_told_anew else view.again(summary), waves.batch)
    if summary.refusal is not None:
        raise summary.refusal
    code = EXIT_INTERRUPTED if view.outlet.broken else summary.exit_code
    return Rendered(summary, code, waves.settings)


def _render_all(session: Session, waves: Waves, view: View, request: RenderRequest) -> Summary:
    """Carry out wave after wave, and say at the end what all of them came to."""
    refused = None
    try:
        for wave in waves:
            _render(session, wave, waves, view, request)
    except Refused as error:
        if not waves.has_begun:
            raise
        refused = error
    summary = waves.summary
    with draining(lambda: None):  # it is over: whoever stops it now reads the end all the same
        view.end(summary, waves.batch.waves)
        if command := how_to_listen(summary.made, session.workspace.root):
            view.suggest(command)
    if refused is not None:
        raise refused
    return summary


def _render(
    session: Session, wave: WavePlan, waves: Waves, view: View, request: RenderRequest
) -> None:
    batch, settings = wave.batch, wave.settings
    with view.paused():
        above = confirm_above(batch.confirm_above, print_diagnostics)
    with open_run(session, batch, wave.selection, settings, view.listen, wave.further) as run:
        view.outlet.on_break(run.stop)
        bounded = settings.max_cost is not None
        notes = run.price_notes if bounded or run.counted_usd > above else []
        # Who agreed to the first wave agreed to all that may follow.
        if not (request.yes or bounded or run.stopped or waves.has_begun):
            if request.is_watched:
                _demand_free(run)
            demand_consent(run, above, notes, view)
        view.begin(run.engine_plans, settings.jobs, [*wave_notes(wave), *notes])
        batch = _fetch(run, batch, view)
        with draining(run.stop, lambda: view.leave(run.left_behind)):
            waves.done(run, run.finish(batch))


def _demand_free(run: Run) -> None:
    """Raise Refused for what costs anything: a save is no consent."""
    if run.counted_usd:
        raise Refused(
            f"this would cost about {money(run.counted_usd)}, and a save spends nothing",
            fix="songbatch render makes it; --watch --max-cost USD lets all saves spend so much",
        )


def _fetch(run: Run, batch: Batch, view: View) -> Batch:
    try:
        return run.fetch(batch)
    except InvalidSpecs as error:
        with view.paused():
            print_diagnostics(error.diagnostics)
        raise

"""Opening of a crew for a run: the one thing that a run calls here."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from songbatch.cluster.connecting import connected
from songbatch.cluster.crew import Crew
from songbatch.cluster.elsewhere import FarEngine
from songbatch.cluster.jobs import FarJobs, is_beside
from songbatch.cluster.line import SchedulerSilent
from songbatch.cluster.logs import logged_apart
from songbatch.diagnostics import EngineRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.cluster.elsewhere import KnownReference, Landings
    from songbatch.cluster.news import Teller
    from songbatch.cluster.places import Place
    from songbatch.engines.base import Engine, JobEngine
    from songbatch.engines.entry import EngineContext, EngineEntry
    from songbatch.files.tree import Tree


class OpenCrew:
    """A crew at work for a run."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._engines: list[FarEngine] = []
        crew.open_orders = lambda: sum(engine.left for engine in self._engines)

    def engine(
        self,
        entry: EngineEntry,
        here: Engine | JobEngine,
        context: EngineContext,
        *,
        songs: int,
        known: KnownReference = lambda _id: None,
        landings: Landings | None = None,
    ) -> FarEngine | FarJobs:
        """Return an engine like the one that is opened `here`, whose calls the crew makes.

        It owns `here`. `songs` is how many it will be asked for, as far as is known; `known`
        returns references of earlier uploads by their ids.
        """
        made: FarEngine | FarJobs
        if entry.traits.has_jobs:
            beside = is_beside(entry, context)
            made = FarJobs(here, entry, self._crew, known, landings, beside=beside)
        else:
            made = FarEngine(here, entry, self._crew, known, landings)
        made.left = songs
        self._engines.append(made)
        return made

    def stop(self) -> None:
        """Let no order wait for a worker any more; what is begun is awaited. Signal safe."""
        self._crew.stop()


@contextlib.contextmanager
def open_crew(
    place: Place, state: Tree, tell: Teller, *, is_insecure: bool = False
) -> Iterator[OpenCrew]:
    """Have workers at a place while the block runs; `state` is the project's folder for such.

    Raises UsageError for a place that is not safe or cannot be started, EngineRefused for one that
    does not answer.
    """
    with working_crew(place, state, tell, is_insecure=is_insecure) as crew:
        yield OpenCrew(crew)


@contextlib.contextmanager
def working_crew(place: Place, state: Tree, tell: Teller, *, is_insecure: bool) -> Iterator[Crew]:
    """Have a crew without engines; raises what `open_crew` does."""
    with (
        logged_apart(state) as log,
        connected(place, state, log, is_insecure=is_insecure) as connection,
    ):
        try:
            crew = Crew(connection, tell)
        except SchedulerSilent as error:
            message = f"the scheduler of {place.name} does not answer"
            raise EngineRefused(message, fix="start it, and run again") from error
        try:
            yield crew
        finally:
            crew.close()

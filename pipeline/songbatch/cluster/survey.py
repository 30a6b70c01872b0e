"""CrewSurvey of a place before a run: who is there, and what each can do. Starts nobody."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import msgspec

from songbatch.cluster.messages import EngineAsked
from songbatch.cluster.places import FoundPlace, LocalPlace
from songbatch.files.tree import Tree
from songbatch.formatting import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from songbatch.cluster.members import Member
    from songbatch.cluster.places import Place, StartedPlace
    from songbatch.engines.entry import EngineEntry


class CrewSurvey(msgspec.Struct, frozen=True):
    """What a run would have: `lines` for people, and how many slots for each engine, by name."""

    lines: Sequence[str]
    slots: Mapping[str, int]


def survey(
    place: Place,
    entries: Sequence[EngineEntry],
    environment: Mapping[str, str],
    *,
    is_insecure: bool,
) -> CrewSurvey:
    """Look who is at a place.

    Raises UsageError for one that is not safe, EngineRefused for one that does not answer.
    """
    if isinstance(place, FoundPlace):
        return _found(place, entries, environment, is_insecure=is_insecure)
    slots = place.processes if isinstance(place, LocalPlace) else _most(place)
    return CrewSurvey([_to_start(place)], {entry.name: slots for entry in entries})


def _to_start(place: LocalPlace | StartedPlace) -> str:
    if isinstance(place, LocalPlace):
        return f"{place.name}: a run starts {count(place.processes, 'worker')} here"
    runner = place.runner
    least = f"{runner.least} to " if runner.least != runner.most else ""
    each = count(runner.slots, "slot")
    return f"{place.name}: a run has {least}{count(_workers(place), 'worker')} started, {each} each"


def _workers(place: StartedPlace) -> int:
    given = place.runner.given
    if place.runner.kind != "ssh":
        return place.runner.most
    hosts = given.get("hosts", ()) if isinstance(given, dict) else given
    return len(hosts)


def _most(place: StartedPlace) -> int:
    return _workers(place) * place.runner.slots


def _found(
    place: FoundPlace,
    entries: Sequence[EngineEntry],
    environment: Mapping[str, str],
    *,
    is_insecure: bool,
) -> CrewSurvey:
    from songbatch.cluster.opening import working_crew  # noqa: PLC0415  (loads dask)

    asked = {
        entry.name: EngineAsked(
            entry.identity, entry.account(environment), msgspec.json.encode(entry.settings)
        )
        for entry in entries
    }
    with (
        tempfile.TemporaryDirectory(prefix="songbatch-plan-") as folder,
        working_crew(place, Tree(folder), lambda _news: None, is_insecure=is_insecure) as crew,
    ):
        for each in asked.values():
            crew.join(each)
        members = sorted(crew.roster.members, key=lambda member: member.name)
        slots = {name: sum(m.slots for m in crew.roster.fit(each)) for name, each in asked.items()}
    lines = [_line(member, asked) for member in members]
    return CrewSurvey(lines or [f"{place.name} has no worker"], slots)


def _line(member: Member, asked: Mapping[str, EngineAsked]) -> str:
    able = [name for name, each in asked.items() if member.can_do(each)]
    problems = dict.fromkeys(
        problem.why for each in asked.values() if (problem := member.fit_for.get(each)) is not None
    )
    can = f"can make {', '.join(able)}" if able else ""
    parts = "; ".join(filter(None, (can, *problems)))
    text = parts or "has not answered"
    return f"worker {member.name} ({count(member.slots, 'slot')} on {member.host}) {text}"

"""Projects whose engine is a simulated job service on loopback, held against its own books."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.run.job_projects import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.fal.server import FalServer
    from support.kit import Project, Result
    from support.replicate.server import ReplicateServer

RENDER = ("render", "--no-measure", "--backoff", "0.02")
FAST = "seconds_per_render: 0.5"
MUSIC, SONG = "minimax/music-3", "mureka/api/generate/song"
"""Endpoints at fal."""
REFERENCE, CLONE = "mureka/api/files/upload", "mureka/api/voice/clone"
"""Endpoints of jobs that make ids of references."""


def spec(engine: str, *songs: str, defaults: str = "style: dream pop, duration: 8") -> str:
    """Return a spec of songs of one line each."""
    lines = [f"  {name}: {{lyrics: A line about the {name}.}}\n" for name in songs]
    return f"version: 1\nengine: {engine}\ndefaults: {{{defaults}}}\nsongs:\n{''.join(lines)}"


def fal_project(
    project: Project,
    server: FalServer,
    text: str | None = None,
    settings: str = "",
) -> Project:
    """Write a spec of two songs of Music 3, or `text`, and the server's address."""
    project.environment = {"FAL_KEY": server.key}
    return _written(
        project, "fal", server.url, text or spec("fal/music-3", "hill", "river"), settings
    )


def replicate_project(
    project: Project, server: ReplicateServer, text: str | None = None, settings: str = ""
) -> Project:
    """Write a spec of two songs of ACE-Step 1.5, or `text`, and the server's address."""
    project.environment = {"REPLICATE_API_TOKEN": "r8_a-key-of-the-test-0123456789"}
    text = text or spec(
        "replicate/ace-step-1.5", "hill", "river", defaults="style: dream pop, duration: 10"
    )
    return _written(project, "replicate", server.url, text, settings)


def _written(project: Project, service: str, url: str, text: str, settings: str) -> Project:
    said = ", ".join(filter(None, (f"url: '{url}'", FAST, settings)))
    project.write("songbatch.yaml", f"version: 1\nengines: {{{service}: {{{said}}}}}\n")
    return project.write("specs/demo.yaml", text)


def mureka_spec(*songs: str, purpose: str = "voice") -> str:
    """Return a spec of songs of Mureka 9 that all follow one reference."""
    reference = f"references: {{ann: {{file: ann.mp3, purpose: {purpose}}}}}\n"
    text = spec("fal/mureka-9", *songs, defaults="reference: ann")
    return text.replace("defaults:", f"{reference}defaults:")


def mureka_project(
    project: Project, server: FalServer, *songs: str, purpose: str = "voice", settings: str = ""
) -> Project:
    """Write a project whose songs follow one reference that a paid job makes an id of."""
    fal_project(project, server, mureka_spec(*(songs or ("hill",)), purpose=purpose), settings)
    return project.reference("specs/ann.mp3", seconds=16.0)


def manifest_entries(project: Project) -> Iterator[dict[str, Any]]:
    """Yield the entries of all manifests."""
    for path in sorted(project.root.glob("outputs/*/**/manifest.json")):
        yield from json.loads(path.read_bytes())["renders"]


def costs(project: Project) -> dict[str, float]:
    """Return what the manifests say that each job has cost, by its id at the service."""
    return {
        entry["job"]: entry["cost_usd"]
        for entry in manifest_entries(project)
        if entry["status"] == "done"
    }


def last(result: Result) -> dict[str, Any]:
    """Return the last event of a run with --json."""
    assert result.events[-1]["event"] == "finished", result
    return result.events[-1]


def made_ids(project: Project) -> list[Mapping[str, Any]]:
    """Return the ledger's records of ids that jobs made of references."""
    return [record for record in events(project, "uploaded") if record.get("attempt")]


def cloned(server: FalServer) -> int:
    """Return how many clones of voices were paid."""
    return len(server.books.charges_for(CLONE))

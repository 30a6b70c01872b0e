"""Renders beyond one process: by workers, and with a shared store; what each costs."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scale.costs import Cost, cost, spread
from bench.scale.project import REFERENCES, hosted, make, songbatch
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.object_store.contents import Contents

HERE = Path(__file__).parents[2]
SECONDS, SIZE = 0.5, 1_000_000
"""Of an answer."""
WORKERS = 2
AT_ONCE = 32
"""Requests, where costs are measured."""
SMALL = 3_000
"""Bytes of an output that nobody reads."""


def _on(jobs: int) -> tuple[list[str], dict[str, str]]:
    """Return the option and the variable for workers with so many slots in all."""
    slots = {"SONGBATCH_WORKER_SLOTS": str(-(-jobs // WORKERS))}
    return ["--on", f"local:{WORKERS}"], slots


def cluster(root: Path, songs: int, jobs: int, runs: int) -> None:
    """Many renders at once, on threads and by workers, in turn with a client that only keeps."""
    on, slots = _on(jobs)
    render = ["render", "--yes", "--jobs", str(jobs), "--no-measure"]
    commands = {
        "http.client, streamed and kept": [sys.executable, "-m", "bench.scale.clients", "kept"],
        "threads": [songbatch(), *render],
        f"--on local:{WORKERS}": [songbatch(), *render, *on],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for run in range(runs):
        for number, (name, command) in enumerate(commands.items()):
            # Nothing is removed in between: ext4 is slow to make files where some went lately.
            project = root / f"{run}-{number}"
            make(project, songs)
            with hosted(SECONDS, SIZE) as env:
                if number:
                    took = cost(command, project, env | slots)
                else:
                    plain = [str(songs), str(jobs), str(project / "plain")]
                    took = cost([*command, *plain], HERE, env)
            costs[name].append(took)
            print(f"  round {run + 1}, {name}: {took.wall:.1f} s, {took.peak:.0f} MB", flush=True)
    ideal = songs / jobs * SECONDS
    print(f"{songs:,} renders of {SECONDS} s, {SIZE:,} bytes, {jobs} at once; ideal {ideal:.1f} s")
    yardstick, *_ = costs.values()
    for name, took_all in costs.items():
        pairs = zip(took_all, yardstick, strict=True)
        print(f"{name}")
        print(f"  wall {spread([t.wall for t in took_all])}")
        print(f"  × kept {spread([t.wall / kept.wall for t, kept in pairs], '')}")
        print(f"  own CPU a render {spread([1000 * t.own / songs for t in took_all], 'ms')}")
        print(f"  with its workers {spread([1000 * t.cpu / songs for t in took_all], 'ms')}")
        print(f"  peak {max(t.peak for t in took_all):.0f} MB")


def shared(root: Path, counts: Sequence[int], runs: int) -> None:
    """What a shared store costs: the first count rendered, the others with nothing to do."""
    costs_of_a_store(root, counts[0])
    for songs in counts[1:]:
        nothing_shared(root, songs, runs)


def costs_of_a_store(root: Path, songs: int) -> None:
    """Render without a store, with a folder and with a bucket, on threads and by workers.

    What a song costs is the difference to a run with few songs, in which each reference is
    uploaded and everything is loaded, too.
    """
    print(f"{songs:,} renders of {SECONDS} s and {SIZE:,} bytes, {AT_ONCE} at once", flush=True)
    places: dict[str, tuple[list[str], dict[str, str]]] = {
        "threads": ([], {}),
        f"local:{WORKERS}": _on(AT_ONCE),
    }
    for place, (options, variables) in places.items():
        for kind in ("no store", "a folder", "a bucket"):
            figures = []
            for count in (REFERENCES, songs):
                project = root / f"{place}-{kind}-{count}".replace(":", "").replace(" ", "-")
                make(project, count)
                with contextlib.ExitStack() as stack:
                    store: Contents | None = None
                    if kind == "a bucket":
                        store = stack.enter_context(ObjectStore())
                    elif kind == "a folder":
                        store = FolderStore(project / "team")
                    figures.append(_rendered(project, options, variables, store))
            few, many = figures
            each = {name: (many[name] - few[name]) / (songs - REFERENCES) for name in many}
            print(f"{place}, {kind}, a song beyond the first {REFERENCES}:")
            told = (f"{value:,.{0 if value > 99 else 2}f} {name}" for name, value in each.items())
            print(f"  {'; '.join(told)}", flush=True)


def _rendered(
    project: Path, options: list[str], variables: Mapping[str, str], store: Contents | None
) -> Counter[str]:
    """Render once; return what it took, by what is counted."""
    told = project / "syncs"
    command = [sys.executable, "-m", "bench.scale.counted", str(told), "render", "--yes"]
    command += ["--jobs", str(AT_ONCE), "--no-measure", *options]
    more = {**variables, "PYTHONPATH": str(HERE)}
    if store is not None:
        command += ["--store", store.address]
        more |= store.environment
    with hosted(SECONDS, SIZE) as env:
        took = cost(command, project, env | more)
    figures = Counter({"ms of the driver's CPU": round(1000 * took.own)})
    figures["syncs by the driver"] = int(told.read_text("utf-8"))
    figures["bytes of ledger"] = (project / ".songbatch/ledger.jsonl").stat().st_size
    manifests = project.glob("outputs/**/manifest.json")
    figures["bytes of manifest"] = sum(found.stat().st_size for found in manifests)
    if isinstance(store, FolderStore):
        figures["files in the store"] = len(store.names())
        figures["bytes in the store"] = sum(len(store.read(name)) for name in store.names())
    if isinstance(store, ObjectStore):
        for request in store.books.of():
            figures[request.method] += 1
            figures["bytes sent to the store"] += request.sent_bytes
    return figures


def nothing_shared(root: Path, songs: int, runs: int) -> None:
    """Nothing to do, in turn: without a store, and with one that is allowed and out of reach."""
    alone, team = root / f"alone{songs}", root / f"team{songs}"
    make(alone, songs)
    with hosted(0, SMALL) as env:
        cost([songbatch(), "render", "--yes", "--jobs", "8", "--no-measure"], alone, env)
    shutil.copytree(alone, team)
    (team / "songbatch.yaml").write_text("version: 1\nstore: s3://bench/songs\n", "utf-8")
    with socket.socket() as taken:
        # Bound and not listened at: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        down = {
            **os.environ,
            "XDG_CONFIG_HOME": str(root / "config"),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{taken.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_REGION": "us-east-1",
        }
        cost([songbatch(), "store", "--allow"], team, down)
        command = [songbatch(), "render", "--no-measure"]
        for project in (alone, team) * 2:
            cost(command, project, down)
        pairs = [(cost(command, alone, down), cost(command, team, down)) for _ in range(runs)]
    ratios = [with_it.wall / without.wall for without, with_it in pairs]
    print(f"nothing to do, {songs:,} songs, store: set and down: {spread(ratios, '')} × without")
    print(f"  without {spread([without.wall for without, _ in pairs])}")
    print(f"  with    {spread([with_it.wall for _, with_it in pairs])}", flush=True)

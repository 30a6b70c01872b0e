"""The commands of the benchmark; see the package's docstring."""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scale.costs import CLICK, Cost, cost, spread
from bench.scale.places import cluster, shared
from bench.scale.project import hosted, make, make_ninja, make_sketched, songbatch

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTPUT_BYTES = 300_000
STREAMED = "http.client, streamed"
KEPT = "http.client, streamed and kept"
SKETCHED = 8
PARTS = ["nothing", "edit", "fanout", "startup", "cores", "cluster", "shared"]


def _size(songs: int) -> int:
    # Beyond 10,000 songs the outputs are small: no byte of them is read.
    return OUTPUT_BYTES if songs <= 10_000 else 3_000


def rendered(root: Path, songs: int, size: int, *, warned: bool = False) -> Path:
    """Make a project and render it for real."""
    make(root, songs, warned=warned)
    with hosted(0, size) as env:
        cost([songbatch(), "render", "--yes", "--jobs", "8", "--no-measure"], root, env)
        cost([songbatch(), "render", "--no-measure"], root, env)
    return root


def nothing(root: Path, counts: Sequence[int], runs: int) -> None:
    """Commands with nothing to do, in turn with ninja where it has as many outputs."""
    for songs in counts:
        size = _size(songs)
        project = rendered(root / f"songs{songs}", songs, size)
        warned = rendered(root / f"warned{songs}", songs, size, warned=True)
        build = root / f"ninja{songs}"
        make_ninja(build, songs, size)
        commands = {
            "nothing to do": (project, ["render", "--no-measure"]),
            "nothing to do, with a warning": (warned, ["render", "--no-measure"]),
            "with a warning, as events": (warned, ["render", "--no-measure", "--json"]),
            "check, with a warning": (warned, ["check"]),
            "plan, with a warning": (warned, ["plan"]),
        }
        # Once for each, that all are remembered, then in turn.
        for folder, arguments in commands.values():
            cost([songbatch(), *arguments], folder)
        pairs: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, (folder, arguments) in commands.items():
                took = cost([songbatch(), *arguments], folder)
                pairs[name].append((took, cost(["ninja"], build)))
        for name, costs in pairs.items():
            ratio = statistics.median(a.wall / b.wall for a, b in costs)
            print(f"{name}, {songs:,} songs: {ratio:.2f} × ninja in wall time")
            print(f"  songbatch {spread([a.wall for a, _ in costs])}, {costs[-1][0].peak:.0f} MB")
            print(f"  ninja     {spread([b.wall for _, b in costs])}")
        for folder in (project, warned, build):
            shutil.rmtree(folder)


def edit(root: Path, counts: Sequence[int], runs: int) -> None:
    """One song of many edited: a run with one render; the same without compiled specs or index."""
    for songs in counts:
        project = rendered(root / f"edited{songs}", songs, _size(songs))
        edit_one(project, songs, runs)
        shutil.rmtree(project)


def edit_one(project: Path, songs: int, runs: int) -> None:
    """Edit one song again and again, with what earlier runs left and without, in turn."""
    spec, state = project / "specs/names.yaml", project / ".songbatch"
    lacking = {
        "": [],
        ", nothing compiled": ["compiled"],
        ", no index either": ["compiled", "index"],
    }
    costs: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in lacking}
    with hosted(0, _size(songs)) as env:
        for run in range(runs):
            for number, (name, folders) in enumerate(lacking.items()):
                wish = f"wish{len(lacking) * run + number}"
                old, new = f"{wish}}}", f"{wish} edited}}"
                spec.write_text(spec.read_text("utf-8").replace(old, new, 1), "utf-8")
                for folder in folders:
                    there = state / folder
                    there.unlink() if there.is_file() else shutil.rmtree(there)
                took = cost([songbatch(), "render", "--no-measure"], project, env)
                costs[name].append((took, cost(CLICK, project)))
    for name, pairs in costs.items():
        ratio = statistics.median(took.cpu / click.cpu for took, click in pairs)
        peak = max(took.peak for took, _ in pairs)
        print(f"one edited{name}, {songs:,} songs: {ratio:.1f} × importing click in CPU time")
        print(f"  CPU  {spread([took.cpu for took, _ in pairs])}, peak {peak:.0f} MB")
        print(f"  wall {spread([took.wall for took, _ in pairs])}")


def fan_out(root: Path, songs: int, jobs: int, seconds: float, size: int) -> None:
    """Many renders at once, next to clients that do no more than ask."""
    ideal = songs / jobs * seconds
    clients = {
        "songbatch": [songbatch(), "render", "--yes", "--jobs", str(jobs), "--no-measure"],
        "requests": [sys.executable, "-m", "bench.scale.clients", "requests"],
        STREAMED: [sys.executable, "-m", "bench.scale.clients", "streamed"],
        KEPT: [sys.executable, "-m", "bench.scale.clients", "kept"],
    }
    print(
        f"{songs:,} renders of {seconds} s and {size:,} bytes, {jobs} at once; ideal {ideal:.1f} s"
    )
    here = Path(__file__).parents[2]
    each = {}
    for name, command in clients.items():
        # Nothing is removed in between: ext4 is slow to make files where some went lately.
        make(root / name, songs)
        with hosted(seconds, size) as env:
            if name == "songbatch":
                took = cost(command, root / name, env)
            else:
                more = [str(songs), str(jobs), str(root / name / "plain")]
                took = cost([*command, *more], here, env)
        each[name] = 1000 * took.cpu / songs
        print(
            f"  {name}: wall {took.wall:.1f} s ({took.wall / ideal:.2f} × ideal), "
            f"CPU {each[name]:.1f} ms a render, peak {took.peak:.0f} MB"
        )
    for yardstick in (STREAMED, KEPT):
        print(f"  songbatch: {each['songbatch'] / each[yardstick]:.2f} × the CPU of {yardstick}")


def cores(root: Path, runs: int) -> None:
    """Songs of the sketch engine, one after the other and two at once."""
    pairs = []
    for _ in range(runs):
        walls = []
        for jobs in ("1", "2"):
            make_sketched(root / "cores", songs=SKETCHED)
            command = [songbatch(), "render", "--jobs", jobs, "--no-measure"]
            walls.append(cost(command, root / "cores").wall)
        pairs.append(walls)
    ratio = statistics.median(one / both for one, both in pairs)
    print(f"{SKETCHED} songs, --jobs 2: {ratio:.2f} × as fast as --jobs 1 ({os.cpu_count()} cores)")
    print(f"  one after the other {spread([one for one, _ in pairs])}")
    print(f"  two at once         {spread([both for _, both in pairs])}")


def start_up(runs: int) -> None:
    """`songbatch --help` next to importing click."""
    here = Path()
    pairs = [
        (
            cost([songbatch(), "--help"], here),
            cost(CLICK, here),
        )
        for _ in range(runs)
    ]
    ratio = statistics.median(a.wall / b.wall for a, b in pairs)
    print(f"songbatch --help: {ratio:.2f} × python -c 'import click' in wall time")
    print(f"  songbatch {spread([a.wall for a, _ in pairs])}")
    print(f"  click     {spread([b.wall for _, b in pairs])}")


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description="songbatch with many songs")
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--songs", type=int, nargs="+")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--jobs", type=int, default=64)
    arguments = parser.parse_args()
    # As an installed package has it, whatever the environment says of keeping what was compiled.
    compileall.compile_dir(Path(__file__).parents[2] / "pipeline", quiet=1)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limit[1]), limit[1]))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        match arguments.part:
            case "nothing":
                nothing(root, arguments.songs or [100, 1000, 10_000], arguments.runs)
            case "edit":
                edit(root, arguments.songs or [100, 1000, 10_000], min(arguments.runs, 5))
            case "fanout":
                fan_out(root, (arguments.songs or [2000])[0], arguments.jobs, 0.5, 1_000_000)
            case "startup":
                start_up(arguments.runs)
            case "cores":
                cores(root, min(arguments.runs, 5))
            case "cluster":
                songs = (arguments.songs or [2000])[0]
                cluster(root, songs, arguments.jobs, min(arguments.runs, 3))
            case "shared":
                shared(root, arguments.songs or [300, 1000, 10_000], min(arguments.runs, 9))


if __name__ == "__main__":
    main()

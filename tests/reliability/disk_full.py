"""A project on a disk with next to no room: what is said, what is torn, what is lost.

    python -m tests.reliability.disk_full

The disk is a small tmpfs in a mount namespace of its own, which goes with its process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from support.contract.server import ContractServer
from support.kit import Project
from tests.reliability.books import ContractBooks
from tests.reliability.hosting import server_for_the_killed

MODULE = "tests.reliability.disk_full"
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
DISK = 96 * 2**20
PAGE = 4096
RENDER = ("render", "--jobs", "4", "--backoff", "0.01")
SONGS = 8
ROOM = 2_112_000
"""Bytes: about what is set aside for one answer, 66 s of 256 kbit/s."""


def _delete_outputs(project: Project) -> None:
    for path in (project.root / "outputs").rglob("*.mp3"):
        path.unlink()


def _edit(project: Project) -> None:
    project.replace("specs/demo.yaml", "Line number", "Verse number")


SCENES: dict[str, Callable[[Project], object] | None] = {
    "first render": None,
    "edited lines": _edit,
    "outputs deleted": _delete_outputs,
    "store deleted": lambda project: shutil.rmtree(project.root / ".songbatch/store"),
    "manifest deleted": lambda p: (p.root / "outputs/demo/music-01/manifest.json").unlink(),
}


@dataclass(slots=True)
class Judgement:
    """What a run on a disk with `free` bytes came to, and the run after it, with room again.

    `made` answers of the service, of which `lost` were paid and are nowhere on the disk.
    """

    scene: str
    free: int
    status: int = 0
    said: str = ""
    made: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)


def why_not() -> str:
    """Why there can be no such disk here; empty where there can."""
    if shutil.which("unshare") is None:
        return "there is no unshare"
    tried = subprocess.run(
        [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    return tried.stderr.decode().strip() if tried.returncode else ""


def fill_disks(scene: str, frees: list[int]) -> list[Judgement]:
    """Judge a scene with each of these amounts of free room, in a namespace of its own."""
    command = [*NAMESPACE, sys.executable, "-m", MODULE, "--inside", scene, *map(str, frees)]
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return [Judgement(**json.loads(line)) for line in ended.stdout.splitlines()]


def _fill_one(scene: str, free: int) -> Judgement:
    """To be called inside the namespace."""
    judgement = Judgement(scene, free)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", folder], check=True)
        try:
            with server_for_the_killed() as server:
                _judge(judgement, Project(Path(folder)), server)
        finally:
            subprocess.run(["umount", folder], check=True)
    return judgement


def _judge(judgement: Judgement, project: Project, server: ContractServer) -> None:
    project.environment = server.environment
    _write(project)
    change = SCENES[judgement.scene]
    if change is not None:
        assert project.run(*RENDER).status == 0
        change(project)
    ballast = _leave_free(project.root, judgement.free)
    _judge_the_full(judgement, project, ContractBooks(project.root, server))
    ballast.unlink()
    _judge_the_next(judgement, project, ContractBooks(project.root, server))


def _write(project: Project) -> None:
    songs = "".join(f"  s{n}: {{reference: r, lyrics: Line number {n}.}}\n" for n in range(SONGS))
    project.reference("specs/r.mp3").write(
        "specs/demo.yaml",
        "version: 1\nengine: music-01\ndefaults: {tags: {album: Demo EP}}\n"
        f"references:\n  r: {{file: r.mp3, purpose: song}}\nsongs:\n{songs}",
    )


def _leave_free(folder: Path, free: int) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        room = shutil.disk_usage(folder).free - free
        os.posix_fallocate(file.fileno(), 0, room // PAGE * PAGE)
    return ballast


def _judge_the_full(judgement: Judgement, project: Project, books: ContractBooks) -> None:
    result = project.run(*RENDER)
    judgement.status = result.status
    judgement.said = next((x for x in result.stderr.splitlines() if "error" in x), "").strip()
    if result.status not in {0, 1} or "Traceback" in result.stderr or "bug" in result.stderr:
        judgement.problems.append(f"the run on the full disk: {result}")
    if result.status and not {"disk", "space"} & set(result.stderr.lower().split()):
        judgement.problems.append(f"it does not say that the disk is full: {result}")
    judgement.problems += books.torn() + books.breaches()
    kept = set(books.received().values())
    kept |= {path.name for path in books.blobs()}
    judgement.made = len(books.server.answers)
    before = {entry["audio_sha256"] for entry in books.entries()}
    judgement.lost = len(books.made() - kept - before)


def _judge_the_next(judgement: Judgement, project: Project, books: ContractBooks) -> None:
    received = books.received()
    result = project.run(*RENDER, "--retry-unknown", "9")
    if result.status != 0:
        judgement.problems.append(f"the run with room again: {result}")
        return
    judgement.problems += books.torn() + books.breaches() + books.untruths() + books.leftovers()
    final = {entry["key"]: entry["audio_sha256"] for entry in books.entries()}
    for key in received.keys() & final.keys():
        if final[key] != received[key]:
            judgement.problems.append(f"the audio of {key} was received and is lost")


def steps(scene: str) -> list[int]:
    """Amounts of free room that matter: page by page, and around the room for some requests."""
    few = [PAGE * pages for pages in range(33)]
    if scene not in {"first render", "edited lines"}:
        return few
    around = [ROOM * n + PAGE * 4 * pages for n in range(1, 5) for pages in range(-1, 9)]
    return few + around


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", nargs="+", metavar=("SCENE", "BYTES"), help=argparse.SUPPRESS)
    inside = parser.parse_args().inside
    if inside:
        for free in inside[1:]:
            print(json.dumps(asdict(_fill_one(inside[0], int(free)))), flush=True)
        return 0
    if reason := why_not():
        print(f"no small disk can be made here: {reason}")
        return 0
    return _print_all()


def _print_all() -> int:
    found: list[str] = []
    print(f"{'scene':<20}{'disks':>6}{'refused':>9}{'made':>6}{'lost':>6}{'wrong':>7}")
    for scene in SCENES:
        judged = fill_disks(scene, steps(scene))
        wrong = [f"{scene}, {j.free} bytes free: {p}" for j in judged for p in j.problems]
        refused, made = sum(j.status != 0 for j in judged), sum(j.made for j in judged)
        lost = sum(j.lost for j in judged)
        row = f"{scene:<20}{len(judged):>6}{refused:>9}{made:>6}{lost:>6}{len(wrong):>7}"
        print(row, flush=True)
        found += wrong + [f"{scene}, {j.free} bytes free: {j.lost} lost" for j in judged if j.lost]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

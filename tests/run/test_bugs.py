"""A bug of ours in the middle of a run: it is reported, and nothing that was paid is lost by it.

The bug is put into the real command: a `sitecustomize` on its path makes one function raise, once
or for one song.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.kit import Project, Result
from tests.reliability.books import ContractBooks, digest

SONGS = 8
INJECTION = '''
"""Let a function raise: MODULE:NAME, at its CALL-th call, or when its arguments mention SUBJECT."""
import importlib.machinery, itertools, os, sys

module, _, rest = os.environ["BUG"].partition(":")
name, _, when = rest.partition("@")
calls = itertools.count(1)


def breaking(function):
    def broken(*arguments, **named):
        number = next(calls)
        if str(number) == when or (not when.isdigit() and when in repr((arguments, named))):
            raise LookupError("injected")
        return function(*arguments, **named)
    return broken


class Finder:
    @staticmethod
    def find_spec(wanted, path=None, target=None):
        if wanted != module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(wanted, path, target)
        execute = spec.loader.exec_module

        def exec_module(made):
            execute(made)
            *owners, last = name.split(".")
            owner = made
            for one in owners:
                owner = getattr(owner, one)
            setattr(owner, last, breaking(getattr(owner, last)))

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder)
'''


@pytest.fixture
def prepared(hosted: Project) -> Project:
    for spec in ("demo", "late"):
        songs = "".join(
            f"  s{n}: {{reference: r, lyrics: Line {spec} {n}.}}\n" for n in range(SONGS // 2)
        )
        hosted.write(
            f"specs/{spec}.yaml",
            "version: 1\nengine: music-01\nreferences:\n  r: {file: r.mp3, purpose: song}\n"
            f"songs:\n{songs}",
        )
    return hosted.reference("specs/r.mp3")


def run_with_bug(project: Project, tmp: Path, bug: str, *arguments: str) -> Result:
    (tmp / "sitecustomize.py").write_text(INJECTION, "utf-8")
    environment = {"BUG": bug, "PYTHONPATH": str(tmp), "TMPDIR": str(tmp)}
    result = project.run("render", "--jobs", "3", *arguments, env=environment)
    assert result.status == 70, result
    assert "this is a bug in songbatch" in result.stderr
    report = re.search(r"(\S+songbatch-bug-\S+\.txt)", result.stderr)
    assert report is not None
    assert "LookupError: injected" in Path(report[1]).read_text("utf-8")
    return result


@pytest.mark.parametrize(
    ("bug", "arguments"),
    [
        ("songbatch.cli.views.run_view:View.listen@Started(action=<Action.RENDER", ()),
        ("songbatch.cli.views.run_view:View.listen@Done(action=<Action.RENDER", ()),
        ("songbatch.cli.views.run_view:View.listen@demo/s2/1", ()),
        ("songbatch.cli.views.run_view:_line@demo/s2/1", ()),
        ("songbatch.cli.views.run_json:JsonView.listen@demo/s2/1", ("--json",)),
        ("songbatch.run.delivery:deliver@3", ()),
        ("songbatch.run.delivery:deliver@demo/s1/1", ()),
        ("songbatch.run.requests:book@3", ()),
        ("songbatch.run.booking:inspect@2", ()),
        ("songbatch.store.blobs:Blobs.file@3", ()),
        ("songbatch.run.runner:Runner._filed@2", ()),
        ("songbatch.run.runner:Runner._settle@1", ()),
        ("songbatch.run.runner:Runner._settle@4", ()),
        ("songbatch.run.uploading:Uploading.done@1", ()),
        ("songbatch.run.spending:Spending.answered@2", ()),
        ("songbatch.run.spending:Spending.filed@2", ()),
        ("songbatch.run.budget:Budget.reserve@3", ()),
        ("songbatch.run.concurrency:Learned.landed@2", ()),
        ("songbatch.outputs.entries:done@4", ()),
        ("songbatch.store.manifest:pieces@1", ()),
        ("songbatch.outputs.entries:manifest@1", ()),
        ("songbatch.outputs.playlist:playlist@1", ()),
        ("songbatch.run.measuring:_measure@2", ()),
    ],
)
def test_nothing_that_was_paid_is_lost(
    bug: str,
    arguments: tuple[str, ...],
    prepared: Project,
    contract_server: ContractServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run_with_bug(prepared, tmp_path_factory.mktemp("bug"), bug, *arguments)
    books = ContractBooks(prepared.root, contract_server)
    blobs = {path.name for path in books.blobs()}
    receipts = {r["key"]: r["audio_sha256"] for r in books.records() if r["event"] == "answered"}
    for entry in books.entries():
        if receipts.get(entry["key"]) in blobs:
            assert entry["status"] == "done", entry
    # What was answered is on the disk, whole, wherever the bug was.
    kept = blobs | {digest(path.read_bytes()) for path in books.wholes()}
    assert {digest(audio) for audio in contract_server.answers.values()} <= kept
    asked = {generation.lyrics for generation in contract_server.generations}
    result = prepared.run("render")
    assert result.status == 0, result
    assert len(contract_server.generations) == SONGS, asked
    assert books.breaches() == books.untruths() == books.leftovers() == []


def test_what_was_finished_is_in_the_manifests_and_the_other_is_written_too(
    prepared: Project, contract_server: ContractServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert prepared.run("render", "demo").status == 0
    prepared.replace("specs/demo.yaml", "Line demo 0", "Another line")
    run_with_bug(
        prepared, tmp_path_factory.mktemp("bug"), "songbatch.outputs.entries:manifest@'demo'"
    )
    statuses = [entry["status"] for entry in prepared.entries("late").values()]
    assert statuses == ["done"] * (SONGS // 2)
    assert prepared.run("render").status == 0
    assert len(contract_server.generations) == SONGS + 1


def test_what_was_done_before_stays_recorded(
    prepared: Project, contract_server: ContractServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert prepared.run("render").status == 0
    before = prepared.entries("demo")
    prepared.replace("specs/demo.yaml", "Line demo 0", "Another line")
    bug = "songbatch.run.delivery:deliver@demo/s0/1"
    run_with_bug(prepared, tmp_path_factory.mktemp("bug"), bug)
    assert prepared.entries("demo") == before
    assert prepared.run("render").status == 0
    assert len(contract_server.generations) == SONGS + 1

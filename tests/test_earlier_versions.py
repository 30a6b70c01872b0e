"""Projects made by earlier versions are read as before, and nothing in them is paid for again.

`earlier/0.1.0.tar.xz` was written by version 0.1.0: two takes and a song of the hosted contract, a
request without an answer, three sketches, a pick, line times. Each later form of ledger, store,
manifests or index adds a folder of its own beside it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from songbatch.files.tree import Tree
from songbatch.incremental import file_index
from support.kit import Project

MADE = sorted(Path(__file__).with_name("earlier").glob("*.tar.xz"))
HOSTED, SKETCHES = 3, 3


@pytest.fixture(params=MADE, ids=lambda path: path.name.removesuffix(".tar.xz"))
def earlier(request: pytest.FixtureRequest, project: Project) -> Project:
    with tarfile.open(request.param) as made:
        # The archives are ours; Python before 3.11.4 knows no filters.
        filters = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        made.extractall(project.root, **filters)  # type: ignore[arg-type]
    # Nobody answers here: whatever is asked for fails.
    project.environment = {"AIMLAPI_BASE_URL": "http://127.0.0.1:9", "AIMLAPI_KEY": "k"}
    return project


def kept(project: Project) -> dict[str, str]:
    """Return the digests of what no later version may touch."""
    names = ("/store/", "outputs/hosted/")
    return {
        path: digest
        for path, digest in project.files().items()
        # The list of the picks says more since, and is made anew.
        if any(n in path for n in names) and not path.endswith("/selects/hosted.m3u8")
    }


def test_there_is_one() -> None:
    assert MADE


def test_nothing_is_paid_for_again_and_nothing_changes(earlier: Project) -> None:
    """Drafts are free, and made anew: the sketch engine sounds different since."""
    before, ledger = kept(earlier), (earlier.root / ".songbatch/ledger.jsonl").read_bytes()
    planned = json.loads(earlier.run("plan", "--json").stdout)
    steps = [step for engine in planned["engines"] for step in engine["renders"]]
    assert sorted(step["action"] for step in steps) == [
        "hold",
        *["render"] * SKETCHES,
        *["reuse"] * HOSTED,
    ]
    assert "the engine's sound changed" in earlier.run("plan").stdout
    result = earlier.run("render")
    assert result.status == 3, result
    assert f"{SKETCHES} rendered, {HOSTED} up to date" in result.stdout
    assert kept(earlier).items() >= before.items()
    assert (earlier.root / ".songbatch/ledger.jsonl").read_bytes().startswith(ledger)
    assert "1 problem" in earlier.run("verify").stdout


def test_without_its_state_it_is_adopted(earlier: Project) -> None:
    before = {path: digest for path, digest in kept(earlier).items() if "outputs/" in path}
    shutil.rmtree(earlier.root / ".songbatch")
    result = earlier.run("render", "hosted", "--frozen", "--exclude", "hosted/lost")
    assert result.status == 0, result
    assert {p: d for p, d in kept(earlier).items() if "outputs/" in p} == before


def test_its_store_is_enough_to_restore_the_outputs(earlier: Project) -> None:
    before = kept(earlier)
    for path in (earlier.root / "outputs").rglob("*.mp3"):
        path.unlink()
    result = earlier.run("render", "hosted", "--frozen", "--exclude", "hosted/lost")
    assert result.status == 0, result
    assert kept(earlier) == before


def test_its_index_is_understood(earlier: Project) -> None:
    state = Tree(earlier.root / ".songbatch")
    body = (earlier.root / ".songbatch/index").read_bytes().split(b"\n", 2)[2]
    home = int(body.split()[0])
    index = file_index.read(state, home)
    assert index is not None
    found = dict(enumerate(index.files.paths))
    assert "specs/river.mp3" in found.values()
    for position, path in found.items():
        file = earlier.root / path
        if file.is_file() and path.endswith((".mp3", ".yaml")):
            assert index.files.digest_at(position) == hashlib.sha256(file.read_bytes()).digest()

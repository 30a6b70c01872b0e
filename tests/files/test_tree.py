"""A tree: nothing in it leads out, whatever its names are and whatever changes meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.files.handles import Link, Odd
from songbatch.files.tree import Tree

LIMIT = 2**20


@pytest.fixture(params=["by handles", "by paths"])
def tree(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    if request.param == "by paths":
        # As on Windows: what may be tried of it here.
        monkeypatch.setattr("songbatch.files.handles.HAS_HANDLES", False)
    (tmp_path / "outside.txt").write_text("outside")
    (tmp_path / "project").mkdir()
    return Tree(tmp_path / "project")


def test_what_is_written_is_read_back_through_folders_that_are_made(tree: Tree) -> None:
    tree.write("a/b/c", b"one, ", b"two")
    assert tree.read("a/b/c", LIMIT) == b"one, two"
    assert tree.below("a/b").read("c", LIMIT) == b"one, two"
    assert (tree.folders(), tree.folders("a"), tree.files("a/b")) == (["a"], ["b"], ["c"])
    assert list(tree.walk()) == ["a/b/c"]
    tree.move("a/b/c", "d/e")
    assert list(tree.walk()) == ["d/e"]
    tree.remove("d/e")
    tree.remove("d/e")
    tree.remove_folder("d")
    assert not tree.is_there("d")


@pytest.mark.parametrize(
    "path", ["", "..", "../outside.txt", "a/../../outside.txt", "/etc", "a//b"]
)
def test_a_path_that_leads_out_is_refused_before_anything_is_touched(tree: Tree, path: str) -> None:
    for act in (tree.remove, lambda p: tree.read(p, LIMIT), lambda p: tree.write(p, b"x")):
        with pytest.raises(Odd, match="leads out"):
            act(path)
    assert tree.entries() == []


@pytest.mark.parametrize("path", ["a/" * 600 + "x", "a/" * 100_000 + "x", "é" * 5000])
def test_a_path_that_nobody_has_is_refused_at_once(tree: Tree, path: str) -> None:
    acts: list[Callable[[str], object]] = [
        tree.status,
        tree.open,
        tree.entries,
        tree.demand_folder,
        tree.resolved,
        tree.create,
    ]
    acts += [tree.write, tree.append, tree.remove, tree.make, tree.touch, tree.remove_folder]
    for act in acts:
        with pytest.raises(Odd, match="too long") as refused:
            act(path)
        assert len(str(refused.value)) < 200
    assert tree.entries() == []


@given(
    st.lists(st.text("./\\\0:~a\udc80\ud800", max_size=4) | st.just(".."), min_size=1, max_size=4)
)
def test_no_name_reaches_anything_outside(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "project/deep").mkdir(parents=True)
        with contextlib.suppress(OSError):
            Tree(folder, "project/deep").write("/".join(parts), b"x")
        assert os.listdir(folder) == ["project"]
        assert os.listdir(f"{folder}/project") == ["deep"]


def test_links_are_neither_folders_nor_files(tree: Tree, tmp_path: Path) -> None:
    root = tmp_path / "project"
    (tmp_path / "elsewhere").mkdir()
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    (root / "file").symlink_to(tmp_path / "outside.txt")
    for path in ("folder/new", "folder/deep/new"):
        with pytest.raises(Link):
            tree.write(path, b"x")
    with pytest.raises(Link):
        tree.read("file", LIMIT)
    with pytest.raises(Link):
        tree.append("file")
    tree.write("file", b"inside")
    tree.remove("folder")
    assert (tmp_path / "outside.txt").read_text() == "outside"
    assert (root / "file").read_bytes() == b"inside"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_appending_to_a_file_with_another_name_leaves_that_as_it_is(
    tree: Tree, tmp_path: Path
) -> None:
    os.link(tmp_path / "outside.txt", tmp_path / "project/log")
    with tree.append("log") as file:
        file.write(b" and more")
    assert tree.read("log", LIMIT) == b"outside and more"
    assert (tmp_path / "outside.txt").read_text() == "outside"


def test_links_that_stay_inside_are_followed_where_that_is_asked_for(
    tree: Tree, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    tree.write("real/deep/file", b"x")
    (root / "short").symlink_to("real/deep")
    (root / "real/up").symlink_to("../short/file")
    (root / "whole").symlink_to(root / "real")
    assert tree.resolved("short/file") == "real/deep/file"
    assert tree.resolved("real/up") == "real/deep/file"
    assert tree.resolved("whole/up") == "real/deep/file"
    assert tree.resolved("short/missing") == "real/deep/missing"
    for name, target in (("out", "../outside.txt"), ("far", "/etc"), ("loop", "loop")):
        (root / name).symlink_to(target)
        with pytest.raises(Odd):
            tree.resolved(f"{name}/x")


def test_what_is_no_plain_file_is_refused_at_once(tree: Tree, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "project/pipe")
    (tmp_path / "project/folder").mkdir()
    with (tmp_path / "project/huge").open("wb") as file:
        file.truncate(2**40)
    for path, why in (("pipe", "not a plain file"), ("folder", "a folder"), ("huge", "at most")):
        with pytest.raises(Odd, match=why):
            tree.read(path, LIMIT)


def test_a_file_that_grows_while_it_is_read_is_bounded(tree: Tree, tmp_path: Path) -> None:
    tree.write("growing", b"x")
    with tree.open("growing", LIMIT) as file:
        (tmp_path / "project/growing").write_bytes(bytes(2 * LIMIT))
        with pytest.raises(Odd, match="more than"):
            tree.read_from(file, "growing", LIMIT)


def test_a_folder_that_was_made_again_is_written_to(tree: Tree, tmp_path: Path) -> None:
    tree.write("a/one", b"1")
    (tmp_path / "project/a/one").unlink()
    (tmp_path / "project/a").rmdir()
    (tmp_path / "project/a").mkdir()
    tree.write("a/two", b"2")
    assert (tmp_path / "project/a/two").read_bytes() == b"2"


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "project"
    (root / "a").mkdir(parents=True)
    done = threading.Event()

    acts = (
        lambda: (root / "a").rename(root / "real"),
        lambda: (root / "a").symlink_to("../outside"),
        (root / "a").unlink,
        lambda: (root / "real").rename(root / "a"),
        lambda: shutil.rmtree(root / "real", ignore_errors=True),
    )

    def swap() -> None:
        while not done.is_set():
            for act in acts:
                with contextlib.suppress(OSError):
                    act()

    swapping = threading.Thread(target=swap)
    swapping.start()
    written = 0
    try:
        for number in range(1000):
            # Each looks anew, as every command does.
            with contextlib.suppress(OSError):
                Tree(root).write(f"a/{number}", b"x")
                written += 1
    finally:
        done.set()
        swapping.join()
    assert written
    assert list((tmp_path / "outside").iterdir()) == []


def test_handles_are_not_kept_for_ever(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for number in range(300):
        tree.write(f"folder-{number}/file", b"x")
    assert len(list(Path("/proc/self/fd").iterdir())) < 200

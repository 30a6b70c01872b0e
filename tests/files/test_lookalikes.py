"""Names in another normal form: the file that is meant is found, wherever a user names one."""

from __future__ import annotations

import os
import shutil
import unicodedata
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.files.lookalikes import existing_path, looking_the_same
from support.kit import Project
from tests.audio.pictures import png

NAMES = st.text(st.sampled_from("aéñüÅアガ각ệ"), min_size=1, max_size=4)
FORMS = st.sampled_from(["NFC", "NFD"])


def in_form(form: str, text: str) -> str:
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


@given(st.lists(st.tuples(NAMES, FORMS, FORMS), min_size=1, max_size=3))
def test_a_path_leads_to_what_looks_the_same(parts: list[tuple[str, str, str]]) -> None:
    written = "/".join(in_form(form, name) for name, form, _ in parts)
    actual = "/".join(in_form(form, name) for name, _, form in parts)
    names = {"": ["other"]}
    for path in accumulate(actual.split("/"), "{}/{}".format):
        folder, _, name = path.rpartition("/")
        names[folder].append(name)
        names[path] = ["other"]
    assert looking_the_same(written, names.__getitem__) == actual
    assert looking_the_same(f"{written}x", names.__getitem__) is None


def test_the_very_name_comes_first_and_of_several_others_none_is_taken() -> None:
    exact, decomposed, mixed = "éé", "e\u0301e\u0301", "ée\u0301"
    assert looking_the_same(exact, lambda _: [decomposed, exact]) == exact
    assert looking_the_same(exact, lambda _: [decomposed]) == decomposed
    assert looking_the_same(exact, lambda _: [decomposed, mixed]) is None


def test_a_path_of_the_user_is_found_from_the_root_and_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "cafe\u0301" / "e\u0301.mp3"
    place.parent.mkdir()
    place.write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert existing_path(tmp_path / "café" / "é.mp3") == place
    assert existing_path(Path("café/é.mp3")) == Path("cafe\u0301/e\u0301.mp3")
    assert existing_path(Path("café/ü.mp3")) == Path("café/ü.mp3")


SPEC = """\
version: 1
title: Café
references: {tune: {file: més/café.mp3, purpose: song}}
defaults: {reference: tune, tags: {cover: couvertüre.png}, output: "{{ name }}", lrc: true}
songs:
  dawn: {rows: zeilé.csv, template: strophé.j2}
"""


def decompose(folder: Path) -> int:
    """Give every file and folder below its decomposed name, as a zip of macOS does."""
    paths = sorted(folder.rglob("*"), key=lambda path: len(path.parts), reverse=True)
    renamed = [path for path in paths if in_form("NFD", path.name) != path.name]
    for path in renamed:
        path.rename(path.with_name(in_form("NFD", path.name)))
    return len(renamed)


@pytest.fixture
def cafe(project: Project) -> Project:
    project.reference("specs/més/café.mp3").write("specs/a.yaml", SPEC)
    project.write("specs/couvertüre.png", png(8, 8))
    project.write("specs/zeilé.csv", "name\nÅse\nZoë\n")
    project.write("templates/strophé.j2", "{% include 'éin.j2' %} for {{ name }}")
    return project.write("templates/éin.j2", "the kettle sings")


def test_a_project_that_was_unpacked_in_another_form_works_as_before(cafe: Project) -> None:
    assert decompose(cafe.root) == 6
    checked = cafe.run("check")
    assert checked.status == 0, checked
    rendered = cafe.run("render")
    assert rendered.status == 0, rendered
    assert decompose(cafe.root / "outputs") == 4
    moved = cafe.files("outputs")
    # Only the outputs are left: what was made is found by its name alone.
    shutil.rmtree(cafe.root / ".songbatch")
    again = cafe.run("render")
    assert again.status == 0, again
    assert "2 adopted" in again.stdout, again
    after = cafe.files("outputs")
    playlist = "outputs/a/sketch/a.m3u8"
    assert after.keys() == moved.keys()
    assert {p for p in after if after[p] != moved[p]} <= {playlist}
    listed = (cafe.root / playlist).read_text("utf-8").splitlines()[3::2]
    assert [name for name in listed if not (cafe.root / "outputs/a/sketch" / name).exists()] == []
    assert "Nothing to do" in cafe.run("render").stdout
    assert cafe.run("verify").status == 0
    assert cafe.run("report").status == 0


def test_files_and_folders_that_a_user_names_are_found(cafe: Project) -> None:
    assert cafe.run("render").status == 0
    output = "outputs/a/sketch/Åse.mp3"
    decompose(cafe.root)
    assert cafe.run("recover", output).status == 0
    assert cafe.run("analyze", output).status == 0
    here = cafe.root.with_name("père")
    os.rename(cafe.root, in_form("NFD", str(here)))
    (cafe.root).mkdir()
    assert cafe.run("check", "--project", str(here)).status == 0


def test_a_file_that_comes_later_under_the_very_name_is_the_one(cafe: Project) -> None:
    decompose(cafe.root)
    assert cafe.run("render").status == 0
    cafe.write("specs/zeilé.csv", "name\nÅse\nZoë\nMia\n")
    assert "1 to render" in cafe.run("plan").stdout

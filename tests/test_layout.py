"""Where a project is found, and where its outputs lie."""

from __future__ import annotations

from pathlib import Path

from songbatch.layout import manifest_path, nearest_project, output_folder


def test_the_nearest_folder_with_specs_is_the_project(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    for folder in (tmp_path / "specs", inner / "specs", inner / "a" / "b"):
        folder.mkdir(parents=True)
    assert nearest_project(str(inner / "a" / "b")) == str(inner)
    assert nearest_project(str(inner)) == str(inner)
    assert nearest_project(str(tmp_path / "specs")) == str(tmp_path)


def test_a_file_called_specs_makes_no_project(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "specs").write_text("")
    assert nearest_project(str(tmp_path / "inner")) == str(tmp_path)


def test_a_manifest_lies_beside_its_outputs() -> None:
    assert manifest_path("demo", "sketch") == f"{output_folder('demo', 'sketch')}/manifest.json"

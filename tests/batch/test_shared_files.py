"""Files that several specs name: what is to say of one is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.kit import Project

SPEC = """\
version: 1
title: Cards
references: {tune: {file: tune.mp3, purpose: song}}
songs:
  card: {reference: tune, rows: people.csv, lyrics: "good morning, {{ first_name }}"}
"""


def test_what_was_assumed_of_a_table_is_told_once(project: Project) -> None:
    project.reference("specs/tune.mp3").write("specs/a.yaml", SPEC).write("specs/b.yaml", SPEC)
    project.write("specs/people.csv", "first_name;town;\r\nJosé;Málaga;\r\n;;\r\n".encode("cp1252"))
    result = project.run("check")
    assert result.status == 0, result
    assert (result.stdout + result.stderr).count("rows.form") == 1, result

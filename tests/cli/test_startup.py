"""What a command loads: `--help`, `check` and a run with nothing to do stay light."""

from __future__ import annotations

import subprocess
import sys

from support.kit import Project
from tests.run.specs import SONG

PROBE = """
import sys
from songbatch.__main__ import main
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print("exit", code, *sys.modules, file=sys.stderr)
"""
HEAVY = {"numpy", "requests", "jinja2", "rich", "starlette", "uvicorn", "miniaudio", "lameenc"}


def loaded(project: Project, *arguments: str) -> set[str]:
    """Run a command that must succeed; return the foreign top-level modules it loaded."""
    process = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    words = process.stderr.split()
    assert words[words.index("exit") + 1] == "0", process.stderr
    return {word.partition(".")[0] for word in words} - set(sys.stdlib_module_names)


def test_help_loads_only_click(project: Project) -> None:
    assert (
        loaded(project, "--help") & (HEAVY | {"filelock", "jsonschema", "msgspec", "yaml"}) == set()
    )


def test_check_loads_nothing_that_it_does_not_need(hosted: Project) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    modules = loaded(hosted, "check")
    assert "yaml" in modules
    # A reference that nobody has listened to yet is decoded, by a decoder that loads numpy.
    assert modules & HEAVY == {"miniaudio", "numpy"}
    assert hosted.run("render").status == 0
    hosted.replace("specs/demo.yaml", "morning", "evening")
    assert loaded(hosted, "check") & HEAVY == set()
    hosted.replace("specs/demo.yaml", "evening", "{{ 'morning' }}")
    assert loaded(hosted, "check") & HEAVY == {"jinja2"}


def test_nothing_to_do_loads_no_engine(hosted: Project) -> None:
    hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    assert hosted.run("render").status == 0
    assert loaded(hosted, "plan") & HEAVY == set()
    assert loaded(hosted, "render") & (HEAVY | {"click", "jsonschema", "msgspec", "yaml"}) == set()

"""Choosing between engines on the command line: earlier takes and picks of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.documents.selects_file import load_selects
from songbatch.selects import Heard, Opinion, Selects
from songbatch.sources import Source
from support.acestep.server import AceStepServer

if TYPE_CHECKING:
    from support.kit import Project

SPEC = """\
version: 1
references:
  river: {file: references/river.mp3, purpose: song}
defaults: {reference: river, duration: 10}
songs:
  harbour: {lyrics: Over the harbour the lamps go out}
"""
ID = "friends/harbour/1"


def picks(project: Project) -> list[str]:
    """Return the engines whose audio is picked."""
    source = Source("selects.yaml", (project.root / "specs/selects.yaml").read_text("utf-8"))
    return [one.heard.engine for one in load_selects(source).selects.opinions if one.pick]


def test_earlier_takes_and_picks_of_one_engine(project: Project) -> None:
    project.write("specs/friends.yaml", SPEC).reference("specs/references/river.mp3")
    with AceStepServer() as server:
        project.environment = {"ACESTEP_URL": server.url}
        opinions = []
        for engine in ("sketch", "acestep"):
            assert project.run("render", "--engine", engine).status == 0
            (entry,) = project.manifest("friends", engine)["renders"]
            heard = Heard(ID, engine, entry["audio_sha256"])
            opinions.append(Opinion("ann", heard, pick=True))
        project.write("specs/selects.yaml", Selects(tuple(opinions)).dump())
        project.replace("specs/friends.yaml", "lamps go out", "lamps go on")
        for engine in ("sketch", "acestep"):
            assert project.run("render", "--engine", engine).status == 0
    digests = {one.heard.engine: one.heard.audio_sha256[:12] for one in opinions}

    (line, _, tally) = project.run("selects", "list", "--engine", "acestep").stdout.splitlines()
    assert line.startswith(f"{digests['acestep']}  {ID} on acestep  0:10  received ")
    assert tally.startswith("1 earlier take;")
    nothing = project.run("selects", "list", "--engine", "music-01")
    assert (nothing.status, nothing.stdout) == (
        0,
        "No earlier takes of music-01; there are some of acestep and sketch\n",
    )

    slip = project.run("selects", "drop", f"{ID}@acestpe")
    assert slip.status == 2
    assert f'did you mean "{ID}@acestep"?' in slip.stderr
    assert project.run("selects", "drop", f"{ID}@acestep").stdout == (
        "specs/selects.yaml: 1 pick taken back, of ann. Next: songbatch render\n"
    )
    assert picks(project) == ["sketch"]
    assert project.run("selects", "drop", f"{ID}@acestep").stdout == (
        f"{ID}@acestep: nothing is picked that it had before\n"
    )
    assert project.run("selects", "drop", ID).status == 0
    assert picks(project) == []

"""What can be wrong with a project of two hosted songs, each as a function that spoils it."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import soundfile

from songbatch.selects import Heard, Opinion, Selects
from support.kit import Project
from tests.cli.repository import git

SPEC, OUTPUTS = "specs/demo.yaml", "outputs/demo/music-01"
MANIFEST, SELECTS = f"{OUTPUTS}/manifest.json", "specs/selects.yaml"
SONG = f"{OUTPUTS}/first.mp3"


def torn(project: Project) -> None:
    project.write(MANIFEST, (project.root / MANIFEST).read_bytes()[:-40])


def a_folder(project: Project) -> None:
    """A manifest that is a folder, as a tool leaves it that unpacks every file of that kind."""
    (project.root / MANIFEST).unlink()
    (project.root / MANIFEST).mkdir()


def newer(project: Project) -> None:
    project.replace(MANIFEST, '"manifest": 1', '"manifest": 9')


def conflict(project: Project) -> None:
    text = (project.root / MANIFEST).read_text("utf-8")
    project.write(MANIFEST, f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n")


def verdicts(*listeners: str) -> list[str]:
    heard = Heard("demo/first/1", "music-01", "a" * 64)
    return [Selects((Opinion(who, heard, note="warm"),)).dump().decode() for who in listeners]


def selects_in_conflict(project: Project) -> None:
    ours, theirs = verdicts("ann", "ben")
    project.write(SELECTS, f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n")


def odd_reference(project: Project) -> None:
    """A reference that a program has to mix down, which the stand-in only copies."""
    sound = io.BytesIO()
    soundfile.write(sound, np.zeros((16 * 8000, 10)), 8000, format="AIFF")
    project.write("specs/references/-my river.aiff", sound.getvalue())
    project.replace(SPEC, "references/river.mp3", "references/-my river.aiff")


def damaged(project: Project) -> None:
    project.write(SONG, b"no song")


def lost(project: Project) -> None:
    (project.root / SONG).unlink()


def switched(project: Project) -> None:
    project.replace(SPEC, "engine: music-01\n", "")


def lost_of_another_engine(project: Project) -> None:
    lost(project)
    switched(project)


def renamed(project: Project) -> None:
    (project.root / SPEC).rename(project.root / "specs/album.yaml")


def renamed_on_another_engine(project: Project) -> None:
    switched(project)
    renamed(project)


def replaced_on_another_engine(project: Project) -> None:
    """Other songs, on another engine: to render them on the old one would cost something."""
    renamed_on_another_engine(project)
    project.replace("specs/album.yaml", "Down", "Up").replace("specs/album.yaml", "hill", "ridge")


def moved(project: Project) -> None:
    """A spec that lies where none is looked for."""
    (project.root / "specs/album").mkdir()
    (project.root / SPEC).rename(project.root / "specs/album/demo.yaml")


def moved_beside_another(project: Project) -> None:
    text = (project.root / SPEC).read_text("utf-8")
    moved(project)
    project.write("specs/other.yaml", text.replace("Down", "Up"))


def without_commits(project: Project) -> None:
    shutil.rmtree(project.root / ".git")
    git(project, "init", "-q")


def misspelt(project: Project) -> None:
    project.replace(SPEC, "lyrics:", "lyrix:")


def dropped(project: Project) -> None:
    """A song that failed, that was paid for once, and that its spec does not have any more."""
    manifest = project.manifest("demo")
    failed = manifest["renders"][1]
    gone = ("sha256", "bytes", "seconds", "audio_sha256", "delivered", "measures", "cover")
    failed |= dict.fromkeys(gone) | {"status": "failed", "error": "no", "findings": []}
    project.write(MANIFEST, json.dumps(manifest))
    text = (project.root / SPEC).read_text("utf-8")
    project.write(SPEC, text.partition("  second:")[0])


def left_over(project: Project) -> None:
    """The same, without what was paid for."""
    dropped(project)
    shutil.rmtree(project.root / ".songbatch/store")


def nothing(_project: Project) -> None:
    pass

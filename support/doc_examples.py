"""The examples of the documentation: three songs of this repository to hear, and their pictures.

    python -m support.doc_examples

renders the repository's specs as a newcomer would, draws three songs, and renders the same three in
a size that can be committed. Equal songs give equal files: a test compares them with docs/examples.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from support.kit import Project, Result

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs/examples"
SONGS = {
    "lanterns": "friends/lanterns/1",
    "window": "moods/window/happy-night-drive/1",
    "a-cappella": "parts/a-cappella/1",
}
SMALL = "{format: mp3, sample_rate: 24000, bitrate: 64000}"
"""The audio of what is committed."""

_AUDIO = re.compile(r"^defaults:\n(?:  audio: .*\n)?", re.MULTILINE)


def copied(folder: Path) -> Project:
    """Return a project with this repository's specs and templates."""
    for part in ("specs", "templates"):
        shutil.copytree(ROOT / part, folder / part)
    return Project(folder)


def draw(project: Project, folder: Path) -> None:
    """Draw the examples of a rendered project into a folder, by the command of the docs."""
    for name, song in SONGS.items():
        _done(project.run("analyze", song, "--picture", str(folder / f"{name}.svg")))


def render_small(project: Project, folder: Path) -> None:
    """Render the examples, in place of what the specs of a project say of audio, into a folder."""
    for spec in {song.partition("/")[0] for song in SONGS.values()}:
        path = project.root / f"specs/{spec}.yaml"
        path.write_text(_small(path.read_text("utf-8")), "utf-8")
    _done(project.run("render", *SONGS.values()))
    for name, song in SONGS.items():
        spec = song.partition("/")[0]
        output = project.entries(spec, "sketch")[song]["output"]
        shutil.copyfile(project.root / output, folder / f"{name}.mp3")


def _small(text: str) -> str:
    """Return a spec whose songs all have the audio of the examples."""
    text = re.sub(r"^    audio: .*\n", "", text, flags=re.MULTILINE)
    if not _AUDIO.search(text):
        text = text.replace("\nsongs:\n", "\ndefaults:\n\nsongs:\n")
    return _AUDIO.sub(f"defaults:\n  audio: {SMALL}\n", text)


def _done(result: Result) -> None:
    if result.status != 0:
        raise SystemExit(str(result))


def main() -> None:
    """Write the examples anew."""
    EXAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project = copied(Path(folder))
        _done(project.run("render"))
        draw(project, EXAMPLES)
        render_small(project, EXAMPLES)


if __name__ == "__main__":
    main()

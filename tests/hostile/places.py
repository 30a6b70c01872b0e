"""Every place at which the program reads, writes, lists, links or deletes × every hostile thing.

    python -m tests.hostile.places     all places × all things × all commands; half an hour

The short form in tests/hostile/test_places.py runs two commands for each place and thing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from support.contract.audio import tone
from support.kit import Project, Result
from tests.audio.pictures import png
from tests.cli.repository import commit, git
from tests.hostile.forking import Forks
from tests.hostile.limited import is_harmless

SECRET = b"what stands outside the project: c0ffee-2f9e1b77"
SPEC = """\
version: 1
references: {river: {file: river.wav, purpose: song}}
defaults: {reference: river, lrc: true, tags: {cover: front.png, comment: "{{ x }}"}, vars: {x: z}}
songs:
  one: {lyrics: "the kettle sings, the day begins"}
  two: {rows: rows.csv, template: t.j2}
"""
COMMANDS = (
    ("render",),
    ("check",),
    ("plan",),
    ("report",),
    ("report", "--embed"),
    ("verify",),
    ("gc",),
    ("diff", "HEAD"),
    ("render", "--frozen", "--json"),
    ("render", "--set", "x=y", "--select", "one"),
    ("selects", "merge", "specs/selects.yaml", "-o", "specs/selects.yaml"),
    ("recover", "outputs/x/sketch/one.mp3"),
    ("analyze", "specs/river.wav"),
    ("init", "."),
)
PLACES = (
    "songbatch.yaml",
    "specs",
    "specs/x.yaml",
    "specs/rows.csv",
    "specs/river.wav",
    "specs/front.png",
    "specs/selects.yaml",
    "specs/.0123456789abcdef.part",
    "templates",
    "templates/t.j2",
    "outputs",
    "outputs/.0123456789abcdef.part",
    "outputs/report.html",
    "outputs/x",
    "outputs/x/sketch",
    "outputs/x/sketch/manifest.json",
    "outputs/x/sketch/one.mp3",
    "outputs/x/sketch/one.lrc",
    "outputs/x/sketch/x.m3u8",
    "outputs/x/sketch/.0123456789abcdef.part",
    "outputs/x/selects",
    "outputs/x/selects/one.mp3",
    "outputs/x/selects/x.m3u8",
    "outputs/y/sketch/manifest.json",
    ".songbatch",
    ".songbatch/.gitignore",
    ".songbatch/index",
    ".songbatch/probes",
    ".songbatch/ledger.jsonl",
    ".songbatch/lock",
    ".songbatch/lock.json",
    ".songbatch/compiled",
    ".songbatch/compiled/x",
    ".songbatch/compiled/gone",
    ".songbatch/store",
    ".songbatch/store/AB",
    ".songbatch/store/AB/BLOB",
    ".songbatch/store/incoming",
    ".songbatch/store/incoming/KEY.1.mp3.whole",
    ".songbatch/store/incoming/KEY.1.mp3.part",
    ".songbatch/store/incoming/notes.whole",
    ".songbatch/measures",
    ".songbatch/measures/BLOB.json",
    ".songbatch/waveforms",
    ".songbatch/waveforms/BLOB",
    ".songbatch/sketch",
    ".songbatch/sketch/PORTRAIT",
    ".git",
    ".git/config",
    ".git/HEAD",
    "HEAD",
)
"""BLOB, AB, KEY and PORTRAIT stand for names that the project has."""


class Ground:
    """A rendered project, in a folder beside which lies what must not change."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.project = Project(top / "project")
        self.outside = top / "outside"

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.project.root

    def copied(self, top: Path) -> Ground:
        """Return a copy of it in another folder."""
        shutil.copytree(self.top, top, symlinks=True)
        return Ground(top)

    def named(self, place: str) -> Path:
        """Return the path of a place; its names may be those of this project."""
        store = self.root / ".songbatch/store"
        blob = next(p.name for p in sorted(store.glob("??/*")))
        portrait = next(p.name for p in sorted((self.root / ".songbatch/sketch").iterdir()))
        names = {"BLOB": blob, "AB": blob[:2], "KEY": "0" * 64, "PORTRAIT": portrait}
        for word, name in names.items():
            place = place.replace(word, name)
        return self.root / place

    def around(self) -> dict[str, str]:
        """Return what lies outside the project: names, links, contents."""
        found = {}
        for path in sorted(self.outside.rglob("*")):
            name = str(path.relative_to(self.top))
            if path.is_symlink():
                found[name] = f"link to {path.readlink()}"
            elif path.is_file():
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                found[name] = "folder"
        return found


def make_ground(top: Path) -> Ground:
    """Render a project that has something at every place."""
    ground = Ground(top)
    project = ground.project
    project.write("specs/x.yaml", SPEC).write("specs/rows.csv", "name\nAnn\n")
    project.write("templates/t.j2", "Hello {{ name }}, good morning").write(
        "songbatch.yaml", "version: 1\nengines: {sketch: {jobs: 1}}\n"
    )
    project.write("specs/front.png", png(8, 8))
    project.write("specs/river.wav", tone("wav", 16.0, 220.0, 16000))
    assert project.run("render").status == 0
    entry = project.entries("x", "sketch")["x/one/1"]
    project.write(
        "specs/selects.yaml",
        'version: 1\nlisteners:\n  "ann":\n    - {render: "x/one/1", engine: "sketch", '
        f'audio_sha256: "{entry["audio_sha256"]}", pick: true}}\n',
    )
    assert project.run("render").status == 0
    assert project.run("report").status == 0
    project.write(".gitignore", ".songbatch/\n*.mp3\n*.html\n")
    git(project, "init", "-qb", "main")
    commit(project, "songs")
    ground.outside.mkdir()
    (ground.outside / "secret.txt").write_bytes(SECRET)
    (ground.outside / "folder").mkdir()
    (ground.outside / "folder/thesis.txt").write_bytes(SECRET)
    return ground


# What is planted. Each takes the ground and the path, at which nothing lies any more; `was` is
# where that lies now, outside the project, if there was anything.


def link_to_a_file(ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(ground.outside / "secret.txt")


def relative_link_to_a_folder(ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(os.path.relpath(ground.outside / "folder", path.parent))


def link_to_what_was_there(_ground: Ground, path: Path, was: Path | None) -> None:
    path.symlink_to(was or path.with_name("nothing"))


def link_to_nothing(ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(ground.outside / "not-there-yet")


def link_to_a_device(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to("/dev/zero")


def link_in_circles(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(path.name)


def link_to_another_output(ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(ground.root / "outputs/x/sketch/two-ann.mp3")


def link_to_the_state(ground: Ground, path: Path, _was: Path | None) -> None:
    path.symlink_to(ground.root / ".songbatch/store")


def another_name_of_a_file(ground: Ground, path: Path, was: Path | None) -> None:
    is_file = was is not None and was.is_file()
    os.link(was if was is not None and is_file else ground.outside / "secret.txt", path)


def pipe(_ground: Ground, path: Path, _was: Path | None) -> None:
    os.mkfifo(path)


def bound_socket(_ground: Ground, path: Path, _was: Path | None) -> None:
    with socket.socket(socket.AF_UNIX) as listening, short_of(path.parent):
        listening.bind(path.name)


def folder(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.mkdir()
    (path / "file").write_bytes(b"hello")


def empty_file(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.write_bytes(b"")


def zeros_and_controls(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.write_bytes(b"\0\x1b]0;owned\x07\x9b31m\xc2\x9b\xff" * 1000)


def huge_file(_ground: Ground, path: Path, _was: Path | None) -> None:
    with path.open("wb") as file:
        file.truncate(2**42)


def long_line(_ground: Ground, path: Path, _was: Path | None) -> None:
    path.write_bytes(b'{"' + b"[" * 20_000_000)


Thing = Callable[[Ground, Path, Path | None], None]
THINGS: tuple[Thing, ...] = (
    link_to_a_file,
    relative_link_to_a_folder,
    link_to_what_was_there,
    link_to_nothing,
    link_to_a_device,
    link_in_circles,
    link_to_another_output,
    link_to_the_state,
    another_name_of_a_file,
    pipe,
    bound_socket,
    folder,
    empty_file,
    zeros_and_controls,
    huge_file,
    long_line,
)


class short_of:  # noqa: N801  (a context like those of contextlib)
    """Be in a folder for a moment: names of sockets are short."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._before = folder, Path.cwd()

    def __enter__(self) -> None:
        os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)


def plant(ground: Ground, place: str, thing: Thing) -> Path:
    """Put a thing at a place; what was there comes to lie outside the project."""
    path = ground.named(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    was = None
    if path.exists():
        was = ground.outside / "was"
        path.rename(was)
    thing(ground, path, was)
    return path


def attack(
    forks: Forks, ground: Ground, place: str, thing: Thing, commands: Iterator[tuple[str, ...]]
) -> Iterator[Result]:
    """Plant a thing, run commands, and look at what came of each."""
    planted = plant(ground, place, thing)
    before = ground.around()
    for command in commands:
        result = forks.run(ground.root, *command)
        told = f"{place} is {thing.__name__}: songbatch {' '.join(command)}: {result}"
        is_harmless(result)
        assert result.status in {0, 1, 2, 3}, told
        assert result.status != 1 or result.stdout + result.stderr, told
        assert ground.around() == before, told
        assert leaks(ground, result, planted) == [], told
        yield result


def leaks(ground: Ground, result: Result, planted: Path) -> list[str]:
    """Return where the secret stands that lies outside the project."""
    forms = (SECRET, base64.b64encode(SECRET)[:-4], SECRET.hex().encode())
    found = [form for form in forms if form in (result.stdout + result.stderr).encode()]
    places = [form.decode() for form in found]
    for folder, _, names in os.walk(ground.root):
        for name in names:
            path = Path(folder, name)
            if path == planted or path.is_symlink() or not path.is_file():
                continue
            status = path.stat()
            # A file with another name outside may get yet another one inside.
            is_ours = status.st_nlink == 1 and status.st_size < 2**28
            if is_ours and SECRET in path.read_bytes():
                places.append(str(path))
    return places


def main() -> None:
    """Try everything."""
    tried, refused = 0, 0
    with tempfile.TemporaryDirectory() as folder, Forks() as forks:
        ground = make_ground(Path(folder, "ground"))
        for place in PLACES:
            for thing in THINGS:
                copy = ground.copied(Path(folder, "copy"))
                for result in attack(forks, copy, place, thing, iter(COMMANDS)):
                    tried += 1
                    refused += result.status == 2
                shutil.rmtree(copy.top)
            print(f"{place}: {tried:,} commands, {refused:,} refused in words", flush=True)


if __name__ == "__main__":
    main()

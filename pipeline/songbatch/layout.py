"""The layout of a project: where everything lies in it, relative to its folder.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing typing for it would slow the start
if TYPE_CHECKING:
    from pathlib import Path

STATE_FOLDER = ".songbatch"
"""What this program keeps; not for version control."""
OUTPUTS = "outputs"
SETTINGS_NAME = "songbatch.yaml"
SELECTS_NAME = "specs/selects.yaml"
FIXES_NAME = "specs/fixes.json"
ALBUMS = "specs/albums"
"""Where albums of several specs' songs lie, a file each."""
MANIFEST_NAME = "manifest.json"


def output_folder(spec: str, engine: str) -> str:
    """Return where the outputs of a spec and an engine lie, their manifest among them."""
    return f"{OUTPUTS}/{spec}/{engine_folder(engine)}"


def parts_folder(outputs: str) -> str:
    """Return where the parts lie of the songs in a folder of outputs."""
    return f"{outputs}/parts"


def engine_folder(engine: str) -> str:
    """Return the name of an engine's folders: `fal/music-3` is a folder `fal@music-3`."""
    return engine.replace("/", "@")


def engine_of_folder(folder: str) -> str:
    """Return the engine whose folders are called so."""
    return folder.replace("@", "/")


def manifest_path(spec: str, engine: str) -> str:
    """Return where the manifest of a spec and an engine lies."""
    return f"{output_folder(spec, engine)}/{MANIFEST_NAME}"


def nearest_project(folder: str) -> str | None:
    """Return the nearest folder upward that has `specs/`, if there is one."""
    while not os.path.isdir(f"{folder}/specs"):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def repository_of(folder: Path) -> Path | None:
    """Return the top of the repository of git that a folder lies in, None if it is in none."""
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)


def folder_in_repository(folder: Path) -> str:
    """Return where a folder lies in its repository of git, with a slash behind; "" at its top."""
    top = repository_of(folder)
    below = "." if top is None else folder.relative_to(top).as_posix()
    return "" if below == "." else f"{below}/"


def folder_id(folder: str) -> int:
    """Return the number that distinguishes a folder from its copies. Raises OSError."""
    return os.stat(folder).st_ino

"""Folders with a project each, read as the command reads them."""

from __future__ import annotations

from pathlib import Path

from songbatch.batch.project_files import load_engines
from songbatch.cli.diagnostics import as_text
from songbatch.diagnostics import Diagnostic, sort_key
from songbatch.documents.selects_file import load_selects
from songbatch.engines.catalog import Engines
from songbatch.files.encodings import as_source
from songbatch.sources import Source, Unreadable
from songbatch.spec import LoadResult, load
from songbatch.workspace import Workspace

HERE = Path(__file__).parent


def folders(kind: str) -> list[Path]:
    """Return the example projects of a kind."""
    return sorted(path for path in (HERE / kind).iterdir() if path.is_dir())


def load_example(folder: Path) -> LoadResult:
    """Load the spec `x` of an example."""
    workspace = Workspace(folder)
    return load(workspace.read("specs/x.yaml"), "x", workspace, engines=Engines().lookup(None))


def diagnostics(folder: Path) -> tuple[Diagnostic, ...]:
    """Return what is wrong with an example: with its settings, its selects, or else its spec."""
    workspace = Workspace(folder)
    if workspace.settings() is not None:
        return tuple(load_engines(workspace)[1])
    selects = workspace.selects()
    return (
        load_example(folder).diagnostics if selects is None else load_selects(selects).diagnostics
    )


def printed(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Return diagnostics as the command prints them."""
    texts = [as_text(one) for one in sorted(set(diagnostics), key=sort_key)]
    return "\n\n".join(texts) + "\n" if texts else ""


class Memory:
    """Files that are only in memory."""

    def __init__(self, **files: str) -> None:
        self._files = files

    def read(self, path: str) -> Source:
        """Return a file, or raise Unreadable as the workspace does."""
        return as_source(path, self.read_data(path))

    def read_data(self, path: str) -> bytes:
        """Return the bytes of a file, or raise Unreadable as the workspace does."""
        if path not in self._files:
            fix = "correct the path, or add the file"
            raise Unreadable("there is no such file", fix, is_missing=True)
        return self._files[path].encode()

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder."""
        parts = (path.rpartition("/") for path in self._files)
        return sorted(name for above, _, name in parts if (above or ".") == folder)

"""Packages that come along only if they are asked for, and whether they are there.

What is kept here are facts of the packages; nothing of them is imported. Nothing that is slow to
import is used here: a run with nothing to do asks which ones there are, too.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing for it would slow the start
if TYPE_CHECKING:
    from collections.abc import Mapping


class Extra:
    """An extra of this program: a package in one version, whose files are read as data.

    `files` are those that are read, by their paths beside the package's own folder, with their
    SHA-256 digests: with any other file, equal requests would not give equal results.
    """

    def __init__(self, name: str, package: str, version: str, files: Mapping[str, str]) -> None:
        self.name, self.package, self.version, self.files = name, package, version, files

    @property
    def command(self) -> str:
        """What installs it."""
        return f"pip install 'songbatch[{self.name}]'"

    def folder(self) -> str | None:
        """Return the folder that holds it, None if it is not installed in this version."""
        about = f"{self.package.replace('-', '_')}-{self.version}.dist-info"
        return next((path for path in sys.path if os.path.isdir(os.path.join(path, about))), None)

    def read(self, path: str) -> bytes:
        """Return the bytes of one of its files. Raises ExtraMissing."""
        folder = self.folder()
        if folder is None:
            raise ExtraMissing(f"the package {self.package} {self.version} is not installed", self)
        try:
            with open(os.path.join(folder, path), "rb") as file:
                data = file.read()
        except OSError as error:
            reason = f"{path} of the package {self.package} cannot be read"
            raise ExtraMissing(reason, self) from error
        from hashlib import sha256  # noqa: PLC0415  (slow to load, and seldom needed)

        if sha256(data).hexdigest() != self.files[path]:
            reason = f"{path} is not the one of {self.package} {self.version}: it was changed"
            raise ExtraMissing(reason, self)
        return data

    def demand(self) -> None:
        """Raise ExtraMissing unless all of its files are there and as they were published."""
        for path in self.files:
            self.read(path)


class ExtraMissing(Exception):
    """A package is not there, or is another one; says why, and what to do."""

    def __init__(self, reason: str, extra: Extra) -> None:
        super().__init__(reason)
        is_there = extra.folder() is not None
        self.fix = (
            f"pip install --force-reinstall --no-deps {extra.package}=={extra.version}"
            if is_there
            else extra.command
        )


VOICE = Extra(
    "voice",
    "hibari-tts",
    "0.2.1",
    {
        "hibari/assets/hibari.onnx": (
            "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"
        ),
        "hibari/assets/oov.json": (
            "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c"
        ),
        "hibari/assets/oov.onnx": (
            "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"
        ),
        "hibari/assets/vocab.json": (
            "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d"
        ),
    },
)
"""A singer's network, its alphabet, and what reads words that no dictionary has."""

EXTRAS = (VOICE,)


def demand_package(module: str, *, extra: str) -> None:
    """Raise UsageError, with what installs it, unless an optional package is there.

    `module` is what it is imported as, `extra` the extra of this program that brings it. It is
    neither imported nor judged.
    """
    from importlib.util import find_spec  # noqa: PLC0415  (slow to load, and seldom needed)

    from songbatch.diagnostics import UsageError  # noqa: PLC0415  (the same)

    if find_spec(module) is None:
        raise UsageError(
            f"the package {module.replace('_', '-')} is not installed",
            fix=f"pip install 'songbatch[{extra}]'",
        )


def installed() -> str:
    """Return the names of the extras that are there."""
    return ",".join(extra.name for extra in EXTRAS if extra.folder() is not None)

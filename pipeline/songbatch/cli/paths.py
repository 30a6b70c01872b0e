"""Paths on the command line that must exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from songbatch.files.lookalikes import existing_path


class ExistingPath(click.Path):
    """A file or a folder that exists, also under a name that only looks the same."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(exists=True, path_type=Path, file_okay=file_okay, dir_okay=dir_okay)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | Path:
        """Return the path as it is on the disk."""
        return super().convert(existing_path(Path(value)), param, ctx)  # type: ignore[return-value]

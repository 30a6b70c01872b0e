"""Verification of packages by `songbatch verify`: what is wrong, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from songbatch.diagnostics import printable, printable_json
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.formatting import count

if TYPE_CHECKING:
    from pathlib import Path

    from songbatch.handover.verifying import VerifiedPackage


def verify_packages(paths: list[Path], *, as_json: bool) -> int:
    """Verify packages, print what came of it, and return the exit code. Raises UsageError."""
    from songbatch.handover.verifying import verify_package  # noqa: PLC0415  (few commands need it)

    code = EXIT_DONE
    for path in paths:
        verified = verify_package(path)
        click.echo(_json(path, verified) if as_json else _text(path, verified))
        if verified.problems:
            code = EXIT_FAILED
    return code


def _text(path: Path, verified: VerifiedPackage) -> str:
    lines = [printable(f"{one.path}: {one.problem}") for one in verified.problems]
    found = count(len(verified.problems), "problem") if verified.problems else "all as recorded"
    what = f"{count(verified.tracks, 'track')}, {count(verified.checked, 'file')}"
    lines.append(printable(f"{path}: {verified.title}, {what}: {found}."))
    return "\n".join(lines)


def _json(path: Path, verified: VerifiedPackage) -> str:
    return printable_json({"package": str(path)} | msgspec.to_builtins(verified))

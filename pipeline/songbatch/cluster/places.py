"""Places where orders may be carried out, as people name them: `--on PLACE`.

A project cannot name any: who starts workers runs programs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import UsageError, did_you_mean, has_errors, sort_key
from songbatch.documents.runners import ClusterRunner, load_runners
from songbatch.documents.user_config import MAX_BYTES, user_config_folder
from songbatch.files.encodings import as_source
from songbatch.files.named import read_if_there

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNERS_VARIABLE = "SONGBATCH_RUNNERS"
NAME = "runners.yaml"
MOST_LOCAL = 256
"""Worker processes on one machine."""

_FORMS = "write local:4, dask://HOST:PORT, or the name of one of your runners"
_LOCAL = re.compile(r"local:([0-9]{1,9})")
_FOUND = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):(?P<port>[0-9]{1,5})")
_SCHEME = "dask://"


class LocalPlace(msgspec.Struct, frozen=True):
    """So many worker processes on this machine, for as long as a run lasts."""

    name: str
    processes: int


class FoundPlace(msgspec.Struct, frozen=True):
    """A scheduler that is there already, with its workers."""

    name: str
    host: str
    port: int


class StartedPlace(msgspec.Struct, frozen=True):
    """Workers that a run has started by somebody: SLURM, Kubernetes, SSH."""

    name: str
    runner: ClusterRunner


Place = LocalPlace | FoundPlace | StartedPlace


def parse_place(text: str, environment: Mapping[str, str]) -> Place:
    """Return the place that somebody means; runners are read only for the name of one.

    Raises UsageError.
    """
    if match := _LOCAL.fullmatch(text):
        processes = int(match[1])
        if not 1 <= processes <= MOST_LOCAL:
            fix = f"name between 1 and {MOST_LOCAL}, as in local:4"
            raise UsageError(f"{text} is no number of worker processes", fix=fix)
        return LocalPlace(text, processes)
    if text.startswith(_SCHEME):
        return _found(text, text.removeprefix(_SCHEME))
    if "/" in text or ":" in text or not text:
        raise UsageError(f"{text or 'an empty text'} is no place for songs to be made", fix=_FORMS)
    runner = _runner(text, environment)
    if runner.kind == "dask":
        return _found(text, str(runner.given))
    return StartedPlace(text, runner)


def _found(name: str, address: str) -> FoundPlace:
    match = _FOUND.fullmatch(address)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        fix = "write dask://HOST:PORT, as the scheduler tells it"
        raise UsageError(f"{name} has no scheduler's address", fix=fix)
    return FoundPlace(name, match["host"], int(match["port"]))


def _runner(name: str, environment: Mapping[str, str]) -> ClusterRunner:
    path = Path(environment.get(RUNNERS_VARIABLE) or user_config_folder() / NAME)
    data = read_if_there(path, fix="make it a readable text file, or remove it", limit=MAX_BYTES)
    if data is None:
        message = f"there is no runner {name}: {path} does not exist"
        raise UsageError(message, fix=_FORMS)
    runners, diagnostics = load_runners(as_source(str(path), data))
    if has_errors(diagnostics):
        first = min(diagnostics, key=sort_key)
        where = f"{first.span.path}:{first.span.line}:{first.span.column}"
        raise UsageError(f"{where}: {first.message}", fix=first.fix or "correct it")
    if name not in runners:
        known = ", ".join(sorted(runners)) or "none"
        fix = did_you_mean(name, runners) or f"{path} has {known}"
        raise UsageError(f"there is no runner {name}", fix=fix)
    return runners[name]

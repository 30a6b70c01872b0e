"""Workplace of a worker process: the engines that are open there, and what it keeps."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING

import msgspec
from distributed import get_worker

from songbatch.cluster.kept import DIR_VARIABLE, WorkerCache
from songbatch.cluster.messages import EngineAsked, packed
from songbatch.diagnostics import EngineRefused, SongbatchError
from songbatch.digest import sha256
from songbatch.documents.project import load_user_config
from songbatch.documents.user_config import read_user_config, user_config_folder
from songbatch.engines.catalog import Engines
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.model import EngineSettings
from songbatch.sources import Unreadable
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.engines.base import Engine, JobEngine
    from songbatch.engines.entry import EngineEntry

_NAMESPACE = "/proc/self/ns/net"
"""Names the network that a process sees, on Linux: in another one, loopback leads elsewhere."""


class Unfit(Exception):
    """The worker cannot do what a run wants; says why, and what to do about it."""

    def __init__(self, why: str, fix: str = "") -> None:
        super().__init__(why)
        self.fix = fix


class OpenedHere:
    """An engine of this worker, opened as an order asks."""

    def __init__(self, entry: EngineEntry, context: EngineContext) -> None:
        self.entry = entry
        self.context = context
        self.engine: Engine | JobEngine = entry.open(context)
        self.engine.preflight()


class Workplace:
    """Everything that a worker process has: engines that are open, and references."""

    def __init__(self, folder: str, environment: Mapping[str, str]) -> None:
        os.makedirs(folder, exist_ok=True)
        self.kept = WorkerCache(Tree(folder))
        self.is_leaving = threading.Event()
        self._environment = environment
        self._opened: dict[bytes, OpenedHere] = {}
        self._lock = threading.Lock()

    def engine(self, asked: EngineAsked) -> OpenedHere:
        """Return an engine that is the same as the run's. Raises Unfit."""
        with self._lock:
            known = packed(asked)
            if known not in self._opened:
                self._opened[known] = self._open(asked)
            return self._opened[known]

    def _open(self, asked: EngineAsked) -> OpenedHere:
        name = asked.identity.name
        try:
            settings = msgspec.json.decode(asked.settings, type=EngineSettings)
            entry = Engines({name.partition("/")[0]: settings})[name]
            context = EngineContext(
                self.kept.engines, self._environment, _by_user(), one_place=True
            )
            opened = OpenedHere(entry, context)
        except UnknownEngine as error:
            raise Unfit(f"has no such engine: {error}", error.fix) from error
        except EngineRefused as error:
            raise Unfit(f"cannot use {name}: {error}", error.fix) from error
        except SongbatchError as error:
            raise Unfit(f"cannot open {name}: {error}", error.fix) from error
        if opened.engine.identity != asked.identity:
            opened.engine.close()
            raise Unfit(f"has another {name} than this run")
        if opened.engine.account != asked.account:
            opened.engine.close()
            raise Unfit(
                f"has another key or address for {name} than this run",
                "set the same variables there as here",
            )
        return opened


def _by_user() -> Mapping[str, EngineSettings]:
    """Return what the configuration of the worker's user says of engines."""
    try:
        source = read_user_config(user_config_folder())
    except Unreadable as error:
        raise Unfit(f"cannot read its config.yaml: {error.reason}", error.fix) from error
    return {} if source is None else load_user_config(source)[0].engines


_workplace: Workplace | None = None
_making = threading.Lock()


def workplace(folder: str = "") -> Workplace:
    """Return the one workplace of this process; `folder` is where it keeps things."""
    global _workplace  # noqa: PLW0603  (what dask calls has no other place to find it)
    with _making:
        if _workplace is None:
            named = folder or os.environ.get(DIR_VARIABLE, "")
            here = named or os.path.join(get_worker().local_directory, "songbatch")
            _workplace = Workplace(here, os.environ)
        return _workplace


def home() -> str:
    """Return what stands for this machine: equal where a loopback address leads to one server."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):
        return f"{name}-{sha256(os.readlink(_NAMESPACE).encode(), name.encode())[:8]}"
    return name

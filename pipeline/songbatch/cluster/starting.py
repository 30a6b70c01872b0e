"""Clusters that dask starts: what stands in a user's runner goes to its own classes as it is.

The classes are told to start `songbatch worker`, which is twice as fast for us as dask's worker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from distributed import Security

    from songbatch.documents.runners import ClusterRunner

WORKER = "songbatch worker"
MARGIN_SECONDS = 180
"""So long before its time is up a worker of a batch system takes no more orders."""

_WALLTIME = re.compile(r"(?:(?P<d>\d+)-)?(?P<h>\d+):(?P<m>\d{2})(?::(?P<s>\d{2}))?")


def start(runner: ClusterRunner, security: Security | None, worker_options: Sequence[str]) -> Any:
    """Return dask's cluster object for a runner.

    Raises UsageError if a package is missing, and whatever the class raises.
    """
    return _STARTERS[runner.kind](runner, security, list(worker_options))


def _slurm(runner: ClusterRunner, security: Security | None, options: list[str]) -> Any:
    try:
        from dask_jobqueue import SLURMCluster  # noqa: PLC0415  (only who has SLURM has it)
    except ImportError as error:
        raise _missing("slurm", "dask-jobqueue") from error
    return SLURMCluster(**slurm_arguments(runner, security, options))


def slurm_arguments(
    runner: ClusterRunner, security: Security | None, options: list[str]
) -> dict[str, Any]:
    """Return the arguments of dask_jobqueue.SLURMCluster."""
    given = dict(_table(runner))
    extra = [*given.pop("worker_extra_args", []), "--slots", str(runner.slots), *options]
    lifetime = _lifetime(str(given.get("walltime", "")))
    if lifetime is not None and "--lifetime" not in extra:
        extra += ["--lifetime", str(lifetime)]
    usual: dict[str, Any] = {"processes": 1, "worker_command": WORKER}
    if security is not None:
        usual |= {"protocol": "tls://", "security": security}
    return {**usual, **given, "worker_extra_args": extra}


def _lifetime(walltime: str) -> int | None:
    """Return after how many seconds a worker leaves by itself; None if its time is not known."""
    match = _WALLTIME.fullmatch(walltime)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(match[part] or 0) for part in "dhms")
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return max(whole // 2, whole - MARGIN_SECONDS)


def _kubernetes(runner: ClusterRunner, _security: Security | None, options: list[str]) -> Any:
    try:
        from dask_kubernetes.operator import KubeCluster  # noqa: PLC0415  (few have it)
    except ImportError as error:
        raise _missing("kubernetes", "dask-kubernetes") from error
    return KubeCluster(**kubernetes_arguments(runner, options))


def kubernetes_arguments(runner: ClusterRunner, options: list[str]) -> dict[str, Any]:
    """Return the arguments of dask_kubernetes.operator.KubeCluster."""
    command = [*WORKER.split(), "--slots", str(runner.slots), *options]
    return {"n_workers": runner.least, "worker_command": command, **_table(runner)}


def _ssh(runner: ClusterRunner, security: Security | None, _options: list[str]) -> Any:
    from distributed import SSHCluster  # noqa: PLC0415  (looks for asyncssh)

    return SSHCluster(**ssh_arguments(runner, security))


def ssh_arguments(runner: ClusterRunner, security: Security | None) -> dict[str, Any]:
    """Return the arguments of distributed.SSHCluster; the first host is the scheduler, too."""
    given = dict(runner.given) if isinstance(runner.given, Mapping) else {"hosts": runner.given}
    hosts = list(given.pop("hosts"))
    usual: dict[str, Any] = {
        "worker_class": "songbatch.cluster.serving.OrderWorker",
        "worker_options": {"nthreads": runner.slots},
    }
    if security is not None:
        usual |= {
            "security": security,
            "scheduler_options": {"protocol": "tls://"},
            "worker_options": {"nthreads": runner.slots, "protocol": "tls://"},
        }
    return {**usual, **given, "hosts": [hosts[0], *hosts]}


def _table(runner: ClusterRunner) -> Mapping[str, Any]:
    return runner.given if isinstance(runner.given, Mapping) else {}


def _missing(extra: str, package: str) -> UsageError:
    return UsageError(
        f"a runner of {extra} needs {package}, which is not installed",
        fix=f"pip install 'songbatch[{extra}]'",
    )


_STARTERS: Mapping[str, Callable[[ClusterRunner, Security | None, list[str]], Any]] = {
    "slurm": _slurm,
    "kubernetes": _kubernetes,
    "ssh": _ssh,
}

"""Clusters that dask starts: what stands in a user's runner goes to its own classes as it is.

The classes are told to start `songbatch worker`, which is twice as fast for us as dask's worker.
"""

from __future__ import annotations

import re
import shlex
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dask

from songbatch.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from distributed import Security

    from songbatch.documents.runners import ClusterRunner

WORKER = "songbatch worker"
MARGIN_SECONDS = 180
"""So long before its time is up a worker of a batch system takes no more orders."""

_WALLTIME = re.compile(
    r"(?:(?P<days>\d+)-)?(?P<first>\d+)(?::(?P<second>\d+))?(?::(?P<third>\d+))?"
)


def start(runner: ClusterRunner, security: Security | None, worker_options: Sequence[str]) -> Any:
    """Return dask's cluster object for a runner.

    Raises UsageError if a package is missing, and whatever the class raises.
    """
    return _STARTERS[runner.kind](runner, security, list(worker_options))


def _slurm(runner: ClusterRunner, security: Security | None, options: list[str]) -> Any:
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        from songbatch.cluster.slurm import slurm_cluster  # noqa: PLC0415  (only who has SLURM has it)
    except ImportError as error:
        raise _missing("slurm", "dask-jobqueue") from error
    finally:
        # To import dask-jobqueue makes Ctrl-C end the process at once, with exit code 0.
        if signal.getsignal(signal.SIGINT) is not interrupted:
            signal.signal(signal.SIGINT, interrupted)
    return slurm_cluster(slurm_arguments(runner, security, options))


def slurm_arguments(
    runner: ClusterRunner, security: Security | None, options: list[str]
) -> dict[str, Any]:
    """Return the arguments of dask_jobqueue.SLURMCluster; what lacks there is dask's setting."""
    given = dict(_table(runner))
    settings = dask.config.get(f"jobqueue.{given.get('config_name', 'slurm')}", {})
    extra = [*given.pop("worker_extra_args", []), "--slots", str(runner.slots), *options]
    walltime = given.get("walltime")
    lifetime = _lifetime(str(settings.get("walltime") if walltime is None else walltime))
    if lifetime is not None and "--lifetime" not in extra:
        extra += ["--lifetime", str(lifetime)]
    if (processes := int(given.get("processes", 1))) > 1:
        extra += ["--processes", str(processes)]
    python = given.pop("python", None) or settings.get("python") or shlex.quote(sys.executable)
    usual: dict[str, Any] = {"processes": 1, "worker_command": WORKER}
    if security is not None:
        usual |= {"protocol": "tls://", "security": security}
    # A shell that SLURM ends before its worker would take the worker along, and what it has begun.
    return {**usual, **given, "python": f"exec {python}", "worker_extra_args": extra}


def _lifetime(walltime: str) -> int | None:
    """Return after how many seconds a worker leaves by itself; None if its time is not known."""
    match = _WALLTIME.fullmatch(walltime)
    if match is None:
        return None
    days, first, second, third = (int(match[n] or 0) for n in ("days", "first", "second", "third"))
    # As sbatch reads it: D-H[:M[:S]], H:M:S, M:S, M.
    if match["days"] is None and match["third"] is None:
        whole = 60 * first + second
    else:
        whole = ((days * 24 + first) * 60 + second) * 60 + third
    return max(whole // 2, whole - MARGIN_SECONDS) or None


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

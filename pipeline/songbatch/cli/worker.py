"""`songbatch worker`: carry out orders of runs on other machines."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from songbatch.cli.numbers import Finite
from songbatch.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ADDRESS = re.compile(
    r"(?P<scheme>dask|tcp|tls)://(?P<host>\[[^\s\[\]/@]+\]|[^\s:/@]+):(?P<port>\d{1,5})/?"
)

_OF_DASK = (
    "memory-limit", "death-timeout", "dashboard-address", "protocol", "interface", "nworkers",
)  # fmt: skip
"""Options that dask's launchers give their workers, and that decide nothing here."""
_CERTIFICATES = {
    "tls_ca_file": "distributed.comm.tls.ca-file",
    "tls_cert": "distributed.comm.tls.worker.cert",
    "tls_key": "distributed.comm.tls.worker.key",
}
"""Options of dask's workers, and the settings of dask that they stand for."""


def _launched_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add what SLURM's and Kubernetes' launchers call a worker with; nobody else needs it."""
    for name in _OF_DASK:
        command = click.option(f"--{name}", hidden=True)(command)
    for name in ("dashboard", "nanny"):
        flag = f"--{name}/--no-{name}"
        command = click.option(flag, hidden=True, default=False)(command)
    for name in _CERTIFICATES:
        command = click.option(f"--{name.replace('_', '-')}", hidden=True)(command)
    command = click.option("--name", hidden=True, default="")(command)
    command = click.option("--nthreads", hidden=True, type=click.IntRange(1, 1024))(command)
    return click.option("--local-directory", hidden=True)(command)


@click.command("worker")
@click.argument("address", envvar="DASK_SCHEDULER_ADDRESS")
@click.option(
    "--slots",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Orders to carry out at once in a process. Default: 1.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="Worker processes; for the sketch engine, one for each core.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False),
    help="Where references are kept, up to 2 GiB. Default: songbatch/worker in your cache folder.",
)
@click.option(
    "--lifetime",
    type=Finite(min=1),
    metavar="SECONDS",
    help="Take no more orders then, finish those begun, and leave.",
)
@click.option("--host", metavar="ADDRESS", help="Where others reach this worker.")
@click.option(
    "--insecure-cluster",
    is_flag=True,
    help="Talk to a scheduler on another machine without TLS, in a network that is closed.",
)
@_launched_options
def command(
    address: str,
    slots: int | None,
    processes: int,
    folder: str | None,
    lifetime: float | None,
    host: str | None,
    insecure_cluster: bool,
    name: str,
    nthreads: int | None,
    **launched: str | None,
) -> int:
    """Carry out orders of runs that say --on dask://HOST:PORT; ADDRESS is that of the scheduler.

    Engines are opened here, with the keys of this environment. Ctrl-C finishes what was begun; a
    second one leaves at once.
    """
    from songbatch.cluster.needed import demand_dask  # noqa: PLC0415  (few commands need it)

    demand_dask()
    _configure(launched)
    scheduler = _scheduler(address, is_insecure=insecure_cluster)
    from songbatch.cluster.kept import usual_folder  # noqa: PLC0415  (loads dask)
    from songbatch.cluster.serving import (  # noqa: PLC0415  (loads dask)
        WorkerSettings,
        serve,
        serve_several,
    )

    settings = WorkerSettings(
        scheduler,
        os.path.abspath(folder or usual_folder()),
        name,
        slots or nthreads or 1,
        lifetime,
        host,
    )
    if processes == 1:
        return serve(settings, lambda line: click.echo(line, err=True))
    options = ["--slots", str(settings.slots), "--dir", settings.folder]
    options += ["--lifetime", str(lifetime)] if lifetime is not None else []
    options += ["--host", host] if host is not None else []
    options += ["--insecure-cluster"] if insecure_cluster else []
    return serve_several(processes, [scheduler, *options], name)


def _configure(launched: Mapping[str, str | None]) -> None:
    """Let dask know of certificates that a launcher named."""
    import dask  # noqa: PLC0415  (few commands need it)

    named = {setting: launched[option] for option, setting in _CERTIFICATES.items()}
    dask.config.set({setting: path for setting, path in named.items() if path is not None})


def _scheduler(address: str, *, is_insecure: bool) -> str:
    """Return the address of the scheduler as dask has it. Raises UsageError."""
    from songbatch.cluster.encryption import scheduler_address  # noqa: PLC0415  (loads dask)

    match = _ADDRESS.fullmatch(address)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise UsageError(
            f"{address} is no scheduler's address", fix="write dask://HOST:PORT, as it tells it"
        )
    is_encrypted = match["scheme"] == "tls"
    host, port = match["host"], int(match["port"])
    found = scheduler_address(host, port, is_insecure=is_insecure or is_encrypted)
    return f"tls://{host}:{port}" if is_encrypted else found

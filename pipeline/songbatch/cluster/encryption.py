"""Encryption of a cluster: its ports are code execution, so nobody unknown may reach them.

Certificates are dask's own settings (`distributed.comm.tls`).
"""

from __future__ import annotations

import ipaddress

import dask

from songbatch.diagnostics import UsageError

INSECURE = "--insecure-cluster"


def has_certificates() -> bool:
    """Return whether dask is configured for TLS."""
    return bool(dask.config.get("distributed.comm.tls.ca-file", None))


def is_loopback(host: str) -> bool:
    """Return whether only this machine can be meant."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def demand_safe(where: str, *, is_insecure: bool) -> None:
    """Raise UsageError unless dask has certificates, or the user says that the network is closed.

    `where` names what would be reached.
    """
    if has_certificates() or is_insecure:
        return
    raise UsageError(
        f"{where} would be reached without TLS, and who can reach a cluster can run any program",
        fix="name certificates in dask's settings (distributed.comm.tls), or, in a closed "
        f"network, pass {INSECURE}",
    )


def scheduler_address(host: str, port: int, *, is_insecure: bool) -> str:
    """Return the address of a scheduler as dask has it. Raises UsageError."""
    if not is_loopback(host):
        demand_safe(f"the scheduler {host}:{port}", is_insecure=is_insecure)
    return f"{'tls' if has_certificates() else 'tcp'}://{host}:{port}"

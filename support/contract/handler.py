"""The HTTP side of the contract server: reads requests, sends answers and misbehaves as told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.contract import rules
from support.contract.faults import Fault
from support.simulated.sockets import Connection, Listener

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.contract.server import ContractServer

PREFIX = "/v2/generate/audio/minimax/"


class ContractHttp(Listener):
    """A listening socket on loopback in front of a contract server."""

    def __init__(self, contract: ContractServer) -> None:
        super().__init__(Handler)
        self.contract = contract


class Handler(Connection):
    """One connection."""

    server: ContractHttp

    def do_POST(self) -> None:  # noqa: N802  (as it is called)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        endpoint = self.path.rpartition(PREFIX)[2]
        if self.headers.get("Authorization") != f"Bearer {self.server.contract.key}":
            self.server.contract.refused_keys += 1
            self._misbehave(Fault.http(401, "Invalid API key"))
        elif endpoint == "upload":
            self._upload(body)
        elif endpoint == "generate":
            self._generate(body)
        else:
            self._misbehave(Fault.http(404, f"Cannot POST {self.path}"))

    def _upload(self, body: bytes) -> None:
        try:
            parts = rules.parts(self.headers.get("Content-Type", ""), body)
            faults = rules.faults_of_upload(parts)
        except ValueError as error:
            parts, faults = [], [str(error)]
        if not self._violates(faults):
            self._answer(*self.server.contract.upload(parts, self._named(), self._connection()))

    def _generate(self, body: bytes) -> None:
        content_type = self.headers.get("Content-Type", "")
        if not self._violates(rules.faults_of_generate(content_type, body)):
            request = json.loads(body)
            contract = self.server.contract
            self._answer(*contract.generate(request, self._named(), self._connection()))

    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _connection(self) -> int:
        port: int = self.client_address[1]
        return port

    def _violates(self, faults: list[str]) -> bool:
        faults = rules.faults_of_headers(self._named()) + faults
        self.server.contract.violations.extend(faults)
        if faults:
            self._misbehave(Fault.http(400, "; ".join(faults)))
        return bool(faults)

    def _answer(self, fault: Fault | None, right: dict[str, Any]) -> None:
        if fault is not None:
            self._misbehave(fault, right)
            return
        self._send(200, {"Content-Type": "application/json"}, json.dumps(right).encode())

    def _misbehave(self, fault: Fault, right: dict[str, Any] | None = None) -> None:
        if fault.silent:
            self.close_connection = True
            return
        if fault.wire is not None:
            self._send_raw(fault.wire(right or {}))
            return
        body = json.dumps(right).encode() if fault.body is None else fault.body
        headers = {"Content-Type": "application/json"} | dict(fault.headers)
        self._send(fault.status, headers, body, fault)

    def _send(
        self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.server.contract.cost_usd is not None:
            self.send_header("x-aimlapi-usd-spent", self.server.contract.cost_usd)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        share = _share(fault)
        self.wfile.write(body[: int(len(body) * share)])
        if share < 1:
            self.wfile.flush()
            self.close_connection = True
            self._linger(fault, body)

    def _send_raw(self, pieces: Iterable[bytes | None]) -> None:
        self.close_connection = True
        for piece in pieces:
            if piece is None:
                self.server.contract.closing.wait()
            else:
                self.wfile.write(piece)
                self.wfile.flush()

    def _linger(self, fault: Fault | None, body: bytes) -> None:
        closing = self.server.contract.closing
        if fault and fault.stall is not None:
            closing.wait()
        if fault and fault.drip is not None:
            for position in range(len(body)):
                self.wfile.write(body[position : position + 1])
                if closing.wait(fault.drip):
                    return


def _share(fault: Fault | None) -> float:
    if fault is None:
        return 1.0
    if fault.drip is not None:
        return 0.0
    return next((share for share in (fault.cut, fault.stall) if share is not None), 1.0)

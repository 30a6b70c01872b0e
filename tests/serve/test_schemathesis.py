"""The server against the contract file, with whatever schemathesis thinks of.

Behind the server is the engine music-01, and behind that the independent server of the contract,
which fails the test for any request that our server should have refused.

The file is the vendor's. Where it is looser than the vendor's own prose or clients, or knows no
errors, `amended` says so in one place.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig

from support.contract.server import ContractServer
from tests.serve.running import served

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACT = Path(__file__).with_name("music-01.openapi.json")
KEY = "key-of-this-server"
EXAMPLES = 60

ERROR = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "path": {"type": "string"},
        "requestId": {"type": "string"},
        "statusCode": {"type": "integer"},
        "timestamp": {"type": "string"},
    },
    "required": ["message", "path", "requestId", "statusCode", "timestamp"],
    "additionalProperties": False,
}


def amended(contract: dict[str, Any]) -> dict[str, Any]:
    """Add to the vendor's file what its prose, its clients and its list of errors say."""
    contract = copy.deepcopy(contract)
    for path in contract["paths"].values():
        responses = path["post"]["responses"]
        responses["200"] = responses.pop("default") | {"description": "success, or in band"}
        described = {"description": "error", "content": {"application/json": {"schema": ERROR}}}
        responses |= {str(status): described for status in (400, 401, 405, 413)}
    generate = contract["paths"]["/v2/generate/audio/minimax/generate"]["post"]
    body = generate["requestBody"]["content"]["application/json"]["schema"]
    # "At least one of refer_voice or refer_instrumental is required"; clients send null for none.
    ids = ("refer_voice", "refer_instrumental")
    given = {"type": "string", "minLength": 1}
    body["anyOf"] = [{"required": [name], "properties": {name: given}} for name in ids]
    for name in ids:
        body["properties"][name] |= {"nullable": True, "minLength": 1}
    # "Maximum 600 characters."
    body["properties"]["lyrics"] |= {"maxLength": 600, "pattern": r"\S"}
    body["properties"]["model"]["type"] = "string"
    return contract


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("serve")
    with (
        ContractServer() as behind,
        served(
            folder,
            "--engine=music-01",
            "--state=.",
            **behind.environment,
            SONGBATCH_SERVE_KEY=KEY,
        ) as server,
    ):
        yield server.url


def contract() -> Any:
    settings = {"generation": {"deterministic": True, "max-examples": EXAMPLES}}
    config = SchemathesisConfig.from_dict(settings)
    return schemathesis.openapi.from_dict(amended(json.loads(CONTRACT.read_text())), config=config)


@contract().parametrize()  # type: ignore[untyped-decorator]  # it is untyped
def test_the_server_keeps_the_contract(case: schemathesis.Case[Any], server_url: str) -> None:
    excluded: list[Any] = []
    if case.path.endswith("/upload") and case.meta and case.meta.generation.mode.is_positive:
        # A positive example's file is random bytes, which are rightly refused: they are no audio.
        excluded += schemathesis.checks.CHECKS.get_by_names(["positive_data_acceptance"])
    headers = {"Authorization": f"Bearer {KEY}"}
    case.call_and_validate(server_url, headers=headers, excluded_checks=excluded)

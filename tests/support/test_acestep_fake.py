"""The simulated ACE-Step server against its contract; the checks are asked of the real one, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from support.acestep import chat_checks, checks
from support.acestep.asking import KEY, QUEUE_SIZE, Subject
from support.acestep.server import AceStepServer
from support.acestep.states import STATES, State
from support.acestep.troubles import NO_REASON

CHECKS = checks.check | chat_checks.check


class Fake(Subject):
    def __init__(self, server: AceStepServer) -> None:
        self.server = server
        self.url = server.url
        self.state = server.state

    def hold(self) -> None:
        self.server.hold()

    def release(self) -> None:
        self.server.release()

    def fail_next(self) -> None:
        self.server.script_jobs([NO_REASON])

    def restart(self) -> None:
        self.server.restart()

    def lose_files(self) -> None:
        self.server.forget(results=False)

    def last_made(self) -> Mapping[str, Any]:
        asked = self.server.jobs[-1].asked
        return {
            "caption": asked.prompt,
            "lyrics": asked.lyrics,
            "bpm": asked.bpm,
            "duration": asked.duration,
            "batch": asked.batch_size,
            "ref": asked.reference and asked.reference.digest,
            "src": asked.source and asked.source.digest,
        }


ASKED = [
    pytest.param(state, claim, id=f"{state.name}: {claim}")
    for state in STATES.values()
    for claim in (CHECKS if state.chat else checks.check)
]


@pytest.mark.parametrize(("state", "claim"), ASKED)
def test_contract(state: State, claim: str) -> None:
    with AceStepServer(state, key=KEY) as server:
        server.queue_size = QUEUE_SIZE
        CHECKS[claim](Fake(server))

"""The services that there are: hosts, keys, and what holds for all models of one. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

QUEUE, PLATFORM, UPLOAD = "queue", "platform", "upload"
"""Parts of a service that may have hosts of their own; one without has all on the first."""


class Service(msgspec.Struct, frozen=True):
    """A service. `hosts` are base addresses by part; `version` is a path that each ends with.

    `key_variables` hold the key: the first alone, or the others joined by a colon. `is_public`:
    whoever has an uploaded file's address can hear it. A run begins with `first_jobs` at once.
    `keys_page` is where keys are made, `models_page` where models are described.
    """

    name: str
    title: str
    hosts: Mapping[str, str]
    key_variables: tuple[str, ...]
    is_public: bool
    first_jobs: int
    jobs: int
    keys_page: str
    models_page: str
    version: str = ""

    @property
    def key_variable(self) -> str:
        """The usual variable of its key."""
        return self.key_variables[0]


FAL = Service(
    "fal",
    "fal",
    {
        QUEUE: "https://queue.fal.run",
        PLATFORM: "https://api.fal.ai",
        UPLOAD: "https://rest.fal.ai",
    },
    ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"),
    is_public=True,
    # A new account has two in progress; what is more waits in its queue, and is not refused.
    first_jobs=4,
    jobs=40,
    keys_page="https://fal.ai/dashboard/keys",
    models_page="https://fal.ai/models",
)

REPLICATE = Service(
    "replicate",
    "Replicate",
    {QUEUE: "https://api.replicate.com/v1"},
    ("REPLICATE_API_TOKEN",),
    is_public=False,
    # Accounts without a payment method may begin six songs a minute, one at a time.
    first_jobs=2,
    jobs=32,
    keys_page="https://replicate.com/account/api-tokens",
    models_page="https://replicate.com/explore",
    version="/v1",
)

SERVICES: Mapping[str, Service] = {service.name: service for service in (FAL, REPLICATE)}

"""Certificates of authorities that a user trusts instead of the usual ones: named in variables."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from songbatch.diagnostics import EngineRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The first that is set counts."""

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""How a certificate is called in a folder of them."""


class Certificates(NamedTuple):
    """A file or folder of authorities, and the variable that names it."""

    path: str
    variable: str

    @property
    def problem(self) -> str:
        """Why nothing can be trusted by it, as the end of a sentence; "" if something can."""
        import ssl  # noqa: PLC0415  (slow to load, and a plan needs none)

        try:
            if os.path.isdir(self.path):
                named = os.listdir(self.path)
                return "" if any(map(_HASHED.fullmatch, named)) else "which has no certificate"
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=self.path)
        except ssl.SSLError:
            return "which holds no certificate"
        except (FileNotFoundError, NotADirectoryError):
            return "which is not there"
        except (OSError, ValueError) as error:
            return f"which cannot be read ({getattr(error, 'strerror', None) or error})".lower()
        return ""


def certificates(environment: Mapping[str, str]) -> Certificates | None:
    """Return the authorities that the user trusts instead of the usual ones, if any are named."""
    named = (Certificates(environment.get(name, ""), name) for name in VARIABLES)
    return next((each for each in named if each.path), None)


def demand_certificates(trusted: Certificates | None, *addresses: str | None) -> None:
    """Raise EngineRefused if a connection to one of these URLs would find nothing to trust."""
    if trusted is None or not any(uses_tls(address) for address in addresses):
        return
    if problem := trusted.problem:
        raise EngineRefused(
            f"{trusted.variable} names {trusted.path}, {problem}",
            fix=f"unset {trusted.variable}, or let it name a file of certificates",
        )


def uses_tls(address: str | None) -> bool:
    """Return whether what is at this URL is reached by TLS."""
    return (address or "").lower().startswith("https:")

"""Seals: what only the owner of an account can have written into a shared store.

Ids of uploads and names of jobs decide what a service is asked for in an account's name. Whoever
can write to the store, but does not have the account's key, must not choose them: so each is
sealed with HMAC-SHA256 under a secret made of the key, for the place where it lies. A note whose
seal is wrong counts as none.
"""

from __future__ import annotations

import hmac

import msgspec

from songbatch.digest import Digest
from songbatch.sharing.notes import Text, decode
from songbatch.sharing.trouble import Withheld

_DOMAIN = b"songbatch shared store 1\0"


class Sealed(msgspec.Struct, frozen=True):
    """A note, byte by byte, whose it is, and its seal."""

    account: Text
    note: msgspec.Raw
    seal: Digest


def secret_of(api_key: str) -> bytes:
    """Return the secret of the account that has this key; the key cannot be told from it."""
    return hmac.digest(api_key.encode(), _DOMAIN + b"secret", "sha256")


def seal(note: msgspec.Struct, account: str, path: str, secret: bytes) -> bytes:
    """Return a note of an account, sealed for a path of the store."""
    text = msgspec.json.encode(note)
    return msgspec.json.encode(
        Sealed(account, msgspec.Raw(text), _seal(text, account, path, secret))
    )


def account_of_sealed(data: bytes) -> str:
    """Return whose note it says it is: whose seal to ask for. Raises Withheld."""
    return decode(data, Sealed).account


def unseal(data: bytes, account: str, path: str, secret: bytes) -> bytes:
    """Return the JSON of a sealed note. Raises Withheld unless the seal is right."""
    sealed = decode(data, Sealed)
    text = bytes(sealed.note)
    if not hmac.compare_digest(sealed.seal, _seal(text, account, path, secret)):
        raise Withheld("the seal of a note is not the account's")
    return text


def _seal(text: bytes, account: str, path: str, secret: bytes) -> str:
    parts = (account.encode(), path.encode(), text)
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(secret, _DOMAIN + framed, "sha256").hex()

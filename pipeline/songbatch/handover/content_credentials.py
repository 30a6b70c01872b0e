"""Content Credentials (C2PA): a signed statement, in the audio, that a machine made it.

It is signed with a certificate of the user's, which somebody has to vouch for; one made up here
would prove nothing. The library comes with the extra `c2pa`. A signature is another one every time:
files with it are not equal bytes. Sources: the C2PA technical specification 2.1, "c2pa.actions.v2"
with digital source types; the documentation of c2pa-python.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from songbatch.diagnostics import SongbatchError, UsageError, printable_json
from songbatch.extras import demand_package
from songbatch.handover.ai_note import digital_source_type, note_of, system_of
from songbatch.handover.texts import plain, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.album import Album, AlbumTrack

SignedKind = Literal["wav", "flac", "mp3", "m4a"]
MEDIA_TYPES: Mapping[SignedKind, str] = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
}
"""Opus has no place for one yet."""
Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]


class SigningFailed(SongbatchError):
    """A Content Credential could not be written: the certificate, its key, or the audio."""


_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\n?", re.DOTALL)
_PLAIN = "PRIVATE KEY"


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs: a chain of certificates and a private key as PEM.

    The first certificate is that of the key. `time_authority` is the address of a service (RFC
    3161) that vouches for the time, asked once for every file; "" for none.
    """

    certificates: str
    key: str
    algorithm: Algorithm = "es256"
    time_authority: str = ""


def signing_of(pem: str, algorithm: Algorithm, time_authority: str = "") -> Signing:
    """Return who signs, from a PEM file with the chain and the key. Raises UsageError."""
    blocks = [(found[1], found[0]) for found in _BLOCK.finditer(pem)]
    chain = "".join(text for kind, text in blocks if kind == "CERTIFICATE")
    keys = [(kind, text) for kind, text in blocks if kind.endswith(_PLAIN)]
    if not chain or len(keys) != 1:
        raise UsageError(
            "the file to sign with needs a chain of certificates and one private key, as PEM",
            fix="put them into one file: cat chain.pem key.pem > sign.pem",
        )
    kind, key = keys[0]
    if kind != _PLAIN:
        raise UsageError(
            f"the key to sign with is an {kind}, and must be a {_PLAIN}: PKCS#8, no password",
            fix="write it as that: openssl pkey -in KEY -out PLAIN",
        )
    return Signing(certificates=chain, key=key, algorithm=algorithm, time_authority=time_authority)


def signed(
    audio: bytes, kind: SignedKind, album: Album, track: AlbumTrack, signing: Signing
) -> bytes:
    """Return tagged audio with a Content Credential; nothing may be written into it afterwards.

    Raises UsageError if the extra is not installed, and SigningFailed.
    """
    demand_package("c2pa", extra="c2pa")
    import c2pa  # noqa: PLC0415  (an extra of some 25 MB)

    written = io.BytesIO()
    try:
        who = c2pa.C2paSignerInfo(
            signing.algorithm.encode(),
            signing.certificates.encode(),
            signing.key.encode(),
            signing.time_authority.encode() or None,
        )
        with c2pa.Signer.from_info(who) as signer, c2pa.Builder(statement(album, track)) as builder:
            builder.sign(signer, MEDIA_TYPES[kind], io.BytesIO(audio), written)
    except (c2pa.C2paError, ValueError) as error:
        raise SigningFailed(
            f"the Content Credential of track {track.number} cannot be signed: {error}",
            fix="the first certificate must be that of the key, made for signing C2PA claims",
        ) from error
    return written.getvalue()


def statement(album: Album, track: AlbumTrack) -> str:
    """Return what is signed, as JSON: that the audio was created, by what, and from what."""
    texts = texts_of(album, track)
    action: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": digital_source_type(track),
        "softwareAgent": {"name": system_of(track)},
        "description": note_of(track),
    }
    work: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MusicRecording",
        "name": texts.title,
        "author": [{"@type": "MusicGroup", "name": texts.artist}],
    }
    if texts.isrc:
        work["isrcCode"] = texts.isrc
    if texts.copyright:
        work["copyrightNotice"] = texts.copyright
    body = {
        "claim_generator_info": [{"name": "songbatch"}],
        "title": plain(track.title),
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
            {"label": "stds.schema-org.CreativeWork", "data": work, "kind": "Json"},
        ],
    }
    return printable_json(body)

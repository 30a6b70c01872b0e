"""Content Credentials, signed with certificates that are made for the test and trusted by none."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path

import pytest

from songbatch.audio.credentials import credential
from songbatch.diagnostics import UsageError
from songbatch.handover.content_credentials import (
    MEDIA_TYPES,
    SignedKind,
    Signing,
    SigningFailed,
    signed,
    signing_of,
    statement,
)
from songbatch.handover.tagging import tagged
from tests.handover.making import ALBUM, FIRST, audio, decoded, needs

KINDS: tuple[SignedKind, ...] = ("wav", "flac", "mp3", "m4a")
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def signing() -> Signing:
    """A root and a certificate below it, as the profile of C2PA wants them."""
    pytest.importorskip("c2pa")
    x509 = pytest.importorskip("cryptography.x509")
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")

    def name(text: str) -> object:
        parts = [(x509.NameOID.COMMON_NAME, text), (x509.NameOID.ORGANIZATION_NAME, "Test")]
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = []
    for subject, own, is_root in (("signer", key, False), ("root", root_key, True)):
        usage = x509.KeyUsage(
            digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root,
            content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        identity = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("root"))
            .public_key(own.public_key())
            .serial_number(7 + is_root)
            .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
            .not_valid_after(datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(identity, critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
            )
        )
        if not is_root:
            purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            made = made.add_extension(purpose, critical=False)
        certificate = made.sign(root_key, hashes.SHA256())
        chain.append(certificate.public_bytes(serialization.Encoding.PEM).decode())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Signing(certificates="".join(chain), key=pem.decode())


@needs("ffmpeg")
@pytest.mark.parametrize("kind", KINDS)
def test_a_credential_says_that_a_machine_made_it(
    kind: SignedKind, signing: Signing, tmp_path: Path
) -> None:
    c2pa = pytest.importorskip("c2pa")
    before = tagged(audio(kind), kind, ALBUM, FIRST)
    after = signed(before, kind, ALBUM, FIRST, signing)
    with c2pa.Reader(MEDIA_TYPES[kind], io.BytesIO(after)) as reader:
        told = json.loads(reader.json())
    (manifest,) = told["manifests"].values()
    actions = next(a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    (action,) = actions["data"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"] == SOURCE
    # Whole and unchanged; and as nobody vouches for who signed, that is all that is wrong.
    wrong = {status["code"] for status in told.get("validation_status", [])}
    assert wrong <= {"signingCredential.untrusted"}
    assert decoded(after, kind, tmp_path) == decoded(before, kind, tmp_path)
    if kind in {"wav", "mp3"}:
        assert credential(after) == "c2pa"


def test_a_key_that_is_none_is_told(signing: Signing) -> None:
    bad = Signing(certificates=signing.certificates, key="no key")
    with pytest.raises(SigningFailed, match="the Content Credential of track 1 cannot be signed"):
        signed(audio("wav"), "wav", ALBUM, FIRST, bad)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        signed(b"", "wav", ALBUM, FIRST, Signing(certificates="", key=""))
    assert caught.value.fix == "pip install 'songbatch[c2pa]'"


def test_one_file_has_chain_and_key(signing: Signing) -> None:
    pem = f"Bag Attributes\n{signing.key}\n{signing.certificates}"
    assert signing_of(pem, "es256") == signing
    for bad in ("", signing.certificates, signing.key, signing.key + pem):
        with pytest.raises(UsageError, match="a chain of certificates and one private key"):
            signing_of(bad, "es256")
    for kind in ("EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        with pytest.raises(UsageError) as caught:
            signing_of(pem.replace("PRIVATE KEY", kind), "es256")
        assert caught.value.fix == "write it as that: openssl pkey -in KEY -out PLAIN"
        assert signing.key[40:80] not in str(caught.value)


def test_the_statement_is_json() -> None:
    told = json.loads(statement(ALBUM, FIRST))
    assert told["assertions"][1]["data"]["isrcCode"] == "QZK6P2500001"

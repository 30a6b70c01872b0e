from __future__ import annotations

import pytest

from songbatch.diagnostics import UsageError
from songbatch.sharing.address import LONGEST_ADDRESS, StoreAddress


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("s3://studio-songs/friends", "s3://studio-songs/friends"),
        ("s3://studio-songs", "s3://studio-songs"),
        (" S3://studio-songs/friends/ ", "s3://studio-songs/friends"),
        ("gs://studio.songs/a/b_c=1+2", "gs://studio.songs/a/b_c=1+2"),
        ("gcs://studio_songs", "gs://studio_songs"),
        ("azure://songs/friends", "az://songs/friends"),
        ("file:///mnt/nas/our songs//", "file:///mnt/nas/our songs"),
        ("file:///Müsic", "file:///Müsic"),
    ],
)
def test_an_address_has_one_canonical_text(text: str, canonical: str) -> None:
    address = StoreAddress.parse(text)
    assert address.text == canonical
    assert StoreAddress.parse(canonical) == address


def test_an_address_knows_its_parts() -> None:
    bucket = StoreAddress.parse("s3://studio-songs/friends/2026")
    assert (bucket.scheme, bucket.bucket, bucket.prefix) == ("s3", "studio-songs", "friends/2026")
    assert bucket.folder is None
    assert StoreAddress.parse("s3://studio-songs").prefix == ""
    folder = StoreAddress.parse("file:///mnt/nas/songs")
    assert (folder.scheme, folder.folder) == ("file", "/mnt/nas/songs")
    assert (folder.bucket, folder.prefix) == ("", "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "none of the known schemes"),
        ("none", "none of the known schemes"),
        ("/mnt/nas/songs", "none of the known schemes"),
        ("C:/songs", "none of the known schemes"),
        ("https://s3.amazonaws.com/songs", "none of the known schemes"),
        ("dask://sched:8786", "none of the known schemes"),
        ("s3://", "no bucket"),
        ("s3:songs", "no bucket"),
        ("s3:/songs", "no bucket"),
        ("s3:///friends", "no bucket"),
        ("s3://Songs/friends", "no bucket"),
        ("s3://so..ngs/friends", "no bucket"),
        ("s3://songs:9000/friends", "no bucket"),
        ("s3://[::1]/friends", "no bucket"),
        ("s3://AKIA:secret@songs/friends", "a password"),
        ("s3://songs/friends?endpoint=http://evil", "a query"),
        ("s3://songs/friends#x", "a query"),
        ("s3://songs/../other", ". or .."),
        ("s3://songs/./other", ". or .."),
        ("s3://songs//friends", "two slashes"),
        ("s3://songs/%2e%2e/friends", "%"),
        ("s3://songs/our friends", "other characters"),
        ("s3://songs/Müsic", "other characters"),
        ("s3://songs/a\\b", "no address has"),
        ("s3://songs/a\x1b[2J", "no address has"),
        ("s3://songs/a\u202eb", "no address has"),
        ("s3://songs/a\nb", "no address has"),
        ("file:///mnt/a\tb", "no address has"),
        ("s3://songs/" + "a" * LONGEST_ADDRESS, "longer than"),
        ("file:songs", "no absolute folder"),
        ("file:/songs", "no absolute folder"),
        ("file://songs/friends", "no absolute folder"),
        ("file://localhost/songs", "no absolute folder"),
        ("file:///", "no absolute folder"),
        ("file:///mnt/../etc", ". or .."),
    ],
)
def test_what_is_no_address_is_refused_with_a_fix(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        StoreAddress.parse(text)
    assert problem in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize("text", ["s3://k:verysecret@b/x", "s3://b/x?X-Amz-Signature=verysecret"])
def test_no_message_repeats_an_address(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        StoreAddress.parse(text)
    assert "verysecret" not in str(caught.value) + caught.value.fix

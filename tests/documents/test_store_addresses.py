"""Addresses of shared stores in songbatch.yaml and config.yaml, and a list that is edited."""

from __future__ import annotations

import pytest

from songbatch.cli.diagnostics import as_texts
from songbatch.documents.project import load_project, load_user_config
from songbatch.documents.store_list import with_store, without_store
from songbatch.sharing.address import StoreAddress
from songbatch.sources import Source

FRIENDS = StoreAddress("s3://studio-songs/friends")
NAS = StoreAddress("file:///mnt/our nas: x/songs")


def test_a_project_says_where_and_what_it_shares() -> None:
    text = "version: 1\nstore: S3://studio-songs/friends/\nshare: all\n"
    project, found = load_project(Source("songbatch.yaml", text))
    assert found == []
    assert (project.sharing.store, project.sharing.is_all) == (FRIENDS, True)
    project, _ = load_project(Source("songbatch.yaml", "version: 1\nshare: paid\n"))
    assert (project.sharing.store, project.sharing.is_all) == (None, False)


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        ("store: none", "2:8: error[store.address]", "it begins with none of the known schemes"),
        ("store: /mnt/nas", "2:8: error[store.address]", "fix: write s3://BUCKET/FOLDER, gs://"),
        ("store: s3://songs/../x", "2:8: error[store.address]", "it has . or .. in its path"),
        ("store: file://nas/songs", "2:8: error[store.address]", "three slashes"),
        ("store: s3://k:verysecret@songs/x", "2:8: error[store.address]", "from the environment"),
        ("store: 's3://songs/x?Sig=verysecret'", "2:8: error[store.address]", "it has a query"),
        ("store:", "2:1: error[schema.type]", "`store` is empty"),
        ("store: ''", "2:8: error[schema.empty]", "`store`"),
        ("store: [s3://songs/x]", "2:8: error[schema.type]", "is a list"),
        ("store: s3://songs/" + "x" * 1000, "2:8: error[schema.too-long]", "at most 1,000"),
        ("share: some", "2:8: error[schema.enum]", "write paid or all"),
        ("stores: [s3://songs/x]", "2:1: error[schema.unknown-key]", 'did you mean "store"?'),
    ],
)
def test_what_is_no_address_is_told_with_its_place(line: str, place: str, expected: str) -> None:
    project, found = load_project(Source("songbatch.yaml", f"version: 1\n{line}\n"))
    said = "\n".join(as_texts(found))
    assert f"songbatch.yaml:{place}" in said
    assert expected in said
    assert "verysecret" not in said
    assert project.sharing.store is None


def test_a_wrong_address_in_the_users_file_is_an_error() -> None:
    text = "version: 1\nstores:\n- s3://studio-songs/friends\n- studio-songs\n"
    settings, found = load_user_config(Source("config.yaml", text))
    (said,) = as_texts(found)
    assert said.startswith("config.yaml:4:3: error[store.address]")
    assert settings.stores == {FRIENDS}


HEAD = "# mine\nversion: 1\nconfirm_above: 5  # dollars\n"
BEFORE_AND_AFTER = {
    "no list": (HEAD, f"{HEAD}stores:\n- s3://studio-songs/friends\n"),
    "no last end of line": (HEAD[:-1], f"{HEAD}stores:\n- s3://studio-songs/friends\n"),
    "block": (
        f"{HEAD}stores:\n  - gs://a-b  # ours\nengines: {{}}\n",
        f"{HEAD}stores:\n  - gs://a-b  # ours\n  - s3://studio-songs/friends\nengines: {{}}\n",
    ),
    "block at the end": (
        f"{HEAD}stores:\n- gs://a-b",
        f"{HEAD}stores:\n- gs://a-b\n- s3://studio-songs/friends\n",
    ),
    "flow": (
        f"{HEAD}stores: [gs://a-b]  # ours\n",
        f"{HEAD}stores: [gs://a-b, s3://studio-songs/friends]  # ours\n",
    ),
    "empty flow": (f"{HEAD}stores: []\n", f"{HEAD}stores: [s3://studio-songs/friends]\n"),
}


@pytest.mark.parametrize(("before", "after"), BEFORE_AND_AFTER.values(), ids=BEFORE_AND_AFTER)
def test_a_store_is_added_and_removed_and_all_else_stays(before: str, after: str) -> None:
    assert with_store(Source("config.yaml", before), "config.yaml", FRIENDS) == after
    text = without_store(Source("config.yaml", after), "config.yaml", FRIENDS)
    assert text is not None
    assert text.rstrip("\n") == before.replace("stores: []\n", "").rstrip("\n")


def test_a_configuration_is_begun() -> None:
    text = with_store(None, "config.yaml", NAS)
    assert text == 'version: 1\nstores:\n- "file:///mnt/our nas: x/songs"\n'
    assert load_user_config(Source("config.yaml", text))[0].stores == {NAS}
    assert without_store(Source("config.yaml", text), "config.yaml", NAS) == "version: 1\n"


ODD = {
    "flow mapping": ("{version: 1}\n", False),
    "end of document": ("version: 1\n...\n", False),
    "anchor": ("version: 1\nstores: &a [gs://a-b]\n", False),
    "flow of lines": ("version: 1\nstores: [\n  gs://a-b,  # [ours]\n]\n", True),
    "quoted": ('"version": 1\n"stores": ["gs://a-b"]\n', True),
    "line ends of Windows": ("version: 1\r\nstores:\r\n- gs://a-b\r\n", True),
    "nested dashes": ("version: 1\nstores:\n- gs://a-b  # a - b\n\n# end\n", True),
}


@pytest.mark.parametrize(("text", "is_edited"), ODD.values(), ids=ODD)
def test_an_odd_configuration_is_edited_rightly_or_not_at_all(text: str, is_edited: bool) -> None:
    after = with_store(Source("config.yaml", text), "config.yaml", FRIENDS)
    assert (after is not None) is is_edited
    if after is not None:
        settings, found = load_user_config(Source("config.yaml", after))
        assert settings.stores == {FRIENDS, StoreAddress("gs://a-b")}
        assert found == []


def test_a_store_that_is_written_in_another_way_is_removed() -> None:
    text = "version: 1\nstores:\n- S3://studio-songs/friends/\n- gs://a-b\n"
    after = without_store(Source("config.yaml", text), "config.yaml", FRIENDS)
    assert after == "version: 1\nstores:\n- gs://a-b\n"

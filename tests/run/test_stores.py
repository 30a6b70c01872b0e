"""Which store counts, and by whose word."""

from __future__ import annotations

from pathlib import Path

import pytest

from songbatch.diagnostics import Refused, UsageError
from songbatch.documents.store_addresses import SharingSettings
from songbatch.run.shared.stores import (
    ChosenStore,
    allow_store,
    chosen_store,
    forbid_store,
    usable_store,
)
from songbatch.sharing.address import StoreAddress

BY_FILE = StoreAddress("s3://studio-songs/file")
BY_VARIABLE = StoreAddress("s3://studio-songs/variable")
BY_OPTION = StoreAddress("s3://studio-songs/option")
FILE = SharingSettings(BY_FILE)


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration, which is not there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "songbatch/config.yaml"


@pytest.mark.parametrize(
    ("option", "variable", "sharing", "expected"),
    [
        (None, None, SharingSettings(), ChosenStore()),
        (None, None, FILE, ChosenStore(BY_FILE, "songbatch.yaml")),
        (None, "", FILE, ChosenStore(BY_FILE, "songbatch.yaml")),
        (None, BY_VARIABLE.text, FILE, ChosenStore(BY_VARIABLE, "SONGBATCH_STORE")),
        (BY_OPTION.text, BY_VARIABLE.text, FILE, ChosenStore(BY_OPTION, "--store")),
        ("none", BY_VARIABLE.text, FILE, ChosenStore(None, "--store")),
        (None, "NONE", FILE, ChosenStore(None, "SONGBATCH_STORE")),
        (BY_OPTION.text, "nonsense", FILE, ChosenStore(BY_OPTION, "--store")),
    ],
)
def test_the_option_wins_over_the_variable_and_that_over_the_file(
    option: str | None, variable: str | None, sharing: SharingSettings, expected: ChosenStore
) -> None:
    environment = {} if variable is None else {"SONGBATCH_STORE": variable}
    assert chosen_store(sharing, option, environment) == expected


def test_what_is_no_address_names_who_said_it() -> None:
    with pytest.raises(UsageError, match="SONGBATCH_STORE: the address of a shared store") as error:
        chosen_store(FILE, None, {"SONGBATCH_STORE": "/mnt/nas"})
    assert "none" in error.value.fix


def test_a_project_needs_its_users_word(configuration: Path) -> None:
    chosen = chosen_store(FILE, None, {})
    with pytest.raises(Refused) as error:
        usable_store(chosen)
    assert "songbatch store --allow s3://studio-songs/file" in error.value.fix
    assert allow_store(BY_FILE) == (str(configuration), True)
    assert allow_store(BY_FILE) == (str(configuration), False)
    assert usable_store(chosen) == BY_FILE
    assert forbid_store(BY_FILE) == (str(configuration), True)
    assert forbid_store(BY_FILE) == (str(configuration), False)
    with pytest.raises(Refused):
        usable_store(chosen)


def test_another_folder_of_the_same_bucket_is_another_store() -> None:
    allow_store(BY_FILE)
    for other in ("s3://studio-songs", "s3://studio-songs/file/below", "gs://studio-songs/file"):
        with pytest.raises(Refused):
            usable_store(ChosenStore(StoreAddress.parse(other), "songbatch.yaml"))


def test_the_users_own_word_suffices() -> None:
    for option, environment in ((BY_OPTION.text, {}), (None, {"SONGBATCH_STORE": BY_OPTION.text})):
        assert usable_store(chosen_store(FILE, option, environment)) == BY_OPTION
    assert usable_store(chosen_store(FILE, "none", {})) is None


def test_a_configuration_that_is_a_link_stays_one(configuration: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.yaml"
    dotfiles.write_text("version: 1  # mine\n")
    configuration.parent.mkdir()
    configuration.symlink_to(dotfiles)
    allow_store(BY_FILE)
    assert configuration.is_symlink()
    assert dotfiles.read_text() == f"version: 1  # mine\nstores:\n- {BY_FILE.text}\n"


def test_a_configuration_that_no_command_can_edit_is_left_alone(configuration: Path) -> None:
    configuration.parent.mkdir()
    configuration.write_text("{version: 1}\n")
    with pytest.raises(UsageError) as error:
        allow_store(BY_FILE)
    assert "add it to the list `stores` there yourself: s3://studio-songs/file" in error.value.fix
    assert configuration.read_text() == "{version: 1}\n"


def test_a_broken_configuration_is_not_edited(configuration: Path) -> None:
    configuration.parent.mkdir()
    configuration.write_text("version: 2\n")
    with pytest.raises(UsageError, match="has errors"):
        allow_store(BY_FILE)
    assert configuration.read_text() == "version: 2\n"

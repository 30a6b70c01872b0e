"""The folder of the user's configuration is the one that click names, which it always was."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from songbatch.documents.user_config import user_config_folder


@pytest.mark.parametrize("variable", ["/somewhere/else", None])
def test_it_is_where_the_system_keeps_it(
    variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is None:
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", variable)
    assert user_config_folder() == Path(click.get_app_dir("songbatch"))

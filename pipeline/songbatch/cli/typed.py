"""Texts from the command line, whose bytes the locale may have read otherwise than as UTF-8."""

from __future__ import annotations

import os

import click


def typed(text: str) -> str:
    """Return a text as it was typed: UTF-8, also where the locale has no letters beyond ASCII.

    Raises click.BadParameter for bytes that are no text, as a script passes on of a table in
    Windows-1252.
    """
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that the locale could not read stand for themselves
        data = os.fsencode(text)
    else:
        return text
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        windows = data.decode("cp1252", "replace")
        raise click.BadParameter(
            f"{text!r} is not UTF-8; if {windows!r} is meant, convert what it comes from: "
            "iconv -f CP1252 -t UTF-8"
        ) from error

"""One HTML document that needs nothing else: style and scripts inside, allowed by their digests.

The policy is what makes texts of strangers harmless even if one became markup: nothing runs but the
scripts whose digests it names, nothing is loaded but media.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import printable, printable_json

if TYPE_CHECKING:
    from songbatch.report.page import Page

SCRIPTS = (
    "base.js",
    "opinions.js",
    "save.js",
    "blind.js",
    "player.js",
    "waveform.js",
    "rows.js",
    "list.js",
    "takes.js",
    "lyrics.js",
    "song.js",
    "address.js",
    "keys.js",
    "fresh.js",
    "main.js",
)
"""In the order in which each needs the ones before."""


def listening_page(page: Page) -> str:
    """Return the listening page."""
    script = "\n".join(_static(name) for name in SCRIPTS)
    # In a script element only this could end it, and JSON may write it otherwise.
    data = printable_json(msgspec.to_builtins(page), separators=(",", ":")).replace("<", "\\u003c")
    body = _static("page.html").replace("DATA", data, 1)
    script = f'"use strict";\n(() => {{\n{script}\n}})();\n'
    return document(f"{page.project} – listen", body, style="page.css", script=script)


def document(title: str, body: str, *, style: str, script: str = "") -> str:
    """Return a document of trusted markup and script; `style` names one of static/."""
    styles = _static("base.css") + _static(style)
    policy = [
        "default-src 'none'",
        f"style-src '{_digest(styles)}'",
        "media-src 'self' file: data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if script:
        policy += [f"script-src '{_digest(script)}'", "connect-src 'self'"]
    running = f"<script>{script}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(printable(title))}</title>\n<style>{styles}</style>\n</head>\n"
        f"<body>\n{body}{running}</body>\n</html>\n"
    )


def _static(name: str) -> str:
    return resources.files(__package__).joinpath("static", name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

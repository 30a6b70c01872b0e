"""The names that templates use, as far as their text shows: too many rather than too few."""

from __future__ import annotations

import re
from unicodedata import normalize

_CODE = re.compile(r"\{(?:\{(.*?)\}|%(.*?)%)\}", re.DOTALL)
_NO_NAMES = re.compile(
    r"\\?\"(?:[^\"\\]|\\[^\"])*\\?\"|'(?:[^'\\]|\\.)*'"  # texts; YAML may have escaped the quotes
    r"|[|.]\s*[^\W\d]\w*"  # filters and attributes
    r"|\bis\s+(?:not\s+)?[^\W\d]\w*",  # tests
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_\u0080-\U0010ffff][\w\u0080-\U0010ffff]{0,199}")
_WORDS = frozenset((
    "True", "False", "None", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else",
    "elif", "endif", "for", "endfor", "set", "endset", "block", "endblock", "macro", "endmacro",
    "call", "endcall", "filter", "endfilter", "with", "endwith", "include", "import", "from", "as",
    "extends", "raw", "endraw", "without", "context", "ignore", "missing", "recursive", "loop",
    "self", "super", "caller",
))  # fmt: skip


def used_names(text: str) -> set[str]:
    """Return the names in what is between `{{ }}` or `{% %}`, without words of the language."""
    code = (printed or statement for printed, statement in _CODE.findall(text))
    found = (name for part in code for name in _NAME.findall(_NO_NAMES.sub(" ", part)))
    return {normalize("NFC", name) for name in found} - _WORDS

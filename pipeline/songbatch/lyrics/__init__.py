"""Lyrics: templates → final lyrics, and the rules for lyrics.

It opens no file. Only `songbatch.lyrics.templates` and the modules behind it import jinja2; they
are loaded when a text really is a template, so that a project without one never loads it.
"""

from songbatch.lyrics.errors import TemplateError, TemplateNotFound, TemplateText, file_as_template
from songbatch.lyrics.length import usual_seconds
from songbatch.lyrics.places import template_line
from songbatch.lyrics.plain import printed
from songbatch.lyrics.rules import Remark, final, remarks
from songbatch.lyrics.sections import in_grammar, words_only
from songbatch.lyrics.slugs import slug

__all__ = [
    "Remark",
    "TemplateError",
    "TemplateNotFound",
    "TemplateText",
    "file_as_template",
    "final",
    "in_grammar",
    "is_template",
    "printed",
    "remarks",
    "slug",
    "template_line",
    "usual_seconds",
    "words_only",
]


def is_template(text: str) -> bool:
    """Return whether a text uses the template language."""
    return "{{" in text or "{%" in text or "{#" in text

"""The lyrics room: templates → final lyrics, and the rules for lyrics.

It opens no file. `songbatch.lyrics.templates` is the only door to jinja2; it is imported when a
text really is a template, so that a project without one never loads it.
"""

from songbatch.lyrics.errors import TemplateError, TemplateNotFound, TemplateText, file_as_template
from songbatch.lyrics.plain import printed
from songbatch.lyrics.rules import Remark, final, remarks, words
from songbatch.lyrics.slugs import slug

__all__ = [
    "Remark",
    "TemplateError",
    "TemplateNotFound",
    "TemplateText",
    "file_as_template",
    "final",
    "is_template",
    "printed",
    "remarks",
    "slug",
    "words",
]


def is_template(text: str) -> bool:
    """Tell whether a text has anything for the template language to do."""
    return "{{" in text or "{%" in text or "{#" in text

"""The lyrics room: templates → final lyrics, and the rules for lyrics.

It opens no file. `songbatch.lyrics.templates` is the only door to jinja2; it is imported when a
text really is a template, so that a project without one never loads it.
"""

from songbatch.lyrics.errors import NoTemplate, TemplateFault, Text, whole_file
from songbatch.lyrics.plain import printed
from songbatch.lyrics.rules import Remark, final, remarks, words
from songbatch.lyrics.slugs import slug

__all__ = [
    "NoTemplate",
    "Remark",
    "TemplateFault",
    "Text",
    "final",
    "is_template",
    "printed",
    "remarks",
    "slug",
    "whole_file",
    "words",
]


def is_template(text: str) -> bool:
    """Tell whether a text has anything for the template language to do."""
    return "{{" in text or "{%" in text or "{#" in text

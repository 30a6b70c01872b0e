"""What a template says, or is called, is never run as a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from songbatch.lyrics import TemplateError, TemplateNotFound, file_as_template
from songbatch.lyrics.templates import Templates
from songbatch.sources import Source

if TYPE_CHECKING:
    from pathlib import Path

PIECES = st.lists(
    st.sampled_from(['"', "'", "\\", "{", "}", "(", ")", "+", " ", "#", "\n", '"""', "x", "é"]),
    max_size=9,
).map("".join)
WRITTEN = {
    "inline if": "{{ 'a' if 0 }}",
    "inline if with quotes": '{{ "a" if 0 }}',
    "missing import": "{% from 'f' import q %}{{ q is defined }}",
}


def render(text: str, **files: str) -> str:
    def read(name: str) -> Source:
        if name not in files:
            raise TemplateNotFound(name, "")
        return Source(name, files[name])

    return Templates(read).render(file_as_template(Source("a.j2", text)), {})


@given(
    st.sampled_from(sorted(WRITTEN)),
    PIECES.filter(lambda text: "{{" not in text and "{#" not in text),
)
@example("inline if", '" + x + "')
@example("missing import", "\"}' + x")
def test_what_stands_around_a_condition_is_text(name: str, around: str) -> None:
    alone = render(WRITTEN[name] + ".", f="")
    if around.endswith("{"):
        around += "."
    text = render(WRITTEN[name] + "." + around, f="")
    assert text == alone + around.removesuffix("\n")


@given(PIECES)
@example("\" + x + '")
def test_names_of_files_are_only_names(name: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    body = "{% from 'f' import q %}{{ 'a' if 0 }}{{ q is defined }}"
    assert render(f"{{% include {quoted} %}}", **{name: body, "f": ""}) == "false"


@pytest.mark.parametrize(
    "template",
    [
        '{{ "a" if 0 }}" + str(open("PATH", "w")) + "',
        '{{ 0 if 0 }}" + str(open("PATH", "w")) + "',
        '{% from "f" import q %}{{ q }}" + str(open("PATH", "w")) + "',
        "{% from 'f' import q %}{{ q }}{open(\"PATH\", 'w')}",
        "{{ x.\"' + open('PATH', 'w') + '\" }}",
        "{% block a %}{% endblock %}{{ self.a()[\"' + open('PATH', 'w') + '\"] }}",
        "{{ 1 | replace('\"' ~ \"'\", \"');open('PATH', 'w')\") }}",
    ],
)
def test_no_template_writes_a_file(template: str, tmp_path: Path) -> None:
    written = tmp_path / "written"
    try:
        render(template.replace("PATH", str(written)), f="")
    except TemplateError as error:
        assert error.code in {"template.undefined", "template.syntax"}  # noqa: PT017
    assert not written.exists()

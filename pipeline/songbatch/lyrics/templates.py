"""Templates → text: compiled once, rendered within bounds, errors reported with their place.

The only way to jinja2. Callers that want a limit on time wrap `Templates.render`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jinja2

from songbatch.diagnostics import did_you_mean
from songbatch.lyrics.bounds import MAX_OUTPUT, TooMuch
from songbatch.lyrics.errors import TemplateError, TemplateNotFound, TemplateText, file_as_template
from songbatch.lyrics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

    from jinja2 import Environment, Template

    from songbatch.lyrics.comparisons import Doubtful
    from songbatch.model import Value
    from songbatch.sources import Source, Span

MAX_TEMPLATE = 100_000
"""Characters of a template."""
_UNDEFINED = re.compile(r"'([^']*)' is undefined")
_NO_FILTER = re.compile(r"No filter named '([^']*)'")
# What plain Python raises when a template adds text to a number or divides by zero.
_FAILURES = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RuntimeError)


class Templates:
    """The templates of one spec.

    `read` returns a file below templates/ or raises TemplateNotFound.
    """

    def __init__(self, read: Callable[[str], Source]) -> None:
        self._read = read
        self._texts: dict[str, TemplateText] = {}
        self._compiled: dict[str, Template] = {}
        self._sandbox = Sandbox(jinja2.FunctionLoader(self._load))

    def render(self, text: TemplateText, variables: Mapping[str, Value]) -> str:
        """Return the template's text for these variables. Raises TemplateError."""
        self._sandbox.steps.refill()
        self._sandbox.doubts.clear()
        template = self._compile(text)
        try:
            return self._collect(template, variables)
        except (jinja2.TemplateError, TemplateNotFound, TooMuch, *_FAILURES) as error:
            raise self._error(error, text, variables) from error

    @property
    def excess(self) -> int:
        """The steps that renderings took beyond what each is granted."""
        return self._sandbox.steps.excess

    @property
    def doubts(self) -> Doubtful:
        """Values that conditions of the last rendering took for what they hardly are."""
        return self._sandbox.doubts

    def _collect(self, template: Template, variables: Mapping[str, Value]) -> str:
        parts, size = [], 0
        for part in template.generate(variables):
            size += len(part)
            if size > MAX_OUTPUT:
                raise TooMuch(f"more than {MAX_OUTPUT:,} characters")
            parts.append(part)
        text = "".join(parts)
        # "\ud800" in a template, or bytes from a command line, are half a character: not sendable.
        text.encode()
        return text

    def _compile(self, text: TemplateText) -> Template:
        name = f"<{text.text}>"
        # Equal texts are compiled once; errors are reported at the place of the one rendered now.
        self._texts[name] = text
        if text.text not in self._compiled:
            try:
                _check_size(text.text)
                code: CodeType = self._sandbox.compile(text.text, name, name)
            except (jinja2.TemplateError, TooMuch, *_FAILURES, SyntaxError) as error:
                raise self._error(error, text, {}) from error
            made = self._sandbox.template_class.from_code(
                self._sandbox, code, self._sandbox.make_globals(None)
            )
            self._compiled[text.text] = made
        return self._compiled[text.text]

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]]:
        source = self._read(name)
        _check_size(source.text)
        self._texts[source.path] = file_as_template(source)
        return source.text, source.path, lambda: True

    def _error(
        self, error: BaseException, text: TemplateText, variables: Mapping[str, Value]
    ) -> TemplateError:
        code, detail, fix = _describe(error, variables, self._sandbox)
        return TemplateError(code, self._place(error, text), detail, fix)

    def _place(self, error: BaseException, text: TemplateText) -> Span:
        if isinstance(error, jinja2.TemplateSyntaxError):
            return self._texts.get(error.filename or "", text).locate(error.lineno)
        place = text, 1
        trace = error.__traceback__
        while trace is not None:
            # jinja2 rewrites the frames of templates so that they carry the template's lines.
            name = trace.tb_frame.f_code.co_filename
            if name in self._texts:
                place = self._texts[name], trace.tb_lineno
            trace = trace.tb_next
        return place[0].locate(place[1])


def _check_size(text: str) -> None:
    if len(text) > MAX_TEMPLATE:
        raise TooMuch(f"a template of more than {MAX_TEMPLATE:,} characters")


def _describe(
    error: BaseException, variables: Mapping[str, Value], environment: Environment
) -> tuple[str, str, str]:
    """Return the code, the detail and the fix for what was raised."""
    message = " ".join(str(error).split())
    match error:
        case TemplateNotFound():
            described = "template.missing", error.reason, error.fix
        case jinja2.TemplateSyntaxError():
            described = "template.syntax", message, _syntax_fix(message, environment)
        case jinja2.UndefinedError():
            described = "template.undefined", message, _undefined_fix(message, variables)
        case jinja2.exceptions.SecurityError():
            described = "template.refused", message, "use a filter or a plain variable instead"
        case TooMuch():
            described = "template.too-large", message, "make less of it"
        case UnicodeEncodeError():
            detail = f"U+{ord(error.object[error.start]):04X} is half a character"
            described = "template.failed", detail, "write the whole character instead of escapes"
        case ValueError() if "integer string conversion" in message:
            described = "template.too-large", "a number of too many digits", "make less of it"
        case RecursionError():
            described = "template.too-large", "it nests or includes itself without end", "nest less"
        case SyntaxError():
            described = "template.syntax", "too many blocks inside each other", "nest less"
        case _:
            described = "template.failed", message, _type_fix(error)
    return described


def _syntax_fix(message: str, environment: Environment) -> str:
    if match := _NO_FILTER.match(message):
        if match[1] in {"bool", "boolean"}:
            return f"leave | {match[1]} out: where a condition asks, a text such as no is false"
        known = [name for name in environment.filters if name.isidentifier()]
        return did_you_mean(match[1], known) or f"the filters are {', '.join(sorted(known))}"
    return "correct the line; {{ … }} prints, {% … %} does, {# … #} comments"


def _undefined_fix(message: str, variables: Mapping[str, Value]) -> str:
    match = _UNDEFINED.match(message)
    if not match:
        return "correct the name, or give it a default: | default('…')"
    near = did_you_mean(match[1], variables)
    known = ", ".join(sorted(variables))
    return near or f"declare it under vars, or use one of {known}"


def _type_fix(error: BaseException) -> str:
    if isinstance(error, TypeError):
        return "turn a number into text with | string, or text into a number with | int"
    return "correct the expression on this line"

"""The environment templates run in: plain data in, bounded text out, nothing else to reach.

Whatever can take long or make much is counted, where it happens: passages of bodies by statements
put into the syntax tree, filters and calls by what goes in and comes out, operators by what comes
out.
"""

from __future__ import annotations

from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from songbatch.lyrics import bounds
from songbatch.lyrics.filters import filters, given, tests
from songbatch.lyrics.metering import metered
from songbatch.lyrics.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import BaseLoader
    from jinja2.runtime import Context

    from songbatch.lyrics.comparisons import Doubtful

_GLOBALS = ("cycler", "dict", "joiner", "namespace")
_REFUSED_METHODS = {
    "encode", "expandtabs", "maketrans", "to_bytes", "translate",
}  # fmt: skip
_PADDING = {"center", "ljust", "rjust", "zfill"}
_OF_LOOPS = frozenset({
    "changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length",
    "nextitem", "previtem", "revindex", "revindex0",
})  # fmt: skip
"""All that is public in `loop`, which half the lines of templates ask for something."""
_PARTS_OF_A_CALL = 4
"""A call takes about as long as so many other parts of a template."""


class _CodeGenerator(CodeGenerator):
    """Jinja2's, which writes the names of templates into messages of the code without quoting them.

    A template's name is a stranger's file name or, for a text without a file, its text: with
    quotes in it, it would be run.
    """

    def position(self, node: nodes.Node) -> str:
        """Return where a node stands, without the name of its template."""
        return f"line {node.lineno}"


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without chance, clock or the world, and with a bound on what one step can make."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})
    concat = staticmethod(bounds.joined)
    code_generator_class = _CodeGenerator

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
            cache_size=-1,
            finalize=self._shown,
            # Otherwise constant expressions run while the template is compiled.
            optimized=False,
        )
        self.steps = Steps()
        kept = {name: self.globals[name] for name in _GLOBALS}
        self.globals.clear()
        self.globals.update(kept, range=self.steps.range)
        self.filters.clear()
        self.doubts: Doubtful = {}
        """Values that conditions took for what they hardly are."""
        self.filters.update(filters(self.steps, self.doubts))
        self.tests.update(tests(self.steps))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        self.steps.spend(len(source))
        return metered(super()._parse(source, name, filename), self.steps)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator within the bounds. Raises TooMuch."""
        bounds.operation(operator, left, right)
        if isinstance(left, int | float) and isinstance(right, int | float):
            return super().call_binop(context, operator, left, right)
        self.steps.weigh(right)
        return given(super().call_binop(context, operator, left, right), self.steps)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute`, if it is safe."""
        if type(obj) is LoopContext and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return `obj[argument]`; filters do so for every part of an attribute's path."""
        self.steps.weigh(argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse what can make a lot out of little and has a bounded filter beside it."""
        refused = attr in _REFUSED_METHODS or isinstance(obj, (int, float))
        return not refused and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Refuse str.format, which jinja2 wraps before it asks whether an attribute is safe."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError("str.format() can pad without end; use ~ or the filter format")
        return None

    def call(*arguments: Any, **named: Any) -> Any:
        """Call what a template calls, within the bounds. Raises TooMuch."""
        self, function, values = arguments[0], arguments[2], arguments[3:]
        steps = self.steps
        steps.spend(_PARTS_OF_A_CALL)
        for value in values:
            steps.weigh(value)
        if named:
            steps.weigh(named)
        if type(function) is BuiltinFunctionType:
            _check_method(function, values, steps)
        return given(ImmutableSandboxedEnvironment.call(*arguments, **named), steps)

    @pass_context  # which also keeps constants from being printed while the template is compiled
    def _shown(self, _context: Context, value: Any) -> Any:
        """Return how a value is printed: as YAML writes it, not as Python does."""
        if type(value) is str:
            return value
        self.steps.weigh(value)
        if value is None:
            return ""
        return str(value).lower() if isinstance(value, bool) else value


def _check_method(function: Any, arguments: tuple[Any, ...], steps: Steps) -> None:
    text, name = function.__self__, function.__name__
    steps.weigh(text)
    if not isinstance(text, str) or not arguments:
        return
    steps.search(text, arguments[0])
    if name in _PADDING:
        bounds.padding(arguments[0])
    elif name == "replace" and len(arguments) > 1:
        bounds.replacing(text, arguments[0], arguments[1])
    elif name == "join":
        bounds.joining(list(arguments[0]), text)

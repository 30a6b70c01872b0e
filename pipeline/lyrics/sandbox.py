"""The environment templates run in: plain data in, bounded text out, nothing else to reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from pipeline.lyrics import bounds
from pipeline.lyrics.filters import CONCATENATED, filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import BaseLoader
    from jinja2.runtime import Context

_GLOBALS = ("cycler", "dict", "joiner", "namespace")
_REFUSED_METHODS = {
    "encode", "expandtabs", "maketrans", "to_bytes", "translate",
}  # fmt: skip
_PADDING = {"center", "ljust", "rjust", "zfill"}


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 without chance, clock or the world, and with a bound on what one step can make."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,
            auto_reload=False,
            finalize=_shown,
        )
        self.steps = bounds.Steps()
        kept = {name: self.globals[name] for name in _GLOBALS}
        self.globals.clear()
        self.globals.update(kept, range=self.steps.range)
        self.filters = filters()

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        # The operator ~ is the one that cannot be intercepted; as a filter it can be bounded.
        tree = super()._parse(source, name, filename)
        return _Concatenations().visit(tree)  # type: ignore[no-any-return]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator within the bounds. Raises TooMuch."""
        bounds.operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse what can make a lot out of little and has a bounded filter beside it."""
        refused = attr in _REFUSED_METHODS or isinstance(obj, int | float)
        return not refused and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Refuse str.format, which jinja2 wraps before it asks whether an attribute is safe."""
        if super().wrap_str_format(value) is not None:
            raise SecurityError("str.format() can pad without end; use ~ or the filter format")
        return None

    def call(*arguments: Any, **named: Any) -> Any:
        """Call what a template calls; methods of text within the bounds. Raises TooMuch."""
        _check_call(arguments[2], arguments[3:])
        return ImmutableSandboxedEnvironment.call(*arguments, **named)


def _shown(value: Any) -> Any:
    """Return how a value is printed: as YAML writes it, not as Python does."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _check_call(function: Any, arguments: tuple[Any, ...]) -> None:
    text, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(text, str) or not arguments:
        return
    if name in _PADDING:
        bounds.padding(arguments[0])
    elif name == "replace" and len(arguments) > 1:
        bounds.replacing(text, arguments[0], arguments[1])
    elif name == "join":
        bounds.joining(list(arguments[0]), text)


class _Concatenations(NodeTransformer):
    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802  (named by jinja2)
        first, *others = (self.visit(part) for part in node.nodes)
        made = nodes.Filter(first, CONCATENATED, others, [], None, None, lineno=node.lineno)
        made.environment = node.environment
        return made

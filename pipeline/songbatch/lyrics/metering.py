"""Metering of templates: statements in the syntax tree that count every pass of a body.

What a condition asks for passes through `songbatch.lyrics.truth` in the same walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from songbatch.lyrics.bounds import TooMuch
from songbatch.lyrics.comparisons import LOOKED_AT
from songbatch.lyrics.truth import ASKED, TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.lyrics.steps import Steps

# The names of the filters that are put in; no template can write them.
CONCATENATED = "~"
COMPARED = "~compared"
PASSED = "~passed"
WEIGHED = "~weighed"
MAX_PARTS = 4000
"""Nodes of the syntax tree of one template; some stand for more than one."""
_STEPS_TO_COMPILE = 100
"""Compiling a part takes as long as passing it so often."""
_REPEATED = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block)
_ENTRANCES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block)
_LONGEST_NAME = 1000
"""Characters."""
_PARTS_OF_AN_ENTRANCE = 60
"""Entering a template or a block takes as long as passing so many other parts."""


def metered(tree: nodes.Template, steps: Steps) -> nodes.Template:
    """Return the tree with its counting. Raises TooMuch for a tree that is too large."""
    count = 0
    for node in _walk([tree], ()):
        count += _size(node)
        _compose(node)
    if count > MAX_PARTS:
        raise TooMuch(f"more than {MAX_PARTS:,} tags, names, values and texts in one template")
    steps.spend(count * _STEPS_TO_COMPILE)
    transformed: nodes.Template = _Metering().visit(tree)
    transformed.body.insert(0, _passing(transformed.body, transformed))
    return transformed


def _compose(node: nodes.Node) -> None:
    """Give a name the form that variables have, NFC, however an editor wrote it."""
    if isinstance(node, nodes.Name | nodes.Macro) and not node.name.isascii():
        # Composing many marks takes long, and no variable has so long a name.
        node.name = node.name if len(node.name) > _LONGEST_NAME else normalize("NFC", node.name)


def _walk(roots: Iterable[nodes.Node], inner: tuple[type, ...]) -> Iterator[nodes.Node]:
    """Yield the nodes below and with `roots`, without the bodies of `inner` ones."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes(("body",) if isinstance(node, inner) else None))


def _passing(body: list[nodes.Node], place: nodes.Node) -> nodes.ExprStmt:
    """Return a statement that counts one passage of `body`, without the bodies in it."""
    return nodes.ExprStmt(_counted(body, place), lineno=place.lineno)


def _counted(parts: Iterable[nodes.Node], place: nodes.Node) -> nodes.Filter:
    size = 1 + sum(_size(part) for part in _walk(parts, _REPEATED))
    return _filter(nodes.Const(size, lineno=place.lineno), PASSED, [], place)


def _size(node: nodes.Node) -> int:
    return _PARTS_OF_AN_ENTRANCE if isinstance(node, _ENTRANCES) else 1


def _filter(
    node: nodes.Expr, name: str, arguments: list[nodes.Expr], place: nodes.Node
) -> nodes.Filter:
    made = nodes.Filter(node, name, arguments, [], None, None, lineno=place.lineno)
    made.environment = place.environment
    return made


def _asked(node: nodes.Node, place: nodes.Node) -> nodes.Expr:
    """Return an expression whose value is that of `node`, as a condition shall see it."""
    assert isinstance(node, nodes.Expr)  # noqa: S101  (If.test is declared as any node)
    if isinstance(node, nodes.Const | nodes.Compare | nodes.Test | nodes.Not):
        return node  # none of them is a text from outside
    named: list[nodes.Expr] = [nodes.Const(node.name)] if isinstance(node, nodes.Name) else []
    return _filter(node, ASKED, named, place)


class _Metering(NodeTransformer):
    """Each method is named by jinja2, after the node it takes."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.test is not None:
            counted, test = _counted([node.test], node), _asked(node.test, node)
            node.test = nodes.And(counted, test, lineno=node.lineno)
        return self._repeated(node)

    def _repeated(self, node: nodes.Node) -> nodes.Node:
        assert isinstance(node, _REPEATED)  # noqa: S101
        node.body.insert(0, _passing(node.body, node))
        return node

    def _visit_repeated(self, node: nodes.Node) -> nodes.Node:
        return self._repeated(self.generic_visit(node))

    visit_Macro = visit_CallBlock = visit_Block = _visit_repeated  # noqa: N815

    def _visit_condition(self, node: nodes.Node) -> nodes.Node:
        self.generic_visit(node)
        assert isinstance(node, nodes.If | nodes.CondExpr)  # noqa: S101
        node.test = _asked(node.test, node)
        return node

    visit_If = visit_CondExpr = _visit_condition  # noqa: N815

    def _visit_choice(self, node: nodes.Node) -> nodes.Node:
        # The right one is the value then; whoever wants its truth asks for it.
        self.generic_visit(node)
        assert isinstance(node, nodes.BinExpr)  # noqa: S101
        node.left = _asked(node.left, node)
        return node

    visit_And = visit_Or = _visit_choice  # noqa: N815

    def visit_Not(self, node: nodes.Not) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.node = _asked(node.node, node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        # The operator ~ is the one that cannot be intercepted; as a filter it can be bounded.
        first, *others = (self.visit(part) for part in node.nodes)
        return _filter(first, CONCATENATED, others, node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if len(node.ops) == 1 and node.ops[0].op in {"eq", "ne"}:
            other = node.ops[0]
            node.expr, other.expr = _told(node.expr, other.expr), _told(other.expr, node.expr)
        is_equality = all(operand.op in {"eq", "ne"} for operand in node.ops)
        weighed = _compared if is_equality else _weighed
        node.expr = weighed(node.expr)
        for operand in node.ops:
            operand.expr = weighed(operand.expr)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.key = _weighed(node.key)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            node.node = _weighed(node.node)
        return node


def _told(node: nodes.Expr, other: nodes.Expr) -> nodes.Expr:
    """Return an expression, or what it says as a text if the other side is `true` or `false`.

    A variable that is compared with another constant is looked at, and stays what it is.
    """
    if not isinstance(other, nodes.Const):
        return node
    if isinstance(other.value, bool):
        return _filter(node, TRUTH, [], node)
    if isinstance(node, nodes.Name):
        return _filter(node, LOOKED_AT, [nodes.Const(node.name), other], node)
    return node


def _compared(node: nodes.Expr) -> nodes.Expr:
    """Return an expression whose text is in the form that lyrics have, NFC, however it came."""
    if isinstance(node, nodes.Const) and (not isinstance(node.value, str) or node.value.isascii()):
        return node
    return _filter(node, COMPARED, [], node)


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _filter(node, WEIGHED, [], node)

"""Mutants of a solution: copies with one small mistake each, of the kinds that people make.

Each must be noticed by some check. The operators are those of async code first: a lost `await`, a
task that is not cancelled, the wrong `return_when`, a disconnect that nobody handles.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

# What an operator offers for a node: a description and what to put in its place (None: nothing).
Offer: TypeAlias = tuple[str, ast.AST | list[ast.stmt] | None]
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
CALCULATED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}
COPIES = ("list", "set", "tuple", "dict", "sorted", "frozenset")
SWAPPED = {"FIRST_COMPLETED": "ALL_COMPLETED", "ALL_COMPLETED": "FIRST_COMPLETED"}


@dataclass(frozen=True)
class Mutant:
    """One changed copy.

    Args:
        line: where the solution was changed.
        change: what was changed, in words.
        original: the text of that line in the solution.
        source: the whole changed module.
    """

    line: int
    change: str
    original: str
    source: str

    @property
    def name(self) -> str:
        """What tells it from others and stays the same when lines move."""
        return f"{self.change} | {self.original}"


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, each different from it and from the others."""
    tree = ast.parse(source)
    unchanged, lines = ast.unparse(tree), source.splitlines()
    found: dict[str, Mutant] = {}
    texts = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
    for index, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Constant) and id(node) in texts:
            continue
        for number, (change, _) in enumerate(_offers(node)):
            text = _changed(tree, index, number)
            if text not in (None, unchanged) and text not in found:
                line = _telling_line(node, change)
                found[text] = Mutant(line, change, lines[line - 1].strip(), text)
    return list(found.values())


def _telling_line(node: ast.AST, change: str) -> int:
    """The line by which a reader knows the place: `try:` looks the same everywhere."""
    if change == "drop the handlers":
        return node.handlers[0].lineno
    if change == "drop the finally":
        return node.finalbody[0].lineno
    return getattr(node, "lineno", 1)


def _changed(tree: ast.Module, index: int, number: int) -> str | None:
    whole = copy.deepcopy(tree)
    nodes = list(ast.walk(whole))
    target = nodes[index]
    _, replacement = list(_offers(target))[number]
    if not _replace(whole, target, replacement):
        return None
    text = ast.unparse(ast.fix_missing_locations(whole))
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return None
    return text


def _replace(whole: ast.AST, target: ast.AST, replacement: object) -> bool:
    for parent in ast.walk(whole):
        for field, value in ast.iter_fields(parent):
            if value is target and isinstance(replacement, ast.AST):
                setattr(parent, field, replacement)
                return True
            if isinstance(value, list) and any(item is target for item in value):
                place = next(i for i, item in enumerate(value) if item is target)
                value[place : place + 1] = _as_items(replacement, target)
                if not value and field == "body":
                    value.append(ast.Pass())
                return True
    return False


def _as_items(replacement: object, target: ast.AST) -> list:
    if isinstance(replacement, list):
        return replacement
    if replacement is None:
        return []
    return [replacement]


def _offers(node: ast.AST) -> Iterator[Offer]:
    for operator in OPERATORS:
        yield from operator(node)


def _drop_await(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.Await):
        yield "drop the await", node.value


def _drop_statement(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        yield "drop the statement", None
    elif isinstance(node, ast.AugAssign):
        yield "drop the assignment", None
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "return nothing", ast.Return(None)
    elif isinstance(node, ast.Continue | ast.Break | ast.Raise):
        yield "drop the jump", ast.Pass()


def _drop_handler(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.Try | ast.TryStar):
        if node.handlers:
            rest = copy.copy(node)
            rest.handlers = []
            yield "drop the handlers", rest if node.finalbody else node.body
        if node.finalbody:
            rest = copy.copy(node)
            rest.finalbody = []
            yield "drop the finally", rest if node.handlers else node.body
    if isinstance(node, ast.With | ast.AsyncWith) and len(node.items) == 1:
        call = node.items[0].context_expr
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("suppress"):
            yield "drop the suppress", node.body


def _swap_name(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.Attribute) and node.attr in SWAPPED:
        yield "swap return_when", ast.Attribute(node.value, SWAPPED[node.attr], node.ctx)


def _drop_copy(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and isinstance(
        node.iter, ast.Call
    ):
        call, changed = node.iter, copy.copy(node)
        if isinstance(call.func, ast.Name) and call.func.id in COPIES and len(call.args) == 1:
            changed.iter = call.args[0]
            yield "drop the copy", changed
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "copy":
            changed.iter = call.func.value
            yield "drop the copy", changed


def _change_condition(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        other = COMPARED[type(node.ops[0])]()
        yield "change the comparison", ast.Compare(node.left, [other], node.comparators)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "drop the not", node.operand
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "swap and/or", ast.BoolOp(other, node.values)
    if isinstance(node, ast.If):
        yield "always", ast.If(ast.Constant(True), node.body, node.orelse)
        yield "never", ast.If(ast.Constant(False), node.body, node.orelse)


def _change_value(node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.BinOp) and type(node.op) in CALCULATED:
        yield "change the operator", ast.BinOp(node.left, CALCULATED[type(node.op)](), node.right)
    if not isinstance(node, ast.Constant) or node.value is None:
        return
    if isinstance(node.value, bool):
        yield f"{node.value} to {not node.value}", ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield f"{node.value} plus 1", ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and "\n" not in node.value:
        yield f"change {node.value!r}", ast.Constant(node.value + "x")


OPERATORS: tuple[Callable[[ast.AST], Iterator[Offer]], ...] = (
    _drop_await,
    _drop_statement,
    _drop_handler,
    _swap_name,
    _drop_copy,
    _change_condition,
    _change_value,
)

"""The mutants of a module: each is one node of its syntax tree, replaced by another.

| kind | change |
|---|---|
| boundary, comparison | `<` and `<=`, `>` and `>=`, `==` and `!=`, `in` and `not in`, `is` and `is not` |
| arithmetic | `+` and `-`, `*` and `//`, `%` to `*`, a sign dropped |
| connective | `and` and `or`, `not` dropped |
| condition | what an `if`, a `while` or a comprehension asks, negated |
| constant | a number one higher, a truth value turned, a text or bytes one longer |
| statement | a call, `raise`, `continue`, `break`, `del`, an assignment to a field, an early `return`: dropped |

Not changed: annotations, decorators and docstrings, which decide nothing; what errors without a number say, and by
which name they call a command. Nor is the `+` that joins text, or an assignment to a name dropped: the TypeError or
NameError that follows would be a kill that proves nothing.
"""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NEGATED_BY_ITS_OPERATOR = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)
UNCHANGED_FIELDS = frozenset({"annotation", "returns", "decorator_list"})
ERRORS_FOR_PEOPLE = frozenset({"InvariantViolation", "MalformedInput", "ValueError"})
LONGEST_TEXT = 160


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where it is, what stood there and what stands there now. `number` finds it again in its module.

    `occurrence` tells apart those of one function that read alike, from 1.
    """

    path: str
    number: int
    function: str
    first_line: int
    last_line: int
    before: str
    after: str
    occurrence: int = 1

    @property
    def name(self) -> str:
        """What a result knows it by: not its line, which moves with every edit. It dies with the text it is about."""
        text = "\0".join((self.before, self.after, str(self.occurrence)))
        return f"{self.path} {self.function} {hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def describe(self) -> str:
        """In one line."""
        return f"{self.path}:{self.first_line} {self.function}: {self.before}  =>  {self.after}"


@dataclass(frozen=True, slots=True)
class _Site:
    """A place in the tree and what replaces it; `around` are the nodes from the module down to the changed one's."""

    around: tuple[ast.AST, ...]
    field: str
    index: int | None
    old: ast.AST
    new: ast.AST

    def put(self, node: ast.AST) -> None:
        """Put a node where the old one stood."""
        if self.index is None:
            setattr(self.around[-1], self.field, node)
        else:
            getattr(self.around[-1], self.field)[self.index] = node


def list_mutants(path: str, source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its lines."""
    seen, mutants = Counter[tuple[str, str, str]](), list[Mutant]()
    for number, site in enumerate(_find_sites(ast.parse(source))):
        mutant = _build_mutant(path, number, site)
        text = (mutant.function, mutant.before, mutant.after)
        seen[text] += 1
        mutants.append(replace(mutant, occurrence=seen[text]))
    return mutants


def build_mutated_tree(source: str, number: int) -> ast.Module:
    """The module with one of its mutants in it."""
    tree = ast.parse(source)
    for at, site in enumerate(_find_sites(tree)):
        if at == number:
            site.put(site.new)
            return ast.fix_missing_locations(tree)
    raise LookupError(f"there is no mutant {number}")


def _find_sites(tree: ast.Module) -> Iterator[_Site]:
    return _walk((tree,))


def _walk(around: tuple[ast.AST, ...]) -> Iterator[_Site]:
    node = around[-1]
    for field, value in ast.iter_fields(node):
        if field in UNCHANGED_FIELDS:
            continue
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _is_for_people(child) or _is_name_of_command(node, field, index):
                continue
            for new in _list_replacements(around, field, child):
                yield _Site(around, field, index, child, new)
            yield from _walk((*around, child))


def _is_for_people(node: ast.AST) -> bool:
    """Whether the node is a docstring, or makes an error whose text is read by people only."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS_FOR_PEOPLE


def _is_name_of_command(node: ast.AST, field: str, index: int | None) -> bool:
    """Whether the child is the name that a row of the command table gives its command."""
    is_row = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "CommandSpec"
    return is_row and field == "args" and index == 0


def _list_replacements(around: tuple[ast.AST, ...], field: str, node: ast.AST) -> Iterator[ast.AST]:
    if type(node) in OPPOSITE:
        if isinstance(around[-1], ast.BinOp) and _is_joined(around[-1]):
            return
        yield OPPOSITE[type(node)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _list_other_constants(node.value)
    elif isinstance(node, ast.stmt) and _is_droppable(around, node):
        yield ast.Pass()
    if field in {"test", "ifs"} and isinstance(node, ast.expr) and not _is_negated_otherwise(node):
        yield ast.UnaryOp(ast.Not(), node)


def _is_joined(node: ast.BinOp) -> bool:
    """Whether the operands are, on the face of it, texts or lists."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp)
        or (isinstance(side, ast.Constant) and isinstance(side.value, str | bytes))
        for side in sides
    )


def _list_other_constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str):
        yield ast.Constant(value + "x")
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"x")


def _is_droppable(around: tuple[ast.AST, ...], node: ast.stmt) -> bool:
    if isinstance(node, ast.Return):
        parent = around[-1]
        return not (isinstance(parent, ast.FunctionDef) and parent.body[-1] is node)
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Attribute | ast.Subscript)
    return isinstance(node, ast.Expr | ast.Raise | ast.AugAssign | ast.Delete | ast.Continue | ast.Break)


def _is_negated_otherwise(node: ast.expr) -> bool:
    """Whether another kind of change already says the opposite of this condition."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return isinstance(node.ops[0], NEGATED_BY_ITS_OPERATOR)
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _build_mutant(path: str, number: int, site: _Site) -> Mutant:
    statement = next(
        (node for node in reversed((*site.around, site.old)) if isinstance(node, ast.stmt)), site.around[0]
    )
    names = [node.name for node in site.around if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    before, after = _show(site, statement)
    first, last = _find_lines(statement)
    return Mutant(path, number, ".".join(names) or "module", first, last, before, after)


def _show(site: _Site, statement: ast.AST) -> tuple[str, str]:
    """The text before and after: of the largest node that shows the change and is short."""
    if statement is site.old:
        return _render(site.old), _render(site.new)
    inner = site.around[site.around.index(statement) :]
    before = [_render(node) for node in inner]
    site.put(site.new)
    after = [_render(node) for node in inner]
    site.put(site.old)
    pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    return next((pair for pair in pairs if len(pair[0]) <= LONGEST_TEXT), pairs[-1])


def _find_lines(statement: ast.AST) -> tuple[int, int]:
    """The lines of a statement; of one with a body those above the body."""
    first = getattr(statement, "lineno", 1)
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else getattr(statement, "end_lineno", first)
    return first, max(first, last)


def _render(node: ast.AST) -> str:
    """The text of a node; of a statement with a body its first line."""
    return ast.unparse(node).strip().partition("\n")[0]

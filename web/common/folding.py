"""What a template always says is worked out once, when the template is compiled.

Each language has templates of its own, so a translated sentence, an icon and a file's address are
constants there: they become part of the text around them instead of a call at every rendering.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

TRANSLATES: Final = ("_", "gettext")


class FoldingGenerator(CodeGenerator):
    """Writes a template's code with its constant calls answered; for an autoescaping environment.

    `environment.folded` holds the functions whose calls with constants are answered, by name, and
    `environment.translate` turns a msgid into the language of the environment.
    """

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        """Fold, then write."""
        environment: Any = self.environment
        taken = {name.name for name in node.find_all(nodes.Name) if name.ctx != "load"}
        for imported in node.find_all(nodes.FromImport):
            taken |= {name if isinstance(name, str) else name[1] for name in imported.names}
        _Fold(environment.folded, environment.translate, taken).visit(node)
        super().visit_Template(node, frame)


class _Fold(NodeTransformer):
    """Answers the calls that can be; a name to which the template gives a meaning is left alone."""

    def __init__(
        self,
        functions: Mapping[str, Callable[..., object]],
        translate: Callable[[str], str],
        taken: set[str],
    ) -> None:
        self.functions = {name: each for name, each in functions.items() if name not in taken}
        self.translates = [name for name in TRANSLATES if name not in taken]
        self.translate = translate

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """What the call comes to, or the call."""
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.dyn_args or node.dyn_kwargs:
            return node
        values = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if len(values) < len(node.args):
            return node
        name = node.node.name
        if name in self.translates and len(values) == 1:
            return self._sentence(str(values[0]), node)
        if name in self.functions and not node.kwargs:
            return nodes.Const(self.functions[name](*values), lineno=node.lineno)
        return node

    def _sentence(self, msgid: str, node: nodes.Call) -> nodes.Expr:
        """The sentence in this language; a format string even without values, as Jinja has it."""
        # From our own catalogues; what is put into it is escaped by Markup's own `%`.
        said = Markup(self.translate(msgid))  # noqa: S704
        if not node.kwargs:
            return nodes.Const(said % {}, lineno=node.lineno)
        pairs = [nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]
        return nodes.Mod(nodes.Const(said), nodes.Dict(pairs), lineno=node.lineno)

"""Text to tree: what rulebooks and studies write, such as `capacity * cycles_per_year * life_years`.

expression = disjunction
disjunction = conjunction {"or" conjunction}        conjunction = negation {"and" negation}
negation = "not" negation | comparison              comparison = sum [("<"|"<="|">"|">="|"="|"!=") sum]
sum = product {("+"|"-") product}                   product = sign {("*"|"/") sign}
sign = "-" sign | primary
primary = number | "text" | name | function "(" expression {"," expression} ")" | "(" expression ")"
function = min | max | sum | if | lookup            (lookup takes a table name and a key)
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from footproof.errors import FootproofError
from footproof.expressions.exact import number
from footproof.expressions.tree import ARGUMENTS, LONGEST_TEXT, Tree

LONGEST = 2000
DEEPEST = 24
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_.]*)"
    r'|"(?P<text>[^"\n]*)"|(?P<sign><=|>=|!=|[-+*/()<>=,]))'
)
_FUNCTIONS = ("min", "max", "sum", "if", "lookup")
_WORDS = ("and", "or", "not")
_COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def parse(text: str) -> Tree:
    """Return the tree of an expression.

    Args:
        text: At most 2,000 characters.

    Raises:
        FootproofError: E-EXPR-SYNTAX with the column, E-SHEET-NUMBER for a figure of too many digits.
    """
    if len(text) > LONGEST:
        raise FootproofError("E-EXPR-SYNTAX", column=LONGEST, reason=f"longer than {LONGEST} characters", text="…")
    parser = _Parser(_tokens(text), text)
    tree = parser.disjunction(0)
    parser.expect("end")
    return tree


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None or match.lastgroup is None:
            raise _syntax(text, position + 1, f"{stripped[position : position + 10]!r} is not understood")
        found.append(_Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup) + 1))
        position = match.end()
    found.append(_Token("end", "", len(stripped) + 1))
    return found


def _syntax(text: str, column: int, reason: str) -> FootproofError:
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    return FootproofError("E-EXPR-SYNTAX", text=shown, column=column, reason=reason)


class _Parser:
    """Recursive descent over tokens; depth is bounded so that hostile text cannot exhaust the stack."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.at = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def fail(self, reason: str) -> FootproofError:
        return _syntax(self.text, self.token.column, reason)

    def take(self, *texts: str) -> str | None:
        """Consume the next token if it is one of these signs or words."""
        if self.token.kind in ("sign", "name") and self.token.text in texts:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def expect(self, what: str) -> None:
        if what == "end":
            if self.token.kind != "end":
                raise self.fail(f"unexpected {self.token.text!r}")
        elif self.take(what) is None:
            raise self.fail(f"{what!r} is missing")

    def disjunction(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self.fail(f"nested deeper than {DEEPEST}")
        return self._chain("or", self._conjunction, depth)

    def _conjunction(self, depth: int) -> Tree:
        return self._chain("and", self._negation, depth)

    def _chain(self, word: str, part: Callable[[int], Tree], depth: int) -> Tree:
        parts = [part(depth)]
        while self.take(word):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else (word, *parts)

    def _negation(self, depth: int) -> Tree:
        if self.take("not"):
            return ("not", self._negation_within(depth))
        return self._comparison(depth)

    def _negation_within(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self.fail(f"nested deeper than {DEEPEST}")
        return self._negation(depth + 1)

    def _comparison(self, depth: int) -> Tree:
        left = self._sum(depth)
        sign = self.take(*_COMPARISONS)
        return (sign, left, self._sum(depth)) if sign else left

    def _sum(self, depth: int) -> Tree:
        tree = self._product(depth)
        while sign := self.take("+", "-"):
            right = self._product(depth)
            tree = self._join(sign, tree, right)
        return tree

    def _product(self, depth: int) -> Tree:
        tree = self._sign(depth)
        while sign := self.take("*", "/"):
            tree = self._join(sign, tree, self._sign(depth))
        return tree

    @staticmethod
    def _join(sign: str, left: Tree, right: Tree) -> Tree:
        """Keep `a + b + c` flat: the fold of the sheet does the same sums in the same order."""
        if sign in "+*" and not isinstance(left, str) and left[0] == sign:
            return (*left, right)
        return (sign, left, right)

    def _sign(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self.fail(f"nested deeper than {DEEPEST}")
        if self.take("-"):
            return ("-", "0", self._sign(depth + 1))
        return self._primary(depth)

    def _primary(self, depth: int) -> Tree:
        token = self.token
        self.at += token.kind != "end"
        if token.kind == "number":
            return _normal_number(token.text)
        if token.kind == "text":
            if len(token.text) > LONGEST_TEXT:
                raise _syntax(self.text, token.column, f"text of more than {LONGEST_TEXT} characters")
            return ("text", token.text)
        if token.kind == "name" and token.text not in _WORDS:
            return self._call(token, depth) if token.text in _FUNCTIONS else ("ref", token.text)
        if token.kind == "sign" and token.text == "(":
            tree = self.disjunction(depth + 1)
            self.expect(")")
            return tree
        raise _syntax(self.text, token.column, f"a figure, a name or '(' is needed, found {token.text!r}")

    def _call(self, function: _Token, depth: int) -> Tree:
        self.expect("(")
        arguments = [self.disjunction(depth + 1)]
        while self.take(","):
            arguments.append(self.disjunction(depth + 1))
        self.expect(")")
        if function.text == "lookup":
            return self._lookup(function, arguments)
        if function.text == "sum":
            return arguments[0] if len(arguments) == 1 else ("+", *arguments)
        fewest, most = ARGUMENTS[function.text]
        if not fewest <= len(arguments) <= most:
            raise _syntax(self.text, function.column, f"{function.text} with {len(arguments)} arguments")
        return (function.text, *arguments)

    def _lookup(self, function: _Token, arguments: list[Tree]) -> Tree:
        if len(arguments) != 2 or isinstance(arguments[0], str) or arguments[0][0] != "ref":
            raise _syntax(self.text, function.column, "lookup takes a table name and a key")
        return ("lookup", arguments[0][1], arguments[1])


def _normal_number(text: str) -> str:
    whole, point, fraction = text.partition(".")
    whole = whole.lstrip("0") or "0"
    fraction = fraction.rstrip("0")
    normal = f"{whole}.{fraction}" if point and fraction else whole
    number(normal)
    return normal

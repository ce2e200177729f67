"""The findings in a code base: each use of a library's name, with the rule that is about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs

from provide.foundation._migrate.change import apply, is_free, make_patch, show_rows
from provide.foundation._migrate.rules.rule import Change, Use, Verdict
from provide.foundation._migrate.rules.table import find_rule
from provide.foundation._migrate.set_ups import join_set_ups
from provide.foundation._migrate.syntax.files import Unreadable, read_text
from provide.foundation._migrate.syntax.known import LIBRARIES, library_of, strip_home
from provide.foundation._migrate.syntax.meaning import LOGGISH, Meaning, Values
from provide.foundation._migrate.syntax.modules import Modules
from provide.foundation._migrate.syntax.reader import Reader
from provide.foundation._migrate.syntax.scopes import Scope
from provide.foundation._migrate.syntax.source import Source

#: What a log call is called, where its logger is not known.
_LOG_CALLS = frozenset(
    (
        "trace",
        "debug",
        "info",
        "success",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "fatal",
    )
)
#: What the text of a file has if anything in it can be a finding; most have nothing of it.
_MENTIONED = re.compile(
    r"logging|structlog|loguru|jsonlogger|provide|logger|log(?:\(\))?\.\w|getlog|get_log",
    re.IGNORECASE,
)


@attrs.frozen
class Finding:
    """Be one use of a name, and what becomes of it.

    Args:
        line: Its line, from 1 on.
        column: Its column, from 1 on.
        library: The library, or "unknown".
        name: The name, as `known.py` writes it.
        verdict: What becomes of it.
        why: The reason, and what takes its place.
        change: The change, where one can be shown.
        before: The rows that it changes.
        after: What they become.
    """

    line: int
    column: int
    library: str
    name: str
    verdict: Verdict
    why: str
    change: Change | None = None
    before: Sequence[str] = ()
    after: Sequence[str] = ()


@attrs.frozen
class Checked:
    """Be a file with its findings."""

    path: str
    encoding: str
    source: Source
    module: Scope
    findings: Sequence[Finding]

    def patch(self, verdicts: Collection[Verdict]) -> bytes:
        """Return the changes of findings with these verdicts, for `git apply`; else b""."""
        changes = [each.change for each in self.findings if each.verdict in verdicts]
        made = [change for change in changes if change is not None]
        text = apply(self.source, self.module, made) if made else None
        if text is None or text == self.source.text:
            return b""
        mark = "\ufeff" if self.encoding == "utf-8-sig" else ""
        patch = make_patch(self.path, mark + self.source.text, mark + text)
        encoding = "utf-8" if mark else self.encoding
        return patch.encode(encoding, "backslashreplace")


class Checker:
    """Check files one by one.

    Args:
        paths: What is checked, which is where modules of the code base are looked for.
        libraries: Those of `LIBRARIES` that are of interest.
    """

    def __init__(self, paths: Sequence[str], libraries: Collection[str] = LIBRARIES) -> None:
        self._modules = Modules(paths)
        self._libraries = libraries

    def check(self, path: str) -> Checked:
        """Return the findings in a file.

        Raises:
            Unreadable: It cannot be read, or is not Python.
        """
        text, encoding = read_text(path)
        try:
            source = Source(path, text)
            if not _MENTIONED.search(text):
                return Checked(path, encoding, source, Scope(source.tree, None, source), ())
            reader = Reader(source)
            meaning = Meaning(self._modules.find)
            findings = [
                finding
                for node, scope in reader.nodes
                for finding in self._find(node, scope, meaning, reader)
            ]
        except RecursionError:
            raise Unreadable("nested too deeply") from None
        findings.sort(key=lambda finding: (finding.line, finding.column))
        changes = join_set_ups(source, [(each.library, each.change) for each in findings])
        joined = [
            _with(each, change, source) for each, change in zip(findings, changes, strict=True)
        ]
        return Checked(path, encoding, source, reader.module, joined)

    def _find(
        self, node: ast.AST, scope: Scope, meaning: Meaning, reader: Reader
    ) -> Iterator[Finding]:
        if isinstance(node, ast.Call):
            values = meaning.of(node.func, scope)
            outer = reader.outer.get(id(node))
            uses = [Use(node, value, scope, meaning, outer) for value in _known(values)]
            if uses and len({_verdict(use) for use in uses}) == 1:
                yield from self._judge("call", uses[0], reader.module)
            else:
                yield from self._find_unknown(node, values, scope, meaning)
        elif isinstance(node, ast.Name | ast.Attribute):
            value = _only(meaning.of(node, scope))
            if value:
                yield from self._judge("name", Use(node, value, scope, meaning), reader.module)
        elif isinstance(node, ast.ClassDef):
            for base in node.bases:
                use = Use(node, _only(meaning.of(base, scope)), scope, meaning)
                yield from self._judge("class", use, reader.module)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node):
                yield from self._judge("import", Use(node, name, scope, meaning), reader.module)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                if isinstance(target, ast.Attribute):
                    value = _only(meaning.of(target, scope))
                    yield from self._judge("set", Use(node, value, scope, meaning), reader.module)

    def _judge(self, kind: str, use: Use, module: Scope) -> Iterator[Finding]:
        if not use.value:
            return
        library = library_of(use.value)
        if library not in self._libraries:
            return
        rule = find_rule(kind, use)
        if rule is None:
            return
        change = rule.rewrite(use) if rule.rewrite is not None else None
        if change is not None and not is_free(change, module):
            change = None  # the name that it needs is taken
        before, after = show_rows(use.source, change) if change is not None else ((), ())
        line, column = _place(use.node)
        yield Finding(
            line, column, rule.library, use.value, rule.verdict, rule.why, change, before, after
        )

    def _find_unknown(
        self, node: ast.Call, values: Values, scope: Scope, meaning: Meaning
    ) -> Iterator[Finding]:
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in _LOG_CALLS:
            return
        if not any(isinstance(value, str) for value in values):
            return  # a method of the code base's own
        owner = ast.unparse(function.value)[-80:]
        if not LOGGISH.search(owner.rpartition(".")[2].removesuffix("()")):
            return
        owners = meaning.of(function.value, scope)
        reasons = sorted({_spell(each) for each in owners if isinstance(each, str)})
        line, column = _place(node)
        yield Finding(
            line, column, "unknown", f"{owner}.{function.attr}", Verdict.UNKNOWN,
            "nothing says what it is: " + ", or ".join(reasons),
        )  # fmt: skip


def _with(finding: Finding, change: Change | None, source: Source) -> Finding:
    """Return a finding with another change."""
    if change is finding.change:
        return finding
    before, after = show_rows(source, change) if change is not None else ((), ())
    return attrs.evolve(finding, change=change, before=before, after=after)


def _known(values: Values) -> list[str]:
    """Return the values, or none of them where one of them is not known."""
    known = [each for each in values if isinstance(each, str) and not each.startswith("?")]
    return sorted(known) if len(known) == len(values) else []


def _verdict(use: Use) -> tuple[str | None, Verdict | None]:
    """Return what is said of a use: the same of all that a name may mean, or nothing is said."""
    rule = find_rule("call", use)
    return library_of(use.value), None if rule is None else rule.verdict


def _only(values: Values) -> str:
    """Return the one value that is known, or an empty text."""
    if len(values) != 1:
        return ""
    value = next(iter(values))
    return "" if not isinstance(value, str) or value.startswith("?") else value


def _spell(value: str) -> str:
    return value.removeprefix("?").removesuffix("()").replace("RootLogger", "Logger")


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif not node.level:
        yield from (strip_home(f"{node.module}.{alias.name}") for alias in node.names)


def _place(node: ast.AST) -> tuple[int, int]:
    """Return the line that a name ends in, where a chain of calls goes over several, and column."""
    place: Any = node
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    line: int = place.func.end_lineno if named else place.lineno
    return line, place.col_offset + 1

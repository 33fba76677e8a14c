"""A learner's file: its text as it was when grading began, and where things stand in it."""

import ast
import re
import stat
from functools import cached_property
from pathlib import Path

LARGEST = 1_000_000  # bytes of a file that is graded


class Submission:
    """One file that is to be graded.

    Args:
        path: where it is.
        shown: how it is named in messages, such as `exercises/ex2a_echo.py`.
        starter: the pristine starter's text, if there is one.
    """

    def __init__(self, path: Path, shown: str, starter: str | None = None) -> None:
        self.path, self.shown = path.resolve(), shown
        self.trouble: str | None = None
        self.source = b""
        try:
            self.source = self._read(path)
        except FileNotFoundError:
            self.trouble = f"There is no file {shown}."
        except OSError as error:
            self.trouble = f"{shown} cannot be read: {error.strerror}."
        self.text = self.source.decode("utf-8", errors="replace")
        self.trouble = self.trouble or self._trouble_with_text()
        self.untouched = starter is not None and _lines(self.text) == _lines(starter)
        if self.untouched:
            self.trouble = None

    def _read(self, path: Path) -> bytes:
        """The file's bytes; none where `trouble` says why. A pipe is not opened: it might wait."""
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            self.trouble = f"{self.shown} is a folder, not a file."
        elif not stat.S_ISREG(kind):
            self.trouble = f"{self.shown} is not a regular file."
        else:
            with path.open("rb") as file:
                source = file.read(LARGEST + 1)
            if len(source) <= LARGEST:
                return source
            self.trouble = f"{self.shown} is larger than {LARGEST:,} bytes."
        return b""

    def _trouble_with_text(self) -> str | None:
        if not self.source.strip():
            return f"{self.shown} is empty."
        if b"\0" in self.source:
            return f"{self.shown} is not a Python file: it holds a zero byte."
        try:
            self.source.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if re.search(rb"^[ \t\f]*#.*?coding[:=]", self.source[:200], re.MULTILINE):
                return None  # Python reads what the file declares
            line = self.source[: error.start].count(b"\n") + 1
            byte = self.source[error.start]
            return (
                f"{self.shown} is not UTF-8 text: line {line} holds the byte 0x{byte:02x}."
                " Save it as UTF-8 in your editor."
            )
        return None

    def at(self, line: int | None) -> str:
        """A place in the file, for a sentence; just the file where the line is not known."""
        return f"{self.shown}, line {line}" if line else self.shown

    @cached_property
    def tree(self) -> ast.Module:
        """The file as a syntax tree; an empty one if it has none."""
        try:
            return ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module([], [])

    def line_of_call(self, *names: str) -> int | None:
        """Where one of these is called, as it is written: "os._exit", "time.sleep"."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                return node.lineno
        return None

    def line_of_name(self, name: str) -> int | None:
        """Where a name is first given a value at the top of the module."""
        for node in self.tree.body:
            targets = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            for target in targets:
                if target is not None and name in _names_in(target):
                    return node.lineno
        return None

    @cached_property
    def lines(self) -> list[str]:
        """The file's lines as Python counts them: a form feed or U+2028 ends none."""
        return re.split(r"\r\n|\r|\n", self.text)

    def line(self, number: int) -> str:
        """The text of a line; lines count from 1. "" for code that only claims to be of here."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def line_of_text(self, pattern: str) -> int | None:
        """The first line outside comments that a regular expression finds something in."""
        for number, line in enumerate(self.lines, 1):
            if re.search(pattern, line.split("#")[0]):
                return number
        return None

    def line_of_shared_state(self) -> int | None:
        """Where the module keeps a value that its functions change: `global`, a list, a counter."""
        changed = {
            name
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Global)
            for name in node.names
        }
        for node in self.tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = set().union(*map(_names_in, targets))
                if names & changed or isinstance(node.value, ast.List | ast.Dict | ast.Set):
                    return node.lineno
                if isinstance(node.value, ast.Call) and ast.unparse(node.value.func).split(".")[
                    -1
                ] in {
                    "count",
                    "Counter",
                    "defaultdict",
                    "list",
                    "dict",
                    "set",
                    "deque",
                }:
                    return node.lineno
        return None


def _names_in(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]

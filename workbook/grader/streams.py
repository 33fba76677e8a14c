"""The standard streams of a host, which lead nowhere: what a submission prints is kept in part."""

import io
import os
import sys

KEPT = 2000  # characters of what is printed that are kept


class Printed(io.TextIOWrapper):
    """A standard output that leads nowhere; the end of what is printed is kept to be shown."""

    def __init__(self, descriptor: int) -> None:
        raw = os.fdopen(descriptor, "wb", closefd=False)
        super().__init__(raw, encoding="utf-8", errors="replace", line_buffering=True)
        self.kept = ""

    def write(self, text: str) -> int:
        count = super().write(text)
        self.kept = (self.kept + text[-KEPT:])[-KEPT:]
        return count


def redirect() -> Printed:
    """Lead this process's standard input, output and errors nowhere; return the output."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.close(nothing)
    sys.stdin = open(0)  # noqa: SIM115 (these stay open as long as the process lives)
    sys.stdout = printed = Printed(1)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="replace", closefd=False)
    sys.__stdout__, sys.__stderr__, sys.__stdin__ = sys.stdout, sys.stderr, sys.stdin
    return printed

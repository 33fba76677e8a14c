"""What can be drawn: the events of a conversation, the spans of tasks, and how text is quoted.

Plain data without imports of weight, so that the grader and the lessons can share it.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Direction = Literal[
    "opened",  # the client asks for the connection; text: path or nothing
    "sent",  # client → server; text: the message
    "received",  # server → client; text: the message
    "silence",  # the client waited, and nothing came; text: for how long, or nothing
    "refused",  # the handshake was answered with an error; text: "403" …
    "closed",  # the server ended the connection; text: code and reason
    "left",  # the client ended the connection; text: code and reason, or what it did instead
    "note",  # something to say between the events
    "time",  # the clock was moved on, or went on; text: "10 s pass"
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened between one client and the server.

    Args:
        number: its place in the conversation, from 1; 0 is shown without a number.
        client: the name of the client's lane; "" for a note or time that concerns all.
        direction: what kind of event, see ``Direction``.
        text: the message exactly as it was, or the words of a note, code and reason of a close.
        at: seconds since the conversation began.
        failed: this is the event at which a check failed; it is marked ✗.
        expected: what should have come, in the words to be shown (``quoted()`` for a message).
    """

    number: int
    client: str
    direction: Direction
    text: str | bytes = ""
    at: float = 0.0
    failed: bool = False
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A task's life.

    Args:
        name: the task's name.
        start: when it was made, in seconds.
        end: when it ended, in seconds; None while it is still there.
        state: how it ended or what it is: "done", "cancelled", "failed", "pending".
        line: the line that made it ("ex3b_steady_clock.py:14"), or "".
    """

    name: str
    start: float
    end: float | None = None
    state: str = "pending"
    line: str = ""


def printable(text: str) -> str:
    """The text on one line; what does not print is written as an escape (``\\n``, ``\\x1b``)."""
    if text.isprintable():  # nearly always, and quickly told
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def printable_lines(text: str) -> str:
    """The text with each line as `printable` has it: nothing in it can act on a terminal."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.split("\n"))


def quoted(message: str | bytes, limit: int | None = None) -> str:
    """A message as it is shown: in quotes, on one line, clipped to about ``limit`` cells.

    A clipped message says how long it is: ``"aaaa…" (70,000 chars)``.
    """
    if isinstance(message, bytes):
        return clipped(f"bytes {message[:64].hex(' ')}", limit, f" ({len(message):,} bytes)")
    mark = "'" if '"' in message else '"'
    # Nobody sees more of it than that; a message may have megabytes.
    seen = message if limit is None else message[: max(limit, 4)]
    body = printable(seen.replace("\\", "\\\\"))
    if limit is None or (len(seen) == len(message) and cells(body) + 2 <= limit):
        return f"{mark}{body}{mark}"
    length = f" ({len(message):,} chars)"
    return f"{mark}{head(body, limit - len(length) - 3)}…{mark}{length}"


def clipped(text: str, limit: int | None, length: str = "") -> str:
    """Words on one line, cut at ``limit`` cells; ``length`` is added where something was cut."""
    if limit is None:
        return printable(text)
    seen = printable(text[: 4 * limit])  # a text may be long, and to measure it takes time
    if len(text) <= 4 * limit and cells(seen) <= limit:
        return seen
    return f"{head(seen, limit - len(length) - 1)}…{length}"


def cells(text: str) -> int:
    """How many columns of a terminal the text takes (an ideograph two, a combining mark none)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def head(text: str, limit: int) -> str:
    """The beginning of the text that fits into ``limit`` cells, two at least."""
    limit = max(limit, 2)
    while cells(text) > limit:
        text = text[: limit if len(text) > limit else -1]
    return text

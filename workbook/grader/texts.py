"""Texts that must arrive exactly as they were sent, and what often becomes of them on their way."""

import html
import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from workbook.grader.mistakes import Why, reason

LONG = 1_000  # characters, which none of the short texts has
SHORT_TEXTS = [
    "  two spaces, then a tab\t ",
    " ",
    "",
    "Grüße, 世界, 👩‍🚀",
    "Zu\u0308rich, \u212bngstrom, \ufb01nd",  # other code points for ü, Å and fi
    'a "quote", a \\ and\na line',
    "one\r\ntwo\rthree\u2028four\n",
    "<b>bold</b> &amp; 100% of {it} | %s: a, b; c",
    '{"type": "leave", "username": "Grace", "message": null}',
    "1",
    "quit",
    "STOP",
    "\ufeffafter a mark",
    "nul \0 within",
]
TEXTS = [*SHORT_TEXTS, "x" * 70_000]

_CHANGES: list[tuple[str, Callable[[str], str]]] = [
    ("Spaces and line ends at its end belong to the text: nothing is stripped.", str.rstrip),
    ("Spaces and line ends at its beginning belong to the text.", str.lstrip),
    ("Spaces and line ends at both ends belong to the text: nothing is stripped.", str.strip),
    ("A tab stays a tab.", str.expandtabs),
    ("A tab stays a tab.", lambda text: text.replace("\t", " ")),
    ("A tab stays a tab.", lambda text: text.replace("\t", " " * 4)),
    ('The character NUL, "\\0", belongs to the text.', lambda text: text.replace("\0", "")),
    (
        "The character U+FEFF belongs to the text, also at its beginning.",
        lambda text: text.replace("\ufeff", ""),
    ),
    ("Spaces within it belong to the text.", lambda text: " ".join(text.split())),
    ("Capital and small letters stay as they are.", str.lower),
    ("It was escaped for HTML: that is for a page to do, not for the server.", html.escape),
    ("It was unescaped as if it were HTML: the server passes it on as it is.", html.unescape),
    *(
        (
            f"Line ends stay as they are; {end!r} was put in place of others.",
            lambda text, end=end: re.sub(r"\r\n|\r|\n", end, text),
        )
        for end in ("\n", "\r\n")
    ),
    ("Line ends stay as they are: `\\r\\n` does.", lambda text: text.replace("\r\n", "\n")),
    ("Line ends stay as they are, also the last.", lambda text: "\n".join(text.splitlines())),
    (
        "A text may have several lines and is one message; this is its first line.",
        lambda text: re.split(r"\r\n|[\r\n\u2028]", text)[0],
    ),
    *(
        (
            "The two may look alike, and consist of different characters (Unicode form"
            f" {form}): a text is not normalised on its way.",
            lambda text, form=form: unicodedata.normalize(form, text),
        )
        for form in ("NFC", "NFD", "NFKC", "NFKD")
    ),
]


def about_text(sent: str, also: Why = None, before: str = "") -> Callable[[object], str | None]:
    """Return what says what seems to have been done to a text, when it is told what came.

    Args:
        sent: the text; it may come back alone or as the `message` of a JSON object.
        also: what is asked first.
        before: what should stand before the text in the message.
    """

    def why(came: object) -> str | None:
        text = _text_in(came)
        if isinstance(text, str) and text.startswith(before):
            text = text.removeprefix(before)
        return reason(also, came) or _about_change(sent, text)

    return why


def _about_change(sent: str, came: object) -> str | None:
    if came is None or hasattr(came, "code"):
        return _about_silence(sent)
    if not isinstance(came, str) or came == sent:
        return None
    for told, change in _CHANGES:
        if came == change(sent):
            return told
    if came and sent.startswith(came):
        return f"It was cut after {len(came):,} characters."
    if not sent.isascii() and _has_lost(sent, came):
        return "Characters are missing or replaced: a text may have those of every script."
    return None


def _about_silence(sent: str) -> str | None:
    """What is said of a text that gets no answer, or at which the connection is closed."""
    if not sent.strip():
        return "Every text is a message: also an empty one, and one of spaces alone."
    if len(sent) > LONG:
        return "A long text is a message like any other."
    return "Whatever a text says, it is a message like any other." if sent in TEXTS else None


def _has_lost(sent: str, came: str) -> bool:
    """Whether all that came stands in the text, in that order, but for what replaces the lost."""
    rest = iter(sent)
    return all(character in rest for character in came if character not in "?\ufffd")


def _text_in(came: object) -> object:
    value = parsed(came)
    return value["message"] if isinstance(value, dict) and "message" in value else came


def parsed(came: object) -> Any:
    """Return the JSON that a text message is; None for what is none, or no text."""
    with suppress(ValueError, RecursionError):
        return json.loads(came) if isinstance(came, str) else None
    return None

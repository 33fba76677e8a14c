"""A mistake in a submission: what was done, what came, what was expected, and perhaps why."""

from collections.abc import Callable

from workbook.grader.lives import Lives

Why = str | Callable[[object], str | None] | None


class Mistake(Exception):
    """Raised by the clients and servers of a check when a submission breaks its contract.

    Args:
        says: one or two sentences: what was done, what came, what was expected.
        why: the explanation of a known mistake, if it is one.
        tasks: the lives of tasks that show it, to be drawn.
    """

    def __init__(self, says: str, why: str | None = None, tasks: Lives | None = None) -> None:
        super().__init__(says)
        self.says, self.why, self.tasks = _sentence(says), why, tasks or Lives()


def _sentence(text: str) -> str:
    """`text` with a capital at its beginning, unless it begins with a piece of code."""
    begins_with_word = text.partition(" ")[0].isalpha()
    return text[0].upper() + text[1:] if begins_with_word else text


def reason(why: Why, came: object) -> str | None:
    """The explanation for what came: `why` itself, or what it answers when it is asked."""
    return why(came) if callable(why) else why

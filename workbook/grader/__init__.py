"""Grading: a submission in a process of its own, talked to over real sockets.

What a check imports stands here: `points`, `Mistake`, `quoted`, the texts to try and how many
clients are a crowd; the rest reaches it through the fixtures of `plugin.py`: `server`, `functions`,
`workers`, `broker` and `submission`.
"""

from collections.abc import Callable
from typing import TypeVar

from workbook.first_use import on_first_use

# The nursery is started from this package and needs none of it.
__getattr__ = on_first_use(
    __name__,
    {
        "Mistake": "workbook.grader.mistakes",
        "SHORT_TEXTS": "workbook.grader.texts",
        "TEXTS": "workbook.grader.texts",
        "about_text": "workbook.grader.texts",
        "parsed": "workbook.grader.texts",
        "quoted": "workbook.events",
    },
)

MANY = 45  # clients: more than there are threads in a pool, 40 in FastAPI's

Check = TypeVar("Check", bound=Callable)

__all__ = ["MANY", "SHORT_TEXTS", "TEXTS", "Mistake", "about_text", "parsed", "points", "quoted"]


def points(number: int) -> Callable[[Check], Check]:
    """Say how many points a check is worth (1 if nothing is said)."""

    def worth(check: Check) -> Check:
        check.points = number
        return check

    return worth

"""The lives of the tasks that a learner's code makes, recorded in a running event loop."""

import asyncio
import sys
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from workbook.events import Span
from workbook.tracebacks import is_own, place


class TaskLives:
    """Remembers every task that was made by a line of the learner's, not by a library's.

    It stands in as the loop's task factory:
    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.set_task_factory
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._spans: list[Span] = []  # no tasks: to hold one would hide that nobody else does
        self._began: float | None = None
        loop.set_task_factory(self._make)

    def spans(self) -> list[Span]:
        """The tasks so far, in the order in which they were made; times from the first one on."""
        return list(self._spans)

    def now(self) -> float:
        """Seconds since the first task was made."""
        return 0.0 if self._began is None else self._loop.time() - self._began

    def _make(self, loop: asyncio.AbstractEventLoop, coro: Coroutine, **more: Any) -> asyncio.Task:
        task = asyncio.Task(coro, loop=loop, **more)
        line = _made_at()
        if line:
            self._began = self._began or loop.time()
            name = getattr(coro, "__qualname__", "task").rpartition(".")[2]
            task.add_done_callback(partial(self._ended, len(self._spans)))
            self._spans.append(Span(name, self.now(), line=line))
        return task

    def _ended(self, index: int, task: asyncio.Task) -> None:
        # Task.exception() would count as having looked at it, and asyncio would not report it.
        state = "cancelled" if task.cancelled() else "failed" if task._exception else "done"
        self._spans[index] = replace(self._spans[index], end=self.now(), state=state)


def _made_at() -> str:
    """The line that made the task, if that is the learner's; asyncio's own lines do not count."""
    frame = sys._getframe(2)
    while frame and frame.f_globals.get("__name__", "").startswith("asyncio"):
        frame = frame.f_back
    if frame is None or not is_own(frame.f_code.co_filename):
        return ""
    return place(frame.f_code.co_filename, frame.f_lineno)

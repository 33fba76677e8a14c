"""An event loop that says when it is idle and moves the clock from timer to timer.

asyncio asks its selector to wait exactly when no callback is ready, and passes the time until the
next timer. That is the one place where "nothing more happens by itself" is known for certain, so
the grader's wishes (settle, move the clock on) are granted there.
"""

import asyncio
import platform
import queue
import selectors
import sys
import threading
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workbook.grader.clock import Clock

SPIN = 4000  # rounds without waiting, after which a loop counts as spinning
THREAD_STEP = 0.05  # seconds of server time a sleeping thread is moved on at least
THREAD_PATIENCE = 250  # pauses of 2 ms granted to threads at work before idle is reported


@dataclass
class Wish:
    """Move the clock to `target` (clock seconds), then tell `reply` what was found."""

    target: float
    reply: Callable[[dict], None]
    rounds: int = 0
    pauses: int = 0
    fired: int = field(default=0)


class SteppedSelector(selectors.BaseSelector):
    """A `selectors.DefaultSelector` whose idle moments belong to the grader."""

    def __init__(self, clock: Clock) -> None:
        self._real = selectors.DefaultSelector()
        self._clock = clock
        self._wish: Wish | None = None
        self._leap: float | None = None
        self.activity = 0  # how often something other than a wish woke the loop
        self.quiet_fds: set[int] = set()
        self._flows = True

    def stand_still(self) -> None:
        """Until this is called, while the server starts, the clock keeps pace with the real one."""
        self._flows = False

    def wish(self, wish: Wish) -> None:
        """Grant `wish` as soon as the loop is idle. Call it in the loop's thread."""
        self._wish = wish

    def leap(self, target: float) -> None:
        """Move the clock to `target` at the moment at which something next arrives from outside.

        What arrived and the timers that fall due are then handled in one round of the loop, as it
        happens to a busy server.
        """
        self._leap = target

    def select(self, timeout: float | None = None) -> list:
        ready = self._select(0)
        wish = self._wish
        if wish is None:
            waits = not ready and (timeout is None or timeout > 0)
            if waits and self._flows:
                return self._flow(timeout)
            return self._select(None) if waits else ready
        if ready:
            return ready
        if timeout is not None and timeout <= 0:
            self._count_spin(wish)
            return ready
        return self._grant(wish, timeout)

    def _select(self, seconds: float | None) -> list:
        ready = self._real.select(seconds)
        if any(key.fd not in self.quiet_fds for key, _ in ready):
            self.activity += 1
            if self._leap is not None:
                self._clock.move(self._leap - self._clock.now)
                self._leap = None
        return ready

    def _flow(self, seconds: float | None) -> list:
        before = self._clock.real_monotonic()
        ready = self._real.select(seconds)
        self._clock.move(self._clock.real_monotonic() - before)
        return ready

    def _grant(self, wish: Wish, timeout: float | None) -> list:
        wish.rounds = 0
        if threading.active_count() > 1:
            if wish.pauses < THREAD_PATIENCE and (self._clock.wake() or threads_at_work()):
                wish.pauses += 1
                return self._select(0.002)
            ready = self._select(0)  # what a thread handed over just before it came to rest
            if ready:
                return ready
        step = self._next_step(timeout)
        now = self._clock.now
        if step is not None and now + step <= wish.target:
            wish.fired += 1
            wish.pauses = 0
            self._clock.move(step)
            return []
        self._clock.move(wish.target - now)
        self._finish(wish, idle=True, next_timer=None if step is None else now + step - wish.target)
        return []

    def _next_step(self, timeout: float | None) -> float | None:
        sleeper = self._clock.next_sleeper()
        if sleeper is None:
            return timeout
        step = max(sleeper - self._clock.now, THREAD_STEP)
        return step if timeout is None else min(step, timeout)

    def _count_spin(self, wish: Wish) -> None:
        wish.rounds += 1
        if wish.rounds < SPIN:
            return
        if self._clock.now < wish.target:
            # A loop that never waits would hold the time back for ever.
            wish.rounds = SPIN - 50
            self._clock.move(min(0.05, wish.target - self._clock.now))
        else:
            self._finish(wish, idle=False, next_timer=0.0)

    def _finish(self, wish: Wish, idle: bool, next_timer: float | None) -> None:
        self._wish = None
        wish.reply(
            {
                "idle": idle,
                "next_timer": next_timer,
                "fired": wish.fired,
                "now": self._clock.now,
                "activity": self.activity,
            }
        )

    def register(self, fileobj, events, data=None):
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj):
        return self._real.unregister(fileobj)

    def modify(self, fileobj, events, data=None):
        return self._real.modify(fileobj, events, data)

    def close(self) -> None:
        self._real.close()

    def get_key(self, fileobj):
        return self._real.get_key(fileobj)

    def get_map(self):
        return self._real.get_map()


# Where the innermost frame of a thread stands that waits: the file, and the function. A thread that
# is anywhere else in these files, or in the clock's, is on its way into a wait or out of it.
_WAITING = {
    ("clock.py", "stand_by"),
    ("threading.py", "wait"),
    ("threading.py", "join"),
    ("threading.py", "_wait_for_tstate_lock"),
    ("thread.py", "_worker"),  # concurrent.futures
    ("selectors.py", "select"),
}


# The files of a pool's own code; what it was given to do stands elsewhere.
_POOL = (
    "threading.py",
    "queue.py",
    "/futures/thread.py",
    "anyio/_backends/_asyncio.py",
    "grader/clock.py",  # a wait that goes by the movable clock
)


def threads_at_work() -> bool:
    """Whether a thread other than the main one and the grader's is doing something, or about to."""
    frames = sys._current_frames()
    return any(
        _at_work(thread, frames[thread.ident])
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and thread.ident in frames
    )


def _at_work(thread: threading.Thread, frame: types.FrameType) -> bool:
    if _waits_for_input(thread):
        return False
    if (frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_name) not in _WAITING:
        return True
    stack = [entry.f_code for entry, _ in traceback.walk_stack(frame)]
    if not all(code.co_filename.endswith(_POOL) for code in stack):
        return False  # it waits in the midst of its work
    # A thread of a pool that has not woken up yet although there is work for it.
    given = getattr(thread, "queue", None)  # anyio's
    if isinstance(given, queue.Queue):
        return given.unfinished_tasks > 0
    given = frame.f_locals.get("work_queue")  # concurrent.futures'
    if given is not None:
        return given.qsize() > 0 or frame.f_locals.get("work_item") is not None
    return False


# System calls in which a thread waits for something to read, such as a listener to a broker.
_READING = {
    "x86_64": {"0", "7", "23", "45", "47", "232", "270", "271", "281"},
    "aarch64": {"22", "63", "72", "73", "207", "212"},
}.get(platform.machine(), set())


def _waits_for_input(thread: threading.Thread) -> bool:
    """Whether the kernel holds the thread in a read for which nothing has come (Linux).

    A thread that has been woken counts as running, even before it gets a processor (proc(5)).
    """
    try:
        with open(f"/proc/self/task/{thread.native_id}/syscall") as state:
            return state.read().split()[0] in _READING
    except (OSError, IndexError):
        return False


class GradedLoop(asyncio.SelectorEventLoop):
    """A selector event loop that reports every call of its exception handler, and every timer.

    A submission may set a handler of its own; what reaches the loop is seen all the same.
    """

    def __init__(
        self,
        selector: SteppedSelector,
        report: Callable[[dict], None],
        note_timer: Callable[[asyncio.TimerHandle, types.FrameType], None],
    ) -> None:
        super().__init__(selector)
        self._report, self._note_timer = report, note_timer
        selector.quiet_fds = set(selector.get_map())

    def call_exception_handler(self, context: dict) -> None:
        self._report(context)
        super().call_exception_handler(context)

    def call_at(
        self, when: float, callback: Callable, *args: Any, **more: Any
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, **more)
        self._note_timer(timer, sys._getframe(1))
        return timer

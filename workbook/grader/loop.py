"""An event loop that says when it is idle and moves the clock from timer to timer.

asyncio asks its selector to wait exactly when no callback is ready, and passes the time until the
next timer. That is the one place where "nothing more happens by itself" is known for certain, so
the grader's wishes (settle, move the clock on) are granted there.
"""

import asyncio
import os
import selectors
import sys
import threading
import types
from asyncio import selector_events
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbook.grader.clock import Clock
from workbook.grader.threads import threads_at_work

# Some releases of Python 3.12 and 3.13 raise AttributeError where a program writes lines to a
# connection that is lost: the form of all transports writes nothing, and the program goes on.
selector_events._SelectorSocketTransport.writelines = asyncio.WriteTransport.writelines

SPIN = 4000  # rounds without waiting, after which a loop counts as spinning
THREAD_STEP = 0.05  # seconds of server time a sleeping thread is moved on at least
POLLS = 2000  # timers in one go, after which a program that looks often is moved on likewise
THREAD_PATIENCE = 250  # pauses of 2 ms granted to threads at work before idle is reported
STILL = 0.15  # real seconds of one round of the loop, in which nobody else is served
SHORT = 0.005  # real seconds of one round, below which nobody asks what they were spent on


@dataclass
class Wish:
    """Move the clock to `target` (clock seconds), then tell `reply` what was found."""

    target: float
    reply: Callable[[dict], None]
    rounds: int = 0
    pauses: int = 0
    fired: int = 0


class SteppedSelector(selectors.BaseSelector):
    """A `selectors.DefaultSelector` whose idle moments belong to the grader."""

    def __init__(self, clock: Clock) -> None:
        self._real = selectors.DefaultSelector()
        self._clock = clock
        self._wish: Wish | None = None
        self.activity = 0  # how often something other than an order woke the loop
        self._leap: float | None = None
        self.rounds = 0
        self.still: list[float] = []  # real seconds of the rounds in which the loop stood still
        self.asleep = 0.0  # real seconds that calls of the submission slept in the loop's thread
        self.own_fds: set[int] = set()  # the loop's own
        self._orders: int | None = None
        self._flows = True
        self._round = RoundTimer(clock.real_monotonic)

    def obey(self, orders: int, hear: Callable[[], None]) -> None:
        """Call `hear()` in the loop's thread, between two rounds, when this descriptor has data."""
        self._orders, self._hear = orders, hear
        self._real.register(orders, selectors.EVENT_READ)

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
        self.rounds += 1
        took, asleep = self._round.end()
        if took > STILL and not self._flows:
            self.still.append(took)
        if asleep and threading.active_count() == 1:  # else it may have waited for another thread
            self.asleep += min(asleep, STILL)  # a single long one is told by `still`
        try:
            return self._next(timeout)
        finally:
            self._round.begin()

    def _next(self, timeout: float | None) -> list:
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
        ready = self._clock.real_select(self._real, seconds)
        if any(key.fd == self._orders for key, _ in ready):
            ready = [(key, events) for key, events in ready if key.fd != self._orders]
            self._hear()
        if any(key.fd not in self.own_fds for key, _ in ready):
            self.activity += 1
            if self._leap is not None:
                self._clock.move(self._leap - self._clock.now)
                self._leap = None
        return ready

    def _flow(self, seconds: float | None) -> list:
        before = self._clock.real_monotonic()
        ready = self._select(seconds)
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
        if step is not None and wish.fired > POLLS and now + step < wish.target:
            step = min(max(step, THREAD_STEP), wish.target - now)
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
        if self._wish is wish:  # else somebody gave it up, and wished something else
            self._wish = None
        wish.reply(
            {
                "idle": idle,
                "next_timer": next_timer,
                "fired": wish.fired,
                "now": self._clock.now,
                "activity": self.activity,
                "asleep": self.asleep,
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


class RoundTimer:
    """Real seconds from `begin()` to `end()`, less those spent waiting for a processor.

    So a busy machine makes no round longer (Linux: schedstat, see sched-stats.rst of the kernel).
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._began, self._before = now, now(), (0.0, 0.0)
        self._asked = -SHORT  # when the kernel was asked; to do so takes as long as a short round
        self._stat: int | None = None

    def begin(self) -> None:
        """Start measuring, in the thread that is to be measured."""
        self._began = self._now()
        if self._began - self._asked > SHORT:
            self._asked, self._before = self._began, self._ran_and_waited()

    def end(self) -> tuple[float, float]:
        """The seconds since `begin()`, and how many of them it slept in calls to the system.

        Of a short round: with what it waited, and 0.
        """
        took = self._now() - self._began
        if took <= SHORT:
            return took, 0.0
        ran, waited = (
            now - then for now, then in zip(self._ran_and_waited(), self._before, strict=True)
        )
        return took - waited, max(0.0, took - waited - ran) if ran or waited else 0.0

    def _ran_and_waited(self) -> tuple[float, float]:
        try:
            if self._stat is None:
                self._stat = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
            ran, waited, _ = os.pread(self._stat, 80, 0).split()
            return int(ran) / 1e9, int(waited) / 1e9
        except (OSError, ValueError):  # not Linux, or the submission closed it
            return self._before


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
        selector.own_fds = set(selector.get_map())

    def call_exception_handler(self, context: dict) -> None:
        self._report(context)
        super().call_exception_handler(context)

    def call_at(
        self, when: float, callback: Callable, *args: Any, **more: Any
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, **more)
        self._note_timer(timer, sys._getframe(1))
        return timer

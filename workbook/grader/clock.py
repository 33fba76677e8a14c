"""The time that a submission sees: it stands still until the grader moves it on.

`install()` replaces the clocks of this process before anything else is imported, so that
asyncio (which looks `time.monotonic` up at each call), a watchdog that reads
`time.monotonic()` itself and `datetime.now()` all agree. A host is forked from a process that
has done so, and ten seconds of server time then pass in the time it takes to run their timers.
"""

import _thread
import math
import queue
import selectors
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

# time_machine does without these if they are not there, and they take long to import.
_hidden = [name for name in ("pytest", "dateutil") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_hidden))  # type: ignore[arg-type]
import time_machine  # noqa: E402

for _name in _hidden:
    del sys.modules[_name]

# Two readings of a real clock differ. Where they do not, programs divide by zero.
TICK = 1e-6
MOMENT = 0.002  # real seconds between two looks at the clock of a thread that waits for the network
# The clocks of `time.clock_gettime()` that count from the start of the machine.
MONOTONIC = ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME")


class Clock:
    """A clock that is moved by hand; every reading lets it creep on by a microsecond."""

    def __init__(self) -> None:
        self.real_sleep = time.sleep
        self.real_monotonic = time.monotonic
        self.real_select = selectors.DefaultSelector.select
        self._now = self._wall_at = time.monotonic()
        self._alarms: list[Alarm] = []
        self._guard = threading.Lock()
        self._blocked: Callable[[float, types.FrameType], None] | None = None
        self._rules_threads = False
        self._wall = time_machine.travel(time.time(), tick=False)
        self._traveller = self._wall.start()
        self._traveller.time_ns = self._wall_ns  # which all readings of the date and time go by

    def monotonic(self) -> float:
        """Seconds, as `time.monotonic()` gives them."""
        self._now += TICK
        return self._now

    def _wall_ns(self) -> int:
        """As `time.time_ns()`; two readings differ here, too: some programs make names of them."""
        self._now += TICK
        return self._traveller._destination_timestamp_ns + int((self._now - self._wall_at) * 1e9)

    @property
    def now(self) -> float:
        """The same, without letting the clock creep."""
        return self._now

    def move(self, seconds: float) -> None:
        """Move all clocks on by `seconds` (never back) and wake the threads whose time is up."""
        if seconds <= 0:
            return
        with self._guard:
            self._now += seconds
            # By as much as the others since the last time, what they crept included: else a timer
            # that is due would find the wall clock a little behind.
            self._traveller.shift(self._now - self._wall_at)
            self._wall_at = self._now
        self.wake()

    def wake(self) -> bool:
        """Wake the threads whose time is up; say whether any, or one notified, has yet to go on."""
        with self._guard:
            for alarm in self._alarms:
                if alarm.until <= self._now and not alarm.has_rung:
                    with suppress(RuntimeError):  # somebody was quicker
                        alarm.release()
            return any(alarm.has_rung for alarm in self._alarms)

    def synchronise(self) -> None:
        """Take the real time once, in a process that was forked long after `install()`."""
        self._now = self._wall_at = max(self._now, self.real_monotonic())
        self._traveller.move_to(time_machine.escape_hatch.time.time())

    def next_sleeper(self) -> float | None:
        """When the first thread that sleeps, or waits with a time-out, goes on: clock seconds."""
        with self._guard:
            first = min((alarm.until for alarm in self._alarms), default=math.inf)
        return None if first == math.inf else first

    def rule_threads(self) -> None:
        """From now on the sleeping and waiting of threads goes by this clock."""
        self._rules_threads = True

    def tell_of_sleep(self, blocked: Callable[[float, types.FrameType], None]) -> None:
        """From now on the main thread serves: `blocked(seconds, frame)` is told if it sleeps."""
        self._blocked = blocked

    def rules(self, timeout: float | None) -> bool:
        """Whether a wait that the calling thread begins goes by this clock."""
        is_main = threading.current_thread() is threading.main_thread()
        return self._rules_threads and timeout is not None and timeout > 0 and not is_main

    def sleep(self, seconds: float) -> None:
        """`time.sleep()`.

        In the event loop's thread it is a mistake, and the clock moves on; another thread waits
        until the clock was moved on far enough. Before there is a server it really sleeps.
        """
        if self.rules(seconds):
            with self._alarm(float(seconds)) as alarm:
                stand_by(alarm)
        elif self._blocked and threading.current_thread() is threading.main_thread():
            self._blocked(float(seconds), sys._getframe(1))
            self.move(float(seconds))
        else:
            self.real_sleep(seconds)

    def wait_in_thread(self, condition: threading.Condition, seconds: float | None) -> bool:
        """`Condition.wait(timeout)` for a thread, by its own clock.

        As in the standard library, but that `notify()` and the clock may release the same lock.
        Also without a time-out: of a plain lock nobody could tell that it was released, and that
        the thread has only not gone on yet.
        """
        with self._alarm(math.inf if seconds is None else seconds) as alarm:
            condition._waiters.append(alarm)
            state = condition._release_save()
            try:
                stand_by(alarm)
            finally:
                condition._acquire_restore(state)
            try:
                condition._waiters.remove(alarm)  # `notify()` takes out those that it wakes
            except ValueError:
                return True
            return False

    def select_in_thread(self, select: Callable[[float], list], seconds: float) -> list:
        """`select(timeout)` for a thread with an event loop of its own: until its time is up."""
        with self._alarm(seconds) as alarm:
            while not alarm.has_rung:
                if ready := select(MOMENT):
                    return ready
        return select(0)

    @contextmanager
    def _alarm(self, seconds: float) -> Iterator["Alarm"]:
        """An alarm for when the clock was moved on so far; it is listed until it is left."""
        with self._guard:
            alarm = Alarm(self._now + seconds)
            self._alarms.append(alarm)
        try:
            yield alarm
        finally:
            with self._guard:
                self._alarms.remove(alarm)


class Alarm:
    """A lock that a thread waits for until a time of the clock, or until it is notified."""

    def __init__(self, until: float) -> None:
        self.until, self.has_rung = until, False
        self.lock = _thread.allocate_lock()
        self.lock.acquire()

    def release(self) -> None:
        """Let the thread go on; `Condition.notify()` calls it as it would a lock's."""
        self.has_rung = True
        self.lock.release()


def stand_by(alarm: Alarm) -> None:
    """Wait for an alarm: a thread whose innermost frame this is does nothing else."""
    alarm.lock.acquire()


def install() -> Clock:
    """Put a `Clock` in place of the clocks and waits of this process and return it.

    To be called before a submission can keep one of them under a name of its own.
    """
    clock = Clock()
    for name in ("monotonic", "perf_counter"):
        setattr(time, name, clock.monotonic)
        setattr(time, f"{name}_ns", _in_nanoseconds(clock.monotonic))
    time.clock_gettime = _by_the_clock(clock.monotonic, time.clock_gettime)
    time.clock_gettime_ns = _by_the_clock(time.monotonic_ns, time.clock_gettime_ns)
    time.sleep = clock.sleep
    _install_waits(clock)
    return clock


def _in_nanoseconds(seconds: Callable[[], float]) -> Callable[[], int]:
    return lambda: int(seconds() * 1e9)


def _by_the_clock(monotonic: Callable[[], Any], real: Callable[[int], Any]) -> Callable[[int], Any]:
    moved = {getattr(time, name) for name in MONOTONIC if hasattr(time, name)}
    return lambda clock_id: monotonic() if clock_id in moved else real(clock_id)


def _install_waits(clock: Clock) -> None:
    """Replace the waits with a time-out of threads: all of `threading` and `queue` builds on them.

    `threading.Timer` is one; `queue.SimpleQueue` waits in C, its twin in Python does not.
    """
    wait = threading.Condition.wait

    def wait_by_the_clock(self: threading.Condition, timeout: float | None = None) -> bool:
        is_main = threading.current_thread() is threading.main_thread()
        if clock.rules(timeout) or (timeout is None and not is_main):
            return clock.wait_in_thread(self, timeout)
        return wait(self, timeout)

    def select_by_the_clock(self: Any, timeout: float | None = None) -> list:
        if not clock.rules(timeout):
            return clock.real_select(self, timeout)
        return clock.select_in_thread(partial(clock.real_select, self), timeout)

    selectors.DefaultSelector.select = select_by_the_clock
    threading._time = queue.time = time.monotonic  # `wait_for()` and `get()` reckon with them
    threading.Condition.wait = wait_by_the_clock
    queue.SimpleQueue = queue._PySimpleQueue

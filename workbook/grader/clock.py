"""The time that a submission sees: it stands still until the grader moves it on.

`install()` replaces the clocks of this process before anything else is imported, so that
asyncio (which looks `time.monotonic` up at each call), a watchdog that reads
`time.monotonic()` itself and `datetime.now()` all agree. A host is forked from a process that
has done so, and ten seconds of server time then pass in the time it takes to run their timers.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# time_machine has a pytest plugin, which a host does not want and which takes long to import.
_pytest = sys.modules.get("pytest")
sys.modules.setdefault("pytest", None)  # type: ignore[arg-type]
import time_machine  # noqa: E402

if _pytest is None:
    del sys.modules["pytest"]

# Two readings of a real clock differ. Where they do not, programs divide by zero.
TICK = 1e-6
MOMENT = 0.002  # real seconds between two looks of a thread that waits with a time-out


class Clock:
    """A clock that is moved by hand; every reading lets it creep on by a microsecond."""

    def __init__(self) -> None:
        self.real_sleep = time.sleep
        self.real_monotonic = time.monotonic
        self._now = self._wall_at = time.monotonic()
        self._sleepers: list[float] = []
        self._moved = threading.Condition()
        self._wall = time_machine.travel(time.time(), tick=False)
        self._traveller = self._wall.start()

    def monotonic(self) -> float:
        """Seconds, as `time.monotonic()` gives them."""
        self._now += TICK
        return self._now

    @property
    def now(self) -> float:
        """The same, without letting the clock creep."""
        return self._now

    def move(self, seconds: float) -> None:
        """Move all clocks on by `seconds` (never back) and wake the threads that slept so long."""
        if seconds <= 0:
            return
        with self._moved:
            self._now += seconds
            # By as much as the others since the last time, what they crept included: else a timer
            # that is due would find the wall clock a little behind.
            self._traveller.shift(self._now - self._wall_at)
            self._wall_at = self._now
            self._moved.notify_all()

    def synchronise(self) -> None:
        """Take the real time once, in a process that was forked long after `install()`."""
        self._now = self._wall_at = max(self._now, self.real_monotonic())
        self._traveller.move_to(time_machine.escape_hatch.time.time())

    def next_sleeper(self) -> float | None:
        """When the first thread that called `time.sleep()` wants to go on, in clock seconds."""
        return min(self._sleepers, default=None)

    def sleep_in_thread(self, seconds: float) -> None:
        """`time.sleep()` for a thread: returns once the clock was moved on far enough."""
        with self._sleeping(seconds) as is_over, self._moved:
            self._moved.wait_for(is_over)

    def wait_in_thread(self, wait: Callable[[float], bool], seconds: float) -> bool:
        """`Condition.wait(timeout)` for a thread, by its own clock: `wait` waits a real moment."""
        with self._sleeping(seconds) as is_over:
            while not is_over():
                if wait(MOMENT):
                    return True
        return False

    @contextmanager
    def _sleeping(self, seconds: float) -> Iterator[Callable[[], bool]]:
        until = self._now + seconds
        self._sleepers.append(until)
        try:
            yield lambda: self._now >= until
        finally:
            self._sleepers.remove(until)


def install() -> Clock:
    """Put a `Clock` in place of the `time` module's clocks and return it."""
    clock = Clock()
    for name in ("monotonic", "perf_counter"):
        setattr(time, name, clock.monotonic)
        setattr(time, f"{name}_ns", _in_nanoseconds(clock.monotonic))
    return clock


def _in_nanoseconds(seconds: Callable[[], float]) -> Callable[[], int]:
    return lambda: int(seconds() * 1e9)


def install_sleep(clock: Clock, loop_runs: Callable[[], bool], blocked: Callable) -> None:
    """Replace `time.sleep`, and the time-outs of threads that wait (`threading.Timer` is one).

    In the event loop's thread sleeping is a mistake: `blocked(seconds, frame)` is told of it and
    the clock moves on. In another thread it waits for the clock. Before the loop runs it really
    waits.
    """
    main = threading.main_thread()

    def sleep(seconds: float) -> None:
        if threading.current_thread() is not main:
            clock.sleep_in_thread(float(seconds))
        elif loop_runs():
            blocked(float(seconds), sys._getframe(1))
            clock.move(float(seconds))
        else:
            clock.real_sleep(seconds)

    wait = threading.Condition.wait

    def wait_by_the_clock(self: threading.Condition, timeout: float | None = None) -> bool:
        if timeout is None or timeout <= 0 or threading.current_thread() is main:
            return wait(self, timeout)
        return clock.wait_in_thread(lambda moment: wait(self, moment), timeout)

    time.sleep = sleep
    threading.Condition.wait = wait_by_the_clock

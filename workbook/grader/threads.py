"""What the threads of a submission are doing: at work, waiting, or idle in a pool."""

import platform
import queue
import sys
import threading
import traceback
import types
from collections.abc import Iterator

# Where the innermost frame of a thread stands that waits: the file, and the function. A thread that
# is anywhere else in these files, or in the clock's, is on its way into a wait or out of it.
_WAITING = {
    ("clock.py", "stand_by"),
    ("threading.py", "wait"),
    ("threading.py", "join"),
    ("threading.py", "_wait_for_tstate_lock"),
}
if sys.platform != "linux":  # there the kernel tells, and that its call has just returned
    _WAITING.add(("selectors.py", "select"))


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
    return any(_at_work(thread, frame) for thread, frame in _threads())


def _threads() -> Iterator[tuple[threading.Thread, types.FrameType]]:
    """All threads but the main one, each with its innermost frame."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.ident in frames:
            yield thread, frames[thread.ident]


def _at_work(thread: threading.Thread, frame: types.FrameType) -> bool:
    if _is_held(thread):
        return False
    if (frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_name) not in _WAITING:
        return True
    if not _is_pooled(frame):
        return False  # it waits in the midst of its work
    # A thread of a pool that has not woken up yet although there is work for it.
    given = getattr(thread, "queue", None)  # anyio's
    is_given = isinstance(given, queue.Queue) and given.unfinished_tasks > 0
    return is_given and _is_inside(frame, given)


def _is_inside(frame: types.FrameType, waited_for: queue.Queue) -> bool:
    """Whether it waits for this queue; what it was given to do may be a wait for another one."""
    return any(e.f_locals.get("self") is waited_for for e, _ in traceback.walk_stack(frame))


# System calls in which a thread waits for something to read, such as a listener to a broker; and
# two in which it sleeps, having begun to while the module was imported.
_IDLE = {
    "x86_64": {"0", "7", "23", "45", "47", "232", "270", "271", "281", "35", "230"},
    "aarch64": {"22", "63", "72", "73", "207", "212", "101", "115"},
}.get(platform.machine(), set())


def _is_held(thread: threading.Thread) -> bool:
    """Whether the kernel holds the thread in a read for which nothing has come, or asleep (Linux).

    A thread that has been woken counts as running, even before it gets a processor (proc(5)).
    """
    try:
        with open(f"/proc/self/task/{thread.native_id}/syscall") as state:
            return state.read().split()[0] in _IDLE
    except (OSError, IndexError):
        return False


def threads_of_its_own() -> int:
    """How many threads the submission runs, apart from the main one and the idle ones of a pool."""
    return sum(
        1
        for thread, frame in _threads()
        if not isinstance(thread, threading._DummyThread)
        and (isinstance(thread, threading.Timer) or not _is_pooled(frame))
    )


def _is_pooled(frame: types.FrameType) -> bool:
    return all(e.f_code.co_filename.endswith(_POOL) for e, _ in traceback.walk_stack(frame))

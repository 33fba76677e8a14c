"""What goes on inside a host and what a connection leaves behind there.

A `Witness` lives in the host's process. It sees every task (with the line that made it), every
exception that nobody handled, every call of `time.sleep` in the event loop, and counts the
connections that something still refers to. It judges nothing: the grader compares.
"""

import asyncio
import logging
import sys
import types
import warnings
import weakref

# Bound here, before a submission can put something else in their place.
from asyncio import all_tasks, base_events
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar, copy_context
from gc import collect, get_objects, get_referents
from typing import Any

from workbook.denials import is_about_a_denial
from workbook.grader.threads import threads_of_its_own

MOST = 2000  # records of a kind that are kept
_NO_DATA = (type, types.ModuleType)

# The number of the connection that a task or a timer belongs to; tasks hand it on to their tasks.
_CONNECTION: ContextVar[int | None] = ContextVar("connection", default=None)


class Witness:
    """Collects what happens in the event loop of one submission.

    Args:
        path: the submission's file name, as its code objects carry it.
        now: the server's time in seconds.
    """

    def __init__(self, path: str, now: Callable[[], float]) -> None:
        self.path = path
        self._now = now
        self._spans: list[dict] = []
        self._span_of: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._before: weakref.WeakSet = weakref.WeakSet()
        self._timers: list[tuple[weakref.ref, dict]] = []
        self._many = MOST  # timers, at which those that are over are forgotten
        self._connections = 0
        self.errors: list[dict] = []
        self.failed: list[dict] = []
        self.warnings: list[dict] = []
        self.blocked: list[dict] = []

    # What it sees

    def make_task(self, loop: Any, coro: Any, **options: Any) -> asyncio.Task:
        """A task factory (`loop.set_task_factory`) that notes who made the task, and when."""
        if _name_of(coro).endswith("run_asgi"):
            options["context"] = self._context_of_a_connection()
        context = options.get("context")
        task = asyncio.Task(coro, loop=loop, **options)
        span = {
            "name": _name_of(coro),
            "line": self._line_of(sys._getframe(1)),
            "endpoint": _name_of(coro).endswith("run_asgi"),
            "connection": _CONNECTION.get() if context is None else context.get(_CONNECTION),
            "start": self._now(),
            "end": None,
            "how": "running",
        }
        self._span_of[task] = span
        if len(self._spans) < MOST:
            self._spans.append(span)
        task.add_done_callback(self._note_end)
        return task

    def _context_of_a_connection(self) -> Context:
        self._connections += 1
        context = copy_context()
        context.run(_CONNECTION.set, self._connections)
        return context

    def _note_end(self, task: asyncio.Task) -> None:
        span = self._span_of.get(task)
        if span is not None:
            span["end"] = self._now()
            # `task.exception()` would mark the exception as retrieved, which is the learner's job.
            failed = "failed" if task._exception is not None else "done"
            span["how"] = "cancelled" if task.cancelled() else failed
            self._note_failed(task._exception, span)

    def _note_failed(self, error: BaseException | None, span: dict) -> None:
        """A task of the submission's own that ended with what is nearly always a mistake in it."""
        is_builtin = error is not None and type(error).__module__ == "builtins"
        if not is_builtin or isinstance(error, OSError | BaseExceptionGroup):
            return  # the network's doing, or a choice of the program
        if span["line"] and len(self.failed) < MOST:
            self.failed.append({"made_at": span["line"], **describe(error, self.path)})

    def note_timer(self, timer: asyncio.TimerHandle, frame: types.FrameType | None) -> None:
        """A timer that was set; kept if the submission itself called `call_later` or `call_at`."""
        while frame is not None and frame.f_code.co_filename == base_events.__file__:
            frame = frame.f_back
        if frame is not None and frame.f_code.co_filename == self.path:
            if len(self._timers) > self._many:
                self._timers = [(ref, note) for ref, note in self._timers if _is_set(ref())]
                self._many = max(MOST, 2 * len(self._timers))
            note = {"line": frame.f_lineno, "connection": _CONNECTION.get()}
            self._timers.append((weakref.ref(timer), note))

    def note_unhandled(self, context: dict) -> None:
        """What reached the event loop's exception handler."""
        task = context.get("task") or context.get("future")
        span = self._span_of.get(task) if isinstance(task, asyncio.Task) else None
        self._note_error(
            "asyncio",
            str(context.get("message", "")),
            context.get("exception"),
            made_at=span["line"] if span else None,
            task=span["name"] if span else None,
        )

    def note_record(self, record: logging.LogRecord) -> None:
        """What the server logged as an error."""
        if is_about_a_denial(sys._getframe(1)):
            return
        error = record.exc_info[1] if record.exc_info else None
        self._note_error(record.name, record.getMessage().strip(), error)

    def _note_error(self, source: str, text: str, error: Any, **more: Any) -> None:
        if len(self.errors) < MOST:
            self.errors.append(
                {"source": source, "text": text, **more, **describe(error, self.path)}
            )

    def note_warning(self, message: Any, category: type, filename: str, line: int, *_: Any) -> None:
        """A replacement for `warnings.showwarning`."""
        if len(self.warnings) < MOST:
            at = line if filename == self.path else None
            self.warnings.append({"type": category.__name__, "text": str(message), "line": at})

    def note_blocked(self, seconds: float, frame: types.FrameType) -> None:
        """A call of `time.sleep(seconds)` in the event loop's thread."""
        if len(self.blocked) < MOST:
            self.blocked.append({"seconds": seconds, "line": self._line_of(frame)})

    def watch_warnings(self) -> None:
        """Collect warnings, each time they are raised."""
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = self.note_warning

    def watch_log(self) -> None:
        """Collect the server's errors, whatever the submission does to the `logging` module."""
        for name in ("uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.__class__ = _watched_logger(self.note_record)

    # What there is

    def start_counting(self) -> None:
        """The tasks that run now belong to the server, not to a connection."""
        self._before = weakref.WeakSet(all_tasks())

    def tasks(self) -> list[dict]:
        """The tasks that are not the server's: name, line that made them, line they wait at."""
        now = [task for task in all_tasks() if task not in self._before]
        return [self._describe_task(task) for task in now if not _is_the_graders(task)]

    def _describe_task(self, task: asyncio.Task) -> dict:
        coro = task.get_coro()
        span = self._span_of.get(task, {})
        return {
            "name": _name_of(coro),
            "line": span.get("line") or _first_line(coro, self.path),
            "waits_at": self._waits_at(coro),
            "endpoint": _name_of(coro).endswith("run_asgi"),
        }

    def spans(self) -> list[dict]:
        """Every endpoint and every task that the submission's own lines made: start and end."""
        return [span for span in self._spans if span["endpoint"] or span["line"] is not None]

    def timers(self) -> list[dict]:
        """The timers that the submission's own lines set and that will still go off."""
        return [note for ref, note in self._timers if _is_set(ref())]

    def everything(self, module: types.ModuleType) -> dict:
        """All of it, after a garbage collection that makes forgotten exceptions show."""
        collect()
        # By id: `isinstance` and hashes may run code of the objects and of their types.
        kinds = Counter(map(id, map(type, get_objects())))
        connections = kinds[id(_protocol_type())]
        return {
            "tasks": self.tasks(),
            "timers": self.timers(),
            "queues": sum(kinds[id(kind)] for kind in _with_subclasses(asyncio.Queue)),
            "threads": threads_of_its_own(),
            "connections": connections,
            "holders": holders(module) if connections else {},
            "errors": self.errors,
            "failed": self.failed,
            "warnings": self.warnings,
            "blocked": self.blocked,
        }

    def _line_of(self, frame: types.FrameType | None) -> int | None:
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                return frame.f_lineno
            frame = frame.f_back
        return None

    def _waits_at(self, coro: Any) -> int | None:
        line = None
        for frame in _awaited_frames(coro):
            if frame.f_code.co_filename == self.path:
                line = frame.f_lineno
        return line


def describe(error: BaseException | None, path: str) -> dict:
    """An exception as the grader shows it: type, text and the submission's line it came from."""
    if error is None:
        return {"type": None, "error": None, "line": None}
    if isinstance(error, BaseExceptionGroup) and error.exceptions:
        inner = describe(error.exceptions[0], path)
        return {**inner, "group": type(error).__name__}
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and error.__cause__ is not None:
        line = describe(error.__cause__, path)["line"]
    return {"type": name_of(type(error)), "error": _text_of(error), "line": line}


def name_of(kind: type[BaseException]) -> str:
    """The name of an exception, with its module where it would say nothing: `binascii.Error`."""
    return f"{kind.__module__}.Error" if kind.__name__ == "Error" else kind.__name__


def holders(module: types.ModuleType) -> dict[str, int]:
    """The module's own variables from which connections can be reached, and how many."""
    found = {}
    passed_over = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType)
    for name, value in list(vars(module).items()):
        if name.startswith("__") or issubclass(type(value), passed_over):
            continue
        count = _count_connections(value)
        if count:
            found[name] = count
    return found


def _count_connections(root: Any) -> int:
    socket, protocol = _connection_types()
    seen, level, hits = {id(root)}, [root], set()
    for _ in range(5):
        below = []
        for thing in level:
            for other in get_referents(thing):
                kind = type(other)
                # `isinstance` is slow here: a WebSocket is a Mapping, which asks its registry.
                if kind is protocol or socket in kind.__mro__:
                    hits.add(id(other))
                elif id(other) not in seen and not issubclass(kind, _NO_DATA):
                    seen.add(id(other))
                    below.append(other)
        level = below[:5000]
    return len(hits)


def _with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    for below in type.__subclasses__(kind):
        yield from _with_subclasses(below)


def _connection_types() -> tuple[type, ...]:
    from starlette.websockets import WebSocket

    return (WebSocket, _protocol_type())


def _protocol_type() -> type:
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return WebSocketsSansIOProtocol


def _awaited_frames(coro: Any) -> Iterator[types.FrameType]:
    for _ in range(200):
        for kind in ("cr", "gi", "ag"):
            if hasattr(coro, f"{kind}_frame"):
                frame = getattr(coro, f"{kind}_frame")
                coro = getattr(coro, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
                break
        else:
            return
        if frame is not None:
            yield frame


def _first_line(coro: Any, path: str) -> int | None:
    code = getattr(coro, "cr_code", None) or getattr(coro, "gi_code", None)
    return code.co_firstlineno if code is not None and code.co_filename == path else None


def _name_of(coro: Any) -> str:
    return getattr(coro, "__qualname__", type(coro).__name__).replace("<locals>.", "")


def _is_set(timer: asyncio.TimerHandle | None) -> bool:
    return timer is not None and timer._scheduled and not timer.cancelled()


def _is_the_graders(task: asyncio.Task) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.endswith("workbook/grader/host.py")


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:500]
    except Exception:
        return "(its text cannot be shown)"


def _watched_logger(note: Callable[[logging.LogRecord], None]) -> type[logging.Logger]:
    class WatchedLogger(logging.Logger):
        """A logger whose errors are seen even when it is disabled or filtered."""

        def isEnabledFor(self, level: int) -> bool:
            return level >= logging.ERROR or super().isEnabledFor(level)

        def handle(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                note(record)
            super().handle(record)

    return WatchedLogger

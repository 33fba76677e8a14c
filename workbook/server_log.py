"""What a server's thread has to say to a learner: errors of their code, nothing about the stop."""

import asyncio
import logging
import sys
import threading
from typing import Any

from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from workbook.denials import is_about_a_denial
from workbook.tracebacks import own_line, shortened

# How code notices that its server stops; SystemExit is what the thread is interrupted with.
FAREWELL = (
    asyncio.CancelledError,
    WebSocketDisconnect,
    ClientDisconnected,
    ConnectionError,
    SystemExit,
)

MUTE = logging.getLogger("workbook.mute")
MUTE.disabled = True


def report(title: str, error: BaseException | None = None) -> None:
    """Show an error of the learner's code, unless it is only the stop being noticed."""
    if error is None:
        print(title, file=sys.stderr)
    elif not (_stopping() and _is_farewell(error)):
        print(title, shortened(error), sep="\n", file=sys.stderr)


def report_from_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's exception handler: an exception that nobody retrieved, and the like."""
    error = context.get("exception")
    if not _stopping() or (error and own_line(error)):
        report(context["message"], error)


def hear_uvicorn() -> None:
    """Show uvicorn's warnings and errors in this way from now on."""
    logger = logging.getLogger("uvicorn.error")
    if not any(isinstance(handler, _Shown) for handler in logger.handlers):
        logger.setLevel(logging.WARNING)
        logger.addHandler(_Shown())
        logger.propagate = False


class _Shown(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            report("Exception in a handler:", record.exc_info[1])
        elif not _stopping() and not is_about_a_denial(sys._getframe(1)):
            report(record.getMessage())


def _stopping() -> bool:
    """Whether the server of the running thread is about to stop."""
    return getattr(threading.current_thread(), "stopping", False)


def _is_farewell(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_farewell(part) for part in error.exceptions)
    return isinstance(error, FAREWELL)

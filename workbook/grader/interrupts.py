"""Ctrl+C at moments at which it must wait, and other signals that are to end things as it does."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put Ctrl+C off until the end of the block: in the middle of a fork it would be lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def may_be_interrupted() -> None:
    """In a process that was forked in an uninterrupted block: take Ctrl+C again."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def heed_termination() -> None:
    """Have SIGTERM and SIGHUP do as Ctrl+C does, so that what was started is ended before."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.default_int_handler)

"""Ctrl+C at moments at which it must wait."""

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

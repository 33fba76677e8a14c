"""The library behind the pages: live servers, pages, pictures, brokers and the grader."""

from importlib import import_module
from typing import Any

# Loaded on first use: the grader's processes import this package and need none of it.
_ROOMS = {
    "serve": "workbook.live",
    "Broker": "workbook.broker",
    "check": "workbook.verdicts",
    "watch": "workbook.verdicts",
}

__all__ = ["Broker", "check", "serve", "watch"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module 'workbook' has no attribute {name!r}")

"""Names of a package that are loaded from their modules when they are first asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def on_first_use(package: str, rooms: dict[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562).

    Args:
        package: its name.
        rooms: for each name that it offers, the module in which it stands.
    """

    def load(name: str) -> Any:
        if name in rooms:
            return getattr(import_module(rooms[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load

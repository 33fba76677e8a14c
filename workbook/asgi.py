"""Is it an ASGI app? Source: https://asgi.readthedocs.io/en/latest/specs/main.html"""

import inspect
from typing import Any


def problem_with(app: Any) -> str:
    """Why the object cannot be served, in a sentence; "" for an ASGI 3 app."""
    if inspect.isclass(app) and not hasattr(app, "__await__"):
        problem = "a class; an app is made by calling it"
    elif not (inspect.isclass(app) or inspect.iscoroutinefunction(app) or _has_async_call(app)):
        problem = f"of type {type(app).__name__}"
    elif not _takes_three(app):
        problem = "a function with other arguments than scope, receive, send"
    else:
        return ""
    shown = repr(app) if len(repr(app)) < 60 else f"{repr(app)[:57]}…"
    return f"serve() takes an ASGI app such as FastAPI(), but {shown} is {problem}."


def _has_async_call(app: Any) -> bool:
    return inspect.iscoroutinefunction(getattr(type(app), "__call__", None))  # noqa: B004


def _takes_three(app: Any) -> bool:
    try:
        inspect.signature(app).bind(None, None, None)
    except (TypeError, ValueError):
        return False
    return True

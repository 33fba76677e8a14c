"""Can uvicorn take these options? Source: https://www.uvicorn.org/settings/"""

import inspect
from typing import Any

import uvicorn

# serve() has an app and a socket of its own, in a thread of this one process.
SETTLED = {
    "host": "serve() listens on 127.0.0.1 only",
    "uds": "serve() listens on a port of 127.0.0.1",
    "fd": "serve() listens on a port of 127.0.0.1",
    "interface": "serve() takes ASGI 3 apps",
    "reload": "serve() replaces a server when its cell runs again",
    "workers": "serve() runs in this process",
}
QUIET = {"log_config": None, "access_log": False}


def problem_with_options(options: dict[str, Any]) -> str:
    """Why uvicorn cannot be started with these options, in a sentence; "" if it can be."""
    known = inspect.signature(uvicorn.Config).parameters
    for name in options:
        if name not in known:
            return f"Neither serve() nor uvicorn has an option {name}=."
        if name in SETTLED:
            return f"{SETTLED[name]}: leave {name}= out."
    if not (complaint := _complaint(options)):
        return ""
    alone = [name for name in options if _complaint({name: options[name]})]
    shown = ", ".join(f"{name}={options[name]!r}" for name in alone or options)
    return f"uvicorn cannot be started with {shown}: {complaint}"


def _complaint(options: dict[str, Any]) -> str:
    if not options:
        return ""
    try:
        uvicorn.Config(_no_app, **(QUIET | options)).load()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


async def _no_app(scope: Any, receive: Any, send: Any) -> None:
    """Stand in for the app: what is tried is the options."""

"""A live server in a notebook, a script or a test: ``server = serve(app)``.

Run a notebook cell again and the servers that it started before are replaced, on the same ports.
Nothing outlives the process.
"""

import atexit
import errno
import socket
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from workbook.asgi import problem_with
from workbook.pictures import Picture, gantt
from workbook.server_thread import ServerThread
from workbook.uvicorn_options import problem_with_options

HOST = "127.0.0.1"
LAST_PORT = 65535

_servers: list["Server"] = []  # those that run
_places: dict[str, "_Place"] = {}  # by cell or name


class ServeError(RuntimeError):
    """A server could not be started or stopped; the message is one sentence for the learner."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


def serve(
    app: Any,
    port: int = 0,
    *,
    name: str | None = None,
    start_within: float = 5.0,
    stop_within: float = 1.0,
    record_tasks: bool = False,
    **uvicorn_options: Any,
) -> "Server":
    """Run an ASGI app with uvicorn in a background thread and return the running server.

    A notebook cell that runs again first stops the servers of its earlier run, and its first
    ``serve()`` takes the port of its first server, its second that of the second. Elsewhere, and
    across cells, give a ``name``: a server of that name is replaced in the same way.

    Args:
        app: the ASGI app, such as ``FastAPI()``.
        port: on 127.0.0.1; 0 takes a free one.
        name: see above.
        start_within: seconds that the app's lifespan may take to start.
        stop_within: seconds that handlers and the lifespan may take to end, once cancelled.
        record_tasks: remember the tasks that the app's code makes, for ``server.tasks()``.
        uvicorn_options: passed on to ``uvicorn.Config``, such as ``ws_ping_interval``.

    Raises:
        ServeError: no ASGI app, a taken port, an option that cannot be, or a lifespan that fails or
            does not get ready.
    """
    if problem := problem_with(app) or problem_with_options(uvicorn_options):
        raise ServeError(problem)
    if port and not (isinstance(port, int) and 0 < port <= LAST_PORT):
        raise ServeError(f"port= takes a whole number from 0 to {LAST_PORT}, and got {port!r}.")
    place = _place(name)
    listener = _bound(port) if port else _bound_again(place)
    server = Server(app, listener, stop_within, record_tasks, uvicorn_options)
    place.ports.append(server.port)
    complaint = server._thread.bring_up(start_within)
    if complaint:
        raise ServeError(complaint)
    place.servers.append(server)
    _servers.append(server)
    return server


class Server:
    """A running server; stop it with ``stop()``, or use it in a ``with`` statement."""

    def __init__(
        self,
        app: Any,
        listener: socket.socket,
        stop_within: float,
        record_tasks: bool,
        options: dict[str, Any],
    ) -> None:
        self.app = app
        self.port: int = listener.getsockname()[1]
        self._stop_within = stop_within
        self._thread = ServerThread(app, listener, record_tasks, options)

    @property
    def url(self) -> str:
        """The address for HTTP, without a path: ``http://127.0.0.1:43211``."""
        return f"http://{HOST}:{self.port}"

    def ws(self, path: str = "/ws", **query: Any) -> str:
        """The address for a WebSocket: ``server.ws("/ws", username="Ada")``."""
        return f"ws://{HOST}:{self.port}{path}{f'?{urlencode(query)}' if query else ''}"

    @property
    def running(self) -> bool:
        """True until the server has stopped."""
        return self._thread.is_alive() and not self._thread.stopping

    def browser(self, page: str = "echo.html", *more: "Server", height: int = 320, **query: Any):
        """Show a page of ``notebooks/pages/`` connected to this server; see ``browser.show``."""
        from workbook.browser import show  # IPython is for notebooks only

        return show(page, self, *more, height=height, **query)

    def tasks(self) -> Picture:
        """The tasks that the app's code has made so far, as a picture.

        Raises:
            ServeError: the server was not started with ``serve(app, record_tasks=True)``.
        """
        lives = self._thread.lives
        if lives is None:
            raise ServeError("The tasks are not recorded: start with serve(app, record_tasks=True)")
        return gantt(lives.spans(), until=lives.now())

    def stop(self) -> None:
        """Close all connections with 1012, cancel the handlers, end the lifespan.

        Raises:
            ServeError: a handler blocks its event loop or swallowed its cancellation.
        """
        if self in _servers:
            _servers.remove(self)
            complaint = self._thread.bring_down(self._stop_within)
            if complaint:
                raise ServeError(complaint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Server {self.url} · {'running' if self.running else 'stopped'}>"


def _bound(port: int) -> socket.socket:
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    if sys.platform != "win32":  # there, the option would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ServeError(f"{_why_not(port, error)} leave port= out to get a free one.") from None
    return listener


def _why_not(port: int, error: OSError) -> str:
    if any(server.port == port for server in _servers):
        return f"Port {port} is taken by a server that you started earlier; stop that, or"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program; stop that, or"
    if error.errno == errno.EACCES:
        return f"Port {port} is for the administrator;"
    return f"Port {port} cannot be opened ({error.strerror});"


@dataclass
class _Place:
    """Where servers are started: a run of a notebook's cell, or a name."""

    run: str = ""
    servers: list[Server] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    inherited: list[int] = field(default_factory=list)  # ports of the run before


def _place(name: str | None) -> _Place:
    """The place that is running now, cleared of the servers of its run before."""
    cell, run = (f"name {name}", "") if name else _cell()
    if cell is None:
        return _Place()
    before = _places.get(cell, _Place())
    if before.run == run != "":
        return before
    for server in before.servers:
        try:
            server.stop()
        except ServeError as complaint:
            warnings.warn(str(complaint), stacklevel=3)
    _places[cell] = _Place(run, inherited=before.ports + before.inherited)
    return _places[cell]


def _cell() -> tuple[str | None, str]:
    """The notebook cell that is running, and which run of it; None outside a notebook."""
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython() if ipython else None, "kernel", None)
    request = kernel.get_parent("shell") if kernel else None
    if not request:
        return None, ""
    cell = request["metadata"].get("cellId") or request["content"]["code"]
    return f"cell {cell}", request["header"]["msg_id"]


def _bound_again(place: _Place) -> socket.socket:
    """A socket on the port that the place had before, if it had one and can have it again."""
    if place.inherited:
        with suppress(ServeError):
            return _bound(place.inherited.pop(0))
    return _bound(0)


@atexit.register
def _stop_all() -> None:
    """Let clients and lifespans know that the process ends; whoever does not listen is left."""
    for server in _servers:
        server._thread.ask_to_stop(within=0.5)
    deadline = time.monotonic() + 1.0
    for server in _servers:
        server._thread.join(max(0.0, deadline - time.monotonic()))

"""A submission in a process of its own: it loads the file, serves it and obeys the grader.

The grader's side is `worker.py`. They talk JSON, a line a message, over two Unix sockets: one that
the event loop serves, and one for the question where it stands if it answers no more. Every request
carries a random id that its answer repeats, so that nothing printed or written from within the
submission can pass for an answer. What is decided here is nothing: the host carries out
and reports, the grader judges, mostly by what it saw on the wire itself. What is left behind only
this process can tell, and a program that searches its memory could change what it tells.
"""

import _thread
import asyncio
import base64
import builtins
import inspect
import json
import os
import socket
import sys
import threading
import traceback
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from workbook.grader import confine
from workbook.grader.clock import Clock
from workbook.grader.counted import CountedListener, outgoing
from workbook.grader.inspect import Witness, describe
from workbook.grader.loop import GradedLoop, SteppedSelector, Wish
from workbook.grader.streams import Printed, redirect


class CannotStart(Exception):
    """The submission cannot be served; `reason` says why, as data for the grader's message."""

    def __init__(self, kind: str, **details: Any) -> None:
        super().__init__(kind)
        self.reason = {"kind": kind, **details}


def run_host(clock: Clock, order: dict, control: int, watch: int, *listening: int) -> None:
    """Load the submission and do what the grader asks, until this process is ended.

    Args:
        clock: the movable clock that stands in for the real ones.
        order: `id`, `path` (as the learner knows it), `copy` (the file to read), `folder` (the
            working directory), `environment`, `mode` ("serve" or "call").
        control, watch: descriptors of the sockets to the grader.
        listening: descriptor of the bound socket to serve on.
    """
    clock.synchronise()
    grader = Grader(socket.socket(fileno=control))
    printed = redirect()
    folder = Path(order["folder"])
    os.chdir(folder)
    os.environ.update(order["environment"])
    witness = Witness(order["path"], lambda: clock.now)
    host = Host(clock, grader, witness, order, printed)
    _thread.start_new_thread(host.watch, (Grader(socket.socket(fileno=watch)),))
    confine.limit()
    confine.wall_in(folder)
    try:
        module = load(order, witness)
    except CannotStart as failure:
        grader.answer(order["id"], {"failed": failure.reason})
        return
    if order["mode"] == "serve":
        host.serve(module, CountedListener(listening[0]))
    else:
        host.answer_calls(module)


def load(order: dict, witness: Witness) -> types.ModuleType:
    """Import the submission from its text.

    Raises:
        CannotStart: it is not Python, or it raises or ends while it is imported.
    """
    path, stem = order["path"], Path(order["path"]).stem
    source = Path(order["copy"]).read_bytes()
    module = types.ModuleType(stem)
    module.__file__ = path
    sys.modules[stem] = module
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    _hide_the_grader()
    confine.explain_walls(Path(order["folder"]))
    uvicorn.run = _refuse_to_run
    witness.watch_warnings()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(source, path, "exec")
        exec(code, module.__dict__)
    except SyntaxError as error:
        raise CannotStart("syntax", **_syntax(error, path)) from None
    except SystemExit as error:
        raise CannotStart("exit", **describe(error, path)) from None
    except BaseException as error:
        raise CannotStart("import", **describe(error, path)) from None
    return module


def _syntax(error: SyntaxError, path: str) -> dict:
    return {
        "text": error.msg,
        "line": error.lineno if error.filename == path else None,
        "column": error.offset,
        "source": (error.text or "").rstrip("\n"),
        "type": type(error).__name__,
    }


def _hide_the_grader() -> None:
    for name in _OURS:
        sys.modules.pop(name, None)
    vars(sys.modules["workbook"]).pop("grader", None)
    sys.modules["workbook.grader"] = None  # type: ignore[assignment]


def _refuse_to_run(*_: Any, **__: Any) -> None:
    raise RuntimeError(
        "uvicorn.run() was called while the module was imported. The checks start the server"
        " themselves: keep the call under `if __name__ == '__main__':`"
    )


class Grader:
    """A socket to the grader. Its functions are bound before the submission can replace them."""

    def __init__(self, connection: socket.socket) -> None:
        self._send = connection.sendall
        self._receive = connection.recv
        self._dumps, self._loads = json.dumps, json.loads
        self._exit = os._exit
        self._rest = b""
        self.fileno = connection.fileno

    def answer(self, request: str, content: dict) -> None:
        """Answer one request."""
        self._send(self._dumps({"id": request, **content}).encode() + b"\n")

    def requests(self) -> list[dict]:
        """Wait for requests; if the grader has closed its end, this process ends."""
        data = self._receive(1 << 16)
        if not data:
            self._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [self._loads(line) for line in lines]


class Host:
    """Serves one submission, or calls its functions, as the grader asks."""

    def __init__(
        self, clock: Clock, grader: Grader, witness: Witness, order: dict, printed: Printed
    ) -> None:
        self._clock, self._grader, self._witness = clock, grader, witness
        self._order, self._printed = order, printed
        self._module: types.ModuleType | None = None
        self._selector: SteppedSelector | None = None
        self._frames, self._main = sys._current_frames, threading.main_thread().ident

    def watch(self, grader: Grader) -> None:
        """In a thread of its own: tell where the main one stands, also while it is blocked."""
        while True:
            for request in grader.requests():
                found = {"stack": self._main_stack(), "rounds": self._rounds()}
                grader.answer(request["id"], {**found, "printed": self._printed.kept})

    def _main_stack(self) -> list[dict]:
        frame = self._frames().get(self._main)
        return [
            {"file": entry.filename, "line": entry.lineno, "name": entry.name}
            for entry in traceback.extract_stack(frame, limit=40)
        ]

    def _rounds(self) -> int:
        return self._selector.rounds if self._selector is not None else 0

    # Serving

    def serve(self, module: types.ModuleType, listening: CountedListener) -> None:
        """Serve the module's `app` on the bound socket, for as long as this process lives."""
        self._module, self._accepted = module, listening.accepted
        self._selector = SteppedSelector(self._clock)
        loop = GradedLoop(self._selector, self._witness.note_unhandled, self._witness.note_timer)
        asyncio.set_event_loop(loop)
        self._selector.obey(self._grader.fileno(), self._hear)
        loop.set_task_factory(self._witness.make_task)
        self._clock.rule_threads()
        try:
            server = _server_for(_find_app(module))
            self._witness.watch_log()
            loop.run_until_complete(self._start(server, listening))
        except CannotStart as failure:
            self._grader.answer(self._order["id"], {"failed": failure.reason})
            return
        self._clock.tell_of_sleep(self._witness.note_blocked)
        self._selector.stand_still()
        self._grader.answer(self._order["id"], {"started": True, "now": self._clock.now})
        try:
            loop.run_forever()
        except BaseException as error:
            # Nothing catches SystemExit or KeyboardInterrupt from a task: the server ends.
            self._grader.answer("ended", {"ended": describe(error, self._order["path"])})
            raise

    async def _start(self, server: uvicorn.Server, listening: CountedListener) -> None:
        server.config.load()
        server.lifespan = lifespan = server.config.lifespan_class(server.config)
        before = len(self._witness.errors)
        try:
            await server.startup(sockets=[listening])
        except SystemExit:
            texts = [error["text"] for error in self._witness.errors[before:]]
            raise CannotStart("lifespan", **_last_error(texts, self._order["path"])) from None
        await server.on_tick(0)
        self._witness.start_counting()
        self._server, self._lifespan = server, lifespan

    # What the grader may ask for

    def _hear(self) -> None:
        for request in self._grader.requests():
            self._carry_out(request)

    def _carry_out(self, request: dict) -> None:
        action: Callable[..., None] = getattr(self, f"_do_{request.pop('do')}")
        try:
            action(**request)
        except Exception as error:  # ours, and not to be told as the learner's
            self._grader.answer(request["id"], {"fault": f"{type(error).__name__}: {error}"})

    def _do_move(self, id: str, to: float | None) -> None:
        """Settle, or run the timers up to a time (clock seconds) and settle then."""
        target = self._clock.now if to is None else to
        self._selector.wish(
            Wish(target, lambda found: self._grader.answer(id, {**found, **self._all_ends()}))
        )

    def _all_ends(self) -> dict:
        return {"ends": self._ends(), "outgoing": outgoing()}

    def _ends(self) -> list[tuple[int, int, int, bool]]:
        """This end of each connection: see `conversation.End`."""
        ends = []
        for protocol in self._server.server_state.connections:
            transport = protocol.transport
            address = transport.get_extra_info("peername")  # None if it was reset at once
            counted = self._accepted.get(transport.get_extra_info("socket").fileno())
            if address and counted is not None:
                written = counted.sent + transport.get_write_buffer_size()
                ends.append((address[1], counted.received, written, transport.is_reading()))
        return ends

    def _do_leap(self, id: str, to: float) -> None:
        """Move the clock when the next message arrives, so that both fall into one moment."""
        self._selector.leap(to)
        self._grader.answer(id, {"now": self._clock.now})

    def _do_inspect(self, id: str) -> None:
        found = self._witness.everything(self._module)
        self._grader.answer(id, {**found, "still": self._selector.still})

    def _do_tasks(self, id: str) -> None:
        self._grader.answer(id, {"tasks": self._witness.tasks()})

    def _do_spans(self, id: str) -> None:
        self._grader.answer(id, {"spans": self._witness.spans(), "now": self._clock.now})

    def _do_routes(self, id: str) -> None:
        self._grader.answer(id, {"routes": _routes(self._module)})

    # Calling functions

    def answer_calls(self, module: types.ModuleType) -> None:
        """Call the module's functions at the grader's request, while this process lives."""
        self._grader.answer(self._order["id"], {"started": True, "now": self._clock.now})
        while True:
            for request in self._grader.requests():
                self._grader.answer(request["id"], self._call(module, request))

    def _call(self, module: types.ModuleType, request: dict) -> dict:
        function = getattr(module, request["name"], None)
        if not callable(function):
            return {"missing": True}
        try:
            result = function(*map(unpacked, request["arguments"]))
            if inspect.iscoroutine(result):
                result.close()
                return {"coroutine": True}
            return {"result": packed(result)}
        except BaseException as error:
            return {"raised": describe(error, self._order["path"])}


def packed(value: Any) -> dict:
    """A value for the grader: text and bytes whole, anything else as what it looks like."""
    if isinstance(value, str):
        return {"kind": "str", "value": str(value)}
    if isinstance(value, bytes | bytearray):
        return {"kind": type(value).__name__, "value": base64.b64encode(bytes(value)).decode()}
    return {"kind": type(value).__name__, "value": builtins.repr(value)[:500]}


def unpacked(value: dict) -> str | bytes:
    """A value from the grader."""
    return value["value"] if value["kind"] == "str" else base64.b64decode(value["value"])


def _find_app(module: types.ModuleType) -> Any:
    if not hasattr(module, "app"):
        from fastapi import FastAPI

        others = [name for name, value in vars(module).items() if isinstance(value, FastAPI)]
        raise CannotStart("no app", others=others)
    app = module.app
    if isinstance(app, type) and not _is_app_class(app):
        raise CannotStart("a class", text=app.__name__)
    if not callable(app) or (not _takes(app, 3) and not _takes(app, 1)):
        raise CannotStart("not an app", text=type(app).__name__)
    return app


def _is_app_class(kind: type) -> bool:
    """Starlette's endpoints are awaited (ASGI 3); in ASGI 2 an object is made for each scope."""
    if hasattr(kind, "__await__"):
        return _takes(kind, 3)
    return _takes(kind, 1) and _takes(kind.__call__, 3)


def _takes(app: Callable, count: int) -> bool:
    try:
        inspect.signature(app).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # no signature to be had
        return True
    return True


def _server_for(app: Any) -> uvicorn.Server:
    # The pings of uvicorn must not end a connection because the clock was moved on.
    config = uvicorn.Config(
        app,
        loop="none",
        http="h11",
        ws="websockets-sansio",
        ws_ping_interval=None,
        log_config=None,
        access_log=False,
        timeout_keep_alive=3600,
    )
    return uvicorn.Server(config)


def _last_error(texts: list[str], path: str) -> dict:
    """The error in uvicorn's log of a failed lifespan, which is a traceback as text."""
    lines = [line for line in "\n".join(texts).splitlines() if line.strip()]
    at = None
    for line in lines:
        if f'File "{path}", line ' in line:
            at = int(line.split(", line ")[1].split(",")[0])
    trace = [line for line in lines if not line.startswith(" ")]
    words = [line for line in trace if "startup failed" not in line]
    return {"error": words[-1] if words else "", "line": at}


def _routes(module: types.ModuleType) -> list[str] | None:
    """The paths of the app's WebSocket endpoints; None if there are some that it does not list.

    Newer releases of FastAPI keep a router that was included as it is, and list what is in it with
    `iter_route_contexts()`; an application that was mounted has paths of its own.
    """
    from fastapi import routing
    from starlette.routing import Route, WebSocketRoute

    routes = getattr(module.app, "routes", None)
    if routes is None:
        return None
    if hasattr(routing, "iter_route_contexts"):
        contexts = routing.iter_route_contexts(routes)
        listed = [(context.path, context.original_route) for context in contexts]
    else:
        listed = [(getattr(route, "path", ""), route) for route in routes]
    if not all(isinstance(route, Route | WebSocketRoute) for _, route in listed):
        return None
    return [path for path, route in listed if isinstance(route, WebSocketRoute)]


# Found once, before hosts are forked: each would copy the memory of all names to look at them.
_OURS = [name for name in sys.modules if name.startswith("workbook.")]

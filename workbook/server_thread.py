"""uvicorn in a thread: up in milliseconds, and ended even when handlers wait for ever.

uvicorn's own ``run()`` needs the main thread, and its ``shutdown()`` polls and waits for handlers
without limit. So the thread drives ``startup()`` and does the same steps as ``shutdown()`` with a
deadline for each: close the listener, close the connections with 1012, cancel the handlers that
stay, end the lifespan, cancel whatever else is left.
"""

import asyncio
import ctypes
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import uvicorn
import uvicorn.lifespan.on
import uvicorn.loops.asyncio
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto

from workbook.server_log import MUTE, hear_uvicorn, report, report_from_loop
from workbook.task_lives import TaskLives
from workbook.tracebacks import own_line, running_line, waiting_line

GRACE = 0.1  # seconds that handlers have to end by themselves once their connection is closed

_never_ended: list[asyncio.Task] = []  # kept, since Python complains when they are collected


class ServerThread(threading.Thread):
    """One uvicorn server with an event loop of its own.

    Args:
        app: an ASGI 3 application.
        listener: a bound socket.
        record_tasks: keep the lives of the tasks that the app makes.
        options: for ``uvicorn.Config``.
    """

    def __init__(
        self, app: Any, listener: socket.socket, record_tasks: bool, options: dict[str, Any]
    ) -> None:
        super().__init__(name=f"server on port {listener.getsockname()[1]}", daemon=True)
        options = {"log_config": None, "access_log": False} | options
        self._app = app
        self._listener = listener
        self._uvicorn = uvicorn.Server(uvicorn.Config(self._observed, interface="asgi3", **options))
        self._loop = asyncio.new_event_loop()
        self._halt = asyncio.Event()
        self._settled = threading.Event()
        self._lifespan_error: BaseException | None = None
        self._lifespan_task: asyncio.Task | None = None
        self._deadline = 0.0
        self._complaint = ""
        self.stopping = False
        self.lives = TaskLives(self._loop) if record_tasks else None

    def bring_up(self, within: float) -> str:
        """Start, and return "" once connections are served, else a sentence why they are not."""
        hear_uvicorn()
        self.start()
        try:
            if not self._settled.wait(within):
                return self._give_up(within)
        except BaseException:
            self.bring_down(within=1.0)
            raise
        if self.stopping:
            return f"The app's lifespan failed at startup: {_told(self._lifespan_error)}"
        return ""

    def bring_down(self, within: float) -> str:
        """End the server; return "" or a sentence about the handler that was in the way."""
        self.ask_to_stop(within)
        self.join(within + 6 * GRACE)  # each step of the end may take a little more
        if not self.is_alive():
            return self._complaint
        line = running_line(sys._current_frames().get(self.ident or 0))
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # frees the port, though not the thread
        self._interrupt()
        self.join(GRACE)
        return (
            f"The {self.name} did not stop by itself: a handler blocks its event loop{_at(line)}. "
            f"{'It goes on until that line returns.' if self.is_alive() else 'It was interrupted.'}"
        )

    def ask_to_stop(self, within: float) -> None:
        """Begin to stop, without waiting for it."""
        self.stopping, self._deadline = True, time.monotonic() + within
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._halt.set)

    # In the thread

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(report_from_loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            # sys.exit() in a handler ends the event loop, and with it the server.
            report("The server ended.", error)
        finally:
            self.stopping = True
            self._listener.close()
            with suppress(BaseException):
                self._loop.run_until_complete(self._clear())
            self._settled.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = self._uvicorn
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        server.lifespan.logger = MUTE  # what it has to say is in the sentence of bring_up()
        starting = asyncio.ensure_future(self._start())
        halted = asyncio.ensure_future(self._halt.wait())
        await asyncio.wait((starting, halted), return_when=asyncio.FIRST_COMPLETED)
        if not (starting.done() and starting.result()):
            return
        self._settled.set()
        ticking = asyncio.ensure_future(server.main_loop())  # keeps the Date header
        await halted
        ticking.cancel()
        await self._shutdown()

    async def _start(self) -> bool:
        try:
            await self._uvicorn.startup(sockets=[self._listener])
        except SystemExit:  # uvicorn's way to say that the lifespan failed
            return False
        return True

    async def _shutdown(self) -> None:
        server, state = self._uvicorn, self._uvicorn.server_state
        for listening in server.servers:
            listening.close()
        for connection in list(state.connections):
            connection.shutdown()
        handlers = set(state.tasks)
        if handlers:
            await asyncio.wait(handlers, timeout=GRACE)
            await self._cancel(handlers)
        await self._flushed(state.connections)
        try:
            await asyncio.wait_for(server.lifespan.shutdown(), self._time_left())
        except TimeoutError:
            self._complaint = self._late("its lifespan did not end", self._lifespan_task)
        if self._lifespan_error:
            report("The app's lifespan failed at shutdown:", self._lifespan_error)

    async def _clear(self) -> None:
        """End what the app has left in the event loop."""
        await self._cancel(asyncio.all_tasks() - {asyncio.current_task()} - set(_never_ended))
        await asyncio.wait_for(self._loop.shutdown_asyncgens(), self._time_left())

    async def _cancel(self, tasks: set[asyncio.Task]) -> None:
        left = {task for task in tasks if not task.done()}
        for task in left:
            task.cancel()
        if left:
            _, left = await asyncio.wait(left, timeout=self._time_left())
        for task in left:
            _never_ended.append(task)
            self._complaint = self._late("a task did not end when it was cancelled", task) + (
                " Whoever catches CancelledError, as a bare `except` does, must raise it again."
            )

    def _time_left(self) -> float:
        return max(GRACE, self._deadline - time.monotonic())

    async def _flushed(self, connections: set) -> None:
        """Let the last bytes out, the close frame among them; a client that does not read loses."""
        deadline = self._loop.time() + GRACE
        while connections and self._loop.time() < deadline:
            await asyncio.sleep(0.005)
        for connection in list(connections):
            connection.transport.abort()

    async def _observed(self, scope: Any, receive: Any, send: Any) -> None:
        """The app; an error of its lifespan is kept, of which uvicorn has only the text."""
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)
        self._lifespan_task = asyncio.current_task()

        async def noted(message: Any) -> None:
            if message["type"].endswith(".failed"):
                self._lifespan_error = RuntimeError(message.get("message") or "no reason given")
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if self._lifespan_error:
                self._lifespan_error = error
            raise

    # What went wrong

    def _give_up(self, within: float) -> str:
        task = self._lifespan_task
        line = running_line(sys._current_frames().get(self.ident or 0))
        line = line or (waiting_line(task) if task else "")
        self.bring_down(within=1.0)
        return (
            f"The app's lifespan did not finish starting within {within:g} s{_at(line)}. "
            "If it needs longer: serve(app, start_within=seconds)."
        )

    def _late(self, what: str, task: asyncio.Task | None) -> str:
        return f"The {self.name} has stopped, but {what}{_at(waiting_line(task) if task else '')}."

    def _interrupt(self) -> None:
        """Raise SystemExit in the thread: it ends a spinning loop, though not a sleep in C."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(self.ident or 0), ctypes.py_object(SystemExit)
        )


def _at(line: str) -> str:
    return f" ({line})" if line else ""


def _told(error: BaseException | None) -> str:
    """An error in one line, with the line of the learner's that raised it."""
    if error is None:
        return "it ended before it was ready."
    return f"{type(error).__name__}: {error}{_at(own_line(error))}"

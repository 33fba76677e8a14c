"""The preloaded parent from which hosts are forked: `python -m workbook.grader.nursery`.

It imports what submissions import, once, and then only forks and ends hosts, so that a fresh and
isolated server is up in some milliseconds. It talks to the grader over its standard input, a Unix
socket, one JSON request and one answer at a time; a request to fork carries the host's descriptors.
It adopts orphans, so that a process which a submission detached is still found and ended.
"""

import gc
import importlib
import inspect
import json
import os
import select
import shutil
import signal
import socket
import sys
import traceback
from contextlib import suppress

from workbook.grader import clock as movable
from workbook.grader import confine
from workbook.grader.counted import count_outgoing

FIRST = ("fastapi", "uvicorn", "uvicorn.lifespan.on", "uvicorn.protocols.http.h11_impl")
FIRST += ("uvicorn.protocols.websockets.websockets_sansio_impl", "workbook.grader.host")
SECOND = ("pydantic.v1", "fastapi.security")
BROKER = ("redis.asyncio", "broadcaster._backends.redis")
MAX_REQUEST = 1 << 16


def main() -> None:
    """Serve the grader until its end of the socket closes; then end all hosts."""
    confine.end_with_parent()  # nobody would look at the socket before all is imported
    gc.disable()  # nothing of what is imported will ever be garbage
    clock = movable.install()
    count_outgoing()
    confine.adopt_orphans()
    import_openapi()
    for name in FIRST:
        importlib.import_module(name)
    gc.enable()
    gc.freeze()
    grader = socket.socket(fileno=os.dup(0))
    grader.set_inheritable(False)
    nursery = Nursery(grader, clock)
    confine.outlive_parent()  # from here on it must end its hosts before it ends itself
    try:
        nursery.serve()
    except ConnectionError:
        pass
    finally:
        nursery.end_everything()
    os._exit(0)  # there is nothing to tidy up, and somebody waits


def import_openapi() -> None:
    """Import FastAPI's models of OpenAPI so that they are built when they are first used.

    To build them takes a third of FastAPI's import, and few submissions ask for their documents.
    See https://docs.pydantic.dev/latest/api/config/ (`defer_build`).
    """
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    importlib.import_module("fastapi.openapi.models")
    del BaseModel.model_config["defer_build"]


class Nursery:
    """Forks and ends hosts at the grader's request."""

    def __init__(self, grader: socket.socket, clock: movable.Clock) -> None:
        self._grader = grader
        self._clock = clock
        self._hosts: dict[int, str] = {}  # their folders
        self._ending: set[int] = set()
        self._is_complete = False

    def serve(self) -> None:
        """Answer requests until the grader closes its end."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._grader, MAX_REQUEST, 4)
            if not data:
                return
            request = json.loads(data)
            answer = getattr(self, f"do_{request.pop('do')}")(descriptors, **request)
            self._grader.sendall(json.dumps(answer).encode() + b"\n")
            if self._hosts and not self._is_complete:
                self._complete()

    def _complete(self) -> None:
        """Do once, while the first host is graded, what each host would have to do by itself."""
        self._is_complete = True
        _import(SECOND)  # what FastAPI imports at the first endpoint with a parameter
        rehearse()
        gc.freeze()

    def do_greet(self, descriptors: list[int]) -> dict:
        """Say that hosts can be forked, and that their folders will be removed."""
        return {}

    def do_load(self, descriptors: list[int]) -> dict:
        """Import what speaks to brokers, as an exercise is graded that needs one."""
        _import(BROKER)
        from redis import utils

        # Each connection asks for it, and to read it from the package's metadata takes 5 ms.
        version = utils.get_lib_version()
        utils.get_lib_version = lambda: version
        gc.freeze()
        return {}

    def do_fork(self, descriptors: list[int], **order) -> dict:
        """Fork a host that carries `order` out with its control, watch and listening sockets."""
        for gone in list(self._ending):
            if os.waitpid(gone, os.WNOHANG)[0]:
                self._ending.discard(gone)
        pid = os.fork()
        if pid == 0:
            self._become_host(descriptors, order)
        for descriptor in descriptors:
            os.close(descriptor)
        self._hosts[pid] = order["folder"]
        return {"pid": pid}

    def _become_host(self, descriptors: list[int], order: dict) -> None:
        status = 70
        try:
            os.setsid()
            confine.end_with_parent()
            self._grader.close()
            from workbook.grader.host import run_host

            run_host(self._clock, order, *descriptors)
            status = 0
        except SystemExit as exit_:
            status = exit_.code if isinstance(exit_.code, int) else 1
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status & 0xFF)

    def do_end(self, descriptors: list[int], pid: int) -> dict:
        """Kill a host and all that it started; say how it had ended if it had.

        It is reaped at a later request: a fresh host need not wait until the kernel is done.
        """
        own = _descendants(pid)
        reaped, status = os.waitpid(pid, os.WNOHANG)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        if not reaped:
            os.kill(pid, signal.SIGKILL)  # it may not lead its group yet
            self._ending.add(pid)
        self._hosts.pop(pid, None)
        if own or _children(os.getpid()) - self._hosts.keys() - self._ending:
            self._end_strays(own)
        return {
            "ended_itself": bool(reaped),
            "status": os.waitstatus_to_exitcode(status) if reaped else None,
        }

    def _end_strays(self, known: set[int]) -> None:
        """Kill what a host left, however fast it multiplies."""
        for _ in range(10_000):
            strays = (known | _children(os.getpid())) - self._hosts.keys()
            if not strays:
                break
            for pid in strays | set().union(*map(_descendants, strays)):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            known = set()
            self._reap()

    def _reap(self) -> None:
        reaped = 0
        for pid in _children(os.getpid()) - self._hosts.keys():
            with suppress(ChildProcessError):
                gone, _ = os.waitpid(pid, os.WNOHANG)
                self._ending.discard(gone)
                reaped += gone != 0
        if not reaped:
            select.select([], [], [], 0.001)  # the kernel is still taking them down

    def end_everything(self) -> None:
        """End every host and its children, and remove its folder: the grader has gone."""
        for pid, folder in list(self._hosts.items()):
            with suppress(OSError):
                self.do_end([], pid)
            shutil.rmtree(folder, ignore_errors=True)
        self._end_strays(set())


def rehearse() -> None:
    """Have the libraries compile their expressions and fill their caches, on a program's way up."""
    from fastapi import FastAPI, WebSocket

    app = FastAPI()

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket, name: str = "") -> None:
        """Never called."""

    inspect.getsource(endpoint)  # as FastAPI does when it calls one


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        with suppress(ImportError):  # a private name may move; then hosts import it themselves
            importlib.import_module(name)


def _children(pid: int) -> set[int]:
    """The direct children of all threads of a process; empty where the system does not say."""
    found: set[int] = set()
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                found |= {int(child) for child in children.read().split()}
    except FileNotFoundError:
        return _children_by_scan(pid) if sys.platform != "linux" else found
    except ProcessLookupError:
        return found
    return found


def _children_by_scan(pid: int) -> set[int]:
    import psutil

    try:
        return {child.pid for child in psutil.Process(pid).children()}
    except psutil.Error:
        return set()


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = _children(waiting.pop()) - found
        found |= children
        waiting += children
    return found


if __name__ == "__main__":
    main()

"""The grader's side of the nursery: the preloaded process that forks and ends hosts."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress

MARK = "WORKBOOK_NURSERY"  # in the environment of the nursery and of whatever descends from it
PATIENCE = 60.0  # seconds for the nursery to import what it needs on a slow machine


class NurseryEnded(ConnectionError):
    """The nursery ends as soon as it is started; the text quotes its last words."""


class Parent:
    """Starts the nursery at once and in the background; starts a new one if it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._socket: socket.socket | None = None
        self._mark = ""
        self._loaded = self._serves = False
        self._used = False
        self.start()

    def start(self) -> None:
        """Start the nursery without waiting for it."""
        ours, theirs = socket.socketpair()
        self._mark = os.urandom(8).hex()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (see stop)
        environment = {**os.environ, MARK: self._mark, "PYDANTIC_DISABLE_PLUGINS": "__all__"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbook.grader.nursery"],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(PATIENCE)
        self._socket = ours
        self._loaded = self._serves = False

    @property
    def pid(self) -> int | None:
        """The process id of the nursery that is running now."""
        return self._process.pid if self._process else None

    def lend(self) -> None:
        """Let a fork of this process, which this one will outlive, ask the nursery too."""
        self._used = True

    def fork(self, order: dict, descriptors: list[int]) -> int:
        """Fork a host for `order`; return its process id. Closes nothing of the caller's."""
        return self._ask({"do": "fork", **order}, descriptors)["pid"]

    def end(self, pid: int) -> dict:
        """End a host and its descendants; tell whether it had `ended_itself`, and its `status`."""
        try:
            return self._ask({"do": "end", "pid": pid}, [], again=False)
        except ConnectionError:
            # The nursery was killed, and the kernel has ended its hosts with it.
            self.stop()
            self.start()
            return {"ended_itself": True, "status": -signal.SIGKILL}

    def wait(self) -> None:
        """Wait until the nursery serves; a folder made before would stay if this process ended."""
        if not self._serves:
            self._ask({"do": "greet"}, [])
            self._serves = True

    def load_broker_libraries(self) -> None:
        """Have redis and broadcaster imported before hosts are forked that need them."""
        if not self._loaded:
            self._ask({"do": "load"}, [])
            self._loaded = True

    def _ask(self, request: dict, descriptors: list[int], again: bool = True) -> dict:
        self._used = True
        try:
            return self._answer(request, descriptors)
        except ConnectionError:
            if not again:
                raise NurseryEnded(self._last_words()) from None
            self.stop()
            self.start()
            return self._ask(request, descriptors, again=False)

    def _answer(self, request: dict, descriptors: list[int]) -> dict:
        socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
        answer = self._socket.makefile("rb").readline()
        if not answer:
            raise ConnectionResetError("the nursery has ended")
        return json.loads(answer)

    def _last_words(self) -> str:
        """What the nursery said at last, such as the name of a package that is missing."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().split("\n")
        return lines[-1] or "the process from which submissions are forked has ended"

    def forget(self) -> None:
        """In a fork of this process: leave the nursery to the one that started it."""
        self._socket.close()

    def stop(self) -> None:
        """End the nursery, its hosts and whatever escaped them."""
        if self._process is None:
            return
        self._socket.close()
        self._errors.close()
        if not self._used:
            self._process.kill()  # it would import to the end before it saw that nobody is there
            self._process.wait()
            self._process = None
            return
        try:
            ended_well = self._process.wait(timeout=10) == 0
        except subprocess.TimeoutExpired:
            ended_well = False
        if not ended_well:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()
            _end_marked(self._mark)
        self._process = None


def _end_marked(mark: str) -> None:
    """Kill all processes that carry the mark of a nursery which can no longer do it."""
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                process.kill()

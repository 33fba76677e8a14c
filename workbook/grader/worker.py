"""One running host, as the grader sees it: requests and answers, and how it ended."""

import asyncio
import os
import select
import shutil
import signal
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

from workbook.grader.channel import Channel, WorkerFailed
from workbook.grader.parent import Parent

START = 10.0  # seconds for the import and the start of the server
ANSWER = 5.0  # seconds for an answer, after which the event loop counts as stuck
HALVES = 12  # of that time, which it may use up as long as its event loop gets on
BLOCKED = 3.0  # seconds that calls may sleep in its event loop, in small pieces
LOOKS = 5000  # for a process to stand still, a fifth of a millisecond or more apart


class CouldNotStart(Exception):
    """The submission cannot be served or imported; `reason` is what the host reported."""

    def __init__(self, reason: dict) -> None:
        super().__init__(reason.get("kind"))
        self.reason = reason


class Worker:
    """A submission in a process of its own.

    Args:
        parent: the preloaded process to fork from.
        path: the submission's path as its learner knows it.
        source: its bytes.
        mode: "serve" or "call".
        environment: variables to set for it.
        patience: seconds for an answer, after which its event loop counts as stuck.
    """

    def __init__(
        self,
        parent: Parent,
        path: Path,
        source: bytes,
        mode: str,
        environment: dict[str, str],
        patience: float = ANSWER,
    ) -> None:
        self._parent, self.path, self._source = parent, path, source
        self._mode, self._environment = mode, environment
        self._control, self._watch = Channel(), Channel()
        self._pid: int | None = None
        self._started: asyncio.Future | None = None
        self._patience = patience
        self.now = 0.0
        self._asleep = 0.0

    async def start(self) -> None:
        """Fork, import, serve.

        Raises:
            CouldNotStart: with the reason that is to be told.
        """
        await self.begin()
        await self._finish_start()

    async def begin(self) -> None:
        """Do the first part of `start()`; the rest goes on in the host meanwhile."""
        if self._started is not None:
            return
        self._parent.wait()
        self._folder = Path(tempfile.mkdtemp(prefix="workbook-"))
        copy = self._folder / self.path.name
        copy.write_bytes(self._source)
        identity, self._started = self._control.expect()
        order = {
            "id": identity,
            "path": str(self.path),
            "copy": str(copy),
            "folder": str(self._folder),
            "mode": self._mode,
            "environment": {"TMPDIR": str(self._folder), **self._environment},
        }
        await self._fork(order)

    async def _fork(self, order: dict) -> None:
        ends = [socket.socketpair() for _ in (self._control, self._watch)]
        listening = socket.socket(proto=socket.IPPROTO_TCP)
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        self.port = listening.getsockname()[1]
        descriptors = [theirs.fileno() for _, theirs in ends]
        if self._mode == "serve":
            descriptors.append(listening.fileno())
        try:
            self._pid = self._parent.fork(order, descriptors)
        finally:
            for _, theirs in ends:
                theirs.close()
            listening.close()
        for channel, (ours, _) in zip((self._control, self._watch), ends, strict=True):
            await channel.open(ours)

    async def _finish_start(self) -> None:
        try:
            answer = await self._bounded(self._started, START, halves=2)
        except WorkerFailed as failure:
            raise CouldNotStart(await self._why_not_started(failure)) from None
        if "failed" in answer:
            raise CouldNotStart(answer["failed"])
        self.now = answer["now"]

    async def _why_not_started(self, failure: WorkerFailed) -> dict:
        if failure.kind == "gone":
            return {"kind": "ended", "status": self.end()["status"]}
        if failure.kind == "forged":
            return {"kind": "forged"}
        return {"kind": "hangs", "seconds": START, "stack": failure.details["stack"]}

    @property
    def ended(self) -> dict | None:
        """What the host said of its end, if a task of the program ended the whole server."""
        return self._control.ended

    async def request(self, do: str, **arguments: object) -> dict:
        """Ask the host for something; see `answer` for what is raised."""
        return await self.answer(self.ask(do, **arguments))

    def ask(self, do: str, **arguments: object) -> asyncio.Future[dict]:
        """Send a request, whose `answer` is waited for later.

        Raises:
            WorkerFailed: the host has ended ("gone"), or something else wrote to its channel.
        """
        return self._control.ask(do, **arguments)

    async def answer(self, waiting: asyncio.Future[dict]) -> dict:
        """What the host answers.

        Raises:
            WorkerFailed: it has ended ("gone"), does not answer in time ("stuck", with the `stack`
                of its main thread), or something else wrote to its channel ("forged").
        """
        if self._asleep > BLOCKED:
            await self._catch_asleep(waiting)
        answer = await self._bounded(waiting, self._patience)
        if "fault" in answer:
            raise RuntimeError(f"the host failed: {answer['fault']}")
        self.now = answer.get("now", self.now)
        self._asleep = answer.get("asleep", self._asleep)
        return answer

    async def _catch_asleep(self, future: asyncio.Future) -> None:
        """While it works at a request, see where calls sleep in its event loop, as they did before.

        Short ones that come again and again would take minutes, and say nothing new.
        """
        while not future.done():
            stack = (await self._look())["stack"]
            if any(entry["file"] == str(self.path) for entry in stack):
                future.cancel()
                self.has_little_time()
                raise WorkerFailed("stuck", seconds=round(self._asleep), stack=stack)

    async def _bounded(self, future: asyncio.Future, seconds: float, halves: int = HALVES) -> dict:
        """Wait for an answer, and longer than `seconds` only while the event loop gets on.

        A clock that is moved by 10 s takes a program that looks at it every 10 ms through a
        thousand rounds, and 45 clients through as many each: on a busy machine that takes its time.
        """
        looked: dict = {"rounds": -1}
        for _ in range(halves):
            if not future.done():
                await asyncio.wait([future], timeout=seconds / 2)
            if future.done():
                return future.result()
            before, looked = looked, await self._look()
            if looked["rounds"] == before["rounds"]:
                break
        future.cancel()
        self.has_little_time()
        raise WorkerFailed("stuck", seconds=seconds, stack=looked["stack"])

    def has_little_time(self) -> None:
        """Wait less for answers from now on: it has had its chance."""
        self._patience = min(self._patience, 1.0)

    async def routes(self) -> list[str] | None:
        """The paths of the WebSocket endpoints that the app lists; None if nobody can tell."""
        try:
            return (await self.request("routes"))["routes"]
        except WorkerFailed:
            return None

    async def printed(self) -> str:
        """The end of what the program printed; "" if its process has ended."""
        return str((await self._look())["printed"])

    async def _look(self) -> dict:
        """What can be told beside an event loop that may answer no more.

        `stack`: where the main thread stands, outermost first. `rounds`: how many the loop has
        made. `printed`: the end of what the program printed.
        """
        with suppress(TimeoutError, WorkerFailed):
            async with asyncio.timeout(1):
                return await self._watch.ask("look")
        return {"stack": [], "rounds": -1, "printed": ""}

    def pause(self) -> None:
        """Stop the host's process, so that what arrives meanwhile arrives at once.

        Returns once it stands still: a process that sleeps in `select()` takes the signal only
        when it gets a processor, and would see what arrived by then apart from the rest.
        """
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGSTOP)
            for _ in range(LOOKS):
                if _is_stopped(self._pid):
                    return
                select.select([], [], [], 0.0002)

    def resume(self) -> None:
        """Let a paused host go on."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGCONT)

    def end(self) -> dict:
        """End the host and all that it started; say how it had ended."""
        if self._pid is None:
            return getattr(self, "_outcome", {"status": None, "ended_itself": False})
        pid, self._pid = self._pid, None
        self._outcome = self._parent.end(pid)
        return self._outcome

    async def close(self) -> None:
        """End the host and free everything that belonged to it."""
        self.end()
        self._control.close()
        self._watch.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _is_stopped(pid: int) -> bool:
    """Whether a process stands still after SIGSTOP; True where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "TtZX"
    except OSError:
        return True

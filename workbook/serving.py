"""`workbook serve`: an exercise in servers of its own, with a page to talk to it.

Several workers are several processes on ports of their own, with one broker behind them, so that
you always know which worker a client talks to.
"""

import errno
import functools
import http.server
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import warnings
from contextlib import ExitStack
from urllib.parse import parse_qsl, urlencode

from workbook.broker import Broker, BrokerError
from workbook.catalogue import ROOT, Exercise
from workbook.grader.interrupts import heed_termination

HOST = "127.0.0.1"
PAGES = ROOT / "notebooks" / "pages"
NAMES = ("Ada", "Grace", "Alan", "Mary", "Edith", "Radia", "Barbara", "Katherine")
STOP = 3  # seconds for a worker to stop by itself
LOOK = 0.2  # seconds between two looks at the workers
LAST_PORT = 65535


class CannotServe(RuntimeError):
    """The exercise cannot be served; the text is one sentence that says why."""


def serve_exercise(exercise: Exercise, workers: int, port: int) -> None:
    """Serve the learner's file until Ctrl+C, and print where the page is.

    Args:
        exercise: which one.
        workers: how many processes.
        port: of the first worker; the others take the next ones. 0 takes free ones.

    Raises:
        CannotServe: no file, no Python, no `app`, no broker, or a port that is taken.
    """
    text = _text_of(exercise)
    if not re.search(r"^(async )?(def )?app\b", text, re.MULTILINE):
        raise CannotServe(f"{exercise.stem}.py has no `app`: there is nothing to serve.")
    if port and port + workers - 1 > LAST_PORT:
        raise CannotServe(
            f"--port {port} is too high for {workers} workers: each takes the next port, and"
            f" {LAST_PORT} is the last."
        )
    ports = [_free_port(port + i if port else 0) for i in range(workers)]
    heed_termination()
    with ExitStack() as stack:
        environment = dict(os.environ)
        if workers > 1 or "REDIS_URL" in text:
            environment["REDIS_URL"] = _broker(stack).url
        pages = _serve_pages(stack)
        environment.setdefault("ALLOWED_ORIGINS", f"http://localhost:{pages}")
        started = [_start(exercise, number, environment) for number in ports]
        stack.callback(_stop, started)
        print(f"Page: {_address(exercise, pages, ports)}")
        print("Ctrl+C stops it.", flush=True)
        _wait(started)


def _text_of(exercise: Exercise) -> str:
    """The learner's program; it is Python, at least."""
    shown = exercise.path.relative_to(ROOT)
    try:
        source = exercise.path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            compile(source, str(shown), "exec", dont_inherit=True)
    except FileNotFoundError:
        raise CannotServe(f"There is no file {shown}.") from None
    except OSError as error:
        raise CannotServe(f"{shown} cannot be read ({error.strerror}).") from None
    except (SyntaxError, ValueError) as error:
        told = "".join(traceback.format_exception_only(error)).strip()
        raise CannotServe(f"There is nothing to serve yet:\n{told}") from None
    return source.decode("utf-8", errors="replace")


def _broker(stack: ExitStack) -> Broker:
    try:
        broker = stack.enter_context(Broker())
    except BrokerError as error:
        raise CannotServe(str(error)) from None
    print(f"Broker: {broker.url}")
    return broker


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            why = "is taken by another program"
            if error.errno != errno.EADDRINUSE:
                why = f"cannot be opened ({error.strerror})"
            raise CannotServe(f"Port {wanted} {why}; choose one with --port.") from None
        return probe.getsockname()[1]


def _start(exercise: Exercise, port: int, environment: dict[str, str]) -> subprocess.Popen:
    command = [sys.executable, "-m", "workbook.serving", f"{exercise.stem}:app"]
    options = ["--app-dir", str(exercise.path.parent), "--host", HOST, "--port", str(port)]
    return subprocess.Popen(
        [*command, *options, "--timeout-graceful-shutdown", "1"],
        env=environment,
        stdin=subprocess.PIPE,  # when this process ends, however, the worker sees it and ends
    )


def _stop(started: list[subprocess.Popen]) -> None:
    for worker in started:
        worker.terminate()
    for worker in started:
        try:
            worker.wait(STOP)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        worker.stdin.close()


def _wait(started: list[subprocess.Popen]) -> None:
    """Wait for Ctrl+C, or for the end of any worker.

    It looks now and then: Ctrl+C may reach another thread of this process, and would not interrupt
    a wait without end in this one.
    """
    try:
        while all(worker.poll() is None for worker in started):
            time.sleep(LOOK)
    except KeyboardInterrupt:
        print()
        return
    code = next(worker.returncode for worker in started if worker.returncode is not None)
    raise CannotServe(f"The server ended by itself, with status {code}; its log says why.")


class _Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _serve_pages(stack: ExitStack) -> int:
    handler = functools.partial(_Pages, directory=str(PAGES))
    server = http.server.ThreadingHTTPServer((HOST, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    return server.server_address[1]


def _address(exercise: Exercise, pages: int, ports: list[int]) -> str:
    """Where the exercise's page is: two panes of a chat, or as many as there are workers."""
    page, more = _page_of(exercise)
    several = page == "chat.html"
    panes = ports if len(ports) > 1 or not several else ports * 2
    settings = []
    for number, name in zip(panes, NAMES, strict=False):
        setting = {"port": number, **({"username": name} if several else {})}
        named = {key: value.replace("{name}", name.lower()) for key, value in more.items()}
        settings.append(setting | named)
    if len(settings) == 1:
        return f"http://localhost:{pages}/{page}?{urlencode(settings[0])}"
    query = urlencode([("page", page), *(("pane", urlencode(setting)) for setting in settings)])
    return f"http://localhost:{pages}/side_by_side.html?{query}"


def _page_of(exercise: Exercise) -> tuple[str, dict[str, str]]:
    """The page that the starter's statement names, and its settings; else the echo page.

    The statement says `chat.html`, or `chat.html?path=/rooms/{room}&token=token-{name}`.
    """
    named = re.search(r"`(\w+\.html)(?:\?([^`]+))?`", exercise.starter or "")
    if named is None or not (PAGES / named[1]).exists():
        return "echo.html", {}
    return named[1], dict(parse_qsl(named[2] or ""))


def _work() -> None:
    """What a worker does: run uvicorn with the arguments of this process."""
    import uvicorn

    owner = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # the exercise's own code finds nothing to read, and takes nothing away
    os.close(nothing)
    threading.Thread(target=_end_with_owner, args=(owner,), daemon=True).start()
    uvicorn.main(prog_name="uvicorn")


def _end_with_owner(owner: int) -> None:
    """Wait for the end of the process that holds the other end of a pipe; end this one then."""
    os.read(owner, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(STOP)
    os._exit(1)  # something blocks the event loop


if __name__ == "__main__":
    _work()

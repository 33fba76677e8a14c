"""The broker of a lesson or a check: found, started, watched, emptied, and gone without a trace."""

import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from redis import Redis
from redis.exceptions import RedisError

from workbook import broker as room
from workbook.broker import Broker, BrokerError, Command, kinds

KINDS = kinds()
pytestmark = pytest.mark.skipif(not KINDS, reason="no broker can be started here")
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let brokers put what they need into a folder where this test alone looks."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with Broker(kind=request.param) as running:
        yield running


def process_of(broker: Broker) -> psutil.Process:
    with Redis.from_url(broker.url) as redis:
        return psutil.Process(redis.info("server")["process_id"])


def owner(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python process that runs this program."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_the_end(*processes: psutil.Process) -> None:
    """Wait until they have exited, whether or not their parent has taken notice."""
    if not hasattr(os, "pidfd_open"):
        assert not psutil.wait_procs(processes, timeout=10)[1]
        return
    for process in processes:
        with suppress(ProcessLookupError), os.fdopen(os.pidfd_open(process.pid)) as ended:
            assert select.select([ended], [], [], 10)[0], f"{process} is still there"


@each_kind
def test_a_broker_starts_serves_and_leaves_nothing(kind: str, tmp_path: Path) -> None:
    broker = Broker(kind=kind)
    assert (broker.kind, broker.host, broker.external) == (kind, "127.0.0.1", False)
    assert broker.url == f"redis://127.0.0.1:{broker.port}"
    assert repr(broker) == f"<Broker {kind} at 127.0.0.1:{broker.port}>"
    process = process_of(broker)
    with Redis.from_url(broker.url) as redis:
        assert redis.set("key", "value")
    assert len(list(tmp_path.iterdir())) == 1
    broker.stop()
    broker.stop()  # the second time does nothing
    assert not process.is_running()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", broker.port), 1)


def test_it_listens_on_this_machine_alone_and_saves_nothing(broker: Broker) -> None:
    listening = {c.laddr for c in process_of(broker).net_connections() if c.status == "LISTEN"}
    assert listening == {("127.0.0.1", broker.port)}
    with Redis.from_url(broker.url, decode_responses=True) as redis:
        settings = redis.config_get("save", "appendonly", "protected-mode")
    assert settings == {"save": "", "appendonly": "no", "protected-mode": "yes"}


@each_kind
def test_twenty_four_start_side_by_side(kind: str) -> None:
    with ThreadPoolExecutor(24) as pool:
        brokers = list(pool.map(lambda _: Broker(kind=kind), range(24)))
    try:
        assert len({broker.url for broker in brokers}) == 24
        assert len({process_of(broker).pid for broker in brokers}) == 24
    finally:
        for broker in brokers:
            broker.stop()


def test_a_broker_outlives_the_thread_that_started_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        broker = pool.submit(Broker, private=True).result()
    with broker:
        assert broker.subscriptions() == {}


@each_kind
@pytest.mark.parametrize("end", ["SIGKILL", "SIGTERM", "os._exit(3)", "sys.exit()", "1/0"])
def test_it_ends_with_its_owner_however_that_ends(kind: str, end: str, tmp_path: Path) -> None:
    program = """
        import os, sys
        from workbook.broker import Broker
        broker = Broker(kind=sys.argv[1])
        server = broker._server
        print(broker.port, server._watcher.pid, flush=True)
        sys.stdin.readline()
        exec(sys.argv[2])
    """
    process = owner(program, kind, end if "(" in end or "/" in end else "")
    port, watcher = map(int, process.stdout.readline().split())
    parent = psutil.Process(watcher)
    [child] = parent.children()
    assert child.net_connections()[0].laddr.port == port
    if end.startswith("SIG"):
        process.send_signal(signal.Signals[end])
    else:
        process.communicate("\n", timeout=10)
    process.wait(10)
    wait_for_the_end(parent, child)
    assert list(tmp_path.iterdir()) == []


def test_it_ends_although_nobody_is_there_to_be_told_of_it(tmp_path: Path) -> None:
    nobody, told = os.pipe()
    os.close(nobody)
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", room.WATCHER, "sh", "sleep", "1000"],
        stdin=subprocess.DEVNULL,
        stdout=told,
        start_new_session=True,
    )
    os.close(told)
    watcher.wait(10)
    assert list(tmp_path.iterdir()) == []


def test_a_forked_child_neither_ends_nor_keeps_it(tmp_path: Path) -> None:
    program = """
        import os, sys
        from workbook.broker import Broker
        broker = Broker(private=True)
        stay, leave = os.pipe()
        if os.fork() == 0:
            broker.stop()
            print("child", os.getpid(), flush=True)
            os.close(leave)
            os.read(stay, 1)  # ends when the parent has ended
            sys.stdin.readline()
        else:
            broker.subscriptions()
            print("parent", broker._server._watcher.pid, flush=True)
            os.kill(os.getpid(), 9) if sys.stdin.readline() else None
    """
    process = owner(program)
    said = dict(process.stdout.readline().split() for _ in range(2))
    watcher = psutil.Process(int(said["parent"]))
    [child] = watcher.children()
    process.stdin.write("go\n")
    process.stdin.flush()
    process.wait(10)
    wait_for_the_end(watcher, child)
    assert psutil.pid_exists(int(said["child"]))
    process.stdin.close()


def test_a_restart_keeps_the_port_and_forgets_the_rest(broker: Broker) -> None:
    before = process_of(broker)
    with Redis.from_url(broker.url) as redis:
        redis.set("key", "value")
        broker.restart()
        assert redis.get("key") is None
    assert process_of(broker) != before
    assert not before.is_running()


def test_while_it_is_away_connections_are_refused(broker: Broker) -> None:
    with broker.away():
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((broker.host, broker.port), 1)
        with pytest.raises(BrokerError, match="does not answer"):
            broker.clients()
    assert broker.clients() == []


def test_subscriptions_and_clients_are_those_of_others(broker: Broker) -> None:
    assert (broker.subscriptions(), broker.clients()) == ({}, [])
    with Redis.from_url(broker.url) as redis, redis.pubsub() as one, redis.pubsub() as two:
        for pubsub, channels in ((one, ["a", "b"]), (two, ["b"])):
            pubsub.subscribe(*channels)
            for _ in channels:
                assert pubsub.get_message(timeout=5)["type"] == "subscribe"
        assert broker.subscriptions() == {"a": 1, "b": 2}
        assert [client["sub"] for client in broker.clients()] == ["2", "1"]


def test_a_reset_closes_connections_and_deletes_keys(broker: Broker) -> None:
    with Redis.from_url(broker.url) as redis, redis.pubsub() as pubsub:
        pubsub.subscribe("CHAT")
        assert pubsub.get_message(timeout=5)["type"] == "subscribe"
        redis.set("key", "value")
        broker.reset()
        assert (broker.subscriptions(), broker.clients()) == ({}, [])
        assert redis.get("key") is None


def test_a_reset_brings_back_a_broker_that_a_client_has_ended(broker: Broker) -> None:
    with Redis.from_url(broker.url) as redis:
        redis.shutdown(nosave=True)
    broker.reset()
    assert broker.clients() == []


def test_a_monitor_records_in_order_what_was_sent(
    broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.monitor()
    with Redis.from_url(broker.url) as redis, redis.pubsub() as pubsub:
        pubsub.subscribe("CHAT")
        assert pubsub.get_message(timeout=5)["type"] == "subscribe"
        redis.get("not shown")
        redis.publish("CHAT", 'ö "quoted" \\ ')
        redis.publish("CHAT", "two\nlines")
        pubsub.unsubscribe("CHAT")
        assert broker.commands() == [
            Command("SUBSCRIBE", ("CHAT",), 1),
            Command("PUBLISH", ("CHAT", 'ö "quoted" \\ '), 2),
            Command("PUBLISH", ("CHAT", "two\nlines"), 2),
            Command("UNSUBSCRIBE", ("CHAT",), 1),
        ]
    assert capsys.readouterr().out.splitlines() == [
        "client 1  SUBSCRIBE    CHAT",
        'client 2  PUBLISH      CHAT  ö "quoted" \\',
        r"client 2  PUBLISH      CHAT  'two\nlines'",
        "client 1  UNSUBSCRIBE  CHAT",
    ]


def test_a_monitor_survives_a_reset_and_a_restart(broker: Broker) -> None:
    broker.monitor("publish", show=False)
    with Redis.from_url(broker.url) as redis:
        redis.publish("CHAT", "one")
        broker.reset()
        assert broker.commands() == []
        redis.publish("CHAT", "two")
        broker.restart()
        redis.publish("CHAT", "three")
        assert [command.args[1] for command in broker.commands()] == ["two", "three"]
    broker.stop()
    assert len(broker.commands()) == 2


def test_commands_need_a_monitor(broker: Broker) -> None:
    with pytest.raises(BrokerError, match=r"call monitor\(\)"):
        broker.commands()


def test_redis_url_names_a_broker_that_is_neither_stopped_nor_emptied(broker: Broker) -> None:
    program = """
        from workbook.broker import Broker, BrokerError
        broker = Broker()
        print(broker.external, broker.url)
        broker.reset()
        try:
            broker.restart()
        except BrokerError as error:
            print(error)
        broker.stop()
        print(Broker(private=True).external)
    """
    with Redis.from_url(broker.url) as redis:
        redis.set("key", "value")
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env=os.environ | {"REDIS_URL": broker.url},
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert redis.get("key") == b"value"
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"True {broker.url}",
        f"<Broker external at 127.0.0.1:{broker.port}> cannot be taken away: "
        "this process is not running it.",
        "False",
    ]


def test_a_redis_url_that_does_not_answer_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = room.Port()
    monkeypatch.setenv("REDIS_URL", f"redis://:secret@127.0.0.1:{port.number}/0")
    with pytest.raises(BrokerError, match=r"external at .* does not answer") as caught:
        Broker()
    assert "secret" not in str(caught.value)
    port.close()


def test_our_own_url_in_the_environment_does_not_make_a_broker_external(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", broker.url)
    with Broker() as other:
        assert not other.external


def test_a_new_broker_replaces_the_one_of_its_name_on_the_same_port() -> None:
    with Broker("chat", private=True) as first:
        earlier = process_of(first)
        with Broker("chat", private=True) as second, Broker("other", private=True) as other:
            assert second.url == first.url != other.url
            assert not earlier.is_running()
            first.stop()  # is replaced already: this ends nobody
            assert second.clients() == []


def test_a_port_that_another_program_answers_on_is_not_taken_for_ours(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Taken(room.Port):
        def __init__(self) -> None:
            super().__init__()
            if not tried:
                self.number = broker.port
            tried.append(self.number)

    tried: list[int] = []
    monkeypatch.setattr(room, "Port", Taken)
    with Broker(kind=broker.kind) as second:
        assert tried == [broker.port, second.port]
        assert process_of(second) != process_of(broker)


def test_a_program_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho 'out of order' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BrokerError, match=r"redis-server did not start: out of order$"):
        Broker(kind="redis")
    assert list(tmp_path.iterdir()) == [broken]


@pytest.fixture
def put_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put a script under a name before everything else that is on PATH."""

    def put(name: str, script: str) -> Path:
        folder = tmp_path / "first on PATH"
        folder.mkdir()
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        return folder

    return put


def test_a_broken_program_gives_way_to_the_next(put_first: Callable[[str, str], Path]) -> None:
    if "valkey" not in KINDS:
        pytest.skip("needs Valkey")
    put_first("redis-server", "exit 1")
    with Broker() as broker:
        assert broker.kind == "valkey"


def test_a_script_that_starts_the_broker_leaves_nothing(
    put_first: Callable[[str, str], Path], tmp_path: Path
) -> None:
    real = shutil.which("redis-server") or pytest.skip("needs redis-server")
    folder = put_first("redis-server", f'"{real}" "$@"\necho ended')
    with Broker(kind="redis") as broker:
        process = process_of(broker)
        broker.restart()
        wait_for_the_end(process)
        process = process_of(broker)
    wait_for_the_end(process)
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("url", ["redis://localhost:abc", "http://x", "foo", "redis://a:99999"])
def test_a_redis_url_that_is_no_address_is_one_clear_error(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(BrokerError, match=f"REDIS_URL '{url}' is not the address of a broker"):
        Broker()


@pytest.mark.parametrize(
    ("system", "release", "advice"),
    [
        ("Linux", {"ID": "debian"}, "sudo apt install redis-server"),
        ("Linux", {"ID": "mint", "ID_LIKE": "ubuntu debian"}, "sudo apt install redis-server"),
        ("Linux", {"ID": "fedora"}, "sudo dnf install valkey"),
        ("Linux", {"ID": "arch"}, "the package redis or valkey of your distribution"),
        ("Darwin", {}, "brew install redis"),
        ("Windows", {}, "Windows Subsystem for Linux"),
        ("FreeBSD", {}, "on PATH"),
    ],
)
def test_without_a_broker_the_error_says_what_to_install(
    system: str, release: dict[str, str], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_programs", lambda kind: [])
    monkeypatch.setattr(sys, "prefix", "/nowhere")
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    with pytest.raises(BrokerError, match=advice) as caught:
        Broker()
    assert str(caught.value).count(". ") == 0
    assert "REDIS_URL" in str(caught.value)


def test_a_conda_environment_is_told_to_use_conda(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conda-meta").mkdir()
    monkeypatch.setattr(room, "_programs", lambda kind: [])
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(BrokerError, match="conda install -c conda-forge redis-server"):
        Broker()


def test_redis_is_preferred_and_the_bundled_valkey_comes_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if KINDS != ["redis", "valkey"]:
        pytest.skip("needs both kinds")
    with Broker() as preferred:
        assert preferred.kind == "redis"
    for tool in ("mktemp", "rm"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    monkeypatch.setenv("PATH", str(tmp_path))
    with Broker() as bundled:
        assert bundled.kind == "valkey"


def test_in_a_notebook_a_cell_again_replaces_and_the_monitor_is_live() -> None:
    cells = """
        from redis import Redis
        from workbook import Broker
        broker = Broker(private=True)
        first = broker.url
        --
        broker = Broker(private=True)
        print(broker.url == first, broker.name)
        --
        broker.monitor()
        --
        Redis.from_url(broker.url).publish("CHAT", "hello")
        print(*broker.commands())
    """
    sources = textwrap.dedent(cells).split("--\n")
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    _, again, shown, asked = notebook.cells
    assert again.outputs[0].text == "True broker\n"
    line = "client 1  PUBLISH      CHAT  hello"
    assert asked.outputs[-1].text == f"{line}\n"
    [display] = shown.outputs
    title, *lines = display.data["text/plain"].splitlines()
    assert title.startswith("MONITOR at 127.0.0.1:")
    assert lines == [line]


def test_a_stopped_broker_says_so(broker: Broker) -> None:
    broker.stop()
    with pytest.raises(BrokerError, match="not running it"):
        broker.restart()
    with pytest.raises((BrokerError, RedisError)):
        broker.clients()

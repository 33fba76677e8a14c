"""A running submission as a check uses it: connect clients, let time pass, look behind."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from workbook.grader.channel import WorkerFailed
from workbook.grader.client import LEAVINGS, Client
from workbook.grader.conversation import SLACK, Conversation
from workbook.grader.diagnosis import diagnose
from workbook.grader.left import Remains, compare
from workbook.grader.lives import Lives, piled_up, unfinished, waiting_twice
from workbook.grader.mistakes import Mistake, Why, reason
from workbook.grader.submission import Submission
from workbook.grader.worker import Worker

REFUSALS = (401, 403)
STILL_ROUNDS, LONG_ROUND = 3, 1.0  # so many long rounds of the loop, or seconds, are no chance
LOOK_TIME = 0.25  # seconds of server time between two looks
LOOK_PAUSE = 0.03  # real seconds, for what waits for the network


class Server:
    """One worker with the submission's `app`.

    Args:
        conversation: what is held with it, and perhaps with other workers.
        worker: its process, already started.
        submission: the file.
        path: the endpoint that the exercise is about.
    """

    def __init__(
        self, conversation: Conversation, worker: Worker, submission: Submission, name: str = ""
    ) -> None:
        self._talk, self._worker, self._submission = conversation, worker, submission
        self.name = name
        conversation.servers.append(self)

    # Clients

    @property
    def host(self) -> str:
        """What clients send as `Host`."""
        return f"127.0.0.1:{self._worker.port}"

    def connect(
        self,
        name: str = "",
        path: str = "/ws",
        *,
        query: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        origin: str | None = None,
        headers: dict[str, str] | None = None,
        subprotocols: list[str] | None = None,
        reads: bool = True,
        slack: float = SLACK,
        why: Why = None,
    ) -> Client:
        """Open a connection; `slack` is the server time that the handshake may take.

        Raises:
            Mistake: the handshake was refused or never answered.
        """
        client = self.knock(
            name, path, query=query, cookies=cookies, origin=origin, headers=headers,
            subprotocols=subprotocols, reads=reads, slack=slack,
        )  # fmt: skip
        return self._let_in(client, path, why)

    def connect_together(
        self,
        arriving: dict[str, str],
        meanwhile: Callable[[], None],
        why: Why = None,
        cookies: dict[str, dict[str, str]] | None = None,
    ) -> list[Client]:
        """Open several connections, whose requests are all there before one can be answered.

        Args:
            arriving: for the name of each client, the path that it asks for, with its query.
            meanwhile: what is done when all have arrived.
            why: the explanation, if one is not let in.
            cookies: for the name of each client, its cookies.

        Raises:
            Mistake: a handshake was refused or never answered.
        """
        clients = [Client(self._talk, name) for name in arriving]
        for client in clients:
            extra = _headers((cookies or {}).get(client.name))
            client.begin(self._worker.port, arriving[client.name], additional_headers=extra)
        self._talk.run(self._talk.settle())
        meanwhile()
        for client in clients:
            client.finish()
        return [self._let_in(client, arriving[client.name], why) for client in clients]

    def _let_in(self, client: Client, path: str, why: Why) -> Client:
        """The client, which must have been let in."""
        if client.is_open or client.closed is not None:
            return client
        if client.status is None:
            self._talk.record(
                client.name, "silence", failed=True, expected="the handshake completed"
            )
            raise Mistake(
                f"{client} asked for a connection, and the server never answered the handshake.",
                reason(why, client)
                or "The endpoint seems to wait for something before it calls `accept()`.",
            )
        self._talk.mark(len(self._talk.events) - 1, "the handshake completed")
        told = f"HTTP {client.status}" if client.status else "a cut connection"
        raise Mistake(
            f"{client} asked for a connection; it should have been let in. The answer was {told}.",
            self._about_no_endpoint(client.status, path)
            or reason(why, client)
            or self._about_refusal(client.status, path),
        )

    def knock(
        self,
        name: str = "",
        path: str = "/ws",
        *,
        query: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        origin: str | None = None,
        headers: dict[str, str] | None = None,
        subprotocols: list[str] | None = None,
        reads: bool = True,
        slack: float = SLACK,
    ) -> Client:
        """Ask for a connection and return the client, whether it was let in or not."""
        client = Client(self._talk, name or self._next_name())
        extra = {**(headers or {}), **_headers(cookies)}
        options: dict[str, Any] = {"additional_headers": extra, "reads": reads, "slack": slack}
        if origin is not None:
            options["origin"] = origin
        if subprotocols:
            options["subprotocols"] = subprotocols
        target = f"{path}?{urlencode(query)}" if query else path
        client.open(self._worker.port, target, **options)
        return client

    def _next_name(self) -> str:
        names = {client.name for client in self._talk.clients}
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return next((letter for letter in letters if letter not in names), f"{len(names) + 1}")

    def expect_refused(
        self, name: str = "", path: str = "/ws", why: Why = None, **options: Any
    ) -> Client:
        """Ask for a connection that must be refused: HTTP 403 or 401, before `accept()`."""
        client = self.knock(name, path, **options)
        if client.status in REFUSALS:
            return client
        expected = "HTTP 403"
        if client.is_open or client.closed is not None:
            self._talk.run(self._talk.settle())
            opened = [i for i, e in enumerate(self._talk.events) if e.client == client.name]
            self._talk.mark(opened[-1], expected)
            came = (
                f"it was let in, and then closed with {client.closed}"
                if client.closed
                else "it was let in"
            )
            raise Mistake(
                f"{client} should have been refused at the handshake; {came}.", reason(why, client)
            )
        if client.status is None:
            self._talk.record(client.name, "silence", failed=True, expected=expected)
            raise Mistake(
                f"{client} should have been refused at the handshake;"
                " the server never answered it.",
                reason(why, client),
            )
        self._talk.mark(len(self._talk.events) - 1, expected)
        told = f"HTTP {client.status}" if client.status else "a cut connection"
        raise Mistake(
            f"{client} should have been refused with HTTP 403 (or 401); the answer was {told}.",
            reason(why, client) or self._about_refusal(client.status, path),
        )

    def _about_no_endpoint(self, status: int | None, path: str) -> str | None:
        if status not in (403, 404):
            return None
        target, routes = path.partition("?")[0], self._talk.run(self._worker.routes())
        if routes is not None and not any(_leads_to(r, target) for r in routes):
            has = ", ".join(routes) if routes else "none at all"
            return f"The server has no WebSocket endpoint for {target}. It has: {has}."
        return None

    def _about_refusal(self, status: int | None, path: str) -> str | None:
        if absent := self._about_no_endpoint(status, path):
            return absent
        if status in REFUSALS:
            return (
                "That is what a client gets when the endpoint refuses before `accept()`, or when a"
                " parameter of it is missing or does not validate."
            )
        return None

    # Time

    def wait(self, seconds: float) -> None:
        """Let `seconds` of server time pass, in an instant."""
        self._talk.record("", "time", f"{round(seconds, 2):g} s pass")
        self.pass_unseen(seconds)

    def pass_unseen(self, seconds: float) -> None:
        """Let `seconds` of server time pass that are no part of the conversation."""
        self._talk.run(self._talk.pass_time(seconds))

    @property
    def now(self) -> float:
        """Seconds of server time since the first server of the conversation was up."""
        return self._talk.clock

    @property
    def wall_clock(self) -> datetime:
        """The date and time that a clock shows at the server, in UTC."""
        # A host takes both clocks from the system when it starts, and moves them on together.
        return datetime.fromtimestamp(self._worker.now - time.monotonic() + time.time(), UTC)

    def wait_until(self, moment: float) -> None:
        """Let server time pass until `now` is `moment`."""
        if moment > self.now:
            self.wait(round(moment - self.now, 6))

    def send_as_time_passes(self, client: Client, seconds: float, *messages: str) -> None:
        """Let `seconds` pass at the very moment at which a client's messages arrive.

        The messages and what falls due meanwhile are then handled in one round of the event loop.
        """
        self._talk.run(self._talk.settle())
        self._talk.record("", "time", f"{seconds:g} s pass, and at that very moment:")
        self._talk.run(self._worker.request("leap", to=self._worker.now + seconds))
        self._talk.clock += seconds
        with self._talk.at_one_moment():
            for message in messages:
                client.send(message)
        self.settle()

    def settle(self) -> None:
        """Wait until all that was said has had its effect.

        A program that looks again every now and then is given the time to look.
        """
        _, next_timer = self._talk.run(self._talk.settle())
        if next_timer is not None and next_timer < LOOK_TIME:
            self.pass_unseen(LOOK_TIME)

    # Behind the wire

    def tasks(self) -> list[dict]:
        """The tasks of connections that run now; see `Witness.tasks`."""
        return self._ask("tasks", "tasks")

    def remains(self) -> Remains:
        """What is there now: tasks, connections, errors, after all that was said had its effect."""
        self._talk.run(self._talk.settle())
        found = Remains(self._talk.run(self._worker.request("inspect")))
        if self._talk.broker is not None:
            found.subscriptions = self._talk.broker.subscriptions()
        return found

    def spans(self) -> list[dict]:
        """Every connection and every task that the submission's lines made, with start and end."""
        return self._ask("spans", "spans")

    def _lives(self, known: int = 0) -> Lives:
        spans = self.spans()[known:]
        return unfinished(spans, self._worker.now)

    def _ask(self, do: str, key: str) -> list[dict]:
        return self._talk.run(self._worker.request(do))[key]

    def waiting_twice(self) -> str | None:
        """The sentence about receives that wait side by side for one client, if there are any."""
        return waiting_twice(self.tasks(), self._submission)

    def expect_steady_tasks(
        self,
        talk: Callable[[], None],
        few: int = 3,
        many: int = 12,
        why: Why = None,
        what: str = "messages, all of them answered",
    ) -> None:
        """The tasks of a connection must not become more with what is said in it.

        Args:
            talk: one round of the conversation, a message and its answer.
            few: rounds before the first look.
            many: rounds between it and the second look.
            why: the explanation, if they have become more.
            what: a round, in the plural.
        """
        for _ in range(few):
            talk()
        self.settle()
        before = self.tasks()
        for _ in range(many):
            talk()
        self.settle()
        found = piled_up(before, self.tasks(), many, what, self._submission)
        if found:
            raise Mistake(found, reason(why, None), self._lives())

    def leaves_nothing(
        self,
        visit: Callable[[str], None],
        every: tuple[str, ...] = tuple(LEAVINGS),
        who: str = "",
        afterwards: float = 0.0,
    ) -> None:
        """What one visit leaves, further visits must not add to.

        A first visit may wake what the program keeps for all: a listener, a ticker, a pool. What
        grows with every further visit belongs to a connection and should have gone with it.

        Args:
            visit: holds a conversation and leaves in the way that its argument names.
            every: the ways of leaving, see `Client.leave`.
            who: the two clients of a round in words, where they do not leave by themselves.
            afterwards: seconds of server time after which the log must still be empty.

        Raises:
            Mistake: tasks or connections have been left, the server's log has errors, or it slept.
        """
        visit(every[0])
        before, known = self.remains(), len(self.spans())
        for how in every:
            visit(how)
            visit(how)
            told = who or f"2 clients that left {_how(how)}"
            self._expect_no_more_than(before, known, told)
        if afterwards:
            self.wait(afterwards)
            self._expect_no_more_than(
                before, known, f"the clients had gone and {afterwards:g} s passed"
            )
        _expect_never_slept(self.remains())

    def leaves_as_little(self, visit: Callable[[int], None], who: str, many: int = 5) -> None:
        """What many clients leave that come together must be no more than what one leaves.

        This is for visits in which time passes: what a visit leaves until its next timer would be
        gone at the end of the next visit.

        Args:
            visit: holds a conversation with as many clients as its argument says; all leave.
            who: the clients in words, such as "that were closed".
            many: how many clients come the second time.

        Raises:
            Mistake: tasks or connections have been left, or the server's log has errors.
        """
        visit(1)
        before, known = self.remains(), len(self.spans())
        before.connections += 1  # a variable may hold the last of them, or an exception may,
        before.queues += 1  # and with it the queue of its server
        visit(many)
        self._expect_no_more_than(before, known, f"{many} clients {who}")

    def _expect_no_more_than(self, before: Remains, known: int, who: str) -> None:
        found = compare(before, self.remains, self._slack, self._submission, who)
        if found:
            raise Mistake(*found, tasks=self._lives(known))

    def _slack(self) -> None:
        """Give a program that looks again every now and then a little time, real and server's."""
        self.pass_unseen(LOOK_TIME)
        self._talk.run(asyncio.sleep(LOOK_PAUSE))

    def expect_never_blocked(self) -> None:
        """No call may have blocked the event loop: all clients wait while it lasts."""
        remains = self.remains()
        _expect_never_slept(remains)
        still = remains.still
        if len(still) >= STILL_ROUNDS or max(still, default=0) >= LONG_ROUND:
            times = "once" if len(still) == 1 else f"{len(still)} times"
            raise Mistake(
                "While one client is being served, the others should be too; the server stood still"
                f" {times}, for up to {max(still):.1f} s, and served nobody.",
                "Something computes for long, or waits without an `await`. A thread can do that:"
                " `await asyncio.to_thread(…)`. Lesson 02, “Why the loop does not block”.",
            )

    def expect_clean_log(self) -> None:
        """The server's error log must be empty."""
        found = self.remains().log_mistake(self._submission)
        if found:
            raise Mistake(*found)

    def diagnosis(self) -> list[str]:
        """Sentences about what went wrong inside, for a failure whose cause they may be."""
        try:
            remains = (
                None
                if self._talk.failure
                else Remains(self._talk.run(self._worker.request("inspect")))
            )
        except WorkerFailed as failure:
            self._talk.failure, remains = failure, None
        return diagnose(self._worker, self._talk.failure, remains, self._submission)


def _headers(cookies: dict[str, str] | None) -> dict[str, str]:
    pairs = [f"{key}={value}" for key, value in (cookies or {}).items()]
    return {"Cookie": "; ".join(pairs)} if pairs else {}


def _expect_never_slept(remains: Remains) -> None:
    for blocked in remains.blocked:
        if blocked["seconds"] > 0:
            raise Mistake(
                "While one client is being served, the others should be too; the server slept"
                f" for {blocked['seconds']:g} s and served nobody.",
                None,
            )


def _how(how: str) -> str:
    return {
        "politely": "politely",
        "going away": "with close code 1001, as a closed browser tab does,",
        "rudely": "with a TCP reset",
        "vanishing": "without a close frame",
    }[how]


def _leads_to(route: str, target: str) -> bool:
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route))
    return re.fullmatch(pattern, target) is not None

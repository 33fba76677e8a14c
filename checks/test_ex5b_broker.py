"""Checks for exercise 5b, a chat over a broker."""

import json

from workbook.grader import TEXTS, Mistake, about_text, parsed, points

SILENCE = 65  # seconds in which nobody says anything

# The chapter's program subscribes anew after every message that a client sends, and misses what
# comes in between. Here one client speaks at a time, and the next one when all has settled.


@points(1)
def test_passes_a_message_on_to_the_others(worker_with_broker, broker, submission):
    """You pass a message on, over the broker, to clients of other names."""
    worker = worker_with_broker("worker 1")
    ada, grace = join(worker, "Ada"), join(worker, "Grace")
    nameless = join(worker, "nameless", None)

    def why(came):
        return about_the_shape(came) or about_silence(came, broker, submission)

    say(ada, worker, "good morning")
    for client in (grace, nameless):
        client.expect_json(line("Ada", "good morning"), why=why)
    say(nameless, worker, "who is there?")
    for client in (ada, grace):
        client.expect_json(
            line("Anonymous", "who is there?"), why=lambda came: why(came) or own_or_twice(came)
        )
    worker.wait(SILENCE)
    say(grace, worker, "still here?")
    for client in (ada, nameless):
        client.expect_json(line("Grace", "still here?"), why=about_the_quiet)
    for client in (ada, grace, nameless):
        client.expect_nothing(why=own_or_twice)
    expect_the_broker_was_used(broker, submission)


@points(2)
def test_reaches_clients_on_every_worker(workers, broker, submission):
    """You reach the clients on every worker, in both directions."""
    first, second = workers
    ada, grace = join(first, "Ada"), join(second, "Grace")
    alan, edsger = join(second, "Alan"), join(first, "Edsger")
    for speaker, listeners in (
        (ada, (grace, alan, edsger)),
        (grace, (ada, alan, edsger)),
        (ada, (grace, alan, edsger)),
        (alan, (ada, grace, edsger)),
    ):
        say(speaker, first, "can you hear me?")
        for listener in listeners:
            listener.expect_json(
                line(speaker.name, "can you hear me?"),
                why=lambda came: about_silence(came, broker, submission),
            )
    for client in (ada, grace, alan, edsger):
        client.expect_nothing(why=own_or_twice)


@points(1)
def test_passes_text_on_exactly_as_it_was(workers):
    """You pass every text on exactly as it came, under the right name."""
    first, second = workers
    name = "Ada: {Zoë} & 世界 + 1"
    ada, grace = join(first, "Ada", name), join(second, "Grace")
    for text in [*TEXTS, "again", "again"]:
        say(ada, first, text)
        grace.expect_json(line(name, text), why=about_text(text, about_texts))
    grace.expect_nothing(why="Each message arrives once.")


@points(2)
def test_no_client_of_the_senders_name_gets_it(workers):
    """You send a message to no client of the sender's name, on any worker."""
    first, second = workers
    phone, laptop = join(first, "Ann's phone", "Ann"), join(first, "Ann's laptop", "Ann")
    tablet, anna = join(second, "Ann's tablet", "Ann"), join(second, "Anna")
    lower = join(first, "ann")
    nobody, somebody = join(first, "nameless 1", None), join(second, "nameless 2", None)
    say(phone, first, "it is me, Ann, not Anna")
    for client in (anna, lower, nobody, somebody):
        client.expect_json(line("Ann", "it is me, Ann, not Anna"), why=about_whole_names)
    for client in (phone, laptop, tablet):
        client.expect_nothing(why=about_the_name)
    say(anna, second, "hello Ann")
    for client in (phone, laptop, tablet, lower, nobody, somebody):
        client.expect_json(line("Anna", "hello Ann"), why=about_whole_names)
    say(somebody, second, "Anonymous")
    for client in (phone, laptop, tablet, anna, lower):
        client.expect_json(line("Anonymous", "Anonymous"), why=about_whole_names)
    for client in (phone, laptop, tablet, anna, lower, nobody, somebody):
        client.expect_nothing(why=about_the_name)


@points(1)
def test_reaches_each_client_once_while_others_come_and_go(workers, broker):
    """You reach each client once, while others leave and new ones come."""
    first, second = workers
    broker.hold("to worker")
    arriving = {f"client {n}": f"/ws?username=client+{n}" for n in (1, 2)}
    clients = first.connect_together(arriving, broker.release)
    first.settle()
    clients += [join(workers[n % 2], f"client {n}") for n in range(3, 9)]
    twins = [join(first, f"client {n}, too", f"client {n}") for n in (2, 4)]

    def everybody_hears(speaker, why=about_coming_and_going):
        say(speaker, first, "hello")
        for client in [*clients, *twins]:  # those of a name that has left hear on
            if client is not speaker:
                client.expect_json(line(speaker.name, "hello"), why=why)

    everybody_hears(clients[0], about_coming_together)
    for how, leaving in zip(("politely", "rudely", "vanishing"), clients[1:4], strict=True):
        leaving.leave(how)
        clients.remove(leaving)
        first.settle()
    everybody_hears(clients[1])
    clients += [join(second, "newcomer"), join(first, "latecomer")]
    for speaker in clients[::2]:
        everybody_hears(speaker)
    hasty, (ada, grace) = join(first, "hasty"), clients[-2:]  # on worker 2, and on worker 1
    broker.hold("to worker")
    hasty.send("one")
    hasty.send("two")
    hasty.leave("politely")  # while the first one waits for the broker
    first.settle()
    broker.release()
    first.settle()
    for client in [*clients, *twins]:
        hear_in_any_order(client, [line("hasty", "one"), line("hasty", "two")], about_last_words)
        client.expect_nothing(why=own_or_twice)
    dying = join(first, "dying")
    broker.hold("to worker", only="commands")
    dying.send("wait for me")  # its endpoint waits for the broker, and may see nothing else
    first.settle()
    dying.leave("rudely")
    say(ada, first, "it died")
    broker.release()
    first.settle()
    hear_at_last(grace, line(ada.name, "it died"))
    say(ada, first, "and now?")
    hear_at_last(grace, line(ada.name, "and now?"))


@points(1)
def test_serves_others_while_the_broker_is_slow(workers, broker):
    """You serve your other clients while a message waits for the broker."""
    first, second = workers
    ada, grace = join(first, "Ada"), join(second, "Grace")
    say(ada, first, "quick")
    grace.expect_json(line("Ada", "quick"))
    alan = join(first, "Alan")
    broker.hold("to worker")
    ada.send("slow")
    alan.send("slow, too")
    for _ in range(20):
        first.tasks()  # an answer that a worker gives whose event loop is not blocked
    broker.release()
    first.settle()
    both = [line("Ada", "slow"), line("Alan", "slow, too")]
    hear_in_any_order(grace, both, about_two_who_wait)
    for worker in workers:
        worker.expect_never_blocked()


@points(2)
def test_leaves_nothing_behind(workers, broker):
    """When a client leaves, however it goes, nothing of it stays and your log has no error."""
    first, second = workers
    ada, grace = join(first, "Ada"), join(second, "Grace")

    def silent_visit(how):
        join(first, "guest").leave(how)

    def visit(how):
        guest = join(first, "guest")
        say(guest, first, "hello")
        for client in (ada, grace):
            client.expect_json(line("guest", "hello"), why=about_coming_and_going)
        say(grace, first, "hello guest")
        for client in (ada, guest):
            client.expect_json(line("Grace", "hello guest"), why=about_coming_and_going)
        guest.leave(how)
        first.settle()
        say(grace, first, "gone")
        ada.expect_json(line("Grace", "gone"), why=about_coming_and_going)

    first.leaves_nothing(silent_visit)
    first.leaves_nothing(visit, every=("rudely",))

    def one_comes_and_goes():
        guest = join(first, "guest")
        say(guest, first, "hello")
        guest.leave("politely")
        first.settle()

    broker.expect_no_more_connections(one_comes_and_goes, clients=1)
    second.expect_clean_log()


def join(worker, name, username=""):
    """A new client; its `username` is its name here, unless another or None is given.

    A program may subscribe after it has accepted, so nobody speaks before all has settled.
    """
    username = name if username == "" else username
    client = worker.connect(name, query=None if username is None else {"username": username})
    worker.settle()
    return client


def say(client, worker, text):
    """Send a text and wait until it has had its effect, on all workers."""
    client.send(text)
    worker.settle()


def line(username, text):
    """What the others receive."""
    return {"username": username, "message": text}


def hear_in_any_order(client, lines, why):
    """All of these must come; only exercise 5c asks for an order."""
    left = list(lines)
    while left:
        shown = json.dumps(left[0], ensure_ascii=False)
        came = client.receive(shown, why=why)
        heard = parsed(came)
        if heard not in left:
            client.reject(came, shown, why=own_or_twice)
        left.remove(heard)


def hear_at_last(client, expected):
    """This must come; the last words of one that died may have come before it, or not."""
    shown = json.dumps(expected, ensure_ascii=False)
    came = client.receive(shown, why=about_the_dead)
    if isinstance(came, str) and "wait for me" in came:
        came = client.receive(shown, why=about_the_dead)
    if parsed(came) != expected:
        client.reject(came, shown, why=own_or_twice)


def expect_the_broker_was_used(broker, submission):
    """Everybody heard everything; but did it go over the broker that REDIS_URL names?"""
    for number, relay in enumerate(broker.relays, 1):
        if not relay.opened:
            raise Mistake(
                f"The messages arrived on this worker; but worker {number} has not even connected"
                " to the broker that REDIS_URL names, so no other worker can hear of them.",
                about_the_address(submission)
                or "What is kept in a list, or in `memory://`, stays within one process. Lesson 05,"
                " “Two workers”.",
            )


def about_the_address(submission):
    """The broker's address is written into the program."""
    at = submission.line_of_text(r"://(localhost|127\.0\.0\.1)")
    if at and not submission.line_of_text(r"REDIS_URL[\"']"):
        return (
            f"The address is written into {submission.at(at)}; it should be taken from the"
            " environment variable REDIS_URL: redis://localhost:6379 is only what it is by default."
        )
    return None


def about_silence(came, broker, submission):
    """Why nothing came, as far as the links to the broker tell."""
    if came is not None:
        return None
    if not all(relay.opened for relay in broker.relays):
        return about_the_address(submission) or (
            "Not every worker has connected to the broker that REDIS_URL names. What is kept in a"
            " list stays within one process. Lesson 05, “Two workers”."
        )
    if any(relay.count(b"\r\nmessage\r\n", "to worker") for relay in broker.relays):
        return (
            "The broker did hand the message to the worker; it never reached the client. Does its"
            " endpoint wait for something else first, such as a text of this client? To receive and"
            " to listen go on side by side. Or did the task that listens end with an error?"
        )
    if any(relay.count(b"\r\nPUBLISH\r\n") for relay in broker.relays):
        return (
            "The message was published, but the broker had nobody to hand it to. A client is to"
            " hear the others from the moment it is connected, before it has said anything itself."
        )
    return (
        "Nothing was published. The sender's endpoint may be waiting for something else: to receive"
        " and to listen go on side by side."
    )


def about_the_shape(came):
    """What is known to lead to messages like this one."""
    if not isinstance(came, str):
        return None
    if came.startswith('"'):
        return "That is JSON inside JSON: `send_json()` takes the object itself, not its text."
    if not came.startswith("{"):
        return 'Each message is a JSON object with the keys "username" and "message".'
    return None


def about_texts(came):
    """What may happen to names and texts on their way."""
    if came is None:
        return (
            "Every text is a message, also an empty one. And a name may stand in a text: compare"
            " the sender's name, and nothing else."
        )
    return about_the_shape(came) or (
        "Whatever characters a name or a text is made of, it must arrive as it was: let `json` or"
        " Pydantic pack the two, rather than doing so by hand."
    )


def own_or_twice(came):
    """Something came that should not have."""
    if came is not None and not isinstance(came, str | bytes):
        return None
    return (
        "No client of the sender's name gets a message, and the others do not get it twice. The"
        " broker hands every message to all who have subscribed, the sender's worker too."
    )


def about_the_quiet(came):
    """A client heard nothing after a long silence, or was not there any more."""
    if isinstance(came, str):
        return own_or_twice(came)
    return (
        f"Nobody had said anything for {SILENCE} s. A time-out, such as `socket_timeout`, ends"
        " whatever listens, and no message is no error: listen on, for as long as it takes."
    )


def about_two_who_wait(came):
    """What one of two said did not arrive, when the broker was slow."""
    if came is None:
        return (
            "Two clients of one worker spoke while the broker was slow, so that both messages"
            " waited for it at one time."
        )
    return own_or_twice(came)


def about_the_name(came):
    """A client got what its own name had said."""
    if not isinstance(came, str):
        return None
    return (
        "Another connection has the sender's name. It is names that count here, on every worker,"
        " not connections: that is how the chapter's program does it."
    )


def about_whole_names(came):
    """A client of another name did not get it."""
    if came is None:
        return (
            "`Ann`, `Anna` and `ann` are three names, and a name may stand in a text too: compare"
            " whole names."
        )
    return None


def about_last_words(came):
    """A client spoke and left, while the broker was slow."""
    if came is None:
        return (
            "It said this and left, while the broker was slow. What was read from a client is"
            " still passed on after it has gone."
        )
    return own_or_twice(came)


def about_the_dead(came):
    """A client was not served because another one had died."""
    if came is None:
        return (
            "Another client had died just before, and a message could not be sent to it. Whoever"
            " sends to many goes on with the others when one of them fails."
        )
    return None


def about_coming_together(came):
    """A client heard nothing, or heard it twice, when two had come at one moment."""
    told = (
        "Clients 1 and 2 came at one moment, while the broker was slow. Between a look (`if task is"
        " None`) and an `await` that follows it, another task may look as well."
    )
    return told if came is None else f"{own_or_twice(came)} {told}"


def about_coming_and_going(came):
    """A client did not hear it, or heard something else, after others left or came."""
    if came is None:
        return (
            "Everything went well until others have left, or new ones have come. Whose subscription"
            " is it that ends when a client leaves?"
        )
    return own_or_twice(came)

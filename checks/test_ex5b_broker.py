"""Checks for exercise 5b, a chat over a broker."""

import json
from functools import partial

from workbook.grader import TEXTS, Mistake, parsed, points
from workbook.grader import about_text as about_the_change
from workbook.grader.plugin import CannotBeGraded

SILENCE = 65  # seconds in which nobody says anything
MANY = 45  # clients of one worker: there may be any number
VISITS = 6  # after which the keys at the broker are counted
EQUAL = "The same had been said before, and came then: two equal texts are two messages."

# The chapter's program subscribes anew after every message that a client sends, and misses what
# comes in between. Here one client speaks at a time, and the next one when all has settled.


@points(1)
def test_passes_a_message_on_to_the_others(worker_with_broker, broker, submission):
    """You pass a message on, over the broker, to clients of other names."""
    worker = start(worker_with_broker, submission)
    ada, grace = (join(worker, name, submission=submission) for name in ("Ada", "Grace"))
    nameless = join(worker, "nameless", None)

    def why(came):
        return about_the_shape(came) or about_silence(came, broker, submission, worker)

    say(ada, worker, "good morning")
    for client in (grace, nameless):
        client.expect_json(
            line("Ada", "good morning"),
            why=lambda came: why(came) or about_the_names(came, "Ada", "good morning"),
        )
    say(nameless, worker, "who is there?")
    for client in (ada, grace):
        client.expect_json(
            line("Anonymous", "who is there?"),
            why=lambda came: (
                why(came)
                or about_the_names(came, "Anonymous", "who is there?")
                or own_or_twice(came)
            ),
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

    def why(came):
        return about_silence(came, broker, submission, first, second)

    for speaker, listeners in (
        (ada, (grace, alan, edsger)),
        (grace, (ada, alan, edsger)),
        (alan, (ada, grace, edsger)),
    ):
        say(speaker, first, "can you hear me?")
        for listener in listeners:
            listener.expect_json(line(speaker.name, "can you hear me?"), why=why)
    say(ada, second, "can you hear me?")
    for listener in (grace, alan, edsger):
        listener.expect_json(
            line("Ada", "can you hear me?"), why=lambda came: EQUAL if came is None else why(came)
        )
    for client in (ada, grace, alan, edsger):
        client.expect_nothing(why=own_or_twice)
    for leaving in (grace, alan):  # the last ones there
        leaving.leave("politely")
        second.settle()
    donald = join(second, "Donald")
    for speaker, listener in ((ada, donald), (donald, ada)):
        say(speaker, first, "anybody there?")
        listener.expect_json(line(speaker.name, "anybody there?"), why=about_an_empty_worker)


def about_an_empty_worker(came):
    """Nothing came to one that had come to a worker after all its clients had left."""
    if came is None:
        return (
            "All clients of worker 2 had left before Donald came. Whoever gives the worker's"
            " subscription back with the last client takes a new one with the next, and starts"
            " again whatever listens."
        )
    return own_or_twice(came)


@points(1)
def test_passes_text_on_exactly_as_it_was(workers):
    """You pass every text on exactly as it came, under the right name."""
    first, second = workers
    name = " Ada & Zoë + 世界: {1} | \"A\\B\", 'C'; <d> {e} %s, and so on "
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
    lower = join(first, "small ann", "ann")
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
    clients, twins = some_come_together(workers, broker)
    some_leave_and_others_come(workers, clients, twins)
    one_speaks_and_leaves(workers[0], broker, [*clients, *twins])
    one_dies_while_it_waits(workers[0], broker, clients[-2:])
    many_come(workers[0], clients[-2:])


def some_come_together(workers, broker):
    """Two clients come at one moment, and more of them later; two names come twice."""
    first = workers[0]
    broker.hold("to worker")
    arriving = {f"client {n}": f"/ws?username=client+{n}" for n in (1, 2)}
    clients = first.connect_together(arriving, broker.release)
    first.settle()
    clients += [join(workers[n % 2], f"client {n}") for n in range(3, 9)]
    twins = [join(first, f"client {n}, too", f"client {n}") for n in (2, 4)]
    everybody_hears(first, clients[0], [*clients, *twins], about_coming_together)
    everybody_hears(first, clients[1], [*clients, twins[1]], about_coming_together)
    for client in [*clients, *twins]:
        client.expect_nothing(why=about_coming_together)
    return clients, twins


def some_leave_and_others_come(workers, clients, twins):
    """Clients leave in each way, and others come; `clients` ends with one on each worker."""
    first, second = workers
    for how, leaving in zip(("politely", "rudely", "vanishing"), clients[1:4], strict=True):
        leaving.leave(how)
        clients.remove(leaving)
        first.settle()
    everybody_hears(first, clients[1], [*clients, *twins])
    clients += [join(second, "newcomer"), join(first, "latecomer")]
    for speaker in clients[::2]:
        everybody_hears(first, speaker, [*clients, *twins])


def one_speaks_and_leaves(worker, broker, listeners):
    """A client leaves while the first of its two messages waits for the broker."""
    hasty = join(worker, "hasty")
    broker.hold("to worker")
    hasty.send("one")
    hasty.send("two")
    hasty.leave("politely")
    worker.settle()
    broker.release()
    worker.settle()
    for client in listeners:
        hear_in_any_order(client, [line("hasty", "one"), line("hasty", "two")], about_last_words)
        client.expect_nothing(why=own_or_twice)


def one_dies_while_it_waits(worker, broker, others):
    """A client dies while its endpoint waits for the broker, and may see nothing else."""
    speaker, listener = others  # on the other worker, and on the dying one's
    dying, after = join(worker, "dying"), join(worker, "after")
    broker.hold("to worker", only="commands")
    dying.send("wait for me")
    worker.settle()
    dying.leave("rudely")
    say(speaker, worker, "it died")
    broker.release()
    worker.settle()
    for client in (listener, after):
        hear_at_last(client, line(speaker.name, "it died"))
    say(speaker, worker, "and now?")
    hear_at_last(listener, line(speaker.name, "and now?"))


def many_come(worker, others):
    """A worker has as many clients as come."""
    names = [f"guest {number}" for number in range(1, MANY + 1)]
    asked = {name: f"/ws?username={name.replace(' ', '+')}" for name in names}
    guests = worker.connect_together(asked, lambda: None, why=about_many)
    worker.settle()
    for client in others:
        while client.waiting:  # last words of the one that died
            client.receive()
    for guest in guests:
        if guest.closed is not None:
            guest.expect_nothing(why=about_many)
    say(guests[0], worker, "hi")
    for client in [*guests[1:], *others]:
        client.expect_json(line("guest 1", "hi"), why=about_many)


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
    one_says_much(workers, broker, ada)


def one_says_much(workers, broker, speaker):
    """Much is said, all of which comes to the other worker at one moment."""
    first, second = workers
    listener = join(second, "Barbara")
    broker.relays[1].hold("to worker")
    said = [f"number {number}" for number in range(1, 61)]
    speaker.send(*said)
    first.settle()
    broker.release()
    second.settle()
    hear_in_any_order(listener, [line(speaker.name, text) for text in said], about_a_burst)


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

    def one_comes_and_goes(how):
        guest = join(first, "guest")
        say(guest, first, "hello")
        guest.leave(how)
        first.settle()

    for how in ("politely", "rudely"):
        broker.expect_no_more_connections(partial(one_comes_and_goes, how), clients=1)
        expect_no_keys_of_those_who_left(broker, first, grace, how)
    second.expect_clean_log()


def start(worker_with_broker, submission):
    """A worker; it cannot start where its program looks for a broker at an address of its own."""
    try:
        return worker_with_broker("worker 1")
    except CannotBeGraded as failure:
        told = about_the_address(submission)
        if told is None:
            raise
        raise Mistake(str(failure), told) from None


def join(worker, name, username="", submission=None):
    """A new client; its `username` is its name here, unless another or None is given.

    A program may subscribe after it has accepted, so nobody speaks before all has settled.
    """
    username = name if username == "" else username
    client = worker.connect(name, query=None if username is None else {"username": username})
    worker.settle()
    if client.closed is not None:
        told = about_the_address(submission) if submission else None
        client.expect_nothing(why=lambda came: told or about_the_end(came))
    return client


def say(client, worker, text):
    """Send a text and wait until it has had its effect, on all workers."""
    client.send(text)
    worker.settle()


def line(username, text):
    """What the others receive."""
    return {"username": username, "message": text}


def everybody_hears(worker, speaker, clients, why=None):
    """All hear what one of them says, once; those of a name that has left hear on."""
    say(speaker, worker, "hello")
    for client in clients:
        if client is not speaker:
            client.expect_json(line(speaker.name, "hello"), why=why or about_coming_and_going)


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


def expect_no_keys_of_those_who_left(broker, worker, speaker, how):
    """Keys at the broker may be there for all; those of a client go with it, soon or later."""
    say(speaker, worker, "is anybody there?")
    before = broker.lasting_keys()
    for _ in range(VISITS):
        join(worker, "guest").leave(how)
        worker.settle()
    say(speaker, worker, "is anybody there?")  # and inboxes of those who are not get it too
    if broker.lasting_keys() < before + VISITS:
        return
    worker.wait(SILENCE)
    more = broker.lasting_keys() - before
    if more >= VISITS:
        raise Mistake(
            f"{VISITS} clients came and left without a word, and somebody spoke: {more} more keys"
            " are at the broker, and none of them expires.",
            "What is kept at the broker for one client, such as an inbox, is deleted when that"
            " client leaves; and nothing is put there for those who have left.",
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


def about_silence(came, broker, submission, *workers):
    """Why nothing came, as far as the links to the broker tell."""
    if came is not None:
        return about_the_end(came)
    if not all(relay.opened for relay in broker.relays):
        return about_the_address(submission) or (
            "Not every worker has connected to the broker that REDIS_URL names. What is kept in a"
            " list stays within one process. Lesson 05, “Two workers”."
        )
    if any(relay.count(b"\r\nmessage\r\n", "to worker") for relay in broker.relays):
        return (
            "The broker did hand the message to the worker; it never reached the client."
            f" {about_the_listener(workers, submission)}"
        )
    if broker.was_told(b"\r\nPUBLISH\r\n"):
        return (
            "The message was published, but the broker had nobody to hand it to. A client is to"
            " hear the others from the moment it is connected, before it has said anything itself."
        )
    if broker.was_told(b"PUSH\r\n", b"XADD\r\n"):
        return (
            "It went to the broker, into a list or a stream. What one worker takes out of a list no"
            " other gets; and a stream is read on from the last entry that was read, lest what came"
            " in between be missed."
        )
    return (
        "Nothing was published. Does the message go to the broker at all? What goes from list to"
        " list of connections stays within one process (lesson 05, “Two workers”). Or the sender's"
        " endpoint waits for something else: to receive and to listen go on side by side."
    )


def about_the_listener(workers, submission):
    """Why what the broker handed to a worker did not go on to the client."""
    for worker in workers:
        for span in worker.spans():
            if span["how"] == "failed" and span["line"]:
                return f"The task made in {submission.at(span['line'])} has ended with an error."
    return (
        "Does its endpoint wait for something else first, such as a text of this client? To receive"
        " and to listen go on side by side. Or do several clients take from one queue? Each message"
        " then goes to one of them. Or did the task that listens end with an error?"
    )


def about_the_end(came):
    """The server ended a connection on which it should have sent."""
    if getattr(came, "code", None) == 1006:
        return (
            "1006 is what a client sees when the endpoint raised, or returned, without closing: it"
            " goes on until its client leaves."
        )
    return None


def about_the_shape(came):
    """What is known to lead to messages like this one."""
    if not isinstance(came, str):
        return None
    if came.startswith('"'):
        return "That is JSON inside JSON: `send_json()` takes the object itself, not its text."
    said = parsed(came)
    if not isinstance(said, dict):
        return 'Each message is a JSON object with the keys "username" and "message".'
    more = ", ".join(sorted(f"`{key}`" for key in said.keys() - {"username", "message"}))
    if more:
        return f"An object has the keys `username` and `message`, and no more: {more} is one more."
    return None


def about_the_names(came, username, text):
    """The text came under the name of somebody who did not say it."""
    said = parsed(came)
    if not isinstance(said, dict) or said.get("message") != text:
        return None
    nobody = str(said.get("username")).lower() in ("", "none", "anonymous")
    if nobody and username == "Anonymous":
        return "Whoever gives no `username` is called `Anonymous`, spelled so."
    return (
        "The text is right, and stands under somebody else's name. A variable that all connections"
        " share holds one name only: that of whoever came last. Or is it the receiver's own name?"
    )


def about_text(sent, also):
    """Return what explains what became of a text: the change if it is known, else `also`."""
    change = about_the_change(sent, about_the_shape)
    return lambda came: also(came) if came is None else change(came) or also(came)


def about_texts(came):
    """What may happen to names and texts on their way."""
    if came is None:
        return (
            "Every text is a message, also an empty one, a long one, or one that was said before."
            " And a name may stand in a text: compare the sender's name, and nothing else."
        )
    said = parsed(came)
    if isinstance(said, dict) and not isinstance(said.get("message", ""), str):
        return "The text looked like JSON, and was taken apart: its sender means it as a text."
    return about_the_end(came) or (
        "Whatever characters a name or a text is made of, it must arrive as it was: let `json` or"
        " Pydantic pack the two, rather than doing so by hand."
    )


def about_a_burst(came):
    """A message was lost of many that arrived together."""
    if came is None:
        return (
            "Sixty messages of Ada's reached worker 2 at one moment. What is lost then is often put"
            " into a queue that is full, or taken for one that was heard already."
        )
    return own_or_twice(came)


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
    return f"{own_or_twice(came)} {told}" if isinstance(came, str) else told


def about_many(came):
    """A client heard nothing, or was thrown out, when a worker had many."""
    if isinstance(came, str):
        return own_or_twice(came)
    told = f"{MANY} clients had come to worker 1 at one moment. There may be any number of them."
    if came is not None:
        return told
    return (
        f"{told} Does each hold something of which there are only so many, such as a thread, or a"
        " connection of a pool?"
    )


def about_coming_and_going(came):
    """A client did not hear it, or heard something else, after others left or came."""
    if came is None:
        return (
            "Everything went well until others have left, or new ones have come. Whose subscription"
            " is it that ends when a client leaves?"
        )
    return own_or_twice(came)

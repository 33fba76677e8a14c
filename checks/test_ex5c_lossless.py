"""Checks for exercise 5c, a chat that loses nothing."""

import json
from functools import partial

from workbook.grader import TEXTS, about_text, parsed, points

SAID = ["good morning", *TEXTS]
SILENCE = 65  # seconds in which nobody says anything
QUIET = (
    f"Nobody had said anything for {SILENCE} s. A time-out, such as `socket_timeout`, ends whatever"
    " listens, and no message is no error: listen on, for as long as it takes."
)
MANY = 60  # clients of one worker: there may be any number; a pool of redis-py lends 50
PUBLISHING = (b"\r\nPUBLISH\r\n", b"\r\nSPUBLISH\r\n", b"\r\nXADD\r\n", b"PUSH\r\n")
ABOUT_THE_DEAD = (
    "Another client had died, and nothing more could be sent to it. Whoever sends to many goes on"
    " with the others when it fails for one, and goes on listening."
)
DOUBLE = (
    "It came twice: is there a moment at which two subscriptions are open for one client? Or is"
    " something published again that waits for its answer?"
)


@points(1)
def test_reaches_the_other_names_on_every_worker(workers, broker):
    """You reach all clients of other names, on every worker, as in exercise 5b."""
    first, second = workers
    ada, phone = join(first, "Ada"), join(second, "Ada's phone", "Ada")
    grace, alan, nameless = join(second, "Grace"), join(first, "Alan"), join(first, "?", None)
    others = grace, alan, nameless, join(second, "small ada", "ada"), join(first, "Ada: Zoë & 世界")
    for text in SAID:
        say(first, ada, text)
        why = about_text(text, partial(about_the_shape, text=text, broker=broker))
        for client in others:
            client.expect_json(line("Ada", text), why=why)
        if text == SAID[0]:
            for client in (ada, phone):
                client.expect_nothing(why=about_the_name)
    for speaker, text in ((nameless, "who is there?"), (others[-1], "Ada?")):
        username = "Anonymous" if speaker is nameless else speaker.name
        say(first, speaker, text)
        for client in (ada, phone, *others):
            if client is not speaker:
                client.expect_json(line(username, text), why=about_the_name)
    say(second, phone, "me too")
    for client in others:
        client.expect_json(line("Ada", "me too"), why=about_the_second_connection)
    say(first, ada, "and me")
    for client in others:
        client.expect_json(line("Ada", "and me"), why=about_the_second_connection)
    first.wait(SILENCE)
    say(second, phone, "me again")
    for client in others:
        client.expect_json(
            line("Ada", "me again"),
            why=lambda came: about_the_name(came) if isinstance(came, str) else QUIET,
        )
    for client in (ada, phone, *others):
        client.expect_nothing(why=about_the_name)


@points(2)
def test_misses_nothing_when_two_speak_at_one_moment(workers, broker, conversation):
    """You lose nothing when two people speak at the same moment."""
    first, second = workers
    ada, grace = join(first, "Ada"), join(second, "Grace")
    exchange_first_messages(first, ada, grace)
    for number in range(1, 5):
        # The broker has both messages; that it has, and what it passes on, arrives together.
        broker.hold("to worker")
        say(first, ada, f"Ada {number}")
        say(first, grace, f"Grace {number}")
        with conversation.at_one_moment():
            if number % 2:  # the answers to PUBLISH first, then what was published
                broker.hold("to worker", only="pubsub")
                broker.release("to broker")
            broker.release()
        hear(ada, {"Grace": [f"Grace {number}"]}, broker)
        hear(grace, {"Ada": [f"Ada {number}"]}, broker)
        for client in (ada, grace):
            client.expect_nothing(why=DOUBLE)


@points(2)
def test_misses_nothing_when_everybody_talks_over_a_slow_link(workers, broker, conversation):
    """You lose nothing when everybody talks at once over a slow link."""
    first = workers[0]
    names = ("Ada", "Grace", "Alan", "Edsger")
    clients = [join(workers[index % 2], name) for index, name in enumerate(names)]
    exchange_first_messages(first, *clients)
    broker.delay(0.003)
    with conversation.at_one_moment():
        for number in range(1, 7):
            for client in clients:
                client.send(f"{client.name} {number}")
    for client in clients:
        others = [name for name in names if name != client.name]
        hear(client, {name: [f"{name} {n}" for n in range(1, 7)] for name in others}, broker)
    broker.delay(0)
    one_speaks_in_a_burst(first, clients, broker, conversation)
    the_broker_takes_its_time(first, clients, broker)
    one_worker_hears_late(first, clients, broker)


def one_speaks_in_a_burst(worker, clients, broker, conversation):
    """More than a queue of some size holds, at one moment."""
    said = [f"Ada again {number}" for number in range(1, 121)]
    say_in_a_burst(worker, clients[0], said, broker, conversation)
    for client in clients[1:]:
        hear(client, {"Ada": said}, broker)


def the_broker_takes_its_time(worker, clients, broker):
    """Half a second until anything comes from the broker."""
    broker.hold("to worker")
    clients[0].send("slower")
    clients[0].send("slower still")
    worker.wait(0.5)
    broker.release()
    worker.settle()
    for client in clients[1:]:
        hear(client, {"Ada": ["slower", "slower still"]}, broker, why=about_patience)
    for client in clients:
        client.expect_nothing(why=about_patience)


def one_worker_hears_late(worker, clients, broker):
    """What worker 2 learns of the broker is old when it arrives: more was said meanwhile."""
    broker.relays[1].hold("to worker")
    say(worker, clients[0], "before")
    worker.wait(0.5)
    meanwhile = [f"after {number}" for number in range(1, 21)]
    for text in meanwhile:
        clients[0].send(text)
    worker.settle()
    broker.release()
    worker.settle()
    for client in clients[1:]:
        hear(client, {"Ada": ["before", *meanwhile]}, broker, why=about_old_answers)
    for client in clients:
        client.expect_nothing(why=DOUBLE)


@points(2)
def test_keeps_the_order_of_each_sender(workers, broker, conversation):
    """You keep the messages of each sender in the order in which they were sent."""
    first, second = workers
    ada, alan, grace = join(first, "Ada"), join(first, "Alan"), join(second, "Grace")
    exchange_first_messages(first, ada, grace, alan)
    said = ["one", "two", "two", "three", "four", "five", "five", "six"]

    def both_talk():
        with conversation.at_one_moment():
            for text in said:
                ada.send(text)
                alan.send(text)

    broker.delay(0.003)
    both_talk()
    first.settle()
    hear(grace, {"Ada": said, "Alan": said}, broker, ordered=conversation)
    broker.delay(0)
    broker.hold("to broker")
    both_talk()
    for _ in range(20):
        first.tasks()  # one more turn of the worker's event loop
    broker.release()  # and each connection to the broker is heard in its own time
    first.settle()
    hear(grace, {"Ada": said, "Alan": said}, broker, ordered=conversation)
    say_in_a_burst(first, ada, said, broker, conversation)
    first.settle()
    hear(grace, {"Ada": said}, broker, ordered=conversation)
    grace.expect_nothing(why=DOUBLE)


@points(1)
def test_misses_nothing_while_others_come_and_go(workers, broker, conversation):
    """You lose nothing while other clients leave and new ones come."""
    ada, grace, twin, *leaving = some_come_together(workers, broker)
    some_leave_as_others_come(workers, broker, conversation, (ada, grace, twin), leaving)
    many_leave_as_one_is_heard(workers, broker, conversation, ada, grace)
    donald, tony = two_come_as_one_speaks(workers, broker, ada, grace)
    one_leaves_as_another_speaks(workers, broker, (ada, donald), grace, tony)
    one_speaks_and_leaves(workers[0], broker, (ada, grace), donald, conversation)
    some_leave_as_one_publishes(workers[0], broker, ada, grace)
    one_dies_as_it_publishes(workers, broker, ada, grace)
    many_come(workers[0], ada)


def some_come_together(workers, broker):
    """Two clients that come at one moment, and four more; three of the six are to leave."""
    first, second = workers
    broker.hold("to worker")
    alan, barbara = join_together(first, ("Alan", "Barbara"), broker.release)
    leaving = [alan, join(second, "Edsger"), barbara]
    ada, grace = join(first, "Ada"), join(second, "Grace")
    twin = join(second, "Edsger, too", "Edsger")  # the name stays when one of them leaves
    clients = ada, grace, twin, *leaving
    exchange_first_messages(first, *clients, also=partial(about_coming, broker))
    return clients


def some_leave_as_others_come(workers, broker, conversation, staying, leaving):
    """Clients leave in each way, just as somebody speaks, and others come in their place."""
    first, second = workers
    ada, grace, twin = staying
    broker.delay(0.002)
    for client, how in zip(leaving, ("rudely", "politely", "vanishing"), strict=True):
        with conversation.at_one_moment():
            ada.send(f"where is {client.name}?")
            if how != "politely":
                client.leave(how)
        if how == "politely":
            client.leave()
        guest = join(first, f"in place of {client.name}")
        say(second, grace, "gone")
        hear(ada, {"Grace": ["gone"]}, broker, why=about_leavers)
        hear(grace, {"Ada": [f"where is {client.name}?"]}, broker, why=about_leavers)
        say(first, guest, "here I am")
        for listener in (ada, grace):
            hear(listener, {guest.name: ["here I am"]}, broker, why=about_leavers)
        heard = {"Ada": [f"where is {client.name}?"], "Grace": ["gone"], guest.name: ["here I am"]}
        hear(twin, heard, broker, why=about_leavers)
    broker.delay(0)


def many_leave_as_one_is_heard(workers, broker, conversation, listener, speaker):
    """Other clients of a worker are cut off at the moment at which it hears of a text."""
    first, second = workers
    for _ in range(2):
        guests = join_together(first, [f"guest-{number}" for number in range(1, 7)], lambda: None)
        broker.relays[0].hold("to worker")
        say(second, speaker, "you are many")
        with conversation.at_one_moment():
            for guest in guests:
                guest.leave("rudely")
            broker.release()
        first.settle()
        say(second, speaker, "you were many")
        said = {speaker.name: ["you are many", "you were many"]}
        hear(listener, said, broker, why=about_a_copy)


def two_come_as_one_speaks(workers, broker, ada, grace):
    """Two clients come at one moment, and it takes a while to subscribe for them."""
    first, second = workers

    def grace_speaks():
        say(second, grace, "who comes, who goes?")
        broker.release()

    broker.relays[0].hold("to broker")  # what worker 1 asks for now takes a while
    newcomers = join_together(first, ("Donald", "Tony"), grace_speaks)
    hear(ada, {"Grace": ["who comes, who goes?"]}, broker, why=about_leavers)
    for newcomer in newcomers:
        while newcomer.waiting:  # before its first message it may miss one, or not
            newcomer.receive()
    say(second, grace, "welcome")
    for listener in (ada, *newcomers):
        hear(listener, {"Grace": ["welcome"]}, broker, why=about_coming_together)
    return newcomers


def one_leaves_as_another_speaks(workers, broker, listeners, speaker, leaving):
    """A client leaves, and it takes a while to unsubscribe for it."""
    first, second = workers
    broker.relays[0].hold("to broker")
    leaving.leave()
    say(second, speaker, "who comes, who goes?")
    broker.release()
    first.settle()
    for listener in listeners:
        hear(listener, {"Grace": ["who comes, who goes?"]}, broker, why=about_leavers)
        listener.expect_nothing(why=DOUBLE)


def one_speaks_and_leaves(worker, broker, listeners, leaving, conversation):
    """A client leaves while the first of its two messages waits for the broker."""
    broker.hold("to worker")
    leaving.send("one")
    leaving.send("two")
    leaving.leave()
    worker.settle()
    broker.release()
    worker.settle()
    said = {"Donald": ["one", "two"]}
    for listener in listeners:
        hear(listener, said, broker, ordered=conversation, why=about_last_words)


def some_leave_as_one_publishes(worker, broker, speaker, listener):
    """Other clients leave while messages wait for the broker, one after the other."""
    leaving = [join(worker, name) for name in ("Tim", "Vint")]
    broker.hold("to worker")
    for client in leaving:
        say(worker, speaker, f"bye, {client.name}")
        client.leave()
        worker.settle()
    broker.release()
    worker.settle()
    said = [f"bye, {client.name}" for client in leaving]
    hear(listener, {"Ada": said}, broker, why=about_those_who_wait)


def one_dies_as_it_publishes(workers, broker, listener, speaker):
    """A client dies while its endpoint waits for the broker, and others speak."""
    dies_as_it_publishes(workers, broker, "Robin", speaker)
    say(workers[1], speaker, "gone")
    for text in ("Robin?", "Robin!", "gone"):
        hear_beside_the_dead(listener, text)


def dies_as_it_publishes(workers, broker, name, speaker):
    """A new client of the first worker dies while it waits; one on the second calls it by name."""
    first, second = workers
    guest = join(first, name)
    broker.relays[0].hold("to worker", only="commands")
    say(first, guest, "wait for me")
    guest.leave("rudely")
    first.settle()
    for text in (f"{name}?", f"{name}!"):
        say(second, speaker, text)
    broker.release()
    first.settle()


def hear_beside_the_dead(listener, text):
    """Grace's text must come next; the last words of the one that died may come before, or not."""
    expected = json.dumps(line("Grace", text))
    came = listener.receive(expected, why=ABOUT_THE_DEAD)
    if spoken(came) == ("Robin", "wait for me"):
        came = listener.receive(expected, why=ABOUT_THE_DEAD)
    if spoken(came) != ("Grace", text):
        listener.reject(came, expected, why=ABOUT_THE_DEAD)


def many_come(worker, speaker):
    """A worker has as many clients as come."""
    guests = join_together(worker, [f"guest-{n}" for n in range(1, MANY + 1)], lambda: None)
    say(worker, speaker, "hi")
    for guest in guests:
        guest.expect_json(line("Ada", "hi"), why=about_many)


@points(2)
def test_leaves_nothing_behind(workers, broker):
    """When a client leaves, however it goes, nothing of it stays and your log has no error."""
    first, second = workers
    ada, grace = join(first, "Ada"), join(second, "Grace")
    exchange_first_messages(first, ada, grace)

    def silent_visit(how):
        join(first, "guest").leave(how)

    def visit(how):
        guest = join(first, "guest")
        say(first, grace, "welcome")
        for listener in (ada, guest):
            hear(listener, {"Grace": ["welcome"]}, broker)
        say(first, guest, "thank you")
        for listener in (ada, grace):
            hear(listener, {"guest": ["thank you"]}, broker)
        broker.hold("to worker")
        say(first, grace, "see you")
        guest.leave(how)
        first.settle()
        broker.release()
        say(first, grace, "gone")
        hear(ada, {"Grace": ["see you", "gone"]}, broker)

    first.leaves_nothing(silent_visit)
    first.leaves_nothing(visit, every=("rudely",))

    def one_comes_and_goes():
        guest = join(first, "guest")
        say(first, guest, "hello")
        guest.leave("politely")
        first.settle()

    broker.expect_no_more_connections(one_comes_and_goes, clients=1)

    def one_dies():
        dies_as_it_publishes(workers, broker, "guest", grace)

    one_dies()
    broker.expect_no_more_connections(one_dies, clients=1)
    second.expect_clean_log()


def join(worker, name, username=""):
    """A new client; its `username` is its name here, unless another or None is given."""
    username = name if username == "" else username
    client = worker.connect(name, query=None if username is None else {"username": username})
    worker.settle()
    return client


def join_together(worker, names, meanwhile):
    """New clients that knock before one of them is answered; `meanwhile` happens then."""
    arriving = {name: f"/ws?username={name}" for name in names}
    clients = worker.connect_together(arriving, meanwhile)
    worker.settle()
    return clients


def say(worker, client, text):
    """Send a text and wait until it has had its effect, on all workers."""
    client.send(text)
    worker.settle()


def say_in_a_burst(worker, client, texts, broker, conversation):
    """Send all texts at one moment; what is published of them arrives together, too."""
    broker.hold("to worker", only="pubsub")
    with conversation.at_one_moment():
        for text in texts:
            client.send(text)
    worker.settle()
    with conversation.at_one_moment():
        broker.release()


def line(username, text):
    """What the others receive."""
    return {"username": username, "message": text}


def exchange_first_messages(worker, *clients, also=lambda client: ""):
    """From here on no client may miss anything: each of them has received a first message."""
    for speaker in clients[:2]:
        say(worker, speaker, "first")
        for client in clients:
            if client is not speaker:
                why = partial(about_the_first, also=also(client))
                client.expect_json(line(speaker.name, "first"), why=why)


def hear(client, said, broker, *, ordered=None, why=None):
    """The client must hear every text of each other sender, as often as it was said.

    Args:
        client: the one who listens.
        said: the texts of each sender, in the order in which they were sent.
        broker: it knows how often somebody subscribed.
        ordered: the conversation, where the order of each sender counts.
        why: what a loss comes from, where it is not the gap between two subscriptions.
    """
    left = {sender: list(texts) for sender, texts in said.items()}
    while any(left.values()):
        sender, text = next((sender, texts[0]) for sender, texts in left.items() if texts)
        expected = json.dumps(line(sender, text), ensure_ascii=False)
        more = sum(map(len, left.values())) - 1
        came = client.receive(
            f"{expected} and {more} more" if more else expected,
            why=partial(about_nothing, text=text, said=said, broker=broker, why=why),
        )
        sender, text = spoken(came)
        if text not in left.get(sender, []):
            again = text in said.get(sender, [])
            client.reject(
                came,
                "no message twice" if again else expected,
                why=about_the_double(why and why(broker)) if again else None,
            )
        if ordered and left[sender][0] != text:
            reject_the_order(client, came, left[sender][0], said[sender], ordered)
        left[sender].remove(text)


def reject_the_order(client, came, missing, said, conversation):
    """The client heard something, and not what the same sender had said before it."""
    sender, _ = spoken(came)
    received = [
        event.text
        for event in conversation.events
        if (event.client, event.direction) == (client.name, "received")
    ]
    later = received[-client.waiting :] if client.waiting else []
    comes = any(spoken(text) == (sender, missing) for text in later)
    expected = json.dumps(line(sender, missing), ensure_ascii=False)
    client.reject(came, expected, why=about_the_order(missing, said, comes))


def spoken(came):
    """Who said it, and what; None and None where it is no message of the chat."""
    message = parsed(came)
    if not isinstance(message, dict):
        return None, None
    return message.get("username"), message.get("message")


def about_nothing(came, text, said, broker, why):
    """A text did not come; an end of the connection is explained by the server's log, if at all."""
    if came is not None and not isinstance(came, str):
        return None
    if why is None and went_out("first", broker) and not went_out(text, broker):
        return (
            f"“{text}” never went to the broker. Is what a client says given up, as the broker"
            " takes its time, or as the client goes?"
        )
    return why(broker) if why else about_the_loss(said, broker)


def went_out(text, broker):
    """Whether a text is seen on its way to the broker; there are programs that encode it."""
    return broker.was_told(json.dumps(text)[1:-1].encode())


def about_the_loss(said, broker):
    """Something was lost."""
    subscribed = max(relay.count(b"\r\nSUBSCRIBE\r\n") for relay in broker.relays)
    if any(len(set(texts)) < len(texts) for texts in said.values()) and subscribed < 4:
        return "A sender has said the same twice, and means it: two equal texts are two messages."
    counted = (
        f" One worker has sent {subscribed} SUBSCRIBE commands by now." if subscribed > 3 else ""
    )
    return (
        "What is published between the end of one subscription and the beginning of the next is"
        " lost; so is what waits in a queue that is thrown away, finds a queue full, or has left a"
        " list or a stream that is kept short, and what a cancelled task had taken"
        f" already.{counted} Lesson 05, “What the chapter's pattern"
        " loses”."
    )


def about_the_double(also):
    """Something came once more."""
    return f"It came twice. {also}" if also else DOUBLE


def about_the_first(came, also):
    """The very first messages did not come, or came twice."""
    if isinstance(came, str):
        return f"{DOUBLE} {also}" if spoken(came)[1] == "first" else None
    return also or None


def about_the_order(missing, said, comes):
    """A message came before one that was sent earlier, which comes later or was lost."""
    if not comes:
        told = "It was sent later, and what was sent before it has not come at all."
        if said.count(missing) > 1:
            return f"{told} The same was said twice, and meant: two equal texts are two messages."
        return told
    return (
        "It was sent later. Messages that are published by tasks of their own, over several"
        " connections to the broker, may overtake one another: wait for each before the next. And"
        " so may those that several tasks take from one queue, or a queue hands out in another"
        " order, where they are received."
    )


def about_leavers(_broker):
    """Something was lost as somebody left or came."""
    return (
        "Somebody else has left, or come, just then. Whose subscription is it that ends when a"
        " client leaves?"
    )


def about_a_copy(_broker):
    """Something was lost as many left at one moment."""
    return (
        "Six clients were cut off just as this was to be passed on. Whoever loops over those who"
        " are there, and awaits something in the loop, loops over a copy: the others come and go"
        " meanwhile. And when it fails for one, it goes on with the next."
    )


def about_old_answers(_broker):
    """Something was lost, or came twice, as a worker learnt late what the broker had said."""
    return (
        "While worker 2 waited for an answer of the broker, twenty messages came. Whoever asks"
        " twice, first how many there are and then for the latest so many, gets others than those"
        " that were counted; and a list or a stream that is kept short has lost some by then."
    )


def about_those_who_wait(_broker):
    """Something was lost that somebody had said before another one left."""
    return (
        "Ada said this and stayed. While it waited for the broker, another client left. What is"
        " cancelled when a client leaves is its own, and nothing that others wait for."
    )


def about_many(came):
    """A client heard nothing, or was thrown out, when a worker had many."""
    if isinstance(came, str):
        return DOUBLE if spoken(came) == ("Ada", "hi") else None
    told = f"{MANY} more clients had come to worker 1 at one moment. There may be any number."
    if came is not None:
        return told
    return (
        f"{told} Does each hold something of which there are only so many, such as a thread, or a"
        " connection of a pool?"
    )


def about_coming(broker, client):
    """One of the first messages did not come to this client."""
    if client.name.startswith("Edsger"):
        return "Another connection of that name has come. Is it put in the place of the first one?"
    return about_coming_together(broker)


def about_coming_together(_broker):
    """Something was lost that was meant for two who had come at one moment."""
    return (
        "Two clients had come at one moment, while the broker was slow. Between a look (`if task is"
        " None`) and an `await` that follows it, another task may look as well."
    )


def about_last_words(_broker):
    """Something was lost that a client had said before it left."""
    return (
        "Donald said this and left, while the broker was slow. What was read from a client is still"
        " passed on after it has gone."
    )


def about_patience(_broker):
    """Something was lost, or came twice, as the broker took its time."""
    return (
        "The broker took half a second to answer. What has waited for it that long is neither given"
        " up nor sent again."
    )


def about_the_shape(came, text, broker):
    """What is known to lead to something else than a message with this text."""
    if came is None and not broker.was_told(*PUBLISHING):
        return (
            "Nothing was published at the broker. What a worker passes on by itself reaches its own"
            " clients only. Lesson 05, “Two workers”."
        )
    if came is None and len(text) > 1000:
        return f"A long text is a message, too: this one has {len(text):,} characters."
    if spoken(came)[1] is None and isinstance(came, str):
        return 'Each message is a JSON object with the keys "username" and "message".'
    return DOUBLE if spoken(came)[1] in SAID[: SAID.index(text)] else None


def about_the_second_connection(came):
    """What another connection of the sender's name said did not come."""
    if came is None:
        return (
            "A second connection that is called Ada has spoken for the first time. Are messages"
            " told apart, or put in order, by numbers or times? Those of two connections, of"
            " whatever names, have nothing to do with one another."
        )
    return about_the_name(came)


def about_the_name(came):
    """A client got what its own name had said, or got something twice."""
    if came is None:
        return "`Ada` and `ada` are two names, and so is `Ada: …`: compare whole names."
    if spoken(came)[0] == "Ada":
        return (
            "Nobody of the sender's name gets what it said: neither the connection that spoke, nor"
            " another one of that name."
        )
    return DOUBLE if spoken(came) == ("Anonymous", "who is there?") else None

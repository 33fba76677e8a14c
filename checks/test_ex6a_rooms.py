"""Checks for exercise 6a, rooms."""

import itertools
import json
from urllib.parse import quote

from workbook.grader import TEXTS, about_text, parsed, points

BROKER = r"(?i)redis|broadcast|publish|pubsub"
PUBLISHING = (b"\r\nPUBLISH\r\n", b"\r\nXADD\r\n", b"PUSH\r\n")
OWN_IDS = r"\bcount\(|\bid\(|\+= 1|\bget_name\("
LISTENING = r"(?i)\.listen\(|get_message\(|\.subscribe\("


@points(1)
def test_carries_messages_to_the_others_in_the_room(workers):
    """You carry a text message to everybody else in the room, as JSON."""
    one, _ = workers
    members = ada, grace, alan = [enter(one, name) for name in ("Ada", "Grace", "Alan")]
    for speaker, text in [(ada, "Hello!"), (alan, "Hi, Ada"), (grace, "Hi, both of you")]:
        speaker.send(text)
        for member in members:
            if member is not speaker:
                hears(member, message(speaker.name, text), about_the_shape)
        heard_all_messages(one, speaker, why=about_oneself)
        heard_all_messages(one, *members, why=about_repetition)


@points(1)
def test_carries_messages_to_every_worker(workers, broker, submission):
    """You carry a message to the members on every worker, once."""
    one, two = workers
    ada, grace, _, alma = members = [
        enter(one, "Ada"), enter(two, "Grace"), enter(two, "Alan"), enter(one, "Alma"),
    ]  # fmt: skip
    for speaker, text in [(ada, "from worker 1"), (grace, "from worker 2"), (alma, "and again")]:
        speaker.send(text)
        for member in members:
            if member is not speaker:
                hears(
                    member,
                    message(speaker.name, text),
                    lambda came: about_workers(came, submission, broker),
                )
        heard_all_messages(one, *members, why=about_repetition)


@points(1)
def test_says_who_joins(workers):
    """You tell the others who comes, and the newcomer nothing."""
    one, two = workers
    ada = enter(one, "Ada")
    heard_all(one, ada, why=about_the_newcomer)
    grace = enter(two, "Grace")
    hears(ada, join("Grace"), about_the_shape)
    heard_all(two, grace, why=about_the_newcomer)
    alan = enter(one, "Alan")
    for member in (ada, grace):
        hears(member, join("Alan"), about_the_shape)
    heard_all(one, alan, why=about_the_newcomer)
    nameless = enter(two, "D", username=None)
    for member in (ada, grace, alan):
        hears(member, join("Anonymous"), about_the_shape)
    heard_all(one, ada, grace, alan, nameless, why=about_repetition)


@points(2)
def test_says_who_leaves(workers, broker):
    """You tell the others who goes, however it goes, once."""
    one, two = workers
    ada, grace = enter(one, "Ada"), enter(two, "Grace")
    for server, how in itertools.product(workers, ("politely", "rudely", "vanishing")):
        alan = enter(server, "Alan")
        alan.leave(how)
        for member in (ada, grace):
            hears(member, leave("Alan"), lambda came, how=how: about_leaving(came, how))
        heard_all(one, ada, grace, why=about_repetition)
    dying = enter(one, "Alan")
    broker.hold("to worker", only="commands")
    dying.send("Wait for me")  # its endpoint waits for the broker, and may see nothing else
    one.settle()
    dying.leave("rudely")
    grace.send("Alan?")
    one.settle()
    broker.release()
    one.settle()
    hears_at_last(ada, message("Grace", "Alan?"), message("Alan", "Wait for me"))
    grace.send("He is gone.")
    one.settle()
    hears_at_last(ada, message("Grace", "He is gone."), message("Alan", "Wait for me"))
    forget_what_waits(ada, grace)
    alan = enter(two, "Alan")
    broker.hold("to worker")
    alan.send("Bye!")
    alan.leave("politely")  # while his last words wait for the broker
    one.settle()
    broker.release()
    for member in (ada, grace):
        hears_in_any_order(member, [message("Alan", "Bye!"), leave("Alan")], about_last_words)


@points(1)
def test_takes_connections_of_one_name_for_two_members(workers):
    """You take two connections of one name for two members."""
    one, two = workers
    first = enter(one, "A", username="Ada")
    second = enter(one, "B", username="Ada")
    hears(first, join("Ada"), about_names)
    third = enter(two, "C", username="Ada")
    for member in (first, second):
        hears(member, join("Ada"), about_names)
    for speaker in (first, second, third):
        speaker.send(f"{speaker} speaks")
        for member in {first, second, third} - {speaker}:
            hears(member, message("Ada", f"{speaker} speaks"), about_names)
        heard_all(one, speaker, why=about_oneself)
    second.leave("vanishing")
    for member in (first, third):
        hears(member, leave("Ada"), about_names)
    third.send("still here")
    hears(first, message("Ada", "still here"), about_names)
    heard_all(one, first, third, why=about_repetition)
    guest, other = enter(one, "D", "den", None), enter(two, "E", "den", None)
    hears(guest, join("Anonymous"), about_names)
    other.send("Anybody?")
    hears(guest, message("Anonymous", "Anybody?"), about_names)


@points(1)
def test_keeps_rooms_apart(workers):
    """You keep rooms apart, however alike their names are."""
    one, two = workers
    alike = [
        "x-1", "x-2", "x", "x1", "X-1", "1", "a-x-1", "x-1:join", "rooms", "x*", "?-1", "*", "x ",
    ]  # fmt: skip
    listeners = {room: enter(one, f"Ada in {room}", room, "Ada") for room in alike}
    for room in ["x-1", "x", "1", "rooms", "*"]:
        speaker = enter(two, f"Grace in {room}", room, "Grace")
        speaker.send(f"for {room}")
        speaker.leave("politely")
        came = [join("Grace"), message("Grace", f"for {room}"), leave("Grace")]
        hears_in_any_order(listeners[room], came, about_rooms)
        heard_all(two, *listeners.values(), why=about_rooms)


@points(1)
def test_carries_texts_and_names_exactly(workers):
    """You carry every text and every name exactly as it is."""
    one, two = workers
    names = ['Ada "the first" \\ Lovelace', "Jürgen, 世界 & Söhne", "{name} | a: b"]
    grace = enter(one, "Grace")
    for name in names:
        speaker = enter(two, "A", username=name)
        for text in ["leave", *(TEXTS if name == names[0] else ())]:
            speaker.send(text)
            hears(grace, message(name, text), about_text(text, about_texts))
        speaker.leave()


@points(1)
def test_loses_nothing_when_all_speak_at_once(workers, broker, conversation):
    """You lose nothing and block nobody, though all speak at once and the broker is slow."""
    members = [
        enter(workers[i % 2], name) for i, name in enumerate(("Ada", "Grace", "Alan", "Alma"))
    ]
    broker.delay(0.003)
    for number in range(1, 7):
        said = {member: [f"{number}{letter} of {member}" for letter in "ab"] for member in members}
        with conversation.at_one_moment():
            for member, text in ((m, t) for m in members for t in said[m]):
                member.send(text)
        for member in members:
            others = [other for other in members if other is not member]
            wanted = [message(other.name, text) for other in others for text in said[other]]
            hears_in_any_order(member, wanted, about_losses)
        heard_all_messages(workers[0], *members, why=about_repetition)
    broker.delay(0)
    broker.hold("to worker")
    members[0].send("patience")
    for server in workers:
        server.settle()
        server.tasks()  # an answer that no event loop gives which stands still
    broker.release()
    for member in members[1:]:
        hears(member, message("Ada", "patience"))
    for server in workers:
        server.expect_never_blocked()
    broker.hold("to worker", only="pubsub")
    said = [f"{number} of 40" for number in range(1, 41)]
    with conversation.at_one_moment():
        for text in said:
            members[0].send(text)
    workers[0].settle()
    with conversation.at_one_moment():
        broker.release()  # all that was published arrives together
    for member in members[1:]:
        hears_in_any_order(member, [message("Ada", text) for text in said], about_a_burst)
    broker.hold("to worker")
    arriving = {name: f"/rooms/den?username={name}" for name in ("Barbara", "Edsger")}
    together = workers[0].connect_together(arriving, broker.release)
    donald = enter(workers[1], "Donald", "den")
    forget_what_waits(*together)
    donald.send("Who came together?")
    for member in together:
        hears(member, message("Donald", "Who came together?"), about_coming_together)
    heard_all_messages(workers[0], *together, why=about_coming_together)


@points(1)
def test_leaves_nothing_behind(workers, broker, submission):
    """When a member leaves, however it goes, nothing of it stays; your log has no error."""
    one, two = workers
    numbers = itertools.count(1)

    def visit(how):
        room = f"room-{next(numbers)}"  # each visit has a room of its own
        ada, grace = enter(one, "Ada", room), enter(one, "Grace", room)
        ada.send("hello")
        hears(grace, message("Ada", "hello"), lambda came: about_later_rooms(came, submission))
        ada.leave(how)
        hears(grace, leave("Ada"), lambda came: about_leaving(came, how))
        grace.leave(how)

    one.leaves_nothing(visit, who="2 rooms of 2 members each had emptied")

    def two_come_and_go():
        visit("politely")
        one.settle()

    broker.expect_no_more_connections(two_come_and_go, clients=2)
    ada, grace = enter(one, "Ada", "room-1"), enter(two, "Grace", "room-1")
    grace.send("Is this room open again?")
    hears(ada, message("Grace", "Is this room open again?"), about_an_emptied_room)
    two.expect_clean_log()


# Members, and what they hear


def enter(server, name, room="tea", username=...):
    """Come into a room; on return the program has done whatever it does at a join."""
    username = name if username is ... else username
    query = None if username is None else {"username": username}
    member = server.connect(name, f"/rooms/{quote(room, safe='*:')}", query=query)
    server.settle()
    return member


def join(username):
    return {"type": "join", "username": username}


def message(username, text):
    return {"type": "message", "username": username, "message": text}


def leave(username):
    return {"type": "leave", "username": username}


def kind(came):
    event = parsed(came)
    return event.get("type") if isinstance(event, dict) else None


def hears(member, event, why=None):
    """This event must come next, but for notices that are another check's matter."""
    hears_in_any_order(member, [event], why)


def hears_in_any_order(member, events, why=None):
    """All of these must come next, each once, but for notices that are another check's matter."""
    kinds = {event["type"] for event in events}
    skipped = {"message": {"join", "leave"}, "leave": {"join"}, "join": set()}
    missing = list(events)
    while missing:
        expected = json.dumps(missing[0], ensure_ascii=False)
        came = member.receive(expected, why)
        if parsed(came) in missing:
            missing.remove(parsed(came))
        elif not any(kind(came) in skipped[wanted] for wanted in kinds) or kind(came) in kinds:
            member.reject(came, expected, about_repetition if parsed(came) in events else why)


def hears_at_last(member, event, perhaps):
    """This must come, and another message may have come before it; notices do not matter."""
    expected = json.dumps(event, ensure_ascii=False)
    while parsed(came := member.receive(expected, about_the_dead)) != event:
        if kind(came) not in ("join", "leave") and parsed(came) != perhaps:
            member.reject(came, expected, about_the_shape)


def forget_what_waits(*members):
    """Take what has come, whatever it is."""
    for member in members:
        while member.waiting:
            member.receive()


def heard_all(server, *members, why):
    """Nothing more may have come, of whatever kind."""
    server.settle()
    for member in members:
        if member.waiting or not member.is_open:
            member.expect_nothing(why)


def heard_all_messages(server, *members, why):
    """No more messages may have come; joins and leaves are another check's matter."""
    server.settle()
    for member in members:
        while member.waiting:
            came = member.receive()
            if kind(came) not in ("join", "leave"):
                member.reject(came, "nothing", why)
    heard_all(server, *members, why=why)


# Known mistakes


def about_the_shape(came):
    """What came is not the JSON that should have."""
    if came is None or not isinstance(came, str):
        return None
    event = parsed(came)
    if isinstance(event, str):
        return "This is JSON within JSON: the text was JSON already. `send_text` sends it as it is."
    if not isinstance(event, dict):
        return "What members get is a JSON object; its `type` says what happened."
    wanted = (
        {"type", "username", "message"} if event.get("type") == "message" else {"type", "username"}
    )
    if less := sorted(wanted - event.keys()):
        return f"It lacks {' and '.join(f'`{key}`' for key in less)}."
    if more := sorted(event.keys() - wanted):
        keys = ", ".join(f"`{key}`" for key in more)
        return (
            f"The members are told more than they should be: {keys}."
            " What the workers need to know among themselves stays among them."
        )
    return None


def about_oneself(came):
    """A member heard of what it did itself."""
    return (
        "The broker gives a worker what the worker itself has published, too. Give every connection"
        " an id, publish it along, and leave out the connection that it belongs to. Lesson 06,"
        " “Who is who”."
    )


def about_an_emptied_room(came):
    """A member heard nothing in a room that had been empty meanwhile."""
    if came is None:
        return (
            "All members had left this room before. Whoever tidies up after the last one has to"
            " begin anew with the next."
        )
    return about_the_shape(came)


def about_coming_together(came):
    """A member heard nothing, or heard it twice, that came at one moment with another."""
    return (
        "The two came at one moment into an empty room, while the broker was slow. Between a look"
        " (`if room not in …`) and an `await` that follows it, another task may look as well. And"
        " no two connections may have one id, on whatever workers they are."
    )


def about_repetition(came):
    """A member heard something twice."""
    if kind(came) == "leave":
        return (
            "It was told twice that somebody left. Is it published in two places, such as `except`"
            " and `finally`, or by two tasks?"
        )
    return (
        "Each of them should come once. Either every connection listens for itself, or one listener"
        " passes on to all; where both happen, members hear everything several times."
    )


def about_workers(came, submission, broker):
    """A member on one worker did not hear of one on the other."""
    if came is not None:
        return about_the_shape(came)
    if not any(relay.count(word) for relay in broker.relays for word in PUBLISHING):
        return (
            "Nothing was published at the broker. What a worker passes on by itself reaches its own"
            " members only. Lesson 05, “Two workers”."
        )
    if not submission.line_of_text(BROKER):
        return (
            "Each worker is a process with variables of its own: a list of connections reaches the"
            " members of one worker only. Lesson 05, “Two workers”."
        )
    if line := submission.line_of_text(OWN_IDS):
        return (
            "Is it that the workers give out the same ids? Each worker counts for itself, so that"
            f" connections of two workers can be mistaken for one another: {submission.at(line)}."
            " `uuid.uuid4()` is different everywhere. Lesson 06, “Who is who”."
        )
    return None


def about_the_newcomer(came):
    """Somebody who has just come heard something."""
    if kind(came) == "join":
        return (
            "A newcomer hears what happens from now on: neither of its own coming, nor of those who"
            " were there before. Lesson 06, “Join and leave”."
        )
    return "A newcomer hears nothing until somebody else comes, speaks or goes."


def about_leaving(came, how):
    """A member was not told that another had gone."""
    if came is None and how == "politely":
        return (
            "Whose subscription is it that ends when a member leaves? And is the notice published"
            " in `finally`?"
        )
    if came is None:
        return (
            "That connection ended without a close frame. What is done at the end of a connection"
            " stands in `finally` and does not ask for a close code. Lesson 06, “Join and leave”."
        )
    return about_the_shape(came)


def about_the_dead(came):
    """A member was not served because another one had died."""
    if came is None:
        return (
            "Another member had died just before, and a message could not be sent to it. Whoever"
            " sends to many goes on with the others when one of them fails."
        )
    return about_the_shape(came)


def about_last_words(came):
    """A member spoke and left at once."""
    if came is None:
        return "Alan spoke and went. What was read from a client is still passed on after it went."
    return about_the_shape(came)


def about_names(came):
    """Members of one name."""
    return (
        "The members have the same name, but they are not the same. Tell connections apart by an id"
        " of their own, also where you decide who joins and who leaves. Lesson 06, “Who is who”."
    )


def about_rooms(came):
    """Somebody heard what was said in another room, or did not hear what was said in theirs."""
    if came is None:
        return None
    return (
        "This belongs to another room. Has each room a channel of its own? Compare names of rooms"
        " whole; and note that `PSUBSCRIBE` reads `*`, `?` and `[…]` in a name as a pattern;"
        " `SUBSCRIBE` takes them as they are."
        " Lesson 06, “A channel for each room”."
    )


def about_texts(came):
    """A text did not arrive as it was sent."""
    if came is None:
        return "Every text is a message: also an empty one, and one that looks like JSON."
    if parsed(came) is None:
        return "This is no JSON. `json.dumps` knows what to do with quotes, `\\` and line ends."
    return about_the_shape(came)


def about_losses(came):
    """A message was lost while all spoke."""
    if came is None:
        return (
            "Whoever ends a subscription at each message and subscribes again misses what is said"
            " in between. Subscribe once for as long as the connection lasts. Lesson 05, “What the"
            " chapter's pattern loses”."
        )
    return about_the_shape(came)


def about_a_burst(came):
    """A message was lost of many that arrived together."""
    if came is None:
        return (
            "Ada's forty messages reached the workers at one moment. What is lost then is often put"
            " into a queue that is full, or taken for one that was heard already."
        )
    return about_the_shape(came)


def about_later_rooms(came, submission):
    """Nothing is heard any more once all have left and others have come."""
    if came is not None or not (line := submission.line_of_text(LISTENING)):
        return None
    return (
        "Before, all members had left and no channel was subscribed to any more. redis-py's"
        f" `listen()` ends then: who goes on listening afterwards? ({submission.at(line)})"
    )

"""Checks for exercise 6a, rooms."""

import itertools
import json
from functools import partial
from urllib.parse import quote

from workbook.grader import TEXTS, about_text, parsed, points

BROKER = r"(?i)redis|broadcast|publish|pubsub"
PUBLISHING = (b"\r\nPUBLISH\r\n", b"\r\nXADD\r\n", b"PUSH\r\n")
OWN_IDS = r"\bcount\(|\bid\(|\+= 1|\bget_name\("
LISTENING = r"(?i)\.listen\(|get_message\(|\.subscribe\("
PEOPLE = ("Ada", "Grace", "Alan", "Alma")
QUIET = 35  # seconds in which nobody speaks
MANY = 52  # rooms: there may be any number; a pool of redis-py lends 50 connections
PATIENCE = 5  # seconds for a program that takes what comes from the broker one by one
LATER = 1  # seconds after which something might come a second time
WAYS = ("politely", 1001, 4000, 1011, "rudely", "vanishing")  # numbers: close codes of the client
MOST_SHOWN = 200  # characters of an expected message


@points(1)
def test_carries_messages_to_the_others_in_the_room(workers, broker):
    """You carry a text message to everybody else in the room, as JSON."""
    one, _ = workers
    members = ada, grace, alan = [enter(one, name) for name in ("Ada", "Grace", "Alan")]
    for speaker, text in [(ada, "Hello!"), (alan, "Hi, Ada"), (grace, "Hi, both of you")]:
        speaks(one, speaker, text, members, partial(about_the_others, text=text, broker=broker))
    speaks(one, grace, "Hi, both of you", members, about_the_same_again)
    one.wait(QUIET)
    heard_all_messages(one, *members, why=about_repetition)
    speaks(one, ada, "It was quiet here.", members, about_the_quiet)


@points(1)
def test_carries_messages_to_every_worker(workers, broker, submission):
    """You carry a message to the members on every worker, once."""
    one, two = workers
    ada, grace, _, alma = members = [
        enter(one, "Ada"), enter(two, "Grace"), enter(two, "Alan"), enter(one, "Alma"),
    ]  # fmt: skip
    why = partial(about_workers, submission=submission, broker=broker)
    for speaker, text in [(ada, "from worker 1"), (grace, "from worker 2"), (alma, "and again")]:
        speaks(one, speaker, text, members, why)


@points(1)
def test_says_who_joins(workers):
    """You tell the others who comes, and the newcomer nothing."""
    one, two = workers
    ada = enter(one, "Ada")
    heard_all(one, ada, why=about_the_newcomer)
    grace = comes(two, "Grace", {ada: one})
    alan = comes(one, "Alan", {ada: one, grace: two})
    speaks(one, ada, "This is old when the next come.", (grace, alan), about_the_shape)
    nameless = comes(two, "D", {ada: one, grace: two, alan: one}, username=None)
    home = {ada: one, alan: one, grace: two, nameless: two}
    last = comes(one, "E", home, username="Edsger")
    one.wait(LATER)
    heard_all(one, *home, last, why=about_repetition)


@points(2)
def test_says_who_leaves(workers, broker):
    """You tell the others who goes, however it goes, once."""
    one, two = workers
    home = {enter(one, "Ada"): one, enter(two, "Grace"): two}
    for server, how in itertools.product(workers, WAYS):
        alan = enter(server, "Alan")
        go(alan, how)
        for member in sorted(home, key=lambda member: home[member] is not server):
            elsewhere = home[member] is not server
            hears(member, leave("Alan"), partial(about_leaving, how=how, elsewhere=elsewhere))
        heard_all(one, *home, why=about_repetition)
    one.wait(LATER)
    heard_all(one, *home, why=about_repetition)
    dies_while_it_waits(workers, broker, *home)
    speaks_and_goes(workers, broker, *home)


def dies_while_it_waits(workers, broker, ada, grace):
    """A member dies while its endpoint waits for the broker, and may see nothing else."""
    one, _ = workers
    alan = enter(one, "Alan")
    broker.relays[0].hold("to worker", only="commands")
    alan.send("Wait for me")
    one.settle()
    go(alan, "rudely")
    asked = ["Alan?", "Alan!", "Where are you, Alan?"]
    for text in asked:
        grace.send(text)
        one.settle()
    broker.release()
    one.settle()
    perhaps = [message("Alan", "Wait for me"), leave("Alan")]
    heard_last(ada, [message("Grace", text) for text in asked], perhaps, about_the_dead)
    grace.send("He is gone.")
    one.settle()
    heard_last(ada, [message("Grace", "He is gone.")], perhaps, about_the_dead)
    if leave("Alan") in perhaps:  # it was not heard yet
        heard_last(ada, [leave("Alan")], perhaps[:-1], about_a_leave_that_is_lost)
    heard_last(grace, [leave("Alan")], [message("Alan", "Wait for me")], about_a_leave_that_is_lost)
    heard_all_messages(one, ada, grace, why=about_repetition)


def speaks_and_goes(workers, broker, ada, grace):
    """A member goes while its last words wait for the broker."""
    one, two = workers
    forget_what_waits(ada, grace)
    alan = enter(two, "Alan")
    broker.hold("to worker")
    alan.send("Bye!")
    go(alan, "politely")
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
        "caf", "café", "a b", "a%20b", "x" * 39 + "1", "x" * 39 + "2",
        "cafè", "cafe\u0301", "caf?",
    ]  # fmt: skip
    listeners = {room: enter(one, f"Ada in {room}", room, "Ada") for room in alike}
    for room in ["x-1", "x", "1", "rooms", "*", "caf", "a b", "x" * 39 + "1"]:
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
    first = 'Ada "the first" \\ Lovelace'
    names = [first, "  Ada ", "Jürgen, 世界 & Söhne", "{name} | a: b", "Ada, " * 20 + "and Ada"]
    grace = enter(one, "Grace")
    for name in names:
        speaker = enter(two, "A", username=name)
        for text in ["leave", *(TEXTS if name == first else ())]:
            speaker.send(text)
            hears(grace, message(name, text), partial(about_exactly, name=name, text=text))
        speaker.leave()


@points(1)
def test_loses_nothing_when_all_speak_at_once(workers, broker, conversation):
    """You lose nothing and block nobody, though all speak at once and the broker is slow."""
    names = ("Ada", "Grace", "Alan", "Alma")
    members = [enter(server, name) for server, name in zip(workers * 2, names, strict=True)]
    all_speak_at_once(workers, broker, conversation, members)
    one_speaks_while_the_broker_is_slow(workers, broker, members)
    one_says_much(workers, broker, conversation, members)
    two_come_together(workers, broker)
    one_comes_as_the_last_leaves(workers, broker)
    many_come(workers)


def all_speak_at_once(workers, broker, conversation, members):
    """All say two things at one moment, some times."""
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


def one_speaks_while_the_broker_is_slow(workers, broker, members):
    """No event loop may stand still while a message waits for the broker."""
    broker.hold("to worker")
    members[0].send("patience")
    for server in workers:
        server.settle()
        server.tasks()  # an answer that no event loop gives which stands still
    broker.release()
    for server in workers:
        server.expect_never_blocked()  # what got lost then, if anything, got lost by that
    for member in members[1:]:
        hears(member, message("Ada", "patience"))


def one_says_much(workers, broker, conversation, members):
    """Much is said, all of which comes from the broker at one moment."""
    broker.hold("to worker", only="pubsub")
    said = [f"{number} of 40" for number in range(1, 41)]
    with conversation.at_one_moment():
        for text in said:
            members[0].send(text)
    workers[0].settle()
    with conversation.at_one_moment():
        broker.release()
    for member in members[1:]:
        hears_in_any_order(member, [message("Ada", text) for text in said], about_a_burst)


def two_come_together(workers, broker):
    """Two come at one moment into an empty room, while the broker is slow."""
    broker.hold("to worker")
    arriving = {name: f"/rooms/den?username={name}" for name in ("Barbara", "Edsger")}
    together = workers[0].connect_together(arriving, broker.release)
    donald = enter(workers[1], "Donald", "den")
    forget_what_waits(*together)
    donald.send("Who came together?")
    for member in together:
        hears(member, message("Donald", "Who came together?"), about_coming_together)
    heard_all_messages(workers[0], *together, why=about_coming_together)


def one_comes_as_the_last_leaves(workers, broker):
    """One comes into a room while its last member's leaving waits for the broker."""
    one, two = workers
    last = enter(one, "Last", "nook")
    broker.hold("to worker")
    last.leave()
    one.settle()
    (barbara,) = one.connect_together({"Barbara": "/rooms/nook?username=Barbara"}, broker.release)
    donald = enter(two, "Donald", "nook")
    forget_what_waits(barbara)
    donald.send("Is it empty here?")
    hears(barbara, message("Donald", "Is it empty here?"), about_an_emptied_room)


def many_come(workers):
    """A worker has members in as many rooms as they like."""
    one, two = workers
    arriving = {f"guest {n}": f"/rooms/hall-{n}?username=Guest" for n in range(1, MANY + 1)}
    guests = one.connect_together(arriving, lambda: None, why=lambda client: about_rooms(None))
    one.wait(PATIENCE)
    donald = enter(two, "Donald", f"hall-{MANY}")
    forget_what_waits(guests[-1])
    donald.send("You are many.")
    hears(guests[-1], message("Donald", "You are many."), about_rooms)


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


def go(member, how):
    """Leave in a way that `Client.leave` knows, or with this close code."""
    if isinstance(how, int):
        member.close_with(how)
    else:
        member.leave(how)


def speaks(server, speaker, text, members, why):
    """One speaks; the others hear it once, the speaker does not."""
    speaker.send(text)
    for member in members:
        if member is not speaker:
            hears(member, message(speaker.name, text), why)
    heard_all_messages(server, speaker, why=about_oneself)
    heard_all_messages(server, *members, why=about_repetition)


def comes(server, name, home, username=...):
    """Somebody comes, of whom the members hear once; `home` has the worker of each."""
    newcomer = enter(server, name, username=username)
    told = {None: "Anonymous", ...: name}.get(username, username)
    for member, worker in home.items():
        hears(member, join(told), partial(about_joining, elsewhere=worker is not server))
    heard_all(server, newcomer, why=about_the_newcomer)
    heard_all(server, *home, why=about_repetition)
    return newcomer


def hears(member, event, why=None):
    """This event must come next, but for notices that are another check's matter."""
    hears_in_any_order(member, [event], why)


def hears_in_any_order(member, events, why=None):
    """All of these must come next, each once, but for notices that are another check's matter."""
    kinds = {event["type"] for event in events}
    skipped = {"message": {"join", "leave"}, "leave": {"join"}, "join": set()}
    missing = list(events)
    while missing:
        came = member.receive(shown(missing[0]), about_what_comes(why))
        if parsed(came) in missing:
            missing.remove(parsed(came))
        elif not any(kind(came) in skipped[wanted] for wanted in kinds) or kind(came) in kinds:
            known = about_repetition if parsed(came) in events else why
            member.reject(came, shown(missing[0]), about_another_name(missing, known))


def heard_last(member, events, perhaps, why):
    """All of these must come, in any order; those of `perhaps` may, and are then taken out."""
    missing = list(events)
    while missing:
        came = member.receive(shown(missing[0]), about_what_comes(why))
        for wanted in (missing, perhaps):
            if parsed(came) in wanted:
                wanted.remove(parsed(came))
                break
        else:
            if kind(came) != "join":
                known = about_repetition if kind(came) == "leave" else about_the_shape
                member.reject(came, shown(missing[0]), about_another_name(missing, known))


def shown(event):
    """What a member waits for, in words that are not too long."""
    text = json.dumps(event, ensure_ascii=False)
    if len(text) <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}… ({len(event['message']):,} characters)"


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
            member.expect_nothing(about_what_comes(why))


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


def about_what_comes(why):
    """`why`, asked about messages and about silence: an end of the connection is none of them."""
    return lambda came: why(came) if why and (came is None or isinstance(came, str)) else None


def about_another_name(missing, why):
    """`why`, unless what came is what was missing, with the name of another member."""

    def about(came):
        event = parsed(came)
        if why is about_rooms or kind(came) is None or event.get("username") not in PEOPLE:
            return about_what_comes(why)(came)
        if any({**event, "username": wanted["username"]} == wanted for wanted in missing):
            return (
                "That is the name of another member. Is it kept in a variable that all connections"
                " share, such as a global? Then it is that of whoever came last."
            )
        return about_what_comes(why)(came)

    return about


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


def about_the_others(came, text, broker):
    """A member did not hear what another one said, on the same worker."""
    if came is None and broker.was_told(text.encode()):
        return (
            "The message went to the broker, and this member did not get it. Does whatever listens"
            " for it still do so? Or does an id say whose message it is? No two connections may"
            " have the same: the client's address, a name and the time in seconds can be shared."
            " Lesson 06, “Who is who”."
        )
    return about_the_shape(came)


def about_the_same_again(came):
    """A member did not hear what was said a second time."""
    if came is None:
        return (
            "It was said twice, and is two messages. What is heard already cannot be told by its"
            " text: others may say the same, and mean it."
        )
    return about_the_shape(came)


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


def about_the_quiet(came):
    """A member heard nothing after a long silence."""
    if came is None:
        return (
            f"Nobody had said anything for {QUIET} s. A time-out, such as `socket_timeout`, ends"
            " whatever listens, and no message is no error: listen on, for as long as it takes."
        )
    return about_the_shape(came)


def about_repetition(came):
    """A member heard something twice."""
    if kind(came) in ("join", "leave"):
        what, places = (
            ("came", "") if kind(came) == "join" else ("left", ", such as `except` and `finally`")
        )
        return (
            f"It was told twice that somebody {what}. Is it published in two places{places}, or by"
            " two tasks?"
        )
    return (
        "Each of them should come once. Either every connection listens for itself, or one listener"
        " passes on to all; where both happen, members hear everything several times."
    )


def about_workers(came, submission, broker):
    """A member on one worker did not hear of one on the other."""
    if came is not None:
        return about_the_shape(came)
    if not broker.was_told(*PUBLISHING):
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
    return (
        "A member on the other worker did not hear it. Is each message published at the broker, and"
        " does every worker listen there? What a worker passes on by itself reaches its own members"
        " only. Lesson 05, “Two workers”."
    )


def about_joining(came, elsewhere):
    """A member was not told that another had come."""
    if came is None and elsewhere:
        return (
            "The one who came is on the other worker. Who comes is told over the broker, as a"
            " message is."
        )
    if came is None:
        return "Whoever comes is made known to those who are there. Lesson 06, “Join and leave”."
    return about_the_shape(came)


def about_the_newcomer(came):
    """Somebody who has just come heard something."""
    if kind(came) == "join":
        return (
            "A newcomer hears what happens from now on: neither of its own coming, nor of those who"
            " were there before. Lesson 06, “Join and leave”."
        )
    if kind(came) == "message":
        return "This was said before the newcomer came: it hears what is said from now on."
    return "A newcomer hears nothing until somebody else comes, speaks or goes."


def about_leaving(came, how, elsewhere=False):
    """A member was not told that another had gone."""
    if came is not None:
        return about_the_shape(came)
    if isinstance(how, int):
        return (
            f"That client closed with {how}. A closed browser tab sends 1001, others send what they"
            " like: a leave is a leave with every close code, and with none."
        )
    if how == "politely" and elsewhere:
        return (
            "The one who left was on the other worker. Who goes is told over the broker, as a"
            " message is."
        )
    if how == "politely":
        return (
            "Whose subscription is it that ends when a member leaves? And is the notice published"
            " in `finally`?"
        )
    return (
        "That connection ended without a close frame. What is done at the end of a connection"
        " stands in `finally` and does not ask for a close code. Lesson 06, “Join and leave”."
    )


def about_a_leave_that_is_lost(came):
    """A member was not told of another that died while it waited for the broker."""
    if came is None:
        return (
            "Alan died while his endpoint waited for the broker. Which of its tasks notices that"
            " first is a matter of chance, and the others may be cancelled then: the leave must not"
            " depend on it."
        )
    return about_the_shape(came)


def about_the_dead(came):
    """A member was not served because another one had died."""
    if came is None:
        return (
            "Another member had died just before, and a message could not be sent to it. Whoever"
            " sends to many goes on with the others when one of them fails, or takes no more."
        )
    return about_the_shape(came)


def about_last_words(came):
    """A member spoke and left at once."""
    if came is None:
        return (
            "Alan spoke and went. What was read from a client is still passed on after it went, and"
            " so is that it went: whoever tells several of it goes on with the next when one fails,"
            " and loops over a copy if it awaits something meanwhile."
        )
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
        return (
            "Nothing is heard in this room, while there are members in many. Does each of them hold"
            " something of which there are few, such as a thread or a connection of a pool? Or does"
            " something in the room's name get in the way?"
        )
    return (
        "This belongs to another room. Has each room a channel of its own? Compare names of rooms"
        " whole; and note that `PSUBSCRIBE` reads `*`, `?` and `[…]` in a name as a pattern;"
        " `SUBSCRIBE` takes them as they are."
        " Lesson 06, “A channel for each room”."
    )


def about_exactly(came, name, text):
    """A text or a name did not arrive as it is."""
    event = parsed(came)
    if kind(came) == "message" and event.get("message") == text and event.get("username") != name:
        changed = about_text(name)(event.get("username"))
        return f"The text is right, the name is not. {changed or ''}".rstrip()
    return about_text(text, partial(about_texts, text=text))(came)


def about_texts(came, text):
    """A text did not arrive as it was sent."""
    if came is None and len(text) > MOST_SHOWN:
        return (
            f"This text has {len(text):,} characters. What comes from a network may come in pieces,"
            " each of some thousand bytes."
        )
    if came is None:
        return "Every text is a message: also an empty one, and one that looks like JSON."
    if parsed(came) is None and came.startswith("{") and not came.endswith("}"):
        return f"The JSON was cut after {len(came):,} characters: its end is missing."
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

"""Checks for exercise 6b, a chat that you would put online."""

import json
from functools import partial
from urllib.parse import quote

from workbook.grader import SHORT_TEXTS, about_text, parsed, points, quoted

LATER = 1  # seconds after which something might come a second time
BEHIND_THE_SCENES = ("join", "leave")  # whether members are told of these is left open
WHOLE_NAME = (
    "A name is 1 to 32 of a-z, 0-9 and -, from its beginning to its end: `re.match` looks at the"
    " beginning only, `re.fullmatch` at all of it."
)
SMALL_LETTERS = "Capitals are none of a-z: is case ignored, as with `re.IGNORECASE` or `lower()`?"
KNOWN_TOKEN = (
    "The cookie `token` has to be a key of `USERS`, to the letter. A missing cookie is no user."
)
WHOLE_ORIGIN = (
    "Compare whole, to the letter: `in` a text finds parts of it, and a regular expression takes a"
    " dot for any character. CORS middleware does not look at WebSockets."
)
PUNCTUATION = "!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~"  # all of ASCII but the hyphen
IN_PATHS = "!$&'()*+,;=:@"  # those that stand there as they are (RFC 3986, 3.3)
OWN_IDS = r"\bcount\(|\bid\(|\+= 1|\bget_name\("
PEOPLE = ("Ada", "Grace", "Alan")
MANY_ROOMS = 13  # more than a pool of ten has connections
WITHIN = 5.0  # seconds until a client is closed that has lost the broker
LATE = 0.5  # seconds of grace after these
# Seconds in which nobody speaks. No multiple of 0.25: where a time-out of a program's falls due at
# the very end of them, a broker whose clock is real would come too late.
QUIET = 6.1
BACK = 10  # seconds until new clients chat again once the broker is back
TOO_LONG = 1_001  # characters
ASKED = "Is it back?"  # by those who find out whether a message passes
ORIGINS = "Lesson 04, “A foreign page”."
AWAY = "Lesson 06, “When the broker goes away”."
ABOUT_EVE = (
    "Who has no known token is refused, whether the broker is there or not: look at the token"
    " first. Only who may come in is told, after `accept()`, that the broker is away."
)
ABOUT_A_BROKEN_LINK = (
    "Each time, the connections on which a worker listened were broken, and then the clients left."
    " What was opened for one client, with the tasks that use it, ends with that client: also if an"
    " error ends it."
)


@points(1)
def test_carries_messages_to_every_worker(workers, broker, submission):
    """You carry a message to everybody else in the room, on every worker, once."""
    one, two = ready(*workers)
    home = {enter(one, "Ada"): one, enter(two, "Grace"): two, enter(one, "Alan"): one}
    for speaker in home:
        text = f"Hello from {speaker}"
        speaker.send(text)
        for member in sorted(home, key=lambda member: home[member] is not home[speaker]):
            if member is not speaker:
                on_its_way = broker.was_told(text.encode())
                elsewhere = home[member] is not home[speaker] and submission
                why = partial(about_workers, on_its_way=on_its_way, elsewhere=elsewhere)
                hears(member, message(str(speaker), text), why)
        heard_all(one, speaker, why=about_oneself)
        heard_all(one, *home, why=about_repetition)
    one.wait(LATER)
    heard_all(one, *home, why=about_repetition)


@points(1)
def test_takes_the_name_from_the_token(workers):
    """You take the name from the token alone; one user may be connected twice."""
    one, two = ready(*workers)
    first = enter(one, "Ada", query={"username": "Grace", "token": "token-grace"})
    second = enter(two, "Ada again", query={"username": "Eve"})
    third = enter(one, "Ada once more")
    members = (first, second, third)
    for speaker in members:
        speaker.send('{"username": "Grace"}')
        for member in members:
            if member is not speaker:
                hears(member, message("Ada", '{"username": "Grace"}'), about_names)
        heard_all(one, *members, why=about_oneself)
    first.leave("vanishing")
    third.send("still here")
    hears(second, message("Ada", "still here"), about_names)


@points(1)
def test_refuses_rooms_by_their_names(workers):
    """You refuse a room whose name does not match `^[a-z0-9-]{1,32}$`, and no other."""
    one, _ = ready(*workers)
    for room in ["a", "7", "-", "tea-4-2", "x" * 32, "0123456789-abcdefghijklmnopqrstuv"[:32]]:
        enter(one, "Ada", room).leave()
    for room in [
        "Tea", "TEA", "teA", "tea_room", "tea.room", "tea%20room", "%20tea", "tea%21", "tea!",
        "x" * 33, "x" * 320, "caf%C3%A9", "%C3%9F", "%D9%A3", "tea:1", "*", "te%5Ba%5D", "a%2Fb",
        *(f"a{quote(mark, safe=IN_PATHS)}b" for mark in PUNCTUATION),
    ]:  # fmt: skip
        why = let_in(SMALL_LETTERS if room in ("Tea", "TEA") else WHOLE_NAME)
        one.expect_refused("Ada", f"/rooms/{room}", cookies=cookie("Ada"), why=why)


@points(1)
def test_refuses_who_has_no_known_token(workers):
    """You refuse a client whose cookie `token` is missing or unknown."""
    one, _ = ready(*workers)
    for cookies in [
        None,
        {"token": "token-eve"},
        {"token": ""},
        {"token": "Ada"},
        {"token": "token-"},
        {"token": "token-ada2"},
        {"token": "TOKEN-ADA"},
        {"tokens": "token-ada"},
        {"my-token": "token-ada"},
        {"theme": "dark"},
    ]:
        one.expect_refused("A", "/rooms/tea", cookies=cookies, why=let_in(KNOWN_TOKEN))
    query, header = {"token": "token-ada"}, {"Authorization": "Bearer token-ada"}
    one.expect_refused("A", "/rooms/tea", query=query, why=let_in(KNOWN_TOKEN))
    one.expect_refused("A", "/rooms/tea", headers=header, why=let_in(KNOWN_TOKEN))
    for cookies in (None, {"token": "token-eve"}):
        name = {"username": "Ada"}
        one.expect_refused("A", "/rooms/tea", let_in(KNOWN_TOKEN), query=name, cookies=cookies)
    enter(one, "Ada", cookies={"theme": "dark", **cookie("Ada"), "_xsrf": "2|7d3c|0f"})


@points(1)
def test_refuses_foreign_pages(worker_with_broker):
    """You refuse an `Origin` that is sent and is not, compared whole, an allowed one."""
    (ours,) = ready(worker_with_broker("worker 1"))
    enter(ours, "Ada", origin="http://localhost:8888").leave()
    enter(ours, "Ada", origin=None).leave()
    for origin in [
        "https://evil.example",
        "http://localhost:8888.evil.example",
        "http://evil.example/http://localhost:8888",
        "https://localhost:8888",
        "http://localhost:88880",
        "http://localhost:888",
        "http://localhost",
        "http://127.0.0.1:8888",
        "localhost:8888",
        "http://localhost:8888/",
        "HTTP://LOCALHOST:8888",
        f"http://{ours.host}",
        "http",
        "null",
    ]:
        refused_page(ours, origin)
    names_several_origins(worker_with_broker)


def names_several_origins(worker_with_broker):
    """`ALLOWED_ORIGINS` takes the place of the default."""
    others = "https://chat.example,https://www.example:8443,http://localhost:9000"
    (theirs,) = ready(worker_with_broker("worker 2", ALLOWED_ORIGINS=others))
    default = "http://localhost:8888"
    first = theirs.knock("A", "/rooms/tea", cookies=cookie("Ada"), origin=default)
    why = about_the_environment if first.is_open else about_several_origins
    first.leave()
    for origin in others.split(","):
        enter(theirs, "Ada", origin=origin, why=why).leave()
    for origin in [
        default, others, "https://chat.example.org", "https://chat-example", "example", ",",
    ]:  # fmt: skip
        refused_page(theirs, origin)


@points(1)
def test_carries_each_text_to_its_room_alone(workers, broker, conversation):
    """You carry each text exactly, to its room alone, though all speak and the broker is slow."""
    one, two = ready(*workers)
    rooms = ["x-1", "x-2", "x", "x1", "1", "a-x-1"]
    listeners = [enter(one, f"Ada in {room}", room) for room in rooms]
    speakers = [enter(two, f"Grace in {room}", room) for room in rooms]
    many_come(one, listeners)
    for room, speaker, listener in zip(rooms, speakers, listeners, strict=False):
        for text in [f"for {room}", *(SHORT_TEXTS if room == "x" else ())]:
            speaker.send(text)
            hears(listener, message("Grace", text), about_text(text, about_texts))
        heard_all(one, *listeners, *speakers, why=about_rooms)
    three = ada, grace, _ = listeners[0], speakers[0], enter(two, "Alan", "x-1")
    all_speak_at_once(conversation, three)
    heard_all(one, *listeners, *speakers, *three, why=about_rooms)
    one_speaks_while_the_broker_is_slow(workers, broker, ada, grace)
    two_come_together(workers, broker)
    one_comes_as_the_last_leaves(workers, broker)


def many_come(server, listeners):
    """Some more come, each into a room of its own."""
    for number in range(len(listeners), MANY_ROOMS):
        listeners.append(enter(server, f"Ada in room-{number}", f"room-{number}"))
    for listener in listeners:
        if not listener.is_open:
            listener.expect_nothing(partial(about_many, many=MANY_ROOMS))


def all_speak_at_once(conversation, members):
    """All say two things at one moment, some times."""
    for number in (1, 2, 3):
        with conversation.at_one_moment():
            for speaker in members:
                for letter in "ab":
                    speaker.send(f"{speaker} {number}{letter}")
        for member in members:
            others = [other for other in members if other is not member]
            said = [message(user(o), f"{o} {number}{letter}") for o in others for letter in "ab"]
            hears_in_any_order(member, said, about_losses)


def one_speaks_while_the_broker_is_slow(workers, broker, ada, grace):
    """No event loop may stand still while a message waits for the broker."""
    broker.hold("to worker")
    ada.send("patience")
    for server in workers:
        server.settle()
        server.tasks()  # an answer that no event loop gives which stands still
    broker.release()
    for server in workers:
        server.expect_never_blocked()  # what got lost then, if anything, got lost by that
    hears(grace, message("Ada", "patience"))


def two_come_together(workers, broker):
    """Two come at one moment into an empty room, while the broker is slow."""
    one, two = workers
    broker.hold("to worker")
    arriving = {"Ada": "/rooms/empty", "Alan": "/rooms/empty"}
    cookies = {name: cookie(name) for name in arriving}
    together = one.connect_together(arriving, broker.release, about_being_refused, cookies)
    for server in workers:
        server.expect_never_blocked()
    grace = enter(two, "Grace", "empty")
    grace.send("Who came together?")
    for member in together:
        hears(member, message("Grace", "Who came together?"), about_coming_together)
    heard_all(one, grace, *together, why=about_coming_together)


def one_comes_as_the_last_leaves(workers, broker):
    """One comes into a room while its last member's leaving waits for the broker."""
    one, two = workers
    last = enter(one, "Ada", "nook")
    broker.hold("to worker")
    last.leave()
    one.settle()
    arriving, cookies = {"Alan": "/rooms/nook"}, {"Alan": cookie("Alan")}
    (alan,) = one.connect_together(arriving, broker.release, about_being_refused, cookies)
    grace = enter(two, "Grace", "nook")
    grace.send("Is it empty here?")
    hears(alan, message("Grace", "Is it empty here?"), about_an_emptied_room)


@points(1)
def test_limits_messages_to_1000_characters(workers, conversation):
    """You answer a message of more than 1,000 characters with an error, to its sender alone."""
    one, two = ready(*workers)
    ada, *others = (
        enter(one, "Ada"), enter(two, "Grace"), enter(one, "Alan"), enter(one, "Ada again"),
    )  # fmt: skip
    why = about_length
    for character in ["x", "ü", "世", "👋", " ", '"', "\n"]:
        longest = character * 1_000
        is_heard(ada, longest, others, partial(about_the_longest, text=longest))
        ada.send(character * TOO_LONG)
        heard_all(one, *others, why=about_length, at_close=about_length)
        told_off(one, ada, why)
        why = about_being_told_again
        is_heard(ada, "short", others, about_after_an_error)
    for length in (1_002, 2_000, 70_000):
        ada.send("x" * length)
        told_off(one, ada, why)
    is_heard(ada, "short", others, about_after_an_error)
    one.wait(LATER)
    heard_all(one, ada, *others, why=about_length, at_close=about_length)
    speak_at_one_moment(conversation, ada, *others)
    heard_all(one, ada, *others, why=about_length, at_close=about_length)


def speak_at_one_moment(conversation, ada, grace, alan, again):
    """Ada says too much at the moment at which Alan says little, on the same worker."""
    with conversation.at_one_moment():
        for number in range(3):
            ada.send("x" * TOO_LONG)
            alan.send(f"at that moment {number}")
    for member in (grace, again):
        for number in range(3):
            hears(member, message("Alan", f"at that moment {number}"), about_one_moment)
    hears_kinds(ada, ["error", "message"] * 3)


@points(2)
def test_closes_everybody_when_the_broker_is_lost(workers, worker_with_broker, broker):
    """You close every client with 1013 within 5 s of losing the broker, and not before."""
    one, two = ready(*workers)
    ada, *others = members = (
        enter(one, "Ada"), enter(one, "Ada again"), enter(one, "Alan"), enter(two, "Grace"),
        enter(one, "Grace in the den", "den"),
    )  # fmt: skip
    one.wait(QUIET)
    heard_all(one, *members, why=about_quiet, at_close=about_quiet)
    is_heard(ada, "It is quiet here.", others[:3], about_quiet)
    broker.cut()
    one.wait(WITHIN)
    one.settle()
    some = any(member.closed is not None for member in members)
    for member in members:
        closed_for_now(one, member, partial(about_closing, others=some))
    broker.restore()
    (other,) = ready(worker_with_broker("worker 3"))
    ada, grace = enter(other, "Ada"), enter(other, "Grace")
    broker.cut()
    ada.send("Can anybody hear me?")
    other.wait(WITHIN)
    for member in (ada, grace):
        closed_for_now(other, member, about_closing)


@points(1)
def test_turns_new_clients_away_while_the_broker_is_away(workers, broker):
    """You accept new clients while the broker is away, and close them with 1013."""
    one, _ = ready(*workers)
    enter(one, "Ada")
    broker.cut()
    for pause in (0, WITHIN):
        if pause:
            one.wait(pause)
        for server in workers:
            turned_away(server, "Grace", "tea")
    turned_away(one, "Alan", "a-new-room")
    for cookies in ({"token": "token-eve"}, None):
        one.expect_refused("Eve", "/rooms/tea", ABOUT_EVE, cookies=cookies, slack=WITHIN)
    for server in workers:
        server.expect_never_blocked()


def turned_away(server, name, room):
    """A newcomer must be let in and closed."""
    newcomer = enter(server, name, room, slack=WITHIN, why=about_turning_away)
    if newcomer.is_open:
        server.wait(WITHIN)
    closed_for_now(server, newcomer, partial(about_closing, newcomer=True))


@points(1)
def test_lets_new_clients_chat_when_the_broker_is_back(workers, broker):
    """You let new clients chat again when the broker is back, as often as it goes."""
    one, two = ready(*workers)
    ada, grace = enter(one, "Ada"), enter(two, "Grace")
    ada.send("before")
    hears(grace, message("Ada", "before"))
    for room in ("tea", "den"):
        broker.cut()
        one.wait(WITHIN + 1)
        broker.restore()
        chats_again(one, two, room)
        chats_again(two, one, room)
    ada, grace = enter(one, "Ada"), enter(two, "Grace")
    ada.send("and now?")
    hears(grace, message("Ada", "and now?"), about_coming_back)
    broker.drop(only="pubsub")
    chats_again(one, two, "after-a-dropped-connection", about_a_dropped_connection)
    chats_again(two, one, "after-a-dropped-connection", about_a_dropped_connection)


@points(1)
def test_leaves_nothing_behind(workers, broker):
    """When a client leaves or is refused, nothing of it stays; your log has no error."""
    one, two = ready(*workers)
    visits = iter(range(100))

    def visit(how):
        room = f"room-{next(visits)}"  # each visit has a room of its own
        ada, grace = enter(one, "Ada", room), enter(one, "Grace", room)
        ada.send("hello")
        hears(grace, message("Ada", "hello"))
        grace.send("x" * TOO_LONG)
        told_off(one, grace)
        ada.leave(how)
        grace.leave(how)
        one.expect_refused("Eve", f"/rooms/{room}")

    enter(two, "Alan", "elsewhere")
    one.leaves_nothing(visit)

    def two_come_and_go():
        visit("politely")
        one.settle()

    broker.expect_no_more_connections(two_come_and_go, clients=2)
    two.expect_clean_log()
    leaves_nothing_after_a_broken_link(one, broker)
    leaves_nothing_after_an_outage(one, two, broker)


def leaves_nothing_after_a_broken_link(server, broker):
    """Whoever ends because a connection to the broker broke keeps no other one."""

    def two_lose_a_link():
        ada, grace = come_when_possible(server, "Ada", "Grace")
        for client in (ada, grace):
            client.send("hello")
        server.settle()
        broker.drop(only="pubsub")
        server.settle()
        go(server, ada, grace)
        server.wait(1)

    two_lose_a_link()  # what is made once for all is there then
    broker.expect_no_more_connections(two_lose_a_link, clients=2, why=ABOUT_A_BROKEN_LINK)


def leaves_nothing_after_an_outage(one, two, broker):
    """Of those who lost the broker, and of those who came while it was away, nothing stays."""

    def five_come_and_are_closed(_):
        clients = [enter(one, name) for name in ("Ada", "Ada again", "Grace")]
        broker.cut()
        one.wait(WITHIN)
        for name in ("Alan", "Alan again"):
            clients.append(one.knock(name, "/rooms/tea", cookies=cookie(name), slack=WITHIN))
        one.wait(1)
        go(one, *clients)
        broker.restore()
        for _ in range(BACK):
            one.wait(1)
            if passes(one, two, "tea") and passes(two, one, "tea"):
                break

    who = "that lost the broker, or came while it was away,"
    one.leaves_as_little(five_come_and_are_closed, who, many=5)


# Members, and what they hear


def ready(*servers):
    """The servers, once they have had a moment to find the broker."""
    servers[0].wait(1)
    return servers


def user(name):
    """The user that a client is: "Ada" for "Ada again"."""
    return str(name).split()[0]


def cookie(name):
    return {"token": f"token-{user(name).lower()}"}


def enter(server, name, room="tea", *, cookies=None, why=None, **options):
    """Come into a room; on return the program has done whatever it does then."""
    cookies = cookies or cookie(name)
    why = why or about_being_refused
    member = server.connect(name, f"/rooms/{room}", cookies=cookies, why=why, **options)
    server.settle()
    return member


def message(username, text):
    return {"type": "message", "username": username, "message": text}


def kind(came):
    event = parsed(came)
    return event.get("type") if isinstance(event, dict) else None


def is_heard(speaker, text, others, why):
    """One says something, and the others hear it next."""
    speaker.send(text)
    for member in others:
        hears(member, message(user(speaker), text), why)


def hears(member, event, why=None):
    """This message must come next."""
    hears_in_any_order(member, [event], why)


def hears_in_any_order(member, events, why=None):
    """All of these messages must come next, each once."""
    missing = list(events)
    while missing:
        came = receive(member, shown(missing[0]), about_what_comes(why))
        if parsed(came) in missing:
            missing.remove(parsed(came))
        else:
            known = about_repetition if parsed(came) in events else why
            another = partial(about_another_name, missing=missing)
            member.reject(
                came, shown(missing[0]), about_what_comes(known, another, about_the_shape)
            )


def shown(event):
    text = json.dumps(event, ensure_ascii=False)
    return text if len(text) < 200 else f"{text[:60]}… ({len(event['message']):,} characters)"


def receive(member, expected, why=None):
    """The next message that is no notice of a join or a leave."""
    while kind(came := member.receive(expected, why)) in BEHIND_THE_SCENES:
        pass
    return came


def told_off(server, member, why=None):
    """An error must come next, of exactly the shape that it should have; the member stays."""
    expected = '{"type": "error", "message": …}'
    came = receive(member, expected, why or about_length)
    event = parsed(came)
    if kind(came) != "error" or event.keys() != {"type", "message"}:
        member.reject(came, expected, about_the_shape if kind(came) == "error" else about_length)
    if not isinstance(event["message"], str):
        member.reject(came, f"{expected} with a text", about_length)
    server.settle()
    if not member.is_open:
        member.expect_nothing("Whoever sends too much is told, and stays: nothing is closed.")


def hears_kinds(member, kinds):
    """Events of these kinds must come next, in whatever order."""
    while kinds:
        expected = f'{{"type": "{kinds[0]}", …}}'
        came = receive(member, expected, about_one_moment)
        if kind(came) not in kinds:
            member.reject(came, expected, about_one_moment)
        kinds.remove(kind(came))


def about_one_moment(came):
    """A text that is too long and a short one of somebody else came at one moment."""
    if came is not None and not isinstance(came, str):
        return None
    return (
        "Two clients of one worker spoke at one moment, one of them too long. The length that"
        " counts is that of the text itself; what all connections share may be another's by then."
    )


def heard_all(server, *members, why, at_close=None):
    """No more messages may have come."""
    server.settle()
    for member in members:
        while member.waiting:
            came = member.receive()
            if kind(came) not in BEHIND_THE_SCENES:
                member.reject(came, "nothing", about_what_comes(why))
        if not member.is_open:
            member.expect_nothing(at_close)


def closed_for_now(server, member, why):
    """The connection must have been ended with 1013; what was said before does not matter."""
    server.settle()
    while member.waiting:
        member.receive()
    member.expect_closed(1013, why=why, slack=LATE)


def go(server, *members):
    """Members leave, the next one when all that the last one did has had its effect.

    So no more connections to the broker are in use than at any other time: one that lay idle as the
    broker went would be found broken later on, by whoever is the first to take it.
    """
    for member in members:
        member.leave()
        server.settle()


def chats_again(one, two, room, why=None):
    """Within some seconds, a message must pass between two new clients, and once."""
    why = why or about_coming_back
    for _ in range(BACK):
        one.wait(1)
        if passes(one, two, room):
            break
    grace, ada = enter(two, "Grace", room), enter(one, "Ada", room)
    for member in (ada, grace):
        if not member.is_open:
            member.expect_nothing(why)
    ada.send("How often is this heard?")
    hears_once(one, grace, message("Ada", "How often is this heard?"), why)
    go(one, ada, grace)


def hears_once(server, member, event, why):
    """This must come, once; what was said before, by others, may still be on its way."""
    while parsed(came := receive(member, shown(event), why)) != event:
        if parsed(came) != message("Ada", ASKED):
            member.reject(came, shown(event), about_what_comes(why, about_the_shape))
    server.settle()
    while member.waiting:
        if parsed(came := member.receive()) == event:
            member.reject(came, "nothing", about_hearing_twice)


def come_when_possible(server, *names):
    """New clients, at the latest after the seconds that it may take to find the broker again."""
    for _ in range(BACK):
        clients = [server.knock(name, "/rooms/tea", cookies=cookie(name)) for name in names]
        server.settle()
        if all(client.is_open for client in clients):
            break
        go(server, *clients)
        server.wait(1)
    return clients


def passes(one, two, room):
    """Whether a message passes between two new clients now."""
    ada = one.knock("Ada", f"/rooms/{room}", cookies=cookie("Ada"))
    one.settle()
    grace = two.knock("Grace", f"/rooms/{room}", cookies=cookie("Grace"))
    one.settle()
    came = []
    if ada.is_open and grace.is_open:
        ada.send(ASKED)
        one.settle()
        came = [parsed(grace.receive()) for _ in range(grace.waiting)]
    go(one, ada, grace)
    return message("Ada", ASKED) in came


def refused_page(server, origin):
    why = let_in(f"{quoted(origin)} is none of the allowed origins. {WHOLE_ORIGIN} {ORIGINS}")
    server.expect_refused("Ada", "/rooms/tea", cookies=cookie("Ada"), origin=origin, why=why)


# Known mistakes


def about_being_refused(client):
    """A client was not let in that should have been."""
    if client.status in (401, 403):
        return (
            "This client has a known token in its cookie, a room of a good name, and no `Origin`"
            " but an allowed one: a program sends none at all. Other cookies and query parameters"
            " may be there too."
        )
    return None


def about_several_origins(client):
    """A page was refused whose origin stands among several."""
    if client.status in (401, 403):
        return f"`ALLOWED_ORIGINS` names several, with commas between them: split it. {ORIGINS}"
    return None


def about_the_environment(client):
    """A page was refused that the environment names, and the default is let in all the same."""
    return (
        "This worker was started with other origins in the environment variable `ALLOWED_ORIGINS`,"
        " and still lets the default in: it does not seem to read it."
    )


def let_in(rule):
    """What is said of a client that should have been refused, and by which rule, and was not."""
    return partial(about_letting_in, rule=rule)


def about_letting_in(client, rule):
    """A client that should have been refused was not, or not in this way."""
    if client.closed is not None:
        return (
            "It was let in first. By then the handshake has been answered with 101, and a close"
            " code is no refusal: refuse before `accept()`. Lesson 04, “Refusing before and after"
            " accept”."
        )
    if client.status == 500:
        return (
            "HTTP 500 says that the endpoint failed. To refuse, raise `WebSocketException` before"
            " `accept()`, or close."
        )
    if client.is_open:
        return rule
    return None


def about_what_comes(*whys):
    """What the first of `whys` says that knows something of a message, or of silence (None)."""

    def about(came):
        if came is not None and not isinstance(came, str):
            return None  # how a connection ended says enough
        return next(filter(None, (why(came) for why in whys if why)), None)

    return about


def about_another_name(came, missing):
    """What came is what was missing, but for the name, which is that of another member."""
    event = parsed(came)
    if not isinstance(event, dict) or event.get("username") not in PEOPLE:
        return None
    if all({**event, "username": wanted["username"]} != wanted for wanted in missing):
        return None
    return (
        "That is the name of another member. Is it kept in a variable that all connections share,"
        " such as a global? Then it is that of one of them."
    )


def about_workers(came, on_its_way, elsewhere):
    """A member did not hear another; `elsewhere` is the submission, if it was on another worker."""
    if came is not None:
        return None
    if not on_its_way:
        return (
            "What was said did not go to the broker. What a worker passes on by itself reaches its"
            " own members only. Lesson 05, “Two workers”."
        )
    if elsewhere and (line := elsewhere.line_of_text(OWN_IDS)):
        return (
            "Is it that the workers give out the same ids? Each worker counts for itself, so that"
            f" connections of two workers can be mistaken for one another: {elsewhere.at(line)}."
            " `uuid.uuid4()` is different everywhere. Lesson 06, “Who is who”."
        )
    if elsewhere:
        return (
            "It went to the broker, and the other worker did not pass it on: does it listen to the"
            " broker, and to this room? Lesson 05, “Two workers”."
        )
    return (
        "It went to the broker, and did not come back to this member. If an id says whose message"
        " it is, no two connections may have the same. Lesson 06, “Who is who”."
    )


def about_the_shape(came):
    """What came is not the JSON that should have."""
    if not isinstance(came, str):
        return None
    event = parsed(came)
    if isinstance(event, str):
        return "This is JSON within JSON: the text was JSON already. `send_text` sends it as it is."
    if not isinstance(event, dict):
        return "What members get is a JSON object; its `type` says what happened."
    wanted = (
        {"type", "username", "message"} if event.get("type") == "message" else {"type", "message"}
    )
    if less := sorted(wanted - event.keys()):
        return f"It lacks {' and '.join(f'`{key}`' for key in less)}."
    if more := sorted(event.keys() - wanted):
        return f"It has more keys than it should: {', '.join(f'`{key}`' for key in more)}."
    return None


def about_oneself(came):
    """A speaker heard what it said itself."""
    return (
        "The broker gives a worker what the worker itself has published, too. Leave out the"
        " connection that the message came from, and no other. Lesson 06, “Who is who”."
    )


def about_repetition(came):
    """A message came twice."""
    return (
        "Each message should come once. Either every connection listens for itself, or one"
        " listener passes on to all; where both happen, members hear everything several times."
    )


def about_names(came):
    """Members who are the same user."""
    if came is None:
        return (
            "The same user is connected more than once. Tell connections apart by an id of their"
            " own, not by the name. Lesson 06, “Who is who”."
        )
    event = parsed(came)
    if isinstance(event, dict) and event.get("username") == "Ada":
        return "The name is right; the text is not what was sent."
    return "The name belongs to the token. Whatever else a client says of itself is no proof."


def about_length(came):
    """Something about the limit is not right."""
    if came is None:
        return (
            "The limit counts characters, as `len()` does for a text; some characters take up to"
            " four bytes. 1,000 of them are allowed, one more is answered with an error."
        )
    if not isinstance(came, str):  # how the connection was ended
        return "Whoever sends too much is told, and stays: nothing is closed."
    if kind(came) == "error":
        return (
            "The limit counts characters, as `len()` does for a text, and 1,000 of them are"
            " allowed. The error is for the sender alone."
        )
    if kind(came) == "message":
        return "A message of more than 1,000 characters goes to nobody, not even a part of it."
    return about_the_shape(came)


def about_the_longest(came, text):
    """A message of exactly 1,000 characters did not come as it was sent."""
    if kind(came) == "message":
        return about_text(text)(came)
    return about_length(came)


def about_being_told_again(came):
    """A message that is too long was not answered, though the first one was."""
    if came is None:
        return "The first one was answered. Whoever sends too much is told so each time."
    return about_length(came)


def about_after_an_error(came):
    """What a member said after it had been told off was not heard."""
    if came is None:
        return (
            "Ada had sent too much, and was told so. She is a member as before: what she says next"
            " goes to the others."
        )
    return None


def about_texts(came):
    """A text did not arrive as it was sent."""
    if came is None:
        return "Every text is a message: also an empty one."
    if parsed(came) is None and came.startswith("{") and not came.endswith("}"):
        return f"The JSON was cut after {len(came):,} characters: its end is missing."
    if parsed(came) is None:
        return "This is no JSON. `json.dumps` knows what to do with quotes, `\\` and line ends."
    return about_the_shape(came)


def about_rooms(came):
    """Somebody heard what was said in another room."""
    if came is None:
        return None
    return (
        "This belongs to another room, or came twice. Compare names of rooms whole. Lesson 06,"
        " “A channel for each room”."
    )


def about_losses(came):
    """A message was lost while all spoke."""
    if came is None:
        return (
            "Whoever ends a subscription at each message and subscribes again misses what is said"
            " in between. Subscribe once. Lesson 05, “What the chapter's pattern loses”."
        )
    return about_the_shape(came)


def about_many(closed, many):
    """A client was closed, when there were many, though the broker was there."""
    return (
        f"This worker has {many} clients, and the broker is there. Does each of them hold something"
        " of which there are few, such as a thread or a connection of a pool?"
    )


def about_coming_together(came):
    """A member heard nothing, or heard it twice, that came at one moment with another."""
    return (
        "The two came at one moment into an empty room, while the broker was slow. Between a look"
        " (`if room not in …`) and an `await` that follows it, another task may look as well."
    )


def about_an_emptied_room(came):
    """A member heard nothing that came as the last one left."""
    return (
        "The last member of this room left, and while that waited for the broker, another one came."
        " Whoever tidies up after the last one looks, after each `await`, whether somebody has come"
        " meanwhile."
    )


def about_quiet(came):
    """Something was wrong though the broker was there."""
    return (
        "Nobody spoke for some seconds, and the broker was there all the time. (A `socket_timeout`"
        " also ends a `listen()` to which nothing comes.)"
    )


def about_closing(closed, newcomer=False, others=False):
    """A client was not closed with 1013."""
    if closed is None and others:
        return (
            "Others were closed, and this one was not. All connections end: on every worker, in"
            " every room, and each of a user who has several."
        )
    if closed is None:
        start = "The broker is away" if newcomer else "The broker was lost"
        return (
            f"{start}, and this client waits for messages that cannot come. Somebody has to notice,"
            f" also while nobody speaks, and to end all connections. {AWAY}"
        )
    if isinstance(closed, str):
        return None
    if closed.code == 1006:
        return (
            "1006 means that the endpoint ended without a close frame: an error of the broker went"
            f" right through it. {AWAY}"
        )
    return f"1013 says “try again later”, which is what a client can do then. {AWAY}"


def about_turning_away(client):
    """A new client could not even connect while the broker was away."""
    if client.status is None:
        return (
            "It seems to wait for the broker before `accept()`. Accept, and say with 1013 that"
            f" there is nothing to be had now. {AWAY}"
        )
    if client.status in (401, 403):
        return (
            "A refused handshake tells a browser nothing. Accept first; then close with 1013, which"
            f" a page can read. {AWAY}"
        )
    return f"The endpoint failed before `accept()`, because of the broker. {AWAY}"


def about_a_dropped_connection(came):
    """New clients cannot chat though only a connection to the broker was lost for a moment."""
    if getattr(came, "code", None) == 1013:
        return (
            "A connection to the broker broke more than 10 s ago, and the broker was there all the"
            " time. That it broke was noticed. When does somebody try again, and how long are the"
            f" pauses between two tries? {AWAY}"
        )
    return (
        "A connection on which a worker listens was broken, and the broker was there all the time:"
        " to ping it on another connection does not tell. Who notices, and subscribes anew?"
        f" {AWAY}"
    )


def about_hearing_twice(came):
    """A message came twice after the broker had been away."""
    return (
        "Before the broker was lost it came once. Whoever listens anew has to end what listened"
        f" before. {AWAY}"
    )


def about_coming_back(came):
    """New clients cannot chat though the broker is back."""
    if came is None:
        return (
            "Messages do not come through. Whoever listened to the broker has stopped when it went:"
            f" it has to be connected and subscribed anew. {AWAY}"
        )
    return (
        "The broker has been there again for more than 10 s. Who looks for it, and who tells the"
        f" endpoint that it is back? {AWAY}"
    )

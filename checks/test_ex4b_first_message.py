"""Checks for exercise 4b, the token in the first message."""

import itertools
import json
from functools import partial

from workbook.grader import MANY, TEXTS, Mistake, about_text, parsed, points, quoted

ADA, GRACE = {"token": "token-ada"}, {"token": "token-grace"}
SECTION = "Lesson 04, “The first message”."
ON_TIME = (
    "The token came at the very moment at which the time was up. The client may be welcomed, and"
    " then it stays; or it is closed with 1008."
)
OTHER_MESSAGES = {  # what a first message may be instead, by what is wrong with it
    "It is an object, and has no key `token`.": [
        "{}",
        '{"name": "token-ada"}',
        '{"Token": "token-ada"}',
    ],
    "It is no JSON object: a token by itself is not enough.": ["token-ada", '"token-ada"'],
    "It is no JSON at all.": ["", "x" * 5_000],
    "It is JSON, and no object.": [
        '["token", "token-ada"]',
        '[["token", "token-ada"]]',
        '[{"token": "token-ada"}]',
        "5",
        "null",
        "true",
    ],
    "Its token is no string.": [
        '{"token": null}',
        '{"token": 1}',
        '{"token": ["token-ada"]}',
        '{"token": {"token-ada": "Ada"}}',
    ],
    "It is a binary message, and bytes are no token, whatever they say.": [
        b"",
        b"\x00\xff\x80",
        b'{"token": "token-ada"}',
    ],
}
NOT_AS_TEXT = "Read the message with `json.loads()` instead of comparing its text."
LONG = "y" * 1_000_000
PATIENCE = (1, 1, 1, 1, 1, 5, 10, 40)  # seconds to wait on, to say what came too late


@points(1)
def test_welcomes_a_known_token(server, conversation):
    """You answer a known token with its user's name, as JSON."""
    for token, name in [("token-ada", "Ada"), ("token-grace", "Grace")]:
        client = server.connect(why=about_the_handshake)
        client.expect_nothing(why=about_early_words)
        client.send(f'{{"token": "{token}"}}')
        welcomed(server, client, name)
        client.expect_nothing(why="The welcome comes once; then it is the client's turn.")
    second = server.connect()
    second.send_json(ADA)
    welcomed(server, second, "Ada", why="Two clients may show the same token.")
    for same, why in [
        ('{"token":"token-ada"}', "It is the same JSON, without the space."),  # JSON.stringify()
        ('{\r\n\t"token" :\n  "token-ada"\n}\n', "It is the same JSON, on several lines."),
    ]:
        other = server.connect()
        other.send(same)
        welcomed(server, other, "Ada", why=f"{why} {NOT_AS_TEXT}")
    ada, grace = server.connect("Ada"), server.connect("Grace")
    with conversation.at_one_moment():
        ada.send_json(ADA)
        grace.send_json(GRACE)
    for client in (ada, grace):
        welcomed(server, client, client.name)


@points(1)
def test_accepts_everybody_and_says_nothing_first(server):
    """You accept every client, and say nothing until its token has come."""
    for options in [
        {},
        {"cookies": {"token": "token-alan", "theme": "dark"}},
        {"cookies": ADA},
        {"query": {"token": "token-ada", "lang": "fr"}},
        {"origin": "https://elsewhere.example"},
    ]:
        client = server.connect("A", **options, why=about_the_handshake)
        client.expect_nothing(why=about_early_words)
        client.send_json(GRACE)
        welcomed(server, client, "Grace")
        client.leave()
    server.expect_never_blocked()


@points(1)
def test_echoes_after_the_welcome(server, conversation):
    """You then send every text back exactly as it came, whatever it looks like."""
    client = log_in(server)
    client.send("hello")
    client.expect("hello", why=about_the_first_text)
    for text in ['{"token":  "token-grace"}', '{"token": "token-alan"}', *TEXTS, LONG]:
        client.send(text)
        client.expect(text, why=about_text(text, about_the_echo))
    client.expect_nothing(why="Each message gets one answer.")
    hasty = server.connect("hasty")
    with conversation.at_one_moment():
        hasty.send_json(GRACE)
        for text in ("hello", "hello", "and goodbye"):
            hasty.send(text)
    welcomed(server, hasty, "Grace")
    for text in ("hello", "hello", "and goodbye"):
        hasty.expect(text, why=about_haste)
    texts = [f"number {number}" for number in range(1, 151)]
    with conversation.at_one_moment():
        for text in texts:
            client.send(text)
    for text in texts:
        client.expect(text, why=about_many_texts)
    serves_a_crowd(server)


@points(1)
def test_closes_on_an_unknown_token(server):
    """You close with 1008 on an unknown token: there is no second try."""
    log_in(server)
    tokens = ["token-alan", "", "token-ada2", " token-ada ", "Token-Ada", "Ada", "long " * 40]
    for token in [*tokens, "é" * 100, "😀" * 100]:
        client = server.connect("A")
        client.send(json.dumps({"token": token}, ensure_ascii=False))
        turned_away(server, client, f"{quoted(token, 40)} is no key of `USERS`.")
    with_second_try = server.connect("A")
    with_second_try.send_json({"token": "token-alan"})
    with_second_try.send_json(ADA)
    turned_away(server, with_second_try)
    log_in(server, why=about_those_before)
    server.expect_never_blocked()


@points(1)
def test_closes_on_any_other_first_message(server):
    """You close with 1008 on a first message without a token, whatever it is."""
    log_in(server)
    for rule, messages in OTHER_MESSAGES.items():
        for first in messages:
            client = server.connect("A")
            client.send(first)
            turned_away(server, client, rule)
    log_in(server, why=about_those_before)


@points(1)
def test_closes_who_says_nothing_in_time(server):
    """You close with 1008 whoever says nothing for 5 seconds, each in its own time."""
    a, a_came = server.connect("A"), server.now
    server.wait(2.5)
    b, b_came = server.connect("B"), server.now
    server.wait(2.3)
    a.expect_nothing(why=about_an_early_end)
    server.wait(1.2)
    closed_in_time(server, a, a_came)
    b.expect_nothing(why=about_the_time_of_another)
    silent = [server.connect(f"silent {number}") for number in range(1, MANY + 1)]
    silent_since = server.now
    c = server.connect("C")
    c.send_json(GRACE)
    welcomed(server, c, "Grace", why=about_waiting_for_another)
    c.send("hello")
    c.expect("hello", why=about_the_first_text)
    server.wait(4)
    closed_in_time(server, b, b_came)
    server.wait(2)
    for client in silent:
        closed_in_time(server, client, silent_since)
    server.expect_never_blocked()
    late = []
    for pause in (0.1, 0.25, 0.5, 0.75):  # a program that looks at its clock now and then is late
        server.wait(pause)
        client, came = server.connect("D"), server.now
        server.wait(4.8)
        client.expect_nothing(why=about_an_early_end)
        server.wait(0.3)
        closed_in_time(server, client, came)
        late.append(server.now - came)
    if min(late) > 5.6:
        raise Mistake(
            f"{len(late)} clients that said nothing were closed {min(late):.1f} s after they had"
            " come, at the soonest. It should have been 5 s."
        )


@points(1)
def test_sets_no_deadline_after_the_welcome(server):
    """You let a client that was welcomed be silent for as long as it likes."""
    early, late = server.connect("early"), server.connect("late")
    early.send_json(ADA)
    welcomed(server, early, "Ada")
    server.wait(4.8)
    late.expect_nothing(why=about_an_early_end)
    late.send_json(GRACE)
    welcomed(server, late, "Grace", why="4.8 seconds are within 5.")
    server.wait(4)
    for client in (early, late):
        client.expect_nothing(why=about_a_second_deadline)
    early.send("still there?")
    early.expect("still there?", why=about_the_first_text)
    for pause in (60, 3_700):
        server.wait(pause)
        for client in (early, late):
            client.expect_nothing(why=about_a_second_deadline)
            client.send("hello again")
            client.expect("hello again", why=about_the_echo)
    be_on_time(server)
    server.expect_clean_log()


@points(1)
def test_leaves_nothing_behind(server):
    """You keep nothing of a client that left or was closed; your log has no error."""

    users = itertools.cycle([(ADA, "Ada"), (GRACE, "Grace")])

    def visit(how):
        token, name = next(users)
        client = server.connect("A")
        client.send_json(token)
        welcomed(server, client, name)
        client.send("hello")
        client.expect("hello")
        client.leave(how)

    def say_nothing(how):
        server.connect("A").leave(how)

    def be_late(_how):
        client = server.connect("A")
        server.wait(6.5)
        client.leave()

    def be_unknown(_how):
        client = server.connect("A")
        client.send_json({"token": "token-alan"})
        server.settle()
        client.leave()

    server.leaves_nothing(visit)
    server.leaves_nothing(say_nothing)
    server.wait(10)
    server.expect_clean_log()
    leaves_nothing_of(server, be_late, "2 clients that said nothing in time")
    leaves_nothing_of(server, be_unknown, "2 clients with unknown tokens")


# What is done again and again


def log_in(server, why=None):
    """A client that does as it should, and is welcomed."""
    client = server.connect("Grace", why=about_the_handshake)
    client.send_json(GRACE)
    welcomed(server, client, "Grace", why)
    return client


def welcomed(server, client, name, why=None):
    """The client must be welcomed next, under its name."""
    client.expect_json({"welcome": name}, why=partial(about_a_welcome, server, client, why))


def turned_away(server, client, rule=""):
    """The client must be closed with 1008 next, since its message breaks a rule."""
    client.expect_closed(1008, why=partial(about_turning_away, server, client, rule))


def closed_in_time(server, client, came_at):
    """The client, which said nothing since it came, must be closed with 1008 next."""
    client.expect_closed(1008, why=partial(about_the_deadline, server, client, came_at))


def be_on_time(server):
    """A token that comes at the very moment at which the time is up is welcomed, or closed.

    Both may be under way then: a client that was welcomed and closed in that moment has been late.
    """
    client = server.connect("on time")
    server.wait(4.8)
    client.expect_nothing(why=about_an_early_end)
    server.send_as_time_passes(client, 0.3, '{"token": "token-ada"}')
    server.wait(1)  # a program may take a moment for what it does at once
    if client.is_open:
        client.expect_json({"welcome": "Ada"}, why=ON_TIME)
        server.wait(6)
        client.expect_nothing(why=ON_TIME)
        return
    if client.waiting:
        client.expect_json({"welcome": "Ada"}, why=ON_TIME)
    client.expect_closed(1008, why=ON_TIME)


def serves_a_crowd(server):
    """Many clients must be let in, welcomed and answered."""
    names = [f"client {number}" for number in range(1, MANY + 1)]
    crowd = [server.connect(name, why=about_a_crowd) for name in names]
    for client in crowd:
        client.send_json(ADA)
    for client in crowd:
        client.expect_json({"welcome": "Ada"}, why=about_a_crowd)
        client.send(f"I am {client}")
        client.expect(f"I am {client}", why=about_a_crowd)


def leaves_nothing_of(server, visit, who):
    """Nothing may stay of clients that the server has closed."""
    try:
        server.leaves_nothing(visit, every=("politely",), who=who)
    except Mistake as mistake:
        if "the endpoint itself" not in mistake.says:
            raise
        why = (
            "The endpoint closed the connection, and did not return: it still waits for something."
        )
        raise Mistake(mistake.says, why, mistake.tasks) from None


def waits_on(server, client):
    """Let time pass until something comes of a client; say in words what it was, and when."""
    began = server.now
    for seconds in PATIENCE:
        server.wait(seconds)
        if client.waiting:
            return f"Something came {server.now - began:.0f} s later."
        if client.closed is not None:
            return f"It was closed {server.now - began:.0f} s later ({client.closed})."
    return f"Nothing came within {sum(PATIENCE)} s either."


# Known mistakes


def about_the_handshake(client):
    """A client was not let in."""
    if client.status in (401, 403):
        return (
            "The token comes in the first message, and nobody can send one before the connection"
            " is open. So `accept()` comes first, for everybody, whatever cookies, query or origin"
            f" they have. {SECTION}"
        )
    return None


def about_early_words(came):
    """Something was said before a token came."""
    if isinstance(came, str | bytes):
        return "Nothing is sent before the token was checked: who listens may be anybody."
    return None


def about_an_early_end(came):
    """Something was said, or the connection was closed, within the 5 seconds."""
    return about_early_words(came) or "The deadline is 5 seconds after the connection."


def about_the_time_of_another(came):
    """Something was said to a client, or it was closed, when another one's time was up."""
    return about_early_words(came) or "Every client has 5 seconds of its own."


def about_a_welcome(server, client, why, came):
    """A known token had no answer, or another one."""
    told = why(came) if callable(why) else why
    if came is None:
        later = waits_on(server, client)
        told = told or "One message is enough, the first: it is answered as soon as it has come."
        return f"{later} {told} {SECTION}"
    return about_the_welcome(came) or told or about_the_end(came)


def about_the_welcome(came):
    """What is known to lead to such an answer to a known token."""
    answer = parsed(came)
    if isinstance(came, bytes):
        return (
            "`send_json(…)` and `send_text(…)` send a text message, `send_bytes(…)` a binary one."
        )
    if not isinstance(came, str):
        return None
    if "token-" in came:
        return "The answer has the user's name, not the token: look it up in `USERS`."
    if isinstance(answer, dict):
        return about_the_object(answer)
    if isinstance(answer, str) and isinstance(parsed(answer), dict):
        return (
            "That is JSON within JSON: `send_json` takes the object itself, `send_text` its JSON."
        )
    if came.startswith("{'"):
        return (
            "That is how Python shows a dict: JSON has double quotes. `send_json(…)` or"
            " `json.dumps(…)` makes JSON of it."
        )
    return 'The answer is a JSON object: `send_json({"welcome": …})`.'


def about_the_object(answer):
    """The answer is a JSON object, and another one."""
    if answer.keys() == {"welcome"} and answer["welcome"] in ("Ada", "Grace"):
        return (
            "That is another user: what one client has shown must not count for another one. Keep"
            " it inside the endpoint. Lesson 02, “What belongs to one connection”."
        )
    if [key.lower() for key in answer] == ["welcome"] and "welcome" not in answer:
        return "The key is `welcome`, in small letters."
    return 'The answer has one key, "welcome", with the name as its value, and nothing more.'


def about_waiting_for_another(came):
    """C had no answer, while B was connected and had said nothing."""
    if came is None:
        return "B has said nothing yet, and C must not have to wait for B."
    return None


def about_those_before(came):
    """A known token was not welcomed after others had been closed."""
    if getattr(came, "code", None) is not None:
        return (
            "Others had been closed before it. They do not count against it: this is another"
            " client, and its first message has a known token."
        )
    return None


def about_a_crowd(came):
    """One of many clients was not let in, not welcomed or not answered."""
    if isinstance(came, str | bytes):
        return about_the_echo(came)
    return f"{MANY} clients come. Each is served, however many there are."


def about_haste(came):
    """Something that came along with the token is missing."""
    if came is None:
        return "It came along with the token, before the welcome was sent. It is text all the same."
    return about_the_echo(came)


def about_the_first_text(came):
    """The first text after the welcome did not come back."""
    if came is None:
        return (
            "It is the first text after the welcome, and it comes back like any other. Perhaps a"
            " receive before the loop takes it."
        )
    return about_the_echo(came)


def about_many_texts(came):
    """A text is missing, or in another's place, when many come at once."""
    if isinstance(came, str | None):
        return "150 texts came at once. Each comes back, in the order in which they came."
    return about_the_echo(came)


def about_the_echo(came):
    """What is known to lead to such an echo."""
    if isinstance(came, bytes):
        return "What came as text goes back as text: `send_text(…)`."
    if isinstance(came, str) and "welcome" in came:
        return "Only the first message is read for a token; later ones are text like any other."
    if getattr(came, "code", None) == 1008:
        return "Only the first message is checked. Whatever comes later is text like any other."
    if getattr(came, "code", None) == 1009:
        return "1009 says that a message was too big. There is no limit for a text."
    return None


def about_the_end(came):
    """What is known to lead to something else than close code 1008."""
    if came is None:
        return "There is no second try: after a wrong first message the connection is closed."
    if isinstance(came, str) and "welcome" in came:
        return f"There is no second try, and no welcome without a known token. {SECTION}"
    if isinstance(came, str | bytes):
        return "Whoever has not shown a known token gets no message at all, only the close code."
    code = getattr(came, "code", None)
    if code == 1006:
        return "1006 is what a client sees when the endpoint raised, or returned, without closing."
    if code == 1000:
        return "`close()` without a code closes with 1000, which says that all is well."
    return None


def about_turning_away(server, client, rule, came):
    """Somebody without a known token was not closed, or in another way, or even welcomed."""
    if came is None:
        return " ".join(filter(None, [waits_on(server, client), rule, about_the_end(came)]))
    if isinstance(came, str) and "welcome" in came:
        return f"{rule} {about_one_before(came)}{about_the_end(came)}".strip()
    if getattr(came, "code", None) == 1006:
        return (
            f"{about_the_end(came)} A first message may be no JSON, no object, a token that is no"
            " string, or bytes."
        )
    told = about_the_end(came) or "Whatever is wrong with a first message, the close code is 1008."
    return told if isinstance(came, str | bytes) else f"{rule} {told}".strip()


def about_one_before(came):
    """The name is that of the client that was welcomed before."""
    if parsed(came) == {"welcome": "Grace"}:
        return "Grace was welcomed before, on a connection of her own: that lets nobody else in. "
    return ""


def about_the_deadline(server, client, came_at, came):
    """Somebody who said nothing is still there, or ended otherwise."""
    if came is None:
        waits_on(server, client)
        after = f"{server.now - came_at:.0f} s"
        told = (
            f"was closed {after} after it had come"
            if client.closed
            else f"was still there after {after}"
        )
        return (
            f"It {told}. A client that never speaks must not stay for ever, whatever others do"
            f" meanwhile: each connection has a deadline of its own, 5 s after it came. {SECTION}"
        )
    return about_the_end(came)


def about_a_second_deadline(came):
    """Somebody who was welcomed was closed."""
    if getattr(came, "code", None) is not None:
        return (
            "The deadline is for the first message only. A timer that was set for it is cancelled"
            f" when it has come, and a time-out stands around that one receive. {SECTION}"
        )
    return None

"""Checks for exercise 2b, readings in JSON."""

import json
import math
from functools import partial

from workbook.grader import MANY, parsed, points, quoted

LESSON = "Lesson 02, “Text, bytes, JSON”."


@points(1)
def test_answers_a_reading(server):
    """You answer the first reading: count 1, and the mean is its own value."""
    client = server.connect()
    client.send('{"value": 20}')
    expect_mean(client, [20])


@points(1)
def test_answers_with_count_and_mean_of_all_readings(server):
    """You answer each reading with the count and the mean of all readings so far."""
    client = server.connect()
    values = []
    for text in ["22.1", "20", "18.5", "-4", "0", "-0.125", "1.5e3", "2E-3", "25", "7e+1", "-2e2"]:
        client.send(f'{{"value": {text}}}')
        values.append(json.loads(text))
        expect_mean(client, values, partial(about_a_number, text=text))
    note = "Grüße, 世界 " * 7_000
    for text, why in [
        ('\n  {\t"value" :7\n}  ', about_white_space),
        ('{"unit": "C", "value": 8, "at": [1, {"value": 2}]}', about_other_keys),
        ('{"unit": "°C", "value": 8}', about_every_script),
        (f'{{"note": "{note}", "value": 8}}', about_a_long_reading),
    ]:
        client.send(text)
        values.append(json.loads(text)["value"])
        expect_mean(client, values, why)
    for _ in range(150):
        client.send('{"value": 8}')
    for more in range(1, 151):
        expect_mean(client, values + [8] * more)
    client.expect_nothing(why="Each reading gets one answer.")
    client.send('{"value": 1700000001}')  # the last: beside it no other reading weighs much
    expect_mean(client, [*values, *[8] * 150, 1_700_000_001])


@points(1)
def test_keeps_the_readings_of_each_connection_apart(server, submission, conversation):
    """You keep the readings of each connection apart, and serve all of them meanwhile."""
    a, b, c = server.connect("A"), server.connect("B"), server.connect("C")
    sent = {a: [], b: [], c: []}
    for client, value in [(c, 9), (a, 10), (b, 20), (a, 14), (b, -20), (c, 0), (a, 0)]:
        client.send_json({"value": value})
        sent[client].append(value)
        expect_mean(client, sent[client], shared_readings(sent, submission))
    with conversation.at_one_moment():
        for client, value in [(a, 30), (b, 40), (c, 50)]:
            client.send_json({"value": value})
            sent[client].append(value)
    for client in (a, b, c):
        expect_mean(client, sent[client], about_one_moment)
    a.leave()
    d = server.connect("D")
    d.send_json({"value": 3})
    expect_mean(d, [3], shared_readings(sent, submission))
    for client in (b, c):
        client.expect_nothing(why="An answer goes to the client that asked, and to nobody else.")
    be_silent_for_long(server)
    server.expect_never_blocked()
    serve_a_crowd(server)


@points(1)
def test_answers_what_is_not_json_with_an_error(server):
    """You answer what is not JSON with an error, do not count it, and go on."""
    refuse_each(
        server,
        [
            '{"value": 1',
            "warm",
            "",
            "   ",
            "{'value': 1}",
            '{"value": }',
            '{"value": 1,}',
            '{"value": 1} {"value": 2}',
        ],
        about_broken_json,
    )


@points(1)
def test_answers_an_object_without_value_with_an_error(server):
    """You answer what has no `value` with an error: other keys, or not an object at all."""
    others = ["{}", '{"values": 1}', '{"Value": 1}', '{"reading": {"value": 1}}']
    lists = ["[]", "[1, 2]", '["value"]', '[{"value": 1}]']
    refuse_each(server, others, about_no_value)
    refuse_each(server, lists, about_no_value)
    refuse_each(server, ['"value"', '"5"', "5", "0", "true", "null"], about_no_value)


@points(1)
def test_takes_nothing_but_a_number_for_a_value(server):
    """You answer a `value` that is not a number with an error."""
    others = ["null", "[]", "[1]", "{}", '{"value": 1}', "true", "false"]
    strings = ['"warm"', '""', '"5"', '"1.5e3"']
    refuse_each(server, [f'{{"value": {value}}}' for value in strings], about_no_number)
    refuse_each(server, [f'{{"value": {value}}}' for value in others], about_no_number)
    refuse_again_and_again(server)


@points(1)
def test_closes_1003_at_a_binary_message(server, conversation):
    """You end the connection with close code 1003 at a binary message."""
    other = server.connect("other")
    other.send_json({"value": 1})
    expect_mean(other, [1])
    for data in [b"\x00\xff\x80", b'{"value": 5}', b"5", b""]:
        client = server.connect("A")
        client.send_json({"value": 8})
        expect_mean(client, [8])
        client.send(data)
        client.expect_closed(1003, why=lambda came, data=data: about_binary(came, data))
    send_binary_after_readings(server.connect("B"), conversation)
    other.send_json({"value": 2})
    expect_mean(other, [1, 2])
    server.expect_clean_log()


@points(1)
def test_leaves_nothing_behind(server):
    """When a connection ends, nothing of it stays and your log has no error."""

    def visit(how):
        client = server.connect()
        client.send_json({"value": 4})
        expect_mean(client, [4])
        client.send("not JSON")
        expect_error(client, "not JSON", about_broken_json)
        client.leave(how)

    def silent_visit(how):
        server.connect().leave(how)

    def binary_visit(how):
        client = server.connect()
        client.send(b"4")
        client.expect_closed(1003, why=lambda came: about_binary(came, b"4"))

    server.leaves_nothing(visit)
    server.leaves_nothing(silent_visit)
    who = "2 clients that were closed 1003"
    server.leaves_nothing(binary_visit, every=("politely",), who=who)
    survivor = server.connect("survivor")
    survivor.send_json({"value": 6})
    expect_mean(survivor, [6])


# Parts of checks


def be_silent_for_long(server):
    """A client says nothing for twelve minutes and is served all the same."""
    client = server.connect("E")
    client.send_json({"value": 1})
    expect_mean(client, [1])
    for _ in range(12):  # in strides: a program may look again and again, which takes a while
        server.wait(60)
    client.expect_nothing(why="The client was silent for some minutes. It may be.")
    client.send_json({"value": 2})
    expect_mean(client, [1, 2])


def serve_a_crowd(server):
    """The last of many clients is served, and the first of them."""
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    for client in (crowd[-1], crowd[0]):
        client.send_json({"value": 1})
        expect_mean(client, [1], about_a_crowd)


def refuse_again_and_again(server):
    """However many messages were refused on a connection, it stays open."""
    client = server.connect()
    for _ in range(12):
        for text in ('{"value": "warm"}', '{"value": []}', '{"value": null}'):
            client.send(text)
            expect_error(client, text, about_many_errors)
    client.send_json({"value": 3})
    expect_mean(client, [3], lambda came: counted_errors(came, [3]))


def send_binary_after_readings(client, conversation):
    """Readings and a binary message arrive at one moment: the readings are answered first."""
    values = [4, 9, 6, 2, 5]
    with conversation.at_one_moment():
        for value in values:
            client.send_json({"value": value})
        client.send(b"5")
    for count in range(1, len(values) + 1):
        expect_mean(client, values[:count], about_before_binary)
    client.expect_closed(1003, why=lambda came: about_binary(came, b"5"))


# What is said again and again


def expect_mean(client, values, why=None):
    """The answer to the last of these readings."""
    answer = {"count": len(values), "mean": sum(values) / len(values)}
    client.expect_json(
        answer,
        why=lambda came: (
            about_a_floor(came, values) or (why and why(came)) or about_the_mean(came, values)
        ),
    )


def expect_error(client, text, why):
    """The answer to a message that is no reading."""
    expected = "an object with the key `error`"
    answer = client.expect_object(expected, why=lambda came: about_no_object(came, text, why))
    if "error" not in answer:
        came = json.dumps(answer)
        took = (
            "it was taken as a reading"
            if "count" in answer
            else f"what came was {quoted(came, 60)}"
        )
        says = f"{quoted(text, 40)} should be answered with {expected}; {took}."
        client.reject(came, expected, why(answer, text) if "count" in answer else None, says)


def refuse_each(server, texts, why):
    """Each of these texts is an error; the readings in between are counted as without them."""
    client, values, other = server.connect(), [], server.connect("other")
    for value, text in enumerate(texts, 10):
        client.send(text)
        expect_error(client, text, why)
        client.expect_nothing(why=about_what_follows)
        client.send_json({"value": value})
        values.append(value)
        expect_mean(client, values, lambda came: counted_errors(came, values))
    other.expect_nothing(why="An answer goes to the client that asked, and to nobody else.")
    client.leave()


# Known mistakes


def about_the_answer(came):
    """Answers that are not the object asked for."""
    if isinstance(came, bytes):
        return "`send_json(…)` sends a text message, unless it is told another `mode`."
    answer = parsed(came)
    if isinstance(answer, str) and isinstance(parsed(answer), dict):
        return (
            "That is JSON within JSON: `send_json` takes the object itself, `send_text` its JSON."
        )
    if answer is None and isinstance(came, str) and came.startswith("{'"):
        return (
            "That is how Python shows a dict. `json.dumps(…)` or `send_json(…)` makes JSON of it."
        )
    return None


def about_a_floor(came, values):
    """A mean without its fraction, wherever it comes."""
    answer, total, n = parsed(came), sum(values), len(values)
    if isinstance(answer, dict) and answer.get("mean") == total // n != total / n:
        return "`//` drops what stands behind the point; `/` keeps it."
    return None


def about_the_mean(came, values):
    """Means that are known to be mistaken."""
    answer = parsed(came)
    if not isinstance(answer, dict):
        return about_the_answer(came)
    mean, n = answer.get("mean"), len(values)
    if isinstance(mean, str):
        return "The mean should be a number, and that is a string."
    if "error" in answer:
        return f"{values[-1]} is a number, so this is a reading{about_a_refusal(values[-1])}."
    if answer.get("count") == n - 1:
        return "The counting starts at 0." if n == 1 else "One of the readings was not counted."
    if answer.get("count") != n or not isinstance(mean, int | float):
        return None
    return about_another_mean(mean, values)


def about_another_mean(mean, values):
    """Other numbers that readings give."""
    total, n = sum(values), len(values)
    if mean == total:
        return "That is the sum of the readings; the mean is their sum divided by their count."
    if mean == values[-1]:
        return "That is the last reading by itself; the mean is that of all readings so far."
    if mean == values[-1] / n:
        return "Only the last reading was divided by the count; the mean takes the sum of all."
    for last in range(2, n):
        if math.isclose(mean, sum(values[-last:]) / last):
            return f"That is the mean of the last {last} readings; it should be that of all."
    if abs(mean - total / n) < 1:
        return "That is near: something seems to be rounded, or weighted, on the way."
    return None


def about_one_moment(came):
    """An answer that is right for another client, whose reading came at the same moment."""
    if isinstance(parsed(came), dict) and "mean" in parsed(came):
        return (
            "Three clients sent a reading at one moment. At each `await` another connection may run"
            " on: what belongs to one connection is kept in its own variables."
        )
    return None


def about_a_crowd(came):
    """A client is not answered that came as the last of many."""
    if came is None:
        return f"{MANY} clients are connected. Each is served, however many there are."
    return None


def about_before_binary(came):
    """Readings that came just before a binary message."""
    if came is None or hasattr(came, "code"):
        return "The reading came before the binary message, so it is answered before the close."
    return None


def about_many_errors(came, text):
    """A connection that does not bear many errors."""
    if hasattr(came, "code"):
        return "However many messages are refused on a connection, it stays open."
    return "Every message gets an answer, also after many that were refused."


def is_refused(came):
    """Whether no count and mean came: an error, another message, a close, or nothing."""
    answer = parsed(came)
    return not isinstance(answer, dict) or "error" in answer


def about_a_number(came, text):
    """A number that was refused, as it was sent."""
    answer = parsed(came)
    if isinstance(answer, dict) and "error" in answer:
        return f"{text} is a number, so this is a reading{about_a_refusal(json.loads(text))}."
    return None


def about_white_space(came):
    """White space in JSON was not expected."""
    return "White space around the parts of JSON does not count." if is_refused(came) else None


def about_other_keys(came):
    """A reading with more keys was refused, or another key was read."""
    return "It has other keys, too. The value is what stands under `value`, whatever is beside it."


def about_every_script(came):
    """A reading whose text is not ASCII was refused."""
    return "A text may have characters of every script, as ° here." if is_refused(came) else None


def about_a_long_reading(came):
    """A reading was refused that is long."""
    return "A reading may have a long text beside its value." if is_refused(came) else None


def about_a_refusal(value):
    """Numbers that are readily overlooked."""
    if value == 0:
        return ": 0 is false in Python, and it is not None"
    return ", whole or not, above 0 or below"


def counted_errors(came, values):
    """Messages that were no readings and have been counted all the same."""
    answer = parsed(came)
    if isinstance(answer, dict) and "error" in answer:
        return (
            "A reading came after a message that was refused. If a refused value is kept, each"
            " mean after it stumbles over it: take a value in once it is known to be a number."
        )
    count = answer.get("count") if isinstance(answer, dict) else None
    if isinstance(count, int) and len(values) < count <= 2 * len(values):
        return "A message that is answered with an error is not counted."
    mean = answer.get("mean") if count == len(values) > 1 else None
    if isinstance(mean, int | float) and abs(mean - sum(values) / count) >= 1:  # else it is rounded
        return "Only the readings belong to the mean, not what was answered with an error."
    if isinstance(count, int) and count < len(values):
        return "An error does not take back the readings that came before it."
    return None


def shared_readings(sent, submission):
    """Readings that live longer than a connection, or outside it."""

    def why(came):
        everything = [value for values in sent.values() for value in values]
        answer = parsed(came)
        if came is None:
            return "Others are still connected; nobody should have to wait until they have gone."
        if not isinstance(answer, dict) or answer.get("count") not in range(2, len(everything) + 2):
            return None
        line = submission.line_of_shared_state()
        where = f": {submission.at(line)}" if line else ""
        return (
            "The readings of several connections were put together, so they seem to live outside"
            f" the endpoint{where}. Lesson 02, “What belongs to one connection”."
        )

    return why


def about_an_end(came):
    """A connection that ended where an error should have been sent."""
    if getattr(came, "code", None) is not None:
        return (
            "An error is answered and the connection stays open: catch, for each message, what is"
            " raised when it is read."
        )
    return None


def about_no_object(came, text, why):
    """What came where an object with the key `error` should have come."""
    if isinstance(came, str | bytes):
        told = "The error is a JSON object with the key `error`, in a text message."
        return about_the_answer(came) or told
    return why(came, text)


def about_no_answer(came, rule):
    """Nothing came, or the end of the connection."""
    return about_an_end(came) or f"Every message gets an answer; {rule}."


def about_what_follows(came):
    """What came after an error, where nothing should."""
    if getattr(came, "code", None) is not None:
        return "After an error the connection stays open, and the client goes on."
    return "Each message gets one answer."


def about_broken_json(came, text):
    """What is not JSON and was not noticed."""
    if not isinstance(came, dict):
        return about_no_answer(came, "what is not JSON gets an error")
    return "`json.loads` refuses the whole text; whatever reads it here asks for less."


def about_no_value(came, text):
    """What has no value and was not noticed."""
    if not isinstance(came, dict):
        return about_no_answer(came, "what has no value gets an error")
    if text.startswith("{"):
        return "There is no `value` in that object, and nothing stands in for it."
    return f"`json.loads` gives whatever the JSON is, and this is no object. {LESSON}"


def about_no_number(came, text):
    """What is not a number and was taken for one."""
    if not isinstance(came, dict):
        return about_no_answer(came, "a value that is not a number gets an error")
    if "true" in text or "false" in text:
        return "In Python `True` and `False` are `int`s; in JSON true and false are not numbers."
    if '"5"' in text or '"1.5e3"' in text:
        return "A string of digits is a string; `float(…)`, or Pydantic, makes a number of it."
    return "The value is taken without a look at its type."


def about_binary(came, data):
    """Binary messages that were not noticed, or not as such."""
    code = getattr(came, "code", None)
    if data == b"":
        return "An empty message is a message: `b''` is false in Python, and it is not None."
    if code == 1006:
        return (
            "The endpoint ended without closing. `receive_text()` raises KeyError at a binary"
            " message, while `receive()` takes both; `close(1003)` sends the code."
        )
    if isinstance(came, str) and "error" in came:
        return "A binary message gets no answer, only close code 1003."
    if code is None:
        return f"What is in a binary message does not matter: it is binary. {LESSON}"
    return None

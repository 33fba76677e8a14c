"""Checks for exercise 1a, the handshake by hand."""

import base64
import hashlib
import string
from functools import partial

from websockets.utils import accept_key

from workbook.grader import Mistake, points, quoted

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3
KEYS = [KEY, "x3JJHMbDL1EzLkh9GBhXDw==", "+/+/+/+/+/+/+/+/+/+/+w==", "AAAAAAAAAAAAAAAAAAAAAA=="]
LESSON = "Lesson 01, “The upgrade, byte by byte”."
FIREFOX = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Accept": "*/*",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "X-Forwarded-Connection": "close",
    "Sec-WebSocket-Version": "13",
    "Origin": "http://localhost:9000",
    "Sec-WebSocket-Extensions": "permessage-deflate",
    "Sec-WebSocket-Key": KEYS[1],
    "Sec-WebSocket-Key1": "4 @1  46546xW%0l 1 5",
    "Connection": "keep-alive, Upgrade",
    "Pragma": "no-cache",
    "Cache-Control": "no-cache",
    "Upgrade": "websocket",
    "Upgrade-Insecure-Requests": "1",
}
BASE64 = frozenset(string.ascii_letters + string.digits + "+/=")


@points(1)
def test_computes_the_accept_key(functions):
    """You compute the value of `Sec-WebSocket-Accept` from the key."""
    for key in KEYS:
        came, wanted = functions.call("accept_key", key), accept_key(key)
        if came != wanted:
            raise Mistake(
                f"accept_key({quoted(key)}) should have returned {quoted(wanted)};"
                f" it returned {quoted(came, 90)}.",
                about_the_accept_key(came, key),
            )


@points(1)
def test_accepts_an_upgrade(functions):
    """You answer a proper upgrade with 101 and the three headers that belong to it."""
    for key in KEYS[:3]:
        expect_upgrade(functions.exchange("handshake", request({"Sec-WebSocket-Key": key})), key)
    elsewhere = head(HEADERS, "GET /chat/rooms?id=7 HTTP/1.1")
    expect_upgrade(functions.exchange("handshake", elsewhere), KEY, "Another path is asked for.")


@points(1)
def test_reads_names_of_headers_in_any_case(functions):
    """You read headers in any order, in any case, with or without spaces at their values."""
    lower = {name.lower(): value for name, value in HEADERS.items()}
    upper = {name.upper(): value for name, value in HEADERS.items()}
    title = {name.title(): value for name, value in HEADERS.items()}
    backwards = dict(reversed(HEADERS.items()))
    words = {"Upgrade": "WebSocket", "Connection": "upgrade"}
    for says, sent in [
        ("The names of the headers are in small letters.", head(lower)),
        ("The names of the headers are in capitals.", head(upper)),
        ("A name is spelled `Sec-Websocket-Key`, as Go does.", head(title)),
        ("The headers are in another order.", head(backwards)),
        ("The values have other capitals.", request(words)),
        ("There is no space after the colons.", head(HEADERS, colon=":")),
        ("There are spaces around the values.", head(HEADERS, colon=":   ", end="  \r\n")),
    ]:
        expect_upgrade(functions.exchange("handshake", sent), KEY, says, about_the_form)


@points(1)
def test_finds_upgrade_in_a_list(functions):
    """You find `upgrade` in a `Connection` that lists more, as Firefox sends it."""
    for value in ["Upgrade, keep-alive", "keep-alive,Upgrade", "keep-alive ,  UPGRADE , TE"]:
        says = f"`Connection: {value}` is a list that holds upgrade."
        answer = functions.exchange("handshake", request({"Connection": value}))
        expect_upgrade(answer, KEY, says, about_the_list)
    firefox = head({"Host": "localhost:8000", **FIREFOX}, "GET /ws?username=Ada&lang=en HTTP/1.1")
    answer = functions.exchange("handshake", firefox)
    expect_upgrade(answer, KEYS[1], "This is a browser's request.", about_the_browser)


@points(1)
def test_says_426_to_what_is_not_an_upgrade(functions):
    """You answer 426 with `Upgrade: websocket` to what is not an upgrade to websocket."""
    for says, changes in [
        ("The request has no `Upgrade`.", {"Upgrade": None}),
        ("`Upgrade: h2c` does not name websocket.", {"Upgrade": "h2c"}),
        ("The request has no `Connection`.", {"Connection": None}),
        ("`Connection: keep-alive` does not hold upgrade.", {"Connection": "keep-alive"}),
        (
            "`Connection: keep-alive, no-upgrade` does not hold upgrade, but another word.",
            {"Connection": "keep-alive, no-upgrade"},
        ),
        ("`Upgrade: websocket2` names another protocol.", {"Upgrade": "websocket2"}),
    ]:
        answer = functions.exchange("handshake", request(changes))
        answer.expect_status(426, says, about_the_upgrade)
        answer.expect_header("Upgrade", "websocket", says=says)


@points(1)
def test_says_426_to_another_version(functions):
    """You answer 426 with `Sec-WebSocket-Version: 13` to another version, or none."""
    for says, version in [
        ("The request asks for version 8.", "8"),
        ("The request does not name a version.", None),
        ("The request asks for version 14.", "14"),
        ("The request asks for version 113.", "113"),
        ("The request asks for version 130.", "130"),
        ("The request asks for version 013, which is not written as 13 is.", "013"),
        ("The version is not a number.", "draft-13"),
    ]:
        answer = functions.exchange("handshake", request({"Sec-WebSocket-Version": version}))
        answer.expect_status(426, says, partial(about_the_version, version=version))
        answer.expect_header("Sec-WebSocket-Version", "13", says=says)


@points(1)
def test_says_400_to_a_malformed_key(functions):
    """You answer 400 to a key that is missing, or is not base64 of 16 bytes."""
    for says, key in [
        ("The request has no key.", None),
        ("The key is empty.", ""),
        ("The key is base64 of 15 bytes.", "AAECAwQFBgcICQoLDA0O"),
        ("The key is base64 of 17 bytes.", "AAECAwQFBgcICQoLDA0ODxA="),
        ("The key is base64 of 18 bytes, and as long as one of 16.", "AAECAwQFBgcICQoLDA0ODxAR"),
        ("The key is not base64.", "not base64, not at all!!"),
        ("The key is base64 of 16 bytes, without its padding.", "dGhlIHNhbXBsZSBub25jZQ"),
        ("The key has a `*` within, which is not base64.", "dGhlIHNhb*XBsZSBub25jZQ=="),
        ("Something comes after the key's padding.", "dGhlIHNhbXBsZSBub25jZQ==dGhl"),
        ("The key has `-` and `_`, where base64 has + and /.", "-_-_-_-_-_-_-_-_-_-_-w=="),
        ("The key has `_`, which is not base64.", "_" * 21 + "w=="),
    ]:
        answer = functions.exchange("handshake", request({"Sec-WebSocket-Key": key}))
        answer.expect_status(400, says, partial(about_the_key, key=key))


@points(1)
def test_a_real_client_completes_its_handshake(functions):
    """You complete the handshake of a real client library, again and again."""
    for _ in range(3):
        functions.answer_a_client("handshake")
    functions.answer_a_client("handshake", compression=None)


# Requests

HEADERS = {
    "Host": "localhost:8000",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}


def request(changes):
    """A proper request with some headers changed, or left out (None)."""
    headers = {**HEADERS, **changes}
    return head({name: value for name, value in headers.items() if value is not None})


def head(headers, first="GET /ws HTTP/1.1", colon=": ", end="\r\n"):
    """The head of a request as bytes."""
    lines = [f"{name}{colon}{value}{end}" for name, value in headers.items()]
    return f"{first}\r\n{''.join(lines)}\r\n".encode()


def expect_upgrade(answer, key, says="", why=None):
    """The answer completes the handshake for this key."""
    answer.expect_status(101, says, why)
    answer.expect_header("Upgrade", "websocket", says=says)
    answer.expect_header("Connection", "Upgrade", says=says)
    answer.expect_header(
        "Sec-WebSocket-Accept",
        accept_key(key),
        exactly=True,
        says=says,
        why=lambda came: about_the_accept_key(came, key),
    )


# Known mistakes


def about_the_accept_key(came, key):
    """What is known to lead to values like this one."""
    if isinstance(came, bytes):
        return "The value should be text; `b64encode` gives bytes: `.decode()` makes text of them."
    if came is None:
        return None
    if came.startswith(("b'", 'b"')):
        return "`b'…'` is how Python shows bytes: `.decode()` makes text of them, `str()` does not."
    if came != came.strip():
        return "There is white space at the end; `base64.encodebytes` adds a line end, for example."
    for mistake, text in mistaken_values(key).items():
        if came == text:
            return f"{mistake} {LESSON}"
    return None


def mistaken_values(key):
    """The values that common mistakes lead to, by what is to be said of them."""

    def sha1(data):
        return hashlib.sha1(data).digest()

    def in_base64(data):
        return base64.b64encode(data).decode()

    joined, digest = (key + GUID).encode(), sha1((key + GUID).encode())
    return {
        "That is the digest in hexadecimal digits; it is asked for in base64.": digest.hex(),
        "That is base64 of the digest's hexadecimal digits; take the digest's 20 bytes.": in_base64(
            digest.hex().encode()
        ),
        "The GUID is missing: it is joined to the key.": in_base64(sha1(key.encode())),
        "The key comes first, then the GUID.": in_base64(sha1((GUID + key).encode())),
        "The key is taken as it is, as text; it is not decoded before.": in_base64(
            sha1(base64.b64decode(key) + GUID.encode())
        ),
        "The GUID keeps its capitals.": in_base64(sha1((key + GUID.lower()).encode())),
        "The digest is asked for from SHA-1; that is SHA-256.": in_base64(
            hashlib.sha256(joined).digest()
        ),
        "That is the digest of the key in small letters; case matters in base64.": in_base64(
            sha1((key.lower() + GUID).encode())
        ),
        "That is base64 of key and GUID; the SHA-1 digest is missing.": in_base64(joined),
    }


def about_the_form(status):
    """Another form of what is the same to HTTP."""
    if status in (400, 426):
        return f"To HTTP this is the same request as the one of the example. {LESSON}"
    return None


def about_the_list(status):
    """A list that was taken for a word."""
    if status == 426:
        return (
            "`Connection` is a list: split it at its commas, take away the blanks around each word,"
            f" and look for upgrade among them. {LESSON}"
        )
    return None


def about_the_browser(status):
    """A request that has more than is needed."""
    if status in (400, 426):
        return "Everything that is needed is there. Browsers send more headers, which do not count."
    return None


def about_the_upgrade(status):
    """Upgrades that are none."""
    if status == 101:
        return "An upgrade takes both: `Upgrade` names the protocol, `Connection` holds upgrade."
    if status == 400:
        return (
            "400 is for the key of a request that is an upgrade. This is none, so 426 comes first."
        )
    return None


def about_the_version(status, version):
    """Versions that are taken for 13."""
    if status == 400:
        return "400 is for the key. With 426 and its version the server says how to do better."
    if status != 101:
        return None
    if version is None:
        return "Without a version the server cannot know what is spoken: 13 has to be named."
    return "The whole value of `Sec-WebSocket-Version` is to be 13."


def about_the_key(status, key):
    """Keys that are taken for proper ones."""
    if status == 426:
        return "The request is an upgrade, of version 13. What is wrong is its key: that is 400."
    if status != 101 or not key:
        return None
    if any(letter not in BASE64 for letter in key):
        return about_letters(key)
    if "=" in key.rstrip("="):
        return "A key ends with its padding: the whole value is looked at, also what follows."
    if len(key) % 4:
        return "Padding belongs to base64: 16 bytes are 22 letters and `==`."
    if len(key) == 24:
        return "A length of 24 is not enough: it is the bytes in the key that have to be 16."
    return "The key decoded has to be 16 bytes long, no more and no fewer."


def about_letters(key):
    """Letters that do not belong to base64."""
    if set(key) - BASE64 <= set("-_"):
        return (
            "`-` and `_` belong to another alphabet, that of `urlsafe_b64decode`; `b64decode`"
            " passes over them unless it is told `validate=True`, and `\\w` matches `_`."
        )
    return (
        "`b64decode` passes over what is not base64, unless it is told `validate=True`; a pattern"
        " has to match the whole key."
    )

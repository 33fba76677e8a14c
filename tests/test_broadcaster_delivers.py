"""broadcaster over Redis delivers between two processes, with the versions that we ask for.

With redis-py 8 or newer broadcaster 0.3.1 silently loses messages; requirements.txt bounds it.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from workbook.broker import Broker, kinds

MESSAGES = 50
DEADLINE = 20.0  # seconds
MEMBER = """
import asyncio, json, sys
from broadcaster import Broadcast

async def main(url, name, messages, members):
    async with Broadcast(url) as broadcast, broadcast.subscribe("CHAT") as subscriber:
        print("subscribed", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for number in range(messages):
            await broadcast.publish("CHAT", f"{name} {number}")
        heard = [(await subscriber.get()).message for _ in range(messages * members)]
    print(json.dumps(heard), flush=True)

url, name, messages, members = sys.argv[1:]
asyncio.run(main(url, name, int(messages), int(members)))
"""


async def member(url: str, name: str) -> Process:
    arguments = (url, name, str(MESSAGES), "2")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", MEMBER, *arguments, stdin=PIPE, stdout=PIPE
    )


async def subscribed(members: list[Process], broker: Broker) -> None:
    for process in members:
        assert await process.stdout.readline() == b"subscribed\n"
    while broker.subscriptions() != {"CHAT": 2}:  # SUBSCRIBE may be under way still
        await asyncio.sleep(0)


async def heard_by_both(broker: Broker) -> list[list[str]]:
    members = [await member(broker.url, name) for name in ("A", "B")]
    try:
        async with asyncio.timeout(DEADLINE):
            await subscribed(members, broker)
            for process in members:
                process.stdin.write(b"go\n")
            said = [await process.stdout.readline() for process in members]
            return [json.loads(line) for line in said]
    finally:
        for process in members:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.mark.parametrize("kind", kinds())
def test_every_message_reaches_both_processes_once_and_in_order(kind: str) -> None:
    with Broker(kind=kind) as broker:
        everything = asyncio.run(heard_by_both(broker))
    for heard in everything:
        for name in ("A", "B"):
            from_name = [message for message in heard if message.startswith(name)]
            assert from_name == [f"{name} {number}" for number in range(MESSAGES)]

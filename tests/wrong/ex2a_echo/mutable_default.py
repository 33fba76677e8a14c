# The mistake: the state is a default value, made once for all.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: the number seems to live outside

from fastapi import FastAPI, WebSocket

app = FastAPI()


def next_number(state: list[int] = [0]) -> int:  # noqa: B006
    state[0] += 1
    return state[0]


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"{next_number()}: {text}")

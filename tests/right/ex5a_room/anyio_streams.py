# In another style: anyio's task group and memory object streams.

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
streams: list[MemoryObjectSendStream] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    send_stream, receive_stream = anyio.create_memory_object_stream(1000)
    streams.append(send_stream)

    async def forward():
        try:
            async for line in receive_stream:
                await websocket.send_json(line)
        except WebSocketDisconnect:
            pass

    try:
        async with anyio.create_task_group() as group, receive_stream:
            group.start_soon(forward)
            async for text in websocket.iter_text():
                for stream in streams:
                    if stream is not send_stream:
                        stream.send_nowait({"username": username, "message": text})
            group.cancel_scope.cancel()
    finally:
        streams.remove(send_stream)
        send_stream.close()

# The mistake: each answered question leaves a task.
# Caught by: test_does_not_pile_up_tasks
# Says: Each question leaves a task behind

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    watchers = []
    answered = asyncio.Event()
    asked = False

    async def note_answer(event):
        await event.wait()
        print("it is still there")

    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                if asked:
                    await websocket.close(1001, "idle")
                    return
                asked = True
                await websocket.send_text("still there?")
                watchers.append(asyncio.create_task(note_answer(answered)))
                continue
            if asked:
                asked = False
                answered = asyncio.Event()  # mistake: instead of answered.set(): the watcher stays
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        for task in watchers:
            task.cancel()

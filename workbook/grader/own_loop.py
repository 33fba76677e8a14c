"""The event loop in which a run's own clients talk: it can say that it has nothing left to do."""

import asyncio
import selectors

MOST = 2000  # turns of the loop; what arrives in one is handled in the next


class OwnLoop(asyncio.SelectorEventLoop):
    """A selector event loop that turns only while a check waits for something."""

    def __init__(self) -> None:
        self._own_selector = _Selector()
        super().__init__(self._own_selector)

    async def until_idle(self) -> None:
        """Return when no callback is ready and nothing that arrived is left to be read.

        Or after `MOST` turns, for there are programs that never stop to say something.
        """
        self._own_selector.turns = MOST
        self._own_selector.idle = idle = self.create_future()
        await idle


class _Selector(selectors.DefaultSelector):
    """asyncio lets it wait exactly when no callback is ready."""

    idle: asyncio.Future[None] | None = None
    turns = 0

    def select(self, timeout: float | None = None) -> list:
        if self.idle is None:
            return super().select(timeout)
        ready = super().select(0)
        self.turns -= 1
        is_idle = not ready and (timeout is None or timeout > 0)
        if is_idle or self.turns <= 0:
            if not self.idle.done():
                self.idle.set_result(None)
            self.idle = None
        return ready

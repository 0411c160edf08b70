"""Connections by the thousand that take room and give nothing: opened, kept, and opened again when closed."""

import asyncio
import contextlib
import random

from attacks import wire

# Connections that are being made at the same time by one process.
MAKING = 200


class Hold:
    """What a kind of connection does; the methods that an attack needs are replaced."""

    # Whether it is made over TLS, and by which protocol.
    alpn = None
    # Bytes that are sent once it is there.
    opening = b""
    # Seconds between two `trickle`s; `None`: there are none.
    pause = None
    # Whether an answer is the end of it, and the next connection may begin.
    is_over_when_answered = False

    def trickle(self):
        return b""

    def answer(self, data):
        """Bytes for what came; `None`: it is over."""
        return b""


class Protocol(asyncio.Protocol):
    def __init__(self, hold, tally):
        self.hold, self.tally = hold, tally
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.tally.add("connections")
        transport.write(self.hold.opening)
        self.trickle()

    def trickle(self):
        if self.hold.pause is None or self.transport.is_closing():
            return
        # What the collector does not take is not heaped up here.
        if self.transport.get_write_buffer_size() == 0:
            self.transport.write(self.hold.trickle())
        asyncio.get_running_loop().call_later(self.hold.pause, self.trickle)

    def data_received(self, data):
        answer = None if self.hold.is_over_when_answered else self.hold.answer(data)
        if answer is None:
            self.transport.abort()
        elif answer:
            self.transport.write(answer)

    def connection_lost(self, _error):
        self.closed.set_result(None)


async def keep_one(tally, port, hold, making, number):
    """Keeps a connection, and makes a new one whenever it is closed."""
    loop = asyncio.get_running_loop()
    context = wire.tls_context(hold.alpn) if hold.alpn else None
    while not tally.is_over:
        async with making:
            stream = wire.socket_from(number)
            stream.setblocking(False)
            try:
                async with asyncio.timeout(30):
                    await loop.sock_connect(stream, ("127.0.0.1", port))
                    name = "c" if context else None
                    made = loop.create_connection(
                        lambda: Protocol(hold(), tally), sock=stream, ssl=context, server_hostname=name
                    )
                    _, protocol = await made
            except OSError:
                tally.add("broken")
                stream.close()
                continue
        await protocol.closed


async def keep_all(tally, port, hold, count, first):
    # A connection that breaks while TLS begins is told to the loop too; it was counted already.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    making = asyncio.Semaphore(MAKING)
    tasks = [
        asyncio.create_task(keep_one(tally, port, hold, making, first + number)) for number in range(count)
    ]
    while not tally.is_over:
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)


def keep(tally, port, hold, count, first):
    """To be run by an attacker: keeps so many connections."""
    random.seed(first)
    asyncio.run(keep_all(tally, port, hold, count, first))


def crowd(attackers, port, hold, count, processes=2):
    """Lets some attackers keep so many connections together."""
    share = count // processes
    for number in range(processes):
        attackers.add(keep, port, hold, share, (len(attackers.workers) + 1) * 20_000)

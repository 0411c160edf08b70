"""HTTP/1.1 and TLS by hand, for what no honest client sends."""

import socket
import ssl

# From Linux' in.h; Python's socket module has no name for it. The port is chosen when the connection is made,
# so that each source address has all ports for itself.
IP_BIND_ADDRESS_NO_PORT = 24


def tls_context(alpn="http/1.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([alpn])
    return context


def loopback_source(number):
    """One of 16 million addresses of loopback."""
    return f"127.{1 + number // 65536 % 250}.{number // 256 % 256}.{1 + number % 254}"


def socket_from(number):
    stream = socket.socket()
    stream.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    stream.bind((loopback_source(number), 0))
    return stream


def post(body, path="/report", headers=""):
    head = f"POST {path} HTTP/1.1\r\nHost: c\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def forwarded_for(client):
    return f"X-Forwarded-For: {client}\r\n"


class Link:
    """A connection that is kept alive, and made again when it breaks."""

    def __init__(self, tally, port, number, context=None):
        self.tally, self.port, self.number, self.context = tally, port, number, context
        self.stream = None

    def connect(self):
        self.stream = socket_from(self.number)
        self.stream.settimeout(60)
        self.stream.connect(("127.0.0.1", self.port))
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            self.stream = self.context.wrap_socket(self.stream)
        self.tally.add("connections")

    def close(self):
        if self.stream:
            self.stream.close()
            self.stream = None

    def ask(self, request):
        """The status of the answer; `None` when there is none."""
        try:
            if not self.stream:
                self.connect()
            self.stream.sendall(request)
            return self.hear()
        except OSError:
            self.close()
            return None

    def hear(self):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.stream.recv(65536)
            if not piece:
                raise ConnectionError("closed without an answer")
            head += piece
        status = int(head.split(b" ", 2)[1])
        # All bodies of answers are one line of text, and say so in their head; after a refusal the
        # connection is of no use.
        if status != 204:
            self.close()
        return status

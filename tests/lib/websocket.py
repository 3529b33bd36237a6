# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client (RFC 6455) as browsers are one; wants nothing but the standard library."""
import base64
import hashlib
import os
import socket
import struct

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Refused(Exception):
    """status: what the server answered instead of 101."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body[:500]!r}")
        self.status = status


class Closed(Exception):
    """code: the peer's; 1005 in a close frame without one, 1006 when it went without such a frame."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    """timeout: seconds that any read may take."""

    def __init__(self, host, port, path, protocol=None, headers=(), timeout=30, receive_buffer=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        self.sock.connect((host, port))
        self.buffer = b""
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13", *headers]
        if protocol is not None:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.head = self._until(b"\r\n\r\n").decode()
        status = int(self.head.split(" ", 2)[1])
        if status != 101:
            raise Refused(status, self.buffer)
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
        assert f"sec-websocket-accept: {accept}".lower() in self.head.lower(), self.head

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed(1006)
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def _take(self, n):
        while len(self.buffer) < n:
            self._more()
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def send(self, data, kind=BINARY):
        n = len(data)
        size = bytes([0x80 | n]) if n < 126 else struct.pack(">BH", 0xFE, n) if n < 65536 else struct.pack(
            ">BQ", 0xFF, n)
        mask = os.urandom(4)
        stream = (mask * (n // 4 + 1))[:n]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(n, "big") if n else b""
        self.sock.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def _frame(self):
        first, second = self._take(2)
        assert not second & 0x80, "a server must not mask"
        n = second & 0x7F
        if n == 126:
            n, = struct.unpack(">H", self._take(2))
        elif n == 127:
            n, = struct.unpack(">Q", self._take(8))
        return first & 0x80, first & 0x0F, self._take(n)

    def frame(self):
        """(final, opcode, payload) of the next frame with data. Pings are answered; Closed at the end."""
        while True:
            final, op, data = self._frame()
            if op == CLOSE:
                raise Closed(struct.unpack(">H", data[:2])[0] if data else 1005, data[2:].decode())
            if op == PING:
                self.send(data, PONG)
            elif op in (TEXT, BINARY, CONTINUATION):
                return final, op, data

    def recv(self):
        """A message: (TEXT or BINARY, its bytes)."""
        final, kind, out = self.frame()
        while not final:
            final, _, data = self.frame()
            out += data
        return kind, out

    def read(self, n):
        """At least n bytes of messages of either kind; a relay's text is Latin-1 in UTF-8 (mps.md 6)."""
        out = b""
        while len(out) < n:
            kind, data = self.recv()
            out += data.decode().encode("latin-1") if kind == TEXT else data
        return out

    def ended(self):
        """Reads to the end; (code, reason)."""
        try:
            while True:
                self.frame()
        except Closed as e:
            return e.code, e.reason

    def close(self, code=1000):
        """Without waiting for the answer."""
        try:
            self.send(struct.pack(">H", code), CLOSE)
        except OSError:
            pass
        self.sock.close()

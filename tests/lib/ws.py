# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client (RFC 6455), written from the standard alone."""
import base64
import os
import socket
import struct


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, port, target, protocol=None, headers=(), timeout=20, receive_buffer=None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        self.sock.connect(("127.0.0.1", port))
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode(), *headers]
        if protocol:
            lines.append("Sec-WebSocket-Protocol: " + protocol)
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.inbox = b""
        while b"\r\n\r\n" not in self.inbox:
            self._more()
        head, self.inbox = self.inbox.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        if self.status != 101:
            raise Refused(self.status, self.inbox.decode(errors="replace"))
        self.head = head.decode()

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Closed(1006, "end of stream")
        self.inbox += data

    def _take(self, n):
        while len(self.inbox) < n:
            self._more()
        out, self.inbox = self.inbox[:n], self.inbox[n:]
        return out

    def send(self, data, text=False, opcode=None):
        op = opcode if opcode is not None else 1 if text else 2
        n = len(data)
        head = bytes([0x80 | op]) + (bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 65536
                                     else b"\xff" + struct.pack(">Q", n))
        self.sock.sendall(head + bytes(4) + data)

    def frame(self):
        """(opcode, payload); pings are answered."""
        while True:
            b0, b1 = self._take(2)
            n = b1 & 0x7F
            if n == 126:
                n = struct.unpack(">H", self._take(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self._take(8))[0]
            data = self._take(n)
            if b0 & 15 == 9:
                self.send(data, opcode=10)
            elif b0 & 15 == 8:
                raise Closed(struct.unpack(">H", data[:2])[0] if data else 1005, data[2:].decode())
            else:
                return b0 & 15, data

    def read(self, n):
        """At least n bytes of frames of either kind, text as upstream means it."""
        out = b""
        while len(out) < n:
            op, data = self.frame()
            out += data.decode().encode("latin-1") if op == 1 else data
        return out

    def ended(self):
        """Reads to the end; (code, reason)."""
        try:
            while True:
                self.frame()
        except Closed as e:
            return e.code, e.reason

    def close(self):
        self.sock.close()

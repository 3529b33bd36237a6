# SPDX-License-Identifier: Apache-2.0
"""Sessions of AMT's redirection through a server's relay, as the web consoles of others hold them: they know no
password, the relay fills it in. Written from the protocol's description alone (wire-amt.md 4)."""
import struct

from lib.websocket import WebSocket

MODES = {"sol": (0, b"SOL "), "kvm": (1, b"KVMR"), "ider": (0, b"IDER")}
TILE = 64


class Session:
    """Open and logged in; redirection's own bytes follow."""

    def __init__(self, host, port, guid, mode, protocol=None, timeout=30, base="/relay"):
        path = f"{base}/webrelay.ashx?p=2&host={guid}&port=16994&tls=0&tls1only=0&mode={mode}"
        self.ws = WebSocket(host, port, path, protocol, timeout=timeout)
        self.buffer = b""
        first, name = MODES[mode]
        self.send(bytes([0x10, first, 0, 0]) + name)
        reply = self.take(13)
        assert reply[0] == 0x11 and reply[1] == 0, f"no session of {mode}: {reply.hex()}"
        self.take(reply[12])
        self.authenticate()

    def authenticate(self):
        assert 4 in self.login(0, b""), "the device offers digest"
        challenge = self.login(4, bytes(8), status=1)
        realm = challenge[1:1 + challenge[0]]
        assert realm.startswith(b"Digest:"), challenge
        self.login(4, bytes(8))

    def login(self, kind, data, status=0):
        self.send(struct.pack("<BBHBI", 0x13, 0, 0, kind, len(data)) + data)
        op, got, _, got_kind, n = struct.unpack("<BBHBI", self.take(9))
        body = self.take(n)
        assert (op, got, got_kind) == (0x14, status, kind), (op, got, got_kind, body)
        return body

    def send(self, data):
        self.ws.send(data)

    def take(self, n):
        while len(self.buffer) < n:
            self.buffer += self.ws.read(1)
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def close(self):
        self.ws.close()


class Sol(Session):
    def __init__(self, host, port, guid, **kw):
        super().__init__(host, port, guid, "sol", **kw)
        self.seen, self.sequence = "", 0
        self.send(struct.pack("<BxxxIHHHHHHI", 0x20, self.next(), 10000, 100, 0, 10000, 100, 0, 0))
        reply = self.take(23)
        assert reply[:2] == b"\x21\0", reply

    def next(self):
        self.sequence += 1
        return self.sequence - 1

    def type(self, text):
        self.send(struct.pack("<BxxxIH", 0x28, self.next(), len(text)) + text.encode())

    def expect(self, text):
        """The screen's bytes up to the text; what came before is done with."""
        while text not in self.seen:
            op = self.take(8)[0]
            if op == 0x2A:
                n, = struct.unpack("<H", self.take(2))
                self.seen += self.take(n).decode("latin-1")
            elif op == 0x29:
                self.take(2)
            else:
                assert op == 0x2B, f"message {op:#x}"
        self.seen = self.seen.split(text, 1)[1]


class Kvm(Session):
    """RGB565, raw tiles. .screen: the pixels, rows of .width."""

    def __init__(self, host, port, guid, **kw):
        super().__init__(host, port, guid, "kvm", **kw)
        self.send(b"\x40" + bytes(7))
        assert self.take(8)[0] == 0x41
        assert self.take(12) in (b"RFB 003.008\n", b"RFB 004.000\n")
        self.send(b"RFB 003.008\n")
        assert 1 in self.take(self.take(1)[0])
        self.send(b"\x01")
        assert self.take(4) == bytes(4)
        self.send(b"\x01")
        self.width, self.height = struct.unpack(">HH", self.take(4))
        assert self.take(1)[0] == 16, "bits of a pixel at first"
        self.take(15)
        self.name = self.take(struct.unpack(">I", self.take(4))[0]).decode()
        self.send(struct.pack(">BxHi", 2, 1, 0))
        self.screen = [None] * (self.width * self.height)

    def ask(self):
        self.send(struct.pack(">BBHHHH", 3, 1, 0, 0, self.width, self.height))

    def update(self):
        """Takes one; how many rectangles it had."""
        while True:
            op = self.take(1)[0]
            if op == 0:
                break
            assert op == 3, f"message {op}"
            self.take(3)
            self.take(struct.unpack(">I", self.take(4))[0])
        self.take(1)
        n, = struct.unpack(">H", self.take(2))
        for _ in range(n):
            x, y, w, h, encoding = struct.unpack(">HHHHi", self.take(12))
            assert encoding == 0 and 1 <= w <= TILE and 1 <= h <= TILE, (x, y, w, h, encoding)
            pixels = struct.unpack(f"<{w * h}H", self.take(2 * w * h))
            for row in range(h):
                at = (y + row) * self.width + x
                self.screen[at:at + w] = pixels[row * w:(row + 1) * w]
        return n

    def draw(self):
        """Until nothing of the screen is unknown."""
        while None in self.screen:
            self.ask()
            self.update()

    def key(self, keysym):
        for down in (1, 0):
            self.send(struct.pack(">BBxxI", 4, down, keysym))

    def point(self, x, y, mask=0):
        self.send(struct.pack(">BBHH", 5, mask, x, y))

# SPDX-License-Identifier: Apache-2.0
"""CIRA as a device speaks it (AMT port forwarding over TLS), written from the protocol's description
alone and sharing nothing with the product: what both sides of ours understood wrongly shows here.

   | opcode u8 | fields | all integers big-endian, strings u32 length + bytes
"""
import socket
import ssl
import struct
import time
import uuid

DISCONNECT, SERVICE_REQUEST, SERVICE_ACCEPT = 1, 5, 6
USERAUTH_REQUEST, USERAUTH_FAILURE, USERAUTH_SUCCESS = 50, 51, 52
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
CHANNEL_OPEN, CHANNEL_OPEN_CONFIRMATION, CHANNEL_OPEN_FAILURE = 90, 91, 92
CHANNEL_WINDOW_ADJUST, CHANNEL_DATA, CHANNEL_CLOSE = 93, 94, 97
PROTOCOLVERSION = 192
KEEPALIVE_REQUEST, KEEPALIVE_REPLY, KEEPALIVE_OPTIONS_REQUEST, KEEPALIVE_OPTIONS_REPLY = 208, 209, 210, 211

AUTH, PFWD = b"auth@amt.intel.com", b"pfwd@amt.intel.com"
PORTS = (16993, 16992, 664, 623, 16995, 16994, 5900)


def u32(n):
    return struct.pack(">I", n)


def string(b):
    return u32(len(b)) + (b.encode() if isinstance(b, str) else b)


def protocol_version(guid, major=1, minor=0):
    """Mixed-endian UUID, as SMBIOS has it."""
    return bytes([PROTOCOLVERSION]) + u32(major) + u32(minor) + u32(1) + uuid.UUID(guid).bytes_le + bytes(64)


def service_request(name):
    return bytes([SERVICE_REQUEST]) + string(name)


def userauth_password(user, password, service=PFWD, method=b"password"):
    return (bytes([USERAUTH_REQUEST]) + string(user) + string(service) + string(method) + b"\0" + string(password))


def userauth_none(user, service=PFWD):
    return bytes([USERAUTH_REQUEST]) + string(user) + string(service) + string(b"none")


def tcpip_forward(port, address=b""):
    return bytes([GLOBAL_REQUEST]) + string(b"tcpip-forward") + b"\1" + string(address) + u32(port)


def global_request(name, rest=b""):
    return bytes([GLOBAL_REQUEST]) + string(name) + b"\1" + rest


def udp_send_to(data):
    return (bytes([GLOBAL_REQUEST]) + string(b"udp-send-to@amt.intel.com") + b"\0" + string(b"127.0.0.1") + u32(9)
            + string(b"127.0.0.1") + u32(9) + string(data))


def channel_open(kind=b"direct-tcpip", sender=7):
    return (bytes([CHANNEL_OPEN]) + string(kind) + u32(sender) + u32(4096) + u32(0xFFFFFFFF) + string(b"127.0.0.1")
            + u32(80) + string(b"127.0.0.1") + u32(1234))


def channel_data(channel, data, claim=None):
    return bytes([CHANNEL_DATA]) + u32(channel) + u32(len(data) if claim is None else claim) + data


def window_adjust(channel, n):
    return bytes([CHANNEL_WINDOW_ADJUST]) + u32(channel) + u32(n)


def channel_close(channel):
    return bytes([CHANNEL_CLOSE]) + u32(channel)


def keepalive_request(cookie):
    return bytes([KEEPALIVE_REQUEST]) + u32(cookie)


def keepalive_options_reply(interval, timeout):
    return bytes([KEEPALIVE_OPTIONS_REPLY]) + u32(interval) + u32(timeout)


def disconnect(reason):
    return bytes([DISCONNECT]) + u32(reason) + b"\0\0"


def connect(port, source=None, timeout=10, host="127.0.0.1"):
    return socket.create_connection((host, port), timeout, source_address=(source, 0) if source else None)


def tls_context(root=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_REQUIRED if root else ssl.CERT_NONE
    if root:
        ctx.load_verify_locations(root)
    return ctx


class Closed(Exception):
    """The server ended the connection."""


class Cira:
    """One connection to the CIRA port, TLS included."""

    def __init__(self, port, root=None, source=None, timeout=10):
        self.sock = tls_context(root).wrap_socket(connect(port, source, timeout))
        self.sock.settimeout(timeout)
        self.inbox = b""
        self.forwards = 0

    # --- bytes ---

    def send(self, data):
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise
        except (OSError, ssl.SSLError) as e:
            raise Closed(str(e)) from None

    def send_slowly(self, data, pause=0.0):
        """Every byte in a TLS record of its own."""
        for i in range(len(data)):
            self.send(data[i:i + 1])
            if pause:
                time.sleep(pause)

    def _need(self, n):
        while len(self.inbox) < n:
            try:
                more = self.sock.recv(65536)
            except TimeoutError:
                raise
            except (OSError, ssl.SSLError) as e:
                raise Closed(str(e)) from None
            if not more:
                raise Closed("end of stream")
            self.inbox += more

    def _take(self, n):
        self._need(n)
        out, self.inbox = self.inbox[:n], self.inbox[n:]
        return out

    def _u32(self):
        return struct.unpack(">I", self._take(4))[0]

    def _string(self):
        return self._take(self._u32())

    # --- messages ---

    def receive(self):
        """The next message as (opcode, fields); Closed when the server hung up."""
        op = self._take(1)[0]
        if op == DISCONNECT:
            reason = self._u32()
            self._take(2)
            return op, (reason,)
        if op == SERVICE_ACCEPT:
            return op, (self._string(),)
        if op == USERAUTH_FAILURE:
            return op, (self._string(), self._take(1)[0])
        if op in (USERAUTH_SUCCESS, REQUEST_FAILURE):
            return op, ()
        if op == REQUEST_SUCCESS:
            if self.forwards == 0:
                return op, ()
            self.forwards -= 1
            return op, (self._u32(),)
        if op == CHANNEL_OPEN:
            kind, sender, window, _ = self._string(), self._u32(), self._u32(), self._u32()
            return op, (kind, sender, window, self._string(), self._u32(), self._string(), self._u32())
        if op == CHANNEL_OPEN_CONFIRMATION:
            return op, (self._u32(), self._u32(), self._u32(), self._u32())
        if op == CHANNEL_OPEN_FAILURE:
            return op, (self._u32(), self._u32(), self._u32(), self._u32())
        if op == CHANNEL_WINDOW_ADJUST:
            return op, (self._u32(), self._u32())
        if op == CHANNEL_DATA:
            return op, (self._u32(), self._string())
        if op in (CHANNEL_CLOSE, KEEPALIVE_REQUEST, KEEPALIVE_REPLY):
            return op, (self._u32(),)
        if op in (KEEPALIVE_OPTIONS_REQUEST, KEEPALIVE_OPTIONS_REPLY):
            return op, (self._u32(), self._u32())
        if op == PROTOCOLVERSION:
            return op, (self._take(92),)
        raise AssertionError(f"the server sent the unknown opcode {op}: {self.inbox[:64].hex()}")

    def expect(self, op):
        got, fields = self.receive()
        assert got == op, f"opcode {got} {fields} instead of {op}"
        return fields

    # --- what a device does ---

    def login(self, guid, user="admin", password=""):
        """True or False as the server answers."""
        self.send(protocol_version(guid))
        self.send(service_request(AUTH))
        assert self.expect(SERVICE_ACCEPT) == (AUTH,)
        self.send(userauth_password(user, password))
        op, fields = self.receive()
        if op == USERAUTH_FAILURE:
            assert fields[0] == b"password"
            return False
        assert op == USERAUTH_SUCCESS, f"opcode {op} {fields} as the answer to a login"
        return True

    def forward(self, ports=PORTS):
        """What follows a login; ends when the server asked for keep-alives."""
        self.send(service_request(PFWD))
        assert self.expect(SERVICE_ACCEPT) == (PFWD,)
        for port in ports:
            self.forwards += 1
            self.send(tcpip_forward(port))
        bound = []
        while len(bound) < len(ports):
            op, fields = self.receive()
            if op == REQUEST_SUCCESS:
                bound.append(fields[0])
            else:
                assert op == KEEPALIVE_OPTIONS_REQUEST, (op, fields)
                self.options = fields
        assert tuple(bound) == tuple(ports)
        if not hasattr(self, "options"):
            self.options = self.expect(KEEPALIVE_OPTIONS_REQUEST)
        self.send(keepalive_options_reply(*self.options))

    def drain(self, seconds):
        """Reads until the server hangs up and gives all messages' opcodes; fails after that time."""
        end, seen = time.monotonic() + seconds, []
        while True:
            self.sock.settimeout(max(end - time.monotonic(), 0.001))
            try:
                op, fields = self.receive()
            except Closed:
                return seen
            except TimeoutError:
                raise AssertionError(f"still connected after {seconds} s; it sent {seen}") from None
            seen.append((op, fields))

    def close(self):
        self.sock.close()


def closed_within(sock, seconds):
    """How long a plain socket stayed open; whatever is sent to it is read away."""
    start = time.monotonic()
    while True:
        left = start + seconds - time.monotonic()
        if left <= 0:
            raise AssertionError(f"still connected after {seconds} s")
        sock.settimeout(left)
        try:
            if not sock.recv(65536):
                return time.monotonic() - start
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - start

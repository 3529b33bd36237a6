# SPDX-License-Identifier: Apache-2.0
"""Peers that mean no good, on the CIRA port, in it, behind it, and on the REST port: each costs a closed
connection in the configured time and never more."""
import os
import random
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import apf
from lib.server import DEVICE_PASSWORD, PASSWORD
from lib.wait import until

HANDSHAKE_MS = 1500
LIMIT = HANDSHAKE_MS / 1000 + 4	# a sanitizer build on a busy machine
HEAD_S = 10	# the REST listener's time for a head
GUID = "0bad0bad-0bad-4bad-8bad-0bad0bad0bad"
CLIENT_HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(32)
GARBAGE = random.Random(1).randbytes(65536)


def together(attacks, limit, workers=64):
    """All at once; a failure names its attack."""
    def one(item):
        name, attack = item
        start = time.monotonic()
        try:
            attack()
        except Exception as e:
            raise AssertionError(f"{name}: {type(e).__name__}: {e}") from e
        took = time.monotonic() - start
        assert took < 2 * limit + 2, f"{name} took {took:.1f} s"

    with ThreadPoolExecutor(workers) as pool:
        for result in [pool.submit(one, item) for item in attacks]:
            result.result()


# --- on the CIRA port, before TLS ---

def plain(port, data, then=None):
    def attack():
        with apf.connect(port) as sock:
            try:
                sock.sendall(data)
                if then:
                    then(sock)
            except OSError:
                return	# closed already
            apf.closed_within(sock, LIMIT)
    return attack


def trickle(data, pause, limit=LIMIT):
    def send(sock):
        end = time.monotonic() + limit
        for i in range(len(data)):
            if time.monotonic() > end:
                raise AssertionError("still connected")
            sock.sendall(data[i:i + 1])
            time.sleep(pause)
    return send


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    raise OSError("reset")


def plain_attacks(port):
    return [
        ("nothing at all", plain(port, b"")),
        ("one byte", plain(port, b"\x16")),
        ("half a TLS hello", plain(port, CLIENT_HELLO)),
        ("a TLS hello byte by byte", plain(port, b"", trickle(CLIENT_HELLO * 20, 0.1))),
        ("garbage", plain(port, GARBAGE)),
        ("zeros", plain(port, bytes(100000))),
        ("HTTP", plain(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
        ("APF without TLS", plain(port, apf.protocol_version(GUID))),
        ("end of stream", plain(port, b"", lambda s: s.shutdown(socket.SHUT_WR))),
        ("reset", plain(port, CLIENT_HELLO, reset)),
    ]


# --- on the CIRA port, inside TLS ---

def inside(port, *parts):
    def attack():
        c = apf.Cira(port)
        try:
            for part in parts:
                c.send(part)
            c.drain(LIMIT)
        except apf.Closed:
            pass
        finally:
            c.close()
    return attack


def slow_login(port):
    c = apf.Cira(port)
    end = time.monotonic() + LIMIT
    try:
        while time.monotonic() < end:
            c.send_slowly(apf.protocol_version(GUID), 0.1)
        raise AssertionError("still connected")
    except apf.Closed:
        pass
    finally:
        c.close()


def inside_attacks(port):
    version, auth = apf.protocol_version(GUID), apf.service_request(apf.AUTH)
    huge = b"\xff\xff\xff\xff"
    return [
        ("TLS and nothing", inside(port)),
        ("garbage in TLS", inside(port, GARBAGE)),
        ("half a version", inside(port, version[:50])),
        ("a version byte by byte", lambda: slow_login(port)),
        ("version and nothing more", inside(port, version)),
        ("version twice", inside(port, version, version)),
        ("version 0.0", inside(port, apf.protocol_version(GUID, 0, 0), auth)),
        ("service name of 4 GiB", inside(port, version, b"\x05" + huge + b"auth")),
        ("service name of 2049", inside(port, version, apf.service_request(b"a" * 2049))),
        ("unknown service", inside(port, version, apf.service_request(b"shell@amt.intel.com"))),
        ("user name of 4 GiB", inside(port, version, auth, b"\x32" + huge + b"admin")),
        ("user name of 2 MB", inside(port, version, auth, b"\x32" + apf.u32(2000000) + bytes(2000000))),
        ("password of 4 GiB", inside(port, version, auth, b"\x32" + apf.string(b"admin") + apf.string(apf.PFWD)
                                     + apf.string(b"password") + b"\0" + huge)),
        ("data before login", inside(port, version, apf.channel_data(4, b"x"))),
        ("data of 1 GiB before login", inside(port, version, apf.channel_data(4, b"x", claim=1 << 30))),
        ("channel before login", inside(port, version, apf.channel_open())),
        ("forward before login", inside(port, version, apf.tcpip_forward(16992))),
        ("keep-alive before login", inside(port, version, apf.keepalive_request(1))),
        ("login before the version", inside(port, auth, apf.userauth_password("admin", DEVICE_PASSWORD))),
        ("unknown opcode", inside(port, b"\x7f" * 100)),
        ("half of GET", inside(port, b"GE")),
        ("a server's message", inside(port, version, auth, bytes([apf.USERAUTH_SUCCESS]))),
    ]


def is_healthy(server, rest):
    assert server.process.running(), server.process.output()[-4000:]
    assert server.anonymous().get("health")["db"]["status"] == "OK"
    assert rest.get("devices/stats")["connectedCount"] == 0


@pytest.fixture
def fast_server(make_server):
    return make_server(settings={"mps.cira.handshake_ms": HANDSHAKE_MS}).start()


def test_hostile_peers_on_the_cira_port(fast_server, make_sim, new_guid):
    rest, port = fast_server.rest(), fast_server.cira_port
    together(plain_attacks(port) + inside_attacks(port), LIMIT)
    is_healthy(fast_server, rest)
    guid = new_guid()
    fast_server.import_devices(guid)
    make_sim(fast_server, guid)
    until(lambda: rest.connected(guid), 10, "a device connects after all that")


def test_login_in_single_bytes_is_a_login(server, new_guid):
    """Fragments are not hostile: every byte a TLS record, then many messages in one."""
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    c = apf.Cira(server.cira_port, root=server.root())
    c.send_slowly(apf.protocol_version(guid))
    c.send_slowly(apf.service_request(apf.AUTH))
    assert c.expect(apf.SERVICE_ACCEPT) == (apf.AUTH,)
    c.send_slowly(apf.userauth_password("admin", DEVICE_PASSWORD))
    c.expect(apf.USERAUTH_SUCCESS)
    until(lambda: rest.connected(guid), 10, "connected")
    c.send(apf.service_request(apf.PFWD) + b"".join(map(apf.tcpip_forward, apf.PORTS)) + apf.keepalive_request(77))
    c.forwards = len(apf.PORTS)
    assert c.expect(apf.SERVICE_ACCEPT) == (apf.PFWD,)
    assert [c.expect(apf.REQUEST_SUCCESS) for _ in apf.PORTS] == [(p,) for p in apf.PORTS]
    assert c.expect(apf.KEEPALIVE_OPTIONS_REQUEST) == (30, 0)
    assert c.expect(apf.KEEPALIVE_REPLY) == (77,)
    c.close()
    until(lambda: not rest.connected(guid), 10, "disconnected")


# --- by a device that is logged in ---

def logged_in(server, guid):
    c = apf.Cira(server.cira_port)
    assert c.login(guid, "admin", DEVICE_PASSWORD)
    c.forward()
    return c


def flood_without_reading(c):
    """The server's answers pile up until it gives up on a peer that does not read."""
    c.sock.settimeout(30)
    block = apf.keepalive_request(1) * 4096
    for _ in range(4000):
        c.send(block)
    raise AssertionError(f"the server took {4000 * len(block) >> 20} MiB whose answers nobody read")


AFTER_LOGIN_CLOSED = [
    ("data of 1 MiB and one", lambda c: c.send(apf.channel_data(4, b"x", claim=(1 << 20) + 1))),
    ("data of 4 GiB", lambda c: c.send(apf.channel_data(4, b"x", claim=0xffffffff))),
    ("unknown global request", lambda c: c.send(apf.global_request(b"reboot@amt.intel.com", b"1234"))),
    ("address of 4 GiB", lambda c: c.send(apf.global_request(b"tcpip-forward", b"\xff\xff\xff\xff"))),
    ("datagram over its limit", lambda c: c.send(apf.udp_send_to(bytes(40000)))),
    ("unknown opcode", lambda c: c.send(b"\xee")),
    ("a second version", lambda c: c.send(apf.protocol_version(GUID))),
    ("a second login", lambda c: c.send(apf.userauth_password("admin", DEVICE_PASSWORD))),
    ("disconnect", lambda c: c.send(apf.disconnect(11))),
    ("never reads", flood_without_reading),
]


def test_hostile_messages_of_a_device_that_is_logged_in(server, new_guid):
    guids = [new_guid() for _ in AFTER_LOGIN_CLOSED]
    server.import_devices(*guids)
    rest = server.rest()

    def attack(guid, act):
        def run():
            c = logged_in(server, guid)
            try:
                act(c)
                c.drain(LIMIT)
            except apf.Closed:
                pass
            finally:
                c.close()
            until(lambda: not rest.connected(guid), 10, "it shows as disconnected")
        return run

    together([(name, attack(g, act)) for g, (name, act) in zip(guids, AFTER_LOGIN_CLOSED)], 30)
    is_healthy(server, rest)


def test_odd_but_harmless_messages_of_a_device_are_tolerated(server, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    c = logged_in(server, guid)
    c.send(apf.udp_send_to(b"an event") + apf.window_adjust(99, 100) + apf.channel_close(99)
           + apf.keepalive_options_reply(1, 2))
    c.send(apf.channel_open(b"direct-tcpip", 7))
    assert c.expect(apf.CHANNEL_OPEN_FAILURE)[:2] == (7, 3)
    c.send(apf.keepalive_request(5))
    assert c.expect(apf.KEEPALIVE_REPLY) == (5,)
    until(lambda: rest.connected(guid), 10, "it is connected")
    c.send(apf.keepalive_request(6))
    assert c.expect(apf.KEEPALIVE_REPLY) == (6,)
    c.close()


def test_a_browser_on_the_cira_port_learns_what_it_is(server):
    sock = apf.tls_context(server.root()).wrap_socket(apf.connect(server.cira_port))
    sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    page = b""
    while more := sock.recv(65536):
        page += more
    assert page.startswith(b"HTTP/1.1 200 OK\r\n") and b"must connect here using CIRA" in page


# --- by what a device answers to a call ---

class Liar:
    """A device that is logged in and answers calls as told."""

    def __init__(self, server, guid, behave):
        self.c, self.behave = logged_in(server, guid), behave
        self.c.sock.settimeout(30)

    def run(self):
        """One channel after the other, until the server hangs up."""
        try:
            while True:
                op, fields = self.c.receive()
                if op == apf.CHANNEL_OPEN:
                    self.behave(self.c, fields[1])
        except (apf.Closed, TimeoutError, OSError):
            pass

    def hang_up(self):
        try:
            self.c.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass	# the server did


def confirm(c, channel, window=65536):
    c.send(bytes([apf.CHANNEL_OPEN_CONFIRMATION]) + apf.u32(channel) + apf.u32(channel) + apf.u32(window)
           + apf.u32(0xffffffff))


def answer(data, close=False):
    """Confirms, reads a request's first bytes, answers."""
    def behave(c, channel):
        confirm(c, channel)
        while c.receive()[0] != apf.CHANNEL_DATA:
            pass
        for i in range(0, len(data), 16384):
            c.send(apf.channel_data(channel, data[i:i + 16384]))
        if close:
            c.send(apf.channel_close(channel))
    return behave


def endless(piece):
    """Beyond every window."""
    def behave(c, channel):
        confirm(c, channel)
        for _ in range(2000):
            c.send(apf.channel_data(channel, piece))
        raise AssertionError("the server took 64 MiB beyond its window")
    return behave


def http(body, status="200 OK"):
    return (f"HTTP/1.1 {status}\r\nContent-Type: application/soap+xml\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


BOMB = (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]><a>&j;</a>")
CHALLENGE = (b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="Digest:AF3E0000000000000000000000000000",'
             b' nonce="abc",stale="false",qop="auth"\r\nContent-Length: 0\r\n\r\n')

LIES = [
    ("refuses the channel", lambda c, ch: c.send(bytes([apf.CHANNEL_OPEN_FAILURE]) + apf.u32(ch) + apf.u32(2) + bytes(8))),
    ("never confirms", lambda c, ch: None),
    ("confirms and is silent", confirm),
    ("confirms no window", lambda c, ch: confirm(c, ch, 0)),
    ("closes at once", lambda c, ch: (confirm(c, ch), c.send(apf.channel_close(ch)))),
    ("data before the confirmation", lambda c, ch: c.send(apf.channel_data(ch, b"x" * 100))),
    ("window of 4 GiB twice", lambda c, ch: (confirm(c, ch, 0xffffffff), c.send(apf.window_adjust(ch, 0xffffffff)))),
    ("garbage", answer(GARBAGE[:30000])),
    ("half an answer", answer(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<a", close=True)),
    ("a body of 1 TB", answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + bytes(30000))),
    ("a head without end", answer(b"HTTP/1.1 200 OK\r\n" + b"X-Y: zzzzzzzzzzzzzzz\r\n" * 1500)),
    ("beyond the window", endless(bytes(32768))),
    ("no XML", answer(http(b"hello"))),
    ("XML bomb", answer(http(BOMB))),
    ("XML without end", answer(http(b"<a>" * 9000))),
    ("an empty answer", answer(http(b""))),
    ("asks for a password for ever", answer(CHALLENGE * 20)),
    ("bad chunks", answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx")),
]


def test_lying_devices_cost_an_error_and_no_more(server, new_guid):
    guids = [new_guid() for _ in LIES]
    server.import_devices(*guids)
    rest = server.rest()
    liars = [Liar(server, g, behave) for g, (_, behave) in zip(guids, LIES)]

    def call(guid, name):
        def run():
            start = time.monotonic()
            a = rest.call("GET", f"amt/power/state/{guid}")
            took = time.monotonic() - start
            assert a.status >= 400 and took < 12 + 4, f"{took:.1f} s: {a}"
        return run

    with ThreadPoolExecutor(len(liars)) as pool:
        for liar in liars:
            pool.submit(liar.run)
        together([(name, call(g, name)) for g, (name, _) in zip(guids, LIES)], 12)
        for liar in liars:
            liar.hang_up()
    until(lambda: rest.get("devices/stats")["connectedCount"] == 0, 20, "all of them are gone")
    is_healthy(server, rest)


# --- on the REST port ---

def rest_attacks(port, token):
    auth = f"Authorization: Bearer {token}\r\n".encode()

    def sent(data, then=None, limit=HEAD_S + 4):
        def attack():
            with apf.connect(port) as sock:
                try:
                    sock.sendall(data)
                    if then:
                        then(sock)
                except OSError:
                    return
                apf.closed_within(sock, limit)
        return attack

    def answered(data, statuses, limit=HEAD_S + 4):
        """An answer of that status (or the connection closed without any)."""
        def attack():
            with apf.connect(port, timeout=limit) as sock:
                try:
                    sock.sendall(data)
                    first = sock.recv(65536)
                except OSError:
                    return
                assert not first or int(first.split(b" ")[1]) in statuses, first[:200]
                if b"onnection: close" in first:
                    apf.closed_within(sock, limit)
        return attack

    def post(body, extra=b""):
        return (b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth + extra
                + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    get = b"GET /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
    return [
        ("nothing at all", sent(b"")),
        ("half a head", sent(get)),
        ("a head byte by byte", sent(b"", trickle(get * 100, 0.1, HEAD_S + 4), 1)),
        ("garbage", sent(GARBAGE)),
        ("a TLS hello", sent(CLIENT_HELLO)),
        ("zeros", sent(bytes(100000))),
        ("end of stream", sent(b"GET / HT", lambda s: s.shutdown(socket.SHUT_WR))),
        ("reset", sent(get, reset)),
        ("HTTP/2", sent(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
        ("HTTP/0.9", answered(b"GET /\r\n\r\n", (400, 505))),
        ("bare line feeds", answered(b"GET / HTTP/1.1\nHost: x\n\n", (400,))),
        ("a target of 100 kB", answered(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (400, 414, 431))),
        ("a field of 100 kB", answered(get + b"X: " + b"a" * 100000 + b"\r\n\r\n", (400, 431))),
        ("1000 fields", answered(get + b"X: y\r\n" * 1000 + b"\r\n", (400, 431))),
        ("a field without end", sent(get + b"X: " + b"a" * 1000)),
        ("two lengths", answered(post(b"{}", b"Content-Length: 5\r\n"), (400,))),
        ("length and chunks", answered(post(b"{}", b"Transfer-Encoding: chunked\r\n"), (400,))),
        ("a negative length", answered(b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
                                       + b"Content-Length: -1\r\n\r\n", (400,))),
        ("a body of 4 EiB", answered(b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
                                     + b"Content-Length: 4611686018427387904\r\n\r\n{", (400, 413))),
        ("a body of 1 TB", answered(b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
                                    + b"Content-Length: 1000000000000\r\n\r\n{", (413,))),
        ("a body over the limit", answered(post(b'{"guid":"' + b"a" * 200000 + b'"}'), (413,))),
        ("endless chunks", answered(b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
                                    + b"Transfer-Encoding: chunked\r\n\r\n" + (b"1000\r\n" + bytes(4096) + b"\r\n") * 100,
                                    (400, 413))),
        ("a chunk of 2^64", answered(b"POST /api/v1/devices HTTP/1.1\r\nHost: x\r\n" + auth
                                     + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n", (400, 413))),
        ("JSON of depth 40000", answered(post(b'{"guid":' + b"[" * 40000 + b"]" * 40000 + b"}"), (400,))),
        ("no JSON", answered(post(GARBAGE[:1000]), (400,))),
        ("a body that is no object", answered(post(b"[1,2]"), (400,))),
        ("NUL in JSON text", answered(post(b'{"guid":"' + GUID.encode() + b'","hostname":"a\\u0000b"}'), (400,))),
        ("no UTF-8 in JSON", answered(post(b'{"guid":"' + GUID.encode() + b'","hostname":"\xff\xfe"}'), (400,))),
        ("path traversal", answered(b"GET /api/v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404))),
        ("NUL in the path", answered(b"GET /api/v1/devices/%00 HTTP/1.1\r\nHost: x\r\n" + auth + b"\r\n", (400, 404))),
        ("a token of 8 kB", answered(b"GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                     + b"a" * 8000 + b"\r\n\r\n", (401,))),
        ("100 requests in one go", answered((b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n") * 100, (200,))),
        ("unknown method", answered(b"BREW /api/v1/devices HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404, 405, 501))),
    ]


def test_hostile_peers_on_the_rest_port(server):
    rest = server.rest()
    together(rest_attacks(server.rest_port, rest.token), HEAD_S + 4)
    is_healthy(server, rest)
    assert rest.get("devices") == [], "none of them created anything"


def test_rest_client_that_does_not_read_is_let_go(server, new_guid):
    """Pipelines for ever and reads nothing: the server stops reading, and ends it in time."""
    rest = server.rest()
    request = f"GET /api/v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {rest.token}\r\n\r\n".encode()
    with apf.connect(server.rest_port) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(3)
        try:
            for _ in range(200):
                sock.sendall(request * 1000)
            raise AssertionError("the server took 40 MB of requests whose answers nobody read")
        except OSError:
            pass
        is_healthy(server, rest)


# --- memory ---

def test_hostile_peers_do_not_grow_memory(make_server):
    server = make_server(plain=True, settings={"mps.cira.handshake_ms": 2500, "log.level": "info"}).start()
    rest = server.rest()

    def round_of_attacks():
        quick = [(n, a) for n, a in rest_attacks(server.rest_port, rest.token)
                 if n not in ("nothing at all", "half a head", "a head byte by byte", "a field without end")]
        slow = ("a TLS hello byte by byte", "a version byte by byte")
        cira = [(n, a) for n, a in plain_attacks(server.cira_port) + inside_attacks(server.cira_port) if n not in slow]
        together((quick + cira) * 4, LIMIT)

    for _ in range(3):
        round_of_attacks()
    before = server.process.status_kib("VmRSS")
    for _ in range(6):
        round_of_attacks()
    grown = server.process.status_kib("VmRSS") - before
    assert grown < 4096, f"{grown} KiB more after about 1500 hostile connections ({before} KiB before)"
    is_healthy(server, rest)


# --- a flood of silent connections ---

@pytest.mark.parametrize("max_handshakes", [8192, 1000])
def test_5000_half_open_connections_do_not_keep_a_device_out(make_server, make_sim, many_descriptors, sources, new_guid,
                                                             max_handshakes):
    assert many_descriptors >= 6000, f"only {many_descriptors} descriptors may be open here (ulimit -n)"
    server = make_server(plain=True, settings={"mps.cira.handshake_ms": 8000,
                                               "mps.cira.max_handshakes": max_handshakes}).start()
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    server.root()
    # A login waits for the hashing that begins with the start, and its 32 MiB.
    server.anonymous().call("POST", "authorize", {"username": "admin", "password": PASSWORD})
    before = server.process.status_kib("VmRSS")
    flood = []
    try:
        for i in range(5000):
            sock = apf.connect(server.cira_port, next(sources))
            if i % 3 == 0:
                sock.sendall(CLIENT_HELLO)
            flood.append(sock)
        # All of them are with the server, not in the kernel's queue.
        until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) > min(5000, max_handshakes - 1), 20,
              "the server took the flood")
        grown = server.process.status_kib("VmRSS") - before
        assert grown / min(5000, max_handshakes) < 64, f"{grown} KiB for a flood of silent connections"
        make_sim(server, guid, plain=True)
        start = time.monotonic()
        until(lambda: rest.connected(guid), 10, "a device connects in the flood")
        assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
        assert time.monotonic() - start < 10
        for sock in flood:
            apf.closed_within(sock, 15)
        assert rest.connected(guid)
    finally:
        for sock in flood:
            sock.close()

# SPDX-License-Identifier: Apache-2.0
"""The redirection relay over a device's real CIRA connection, whose every byte and window is this test's."""
import time

import pytest

from lib import apf
from lib.server import DEVICE_PASSWORD
from lib.wait import until
from lib.websocket import TEXT, Refused, WebSocket

KVM = b"\x10\x01\0\0KVMR"
AUTH = b"\x13\0\0\0\x04\x08\0\0\0" + bytes(8)
BLANK = b"\x13\0\0\0\x04\x20\0\0\0\x05admin\0\0\x13/RedirectionService\0\0\0\0"
ACCEPTED = b"\x14\0\0\0\x04\0\0\0\0"
WINDOW = 81920


class Device:
    """Connected by CIRA; answers to what the server asks of it."""

    def __init__(self, server, guid, window=4096):
        self.cira, self.window = apf.Cira(server.cira_port), window
        assert self.cira.login(guid, "admin", DEVICE_PASSWORD)
        self.cira.forward()
        self.peer, self.granted = None, 0

    def accept(self):
        _, self.peer, self.granted, _, port, _, _ = self.cira.expect(apf.CHANNEL_OPEN)
        assert (port, self.granted) == (16994, WINDOW)
        self.cira.send(bytes([apf.CHANNEL_OPEN_CONFIRMATION]) + apf.u32(self.peer) + apf.u32(1) + apf.u32(self.window)
                       + apf.u32(0xFFFFFFFF))

    def read(self, n, adjust=True):
        """n bytes at least of the channel; what was read is granted again."""
        out = b""
        while len(out) < n:
            op, fields = self.cira.receive()
            if op == apf.CHANNEL_WINDOW_ADJUST:
                self.granted += fields[1]
                continue
            assert op == apf.CHANNEL_DATA, (op, fields)
            out += fields[1]
            if adjust:
                self.cira.send(apf.window_adjust(self.peer, len(fields[1])))
        return out

    def send(self, data):
        while data:
            while self.granted == 0:
                op, fields = self.cira.receive()
                assert op == apf.CHANNEL_WINDOW_ADJUST, (op, fields)
                self.granted += fields[1]
            n = min(len(data), self.granted, 16384)
            self.granted -= n
            self.cira.send(apf.channel_data(self.peer, data[:n]))
            data = data[n:]

    def close(self):
        self.cira.close()


@pytest.fixture
def connect(server, new_guid):
    opened = []

    def new(window=4096):
        guid = new_guid()
        server.import_devices(guid)
        device = Device(server, guid, window)
        until(lambda: server.rest().connected(guid), 10, "connected")
        opened.append(device)
        return device, guid

    yield new
    for d in opened:
        d.close()


def relay(server, guid, mode="kvm", more="", token=None, **kw):
    token = token or server.rest().get(f"authorize/redirection/{guid}")["token"]
    path = f"/relay/webrelay.ashx?p=2&host={guid}&port=16994&tls=0&tls1only=0&mode={mode}{more}"
    return WebSocket("127.0.0.1", server.rest_port, path, protocol=token, **kw)


def session(server, connect, more="&frames=binary", window=4096, **kw):
    """Past the login."""
    device, guid = connect(window)
    ws = relay(server, guid, more=more, **kw)
    device.accept()
    ws.send(KVM + AUTH)
    got = device.read(len(KVM + BLANK))
    assert got == KVM + BLANK
    device.send(ACCEPTED)
    assert ws.read(len(ACCEPTED)) == ACCEPTED
    return device, guid, ws


def test_bytes_pass_both_ways_unchanged(server, connect):
    every = bytes(range(256)) * 300
    for more, kinds in (("", {1}), ("&frames=binary", {2})):
        device, guid, ws = session(server, connect, more)
        assert "Sec-WebSocket-Protocol: ey" in ws.head
        device.send(every)
        got, seen = b"", set()
        while len(got) < len(every):
            _, op, data = ws.frame()
            seen.add(op)
            assert data
            got += data.decode().encode("latin-1") if op == 1 else data
        assert got == every and seen == kinds
        ws.send(every)
        assert device.read(len(every)) == every
        ws.send(every.decode("latin-1").encode(), TEXT)
        assert device.read(len(every)) == every
        assert server.rest().get(f"devices/redirectstatus/{guid}") == {
            "isKVMConnected": True, "isSOLConnected": False, "isIDERConnected": False}
        ws.close()
        until(lambda: not server.rest().get(f"devices/redirectstatus/{guid}")["isKVMConnected"], 10, "free again")


def test_device_window_holds_back_the_client(server, connect):
    device, _, ws = session(server, connect, window=1000)
    sent = KVM + BLANK
    assert len(sent) < 1000
    ws.send(b"x" * 100000)
    ws.send(b"end")
    # What was granted and no more, though it has 100,000 bytes.
    got = device.read(1000, adjust=False)
    assert len(got) == 1000
    device.cira.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):
        device.cira.receive()
    device.cira.sock.settimeout(20)
    device.cira.send(apf.window_adjust(device.peer, 200000))
    rest = device.read(100003 - 1000, adjust=False)
    assert got + rest == b"x" * 100000 + b"end"


def test_slow_client_gets_the_device_held_back_and_memory_stays(make_server, new_guid):
    server, guid = make_server(plain=True).start(), new_guid()
    server.import_devices(guid)
    device = Device(server, guid)
    device, _, ws = session(server, lambda window: (device, guid), receive_buffer=8192)
    before = server.process.status_kib("VmRSS")
    # Nobody reads: grants end long before what a device might send.
    total, block = 0, bytes(16384)
    device.cira.sock.settimeout(3)
    try:
        while total < 64 << 20:
            device.send(block)
            total += len(block)
    except TimeoutError:
        pass
    assert total < 16 << 20
    assert server.process.status_kib("VmRSS") - before < 2 * 1024
    device.cira.sock.settimeout(20)
    assert len(ws.read(total)) >= total
    device.close()


def test_ends_have_their_codes(server, connect):
    device, _, ws = session(server, connect)
    device.cira.send(apf.channel_close(device.peer))
    assert ws.ended() == (1000, "the device ended the session")
    device, _, ws = session(server, connect)
    device.close()
    code, reason = ws.ended()
    assert code == 4410 and "lost" in reason
    device, guid, ws = session(server, connect)
    [one] = server.rest().get(f"redirection/sessions?guid={guid}")
    assert one["mode"] == "kvm" and one["user"] == "operator"
    server.rest(user="anna").delete(f"redirection/sessions/{one['id']}", expect=204)
    assert ws.ended() == (4403, "ended by anna")

    def record():
        found = server.rest().get(f"audit?device={guid}&user=operator")["records"]
        return [(r["action"], r["outcome"], r["detail"]) for r in found if "session" in r["action"]]

    until(lambda: len(record()) == 2, 5, "begin and end are on record")
    assert record() == [("kvm session", "ended", f"session {one['id']} ended: ended by anna"),
                        ("kvm session", "begun", f"session {one['id']} begun")]
    device, guid, ws = session(server, connect)
    [one] = server.rest().get(f"redirection/sessions?guid={guid}")
    server.rest(user="ä" * 80).delete(f"redirection/sessions/{one['id']}", expect=204)
    assert ws.ended() == (4403, "ended by " + "ä" * 57), "what a close frame holds, in whole characters"
    until(lambda: len(record()) == 2, 5, "its end is on record")
    device, guid, ws = session(server, connect)
    server.stop()
    assert ws.ended() == (1001, "the server is stopping")


def test_tokens_of_others_open_nothing(server, connect, new_guid):
    device, guid = connect()
    other = new_guid()
    server.import_devices(other)
    token = server.rest().get(f"authorize/redirection/{other}")["token"]
    kvm = server.rest().get(f"authorize/redirection/{guid}?mode=kvm")["token"]
    for t, mode, status in ((token, "kvm", 403), (kvm, "sol", 403), (server.token(), "kvm", 401), ("x", "kvm", 401)):
        with pytest.raises(Refused) as e:
            relay(server, guid, mode, token=t)
        assert e.value.status == status
    with pytest.raises(Refused) as e:
        relay(server, other, token=token)
    assert e.value.status == 404
    ws = relay(server, other, token=token, headers=["Origin: https://console.example.com"])
    assert ws.ended()[0] == 4404
    assert DEVICE_PASSWORD not in server.process.output()


def test_silent_client_is_given_up_and_a_living_one_is_kept(make_server, connect, new_guid, server):
    fast = make_server(settings={"mps.relay.ping_s": 1}).start()
    guids = [new_guid(), new_guid()]
    fast.import_devices(*guids)
    devices = [Device(fast, g) for g in guids]
    until(lambda: all(fast.rest().connected(g) for g in guids), 10, "connected")
    silent, living = (relay(fast, g) for g in guids)
    for d in devices:
        d.accept()
    since = time.monotonic()

    def sessions():
        living.sock.settimeout(0.05)
        try:
            living.frame()  # answers pings
        except TimeoutError:
            pass
        return [s["guid"] for s in fast.rest().get("redirection/sessions")]

    until(lambda: sessions() == [guids[1]], 10, "only the one that answers is left")
    assert time.monotonic() - since > 1.5
    silent.close()
    living.close()
    for d in devices:
        d.close()

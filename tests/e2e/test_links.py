# SPDX-License-Identifier: Apache-2.0
"""Links that are doubled, dead, or lost."""
import socket
import ssl
import threading
import time

import pytest

from lib import apf
from lib.server import DEVICE_PASSWORD
from lib.wait import until


def test_second_login_takes_over(server, make_sim, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    first = apf.Cira(server.cira_port)
    assert first.login(guid, "admin", DEVICE_PASSWORD)
    first.forward()
    until(lambda: rest.connected(guid), 10, "connected")

    offline, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            if not rest.connected(guid):
                offline.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        make_sim(server, guid)
        assert first.drain(10) == [(apf.DISCONNECT, (11,))], "the first is told and closed"
        # Calls go to the second one.
        until(lambda: rest.call("GET", f"amt/power/state/{guid}").status == 200, 10, "the new link answers")
        # The old link's end is written by now, if it were: presence is written every 50 ms.
        until(lambda: server.find("device connected anew, old link dropped", guid=guid), 5, "it was noticed")
        end = time.monotonic() + 0.5
        until(lambda: time.monotonic() > end, 2, "half a second of watching")
    finally:
        stop.set()
        watcher.join()
    assert not offline, "it never shows as disconnected"
    row = rest.device(guid)
    assert row["connectionStatus"] is True and row["lastDisconnected"] is None
    assert rest.get("devices/stats")["connectedCount"] == 1


def test_thirty_logins_of_one_device_at_once_leave_one(server, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    clients = [apf.Cira(server.cira_port) for _ in range(30)]
    for c in clients:
        c.send(apf.protocol_version(guid) + apf.service_request(apf.AUTH)
               + apf.userauth_password("admin", DEVICE_PASSWORD))
    alive = list(clients)

    def one_left():
        for c in list(alive):
            c.sock.settimeout(0.01)
            try:
                while c.receive():
                    pass
            except TimeoutError:
                pass
            except apf.Closed:
                alive.remove(c)
        return len(alive) == 1

    until(one_left, 20, "one of them stays")
    until(lambda: rest.get("devices/stats")["connectedCount"] == 1, 5, "counted once")
    assert rest.connected(guid)
    alive[0].sock.settimeout(10)
    alive[0].forward()
    for c in clients:
        c.close()
    until(lambda: not rest.connected(guid), 10, "none is left")


def test_device_that_stops_answering_costs_seconds(server, make_sim, new_guid):
    """SIGSTOP: the kernel still takes bytes for it, so TCP sees nothing."""
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    sim = make_sim(server, guid)
    until(lambda: rest.connected(guid), 10, "connected")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    sim.freeze()
    start = time.monotonic()
    a = rest.call("GET", f"amt/power/state/{guid}")
    took = time.monotonic() - start
    assert a.status in (404, 500, 502, 504) and took <= 12, f"{took:.1f} s: {a}"
    # The link was probed while the call waited: after a third of its time, for mps.cira.probe_ms.
    assert a.status == 404 and took <= 9.5, f"{took:.1f} s: {a}"
    until(lambda: not rest.connected(guid), 1, "the link is known to be dead")
    a = rest.call("GET", f"amt/power/state/{guid}")
    assert a.status == 404 and "connect again using CIRA" in a.json["error"]
    sim.thaw()
    until(lambda: rest.connected(guid), 30, "it comes back by itself")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2


def test_silent_link_is_probed_and_dropped_without_any_call(make_server, make_sim, new_guid):
    guid = new_guid()
    server = make_server(settings={"mps.cira.silence_ms": 1500, "mps.cira.probe_ms": 1000,
                                   "mps.cira.keepalive_s": 5}).start()
    server.import_devices(guid)
    rest = server.rest()
    sim = make_sim(server, guid)
    until(lambda: rest.connected(guid), 10, "connected")
    # Longer than silence and probe together: a device that answers probes stays.
    end = time.monotonic() + 4
    until(lambda: time.monotonic() > end, 6, "four seconds of silence")
    assert rest.connected(guid) and rest.device(guid)["lastDisconnected"] is None
    sim.freeze()
    until(lambda: not rest.connected(guid), 6, "a dead one goes")
    sim.thaw()
    until(lambda: rest.connected(guid), 30, "and comes back")


def test_last_seen_advances_with_keepalives(server, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    rest = server.rest()
    c = apf.Cira(server.cira_port)
    assert c.login(guid, "admin", DEVICE_PASSWORD)
    c.forward()
    until(lambda: rest.connected(guid), 10, "connected")
    first = rest.device(guid)["lastSeen"]
    assert first is not None

    def seen_later():
        c.send(apf.keepalive_request(9))
        assert c.expect(apf.KEEPALIVE_REPLY) == (9,)
        return rest.device(guid)["lastSeen"] > first

    until(seen_later, 10, "lastSeen follows the keep-alives")
    c.close()


def test_each_name_of_the_server_has_its_certificate(make_server, make_sim, new_guid):
    """AMT compares the common name with the address that it calls (mps#1393, deployment#274)."""
    server = make_server(settings={"mps.common_name": "localhost",
                                   "mps.cira.names": ["mps.one.example", "mps.two.example"]}).start()
    context = ssl.create_default_context(cadata=server.root().read_text())
    context.check_hostname = False

    def common_name(asked):
        with socket.create_connection(("127.0.0.1", server.cira_port), timeout=10) as tcp, \
                context.wrap_socket(tcp, server_hostname=asked) as tls:
            return dict(x[0] for x in tls.getpeercert()["subject"])["commonName"]

    assert [common_name(n) for n in ("mps.one.example", "MPS.TWO.example", "other.example", None)] == \
        ["mps.one.example", "mps.two.example", "localhost", "localhost"]
    guid = new_guid()
    server.import_devices(guid)
    make_sim(server, guid)
    until(lambda: server.rest().connected(guid), 20, "who knows the first name is in as before")


@pytest.mark.parametrize("setting", ["mps.answer_ms", "mps.rest.request_ms"])
def test_how_long_a_caller_waits_is_a_setting(make_server, make_sim, new_guid, setting):
    server, guid = make_server(settings={setting: 1000}).start(), new_guid()
    server.import_devices(guid)
    sim = make_sim(server, guid)
    until(lambda: server.rest().connected(guid), 10, "connected")
    sim.freeze()
    start = time.monotonic()
    answer = server.rest().call("GET", f"amt/power/state/{guid}")
    assert answer.status == 504 and 0.9 < time.monotonic() - start < 4, answer
    sim.thaw()

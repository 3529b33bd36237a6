# SPDX-License-Identifier: Apache-2.0
"""Who gets in on the CIRA port: a device with its record, its user name and its password; nobody else."""
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib import apf
from lib.server import DEVICE_PASSWORD
from lib.wait import until

KNOWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
WITHOUT_SECRET = "33333333-3333-4333-8333-333333333333"
WITHOUT_USER = "44444444-4444-4444-8444-444444444444"
EMPTY_SECRET = "55555555-5555-4555-8555-555555555555"
UNKNOWN = "99999999-9999-4999-8999-999999999999"


def password(user, text, **kw):
    return apf.userauth_password(user, text, **kw)


HOLES = [
    ("wrong password", KNOWN, password("admin", "wrong")),
    ("empty password", KNOWN, password("admin", "")),
    ("password's beginning", KNOWN, password("admin", DEVICE_PASSWORD[:-1])),
    ("password and more", KNOWN, password("admin", DEVICE_PASSWORD + "x")),
    ("password and NUL", KNOWN, password("admin", DEVICE_PASSWORD + "\0")),
    ("password in other case", KNOWN, password("admin", DEVICE_PASSWORD.upper())),
    ("another device's password", KNOWN, password("admin", "Other-pass-1")),
    ("wrong user", KNOWN, password("root", DEVICE_PASSWORD)),
    ("empty user", KNOWN, password("", DEVICE_PASSWORD)),
    ("user in other case", KNOWN, password("ADMIN", DEVICE_PASSWORD)),
    ("user and NUL", KNOWN, password("admin\0", DEVICE_PASSWORD)),
    ("method none", KNOWN, apf.userauth_none("admin")),
    ("method none without user", KNOWN, apf.userauth_none("")),
    ("method in capitals", KNOWN, password("admin", DEVICE_PASSWORD, method=b"PASSWORD")),
    ("method publickey", KNOWN, apf.userauth_none("admin").replace(apf.string(b"none"), apf.string(b"publickey"))),
    ("password change flag", KNOWN, b"\x32" + apf.string("admin") + apf.string(apf.PFWD) + apf.string(b"password")
     + b"\1" + apf.string(DEVICE_PASSWORD) + apf.string("new")),
    ("unknown GUID", UNKNOWN, password("admin", DEVICE_PASSWORD)),
    ("unknown GUID, method none", UNKNOWN, apf.userauth_none("admin")),
    ("GUID of zeros", "00000000-0000-0000-0000-000000000000", password("admin", DEVICE_PASSWORD)),
    ("no stored secret, empty password", WITHOUT_SECRET, password("admin", "")),
    ("no stored secret, any password", WITHOUT_SECRET, password("admin", DEVICE_PASSWORD)),
    ("no stored secret, null", WITHOUT_SECRET, password("admin", "null")),
    ("no stored secret, method none", WITHOUT_SECRET, apf.userauth_none("admin")),
    ("no stored user, empty user", WITHOUT_USER, password("", DEVICE_PASSWORD)),
    ("no stored user, null", WITHOUT_USER, password("null", DEVICE_PASSWORD)),
    ("stored password is empty", EMPTY_SECRET, password("admin", "")),
    ("two logins at once", KNOWN, password("admin", "wrong") + password("admin", DEVICE_PASSWORD)),
    ("login and work at once", KNOWN, password("admin", "wrong") + apf.service_request(apf.PFWD)
     + apf.tcpip_forward(16992)),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """One server for the whole table."""
    from lib.server import Server
    server = Server(tmp_path_factory.mktemp("login") / "server").start()
    rest = server.rest()
    server.import_devices(KNOWN)
    server.import_devices(OTHER, mpsPassword="Other-pass-1")
    rest.post("devices", {"guid": WITHOUT_SECRET, "mpsusername": "admin"}, expect=201)
    rest.post("devices", {"guid": WITHOUT_USER}, expect=201)
    server.ok("secret", "put", f"devices/{WITHOUT_USER}", "MPS_PASSWORD", stdin=DEVICE_PASSWORD)
    rest.post("devices", {"guid": EMPTY_SECRET, "mpsusername": "admin"}, expect=201)
    server.ok("secret", "put", f"devices/{EMPTY_SECRET}", stdin='{"MPS_PASSWORD":""}')
    yield server, rest
    server.close()


@pytest.mark.parametrize("name,guid,login", HOLES, ids=[h[0] for h in HOLES])
def test_nobody_else_gets_in(prepared, name, guid, login):
    server, rest = prepared
    c = apf.Cira(server.cira_port)
    try:
        c.send(apf.protocol_version(guid) + apf.service_request(apf.AUTH) + login)
        seen = c.drain(6)
    except apf.Closed:
        seen = []
    finally:
        c.close()
    assert not [op for op, _ in seen if op in (apf.USERAUTH_SUCCESS, apf.REQUEST_SUCCESS)], seen
    assert rest.get("devices/stats")["connectedCount"] == 0
    assert not server.find("device connected")


def test_the_right_device_gets_in(prepared):
    server, rest = prepared
    c = apf.Cira(server.cira_port, root=server.root())
    assert c.login(OTHER, "admin", "Other-pass-1")
    c.forward()
    assert c.options == (30, 0)
    until(lambda: rest.connected(OTHER), 10, "connected")
    c.close()
    until(lambda: not rest.connected(OTHER), 10, "disconnected")


def test_peers_that_vanish_during_their_login(prepared):
    """Record and secret are read while the connection goes away."""
    server, rest = prepared

    def one(i):
        c = apf.Cira(server.cira_port)
        c.send(apf.protocol_version(KNOWN) + apf.service_request(apf.AUTH) + password("admin", DEVICE_PASSWORD))
        if i % 2:
            c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))	# a reset
        c.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(64)))
    until(lambda: rest.get("devices/stats")["connectedCount"] == 0, 20, "all of them are gone")
    assert server.anonymous().get("health")

# SPDX-License-Identifier: Apache-2.0
"""Server, rpc and virtual device as programs, and an Enterprise Assistant beside them."""
import pytest

from lib.assistant import PASSWORD, USER, Satellite, activate, check_device, login, make_authority, make_profiles
from lib.rpc import Device
from lib.wait import until
from lib.websocket import Refused, WebSocket


@pytest.fixture
def server(make_server):
    s = make_server(settings={"rps.activation_wait_ms": 200, "rps.tls_wait_ms": 200})
    s.start()
    make_profiles(s)
    return s


@pytest.fixture
def device(tmp_path):
    d = Device(tmp_path / "device")
    yield d
    d.close()


def test_a_device_gets_certificates_and_credentials(server, device, tmp_path):
    refused = activate(server.rpc_port, device, "tls")
    assert refused.code != 0 and "which needs an Enterprise Assistant, and none is connected" in refused.err, refused
    assert device.mode() == "factory"
    assistant = Satellite(server, make_authority(tmp_path / "ca"))
    check_device(server, device, USER, PASSWORD)
    assert [(what, protocol) for what, protocol, _ in assistant.asked] == [
        ("802.1x-ProFile-Request", 0), ("802.1x-KeyPair-Response", 0), ("802.1x-CSR-Response", 0)] * 3 + [
        ("802.1x-ProFile-Request", 2)]
    assistant.close()
    assert PASSWORD not in server.process.output()


def test_nobody_else_is_asked(server):
    for header in ([], ["x-meshauth: " + login(server.token(role="operator"))], ["Authorization: Bearer x"]):
        with pytest.raises(Refused) as refused:
            WebSocket("127.0.0.1", server.assistant_port, "/", headers=header)
        assert refused.value.status == (403 if header and "mesh" in header[0] else 401)
    text = server.rps(role="monitor").call("GET", "/metrics").text
    assert "outband_rps_assistants 0\n" in text


def test_without_authentication_upstreams_assistant_needs_no_login(make_server):
    server = make_server(settings={"auth.mode": "none"}).start()
    WebSocket("127.0.0.1", server.assistant_port, "/").close()
    WebSocket("127.0.0.1", server.assistant_port, "/", headers=["x-meshauth: " + login("whatever")]).close()
    until(lambda: server.find("an Enterprise Assistant connected", who="anonymous"), 10, "it is known")

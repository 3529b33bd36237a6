# SPDX-License-Identifier: Apache-2.0
"""The routes that README gives for a gateway, in a real nginx.

OUTBAND_PEER_NGINX: nginx 1.18 or later."""
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from lib import assistant
from lib.full import Full
from lib.postgres import free_port
from lib.process import run
from lib.redirection import Sol
from lib.rest import Rest
from lib.rpc import Device
from lib.sim import FullSim
from lib.sse import Stream
from lib.wait import until

README = Path(__file__).resolve().parent.parent.parent / "README.md"
CONF = """
daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;
events {{}}
http {{
	access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/f;
	uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
	server {{ listen 127.0.0.1:{1}; {2} }}
}}
"""


@pytest.fixture
def server(make_server):
    return make_server().start()


def answers(port):
    try:
        return Rest(port).call("GET", "health").status == 200
    except OSError:
        return False


@pytest.fixture
def gateway(peer, server, tmp_path):
    """Port of an nginx in front of the server."""
    program, = peer("OUTBAND_PEER_NGINX")
    routes = re.search(r"```nginx\n(.*?)```", README.read_text(), re.S).group(1)
    for default, port in ((3000, server.rest_port), (8081, server.rps_port), (8080, server.rpc_port),
                          (8082, server.assistant_port)):
        assert f"127.0.0.1:{default}" in routes
        routes = routes.replace(f"127.0.0.1:{default}", f"127.0.0.1:{port}")
    port = free_port()
    (tmp_path / "nginx").mkdir()
    (tmp_path / "nginx.conf").write_text(CONF.format(tmp_path / "nginx", port, routes))
    p = subprocess.Popen([program, "-c", tmp_path / "nginx.conf", "-p", tmp_path / "nginx"], stderr=sys.stderr)
    until(lambda: p.poll() is not None or answers(port), 20, "nginx serves")
    yield port
    p.terminate()
    assert p.wait(20) == 0


def test_rest_of_both_services(server, gateway):
    r = Rest(gateway, base="/mps/login/api/v1/").post("authorize", {"username": "admin", "password": server.env[
        "OUTBAND_ADMIN_PASSWORD"]})
    for base in ("/api/v1/", "/mps/api/v1/"):
        assert Rest(gateway, r["token"], base).get("devices") == []
        assert Rest(gateway, base=base).call("GET", "devices").status == 401
    assert Rest(gateway, r["token"], "/rps/api/v1/admin/").get("profiles") == []


def test_redirection_and_events(server, gateway, tmp_path):
    device = Full(tmp_path / "device", str(uuid.uuid4()))
    try:
        stream = Stream(gateway, server.token())
        device.join(server)
        until(lambda: "CIRA_Connected" in stream.methods(), 20, "the event comes while the stream is open")
        stream.close()
        token = server.rest().get(f"authorize/redirection/{device.guid}")["token"]
        sol = Sol("127.0.0.1", gateway, device.guid, protocol=token, base="/mps/ws/relay")
        sol.type("\r")
        sol.expect("login: ")
        sol.close()
    finally:
        device.close()


def test_activation(server, gateway, tmp_path):
    server.rps().post("profiles", {
        "profileName": "kiosk", "activation": "ccmactivate", "generateRandomPassword": True, "tags": [],
        "generateRandomMEBxPassword": False, "dhcpEnabled": True, "userConsent": "All", "iderEnabled": False,
        "kvmEnabled": False, "solEnabled": False, "tlsMode": 1, "tlsSigningAuthority": "SelfSigned"}, 201)
    device = FullSim("factory", tmp_path / "device", "--heci", tmp_path / "heci")
    try:
        r = run("rpc", "activate", "-u", f"ws://127.0.0.1:{gateway}/activate", "-profile", "kiosk", "-strict",
                env={"OUTBAND_HECI": str(tmp_path / "heci")}, timeout=100)
        assert r.code == 0 and "CCM activated" in r.err or "Client control mode" in r.err, r
    finally:
        device.close()


def test_activation_with_an_enterprise_assistant(server, gateway, tmp_path):
    assistant.make_profiles(server)
    satellite = assistant.Satellite(server, assistant.make_authority(tmp_path / "ca"), port=gateway)
    device = Device(tmp_path / "device")
    try:
        r = assistant.activate(gateway, device, "peap")
        assert r.code == 0 and "Wired Network Configured" in r.err and len(satellite.asked) == 1, r
    finally:
        device.close()
        satellite.close()

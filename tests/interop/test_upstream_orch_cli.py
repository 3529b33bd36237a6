# SPDX-License-Identifier: Apache-2.0
"""Upstream's orch-cli, unmodified, against our MPS: its SOL terminal and its KVM viewer through our relay, with a
token of an OpenID Connect issuer that holds two projects and names none, as its users have.

OUTBAND_PEER_ORCH_CLI    orch-cli, built with its tag kvm"""
import json
import os
import pty
import re
import select
import subprocess
import uuid
from urllib.request import Request, urlopen

import pytest

from lib.certs import localhost
from lib.full import Full
from lib.issuer import Issuer
from lib.orchestrator import HOST_ID, Orchestrator
from lib.wait import until
from lib.websocket import WebSocket

PROJECT, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
ROLES = [f"{PROJECT}_im-rw", f"{OTHER}_im-r", "default-roles-master", "offline_access"]
# As a login would have found them.
FEATURES = "orchestrator: {features: {edge-infrastructure-manager: {%s}}}\n" % ", ".join(
    f"{part}: {{installed: true}}" for part in ("oob", "onboarding", "provisioning"))


class Cli:
    """One run on a terminal of its own, in raw mode as soon as its session is."""

    def __init__(self, program, folder, orchestrator, ca, token, *args):
        (folder / ".orch-cli").mkdir(parents=True, exist_ok=True)
        (folder / ".orch-cli" / "orch-cli.yaml").write_text(FEATURES)
        self.text, (self.fd, side) = "", pty.openpty()
        self.process = subprocess.Popen(
            [program, "set", "host", HOST_ID, "--project", "edge", "--api-endpoint",
             f"https://localhost:{orchestrator.port}", "--noauth", "--orch-ca", str(ca), *args],
            stdin=side, stdout=side, stderr=side, start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "MT_GW_TOKEN": token, "SSL_CERT_FILE": str(ca)})
        os.close(side)

    def read(self):
        """What it printed so far."""
        try:
            while select.select([self.fd], [], [], 0)[0]:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:	# it ended
            pass
        return self.text

    def shows(self, what, seconds=30):
        until(lambda: what in self.read() or self.process.poll() is not None, seconds, f"{what!r} in\n{self.text}")
        assert what in self.read(), self.text

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, seconds=60):
        until(lambda: (self.read(), self.process.poll())[1] is not None, seconds, f"its end; it said\n{self.text}")
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.fd)


class Site:
    def __init__(self, program, folder, make_server, mode):
        self.program, self.folder = program, folder
        self.issuer = Issuer(folder / "issuer")
        self.tls = localhost(folder / "tls")
        self.device = Full(folder / "device", str(uuid.uuid4()), mode)
        # Its own login, to make the record; then the server of the organisation.
        self.server = make_server(settings=self.issuer.settings).start()
        self.admin = self.server.rest(self.issuer.token(f"{PROJECT}_im-rw", f"{PROJECT}_all", user="admin"))
        self.root = folder / "root.pem"
        self.root.write_bytes(self.admin.call("GET", "ciracert").raw)
        self.server.root_pem = self.root
        self.device.join(self.server, tenantId=PROJECT)
        self.orchestrator = Orchestrator(self.tls, self.server.rest_port, self.device.guid, mode.upper())
        self.clis = []

    def cli(self, *args, roles=ROLES):
        cli = Cli(self.program, self.folder / f"home{len(self.clis)}", self.orchestrator, self.tls / "ca.pem",
                  self.issuer.token(*roles), *args)
        self.clis.append(cli)
        return cli

    def close(self):
        for thing in (*self.clis, self.orchestrator, self.device, self.issuer):
            thing.close()


@pytest.fixture
def site(peer, make_server, tmp_path, request):
    program, = peer("OUTBAND_PEER_ORCH_CLI")
    site = Site(program, tmp_path / "site", make_server, request.param)
    yield site
    site.close()


SOL = ("--session-type", "sol", "--session-state", "start")
KVM = ("--session-type", "kvm", "--session-state", "start")


@pytest.mark.parametrize("site", ["acm"], indirect=True)
def test_sol_is_a_terminal_of_the_host(site):
    cli = site.cli(*SOL)
    cli.shows("SOL SESSION ACTIVE")
    cli.shows("login:")
    cli.type("root\r")
    cli.shows("Password:")
    # A second one is refused, and says why.
    second = site.cli(*SOL)
    second.shows("409")
    assert second.end() != 0 and "the device has a sol session already" in second.text
    assert [s["mode"] for s in site.admin.get("redirection/sessions")] == ["sol"]
    cli.type("\x1d")
    cli.shows("SOL session ended.")
    assert cli.end() == 0, cli.text
    assert site.orchestrator.host["desiredSolState"] == "SOL_STATE_STOP"
    until(lambda: site.admin.get("redirection/sessions") == [], 10, "the place is free")
    heads = "\n".join(site.orchestrator.seen)
    assert "ActiveProjectID" not in heads and "Cookie: jwt=" in heads, heads


@pytest.mark.parametrize("site", ["acm"], indirect=True)
def test_kvm_shows_the_hosts_screen(site):
    site.admin.post(f"amt/features/{site.device.guid}",
                    {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True})
    cli = site.cli(*KVM)
    cli.shows("http://localhost:")
    url = re.search(r"http://localhost:(\d+)/", cli.text)
    page = urlopen(f"http://127.0.0.1:{url[1]}/", timeout=10).read().decode()
    token = re.search(r'__ORCH_TOKEN="(\w+)"', page)[1]

    def state():
        ask = Request(f"http://127.0.0.1:{url[1]}/api/status", headers={"X-Session-Token": token})
        return json.load(urlopen(ask, timeout=10))["state"]

    until(lambda: state() == "active", 30, "logged in")
    browser = WebSocket("127.0.0.1", int(url[1]), f"/ws/kvm?token={token}")
    seen = b""
    while not seen.startswith(b"RFB 003.008\n"):
        seen += browser.recv()[1]
    browser.send(b"RFB 003.008\n")
    seen = b""
    while len(seen) < 2:
        seen += browser.recv()[1]
    assert seen[0] > 0, "types of security are offered"
    [session] = site.admin.get("redirection/sessions")
    assert (session["mode"], session["user"], session["tenantId"]) == ("kvm", "otto", PROJECT)
    urlopen(Request(f"http://127.0.0.1:{url[1]}/api/disconnect", data=b"", headers={"X-Session-Token": token}), timeout=10)
    assert cli.end() == 0, cli.text
    assert "KVM session closed confirmed." in cli.text


@pytest.mark.parametrize("site", ["ccm"], indirect=True)
def test_in_client_control_mode_the_code_is_asked_for(site):
    cli = site.cli(*SOL)
    # The session manager has the code shown.
    started = site.admin.get(f"amt/userConsentCode/{site.device.guid}")
    assert started["Body"]["ReturnValue"] == 0
    cli.shows("Enter consent code:")
    cli.type(site.device.control("screen")["consent_code"] + "\n")
    cli.shows("Consent code accepted by MPS.")
    cli.shows("SOL SESSION ACTIVE")
    cli.shows("login:")
    cli.type("\x1d")
    assert cli.end() == 0, cli.text


@pytest.mark.parametrize("site", ["acm"], indirect=True)
def test_a_project_that_the_token_does_not_hold_gets_no_session(site):
    cli = site.cli(*SOL, roles=[f"{OTHER}_im-rw", "33333333-3333-4333-8333-333333333333_im-rw"])
    assert cli.end() != 0 and "HTTP 403" in cli.text, cli.text
    cli = site.cli(*SOL, roles=[f"{OTHER}_im-rw"])
    assert cli.end() != 0 and "HTTP 404" in cli.text, cli.text
    assert site.admin.get("redirection/sessions") == []

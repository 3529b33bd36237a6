# SPDX-License-Identifier: Apache-2.0
"""Secrets in Vault: its outages drop no connection and make nothing anew."""
import os

import pytest

from lib.server import DEVICE_PASSWORD
from lib.vault import Vault
from lib.wait import until

TOKEN = "t.first-token-of-tests"


@pytest.fixture
def vault():
    v = Vault(TOKEN).start()
    yield v
    v.stop()


@pytest.fixture
def make_vault_server(make_server, vault, tmp_path):
    file = tmp_path / "vault-token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)

    def make(**settings):
        server = make_server(fresh=True, settings={"secrets.url": vault.url, "secrets.vault.token_file": str(file), **settings})
        server.token_file = file
        return server

    return make


def secret_health(server):
    return server.anonymous().call("GET", "health")


def test_vault_outage_drops_nobody_and_regenerates_nothing(make_vault_server, make_sim, vault, new_guid):
    first, late = new_guid(), new_guid()
    server = make_vault_server().start()
    server.import_devices(first, late)
    assert vault.data_of(f"devices/{first}") == {"MPS_PASSWORD": DEVICE_PASSWORD, "AMT_PASSWORD": DEVICE_PASSWORD}
    rest, root = server.rest(), server.root().read_bytes()
    assert vault.version_of("MPSCerts") == 1 and set(vault.data_of("MPSCerts")) >= {"mps_tls_config", "web_tls_config",
                                                                                   "root_key"}
    make_sim(server, first)
    until(lambda: rest.connected(first), 10, "connected")
    assert rest.get(f"amt/power/state/{first}")["powerstate"] == 2
    a = secret_health(server)
    assert a.status == 200 and a.json["secretStore"]["name"] == "VAULT" and not a.json["secretStore"]["status"]["sealed"]

    vault.stop()
    until(lambda: secret_health(server).status == 503, 10, "health tells of the outage")
    assert secret_health(server).json["db"]["status"] == "OK"
    # What is connected stays, and can be worked with; tokens are checked without Vault.
    assert rest.connected(first) and rest.get(f"amt/power/state/{first}")["powerstate"] == 2
    sim = make_sim(server, late)
    until(lambda: server.find("CIRA login refused", guid=late), 20, "a login cannot be checked now")
    assert rest.call("DELETE", f"devices/refresh/{first}").status == 503
    assert sim.running() and not rest.connected(late)
    assert rest.device(first)["lastDisconnected"] is None
    assert server.find("device disconnected") is None

    vault.start()
    until(lambda: secret_health(server).status == 200, 20, "health is well again")
    until(lambda: rest.connected(late), 40, "the late device gets in by itself")
    assert rest.device(first)["lastDisconnected"] is None, "the first one stayed all the time"
    assert rest.call("GET", "ciracert").raw == root
    assert vault.version_of("MPSCerts") == 1 and vault.version_of("outband/keys") == 1


@pytest.mark.parametrize("failure", ["stopped", "sealed", "error", "denied", "garbage"])
def test_starting_while_vault_is_away_makes_no_new_certificates(make_vault_server, make_sim, vault, new_guid, failure):
    guid = new_guid()
    server = make_vault_server().start()
    server.import_devices(guid)
    root = server.root().read_bytes()
    server.stop()
    before = len(vault.writes())

    if failure == "stopped":
        vault.stop()
    else:
        vault.failure = failure
    server.launch()
    code = server.process.wait(40)
    text = server.process.output()
    assert code == 1 and "outband: " in text and "Vault" in text, text[-2000:]
    assert server.find("ready") is None and "Traceback" not in text

    vault.failure = None
    if failure == "stopped":
        vault.start()
    assert len(vault.writes()) == before, "nothing was written"
    server.start()
    make_sim(server, guid)
    until(lambda: server.rest().connected(guid), 20, "the device trusts what it trusted")
    assert server.rest().call("GET", "ciracert").raw == root
    assert vault.version_of("MPSCerts") == 1 and vault.version_of("outband/keys") == 1


def test_token_is_exchanged_without_a_restart(make_vault_server, make_sim, vault, new_guid):
    guid, second = new_guid(), new_guid()
    server = make_vault_server().start()
    server.import_devices(guid, second)
    rest = server.rest()
    make_sim(server, guid)
    until(lambda: rest.connected(guid), 10, "connected")
    assert rest.call("DELETE", f"devices/refresh/{guid}").status == 200

    # An orderly exchange, as an agent does it: a new file in the place of the old one.
    vault.add_token("t.second")
    fresh = server.token_file.with_suffix(".new")
    fresh.write_text("t.second")
    os.replace(fresh, server.token_file)
    vault.revoke(TOKEN)
    assert rest.call("DELETE", f"devices/refresh/{guid}").status == 200

    # The old one ends first; until there is a new one, secrets cannot be read, and nobody is dropped.
    vault.revoke("t.second")
    until(lambda: rest.call("DELETE", f"devices/refresh/{guid}").status == 503, 10, "the token is refused")
    sim = make_sim(server, second)
    vault.add_token("t.third")
    server.token_file.write_text("t.third\n")
    until(lambda: rest.call("DELETE", f"devices/refresh/{guid}").status == 200, 10, "the new token is used")
    until(lambda: rest.connected(second), 40, "a device gets in")
    assert rest.device(guid)["lastDisconnected"] is None and sim.running()
    assert "t.third" not in server.process.output() and DEVICE_PASSWORD not in server.process.output()


def test_token_is_renewed_before_it_ends(make_vault_server, vault, new_guid):
    server = make_vault_server()
    vault.add_token(TOKEN, ttl=4)
    server.start()
    until(lambda: vault.tokens[TOKEN]["renewed"] >= 3, 20, "renewed again and again")
    assert vault.authorised(TOKEN) and secret_health(server).status == 200


def test_hanging_vault_does_not_hang_the_server(make_vault_server, make_sim, vault, new_guid):
    guid = new_guid()
    server = make_vault_server().start()
    server.import_devices(guid)
    rest = server.rest()
    make_sim(server, guid)
    until(lambda: rest.connected(guid), 10, "connected")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    vault.failure = "hang"
    a = rest.call("DELETE", f"devices/refresh/{guid}")
    assert a.status in (503, 504), a
    assert rest.get("devices/stats")["connectedCount"] == 1
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    vault.failure = None
    until(lambda: rest.call("DELETE", f"devices/refresh/{guid}").status == 200, 30, "well again")

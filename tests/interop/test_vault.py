# SPDX-License-Identifier: Apache-2.0
"""Our secrets in a real Vault (HashiCorp Vault or OpenBao) with a KV version 2 engine at secret/.

OUTBAND_PEER_VAULT             its address, http://HOST:PORT
OUTBAND_PEER_VAULT_TOKEN       a token that may do everything there
OUTBAND_PEER_VAULT_UNSEAL_KEY  the one key that opens it, for the test that seals it (a development server)

Everything is written below a folder of the test's own, which is emptied at the end.
"""
import json
import time
import uuid
from urllib.parse import urlsplit

import pytest

from lib.process import Process
from lib.rest import Rest
from lib.server import DEVICE_PASSWORD
from lib.wait import until

NOT_THERE, AWAY = "there is none", "cannot be reached"


class Vault:
    def __init__(self, address, token):
        parts = urlsplit(address)
        self.url, self.token = "vault+" + address, token
        self.http = Rest(parts.port, host=parts.hostname)
        self.folder = "interop-" + uuid.uuid4().hex[:12]
        self.policies = []

    def call(self, method, path, body=None, token=None):
        return self.http.call(method, "/v1/" + path, body, {"X-Vault-Token": token or self.token})

    def data(self, path):
        """As any client reads it; None when there is nothing."""
        a = self.call("GET", f"secret/data/{self.folder}/{path}")
        assert a.status in (200, 404), a
        return a.json["data"]["data"] if a.status == 200 else None

    def metadata(self, path):
        return self.call("GET", f"secret/metadata/{self.folder}/{path}")

    def make_token(self, ttl, renewable=True, period=None, folder=None):
        """One that may use our folder (or that one) and itself only."""
        policy = "interop-" + uuid.uuid4().hex[:12]
        folder = folder or self.folder
        rules = "".join(f'path "secret/{kind}/{folder}/*" {{ capabilities = ["create", "read", "update", "delete", '
                        f'"list"] }}\n' for kind in ("data", "metadata"))
        a = self.call("PUT", f"sys/policies/acl/{policy}", {"policy": rules})
        assert a.status == 204, a
        self.policies.append(policy)
        body = {"policies": [policy], "ttl": ttl, "renewable": renewable}
        if period:
            body["period"] = period
        a = self.call("POST", "auth/token/create", body)
        assert a.status == 200, a
        return a.json["auth"]["client_token"]

    def lives(self, token):
        return self.call("GET", "auth/token/lookup-self", token=token).status == 200

    def close(self):
        def walk(folder):
            a = self.call("LIST", f"secret/metadata/{folder}")
            for key in a.json["data"]["keys"] if a.status == 200 else []:
                if key.endswith("/"):
                    walk(folder + key)
                else:
                    self.call("DELETE", f"secret/metadata/{folder}{key}".replace(" ", "%20"))

        walk(self.folder + "/")
        for policy in self.policies:
            self.call("DELETE", f"sys/policies/acl/{policy}")


@pytest.fixture
def vault(peer):
    v = Vault(*peer("OUTBAND_PEER_VAULT", "OUTBAND_PEER_VAULT_TOKEN"))
    yield v
    v.close()


@pytest.fixture
def make_vault_server(make_server, vault, tmp_path):
    def make(token=None, path="secret/data/{}/", **settings):
        server = make_server(settings={"secrets.url": vault.url, "secrets.vault.path": path.format(vault.folder),
                                       "secrets.vault.token_file": str(tmp_path / "vault-token"), **settings})
        server.token_file = tmp_path / "vault-token"
        server.token_file.write_text((token or vault.token) + "\n")
        return server

    return make


def connect(server, guid, folder):
    return Process("amtsim", ["--cira", f"localhost:{server.cira_port}", "--cira-ca", server.root(), "--uuid", guid,
                              "--verbose"], folder / "amtsim.log",
                   env={"AMTSIM_CIRA_PASSWORD": DEVICE_PASSWORD, "AMTSIM_PASSWORD": DEVICE_PASSWORD})


def test_put_get_list(make_vault_server, vault):
    server = make_vault_server()
    value = {"text": 'a "quoted" \\ äöü €\n2', "empty": "", "number": 7, "deep": {"list": [1, True, None]}}
    server.ok("secret", "put", "devices/one", stdin=json.dumps(value))
    assert vault.data("devices/one") == value
    assert json.loads(server.ok("secret", "get", "devices/one")) == value
    server.ok("secret", "put", "devices/one", "text", stdin="new\n")
    assert vault.data("devices/one") == {**value, "text": "new"}, "the other keys stay"
    assert vault.metadata("devices/one").json["data"]["current_version"] == 2

    server.ok("secret", "put", "devices/two words", stdin='{"a":"b"}')
    server.ok("secret", "put", "top", stdin='{"a":"b"}')
    assert server.ok("secret", "get", "devices/two words", "a") == "b\n"
    assert json.loads(server.ok("secret", "list", "--json")) == ["devices/", "top"]
    assert json.loads(server.ok("secret", "list", "devices/", "--json")) == ["one", "two words"]
    assert json.loads(server.ok("secret", "list", "none/", "--json")) == []
    r = server.cli("secret", "get", "devices/three")
    assert r.code == 1 and NOT_THERE in r.err, r

    # Someone else deleted the newest version only: the secret is gone for us, and may come again.
    assert vault.call("DELETE", f"secret/data/{vault.folder}/top").status == 204
    r = server.cli("secret", "get", "top")
    assert r.code == 1 and NOT_THERE in r.err, r
    server.ok("secret", "put", "top", stdin='{"c":"d"}')
    assert server.ok("secret", "get", "top", "c") == "d\n"


@pytest.mark.parametrize("path", ["secret/data/{}/", "secret/data/{}"])
def test_device_is_deleted_with_all_versions(make_vault_server, vault, new_guid, path):
    guid = new_guid()
    server = make_vault_server(path=path).start()
    server.import_devices(guid)
    server.import_devices(guid)
    assert vault.data(f"devices/{guid}") == {"AMT_PASSWORD": DEVICE_PASSWORD, "MPS_PASSWORD": DEVICE_PASSWORD}
    assert vault.data("MPSCerts")["mps_tls_config"]["cert"].startswith("-----BEGIN CERTIFICATE-----")
    server.rest().delete(f"devices/{guid}?isSecretToBeDeleted=true", expect=204)
    assert vault.data(f"devices/{guid}") is None
    assert vault.metadata(f"devices/{guid}").status == 404, "no version is left"


@pytest.mark.parametrize("life", [{"ttl": "5s"}, {"ttl": "5s", "period": "5s"}], ids=["ttl", "period"])
def test_short_token_is_kept_alive_by_the_server_alone(make_vault_server, vault, new_guid, tmp_path, life):
    guid, token = new_guid(), vault.make_token(**life)
    server = make_vault_server(token=token).start()
    end = time.monotonic() + 14
    while time.monotonic() < end:
        assert vault.lives(token), "it was not renewed in time"
        time.sleep(1)
    assert not [x for x in server.lines() if x.get("level") in ("warn", "error") and "Vault" in x.get("msg", "")]
    server.import_devices(guid)
    sim = connect(server, guid, tmp_path)
    until(lambda: server.rest().connected(guid), 15, "a device whose password is in Vault")
    assert sim.stop() == 0
    server.stop()
    until(lambda: not vault.lives(token), 10, "without the server it ends")


def test_token_that_cannot_be_renewed_is_announced_and_exchanged(make_vault_server, vault, new_guid):
    guid, short = new_guid(), vault.make_token("4s", renewable=False)
    server = make_vault_server(token=short).start()
    until(lambda: server.find("Vault token cannot be renewed: a new one is needed before it ends"), 5, "a warning")
    until(lambda: not vault.lives(short), 10, "it ended")
    r = server.cli("secret", "get", "MPSCerts")
    assert r.code == 1 and "refused the token" in r.err, r
    server.token_file.write_text(vault.make_token("60s"))
    server.import_devices(guid)
    rest = server.rest()
    until(lambda: rest.call("DELETE", f"devices/{guid}?isSecretToBeDeleted=true").status == 204, 5, "the new token works")
    assert vault.data(f"devices/{guid}") is None


def test_what_went_wrong_is_told_apart(make_vault_server, vault):
    server = make_vault_server()
    r = server.cli("secret", "get", "nothing")
    assert r.code == 1 and NOT_THERE in r.err, r
    server.token_file.write_text("s.no-such-token")
    r = server.cli("secret", "get", "nothing")
    assert r.code == 1 and "refused the token" in r.err and NOT_THERE not in r.err, r
    server.token_file.write_text(vault.make_token("60s", folder="elsewhere"))
    r = server.cli("secret", "get", "nothing")
    assert r.code == 1 and "refused the token" in r.err and "policy" in r.err, r
    server.token_file.write_text(vault.token)
    server.settings["secrets.vault.path"] = "no-engine/data/"
    r = server.cli("secret", "get", "nothing")
    assert r.code == 1 and "knows no secrets engine" in r.err and NOT_THERE not in r.err, r
    server.settings["secrets.url"] = "vault+http://127.0.0.1:9"
    r = server.cli("secret", "get", "nothing")
    assert r.code == 1 and AWAY in r.err and NOT_THERE not in r.err, r


def test_sealed_vault(make_vault_server, vault, peer, new_guid, tmp_path):
    key, = peer("OUTBAND_PEER_VAULT_UNSEAL_KEY")
    guid = new_guid()
    server = make_vault_server().start()
    server.import_devices(guid)
    rest, health = server.rest(), lambda: server.anonymous().call("GET", "health")
    assert health().status == 200 and health().json["secretStore"]["status"]["sealed"] is False
    sim = connect(server, guid, tmp_path)
    until(lambda: rest.connected(guid), 15, "connected")
    try:
        assert vault.call("PUT", "sys/seal").status == 204
        until(lambda: health().status == 503, 10, "health tells")
        assert health().json["secretStore"] == {"name": "VAULT", "status": "sealed"}
        r = server.cli("secret", "get", "MPSCerts")
        assert r.code == 1 and "sealed" in r.err and NOT_THERE not in r.err, r
        assert rest.connected(guid), "a device that is connected stays"
        assert rest.call("DELETE", f"devices/{guid}?isSecretToBeDeleted=true").status == 503
    finally:
        assert vault.call("PUT", "sys/unseal", {"key": key}).json["sealed"] is False
    until(lambda: health().status == 200, 20, "well again")
    assert vault.data(f"devices/{guid}") is not None and rest.connected(guid)
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    assert sim.stop() == 0

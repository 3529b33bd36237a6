# SPDX-License-Identifier: Apache-2.0
"""The RPS over its public interfaces: REST, commands, database and secret store."""
import asyncio
import json
import os
import re
import signal

import pytest

from lib.pfx import make_pfx
from lib.rest import Rest
from lib.routes import RPS, every_route

CIRA = {"configName": "cira", "mpsServerAddress": "mps.example.com", "mpsPort": 4433, "username": "admin",
        "serverAddressFormat": 201, "authMethod": 2, "mpsRootCertificate": "root", "proxyDetails": "",
        "password": "Mps-pass-1!"}
WIRED = {"profileName": "wired", "authenticationProtocol": 0, "pxeTimeout": 60, "wiredInterface": True}
AIR = {"profileName": "air", "authenticationProtocol": 2, "wiredInterface": False}
WIFI = {"profileName": "wifi", "authenticationMethod": 6, "encryptionMethod": 4, "ssid": "net",
        "pskPassphrase": "Psk-pass-1!", "linkPolicy": [14, 16]}
WIFI_8021X = {"profileName": "wifi8021x", "authenticationMethod": 7, "encryptionMethod": 4, "ssid": "net",
              "ieee8021xProfileName": "air"}
PROXY = {"name": "proxy", "address": "proxy.example.com", "port": 3128, "networkDnsSuffix": "example.com"}
PROFILE = {"profileName": "acm", "activation": "acmactivate", "generateRandomPassword": False,
           "generateRandomMEBxPassword": False, "amtPassword": "Amt-pass-1!", "mebxPassword": "Mebx-pass-1!",
           "dhcpEnabled": True, "ciraConfigName": "cira", "tags": ["a"], "ieee8021xProfileName": "wired",
           "wifiConfigs": [{"profileName": "wifi8021x", "priority": 2}, {"profileName": "wifi", "priority": 1}],
           "proxyConfigs": [{"name": "proxy", "priority": 1}]}
PARTS = [("ciraconfigs", CIRA), ("ieee8021xconfigs", WIRED), ("ieee8021xconfigs", AIR), ("wirelessconfigs", WIFI),
         ("wirelessconfigs", WIFI_8021X), ("proxyconfigs", PROXY)]
CLEAR = ["Mps-pass-1!", "Psk-pass-1!", "Amt-pass-1!", "Mebx-pass-1!"]
PASSWORD = "Pfx-pass-1!"
DEVICE = "aaaaaaaa-0000-4000-8000-00000000000a"


def fill(rest):
    """One of each, and a profile of them all."""
    for path, body in PARTS:
        rest.post(path, body, 201)
    return rest.post("profiles", PROFILE, 201)


def secret(server, path):
    r = server.cli("secret", "get", path)
    return json.loads(r.out) if r.code == 0 else None


@pytest.fixture(scope="module")
def pfx(tmp_path_factory):
    return make_pfx(tmp_path_factory.mktemp("pfx"), "amt.example.com", PASSWORD)


def test_a_profile_and_its_parts(make_server, database):
    server = make_server(db_url=database).start()
    rest = server.rps()
    made = fill(rest)
    assert made["wifiConfigs"] == [{"profileName": "wifi", "priority": 1}, {"profileName": "wifi8021x", "priority": 2}]
    assert made["proxyConfigs"] == PROFILE["proxyConfigs"] and made["tags"] == ["a"]
    assert made["userConsent"] == "KVM" and made["kvmEnabled"] and not made["solEnabled"]
    assert rest.get("profiles/ACM") == made and rest.get("profiles") == [made]
    assert rest.get("profiles?$count=true&$top=0") == {"data": [], "totalCount": 1}
    for clear in CLEAR:
        assert clear not in json.dumps([made, rest.get("ciraconfigs"), rest.get("wirelessconfigs")])
    assert secret(server, "profiles/acm") == {"AMT_PASSWORD": "Amt-pass-1!", "MEBX_PASSWORD": "Mebx-pass-1!"}
    assert secret(server, "CIRAConfigs/cira") == {"MPS_PASSWORD": "Mps-pass-1!"}
    assert secret(server, "Wireless/wifi") == {"PSK_PASSPHRASE": "Psk-pass-1!"}

    # what is named elsewhere stays
    for path, text in [("ciraconfigs/cira", "CIRA Config: cira is associated with an AMT profile"),
                       ("ieee8021xconfigs/wired", "802.1x config: wired is associated with an AMT Profile."),
                       ("ieee8021xconfigs/air", "802.1x config: air is associated with a wireless profile."),
                       ("wirelessconfigs/wifi", "Wireless profile: wifi is associated with an AMT Profile."),
                       ("proxyconfigs/proxy", "Proxy profile: proxy is associated with an AMT Profile.")]:
        assert rest.delete(path, 400)["message"] == text
    assert secret(server, "CIRAConfigs/cira") is not None

    # a change keeps passwords, replaces associations; a stale one changes nothing
    change = {"profileName": "acm", "activation": "acmactivate", "version": made["version"]}
    stale = rest.call("PATCH", "profiles", {**change, "version": "1", "mebxPassword": "Other-pass-1!"})
    assert stale.status == 409 and stale.json == made and stale.headers["ETag"] == made["version"]
    assert rest.call("PATCH", "profiles", change, {"If-Match": '"1"'}).status == 412
    assert rest.get("profiles/acm") == made
    now = rest.call("PATCH", "profiles", change).json
    assert now["ciraConfigName"] is None and now["wifiConfigs"] == [] and now["tags"] == ["a"]
    assert now["version"] != made["version"]
    assert secret(server, "profiles/acm")["AMT_PASSWORD"] == "Amt-pass-1!"
    now = rest.call("PATCH", "profiles", {**change, "version": now["version"], "activation": "ccmactivate",
                                          "userConsent": "All", "generateRandomPassword": True}).json
    assert secret(server, "profiles/acm") is None, "nothing static is left"

    # a password in a PATCH goes where it is looked for
    cira = rest.get("ciraconfigs/cira")
    rest.call("PATCH", "ciraconfigs", {"configName": "cira", "password": "Mps-pass-2!", "version": cira["version"]})
    assert secret(server, "CIRAConfigs/cira") == {"MPS_PASSWORD": "Mps-pass-2!"}

    for path in ["profiles/acm", "ciraconfigs/cira", "wirelessconfigs/wifi", "wirelessconfigs/wifi8021x",
                 "ieee8021xconfigs/air", "ieee8021xconfigs/wired", "proxyconfigs/proxy"]:
        rest.delete(path, 204)
        rest.delete(path, 404)
    assert secret(server, "CIRAConfigs/cira") is None
    if database is None:
        everything = b"".join(f.read_bytes() for f in server.data.iterdir() if f.name.startswith("outband.db"))
        for clear in CLEAR:
            assert clear.encode() not in everything, "a clear secret reached the database"


def test_lists_have_etags(server):
    rest = server.rps()
    first = rest.call("GET", "ciraconfigs")
    again = rest.call("GET", "ciraconfigs", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304 and again.raw == b""
    rest.post("ciraconfigs", CIRA, 201)
    assert rest.call("GET", "ciraconfigs", headers={"If-None-Match": first.headers["ETag"]}).status == 200


def test_domains_keep_their_certificate(server, pfx):
    rest = server.rps()
    body = {"profileName": "dom", "domainSuffix": "example.com", "provisioningCert": pfx,
            "provisioningCertPassword": PASSWORD, "provisioningCertStorageFormat": "raw"}
    for change, text in [({"provisioningCertPassword": "wrong-pass"}, "Unable to decrypt provisioning certificate."),
                         ({"provisioningCert": "dGVzdA=="}, "is not a PKCS#12 (PFX) file"),
                         ({"domainSuffix": "example.org"}, "FQDN not associated with provisioning certificate")]:
        answer = rest.call("POST", "domains", {**body, **change})
        assert answer.status == 400 and text in answer.json["errors"][0]["msg"], answer
        assert answer.json["errors"][0]["path"] == "provisioningCert"
        assert PASSWORD not in answer.text and "wrong-pass" not in answer.text and pfx[:40] not in answer.text
    made = rest.post("domains", body, 201)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", made["expirationDate"])
    assert secret(server, "certs/dom") == {"CERT": pfx, "CERT_PASSWORD": PASSWORD}

    change = {"profileName": "dom", "provisioningCertStorageFormat": "raw", "version": made["version"]}
    answer = rest.call("PATCH", "domains", {**change, "provisioningCertPassword": "Other-pass-1!"})
    assert answer.status == 400 and "Other-pass-1!" not in answer.text, "a password that does not open the stored file"
    now = rest.call("PATCH", "domains", {**change, "provisioningCertPassword": PASSWORD})
    assert now.status == 200 and secret(server, "certs/dom") == {"CERT": pfx, "CERT_PASSWORD": PASSWORD}
    assert now.json["expirationDate"] == made["expirationDate"]
    assert rest.call("PATCH", "domains", change).status == 409


@pytest.mark.parametrize("path,body,field", [
    ("wirelessconfigs", {**WIFI, "pskPassphrase": 1234567890}, "pskPassphrase"),
    ("wirelessconfigs", {**WIFI, "profileName": ["wifi"]}, "profileName"),
    ("ieee8021xconfigs", {**WIRED, "wiredInterface": "perhaps"}, "wiredInterface"),
    ("domains", {"profileName": "d", "domainSuffix": 5, "provisioningCert": "x", "provisioningCertPassword": "y",
                 "provisioningCertStorageFormat": "raw"}, "domainSuffix"),
    ("domains", {"profileName": "d", "domainSuffix": "a.b", "provisioningCert": -1, "provisioningCertPassword": "y",
                 "provisioningCertStorageFormat": "raw"}, "provisioningCert"),
    ("domains", {"profileName": "d", "domainSuffix": "a.b", "provisioningCert": "x", "provisioningCertPassword": 5,
                 "provisioningCertStorageFormat": "raw"}, "provisioningCertPassword"),
    ("profiles", {**PROFILE, "amtPassword": 12345678}, "amtPassword"),
    ("profiles", {**PROFILE, "ciraConfigName": 5}, "ciraConfigName"),
    ("ciraconfigs", {**CIRA, "password": 5}, "password"),
    ("ciraconfigs", {**CIRA, "authMethod": [2]}, "authMethod"),
    ("ciraconfigs", {**CIRA, "mpsRootCertificate": {}}, "mpsRootCertificate"),
    ("ciraconfigs", {**CIRA, "proxyDetails": [""]}, "proxyDetails"),
    ("wirelessconfigs", {**WIFI, "ssid": ["net"]}, "ssid"),
    ("proxyconfigs", {**PROXY, "port": [3128]}, "port"),
    ("profiles", {**PROFILE, "activation": ["acmactivate"]}, "activation"),
    ("profiles", {**PROFILE, "tlsMode": [1]}, "tlsMode"),
    ("profiles", {**PROFILE, "tags": ["a", ["b"]]}, "tags"),
])
def test_values_of_another_type_are_refused(server, path, body, field):
    rest = server.rps()
    answer = rest.call("POST", path, body)
    assert answer.status == 400 and field in [e["path"] for e in answer.json["errors"]], answer
    assert rest.get(path) == []


def test_numbers_are_names_as_upstream_has_it(server):
    rest = server.rps()
    assert rest.post("ciraconfigs", {**CIRA, "configName": 5}, 201)["configName"] == "5"
    assert secret(server, "CIRAConfigs/5") == {"MPS_PASSWORD": CIRA["password"]}


def test_tls_certificates_are_made_once(server):
    rest = server.rps()
    made = rest.post("profiles", {"profileName": "tls", "activation": "ccmactivate", "generateRandomPassword": True,
                                  "dhcpEnabled": True, "tlsMode": 3}, 201)
    assert made["tlsSigningAuthority"] == "SelfSigned"
    certs = secret(server, "TLS/tls")
    assert certs["ROOT_CERTIFICATE"]["pem"].startswith("-----BEGIN CERTIFICATE-----MII")
    assert "BEGIN PRIVATE KEY" in certs["ISSUED_CERTIFICATE"]["privateKeyBin"]
    rest.call("PATCH", "profiles", {"profileName": "tls", "activation": "ccmactivate", "tlsMode": 4,
                                    "version": made["version"]})
    assert secret(server, "TLS/tls") == certs, "devices trust them"
    rest.delete("profiles/tls", 204)
    assert secret(server, "TLS/tls") is None


# --- who may do what ---

NAMES = {"ciraConfigName": "cira", "profileName": "acm", "domainName": "dom", "name": "proxy", "guid": DEVICE}


def named(path, names):
    if path.endswith("/events"):
        return path + "?seconds=0"  # else it lasts
    if path.startswith(f"{RPS}/wirelessconfigs"):
        names = {**names, "profileName": names.get("wireless", "wifi")}
    if path.startswith(f"{RPS}/ieee8021xconfigs"):
        names = {**names, "profileName": names.get("ieee8021x", "wired")}
    return re.sub(r"\{(\w+)\}", lambda m: names[m.group(1)], path)


def call_every_route(rest, names=NAMES):
    """{(method, path): answer}; what it would create is there already, or is refused."""
    return {(m, p): rest.call(m, named(p, names), {} if m in ("POST", "PATCH") else None) for m, p in every_route(rps=True)}


def test_every_route_asks_who_calls(server):
    open_routes = {("GET", f"{RPS}/health"), ("GET", "/livez"), ("GET", "/readyz")}
    assert {r for r, needs in every_route(rps=True).items() if "OPEN" in needs} == open_routes
    for route, answer in call_every_route(Rest(server.rps_port, None, "/api/v1/admin/")).items():
        assert route in open_routes or answer.status == 401, f"{route}: {answer}"


@pytest.mark.parametrize("role,has", [
    ("viewer", {"ANY", "DEVICE_READ", "PROFILE_READ"}), ("im-rw", {"ANY", "DEVICE_READ", "PROFILE_READ", "PROFILE_WRITE"}),
    ("monitor", {"ANY", "METRICS"}),
    ("admin", {"ANY", "DEVICE_READ", "PROFILE_READ", "PROFILE_WRITE", "SECRET_READ", "METRICS", "ADMIN"})])
def test_each_role_has_its_routes(server, role, has):
    answers = call_every_route(server.rps(role=role))
    for route, needs in every_route(rps=True).items():
        refused = answers[route].status == 403
        assert refused == (not needs <= has | {"OPEN"}), f"{role} {route}: {answers[route]}"


A, B = "tenant-alpha", "tenant-beta"
# What a route of another tenant's thing is asked with.
BODIES = {
    "ciraconfigs": CIRA, "profiles": {"profileName": "acm", "activation": "acmactivate"}, "wirelessconfigs": WIFI,
    "proxyconfigs": PROXY, "ieee8021xconfigs": WIRED, "domains": {"profileName": "dom", "provisioningCertStorageFormat": "raw"},
}
MARKS = ["mps.example.com", "proxy.example.com", "alpha"]


def without_names(answer, names):
    longest_first = sorted({*names.values(), "wifi", "wired"}, key=len, reverse=True)
    return answer.status, re.sub("|".join(longest_first), "X", answer.text)


def test_every_route_hides_the_other_tenant(make_server, database, pfx):
    server = make_server(db_url=database, settings={"auth.tenancy": True}).start()
    a, b = server.rps(tenant=A), server.rps(tenant=B)
    fill(a)
    a.post("domains", {"profileName": "dom", "domainSuffix": "example.com", "provisioningCert": pfx,
                       "provisioningCertPassword": PASSWORD, "provisioningCertStorageFormat": "raw"}, 201)
    server.ok("secret", "put", f"devices/{DEVICE}", stdin='{"AMT_PASSWORD": "alpha"}')
    lists = ["ciraconfigs", "profiles", "wirelessconfigs", "ieee8021xconfigs", "proxyconfigs", "domains"]
    before = [a.get(x) for x in lists]
    paths = ["profiles/acm", "CIRAConfigs/cira", "Wireless/wifi", "certs/dom"]
    secrets = [secret(server, f"tenants/{A}/{p}") for p in paths]
    assert None not in secrets
    unknown = {k: "nobodys" for k in [*NAMES, "wireless", "ieee8021x"]}
    unknown["guid"] = "eeeeeeee-0000-4000-8000-000000000000"

    for (method, path), needs in every_route(rps=True).items():
        noun = path.removeprefix(RPS + "/").split("/")[0]
        for disguise in [{}, {"ActiveProjectID": A}, {"X-Tenant-ID": A}]:
            if method == "POST":
                continue	# makes B's own: below
            body = {**BODIES[noun], "version": "1", "tenantId": A} if method == "PATCH" else None
            seen = b.call(method, named(path, NAMES), body, disguise)
            what = f"{method} {path} with {disguise}: {seen}"
            assert seen.status < 500, what
            for mark in MARKS:
                assert mark not in seen.text.replace(A, ""), what
            if "{" in path:
                other = b.call(method, named(path, unknown), body, disguise)
                assert without_names(seen, NAMES) == without_names(other, unknown), what
            elif method == "PATCH":
                assert seen.status in (403, 404), what
            elif method == "GET" and noun in lists and not disguise:
                assert seen.json == [], what
    assert [a.get(x) for x in lists] == before
    assert [secret(server, f"tenants/{A}/{p}") for p in paths] == secrets

    # both may have the same names, and B's deletion is B's alone
    made = fill(b)
    assert made["tenantId"] == B
    for path in ["profiles/acm", "ciraconfigs/cira", "wirelessconfigs/wifi"]:
        b.delete(path, 204)
    assert [a.get(x) for x in lists] == before
    assert [secret(server, f"tenants/{A}/{p}") for p in paths] == secrets
    # a part of the other tenant is not there to be named
    answer = b.call("POST", "profiles", {**PROFILE, "ciraConfigName": "cira", "wifiConfigs": [], "proxyConfigs": []})
    assert answer.status == 400 and answer.json["message"] == "Referenced constraint cira doesn't exist"


def test_device_passwords_take_their_own_permission_and_are_audited(make_server):
    server = make_server(settings={"auth.roles": ["helpdesk=secret-read"]}).start()
    server.ok("secret", "put", f"devices/{DEVICE}", stdin='{"AMT_PASSWORD": "Amt-1!", "MEBX_PASSWORD": null}')
    path = f"devices/{DEVICE.upper()}/credentials"
    assert server.rps(role="operator").call("GET", path).status == 403
    answer = server.rps(role="helpdesk", user="hilda").call("GET", path)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {"guid": DEVICE.upper(), "amtPassword": "Amt-1!", "mebxPassword": None, "mpsPassword": None}
    assert server.rps(role="helpdesk").call("GET", f"devices/{DEVICE[:-1]}b/credentials").status == 404
    records = [r for r in server.rps().get("audit")["records"] if r["user"] == "hilda"]
    assert {r["outcome"] for r in records} == {"asked", "200"} and all("Amt-1!" not in json.dumps(r) for r in records)
    assert "Amt-1!" not in server.process.output()


def test_passwords_of_a_device_that_was_not_activated_here_are_its_tenants(make_server):
    """The MPS knows whose it is, be it of no tenant's own."""
    server = make_server(settings={"auth.tenancy": True}).start()
    server.import_devices(DEVICE, tenantId=A)
    path = f"devices/{DEVICE}/credentials"
    for other in ("", B):
        answer = server.rps(tenant=other).call("GET", path)
        assert answer.status == 404, f"{other}: {answer}"
        unknown = server.rps(tenant=other).call("GET", path.replace(DEVICE, DEVICE[:-1] + "b"))
        assert answer.text.replace(DEVICE, "") == unknown.text.replace(DEVICE[:-1] + "b", "")
    assert server.rps(tenant=A).get(path)["amtPassword"] is not None


def test_readiness_is_told_to_anybody(server):
    answer = Rest(server.rps_port).call("GET", "/readyz")
    assert (answer.status, answer.text) == (200, "ready\n")


# --- durability ---

def creation(rest, name):
    body = json.dumps({**CIRA, "configName": name, "password": f"Pass-{name}"}).encode()
    return (f"POST {RPS}/ciraconfigs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {rest.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


async def create_and_kill(rest, pid, clients, kill_after):
    acknowledged = []

    async def one(i):
        reader, writer = await asyncio.open_connection("127.0.0.1", rest.port)
        try:
            for n in range(1000):
                writer.write(creation(rest, f"c{i}-{n}"))
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 201 "), head
                acknowledged.append(f"c{i}-{n}")
                if len(acknowledged) == kill_after:
                    os.kill(pid, signal.SIGKILL)
                await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head).group(1)))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    await asyncio.gather(*(one(i) for i in range(clients)))
    return acknowledged


@pytest.mark.parametrize("kill_after", [1, 300])
def test_kill_9_loses_neither_row_nor_secret(make_server, database, kill_after):
    server = make_server(db_url=database, plain=True).start()
    acknowledged = asyncio.run(create_and_kill(server.rps(), server.process.pid, 32, kill_after))
    assert len(acknowledged) >= kill_after
    server.kill()  # and wait until it is gone
    server.start()
    rest = server.rps()
    there = {r["configName"] for r in rest.get("ciraconfigs?$top=100000")}
    assert set(acknowledged) <= there
    names = set(json.loads(server.ok("secret", "list", "CIRAConfigs/", "--json")))
    assert there <= names, "a row without its secret"
    for name in acknowledged[:3] + acknowledged[-3:]:
        assert secret(server, f"CIRAConfigs/{name}") == {"MPS_PASSWORD": f"Pass-{name}"}
    # what was cut off can be repeated
    name = (names - there or {"another"}).pop()
    rest.post("ciraconfigs", {**CIRA, "configName": name}, 201)


# --- one file ---

def test_export_and_import(make_server, database, tmp_path, pfx):
    server = make_server(db_url=database).start()
    rest = server.rps()
    fill(rest)
    rest.post("domains", {"profileName": "dom", "domainSuffix": "example.com", "provisioningCert": pfx,
                          "provisioningCertPassword": PASSWORD, "provisioningCertStorageFormat": "raw"}, 201)
    file, env = tmp_path / "all.outband", {"OUTBAND_PASSPHRASE": "correct horse battery"}
    server.ok("profile", "export", file, env=env)
    assert file.stat().st_mode & 0o777 == 0o600
    for clear in [*CLEAR, PASSWORD, "mps.example.com"]:
        assert clear.encode() not in file.read_bytes()

    other = make_server().start()
    refused = other.cli("profile", "import", file, env={"OUTBAND_PASSPHRASE": "another passphrase"})
    assert refused.code == 1 and "another passphrase" in refused.err and "correct horse" not in refused.err
    (tmp_path / "phrase").write_text("correct horse battery\n")
    for counts in [{"created": 8, "updated": 0, "unchanged": 0}, {"created": 0, "updated": 0, "unchanged": 8}]:
        out = other.ok("profile", "import", file, "--json", "--passphrase-file", tmp_path / "phrase")
        assert json.loads(out) == counts
    copy, first = other.rps().get("profiles/acm"), rest.get("profiles/acm")
    assert {**copy, "version": first["version"]} == first
    for path in ["profiles/acm", "CIRAConfigs/cira", "Wireless/wifi", "certs/dom"]:
        assert secret(other, path) == secret(server, path) is not None
    assert other.cli("profile", "import", file, stdin="correct horse battery\n").code == 0
    assert other.cli("profile", "export").code == 2


# --- a database of upstream's ---

def test_upstreams_database_is_adopted(make_server, new_database, request):
    url = new_database("postgres")
    request.getfixturevalue("postgres").sql(url.rsplit("/", 1)[1], UPSTREAM)
    server = make_server(settings={"rps.db.url": url})
    for path, value in [("CIRAConfigs/c", {"MPS_PASSWORD": "stored"}),
                        ("profiles/p", {"AMT_PASSWORD": "amt", "MEBX_PASSWORD": ""})]:
        server.ok("secret", "put", path, stdin=json.dumps(value))
    out = json.loads(server.ok("migrate", "--json", "--target", "rps"))
    assert out["applied"]["rps"] > 0 and out["applied"]["mps"] == 0
    server.start()
    rest = server.rps()
    assert [c["configName"] for c in rest.get("ciraconfigs")] == ["c", "d"]
    assert rest.get("profiles/P")["ciraConfigName"] == "c" and rest.get("profiles/p")["uefiWifiSyncEnabled"] is None
    assert secret(server, "CIRAConfigs/c") == {"MPS_PASSWORD": "stored"}
    assert secret(server, "CIRAConfigs/d") == {"MPS_PASSWORD": "clear-mps"}
    pg = request.getfixturevalue("postgres")
    left = pg.sql(url.rsplit("/", 1)[1], "SELECT count(*) FROM ciraconfigs WHERE password IS NOT NULL;"
                                         "SELECT count(*) FROM profiles WHERE mebx_password IS NOT NULL;")
    assert left.split() == ["0", "0"]
    # xmin is the version: what upstream's program changes is seen
    row = rest.get("ciraconfigs/c")
    pg.sql(url.rsplit("/", 1)[1], "UPDATE ciraconfigs SET mps_port = 5000 WHERE cira_config_name = 'C'")
    stale = rest.call("PATCH", "ciraconfigs", {"configName": "c", "mpsPort": 4434, "version": row["version"]})
    assert stale.status == 409 and stale.json["mpsPort"] == 5000


# Tables as release 2.24 has them, with what its bugs left in clear.
UPSTREAM = """
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE ciraconfigs(cira_config_name citext NOT NULL, mps_server_address varchar(256), mps_port integer,
 user_name varchar(40), password varchar(63), common_name varchar(256), server_address_format integer,
 auth_method integer, mps_root_certificate text, proxydetails text, tenant_id varchar(36) NOT NULL,
 PRIMARY KEY(cira_config_name, tenant_id));
CREATE TABLE ieee8021xconfigs(profile_name citext, auth_protocol integer, servername varchar(255), domain varchar(255),
 username varchar(255), password varchar(255), roaming_identity varchar(255), active_in_s0 boolean, pxe_timeout integer,
 wired_interface boolean NOT NULL, tenant_id varchar(36) NOT NULL, PRIMARY KEY(profile_name, tenant_id));
CREATE TABLE profiles(profile_name citext NOT NULL, activation varchar(20) NOT NULL, amt_password varchar(40),
 generate_random_password boolean NOT NULL, cira_config_name citext, creation_date timestamp, created_by varchar(40),
 mebx_password varchar(40), generate_random_mebx_password boolean NOT NULL, tags text[], dhcp_enabled boolean,
 ip_sync_enabled boolean, local_wifi_sync_enabled boolean, tenant_id varchar(36) NOT NULL, tls_mode integer,
 user_consent varchar(7), ider_enabled boolean, kvm_enabled boolean, sol_enabled boolean,
 tls_signing_authority varchar(40), ieee8021x_profile_name citext,
 FOREIGN KEY(cira_config_name, tenant_id) REFERENCES ciraconfigs(cira_config_name, tenant_id),
 PRIMARY KEY(profile_name, tenant_id));
INSERT INTO ciraconfigs(cira_config_name, mps_port, password, tenant_id)
 VALUES('c', 4433, 'patched', ''), ('d', 4433, 'clear-mps', '');
INSERT INTO profiles(profile_name, activation, amt_password, generate_random_password, cira_config_name, mebx_password,
 generate_random_mebx_password, tenant_id) VALUES('p', 'ccmactivate', 'AMT_PASSWORD', false, 'c', 'clear-mebx', false, '');
"""

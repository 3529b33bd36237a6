# SPDX-License-Identifier: Apache-2.0
"""Two tenants on one server: over every route, nothing of the one is ever shown to the other."""
import json

import pytest

from lib.jwt import claims_of
from lib.routes import every_route
from lib.wait import until

A, B = "tenant-alpha", "tenant-beta"
A_GUIDS = [f"aaaaaaaa-0000-4000-8000-{i:012x}" for i in range(3)]
B_GUIDS = [f"bbbbbbbb-0000-4000-8000-{i:012x}" for i in range(2)]
UNKNOWN = "eeeeeeee-0000-4000-8000-000000000000"
# Every text that only tenant A's data hold.
MARKS = ["alpha", "ALPHA", "a1fa"]
INFO = {"fwVersion": "16.1.25-a1fa", "fwSku": "alpha-sku", "ipAddress": "10.0.0.161"}

WIFI = {"profileName": "home", "ssid": "home", "priority": 1, "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP",
        "password": "superSecret"}
# How tenant B's token goes for tenant A's device, per route: (path below /api/v1/, body) with {guid} in it.
# Each must answer exactly as for a GUID that nobody has.
FOREIGN = {
    ("POST", "/api/v1/authorize"): [("authorize", {"username": "alphauser", "password": "x"})],
    ("POST", "/api/v1/authorize/logout"): [],	# ends the token: test_logout.py
    ("POST", "/api/v1/authorize/revoke"): [("authorize/revoke", {"user": "alpha-operator"})],
    ("GET", "/api/v1/authorize/redirection/{guid}"): [("authorize/redirection/{guid}", None),
                                                      ("authorize/redirection/{guid}?mode=kvm", None),
                                                      ("authorize/redirection/{guid}?mode=other", None)],
    ("GET", "/api/v1/devices"): [
        ("devices", None), ("devices?$top=1000&$skip=0&$count=true", None), ("devices?$count=true", None),
        ("devices?tags=alpha-tag", None), ("devices?tags=alpha-tag,beta-tag&method=OR&$count=true", None),
        ("devices?tags=alpha-tag&method=AND", None), ("devices?hostname=alpha-host", None),
        ("devices?friendlyName=Alpha%20name&$count=true", None), ("devices?status=1&$count=true", None),
        ("devices?status=0", None), ("devices?tenantId=tenant-alpha", None), ("devices?$skip=1&$top=1", None)],
    ("POST", "/api/v1/devices"): [],	# creates what is unknown: tested by itself
    ("PATCH", "/api/v1/devices"): [("devices", {"guid": "{guid}", "hostname": "taken"}),
                                   ("devices", {"guid": "{guid}", "tags": ["taken"], "tenantId": "tenant-alpha"}),
                                   ("devices", {"guid": "{guid}", "tenantId": "tenant-beta", "friendlyName": "taken"})],
    ("GET", "/api/v1/devices/stats"): [("devices/stats", None), ("devices/stats?tenantId=tenant-alpha", None)],
    ("GET", "/api/v1/devices/tags"): [("devices/tags", None), ("devices/tags?tenantId=tenant-alpha", None)],
    ("GET", "/api/v1/devices/{guid}"): [("devices/{guid}", None), ("devices/{guid}?tenantId=tenant-alpha", None),
                                        ("devices/{guid}?tenantId=tenant-beta", None),
                                        ("devices/{guid}?tenantId=", None)],
    ("DELETE", "/api/v1/devices/{guid}"): [("devices/{guid}", None), ("devices/{guid}?isSecretToBeDeleted=true", None),
                                           ("devices/{guid}?tenantId=tenant-alpha&isSecretToBeDeleted=true", None)],
    ("GET", "/api/v1/devices/redirectstatus/{guid}"): [("devices/redirectstatus/{guid}", None),
                                                       ("devices/redirectstatus/{guid}?tenantId=tenant-alpha", None)],
    ("DELETE", "/api/v1/devices/disconnect/{guid}"): [("devices/disconnect/{guid}", None)],
    ("DELETE", "/api/v1/devices/refresh/{guid}"): [("devices/refresh/{guid}", None)],
    ("GET", "/api/v1/ciracert"): [("ciracert", None)],	# one root for all: devices must trust it before login
    ("GET", "/api/v1/health"): [("health", None)],
    ("GET", "/api/v1/version"): [("version", None)],
    ("GET", "/api/v1/audit"): [("audit", None), ("audit?user=alpha-operator", None)],
    ("GET", "/api/v1/log/level"): [("log/level", None)],
    ("PUT", "/api/v1/log/level"): [("log/level", {"level": "debug"})],	# refused: the whole server's
    ("GET", "/metrics"): [("/metrics", None)],	# refused: they count everybody's
    ("GET", "/livez"): [("/livez", None)],
    ("GET", "/api/v1/events"): [("events?seconds=0", None)],
    ("GET", "/api/v1/redirection/sessions"): [("redirection/sessions", None), ("redirection/sessions?guid={guid}", None)],
    ("DELETE", "/api/v1/redirection/sessions/{id}"): [("redirection/sessions/1", None)],
    ("GET", "/relay/webrelay.ashx"): [("/relay/webrelay.ashx?host={guid}&mode=kvm", None)],
    ("GET", "/readyz"): [("/readyz", None)],
    ("GET", "/api/v1/amt/version/{guid}"): [("amt/version/{guid}", None)],
    ("GET", "/api/v1/amt/generalSettings/{guid}"): [("amt/generalSettings/{guid}", None)],
    ("GET", "/api/v1/amt/power/state/{guid}"): [("amt/power/state/{guid}", None)],
    ("POST", "/api/v1/amt/power/action/{guid}"): [("amt/power/action/{guid}", {"action": 8}),
                                                  ("amt/power/action/{guid}", {"action": 99}),
                                                  ("amt/power/action/{guid}", {"action": 500})],
    ("GET", "/api/v1/amt/power/capabilities/{guid}"): [("amt/power/capabilities/{guid}", None)],
    ("GET", "/api/v1/amt/features/{guid}"): [("amt/features/{guid}", None)],
    ("POST", "/api/v1/amt/features/{guid}"): [
        ("amt/features/{guid}", {"userConsent": "none", "enableSOL": False, "enableIDER": False, "enableKVM": False}),
        ("amt/features/{guid}", {"userConsent": "none"})],
    ("GET", "/api/v1/amt/userConsentCode/{guid}"): [("amt/userConsentCode/{guid}", None)],
    ("POST", "/api/v1/amt/userConsentCode/{guid}"): [("amt/userConsentCode/{guid}", {"consentCode": 123456})],
    ("GET", "/api/v1/amt/userConsentCode/cancel/{guid}"): [("amt/userConsentCode/cancel/{guid}", None)],
    ("POST", "/api/v1/amt/power/bootOptions/{guid}"): [
        ("amt/power/bootOptions/{guid}", {"action": 101, "useSOL": False}), ("amt/power/bootoptions/{guid}", {})],
    ("GET", "/api/v1/amt/power/bootSources/{guid}"): [("amt/power/bootSources/{guid}", None)],
    ("GET", "/api/v1/amt/boot/remoteErase/{guid}"): [("amt/boot/remoteErase/{guid}", None)],
    ("POST", "/api/v1/amt/boot/remoteErase/{guid}"): [("amt/boot/remoteErase/{guid}", {"tpmClear": True})],
    ("GET", "/api/v1/amt/log/audit/{guid}"): [("amt/log/audit/{guid}?startIndex=0", None)],
    ("GET", "/api/v1/amt/log/audit/{guid}/download"): [("amt/log/audit/{guid}/download", None)],
    ("GET", "/api/v1/amt/log/event/{guid}/download"): [("amt/log/event/{guid}/download", None)],
    ("GET", "/api/v1/amt/log/event/{guid}"): [("amt/log/event/{guid}", None)],
    ("GET", "/api/v1/amt/hardwareInfo/{guid}"): [("amt/hardwareInfo/{guid}", None)],
    ("GET", "/api/v1/amt/diskInfo/{guid}"): [("amt/diskInfo/{guid}", None)],
    ("GET", "/api/v1/amt/certificates/{guid}"): [("amt/certificates/{guid}", None)],
    ("POST", "/api/v1/amt/certificates/{guid}"): [("amt/certificates/{guid}", {"cert": "", "isTrusted": True})],
    ("DELETE", "/api/v1/amt/certificates/{guid}/{instanceId}"): [("amt/certificates/{guid}/handle", None)],
    ("GET", "/api/v1/amt/tls/{guid}"): [("amt/tls/{guid}", None)],
    ("GET", "/api/v1/amt/alarmOccurrences/{guid}"): [("amt/alarmOccurrences/{guid}", None)],
    ("POST", "/api/v1/amt/alarmOccurrences/{guid}"): [
        ("amt/alarmOccurrences/{guid}", {"ElementName": "x", "StartTime": "2099-01-01T00:00:00Z"})],
    ("DELETE", "/api/v1/amt/alarmOccurrences/{guid}"): [("amt/alarmOccurrences/{guid}", {"Name": "x"})],
    ("GET", "/api/v1/amt/kvm/displays/{guid}"): [("amt/kvm/displays/{guid}", None)],
    ("GET", "/api/v1/amt/networkSettings/{guid}"): [("amt/networkSettings/{guid}", None)],
    ("GET", "/api/v1/amt/networkSettings/wired/{guid}"): [("amt/networkSettings/wired/{guid}", None)],
    ("PATCH", "/api/v1/amt/networkSettings/wired/{guid}"): [("amt/networkSettings/wired/{guid}", {"dhcpEnabled": True})],
    ("POST", "/api/v1/amt/network/linkPreference/{guid}"): [
        ("amt/network/linkPreference/{guid}", {"linkPreference": 1, "timeout": 0})],
    ("GET", "/api/v1/amt/networkSettings/wireless/state/{guid}"): [("amt/networkSettings/wireless/state/{guid}", None)],
    ("POST", "/api/v1/amt/networkSettings/wireless/state/{guid}"): [
        ("amt/networkSettings/wireless/state/{guid}", {"state": "WifiDisabled"})],
    ("GET", "/api/v1/amt/networkSettings/wireless/profileSync/{guid}"): [
        ("amt/networkSettings/wireless/profileSync/{guid}", None)],
    ("POST", "/api/v1/amt/networkSettings/wireless/profileSync/{guid}"): [
        ("amt/networkSettings/wireless/profileSync/{guid}", {"localProfileSync": True})],
    ("GET", "/api/v1/amt/networkSettings/wireless/profile/{guid}"): [
        ("amt/networkSettings/wireless/profile/{guid}", None)],
    ("POST", "/api/v1/amt/networkSettings/wireless/profile/{guid}"): [
        ("amt/networkSettings/wireless/profile/{guid}", WIFI)],
    ("PATCH", "/api/v1/amt/networkSettings/wireless/profile/{guid}"): [
        ("amt/networkSettings/wireless/profile/{guid}", WIFI)],
    ("DELETE", "/api/v1/amt/networkSettings/wireless/profile/{guid}/{profileName}"): [
        ("amt/networkSettings/wireless/profile/{guid}/home", None)],
    ("GET", "/api/v1/amt/proxies/{guid}"): [("amt/proxies/{guid}", None)],
    ("POST", "/api/v1/amt/proxies/{guid}"): [
        ("amt/proxies/{guid}", {"address": "proxy.example", "port": 80, "networkDnsSuffix": "example"})],
    ("DELETE", "/api/v1/amt/proxies/{guid}/{name}"): [("amt/proxies/{guid}/name", None)],
    ("GET", "/api/v1/amt/explorer"): [("amt/explorer", None)],	# the same list for everybody
    ("GET", "/api/v1/amt/explorer/{guid}/{call}"): [("amt/explorer/{guid}/AMTGeneralSettings", None)],
    ("POST", "/api/v1/amt/password/{guid}"): [("amt/password/{guid}", None), ("amt/password/{guid}", {"password": "x"})],
    ("DELETE", "/api/v1/amt/deactivate/{guid}"): [("amt/deactivate/{guid}", None)],
    ("PUT", "/api/v1/amt/kvm/displays/{guid}"): [("amt/kvm/displays/{guid}", {"displayIndex": 0})],
}
# Ways to name the other tenant beside the token.
DISGUISES = [{}, {"ActiveProjectID": A}, {"X-Tenant-ID": A, "X-Tenant-Id-Token": A, "x-id-token": A},
             {"ActiveProjectID": B}]


@pytest.fixture
def two(make_server, make_sim, database):
    """Server, clients of both tenants; one device of each is connected."""
    server = make_server(db_url=database, settings={"auth.tenancy": True}).start()
    server.import_devices(*A_GUIDS, tenantId=A, hostname="alpha-host", tags=["alpha-tag", "shared"],
                          friendlyName="Alpha name", dnsSuffix="alpha.example", deviceInfo=INFO,
                          mpsusername="alphauser")
    server.import_devices(*B_GUIDS, tenantId=B, hostname="beta-host", tags=["beta-tag", "shared"])
    a, b = server.rest(tenant=A, user="alpha-operator"), server.rest(tenant=B, user="beta-operator")
    make_sim(server, A_GUIDS[0], options=["--cira-user", "alphauser"])
    make_sim(server, B_GUIDS[0])
    until(lambda: a.get("devices/stats")["connectedCount"] + b.get("devices/stats")["connectedCount"] == 2, 20,
          "one device of each is connected")
    return server, a, b


def comparable(answer, guid):
    """Without the GUID that was asked for and without the time."""
    headers = {k: v for k, v in answer.headers.items() if k not in ("Date", "Content-Length")}
    text = answer.text.replace(guid, "GUID").replace(guid.upper(), "GUID")
    return answer.status, headers, text


def check_unmarked(answer, what):
    seen = json.dumps(answer.headers) + answer.text
    for guid in A_GUIDS:
        seen = seen.replace(guid, "").replace(guid.upper(), "")	# what was asked for may be named
    for mark in MARKS:
        assert mark not in seen, f"{what}: {answer}"


def state_of_a(server, a):
    rows = {g: a.device(g) for g in A_GUIDS}
    for row in rows.values():
        row.pop("lastSeen")
    secrets = [server.ok("secret", "get", f"devices/{g}") for g in A_GUIDS]
    return rows, a.get("devices/stats"), a.get(f"amt/power/state/{A_GUIDS[0]}"), secrets


def test_every_route_hides_the_other_tenant(two):
    server, a, b = two
    assert set(FOREIGN) == set(every_route()), "every route is in the table of this test"
    before = state_of_a(server, a)
    b_before = b.get("devices?$top=100")

    for (method, route), variants in FOREIGN.items():
        for path, body in variants:
            for headers in DISGUISES:
                answers = {}
                for guid in (A_GUIDS[0], A_GUIDS[1], A_GUIDS[0].upper(), UNKNOWN):
                    raw = None if body is None else json.dumps(body).replace("{guid}", guid).encode()
                    answer = b.call(method, path.replace("{guid}", guid), raw, headers)
                    what = f"{method} {path} for {guid} with {headers}"
                    assert answer.status != 500, f"{what}: {answer}"
                    if body is None or "tenant-alpha" not in json.dumps(body):
                        check_unmarked(answer, what)
                    answers[guid] = comparable(answer, guid)
                if route == "/api/v1/ciracert" or "{guid}" not in path + json.dumps(body):
                    continue
                for guid, seen in answers.items():
                    assert seen == answers[UNKNOWN], f"{method} {path} with {headers}: {guid} differs from an unknown one"

    assert state_of_a(server, a) == before, "nothing of tenant A changed"
    assert b.get("devices?$top=100") == b_before
    assert server.find("device disconnected", guid=A_GUIDS[0]) is None, "its device stayed connected"


def test_lists_counts_and_tags_are_a_tenants_own(two):
    _, a, b = two
    assert [d["guid"] for d in b.get("devices")] == B_GUIDS and [d["guid"] for d in a.get("devices")] == A_GUIDS
    assert b.get("devices?$count=true&$top=1")["totalCount"] == 2
    assert b.get("devices?tags=shared&$count=true&$top=1")["totalCount"] == 2
    assert b.get("devices?tags=alpha-tag") == [] and len(b.get("devices?tags=shared")) == 2
    assert b.get("devices?status=1&$count=true")["totalCount"] == 1
    assert b.get("devices/stats") == {"totalCount": 2, "connectedCount": 1, "disconnectedCount": 1}
    assert a.get("devices/stats") == {"totalCount": 3, "connectedCount": 1, "disconnectedCount": 2}
    assert sorted(b.get("devices/tags")) == ["beta-tag", "shared"]
    assert sorted(a.get("devices/tags")) == ["alpha-tag", "shared"]
    assert {d["tenantId"] for d in b.get("devices")} == {B}


def test_adding_the_other_tenants_guid_is_upstreams_conflict(two):
    server, a, b = two
    before = state_of_a(server, a)
    for guid in (A_GUIDS[0], A_GUIDS[1].upper()):
        answer = b.call("POST", "devices", {"guid": guid, "hostname": "mine", "tags": ["mine"]})
        assert answer.status == 400
        assert answer.json == {"error": "Unique key violation", "message": f"Device ID: {guid} already exists"}
        # The tenant of others cannot be named, the own one may.
        named = b.call("POST", "devices", {"guid": guid, "tenantId": A})
        assert named.status == 403, named
        assert b.call("POST", "devices", {"guid": guid, "tenantId": B}).status == 400
    mine = b.post("devices", {"guid": UNKNOWN, "connectionStatus": True, "mpsInstance": "x", "tenantId": B}, expect=201)
    assert (mine["tenantId"], mine["connectionStatus"], mine["mpsInstance"]) == (B, False, None)
    assert a.call("POST", "devices", {"guid": UNKNOWN}).status == 400
    assert a.call("GET", f"devices/{UNKNOWN}").status == 404
    assert state_of_a(server, a) == before


def test_the_default_tenant_sees_neither(two):
    server, _, _ = two
    default = server.rest()
    assert default.get("devices") == [] and default.get("devices/tags") == []
    assert default.get("devices/stats")["totalCount"] == 0
    assert default.call("GET", f"devices/{A_GUIDS[0]}").status == 404
    assert default.call("GET", f"amt/power/state/{A_GUIDS[0]}").status == 404


def test_the_servers_figures_are_no_tenants(two):
    """They count the devices of all."""
    server, a, b = two
    for rest in (a, b, server.rest(tenant=B, role="monitor")):
        answer = rest.call("GET", "/metrics")
        assert answer.status == 403 and "outband_cira_devices" not in answer.text, answer
    assert "outband_cira_devices 2" in server.rest(role="monitor").call("GET", "/metrics").text


def test_redirection_tokens_are_for_own_devices_only(two):
    _, a, b = two
    token = a.get(f"authorize/redirection/{A_GUIDS[0]}")["token"]
    claims = claims_of(token)
    assert claims["deviceId"] == A_GUIDS[0] and claims["tenantId"] == A
    for guid in A_GUIDS + [UNKNOWN]:
        answer = b.call("GET", f"authorize/redirection/{guid}")
        assert (answer.status, answer.raw) == (404, b"")


def test_a_tenants_own_work_goes_on(two):
    server, a, b = two
    assert a.get(f"amt/power/state/{A_GUIDS[0]}")["powerstate"] == 2
    b.post(f"amt/power/action/{B_GUIDS[0]}", {"action": 8})
    until(lambda: b.get(f"amt/power/state/{B_GUIDS[0]}")["powerstate"] == 8, 15, "B's device is off")
    assert a.get(f"amt/power/state/{A_GUIDS[0]}")["powerstate"] == 2
    b.delete(f"devices/{B_GUIDS[0]}?isSecretToBeDeleted=true", expect=204)
    assert a.get("devices/stats")["totalCount"] == 3
    # The GUID is free now, and the other tenant gets nothing of the old one with it.
    row = a.post("devices", {"guid": B_GUIDS[0]}, expect=201)
    assert row["tenantId"] == A and row["hostname"] is None and row["tags"] == []
    assert row["lastConnected"] is None and row["connectionStatus"] is False
    assert server.cli("secret", "get", f"devices/{B_GUIDS[0]}").code == 1

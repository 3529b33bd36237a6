# SPDX-License-Identifier: Apache-2.0
"""Network settings, Wi-Fi, proxies, explorer and deactivation of full devices over REST."""
import xml.dom.minidom
from urllib.parse import quote

import pytest

from lib.certs import self_signed
from lib.wait import until


def get(site, path, **kw):
    return site.rest.get(f"amt/{path}/{site.acm.guid}", **kw)


def send(site, method, path, body, device=None):
    return site.rest.call(method, f"amt/{path}/{(device or site.acm).guid}", body)


# --- the wired port ---

STATIC = {"dhcpEnabled": False, "ipSyncEnabled": False, "ipAddress": "192.0.2.10", "subnetMask": "255.255.255.0",
          "defaultGateway": "192.0.2.1", "primaryDNS": "192.0.2.53", "secondaryDNS": ""}


@pytest.fixture
def dhcp_again(site):
    yield
    assert send(site, "PATCH", "networkSettings/wired", {"dhcpEnabled": True}).status == 204


def test_both_ports_are_shown(site):
    both = get(site, "networkSettings")
    assert both["wired"] == get(site, "networkSettings/wired")
    assert both["wired"]["macAddress"] and both["wired"]["physicalConnectionType"] == "Integrated LAN NIC"
    assert both["wired"]["ieee8021x"]["enabled"] == "Disabled"
    wireless = both["wireless"]
    assert wireless["linkPreference"] in ("Management Engine", "Host") and wireless["wifiNetworks"] == []
    assert wireless["wifiPortConfigService"]["localProfileSynchronizationEnabled"] == 0
    assert set(both["wired"]["linkPolicy"]) <= {"S0 AC", "Sx AC", "S0 DC", "Sx DC"}


def test_a_static_address_and_back(site, dhcp_again):
    assert send(site, "PATCH", "networkSettings/wired", STATIC).status == 204
    wired = get(site, "networkSettings/wired")
    assert (wired["dhcpEnabled"], wired["ipSyncEnabled"], wired["sharedStaticIP"]) == (False, False, False)
    assert (wired["ipAddress"], wired["subnetMask"], wired["primaryDNS"]) == ("192.0.2.10", "255.255.255.0", "192.0.2.53")
    assert send(site, "PATCH", "networkSettings/wired", {"dhcpEnabled": "true"}).status == 204
    wired = get(site, "networkSettings/wired")
    assert wired["dhcpEnabled"] and wired["ipSyncEnabled"] and wired["ipAddress"] != "192.0.2.10"


def test_an_address_shared_with_the_host(site, dhcp_again):
    answer = send(site, "PATCH", "networkSettings/wired", {"dhcpEnabled": False, "ipSyncEnabled": True})
    assert answer.status == 204, answer
    wired = get(site, "networkSettings/wired")
    assert not wired["dhcpEnabled"] and wired["ipSyncEnabled"] and wired["sharedStaticIP"]


@pytest.mark.parametrize("change, status, text", [
    ({"dhcpEnabled": True}, 400, "cannot specify static IP settings when DHCP is enabled"),
    ({"ipSyncEnabled": True}, 400, "cannot specify static IP settings when IP sync is enabled"),
    ({"subnetMask": ""}, 400, "subnetMask is required for static IP configuration"),
    ({"primaryDNS": None}, 400, "primaryDNS is required for static IP configuration"),
    ({"ipAddress": "192.0.2.300"}, 400, "ipAddress must be a valid IPv4 address"),
    ({"dhcpEnabled": "x"}, 400, "dhcpEnabled must be a boolean"),
    ({"ieee8021x": {"enabled": 2}}, 501, "not yet supported"),
])
def test_what_does_not_fit_together_is_refused(site, change, status, text):
    before = get(site, "networkSettings/wired")
    answer = send(site, "PATCH", "networkSettings/wired", {**STATIC, **change})
    assert answer.status == status and text in answer.text, answer
    assert get(site, "networkSettings/wired") == before


def test_nothing_to_configure_is_refused(site):
    answer = send(site, "PATCH", "networkSettings/wired", {"dhcpEnabled": False})
    assert answer.status == 400 and "must enable DHCP" in answer.json["errorDescription"]


@pytest.mark.parametrize("owner, text", [(1, "Management Engine"), (2, "Host")])
def test_who_owns_the_wireless_link(site, owner, text):
    answer = send(site, "POST", "network/linkPreference", {"linkPreference": owner, "timeout": 300})
    assert answer.status == 200 and answer.json == {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}, answer
    assert get(site, "networkSettings")["wireless"]["linkPreference"] == text


@pytest.mark.parametrize("body, msg", [
    ({"linkPreference": 3, "timeout": 1}, "linkPreference must be 1 (ME) or 2 (HOST)"),
    ({"linkPreference": 1, "timeout": -1}, "timeout must be a non-negative integer"), ({}, "linkPreference must be")])
def test_what_is_no_link_preference_is_refused(site, body, msg):
    answer = send(site, "POST", "network/linkPreference", body)
    assert answer.status == 400 and msg in answer.text


# --- Wi-Fi ---

@pytest.mark.parametrize("state", ["WifiEnabledS0", "wifienableds0sxac", "WifiDisabled", "WifiDisabled"])
def test_the_port_is_switched(site, state):
    answer = send(site, "POST", "networkSettings/wireless/state", {"state": state})
    assert answer.status == 200 and answer.json["state"].lower() == state.lower(), answer
    assert get(site, "networkSettings/wireless/state") == answer.json


@pytest.mark.parametrize("body, msg", [({}, "state is required"), ({"state": "On"}, "state must be one of"),
                                       ({"state": 3}, "state must be one of")])
def test_what_is_no_state_is_refused(site, body, msg):
    answer = send(site, "POST", "networkSettings/wireless/state", body)
    assert answer.status == 400 and msg in answer.json["errors"][0]["msg"]


def test_synchronization_of_profiles(site):
    path = "networkSettings/wireless/profileSync"
    assert get(site, path) == {"localProfileSync": False, "uefiProfileSync": False, "uefiProfileSyncSupported": True}
    for body, want in (({"localProfileSync": True}, (True, False)), ({"uefiProfileSync": True}, (True, True)),
                       ({"localProfileSync": None}, (True, True)),
                       ({"localProfileSync": False, "uefiProfileSync": False}, (False, False))):
        answer = send(site, "POST", path, body)
        assert answer.status == 200, answer
        assert (answer.json["localProfileSync"], answer.json["uefiProfileSync"]) == want
        assert get(site, path) == answer.json
    assert send(site, "POST", path, {"localProfileSync": "true"}).status == 400


PROFILE = "networkSettings/wireless/profile"
HOME = {"profileName": "home", "ssid": "home-ssid", "priority": 1, "authenticationMethod": "WPA2PSK",
        "encryptionMethod": "CCMP", "password": "superSecret"}


@pytest.fixture
def no_profiles(site):
    yield
    for p in get(site, PROFILE):
        site.rest.delete(f"amt/{PROFILE}/{site.acm.guid}/{p['profileName']}", expect=204)
    assert get(site, PROFILE) == []


def test_a_profile_is_added_changed_and_deleted(site, no_profiles):
    assert send(site, "POST", PROFILE, HOME).status == 204
    assert get(site, PROFILE) == [{"profileName": "home", "ssid": "home-ssid", "authenticationMethod": "WPA2PSK",
                                   "encryptionMethod": "CCMP", "priority": 1}]
    assert send(site, "PATCH", PROFILE, {**HOME, "ssid": "other", "priority": "2"}).status == 204
    assert [(p["ssid"], p["priority"]) for p in get(site, PROFILE)] == [("other", 2)]
    assert "superSecret" not in site.acm.amt.exchange(
        "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", "CIM_WiFiEndpointSettings",
        '<n:Enumerate xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"/>')
    assert [w["ssid"] for w in get(site, "networkSettings")["wireless"]["wifiNetworks"]] == ["other"]
    assert site.rest.call("DELETE", f"amt/{PROFILE}/{site.acm.guid}/home").status == 204
    gone = site.rest.call("DELETE", f"amt/{PROFILE}/{site.acm.guid}/home")
    assert gone.status == 404 and gone.json["error"] == "Wireless Profile not found"


def test_names_and_priorities_are_taken_once(site, no_profiles):
    assert send(site, "POST", PROFILE, HOME).status == 204
    again = send(site, "POST", PROFILE, HOME)
    assert again.status == 409 and again.json == {"errorDescription": "Wireless Profile already exists: home."}
    priority = send(site, "POST", PROFILE, {**HOME, "profileName": "work"})
    assert priority.status == 409 and "requested priority already exists: 1." in priority.json["errorDescription"]
    unknown = send(site, "PATCH", PROFILE, {**HOME, "profileName": "work", "priority": 2})
    assert unknown.status == 404 and unknown.json["error"] == "Wireless Profile not found"


def test_firmware_takes_eight_profiles(site, no_profiles):
    for i in range(8):
        assert send(site, "POST", PROFILE, {**HOME, "profileName": f"p{i}", "ssid": f"net {i}",
                                            "priority": i + 1}).status == 204
    ninth = send(site, "POST", PROFILE, {**HOME, "profileName": "p8", "priority": 9})
    assert ninth.status == 409 and "Maximum number of wireless profiles" in ninth.json["errorDescription"]


def test_a_profile_with_802_1x(site, no_profiles, tmp_path):
    _, ca = self_signed(tmp_path, "radius-root")
    body = {**HOME, "authenticationMethod": "WPA2IEEE8021x", "ieee8021x": {
        "username": "kiosk", "password": "S3cret.of.kiosk", "authenticationProtocol": 2, "caCert": ca}}
    del body["password"]
    answer = send(site, "POST", PROFILE, body)
    assert answer.status == 204, answer
    row = get(site, PROFILE)[0]
    assert row["ieee8021x"] == {"username": "kiosk", "authenticationProtocol": 2}
    used = get(site, "certificates")["certificates"]["publicKeyCertificateItems"]
    root = next(c for c in used if c["displayName"] == "radius-root")
    assert root["associatedProfiles"] == ["Wireless - home"], root
    busy = site.rest.call("DELETE", f"amt/certificates/{site.acm.guid}/{quote(root['instanceID'])}")
    assert busy.status == 409 and "Wireless - home" in busy.json["errorDescription"] and "error" not in busy.json


@pytest.mark.parametrize("change, text", [
    ({"profileName": "a b"}, "profileName is required and must be alphanumeric"), ({"ssid": ""}, "ssid is required"),
    ({"priority": 256}, "priority must be between 1 and 255"), ({"authenticationMethod": ""}, "authenticationMethod is"),
    ({"authenticationMethod": "WEP"}, "authenticationMethod is invalid"), ({"encryptionMethod": "X"}, "encryptionMethod is"),
    ({"authenticationMethod": "OpenSystem"}, "authenticationMethod is not supported"),
    ({"password": None}, "PSK authentication requires a password"),
    ({"authenticationMethod": "WPA2IEEE8021x"}, "IEEE 802.1x authentication requires ieee8021x settings"),
    ({"ieee8021x": 7}, "ieee8021x must be an object"), ({"ieee8021x": {}}, "ieee8021x.username is required"),
    ({"ieee8021x": {"username": "x", "authenticationProtocol": 1}}, "must be 0 (EAP-TLS) or 2 (PEAP)"),
    ({"password": "short"}, "8 to 63"), ({"encryptionMethod": "TKIP"}, "encryption method"),
])
def test_what_is_no_profile_is_refused(site, change, text):
    answer = send(site, "POST", PROFILE, {**HOME, **change})
    assert answer.status == 400 and text in answer.text, answer
    assert get(site, PROFILE) == []


@pytest.mark.parametrize("path, body", [
    (PROFILE, {**HOME, "password": "geheim" * 11}), (PROFILE, {**HOME, "password": ["geheim"]}),
    (PROFILE, {**HOME, "ieee8021x": {"username": "x", "authenticationProtocol": 2, "password": ["geheim"]}}),
    ("power/bootOptions", {"action": 105, "useSOL": False, "bootDetails": {"password": "geheim" * 11}}),
    ("boot/remoteErase", {"ssdPassword": "geheim" * 11})])
def test_refused_secrets_are_not_shown_again(site, path, body):
    answer = send(site, "POST", path, body)
    assert answer.status == 400 and "geheim" not in answer.text, answer
    assert "geheim" not in site.server.process.output()


def test_a_name_to_delete_is_alphanumeric(site):
    answer = site.rest.call("DELETE", f"amt/{PROFILE}/{site.acm.guid}/a%20b")
    assert answer.status == 400 and answer.json["errors"][0]["location"] == "params"


# --- proxies ---

PROXY = {"address": "proxy.example.com", "port": 8080, "networkDnsSuffix": "example.com"}


def test_a_proxy_is_added_listed_and_deleted(site):
    assert get(site, "proxies") == []
    assert send(site, "POST", "proxies", PROXY).status == 204
    row = get(site, "proxies")[0]
    assert {k: row[k] for k in PROXY} == PROXY and row["infoFormat"] == 201
    again = send(site, "POST", "proxies", PROXY)
    assert again.status == 409, again
    path = f"amt/proxies/{site.acm.guid}/{quote(row['name'])}"
    assert site.rest.call("DELETE", path).status == 204
    assert site.rest.call("DELETE", path).json["error"] == "Proxy not found"
    assert get(site, "proxies") == []


# --- explorer ---

def test_every_class_can_be_explored(site):
    names = site.rest.get("amt/explorer")
    assert names == sorted(names) and {"AMTGeneralSettings", "CIMChip", "IPSOptInService"} <= set(names)
    for name in names:
        answer = site.rest.call("GET", f"amt/explorer/{site.acm.guid}/{name}")
        assert answer.status == 200, f"{name}: {answer}"
        for xml_text in answer.json.values():
            xml.dom.minidom.parseString(xml_text)
    one = site.rest.get(f"amt/explorer/{site.acm.guid}/AMT_GeneralSettings")
    assert "DigestRealm>Digest:" in one["xmlOutput"] and "AMT_GeneralSettings" in one["xmlInput"]


def test_a_class_that_is_none_is_not_found(site):
    answer = site.rest.call("GET", f"amt/explorer/{site.acm.guid}/AMTNothing")
    assert answer.status == 404 and "AMTNothing" in answer.json["error"]


# --- deactivation ---

def test_a_deactivated_device_is_forgotten(site):
    device = site.full("acm")
    assert site.rest.delete(f"amt/deactivate/{device.guid}") == {"status": "SUCCESS"}
    until(lambda: device.control("state")["state"] == "factory", 20, "factory state")
    assert site.rest.call("GET", f"devices/{device.guid}").status == 404
    assert site.server.cli("secret", "get", f"devices/{device.guid}").code == 1
    assert site.rest.call("DELETE", f"amt/deactivate/{device.guid}").status == 404


def test_a_device_that_does_not_let_go_stays_known(site):
    device = site.full("acm")
    device.control("fault", "class", "AMT_SetupAndConfigurationService", "silent")
    answer = site.rest.call("DELETE", f"amt/deactivate/{device.guid}")
    assert answer.status in (400, 500, 504), answer
    device.control("clear-faults")
    assert site.rest.get(f"devices/{device.guid}")["guid"] == device.guid
    assert device.control("state")["state"] == "acm"

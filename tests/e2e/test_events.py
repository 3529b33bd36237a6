# SPDX-License-Identifier: Apache-2.0
"""Events of both servers: to a real Mosquitto, which goes away meanwhile, and to browsers as server-sent events."""
import json
from collections import Counter

import pytest

from conftest import factory
from lib.certs import localhost
from lib.mosquitto import PASSWORD, USER, Broker, SilentBroker, Subscriber
from lib.pfx import make_pfx
from lib.rest import Rest
from lib.sse import Stream
from lib.wait import until

RPS_EVENTS = "/api/v1/admin/events"


@pytest.fixture
def make_broker(tmp_path):
    yield from factory(lambda i, **kw: Broker(tmp_path / f"broker{i}", **kw))


@pytest.fixture
def subscribe(tmp_path, make_broker):
    yield from factory(lambda i, broker, topic, **kw: Subscriber(broker, topic, tmp_path / f"heard{i}", **kw))


@pytest.fixture
def certificates(tmp_path):
    """An authority and a certificate for localhost."""
    return localhost(tmp_path / "tls")


def test_broker_hears_what_upstream_tells(make_server, make_broker, subscribe, make_sim, new_guid):
    broker, guid = make_broker().start(), new_guid()
    sub = subscribe(broker, "#")
    server = make_server(settings={"mqtt.address": f"mqtt://127.0.0.1:{broker.port}"}).start()
    server.import_devices(guid)
    sim = make_sim(server, guid)
    until(lambda: "CIRA_Connected" in sub.methods(guid), 20, "connected")
    server.rest().get(f"amt/power/state/{guid}")
    until(lambda: "AMT_PowerState" in sub.methods(guid), 20, "power state")
    server.rest().call("GET", "amt/power/state/" + new_guid())
    until(lambda: "CIRA_Connection" in sub.methods(), 20, "no such device")
    sim.close()
    until(lambda: "CIRA_Disconnected" in sub.methods(guid), 20, "disconnected")
    topic, qos, event = next(h for h in sub.heard() if h[2]["methods"] == ["CIRA_Connected"])
    assert (topic, qos) == ("mps/events", 1)
    assert event["timestamp"] > 1.7e12 and set(event) == {"type", "message", "methods", "guid", "timestamp"}
    assert (event["type"], event["message"]) == ("success", "CIRA Connection Established")
    text = server.rest(role="monitor").call("GET", "/metrics").text
    assert "outband_mqtt_connected 1\n" in text and "outband_mqtt_dropped_total 0\n" in text


def test_nothing_is_lost_while_the_broker_is_away(make_server, make_broker, subscribe, make_sim, new_guid):
    """The broker keeps the subscriber's session, so that the first message after its return is heard, too; what was
    told is what browsers were told meanwhile."""
    broker, guids = make_broker(persistent=True).start(), [new_guid() for _ in range(3)]
    sub = subscribe(broker, "mps/events", session="watcher")
    server = make_server(settings={"mqtt.address": f"127.0.0.1:{broker.port}"}).start()
    server.import_devices(*guids)
    until(lambda: server.find("the MQTT broker is there"), 20, "broker known")
    stream = Stream(server.rest_port, server.token())
    until(lambda: ": the stream begins" in stream.lines, 10, "begun")
    broker.stop()
    for guid in guids:
        make_sim(server, guid)
    until(lambda: all(server.rest().connected(g) for g in guids), 30, "connected")
    for _ in range(20):
        for guid in guids:
            server.rest().get(f"amt/version/{guid}")
    until(lambda: stream.methods().count("AMT_Version") >= 60, 20, "all told to browsers")
    during = [json.dumps(e, sort_keys=True) for e in stream.events()]
    assert stream.methods().count("CIRA_Connected") == 3
    assert sub.heard() == []
    broker.start()
    # QoS 1: each at least once.
    until(lambda: not Counter(during) - Counter(json.dumps(e, sort_keys=True) for _, _, e in sub.heard()), 60,
          "everything heard")
    stream.close()
    until(lambda: "outband_mqtt_spooled 0\n" in server.rest(role="monitor").call("GET", "/metrics").text, 20, "spool empty")
    assert "outband_mqtt_dropped_total 0\n" in server.rest(role="monitor").call("GET", "/metrics").text


def test_spool_is_bounded_and_says_what_it_dropped(make_server, make_sim, new_guid):
    guid = new_guid()
    server = make_server(settings={"mqtt.address": "127.0.0.1:1", "mqtt.spool_messages": 5}).start()
    server.import_devices(guid)
    make_sim(server, guid)
    until(lambda: server.rest().connected(guid), 20, "connected")
    for _ in range(6):
        server.rest().get(f"amt/version/{guid}")
    text = server.rest(role="monitor").call("GET", "/metrics").text
    assert "outband_mqtt_connected 0\n" in text and "outband_mqtt_spooled 5\n" in text
    dropped = int(text.split("\noutband_mqtt_dropped_total ")[1].split()[0])
    assert dropped >= 2


def test_a_broker_that_confirms_nothing_gets_no_more_than_may_be_under_way(make_server, new_guid):
    """What the spool drops meanwhile does not pile up below it."""
    broker = SilentBroker()
    server = make_server(settings={"mqtt.address": f"127.0.0.1:{broker.port}", "mqtt.spool_messages": 5}).start()
    until(lambda: server.find("the MQTT broker is there"), 20, "broker known")
    rest, guid = server.rest(), new_guid()
    for _ in range(150):
        assert rest.call("GET", f"amt/version/{guid}").status == 404
    until(lambda: len(broker.mids) >= 100, 20, "what may be under way is")
    broker.confirm()
    monitor = server.rest(role="monitor")
    until(lambda: "outband_mqtt_spooled 0\n" in monitor.call("GET", "/metrics").text, 20, "spool empty")
    assert len(broker.mids) == 105, "100 under way, and the 5 that the spool held"
    broker.close()


def test_tls_credentials_and_topics_of_tenants(make_server, make_broker, subscribe, make_sim, new_guid, certificates):
    broker, guid = make_broker(tls=certificates).start(), new_guid()
    sub = subscribe(broker, "mps/events/+")
    server = make_server(settings={"mqtt.address": f"mqtts://localhost:{broker.port}", "mqtt.user": USER,
                                   "mqtt.password": PASSWORD, "mqtt.ca_file": str(certificates / "ca.pem"),
                                   "mqtt.tenant_topics": True}).start()
    server.import_devices(guid, tenantId="plant/1")
    strange = new_guid()  # MQTT forbids U+0085 in topics
    server.import_devices(strange, tenantId="plant\u0085")
    make_sim(server, strange)
    until(lambda: "CIRA_Connected" in sub.methods(strange), 20, "connected")
    make_sim(server, guid)
    until(lambda: "CIRA_Connected" in sub.methods(guid), 20, "connected")
    assert {topic for topic, _, _ in sub.heard()} == {"mps/events/plant%C2%85", "mps/events/plant%2F1"}
    assert PASSWORD not in server.process.output()


def test_broker_whose_certificate_is_not_known_gets_nothing(make_server, make_broker, certificates):
    broker = make_broker(tls=certificates).start()
    server = make_server(settings={"mqtt.address": f"mqtts://localhost:{broker.port}"}).start()
    until(lambda: server.find("the MQTT broker cannot be reached; events are kept and it is tried again"), 20, "refused")
    assert "CONNECT" not in broker.log()


def test_browsers_read_the_events_of_their_tenant(server, make_sim, new_guid):
    mine, other = new_guid(), new_guid()
    server.import_devices(mine, tenantId="first")
    server.import_devices(other, tenantId="second")
    token = server.token(tenant="first", role="viewer")
    stream = Stream(server.rest_port, token)
    assert (stream.status, stream.type) == (200, "text/event-stream")
    until(lambda: ": the stream begins" in stream.lines, 10, "begun")
    make_sim(server, other)
    until(lambda: server.rest(tenant="second").connected(other), 20, "the other is connected")
    sim = make_sim(server, mine)
    until(lambda: "CIRA_Connected" in stream.methods(), 20, "told")
    assert {e["guid"] for e in stream.events()} == {mine}
    last = stream.last_id()
    stream.close()
    sim.close()
    until(lambda: not server.rest(tenant="first").connected(mine), 20, "disconnected")
    again = Stream(server.rest_port, token, last_id=last)
    until(lambda: again.methods() == ["CIRA_Disconnected"], 10, "told what it missed")
    again.close()
    assert server.anonymous().call("GET", "events").status == 401
    assert server.rest(role="monitor").call("GET", "events").status == 403


def test_stop_ends_the_streams(server):
    streams = [Stream(server.rest_port, server.token()), Stream(server.rps_port, server.token(), path=RPS_EVENTS)]
    until(lambda: all(": the stream begins" in s.lines for s in streams), 10, "begun")
    server.stop(timeout=8)
    until(lambda: all(s.ended for s in streams), 5, "ended")


# What the RPS tells of each part, by upstream's names: list, show, create, edit, remove.
TOLD = {"ciraconfigs": ["allCiraConfigs", "getCiraConfig", "createCiraConfig", "editCiraConfig", "deleteCiraConfig"],
        "profiles": ["allProfiles", "getProfile", "createProfile", "editProfile", "deleteProfile"],
        "domains": ["getAllDomains", "getDomain", "createDomain", "editDomain", "deleteDomain"],
        "wirelessconfigs": ["allWirelessProfiles", "getWirelessProfiles", "createWirelessProfiles", "editWirelessProfiles",
                            "deleteWirelessProfiles"],
        "ieee8021xconfigs": ["getAllIEEE8021xConfigs", "getIeee8021xProfiles", "createIEEE8021xProfiles",
                             "edit8021xProfiles", "deleteIEEE8021xProfiles"],
        "proxyconfigs": ["allProxyConfigs", "getProxyProfile", "createProxyConfigs", "editProxyConfig",
                         "deleteProxyProfile"]}
SECRETS = ["Mps-pass-1!", "Psk-pass-1!", "Amt-pass-1!", "Pfx-pass-1!"]


def parts(tmp_path):
    pfx = make_pfx(tmp_path / "pfx", "amt.example.com", "Pfx-pass-1!")
    return {"ciraconfigs": {"configName": "one", "mpsServerAddress": "mps.example.com", "mpsPort": 4433,
                            "username": "admin", "serverAddressFormat": 201, "authMethod": 2,
                            "mpsRootCertificate": "root", "proxyDetails": "", "password": "Mps-pass-1!"},
            "ieee8021xconfigs": {"profileName": "one", "authenticationProtocol": 0, "pxeTimeout": 60,
                                 "wiredInterface": True},
            "wirelessconfigs": {"profileName": "one", "authenticationMethod": 6, "encryptionMethod": 4, "ssid": "net",
                                "pskPassphrase": "Psk-pass-1!", "linkPolicy": [14]},
            "proxyconfigs": {"name": "one", "address": "proxy.example.com", "port": 3128,
                             "networkDnsSuffix": "example.com"},
            "domains": {"profileName": "one", "domainSuffix": "example.com", "provisioningCertStorageFormat": "raw",
                        "provisioningCert": pfx, "provisioningCertPassword": "Pfx-pass-1!"},
            "profiles": {"profileName": "one", "activation": "ccmactivate", "generateRandomPassword": False,
                         "amtPassword": "Amt-pass-1!", "dhcpEnabled": True}}


def test_broker_hears_of_profiles_and_their_parts(make_server, make_broker, subscribe, tmp_path):
    broker = make_broker().start()
    sub = subscribe(broker, "rps/events/#")
    server = make_server(settings={"mqtt.address": f"127.0.0.1:{broker.port}", "mqtt.tenant_topics": True}).start()
    rest = server.rps(tenant="plant")
    expected = []
    for path, body in parts(tmp_path).items():
        made = rest.post(path, body, 201)
        rest.get(path)
        rest.get(f"{path}/one")
        assert rest.call("PATCH", path, {**body, "version": made.get("version")}).status == 200
        assert rest.call("POST", path, body).status == 400
        rest.delete(f"{path}/one", 204)
        all_, show, create, edit, remove = TOLD[path]
        expected += [("success", create), ("success", all_), ("success", show), ("success", edit),
                     ("fail", f"/api/v1/admin/{path}"), ("success", remove)]
    assert server.rps(role="monitor").call("GET", "profiles").status == 403, "no event: nobody of the tenant asked"
    server.rps(tenant="plant").get("profiles")
    expected.append(("success", "allProfiles"))
    until(lambda: len(sub.heard()) >= len(expected), 20, "all is told")
    heard = [event for _, _, event in sub.heard()]
    assert [(e["type"], e["methods"][0]) for e in heard] == expected
    assert {topic for topic, _, _ in sub.heard()} == {"rps/events/plant"}
    assert heard[0]["message"] == "Created one" and "Failed to POST: one" in [e["message"] for e in heard]
    assert set(heard[0]) == {"type", "message", "methods", "timestamp"}
    assert not [s for s in SECRETS if s in str(heard)]


def test_rps_alone_streams_its_events_and_shows_its_figures(make_server, tmp_path):
    server = make_server(settings={"targets": ["rps"]}).start()
    stream = Stream(server.rps_port, server.token(tenant="first"), path=RPS_EVENTS)
    assert (stream.status, stream.type) == (200, "text/event-stream")
    until(lambda: ": the stream begins" in stream.lines, 10, "begun")
    profile = parts(tmp_path)["profiles"]
    server.rps(tenant="second").post("profiles", {**profile, "profileName": "theirs"}, 201)
    server.rps(tenant="first").post("profiles", profile, 201)
    until(lambda: "createProfile" in stream.methods(), 10, "told")
    assert [e["message"] for e in stream.events()] == ["Created Profile : one"]
    stream.close()
    monitor = server.rps(role="monitor")
    text = monitor.call("GET", "/metrics").text
    assert 'outband_rps_activations_total{mode="acm",outcome="succeeded"} 0\n' in text
    assert "outband_rps_sessions 0\n" in text and "outband_rps_flows 0\n" in text
    assert monitor.call("GET", "events?seconds=0").status == 403
    assert server.rps(role="viewer").call("GET", "events?seconds=0").status == 200
    assert Rest(server.rps_port).call("GET", "/metrics").status == 401
    assert Rest(server.rps_port).call("GET", "/livez").text == "ok\n"

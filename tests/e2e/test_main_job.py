# SPDX-License-Identifier: Apache-2.0
"""The main job, from an empty folder to a device that is switched off and on."""
import json
import re

from lib.rest import Rest
from lib.wait import until

SHOWN = re.compile(r"sign in as admin with password (\S+) \(shown only now\)")


def sign_in(server, password):
    a = server.anonymous().call("POST", "authorize", {"username": "admin", "password": password})
    assert a.status == 200, a
    return Rest(server.rest_port, a.json["token"])


def power_to(rest, guid, action, state):
    a = rest.post(f"amt/power/action/{guid}", {"action": action})
    assert a["Body"] == {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}, a
    assert a["Header"]["Action"].endswith("RequestPowerStateChangeResponse"), a
    until(lambda: rest.get(f"amt/power/state/{guid}")["powerstate"] == state, 15, f"power state {state}")


def list_row(rest, guid):
    rows = [r for r in rest.get("devices") if r["guid"] == guid]
    assert len(rows) == 1
    return rows[0]


def import_from_file(server, tmp_path, guid):
    file = tmp_path / "devices.jsonl"
    file.write_text(json.dumps({"guid": guid.upper(), "hostname": "kiosk", "tags": ["shop", "north"],
                                "friendlyName": "By the door", "dnsSuffix": "shop.example", "mpsusername": "admin",
                                "mpsPassword": "D3vice-of-tests!", "amtPassword": "D3vice-of-tests!"}) + "\n")
    assert server.ok("device", "import", file) == "1 created, 0 updated, 0 failed\n"
    assert server.ok("device", "import", file) == "0 created, 1 updated, 0 failed\n"


def check_information(rest, guid):
    assert rest.get(f"amt/power/state/{guid}") == {"powerstate": 2, "OSPowerSavingState": 2}
    capabilities = rest.get(f"amt/power/capabilities/{guid}")
    assert capabilities["Power up"] == 2 and capabilities["Reset"] == 10 and capabilities["Hibernate"] == 7
    version = rest.get(f"amt/version/{guid}")
    parts = {p["InstanceID"]: p["VersionString"] for p in version["CIM_SoftwareIdentity"]["responses"]}
    # Upstream's web UI takes them by their place.
    assert list(parts)[6] == "Build Number" and list(parts)[10] == "AMT FW Core Version"
    assert parts["AMT"] == "16.1.25"
    assert "ProvisioningMode" in version["AMT_SetupAndConfigurationService"]["response"]
    settings = rest.get(f"amt/generalSettings/{guid}")
    assert settings["Body"]["DigestRealm"].startswith("Digest:") and settings["Header"]


def test_main_job(make_server, make_sim, database, tmp_path, new_guid):
    guid = new_guid()
    server = make_server(db_url=database, password=None, fresh=True).start()
    shown = SHOWN.findall(server.process.output())
    assert len(shown) == 1, "the generated password is shown once"
    rest = sign_in(server, shown[0])
    assert server.anonymous().get("health")["db"]["status"] == "OK"
    assert rest.get("devices") == [] and rest.get("devices/stats")["totalCount"] == 0

    import_from_file(server, tmp_path, guid)
    row = list_row(rest, guid)
    assert row["connectionStatus"] is False and row["mpsInstance"] is None
    assert (row["hostname"], row["tags"], row["tenantId"]) == ("kiosk", ["shop", "north"], "")
    before = rest.call("GET", f"amt/power/state/{guid}")
    assert before.status == 404 and before.json == {
        "error": "Device not found/connected. Please connect again using CIRA.", "errorDescription": f"guid : {guid}"}

    sim = make_sim(server, guid)
    until(lambda: list_row(rest, guid)["connectionStatus"], 15, "the device shows as connected")
    assert list_row(rest, guid)["mpsInstance"] == "instance-of-test"
    assert rest.get("devices/stats") == {"totalCount": 1, "connectedCount": 1, "disconnectedCount": 0}
    assert sorted(rest.get("devices/tags")) == ["north", "shop"]
    check_information(rest, guid)
    power_to(rest, guid, 8, 8)
    power_to(rest, guid, 2, 2)
    power_to(rest, guid, 10, 2)

    first = rest.device(guid)["lastConnected"]
    assert rest.delete(f"devices/disconnect/{guid}") == {
        "success": 200, "description": f"Device CIRA connection disconnected : {guid}"}
    until(lambda: rest.device(guid)["lastDisconnected"], 10, "the disconnection is recorded")
    until(lambda: rest.connected(guid) and rest.device(guid)["lastConnected"] > first, 20,
          "the device comes back by itself")
    power_to(rest, guid, 8, 8)

    server.stop()
    # The database, without any server: ownership was given up.
    row = json.loads(server.ok("device", "list", "--json"))
    assert row["connectionStatus"] is False and "mpsInstance" not in row
    assert sim.running()

    server.start()
    assert "shown only now" not in server.process.output(), "a generated password is never shown again"
    again = sign_in(server, shown[0])
    assert rest.get("devices/stats")["totalCount"] == 1, "tokens outlive a restart"
    until(lambda: again.connected(guid), 40, "the device finds the restarted server")
    assert again.call("GET", "ciracert").raw == server.root().read_bytes(), "the root stays the same"
    assert again.get(f"amt/power/state/{guid}")["powerstate"] == 8
    sim.close()
    until(lambda: not again.connected(guid), 10, "a device that goes shows as gone")


def test_reconnect_after_link_loss_is_by_the_device(server, make_sim, new_guid):
    """Ten devices, all cut off at once."""
    first = new_guid()[:-8] + "00000000"
    guids = [first[:-8] + f"{i:08x}" for i in range(10)]
    server.import_devices(*guids)
    rest = server.rest()
    make_sim(server, first, count=10)
    until(lambda: rest.get("devices/stats")["connectedCount"] == 10, 20, "ten connected")
    for guid in guids:
        rest.delete(f"devices/disconnect/{guid}")
    until(lambda: len([x for x in server.lines() if x.get("msg") == "device connected"]) == 20, 30, "ten came back")
    until(lambda: rest.get("devices/stats")["connectedCount"] == 10, 10, "ten connected again")

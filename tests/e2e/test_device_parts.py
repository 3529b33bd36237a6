# SPDX-License-Identifier: Apache-2.0
"""Hardware, alarms and displays of full devices over REST."""
import pytest


def test_hardware_is_listed_as_upstream_shows_it(site):
    hw = site.rest.get(f"amt/hardwareInfo/{site.acm.guid}")
    for name in ("CIM_ComputerSystemPackage", "CIM_Chassis", "CIM_Card", "CIM_BIOSElement"):
        one = hw[name]
        assert one["status"] == 200 and one["response"] == one["responses"][0]["Body"][name], name
        assert one["responses"][0]["Header"]["ResourceURI"].endswith(name)
    assert hw["CIM_ComputerSystemPackage"]["response"]["PlatformGUID"]
    assert isinstance(hw["CIM_Chassis"]["response"]["SerialNumber"], str)
    assert hw["CIM_PhysicalMemory"]["responses"][0]["Capacity"] > 0
    assert hw["CIM_MediaAccessDevice"]["responses"][0]["MaxMediaSize"] > 0
    assert "CIM_Processor" in hw and "CIM_Chip" in hw and "CIM_SystemPackaging" in hw
    assert [p["CreationClassName"] for p in hw["CIM_PhysicalPackage"]["responses"]] == ["CIM_Card"]


def test_disks_by_themselves(site):
    disks = site.rest.get(f"amt/diskInfo/{site.acm.guid}")
    assert set(disks) == {"CIM_MediaAccessDevice", "CIM_PhysicalPackage"}


# --- alarms ---

def alarms(site):
    return site.rest.get(f"amt/alarmOccurrences/{site.acm.guid}")


def add_alarm(site, **fields):
    body = {"ElementName": "Nightly", "StartTime": "2099-01-15T06:00:00.000Z", **fields}
    return site.rest.call("POST", f"amt/alarmOccurrences/{site.acm.guid}", {k: v for k, v in body.items() if v != "-"})


def drop_alarm(site, name):
    return site.rest.call("DELETE", f"amt/alarmOccurrences/{site.acm.guid}", {"Name": name})


@pytest.fixture
def no_alarms(site):
    yield
    for alarm in alarms(site):
        assert drop_alarm(site, alarm["InstanceID"]).status == 200
    assert alarms(site) == []


def test_an_alarm_is_added_listed_and_deleted(site, no_alarms):
    assert alarms(site) == []
    answer = add_alarm(site, Interval=1501, DeleteOnCompletion=False)
    assert answer.status == 200 and answer.json == {"status": "SUCCESS", "ReturnValue": 0}, answer
    assert alarms(site) == [{"ElementName": "Nightly", "InstanceID": "Nightly",
                             "StartTime": {"Datetime": "2099-01-15T06:00:00Z"}, "Interval": {"Interval": "P1DT1H1M"},
                             "DeleteOnCompletion": False, "InternalInMinutes": 1501, "IntervalInMinutes": 1501}]
    assert drop_alarm(site, "Nightly").json == {"status": "SUCCESS"}
    gone = drop_alarm(site, "Nightly")
    assert gone.status == 404 and gone.json["error"] == "Alarm instance not found"


def test_firmware_takes_five_alarms(site, no_alarms):
    for i in range(5):
        assert add_alarm(site, ElementName=f"no {i}").status == 200
    sixth = add_alarm(site, ElementName="no 5")
    assert sixth.status == 400 and "quota exceeded" in sixth.json["errorDescription"], sixth


def test_the_same_alarm_twice_is_refused(site, no_alarms):
    assert add_alarm(site, InstanceID="one").status == 200
    again = add_alarm(site, InstanceID="one")
    assert again.status == 400 and "invalid parameters" in again.json["errorDescription"]


@pytest.mark.parametrize("fields", [{"ElementName": "-"}, {"StartTime": "-"}, {"StartTime": "soon"}, {"Interval": -1},
                                    {"Interval": "1"}, {"ElementName": ""}, {"DeleteOnCompletion": "yes"}])
def test_what_is_no_alarm_is_refused(site, fields):
    answer = add_alarm(site, **fields)
    assert answer.status == 400 and "invalid parameters" in answer.json["errorDescription"], answer


@pytest.mark.parametrize("body", [None, {}, {"Name": ""}, {"Name": 7}])
def test_an_alarm_without_a_name_cannot_be_deleted(site, body):
    answer = site.rest.call("DELETE", f"amt/alarmOccurrences/{site.acm.guid}", body)
    assert answer.status == 400 and "Invalid alarm occurrence request" in answer.json["errorDescription"]


# --- displays ---

def displays(site):
    return site.rest.get(f"amt/kvm/displays/{site.acm.guid}")["displays"]


def test_kvm_begins_with_the_chosen_display(site):
    seen = displays(site)
    assert [d["displayIndex"] for d in seen] == [0, 1, 2, 3]
    active = [d["displayIndex"] for d in seen if d["isActive"]]
    assert len(active) >= 1 and seen[0]["resolutionX"] > 0
    for index in active + active[:1]:
        answer = site.rest.call("PUT", f"amt/kvm/displays/{site.acm.guid}", {"displayIndex": index})
        assert answer.status == 200, answer
        assert [d["displayIndex"] for d in answer.json["displays"] if d["isDefault"]] == [index]
        assert site.acm.amt.get("IPS_KVMRedirectionSettingData")["DefaultScreen"] == str(index)


@pytest.mark.parametrize("index", [3, 4, -1, "x", None, []])
def test_a_display_that_is_not_there_is_refused(site, index):
    before = displays(site)
    assert site.rest.call("PUT", f"amt/kvm/displays/{site.acm.guid}", {"displayIndex": index}).status == 400
    assert displays(site) == before

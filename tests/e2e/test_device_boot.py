# SPDX-License-Identifier: Apache-2.0
"""Boot options, boot sources and remote erase of full devices over REST: what the host really boots, and that a
refused step switches nothing."""
import pytest

from lib.wait import until

OCR = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True, "ocr": True}
URL = "https://images.example.com/boot/os.efi"


def boots(site):
    return site.acm.last_boot()["number"]


def ask(site, action, device=None, sol=False, **details):
    body = {"action": action, "useSOL": sol}
    if details:
        body["bootDetails"] = details
    return site.rest.call("POST", f"amt/power/bootOptions/{(device or site.acm).guid}", body)


@pytest.fixture(autouse=True)
def running(site):
    """The host is on and nothing is planned."""
    if site.acm.control("state")["power"] != 2:
        site.acm.power(2)
    site.rest.post(f"amt/features/{site.acm.guid}", OCR)


def boot(site, action, **kw):
    """What the host boots into, after that."""
    before = boots(site)
    answer = ask(site, action, **kw)
    assert answer.status == 200, answer
    assert answer.json["Body"] == {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}
    assert answer.json["Header"]["Action"].endswith("RequestPowerStateChangeResponse")
    until(lambda: boots(site) > before, 20, "the host boots")
    return site.acm.last_boot()


@pytest.mark.parametrize("action, way", [(101, "setup"), (200, "ider-floppy"), (202, "ider-cd"), (400, "pxe")])
def test_a_reset_boots_where_it_was_told_once(site, action, way):
    last = boot(site, action)
    assert last["way"] == way and last["use_sol"] is False
    before = boots(site)
    site.rest.post(f"amt/power/action/{site.acm.guid}", {"action": 10})
    until(lambda: boots(site) > before, 20, "the next boot")
    assert site.acm.last_boot()["way"] == "normal", "once only"


@pytest.mark.parametrize("action, way", [(100, "setup"), (201, "ider-floppy"), (203, "ider-cd"), (401, "pxe")])
def test_a_power_on_boots_where_it_was_told(site, action, way):
    site.acm.power(8)
    assert boot(site, action)["way"] == way
    until(lambda: site.acm.control("state")["power"] == 2, 20, "the host is on")


def test_serial_over_lan_is_asked_for(site):
    assert boot(site, 101, sol=True)["use_sol"] is True


@pytest.mark.parametrize("action", [105, 106])
def test_https_boot_with_credentials_and_every_parameter(site, action):
    if action == 106:
        site.acm.power(8)
    last = boot(site, action, url=URL, username="operator", password="s3cret", enforceSecureBoot=False,
                imageHash="ab" * 32, serverName="images.example.com", serverNameCheck="suffix", serverCertHash="cd" * 48,
                timeoutSeconds=30, optionalData="AAEC", syncRootCA=True)
    assert last["way"] == "https" and last["path"] == URL and last["credentials"] is True
    assert last["enforce_secure_boot"] is False
    assert boot(site, 105, url="images.example.com/x")["credentials"] is False


@pytest.mark.parametrize("action, path, want", [(107, None, "\\OEM\\Boot\\Pba.efi"), (109, None, "\\OEM\\Boot\\WinRe.efi"),
                                                (109, "\\OEM\\Boot\\WinRe.efi", "\\OEM\\Boot\\WinRe.efi")])
def test_recovery_images(site, action, path, want):
    last = boot(site, action, **({"bootPath": path} if path else {"enforceSecureBoot": True}))
    assert last["way"] == "file" and last["path"] == want


def test_secure_erase_of_drives(site):
    assert boot(site, 104, erasePassword="drive")["secure_erase"] is True


def untouched(site, before):
    """No boot came of it, and none is planned."""
    assert boots(site) == before and site.acm.control("state")["power"] == 2
    site.rest.post(f"amt/power/action/{site.acm.guid}", {"action": 10})
    until(lambda: boots(site) > before, 20, "an ordinary reset")
    assert site.acm.last_boot()["way"] == "normal"


@pytest.mark.parametrize("action, details, status, text", [
    (105, {}, 400, "url"), (105, {"username": "x"}, 400, "url"),
    (109, {"bootPath": "\\nowhere.efi"}, 404, "No boot source"), (301, {}, 400, "ChangeBootOrder"),
    (105, {"url": URL, "password": "without a user"}, 400, "password"),
    (105, {"url": URL, "imageHash": "abcd"}, 400, "imageHash"), (105, {"url": URL, "optionalData": "?"}, 400, "base64"),
    (104, {"url": "http://localhost/x"}, 400, "url"), (105, {"url": URL, "username": "x" * 17}, 400, "username"),
    (105, {"url": URL, "timeoutSeconds": 0}, 400, "timeoutSeconds"),
])
def test_what_cannot_be_booted_switches_nothing(site, action, details, status, text):
    before = boots(site)
    answer = ask(site, action, **details)
    assert answer.status == status and text in answer.text, answer
    untouched(site, before)


def test_recovery_that_is_switched_off_says_so(site):
    site.rest.post(f"amt/features/{site.acm.guid}", {**OCR, "ocr": False})
    before = boots(site)
    answer = ask(site, 105, url=URL)
    assert answer.status == 409 and "features" in answer.json["errorDescription"], answer
    untouched(site, before)


@pytest.mark.parametrize("body", [{"action": 99, "useSOL": False}, {"action": 101}, {"useSOL": True}, {},
                                  {"action": 500, "useSOL": False}, {"action": [101], "useSOL": False},
                                  {"action": 101, "useSOL": False, "bootDetails": 7}])
def test_what_is_no_boot_option_is_refused(site, body):
    assert site.rest.call("POST", f"amt/power/bootOptions/{site.acm.guid}", body).status == 400


def test_without_consent_nothing_boots(site):
    """Client control mode asks the user first (upstream: 200, and the machine boots something else)."""
    guid, before = site.ccm.guid, site.ccm.last_boot()["number"]
    answer = ask(site, 400, site.ccm)
    assert answer.status == 403 and "consent" in answer.json["errorDescription"], answer
    site.rest.get(f"amt/userConsentCode/{guid}")
    code = site.ccm.control("screen")["consent_code"]
    assert site.rest.post(f"amt/userConsentCode/{guid}", {"consentCode": code})["Body"]["ReturnValue"] == 0
    assert site.ccm.last_boot()["number"] == before, "the refused one never came"
    assert ask(site, 400, site.ccm).status == 200
    until(lambda: site.ccm.last_boot()["number"] > before, 20, "with consent it boots")
    assert site.ccm.last_boot()["way"] == "pxe"
    no_secure_boot = ask(site, 105, site.ccm, url=URL, enforceSecureBoot=False)
    assert no_secure_boot.status in (400, 409), no_secure_boot
    site.rest.call("GET", f"amt/userConsentCode/cancel/{guid}")


def test_boot_sources_are_listed(site):
    sources = site.rest.get(f"amt/power/bootSources/{site.acm.guid}")
    ids = [s["instanceID"] for s in sources]
    assert "Intel(r) AMT: Force PXE Boot" in ids and "Intel(r) AMT: Force OCR UEFI HTTPS Boot" in ids
    winre = next(s for s in sources if "WinRe" in s["biosBootString"])
    assert winre["bootString"] == "\\OEM\\Boot\\WinRe.efi" and winre["failThroughSupported"] == 2


@pytest.mark.parametrize("action", [3, 15, 16])
def test_power_actions_say_what_the_device_refuses(site, action):
    """15 and 16 too are the device's to refuse."""
    answer = site.rest.call("POST", f"amt/power/action/{site.acm.guid}", {"action": action})
    assert answer.status == 400 and answer.json["Body"]["ReturnValue"] == 5, answer
    assert answer.json["Header"]["Action"].endswith("RequestPowerStateChangeResponse"), "the device's own answer"
    assert answer.json["errorDescription"].endswith("the device answered invalid parameter (5)")


# --- remote erase ---

def test_remote_erase_of_what_the_platform_can(site):
    guid = site.acm.guid
    assert site.rest.get(f"amt/boot/remoteErase/{guid}") == {
        "secureEraseAllSSDs": True, "tpmClear": True, "restoreBIOSToEOM": True, "unconfigureCSME": True}
    before = boots(site)
    answer = site.rest.call("POST", f"amt/boot/remoteErase/{guid}", {"secureEraseAllSSDs": True, "tpmClear": True,
                                                                     "ssdPassword": "drive"})
    assert answer.status == 200, answer
    until(lambda: boots(site) > before, 20, "the host boots")
    last = site.acm.last_boot()
    assert last["way"] == "erase" and last["erase_mask"] == 0x44
    assert site.rest.get(f"amt/features/{guid}")["rpe"] is True


@pytest.mark.parametrize("body, text", [({}, "nothing"), ({"tpmClear": False}, "nothing"),
                                        ({"tpmClear": "x"}, "tpmClear"), ({"ssdPassword": "x" * 65}, "ssdPassword")])
def test_erasing_nothing_is_refused(site, body, text):
    before = boots(site)
    answer = site.rest.call("POST", f"amt/boot/remoteErase/{site.acm.guid}", body)
    assert answer.status == 400 and text in answer.text, answer
    untouched(site, before)

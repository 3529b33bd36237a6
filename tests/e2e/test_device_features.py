# SPDX-License-Identifier: Apache-2.0
"""Features and user consent of full devices over REST."""
import pytest

OFF = {"userConsent": "none", "enableSOL": False, "enableIDER": False, "enableKVM": False}
ON = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True}


def features(site, device):
    return site.rest.get(f"amt/features/{device.guid}")


@pytest.mark.parametrize("sol, ider, kvm", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0)])
def test_features_are_switched_one_by_one(site, sol, ider, kvm):
    body = {"userConsent": "none", "enableSOL": bool(sol), "enableIDER": str(bool(ider)).lower(), "enableKVM": kvm}
    # The MPS' answer and Console's in one.
    assert site.rest.post(f"amt/features/{site.acm.guid}", body) == {
        "status": "AMT Features updated", "userConsent": "none", "enableSOL": bool(sol), "enableIDER": bool(ider),
        "enableKVM": bool(kvm), "redirection": bool(sol or ider or kvm)}
    seen = features(site, site.acm)
    assert (seen["SOL"], seen["IDER"], seen["KVM"]) == (bool(sol), bool(ider), bool(kvm))
    assert seen["redirection"] == bool(sol or ider or kvm)
    assert seen["userConsent"] == "none" and seen["kvmAvailable"] and seen["optInState"] == 0
    state = int(site.acm.amt.get("AMT_RedirectionService")["EnabledState"])
    assert state == 32768 + ider + 2 * sol, "the device itself says so"


@pytest.mark.parametrize("consent, number", [("kvm", "1"), ("all", "4294967295"), ("none", "0")])
def test_consent_policy(site, consent, number):
    site.rest.post(f"amt/features/{site.acm.guid}", {**ON, "userConsent": consent})
    assert features(site, site.acm)["userConsent"] == consent
    assert site.acm.amt.get("IPS_OptInService")["OptInRequired"] == number


def test_one_click_recovery_is_switched(site):
    guid = site.acm.guid
    for on in (True, False, True):
        site.rest.post(f"amt/features/{guid}", {**ON, "ocr": on})
        assert features(site, site.acm)["ocr"] is on
    assert features(site, site.acm)["httpsBootSupported"] is True
    site.rest.post(f"amt/features/{guid}", ON)
    assert features(site, site.acm)["ocr"] is True, "left out: stays"
    site.rest.post(f"amt/features/{guid}", {**ON, "ocr": None, "rpe": None})


def test_a_policy_that_client_control_mode_fixes_is_no_success(site):
    before = features(site, site.ccm)
    assert before["userConsent"] == "all"
    answer = site.rest.call("POST", f"amt/features/{site.ccm.guid}", {**OFF, "userConsent": "none"})
    assert answer.status == 409 and "client control mode" in answer.json["errorDescription"], answer
    assert features(site, site.ccm) == before, "nothing else was changed either"
    site.rest.post(f"amt/features/{site.ccm.guid}", {**ON, "userConsent": "all"})


@pytest.mark.parametrize("body, path", [
    ({**ON, "userConsent": "KVM"}, "userConsent"), ({**ON, "userConsent": None}, "userConsent"),
    ({**ON, "enableSOL": "maybe"}, "enableSOL"), ({**ON, "enableIDER": 2}, "enableIDER"),
    ({k: v for k, v in ON.items() if k != "enableKVM"}, "enableKVM"), ({**ON, "ocr": "x"}, "ocr"),
])
def test_what_is_no_feature_is_refused(site, body, path):
    answer = site.rest.call("POST", f"amt/features/{site.acm.guid}", body)
    assert answer.status == 400, answer
    assert [e["path"] for e in answer.json["errors"]] == [path]


def consent(site, device, code):
    return site.rest.call("POST", f"amt/userConsentCode/{device.guid}", {"consentCode": code})


def test_consent_is_asked_for_given_and_cancelled(site):
    guid = site.ccm.guid
    asked = site.rest.get(f"amt/userConsentCode/{guid}")
    assert asked["Body"] == {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}
    assert asked["Header"]["Action"].endswith("StartOptInResponse")
    assert features(site, site.ccm)["optInState"] == 2
    again = site.rest.call("GET", f"amt/userConsentCode/{guid}")
    assert again.status == 400 and again.json["Body"] == {"ReturnValue": 2, "ReturnValueStr": "NOT_READY"}
    code = site.ccm.control("screen")["consent_code"]
    wrong = consent(site, site.ccm, (int(code) + 1) % 1000000)
    assert wrong.status == 400 and wrong.json["Body"]["ReturnValue"] == 2, wrong
    right = consent(site, site.ccm, code)	# as text: leading zeros
    assert right.status == 200 and right.json["Body"]["ReturnValue"] == 0, right
    assert features(site, site.ccm)["optInState"] == 3
    assert site.rest.get(f"amt/userConsentCode/cancel/{guid}")["Body"]["ReturnValueStr"] == "SUCCESS"
    cancelled = site.rest.call("GET", f"amt/userConsentCode/cancel/{guid}")
    assert cancelled.status == 400, "there is nothing to cancel"


@pytest.mark.parametrize("code", ["12345x", "", None, 1234567, -1, [], {}])
def test_what_is_no_code_never_reaches_the_device(site, code):
    assert consent(site, site.ccm, code).status == 400


def test_consent_where_none_is_needed(site):
    answer = site.rest.call("GET", f"amt/userConsentCode/{site.acm.guid}")
    assert answer.status == 400 and answer.json["Body"]["ReturnValue"] == 2


def test_a_device_that_does_not_answer_in_time(site):
    site.acm.control("fault", "class", "AMT_RedirectionService", "silent")
    try:
        answer = site.rest.call("GET", f"amt/features/{site.acm.guid}")
        assert answer.status == 504, answer
        assert answer.json == {"error": "Timeout Error", "errorDescription": "Exception during AMT Features request"}
    finally:
        site.acm.control("clear-faults")

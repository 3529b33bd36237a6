# SPDX-License-Identifier: Apache-2.0
"""docs/api/mps.yaml against the running server: requests made from it, valid ones and ones with one fault each, are
answered as it says, for a device that is there and for one that is not."""
import uuid

import pytest

from lib.jwt import claims_of
from lib.openapi import Checked, Spec
from lib.redirection import Sol
from lib.routes import every_route
from lib.server import PASSWORD
from lib.wait import until

SPEC = Spec("mps")
# What would take the shared devices away, or is no JSON call of a client.
NOT_WITH_A_DEVICE = {("DELETE", "/api/v1/amt/deactivate/{guid}"), ("DELETE", "/api/v1/devices/{guid}"),
                     ("DELETE", "/api/v1/devices/disconnect/{guid}"), ("POST", "/api/v1/amt/boot/remoteErase/{guid}")}
# Bodies with rules that a schema does not say: which fields go together, what a certificate is.
MORE_RULES = {("POST", "/api/v1/amt/certificates/{guid}"), ("PATCH", "/api/v1/amt/networkSettings/wired/{guid}"),
              ("POST", "/api/v1/amt/networkSettings/wireless/profile/{guid}"),
              ("PATCH", "/api/v1/amt/networkSettings/wireless/profile/{guid}")}
OPERATIONS = sorted(SPEC.operations, key=lambda x: (x[1], x[0]))


def params(guid):
    return {"guid": guid, "instanceId": "Intel(r)%20AMT%20Certificate:%20Handle:%2099", "profileName": "nowhere",
            "name": "nowhere", "call": "AMTGeneralSettings", "id": "99"}


def try_all(site, method, path, guid):
    """Statuses by whether the request was as described."""
    seen = set()
    for request in SPEC.requests(method, path, **params(guid)):
        answer = site.rest.call(request.method, request.path, request.body)
        SPEC.check(answer, request.method, request.path)
        assert answer.status != 500, f"{request}: {answer}"
        if not request.valid:
            assert answer.status == 400, f"{request} is not as described, but: {answer}"
        seen.add((request.valid, answer.status))
    return seen


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_requests_for_a_device_that_is_not_there(site, method, path):
    if path.rsplit("/", 1)[-1] in ("authorize", "logout", "revoke"):
        pytest.skip("counts attempts, or ends this token; tests of its own are in test_auth.py")
    if path == "/api/v1/events":
        pytest.skip("a stream without an end; tests of its own are in test_events.py")
    seen = try_all(site, method, path, str(uuid.uuid4()))
    if "{guid}" in path and path.startswith("/api/v1/amt/"):
        more = {400} if (method, path) in MORE_RULES else set()
        assert {status for valid, status in seen if valid} <= {404} | more, seen


@pytest.mark.parametrize("method, path", [o for o in OPERATIONS if "{guid}" in o[1] and o not in NOT_WITH_A_DEVICE])
def test_requests_for_a_connected_device(site, method, path):
    seen = try_all(site, method, path, site.acm.guid)
    assert any(valid for valid, _ in seen)
    if method == "GET":
        assert any(valid and status in (200, 400) for valid, status in seen), seen


def test_every_operation_was_among_them():
    assert set(SPEC.operations) == set(every_route())


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_without_a_token_nothing_is_told(site, method, path):
    op = SPEC.operations[method, path]
    if op.get("security") == []:
        pytest.skip("open")
    request = SPEC.requests(method, path, **params(site.acm.guid))[0]
    answer = site.server.anonymous().call(method, request.path, request.body)
    assert answer.status == 401, answer
    SPEC.check(answer, method, request.path)


@pytest.mark.parametrize("method, path", [o for o in OPERATIONS if o[0] != "GET" and "{guid}" in o[1]])
def test_a_viewer_changes_nothing(site, method, path):
    """Of the roles built in, viewer only reads."""
    viewer = site.server.rest(role="viewer")
    request = SPEC.requests(method, path, **params(site.acm.guid))[0]
    answer = viewer.call(method, request.path, request.body)
    assert answer.status == 403, answer
    SPEC.check(answer, method, request.path)


def test_what_would_disturb_the_others_succeeds_as_described(site, new_guid):
    """Logins, devices that go, sessions that end; the other routes' successes are in the tests of their subjects."""
    server, guid = site.server, new_guid()
    anonymous = Checked(server.rest_port, None, spec=SPEC)
    token = anonymous.post("authorize", {"username": "admin", "password": PASSWORD})["token"]
    rest = Checked(server.rest_port, token, spec=SPEC)
    rest.post("devices", {"guid": guid, "hostname": "one"}, expect=201)
    answer = rest.call("PATCH", "devices", {"guid": guid, "hostname": "two", "tags": ["a"], "deviceInfo": {"fwSku": "x"}})
    assert answer.status == 200 and answer.json["hostname"] == "two"
    assert rest.call("GET", "events?seconds=0").status == 200
    rest.delete(f"devices/{guid}?isSecretToBeDeleted=true", expect=204)
    rest.post(f"amt/features/{site.acm.guid}", {"userConsent": "none", "enableSOL": True, "enableIDER": True,
                                               "enableKVM": True})
    sol = Sol("127.0.0.1", server.rest_port, site.acm.guid,
              protocol=rest.get(f"authorize/redirection/{site.acm.guid}?mode=sol")["token"])
    [session] = rest.get("redirection/sessions")
    rest.delete(f"redirection/sessions/{session['id']}", expect=204)
    until(lambda: rest.get("redirection/sessions") == [], 10, "ended")
    sol.close()
    rest.delete(f"devices/disconnect/{site.ccm.guid}")
    until(lambda: rest.device(site.ccm.guid)["connectionStatus"], 60, "it calls home again")
    other = anonymous.post("authorize", {"username": "admin", "password": PASSWORD})["token"]
    rest.post("authorize/revoke", {"token": claims_of(other)["jti"]}, expect=204)
    rest.post("authorize/logout", None)
    assert rest.call("GET", "devices").status == 401

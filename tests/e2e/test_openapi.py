# SPDX-License-Identifier: Apache-2.0
"""docs/api/mps.yaml against the running server: requests made from it, valid ones and ones with one fault each, are
answered as it says, for a device that is there and for one that is not."""
import uuid

import pytest

from lib.openapi import Spec
from lib.routes import every_route

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

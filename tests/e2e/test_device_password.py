# SPDX-License-Identifier: Apache-2.0
"""A device whose AMT password was changed by somebody who stored the new one."""
import base64
import hashlib


def test_a_stored_change_needs_no_refresh(site):
    device = site.full("acm")
    site.rest.get(f"amt/power/state/{device.guid}")	# the server knows the old one
    realm = device.amt.get("AMT_GeneralSettings")["DigestRealm"]
    new = "An0ther.of.tests!"
    digest = base64.b64encode(hashlib.md5(f"admin:{realm}:{new}".encode()).digest()).decode()
    device.amt.invoke("AMT_AuthorizationService", "SetAdminAclEntryEx",
                      f"<p:Username>admin</p:Username><p:DigestPassword>{digest}</p:DigestPassword>")
    refused = site.rest.call("GET", f"amt/power/state/{device.guid}")
    assert refused.status == 500, "the stored one is the old one still"
    site.server.ok("secret", "put", f"devices/{device.guid}", "AMT_PASSWORD", stdin=new)
    assert site.rest.get(f"amt/power/state/{device.guid}")["powerstate"] == 2
    answer = site.rest.call("POST", f"amt/power/action/{device.guid}", {"action": 10})
    assert answer.status == 200, answer


def test_a_chosen_password_is_not_taken_for_a_generated_one(site):
    device = site.full("acm")
    before = site.server.ok("secret", "get", f"devices/{device.guid}")
    for body in (["x"], {"password": "Ch0sen.of.tests!"}):
        answer = site.rest.call("POST", f"amt/password/{device.guid}", body)
        assert answer.status == 400, answer
    assert "takes no body" in answer.text
    assert site.server.ok("secret", "get", f"devices/{device.guid}") == before
    assert site.rest.call("POST", f"amt/password/{device.guid}").status == 200

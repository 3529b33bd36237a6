# SPDX-License-Identifier: Apache-2.0
"""Certificates and TLS settings of full devices over REST."""
import base64
from urllib.parse import quote

import pytest

from lib.certs import self_signed


def certificates(site, device=None):
    return site.rest.get(f"amt/certificates/{(device or site.acm).guid}")


def add(site, cert, trusted=True):
    return site.rest.call("POST", f"amt/certificates/{site.acm.guid}", {"cert": cert, "isTrusted": trusted})


def remove(site, handle):
    return site.rest.call("DELETE", f"amt/certificates/{site.acm.guid}/{quote(handle)}")


@pytest.mark.parametrize("form", ["der", "pem"])
@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_is_added_listed_and_deleted(site, tmp_path, form, trusted):
    pem, der = self_signed(tmp_path, f"of-{form}", ca=trusted)
    answer = add(site, der if form == "der" else base64.b64encode(pem.encode()).decode(), trusted)
    assert answer.status == 200, answer
    handle = answer.json["handle"]
    assert handle.startswith("Intel(r) AMT Certificate: Handle: ")
    row = next(c for c in certificates(site)["certificates"]["publicKeyCertificateItems"] if c["instanceID"] == handle)
    assert row["x509Certificate"] == der and row["displayName"] == f"of-{form}"
    assert row["trustedRootCertificate"] is trusted and row["associatedProfiles"] == []
    assert add(site, der, trusted).json["handle"] == handle, "it is there already"
    gone = remove(site, handle)
    assert gone.status == 200 and gone.json == {"message": "Certificate deleted successfully", "handle": handle}
    again = remove(site, handle)
    assert again.status == 404 and again.json["error"] == f"Certificate with handle '{handle}' not found"


def test_the_root_that_calls_home_needs_is_listed(site):
    rows = certificates(site)["certificates"]["publicKeyCertificateItems"]
    assert any(r["trustedRootCertificate"] and r["displayName"].startswith("MPSRoot-") for r in rows)


@pytest.mark.parametrize("body, msgs", [
    ({"cert": "", "isTrusted": True}, ["Certificate is required", "Invalid certificate format (not valid DER or PEM)"]),
    ({"isTrusted": True}, ["Certificate is required", "Invalid certificate format (not valid DER or PEM)"]),
    ({"cert": "dummy", "isTrusted": "notbool"},
     ["Invalid certificate format (not valid DER or PEM)", "isTrusted must be a boolean value"]),
    ({"cert": 7, "isTrusted": None},
     ["Invalid certificate format (not valid DER or PEM)", "isTrusted must be a boolean value"]),
])
def test_what_is_no_certificate_is_refused(site, body, msgs):
    answer = site.rest.call("POST", f"amt/certificates/{site.acm.guid}", body)
    assert answer.status == 400 and [e["msg"] for e in answer.json["errors"]] == msgs, answer


def test_an_expired_certificate_is_refused(site, tmp_path):
    _, der = self_signed(tmp_path, "old", days=-1)
    answer = add(site, der)
    assert answer.status == 400 and answer.json["errors"][0]["msg"] == "Certificate has expired", answer


def test_firmware_refuses_one_that_is_too_large(site, tmp_path):
    pem, der = self_signed(tmp_path, "x" * 60)
    raw = base64.b64decode(der)
    assert len(raw) < 4100
    answer = add(site, base64.b64encode(b"\0" * 5000).decode())
    assert answer.status == 400


def test_tls_settings_of_both_ports(site):
    settings = site.rest.get(f"amt/tls/{site.acm.guid}")
    assert [s["InstanceID"] for s in settings] == ["Intel(r) AMT 802.3 TLS Settings", "Intel(r) AMT LMS TLS Settings"]
    assert all(s["Enabled"] is False and s["TrustedCN"] == [] for s in settings)


def test_a_silent_certificate_store_is_a_time_out(site):
    site.acm.control("fault", "class", "AMT_PublicKeyCertificate", "silent")
    try:
        assert site.rest.call("GET", f"amt/certificates/{site.acm.guid}").status == 504
        assert remove(site, "x").status == 504
    finally:
        site.acm.control("clear-faults")

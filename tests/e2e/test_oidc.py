# SPDX-License-Identifier: Apache-2.0
"""Tokens of an OpenID Connect issuer, as the Edge Manageability Framework's clients have them: projects in the names of
roles, ActiveProjectID among those."""
import time

import pytest

from lib.issuer import Issuer
from lib.jwt import claims_of, part

A, B, C = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "123")


@pytest.fixture
def issuer(tmp_path):
    issuer = Issuer(tmp_path / "issuer")
    yield issuer
    issuer.close()


@pytest.fixture
def two(make_server, issuer, new_guid):
    """A device of A and one of B."""
    server = make_server(settings={**issuer.settings, "metrics.listen": "127.0.0.1:0"}).start()
    guids = new_guid(), new_guid()
    for guid, project in zip(guids, (A, B)):
        server.import_devices(guid, tenantId=project)
    return server, guids


def test_the_header_chooses_among_the_tokens_projects(two, issuer):
    server, (a, b) = two
    rest = server.rest(issuer.token(f"{A}_im-rw", f"{B}_im-r"))

    def devices(project):
        return rest.call("GET", "devices", headers={"ActiveProjectID": project} if project else {})

    assert [d["guid"] for d in devices(A).json] == [a] and [d["guid"] for d in devices(B).json] == [b]
    assert devices(C).status == 403
    refused = devices(None)
    assert refused.status == 403 and "several projects; name one in the ActiveProjectID header" in refused.text
    # Each with the role that is that project's.
    change = {"hostname": "new"}
    assert rest.call("PATCH", "devices", {"guid": a, **change}, {"ActiveProjectID": A}).status == 200
    assert rest.call("PATCH", "devices", {"guid": b, **change}, {"ActiveProjectID": B}).status == 403


def test_a_device_in_the_path_names_its_project(two, issuer, new_guid):
    """Upstream's orch-cli sends no header, whatever its user has."""
    server, (a, b) = two
    rest = server.rest(issuer.token(f"{A}_im-rw", f"{B}_im-r"))
    assert rest.device(a)["tenantId"] == A and rest.device(b)["tenantId"] == B
    assert rest.device(a.upper())["guid"] == a
    assert claims_of(rest.get(f"authorize/redirection/{a}")["token"])["tenantId"] == A
    assert rest.call("GET", f"authorize/redirection/{b}").status == 403, "im-r gives no sessions"
    # A device of others, and one of nobody: the same.
    server.import_devices(c := new_guid(), tenantId=C)
    answers = {guid: rest.call("GET", f"devices/{guid}") for guid in (c, new_guid(), "1")}
    assert {a.status for a in answers.values()} == {403}
    assert len({x.text for x in answers.values()}) == 1
    # Who names a project means it.
    assert rest.call("GET", f"devices/{a}", headers={"ActiveProjectID": B}).status == 404


def test_what_is_no_token_of_the_issuer(two, issuer, tmp_path):
    server, _ = two
    other = Issuer(tmp_path / "other")
    head, body, mac = issuer.token(f"{A}_im-rw").split(".")
    claims = {**claims_of(f"x.{body}.x"), "realm_access": {"roles": [f"{B}_im-rw"]}}
    tokens = {"another issuer's": other.token(f"{A}_im-rw"),
              "his signature on other claims": f"{head}.{part(claims)}.{mac}",
              "ended": issuer.token(f"{A}_im-rw", exp=int(time.time()) - 120),
              "not yet": issuer.token(f"{A}_im-rw", nbf=int(time.time()) + 120),
              "no signature": f"{head}.{body}."}
    for what, token in tokens.items():
        assert server.rest(token).call("GET", "devices").status == 401, what
    # A gateway's word or a client's name opens nothing.
    for headers in ({"User-Agent": "dm-manager"}, {"X-Forwarded-User": "admin"}, {"ActiveProjectID": A}):
        assert server.anonymous().call("GET", "devices", headers=headers).status == 401
    assert server.rest(issuer.token("offline_access")).call("GET", "devices").status == 403
    other.close()


def test_an_issuers_token_can_be_revoked(two, issuer):
    server, _ = two
    rest = server.rest(issuer.token(f"{A}_im-rw"))
    assert rest.call("GET", "devices").status == 200
    assert rest.call("POST", "authorize/logout").status == 200
    assert rest.call("GET", "devices").status == 401
    without = server.rest(issuer.token(f"{A}_im-rw", jti=None))
    assert without.call("POST", "authorize/logout").status == 200
    assert without.call("GET", "devices").status == 401, "told by its hash"
    assert server.anonymous().call("POST", "authorize", {"username": "a", "password": "b"}).status == 405


def test_figures_are_at_an_address_of_their_own(two, issuer):
    """With tenants from an issuer nobody is of the default one."""
    server, _ = two
    assert server.rest(issuer.token(f"{A}_monitor")).call("GET", "/metrics").status == 403
    port = server.find("ready")["metrics_port"]
    monitor = type(server.anonymous())(port)
    assert "outband_cira_devices 0\n" in monitor.call("GET", "/metrics").text
    assert monitor.call("GET", "/livez").text == "ok\n"
    for path in ("/api/v1/devices", "/api/v1/log/level", "/api/v1/health"):
        assert monitor.call("GET", path).status == 404, path

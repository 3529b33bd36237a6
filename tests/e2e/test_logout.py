# SPDX-License-Identifier: Apache-2.0
"""Tokens that were revoked before they end: by their owner, by an administrator, by a new password."""
import pytest

from lib.jwt import claims_of
from lib.rest import Rest
from lib.server import PASSWORD
from lib.sse import Stream
from lib.wait import until


def login(server, password=PASSWORD):
    return server.anonymous().call("POST", "authorize", {"username": "admin", "password": password}).json["token"]


def status(server, token):
    return Rest(server.rest_port, token).call("GET", "devices").status


def test_logout_ends_the_token_for_good(server, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    one, two = login(server), login(server)
    rest = Rest(server.rest_port, one)
    redirection = rest.get(f"authorize/redirection/{guid}")["token"]
    answer = rest.call("POST", "authorize/logout")
    assert (answer.status, answer.json) == (200, {"message": "logged out"})
    assert rest.call("GET", "devices").status == 401
    assert rest.call("POST", "authorize/logout").status == 401
    assert status(server, two) == 200
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": redirection}
    relay = server.anonymous().call("GET", f"/relay/webrelay.ashx?p=2&host={guid}&mode=kvm", headers=headers)
    assert relay.status == 401, "what the login gave is over too"
    server.kill()
    server.start()
    assert status(server, one) == 401 and status(server, two) == 200


def test_an_administrator_revokes_a_user_or_one_token(server):
    admin = server.rest(user="boss")
    first, second = login(server), login(server)
    record = next(r for r in admin.get("audit?user=admin")["records"] if r["action"] == "login")
    assert record["detail"] == f"token {claims_of(second)['jti']}"
    admin.call("POST", "authorize/revoke", {"token": claims_of(second)["jti"]})
    assert status(server, second) == 401 and status(server, first) == 200
    assert admin.call("POST", "authorize/revoke", {"user": "ADMIN"}).status == 204
    assert status(server, first) == 401
    assert status(server, login(server)) == 200, "who logs in again is in"
    assert admin.get("audit?user=boss")["records"][0]["detail"] == "user ADMIN"
    for body in ({}, {"user": "a", "token": "b"}, {"user": ""}, {"user": 7}, {"token": "x" * 129}):
        assert admin.call("POST", "authorize/revoke", body).status == 400, body
    assert server.rest(role="operator").call("POST", "authorize/revoke", {"user": "admin"}).status == 403


def test_streams_and_sessions_end_with_the_login(server):
    token = login(server)
    stream = Stream(server.rest_port, token)
    until(lambda: ": the stream begins" in stream.lines, 10, "begun")
    Rest(server.rest_port, token).post("authorize/logout", None)
    # The next event is not for this reader any more.
    server.import_devices("d0000000-0000-4000-8000-000000000001")
    until(lambda: stream.ended, 20, "ended")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_new_password_ends_the_old_ones_tokens(make_server, new_database, kind):
    server = make_server(db_url=new_database(kind)).start()
    token = login(server)
    assert status(server, token) == 200
    server.stop()
    server.env["OUTBAND_ADMIN_PASSWORD"] = "another-Passw0rd"
    server.start()
    until(lambda: status(server, token) == 401, 10, "the former token is over")
    assert status(server, login(server, "another-Passw0rd")) == 200

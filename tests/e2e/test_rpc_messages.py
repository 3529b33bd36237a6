# SPDX-License-Identifier: Apache-2.0
"""What the RPS tells clients that do not keep to the protocol: each gets one message that says what was wrong."""
import base64
import json

import pytest

from lib.websocket import BINARY, TEXT, Closed, WebSocket

GUID = "aaaaaaaa-0000-4000-8000-0000000000aa"
PROFILE = {"profileName": "ccm", "activation": "ccmactivate", "generateRandomPassword": True, "dhcpEnabled": True}
PAYLOAD = {"ver": "16.1.25", "build": "3000", "sku": "16392", "uuid": GUID, "username": "$$OsAdmin", "client": "RPC",
           "password": "Os-pass-1!", "currentMode": 0, "hostname": "h", "fqdn": "", "certHashes": []}


def message(method, payload, **members):
    return json.dumps({"method": method, "protocolVersion": "4.0.0", "status": "ok", "message": "ok",
                       "payload": payload, **members}).encode()


def coded(value):
    return base64.b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


def connect(server):
    return WebSocket("127.0.0.1", server.rpc_port, "/activate")


def last_word(client):
    """The final message's text; after it the server closes."""
    got = json.loads(client.recv()[1])
    assert (got["method"], got["status"]) == ("error", "failed"), got
    with pytest.raises(Closed):
        client.recv()
    client.close()
    return got["message"]


@pytest.mark.parametrize("text,expected", [
    (b"hello", "the message is not JSON"),
    (b"[]", "the message is no JSON object"),
    (b'{"method": 5}', "method in the message is no text"),
    (message("activate --profile ccm", "***"), "the message's payload is not base64"),
    (message("activate --profile ccm", coded(b"hello")), "Error: Failed to parse client message payload. It is not JSON"),
    (message("activate --profile ccm", coded({"ver": "16"})), "Error: Invalid payload from client: client is missing"),
    (message("activate --profile ccm", coded({**PAYLOAD, "uuid": "a"})), "Error: uuid not valid length"),
    (message("activate --profile ccm", coded(PAYLOAD), protocolVersion="5.0.0"),
     "Error: protocol version NOT supported: 5.0.0"),
    (message("frobnicate", coded(PAYLOAD)), f"Device {GUID} Not a supported method received from AMT device"),
    (message("response", coded(b"x")), "Error: the first message must be a command"),
])
def test_first_messages_that_are_none(server, text, expected):
    client = connect(server)
    client.send(text, TEXT)
    assert last_word(client) == expected


@pytest.mark.parametrize("text,kind,expected", [
    (message("activate --profile ccm", coded(PAYLOAD)), TEXT, "another command"),
    (b"hello", TEXT, "not JSON"),
    (message("response", "***"), TEXT, "not base64"),
    (message("response", coded(b"HTTP/1.1 200 OK\r\n\r\n")), BINARY, "binary frame"),
])
def test_later_messages_that_are_none(server, text, kind, expected):
    server.rps().post("profiles", PROFILE, 201)
    client = connect(server)
    client.send(message("activate --profile ccm", coded(PAYLOAD)), TEXT)
    assert json.loads(client.recv()[1])["method"] == "wsman"
    client.send(text, kind)
    assert expected in json.loads(last_word(client))["Status"]
    assert server.rps().get("health")["db"]["status"] == "OK"

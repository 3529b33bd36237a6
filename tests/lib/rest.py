# SPDX-License-Identifier: Apache-2.0
"""A small REST client on http.client."""
import http.client
import json


class Answer:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw
        self.text = raw.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.raw)

    def __repr__(self):
        return f"{self.status} {self.text[:2000]}"


class Rest:
    """Each call is a connection of its own: nothing of one test lingers in another."""

    def __init__(self, port, token=None, base="/api/v1/", host="127.0.0.1", timeout=40):
        self.port, self.token, self.base, self.host, self.timeout = port, token, base, host, timeout

    def call(self, method, path, body=None, headers=None):
        """body: JSON-able, or bytes as they are. path begins with / or is below the base."""
        head = {"Connection": "close"}
        if self.token is not None:
            head["Authorization"] = "Bearer " + self.token
        if body is not None:
            head["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        head.update(headers or {})
        if not path.startswith("/"):
            path = self.base + path
        conn = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            conn.request(method, path, body, head)
            r = conn.getresponse()
            return Answer(r.status, dict(r.getheaders()), r.read())
        finally:
            conn.close()

    def get(self, path, expect=200):
        a = self.call("GET", path)
        assert a.status == expect, f"GET {path}: {a}"
        return a.json if a.raw else None

    def post(self, path, body, expect=200):
        a = self.call("POST", path, body)
        assert a.status == expect, f"POST {path}: {a}"
        return a.json if a.raw else None

    def delete(self, path, expect=200):
        a = self.call("DELETE", path)
        assert a.status == expect, f"DELETE {path}: {a}"
        return a.json if a.raw else None

    def device(self, guid):
        return self.get(f"devices/{guid}")

    def connected(self, guid):
        return self.device(guid)["connectionStatus"]

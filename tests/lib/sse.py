# SPDX-License-Identifier: Apache-2.0
"""A reader of server-sent events."""
import http.client
import json
import threading


class Stream:
    """One answer, read by a thread of its own."""

    def __init__(self, port, token, last_id=None, path="/api/v1/events"):
        self.conn = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Authorization": "Bearer " + token}
        if last_id is not None:
            headers["Last-Event-ID"] = str(last_id)
        self.conn.request("GET", path, headers=headers)
        self.answer = self.conn.getresponse()
        self.status, self.type = self.answer.status, self.answer.getheader("Content-Type")
        self.lines, self.ended = [], False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while line := self.answer.readline():
                self.lines.append(line.decode().rstrip("\n"))
        except (OSError, http.client.HTTPException):
            pass
        self.ended = True

    def events(self):
        return [json.loads(line[6:]) for line in self.lines if line.startswith("data: {\"type\"")]

    def methods(self):
        return [e["methods"][0] for e in self.events()]

    def last_id(self):
        return [line[4:] for line in self.lines if line.startswith("id: ")][-1]

    def close(self):
        sock = self.conn.sock or self.answer.fp.raw._sock
        sock.close()

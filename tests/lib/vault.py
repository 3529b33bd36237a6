# SPDX-License-Identifier: Apache-2.0
"""A key-value store, version 2, as HashiCorp Vault speaks it over HTTP: tokens with life times, versions,
metadata, listing, health; and its ways to fail. Data stay when it stops, as a restarted Vault's do."""
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from lib.postgres import free_port


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime())


class Secret:
    def __init__(self):
        self.versions = []	# (data or None when deleted, time)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Vault"

    def log_message(self, *args):
        pass

    def setup(self):
        super().setup()
        self.server.vault.open_sockets.add(self.connection)

    def finish(self):
        self.server.vault.open_sockets.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def reply(self, status, body=None):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def handle_any(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n) if n else b""
        url = urlsplit(self.path)
        method = self.command
        if method == "GET" and parse_qs(url.query).get("list") == ["true"]:
            method = "LIST"
        try:
            self.server.vault.answer(self, method, url.path, parse_qs(url.query), body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_LIST = handle_any


class Vault:
    def __init__(self, token="root-of-tests", mount="secret"):
        self.mount, self.port = mount, free_port()
        self.lock = threading.Lock()
        self.secrets, self.requests = {}, []
        self.tokens = {token: {"expires": None, "ttl": 0, "renewed": 0}}
        self.failure = None	# None, "sealed", "error", "denied", "garbage", "hang"
        self.open_sockets = set()
        self.httpd = None

    @property
    def url(self):
        return f"vault+http://127.0.0.1:{self.port}"

    # --- life ---

    def start(self):
        class Httpd(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128
        self.httpd = Httpd(("127.0.0.1", self.port), Handler)
        self.httpd.vault = self
        self.thread = threading.Thread(target=self.httpd.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def stop(self):
        """Refuses connections from now on; those that are open end."""
        if self.httpd is None:
            return
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()
        self.httpd = None
        for sock in list(self.open_sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # --- for tests ---

    def add_token(self, token, ttl=None):
        self.tokens[token] = {"expires": time.monotonic() + ttl if ttl else None, "ttl": ttl or 0, "renewed": 0}

    def revoke(self, token):
        del self.tokens[token]

    def version_of(self, path):
        return len(self.secrets[path].versions) if path in self.secrets else 0

    def data_of(self, path):
        return self.secrets[path].versions[-1][0] if path in self.secrets else None

    def writes(self, path=None):
        """Requests that change something: (method, path)."""
        return [(m, p) for m, p in list(self.requests) if m in ("POST", "PUT", "PATCH", "DELETE")
                and "/auth/" not in p and (path is None or p.endswith("/" + path))]

    # --- the protocol ---

    def authorised(self, token):
        t = self.tokens.get(token)
        return t is not None and (t["expires"] is None or time.monotonic() < t["expires"])

    def answer(self, http, method, path, query, body):
        with self.lock:
            self.requests.append((method, path))
        failure = self.failure
        if failure == "hang":
            time.sleep(30)
            http.close_connection = True
            return
        if path == "/v1/sys/health":
            sealed = failure == "sealed"
            http.reply(503 if sealed else 200, {"initialized": True, "sealed": sealed, "standby": False,
                                                "version": "1.15.0", "server_time_utc": int(time.time())})
        elif failure == "sealed":
            http.reply(503, {"errors": ["Vault is sealed"]})
        elif failure == "error":
            http.reply(500, {"errors": ["internal error"]})
        elif failure == "garbage":
            http.send_response(200)
            http.send_header("Content-Length", "15")
            http.end_headers()
            http.wfile.write(b"<html>hm</html>")
        elif failure == "denied" or not self.authorised(http.headers.get("X-Vault-Token")):
            http.reply(403, {"errors": ["permission denied"]})
        elif path.startswith("/v1/auth/token/"):
            self.token_call(http, path.rsplit("/", 1)[1], http.headers["X-Vault-Token"])
        elif path.startswith(f"/v1/{self.mount}/"):
            kind, _, name = path[len(f"/v1/{self.mount}/"):].partition("/")
            self.kv(http, method, kind, name, query, body)
        else:
            http.reply(404, {"errors": ["no handler for route"]})

    def token_call(self, http, what, token):
        t = self.tokens[token]
        if what == "renew-self":
            if t["expires"] is not None:
                t["expires"] = time.monotonic() + t["ttl"]
            t["renewed"] += 1
            http.reply(200, {"auth": {"client_token": token, "lease_duration": t["ttl"], "renewable": t["ttl"] > 0,
                                      "policies": ["root"]}})
        elif what == "lookup-self":
            left = int(t["expires"] - time.monotonic()) if t["expires"] is not None else 0
            http.reply(200, {"data": {"id": token, "ttl": left, "creation_ttl": t["ttl"], "renewable": t["ttl"] > 0}})
        else:
            http.reply(404, {"errors": []})

    def kv(self, http, method, kind, name, query, body):
        with self.lock:
            if kind == "data" and method == "GET":
                self.read(http, name)
            elif kind == "data" and method in ("POST", "PUT"):
                self.write(http, name, body)
            elif kind == "data" and method == "DELETE":
                if name in self.secrets:
                    self.secrets[name].versions.append((None, now()))
                http.reply(204)
            elif kind == "metadata" and method == "DELETE":
                self.secrets.pop(name, None)
                http.reply(204)
            elif kind == "metadata" and method == "LIST":
                self.list(http, name)
            else:
                http.reply(405, {"errors": ["unsupported operation"]})

    def read(self, http, name):
        if name not in self.secrets:
            http.reply(404, {"errors": []})
            return
        s = self.secrets[name]
        data, when = s.versions[-1]
        meta = {"created_time": when, "deletion_time": "" if data is not None else when, "destroyed": False,
                "version": len(s.versions), "custom_metadata": None}
        http.reply(200 if data is not None else 404, {"request_id": "-", "data": {"data": data, "metadata": meta}})

    def write(self, http, name, body):
        try:
            call = json.loads(body)
            data = call["data"]
            assert isinstance(data, dict)
        except (ValueError, KeyError, TypeError, AssertionError):
            http.reply(400, {"errors": ["no data provided"]})
            return
        s = self.secrets.setdefault(name, Secret())
        cas = call.get("options", {}).get("cas")
        if cas is not None and cas != len(s.versions):
            http.reply(400, {"errors": ["check-and-set parameter did not match the current version"]})
            return
        s.versions.append((data, now()))
        http.reply(200, {"data": {"created_time": s.versions[-1][1], "deletion_time": "", "destroyed": False,
                                  "version": len(s.versions)}})

    def list(self, http, folder):
        prefix = folder.rstrip("/") + "/" if folder.strip("/") else ""
        keys = {n[len(prefix):].split("/")[0] + ("/" if "/" in n[len(prefix):] else "")
                for n in self.secrets if n.startswith(prefix)}
        if keys:
            http.reply(200, {"data": {"keys": sorted(keys)}})
        else:
            http.reply(404, {"errors": []})

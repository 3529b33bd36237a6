# SPDX-License-Identifier: Apache-2.0
"""Servers that rpc calls in its flows without RPS, written from their descriptions (rpc.md 1.11, 4.7): the part of a Console
and of an Enterprise Assistant that it uses. TLS when there is a certificate, as of lib.rps."""
import base64
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib.rpc import openssl

CONSOLE_PASSWORD, EA_PASSWORD = "G@ppm0ym", "Ea-P@ss1"
LOGIN = ["--auth-username", "standalone", "--auth-password", CONSOLE_PASSWORD]


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, calls, certificate=None):
        self.calls = []
        super().__init__(("127.0.0.1", 0), calls)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://localhost:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """Clients that hang up are what tests are for."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.shutdown()
        self.server_close()


class Console(Server):
    """A token, a profile, devices."""

    def __init__(self, text, known=(), certificate=None):
        self.text, self.devices = text, {guid: {} for guid in known}
        super().__init__(ConsoleCalls, certificate)


class ConsoleCalls(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        text = value if isinstance(value, str) else json.dumps(value or {})
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def call(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(n)) if n else {}
        self.server.calls.append((self.command, self.path))
        if self.path.endswith("/authorize"):
            good = body == {"username": "standalone", "password": CONSOLE_PASSWORD}
            self.answer(200 if good else 401, {"token": "t0ken"})
        elif self.headers.get("Authorization") != "Bearer t0ken":
            self.answer(401)
        elif self.path.startswith("/api/v1/admin/profiles/export/"):
            self.answer(200, self.server.text)
        elif self.command == "DELETE":
            self.answer(204 if self.server.devices.pop(self.path.rsplit("/", 1)[1], None) is not None else 404)
        elif self.command == "POST" and body["guid"] in self.server.devices:
            self.answer(409)
        else:
            self.server.devices.setdefault(body["guid"], {}).update(body)
            self.answer(201)

    do_GET = do_POST = do_PATCH = do_DELETE = call


def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")) + body


def null_signed(der_key, cn="desk7"):
    """A certificate request for an RSA key whose private half is elsewhere, with an empty signature."""
    rsa = bytes.fromhex("06092a864886f70d010101") + b"\x05\x00"
    sha256 = bytes.fromhex("06092a864886f70d01010b") + b"\x05\x00"
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0c, cn.encode()))))
    public = tlv(0x30, tlv(0x30, rsa), tlv(0x03, b"\0", der_key))
    return tlv(0x30, tlv(0x30, b"\x02\x01\x00", name, public, b"\xa0\x00"), tlv(0x30, sha256), tlv(0x03, b"\0", bytes(256)))


def sign(folder, csr):
    """A certificate by the authority in the folder, base64 of DER as the request is."""
    (folder / "rq.der").write_bytes(base64.b64decode(csr))
    openssl("x509", "-req", "-inform", "DER", "-in", "rq.der", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-outform", "DER", "-out", "signed.der", cwd=folder)
    return base64.b64encode((folder / "signed.der").read_bytes()).decode()


class Assistant(Server):
    """Its authority is the test's root, in folder."""

    def __init__(self, folder, root, certificate=None):
        self.folder, self.root, self.broken, self.refusal = folder, root, None, None
        super().__init__(AssistantCalls, certificate)
        self.args = ["--eaAddress", self.url, "--eaUsername", "ea", "--eaPassword", EA_PASSWORD]


class AssistantCalls(ConsoleCalls):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        what = self.path.split("/")[-2]
        self.server.calls.append(what)
        if what == "authenticate":
            good = body == {"username": "ea", "password": EA_PASSWORD}
            return self.answer(200 if good else 401, {"jwtToken": "t0ken"})
        if self.headers.get("Authorization") != "Bearer t0ken" or what == self.server.broken:
            return self.answer(500, {"status": "Error", "details": "the authority is away"})
        if self.server.refusal is not None:
            return self.answer(200, {"status": "Error", "details": self.server.refusal})
        if what == "profile" and body["authProtocol"] == 0:  # as upstream's answers it: without a response
            return self.answer(200, body)
        response = {"username": "DESK7$", "password": "P3ap!", "rootcert": self.server.root}
        if what == "keypair":
            response["csr"] = base64.b64encode(null_signed(base64.b64decode(body["DERKey"]))).decode()
        if what == "csr":
            response["certificate"] = sign(self.server.folder, body["signedcsr"])
        return self.answer(200, {**body, "response": response})

# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect issuer of a test: its discovery document and keys over HTTP, its tokens from here."""
import json
import subprocess
import threading
import time
import uuid
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib.jwt import part

KID = "the-key"


class Issuer:
    """settings: of a server that takes its tokens, with tenants."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.key = folder / "issuer.key"
        self.openssl("genrsa", "-out", self.key, 2048)
        modulus = self.openssl("rsa", "-in", self.key, "-modulus", "-noout").decode().split("=")[1].strip()
        jwk = {"kty": "RSA", "kid": KID, "use": "sig", "alg": "RS256", "e": "AQAB",
               "n": urlsafe_b64encode(bytes.fromhex(modulus)).rstrip(b"=").decode()}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/realms/test"
        answers = {"/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": self.url + "/certs"},
                   "/certs": {"keys": [jwk]}}
        self.server.RequestHandlerClass = handler({f"/realms/test{k}": v for k, v in answers.items()})
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = {"auth.mode": "oidc", "auth.oidc.issuer": self.url, "auth.tenancy": True}

    @staticmethod
    def openssl(*args, stdin=None):
        return subprocess.run(["openssl", *map(str, args)], input=stdin, check=True, capture_output=True, timeout=60).stdout

    def token(self, *roles, user="otto", **claims):
        """As Keycloak makes them: roles in realm_access."""
        now = int(time.time())
        body = {"iss": self.url, "exp": now + 3600, "iat": now - 1, "jti": str(uuid.uuid4()), "typ": "Bearer",
                "preferred_username": user, "realm_access": {"roles": list(roles)}, **claims}
        text = f"{part({'alg': 'RS256', 'typ': 'JWT', 'kid': KID})}.{part(body)}"
        return f"{text}.{part(self.openssl('dgst', '-sha256', '-sign', self.key, stdin=text.encode()))}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def handler(answers):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = json.dumps(answers.get(self.path, {})).encode()
            self.send_response(200 if self.path in answers else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler

# SPDX-License-Identifier: Apache-2.0
"""A Remote Provisioning Server for tests: its protocol and its WebSocket written from their descriptions alone,
sharing nothing with the product. What it does in a session is the test's function.

    with Rps(session) as rps: run("rpc", "activate", "-u", rps.url, ...)

session(conn) gets the first message in conn.hello and talks with conn.ask(http bytes), conn.send(...), conn.recv().
"""
import base64
import contextlib
import hashlib
import json
import socket
import ssl
import struct
import subprocess
import threading

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(Exception):
    """The client closed."""


class Connection:
    def __init__(self, sock, headers):
        self.sock, self.headers, self.inbox = sock, headers, b""
        self.hello = self.payload = None

    # --- frames ---

    def _take(self, n):
        while len(self.inbox) < n:
            more = self.sock.recv(65536)
            if not more:
                raise Gone("end of stream")
            self.inbox += more
        out, self.inbox = self.inbox[:n], self.inbox[n:]
        return out

    def _frame(self):
        first, second = self._take(2)
        n = second & 127
        if n == 126:
            n = struct.unpack(">H", self._take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self._take(8))[0]
        assert second & 128, "a client's frame must be masked"
        mask = self._take(4)
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(self._take(n)))
        return first & 128, first & 15, data

    def _send_frame(self, opcode, data):
        n = len(data)
        head = bytes([128 | opcode]) + (bytes([n]) if n < 126 else b"\x7e" + struct.pack(">H", n) if n < 65536
                                        else b"\x7f" + struct.pack(">Q", n))
        self.sock.sendall(head + data)

    def recv(self):
        """The next message as a dict, its payload decoded."""
        data = b""
        while True:
            final, opcode, part = self._frame()
            if opcode == 8:
                raise Gone("close frame")
            if opcode == 9:
                self._send_frame(10, part)
                continue
            if opcode == 10:
                continue
            data += part
            if final:
                break
        message = json.loads(data)
        if message.get("payload"):
            message["bytes"] = base64.b64decode(message["payload"])
        return message

    def send(self, method, payload=None, message="ok", status="ok", raw=None):
        body = raw if raw is not None else base64.b64encode(payload).decode() if payload is not None else None
        self._send_frame(1, json.dumps({"method": method, "apiKey": "xxxxx", "appVersion": "test",
                                        "protocolVersion": "4.0.0", "status": status, "message": message,
                                        "payload": body, "tenantId": ""}).encode())

    # --- what a server does ---

    def ask(self, request, method="wsman"):
        """Bytes to AMT, AMT's bytes back."""
        self.send(method, request)
        answer = self.recv()
        assert answer["method"] == ("response" if method == "wsman" else method), answer
        return answer["bytes"]

    def success(self, **status):
        self.send("success", message=json.dumps(status), status="success")

    def error(self, text):
        self.send("error", message=text, status="failed")


class Rps:
    def __init__(self, session, certificate=None, refuse=None):
        self.session, self.refuse, self.errors, self.connections = session, refuse, [], []
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'wss' if certificate else 'ws'}://localhost:{self.port}/activate"
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.listener.close()
        if kind is None and self.errors:
            raise self.errors[0]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock.settimeout(60)
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            conn = self._handshake(sock)
            if conn is None:
                return
            self.connections.append(conn)
            conn.hello = conn.recv()
            conn.payload = json.loads(conn.hello["bytes"])
            self.session(conn)
            with contextlib.suppress(Gone):
                while True:
                    conn.recv()
        except (Gone, ssl.SSLError, OSError):
            pass  # the client's affair: its exit code and words are looked at
        except BaseException as e:
            self.errors.append(e)
        finally:
            with contextlib.suppress(OSError):
                sock.close()

    def _handshake(self, sock):
        head = b""
        while b"\r\n\r\n" not in head:
            more = sock.recv(4096)
            if not more:
                return None
            head += more
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if line)}
        if self.refuse:
            sock.sendall(f"HTTP/1.1 {self.refuse} No\r\nContent-Length: 0\r\n\r\n".encode())
            return None
        accept = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + MAGIC).digest()).decode()
        sock.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        conn = Connection(sock, headers)
        conn.request = lines[0]
        return conn


class Proxy:
    """An HTTP proxy that knows CONNECT; .asked: what it was asked."""

    def __init__(self, answer=200):
        self.answer, self.asked = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1)
        self.asked.append(head.decode())
        client.sendall(f"HTTP/1.1 {self.answer} X\r\n\r\n".encode())
        if self.answer != 200:
            client.close()
            return
        host, port = head.split()[1].decode().rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        for a, b in ((client, server), (server, client)):
            threading.Thread(target=self._copy, args=(a, b), daemon=True).start()

    @staticmethod
    def _copy(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)


def certificate(folder, names="DNS:localhost"):
    """A self-signed one and its key, as files."""
    cert, key = folder / "rps.pem", folder / "rps.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}", "-days", "2", "-keyout", key,
                    "-out", cert], check=True, capture_output=True, timeout=60)
    return cert, key


# --- a server's side of AMT's HTTP ---

SOAP = """<?xml version="1.0" encoding="utf-8"?><Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" \
xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns="http://www.w3.org/2003/05/soap-envelope"><Header>\
<a:Action>{action}</a:Action><a:To>/wsman</a:To><w:ResourceURI>{uri}</w:ResourceURI>\
<a:MessageID>{id}</a:MessageID><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous\
</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout></Header><Body>{body}</Body></Envelope>"""
AMT = "http://intel.com/wbem/wscim/1/amt-schema/1/"
IPS = "http://intel.com/wbem/wscim/1/ips-schema/1/"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"


def md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def http(body, authorization=""):
    return (f"POST /wsman HTTP/1.1\r\nHost: amt:16992\r\n{authorization}Content-Type: application/soap+xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Wsman:
    """WS-Management through the session, with digest."""

    def __init__(self, conn, user, password):
        self.conn, self.user, self.password, self.id, self.nc, self.challenge = conn, user, password, 0, 0, None

    def _authorization(self):
        if not self.challenge:
            return ""
        c, self.nc = self.challenge, self.nc + 1
        nc = f"{self.nc:08x}"
        response = md5(md5(self.user, c["realm"], self.password), c["nonce"], nc, "abcdef", "auth",
                       md5("POST", "/wsman"))
        return (f'Authorization: Digest username="{self.user}",realm="{c["realm"]}",nonce="{c["nonce"]}",uri="/wsman",'
                f'cnonce="abcdef",nc={nc},response="{response}",qop="auth"\r\n')

    def call(self, uri, action=GET, body=""):
        """(HTTP status, the answer's text)"""
        for _ in range(2):
            self.id += 1
            text = SOAP.format(uri=uri, action=action, id=self.id, body=body)
            answer = self.conn.ask(http(text, self._authorization())).decode(errors="replace")
            status = int(answer.split()[1])
            if status != 401:
                return status, answer
            line = next(x for x in answer.split("\r\n") if x.lower().startswith("www-authenticate"))
            self.challenge = dict(part.strip().split("=", 1) for part in line.split("Digest ", 1)[1].split(","))
            self.challenge = {k: v.strip('"') for k, v in self.challenge.items()}
        return 401, answer

    def realm(self):
        """Digest realm by AMT_GeneralSettings."""
        status, answer = self.call(AMT + "AMT_GeneralSettings")
        assert status == 200, answer
        return answer.split("DigestRealm>")[1].split("<")[0]

    def set_up_client(self, password):
        """Client control mode, as rps.md 7.2 has it."""
        cls = IPS + "IPS_HostBasedSetupService"
        hashed = md5("admin", self.realm(), password)
        status, answer = self.call(cls, cls + "/Setup",
                                   f'<h:Setup_INPUT xmlns:h="{cls}"><h:NetAdminPassEncryptionType>2'
                                   f"</h:NetAdminPassEncryptionType><h:NetworkAdminPassword>{hashed}"
                                   "</h:NetworkAdminPassword></h:Setup_INPUT>")
        assert status == 200 and "ReturnValue>0<" in answer, answer

# SPDX-License-Identifier: Apache-2.0
"""What a Remote Provisioning Client and a server said to each other: recorded between the two, kept as a file, played
again by a client that does nothing but repeat.

A transcript (tests/data/rpc/*.json) has the messages in their order. A client's are its own text, bytes for bytes, but for
what belongs to the machine: $UUID, $HOSTNAME, $ADDRESS, $MAC, $HASHES, $PASSWORD, $URL; $AMT is what the device answered
and is the live device's when played. A server's are compared field by field in their order, after what chance and time
decide was replaced by *: see `server_message`."""
import base64
import json
import re
import socket
import threading

from lib.websocket import WebSocket


# --- frames on their way ---

class Frames:
    """Takes a WebSocket's bytes of one direction apart; give() returns the texts that are complete."""

    def __init__(self):
        self.bytes, self.text, self.open = b"", b"", False

    def give(self, data):
        self.bytes += data
        texts = []
        if not self.open:
            head, mark, rest = self.bytes.partition(b"\r\n\r\n")
            if not mark:
                return texts
            self.open, self.bytes = True, rest
        while (frame := self._frame()) is not None:
            opcode, final, payload = frame
            if opcode in (0, 1, 2):
                self.text += payload
                if final:
                    texts.append(self.text.decode())
                    self.text = b""
        return texts

    def _frame(self):
        b = self.bytes
        if len(b) < 2:
            return None
        n, at = b[1] & 127, 2
        if n >= 126:
            size = 2 if n == 126 else 8
            n, at = int.from_bytes(b[2:2 + size], "big"), 2 + size
        masked = b[1] & 128
        end = at + (4 if masked else 0) + n
        if len(b) < end:
            return None
        payload = b[end - n:end]
        if masked:
            key = b[at:at + 4]
            payload = bytes(x ^ key[i & 3] for i, x in enumerate(payload))
        self.bytes = b[end:]
        return b[0] & 15, b[0] & 128, payload


class Recorder:
    """A port in front of a server; .said: [("client" | "server", text), ...]. Runs in its creator's network."""

    def __init__(self, port):
        self.behind, self.said = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.behind))
                for who, a, b in (("client", client, server), ("server", server, client)):
                    threading.Thread(target=self._move, args=(who, a, b), daemon=True).start()
        except OSError:
            pass

    def _move(self, who, a, b):
        frames = Frames()
        try:
            while data := a.recv(65536):
                self.said += [(who, text) for text in frames.give(data)]
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def take(self):
        """What was said since the last time."""
        said, self.said = self.said, []
        return said

    def close(self):
        self.listener.close()


# --- a client's messages ---

PAYLOAD = re.compile(r'("payload":\s*")([^"]*)(")')
OF_THE_MACHINE = {"uuid": "$UUID", "hostname": "$HOSTNAME", "fqdn": "$FQDN", "ipAddress": "$ADDRESS", "password": "$PASSWORD",
                  "certHashes": "$HASHES", "certificateHashes": "$HASHES", "build": None, "macAddress": "$MAC",
                  "dnsSuffixOS": "$FQDN", "dnsSuffix": "$FQDN"}


def replace_members(value):
    if isinstance(value, dict):
        return {k: OF_THE_MACHINE[k] if OF_THE_MACHINE.get(k) and v else replace_members(v) for k, v in value.items()}
    return [replace_members(v) for v in value] if isinstance(value, list) else value


def client_message(text):
    """(the text with a $ for its payload, what the payload is)"""
    found = PAYLOAD.search(text)
    payload = base64.b64decode(found.group(2)) if found else b""
    raw = PAYLOAD.sub(r"\g<1>$\g<3>", text, count=1)
    raw = re.sub(r"wss?://[^\s\"]+", "$URL", raw)
    if payload.startswith(b"HTTP/") or not payload:
        return {"from": "client", "text": raw, "payload": "$AMT" if payload else None}
    try:
        return {"from": "client", "text": raw, "payload": replace_members(json.loads(payload))}
    except ValueError:
        return {"from": "client", "text": raw, "payload": payload.decode(errors="backslashreplace")}


# --- a server's ---

CHANCE = re.compile(r"(<(?:\w+:)?(MessageID|NetworkAdminPassword|McNonce|DigitalSignature|DigestPassword|Ta0|Tm1|Tm2|"
                    r"EnumerationContext|Port|DetectionStrings|DigestRealm|MACAddress)>)[^<]*(</)")
LONG = re.compile(r">[A-Za-z0-9+/=\r\n]{40,}<")


def request(http):
    """An HTTP request for AMT: its line, its fields' names in their order, who logs in, and its XML."""
    head, _, body = http.decode().partition("\r\n\r\n")
    line, *fields = head.split("\r\n")
    names = [f.split(":", 1)[0] for f in fields]
    digest = next((f for f in fields if f.lower().startswith("authorization:")), "")
    user = re.search(r'username="([^"]*)"', digest)
    parts = re.findall(r"(\w+)=", digest.split(" ", 1)[1]) if digest else []
    xml = LONG.sub(">*<", CHANCE.sub(r"\1*\3", body))
    return {"line": line, "fields": names, "user": user.group(1) if user else None, "digest": parts[0:1] and sorted(parts),
            "xml": xml}


def server_message(text, uuid, hostname):
    """Its members in their order. By chance or time, and so *: WS-Management's message numbers, nonces, signatures, digests
    of passwords, times, contexts of enumerations, the device's realm and MAC address, certificates (any long base64), the
    MPS's port, the name of the network that no device is in."""
    message = json.loads(text)
    payload = message.get("payload")
    if payload:
        data = base64.b64decode(payload)
        message["payload"] = request(data) if data.startswith(b"POST ") else data.decode(errors="backslashreplace")
    try:
        told = json.loads(message["message"])
        message["message"] = told if isinstance(told, dict) else message["message"]
    except (ValueError, TypeError):
        pass
    named = json.dumps(message).replace(uuid, "$UUID").replace(f">{hostname}<", ">$HOSTNAME<")
    return {"from": "server", **json.loads(named)}


def transcript(said, uuid):
    hello = json.loads(next(text for who, text in said if who == "client"))
    hostname = json.loads(base64.b64decode(hello["payload"]))["hostname"]
    return [client_message(text) if who == "client" else server_message(text, uuid, hostname) for who, text in said]


def apart(messages):
    """(the server's answers, what it told of its progress): each has its order; progress comes when it can be sent."""
    servers = [m for m in messages if m["from"] == "server"]
    return ([m for m in servers if m["method"] != "progress"], [m for m in servers if m["method"] == "progress"])


def form(m):
    """What must be the same whenever the same program of a client's is recorded: its text and what its payload holds."""
    payload = m["payload"]
    return m["from"], m.get("text", m.get("method")), sorted(payload) if isinstance(payload, dict) else payload


# --- playing ---

def exchange(address, http):
    """As rpc does: one connection for one request, until the device closes it."""
    with socket.create_connection(address, timeout=30) as s:
        s.sendall(http)
        answer = b""
        while data := s.recv(65536):
            answer += data
    return answer


def fill(value, machine):
    """The machine's own in place of what stands for it."""
    if isinstance(value, dict):
        return {k: fill(v, machine) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, machine) for v in value]
    return machine[value] if isinstance(value, str) and value in machine else value


def play(messages, port, lms, machine):
    """Repeats the client's side; gives what the server said. lms: address of the device's local web server. machine: values
    of $UUID and so on."""
    ws = WebSocket("127.0.0.1", port, "/activate", timeout=60)
    heard, last = [], None

    def hear():
        text = ws.recv()[1].decode()
        heard.append(server_message(text, machine["$UUID"], machine["$HOSTNAME"]))
        return heard[-1]["method"], json.loads(text).get("payload")

    for m in messages:
        if m["from"] == "server":
            if m["method"] != "progress":
                while (told := hear())[0] == "progress":
                    pass
                last = base64.b64decode(told[1]) if told[1] else None
            continue
        payload = m["payload"]
        if payload == "$AMT":
            payload = exchange(lms, last)
        elif payload is not None:
            payload = json.dumps(fill(payload, machine), separators=(",", ":")).encode()
        encoded = base64.b64encode(payload).decode() if payload is not None else ""
        ws.send(fill_text(m["text"], encoded, machine).encode(), 1)
    ws.close()
    return heard


def fill_text(text, payload, machine):
    text = PAYLOAD.sub(lambda f: f.group(1) + payload + f.group(3), text, count=1)
    return text.replace("$URL", machine["$URL"])

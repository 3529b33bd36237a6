# SPDX-License-Identifier: Apache-2.0
"""Every command of rpc in both forms, and what may become of it: the exit code of each case, or why there is none.
test_rpc_cases.py runs what is here; a command that is not here fails it.

Codes are those of the table (rpc --help, manual page). In arguments {url} is the server, {root} a root certificate,
{file} a place for output."""
from dataclasses import dataclass, field

CASES = ("success", "wrong password", "no device", "no permission", "server down", "certificate wrong", "cancelled")
WRONG = "wr0ng!Pass"
INTERRUPTED = 130

NO_PASSWORD = "takes no password"
NEW_PASSWORD = "the password is the one that it shall get"
NO_SERVER = "asks no server"
NO_CERTIFICATE = "meets no certificate on a device with plain ports"
NO_DEVICE = "asks no device"
AT_ONCE = "waits for nothing"


@dataclass
class Command:
    form: str  # "v2", "v3"
    args: tuple
    state: str = "acm"  # of the device, for success
    own: bool = False  # success needs a device that nobody else has
    remote: bool = False
    codes: dict = field(default_factory=dict)  # by case
    why_not: dict = field(default_factory=dict)  # by case, of those without a code
    says: str = ""  # on success
    pki: bool = False  # a provisioning certificate is given

    @property
    def name(self):
        words = []
        for a in self.args:
            if a.startswith("-"):
                break
            words.append(a)
        return " ".join(words)

    def __str__(self):
        return f"{self.form} {' '.join(self.args)}"


def nothing(form, *args):
    """Neither device nor server."""
    return Command(form, args, codes={"success": 0}, why_not={
        "wrong password": NO_PASSWORD, "no device": NO_DEVICE, "no permission": NO_DEVICE, "server down": NO_SERVER,
        "certificate wrong": NO_CERTIFICATE, "cancelled": AT_ONCE})


# v2 knows no lack of permission of its own: it says HECIDriverNotDetected, and on which file.
FORBIDDEN = {"v2": 2, "v3": 1}


def host(form, *args, says="", success=0, **kw):
    """Asks the firmware through MEI, without a login."""
    return Command(form, args, says=says, codes={
        "success": success, "no device": 2, "no permission": FORBIDDEN[form], "cancelled": INTERRUPTED}, why_not={
        "wrong password": NO_PASSWORD, "server down": NO_SERVER, "certificate wrong": NO_CERTIFICATE}, **kw)


def local(form, *args, says="", wrong=100, **kw):
    """Logs in to AMT through MEI."""
    c = host(form, *args, says=says, **kw)
    c.codes["wrong password"] = wrong
    del c.why_not["wrong password"]
    return c


def remote(form, *args, says="", **kw):
    """A session with an RPS. v2 says nothing of an RPS's refusal in its exit code (upstream)."""
    return Command(form, args, says=says, remote=True, codes={
        "success": 0, "wrong password": 0 if form == "v2" else 10, "no device": 2, "no permission": FORBIDDEN[form],
        "server down": 10, "certificate wrong": 10, "cancelled": INTERRUPTED}, **kw)


def activation(c, certificate=None):
    """A local one: the AMT password is new."""
    del c.codes["wrong password"]
    c.why_not["wrong password"] = NEW_PASSWORD
    if certificate:
        c.codes["certificate wrong"] = certificate
        del c.why_not["certificate wrong"]
        c.pki = True
    return c


def without_device(c):
    """v3's amtinfo says that there is none, as its answer."""
    c.codes["no device"] = 0
    return c


MEBX, NEW = "Mebx-P@ss1", "N3w!P@ssw0rd"
RPS_V2, RPS_V3 = ("-u", "{url}"), ("--url", "{url}")

COMMANDS = [
    remote("v2", "activate", *RPS_V2, "-profile", "office", state="factory"),
    activation(local("v2", "activate", "-local", "-ccm", state="factory", own=True,
                     says="Status: Device activated in Client Control Mode")),
    activation(local("v2", "activate", "-local", "-acm", state="factory", own=True,
                     says="Status: Device activated in Admin Control Mode"), certificate=128),
    host("v2", "amtinfo", says="Control Mode"),
    local("v2", "amtinfo", "-userCert", says="Public Key Certs", wrong=0),
    local("v2", "configure", "wired", "-dhcp", "-ipsync"),
    local("v2", "configure", "wireless", "-configJson",
          '{"wifiConfigs":[{"profileName":"a","ssid":"a","priority":1,"authenticationMethod":6,"encryptionMethod":4,'
          '"pskPassphrase":"passphrase"}]}'),
    local("v2", "configure", "enablewifiport"),
    local("v2", "configure", "tls", "-mode", "ServerAndNonTLS", "-delay", "0", own=True),
    local("v2", "configure", "mebx", "-mebxpassword", MEBX),
    local("v2", "configure", "syncclock"),
    local("v2", "configure", "amtfeatures", "-kvm", "-sol"),
    local("v2", "configure", "amtpassword", "-newamtpassword", NEW, own=True),
    local("v2", "configure", "cira", "-mpsaddress", "mps.example.com", "-mpscert", "{root}", "-mpspassword", "Mps-P@ss1"),
    remote("v2", "deactivate", *RPS_V2),
    local("v2", "deactivate", "-local", own=True, wrong=109, says="Status: Device deactivated"),
    remote("v2", "maintenance", "changepassword", *RPS_V2),
    remote("v2", "maintenance", "syncdeviceinfo", *RPS_V2),
    remote("v2", "maintenance", "syncclock", *RPS_V2),
    remote("v2", "maintenance", "synchostname", *RPS_V2),
    remote("v2", "maintenance", "syncip", *RPS_V2, "-staticip", "192.0.2.9", "-netmask", "255.255.255.0"),
    nothing("v2", "version"),

    remote("v3", "activate", *RPS_V3, "--profile", "office", state="factory"),
    activation(local("v3", "activate", "--local", "--ccm", state="factory", own=True,
                     says="Status: Device activated in Client Control Mode")),
    activation(local("v3", "activate", "--local", "--acm", state="factory", own=True,
                     says="Status: Device activated in Admin Control Mode"), certificate=128),
    remote("v3", "deactivate", *RPS_V3),
    local("v3", "deactivate", "--local", own=True, wrong=109, says="Status: Device deactivated"),
    without_device(host("v3", "amtinfo", "--mode", says="Control Mode")),
    without_device(local("v3", "amtinfo", "--userCert", says="Public Key Certificates", wrong=0)),
    local("v3", "configure", "mebx", "--mebxpassword", MEBX),
    local("v3", "configure", "amt-password", "--newamtpassword", NEW, own=True),
    local("v3", "configure", "amt-features", "--kvm", "--sol"),
    host("v3", "configure", "enable-amt", says="AMT is already enabled"),
    host("v3", "configure", "disable-amt", state="factory", own=True, says="AMT disabled successfully"),
    local("v3", "configure", "cira", "--mpsaddress", "mps.example.com", "--mpscert", "{root}", "--mpspassword", "Mps-P@ss1"),
    local("v3", "configure", "sync-clock"),
    local("v3", "configure", "hostname"),
    local("v3", "configure", "wi-fi-sync", "--oswifisync"),
    local("v3", "configure", "wireless", "--purge"),
    local("v3", "configure", "wired", "--dhcp"),
    local("v3", "configure", "tls", "--mode", "ServerAndNonTLS", "--delay", "0", own=True),
    local("v3", "configure", "proxy", "--list"),
    host("v3", "diagnostics", "cira", "--output", "{file}"),
    host("v3", "diagnostics", "csme", "--output", "{file}", success=10),
    nothing("v3", "diagnostics", "wsman", "list"),
    host("v3", "diagnostics", "wsman", "get", "--class", "AMT_GeneralSettings", says="DigestRealm"),
    nothing("v3", "completion", "bash"),
    nothing("v3", "manual"),
    nothing("v3", "version", "--json"),
]

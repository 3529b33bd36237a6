# SPDX-License-Identifier: Apache-2.0
"""Every command of rpc in both forms, and what may become of it: the exit code of each case, or why there is none.
test_rpc_cases.py runs what is here; a command that is not here fails it.

Codes are those of the table (rpc --help, manual page). In arguments {url} is the server, {root} a root certificate,
{file} a place for output. Run by itself it prints the table: each command, each case, its code or the reason.

    PYTHONPATH=tests python3 -m lib.rpc_cases"""
from dataclasses import dataclass, field

CASES = ("success", "wrong password", "no device", "no permission", "server down", "certificate wrong", "cancelled")
WRONG = "wr0ng!Pass"
INTERRUPTED = 130

NO_PASSWORD = "takes no password"
NEW_PASSWORD = "sets the password, whatever it is"
NO_SERVER = "asks no server"
NO_CERTIFICATE = "asks by MEI alone, which has no certificates"
NO_DEVICE = "asks no device"
AT_ONCE = "waits for nothing"


@dataclass
class Command:
    form: str  # "v2", "v3"
    args: tuple
    state: str = "acm"  # of the device, for success
    own: bool = False  # success needs a device that nobody else has
    server: str = ""  # that it calls: "rps", "console", "assistant"
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


def local(form, *args, fails, says="", wrong=100, **kw):
    """Logs in to AMT. fails: when AMT takes TLS alone and shows a certificate that nobody vouches for."""
    c = host(form, *args, says=says, **kw)
    c.codes.update({"wrong password": wrong, "certificate wrong": fails})
    del c.why_not["wrong password"], c.why_not["certificate wrong"]
    return c


def remote(form, *args, says="", **kw):
    """A session with an RPS. v2 says nothing of an RPS's refusal in its exit code (upstream)."""
    return Command(form, args, says=says, server="rps", codes={
        "success": 0, "wrong password": 0 if form == "v2" else 10, "no device": 2, "no permission": FORBIDDEN[form],
        "server down": 10, "certificate wrong": 10, "cancelled": INTERRUPTED}, **kw)


def console(form, *args, says="", fails=34, **kw):
    """Asks a Console over HTTP, here the wrong password is that of its user; logs in to AMT, too."""
    return Command(form, args, says=says, server="console", codes={
        "success": 0, "wrong password": fails, "no device": 2, "no permission": FORBIDDEN[form], "server down": fails,
        "certificate wrong": fails, "cancelled": INTERRUPTED}, **kw)


def assistant(form, *args, fails, says="", **kw):
    """Asks an Enterprise Assistant over HTTP while it configures AMT; the wrong password is that of its user."""
    return Command(form, args, says=says, server="assistant", codes={
        "success": 0, "wrong password": fails, "no device": 2, "no permission": FORBIDDEN[form], "server down": fails,
        "certificate wrong": fails, "cancelled": INTERRUPTED}, **kw)


def activation(c, pki=False):
    """A local one: the AMT password is new."""
    del c.codes["wrong password"]
    c.why_not["wrong password"] = NEW_PASSWORD
    c.pki = pki
    return c


def without_device(c):
    """v3's amtinfo says that there is none, as its answer."""
    c.codes["no device"] = 0
    return c


def syncs_without_device(c):
    """What is known of the machine is told, but nobody takes it here."""
    c.codes["no device"] = 10
    return c


MEBX, NEW = "Mebx-P@ss1", "N3w!P@ssw0rd"
RPS_V2, RPS_V3 = ("-u", "{url}"), ("--url", "{url}")

EA_V2 = ("-eaAddress", "{url}", "-eaUsername", "ea", "-eaPassword", "{secret}")
EA_V3 = ("--eaAddress", "{url}", "--eaUsername", "ea", "--eaPassword", "{secret}")
LOGIN = ("--auth-username", "standalone", "--auth-password", "{secret}")
PROFILE = "{url}/api/v1/admin/profiles/export/office"

COMMANDS = [
    remote("v2", "activate", *RPS_V2, "-profile", "office", state="factory"),
    activation(local("v2", "activate", "-local", "-ccm", state="factory", own=True, fails=129,
                     says="Status: Device activated in Client Control Mode")),
    activation(local("v2", "activate", "-local", "-acm", state="factory", own=True, fails=128,
                     says="Status: Device activated in Admin Control Mode"), pki=True),
    host("v2", "amtinfo", says="Control Mode"),
    local("v2", "amtinfo", "-userCert", says="Public Key Certs", wrong=0, fails=0),
    local("v2", "configure", "wired", "-dhcp", "-ipsync", fails=137),
    assistant("v2", "configure", "wired", "-dhcp", "-ipsync", "-ieee8021xProfileName", "lan", "-authenticationProtocol", "2",
              *EA_V2, fails=108),
    local("v2", "configure", "wireless", "-configJson",
          '{"wifiConfigs":[{"profileName":"a","ssid":"a","priority":1,"authenticationMethod":6,"encryptionMethod":4,'
          '"pskPassphrase":"passphrase"}]}', fails=106),
    local("v2", "configure", "enablewifiport", fails=106),
    local("v2", "configure", "tls", "-mode", "ServerAndNonTLS", "-delay", "0", own=True, fails=105),
    assistant("v2", "configure", "tls", "-mode", "ServerAndNonTLS", "-delay", "0", *EA_V2, own=True, fails=105),
    local("v2", "configure", "mebx", "-mebxpassword", MEBX, fails=118),
    local("v2", "configure", "syncclock", fails=150),
    local("v2", "configure", "amtfeatures", "-kvm", "-sol", fails=107),
    local("v2", "configure", "amtpassword", "-newamtpassword", NEW, own=True, fails=119),
    local("v2", "configure", "cira", "-mpsaddress", "mps.example.com", "-mpscert", "{root}", "-mpspassword", "Mps-P@ss1",
          fails=104),
    remote("v2", "deactivate", *RPS_V2),
    local("v2", "deactivate", "-local", own=True, wrong=109, fails=109, says="Status: Device deactivated"),
    remote("v2", "maintenance", "changepassword", *RPS_V2),
    remote("v2", "maintenance", "syncdeviceinfo", *RPS_V2),
    remote("v2", "maintenance", "syncclock", *RPS_V2),
    remote("v2", "maintenance", "synchostname", *RPS_V2),
    remote("v2", "maintenance", "syncip", *RPS_V2, "-staticip", "192.0.2.9", "-netmask", "255.255.255.0"),
    nothing("v2", "version"),

    remote("v3", "activate", *RPS_V3, "--profile", "office", state="factory"),
    console("v3", "activate", "--url", PROFILE, *LOGIN, state="factory", own=True,
            says="Status: Device activated in Client Control Mode"),
    activation(local("v3", "activate", "--local", "--ccm", state="factory", own=True, fails=129,
                     says="Status: Device activated in Client Control Mode")),
    activation(local("v3", "activate", "--local", "--acm", state="factory", own=True, fails=128,
                     says="Status: Device activated in Admin Control Mode"), pki=True),
    remote("v3", "deactivate", *RPS_V3),
    console("v3", "deactivate", "--url", "{url}/api/v1/devices", *LOGIN, own=True, says="Status: Device deactivated",
            fails=10),
    local("v3", "deactivate", "--local", own=True, wrong=109, fails=109, says="Status: Device deactivated"),
    without_device(host("v3", "amtinfo", "--mode", says="Control Mode")),
    without_device(local("v3", "amtinfo", "--userCert", says="Public Key Certificates", wrong=0, fails=0)),
    syncs_without_device(console("v3", "amtinfo", "--sync", "--url", "{url}/api/v1/devices", *LOGIN, fails=10)),
    local("v3", "configure", "mebx", "--mebxpassword", MEBX, fails=118),
    local("v3", "configure", "amt-password", "--newamtpassword", NEW, own=True, fails=119),
    local("v3", "configure", "amt-features", "--kvm", "--sol", fails=107),
    host("v3", "configure", "enable-amt", says="AMT is already enabled"),
    host("v3", "configure", "disable-amt", state="factory", own=True, says="AMT disabled successfully"),
    local("v3", "configure", "cira", "--mpsaddress", "mps.example.com", "--mpscert", "{root}", "--mpspassword", "Mps-P@ss1",
          fails=104),
    local("v3", "configure", "sync-clock", fails=150),
    local("v3", "configure", "hostname", fails=151),
    local("v3", "configure", "wi-fi-sync", "--oswifisync", fails=106),
    local("v3", "configure", "wireless", "--purge", fails=106),
    assistant("v3", "configure", "wireless", "--profileName", "a", "--ssid", "a", "--authenticationMethod", "7",
              "--encryptionMethod", "4", "--ieee8021xProfileName", "wlan", "--ieee8021xAuthenticationProtocol", "2", *EA_V3,
              fails=106),
    local("v3", "configure", "wired", "--dhcp", fails=137),
    assistant("v3", "configure", "wired", "--dhcp", "--ieee8021xProfileName", "lan", "--ieee8021xAuthenticationProtocol", "0",
              *EA_V3, fails=108),
    local("v3", "configure", "tls", "--mode", "ServerAndNonTLS", "--delay", "0", own=True, fails=105),
    assistant("v3", "configure", "tls", "--mode", "ServerAndNonTLS", "--delay", "0", *EA_V3, own=True, fails=105),
    local("v3", "configure", "proxy", "--list", fails=103),
    host("v3", "diagnostics", "cira", "--output", "{file}"),
    host("v3", "diagnostics", "csme", "--output", "{file}", success=10),
    nothing("v3", "diagnostics", "wsman", "list"),
    local("v3", "diagnostics", "wsman", "get", "--class", "AMT_GeneralSettings", says="DigestRealm", wrong=100, fails=10),
    nothing("v3", "completion", "bash"),
    nothing("v3", "manual"),
    nothing("v3", "version", "--json"),
]


def print_table():
    for c in COMMANDS:
        print(c)
        for case in CASES:
            print(f"    {case:18} {c.codes.get(case, 'not run: it ' + c.why_not.get(case, ''))}")


if __name__ == "__main__":
    print_table()

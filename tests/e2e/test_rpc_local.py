# SPDX-License-Identifier: Apache-2.0
"""rpc without a server: activation, every configure command and deactivation on a virtual device, with the texts and
exit codes that scripts rely on (rpc.md 1.10, 1.14)."""
import base64
import json
import signal
import subprocess

import pytest
import yaml

from lib.console import LOGIN, Assistant, Console
from lib.process import Process
from lib.rpc import PASSWORD, Device, Pki, openssl
from lib.wait import until


@pytest.fixture
def factory(tmp_path):
    device = Device(tmp_path / "factory")
    yield device
    device.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Devices that tests change in ways that do not meet."""
    devices = {state: Device(tmp_path_factory.mktemp(state), state) for state in ("ccm", "acm")}
    yield devices
    for device in devices.values():
        device.close()


@pytest.fixture
def ccm(shared):
    return shared["ccm"]


@pytest.fixture
def acm(shared):
    return shared["acm"]


def check(result, code, *texts):
    assert result.code == code, result
    for text in texts:
        assert text in result.out + result.err, result


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


# ---- activation and deactivation ----

def test_ccm_there_and_back_in_v2(factory):
    check(factory.rpc("activate", "-local", "-ccm", env={"AMT_PASSWORD": PASSWORD}), 0,
          'level=info msg="Status: Device activated in Client Control Mode"')
    assert factory.mode() == "ccm"
    check(factory.rpc("activate", "-local", "-ccm", "-password", PASSWORD), 111, 'msg="Device is already activated"',
          'msg="Error 111: UnableToActivate"')
    check(factory.rpc("deactivate", "-local", "-password", PASSWORD), 0,
          'level=warning msg="Password not required for CCM deactivation"', 'msg="Status: Device deactivated"')
    assert factory.mode() == "factory"
    check(factory.rpc("deactivate", "-local"), 109,
          'level=error msg="Deactivation failed. Device control mode: pre-provisioning state"',
          'level=error msg="Error 109: UnableToDeactivate"')


def test_ccm_in_v3_with_json_and_a_prompt(factory):
    result = factory.rpc("activate", "--local", "--ccm", "--json", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.code == 0, result
    answer = json.loads(result.out)  # prompts are elsewhere
    assert answer == {"status": "success", "mode": "CCM", "message": "Device activated in Client Control Mode",
                      "friendly_name": ""}
    check(factory.rpc("deactivate", "--local"), 0, "Status: Device deactivated")


def test_passwords_that_differ(factory):
    check(factory.rpc("activate", "--local", "--ccm", stdin=f"{PASSWORD}\nother\n"), 38, "Error 38: PasswordsDoNotMatch")
    assert factory.mode() == "factory"


@pytest.mark.parametrize("args, code", [
    (["activate", "-local"], 33),
    (["activate", "-local", "-ccm", "-acm"], 33),
    (["activate", "-local", "-u", "wss://localhost/activate", "-ccm"], 33),
    (["activate", "--ccm", "--acm"], 10),
    (["activate", "--profile", "p.yaml", "--ccm"], 10),
    (["activate", "--url", "ftp://localhost/", "--profile", "x"], 10),
    (["deactivate", "-local", "-u", "wss://localhost/activate"], 33),
    (["deactivate", "-partial", "-u", "wss://localhost/activate"], 33),
])
def test_combinations_that_make_no_sense(factory, args, code):
    check(factory.rpc(*args, "-password" if code == 33 else "--password", PASSWORD), code)
    assert factory.mode() == "factory"


def test_acm_there_and_back(tmp_path, pki):
    device = Device(tmp_path / "device", options=["--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])
    check(device.rpc("activate", "-local", "-acm", env=pki.env()), 0,
          'level=info msg="Status: Device activated in Admin Control Mode"')
    assert device.mode() == "acm"
    check(device.rpc("configure", "mebx", "--password", PASSWORD, "--mebxpassword", "Mebx-P@ss1"), 0,
          "Successfully configured MEBx Password.")
    check(device.rpc("deactivate", "-local", "-password", "wrong"), 109, "Unable to authenticate with AMT")
    assert device.mode() == "acm"
    check(device.rpc("deactivate", "-local", "-partial", env={"AMT_PASSWORD": PASSWORD}), 0,
          'msg="Status: Device partially deactivated"')
    assert device.mode() == "factory"
    check(device.rpc("activate", "-local", "-acm", "-config", pki.file, "-provisioningCertPwd", pki.password, "-password",
                     PASSWORD), 0)
    check(device.rpc("deactivate", "-local", "-password", PASSWORD), 0, 'msg="Status: Device deactivated"')
    assert device.mode() == "factory"
    device.close()


@pytest.mark.parametrize("form", ["acm.yaml", "acm.json"])
def test_acm_from_a_settings_file(tmp_path, pki, form):
    settings = {"acmactivate": {"amtPassword": PASSWORD, "provisioningCert": pki.text, "provisioningCertPwd": pki.password}}
    (tmp_path / "acm.json").write_text(json.dumps(settings))
    (tmp_path / "acm.yaml").write_text("acmactivate:\n" + "".join(f"  {k}: '{v}'\n" for k, v in settings["acmactivate"].items()))
    device = Device(tmp_path / "device", options=["--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])
    check(device.rpc("activate", "-local", "-acm", "-config", tmp_path / form), 0, "Device activated in Admin Control Mode")
    check(device.rpc("deactivate", "-local", "-password", PASSWORD), 0)
    check(device.rpc("activate", "-local", "-acm", "-config", "smb://server/acm.yaml"), 34, "copy the file here first")
    device.close()


def test_ccm_becomes_acm(tmp_path, pki):
    device = Device(tmp_path / "device", state="ccm",
                    options=["--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])
    check(device.rpc("activate", "-local", "-acm", env=pki.env()), 111)	# v2 does not
    check(device.rpc("activate", "--local", "--acm", env=pki.env()), 0,
          "Upgrading device from Client Control Mode to Admin Control Mode",
          "Status: Device activated in Admin Control Mode")
    assert device.mode() == "acm"
    device.close()


@pytest.mark.parametrize("change, code, text", [
    ({"PROVISIONING_CERT": "!"}, 121, "no base64"),
    ({"PROVISIONING_CERT_PASSWORD": "wrong"}, 122, "the password does not open the file"),
    ({"PROVISIONING_CERT": "AAAA"}, 123, "no PKCS#12"),
    ({"PROVISIONING_CERT": ""}, 123, "provisioning certificate is required"),
])
def test_acm_with_a_bad_file(factory, pki, change, code, text):
    check(factory.rpc("activate", "-local", "-acm", env=pki.env(**change)), code, f"Error {code}: ActivationFailed", text)
    assert factory.mode() == "factory"


@pytest.mark.parametrize("options, suffix, trusted, code, text", [
    ({"with_root": False}, "corp.example.com", True, 126, "lacks the issuer"),
    ({"usage": "serverAuth"}, "corp.example.com", True, 123, "not for AMT activation"),
    ({}, "corp.example.com", False, 128, "not among those that AMT trusts"),
    ({}, "other.example.com", True, 135, "certificate 1 of 2 (leaf first) was refused"),
])
def test_acm_that_firmware_or_rpc_refuses(tmp_path, options, suffix, trusted, code, text):
    pki = Pki(tmp_path, **options)
    device = Device(tmp_path / "device", options=["--dns-suffix", suffix] + (["--trust-hash", pki.hash] if trusted else []))
    check(device.rpc("activate", "-local", "-acm", env=pki.env()), code, f"Error {code}: ActivationFailed", text)
    assert device.mode() == "factory"
    device.close()


def test_no_secret_is_shown(tmp_path, pki):
    device = Device(tmp_path / "device", options=["--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])
    for args in (["activate", "-local", "-acm", "-v"], ["configure", "mebx", "-v"], ["configure", "syncclock", "-v"]):
        result = device.rpc(*args, env=pki.env(MEBX_PASSWORD="Mebx-P@ss1"))
        assert result.code == 0, result
        for secret in (PASSWORD, pki.password, pki.text[:40], "Mebx-P@ss1"):
            assert secret not in result.out + result.err
    device.close()


# ---- configure ----

def test_configure_needs_an_activated_device(factory):
    check(factory.rpc("configure", "syncclock", "-password", PASSWORD), 120, "Error 120: UnableToConfigure")
    check(factory.rpc("configure", "sync-clock", "--password", PASSWORD), 115, "Error 115: DeviceNotActivated")


@pytest.mark.parametrize("args", [
    ["sync-clock"], ["hostname"], ["wifisync"], ["wired", "--dhcp"], ["amt-features", "--kvm"],
    ["tls", "--mode", "Server"], ["mebx", "--mebxpassword", "Mebx-P@ss1"], ["proxy", "--list"],
    ["amt-password", "--newamtpassword", "N3w!P@ssw0rd"],
    ["wireless", "--profileName", "a", "--ssid", "b", "--pskPassphrase", "passphrase"],
    ["cira", "--mpsaddress", "mps.example.com", "--mpscert", "AAAA", "--mpspassword", "Mps-P@ss1"],
])
def test_configure_with_a_wrong_password(acm, args):
    check(acm.rpc("configure", *args, "--password", "wrong"), 100, "Unable to authenticate with AMT",
          "Error 100: AMTAuthenticationFailed")


def test_clock(acm):
    check(acm.rpc("configure", "sync-clock", "--password", PASSWORD), 0, "synchronizing time completed successfully")
    assert acm.saved()["clock_set"]


def test_host_name(acm):
    check(acm.rpc("configure", "hostname", "--password", PASSWORD), 0, "Synchronized AMT hostname to '")
    name = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip().split(".")[0]
    assert acm.stored("AMT_GeneralSettings")[0]["HostName"] == name


def test_features(acm):
    check(acm.rpc("configure", "amtfeatures", "-kvm", "-sol", "-userConsent", "kvm", "-password", PASSWORD), 0,
          "KVM: true", "SOL: true", "IDER: false", "User Consent: kvm", "AMT Features configured successfully")
    assert acm.stored("IPS_OptInService")[0]["OptInRequired"] == 1
    check(acm.rpc("configure", "amtfeatures", "-userConsent", "sometimes", "-password", PASSWORD), 28,
          "invalid value for userConsent")


def test_features_in_ccm_keep_consent(ccm):
    check(ccm.rpc("configure", "amt-features", "--kvm", "--userConsent", "none", "--password", PASSWORD), 0,
          "User consent is read-only and set to ALL by default in CCM.")


def test_mebx(acm, ccm):
    check(ccm.rpc("configure", "mebx", "-mebxpassword", "Mebx-P@ss1", "-password", PASSWORD), 118,
          "MEBx password can only be configured in ACM. Current device control mode: activated in client control mode",
          "Error 118: SetMEBXPasswordFailed")
    check(acm.rpc("configure", "mebx", "-mebxpassword", "weak", "-password", PASSWORD), 118,
          "a MEBx password has 8 to 32 characters")
    check(acm.rpc("configure", "mebx", "-password", PASSWORD, stdin="Mebx-P@ss1\n"), 0,
          "Successfully configured MEBx Password.")


def test_amt_password(tmp_path):
    device = Device(tmp_path / "device", state="ccm")
    check(device.rpc("configure", "amtpassword", "-password", PASSWORD, stdin="N3w!P@ss\nother\n"), 38)
    check(device.rpc("configure", "amtpassword", "-password", PASSWORD, stdin="N3w!P@ss\nN3w!P@ss\n"), 0,
          "Successfully updated AMT Password.")
    check(device.rpc("configure", "syncclock", "-password", PASSWORD), 100)
    check(device.rpc("configure", "syncclock", "-password", "N3w!P@ss"), 0)
    device.close()


@pytest.mark.parametrize("args, code", [
    (["--dhcp", "--ipaddress", "192.0.2.5"], 33),
    ([], 33),
    (["--ipaddress", "192.0.2.500"], 27),
    (["--ipaddress", "192.0.2.5"], 29),
    (["--ipaddress", "192.0.2.5", "--subnetmask", "255.0.255.0", "--gateway", "192.0.2.1", "--primarydns", "192.0.2.1"], 29),
    (["--ipaddress", "192.0.2.5", "--subnetmask", "255.255.255.0"], 30),
    (["--ipaddress", "192.0.2.5", "--subnetmask", "255.255.255.0", "--gateway", "192.0.2.1"], 31),
    (["--ipaddress", "192.0.2.5", "--subnetmask", "255.255.255.0", "--gateway", "192.0.2.1", "--primarydns", "192.0.2.1",
      "--secondarydns", "x"], 32),
    (["--dhcp", "--ieee8021xProfileName", "lan"], 117),
])
def test_wired_refusals(acm, args, code):
    check(acm.rpc("configure", "wired", *args, "--password", PASSWORD), code, f"Error {code}: ")


def test_wired(acm, pki):
    check(acm.rpc("configure", "wired", "--ipaddress", "192.0.2.5", "--subnetmask", "255.255.255.0", "--gateway",
                  "192.0.2.1", "--primarydns", "192.0.2.53", "--password", PASSWORD), 0,
          "Wired settings configured successfully")
    assert acm.stored("AMT_EthernetPortSettings")[0]["IPAddress"] == "192.0.2.5"
    check(acm.rpc("configure", "wired", "--dhcp", "--ieee8021xProfileName", "lan", "--ieee8021xUsername", "desk7",
                  "--ieee8021xAuthenticationProtocol", "2", "--ieee8021xPassword", "P3ap!", "--ieee8021xCACert", pki.root,
                  "--password", PASSWORD), 0, "Wired settings configured with 802.1x successfully")
    assert acm.stored("IPS_IEEE8021xSettings")[0]["Username"] == "desk7"
    check(acm.rpc("configure", "wired", "--dhcp", "--password", PASSWORD), 0)
    assert acm.stored("IPS_IEEE8021xSettings")[0]["Enabled"] == 3


def test_wired_from_a_file(ccm, tmp_path):
    file = tmp_path / "wired.yaml"
    file.write_text("wiredConfig:\n  static: true\n  ipaddress: 192.0.2.9\n  subnetmask: 255.255.255.0\n"
                    "  gateway: 192.0.2.1\n  primarydns: 192.0.2.53\n")
    check(ccm.rpc("configure", "wired", "-config", file, "-password", PASSWORD), 0)
    assert ccm.stored("AMT_EthernetPortSettings")[0]["IPAddress"] == "192.0.2.9"
    check(ccm.rpc("configure", "wired", "-config", tmp_path / "none.yaml", "-password", PASSWORD), 34, "cannot be opened")
    file.write_text("wiredConfig: [")
    check(ccm.rpc("configure", "wired", "-config", file, "-password", PASSWORD), 34, "not YAML")
    check(ccm.rpc("configure", "wired", "-configJson", '{"wiredConfig":{"dhcp":true,"ipsync":true}}', "-password", PASSWORD), 0)
    assert ccm.stored("AMT_EthernetPortSettings")[0]["DHCPEnabled"] == 1


def test_wireless(acm, pki):
    base = ["configure", "wireless", "--password", PASSWORD]
    check(acm.rpc(*base, "--profileName", "office", "--ssid", "corp", "--pskPassphrase", "passphrase"), 0,
          "successfully configured: office")
    check(acm.rpc(*base, "--profileName", "lab", "--ssid", "lab", "--authenticationMethod", "7", "--ieee8021xProfileName",
                  "lab", "--ieee8021xUsername", "desk7", "--ieee8021xAuthenticationProtocol", "2", "--ieee8021xPassword",
                  "P3ap!", "--ieee8021xCACert", pki.root), 0)
    assert [p["ElementName"] for p in acm.stored("CIM_WiFiEndpointSettings")] == ["lab"]	# the only one
    for args, code in [(["--profileName", "a b", "--ssid", "x"], 116), (["--profileName", "a"], 116),
                       (["--profileName", "a", "--ssid", "x", "--authenticationMethod", "2"], 28),
                       (["--profileName", "a", "--ssid", "x", "--encryptionMethod", "5"], 28),
                       (["--profileName", "a", "--ssid", "x", "--pskPassphrase", "short"], 106),
                       (["--profileName", "a", "--ssid", "x", "--authenticationMethod", "7"], 117)]:
        check(acm.rpc(*base, *args), code)
    check(acm.rpc(*base, "--purge"), 0, "successfully purged all AMT wireless profiles")
    assert acm.stored("CIM_WiFiEndpointSettings") == []


def test_wireless_from_files(ccm, tmp_path):
    (tmp_path / "wifi.yaml").write_text("wifiConfigs:\n"
                                        "  - {profileName: one, ssid: one, priority: 1, authenticationMethod: 6, encryptionMethod: 4}\n"
                                        "  - {profileName: two, ssid: two, priority: 2, authenticationMethod: 6, encryptionMethod: 4}\n")
    (tmp_path / "secrets.yaml").write_text("secrets:\n  - {profileName: one, pskPassphrase: passphrase one}\n"
                                           "  - {profileName: two, pskPassphrase: short}\n")
    result = ccm.rpc("configure", "wireless", "-config", tmp_path / "wifi.yaml", "-secrets", tmp_path / "secrets.yaml",
                     "-password", PASSWORD)
    check(result, 112, "successfully configured: one", "1 of 2 profiles were not added")
    assert [p["ElementName"] for p in ccm.stored("CIM_WiFiEndpointSettings")] == ["one"]


def test_wifi_synchronization(acm):
    check(acm.rpc("configure", "enablewifiport", "-password", PASSWORD), 0,
          "Successfully applied WiFi synchronization settings.")
    assert acm.stored("CIM_WiFiPort")[0]["EnabledState"] == 32769
    assert acm.stored("AMT_WiFiPortConfigurationService")[0]["localProfileSynchronizationEnabled"] == 3
    check(acm.rpc("configure", "wifisync", "--oswifisync=false", "--uefiwifisync=false", "--password", PASSWORD), 0)
    assert acm.stored("AMT_WiFiPortConfigurationService")[0]["localProfileSynchronizationEnabled"] == 0


def test_proxy(acm):
    base = ["configure", "proxy", "--password", PASSWORD]
    add = ["--address", "proxy.example.com", "--port", "8080", "--networkdnssuffix", "example.com"]
    check(acm.rpc(*base, "--list"), 0, "No HTTP proxy access points configured")
    check(acm.rpc(*base, *add), 0, "HTTP proxy access point configured successfully")
    check(acm.rpc(*base, *add), 0, "Proxy access point already exists (duplicate)")
    check(acm.rpc(*base, "--list"), 0, "Address: proxy.example.com", "Port: 8080", "Type: FQDN")
    check(acm.rpc(*base, "--delete", "--address", "other"), 103, "no HTTP proxy access point found with address: other")
    check(acm.rpc(*base, "--delete", "--address", "proxy.example.com"), 0, "deleted successfully")
    for args in (["--address", "p"], ["--networkdnssuffix", "example.com"], ["--delete"], [*add, "--port", "0"]):
        check(acm.rpc(*base, *args), 26)


def test_cira(acm, pki):
    base = ["configure", "cira", "--password", PASSWORD, "--mpspassword", "Mps-P@ss1"]
    check(acm.rpc(*base, "--mpsaddress", "127.0.0.7", "--mpscert", pki.root, "--envdetection", "corp.example.com,lab"), 0,
          "CIRA configuration completed successfully")
    check(acm.rpc(*base, "--mpsaddress", "mps.example.com", "--mpscert", pki.root), 0,
          "Using generated environment detection string: ")
    assert [s["AccessInfo"] for s in acm.stored("AMT_ManagementPresenceRemoteSAP")] == ["mps.example.com"]
    assert len(acm.stored("AMT_RemoteAccessPolicyRule")) == 2
    for args, code in [([], 28), (["--mpsaddress", "https://mps"], 28), (["--mpsaddress", "mps"], 28),
                       (["--mpsaddress", "mps", "--mpscert", "?"], 104)]:
        check(acm.rpc(*base, *args), code)


def test_tls(tmp_path):
    device = Device(tmp_path / "device", state="acm")
    base = ["configure", "tls", "--password", PASSWORD, "--delay", "0"]
    check(device.rpc(*base, "--mode", "ServerAndNonTLS"), 0, "TLS configuration completed successfully")
    assert device.saved()["tls_network"] == {"enabled": True, "accept_plain": True, "mutual": False}
    check(device.rpc(*base, "--mode", "Mutual"), 0)
    assert device.saved()["tls_network"]["mutual"]
    assert len(device.stored("AMT_PublicPrivateKeyPair")) == 1	# those of before are pruned
    for _ in range(4):	# the device has room for four roots
        check(device.rpc(*base, "--mode", "Server", "--skip-amt-cert-check"), 0)
    assert len(device.stored("AMT_PublicKeyCertificate")) == 1  # its own; the key of the root above it is gone
    check(device.rpc(*base, "--mode", "None"), 0)
    assert not device.saved()["tls_network"]["enabled"]
    check(device.rpc(*base, "--mode", "Sometimes"), 28, "invalid TLS mode: Sometimes")
    device.close()


def test_enable_and_disable_amt(factory):
    check(factory.rpc("configure", "enable-amt"), 0, "AMT is already enabled")
    check(factory.rpc("configure", "disable-amt"), 0, "AMT disabled successfully")
    check(factory.rpc("configure", "disable-amt"), 0, "AMT is already disabled")
    # activation switches it on
    check(factory.rpc("activate", "-local", "-ccm", "-password", PASSWORD), 0, "Enabling AMT...",
          "Status: Device activated in Client Control Mode")


def test_stop_configuration_when_there_is_none(factory):
    check(factory.rpc("activate", "--stopConfig"), 10, "failed to stop configuration: ", "AMT_STATUS_INVALID_AMT_MODE (3)")


# ---- profiles ----

def profile(pki, mode="acmactivate", **more):
    """As a Console exports it."""
    return {"id": 1, "name": "office", "tags": ["a", "b"], "configuration": {
        "network": {"wired": {"dhcpEnabled": True, "ipSyncEnabled": True},
                    "wireless": {"wifiSyncEnabled": True, "profiles": [
                        {"profileName": "one", "ssid": "one", "password": "passphrase one", "priority": 1,
                         "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP"},
                        {"profileName": "two", "ssid": "two", "password": "passphrase two", "priority": 2,
                         "authenticationMethod": "WPA2PSK", "encryptionMethod": "CCMP"}]},
                    "proxy": [{"address": "proxy.example.com", "port": 8080, "networkDnsSuffix": "example.com"}]},
        "tls": {"enabled": True, "allowNonTLS": True, "signingAuthority": "SelfSigned"},
        "redirection": {"enabled": True, "services": {"kvm": True, "sol": True, "ider": False}, "userConsent": "None"},
        "amtSpecific": {"controlMode": mode, "adminPassword": "Pr0file!Pw", "provisioningCert": pki.text,
                        "provisioningCertPwd": pki.password, "mebxPassword": "Mebx-P@ss1",
                        "cira": {"mpsAddress": "mps.example.com", "mpsPassword": "Mps-P@ss1", "mpsCert": pki.root,
                                 "environmentDetection": ["corp.example.com"]}, **more}}}


def check_all_of_it(device, mode="acm"):
    assert device.mode() == mode
    assert [p["ElementName"] for p in device.stored("CIM_WiFiEndpointSettings")] == ["one", "two"]
    assert [p["AccessInfo"] for p in device.stored("IPS_HTTPProxyAccessPoint")] == ["proxy.example.com"]
    assert [p["AccessInfo"] for p in device.stored("AMT_ManagementPresenceRemoteSAP")] == ["mps.example.com"]
    assert device.stored("AMT_EnvironmentDetectionSettingData")[0]["DetectionStrings"] == ["corp.example.com"]
    assert device.saved()["tls_network"]["accept_plain"]
    check(device.rpc("configure", "sync-clock", "--password", "Pr0file!Pw"), 0)


def encrypted(text, key):
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    nonce = b"0123456789ab"
    return base64.b64encode(nonce + AESGCM(key.encode()).encrypt(nonce, text.encode(), None)).decode()


@pytest.fixture
def trusting(tmp_path, pki):
    device = Device(tmp_path / "device", options=["--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])
    yield device
    device.close()


def test_profile_from_a_file(trusting, pki, tmp_path):
    file = tmp_path / "profile.yaml"
    file.write_text(json.dumps(profile(pki)))
    result = trusting.rpc("activate", "--profile", file)
    check(result, 0, "Status: Device activated in Admin Control Mode", "Profile fullflow completed successfully")
    for secret in ("Pr0file!Pw", "Mebx-P@ss1", "Mps-P@ss1", "passphrase one"):
        assert secret not in result.out + result.err
    check_all_of_it(trusting)
    # a second time: nothing to activate, all the same afterwards
    check(trusting.rpc("activate", "--profile", file, "--password", "Pr0file!Pw"), 0)
    check_all_of_it(trusting)


def test_profile_changes_the_password_of_an_activated_device(tmp_path, pki):
    device = Device(tmp_path / "device", state="ccm")
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(profile(pki, mode="ccmactivate")))
    check(device.rpc("activate", "--profile", file, "--password", "wrong"), 100)
    check(device.rpc("activate", "--profile", file, stdin=PASSWORD + "\n"), 0, "Successfully updated AMT Password.")
    check_all_of_it(device, "ccm")
    device.close()


KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("args, env, code", [
    ((), {"CONFIG_ENCRYPTION_KEY": KEY}, 0),
    (("--key", KEY), {}, 0),
    (("--key", KEY[::-1]), {}, 34),
    (("--key", "short"), {}, 34),
    ((), {}, 34),
])
def test_encrypted_profile(trusting, pki, tmp_path, args, env, code):
    pytest.importorskip("cryptography")
    (tmp_path / "p.enc").write_text(encrypted(json.dumps(profile(pki)), KEY))
    check(trusting.rpc("activate", "--profile", tmp_path / "p.enc", *args, env=env), code)
    assert trusting.mode() == ("acm" if code == 0 else "factory")


def test_encrypted_profile_of_v2(trusting, pki, tmp_path):
    pytest.importorskip("cryptography")
    file = tmp_path / "p.bin"
    file.write_text(encrypted(json.dumps(profile(pki)), KEY))
    check(trusting.rpc("activate", "-local", "-configv2", file, "-configencryptionkey", KEY[::-1]), 34, "does not decrypt")
    check(trusting.rpc("activate", "-local", "-configv2", file, "-configencryptionkey", KEY), 0,
          "Status: Device activated in Admin Control Mode")
    for command in ("mebx", "amtfeatures"):
        check(trusting.rpc("configure", command, "-configv2", file, "-configencryptionkey", KEY, "-password", "Pr0file!Pw"), 0)
    assert trusting.stored("IPS_OptInService")[0]["OptInRequired"] == 0
    check(trusting.rpc("configure", "tls", "-configv2", file, "-configencryptionkey", KEY, "-delay", "0", "-password",
                       "Pr0file!Pw"), 0)
    assert trusting.saved()["tls_network"]["accept_plain"]	# as the profile says


@pytest.mark.parametrize("text, code", [
    ("configuration: {amtSpecific: {controlMode: sometimes}}", 35),
    ("just text", 34),
    ("a: [", 34),
    ("", 34),
])
def test_profile_that_is_none(factory, tmp_path, text, code):
    (tmp_path / "p.yaml").write_text(text)
    check(factory.rpc("activate", "--profile", tmp_path / "p.yaml"), code)
    check(factory.rpc("activate", "--profile", tmp_path / "none.yaml"), 34, "cannot be opened")


def test_profile_from_a_console(trusting, pki):
    guid = trusting.saved()["uuid"]
    console = Console(json.dumps({"filename": "office.yaml", "content": encrypted(yaml.safe_dump(profile(pki)), KEY), "key": KEY}))
    url = console.url + "/api/v1/admin/profiles/export/office?domainName=corp"
    check(trusting.rpc("activate", "--url", url, "--auth-username", "standalone", "--auth-password", "wrong"), 34)
    assert trusting.mode() == "factory" and console.devices == {}
    check(trusting.rpc("activate", "--url", url, *LOGIN), 0, "Profile fullflow completed successfully")
    check_all_of_it(trusting)
    record = console.devices[guid]
    assert record["password"] == "Pr0file!Pw" and record["mpspassword"] == "Mps-P@ss1" and record["tags"] == ["a", "b"]
    assert record["useTLS"] and record["username"] == "admin" and record["deviceInfo"]["currentMode"]
    # registered before the device had its password
    assert console.calls.index(("POST", "/api/v1/devices")) < len(console.calls)
    check(trusting.rpc("deactivate", "--url", url, *LOGIN, "--password", "Pr0file!Pw"), 0, "Status: Device deactivated")
    assert guid not in console.devices and trusting.mode() == "factory"
    console.close()


def test_console_that_is_down(factory):
    check(factory.rpc("activate", "--url", "http://127.0.0.1:1/api/v1/admin/profiles/export/office", *LOGIN), 34)
    assert factory.mode() == "factory"


def test_device_that_the_console_knows(trusting, pki):
    console = Console(json.dumps(profile(pki)), known=[trusting.saved()["uuid"]])
    url = console.url + "/api/v1/admin/profiles/export/office"
    check(trusting.rpc("activate", "--url", url, *LOGIN), 0)
    assert console.devices[trusting.saved()["uuid"]]["password"] == "Pr0file!Pw"
    console.close()


# ---- Enterprise Assistant ----

@pytest.fixture
def assistant(tmp_path, pki):
    server = Assistant(tmp_path, pki.root)
    yield server
    server.close()


def test_tls_with_a_certificate_of_the_assistant(tmp_path, assistant):
    device = Device(tmp_path / "device", state="acm")
    base = ["configure", "tls", "--mode", "ServerAndNonTLS", "--delay", "0", "--password", PASSWORD]
    check(device.rpc(*base, *assistant.args), 0, "Configuring TLS with Enterprise Assistant",
          "TLS configuration completed successfully")
    assert assistant.calls == ["authenticate", "profile", "keypair", "csr"]
    assert any("Test Root" in c["Issuer"] for c in device.stored("AMT_PublicKeyCertificate"))
    assert device.saved()["tls_network"]["enabled"]
    check(device.rpc(*base, *assistant.args[:4]), 28, "EA password is required when using Enterprise Assistant")
    check(device.rpc(*base, *assistant.args[:5], "wrong"), 105, "answered HTTP status 401 to /api/authenticate")
    assistant.broken = "csr"
    check(device.rpc(*base, *assistant.args), 105, "answered HTTP status 500 to /api/configure/csr: the authority is away")
    assistant.broken, assistant.refusal = None, "no CA configured"
    check(device.rpc(*base, *assistant.args), 105, "the Enterprise Assistant says: no CA configured")
    device.close()


@pytest.mark.parametrize("protocol, calls", [("2", ["authenticate", "profile"]),
                                             ("0", ["authenticate", "profile", "keypair", "csr"])])
def test_wired_8021x_by_the_assistant(tmp_path, assistant, protocol, calls):
    device = Device(tmp_path / "device", state="acm")
    for _ in range(2):	# what the first one brought is gone after the second
        check(device.rpc("configure", "wired", "--dhcp", "--ieee8021xProfileName", "lan", "--ieee8021xAuthenticationProtocol",
                         protocol, *assistant.args, "--password", PASSWORD), 0,
              "Wired settings configured with 802.1x successfully")
        assert len(device.stored("AMT_PublicPrivateKeyPair")) == (1 if protocol == "0" else 0)
    assert assistant.calls == calls * 2
    assert device.stored("IPS_IEEE8021xSettings")[0]["Username"] == "DESK7$"
    check(device.rpc("configure", "wired", "--dhcp", "--password", PASSWORD), 0)
    device.close()


def test_wireless_8021x_by_the_assistant(tmp_path, assistant):
    device = Device(tmp_path / "device", state="acm")
    check(device.rpc("configure", "wireless", "--profileName", "wlan", "--ssid", "corp", "--authenticationMethod", "7",
                     "--ieee8021xProfileName", "wlan", "--ieee8021xAuthenticationProtocol", "2", *assistant.args,
                     "--password", PASSWORD), 0, "successfully configured: wlan")
    assert assistant.calls == ["authenticate", "profile"]
    assert [p["ElementName"] for p in device.stored("CIM_WiFiEndpointSettings")] == ["wlan"]
    device.close()


# ---- platforms whose local ports take TLS alone ----

@pytest.fixture
def tls_only(tmp_path, pki):
    device = Device(tmp_path / "device", options=["--tls", "--version", "19.0.5", "--dns-suffix", "corp.example.com",
                                                  "--trust-hash", pki.hash])
    yield device
    device.close()


def genuine(device):
    """The root above the virtual device's on-die chain."""
    return {"OUTBAND_ODCA_ROOT": str(device.folder / "device/on-die-root.pem")}


def test_secure_acm(tls_only, pki):
    check(tls_only.rpc("activate", "-local", "-acm", env=pki.env(MEBX_PASSWORD="Mebx-P@ss1", **genuine(tls_only))), 0,
          "Successfully updated AMT Password.", "Successfully updated MEBx Password.",
          "Status: Device activated in Admin Control Mode")
    assert tls_only.mode() == "acm"
    # set up, it shows a certificate of its own that nobody signed
    check(tls_only.rpc("configure", "syncclock", "-password", PASSWORD), 150)
    check(tls_only.rpc("configure", "syncclock", "-skipamtcertcheck", "-password", PASSWORD), 0)
    check(tls_only.rpc("configure", "tls", "-mode", "None", "-skipamtcertcheck", "-password", PASSWORD), 105,
          "TLS cannot be disabled on this device")
    check(tls_only.rpc("deactivate", "-local", "-skipamtcertcheck", "-password", PASSWORD), 0)
    assert tls_only.mode() == "factory"


def test_secure_acm_without_a_mebx_password_takes_the_amt_password(tls_only, pki):
    check(tls_only.rpc("activate", "--local", "--acm", env=pki.env(**genuine(tls_only))), 0,
          "MEBx password is required", "Status: Device activated in Admin Control Mode")
    assert tls_only.mode() == "acm"


def test_secure_ccm(tls_only):
    check(tls_only.rpc("activate", "-local", "-ccm", env={"AMT_PASSWORD": PASSWORD, **genuine(tls_only)}), 0,
          "Status: Device activated in Client Control Mode")
    assert tls_only.mode() == "ccm"


@pytest.mark.parametrize("mode", ["ccm", "acm"])
def test_firmware_that_is_not_genuine(tls_only, pki, mode):
    """Its chain does not end at Intel's root."""
    check(tls_only.rpc("activate", "-local", f"-{mode}", env=pki.env()), 129 if mode == "ccm" else 102,
          "AMT's certificate: the certificate chain does not end at Intel's On-Die CA root")
    assert tls_only.mode() == "factory" and tls_only.saved()["provisioning_state"] == 0
    check(tls_only.rpc("activate", "-local", f"-{mode}", "-skipamtcertcheck", env=pki.env()), 0)
    assert tls_only.mode() == mode


def test_secure_setup_that_stays_half_way(tls_only, pki):
    tls_only.control("fault", "class", "AMT_AuthorizationService", "silent")
    check(tls_only.rpc("activate", "-local", "-acm", env=pki.env(**genuine(tls_only))), 102,
          "Activation failed; putting device back to pre-provisioning state", "Error 102: ActivationFailed")
    tls_only.control("clear-faults")
    assert tls_only.mode() == "factory" and tls_only.saved()["provisioning_state"] == 0
    check(tls_only.rpc("activate", "-local", "-acm", env=pki.env(**genuine(tls_only))), 0)


def test_secure_setup_that_is_interrupted(tls_only, pki, tmp_path):
    """Ctrl-C leaves the device as it was."""
    tls_only.control("fault", "class", "AMT_AuthorizationService", "silent")
    env = pki.env(OUTBAND_HECI=str(tls_only.heci), **genuine(tls_only))
    rpc = Process("rpc", ["activate", "-local", "-acm"], tmp_path / "rpc.log", env=env)
    until(lambda: tls_only.saved()["provisioning_state"] == 1 or not rpc.running(), 30, "set-up is under way")
    rpc.signal(signal.SIGINT)
    assert rpc.wait(60) == 130, rpc.output()
    tls_only.control("clear-faults")
    assert tls_only.mode() == "factory" and tls_only.saved()["provisioning_state"] == 0


# ---- firmware that does not answer ----

def test_setup_whose_answer_is_lost(factory):
    factory.control("fault", "reset", "on")
    result = factory.rpc("activate", "-local", "-ccm", "-password", PASSWORD)
    factory.control("fault", "reset", "off")
    # the very first question was not answered either: nothing changed
    check(result, 129, "Error 129: ActivationFailed")
    assert factory.mode() == "factory"

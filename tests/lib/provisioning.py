# SPDX-License-Identifier: Apache-2.0
"""What a server needs before devices can be activated: profiles, a domain, a CIRA configuration."""
from lib.pki import PFX_PASSWORD, ActivationCert

AMT_PASSWORD = "St@tic-P4ss"
MEBX_PASSWORD = "M3Bx!Secret"
SUFFIX = "corp.example.com"


def prepare(server, folder, mps_port=None):
    """Profiles ccm and acm (static passwords) and acm-random, all of which call home; gives the certificate."""
    cert = ActivationCert(folder)
    root = "".join(line for line in server.root().read_text().splitlines() if "-----" not in line)
    rps = server.rps()
    rps.post("ciraconfigs", {"configName": "home", "mpsServerAddress": "127.0.0.1", "serverAddressFormat": 3,
                             "commonName": "127.0.0.1", "mpsPort": mps_port or server.cira_port,
                             "username": "device1", "password": "Mp5-Secret!", "authMethod": 2,
                             "mpsRootCertificate": root, "proxyDetails": ""}, expect=201)
    rps.post("domains", {"profileName": "corp", "domainSuffix": SUFFIX, "provisioningCert": cert.pfx,
                         "provisioningCertPassword": PFX_PASSWORD, "provisioningCertStorageFormat": "string"},
             expect=201)
    common = {"ciraConfigName": "home", "dhcpEnabled": True, "kvmEnabled": True, "solEnabled": True,
              "iderEnabled": False, "tags": ["t1"]}
    static = {"amtPassword": AMT_PASSWORD, "generateRandomPassword": False}
    rps.post("profiles", {"profileName": "ccm", "activation": "ccmactivate", "userConsent": "All", **static, **common},
             expect=201)
    rps.post("profiles", {"profileName": "acm", "activation": "acmactivate", "userConsent": "None",
                          "mebxPassword": MEBX_PASSWORD, **static, **common}, expect=201)
    rps.post("profiles", {"profileName": "acm-random", "activation": "acmactivate", "userConsent": "None",
                          "generateRandomPassword": True, "generateRandomMEBxPassword": True, **common}, expect=201)
    return cert

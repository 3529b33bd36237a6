# SPDX-License-Identifier: Apache-2.0
"""WS-Management with a device's own port, as an administrator in front of it would: for what a test sets up or
looks at behind the server's back."""
import base64
import re
import struct
import urllib.error
import urllib.request
from xml.sax.saxutils import escape

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ANONYMOUS = ADDRESSING + "/role/anonymous"
FAMILIES = {"AMT": "http://intel.com/wbem/wscim/1/amt-schema/1/", "IPS": "http://intel.com/wbem/wscim/1/ips-schema/1/",
            "CIM": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"}


def uri(cls):
    return FAMILIES[cls[:3]] + cls


def reference(cls, **selectors):
    """An EPR's content."""
    chosen = "".join(f'<w:Selector Name="{k}">{escape(v)}</w:Selector>' for k, v in selectors.items())
    return (f"<a:Address>{ANONYMOUS}</a:Address><a:ReferenceParameters><w:ResourceURI>{uri(cls)}</w:ResourceURI>"
            f"<w:SelectorSet>{chosen}</w:SelectorSet></a:ReferenceParameters>")


class Amt:
    def __init__(self, port, password, user="admin", host="127.0.0.1"):
        self.url, self.counter = f"http://{'[' + host + ']' if ':' in host else host}:{port}/wsman", 0
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, self.url, user, password)
        self.opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords),
                                                  urllib.request.ProxyHandler({}))

    def exchange(self, action, cls, body, selectors=""):
        self.counter += 1
        xml = (f'<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{SOAP}" xmlns:a="{ADDRESSING}" '
               f'xmlns:w="{WSMAN}"><e:Header><a:Action>{action}</a:Action><a:To>/wsman</a:To>'
               f"<w:ResourceURI>{uri(cls)}</w:ResourceURI><a:MessageID>{self.counter}</a:MessageID>"
               f"<a:ReplyTo><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>{selectors}</e:Header>"
               f"<e:Body>{body}</e:Body></e:Envelope>")
        try:
            with self.opener.open(urllib.request.Request(self.url, xml.encode(), method="POST"), timeout=20) as r:
                return r.read().decode()
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{cls} {action}: {e.code} {e.read()[:2000]!r}") from None

    def get(self, cls):
        """{property: text} of the only instance; of a repeated one the last."""
        xml = self.exchange(TRANSFER + "/Get", cls, "")
        body = xml[xml.index("Body>"):]
        return {name: value for name, value in re.findall(r"<g:(\w+)>([^<]*)</g:\1>", body)}

    def admits(self):
        """Whether the password is right."""
        try:
            self.get("AMT_GeneralSettings")
        except AssertionError as e:
            if ": 401 " in str(e):
                return False
            raise
        return True

    def put(self, cls, inner):
        """inner: XML of the instance, its prefix p."""
        self.exchange(TRANSFER + "/Put", cls, f'<p:{cls} xmlns:p="{uri(cls)}">{inner}</p:{cls}>')

    def invoke(self, cls, method, inner, want=0):
        xml = self.exchange(f"{uri(cls)}/{method}", cls,
                            f'<p:{method}_INPUT xmlns:p="{uri(cls)}">{inner}</p:{method}_INPUT>')
        value = int(re.search(r"ReturnValue>(\d+)<", xml).group(1))
        assert want is None or value == want, f"{cls}.{method} gave {value}"
        return xml

    def call_home(self, host, port, root_pem, user, password, common_name="localhost"):
        """Sets the device up to keep a CIRA connection to that server."""
        der = "".join(line for line in root_pem.splitlines() if line and "-----" not in line)
        self.invoke("AMT_PublicKeyManagementService", "AddTrustedRootCertificate",
                    f"<p:CertificateBlob>{der}</p:CertificateBlob>")
        self.invoke("AMT_RemoteAccessService", "AddMpServer",
                    f"<p:AccessInfo>{host}</p:AccessInfo><p:InfoFormat>201</p:InfoFormat><p:Port>{port}</p:Port>"
                    f"<p:AuthMethod>2</p:AuthMethod><p:Username>{user}</p:Username>"
                    f"<p:Password>{escape(password)}</p:Password><p:CN>{common_name}</p:CN>")
        periodic = base64.b64encode(struct.pack(">II", 0, 3600)).decode()
        server = reference("AMT_ManagementPresenceRemoteSAP",
                           Name="Intel(r) AMT:Management Presence Server 0")
        self.invoke("AMT_RemoteAccessService", "AddRemoteAccessPolicyRule",
                    f"<p:Trigger>2</p:Trigger><p:TunnelLifeTime>0</p:TunnelLifeTime>"
                    f"<p:ExtendedData>{periodic}</p:ExtendedData><p:MpServer>{server}</p:MpServer>")
        self.put("AMT_EnvironmentDetectionSettingData",
                 "<p:DetectionAlgorithm>0</p:DetectionAlgorithm><p:DetectionStrings>nowhere.example</p:DetectionStrings>"
                 "<p:ElementName>Intel(r) AMT Environment Detection Settings</p:ElementName>"
                 "<p:InstanceID>Intel(r) AMT Environment Detection Settings</p:InstanceID>")

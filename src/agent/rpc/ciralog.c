/* SPDX-License-Identifier: Apache-2.0
 * The CIRA log as text: one line per field, indented by group.
 */
#include <agent/rpc/ciralog.h>

#include <arpa/inet.h>
#include <time.h>

static const char *const states[] = {"Inside Enterprise",
				     "Inside Corporate Environment, outside Enterprise",
				     "Outside Enterprise"};
static const char *const tunnels[] = {"Closed", "Opened"};
static const char *const last_connections[] = {"Connection established successfully",
					       "Failed to connect"};
static const char *const last_tunnels[] = {"Session opened and closed successfully",
					   "Session failed due to an error"};
static const char *const triggers[] = {"User Initiated", "Alert", "Periodic"};
static const char *const methods[] = {NULL, "MutualTLS", "Username and password"};
static const char *const interfaces[] = {"Wired", "Wireless", "None"};
static const char *const ends[] = {"AMT", "MPS"};
static const char *const apf_reasons[] = {"invalid reason code",
					  "host not allowed to connect",
					  "protocol error",
					  "key exchange failed",
					  "reserved",
					  "MAC error",
					  "compression error",
					  "service not available",
					  "protocol version not supported",
					  "host key not verifiable",
					  "connection lost",
					  "by application",
					  "too many connections",
					  "cancelled by user",
					  "no more authentication methods available",
					  "illegal user name",
					  "connection timed out"};
static const char *const reasons[] = {"user's request",	  "tunnel timer expired",
				      "internal error",	  "keep-alive expired",
				      "TCP socket error", "invalid APF command"};
static const char *const links[] = {"Down", "Up"};
static const char *const dhcp_modes[] = {"None", "Disabled", "Enabled"};
static const char *const types6[] = {"link local", "global", "stateless", "stateful"};
static const char *const states6[] = {"tentative", "preferred", "deprecated"};
static const char *const controls[] = {"AMT", "Host"};
static const char *const statuses[] = {"not available", "internal error", "DNS error",
				       "TCP error",	"TLS error",	  "success",
				       "in progress"};
static const char *const tcp_errors[] = {"success", "general failure", "timed out",
					 "connection reset", "destination unreachable"};

static const char *word(const char *const *words, size_t n, uint32_t i)
{
	return i < n && words[i] != NULL ? words[i] : "Unknown";
}
#define WORD(words, i) word(words, ARRAY_LEN(words), i)

/* ---- lines ---- */

static void indent(struct buf *b, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_addc(b, '\t');
}

static void group(struct buf *b, int depth, const char *name)
{
	indent(b, depth);
	buf_addf(b, "%s:\n", name);
}

static void number(struct buf *b, int depth, const char *name, uint32_t v)
{
	indent(b, depth);
	buf_addf(b, "%s = %u\n", name, v);
}

static void named(struct buf *b, int depth, const char *name, uint32_t v,
		  const char *text)
{
	indent(b, depth);
	buf_addf(b, "%s = %u (%s)\n", name, v, text);
}

static void text(struct buf *b, int depth, const char *name, struct str s)
{
	indent(b, depth);
	buf_addf(b, "%s = " STR_FMT "\n", name, STR_ARG(s));
}

static void when(struct buf *b, int depth, const char *name, uint32_t v)
{
	time_t t = (time_t)v;
	struct tm tm;
	char out[32];

	gmtime_r(&t, &tm);
	strftime(out, sizeof(out), "%Y-%m-%d %H:%M:%S UTC", &tm);
	named(b, depth, name, v, out);
}

static void address4(struct buf *b, int depth, const char *name, uint32_t v)
{
	indent(b, depth);
	buf_addf(b, "%s = %u.%u.%u.%u\n", name, v >> 24, v >> 16 & 255, v >> 8 & 255,
		 v & 255);
}

/* All zeros: none. */
static void address6(struct buf *b, int depth, const char *name, const uint8_t a[16])
{
	static const uint8_t none[16];
	char out[INET6_ADDRSTRLEN] = "";

	if (memcmp(a, none, 16) != 0)
		inet_ntop(AF_INET6, a, out, sizeof(out));
	text(b, depth, name, str_of(out));
}

/* ---- groups ---- */

static void closure(struct buf *b, int depth, const char *name,
		    const struct amthi_closure *c)
{
	group(b, depth, name);
	when(b, depth + 1, "ClosureTimestamp", c->time);
	named(b, depth + 1, "ClosedBy", c->by_mps, WORD(ends, c->by_mps));
	named(b, depth + 1, "APF_DISCONNECT_REASON", c->apf_reason,
	      WORD(apf_reasons, c->apf_reason));
	named(b, depth + 1, "ClosureReason", c->reason,
	      c->reason == 0xFF ? "not available" : WORD(reasons, c->reason));
}

static void summary(struct buf *b, const struct amthi_cira_log *l)
{
	group(b, 0, "CiraStatusSummary");
	named(b, 1, "IsTunnelOpened", l->tunnel_open, WORD(tunnels, l->tunnel_open));
	named(b, 1, "CurrentConnectionState", l->state, WORD(states, l->state));
	when(b, 1, "LastKeepAlive", l->last_keepalive);
	number(b, 1, "KeepAliveInterval", l->keepalive_s);
	named(b, 1, "LastConnectionStatus", l->last_connection,
	      WORD(last_connections, l->last_connection));
	when(b, 1, "LastConnectionTimestamp", l->last_connection_time);
	named(b, 1, "LastTunnelStatus", l->last_tunnel,
	      WORD(last_tunnels, l->last_tunnel));
	when(b, 1, "LastTunnelOpenedTimestamp", l->last_opened);
	when(b, 1, "LastTunnelClosedTimestamp", l->last_closed);
}

static void tunnel(struct buf *b, const struct amthi_cira_tunnel *t)
{
	group(b, 0, "LastFailedTunnelLogEntry");
	number(b, 1, "Valid", t->valid);
	when(b, 1, "OpenTimestamp", t->open_time);
	named(b, 1, "RemoteAccessConnectionTrigger", t->trigger,
	      WORD(triggers, t->trigger));
	text(b, 1, "MpsHostname", t->mps);
	number(b, 1, "ProxyUsed", t->proxy_used);
	text(b, 1, "ProxyName", t->proxy);
	named(b, 1, "AuthenticationMethod", t->auth_method,
	      WORD(methods, t->auth_method));
	named(b, 1, "ConnectedInterface", t->interface, WORD(interfaces, t->interface));
	when(b, 1, "LastKeepAlive", t->last_keepalive);
	number(b, 1, "KeepAliveInterval", t->keepalive_s);
	closure(b, 1, "TunnelClosureInfo", &t->closure);
}

static void interface_data(struct buf *b, const struct amthi_cira_interface *i)
{
	number(b, 3, "InterfacePresent", i->present);
	named(b, 3, "LinkStatus", i->link, WORD(links, i->link));
	named(b, 3, "DhcpMode", i->dhcp_mode, WORD(dhcp_modes, i->dhcp_mode));
	address4(b, 3, "IpAddress", i->address);
	address4(b, 3, "DefaultGatewayAddress", i->gateway);
	address4(b, 3, "PrimaryDnsAddress", i->dns);
	address4(b, 3, "SecondaryDnsAddress", i->dns2);
	text(b, 3, "DomainName", i->domain);
	address6(b, 3, "IPv6DefaultRouter", i->router6);
	address6(b, 3, "PrimaryDNS", i->dns6);
	address6(b, 3, "SecondaryDNS", i->dns6_2);
	for (size_t k = 0; k < ARRAY_LEN(i->addresses6); k++) {
		const struct amthi_cira_ipv6 *a = &i->addresses6[k];

		address6(b, 3, "IPv6Address", a->address);
		named(b, 4, "Type", a->type, WORD(types6, a->type));
		named(b, 4, "State", a->state, WORD(states6, a->state));
	}
}

static void failure(struct buf *b, const struct amthi_cira_failure *f)
{
	static const char *const items[] = {"Lan Item", "Wireless Item"};

	group(b, 0, "FailedConnectionLogEntry");
	number(b, 1, "Valid", f->valid);
	when(b, 1, "OpenTimestamp", f->time);
	named(b, 1, "RemoteAccessConnectionTrigger", f->trigger,
	      WORD(triggers, f->trigger));
	text(b, 1, "MpsHostname", f->mps);
	named(b, 1, "AuthenticationMethod", f->auth_method,
	      WORD(methods, f->auth_method));
	group(b, 1, "InterfaceData");
	for (size_t i = 0; i < 2; i++) {
		group(b, 2, items[i]);
		interface_data(b, &f->interfaces[i]);
	}
	group(b, 1, "WirelessAdditionalData");
	text(b, 2, "ProfileName", f->wifi_profile);
	named(b, 2, "HostControl", f->wifi_host_control,
	      WORD(controls, f->wifi_host_control));
	group(b, 1, "WiredAdditionalData");
	number(b, 2, "802.1xAuthenticationResult", f->wired_8021x);
	number(b, 2, "802.1xAuthenticationSubResult", f->wired_8021x_sub);
	number(b, 2, "WiredMediaType", f->wired_media);
	number(b, 2, "DiscreteLanStatus", f->discrete_lan);
	named(b, 1, "ConnectedInterface", f->interface, WORD(interfaces, f->interface));
	group(b, 1, "ConnectionDetails");
	for (size_t i = 0; i < 2; i++) {
		const struct amthi_cira_detail *d = &f->details[i];

		group(b, 2, items[i]);
		named(b, 3, "ConnectionStatus", d->status, WORD(statuses, d->status));
		number(b, 3, "ProxyUsed", d->proxy_used);
		text(b, 3, "ProxyName", d->proxy);
		named(b, 3, "TcpFailureCode", d->tcp_error,
		      WORD(tcp_errors, d->tcp_error));
		indent(b, 3);
		buf_addf(b, "TlsFailureCode = %d\n", (int32_t)d->tls_error);
	}
	closure(b, 1, "TunnelEstablishmentFailure", &f->closure);
}

void rpc_ciralog_text(const struct amthi_cira_log *log, struct buf *out)
{
	number(out, 0, "Version", log->version);
	summary(out, log);
	tunnel(out, &log->tunnel);
	failure(out, &log->failure);
}

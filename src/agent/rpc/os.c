/* SPDX-License-Identifier: Apache-2.0
 * Facts of the operating system.
 */
#include <agent/rpc/os.h>

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <rt/offload.h>
#include <stdio.h>
#include <unistd.h>

#define NAME_SIZE 1025 /* NI_MAXHOST */
#define LOOKUP_MS 10000
#define UUID_FILE "/sys/class/dmi/id/product_uuid"

struct err *os_hostname(struct arena *a, const char **out)
{
	char name[NAME_SIZE] = "";

	if (gethostname(name, sizeof(name) - 1) != 0)
		return err_errno(ERR_UNAVAILABLE, errno, "cannot read the host name");
	*out = arena_strdup(a, name);
	return NULL;
}

struct lookup {
	const char *name;
	char fqdn[NAME_SIZE];
	int rc;
};

/* Forward and back: what the name service calls this machine. Blocks. */
static void look_up(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;

	l->rc = getaddrinfo(l->name, NULL, &hints, &list);
	if (l->rc == 0)
		l->rc = getnameinfo(list->ai_addr, list->ai_addrlen, l->fqdn,
				    sizeof(l->fqdn), NULL, 0, NI_NAMEREQD);
	if (list != NULL)
		freeaddrinfo(list);
}

struct err *os_dns_suffix(struct arena *a, const char **out)
{
	struct lookup l = {0};
	const char *dot;

	*out = "";
	TRY(os_hostname(a, &l.name));
	if (strchr(l.name, '.') == NULL) {
		TRY(offload(offload_crypto(), look_up, &l, deadline_in(LOOKUP_MS)));
		if (l.rc != 0)
			return err_new(ERR_UNAVAILABLE, "lookup %s: %s", l.name,
				       gai_strerror(l.rc));
		l.name = arena_strdup(a, l.fqdn);
	}
	dot = strchr(l.name, '.');
	*out = dot != NULL ? dot + 1 : l.name;
	return NULL;
}

static bool has_mac(const struct ifaddrs *list, const char *name, const uint8_t mac[6])
{
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		const struct sockaddr_ll *ll = (const void *)i->ifa_addr;

		if (ll != NULL && ll->sll_family == AF_PACKET && ll->sll_halen == 6 &&
		    strcmp(i->ifa_name, name) == 0 && memcmp(ll->sll_addr, mac, 6) == 0)
			return true;
	}
	return false;
}

static void put_address(const struct sockaddr *sa, char out[OS_ADDRESS_SIZE])
{
	inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, out,
		  OS_ADDRESS_SIZE);
}

/* mac NULL: any */
static bool find_address(const uint8_t *mac, char address[OS_ADDRESS_SIZE], char *mask)
{
	struct ifaddrs *list = NULL;
	bool found = false;

	if (getifaddrs(&list) != 0)
		return false;
	for (const struct ifaddrs *i = list; i != NULL && !found; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
		    !(i->ifa_flags & IFF_UP) || i->ifa_flags & IFF_LOOPBACK ||
		    (mac != NULL && !has_mac(list, i->ifa_name, mac)))
			continue;
		put_address(i->ifa_addr, address);
		if (mask != NULL && i->ifa_netmask != NULL)
			put_address(i->ifa_netmask, mask);
		found = true;
	}
	freeifaddrs(list);
	return found;
}

bool os_adapter_address(const uint8_t mac[6], char address[OS_ADDRESS_SIZE],
			char mask[OS_ADDRESS_SIZE])
{
	return find_address(mac, address, mask);
}

bool os_any_address(char address[OS_ADDRESS_SIZE])
{
	return find_address(NULL, address, NULL);
}

struct err *os_smbios_uuid(char out[UUID_TEXT_SIZE])
{
	FILE *f = fopen(UUID_FILE, "re");
	char line[64] = "";

	if (f == NULL)
		return err_errno(errno == EACCES ? ERR_FORBIDDEN : ERR_UNAVAILABLE, errno,
				 "cannot read %s", UUID_FILE);
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	struct str text = str_trim(str_of(line));
	uint8_t raw[16];

	if (!uuid_smbios_from_text(text, raw))
		return err_new(ERR_UNAVAILABLE, "%s holds no UUID", UUID_FILE);
	uuid_text_from_smbios(raw, out);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 * What differs from one full device to the next: serial numbers, addresses, sizes, all
 * from its UUID, so they are the same after every start. wsman.md B.2, B.10.
 */
#include <sim/state.h>

#include <amt/wsman/classes/all.h>
#include <openssl/sha.h>

struct machine {
	const char *model, *board, *bios, *cpu;
	uint32_t clock_mhz, max_mhz, memory_mhz;
	uint64_t memory_bytes, disk_kb;
};

static const struct machine machines[] = {
	{"Desk 10", "DB10", "EX.0107", "Example CPU 5 @ 2.60GHz", 2600, 4800, 3200,
	 8589934592, 500107862},
	{"Desk 20", "DB20", "EX.0214", "Example CPU 7 @ 3.20GHz", 3200, 5100, 4800,
	 17179869184, 1000204886},
	{"Book 14", "BB14", "EX.0311", "Example CPU 5U @ 1.60GHz", 1600, 4400, 4267,
	 8589934592, 512110190},
	{"Book 16 Pro", "BB16", "EX.0402", "Example CPU 9 @ 2.40GHz", 2400, 5400, 5600,
	 34359738368, 2000398934},
	{"Edge 4", "EB04", "EX.0505", "Example CPU X6 @ 1.90GHz", 1900, 3000, 2666,
	 4294967296, 240057409},
};

struct maker {
	struct sim_state *st;
	uint8_t seed[SHA256_DIGEST_LENGTH];
	const struct machine *machine;
};

static void *nth(const struct maker *m, const struct wsman_class *c, size_t n)
{
	return sim_store_nth(&m->st->store, c, n);
}

static void OB_PRINTF(2, 3) set(struct str *to, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sim_text_set(to, str_of(text));
}

static uint32_t part(const struct maker *m, size_t at)
{
	return (uint32_t)m->seed[at] << 24 | (uint32_t)m->seed[at + 1] << 16 |
	       (uint32_t)m->seed[at + 2] << 8 | m->seed[at + 3];
}

/* ---- network ---- */

/* 02-00-5e and three bytes of the seed; the interface is the last bit. */
static void mac(const struct maker *m, unsigned interface, const char *dash,
		struct str *to)
{
	set(to, "02%s00%s5e%s%02x%s%02x%s%02x", dash, dash, dash, m->seed[0], dash,
	    m->seed[1], dash, (m->seed[2] & 0xfe) | interface);
}

static void upper(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'a' && s.p[i] <= 'z')
			((char *)s.p)[i] = (char)(s.p[i] - 'a' + 'A');
}

static void network(const struct maker *m)
{
	struct amt_ethernet_port_settings *port;
	struct cim_ethernet_port *ethernet = nth(m, &cim_ethernet_port_class, 0);
	struct ips_lan_endpoint *endpoint = nth(m, &ips_lan_endpoint_class, 0);
	struct cim_wifi_port *wifi = nth(m, &cim_wifi_port_class, 0);
	struct ips_host_ip_settings *host = nth(m, &ips_host_ip_settings_class, 0);
	unsigned address = 10 + m->seed[3] % 240;

	for (unsigned i = 0;
	     (port = nth(m, &amt_ethernet_port_settings_class, i)) != NULL; i++) {
		mac(m, i, "-", &port->mac_address);
		if (port->ip_address.n > 0)
			set(&port->ip_address, "192.0.2.%u", address);
	}
	if (host != NULL)
		set(&host->ip_address, "192.0.2.%u", address);
	if (ethernet != NULL && ethernet->network_addresses.n > 0) {
		mac(m, 0, "", &ethernet->network_addresses.v[0]);
		upper(ethernet->network_addresses.v[0]);
	}
	if (endpoint != NULL) {
		mac(m, 0, "", &endpoint->mac_address);
		upper(endpoint->mac_address);
	}
	if (wifi != NULL) {
		mac(m, 1, "", &wifi->permanent_address);
		upper(wifi->permanent_address);
	}
}

/* ---- hardware ---- */

static void enclosure(const struct maker *m)
{
	struct cim_computer_system_package *package =
		nth(m, &cim_computer_system_package_class, 0);
	struct cim_chassis *chassis = nth(m, &cim_chassis_class, 0);
	struct cim_card *card = nth(m, &cim_card_class, 0);
	char hex[33];

	hex_encode(m->st->uuid, sizeof(m->st->uuid), hex);
	if (package != NULL) {
		sim_text_set(&package->platform_guid, str_of(hex));
		upper(package->platform_guid);
	}
	if (chassis != NULL) {
		set(&chassis->model, "%s", m->machine->model);
		set(&chassis->serial_number, "SN%08X", part(m, 4));
	}
	if (card != NULL) {
		set(&card->model, "%s", m->machine->board);
		set(&card->serial_number, "BB%08X", part(m, 8));
	}
}

static void bios(const struct maker *m)
{
	struct cim_bios_element *b = nth(m, &cim_bios_element_class, 0);
	struct cim_bios_feature *feature = nth(m, &cim_bios_feature_class, 0);

	if (b != NULL) {
		set(&b->version, "%s", m->machine->bios);
		set(&b->software_element_id, "%s", m->machine->bios);
		set(&b->release_date, "20%02u-%02u-%02uT00:00:00Z", 19 + m->seed[12] % 6,
		    1 + m->seed[13] % 12, 1 + m->seed[14] % 28);
	}
	if (feature != NULL) {
		set(&feature->version, "%s", m->machine->bios);
		set(&feature->identifying_number, "%s", m->machine->bios);
		set(&feature->product_name, "%s", m->machine->model);
	}
}

static void processor(const struct maker *m)
{
	struct cim_processor *p = nth(m, &cim_processor_class, 0);
	struct cim_chip *chip = nth(m, &cim_chip_class, 0);

	if (p != NULL) {
		p->current_clock_speed = (struct wsman_num){true, m->machine->clock_mhz};
		p->max_clock_speed = (struct wsman_num){true, m->machine->max_mhz};
	}
	if (chip != NULL)
		set(&chip->version, "%s", m->machine->cpu);
}

static void memory_and_disks(const struct maker *m)
{
	struct cim_physical_memory *p;
	struct cim_media_access_device *disk;

	for (unsigned i = 0; (p = nth(m, &cim_physical_memory_class, i)) != NULL; i++) {
		p->capacity = (struct wsman_num){true, (int64_t)m->machine->memory_bytes};
		p->configured_memory_clock_speed = p->max_memory_speed =
			(struct wsman_num){true, m->machine->memory_mhz};
		set(&p->serial_number, "%08X", part(m, 16 + 4 * (i & 1)));
		set(&p->tag, i == 0 ? "%010u" : "%010u (#%u)", part(m, 24), i);
	}
	disk = nth(m, &cim_media_access_device_class, 0);
	if (disk != NULL)
		disk->max_media_size =
			(struct wsman_num){true, (int64_t)m->machine->disk_kb};
}

void sim_inventory_personalize(struct sim_state *st)
{
	struct maker m = {.st = st};

	SHA256(st->uuid, sizeof(st->uuid), m.seed);
	m.machine = &machines[m.seed[31] % ARRAY_LEN(machines)];
	network(&m);
	enclosure(&m);
	bios(&m);
	processor(&m);
	memory_and_disks(&m);
}

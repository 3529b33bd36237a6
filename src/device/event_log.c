/* SPDX-License-Identifier: Apache-2.0 */
#include <device/event_log.h>

#include <amt/wsman/classes/logs.h>
#include <base/encode.h>

#define READ_MAX 390 /* firmware keeps no more */
#define PAGES_MAX 20 /* of a log that grows while it is read */
#define INVALID_DATA 235
#define AGENT 170
#define NO_RECORD_POINTED 2
#define NO_RECORD 3

/* clang-format off */
/* mps.md 10.6; a final period is part of a text. */
static const char *const entities[] = {
	"Unspecified",
	"Other",
	"Unknown",
	"Processor",
	"Disk",
	"Peripheral",
	"System management module",
	"System board",
	"Memory module",
	"Processor module",
	"Power supply",
	"Add in card",
	"Front panel board",
	"Back panel board",
	"Power system board",
	"Drive backplane",
	"System internal expansion board",
	"Other system board",
	"Processor board",
	"Power unit",
	"Power module",
	"Power management board",
	"Chassis back panel board",
	"System chassis",
	"Sub chassis",
	"Other chassis board",
	"Disk drive bay",
	"Peripheral bay",
	"Device bay",
	"Fan cooling",
	"Cooling unit",
	"Cable interconnect",
	"Memory device",
	"System management software",
	"BIOS",
	"Intel(r) ME",
	"System bus",
	"Group",
	"Intel(r) ME",
	"External environment",
	"Battery",
	"Processing blade",
	"Connectivity switch",
	"Processor/memory module",
	"I/O module",
	"Processor I/O module",
	"Management controller firmware",
	"IPMI channel",
	"PCI bus",
	"PCI express bus",
	"SCSI bus",
	"SATA/SAS bus",
	"Processor front side bus",
};

static const char *const firmware_errors[] = {
	"Unspecified.",
	"No system memory is physically installed in the system.",
	"No usable system memory, all installed memory has experienced an unrecoverable failure.",
	"Unrecoverable hard-disk/ATAPI/IDE device failure.",
	"Unrecoverable system-board failure.",
	"Unrecoverable diskette subsystem failure.",
	"Unrecoverable hard-disk controller failure.",
	"Unrecoverable PS/2 or USB keyboard failure.",
	"Removable boot media not found.",
	"Unrecoverable video controller failure.",
	"No video device detected.",
	"Firmware (BIOS) ROM corruption detected.",
	"CPU voltage mismatch (processors that share same supply have mismatched voltage requirements)",
	"CPU speed matching failure",
};

static const char *const firmware_progress[] = {
	"Unspecified.",
	"Memory initialization.",
	"Starting hard-disk initialization and test",
	"Secondary processor(s) initialization",
	"User authentication",
	"User-initiated system setup",
	"USB resource configuration",
	"PCI resource configuration",
	"Option ROM initialization",
	"Video initialization",
	"Cache initialization",
	"SM Bus initialization",
	"Keyboard controller initialization",
	"Embedded controller/management controller initialization",
	"Docking station attachment",
	"Enabling docking station",
	"Docking station ejection",
	"Disabling docking station",
	"Calling operating system wake-up vector",
	"Starting operating system boot process",
	"Baseboard or motherboard initialization",
	"reserved",
	"Floppy initialization",
	"Keyboard test",
	"Pointing device test",
	"Primary processor initialization",
};
/* clang-format on */

#define TEXT_OF(table, i) ((i) < ARRAY_LEN(table) ? (table)[i] : NULL)

const char *device_event_entity(unsigned entity)
{
	const char *text = TEXT_OF(entities, entity);

	return text != NULL ? text : "Unknown";
}

static const char *watchdog_state(unsigned state)
{
	switch (state) {
	case 1:
		return "Not Started";
	case 2:
		return "Stopped";
	case 4:
		return "Running";
	case 8:
		return "Expired";
	case 16:
		return "Suspended";
	default:
		return "Unknown";
	}
}

static const char *firmware_text(const struct event_record *r)
{
	const uint8_t *d = r->data;

	if (d[0] == INVALID_DATA)
		return "Invalid Data";
	/* What MeshCommander adds: boots that a console asked for. */
	if (d[0] == AGENT && (r->offset == 3 || r->offset == 5))
		return d[1] == 48   ? "One-Click Recovery"
		       : d[1] == 64 ? "Platform erase"
				    : NULL;
	return r->offset == 0 ? TEXT_OF(firmware_errors, d[1])
			      : TEXT_OF(firmware_progress, d[1]);
}

const char *device_event_text(struct arena *a, const struct event_record *r)
{
	const uint8_t *d = r->data;

	switch (r->sensor) {
	case 6:
		return arena_printf(a,
				    "Authentication failed %u times. The system may be "
				    "under attack.",
				    d[1] + (d[2] << 8));
	case 15:
		return firmware_text(r);
	case 18:
		return d[0] != AGENT
			       ? NULL
			       : arena_printf(a,
					      "Agent watchdog "
					      "%02X%02X%02X%02X-%02X%02X-... changed to "
					      "%s",
					      d[4], d[3], d[2], d[1], d[6], d[5],
					      watchdog_state(d[7]));
	case 30:
		return "No bootable media";
	case 32:
		return "Operating system lockup or power interrupt";
	case 35:
		return "System boot failure";
	case 37:
		return "System firmware started (at least one CPU is properly "
		       "executing).";
	default:
		return arena_printf(a, "Unknown Sensor Type #%u", r->sensor);
	}
}

/* ---- reading ---- */

static struct err *first(struct device_call *c, struct str *identifier)
{
	int64_t value;
	void *got;

	TRY(device_invoke_value(c, &amt_message_log_class,
				&amt_message_log_position_to_first_record_method, NULL,
				NULL, &got, &value));
	const struct amt_message_log_position_to_first_record_out *out = got;
	*identifier = out->iteration_identifier;
	if (value == NO_RECORD_POINTED || value == NO_RECORD) {
		*identifier = (struct str){0}; /* the log is empty */
		return NULL;
	}
	return value == 0
		       ? NULL
		       : device_refusal(&amt_message_log_class,
					&amt_message_log_position_to_first_record_method,
					value);
}

/* What is no record of an event is left out. */
static void take(struct device_call *c, struct str base64, struct device_events *out)
{
	size_t n = 0;
	const uint8_t *p = base64_decode(c->arena, base64, &n);
	struct event_record *r = &out->v[out->n];

	if (p != NULL && event_record_decode((struct str){(const char *)p, n}, r))
		out->n++;
}

struct err *device_event_log_read(struct device_call *c, struct device_events *out)
{
	struct amt_message_log_get_records_in in = {.max_read_records =
							    device_num(READ_MAX)};
	int64_t value;
	void *got;

	*out = (struct device_events){0};
	TRY(first(c, &in.iteration_identifier));
	out->v = arena_alloc(c->arena, PAGES_MAX * READ_MAX * sizeof(*out->v));
	for (int page = 0; in.iteration_identifier.n > 0 && page < PAGES_MAX; page++) {
		TRY(device_invoke_value(c, &amt_message_log_class,
					&amt_message_log_get_records_method, NULL, &in,
					&got, &value));
		const struct amt_message_log_get_records_out *r = got;
		if (value == NO_RECORD_POINTED || value == NO_RECORD)
			return NULL;
		if (value != 0)
			return device_refusal(&amt_message_log_class,
					      &amt_message_log_get_records_method, value);
		for (size_t i = 0; i < r->record_array.n && i < READ_MAX; i++)
			take(c, r->record_array.v[i], out);
		if (!r->no_more_records.set || r->no_more_records.v ||
		    r->record_array.n == 0)
			return NULL;
		in.iteration_identifier = r->iteration_identifier;
	}
	return NULL;
}

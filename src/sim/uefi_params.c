/* SPDX-License-Identifier: Apache-2.0
 * UefiBootParametersArray of AMT_BootSettingData: vendor, type, length, value. wsman.md
 * C.4.
 */
#include <sim/subjects.h>

#include <base/cursor.h>
#include <base/encode.h>

#define VENDOR_INTEL 0x8086
#define PARAMS_MAX 20
#define TEXT_MAX 2800 /* base64 of all types at their longest */

enum {
	NETWORK_PATH = 1,
	FILE_PATH = 2,
	FILE_PATH_LENGTH = 3,
	SYNC_ROOTS = 20,
	USER = 40,
	PASSWORD
};
#define ERASE_MASK 1

struct type {
	uint8_t type;
	uint16_t min, max;
};

static const struct type recovery_types[] = {
	{NETWORK_PATH, 1, 300},
	{FILE_PATH, 1, 300},
	{FILE_PATH_LENGTH, 2, 2},
	{4, 32, 32},
	{5, 48, 48},
	{6, 64, 64},
	{10, 0, 50},
	{SYNC_ROOTS, 1, 1},
	{21, 1, 256},
	{22, 2, 2},
	{23, 32, 32},
	{24, 48, 48},
	{25, 64, 64},
	{30, 2, 2},
	{USER, 1, 16},
	{PASSWORD, 1, 16},
};
static const struct type erase_types[] = {
	{ERASE_MASK, 4, 4}, {10, 1, 64}, {20, 1, 64}, {30, 1, 500}};

struct decoder {
	const struct type *types;
	size_t n_types;
	uint64_t seen; /* bits 1 << type */
	uint16_t path_length;
	bool erase;
	struct sim_uefi_params *out;
};

static const struct type *find(const struct decoder *d, unsigned type)
{
	for (size_t i = 0; i < d->n_types; i++)
		if (d->types[i].type == type)
			return &d->types[i];
	return NULL;
}

static bool printable(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

static bool take_value(struct decoder *d, unsigned type, const uint8_t *p, size_t n)
{
	struct rd in = rd_init(p, n);

	if (d->erase) {
		if (type == ERASE_MASK)
			d->out->erase_mask = rd_le32(&in);
		return true;
	}
	switch (type) {
	case NETWORK_PATH:
	case FILE_PATH:
		memcpy(type == FILE_PATH ? d->out->path : d->out->url, p, n);
		return printable(p, n);
	case FILE_PATH_LENGTH:
		d->path_length = rd_le16(&in);
		return true;
	case SYNC_ROOTS:
		d->out->sync_roots = p[0] == 1;
		return p[0] <= 1;
	case USER:
		d->out->has_user = true;
		return printable(p, n);
	case PASSWORD:
		d->out->has_password = true;
		return true;
	default:
		return true;
	}
}

/*  0        2      4        8
 *  | 0x8086 | type | length | value |   all little-endian
 */
static struct err *entry(struct decoder *d, struct rd *r)
{
	unsigned vendor = rd_le16(r), type = rd_le16(r);
	uint32_t n = rd_le32(r);
	const struct type *t = find(d, type);

	if (r->st != RD_OK || vendor != VENDOR_INTEL)
		return err_new(ERR_INVALID, "UEFI boot parameters: no entry of Intel's");
	if (t == NULL || d->seen & 1ull << type)
		return err_new(ERR_INVALID,
			       "UEFI boot parameter %u is unknown or there twice", type);
	if (n < t->min || n > t->max)
		return err_new(ERR_INVALID, "UEFI boot parameter %u has %u bytes", type,
			       n);
	const uint8_t *p = rd_bytes(r, n);
	if (p == NULL || !take_value(d, type, p, n))
		return err_new(ERR_INVALID, "UEFI boot parameter %u has no such value",
			       type);
	d->seen |= 1ull << type;
	return NULL;
}

static struct err *complete(const struct decoder *d)
{
	bool path = d->seen & 1ull << FILE_PATH,
	     length = d->seen & 1ull << FILE_PATH_LENGTH;

	if (d->erase)
		return NULL;
	if (path != length || (path && d->path_length != strlen(d->out->path)))
		return err_new(ERR_INVALID,
			       "UEFI boot parameters: a file needs its length");
	if (d->out->has_password && !d->out->has_user)
		return err_new(ERR_INVALID,
			       "UEFI boot parameters: a password without a user");
	return NULL;
}

static struct err *decode(struct decoder *d, const uint8_t *p, size_t n, uint32_t count)
{
	struct rd r = rd_init(p, n);

	for (uint32_t i = 0; i < count; i++)
		TRY(entry(d, &r));
	if (rd_left(&r) > 0)
		return err_new(ERR_INVALID, "UEFI boot parameters: more than %u entries",
			       count);
	return complete(d);
}

struct err *sim_uefi_params_parse(struct str text, uint32_t count, bool erase,
				  struct sim_uefi_params *out)
{
	struct decoder d = {.types = erase ? erase_types : recovery_types,
			    .n_types = erase ? ARRAY_LEN(erase_types)
					     : ARRAY_LEN(recovery_types),
			    .erase = erase,
			    .out = out};
	struct arena a = {0};
	const uint8_t *p;
	size_t n = 0;
	struct err *e;

	*out = (struct sim_uefi_params){0};
	if (text.n > TEXT_MAX || count == 0 || count > PARAMS_MAX)
		return err_new(ERR_INVALID, "UEFI boot parameters: none, or too many");
	p = base64_decode(&a, text, &n);
	e = p != NULL ? decode(&d, p, n, count)
		      : err_new(ERR_INVALID, "UEFI boot parameters: no base64");
	arena_fini(&a);
	return e;
}

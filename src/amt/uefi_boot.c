/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/uefi_boot.h>

#include <base/cursor.h>
#include <base/encode.h>
#include <stddef.h>

#define VENDOR_INTEL 0x8086
#define ENTRIES_MAX 20
#define BYTES_MAX 2100 /* all types at their longest */

enum kind {
	TEXT, /* printable ASCII */
	BYTES,
	NUMBER, /* of min bytes */
};

struct row {
	uint8_t type;
	enum kind kind;
	uint16_t min, max; /* bytes */
	uint16_t offset;
	const char *name;
};

#define BOOT(member) offsetof(struct uefi_boot, member)
/* clang-format off */
static const struct row boot_rows[] = {
	{1, TEXT, 1, 300, BOOT(url), "URL"},
	{2, TEXT, 1, 300, BOOT(path), "file path"},
	{3, NUMBER, 2, 2, BOOT(path_length), "length of the file path"},
	{4, BYTES, 32, 32, BOOT(image_sha256), "SHA-256 of the image"},
	{5, BYTES, 48, 48, BOOT(image_sha384), "SHA-384 of the image"},
	{6, BYTES, 64, 64, BOOT(image_sha512), "SHA-512 of the image"},
	{10, BYTES, 0, 50, BOOT(optional_data), "optional data"},
	{20, NUMBER, 1, 1, BOOT(sync_roots), "root synchronization"},
	{21, TEXT, 1, 256, BOOT(server_name), "server name"},
	{22, NUMBER, 2, 2, BOOT(name_check), "server name check"},
	{23, BYTES, 32, 32, BOOT(server_sha256), "SHA-256 of the server certificate"},
	{24, BYTES, 48, 48, BOOT(server_sha384), "SHA-384 of the server certificate"},
	{25, BYTES, 64, 64, BOOT(server_sha512), "SHA-512 of the server certificate"},
	{30, NUMBER, 2, 2, BOOT(timeout_s), "time-out"},
	{40, TEXT, 1, 16, BOOT(user), "user name"},
	{41, BYTES, 1, 16, BOOT(password), "password"},
};
#define ERASE(member) offsetof(struct uefi_erase, member)
static const struct row erase_rows[] = {
	{1, NUMBER, 4, 4, ERASE(mask), "mask"},
	{10, BYTES, 1, 64, ERASE(psid), "PSID"},
	{20, BYTES, 1, 64, ERASE(ssd_password), "SSD password"},
	{30, BYTES, 1, 500, ERASE(oem), "OEM data"},
};
/* clang-format on */

static bool printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* ---- encoding ---- */

static struct str value_of(const struct row *row, const void *p, uint8_t tmp[4])
{
	const void *member = (const char *)p + row->offset;
	const struct uefi_number *n = member;

	if (row->kind != NUMBER)
		return *(const struct str *)member;
	for (size_t i = 0; i < 4; i++)
		tmp[i] = (uint8_t)(n->v >> 8 * i);
	return n->set ? (struct str){(const char *)tmp, row->min} : (struct str){0};
}

static struct err *put(struct wr *w, const struct row *row, const void *p,
		       uint32_t *count)
{
	uint8_t tmp[4];
	struct str v = value_of(row, p, tmp);

	if (v.p == NULL)
		return NULL;
	if (v.n < row->min || v.n > row->max || (row->kind == TEXT && !printable(v)))
		return err_new(ERR_INVALID,
			       "boot parameter %s: %u to %u characters of ASCII, not %zu",
			       row->name, row->min, row->max, v.n);
	wr_le16(w, VENDOR_INTEL);
	wr_le16(w, row->type);
	wr_le32(w, (uint32_t)v.n);
	wr_bytes(w, v.p, v.n);
	(*count)++;
	return NULL;
}

static struct err *encode(struct arena *a, const struct row *rows, size_t n,
			  const void *p, struct str *base64, uint32_t *count)
{
	uint8_t *bytes = arena_alloc(a, BYTES_MAX);
	struct wr w = wr_init(bytes, BYTES_MAX);

	*count = 0;
	for (size_t i = 0; i < n; i++)
		TRY(put(&w, &rows[i], p, count));
	OB_ASSERT(w.ok);
	*base64 = str_of(base64_encode(a, bytes, wr_len(&w)));
	return NULL;
}

static struct err *boot_complete(const struct uefi_boot *p)
{
	bool path = p->path.p != NULL;

	if (path != p->path_length.set || (path && p->path_length.v != p->path.n))
		return err_new(ERR_INVALID,
			       "UEFI boot parameters: a file needs its length");
	if (p->sync_roots.set && p->sync_roots.v > 1)
		return err_new(ERR_INVALID, "UEFI boot parameter 20 has no such value");
	if (p->password.p != NULL && p->user.p == NULL)
		return err_new(ERR_INVALID,
			       "UEFI boot parameters: a password without a user");
	return NULL;
}

struct err *uefi_boot_encode(struct arena *a, const struct uefi_boot *p,
			     struct str *base64, uint32_t *count)
{
	struct uefi_boot whole = *p;

	whole.path_length = (struct uefi_number){p->path.p != NULL, (uint32_t)p->path.n};
	TRY(boot_complete(&whole));
	return encode(a, boot_rows, ARRAY_LEN(boot_rows), &whole, base64, count);
}

struct err *uefi_erase_encode(struct arena *a, const struct uefi_erase *p,
			      struct str *base64, uint32_t *count)
{
	return encode(a, erase_rows, ARRAY_LEN(erase_rows), p, base64, count);
}

/* ---- decoding ---- */

static const struct row *find(const struct row *rows, size_t n, unsigned type)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static bool take_value(const struct row *row, struct str v, void *out)
{
	void *member = (char *)out + row->offset;
	struct uefi_number n = {.set = true};

	if (row->kind == NUMBER) {
		for (size_t i = 0; i < v.n; i++)
			n.v |= (uint32_t)(uint8_t)v.p[i] << 8 * i;
		*(struct uefi_number *)member = n;
		return true;
	}
	*(struct str *)member = v;
	return row->kind != TEXT || printable(v);
}

/*  0        2      4        8
 *  | 0x8086 | type | length | value |   all little-endian
 */
static struct err *entry(struct rd *r, const struct row *rows, size_t n, uint64_t *seen,
			 void *out)
{
	unsigned vendor = rd_le16(r), type = rd_le16(r);
	uint32_t size = rd_le32(r);
	const struct row *row = find(rows, n, type);

	if (r->st != RD_OK || vendor != VENDOR_INTEL)
		return err_new(ERR_INVALID, "UEFI boot parameters: no entry of Intel's");
	if (row == NULL || *seen & 1ull << type)
		return err_new(ERR_INVALID,
			       "UEFI boot parameter %u is unknown or there twice", type);
	if (size < row->min || size > row->max)
		return err_new(ERR_INVALID, "UEFI boot parameter %u has %u bytes", type,
			       size);
	const uint8_t *p = rd_bytes(r, size);
	if (p == NULL || !take_value(row, (struct str){(const char *)p, size}, out))
		return err_new(ERR_INVALID, "UEFI boot parameter %u has no such value",
			       type);
	*seen |= 1ull << type;
	return NULL;
}

static struct err *decode(struct arena *a, const struct row *rows, size_t n,
			  struct str base64, uint32_t count, void *out)
{
	uint64_t seen = 0;
	size_t size = 0;

	if (base64.n > BYTES_MAX * 4 / 3 + 4 || count == 0 || count > ENTRIES_MAX)
		return err_new(ERR_INVALID, "UEFI boot parameters: none, or too many");
	const uint8_t *p = base64_decode(a, base64, &size);
	if (p == NULL)
		return err_new(ERR_INVALID, "UEFI boot parameters: no base64");
	struct rd r = rd_init(p, size);
	for (uint32_t i = 0; i < count; i++)
		TRY(entry(&r, rows, n, &seen, out));
	if (rd_left(&r) > 0)
		return err_new(ERR_INVALID, "UEFI boot parameters: more than %u entries",
			       count);
	return NULL;
}

struct err *uefi_boot_decode(struct arena *a, struct str base64, uint32_t count,
			     struct uefi_boot *out)
{
	*out = (struct uefi_boot){0};
	TRY(decode(a, boot_rows, ARRAY_LEN(boot_rows), base64, count, out));
	return boot_complete(out);
}

struct err *uefi_erase_decode(struct arena *a, struct str base64, uint32_t count,
			      struct uefi_erase *out)
{
	*out = (struct uefi_erase){0};
	return decode(a, erase_rows, ARRAY_LEN(erase_rows), base64, count, out);
}

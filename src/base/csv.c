/* SPDX-License-Identifier: Apache-2.0 */
#include <base/csv.h>

#include <string.h>

static void field(struct buf *b, const char *s)
{
	if (*s != '\0' && strchr("=+-@\t\r", *s) != NULL) {
		buf_adds(b, "\"'");
	} else if (strpbrk(s, ",\"\r\n") == NULL) {
		buf_adds(b, s);
		return;
	} else {
		buf_addc(b, '"');
	}
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_addc(b, '"');
		buf_addc(b, *s);
	}
	buf_addc(b, '"');
}

void csv_row(struct buf *b, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (fields[i] != NULL)
			field(b, fields[i]);
	}
	buf_adds(b, "\r\n");
}

/* SPDX-License-Identifier: Apache-2.0
 * Comma-separated values (RFC 4180), for people who open them in a spreadsheet.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <base/buf.h>

/* One row with its CRLF. NULL is an empty field. A text that a spreadsheet would take for
 * a formula gets an apostrophe in front, since records hold names that others chose. */
void csv_row(struct buf *b, const char *const *fields, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * The table of AMTHI commands, for amthi.c and its tests.
 */
#ifndef AMT_HECI_AMTHI_TABLE_H
#define AMT_HECI_AMTHI_TABLE_H

#include <amt/heci/amthi.h>
#include <amt/heci/fields.h>

struct amthi_row {
	uint32_t command;
	const char *name;
	const struct heci_field *request;  /* into struct amthi_request */
	const struct heci_field *response; /* into the command's struct */
	size_t response_size;
};

extern const struct amthi_row amthi_rows[];
extern const size_t amthi_rows_n;

#endif

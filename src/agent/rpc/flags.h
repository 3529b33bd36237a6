/* SPDX-License-Identifier: Apache-2.0
 * How rows of flags are written. For flags_*.c alone.
 */
#ifndef AGENT_RPC_FLAGS_H
#define AGENT_RPC_FLAGS_H

#include <agent/rpc/command.h>

/* clang-format off */
#define FLAG_ROW(n, l, k, m, v, e, d, h) \
	{.name = n, .letter = l, .kind = k, .offset = offsetof(struct rpc_options, m), \
	 .value = v, .env = e, .by_default = d, .help = h}
/* name, letter, member, environment, help */
#define ON(n, l, m, e, h) FLAG_ROW(n, l, FLAG_BOOL, m, NULL, e, NULL, h)
/* on unless it is switched off: --name=false */
#define OFF(n, m, e, h) FLAG_ROW(n, 0, FLAG_BOOL, m, NULL, e, "true", h)
/* name, letter, member, value, environment, help */
#define TEXT(n, l, m, v, e, h) FLAG_ROW(n, l, FLAG_TEXT, m, v, e, NULL, h)
#define PRESET(n, l, m, v, e, d, h) FLAG_ROW(n, l, FLAG_TEXT, m, v, e, d, h)
#define SECRET(n, l, m, v, e, h) FLAG_ROW(n, l, FLAG_SECRET, m, v, e, NULL, h)
#define SHOW(n, l, b, h) \
	{.name = n, .letter = l, .kind = FLAG_SHOW, .bit = b, \
	 .offset = offsetof(struct rpc_options, show), .help = h}
/* v2: another exit code when the value is missing */
#define CODED(n, m, v, e, c, h) \
	{.name = n, .kind = FLAG_TEXT, .offset = offsetof(struct rpc_options, m), .value = v, \
	 .env = e, .missing = c, .help = h}
#define FLAGS_END {.name = NULL}

#ifdef OB_VIRTUAL_HECI
#define HECI_ROW TEXT("heci", 0, heci, "PATH", "OUTBAND_HECI", "socket of a virtual device instead of /dev/mei0"),
#else
#define HECI_ROW
#endif
/* clang-format on */

#endif

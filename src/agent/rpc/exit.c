/* SPDX-License-Identifier: Apache-2.0
 * The table of exit codes.
 */
#include <agent/rpc/exit.h>

static const struct {
	enum rpc_exit code;
	const char *text;
	enum err_kind kind;
} rows[] = {
#define ROW(code, name, text, kind) {RPC_EXIT_##name, text, ERR_##kind},
	RPC_EXITS(ROW)
#undef ROW
};

const char *rpc_exit_text(enum rpc_exit code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return rows[i].text;
	return rpc_exit_text(RPC_EXIT_GENERIC);
}

enum err_kind rpc_exit_kind(enum rpc_exit code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return rows[i].kind;
	return ERR_INTERNAL;
}

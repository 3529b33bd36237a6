/* SPDX-License-Identifier: Apache-2.0
 * The watchdog client's "state independence" commands: may AMT be switched on, is it, and
 * does it take TLS alone on local ports. rpc.md 2.6. They have no AMTHI header:
 *
 *   05 02 51 10      IsChangeToAMTEnabled    -> bitmap (old firmware: 4 bytes)
 *   05 02 52 10      ChangeToAMT             -> u32 status
 *   05 03 53 10 xx   SetAmtOperationalState  -> 05 03 53 10, u32 status
 */
#ifndef AMT_HECI_WATCHDOG_H
#define AMT_HECI_WATCHDOG_H

#include <base/buf.h>
#include <base/cursor.h>

enum watchdog_command {
	WATCHDOG_IS_CHANGE_ENABLED = 0x51,
	WATCHDOG_CHANGE_TO_AMT = 0x52,
	WATCHDOG_SET_OPERATIONAL_STATE = 0x53,
};

/* Bits of the bitmap. All but ALLOWED count only together with NEW_INTERFACE. */
#define WATCHDOG_ALLOWED 0x01u
#define WATCHDOG_AMT_ENABLED 0x02u
#define WATCHDOG_RESTRICTED 0x20u
#define WATCHDOG_TLS_ENFORCED 0x40u
#define WATCHDOG_NEW_INTERFACE 0x80u /* ME 16.1 and later */

#define WATCHDOG_NOT_ALLOWED 0x9Eu /* status of CHANGE_TO_AMT */

struct watchdog_request {
	enum watchdog_command command;
	bool enable; /* SET_OPERATIONAL_STATE */
};

struct watchdog_response {
	uint8_t bitmap;	 /* IS_CHANGE_ENABLED */
	uint32_t status; /* the others; AMTHI statuses */
};

/* Append. */
void watchdog_encode_request(struct buf *out, const struct watchdog_request *rq);
void watchdog_encode_response(struct buf *out, enum watchdog_command c,
			      const struct watchdog_response *r);
/* False: none of these commands (agent presence and such), or of another length. */
bool watchdog_decode_request(const void *p, size_t n, struct watchdog_request *rq);
/* Takes both forms: with the request echoed and without. */
bool watchdog_decode_response(const void *p, size_t n, enum watchdog_command c,
			      struct watchdog_response *r);

#endif

/* SPDX-License-Identifier: Apache-2.0
 * LME: APF over HECI. wire-amt.md 2, rpc.md 3.2. The messages are those of apf.h; this is
 * what differs from CIRA:
 *
 *  - one message per HECI message, so a message's end is known from outside: a
 *    REQUEST_SUCCESS has a port when there are bytes for it, and a global request of
 *    unknown name is skipped instead of ending the link;
 *  - the host takes the server's part, but speaks first (PROTOCOLVERSION);
 *  - no password check, no keep-alive;
 *  - ports by TLS mode: 16992 and 623, or 16993 and 664 alone, and redirection's;
 *  - windows are tiny and not enforced: a CHANNEL_DATA may be as long as the message.
 */
#ifndef AMT_HECI_LME_H
#define AMT_HECI_LME_H

#include <amt/apf/apf.h>

#define LME_TRIGGER 254u     /* of firmware and LMS in PROTOCOLVERSION */
#define LME_TRIGGER_RPC 9u   /* of rpc */
#define LME_CHANNELS 8	     /* pool of the firmware, ids 0 to 7 */
#define LME_HOST_IDS 32	     /* of the host: 1 to 31 in turn */
#define LME_DATA_OVERHEAD 9u /* of a CHANNEL_DATA */
#define LME_WINDOW 4096u

/* What a firmware forwards, without or with TLS. A host knows by web and management that
 * it saw them all. */
struct lme_ports {
	uint16_t web, redirection, management;
};

#define LME_PLAIN ((struct lme_ports){16992, 16994, 623})
#define LME_TLS ((struct lme_ports){16993, 16995, 664})

enum lme_decoded { LME_MESSAGE, LME_SKIP, LME_MALFORMED };

/* One HECI message. why: static text with LME_MALFORMED. Bytes behind the APF message are
 * malformed. */
enum lme_decoded lme_decode(const void *p, size_t n, struct apf_msg *m, const char **why);

#endif

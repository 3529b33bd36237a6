/* SPDX-License-Identifier: Apache-2.0
 * What firmware tells the host's LMS: a channel "direct-tcpip" to port 0, in it one HTTP
 * POST with a CIM_AlertIndication, of which the message's id and its first argument
 * count. rpc.md 7 (sub-services); the form is what Intel's LMS reads.
 */
#ifndef AMT_HECI_LME_ALERT_H
#define AMT_HECI_LME_ALERT_H

#include <base/buf.h>
#include <base/err.h>

#define LME_ALERT_MAX (16u << 10) /* bytes of one request's body */

/* Ids, and what of each is known here (lme_alert_text knows more). */
#define LME_ALERT_POWER "iAMT0067"
enum { LME_POWER_SHUTDOWN, LME_POWER_REBOOT, LME_POWER_SLEEP, LME_POWER_HIBERNATE };
#define LME_ALERT_CONSENT "iAMT0064"
enum { LME_CONSENT_GRANTED = 1, LME_CONSENT_ENDED = 2, LME_CONSENT_REQUESTED = 3 };
#define LME_ALERT_REMOTE "iAMT0050"
enum { LME_SOL_STARTED = 48, LME_SOL_ENDED, LME_IDER_STARTED, LME_IDER_ENDED };
#define LME_ALERT_KVM "iAMT0052"
enum { LME_KVM_REQUESTED, LME_KVM_STARTED, LME_KVM_STOPPED };

struct lme_alert {
	char id[9]; /* iAMT and four digits */
	uint8_t what;
};

/* The whole request, appended. sequence: of the sender's messages. */
void lme_alert_encode(struct buf *out, const struct lme_alert *a, uint64_t sequence,
		      int64_t wall_ms);
/* Of a request's body. ERR_INVALID. */
OB_MUST_CHECK struct err *lme_alert_decode(struct str body, struct arena *a,
					   struct lme_alert *out);
/* For people; NULL: not known. */
const char *lme_alert_text(const struct lme_alert *a);

#endif

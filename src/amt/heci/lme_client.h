/* SPDX-License-Identifier: Apache-2.0
 * The host's LME: connects when a channel is asked for, and again whenever the firmware
 * dropped the session, which it often does after a channel closed. rpc.md 3.2.
 */
#ifndef AMT_HECI_LME_CLIENT_H
#define AMT_HECI_LME_CLIENT_H

#include <amt/heci/lme_session.h>
#include <amt/heci/transport.h>

struct lme_client;

/* trigger: reason in PROTOCOLVERSION, 0 = LME_TRIGGER_RPC. place is borrowed. */
struct lme_client *lme_client_new(const struct heci_place *place, uint32_t trigger);
/* The firmware opened a channel to tell something (lme_alert.h): owns the stream. Without
 * such a function it is refused. */
typedef void lme_alert_fn(void *arg, struct stream *take_s);
void lme_client_on_alert(struct lme_client *c, lme_alert_fn *fn, void *arg);
/* An amt_open_fn (arg: the lme_client): a channel to that port of the local firmware.
 * A session lost meanwhile is made again, twice. ERR_CONFLICT: LMS holds LME; and the
 * errors of heci_connect and lme_channel_open. */
OB_MUST_CHECK OB_SUSPENDS struct err *lme_client_open(void *arg, uint16_t port,
						      struct deadline until,
						      struct stream **out);
/* Waits until the firmware forwarded its ports; *tls: 16993, not 16992. */
OB_MUST_CHECK OB_SUSPENDS struct err *lme_client_tls(struct lme_client *c,
						     struct deadline until, bool *tls);
/* Closes HECI: channels that are still open fail. Nobody may be in lme_client_open. */
void lme_client_free(struct lme_client *c);

#endif

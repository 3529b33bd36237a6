/* SPDX-License-Identifier: Apache-2.0
 * What ider.c (the session) and ider_boot.c (what a BIOS does with the drives) share.
 */
#ifndef SIM_IDER_PRIV_H
#define SIM_IDER_PRIV_H

#include <amt/redirection/ider.h>
#include <amt/redirection/scsi.h>
#include <sim/redirection_priv.h>

struct sim_ider {
	struct sim_talk t;
	bool enabled, attached; /* the drives exist; the host sees them */
	bool reset_pending;	/* told, not yet answered */
	uint32_t boots;		/* resets seen */
	uint32_t sequence;
	int64_t pinged_ms;
	/* The command under way: one at a time. */
	bool running;
	size_t data_max;
	struct buf data;
	uint8_t sense, asc, ascq;
};

/* Sends a command and waits for its end; what came is in o->data (at most max bytes), the
 * sense in o->sense. Errors are the session's: it is over. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_ider_command(struct sim_ider *o,
						       enum ider_device device,
						       const struct scsi_cdb *c,
						       size_t max);
/* Which drives have media: fills the device's drives. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_ider_probe(struct sim_ider *o);
/* Boots the host, which waits for its drive. A drive that does not boot is no error. */
OB_MUST_CHECK OB_SUSPENDS struct err *sim_ider_boot(struct sim_ider *o);

#endif

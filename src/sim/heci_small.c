/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware's small HECI clients: watchdog (may AMT be switched), UPID, MKHI,
 * HOTHAM. rpc.md 2.6, 2.8.
 */
#include <sim/heci_priv.h>

#include <amt/heci/hotham.h>
#include <amt/heci/watchdog.h>

/* ---- watchdog ---- */

static uint8_t bitmap(const struct sim_heci_host *h)
{
	uint8_t bits = h->may_change ? WATCHDOG_ALLOWED : 0;

	if (!h->new_interface)
		return bits;
	bits |= WATCHDOG_NEW_INTERFACE;
	if (h->enabled)
		bits |= WATCHDOG_AMT_ENABLED;
	if (h->tls_enforced)
		bits |= WATCHDOG_TLS_ENFORCED;
	return bits;
}

static uint32_t enable(struct sim_heci_host *h, bool on)
{
	uint32_t status = h->enable != NULL ? h->enable(h->arg, on) : AMTHI_SUCCESS;

	if (status == AMTHI_SUCCESS)
		h->enabled = on;
	return status;
}

static uint32_t set_operational_state(struct sim_heci_host *h, bool on)
{
	if (h->state != AMTHI_PRE_PROVISIONING)
		return AMTHI_INVALID_AMT_MODE;
	if (!h->new_interface || !h->may_change)
		return AMTHI_NOT_PERMITTED;
	return enable(h, on);
}

void sim_heci_watchdog(struct sim_heci_host *h, struct str message, struct buf *out)
{
	struct watchdog_response r = {0};
	struct watchdog_request rq;

	if (!watchdog_decode_request(message.p, message.n, &rq))
		return; /* agent presence is not answered */
	switch (rq.command) {
	case WATCHDOG_IS_CHANGE_ENABLED:
		r.bitmap = bitmap(h);
		break;
	case WATCHDOG_CHANGE_TO_AMT:
		r.status = h->may_change ? enable(h, true) : WATCHDOG_NOT_ALLOWED;
		break;
	case WATCHDOG_SET_OPERATIONAL_STATE:
		r.status = set_operational_state(h, rq.enable);
		break;
	}
	watchdog_encode_response(out, rq.command, &r);
}

/* ---- UPID ---- */

static uint32_t get_id(const struct sim_heci_upid *u, struct upid_msg *m)
{
	if (!u->enabled)
		return UPID_INVALID_STATE;
	m->has_id = u->provisioned;
	m->type = u->type;
	memcpy(m->oem, u->oem, sizeof(m->oem));
	memcpy(m->hardware, u->hardware, sizeof(m->hardware));
	return UPID_SUCCESS;
}

static uint32_t upid(struct sim_heci_upid *u, struct upid_msg *m)
{
	if (!u->supported)
		return UPID_NOT_SUPPORTED;
	switch (m->command) {
	case UPID_SUPPORT_GET:
		m->byte = 1;
		return UPID_SUCCESS;
	case UPID_STATE_GET:
		m->byte = u->enabled;
		return UPID_SUCCESS;
	case UPID_STATE_SET:
		u->enabled = m->byte != 0;
		return UPID_SUCCESS;
	case UPID_OS_CONTROL_GET:
		m->byte = u->os_control;
		return UPID_SUCCESS;
	case UPID_PLATFORM_ID_GET:
		return get_id(u, m);
	case UPID_REFURBISH_COUNTER_GET:
		m->counter = u->refurbished;
		return UPID_SUCCESS;
	default: /* only BIOS may, before the end of POST */
		return UPID_AFTER_EOP;
	}
}

void sim_heci_upid(struct sim_heci_host *h, struct str message, struct buf *out)
{
	struct upid_msg m;
	int wrong = upid_decode_request(message.p, message.n, &m);

	if (wrong < 0)
		return;
	m.status = wrong > 0 ? (uint32_t)wrong : upid(&h->upid, &m);
	upid_encode_response(out, &m);
}

/* ---- MKHI ---- */

static uint8_t get_rule(const struct sim_heci_host *h, uint32_t rule,
			struct mkhi_rule *out)
{
	for (size_t i = 0; i < h->n_rules; i++)
		if (h->rules[i].rule == rule) {
			*out = h->rules[i];
			return MKHI_SUCCESS;
		}
	return MKHI_INVALID_PARAMS;
}

static uint8_t mkhi(const struct sim_heci_host *h, const struct mkhi_request *rq,
		    void *out)
{
	switch (rq->command) {
	case MKHI_GET_RULE:
		return get_rule(h, rq->value, out);
	case MKHI_GET_FW_VERSION:
		*(struct mkhi_fw_version *)out = h->firmware;
		return MKHI_SUCCESS;
	case MKHI_GET_BOOT_STATE:
		((struct mkhi_boot_state *)out)->state = h->boot_state;
		return MKHI_SUCCESS;
	case MKHI_GET_IMAGE_TYPE:
		((struct mkhi_value *)out)->value = h->image_type;
		return MKHI_SUCCESS;
	case MKHI_GET_EOP_STATE:
		((struct mkhi_value *)out)->value = h->eop_state;
		return MKHI_SUCCESS;
	case MKHI_GET_MEASURED_BOOT_STATE:
		((struct mkhi_measured_boot *)out)->state = h->measured_boot;
		return MKHI_SUCCESS;
	case MKHI_GET_IMAGE_FW_VERSION:
		if (h->modules == NULL)
			return MKHI_NOT_FOUND;
		*(struct mkhi_modules *)out = *h->modules;
		return MKHI_SUCCESS;
	}
	return MKHI_INVALID_COMMAND;
}

void sim_heci_mkhi(struct sim_heci_host *h, struct str message, struct buf *out)
{
	struct arena a = {0};
	struct mkhi_request rq;
	int wrong = mkhi_decode_request(message.p, message.n, &rq);

	if (wrong < 0)
		return;
	if (wrong > 0) {
		mkhi_encode_refusal(out, rq.command, (uint8_t)wrong);
		return;
	}
	void *response = arena_zalloc(&a, mkhi_response_size(rq.command));
	uint8_t result = mkhi(h, &rq, response);
	mkhi_encode_response(out, rq.command, result, response);
	arena_fini(&a);
}

/* ---- HOTHAM ---- */

void sim_heci_hotham(struct sim_heci_host *h, struct str message, struct buf *out)
{
	struct hotham_response r = {.supported = h->flash_log.p != NULL,
				    .log = h->flash_log};
	enum hotham_command c;

	if (!hotham_decode_request(message.p, message.n, &c))
		return;
	r.size = (uint32_t)r.log.n;
	hotham_encode_response(out, c, &r);
}

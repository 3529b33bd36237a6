/* SPDX-License-Identifier: Apache-2.0
 * The virtual firmware's AMTHI: answers from the host struct's fields, the rest from its
 * call. rpc.md 2.5.
 */
#include <sim/heci_priv.h>

#include <base/log.h>

static uint32_t code_versions(const struct sim_heci_host *h,
			      struct amthi_code_versions *v)
{
	OB_ASSERT(h->n_versions <= AMTHI_MAX_VERSIONS);
	v->bios = h->bios;
	v->n = (uint32_t)h->n_versions;
	for (uint32_t i = 0; i < v->n; i++)
		v->versions[i] = h->versions[i];
	return AMTHI_SUCCESS;
}

static uint32_t hash_handles(const struct sim_heci_host *h, struct amthi_hash_handles *v)
{
	OB_ASSERT(h->n_hashes <= AMTHI_MAX_HASHES);
	v->n = (uint32_t)h->n_hashes;
	for (uint32_t i = 0; i < v->n; i++)
		v->handles[i] = i;
	return AMTHI_SUCCESS;
}

static uint32_t cert_hash(const struct sim_heci_host *h, uint32_t handle,
			  struct amthi_cert_hash *v)
{
	if (handle >= h->n_hashes)
		return AMTHI_NOT_FOUND;
	*v = h->hashes[handle];
	return AMTHI_SUCCESS;
}

static uint32_t lan(const struct sim_heci_host *h, uint32_t index, struct amthi_lan *v)
{
	if (index >= ARRAY_LEN(h->lan))
		return AMTHI_INVALID_PARAMETER;
	if (h->lan[index] == NULL)
		return AMTHI_NOT_FOUND;
	*v = *h->lan[index];
	return AMTHI_SUCCESS;
}

static uint32_t call(struct sim_heci_host *h, const struct amthi_request *rq,
		     struct arena *a, void *response)
{
	return h->call != NULL ? h->call(h->arg, rq, a, response) : AMTHI_INVALID_COMMAND;
}

/* By HECI a device leaves CCM, or a configuration that stuck; ACM needs the password. */
static uint32_t unprovision(struct sim_heci_host *h, const struct amthi_request *rq,
			    struct arena *a, void *response)
{
	if (h->state == AMTHI_PRE_PROVISIONING ||
	    (h->mode == AMTHI_ADMIN_CONTROL && h->state == AMTHI_POST_PROVISIONING))
		return AMTHI_INVALID_AMT_MODE;
	if (rq->value != 0)
		return AMTHI_INVALID_PARAMETER;
	return call(h, rq, a, response);
}

static uint32_t start_hbased(struct sim_heci_host *h, const struct amthi_request *rq,
			     struct arena *a, void *response)
{
	if (rq->start.hash_algorithm != AMTHI_SHA256 &&
	    rq->start.hash_algorithm != AMTHI_SHA384)
		return AMTHI_INVALID_PARAMETER;
	if (h->state == AMTHI_POST_PROVISIONING && h->mode == AMTHI_ADMIN_CONTROL)
		return AMTHI_INVALID_AMT_MODE;
	return call(h, rq, a, response);
}

static uint32_t value(void *response, uint32_t v)
{
	((struct amthi_value *)response)->value = v;
	return AMTHI_SUCCESS;
}

static uint32_t answer(struct sim_heci_host *h, const struct amthi_request *rq,
		       struct arena *a, void *response)
{
	struct amthi_account *account = response;

	switch (rq->command) {
	case AMTHI_GET_CODE_VERSIONS:
		return code_versions(h, response);
	case AMTHI_GET_PROVISIONING_STATE:
		return value(response, h->state);
	case AMTHI_GET_CONTROL_MODE:
		return value(response, h->mode);
	case AMTHI_GET_PROVISIONING_MODE: /* the other modes are gone since AMT 6 */
		((struct amthi_provisioning_mode *)response)->mode = 1;
		return AMTHI_SUCCESS;
	case AMTHI_GET_UUID:
		memcpy(((struct amthi_uuid *)response)->uuid, h->uuid, 16);
		return AMTHI_SUCCESS;
	case AMTHI_GET_PKI_FQDN_SUFFIX:
		((struct amthi_text *)response)->text = h->dns_suffix;
		return AMTHI_SUCCESS;
	case AMTHI_GET_FQDN:
		*(struct amthi_fqdn *)response = h->fqdn;
		return AMTHI_SUCCESS;
	case AMTHI_ENUMERATE_HASH_HANDLES:
		return hash_handles(h, response);
	case AMTHI_GET_CERT_HASH_ENTRY:
		return cert_hash(h, rq->value, response);
	case AMTHI_GET_REMOTE_ACCESS_CONNECTION_STATUS:
		*(struct amthi_remote *)response = h->remote;
		return AMTHI_SUCCESS;
	case AMTHI_GET_LAN_INTERFACE_SETTINGS:
		return lan(h, rq->value, response);
	case AMTHI_GET_LOCAL_SYSTEM_ACCOUNT:
		account->user = h->account_user;
		account->password = h->account_password;
		return AMTHI_SUCCESS;
	case AMTHI_UNPROVISION:
		return unprovision(h, rq, a, response);
	case AMTHI_START_CONFIGURATION_HBASED:
		return start_hbased(h, rq, a, response);
	default:
		return call(h, rq, a, response);
	}
}

void sim_heci_amthi(struct sim_heci_host *h, struct str message, struct buf *out)
{
	struct arena a = {0};
	struct amthi_request rq;
	int wrong = amthi_decode_request(message.p, message.n, &rq);

	if (wrong < 0) {
		log_debug("AMTHI message without a header", F_U64("bytes", message.n));
		return;
	}
	if (wrong > 0) {
		amthi_encode_refusal(out, rq.command, (uint32_t)wrong);
		return;
	}
	void *response = arena_zalloc(&a, amthi_response_size(rq.command));
	uint32_t status = answer(h, &rq, &a, response);
	amthi_encode_response(out, rq.command, status, response);
	log_debug("AMTHI", F_STR("command", amthi_command_name(rq.command)),
		  F_U64("status", status));
	arena_fini(&a);
}

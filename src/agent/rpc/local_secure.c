/* SPDX-License-Identifier: Apache-2.0
 * Secure host-based set-up: admin control mode where local ports take TLS alone (AMT 19
 * and later, 16.1 when enforced). The provisioning certificate is the client's on the TLS
 * connection, the firmware shows its on-die chain. rpc.md 4.4.
 */
#include <agent/rpc/local_priv.h>

#include <amt/heci/clients.h>
#include <device/admin.h>
#include <device/odca.h>
#include <device/setup.h>
#include <net/cert.h>
#include <stdlib.h>

#define START_TRIES 3
#define START_PAUSE_MS 2000
#define VERIFY_TRIES 3
#define VERIFY_PAUSE_MS 1000
#define PT_DATA_MISSING 2057

/* ---- the way in ---- */

/* The firmware will let the holder of this certificate in, and tells the hash of its own.
 */
static struct err *start(struct rpc *r, const struct activation_cert *cert)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_start start = {.hash_algorithm = AMTHI_SHA256};
	struct amthi_started started;

	EVP_Digest(cert->der[0].p, cert->der[0].n, start.hash, NULL, EVP_sha256(), NULL);
	for (int tries = 1;; tries++) {
		struct err *e = amthi_start_configuration_hbased(
			&c, &start, deadline_in(RPC_HECI_MS), &started);
		if (e == NULL)
			break;
		if (tries == START_TRIES || e->kind == ERR_CANCELLED)
			return err_wrap(e,
					"Host-Based Configuration rejected after %d "
					"attempts",
					tries);
		rpc_log(r, LOG_WARN,
			"Host-Based Configuration failed (%d/%d). "
			"Retrying...",
			tries, START_TRIES);
		rpc_log_err(r, LOG_WARN, e);
		err_free(e);
		TRY(fiber_sleep_ms(START_PAUSE_MS));
	}
	odca_leaf_hash(rpc_way_odca(r), started.hash, sizeof(started.hash),
		       started.hash_algorithm == AMTHI_SHA384 ? 48 : 32);
	return NULL;
}

/* Not every platform tells its identifier; the chain counts without it, too. */
static struct err *bind_platform(struct rpc *r)
{
	struct odca *o = rpc_way_odca(r);
	struct upid_msg m = {0};
	struct err *e = upid_get(&r->place, deadline_in(RPC_HECI_MS), &m);

	if (err_is(e, ERR_CANCELLED))
		return e;
	if (e != NULL)
		rpc_log_err(r, LOG_DEBUG, e);
	if (e == NULL && m.has_id) {
		o->has_hardware_id = true;
		memcpy(o->hardware_id, m.hardware, sizeof(o->hardware_id));
	}
	err_free(e);
	return NULL;
}

static const char *chain_pem(struct rpc *r, const struct activation_cert *cert)
{
	struct buf b = {0};

	for (size_t i = 0; i < cert->n; i++) {
		const unsigned char *p = (const unsigned char *)cert->der[i].p;
		X509 *x = d2i_X509(NULL, &p, (long)cert->der[i].n);
		char *pem = cert_pem(x);
		buf_adds(&b, pem);
		free(pem);
		X509_free(x);
	}
	const char *text = arena_strdup(&r->a, b.p);
	buf_fini(&b);
	return text;
}

/* ---- in it ---- */

static struct err *set_password(struct rpc *r, struct device_call *c, const void *arg)
{
	struct str realm;
	struct err *e = device_setup_realm(c, &realm);

	if (e != NULL)
		return e;
	TRY(device_admin_password(c, realm, &r->o.password));
	rpc_log(r, LOG_INFO, "Successfully updated AMT Password.");
	return NULL;
}

static struct err *set_mebx(struct rpc *r, struct device_call *c,
			    const struct secret *password)
{
	struct err *e = device_setup_mebx(c, password);

	if (e != NULL)
		return err_wrap(e, "Failed to configure MEBx Password");
	rpc_log(r, LOG_INFO, "Successfully updated MEBx Password.");
	return NULL;
}

/* The AMT password first, then one that a person knows. */
static struct err *guess_mebx(struct rpc *r, struct device_call *c)
{
	rpc_log(r, LOG_INFO,
		"CommitChanges returned error 2057 (PT_STATUS_DATA_MISSING); "
		"MEBx password is required");
	struct err *e = set_mebx(r, c, &r->o.password);
	if (e == NULL || e->kind == ERR_CANCELLED || e->kind == ERR_CLOSED)
		return e;
	rpc_log_err(r, LOG_WARN, e);
	err_free(e);
	rpc_log(r, LOG_WARN,
		"AMT password did not work for MEBx. Prompting for MEBx "
		"password...");
	TRY(rpc_ask_secret(r, "MEBx Password", &r->o.mebx_password));
	return set_mebx(r, c, &r->o.mebx_password);
}

static struct err *finish(struct rpc *r, struct device_call *c, const void *arg)
{
	bool given = r->o.mebx_password.n > 0;

	if (given)
		TRY(set_mebx(r, c, &r->o.mebx_password));
	struct err *e = device_setup_commit(c);
	if (e == NULL || given || c->return_value != PT_DATA_MISSING)
		return e;
	err_free(e);
	TRY(guess_mebx(r, c));
	return device_setup_commit(c);
}

/* The local account; firmware that takes admin alone by now is asked so. */
static struct err *password(struct rpc *r)
{
	struct err *e = local_talk(r, RPC_AS_HOST, set_password, NULL);

	if (!err_is(e, ERR_UNAUTHENTICATED))
		return e;
	err_free(e);
	return local_talk(r, RPC_AS_ADMIN, set_password, NULL);
}

/* The commit restarts the firmware's ports, often before it answers: HECI tells. */
static struct err *verify(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);
	struct amthi_value state = {.value = AMTHI_POST_PROVISIONING};

	rpc_way_drop(r);
	for (int tries = 1;; tries++) {
		TRY(rpc_read_mode(r));
		struct err *e = amthi_get_provisioning_state(&c, deadline_in(RPC_HECI_MS),
							     &state);
		if (err_is(e, ERR_CANCELLED))
			return e;
		err_free(e);
		if (r->mode != AMTHI_NOT_ACTIVATED &&
		    state.value == AMTHI_POST_PROVISIONING)
			return NULL;
		if (tries == VERIFY_TRIES)
			return err_new(ERR_DEVICE,
				       "the device did not become provisioned");
		TRY(fiber_sleep_ms(VERIFY_PAUSE_MS));
	}
}

/* ---- out of it ---- */

static void give_up(struct rpc *r)
{
	struct amthi_client c = rpc_amthi(r);

	rpc_log(r, LOG_INFO,
		"Activation failed; putting device back to pre-provisioning state");
	rpc_way_drop(r);
	fiber_shield(1);
	struct err *e = amthi_stop_configuration(&c, deadline_in(RPC_HECI_MS));
	fiber_shield(-1);
	if (e == NULL)
		return;
	e = err_wrap(e, "Failed to stop configuration");
	rpc_log_err(r, LOG_ERROR, e);
	err_free(e);
}

static struct err *run(struct rpc *r)
{
	TRY(bind_platform(r));
	TRY(password(r));
	TRY(local_talk(r, RPC_AS_ADMIN, finish, NULL));
	return verify(r);
}

struct err *local_activate_secure(struct rpc *r, const struct activation_cert *cert)
{
	_cleanup_(secret_fini) struct secret key = {0};
	struct err *e = start(r, cert);

	/* Without an answer it may have begun. */
	if (err_is(e, ERR_CANCELLED) || err_is(e, ERR_TIMEOUT) || err_is(e, ERR_CLOSED))
		give_up(r);
	if (e != NULL)
		return rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATION);
	cert_key_pem(cert->key, &key);
	rpc_way_client(r, chain_pem(r, cert), &key);
	e = run(r);
	rpc_way_client(r, NULL, NULL);
	if (e == NULL)
		return NULL;
	give_up(r);
	return r->code != RPC_EXIT_OK ? e : rpc_exit_wrap(r, e, RPC_EXIT_ACTIVATION);
}

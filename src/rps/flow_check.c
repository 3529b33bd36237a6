/* SPDX-License-Identifier: Apache-2.0
 * What must hold before a device is touched, with upstream's texts (rps.md 5.6, 7.1).
 */
#include <rps/flow.h>

#include <rps/flow_8021x.h>
#include <rps/rps_jobs.h>

#define OLDEST_MAJOR 7
#define OLDEST_BUILD 3000
#define MAJOR_WITHOUT_HASHES 19 /* they come with the tunnel's certificate */
#define READ_MS 20000

static struct deadline soon(const struct flow *f)
{
	return deadline_min(f->until, deadline_in(READ_MS));
}

/* ---- firmware ---- */

/* Releases whose early builds cannot be set up remotely. */
static bool needs_new_build(struct str ver)
{
	static const char *const releases[] = {"7.0",  "7.1",  "8.0", "8.1",
					       "9.0",  "9.1",  "9.5", "10.0",
					       "11.0", "11.5", "11.6"};
	struct str rest = ver, major, minor = {0};

	if (!str_split(&rest, '.', &major) || !str_split(&rest, '.', &minor))
		return false;
	struct str release = {ver.p, (size_t)(minor.p + minor.n - ver.p)};
	for (size_t i = 0; i < ARRAY_LEN(releases); i++)
		if (str_eqz(release, releases[i]))
			return true;
	return false;
}

static struct err *check_firmware(struct flow *f, const char *action)
{
	const struct rpc_payload *p = &f->payload;
	uint64_t build;

	if (rpc_payload_major(p) < OLDEST_MAJOR)
		return err_new(ERR_INVALID,
			       "Device %s %s failed. AMT version: " STR_FMT
			       ". Version less than 7 cannot be remotely configured ",
			       f->guid, action, STR_ARG(p->ver));
	if (needs_new_build(p->ver) && str_u64(p->build, UINT32_MAX, &build) &&
	    build < OLDEST_BUILD)
		return err_new(ERR_INVALID,
			       "Device %s %s failed. Please check with your OEM for a "
			       "firmware update.",
			       f->guid, action);
	return NULL;
}

/* ---- the password that is kept ---- */

/* What the client gives must be the password that is stored, or the one that was being
 * set when an earlier run ended: then those are used, else what the client gives, which
 * the device itself checks. When the first password was being set its user cannot know
 * it, and activating again is how that run is finished. */
static struct err *check_password(struct flow *f)
{
	const struct device_secrets *s = &f->stored;
	struct str given = {f->payload.password.p, f->payload.password.n};

	f->know_password = secret_equal(&s->amt_password, given) ||
			   secret_equal(&s->next_amt_password, given);
	if (f->know_password || f->command.force)
		return NULL;
	if (s->amt_password.p == NULL && f->command.action == RPC_ACTIVATE)
		f->know_password = s->next_amt_password.p != NULL;
	if (s->amt_password.p == NULL)
		return NULL;
	return err_new(ERR_FORBIDDEN,
		       "AMT password DOES NOT match stored version for Device %s",
		       f->guid);
}

static struct err *read_stored(struct flow *f)
{
	struct err *e = device_secrets_get(f->rps->secrets, f->guid, f->arena, soon(f),
					   &f->stored);

	if (!err_is(e, ERR_NOT_FOUND))
		return e == NULL ? NULL
				 : err_wrap(e, "Failed to read the device's secrets");
	err_free(e);
	return NULL;
}

/* A device that was activated for another tenant is not this caller's to change; nor is
 * one that was not activated here, and that the MPS lets in as another tenant's. */
static struct err *check_owner(struct flow *f)
{
	struct rps_device d;
	bool theirs = true;
	struct err *e =
		rps_device_get(f->rps->store, NULL, f->guid, f->arena, soon(f), &d);

	if (e == NULL) {
		theirs = strcmp(d.tenant, f->tenant) == 0;
	} else if (err_is(e, ERR_NOT_FOUND)) {
		err_free(e);
		if (f->stored.mps_password.p != NULL)
			TRY(rps_mps_has(f->rps, f->tenant, f->guid, f->arena, soon(f),
					&theirs));
	} else {
		return err_wrap(e, "Failed to read the device's record");
	}
	return theirs ? NULL
		      : err_new(ERR_FORBIDDEN,
				"Device belongs to another tenant. Please unprovision "
				"and re-activate device.");
}

/* ---- activation ---- */

static struct err *read_profile(struct flow *f)
{
	const char *name = str_dup(f->arena, f->command.profile);
	struct err *e = rps_setup_read(f->rps->store, f->tenant, name, f->arena, soon(f),
				       &f->setup);

	if (err_is(e, ERR_NOT_FOUND) && f->setup.profile.name == NULL)
		return err_wrap(e,
				"Device %s activation failed. %s does not match list of "
				"available AMT profiles.",
				f->guid, name);
	if (e != NULL)
		return err_wrap(e, "Failed to get amt profile from database");
	f->acm = rps_profile_is_acm(&f->setup.profile);
	return NULL;
}

static struct err *check_admin(struct flow *f)
{
	const struct rpc_payload *p = &f->payload;

	if (rpc_payload_major(p) >= MAJOR_WITHOUT_HASHES)
		return NULL;
	if (p->n_hashes == 0)
		return err_new(ERR_INVALID,
			       "Device %s activation failed. Missing certificate hashes "
			       "from the device.",
			       f->guid);
	if (p->current_mode != IPS_CONTROL_ADMIN && p->fqdn.n == 0)
		return err_new(ERR_INVALID,
			       "Device %s activation failed. Missing DNS Suffix.",
			       f->guid);
	return NULL;
}

static struct err *check_activation(struct flow *f)
{
	TRY(check_firmware(f, "activation"));
	if (f->payload.current_mode == IPS_CONTROL_NONE && f->payload.password.n == 0)
		return err_new(ERR_INVALID,
			       "Device %s activation failed. Missing password.", f->guid);
	TRY(read_profile(f));
	switch (f->payload.current_mode) {
	case IPS_CONTROL_NONE:
	case IPS_CONTROL_CLIENT:
		break;
	case IPS_CONTROL_ADMIN:
		if (!f->acm)
			return err_new(ERR_INVALID,
				       "Device %s already enabled in admin control mode.",
				       f->guid);
		break;
	default:
		return err_new(ERR_INVALID,
			       "Device %s activation failed. It is in unknown mode.",
			       f->guid);
	}
	if (f->acm)
		TRY(check_admin(f));
	TRY(flow_8021x_check(f));
	return f->payload.current_mode != IPS_CONTROL_NONE ? check_password(f) : NULL;
}

/* ---- the others ---- */

static struct err *check_deactivation(struct flow *f)
{
	TRY(check_firmware(f, "deactivation"));
	switch (f->payload.current_mode) {
	case IPS_CONTROL_CLIENT:
	case IPS_CONTROL_ADMIN:
		return check_password(f);
	case IPS_CONTROL_NONE:
		return err_new(ERR_INVALID, "Device %s is in pre-provisioning mode.",
			       f->guid);
	default:
		return err_new(
			ERR_INVALID,
			"Device %s deactivation failed. It is in unknown mode: %lld.",
			f->guid, (long long)f->payload.current_mode);
	}
}

static struct err *check_maintenance(struct flow *f)
{
	if (f->command.task == RPC_TASK_NONE)
		return err_new(ERR_INVALID,
			       "Device %s missing maintenance task in message", f->guid);
	if (f->payload.current_mode != IPS_CONTROL_CLIENT &&
	    f->payload.current_mode != IPS_CONTROL_ADMIN)
		return err_new(ERR_INVALID, "Device %s is in pre-provisioning mode.",
			       f->guid);
	if (f->command.task == RPC_SYNC_IP && !f->payload.has_ip)
		return err_new(ERR_INVALID, "Device %s missing ipConfiguration", f->guid);
	if (f->command.task == RPC_SYNC_HOSTNAME && !f->payload.has_hostname_info)
		return err_new(ERR_INVALID, "Device %s missing HostnameInfo", f->guid);
	return check_password(f);
}

/* The command line's password beats the payload's, as upstream has it. */
static void take_line_password(struct flow *f)
{
	struct secret *p = &f->command.password;

	if (p->n > 0 && f->payload.current_mode != IPS_CONTROL_NONE)
		secret_set(&f->payload.password, (struct str){p->p, p->n});
}

struct err *flow_check(struct flow *f)
{
	take_line_password(f);
	TRY(read_stored(f));
	TRY(check_owner(f));
	switch (f->command.action) {
	case RPC_ACTIVATE:
		return check_activation(f);
	case RPC_DEACTIVATE:
		return check_deactivation(f);
	default:
		return check_maintenance(f);
	}
}

/* ---- the domain's certificate ---- */

static struct err *open_certificate(struct flow *f, struct secret *pfx,
				    struct secret *password)
{
	struct rps_domain d;
	const char *suffix = str_dup(f->arena, f->payload.fqdn);
	struct err *e = rps_domain_match(f->rps->store, f->tenant, suffix, f->arena,
					 soon(f), &d, pfx, password);

	if (err_is(e, ERR_NOT_FOUND))
		return err_wrap(
			e,
			"Device %s activation failed. Specified AMT domain suffix: "
			"%s does not match list of available AMT domain suffixes.",
			f->guid, suffix);
	if (e != NULL)
		return err_wrap(e, "Failed to get amt domain certificate from database");
	e = activation_cert_open_text(&f->cert, (struct str){pfx->p, pfx->n}, password,
				      f->arena, f->until, NULL);
	if (e == NULL)
		e = activation_cert_usable(&f->cert, clock_wall_ms());
	return e == NULL ? NULL : err_wrap(e, "Failed to extract domain certificate");
}

struct err *flow_certificate(struct flow *f)
{
	_cleanup_(secret_fini) struct secret pfx = {0}, password = {0};

	if (f->cert.n > 0)
		return NULL;
	TRY(open_certificate(f, &pfx, &password));
	if (f->payload.n_hashes > 0 &&
	    !activation_cert_trusted(&f->cert, f->payload.cert_hashes,
				     f->payload.n_hashes))
		return err_new(ERR_INVALID,
			       "Invalid domain certificate, hash does not exists in list "
			       "of trusted root certificates on AMT");
	return NULL;
}

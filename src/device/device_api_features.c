/* SPDX-License-Identifier: Apache-2.0
 * Routes of features and of user consent. mps.md 3.5, 3.6; the keys that only Console has
 * (rpe, rpeSupported) are there too.
 */
#include <device/device_api_priv.h>

#include <device/consent.h>
#include <device/amt_features.h>

static struct err *features_get(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	struct device_features f;

	TRY(device_features_get(c, &f));
	const char *consent = device_consent_name(f.opt_in_required);
	http_res_json(
		res, 200,
		json_pack("{s:s,s:b,s:b,s:b,s:b,s:I,s:b,s:b,s:b,s:b,s:b,s:b,s:b,s:b}",
			  "userConsent", consent ? consent : "all", "redirection",
			  f.listener, "KVM", f.kvm, "SOL", f.sol, "IDER", f.ider,
			  "optInState", (json_int_t)f.opt_in_state, "kvmAvailable",
			  f.kvm_available, "ocr", f.ocr, "httpsBootSupported",
			  f.https_boot, "winREBootSupported", f.winre_boot,
			  "localPBABootSupported", f.pba_boot, "remoteErase", f.rpe,
			  "rpe", f.rpe, "rpeSupported", f.rpe_supported));
	return NULL;
}

static const struct v_rule feature_rules[] = {
	{"userConsent", V_REQUIRED, {{V_ONE_OF, .choices = "kvm|all|none"}}},
	{"enableSOL", V_REQUIRED, {{V_BOOLEAN}}},
	{"enableIDER", V_REQUIRED, {{V_BOOLEAN}}},
	{"enableKVM", V_REQUIRED, {{V_BOOLEAN}}},
	{"ocr", V_NULLABLE, {{V_BOOLEAN}}},
	{"rpe", V_NULLABLE, {{V_BOOLEAN}}},
};

static enum device_switch switch_of(const json_t *body, const char *name)
{
	const json_t *v = json_object_get(body, name);

	if (v == NULL || json_is_null(v))
		return DEVICE_KEEP;
	return device_flag(body, name, false) ? DEVICE_ON : DEVICE_OFF;
}

static struct err *features_set(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	const json_t *body = device_body(req);
	struct device_features_change w = {
		.sol = device_flag(body, "enableSOL", false),
		.ider = device_flag(body, "enableIDER", false),
		.kvm = device_flag(body, "enableKVM", false),
		.ocr = switch_of(body, "ocr"),
		.rpe = switch_of(body, "rpe"),
	};

	device_consent_from_name(json_string_value(json_object_get(body, "userConsent")),
				 &w.opt_in_required);
	TRY(device_features_set(c, &w));
	json_t *out =
		json_pack("{s:s,s:s,s:b,s:b,s:b,s:b}", "status", "AMT Features updated",
			  "userConsent", device_consent_name(w.opt_in_required),
			  "enableSOL", w.sol, "enableIDER", w.ider, "enableKVM", w.kvm,
			  "redirection", w.sol || w.ider || w.kvm);
	if (w.ocr != DEVICE_KEEP)
		json_object_set_new(out, "ocr", json_boolean(w.ocr == DEVICE_ON));
	if (w.rpe != DEVICE_KEEP)
		json_object_set_new(out, "rpe", json_boolean(w.rpe == DEVICE_ON));
	http_res_json(res, 200, out);
	return NULL;
}

/* ---- consent ---- */

static struct err *consent_start(struct device_call *c, struct http_req *req,
				 struct http_res *res)
{
	struct wsman_reply r;

	TRY(device_consent_start(c, &r));
	return device_answer_command(res, &r);
}

/* Six digits at most: more are no code that a device would show. */
static const struct v_rule code_rules[] = {
	{"consentCode", V_REQUIRED, {{V_RANGE, .max = 999999}}},
};

static struct err *consent_send(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	struct wsman_reply r;

	TRY(device_consent_send(
		c, (uint32_t)device_number(device_body(req), "consentCode"), &r));
	return device_answer_command(res, &r);
}

static struct err *consent_cancel(struct device_call *c, struct http_req *req,
				  struct http_res *res)
{
	struct wsman_reply r;

	TRY(device_consent_cancel(c, &r));
	return device_answer_command(res, &r);
}

/* clang-format off */
static const struct http_route rows[] = {
	{"GET", "/api/v1/amt/features/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(features_get, "Exception during AMT Features request")},
	{"POST", "/api/v1/amt/features/{guid}", device_run, IAM_DEVICE_WRITE,
	 .data = DEVICE_WORK(features_set, "Exception during AMT Features Set request",
			     DEVICE_BODY(feature_rules))},
	{"GET", "/api/v1/amt/userConsentCode/{guid}", device_run, IAM_REDIRECT,
	 .data = DEVICE_WORK(consent_start, "Exception during User Consent request")},
	{"POST", "/api/v1/amt/userConsentCode/{guid}", device_run, IAM_REDIRECT,
	 .data = DEVICE_WORK(consent_send, "Exception during User Consent send request",
			     DEVICE_BODY(code_rules))},
	{"GET", "/api/v1/amt/userConsentCode/cancel/{guid}", device_run, IAM_REDIRECT,
	 .data = DEVICE_WORK(consent_cancel, "Exception during User Consent cancel request")},
};
/* clang-format on */
DEVICE_ROUTES(device_feature_routes, rows);

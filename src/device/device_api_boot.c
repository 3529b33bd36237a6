/* SPDX-License-Identifier: Apache-2.0
 * Routes of boot options, boot sources and remote erase. mps.md 3.1; erase:
 * console-ui.md 1.8. What bootDetails take beside upstream's keys: docs/api/mps.yaml.
 */
#include <device/device_api_priv.h>

#include <base/encode.h>
#include <device/boot.h>

#define RESET 10
#define ON 2

/* Code, way, power. mps.md 3.1.1 */
static const struct {
	int code;
	enum device_boot_way way;
	int power;
} actions[] = {
	{100, DEVICE_BOOT_TO_SETUP, ON},
	{101, DEVICE_BOOT_TO_SETUP, RESET},
	{104, DEVICE_BOOT_TO_SECURE_ERASE, RESET},
	{105, DEVICE_BOOT_TO_HTTPS, RESET},
	{106, DEVICE_BOOT_TO_HTTPS, ON},
	{107, DEVICE_BOOT_TO_PBA, RESET},
	{108, DEVICE_BOOT_TO_PBA, ON},
	{109, DEVICE_BOOT_TO_WINRE, RESET},
	{110, DEVICE_BOOT_TO_WINRE, ON},
	{200, DEVICE_BOOT_TO_IDER_FLOPPY, RESET},
	{201, DEVICE_BOOT_TO_IDER_FLOPPY, ON},
	{202, DEVICE_BOOT_TO_IDER_CD, RESET},
	{203, DEVICE_BOOT_TO_IDER_CD, ON},
	{300, DEVICE_BOOT_TO_DIAGNOSTIC, ON},
	{301, DEVICE_BOOT_TO_DIAGNOSTIC, RESET},
	{400, DEVICE_BOOT_TO_PXE, RESET},
	{401, DEVICE_BOOT_TO_PXE, ON},
};

/* clang-format off */
static const struct v_rule option_rules[] = {
	{"action", V_REQUIRED,
	 {{.check = V_ONE_OF,
	   .choices = "100|101|104|105|106|107|108|109|110|200|201|202|203|300|301|400|401"},
	  {.check = V_NUMERIC}}},
	{"useSOL", V_REQUIRED, {{V_BOOLEAN}}},
	{"bootDetails", V_NULLABLE, {{V_OBJECT}}},
	{"bootDetails.url", V_OPTIONAL, {{V_STRING, V_BAIL}, {V_URL}, {V_LENGTH, .max = 300}}},
	{"bootDetails.username", V_OPTIONAL, {{V_STRING, V_BAIL}, {V_LENGTH, .max = 16}}},
	{"bootDetails.password", V_OPTIONAL,
	 {{V_STRING, V_BAIL | V_SECRET}, {V_LENGTH, V_SECRET, .max = 16}}},
	{"bootDetails.bootPath", V_OPTIONAL, {{V_STRING, V_BAIL}, {V_LENGTH, .max = 300}}},
	{"bootDetails.enforceSecureBoot", V_OPTIONAL, {{V_BOOLEAN}}},
	{"bootDetails.syncRootCA", V_OPTIONAL, {{V_BOOLEAN}}},
	{"bootDetails.imageHash", V_OPTIONAL, {{V_STRING}}},
	{"bootDetails.serverName", V_OPTIONAL, {{V_STRING, V_BAIL}, {V_LENGTH, .max = 256}}},
	{"bootDetails.serverNameCheck", V_OPTIONAL,
	 {{V_ONE_OF, .choices = "full|suffix|other"}}},
	{"bootDetails.serverCertHash", V_OPTIONAL, {{V_STRING}}},
	{"bootDetails.timeoutSeconds", V_OPTIONAL, {{V_RANGE, .min = 1, .max = 65535}}},
	{"bootDetails.optionalData", V_OPTIONAL, {{V_STRING}}},
	{"bootDetails.erasePassword", V_OPTIONAL,
	 {{V_STRING, V_BAIL | V_SECRET}, {V_LENGTH, V_SECRET, .max = 32}}},
};
/* clang-format on */

static struct str detail(const json_t *d, const char *name)
{
	const json_t *v = json_object_get(d, name);

	return json_is_string(v) && json_string_length(v) > 0
		       ? (struct str){json_string_value(v), json_string_length(v)}
		       : (struct str){0};
}

/* A hash in hex goes where its length says. */
static struct err *hash(struct arena *a, const json_t *d, const char *name,
			struct str *sha256, struct str *sha384, struct str *sha512)
{
	struct str hex = detail(d, name);
	size_t n = hex.n / 2;
	uint8_t *bytes = arena_alloc(a, n);
	struct str *to = n == 32 ? sha256 : n == 48 ? sha384 : n == 64 ? sha512 : NULL;

	if (hex.p == NULL)
		return NULL;
	if (to == NULL || hex.n != 2 * n || !hex_decode(hex, bytes, n))
		return err_new(ERR_INVALID,
			       "bootDetails.%s is no SHA-256, SHA-384 or SHA-512 in hex",
			       name);
	*to = (struct str){(const char *)bytes, n};
	return NULL;
}

static struct err *details(struct arena *a, const json_t *d, struct device_boot *b)
{
	static const char *const checks[] = {"full", "suffix", "other"};
	struct str check = detail(d, "serverNameCheck"), data = detail(d, "optionalData");
	struct uefi_boot *u = &b->uefi;

	u->url = detail(d, "url");
	u->path = detail(d, "bootPath");
	u->user = detail(d, "username");
	u->password = detail(d, "password");
	u->server_name = detail(d, "serverName");
	b->erase_password = detail(d, "erasePassword");
	if (json_object_get(d, "syncRootCA") != NULL)
		u->sync_roots =
			(struct uefi_number){true, device_flag(d, "syncRootCA", true)};
	if (json_object_get(d, "enforceSecureBoot") != NULL)
		b->enforce_secure_boot = (struct uefi_number){
			true, device_flag(d, "enforceSecureBoot", true)};
	if (json_object_get(d, "timeoutSeconds") != NULL)
		u->timeout_s = (struct uefi_number){
			true, (uint32_t)device_number(d, "timeoutSeconds")};
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (str_eqz(check, checks[i]))
			u->name_check = (struct uefi_number){true, (uint32_t)i + 1};
	if (data.p != NULL) {
		u->optional_data.p =
			(const char *)base64_decode(a, data, &u->optional_data.n);
		if (u->optional_data.p == NULL)
			return err_new(ERR_INVALID,
				       "bootDetails.optionalData is no base64");
	}
	TRY(hash(a, d, "imageHash", &u->image_sha256, &u->image_sha384,
		 &u->image_sha512));
	return hash(a, d, "serverCertHash", &u->server_sha256, &u->server_sha384,
		    &u->server_sha512);
}

/* Before the device is looked for, as all checks of a body. */
static bool details_refused(struct http_req *req, struct http_res *res,
			    const json_t *body)
{
	struct device_boot b = {0};
	struct err *e = details(req->arena, json_object_get(body, "bootDetails"), &b);

	if (e == NULL)
		return false;
	device_answer_error(res, 400, DEVICE_BAD_REQUEST, e->msg);
	err_free(e);
	return true;
}

static struct err *boot_options(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	const json_t *body = device_body(req);
	struct device_boot b = {.use_sol = device_flag(body, "useSOL", false)};
	int code = (int)device_number(body, "action");
	struct wsman_reply r;
	size_t i = 0;

	while (i < ARRAY_LEN(actions) && actions[i].code != code)
		i++;
	if (i == ARRAY_LEN(actions))
		return err_new(ERR_INVALID, "action is no number");
	req->note = arena_printf(req->arena, "action %d", code);
	b.way = actions[i].way;
	b.power = actions[i].power;
	TRY(details(c->arena, json_object_get(body, "bootDetails"), &b));
	TRY(device_boot(c, &b, &r));
	return device_answer_power(res, &r);
}

static struct err *boot_sources(struct device_call *c, struct http_req *req,
				struct http_res *res)
{
	struct device_list list;

	TRY(device_boot_sources(c, &list));
	json_t *out = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct cim_boot_source_setting *s = list.v[i];
		json_array_append_new(
			out, json_pack("{s:o,s:o,s:o,s:I,s:o,s:o}", "biosBootString",
				       device_json_text(s->bios_boot_string),
				       "bootString", device_json_text(s->boot_string),
				       "elementName", device_json_text(s->element_name),
				       "failThroughSupported",
				       (json_int_t)s->fail_through_supported.v,
				       "instanceID", device_json_text(s->instance_id),
				       "structuredBiosBootString",
				       device_json_text(s->structured_boot_string)));
	}
	http_res_json(res, 200, out);
	return NULL;
}

/* ---- remote erase ---- */

/* clang-format off */
static const struct v_rule erase_rules[] = {
	{"secureEraseAllSSDs", V_NULLABLE, {{V_BOOLEAN}}},
	{"tpmClear", V_NULLABLE, {{V_BOOLEAN}}},
	{"restoreBIOSToEOM", V_NULLABLE, {{V_BOOLEAN}}},
	{"unconfigureCSME", V_NULLABLE, {{V_BOOLEAN}}},
	{"ssdPassword", V_NULLABLE,
	 {{V_STRING, V_BAIL | V_SECRET}, {V_LENGTH, V_SECRET, .max = 64}}},
};
/* clang-format on */

static struct err *erase_get(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	struct device_erase can;

	TRY(device_erase_read(c, &can));
	http_res_json(res, 200,
		      json_pack("{s:b,s:b,s:b,s:b}", "secureEraseAllSSDs", can.ssds,
				"tpmClear", can.tpm, "restoreBIOSToEOM", can.bios,
				"unconfigureCSME", can.csme));
	return NULL;
}

static struct err *erase_set(struct device_call *c, struct http_req *req,
			     struct http_res *res)
{
	const json_t *body = device_body(req);
	struct device_erase want = {
		.ssds = device_flag(body, "secureEraseAllSSDs", false),
		.tpm = device_flag(body, "tpmClear", false),
		.bios = device_flag(body, "restoreBIOSToEOM", false),
		.csme = device_flag(body, "unconfigureCSME", false),
		.ssd_password = detail(body, "ssdPassword"),
	};
	struct wsman_reply r;

	req->note = arena_printf(req->arena, "%s%s%s%s", want.ssds ? "SSDs " : "",
				 want.tpm ? "TPM " : "", want.bios ? "BIOS " : "",
				 want.csme ? "CSME" : "");
	TRY(device_erase(c, &want, &r));
	return device_answer_power(res, &r);
}

/* clang-format off */
static const struct http_route rows[] = {
	{"POST", "/api/v1/amt/power/bootOptions/{guid}", device_run, IAM_POWER,
	 .data = DEVICE_WORK(boot_options, "Exception during Boot Setting request",
			     DEVICE_BODY(option_rules), details_refused)},
	{"GET", "/api/v1/amt/power/bootSources/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(boot_sources, "Failed to get boot source settings")},
	{"GET", "/api/v1/amt/boot/remoteErase/{guid}", device_run, IAM_DEVICE_READ,
	 .data = DEVICE_WORK(erase_get, "Exception during Remote Erase request")},
	{"POST", "/api/v1/amt/boot/remoteErase/{guid}", device_run, IAM_POWER,
	 .data = DEVICE_WORK(erase_set, "Exception during Remote Erase request",
			     DEVICE_BODY(erase_rules))},
};
/* clang-format on */
DEVICE_ROUTES(device_boot_routes, rows);

/* SPDX-License-Identifier: Apache-2.0 */
#include <device/admin.h>

#include <amt/wsman/classes/accounts.h>
#include <device/setup.h>

/* Here HA1 is raw bytes in base64, not hex as in the set-up methods. */
struct err *device_admin_password(struct device_call *c, struct str realm,
				  const struct secret *password)
{
	struct str text = {password->p, password->n};
	char ha1[33];
	uint8_t raw[16];

	digest_ha1(STR(DEVICE_ADMIN), realm, text, ha1);
	hex_decode((struct str){ha1, 32}, raw, sizeof(raw));
	char *encoded = base64_encode(c->arena, raw, sizeof(raw));
	struct amt_authorization_service_set_admin_acl_entry_ex_in in = {
		.username = STR(DEVICE_ADMIN), .digest_password = str_of(encoded)};
	struct err *e =
		device_invoke(c, &amt_authorization_service_class,
			      &amt_authorization_service_set_admin_acl_entry_ex_method,
			      NULL, &in, NULL);

	secret_wipe(ha1, sizeof(ha1));
	secret_wipe(raw, sizeof(raw));
	secret_wipe(encoded, strlen(encoded));
	if (e != NULL)
		return err_wrap(e, "admin's password was not changed");
	amt_http_credentials(&c->device->http, STR(DEVICE_ADMIN), text);
	return NULL;
}

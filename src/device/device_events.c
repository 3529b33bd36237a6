/* SPDX-License-Identifier: Apache-2.0
 * What the device routes tell the world: upstream's names for its commands (mps.md 7),
 * and what became of them.
 */
#include <device/device_api_priv.h>

/* By method (NULL = any) and the path behind /api/v1/amt/; the first match counts. */
static const struct {
	const char *method, *path, *event;
} names[] = {
	{NULL, "power/state/", "AMT_PowerState"},
	{NULL, "power/action/", "AMT_PowerAction"},
	{NULL, "power/capabilities/", "AMT_BootCapabilities"},
	{NULL, "power/bootOptions/", "AMT_BootSettingData"},
	{NULL, "version/", "AMT_Version"},
	{NULL, "generalSettings/", "AMT_GeneralSettings"},
	{NULL, "hardwareInfo/", "AMT_HardwareInfo"},
	{"GET", "features/", "AMT_GetFeatures"},
	{"POST", "features/", "AMT_SetFeatures"},
	{NULL, "log/audit/", "AMT_AuditLog"},
	{NULL, "log/event/", "AMT_EventLog"},
	{"GET", "certificates/", "AMT_GetCertificates"},
	{"POST", "certificates/", "AMT_AddCertificate"},
	{"DELETE", "certificates/", "AMT_DeleteCertificate"},
	{"GET", "alarmOccurrences/", "AMT_AlarmOccurrences"},
	{"POST", "alarmOccurrences/", "AMT_AddAlarm"},
	{"DELETE", "alarmOccurrences/", "AMT_DeleteAlarm"},
	{"GET", "userConsentCode/cancel/", "Cancel_User_Consent_Code"},
	{"GET", "userConsentCode/", "Request_User_Consent_Code"},
	{"POST", "userConsentCode/", "Send_User_Consent_Code"},
	{NULL, "networkSettings/wireless/state/", "CIM_WiFiPort"},
	{NULL, "networkSettings/wireless/profileSync/",
	 "AMT_WiFiPortConfigurationService"},
	{NULL, "networkSettings/wireless/", "AMT_WiFiProfiles"},
	{NULL, "networkSettings/", "AMT_EthernetPortSettings"},
	{NULL, "linkPreference/", "AMT_LinkPreference"},
	{NULL, "kvm/", "AMT_KVM"},
	{NULL, "deactivate/", "AMT_Unprovision"},
};

static const char *event_of(const struct http_req *req)
{
	struct str path = str_of(req->route->path);
	ptrdiff_t at = str_find(path, STR("/amt/"));

	if (at < 0)
		return NULL;
	path = str_sub(path, (size_t)at + 5, path.n);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if ((names[i].method == NULL || str_eqz(req->method, names[i].method)) &&
		    str_istarts(path, str_of(names[i].path)))
			return names[i].event;
	return NULL;
}

void device_tell(struct http_req *req, enum event_type type, const char *message)
{
	struct device_host *host = req->app;
	const char *event = event_of(req);

	if (host->tell != NULL && event != NULL)
		host->tell(host, req, type, event, message, http_param(req, "guid"));
}

void device_tell_absent(struct http_req *req)
{
	struct device_host *host = req->app;

	if (host->tell != NULL)
		host->tell(host, req, EVENT_FAIL, "CIRA_Connection", "Device Not Found",
			   http_param(req, "guid"));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <amt/heci/lme_alert.h>

#include <amt/wsman/xml.h>
#include <base/clock.h>

#define MAX_ELEMENTS 200
#define MAX_ARGUMENT 99 /* two digits */
#define ALERT "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_AlertIndication"
#define ANONYMOUS "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
#define SYSTEM                                                           \
	"http://Interop/(instance)CIM_ComputerSystem.CreationClassName=" \
	"(string)&quot;CIM_ComputerSystem&quot;,"                        \
	"Name=(string)&quot;ManagedSystem&quot;"

static const struct {
	const char *id;
	uint8_t what;
	const char *text;
} texts[] = {
	{LME_ALERT_POWER, LME_POWER_SHUTDOWN, "the administrator asks for a shutdown"},
	{LME_ALERT_POWER, LME_POWER_REBOOT, "the administrator asks for a restart"},
	{LME_ALERT_POWER, LME_POWER_SLEEP, "the administrator asks for sleep"},
	{LME_ALERT_POWER, LME_POWER_HIBERNATE, "the administrator asks for hibernation"},
	{LME_ALERT_CONSENT, LME_CONSENT_GRANTED, "user consent was given"},
	{LME_ALERT_CONSENT, LME_CONSENT_ENDED, "user consent ended"},
	{LME_ALERT_CONSENT, LME_CONSENT_REQUESTED,
	 "user consent is asked for: the code is on the screen"},
	{LME_ALERT_CONSENT, 4, "the user consent policy changed"},
	{LME_ALERT_REMOTE, LME_SOL_STARTED, "a serial over LAN session began"},
	{LME_ALERT_REMOTE, LME_SOL_ENDED, "a serial over LAN session ended"},
	{LME_ALERT_REMOTE, LME_IDER_STARTED, "a storage redirection session began"},
	{LME_ALERT_REMOTE, LME_IDER_ENDED, "a storage redirection session ended"},
	{LME_ALERT_KVM, LME_KVM_REQUESTED, "a KVM session is asked for"},
	{LME_ALERT_KVM, LME_KVM_STARTED, "a KVM session began"},
	{LME_ALERT_KVM, LME_KVM_STOPPED, "a KVM session ended"},
	{"iAMT0055", 0, "AMT is not set up"},
	{"iAMT0055", 1, "AMT is being set up"},
	{"iAMT0055", 2, "AMT is set up"},
	{"iAMT0055", 3, "AMT is being unprovisioned"},
	{"iAMT0055", 4, "AMT's control mode changed"},
	{"iAMT0058", 0, "the tunnel to the management server is closed"},
	{"iAMT0058", 1, "the tunnel to the management server is open"},
};

const char *lme_alert_text(const struct lme_alert *a)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(a->id, texts[i].id) == 0 && a->what == texts[i].what)
			return texts[i].text;
	return NULL;
}

void lme_alert_encode(struct buf *out, const struct lme_alert *a, uint64_t sequence,
		      int64_t wall_ms)
{
	struct buf xml = {0};
	char time[CLOCK_ISO_SIZE];

	clock_iso(wall_ms, time);
	buf_addf(&xml,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a:Envelope "
		 "xmlns:a=\"http://www.w3.org/2003/05/soap-envelope\" "
		 "xmlns:b=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
		 "xmlns:c=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
		 "xmlns:g=\"" ALERT "\" "
		 "xmlns:h=\"http://schemas.dmtf.org/wbem/wscim/1/common\"><a:Header>"
		 "<b:To>" ANONYMOUS "</b:To><b:ReplyTo><b:Address>" ANONYMOUS
		 "</b:Address></b:ReplyTo><b:Action a:mustUnderstand=\"true\">"
		 "http://schemas.dmtf.org/wbem/wsman/1/wsman/Event</b:Action>"
		 "<b:MessageID>uuid:00000000-8086-8086-8086-%012llX</b:MessageID>"
		 "<c:ResourceURI>" ALERT "</c:ResourceURI></a:Header><a:Body>"
		 "<g:CIM_AlertIndication><g:AlertType>6</g:AlertType>"
		 "<g:AlertingElementFormat>2</g:AlertingElementFormat>"
		 "<g:AlertingManagedElement>" SYSTEM "</g:AlertingManagedElement>"
		 "<g:IndicationFilterName>Intel(r) AMT:User Notification"
		 "</g:IndicationFilterName><g:IndicationTime><h:Datetime>%s</h:Datetime>"
		 "</g:IndicationTime><g:Message></g:Message>"
		 "<g:MessageArguments>%u</g:MessageArguments>"
		 "<g:MessageArguments>" SYSTEM "</g:MessageArguments>"
		 "<g:MessageID>%s</g:MessageID><g:OwningEntity>Intel(r) AMT"
		 "</g:OwningEntity><g:PerceivedSeverity>2</g:PerceivedSeverity>"
		 "<g:ProbableCause>0</g:ProbableCause><g:SystemName>Intel(r) AMT"
		 "</g:SystemName></g:CIM_AlertIndication></a:Body></a:Envelope>",
		 (unsigned long long)sequence & 0xffffffffffffULL, time, a->what, a->id);
	buf_addf(out,
		 "POST / HTTP/1.1\r\nHost: localhost:0\r\n"
		 "User-Agent: Intel(R) AMT Agent\r\nConnection: Keep-Alive\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 xml.len);
	buf_addstr(out, buf_str(&xml));
	buf_fini(&xml);
}

static bool is_id(struct str s)
{
	if (s.n != 8 || !str_starts(s, STR("iAMT")))
		return false;
	for (size_t i = 4; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

struct err *lme_alert_decode(struct str body, struct arena *a, struct lme_alert *out)
{
	const struct xml_node *root, *alert;
	uint64_t what = 0;

	TRY(xml_parse(body, MAX_ELEMENTS, a, &root));
	alert = xml_child(xml_child_any(root, "Body"), STR(ALERT), "CIM_AlertIndication");
	struct str id = xml_text(xml_child_any(alert, "MessageID"));
	struct str argument = xml_text(xml_child_any(alert, "MessageArguments"));

	if (!is_id(id))
		return err_new(ERR_INVALID, "no alert of AMT: its message has no id");
	if (argument.n > 0 && !str_u64(argument, MAX_ARGUMENT, &what))
		return err_new(ERR_INVALID, "an alert's first argument is no number");
	*out = (struct lme_alert){.what = (uint8_t)what};
	memcpy(out->id, id.p, id.n);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 * Every class: what class.c makes the descriptions of. Code that speaks of a few classes
 * includes their subjects' headers instead.
 */
#ifndef AMT_WSMAN_CLASSES_ALL_H
#define AMT_WSMAN_CLASSES_ALL_H

#include <amt/wsman/classes/accounts.h>
#include <amt/wsman/classes/agents.h>
#include <amt/wsman/classes/alarms.h>
#include <amt/wsman/classes/boot.h>
#include <amt/wsman/classes/certificates.h>
#include <amt/wsman/classes/cira.h>
#include <amt/wsman/classes/consent.h>
#include <amt/wsman/classes/credentials.h>
#include <amt/wsman/classes/defense.h>
#include <amt/wsman/classes/events.h>
#include <amt/wsman/classes/general.h>
#include <amt/wsman/classes/ieee8021x.h>
#include <amt/wsman/classes/inventory.h>
#include <amt/wsman/classes/kvm.h>
#include <amt/wsman/classes/logs.h>
#include <amt/wsman/classes/network.h>
#include <amt/wsman/classes/power.h>
#include <amt/wsman/classes/provisioning.h>
#include <amt/wsman/classes/proxy.h>
#include <amt/wsman/classes/redirection.h>
#include <amt/wsman/classes/setup.h>
#include <amt/wsman/classes/system.h>
#include <amt/wsman/classes/time.h>
#include <amt/wsman/classes/tls.h>
#include <amt/wsman/classes/wifi.h>

/* clang-format off */
#define WSMAN_ALL_CLASSES(C) \
	WSMAN_ACCOUNTS_CLASSES(C) \
	WSMAN_AGENTS_CLASSES(C) \
	WSMAN_ALARMS_CLASSES(C) \
	WSMAN_BOOT_CLASSES(C) \
	WSMAN_CERTIFICATES_CLASSES(C) \
	WSMAN_CIRA_CLASSES(C) \
	WSMAN_CONSENT_CLASSES(C) \
	WSMAN_CREDENTIALS_CLASSES(C) \
	WSMAN_DEFENSE_CLASSES(C) \
	WSMAN_EVENTS_CLASSES(C) \
	WSMAN_GENERAL_CLASSES(C) \
	WSMAN_IEEE8021X_CLASSES(C) \
	WSMAN_INVENTORY_CLASSES(C) \
	WSMAN_KVM_CLASSES(C) \
	WSMAN_LOGS_CLASSES(C) \
	WSMAN_NETWORK_CLASSES(C) \
	WSMAN_POWER_CLASSES(C) \
	WSMAN_PROVISIONING_CLASSES(C) \
	WSMAN_PROXY_CLASSES(C) \
	WSMAN_REDIRECTION_CLASSES(C) \
	WSMAN_SETUP_CLASSES(C) \
	WSMAN_SYSTEM_CLASSES(C) \
	WSMAN_TIME_CLASSES(C) \
	WSMAN_TLS_CLASSES(C) \
	WSMAN_WIFI_CLASSES(C)
/* clang-format on */

#endif

/* SPDX-License-Identifier: Apache-2.0
 * REST routes that act on one reachable device, under /api/v1/amt: the same for every
 * component that reaches devices (mps, console). mps.md 3, console-ui.md 1.8.
 */
#ifndef DEVICE_DEVICE_API_H
#define DEVICE_DEVICE_API_H

#include <device/device.h>
#include <net/events.h>
#include <net/http_server.h>
#include <store/secrets.h>

/* How the routes get at devices: the component that serves them implements it and passes
 * it as http_server_config.app. */
struct device_host {
	/* ERR_NOT_FOUND when it is not reachable; another tenant's is not told apart. A
	 * reference for the caller. */
	OB_SUSPENDS struct err *(*acquire)(struct device_host *h, struct http_req *req,
					   const char *guid, struct device **out);
	/* The device refused the password: reads what is stored now. */
	OB_SUSPENDS struct err *(*renew)(struct device_host *h, struct http_req *req,
					 struct device *d);
	/* The device left its configuration behind: its record and its secrets go.
	 * Called after the device has answered, with a reference held. */
	OB_SUSPENDS struct err *(*forget)(struct device_host *h, struct http_req *req,
					  const char *guid);
	struct secrets *secrets; /* devices' passwords */
	struct relay *relay;	 /* redirection sessions */
	/* Tells the world what became of a request; may be NULL. */
	void (*tell)(struct device_host *h, struct http_req *req, enum event_type type,
		     const char *method, const char *message, const char *guid);
};

/* One table per subject. */
struct device_routes {
	const struct http_route *v;
	size_t n;
};
extern const struct device_routes *const device_api_tables[];
extern const size_t device_api_tables_n;

/* All of them. */
void device_api_serve(struct http_server *s);

#endif

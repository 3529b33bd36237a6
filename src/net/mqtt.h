/* SPDX-License-Identifier: Apache-2.0
 * Publishing to an MQTT broker (3.1.1, libmosquitto) from the loop: nobody ever waits for
 * the broker. Messages go into a bounded spool and leave it when the broker has them;
 * while it is away they stay, the oldest go when the spool is full, and are counted.
 *
 * With QoS 1 the broker may get a message twice (the connection broke before it could
 * confirm), with QoS 0 one that was under way may be lost. The spool is memory: it ends
 * with the process.
 */
#ifndef NET_MQTT_H
#define NET_MQTT_H

#include <base/secret.h>
#include <rt/fiber.h>

struct mqtt;

struct mqtt_config {
	const char *host;
	uint16_t port;
	bool tls;			  /* the broker's name is verified */
	const char *ca_file;		  /* NULL = the system's authorities */
	const char *cert_file, *key_file; /* of the client, or NULL */
	const char *user, *password;	  /* NULL = none */
	const char *client_id;		  /* NULL = one is made up */
	int qos;			  /* 0 or 1 */
	size_t spool_messages, spool_bytes;
};

/* c's texts must outlive the result. Connects by itself, again and again. */
struct mqtt *mqtt_new(const struct mqtt_config *c);
/* topic without wildcards and payload are copied. Loop thread. */
void mqtt_publish(struct mqtt *m, const char *topic, struct str payload);
/* Gives the spool until the deadline to empty, if the broker is there, and ends. NULL is
 * fine. */
OB_SUSPENDS void mqtt_free(struct mqtt *m, struct deadline until);

struct mqtt_stats {
	uint64_t published; /* the broker has them (QoS 0: written to it) */
	uint64_t dropped;   /* the spool was full */
	size_t spooled, spooled_bytes;
	bool connected;
};
struct mqtt_stats mqtt_stats(const struct mqtt *m);

#endif

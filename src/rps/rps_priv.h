/* SPDX-License-Identifier: Apache-2.0
 * What the files of this folder share.
 */
#ifndef RPS_RPS_PRIV_H
#define RPS_RPS_PRIV_H

#include <base/list.h>
#include <net/http_client.h>
#include <net/http_server.h>
#include <rps/rps.h>
#include <rps/rps_store.h>

/* Upstream's release whose API this is, and its RPC protocol. */
#define RPS_API_LEVEL "2.40.0"
#define RPS_PROTOCOL "4.0.0"

struct rps_jobs;
struct rps_rotation;
struct rps_counts;
struct rpc_server;
struct assistant_server;

struct rps {
	const struct config *config;
	struct db *db;
	struct secrets *secrets;
	struct iam *iam;
	struct http_client *client;
	struct rps_store *store;
	struct events *events; /* NULL = nobody is told */
	struct rps_counts *counts;
	struct http_server *rest;
	char *mps_url; /* without a slash at its end */
	struct rps_jobs *jobs;
	struct rps_rotation *rotation; /* NULL: passwords stay */
	struct rpc_server *rpc;
	struct assistant_server *assistants;
	bool stopping;
	struct list flows; /* under way: one per device */
	struct waitq flow_ended;
};

#endif

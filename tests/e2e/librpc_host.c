/* SPDX-License-Identifier: Apache-2.0
 * A program that uses librpc, in plain C: test_librpc.py builds and runs it on a virtual
 * device. It ends with 0, or says what does not hold.
 */
#include <librpc.h>

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define RUNS 5

#define CHECK(what)                                                                \
	do {                                                                       \
		if (!(what)) {                                                     \
			fprintf(stderr, "line %d: not so: %s\n", __LINE__, #what); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)

static const char *const amtinfo[] = {"amtinfo", "-ver"};

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Signals belong to the host. */
static int is_default(int signum)
{
	struct sigaction now;

	sigaction(signum, NULL, &now);
	return now.sa_handler == SIG_DFL;
}

static void look_once(void)
{
	struct librpc_result r;

	CHECK(librpc_exec(2, amtinfo, &r) == 0 && r.code == 0);
	CHECK(strcmp(r.out, "Version\t\t\t: 16.1.25\n") == 0 && r.err[0] == '\0');
	librpc_free(&r);
	CHECK(r.out == NULL && r.err == NULL);
	librpc_free(&r);
}

static void *look(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < RUNS; i++)
		look_once();
	return NULL;
}

static void threads_take_turns(void)
{
	pthread_t t[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CHECK(pthread_create(&t[i], NULL, look, NULL) == 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

/* A mistake, a missing password (nobody can be asked), a server that is not there:
 * results, never the host's end. */
static void failures_are_results(const char *url)
{
	const char *const mistake[] = {"activate", "-bogus"};
	const char *deactivate[] = {"deactivate", "-u", url};
	const char *activate[] = {"activate", "-u",	   url,	       "-profile",
				  "x",	      "-password", "S3cret!pw"};
	struct librpc_result r;

	CHECK(librpc_exec(2, mistake, &r) == 28 && strstr(r.err, "-bogus") != NULL);
	librpc_free(&r);
	CHECK(librpc_exec(3, deactivate, &r) == 23 && strstr(r.err, "Error 23") != NULL);
	librpc_free(&r);
	librpc_exec(7, activate, &r);
	CHECK(strstr(r.err, "connect") != NULL && strstr(r.err, "S3cret!pw") == NULL);
	CHECK(strcmp(activate[6], "S3cret!pw") == 0);
	librpc_free(&r);
	CHECK(librpc_exec(0, NULL, &r) == 28);
	librpc_free(&r);
}

static void upstreams_names(void)
{
	const char *const unbalanced[] = {"amtinfo \"-ver", "amtinfo -ver \"",
					  "amtinfo \"-ver\"\""};
	char *out = NULL, *err = NULL;
	size_t i;

	CHECK(rpcCheckAccess() == 0);
	CHECK(rpcExec("amtinfo \"-ver\"", &out, &err) == 0 &&
	      strstr(out, "16.1.25") != NULL && err[0] == '\0');
	rpcFree(out);
	rpcFree(err);
	for (i = 0; i < sizeof(unbalanced) / sizeof(unbalanced[0]); i++) {
		CHECK(rpcExec(unbalanced[i], &out, &err) == 33 && out[0] == '\0' &&
		      err[0] != '\0');
		rpcFree(out);
		rpcFree(err);
	}
	rpcFree(NULL);
}

int main(int argc, char **argv)
{
	const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
	int before;
	size_t i;

	CHECK(argc == 2);
	CHECK(librpc_check_access() == 0);
	before = descriptors();
	threads_take_turns();
	failures_are_results(argv[1]);
	upstreams_names();
	CHECK(descriptors() == before);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK(is_default(signals[i]));
	return 0;
}

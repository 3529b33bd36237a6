/* SPDX-License-Identifier: Apache-2.0
 * Table of routes: a tree by path segment, literals before the parameter, so a look-up
 * costs a few comparisons per segment however many routes there are. Case-insensitive,
 * one trailing slash tolerated, like Express, whose clients rely on both.
 */
#include <net/http_server_priv.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_SEGMENTS 16

struct bound_route {
	const struct http_route *route;
	char *names[HTTP_MAX_PARAMS];
	size_t n_names;
};

struct http_route_node {
	char *literal; /* NULL: parameter or root */
	size_t literal_n;
	struct http_route_node *children, *next;
	struct http_route_node *param;
	struct bound_route *routes; /* that end here, one per method */
	size_t n_routes;
};

struct http_route_node *http_routes_new(void)
{
	return xcalloc(1, sizeof(struct http_route_node));
}

void http_routes_free(struct http_route_node *node)
{
	while (node != NULL) {
		struct http_route_node *next = node->next;
		http_routes_free(node->children);
		http_routes_free(node->param);
		for (size_t i = 0; i < node->n_routes; i++) {
			for (size_t k = 0; k < node->routes[i].n_names; k++)
				free(node->routes[i].names[k]);
		}
		free(node->routes);
		free(node->literal);
		free(node);
		node = next;
	}
}

static struct http_route_node *literal_child(const struct http_route_node *node,
					     struct str seg)
{
	for (struct http_route_node *c = node->children; c != NULL; c = c->next) {
		if (c->literal_n == seg.n && strncasecmp(c->literal, seg.p, seg.n) == 0)
			return c;
	}
	return NULL;
}

static const struct bound_route *route_of(const struct http_route_node *node,
					  struct str method)
{
	for (size_t i = 0; i < node->n_routes; i++) {
		if (str_eqz(method, node->routes[i].route->method))
			return &node->routes[i];
	}
	return NULL;
}

/* The node under parent for a segment, made when absent. "{name}" is the parameter. */
static struct http_route_node *child_make(struct http_route_node *parent, struct str seg,
					  struct bound_route *b)
{
	OB_ASSERT(seg.n > 0);
	if (seg.p[0] == '{') {
		OB_ASSERT(seg.n > 2 && seg.p[seg.n - 1] == '}' &&
			  b->n_names < HTTP_MAX_PARAMS);
		b->names[b->n_names++] = xstrndup(seg.p + 1, seg.n - 2);
		if (parent->param == NULL)
			parent->param = http_routes_new();
		return parent->param;
	}
	struct http_route_node *c = literal_child(parent, seg);
	if (c == NULL) {
		c = http_routes_new();
		c->literal = xstrndup(seg.p, seg.n);
		c->literal_n = seg.n;
		c->next = parent->children;
		parent->children = c;
	}
	return c;
}

void http_routes_add(struct http_route_node *root, const struct http_route *r)
{
	struct bound_route b = {.route = r};
	struct http_route_node *node = root;
	struct str rest = str_of(r->path), seg;

	OB_ASSERT(r->path[0] == '/' && r->handler != NULL && r->needs != 0);
	rest = str_sub(rest, 1, rest.n);
	if (rest.n == 0)
		rest.p = NULL;
	for (size_t depth = 0; str_split(&rest, '/', &seg); depth++) {
		OB_ASSERT(depth < MAX_SEGMENTS);
		node = child_make(node, seg, &b);
	}
	OB_ASSERT(route_of(node, str_of(r->method)) == NULL);
	node->routes =
		xrealloc(node->routes, (node->n_routes + 1) * sizeof(*node->routes));
	node->routes[node->n_routes++] = b;
}

struct match {
	struct str method;
	struct str segments[MAX_SEGMENTS];
	size_t n;
	struct str values[HTTP_MAX_PARAMS];
	size_t n_values;
};

/* Literals win; when they lead nowhere the parameter is tried. */
static const struct bound_route *match_from(const struct http_route_node *node,
					    struct match *m, size_t depth)
{
	if (depth == m->n)
		return route_of(node, m->method);
	struct str seg = m->segments[depth];
	const struct http_route_node *c = literal_child(node, seg);
	const struct bound_route *b = c != NULL ? match_from(c, m, depth + 1) : NULL;
	if (b != NULL || node->param == NULL || seg.n == 0 ||
	    m->n_values == HTTP_MAX_PARAMS)
		return b;
	m->values[m->n_values++] = seg;
	b = match_from(node->param, m, depth + 1);
	if (b == NULL)
		m->n_values--;
	return b;
}

static const struct bound_route *match_path(const struct http_route_node *root,
					    struct match *m, struct str path)
{
	struct str rest = str_sub(path, 1, path.n), seg;

	if (rest.n > 0 && rest.p[rest.n - 1] == '/')
		rest.n--;
	if (rest.n == 0)
		rest.p = NULL;
	m->n = 0;
	while (str_split(&rest, '/', &seg)) {
		if (m->n == MAX_SEGMENTS)
			return NULL;
		m->segments[m->n++] = seg;
	}
	return match_from(root, m, 0);
}

static bool utf8_valid(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + n;

	while (p < end) {
		if (*p < 0x80) {
			p++;
			continue;
		}
		size_t more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
		if (*p < 0xc2 || *p > 0xf4 || (size_t)(end - p) <= more)
			return false;
		uint8_t lo = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
		uint8_t hi = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
		if (p[1] < lo || p[1] > hi)
			return false;
		for (size_t i = 2; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
		}
		p += more + 1;
	}
	return true;
}

static struct err *decode(struct arena *a, struct str raw, struct str *out)
{
	size_t n = raw.n;
	char *p = http_unescape(a, raw, false, &n);

	if (p == NULL || !utf8_valid(p, n))
		return err_new(ERR_INVALID,
			       "The path of the request is not properly encoded");
	*out = (struct str){p, n};
	return NULL;
}

/* Path and query of the target in origin or absolute form. */
static void split_target(struct str target, struct str *path, struct str *query)
{
	if (target.p[0] != '/' && target.n > 1) {
		ptrdiff_t colon = str_find(target, STR("://"));
		target = str_sub(target, (size_t)colon + 3, target.n);
		size_t i = 0;
		while (i < target.n && target.p[i] != '/' && target.p[i] != '?')
			i++;
		target = str_sub(target, i, target.n);
	}
	ptrdiff_t mark = str_chr(target, '?');
	*query = mark < 0 ? (struct str){NULL, 0}
			  : str_sub(target, (size_t)mark + 1, target.n);
	*path = mark < 0 ? target : str_sub(target, 0, (size_t)mark);
	if (path->n == 0)
		*path = STR("/");
}

struct err *http_routes_match(const struct http_route_node *root, struct http_req *req)
{
	struct match m = {.method = req->method};
	struct str path, value;

	split_target(req->head->target, &path, &req->query);
	req->path = path;
	if (memchr(path.p, '%', path.n) != NULL)
		TRY(decode(req->arena, path, &req->path));
	const struct bound_route *b = match_path(root, &m, path);
	if (b == NULL && str_eqz(req->method, "HEAD")) {
		m.method = STR("GET");
		b = match_path(root, &m, path);
	}
	if (b == NULL)
		return NULL;
	req->route = b->route;
	for (size_t i = 0; i < b->n_names; i++) {
		TRY(decode(req->arena, m.values[i], &value));
		req->params[i].name = b->names[i];
		req->params[i].value = value.p;
	}
	req->n_params = b->n_names;
	return NULL;
}

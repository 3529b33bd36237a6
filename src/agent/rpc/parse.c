/* SPDX-License-Identifier: Apache-2.0
 * The command line: which form, which command, its flags.
 */
#include <agent/rpc/parse.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What is read from a descriptor for NAME-fd. */
#define SECRET_MAX 65536

static struct str dashless(const char *arg)
{
	struct str s = str_of(arg);

	for (int i = 0; i < 2 && s.n > 0 && s.p[0] == '-'; i++)
		s = str_sub(s, 1, s.n);
	return s;
}

static struct str before_equals(struct str s)
{
	ptrdiff_t eq = str_chr(s, '=');

	return eq < 0 ? s : str_sub(s, 0, (size_t)eq);
}

/* ---- which command ---- */

static bool alias_matches(const struct rpc_cli_command *c, struct str word)
{
	struct str rest = str_of(c->aliases), part;

	while (c->aliases != NULL && str_split(&rest, ' ', &part))
		if (str_eq(part, word))
			return true;
	return false;
}

/* The command whose name is parent's plus word; parent NULL: a first word. Names win over
 * aliases, and the first alias over later ones. */
static const struct rpc_cli_command *child(enum rpc_form form,
					   const struct rpc_cli_command *parent,
					   struct str word)
{
	const struct rpc_cli_command *by_alias = NULL;
	struct str prefix = str_of(parent != NULL ? parent->name : "");

	for (const struct rpc_cli_command *c = rpc_cli_commands(form); c->name != NULL;
	     c++) {
		struct str name = str_of(c->name);

		if (parent != NULL) {
			if (!str_starts(name, prefix) || name.n <= prefix.n ||
			    name.p[prefix.n] != ' ')
				continue;
			name = str_sub(name, prefix.n + 1, name.n);
		}
		if (str_chr(name, ' ') >= 0)
			continue;
		if (str_eq(name, word))
			return c;
		if (by_alias == NULL && alias_matches(c, word))
			by_alias = c;
	}
	return by_alias;
}

/* Consumes the words of the command; NULL: none. */
static const struct rpc_cli_command *find_command(enum rpc_form form, int argc,
						  char **argv, int *next)
{
	const struct rpc_cli_command *c = NULL;
	int i = 1;

	for (; i < argc && argv[i][0] != '-'; i++) {
		const struct rpc_cli_command *sub = child(form, c, str_of(argv[i]));

		if (sub == NULL)
			break;
		c = sub;
	}
	*next = i;
	return c;
}

/* ---- which form ---- */

static bool known_v2(const struct rpc_cli_command *c, struct str name)
{
	if (c == NULL)
		return false;
	if (str_ends(name, STR("-fd")))
		name = str_sub(name, 0, name.n - 3);
	return rpc_flag_find(c, name) != NULL;
}

static bool is_log_level(const char *s)
{
	static const char *const levels[] = {"panic",	"fatal", "error", "warn",
					     "warning", "info",	 "debug", "trace"};

	for (size_t i = 0; s != NULL && i < ARRAY_LEN(levels); i++)
		if (strcmp(s, levels[i]) == 0)
			return true;
	return false;
}

/* -x: 2, 3, or 0 when both have it. */
static int letter_says(const struct rpc_cli_command *two,
		       const struct rpc_cli_command *three, const char *arg,
		       const char *next)
{
	bool in_two = known_v2(two, (struct str){arg + 1, 1});
	bool in_three = three != NULL &&
			(arg[1] == 'h' || rpc_flag_letter(three, arg[1]) != NULL);

	if (arg[1] == 'l' && in_two && in_three)
		return is_log_level(next) ? RPC_V2 : RPC_V3;
	if (in_two == in_three)
		return 0;
	return in_two ? RPC_V2 : RPC_V3;
}

static int arg_says(const struct rpc_cli_command *two,
		    const struct rpc_cli_command *three, const char *arg,
		    const char *next)
{
	struct str name = before_equals(dashless(arg));

	if (arg[0] != '-' || name.n == 0)
		return 0;
	if (name.n == 1)
		return letter_says(two, three, arg[1] == '-' ? arg + 1 : arg, next);
	if (arg[1] != '-')
		return RPC_V2; /* -word: a long name with one dash */
	/* --word: v3, unless only v2 knows it */
	if (known_v2(two, name) && (three == NULL || rpc_flag_find(three, name) == NULL))
		return RPC_V2;
	return RPC_V3;
}

enum rpc_form rpc_form_of(int argc, char **argv)
{
	const char *forced = getenv("OUTBAND_RPC_FORM");
	int next_two, next_three;
	const struct rpc_cli_command *two = find_command(RPC_V2, argc, argv, &next_two);
	const struct rpc_cli_command *three =
		find_command(RPC_V3, argc, argv, &next_three);
	int said = 0;

	if (forced != NULL && strcmp(forced, "v2") == 0)
		return RPC_V2;
	if (forced != NULL && strcmp(forced, "v3") == 0)
		return RPC_V3;
	if (argc > 1 && argv[1][0] == '-')
		return RPC_V3; /* v2's command comes first */
	/* The form that understands more words of the command. */
	if (next_two != next_three)
		return next_two > next_three ? RPC_V2 : RPC_V3;
	for (int i = next_two; i < argc; i++) {
		int says =
			arg_says(two, three, argv[i], i + 1 < argc ? argv[i + 1] : NULL);

		if (says == RPC_V2)
			return RPC_V2;
		if (says != 0)
			said = says;
	}
	return said != 0 ? (enum rpc_form)said : RPC_V2;
}

/* ---- values ---- */

static void *member(struct rpc *r, const struct rpc_flag *f)
{
	return (char *)&r->o + f->offset;
}

static void note_given(struct rpc *r, const struct rpc_flag *f)
{
	if (r->n_given < ARRAY_LEN(r->given))
		r->given[r->n_given++] = f->name;
}

bool rpc_given(const struct rpc *r, const char *flag)
{
	for (size_t i = 0; i < r->n_given; i++)
		if (strcmp(r->given[i], flag) == 0)
			return true;
	return false;
}

static bool parse_bool(const char *text, bool *out)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{"1", true},	{"t", true},	  {"T", true},	    {"true", true},
		{"TRUE", true}, {"True", true},	  {"0", false},	    {"f", false},
		{"F", false},	{"false", false}, {"FALSE", false}, {"False", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(text, words[i].text) == 0) {
			*out = words[i].value;
			return true;
		}
	return false;
}

static struct err *read_descriptor(struct rpc *r, const char *name, const char *text,
				   struct secret *out)
{
	uint64_t fd;
	char *p = xmalloc(SECRET_MAX);
	size_t n = 0;
	ssize_t got = 0;
	struct err *e = NULL;

	if (!str_u64(str_of(text), INT32_MAX, &fd))
		e = err_new(ERR_INVALID, "-%s-fd takes the number of an open descriptor",
			    name);
	while (e == NULL && n < SECRET_MAX &&
	       ((got = read((int)fd, p + n, SECRET_MAX - n)) > 0 ||
		(got < 0 && errno == EINTR)))
		n += got > 0 ? (size_t)got : 0;
	if (e == NULL && got < 0)
		e = err_errno(ERR_INVALID, errno, "cannot read descriptor %s for -%s-fd",
			      text, name);
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	if (e == NULL)
		secret_set(out, (struct str){p, n});
	secret_wipe(p, SECRET_MAX);
	free(p);
	return e;
}

static struct err *set_value(struct rpc *r, const struct rpc_flag *f, const char *text)
{
	bool on;

	switch (f->kind) {
	case FLAG_BOOL:
	case FLAG_SHOW:
		if (!parse_bool(text, &on))
			return err_new(
				ERR_INVALID,
				"invalid boolean value \"%s\" for -%s: parse error", text,
				f->name);
		if (f->kind == FLAG_BOOL)
			*(bool *)member(r, f) = on;
		else if (on)
			r->o.show |= 1u << f->bit;
		else
			r->o.show &= ~(1u << f->bit);
		return NULL;
	case FLAG_SECRET:
		secret_set(member(r, f), str_of(text));
		return NULL;
	case FLAG_CLASS:
		if (r->o.n_classes == RPC_MAX_CLASSES)
			return err_new(ERR_INVALID, "at most %d classes at a time",
				       RPC_MAX_CLASSES);
		r->o.classes[r->o.n_classes++] = arena_strdup(&r->a, text);
		return NULL;
	default:
		*(const char **)member(r, f) = arena_strdup(&r->a, text);
		return NULL;
	}
}

static bool is_switch(const struct rpc_flag *f)
{
	return f->kind == FLAG_BOOL || f->kind == FLAG_SHOW;
}

/* Empty variables count as unset, as upstream's do. */
static struct err *from_environment(struct rpc *r, const struct rpc_cli_command *c)
{
	for (int g = 0; g < RPC_FLAG_GROUPS && c->flags[g] != NULL; g++)
		for (const struct rpc_flag *f = c->flags[g]; f->name != NULL; f++) {
			const char *env = rpc_flag_env(f, r->form, &r->a);
			const char *text = env != NULL ? getenv(env) : NULL;

			if (f->by_default != NULL)
				TRY(set_value(r, f, f->by_default));
			if (text == NULL || *text == '\0' || f->kind == FLAG_SHOW)
				continue;
			struct err *e = set_value(r, f, text);

			if (e != NULL)
				return err_wrap(e, "environment variable %s", env);
			note_given(r, f);
		}
	return NULL;
}

/* ---- the line ---- */

struct line {
	struct rpc *r;
	int argc, i;
	char **argv;
	bool keep;
	bool after_secret; /* what follows may be the rest of it, were it not quoted */
};

static void wipe(struct line *l, char *text)
{
	if (!l->keep)
		secret_wipe(text, strlen(text));
}

static struct err *missing_value(struct rpc *r, const struct rpc_flag *f,
				 const char *name)
{
	if (r->form == RPC_V3)
		return err_new(ERR_INVALID, "%s: missing value, expected \"%s=%s\"", name,
			       name, f->value);
	return rpc_exit_error(
		r, f->missing != 0 ? (enum rpc_exit)f->missing : RPC_EXIT_COMMAND_LINE,
		"flag needs an argument: %s", name);
}

/* A value that does not fit ends a v2 line with 28. */
static struct err *wrong_value(struct rpc *r, struct err *e)
{
	if (e == NULL || r->form == RPC_V3)
		return e;
	struct err *coded = rpc_exit_error(r, RPC_EXIT_COMMAND_LINE, "%s", e->msg);

	err_free(e);
	return coded;
}

/* shown: as the user wrote it. inline_value: behind "=", or NULL. */
static struct err *apply(struct line *l, const struct rpc_flag *f, bool descriptor,
			 const char *shown, char *inline_value)
{
	char *value = inline_value;

	l->after_secret = f->kind == FLAG_SECRET && !descriptor;
	if (value == NULL && is_switch(f)) {
		TRY(set_value(l->r, f, "true"));
	} else {
		if (value == NULL) {
			if (l->i + 1 >= l->argc)
				return missing_value(l->r, f, shown);
			value = l->argv[++l->i];
		}
		struct err *e = descriptor ? read_descriptor(l->r, f->name, value,
							     member(l->r, f))
					   : set_value(l->r, f, value);

		if (f->kind == FLAG_SECRET && !descriptor)
			wipe(l, value);
		TRY(wrong_value(l->r, e));
	}
	note_given(l->r, f);
	return NULL;
}

/* NAME-fd of a secret. */
static const struct rpc_flag *find_flag(const struct rpc_cli_command *c, struct str name,
					bool *descriptor)
{
	const struct rpc_flag *f = rpc_flag_find(c, name);

	*descriptor = false;
	if (f != NULL || !str_ends(name, STR("-fd")))
		return f;
	f = rpc_flag_find(c, str_sub(name, 0, name.n - 3));
	*descriptor = true;
	return f != NULL && f->kind == FLAG_SECRET ? f : NULL;
}

static struct err *unknown_flag(struct rpc *r, const char *arg, struct str name)
{
	if (r->form == RPC_V3)
		return err_new(ERR_INVALID, "unknown flag %.*s; see rpc %s --help",
			       (int)(name.p + name.n - arg), arg, r->command->name);
	return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE,
			      "flag provided but not defined: -" STR_FMT, STR_ARG(name));
}

static struct err *take_long(struct line *l, enum rpc_parsed *what)
{
	char *arg = l->argv[l->i];
	struct str name = before_equals(dashless(arg));
	char *value = name.p[name.n] == '=' ? (char *)name.p + name.n + 1 : NULL;
	const char *shown = arena_printf(&l->r->a, "-" STR_FMT, STR_ARG(name));
	bool descriptor;
	const struct rpc_flag *f = find_flag(l->r->command, name, &descriptor);

	if (f == NULL && (str_eqz(name, "help") || str_eqz(name, "h"))) {
		*what = PARSED_HELP;
		return NULL;
	}
	if (f == NULL)
		return unknown_flag(l->r, arg, name);
	return apply(l, f, descriptor, shown, value);
}

/* v3: -x, -xVALUE, -x VALUE, -xyz of switches. */
static struct err *take_letters(struct line *l, enum rpc_parsed *what)
{
	char *arg = l->argv[l->i];

	for (char *p = arg + 1; *p != '\0'; p++) {
		const struct rpc_flag *f = rpc_flag_letter(l->r->command, *p);
		const char *shown = arena_printf(&l->r->a, "-%c", *p);

		if (f == NULL && *p == 'h') {
			*what = PARSED_HELP;
			return NULL;
		}
		if (f == NULL)
			return unknown_flag(l->r, shown, (struct str){shown + 1, 1});
		if (!is_switch(f)) {
			char *rest = p[1] == '=' ? p + 2 : p + 1;

			return apply(l, f, false, shown, *rest != '\0' ? rest : NULL);
		}
		TRY(apply(l, f, false, shown, NULL));
	}
	return NULL;
}

static struct err *unexpected(const struct line *l, const char *what)
{
	return l->r->form == RPC_V3 ? err_new(ERR_INVALID, "unexpected argument %s", what)
				    : rpc_exit_error(l->r, RPC_EXIT_COMMAND_LINE,
						     "unexpected argument %s", what);
}

static struct err *take_line(struct line *l, enum rpc_parsed *what)
{
	for (; l->i < l->argc && *what == PARSED_RUN; l->i++) {
		const char *arg = l->argv[l->i];

		if (strcmp(arg, "--") == 0 && l->i + 1 == l->argc)
			return NULL;
		if (arg[0] != '-' || dashless(arg).n == 0 || dashless(arg).p[0] == '=')
			return unexpected(l, l->after_secret
						     ? "after a secret; quote values "
						       "that hold spaces"
						     : arg);
		if (l->r->form == RPC_V3 && arg[1] != '-')
			TRY(take_letters(l, what));
		else
			TRY(take_long(l, what));
	}
	return NULL;
}

/* v3's common flags may stand before the command: here they come behind it. */
static char **reorder(struct rpc *r, int argc, char **argv)
{
	const struct rpc_cli_command *any = child(RPC_V3, NULL, STR("version"));
	char **out = arena_alloc(&r->a, ((size_t)argc + 1) * sizeof(*out));
	int flags = 1, words;

	for (; flags < argc && argv[flags][0] == '-'; flags++) {
		struct str name = dashless(argv[flags]);
		const struct rpc_flag *f = argv[flags][1] == '-' && str_chr(name, '=') < 0
						   ? rpc_flag_find(any, name)
						   : NULL;

		if (f != NULL && !is_switch(f) && flags + 1 < argc)
			flags++;
	}
	for (words = flags; words < argc && argv[words][0] != '-'; words++)
		;
	size_t n_flags = (size_t)(flags - 1), n_words = (size_t)(words - flags);

	out[0] = argv[0];
	memcpy(out + 1, argv + flags, n_words * sizeof(*out));
	memcpy(out + 1 + n_words, argv + 1, n_flags * sizeof(*out));
	memcpy(out + words, argv + words, (size_t)(argc - words) * sizeof(*out));
	out[argc] = NULL;
	return out;
}

/* v3 without a command is amtinfo. */
static const struct rpc_cli_command *command_of(struct rpc *r, int argc, char **argv,
						int *next, bool *asks_help)
{
	const struct rpc_cli_command *c = find_command(r->form, argc, argv, next);

	*asks_help = false;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 ||
		    (c == NULL && strcmp(argv[i], "-h") == 0))
			*asks_help = true;
	if (c == NULL && r->form == RPC_V3 && (argc == 1 || argv[1][0] == '-'))
		return child(RPC_V3, NULL, STR("amtinfo"));
	return c;
}

/* word: where a command's name should be, or NULL. */
static struct err *unknown_command(struct rpc *r, const char *word)
{
	if (word == NULL || word[0] == '-')
		return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE, NULL);
	return rpc_exit_error(r, RPC_EXIT_COMMAND_LINE, "there is no command %s%s%s",
			      r->command != NULL ? r->command->name : "",
			      r->command != NULL ? " " : "", word);
}

struct err *rpc_parse(struct rpc *r, int argc, char **argv, bool keep_argv,
		      enum rpc_parsed *what)
{
	struct line l = {.r = r, .argc = argc, .keep = keep_argv};
	bool asks_help;

	*what = PARSED_RUN;
	if (r->form == RPC_V3)
		argv = reorder(r, argc, argv);
	l.argv = argv;
	const struct rpc_cli_command *c = command_of(r, argc, argv, &l.i, &asks_help);

	r->command = c;
	if (asks_help) {
		*what = PARSED_HELP;
		if (find_command(r->form, argc, argv, &l.i) == NULL)
			r->command = NULL;
		return NULL;
	}
	if (c == NULL || c->run == NULL ||
	    (r->form == RPC_V2 && c->needs & RPC_NEEDS_OPTION && l.i == argc)) {
		*what = PARSED_USAGE;
		return unknown_command(r, l.i < argc ? argv[l.i] : NULL);
	}
	TRY(from_environment(r, c));
	r->n_environment = r->n_given;
	struct err *e = take_line(&l, what);

	/* What was not reached may hold secrets, too. */
	for (; e != NULL && l.i < argc; l.i++)
		if (argv[l.i][0] != '-')
			wipe(&l, argv[l.i]);
	return e;
}

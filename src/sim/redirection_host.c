/* SPDX-License-Identifier: Apache-2.0
 * The machine behind the screen: BIOS, boot menu, set-up, login and a small shell, or
 * whatever text the boot sector of a redirected drive holds. States change by keys and by
 * time; nobody needs a timer, sessions call sim_host_tick.
 */
#include <sim/redirection_priv.h>

#include <ctype.h>

#define CLEAR "\x1b[0m\x1b[2J\x1b[H"
#define KEY_ESCAPE 0x1B

static const char *const choices[] = {"outband Linux", "Drive of IDE redirection",
				      "BIOS setup"};
static const enum sim_boot_from boots[] = {SIM_BOOT_DISK, SIM_BOOT_IDER_CD,
					   SIM_BOOT_SETUP};

static void say(struct sim_host *h, const char *text)
{
	sim_screen_write(&h->screen, str_of(text));
}

static void enter(struct sim_host *h, enum sim_host_state state, int64_t due_ms)
{
	h->state = state;
	h->due_ms = due_ms;
	h->line_n = 0;
	h->escape = 0;
}

/* ---- what the states show ---- */

static void show_login(struct sim_host *h)
{
	enter(h, SIM_HOST_LOGIN, 0);
	say(h, "\r\nvirtual login: ");
}

static void show_system(struct sim_host *h)
{
	say(h, CLEAR "outband Linux (virtual) console\r\n");
	show_login(h);
}

static void show_setup(struct sim_host *h)
{
	enter(h, SIM_HOST_SETUP, 0);
	say(h, CLEAR "\x1b[37;44m BIOS setup \x1b[0m\r\n\r\n"
		     "  Processor            virtual\r\n"
		     "  Memory               16384 MB\r\n"
		     "  Intel(R) AMT         enabled\r\n\r\n"
		     "  Esc  leave and restart\r\n");
}

static void show_menu(struct sim_host *h)
{
	say(h, CLEAR "\x1b[3;10H+------------------ Boot menu ------------------+");
	for (unsigned i = 0; i < ARRAY_LEN(choices); i++)
		sim_screen_printf(&h->screen, "\x1b[%u;10H|%s %-45s\x1b[0m |", 4 + i,
				  i == h->choice ? "\x1b[7m" : "", choices[i]);
	sim_screen_printf(&h->screen,
			  "\x1b[%u;10H+-----------------------------------------------+",
			  4 + (unsigned)ARRAY_LEN(choices));
	sim_screen_printf(&h->screen, "\x1b[%u;10HUp and Down choose, Enter boots.",
			  6 + (unsigned)ARRAY_LEN(choices));
}

static const char *const special_boots[] = {
	[SIM_BOOT_HTTPS] = "HTTPS boot",
	[SIM_BOOT_FILE] = "Starting",
	[SIM_BOOT_ERASE] = "Platform erase",
};

static void start_from(struct sim_host *h, enum sim_boot_from from, int64_t now_ms)
{
	h->from = from;
	switch (from) {
	case SIM_BOOT_SETUP:
		show_setup(h);
		break;
	case SIM_BOOT_IDER_FLOPPY:
	case SIM_BOOT_IDER_CD:
		enter(h, SIM_HOST_WAITS_FOR_DRIVE, now_ms + 2 * (int64_t)h->step_ms);
		sim_screen_printf(&h->screen,
				  CLEAR "Booting from the redirected %s ...\r\n",
				  from == SIM_BOOT_IDER_CD ? "CD" : "floppy");
		break;
	case SIM_BOOT_PXE:
		enter(h, SIM_HOST_LOADING, now_ms + 2 * (int64_t)h->step_ms);
		say(h, CLEAR
		    "PXE: no boot server answers.\r\nLoading outband Linux ...\r\n");
		break;
	case SIM_BOOT_DISK:
		enter(h, SIM_HOST_LOADING, now_ms + h->step_ms);
		say(h, CLEAR "Loading outband Linux ...\r\n");
		break;
	case SIM_BOOT_HTTPS:
	case SIM_BOOT_FILE:
	case SIM_BOOT_ERASE:
		enter(h, SIM_HOST_LOADING, now_ms + 2 * (int64_t)h->step_ms);
		sim_screen_printf(&h->screen, CLEAR "%s: %s\r\n", special_boots[from],
				  h->what);
		say(h, "Loading outband Linux ...\r\n");
		break;
	}
}

void sim_host_init(struct sim_host *h, uint32_t step_ms)
{
	*h = (struct sim_host){.step_ms = step_ms, .what = ""};
	sim_screen_init(&h->screen);
	show_system(h);
}

void sim_host_boot(struct sim_host *h, enum sim_boot_from from, const char *what,
		   int64_t now_ms)
{
	h->from = from;
	h->what = what;
	h->choice = 0;
	enter(h, SIM_HOST_POST, now_ms + h->step_ms);
	say(h, CLEAR "\x1b[1moutband virtual BIOS\x1b[0m\r\n\r\n"
		     "Processor: virtual, 4 cores\r\nMemory:    16384 MB OK\r\n\r\n"
		     "Del: setup\r\n");
}

bool sim_host_system_runs(const struct sim_host *h)
{
	return h->state == SIM_HOST_LOGIN || h->state == SIM_HOST_PASSWORD ||
	       h->state == SIM_HOST_SHELL;
}

void sim_host_going_down(struct sim_host *h)
{
	enter(h, SIM_HOST_GOES_DOWN, 0);
	say(h, "\r\nThe system is going down.\r\n");
}

static void leave_post(struct sim_host *h, int64_t now_ms)
{
	if (h->from != SIM_BOOT_DISK) {
		start_from(h, h->from, now_ms);
		return;
	}
	enter(h, SIM_HOST_MENU, now_ms + 2 * (int64_t)h->step_ms);
	show_menu(h);
}

bool sim_host_tick(struct sim_host *h, int64_t now_ms)
{
	bool changed = false;

	while (h->due_ms != 0 && h->due_ms <= now_ms) {
		int64_t then = h->due_ms;
		changed = true;
		switch (h->state) {
		case SIM_HOST_POST:
			leave_post(h, then);
			break;
		case SIM_HOST_MENU:
			start_from(h, boots[h->choice], then);
			break;
		case SIM_HOST_LOADING:
			show_system(h);
			break;
		case SIM_HOST_WAITS_FOR_DRIVE:
			sim_host_drive_failed(h, "no drive is there", then);
			break;
		default:
			h->due_ms = 0;
			break;
		}
	}
	return changed;
}

/* ---- redirected drives ---- */

void sim_host_drive_text(struct sim_host *h, struct str text)
{
	say(h, "  ");
	sim_screen_write(&h->screen, text);
	say(h, "\r\n");
}

void sim_host_drive_runs(struct sim_host *h)
{
	enter(h, SIM_HOST_RUNS_DRIVE, 0);
	say(h, "Running from the redirected drive.\r\n");
}

void sim_host_drive_failed(struct sim_host *h, const char *why, int64_t now_ms)
{
	enter(h, SIM_HOST_LOADING, now_ms + 2 * (int64_t)h->step_ms);
	sim_screen_printf(&h->screen, "Cannot boot from the redirected drive: %s.\r\n",
			  why);
	say(h, "Loading outband Linux ...\r\n");
}

/* ---- keys ---- */

static void run_command(struct sim_host *h)
{
	const char *line = h->line;

	if (strncmp(line, "echo ", 5) == 0)
		sim_screen_printf(&h->screen, "%s\r\n", line + 5);
	else if (strcmp(line, "help") == 0)
		say(h, "Commands: echo TEXT, whoami, uname, clear, exit\r\n");
	else if (strcmp(line, "whoami") == 0)
		sim_screen_printf(&h->screen, "%s\r\n", h->user);
	else if (strcmp(line, "uname") == 0)
		say(h, "outband Linux\r\n");
	else if (strcmp(line, "clear") == 0)
		say(h, CLEAR);
	else if (line[0] != '\0')
		sim_screen_printf(&h->screen, "%s: no such command, see help\r\n", line);
}

static void prompt(struct sim_host *h)
{
	enter(h, SIM_HOST_SHELL, 0);
	sim_screen_printf(&h->screen, "%s@virtual:~$ ", h->user);
}

static void line_typed(struct sim_host *h)
{
	say(h, "\r\n");
	h->line[h->line_n] = '\0';
	switch (h->state) {
	case SIM_HOST_LOGIN:
		if (h->line_n == 0) {
			show_login(h);
			return;
		}
		memcpy(h->user, h->line, h->line_n + 1);
		enter(h, SIM_HOST_PASSWORD, 0);
		say(h, "Password: ");
		break;
	case SIM_HOST_PASSWORD:
		if (h->line_n == 0) {
			say(h, "Login incorrect\r\n");
			show_login(h);
			return;
		}
		sim_screen_printf(&h->screen, "Welcome, %s.\r\n", h->user);
		secret_wipe(h->line, sizeof(h->line));
		prompt(h);
		break;
	default:
		if (strcmp(h->line, "exit") == 0) {
			show_system(h);
			return;
		}
		run_command(h);
		prompt(h);
		break;
	}
}

/* Login, password, shell: characters go to a line. */
static void type_line(struct sim_host *h, char c)
{
	bool echo = h->state != SIM_HOST_PASSWORD;

	if (c == '\r') {
		line_typed(h);
	} else if ((c == '\b' || c == 0x7F) && h->line_n > 0) {
		h->line_n--;
		if (echo)
			say(h, "\b \b");
	} else if (isprint((unsigned char)c) && h->line_n < SIM_HOST_LINE - 1) {
		h->line[h->line_n++] = c;
		if (echo)
			sim_screen_write(&h->screen, (struct str){&c, 1});
	}
}

static void type_menu(struct sim_host *h, char c, int64_t now_ms)
{
	bool arrow = h->escape == 2;

	h->escape = c == KEY_ESCAPE			       ? 1
		    : h->escape == 1 && (c == '[' || c == 'O') ? 2
							       : 0;
	if (c == '\r') {
		start_from(h, boots[h->choice], now_ms);
		return;
	}
	if (!arrow || (c != 'A' && c != 'B'))
		return;
	h->due_ms = 0; /* somebody is there: no hurry */
	if (c == 'A' && h->choice > 0)
		h->choice--;
	if (c == 'B' && h->choice + 1 < ARRAY_LEN(choices))
		h->choice++;
	show_menu(h);
}

void sim_host_type(struct sim_host *h, char c, int64_t now_ms)
{
	sim_host_tick(h, now_ms);
	switch (h->state) {
	case SIM_HOST_POST:
		if (c == 0x7F)
			h->from = SIM_BOOT_SETUP;
		break;
	case SIM_HOST_MENU:
		type_menu(h, c, now_ms);
		break;
	case SIM_HOST_SETUP:
		if (c == KEY_ESCAPE)
			sim_host_boot(h, SIM_BOOT_DISK, "", now_ms);
		break;
	case SIM_HOST_LOGIN:
	case SIM_HOST_PASSWORD:
	case SIM_HOST_SHELL:
		type_line(h, c);
		break;
	case SIM_HOST_RUNS_DRIVE:
		sim_screen_write(&h->screen,
				 c == '\r' ? STR("\r\n") : (struct str){&c, 1});
		break;
	default:
		break;
	}
}

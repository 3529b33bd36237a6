/* SPDX-License-Identifier: Apache-2.0
 * outband config: effective settings with their origin; a sample file; the
 * documentation's table.
 */
#include <outband/app.h>

#include <stdio.h>

int cmd_config(int argc, char **argv)
{
	struct app app;
	const char *sample = NULL, *markdown = NULL;
	const struct app_option options[] = {
		{"sample", NULL, "print a commented sample file instead", NULL, &sample},
		{"markdown", NULL, "print all settings as a Markdown table instead", NULL,
		 &markdown},
	};

	if (app_init(&app, argc, argv, "Usage: outband config [OPTIONS]\n", options,
		     ARRAY_LEN(options), 0)) {
		struct buf out = {0};
		if (sample != NULL || markdown != NULL) {
			struct config *plain = app_config();
			if (sample != NULL)
				config_sample(plain, &out);
			else
				config_markdown(plain, &out);
			config_free(plain);
		} else {
			config_print(app.config, &out, app.json);
		}
		fwrite(out.p, 1, out.len, stdout);
		buf_fini(&out);
	}
	app_fini(&app);
	return app.exit_code;
}

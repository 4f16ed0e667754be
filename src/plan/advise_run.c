/* Knows from the words of a RUN whether it only installs, and from what. */
#include <string.h>

#include "plan/advise_parts.h"

static bool is_plain(const char *text)
{
	return strpbrk(text, "|<>`$(){}\"'\\*?#\n") == NULL;
}

/* The commands between "&&" and ";"; false: it is more than a plain list. */
static bool split(const char *text, struct strv **out, size_t *count)
{
	const char *at = text;

	if (!is_plain(text))
		return false;
	for (;;) {
		struct strv words = { 0 };
		bool more = false;

		while (*at && *at != ';' && *at != '&') {
			size_t len = strcspn(at, " \t;&");

			if (len)
				strv_addn(&words, at, len);
			at += len;
			at += strspn(at, " \t");
		}
		MEM_PUSH(*out, *count) = words;
		if (*at == ';' || (at[0] == '&' && at[1] == '&'))
			more = true;
		else if (*at)
			return false;
		if (!more)
			return true;
		at += *at == ';' ? 1 : 2;
		at += strspn(at, " \t");
	}
}

static void free_commands(struct strv *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strv_release(&commands[i]);
	free(commands);
}

static bool is_one(const char *word, const char *list)
{
	size_t len = strlen(word);

	for (const char *at = list; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, word, n) == 0)
			return true;
		at += n;
	}
	return false;
}

/* The first word behind the command that is no option, or "". */
static const char *verb_of(const struct strv *words)
{
	for (size_t i = 1; i < words->count; i++)
		if (words->items[i][0] != '-')
			return words->items[i];
	return "";
}

/* ---- the system's package managers ---- */

static const struct {
	const char *program, *verbs;
} managers[] = {
	{ "apt-get", "update install upgrade dist-upgrade autoremove clean" },
	{ "apt", "update install upgrade full-upgrade autoremove clean" },
	{ "apk", "add update upgrade del" },
	{ "yum", "install update clean upgrade makecache" },
	{ "dnf", "install update clean upgrade makecache" },
	{ "microdnf", "install update clean upgrade" },
	{ "zypper", "install in update refresh clean" },
};

/* Takes away what the managers leave. */
static bool is_cleaning(const struct strv *words)
{
	if (strcmp(words->items[0], "rm"))
		return false;
	for (size_t i = 1; i < words->count; i++) {
		const char *word = words->items[i];

		if (word[0] != '-' && strncmp(word, "/var/lib/apt/", 13) &&
		    strncmp(word, "/var/cache/", 11))
			return false;
	}
	return true;
}

static bool is_system(const struct strv *words)
{
	const char *verb = verb_of(words);

	if (!words->count)
		return false;
	if (is_cleaning(words))
		return true;
	/* A path could name a file that was copied. */
	for (size_t i = 1; i < words->count; i++)
		if (strchr(words->items[i], '/'))
			return false;
	for (size_t i = 0; i < sizeof(managers) / sizeof(*managers); i++)
		if (!strcmp(words->items[0], managers[i].program))
			return is_one(verb, managers[i].verbs);
	return false;
}

/* "rm -rf /var/lib/apt/lists/" with a star is plain enough. */
static char *without_stars(const char *text)
{
	static const char stars[] = "/var/lib/apt/lists/*";
	struct buf out = BUF_INIT;
	const char *at;

	while ((at = strstr(text, stars))) {
		buf_add(&out, text, (size_t)(at - text) + strlen(stars) - 1);
		text = at + strlen(stars);
	}
	buf_adds(&out, text);
	return buf_steal(&out);
}

static bool is_shell_run(const struct instr *instr)
{
	return instr->kind == INSTR_RUN && !instr->json && !instr->flag_count &&
	       instr->rest && *instr->rest;
}

bool advise_run_is_system(const struct instr *instr)
{
	struct strv *commands = NULL;
	size_t count = 0;
	AUTO_FREE char *text = NULL;
	bool good;

	if (!is_shell_run(instr))
		return false;
	text = without_stars(instr->rest);
	good = split(text, &commands, &count);
	for (size_t i = 0; good && i < count; i++)
		good = is_system(&commands[i]);
	free_commands(commands, count);
	return good;
}

/* ---- what fetches ---- */

const char *advise_run_fetches(const struct instr *instr)
{
	static const char *const signs[] = {
		"apt-get update", "apt-get install", "apt update",
		"apt install", "apk add", "apk update", "yum install",
		"dnf install", "zypper install", "curl ", "wget ",
		"pip install", "pip3 install", "npm install", "npm ci",
		"yarn install", "pnpm install", "git clone", "go get",
		"go install", "go mod download", "gem install",
		"bundle install", "cargo install", "composer install", NULL,
	};

	if (instr->kind != INSTR_RUN)
		return NULL;
	for (size_t i = 0; signs[i]; i++)
		if (instr->rest && strstr(instr->rest, signs[i]))
			return signs[i];
	return NULL;
}

/* ---- installs from manifests ---- */

static const char *const npm_refuses[] = {
	"\"preinstall\"", "\"install\"", "\"postinstall\"", "\"prepare\"",
	"\"preprepare\"", "\"postprepare\"", "\"prepublish\"",
	"\"workspaces\"", "\"file:", "\"link:", NULL };
static const char *const pip_refuses[] = {
	"\n-e", "\n--editable", "\n-r", "\n--req", "\n-c", "\n--con", "\n.",
	"\n/", "\n ", "\n\t", "file:", NULL };
static const char *const gem_refuses[] = {
	"gemspec", "path:", "path =>", "eval_gemfile", "File.", NULL };
static const char *const go_refuses[] = { "=> .", "=> /", NULL };
static const char *const poetry_refuses[] = { "path =", "path=", NULL };

/* verb "" is the bare command; options: what must be given, or NULL. */
static const struct {
	const char *program, *verbs, *options, *manifests, *makes;
	const char *const *refuses;
} tools[] = {
	{ "npm", "ci install i", NULL,
	  "package.json package-lock.json npm-shrinkwrap.json .npmrc",
	  "node_modules", npm_refuses },
	{ "yarn", "install", NULL, "package.json yarn.lock .yarnrc",
	  "node_modules", npm_refuses },
	{ "pnpm", "install i", NULL, "package.json pnpm-lock.yaml .npmrc",
	  "node_modules", npm_refuses },
	{ "bundle", "install", NULL, "Gemfile Gemfile.lock", "vendor",
	  gem_refuses },
	{ "go", "mod", NULL, "go.mod go.sum", NULL, go_refuses },
	{ "poetry", "install", "--no-root", "pyproject.toml poetry.lock",
	  NULL, poetry_refuses },
};

static void add_names(struct strv *out, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, " ");

		strv_addn(out, list, len);
		list += len;
		list += strspn(list, " ");
	}
}

static bool is_pip(const struct strv *words, struct advise_install *out)
{
	if (words->count < 4 || (strcmp(words->items[0], "pip") &&
				 strcmp(words->items[0], "pip3")) ||
	    strcmp(words->items[1], "install"))
		return false;
	for (size_t i = 2; i < words->count; i++) {
		const char *word = words->items[i];

		if (!strcmp(word, "-r") && i + 1 < words->count &&
		    words->items[i + 1][0] != '/')
			strv_add(&out->manifests, words->items[++i]);
		else if (strcmp(word, "--no-cache-dir") &&
			 strcmp(word, "--upgrade") && strcmp(word, "-U"))
			return false;
	}
	out->tool = "pip";
	out->refuses = pip_refuses;
	return out->manifests.count > 0;
}

/* Nothing but options of one word behind the verb. */
static bool has_operands(const struct strv *words, const char *verb)
{
	bool seen = false;

	for (size_t i = 1; i < words->count; i++) {
		const char *word = words->items[i];

		if (!seen && !strcmp(word, verb))
			seen = true;
		else if (word[0] != '-' || !strncmp(word, "--prefix", 8) ||
			 !strcmp(word, "-C") || !strncmp(word, "--cwd", 5))
			return true;
	}
	return false;
}

static bool installs(const struct strv *words, struct advise_install *out)
{
	const char *verb = verb_of(words);

	if (!words->count)
		return false;
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++) {
		bool go = !strcmp(tools[i].program, "go");

		if (strcmp(words->items[0], tools[i].program) ||
		    !is_one(verb, tools[i].verbs) ||
		    (tools[i].options && !strv_has(words, tools[i].options)))
			continue;
		if (go ? words->count != 3 || strcmp(words->items[2],
						     "download")
		       : has_operands(words, verb))
			return false;
		out->tool = tools[i].program;
		out->refuses = tools[i].refuses;
		out->makes = tools[i].makes;
		add_names(&out->manifests, tools[i].manifests);
		return true;
	}
	return is_pip(words, out);
}

bool advise_run_installs(const struct instr *instr, struct advise_install *out)
{
	struct strv *commands = NULL;
	size_t count = 0;
	bool good;

	*out = (struct advise_install){ .tool = NULL };
	if (!is_shell_run(instr))
		return false;
	good = split(instr->rest, &commands, &count) && count == 1 &&
	       installs(&commands[0], out);
	free_commands(commands, count);
	if (!good)
		strv_release(&out->manifests);
	return good;
}

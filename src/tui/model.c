/* Knows how store, Dockerfile and plan hang together on the screen. */
#include "tui/model.h"

#include <string.h>

#include "engine/mirror.h"
#include "tui/line_map.h"

#define READ_AT_ONCE 200
#define READ_SOME 20 /* images: a few milliseconds */
#define WORDS_SOME 500 /* the same */

void model_init(struct model *model, const struct options *options)
{
	*model = (struct model){ .options = options, .step = -1,
				 .ascii = options->settings.ascii ||
					  !text_locale_utf8() };
	run_state_init(&model->run);
}

void model_add_message(struct model *model, bool bad, const char *text)
{
	struct message **all = &model->messages;

	model->messages_said++;
	if (model->message_count == MESSAGES_MOST) {
		free((*all)[0].text);
		memmove(*all, *all + 1, --model->message_count *
						sizeof(**all));
	}
	*all = mem_grow(*all, model->message_count + 1, sizeof(**all));
	(*all)[model->message_count++] = (struct message){
		mem_strdup(text), bad, time(NULL) };
}

static void forget_words(struct model *model)
{
	for (size_t i = 0; i < model->words_made; i++)
		free(model->words[i]);
	free(model->words);
	model->words = NULL;
	model->words_made = 0;
}

void model_release(struct model *model)
{
	for (size_t i = 0; i < model->message_count; i++)
		free(model->messages[i].text);
	free(model->messages);
	plan_free(model->plan);
	plan_free(model->before);
	strv_release(&model->changes);
	lens_free(model->lens);
	free(model->lens_error);
	strv_release(&model->diff);
	free(model->plan_error);
	run_state_release(&model->run);
	free(model->failed);
	dockerfile_free(model->file);
	strv_release(&model->lines);
	free(model->text);
	lineage_release(&model->lineage);
	forget_words(model);
	store_free(model->store);
}

static void take_images(struct model *model)
{
	forget_words(model);
	store_images_unread(model->store, &model->images,
			    &model->image_count);
	lineage_release(&model->lineage);
	lineage_make(model->images, model->image_count, &model->lineage);
	model->tree_version++;
}

int model_load_store(struct model *model, struct err *err)
{
	AUTO(store_free) struct store *store = NULL;

	if (store_open(model->options->root, STORE_READ, &store, err) < 0)
		return err_wrap(err, "cannot read the store");
	mirror_attend(store);
	if (model->store)
		store_adopt(store, model->store);
	store_free(model->store);
	model->store = STEAL(store);
	store_images_unread(model->store, &model->images, &model->image_count);
	/* Few are read at once, so that nothing moves a moment later; of many
	 * the names are shown before any is. */
	model->reading = model->image_count > READ_AT_ONCE ||
			 !store_images_read(model->store, READ_AT_ONCE);
	take_images(model);
	return 0;
}

bool model_has_more(const struct model *model)
{
	return model->reading || model->words_made < model->image_count;
}

/* So that who types a filter does not wait for the words of all steps. */
static void make_words(struct model *model)
{
	size_t most = model->words_made + WORDS_SOME;

	if (!model->words)
		model->words = mem_array(model->image_count,
					 sizeof(*model->words));
	for (; model->words_made < most &&
	       model->words_made < model->image_count; model->words_made++) {
		const struct tree_node node = {
			.image = model->images[model->words_made] };

		model->words[model->words_made] = tree_words(model->store,
							     &node);
	}
}

bool model_read_some(struct model *model)
{
	if (!model->reading) {
		make_words(model);
		return false;
	}
	model->reading = !store_images_read(model->store, READ_SOME);
	if (!model->reading)
		take_images(model);
	return !model->reading;
}

static void split_lines(struct model *model)
{
	const char *at = model->text;

	strv_release(&model->lines);
	while (at && *at) {
		size_t len = strcspn(at, "\n");
		size_t shown = len && at[len - 1] == '\r' ? len - 1 : len;

		strv_addn(&model->lines, at, shown);
		at += len;
		if (*at)
			at++;
	}
}

static void follow_lines(struct plan *plan, const char *old, const char *now)
{
	struct step *const *steps;
	struct line_map map;
	size_t count;

	if (!plan || !old || !now || strcmp(old, now) == 0)
		return;
	line_map_make(old, now, &map);
	steps = plan_steps(plan, &count);
	for (size_t i = 0; i < count; i++)
		if (steps[i]->line > 0)
			steps[i]->line = line_map_at(&map, steps[i]->line);
}

void model_set_text(struct model *model, const char *text, size_t len)
{
	follow_lines(model->plan, model->text, text);
	free(model->text);
	dockerfile_free(model->file);
	model->file = text ? dockerfile_parse(text, len) : NULL;
	model->text = text ? mem_strndup(text, len) : NULL;
	split_lines(model);
	model->file_version++;
}

void model_set_context(struct model *model, struct lens *lens,
		       const char *error)
{
	lens_free(model->lens);
	free(model->lens_error);
	model->lens = lens;
	model->lens_error = mem_strdup(error);
	model->context_version++;
}

void model_set_diff(struct model *model, int step, const char *text)
{
	strv_release(&model->diff);
	while (*text) {
		size_t len = strcspn(text, "\n");

		strv_take(&model->diff, text_tabs(text, len));
		text += len + (text[len] == '\n');
	}
	model->diff_step = step;
	model->diff_plan = model->plan_version;
	model->diff_version++;
}

bool model_has_diff(const struct model *model)
{
	return model->diff.count && model->diff_step == model->step &&
	       model->diff_plan == model->plan_version;
}

void model_imagine(struct model *model, const struct strv *changes)
{
	strv_copy(&model->changes, changes);
}

static void forget_before(struct model *model)
{
	plan_free(model->before);
	model->before = NULL;
}

void model_imagine_no_more(struct model *model)
{
	strv_release(&model->changes);
	/* Until the plan of what is comes, the imagined one is shown, and
	 * something may be imagined again. */
	if (!model->imagined)
		forget_before(model);
}

static bool same_steps(const struct plan *a, const struct plan *b)
{
	size_t count, other;
	struct step *const *left = plan_steps(a, &count);
	struct step *const *right = plan_steps(b, &other);

	if (count != other)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(left[i]->text, right[i]->text) != 0)
			return false;
	return true;
}

/* A step that hits by now fails no more. */
static void forget_failure(struct model *model)
{
	int index = model_step_numbered(model, model->failed_step);
	size_t count;

	if (model->failed && !model->imagined && index >= 0 &&
	    plan_steps(model->plan, &count)[index]->verdict == VERDICT_HIT) {
		free(model->failed);
		model->failed = NULL;
	}
}

/* A new plan has new steps: the old selection is found again by its line. */
void model_set_plan(struct model *model, struct plan *plan, const char *text,
		    const char *error)
{
	const struct step *old = model_step(model);
	int line = old ? old->line : 0;
	bool was = old != NULL; /* old dies with its plan */

	free(model->plan_error);
	model->plan_error = mem_strdup(error);
	model->stale = !plan;
	if (model->building && model_run_fits(model) &&
	    (!plan || same_steps(model->plan, plan)))
		model->run_plan = model->plan_version + 1;
	model->plan_version++;
	follow_lines(plan, text, model->text);
	/* With an error the last good plan stays: half-typed lines come and
	 * go, and its verdicts, shown as old, still tell something. */
	if (!plan)
		return;
	model->step = -1;
	if (!model->changes.count)
		forget_before(model);
	if (model->changes.count && !model->before && !model->imagined)
		model->before = model->plan;
	else
		plan_free(model->plan);
	model->plan = plan;
	model->imagined = model->changes.count > 0;
	forget_failure(model);
	if (was)
		model_select_step(model, line > 0 ?
					 model_step_at(model, line) : -1);
}

void model_set_failed(struct model *model, bool failed)
{
	int index = model_step_numbered(model, model->run.step);
	size_t count;

	free(model->failed);
	model->failed = NULL;
	if (!failed || !model_run_fits(model) || index < 0)
		return;
	model->failed = mem_strdup(plan_steps(model->plan, &count)[index]->text);
	model->failed_step = model->run.step;
}

void model_saved(struct model *model)
{
	forget_before(model);
	model->imagined = false;
}

bool model_failed(const struct model *model, const struct step *step)
{
	return model->failed && step->n == model->failed_step &&
	       step->verdict != VERDICT_HIT && !step->trigger &&
	       strcmp(step->text, model->failed) == 0;
}

bool model_run_fits(const struct model *model)
{
	return model->run.started && model->plan &&
	       model->run_plan == model->plan_version;
}

const struct step *model_step(const struct model *model)
{
	struct step *const *steps;
	size_t count;

	if (!model->plan || model->step < 0)
		return NULL;
	steps = plan_steps(model->plan, &count);
	return (size_t)model->step < count ? steps[model->step] : NULL;
}

struct image *model_image(const struct model *model)
{
	struct image *image = NULL;
	struct err err = ERR_INIT;

	if (!model->store || !digest_is_set(&model->image) ||
	    store_image(model->store, &model->image, &image, &err) != 1)
		return NULL;
	return image;
}

void model_select_step(struct model *model, int index)
{
	const struct step *step;

	model->step = index;
	step = model_step(model);
	model->image = step ? step->image : (struct digest){ "" };
	if (step && !digest_is_set(&model->image) && model_run_fits(model))
		model->image = run_state_step(&model->run, step->n)->image;
	model->selection_version++;
}

void model_select_image(struct model *model, const struct digest *id)
{
	struct step *const *steps;
	size_t count = 0;

	model->step = -1;
	model->image = *id;
	model->selection_version++;
	if (!model->plan || !digest_is_set(id))
		return;
	steps = plan_steps(model->plan, &count);
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&steps[i]->image, id)) {
			model->step = (int)i;
			return;
		}
}

void model_keep_image(struct model *model, const struct digest *id)
{
	struct image *image;
	struct err err = ERR_INIT;

	if (model->store && digest_is_set(id) &&
	    store_image(model->store, id, &image, &err) == 1)
		model_select_image(model, id);
}

const struct diag *model_mistake(const struct model *model)
{
	for (size_t i = 0; model->file && i < model->file->diag_count; i++)
		if (!model->file->diags[i].warning)
			return &model->file->diags[i];
	return NULL;
}

size_t model_mistakes(const struct model *model)
{
	size_t count = 0;

	for (size_t i = 0; model->file && i < model->file->diag_count; i++)
		if (!model->file->diags[i].warning)
			count++;
	return count;
}

int model_diag_line(const struct diag *diag)
{
	int line = diag->at.line > 0 ? diag->at.line : diag->line;

	return line > 0 ? line : 0;
}

int model_last_line(const struct model *model, int line)
{
	const struct dockerfile *file = model->file;
	size_t low = 0, high = file ? file->instr_count : 0;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct place *at = &file->instrs[mid]->at;

		if (at->line == line)
			return at->end_line > line ? at->end_line : line;
		if (at->line < line)
			low = mid + 1;
		else
			high = mid;
	}
	return line;
}

int model_step_numbered(const struct model *model, int n)
{
	struct step *const *steps;
	size_t count = 0, i;

	if (!model->plan || n <= 0)
		return -1;
	steps = plan_steps(model->plan, &count);
	/* Without triggers and global ARGs they lie at their number. */
	if ((size_t)n <= count && steps[n - 1]->n == n)
		return n - 1;
	for (i = 0; i < count; i++)
		if (steps[i]->n == n)
			return (int)i;
	return -1;
}

int model_step_at(const struct model *model, int line)
{
	struct step *const *steps;
	size_t count = 0;
	int found = -1;

	if (!model->plan)
		return -1;
	steps = plan_steps(model->plan, &count);
	for (size_t i = 0; i < count; i++) {
		if (steps[i]->line <= 0 || steps[i]->line > line ||
		    steps[i]->label_flag)
			continue;
		/* Triggers share the line of their FROM, which speaks for
		 * them unless one of them is why it breaks. */
		if (found >= 0 && steps[i]->line == steps[found]->line &&
		    (steps[found]->verdict != VERDICT_HIT ||
		     steps[i]->verdict == VERDICT_HIT))
			continue;
		if (found < 0 || steps[i]->line >= steps[found]->line)
			found = (int)i;
	}
	if (found >= 0 && line > model_last_line(model, steps[found]->line))
		return -1;
	return found;
}

int model_step_below(const struct model *model, int line)
{
	struct step *const *steps;
	size_t count = 0;
	int found = -1;

	if (!model->plan)
		return -1;
	steps = plan_steps(model->plan, &count);
	for (size_t i = 0; i < count; i++)
		if (steps[i]->line > line && !steps[i]->label_flag &&
		    (found < 0 || steps[i]->line < steps[found]->line))
			found = (int)i;
	return found < 0 ? -1 : model_step_at(model, steps[found]->line);
}

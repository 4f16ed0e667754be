noinst_LIBRARIES += src/tui/libtui.a
src_tui_libtui_a_SOURCES = \
	src/tui/actions.c \
	src/tui/actions.h \
	src/tui/app.c \
	src/tui/app.h \
	src/tui/app_act.c \
	src/tui/app_context.c \
	src/tui/app_draw.c \
	src/tui/app_edit.c \
	src/tui/editor.c \
	src/tui/editor.h \
	src/tui/app_whatif.c \
	src/tui/app_work.c \
	src/tui/browser.c src/tui/browser.h \
	src/tui/browser_act.c src/tui/browser_load.c \
	src/tui/browser_look.c \
	src/tui/browser_state.h src/tui/browser_type.c \
	src/tui/app_shell.c \
	src/tui/app_diff.c \
	src/tui/app_prompt.c src/tui/app_paste.c \
	src/tui/app_question.c \
	src/tui/app_session.c \
	src/tui/app_mouse.c src/tui/mouse.h \
	src/tui/canvas.c \
	src/tui/canvas.h \
	src/tui/child.c src/tui/child.h \
	src/tui/clipboard.c src/tui/clipboard.h \
	src/tui/command.c src/tui/command.h \
	src/tui/context_view.c src/tui/context_view.h \
	src/tui/detail_pane.c \
	src/tui/facts_pane.c \
	src/tui/file_pane.c src/tui/file_pane_state.h \
	src/tui/file_row.c \
	src/tui/files_pane.c \
	src/tui/front.h \
	src/tui/headless.c \
	src/tui/held_stderr.c src/tui/held_stderr.h \
	src/tui/help_pane.c \
	src/tui/hints.c src/tui/hints.h \
	src/tui/key.h \
	src/tui/keymap.c src/tui/keymap.h \
	src/tui/keymap_print.c \
	src/tui/keys.c src/tui/keys.h \
	src/tui/layers_pane.c \
	src/tui/line_map.c src/tui/line_map.h \
	src/tui/loader.c src/tui/loader.h \
	src/tui/log_view.c src/tui/log_view.h \
	src/tui/messages_pane.c \
	src/tui/model.c \
	src/tui/model.h \
	src/tui/pane.c \
	src/tui/pane.h \
	src/tui/planner.c \
	src/tui/planner.h \
	src/tui/prompt.c src/tui/prompt.h \
	src/tui/run_state.c \
	src/tui/run_state.h \
	src/tui/session.c src/tui/session.h \
	src/tui/settings.c src/tui/settings.h \
	src/tui/stage_row.c src/tui/stage_row.h \
	src/tui/stage_view.c src/tui/stage_view.h \
	src/tui/term.c src/tui/term_blank.c src/tui/term_blank.h \
	src/tui/term_keys.c src/tui/term_keys.h \
	src/tui/term_restore.c src/tui/term_restore.h \
	src/tui/tree_pane.c \
	src/tui/text_edit.c \
	src/tui/text_edit.h src/tui/text_edit_state.h \
	src/tui/text_lines.c src/tui/text_move.c \
	src/tui/text_merge.c \
	src/tui/text_merge.h \
	src/tui/tui.c \
	src/tui/tui.h \
	src/tui/watch.c \
	src/tui/watch.h \
	src/tui/worker.c \
	src/tui/worker.h
EXTRA_DIST += src/tui/README

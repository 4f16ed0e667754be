tutorialdir = $(pkgdatadir)/tutorial
dist_tutorial_DATA = \
	data/tutorial/Dockerfile \
	data/tutorial/Dockerfile.changed \
	data/tutorial/base.sh \
	data/tutorial/new_second.txt \
	data/tutorial/second.txt \
	data/tutorial/third.txt \
	data/tutorial/tour.sh

lessonsdir = $(pkgdatadir)/lessons
dist_lessons_DATA = \
	data/lessons/01-what-a-layer-is.lesson \
	data/lessons/02-the-chain.lesson \
	data/lessons/03-the-second-build.lesson \
	data/lessons/04-a-change-in-the-middle.lesson \
	data/lessons/05-the-order-of-steps.lesson \
	data/lessons/06-time-mode-and-content.lesson \
	data/lessons/07-where-arg-stands.lesson \
	data/lessons/08-several-stages.lesson \
	data/lessons/09-dockerignore.lesson \
	data/lessons/10-whiteouts.lesson \
	data/lessons/glossary

# What the lessons say in other languages (src/base/gettext.h).
kodir = $(localedir)/ko/LC_MESSAGES
nodist_ko_DATA = data/locale/ko/LC_MESSAGES/varve.mo
EXTRA_DIST += data/po/ko.po
CLEANFILES += data/locale/ko/LC_MESSAGES/varve.mo
data/locale/ko/LC_MESSAGES/varve.mo: data/po/ko.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
		$(MSGFMT) --check -o $@ $(srcdir)/data/po/ko.po

# A program that is not installed looks beside itself.
all-local: data/beside.stamp
CLEANFILES += data/beside.stamp
data/beside.stamp:
	$(AM_V_at)$(MKDIR_P) data && for dir in lessons tutorial; do \
		test -e data/$$dir || \
		$(LN_S) $(abs_top_srcdir)/data/$$dir data/$$dir || exit 1; \
	done && touch $@
clean-local:
	for dir in lessons tutorial; do \
		test ! -h data/$$dir || rm -f data/$$dir; done

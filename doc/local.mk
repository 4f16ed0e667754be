dist_man1_MANS = doc/varve.1
EXTRA_DIST += tests/manual.sh
TESTS += tests/manual.sh
EXTRA_DIST += doc/advise.schema.json doc/cache.md doc/context.schema.json doc/plan.schema.json doc/reasons.md doc/screens.md doc/screens.sh

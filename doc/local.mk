dist_man1_MANS = doc/varve.1
EXTRA_DIST += tests/manual.sh
TESTS += tests/manual.sh

# Each target reads the files of tests/fuzz/corpus/<name>. In `make check`
# they are replayed; with --enable-fuzzing (clang) libFuzzer is linked instead:
#	tests/fuzz/dockerfile_fuzz -max_total_time=60 tests/fuzz/corpus/dockerfile
FUZZ_TARGETS =
include tests/fuzz/dockerfile.mk
include tests/fuzz/http_name.mk
include tests/fuzz/spec.mk

check_PROGRAMS += $(FUZZ_TARGETS)
EXTRA_DIST += tests/fuzz/corpus
if FUZZING
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += $(FUZZ_TARGETS)
endif

noinst_LIBRARIES += src/transport/libtransport.a
src_transport_libtransport_a_SOURCES = \
	src/transport/disposition.c src/transport/disposition.h \
	src/transport/http.c src/transport/http.h \
	src/transport/http_date.c src/transport/http_date.h \
	src/transport/http_fail.c src/transport/http_fail.h \
	src/transport/http_name.c \
	src/transport/url.c src/transport/url.h
EXTRA_DIST += src/transport/README

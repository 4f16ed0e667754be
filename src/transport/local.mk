noinst_LIBRARIES += src/transport/libtransport.a
src_transport_libtransport_a_SOURCES = \
	src/transport/certs.c src/transport/certs.h \
	src/transport/challenge.c src/transport/challenge.h \
	src/transport/credentials.c src/transport/credentials.h \
	src/transport/daemon.c src/transport/daemon.h \
	src/transport/daemon_work.c src/transport/daemon_work.h \
	src/transport/daemon_where.c src/transport/daemon_where.h \
	src/transport/disposition.c src/transport/disposition.h \
	src/transport/http.c src/transport/http.h \
	src/transport/http_date.c src/transport/http_date.h \
	src/transport/http_fail.c src/transport/http_fail.h \
	src/transport/http_name.c \
	src/transport/http_proxy.c src/transport/http_proxy.h \
	src/transport/http_session.c src/transport/http_session.h \
	src/transport/manifest.c src/transport/manifest.h \
	src/transport/registry.c src/transport/registry.h \
	src/transport/registry_auth.c src/transport/registry_inside.h \
	src/transport/registry_tags.c \
	src/transport/registry_image.c src/transport/registry_image.h \
	src/transport/registry_pull.c src/transport/registry_push.c \
	src/transport/token.c src/transport/token.h \
	src/transport/containers.c src/transport/containers.h \
	src/transport/image.c src/transport/image.h \
	src/transport/layout.c src/transport/layout.h \
	src/transport/layout_write.c \
	src/transport/url.c src/transport/url.h
EXTRA_DIST += src/transport/README

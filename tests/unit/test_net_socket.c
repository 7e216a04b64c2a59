/* The daemon's sockets, on loopback. */
#include "net/socket.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct address parsed(const char *text)
{
	struct address address;
	assert_true(address_parse(text, &address));
	return address;
}

/* The address that the kernel gave, for port 0. */
static struct address of(int fd)
{
	struct address address = {.len = sizeof address.v6};
	assert_int_equal(getsockname(fd, &address.any, &address.len), 0);
	return address;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;
	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static int must(int fd, const struct err *err)
{
	if (fd == -1)
		fail_msg("%s", err->text);
	return fd;
}

/* A loopback address that is ours alone: nobody's client has a port of it that we are given. */
static struct address own_loopback(void)
{
	char text[32];
	const unsigned pid = (unsigned)getpid();
	(void)snprintf(text, sizeof text, "127.%u.%u.77", 1 + (pid >> 8) % 254, pid % 256);
	return parsed(text);
}

static void several_sockets_share_an_address(void **state)
{
	(void)state;
	struct err err;
	const struct address any = own_loopback();
	const int udp = must(socket_udp(&any, &err), &err);
	const struct address at = of(udp);
	const int more = must(socket_udp(&at, &err), &err);
	const int tcp = must(socket_tcp(&at, &err), &err);
	const int another = must(socket_tcp(&at, &err), &err);
	close(udp);
	close(more);
	close(tcp);
	close(another);
}

static void socket_options_are_as_promised(void **state)
{
	(void)state;
	struct err err;
	const struct address here = parsed("127.0.0.1"), all = parsed("0.0.0.0"),
			     six = parsed("::");
	const int udp = must(socket_udp(&here, &err), &err);
	assert_int_equal(option(udp, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_OMIT);
	assert_int_equal(option(udp, IPPROTO_IP, IP_PKTINFO), 0);
	assert_true(option(udp, SOL_SOCKET, SO_RCVBUF) >= 200000);
	close(udp);
	const int wild = must(socket_udp(&all, &err), &err);
	assert_int_equal(option(wild, IPPROTO_IP, IP_PKTINFO), 1);
	close(wild);
	const int v6 = socket_udp(&six, &err);
	if (v6 == -1)
		return; /* no IPv6 on this machine */
	assert_int_equal(option(v6, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	assert_int_equal(option(v6, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_OMIT);
	assert_int_equal(option(v6, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
	close(v6);
}

static void an_address_that_somebody_has_is_not_free(void **state)
{
	(void)state;
	struct err err;
	const struct address any = parsed("127.0.0.1");
	const int udp = must(socket_udp(&any, &err), &err);
	const struct address at = of(udp);
	char expected[256], text[ADDRESS_TEXT_MAX];
	assert_false(socket_is_free(&at, &err));
	(void)snprintf(expected, sizeof expected,
		"%s: address already in use; stop the other server (ss -lnup 'sport = :%u' shows "
		"it) or choose another address",
		address_text(&at, text), address_port(&at));
	assert_string_equal(err.text, expected);
	close(udp);
	assert_true(socket_is_free(&at, &err));
	const int tcp = must(socket_tcp(&at, &err), &err);
	assert_false(socket_is_free(&at, &err));
	assert_non_null(strstr(err.text, "ss -lntp"));
	close(tcp);
	assert_true(socket_is_free(&at, &err));
}

static void an_address_of_nobody_is_explained(void **state)
{
	(void)state;
	struct err err;
	const struct address at = parsed("192.0.2.1");
	assert_int_equal(socket_udp(&at, &err), -1);
	assert_non_null(strstr(err.text, "192.0.2.1: no interface of this machine has"));
}

struct place {
	char dir[32], path[64];
};

static struct place make_place(void)
{
	struct place place = {.dir = "/tmp/locum-unit-XXXXXX"};
	assert_non_null(mkdtemp(place.dir));
	(void)snprintf(place.path, sizeof place.path, "%s/control", place.dir);
	return place;
}

static void unmake_place(const struct place *place)
{
	(void)unlink(place->path);
	assert_int_equal(rmdir(place->dir), 0);
}

static void a_unix_socket_has_its_mode_whatever_the_umask(void **state)
{
	(void)state;
	static const mode_t masks[] = {0, 0022, 0077, 0777};
	for (size_t i = 0; i < COUNT_OF(masks); i++) {
		const struct place place = make_place();
		struct err err;
		const mode_t before = umask(masks[i]);
		const int fd = must(socket_unix(place.path, &err), &err);
		(void)umask(before);
		struct stat there;
		assert_int_equal(stat(place.path, &there), 0);
		assert_int_equal(there.st_mode & 07777, 0660);
		close(fd);
		unmake_place(&place);
	}
}

static void a_live_unix_socket_stays_and_a_stale_one_goes(void **state)
{
	(void)state;
	const struct place place = make_place();
	struct err err;
	const int live = must(socket_unix(place.path, &err), &err);
	assert_int_equal(socket_unix(place.path, &err), -1);
	assert_non_null(strstr(err.text, "another locumd answers on /tmp/"));

	/* Also one that is too busy to accept. */
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	memcpy(at.sun_path, place.path, strlen(place.path));
	int clients[100];
	size_t n = 0;
	while (n < COUNT_OF(clients)) {
		clients[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (connect(clients[n++], (const struct sockaddr *)&at, sizeof at) != 0)
			break;
	}
	assert_true(n < COUNT_OF(clients));
	assert_int_equal(socket_unix(place.path, &err), -1);
	assert_non_null(strstr(err.text, "another locumd"));
	while (n > 0)
		close(clients[--n]);

	close(live);
	const int next = must(socket_unix(place.path, &err), &err);
	close(next);
	unmake_place(&place);
}

static void what_is_not_a_socket_is_left_alone(void **state)
{
	(void)state;
	const struct place place = make_place();
	struct err err;
	FILE *const file = fopen(place.path, "w");
	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(socket_unix(place.path, &err), -1);
	assert_non_null(strstr(err.text, "is not a socket"));
	assert_int_equal(access(place.path, F_OK), 0);
	assert_int_equal(unlink(place.path), 0);
	assert_int_equal(symlink("/etc/passwd", place.path), 0);
	assert_int_equal(socket_unix(place.path, &err), -1);
	assert_non_null(strstr(err.text, "is not a socket"));
	unmake_place(&place);
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	struct err err;
	char path[200];
	memset(path, 'a', sizeof path);
	path[108] = '\0';
	assert_int_equal(socket_unix(path, &err), -1);
	assert_non_null(strstr(err.text, "1 to 107 octets, not 108"));
	assert_int_equal(socket_unix("", &err), -1);
	assert_int_equal(socket_unix("/nonexistent/control", &err), -1);
	assert_non_null(
		strstr(err.text, "/nonexistent/control: cannot listen there: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_sockets_share_an_address),
		cmocka_unit_test(socket_options_are_as_promised),
		cmocka_unit_test(an_address_that_somebody_has_is_not_free),
		cmocka_unit_test(an_address_of_nobody_is_explained),
		cmocka_unit_test(a_unix_socket_has_its_mode_whatever_the_umask),
		cmocka_unit_test(a_live_unix_socket_stays_and_a_stale_one_goes),
		cmocka_unit_test(what_is_not_a_socket_is_left_alone),
		cmocka_unit_test(a_path_that_does_not_fit_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* locumctl: what it prints of a status, of a hostile one, and how it copes with odd daemons. */
#include "base/err.h"
#include "base/mem.h"
#include "ctl/ask.h"
#include "ctl/attempts.h"
#include "ctl/ctl.h"
#include "ctl/show.h"
#include "net/clock.h"
#include "net/socket.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char sample[] =
	"{\"version\":\"0.1.0\",\"pid\":4711,\"uptime_s\":7384.5,\"generation\":812,\"zones\":3,"
	"\"queries\":12345678901,\"prober\":{\"state\":\"running\",\"pid\":4712,\"restarts\":1,"
	"\"checks\":2,\"queued\":3,\"late_ms\":0.4,\"last_trouble\":\"killed by signal "
	"9\"},\"services\":[{"
	"\"name\":\"www\",\"zone\":\"example.com.\",\"mode\":\"single\",\"state\":\"failed-over\","
	"\"home\":\"fra\",\"active\":[\"ams\"],\"rule\":\"failover\","
	"\"since\":\"2026-11-22T02:01:03.123Z\",\"on_none\":\"keep\",\"failback\":\"auto\","
	"\"hold_s\":60.0,\"failback_at\":\"2026-11-22T02:03:03.123Z\",\"ttl\":5,\"serial\":"
	"1763776863,"
	"\"records\":[\"www.example.com. 5 A 192.0.2.20\",\"www.example.com. 5 TXT \\\"a b\\\"\"],"
	"\"endpoints\":[{\"name\":\"fra\",\"address\":\"192.0.2.10\",\"host\":null,\"home\":true,"
	"\"active\":false,\"state\":\"down\",\"since\":\"2026-11-22T02:01:03Z\",\"checks\":["
	"{\"probe\":\"web\",\"state\":\"down\",\"streak\":17,\"last\":\"fail\","
	"\"reason\":\"connection refused\",\"latency_ms\":0.31,\"at\":\"2026-11-22T02:01:20Z\"},"
	"{\"probe\":\"ping\",\"state\":\"up\",\"streak\":3,\"last\":\"pass\",\"reason\":\"\","
	"\"latency_ms\":12,\"at\":null}]},{\"name\":\"ams\",\"address\":null,"
	"\"host\":\"ams.example.com\",\"home\":false,\"active\":true,\"state\":\"unknown\","
	"\"since\":null,\"checks\":[]}]}]}";

static const char sample_text[] =
	"locumd 0.1.0, pid 4711, up 2h 3m, generation 812, zones 3, queries 12345678901\n"
	"prober running, pid 4712, checks 2, queued 3, late 0.4 ms, restarts 1, "
	"last trouble: killed by signal 9\n"
	"\n"
	"service www  zone example.com.  mode single  state failed-over\n"
	"  active ams  by rule failover  since 2026-11-22T02:01:03.123Z  serial 1763776863\n"
	"  failback auto  hold 60s  on-none keep  next failback 2026-11-22T02:03:03.123Z\n"
	"    www.example.com. 5 A 192.0.2.20\n"
	"    www.example.com. 5 TXT \"a b\"\n"
	"  ENDPOINT  ADDRESS          ROLE    STATE    SINCE                 CHECK  NOW   LAST  "
	"STREAK  LATENCY  REASON\n"
	"  fra       192.0.2.10       home    down     2026-11-22T02:01:03Z  web    down  fail  "
	"17      0.3 ms   connection refused\n"
	"                                                                    ping   up    pass  "
	"3       12.0 ms  -\n"
	"  ams       ams.example.com  active  unknown  -                     -      -     -     "
	"-       -        -\n";

static char *shown(const char *json, void (*show)(const json_t *status, FILE *out))
{
	json_t *const status = json_loads(json, JSON_DECODE_ANY, NULL);
	assert_non_null(status);
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	show(status, out);
	assert_int_equal(fclose(out), 0);
	json_decref(status);
	return text;
}

static void a_status_is_a_table_for_people(void **state)
{
	(void)state;
	char *const text = shown(sample, show_status);
	assert_string_equal(text, sample_text);
	free(text);
}

static void a_service_by_itself_has_the_history_of_its_checks(void **state)
{
	(void)state;
	char *const text = shown(
		"{\"services\":[{\"name\":\"www\",\"endpoints\":["
		"{\"name\":\"fra\",\"checks\":[{\"probe\":\"web\",\"outcomes\":\"..x?.\","
		"\"latency\":{\"attempts\":3,\"min_ms\":0.2,\"median_ms\":0.31,\"p99_ms\":12.5},"
		"\"attempts\":{\"pass\":3,\"fail\":1,\"no_verdict\":{\"late\":1,\"tool\":20}},"
		"\"value\":{\"text\":\"2026112201\",\"age_s\":75.5}}]},"
		"{\"name\":\"ams\",\"checks\":[{\"probe\":\"web\",\"outcomes\":\"\","
		"\"latency\":null,\"attempts\":{\"pass\":0,\"fail\":0,\"no_verdict\":{}},"
		"\"value\":null}]}]}]}",
		show_status_checks);
	const char *const table = strstr(text, "\n  ENDPOINT  CHECK");
	assert_non_null(table);
	assert_string_equal(table,
		"\n"
		"  ENDPOINT  CHECK  MIN     MEDIAN  P99      PASSED  FAILED  NO VERDICT       "
		"VALUE  "
		"     AGE     LAST OUTCOMES\n"
		"  fra       web    0.2 ms  0.3 ms  12.5 ms  3       1       1 late, 20 tool  "
		"2026112201  1m 15s  ..x?.\n"
		"  ams       web    -       -       -        0       0       0                -    "
		"  "
		"     -       -\n");
	free(text);
}

static char *attempts_text(const char *json)
{
	json_t *const probe = json_loads(json, JSON_DECODE_ANY, NULL);
	assert_non_null(probe);
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	attempts_show(probe, out);
	assert_int_equal(fclose(out), 0);
	json_decref(probe);
	return text;
}

static void attempts_are_shown_step_by_step(void **state)
{
	(void)state;
	char *text = attempts_text(
		"{\"service\":\"www\",\"endpoint\":\"fra\",\"every_ms\":500,\"attempts\":["
		"{\"probe\":\"web\",\"type\":\"http\",\"address\":\"192.0.2.1@80\",\"steps\":["
		"{\"ms\":0.0421,\"what\":\"connecting\"},{\"ms\":112.5,\"what\":\"a\\u001b[31m\"}],"
		"\"outcome\":\"fail\",\"reason\":\"status 503\",\"took_ms\":113.456,"
		"\"fault\":null,\"value\":\"17\",\"value_age_s\":3.04},"
		"{\"probe\":\"beat\",\"type\":\"heartbeat\",\"address\":null,\"steps\":[],"
		"\"outcome\":\"no-verdict\",\"reason\":\"prober was late\",\"took_ms\":1,"
		"\"fault\":\"late\",\"value\":null,\"value_age_s\":null}]}");
	assert_string_equal(text,
		"www/fra web: http 192.0.2.1@80\n"
		"       0.042 ms  connecting\n"
		"     112.500 ms  a\\027[31m\n"
		"  fail in 113.46 ms: status 503\n"
		"  value 17, 3.0 s old\n"
		"www/fra beat: heartbeat\n"
		"  no-verdict in 1.00 ms (our own trouble: late): prober was late\n");
	free(text);
	static const char *const odd[] = {"7", "{}", "{\"attempts\":[1,null,{\"steps\":[{},7]}]}",
		"{\"attempts\":{},\"every_ms\":-5}"};
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		free(attempts_text(odd[i]));
		json_t *const probe = json_loads(odd[i], JSON_DECODE_ANY, NULL);
		assert_false(attempts_passed(probe));
		assert_int_equal(attempts_every(probe).ns, span_ms(1000).ns);
		json_decref(probe);
	}
}

static void odd_statuses_are_shown_without_harm(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"{}",
		"[]",
		"17",
		"{\"services\":{},\"prober\":[]}",
		"{\"services\":[1,null,[],{}]}",
		"{\"uptime_s\":-1,\"pid\":\"x\",\"generation\":1.5,\"zones\":null}",
		"{\"uptime_s\":1e300,\"prober\":{\"late_ms\":1e300,\"state\":7}}",
		// NOLINTNEXTLINE(bugprone-suspicious-missing-comma): long rows
		"{\"services\":[{\"active\":[1],\"records\":[[]],\"endpoints\":[null,{\"checks\":7}"
		","
		"{\"checks\":[null,1,{\"streak\":99999999999999}]}]}]}",
		"{\"services\":[{\"active\":\"x\",\"records\":\"y\",\"endpoints\":\"z\"}]}",
		"{\"version\":\"\\u001b[2J\\r\\n\\u0007\\u009b\\u202e\",\"services\":[{\"name\":"
		"\"\\u001b]0;x\\u0007\",\"records\":[\"a\\nb\"],\"endpoints\":[{\"name\":\"\\t\","
		"\"checks\":[{\"reason\":\"\\u001b[31mred\"}]}]}]}",
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const text = shown(rows[i], show_status_checks);
		for (const uint8_t *at = (const uint8_t *)text; *at != '\0'; at++)
			if (*at != '\n' && (*at < ' ' || *at > 126))
				fail_msg("row %zu lets octet %u through", i, *at);
		free(text);
	}
	char *const text = shown(rows[COUNT_OF(rows) - 1], show_status_checks);
	assert_non_null(strstr(text, "locumd \\027[2J\\013\\010\\007\\194\\155\\226\\128\\174,"));
	assert_non_null(strstr(text, "\\027[31mred\n"));
	free(text);
}

static const char plan[] =
	"{\"service\":\"www\",\"verb\":\"switch\",\"until\":\"2026-11-22T11:00:00Z\","
	"\"refused\":[{\"number\":7,\"name\":\"gate\",\"why\":\"a gate\",\"next\":\"wait\","
	"\"can_force\":true,\"forced\":true}],\"force\":[],\"was\":{\"active\":[\"fra\"],"
	"\"home\":\"fra\",\"deposed\":[],\"rule\":{\"number\":15,\"name\":\"kept\",\"says\":\"x\"},"
	"\"ttl\":5},\"then\":{\"active\":[\"ams\",\"lon\"],\"home\":\"fra\",\"deposed\":[\"par\"],"
	"\"rule\":{\"number\":16,\"name\":\"ordered\",\"says\":\"y\"},\"ttl\":1},"
	"\"changes\":[\"-www. 5 A 192.0.2.1\",\"+www. 5 A 192.0.2.2\"],"
	"\"exposed_until\":\"2026-11-22T07:00:05Z\",\"overrides\":[{\"what\":\"drill\","
	"\"endpoint\":\"par\",\"from\":null,\"until\":null}],\"candidates\":[{\"name\":\"fra\","
	"\"home\":true,\"active\":true,\"deposed\":false,\"fit\":true,\"why\":\"fits\","
	"\"state\":\"up\",\"since\":\"now\",\"ready\":\"up\",\"admin\":\"online\",\"gates\":[]},"
	"{\"name\":\"par\",\"deposed\":true,\"fit\":false,\"why\":\"deposed\",\"state\":\"down\","
	"\"since\":\"now\",\"ready\":\"down\",\"admin\":\"out\",\"drill_until\":\"later\","
	"\"gates\":[{\"kind\":\"behind\",\"probe\":\"csn\",\"limit\":\"at most 5 behind\","
	"\"value\":null,\"of_active\":\"9\",\"state\":\"unknown\"}]}]}";

static const char plan_text[] =
	"service www, to switch until 2026-11-22T11:00:00Z\n"
	"  now  fra; home fra; deposed -; ttl 5; rule 15 kept: x\n"
	"  then ams, lon; home fra; deposed par; ttl 1; rule 16 ordered: y\n"
	"  refusal 7, forced: a gate; wait\n"
	"  by an operator: drill par until it is taken back\n"
	"    -www. 5 A 192.0.2.1\n"
	"    +www. 5 A 192.0.2.2\n"
	"  clients may hold what was answered before until 2026-11-22T07:00:05Z\n"
	"  CANDIDATE  ROLE                          STATE  SINCE  READY  ADMIN   FITS  WHY NOT\n"
	"  fra        home, active                  up     now    up     online  yes\n"
	"  par        deposed, standby, out, drill  down   now    down   out     no    deposed\n"
	"  GATE    OF   PROBE  LIMIT             VALUE  ACTIVE HAS  STATE\n"
	"  behind  par  csn    at most 5 behind  -      9           unknown\n";

static void a_plan_is_a_table_for_people(void **state)
{
	(void)state;
	char *const text = shown(plan, show_plan);
	assert_string_equal(text, plan_text);
	free(text);
}

/* Nothing that a daemon can say reaches the terminal as it is, or ends the program. */
static void odd_plans_and_explanations_are_shown_without_harm(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"{}",
		"[]",
		"17",
		"{\"candidates\":7,\"changes\":{},\"overrides\":\"x\"}",
		"{\"candidates\":[1,null,{\"gates\":[[],{}]}],\"overrides\":[null,{}]}",
		"{\"service\":\"\\u001b[2J\",\"changes\":[\"\\r\\n\",7],\"refused\":[{\"why\":"
		"\"\\u0007\"}],\"was\":{\"active\":[\"\\u009b\",[]],\"rule\":[]}}",
		"{\"name\":\"\\u001b\",\"rcode\":7,\"steps\":[null,{\"says\":\"\\t\",\"records\":["
		"1]}],"
		"\"services\":[1,{\"candidates\":[{\"checks\":[{\"reason\":\"\\u001b\"},7]}],"
		"\"next\":[{},{\"at\":\"\\n\",\"what\":\"\\n\"}],\"chosen_by\":{}}]}",
	};
	static void (*const shows[])(const json_t *, FILE *) = {show_plan, show_explain, show_said};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t j = 0; j < COUNT_OF(shows); j++) {
			char *const text = shown(rows[i], shows[j]);
			for (const uint8_t *at = (const uint8_t *)text; *at != '\0'; at++)
				if (*at != '\n' && (*at < ' ' || *at > 126))
					fail_msg("row %zu lets octet %u through", i, *at);
			free(text);
		}
}

static void uptimes_have_two_units(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
	} rows[] = {{"0", "up 0s,"}, {"59.9", "up 59s,"}, {"60", "up 1m 0s,"},
		{"3599", "up 59m 59s,"}, {"90000", "up 1d 1h,"}, {"\"1\"", "up -,"}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const json = mem_format("{\"uptime_s\":%s}", rows[i].json);
		char *const text = shown(json, show_status);
		if (strstr(text, rows[i].text) == NULL)
			fail_msg("%s: %s", rows[i].json, text);
		free(text);
		free(json);
	}
}

/* --- a daemon that does one thing with one client --- */

struct daemon {
	char dir[32], path[64];
	int fd;
	const char *answer; /* NULL: closes without one */
	bool silent;        /* says nothing until the client leaves */
	char asked[256];
	pthread_t thread;
};

static void *serve_one(void *cookie)
{
	struct daemon *const daemon = cookie;
	struct pollfd at = {.fd = daemon->fd, .events = POLLIN};
	(void)poll(&at, 1, 10000);
	const int fd = accept(daemon->fd, NULL, NULL);
	size_t len = 0;
	while (len + 1 < sizeof daemon->asked && memchr(daemon->asked, '\n', len) == NULL) {
		const ssize_t n = recv(fd, daemon->asked + len, sizeof daemon->asked - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	char more;
	if (daemon->silent)
		(void)!recv(fd, &more, 1, 0);
	else if (daemon->answer != NULL)
		(void)!send(fd, daemon->answer, strlen(daemon->answer), MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

static struct daemon *start(const char *answer)
{
	struct daemon *const daemon = mem_new(sizeof *daemon);
	daemon->answer = answer;
	(void)snprintf(daemon->dir, sizeof daemon->dir, "/tmp/locum-unit-XXXXXX");
	assert_non_null(mkdtemp(daemon->dir));
	(void)snprintf(daemon->path, sizeof daemon->path, "%s/control", daemon->dir);
	struct err err;
	daemon->fd = socket_unix(daemon->path, &err);
	assert_true(daemon->fd >= 0);
	return daemon;
}

static void serve(struct daemon *daemon)
{
	assert_int_equal(pthread_create(&daemon->thread, NULL, serve_one, daemon), 0);
}

static void stop(struct daemon *daemon)
{
	assert_int_equal(pthread_join(daemon->thread, NULL), 0);
	(void)close(daemon->fd);
	(void)unlink(daemon->path);
	(void)rmdir(daemon->dir);
	free(daemon);
}

struct outcome {
	enum ctl_exit code;
	char *out, *err;
};

static struct outcome run(char *const argv[])
{
	struct outcome outcome = {0};
	size_t len;
	int argc = 0;
	while (argv[argc] != NULL)
		argc++;
	FILE *const out = open_memstream(&outcome.out, &len);
	FILE *const err = open_memstream(&outcome.err, &len);
	outcome.code = ctl_run(argc, argv, NULL, stdin, out, err);
	(void)fclose(out);
	(void)fclose(err);
	return outcome;
}

#define ARGV(...) ((char *[]){(char[]){"locumctl"}, __VA_ARGS__, NULL})
#define WORD(text) ((char[]){text})

static void answers_decide_the_exit_code(void **state)
{
	(void)state;
	static const struct {
		const char *answer;
		enum ctl_exit code;
		const char *out, *err;
	} rows[] = {
		{"{\"ok\":true,\"said\":\"nothing changed\"}\n", CTL_DONE, "nothing changed\n", ""},
		{"{\"ok\":true,\"said\":\"taken on\",\"changes\":[\"service www: changed\",7]}\n",
			CTL_DONE, "service www: changed\n-\ntaken on\n", ""},
		{"{\"ok\":true}\n", CTL_DONE, "done\n", ""},
		{"{\"ok\":false,\"error\":\"1 problem\",\"problems\":[\"config.yaml:3:1: "
		 "\\\"x\\\"\"]}\n",
			CTL_WRONG, "", "config.yaml:3:1: \"x\"\nlocumctl: 1 problem\n"},
		{"{\"ok\":1}\n", CTL_WRONG, "", "locumctl: locumd refused and did not say why\n"},
		{"[]\n", CTL_WRONG, "", "locumctl: the answer makes no sense; is that a locumd?\n"},
		{"{\"ok\":true\n", CTL_WRONG, "",
			"locumctl: the answer makes no sense; is that a locumd?\n"},
		{"\n", CTL_WRONG, "", "locumctl: the answer makes no sense; is that a locumd?\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct daemon *const daemon = start(rows[i].answer);
		serve(daemon);
		const struct outcome got =
			run(ARGV(WORD("reload"), WORD("--dry-run"), WORD("-s"), daemon->path));
		if (got.code != rows[i].code || strcmp(got.out, rows[i].out) != 0 ||
			strcmp(got.err, rows[i].err) != 0)
			fail_msg("%s: %u %s %s", rows[i].answer, got.code, got.out, got.err);
		free(got.out);
		free(got.err);
		(void)pthread_join(daemon->thread, NULL);
		assert_string_equal(daemon->asked, "{\"verb\":\"reload\",\"dry-run\":true}\n");
		serve(daemon);
		const struct outcome last = run(ARGV(WORD("-s"), daemon->path, WORD("stop")));
		free(last.out);
		free(last.err);
		stop(daemon);
	}
}

static void status_as_json_is_the_object_alone(void **state)
{
	(void)state;
	struct daemon *const daemon = start("{\"ok\":true,\"status\":{\"pid\":1}}\n");
	serve(daemon);
	const struct outcome got =
		run(ARGV(WORD("-s"), daemon->path, WORD("status"), WORD("www"), WORD("--json")));
	assert_int_equal(got.code, CTL_DONE);
	assert_string_equal(got.out, "{\n  \"pid\": 1\n}\n");
	(void)pthread_join(daemon->thread, NULL);
	assert_string_equal(daemon->asked, "{\"verb\":\"status\",\"service\":\"www\"}\n");
	free(got.out);
	free(got.err);
	serve(daemon);
	const struct outcome text = run(ARGV(WORD("-s"), daemon->path, WORD("status")));
	assert_int_equal(text.code, CTL_DONE);
	assert_non_null(strstr(text.out, "locumd -, pid 1,"));
	free(text.out);
	free(text.err);
	stop(daemon);
}

static void misuse_is_explained(void **state)
{
	(void)state;
	static const struct {
		char words[3][24];
		const char *err;
	} rows[] = {
		{{""}, "there is no verb \"\""},
		{{"stauts"}, "there is no verb \"stauts\"; did you mean \"status\"?"},
		{{"\x1b[2J"}, "there is no verb \"\\027[2J\""},
		{{"--jason", "status"}, "there is no option \"--jason\"; did you mean \"--json\"?"},
		{{"status", "-s"}, "the path of a socket is missing behind \"-s\""},
		{{"status", "a", "b"}, "one argument too many: \"b\""},
		{{"status", "\xff"}, "no UTF-8: \"\\255\""},
		{{"reload", "www"}, "one argument too many: \"www\""},
		{{"stop", "--dry-run"}, "--dry-run does not go with \"stop\""},
		{{"--json"}, "usage: locumctl"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char words[3][24];
		memcpy(words, rows[i].words, sizeof words);
		char *argv[5] = {WORD("locumctl"), words[0]};
		for (size_t j = 1; j < 3 && words[j][0] != '\0'; j++)
			argv[1 + j] = words[j];
		const struct outcome got = run(argv);
		if (got.code != CTL_USAGE || strstr(got.err, rows[i].err) == NULL)
			fail_msg("%s: %u %s", rows[i].words[0], got.code, got.err);
		free(got.out);
		free(got.err);
	}
}

static void nobody_there_is_explained(void **state)
{
	(void)state;
	const struct outcome got =
		run(ARGV(WORD("-s"), WORD("/nonexistent/control"), WORD("stop")));
	assert_int_equal(got.code, CTL_UNREACHABLE);
	assert_non_null(strstr(got.err, "no locumd answers on /nonexistent/control (No such file"));
	assert_non_null(strstr(got.err, "-s SOCKET or LOCUM_SOCKET"));
	free(got.out);
	free(got.err);
}

static unsigned notices;

static void count_notice(void *cookie, span_t so_far)
{
	(void)cookie;
	assert_true(span_at_least(so_far, span_ms(10)));
	notices++;
}

static void silence_and_a_hang_up_are_told_apart(void **state)
{
	(void)state;
	struct daemon *const daemon = start(NULL);
	const struct ask ask = {.path = daemon->path,
		.line = "{}",
		.patience = span_ms(150),
		.notice = span_ms(10),
		.waiting = count_notice};
	struct err err;
	size_t len;
	daemon->silent = true;
	serve(daemon);
	const mono_t began = clock_mono();
	assert_null(ask_daemon(&ask, &len, &err));
	assert_true(span_at_least(mono_between(began, clock_mono()), span_ms(150)));
	assert_non_null(strstr(err.text, "did not answer within"));
	assert_in_range(notices, 1, 15);
	(void)pthread_join(daemon->thread, NULL);

	daemon->silent = false;
	serve(daemon);
	assert_null(ask_daemon(&ask, &len, &err));
	assert_non_null(strstr(err.text,
		"closed the connection without an answer: it has ended, or too many ask at once"));
	stop(daemon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_is_a_table_for_people),
		cmocka_unit_test(a_service_by_itself_has_the_history_of_its_checks),
		cmocka_unit_test(attempts_are_shown_step_by_step),
		cmocka_unit_test(odd_statuses_are_shown_without_harm),
		cmocka_unit_test(a_plan_is_a_table_for_people),
		cmocka_unit_test(odd_plans_and_explanations_are_shown_without_harm),
		cmocka_unit_test(uptimes_have_two_units),
		cmocka_unit_test(answers_decide_the_exit_code),
		cmocka_unit_test(status_as_json_is_the_object_alone),
		cmocka_unit_test(misuse_is_explained),
		cmocka_unit_test(nobody_there_is_explained),
		cmocka_unit_test(silence_and_a_hang_up_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Facts about sandbox_run: what a command finds, says and leaves behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "sandbox/userns.h"
#include "sandbox_fixture.h"

#define START "failed to create shim task: OCI runtime create failed: " \
	"runc create failed: unable to start container process: "

static const char *unable;

/* A box of the test's own, or the test is skipped. */
static struct box *open_box(void)
{
	if (unable) {
		print_message("# %s\n", unable);
		skip();
	}
	return box_new();
}

#define BOX(name) AUTO(box_free) struct box *name = open_box()

static void says(struct box *box, const char *script, const char *expected)
{
	int rc = box_sh(box, script);

	if (rc < 0)
		print_message("# %s\n", box->error.msg);
	assert_int_equal(rc, 0);
	assert_string_equal(box->out.data, expected);
}

static void refuses(struct box *box, const char *words)
{
	assert_int_equal(box_run(box), -1);
	assert_string_equal(box->error.msg, words);
}

/* ---- what comes back ---- */

static void exit_codes_come_through(void **state)
{
	BOX(box);

	(void)state;
	for (int code = 0; code < 256; code += code < 250 ? 25 : 1) {
		AUTO_FREE char *script = mem_printf("exit %d", code);

		assert_int_equal(box_sh(box, script), 0);
		assert_int_equal(box->result.status, code);
	}
}

static void a_signal_is_128_and_its_number(void **state)
{
	BOX(box);

	(void)state;
	says(box, "sh -c 'kill -9 $$'; echo $?", "137\n");
	/* From outside even the first process dies of it. */
	assert_int_equal(box_sh(box, "kill -9 $$; exit 7"), 0);
	assert_int_equal(box->result.status, 7);
}

static void both_streams_come_whole_and_apart(void **state)
{
	BOX(box);

	(void)state;
	says(box, "echo a; echo b >&2; echo c; echo d >&2", "a\nc\n");
	assert_string_equal(box->err.data, "b\nd\n");
	assert_int_equal(box_sh(box, "seq 100000; seq 100000 >&2"), 0);
	assert_int_equal(box->out.len, 588895);
	assert_int_equal(box->err.len, 588895);
	assert_true(box->result.wall_ns > 0 && box->result.cpu_ns > 0);
}

static void what_runs_on_ends_with_the_command(void **state)
{
	BOX(box);

	(void)state;
	says(box, "sleep 1000 & echo started; exit 3", "started\n");
	assert_int_equal(box->result.status, 3);
}

/* ---- what the command finds ---- */

static void environment_is_in_dockers_order(void **state)
{
	BOX(box);

	(void)state;
	strv_add(&box->spec.env, "Z=1");
	strv_add(&box->spec.env, "A=2");
	strv_add(&box->spec.env, "Z=3");
	box_argv(box, "cat", "/proc/self/environ");
	assert_int_equal(box_run(box), 0);
	for (size_t i = 0; i < box->out.len; i++)
		if (box->out.data[i] == '\0')
			box->out.data[i] = ' ';
	assert_string_equal(box->out.data,
			    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
			    "/usr/bin:/sbin:/bin HOSTNAME=box Z=3 A=2 "
			    "HOME=/root ");
}

static void root_has_fourteen_capabilities_and_a_user_none(void **state)
{
	static const char script[] =
		"grep -E 'Cap|Groups|NoNew|Seccomp:' /proc/self/status";
	BOX(box);

	(void)state;
	says(box, script, "Groups:\t0 10 \n"
	     "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\n"
	     "CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n"
	     "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n");
	box->spec.user = "user";
	says(box, script, "Groups:\t10 1000 2000 \n"
	     "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\n"
	     "CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\n"
	     "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t2\n");
}

static void a_user_may_open_its_output_again(void **state)
{
	BOX(box);

	(void)state;
	box->spec.user = "user:wheel";
	says(box, "id; echo hi >/dev/stdout",
	     "uid=1000(user) gid=10(wheel) groups=10(wheel)\nhi\n");
	box->spec.user = "1234";
	says(box, "id; echo $HOME", "uid=1234 gid=0(root) groups=0(root)\n/\n");
}

static void it_is_process_one_on_a_host_of_its_own(void **state)
{
	BOX(box);

	(void)state;
	says(box, "echo $$; hostname; cat /etc/hostname; umask; pwd; "
	     "readlink /proc/self/fd/0; ls -d /proc/[0-9]* | wc -l",
	     "1\nbox\nbox\n0022\n/\n/dev/null\n3\n");
}

static void proc_is_masked_and_write_protected(void **state)
{
	BOX(box);

	(void)state;
	says(box, "cat /proc/keys /proc/timer_list; ls /sys/firmware; "
	     "echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo no; "
	     "touch /sys/x 2>/dev/null || echo no", "no\nno\n");
	says(box, "unshare -m true 2>&1; mount -t tmpfs x /tmp 2>&1; "
	     "hostname x 2>&1",
	     "unshare: unshare(0x20000): Operation not permitted\n"
	     "mount: permission denied (are you root?)\n"
	     "hostname: sethostname: Operation not permitted\n");
}

static void dev_has_six_nodes(void **state)
{
	BOX(box);

	(void)state;
	says(box, "ls /dev; echo x >/dev/null; head -c 3 /dev/zero | wc -c",
	     "fd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\n"
	     "stdout\ntty\nurandom\nzero\n3\n");
}

static void a_device_can_be_made_but_not_opened(void **state)
{
	BOX(box);

	(void)state;
	if (userns_inside()) {
		says(box, "mknod /n c 1 3 2>/dev/null || echo no", "no\n");
		return;
	}
	says(box, "mknod /n c 1 3; mknod /b b 7 0; mknod /k c 1 11; "
	     "cat /b 2>/dev/null || echo no; cat /k 2>/dev/null || echo no",
	     "no\nno\n");
}

/* ---- what it leaves behind ---- */

static void upper_holds_what_the_command_did(void **state)
{
	BOX(box);
	AUTO_FREE char *nothing = NULL, *something = NULL;

	(void)state;
	says(box, "echo x >/etc/hosts; echo y >/dev/shm/y", "");
	nothing = box_upper(box);
	assert_string_equal(nothing, "");
	box->spec.cwd = "/made/for it";
	strv_add(&box->spec.volumes, "/vol");
	strv_add(&box->spec.volumes, "/bin");
	says(box, "pwd; touch /tmp/t /vol/v /bin/b; ls /bin | head -1",
	     "/made/for it\nb\n");
	something = box_upper(box);
	assert_string_equal(something,
			    "made/\nmade/for it/\ntmp/\ntmp/t\nvol/\n");
}

static void an_image_with_odd_etc_gets_dockers(void **state)
{
	BOX(box);
	AUTO_FREE char *upper = NULL;
	AUTO_FREE char *path = mem_printf("%s/image/etc/mtab", box->dir);
	AUTO_FREE char *proc = mem_printf("%s/image/proc", box->dir);
	AUTO_FREE char *resolv = mem_printf("%s/image/etc/resolv.conf",
					    box->dir);

	(void)state;
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_int_equal(symlink("/tmp", proc), 0);
	assert_int_equal(symlink("../run/there", resolv), 0);
	says(box, "readlink /etc/mtab; readlink /proc; "
	     "readlink /etc/resolv.conf; touch /etc/x; "
	     "stat -c %a /.dockerenv", "/proc/mounts\n755\n");
	upper = box_upper(box);
	assert_string_equal(upper, "etc/\netc/x\n");
}

static void a_volume_starts_as_the_image_has_it(void **state)
{
	BOX(box);
	AUTO_FREE char *dir = mem_printf("%s/image/v", box->dir);
	AUTO_FREE char *file = mem_printf("%s/f", dir);
	AUTO_FREE char *link = mem_printf("%s/l", dir);

	(void)state;
	assert_int_equal(mkdir(dir, 0), 0);
	assert_int_equal(chmod(dir, 01711), 0);
	assert_int_equal(chown(dir, 5, 6), 0);
	assert_int_equal(mknod(file, S_IFREG | 0640, 0), 0);
	assert_int_equal(chown(file, 7, 8), 0);
	assert_int_equal(linkat(AT_FDCWD, file, AT_FDCWD, link, 0), 0);
	strv_add(&box->spec.volumes, "/v/");
	says(box, "stat -c '%n %a %u %g' /v /v/f; stat -c %h /v/l",
	     "/v 1711 5 6\n/v/f 640 7 8\n2\n");
}

static char *mount_table(void)
{
	AUTO(buf_release) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(fs_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 24,
				 &text, &err), 1);
	return buf_steal(&text);
}

static void no_mount_and_no_process_is_left(void **state)
{
	BOX(box);
	AUTO_FREE char *after = NULL;
	AUTO(strv_release) struct strv work = { 0 };

	(void)state;
	says(box, "true", "");
	box_argv(box, "nosuch", NULL);
	assert_int_equal(box_run(box), -1);
	box->stop_at = "now";
	assert_int_equal(box_sh(box, "echo now; sleep 1000"), -1);
	after = mount_table();
	assert_null(strstr(after, box->dir));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(fs_list(AT_FDCWD, box->spec.work, &work,
				 &box->error), 0);
	assert_int_equal(work.count, 0);
}

/* ---- how it is stopped ---- */

static void output_can_cancel(void **state)
{
	BOX(box);

	(void)state;
	box->stop_at = "now";
	assert_int_equal(box_sh(box, "sleep 1000 & echo now; sleep 1000"), -1);
	assert_int_equal(box->error.kind, ERR_CANCELLED);
}

static void a_descriptor_can_cancel(void **state)
{
	BOX(box);
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	box->cancel_fd = fds[0];
	assert_int_equal(box_sh(box, "sleep 1000 >/dev/null 2>&1"), -1);
	assert_int_equal(box->error.kind, ERR_CANCELLED);
	close(fds[0]);
	close(fds[1]);
}

/* Whether any process has this word as its last argument. */
static bool is_running(const char *word)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	assert_non_null(dir);
	while (!found && (entry = readdir(dir))) {
		AUTO_FREE char *path = mem_printf("/proc/%s/cmdline",
						  entry->d_name);
		AUTO(buf_release) struct buf text = BUF_INIT;
		struct err err = ERR_INIT;

		found = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
			fs_read(AT_FDCWD, path, 1 << 20, &text, &err) == 1 &&
			text.len && memmem(text.data, text.len, word,
					   strlen(word));
	}
	closedir(dir);
	return found;
}

static int tell(void *arg, int stream, const char *bytes, size_t len)
{
	(void)stream;
	return write(*(int *)arg, bytes, len) < 0;
}

static void death_of_the_caller_ends_the_command(void **state)
{
	BOX(box);
	AUTO_FREE char *word = mem_printf("86399.%d", (int)getpid());
	AUTO_FREE char *script = mem_printf(
		"sleep %s & echo up; sleep %s", word, word);
	int fds[2], status;
	pid_t pid;
	char text[3];

	(void)state;
	box_empty(box);
	box_argv(box, "/bin/sh", "-c");
	strv_add(&box->spec.argv, script);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct err err = ERR_INIT;

		sandbox_run(&box->spec, tell, &fds[1], -1, &box->result,
			    &err);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], text, 3), 3);
	assert_true(is_running(word));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (int i = 0; i < 500 && is_running(word); i++)
		poll(NULL, 0, 20);
	assert_false(is_running(word));
	close(fds[0]);
}

/* ---- what it refuses, in Docker's words ---- */

static void refusals_are_dockers(void **state)
{
	BOX(box);

	(void)state;
	box_argv(box, "nosuch", NULL);
	refuses(box, START "exec: \"nosuch\": executable file not found in "
		"$PATH: unknown");
	box_argv(box, "/bin/nosh", "-c");
	refuses(box, START "exec: \"/bin/nosh\": stat /bin/nosh: no such file "
		"or directory: unknown");
	box_argv(box, "/etc/passwd", NULL);
	refuses(box, START "exec: \"/etc/passwd\": permission denied: "
		"unknown");
	strv_release(&box->spec.argv);
	refuses(box, "No command specified");
	box_argv(box, "true", NULL);
	box->spec.user = "nobody9";
	refuses(box, "unable to find user nobody9: no matching entries in "
		"passwd file");
	assert_int_equal(box->created, 1);
	box->spec.user = "";
	box->spec.cwd = "/etc/passwd";
	refuses(box, "Cannot mkdir: /etc/passwd is not a directory");
	assert_int_equal(box->created, 0);
}

/* Before a container is there: the sandbox is given what passed. */
static void limits_are_checked_in_dockers_words(void **state)
{
	struct sandbox_limits limits = { .memory = 1000 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(sandbox_check_limits(&limits, &err), -1);
	assert_string_equal(err.msg, "Minimum memory limit allowed is 6MB");
	limits.memory = 64 << 20;
	assert_int_equal(sandbox_check_limits(&limits, &err), 0);
}

static void a_bad_program_is_found_out_by_exec(void **state)
{
	BOX(box);
	AUTO_FREE char *path = mem_printf("%s/image/bad", box->dir);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(fs_write_atomic(AT_FDCWD, path, "hello\n", 6, 0755,
					 false, &err), 0);
	box_argv(box, "/bad", NULL);
	assert_int_equal(box_run(box), 0);
	assert_int_equal(box->result.status, 1);
	assert_string_equal(box->err.data, "exec /bad: exec format error\n");
}

/* ---- options ---- */

static void network_none_has_a_loopback_alone(void **state)
{
	BOX(box);

	(void)state;
	box->spec.network_none = true;
	strv_add(&box->spec.extra_hosts, "a:::1");
	says(box, "ls /sys/class/net; cat /etc/hosts",
	     "lo\n127.0.0.1\tlocalhost\n"
	     "::1\tlocalhost ip6-localhost ip6-loopback\n"
	     "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
	     "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n::1\ta\n");
}

static void limits_limit(void **state)
{
	BOX(box);

	(void)state;
	strv_add(&box->spec.limits.ulimits, "nofile=100:200");
	box->spec.limits.shm_size = 4096;
	says(box, "ulimit -n; ulimit -Hn; seq 10000 >/dev/shm/x || echo full",
	     "100\n200\nfull\n");
	box->spec.limits.memory = 32 << 20;
	if (box_sh(box, "tail /dev/zero") < 0) {
		assert_int_equal(box->error.kind, ERR_UNSUPPORTED);
		print_message("# %s\n", box->error.msg);
		return;
	}
	assert_int_equal(box->result.status, 137);
}

static void an_oci_runtime_does_the_same(void **state)
{
	BOX(box);

	(void)state;
	if (access("/usr/sbin/runc", X_OK) < 0) {
		print_message("# no runc here\n");
		skip();
	}
	box->spec.runtime = "runc";
	box->spec.user = "user";
	box->spec.cwd = "/made";
	strv_add(&box->spec.volumes, "/vol");
	says(box, "pwd; id; hostname; grep -E 'CapBnd|Seccomp:' "
	     "/proc/self/status; touch /tmp/x", "/made\n"
	     "uid=1000(user) gid=1000(user) "
	     "groups=10(wheel),1000(user),2000(extra)\nbox\n"
	     "CapBnd:\t00000000a80425fb\nSeccomp:\t2\n");
	assert_int_equal(box_sh(box, "exit 42"), 0);
	assert_int_equal(box->result.status, 42);
	box_argv(box, "nosuch", NULL);
	refuses(box, START "exec: \"nosuch\": executable file not found in "
		"$PATH: unknown");
	box->stop_at = "now";
	assert_int_equal(box_sh(box, "echo now; sleep 1000"), -1);
	assert_int_equal(box->error.kind, ERR_CANCELLED);
	box->spec.runtime = "/no/such/runtime";
	box_argv(box, "true", NULL);
	refuses(box, "cannot run '/no/such/runtime': "
		"No such file or directory");
}

static void twenty_runs_take_little_time(void **state)
{
	BOX(box);
	int64_t total = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		box_argv(box, "true", NULL);
		assert_int_equal(box_run(box), 0);
		total += box->result.wall_ns;
	}
	print_message("# %.2f ms a run\n", (double)total / 20e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_codes_come_through),
		cmocka_unit_test(a_signal_is_128_and_its_number),
		cmocka_unit_test(both_streams_come_whole_and_apart),
		cmocka_unit_test(what_runs_on_ends_with_the_command),
		cmocka_unit_test(environment_is_in_dockers_order),
		cmocka_unit_test(
			root_has_fourteen_capabilities_and_a_user_none),
		cmocka_unit_test(a_user_may_open_its_output_again),
		cmocka_unit_test(it_is_process_one_on_a_host_of_its_own),
		cmocka_unit_test(proc_is_masked_and_write_protected),
		cmocka_unit_test(dev_has_six_nodes),
		cmocka_unit_test(a_device_can_be_made_but_not_opened),
		cmocka_unit_test(upper_holds_what_the_command_did),
		cmocka_unit_test(an_image_with_odd_etc_gets_dockers),
		cmocka_unit_test(a_volume_starts_as_the_image_has_it),
		cmocka_unit_test(no_mount_and_no_process_is_left),
		cmocka_unit_test(output_can_cancel),
		cmocka_unit_test(a_descriptor_can_cancel),
		cmocka_unit_test(death_of_the_caller_ends_the_command),
		cmocka_unit_test(refusals_are_dockers),
		cmocka_unit_test(limits_are_checked_in_dockers_words),
		cmocka_unit_test(a_bad_program_is_found_out_by_exec),
		cmocka_unit_test(network_none_has_a_loopback_alone),
		cmocka_unit_test(limits_limit),
		cmocka_unit_test(an_oci_runtime_does_the_same),
		cmocka_unit_test(twenty_runs_take_little_time),
	};

	unable = box_unable();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

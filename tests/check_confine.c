/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine.h"

/* Each of these runs in a child: what is given up does not come back. */
static int in_child(int (*act)(void))
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid)
		_exit(stella_confine() ? 99 : act());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int run_program_in_child(void)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(run_program());
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 98;
	return WEXITSTATUS(status);
}

static int open_sockets(void)
{
	static const int families[] = { AF_INET, AF_INET6, AF_UNIX, AF_NETLINK };

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (socket(families[i], SOCK_STREAM, 0) >= 0 || errno != EPERM)
			return 97;
	return 0;
}

static int look_around(void)
{
	char byte = 0;
	struct { void *base; size_t size; } local = { &byte, 1 };

	if (syscall(SYS_process_vm_readv, getppid(), &local, 1, &local, 1, 0) >= 0 || errno != EPERM)
		return 97;
#ifdef SYS_io_uring_setup
	if (syscall(SYS_io_uring_setup, 1, NULL) >= 0 || errno != EPERM)
		return 96;
#endif
	return syscall(SYS_unshare, 0) >= 0 || errno != EPERM ? 95 : 0;
}

static void *nothing(void *context)
{
	return context;
}

static int work(void)
{
	pthread_t thread;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/status", O_RDONLY), ends[2];

	if (memory == MAP_FAILED || fd < 0 || pipe(ends))
		return 97;
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 96;
	return kill(getpid(), 0) ? 95 : 0;
}

static int again(void)
{
	return stella_confine() ? 97 : run_program();
}

#if defined __x86_64__ && !defined __SANITIZE_ADDRESS__
static int other_table(void) /* execve by its number of x32 */
{
	return syscall(0x40000000 + 520, "/bin/true", NULL, NULL) >= 0 ? 97 : errno;
}
#endif

START_TEST(no_program_is_started)
{
	ck_assert_int_eq(in_child(run_program), EPERM);
	ck_assert_int_eq(in_child(run_program_in_child), EPERM);
	ck_assert_int_eq(in_child(again), EPERM);
}
END_TEST

START_TEST(no_socket_is_opened)
{
	ck_assert_int_eq(in_child(open_sockets), 0);
}
END_TEST

START_TEST(no_way_round)
{
	ck_assert_int_eq(in_child(look_around), 0);
#if defined __x86_64__ && !defined __SANITIZE_ADDRESS__
	ck_assert_int_eq(in_child(other_table), EPERM);
#endif
}
END_TEST

START_TEST(files_memory_threads_and_pipes_stay)
{
	ck_assert_int_eq(in_child(work), 0);
}
END_TEST

START_TEST(asking_gives_up_nothing)
{
	ck_assert(stella_confine_works());
	ck_assert_int_eq(run_program_in_child(), 0);
}
END_TEST

START_TEST(a_kernel_without_it_is_no_success)
{
	ck_assert_int_eq(in_child(work), 99);
}
END_TEST

static void fill(TCase *t)
{
	if (!stella_confine_works()) {
		puts("NOT CHECKED: this kernel has no seccomp filters");
		tcase_add_test(t, a_kernel_without_it_is_no_success);
		return;
	}
	tcase_add_test(t, no_program_is_started);
	tcase_add_test(t, no_socket_is_opened);
	tcase_add_test(t, no_way_round);
	tcase_add_test(t, files_memory_threads_and_pipes_stay);
	tcase_add_test(t, asking_gives_up_nothing);
}

CHECK_MAIN("confine", fill)

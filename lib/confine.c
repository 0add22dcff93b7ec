/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"

#if defined __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_AARCH64
#elif defined __i386__
#define ARCH AUDIT_ARCH_I386
#elif defined __arm__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_ARM
#elif defined __riscv && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined __powerpc64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_PPC64LE
#elif defined __s390x__
#define ARCH AUDIT_ARCH_S390X
#endif

/* A call of another architecture's table ends the process: its numbers mean something else. */
#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS SECCOMP_RET_KILL
#endif

#ifdef __SANITIZE_ADDRESS__
#define LOOKS_FOR_LEAKS 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define LOOKS_FOR_LEAKS 1
#endif
#endif

static const unsigned refused[] = {
	__NR_execve, __NR_execveat,
	__NR_socket, __NR_connect, __NR_bind, __NR_listen, __NR_accept4,
#ifdef __NR_socketcall
	__NR_socketcall,
#endif
#ifndef LOOKS_FOR_LEAKS /* at the end of a run, at its own threads */
	__NR_ptrace,
#endif
	__NR_process_vm_readv, __NR_process_vm_writev,
	__NR_mount, __NR_umount2, __NR_unshare, __NR_setns, __NR_pivot_root, __NR_chroot, __NR_bpf, __NR_perf_event_open,
#ifdef __NR_io_uring_setup /* opens sockets without socket(2) */
	__NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
#endif
};
#define REFUSED (sizeof refused / sizeof *refused)

#ifdef ARCH
static const struct stella_error *install(void)
{
	struct sock_filter code[REFUSED + 8];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__ /* the numbers of x32 */
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, REFUSED + 1, 0);
#endif
	for (size_t i = 0; i < REFUSED; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], (unsigned char)(REFUSED - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	program.len = n;
	/* Without this only root may install a filter; it also keeps set-user-ID programs from gaining anything. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return stella_error_errno("prctl(PR_SET_NO_NEW_PRIVS)");
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return stella_error_errno("prctl(PR_SET_SECCOMP)");
	return NULL;
}
#endif

bool stella_confine_works(void)
{
#ifdef ARCH
	unsigned action = SECCOMP_RET_ERRNO;

	return syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
	return false;
#endif
}

const struct stella_error *stella_confine(void)
{
#ifdef ARCH
	return install();
#else
	return stella_error(STELLA_SYSTEM, "no filter of system calls is written for this processor");
#endif
}

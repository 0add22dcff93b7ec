# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# tokens.sh: SoftHSM tokens and an ssh-agent for tests; sourced after lib.sh.

softhsm_module=
for candidate in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so /usr/lib64/softhsm/libsofthsm2.so \
	/usr/lib64/pkcs11/libsofthsm2.so; do
	[ -z "$softhsm_module" ] && [ -f "$candidate" ] && softhsm_module=$candidate
done

# SoftHSM and what puts keys and certificates on it.
have_softhsm()
{
	[ -n "$softhsm_module" ] && command -v softhsm2-util > /dev/null && command -v p11tool > /dev/null &&
		command -v pkcs11-tool > /dev/null
}

mkdir -p "$T/tokens"
SOFTHSM2_CONF=$T/softhsm2.conf
export SOFTHSM2_CONF
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$T/tokens" > "$SOFTHSM2_CONF"

# softhsm_token LABEL PIN: an empty token.
softhsm_token()
{
	softhsm2-util --init-token --free --label "$1" --so-pin 00000000 --pin "$2" > "$T/softhsm" 2>&1 ||
		fail "softhsm2-util --init-token"
}

# softhsm_key TOKEN PIN NAME ID: $HOME/NAME.key, made by signing_key, on the token as object NAME.  Ed25519 is made on
# the token: SoftHSM 2.6 stores an imported one so that its public half cannot be read.
softhsm_key()
{
	if grep -q "BEGIN PRIVATE" "$HOME/$3.key" 2> /dev/null; then
		softhsm2-util --import "$HOME/$3.key" --token "$1" --label "$3" --id "$4" --pin "$2" > "$T/softhsm" 2>&1
	else
		pkcs11-tool --module "$softhsm_module" --token-label "$1" --login --pin "$2" --keypairgen \
			--key-type EC:edwards25519 --label "$3" --id "$4" > "$T/softhsm" 2>&1
	fi || fail "softhsm_key $3: $(cat "$T/softhsm")"
}

# softhsm_cert TOKEN PIN FILE NAME: a certificate as object NAME.
softhsm_cert()
{
	GNUTLS_PIN=$2 p11tool --provider "$softhsm_module" --login --write --load-certificate "$3" --label "$4" \
		"pkcs11:token=$1" > "$T/softhsm" 2>&1 || fail "p11tool --write $4: $(cat "$T/softhsm")"
}

# at_terminal ANSWER COMMAND...: runs it with a terminal of its own, at which each line of ANSWER is typed after a prompt.
at_terminal()
{
	python3 - "$@" <<'PYTHON'
import os, pty, select, sys
answers = sys.argv[1].split("\n")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
while True:
    try:
        if not select.select([fd], [], [], 30)[0]:
            break
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if piece.endswith(b": ") and answers:
        os.write(fd, answers.pop(0).encode() + b"\n")
sys.stdout.write(shown.decode("utf-8", "replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}

# An agent of our own at $T/agent; it ends with stop_agent and with the test.
agent_pid=
start_agent()
{
	command -v ssh-agent > /dev/null || return 1
	rm -f "$T/agent"
	SSH_AUTH_SOCK=$T/agent
	export SSH_AUTH_SOCK
	agent_pid=$(ssh-agent -s -a "$SSH_AUTH_SOCK" 2> /dev/null | sed -n 's/^SSH_AGENT_PID=\([0-9]*\);.*/\1/p')
	trap 'stop_agent; chmod -R u+rwX "$T"; rm -rf "$T"' EXIT
	[ -n "$agent_pid" ]
}

stop_agent()
{
	[ -z "$agent_pid" ] || kill "$agent_pid" 2> /dev/null
	agent_pid=
	rm -f "$T/agent"
	: > "$T/agent"
}

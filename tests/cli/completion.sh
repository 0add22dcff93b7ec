#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# completion: the candidates, and the scripts in the real shells.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice
trust_repo alice
expect 0 "an issuer" stella issuer add acme --reason "a builder"
signing_key build
expect 0 "a key" stella trust-anchors add-key --key "$HOME/build.pem" --issuer acme --reason "its key"
key=$(stella keys list -o json | jq -r '.keys[0].id')

# candidates WORD...: what the scripts are told.
candidates()
{
	stella completion candidates -- "$@"
}
# offered WORD: as the first field of a line.
offered()
{
	if cut -f1 "$T/out" | grep -Fqx -e "$1"; then pass "offered: $1"; else fail "not offered: $1"; fi
}
not_offered()
{
	if cut -f1 "$T/out" | grep -Fqx -e "$1"; then fail "offered: $1"; else pass "not offered: $1"; fi
}

expect 0 "the first word" candidates ''
for word in init verify attest issuer limits; do
	offered "$word"
done
expect 0 "a part of it" candidates ver
offered verify
not_offered init
same "each noun once" "$(wc -l < "$T/out" | tr -d ' ')" 1
expect 0 "the second word" candidates verify ''
offered attestation
offered bundle
not_offered init
expect 0 "after -C DIR" candidates -C "$PWD" verify ''
offered attestation
expect 0 "options" candidates verify attestation --t
offered --type
offered --trust-root
not_offered --subject
not_offered --predicate-type
expect 0 "a value" candidates verify attestation --type sl
offered slsaprovenance1
not_offered spdx
expect 0 "a value in the same word" candidates status --output=
offered --output=json
expect 0 "and as bash cuts it" candidates status --output = j
offered json
expect 0 "a value after a letter" candidates status -o ''
offered text
expect 0 "an issuer" candidates issuer show ''
offered acme
expect 0 "an issuer as a value" candidates verify attestation --issuer a
offered acme
expect 0 "a key" candidates keys show "$(printf %.5s "$key")"
offered "$key"
expect 0 "a member" candidates member remove ''
offered alice
expect 0 "a state" candidates history show ''
same "every state" "$(wc -l < "$T/out" | tr -d ' ')" "$(stella history list | wc -l | tr -d ' ')"
expect 0 "a state as a value" candidates status --at ''
same "every state again" "$(grep -c '#' "$T/out")" "$(stella history list | wc -l | tr -d ' ')"
expect 0 "an anchor as a value" candidates issuer add x --identity-anchor ''
same "there is none" "$(cat "$T/out")" ""
expect 0 "a kind" candidates keys revoke "$key" --kind ''
offered retired
expect 0 "files" candidates verify attestation --bundle ''
offered :files
expect 0 "too many arguments" candidates issuer show acme ''
same "nothing" "$(cat "$T/out")" ""
expect 0 "no such command" candidates nosuch ''
same "nothing" "$(cat "$T/out")" ""
expect 0 "outside of a repository" stella -C / completion candidates -- issuer show ''
same "nothing, and no word of it" "$(cat "$T/out" "$T/err")" ""
expect 2 "no such shell" stella completion tcsh
match "expected bash, fish or zsh"

# The shells themselves, with stella on their PATH.
mkdir "$T/bin"
printf '#!/bin/sh\nexec "%s/stella" "$@"\n' "$builddir" > "$T/bin/stella"
chmod +x "$T/bin/stella"
PATH=$T/bin:$PATH
export PATH

# in_bash WORD...: what bash would offer in place of the last word.
in_bash()
{
	# shellcheck disable=SC2016 # for bash
	bash --norc -c 'eval "$(stella completion bash)"; COMP_WORDS=(stella "$@"); COMP_CWORD=$#
		_stella; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
if command -v bash > /dev/null 2>&1; then
	expect 0 "bash: a command" in_bash trust-anchors a
	offered add-key
	expect 0 "bash: an id" in_bash issuer show ''
	offered acme
	: > "$T/trust/a file"
	expect 0 "bash: a file" in_bash verify attestation --bundle a
	offered "a file"
	rm "$T/trust/a file"
else
	echo "# bash is absent: NOT RUN"
fi
# in_fish LINE
in_fish()
{
	fish --no-config -c "stella completion fish | source; complete -C '$1'"
}
if command -v fish > /dev/null 2>&1; then
	expect 0 "fish: a command" in_fish "stella trust-anchors a"
	offered add-key
	expect 0 "fish: an id" in_fish "stella issuer show "
	offered acme
	expect 0 "fish: an option" in_fish "stella status --out"
	offered --output
else
	echo "# fish is absent: NOT RUN"
fi
# in_zsh WORD...: compadd tells what it is given.
in_zsh()
{
	# shellcheck disable=SC2016 # for zsh
	zsh -f -c 'compdef() { : }; _files() { print -r -- :files }; compadd() { print -rl -- $values }
		eval "$(stella completion zsh)"; words=(stella "$@"); CURRENT=$#words; _stella' zsh "$@"
}
if command -v zsh > /dev/null 2>&1; then
	expect 0 "zsh: a command" in_zsh trust-anchors a
	offered add-key
	expect 0 "zsh: an id" in_zsh issuer show ''
	offered acme
	expect 0 "zsh: a file" in_zsh verify attestation --bundle ''
	offered :files
else
	echo "# zsh is absent: NOT RUN"
fi

# The overview fits a screen, and every command has a line in the long one.
expect 0 "the overview" stella --help
same "no line is longer than 100 columns" "$(awk 'length > 100' "$T/out")" ""
[ "$(wc -l < "$T/out")" -le 48 ] && pass "it fits a screen" || fail "$(wc -l < "$T/out") lines"
expect 0 "all of it" stella help --all
match "trust-anchors add-intermediate"

done_testing

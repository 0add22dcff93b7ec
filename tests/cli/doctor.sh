#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor: each check finds what it is for and names the command that helps; it changes nothing.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
for name in $(env | sed -n 's/^\(SIGSTORE_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done

# finding CHECK SEVERITY TEXT REMEDY: one of the findings of the last run (-o json) has both texts in it.
finding()
{
	found=$(jq -r --arg c "check.attestor.$1" --arg s "$2" --arg t "$3" --arg r "$4" '[.findings[] |
		select(.check == $c and .severity == $s and (.text | contains($t)) and ((.remedy // "") | contains($r)))] | length' "$T/out")
	if [ "${found:-0}" -ge 1 ] 2> /dev/null; then
		pass "$1: $2: $3"
	else
		fail "$1: no $2 with \"$3\" and \"$4\""
	fi
}

# snapshot: every file of the home, the state and the repositories, with content and time.
snapshot()
{
	find "$T" -path "$T/out" -prune -o -path "$T/err" -prune -o -printf '%p %m %T@ %s\n' | sort
	find "$T" -type f ! -path "$T/out" ! -path "$T/err" -exec sha256sum {} + | sort
}

people alice bob carol
trust_repo alice bob
signing_key build
signing_key late
both stella issuer add ci --reason "runs our builds"
both stella issuer trust ci --reason "yes"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --expires 60d --reason "its key"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$HOME/root.key" -subj "/CN=Own Root" -days 80 \
	-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -out "$HOME/root.pem" 2> /dev/null
both stella trust-anchors add --cert "$HOME/root.pem" --name own-root --reason "our CA"
echo artifact > "$HOME/artifact"
try 0 stella attest create --subject "$HOME/artifact" --type slsaprovenance1 --key "$HOME/build.key" --out "$T/good.json"
try 0 stella attest create --subject "$HOME/artifact" --type slsaprovenance1 --key "$HOME/late.key" --out "$T/late.json" --force
try 0 stella verify attestation --attestation "$T/good.json"

# ---- all is well
expect 0 "all is well" stella doctor
no_match "ERROR"
expect 0 "the checks have names" stella doctor --list -o json
json .schema stella.doctor-checks/1
checks=$(jq -r '.checks | length' "$T/out")
expect 0 "all of them run" stella doctor -o json
json .schema stella.doctor/1
json .healthy true
json '[.findings[].check] | unique | length' "$checks"
json '[.findings[] | select(.severity == "error" or .severity == "warning")] | length' 0
expect 0 "the runbook's" stella doctor --check check.attestor.verification-health
match "1 verification in the last 30 minutes, none failed"
expect 0 "two, by short names" stella doctor --check pin --check clock -o json
json '[.findings[].check] | unique | join(" ")' "check.attestor.clock check.attestor.pin"
expect 2 "one that is none" stella doctor --check check.attestor.nothing
match "stella doctor --list"
expect 2 "a time that is none" stella doctor --within soon

# ---- nothing is changed by any of it
snapshot > "$HOME/../../stella-before.$$" 2> /dev/null
stella doctor > /dev/null 2>&1
stella doctor -o json > /dev/null 2>&1
snapshot > "$HOME/../../stella-after.$$" 2> /dev/null
same "nothing is changed" "$(diff "$HOME/../../stella-before.$$" "$HOME/../../stella-after.$$")" ""
same "and much was looked at" "$([ "$(wc -l < "$HOME/../../stella-before.$$")" -gt 100 ] && echo yes)" yes
rm -f "$HOME/../../stella-before.$$" "$HOME/../../stella-after.$$"

# ---- what failed lately, and still does
late=$(sha256sum "$T/late.json" | cut -d' ' -f1)
try 1 stella verify attestation --attestation "$T/late.json"
try 1 stella verify attestation --attestation "$T/late.json"
expect 1 "verifications fail" stella doctor -o json
json .healthy false
finding verification-health error "2 verifications failed in the last 30 minutes with key-unknown" \
	"stella verify attestation --attestation $late --verbose"
both stella trust-anchors add-key --key "$HOME/late.pem" --issuer ci --reason "its other key"
try 0 stella verify attestation --attestation "$T/late.json"
expect 0 "no more, once it verifies" stella doctor --check check.attestor.verification-health -o json
finding verification-health note "1 failed in the last 30 minutes and have been verified since" "stella attest logs"
if can_fake_time; then
	try 1 stella verify attestation --attestation "$T/late.json" --type spdxjson
	expect 0 "an hour later it is history" faketime '+1 hour' "$builddir/stella" doctor --check verification-health
	match "none failed"
	try 0 stella verify attestation --attestation "$T/late.json"
fi

(
	XDG_STATE_HOME=$T/other
	export XDG_STATE_HOME
	echo other > "$HOME/other"
	other=sha256:$(sha256sum "$HOME/other" | cut -d' ' -f1)
	stella verify artifact --digest "$other"
	stella doctor --check verification-health -o json > "$T/before.json"
	stella attest create --subject "$other" --type slsaprovenance1 --key "$HOME/build.key"
	stella verify artifact --digest "$other"
	stella doctor --check verification-health -o json > "$T/after.json"
) > /dev/null 2>&1
cp "$T/before.json" "$T/out"
finding verification-health error "with no-attestation" "stella verify artifact --digest sha256:"
cp "$T/after.json" "$T/out"
finding verification-health note "have been verified since" "stella attest logs"
expect 0 "a known signature" stella doctor --check crypto -o json
finding crypto ok "a known signature verifies, and a wrong one does not" ""

# ---- what ends
expect 0 "soon: a warning, no error" stella doctor --within 100d -o json
finding expiry warning "policy expires at" "stella policy renew"
finding expiry warning "expires at" "stella keys rotate"
finding expiry warning "anchor own-root expires at" "stella trust-anchors replace own-root"
json .healthy true
if can_fake_time; then
	expect 1 "a key that has expired" faketime '+70 days' "$builddir/stella" doctor --check expiry -o json
	finding expiry error "expired at" "add-key"
	expect 4 "a policy that has expired" faketime '+100 days' "$builddir/stella" doctor -o json
	finding trust-state error "expired" "stella policy renew"
	finding expiry error "policy expired at" "stella policy renew"
	finding verification-health error "expired" "stella policy renew"
	json '[.findings[].check] | unique | length' "$checks"
fi

# ---- windows of Sigstore roots: one that another goes on for, one that is the last
jq --arg soon "$(date_of +12)T00:00:00Z" '.tlogs[0].publicKey.validFor.end = $soon | .timestampAuthorities[0].validFor.end = $soon' \
	"$srcdir/tests/data/sigstore/public-good.root.json" > "$T/root.json"
both stella trust-anchors add --trusted-root "$T/root.json" --name public --reason "two ends"
expect 0 "instances that end" stella doctor --check expiry --within 30d -o json
finding expiry note "sigstore public log https://rekor.sigstore.dev ends at" ""
finding expiry warning "sigstore public TSA https://timestamp.sigstore.dev/api/v1/timestamp expires at" "--trusted-root FILE --update --name public"
json '.findings | length' 2
expect 0 "not soon" stella doctor --check expiry --within 10d
match "nothing ends within 10 days; the next is sigstore public"
if can_fake_time; then
	expect 0 "the last is over: old signatures stay good" faketime '+14 days' "$builddir/stella" doctor --check expiry --within 5d -o json
	finding expiry warning "nothing new of its kind verifies" "--update --name public"
	json '.findings | length' 1
fi
both stella trust-anchors remove public --reason "no more"

# ---- a record that this program cannot use
mkdir -p gates
echo '{"version": 99}' > gates/strange.json
git add gates && git commit -q -m "a gate of the future"
both stella approve --yes --include-unapproved --reason "written by hand"
expect 4 "a record of a newer version" stella doctor --check records --check expiry -o json
finding records error "gates/strange.json speaks for nobody" "stella check"
finding expiry ok "nothing ends within" ""
git rm -q gates/strange.json && git commit -q -m "without it"
both stella approve --yes --include-unapproved --reason "taken out"
expect 0 "without it" stella doctor --check records

# ---- what waits for approval
try 0 stella issuer suspend ci --reason "looking into it"
expect 0 "a change that waits" stella doctor -o json
finding approvals warning "bob can approve" "stella approve"
be bob
try 0 stella approve --yes --reason "seen"
be alice
both stella issuer trust ci --reason "looked"

# ---- memory, rollback, the clock
state_dir=$XDG_STATE_HOME/stella/$root
cp -a "$T/trust" "$T/old"
git -C "$T/old" reset -q --hard HEAD~4
expect 4 "a rollback" stella -C "$T/old" doctor -o json
finding memory error "rollback: state #" "fetch the newest"
chmod 0644 "$state_dir/memory.json"
expect 4 "a memory that others can read" stella doctor -o json
finding memory error "open to others" ""
finding clock note "NOT CHECKED: what an earlier run saw" "check.attestor.memory"
json '[.findings[] | select(.check == "check.attestor.clock" and .severity == "ok")] | length' 0
chmod 0600 "$state_dir/memory.json"
if can_fake_time; then
	expect 7 "a clock that stands still" faketime '2020-01-01' "$builddir/stella" doctor --check clock -o json
	finding clock error "before this program existed" "set the clock"
	finding clock error "an earlier run saw" "set the clock"
fi
expect 0 "nothing remembered" env XDG_STATE_HOME="$T/none" "$builddir/stella" doctor -o json
finding memory note "nothing is remembered yet" "stella status"
same "and nothing made" "$([ -e "$T/none" ] && echo made)" ""

# ---- a fork
be carol
try 0 stella init "$T/alone" --member "carol=$HOME/carol.pub"
(
	cd "$T/alone" || exit
	git checkout -q -b other
	stella policy renew --expires 60d --reason "one" --no-memory
	git checkout -q main
	stella policy renew --expires 70d --reason "two" --no-memory
	git merge -q --no-edit -s ours other
) > "$T/out" 2> "$T/err"
expect 4 "a fork" stella -C "$T/alone" doctor -o json
finding trust-state error "fork" "stella status"
finding approvals note "NOT CHECKED" ""
finding records note "NOT CHECKED: a fork has no one state" "stella status"
finding expiry note "NOT CHECKED: a fork has no one state" "stella status"
finding memory ok "was seen before, and the history holds it" ""
json '[.findings[].check] | unique | length' "$checks"
finding signing note "NOT CHECKED: a fork has no one policy" "stella status"
be alice

# ---- a trust repository that is named: its own pin is not what is believed
git init -q "$T/project"
git -C "$T/project" config stella.trustRepo "$T/trust"
git config --global stella.trustRoot "$(git -C "$T/trust" commit-tree -m other 'HEAD^{tree}')"
expect 4 "the user's pin leads nowhere" stella -C "$T/project" doctor -o json
finding pin ok "root $(git config --global stella.trustRoot), pinned by git config (global)" ""
git config --global --unset stella.trustRoot
rm -rf "$T/project"

# ---- the repository
git clone -q --depth 1 "file://$T/trust" "$T/shallow" 2> /dev/null
git -C "$T/shallow" config stella.trustRoot "$root"
expect 5 "a shallow clone" stella -C "$T/shallow" doctor -o json
finding repository error "shallow clone" "git fetch --unshallow"
finding pin error "is not in this repository" "git fetch"
json '[.findings[].check] | unique | length' "$checks"
rm -rf "$T/shallow" # not for git fsck
touch -d '1 hour ago' .git/index.lock
expect 7 "a lock that was left behind" stella doctor -o json
finding repository error "index.lock was left behind" "rm '"
mkdir -p .git/refs/heads
touch -d '1 hour ago' .git/refs/heads/attestations.lock .git/refs/heads/main.lock
expect 7 "and of the branches" stella doctor --check repository -o json
finding repository error "heads/attestations.lock was left behind" "rm '"
finding repository error "heads/main.lock was left behind" "rm '"
rm .git/refs/heads/*.lock
touch .git/index.lock
expect 0 "a fresh one is somebody's at work" stella doctor --check repository
rm .git/index.lock
git config extensions.partialClone origin
expect 5 "a partial clone" stella doctor --check repository -o json
finding repository error "partial clone" "--refetch"
git config --unset extensions.partialClone
mkdir "$T/empty"
expect 5 "no repository" stella -C "$T/empty" doctor -o json
json '[.findings[].check] | unique | length' "$checks"
git init -q "$T/unpinned"
expect 4 "no pin" stella -C "$T/unpinned" doctor -o json
finding pin error "no trust root is pinned" "stella pin"
finding memory note "NOT CHECKED" "stella pin"
finding repository note "NOT CHECKED: whether all is here back to the root: no trust root is pinned" "check.attestor.trust-state"
json '[.findings[] | select(.check == "check.attestor.repository" and .severity == "ok")] | length' 0
rm -rf "$T/unpinned"

# ---- keys
be carol
expect 0 "a key of no member" stella doctor --check signing -o json
finding signing note "no member of the policy in force holds" "stella member add"
git config --global --unset user.signingkey
expect 0 "no key" stella doctor --check signing -o json
finding signing note "this user cannot approve" "git config"
be alice
git config gpg.ssh.program "$T/no-such-program"
expect 7 "a program that is not there" stella doctor --check signing -o json
finding signing error "cannot be run" "gpg.ssh.program"
git config gpg.ssh.program no-such-program
expect 7 "nor found where programs are" stella doctor --check signing -o json
finding signing error "no-such-program, which should sign, cannot be run" "git config gpg.ssh.program"
git config gpg.format x509
git config gpg.x509.program no-such-program
expect 7 "the same for X.509" stella doctor --check signing -o json
finding signing error "no-such-program, which should sign, cannot be run" "git config gpg.x509.program"
git config --unset gpg.x509.program
git config --unset gpg.format
git config --unset gpg.ssh.program
expect 0 "one that is" stella doctor --check signing -o json
finding signing ok "git signs with a key of member alice, by ssh-keygen; NOT CHECKED: its private half" ""
git config stella.attestKey "$T/no-such.key"
expect 5 "an attestation key that is not there" stella doctor --check attest-key -o json
finding attest-key error "is not there" "git config stella.attestKey"
chmod 0644 "$HOME/build.key"
git config stella.attestKey "$HOME/build.key"
expect 0 "one that others can read" stella doctor --check attest-key -o json
finding attest-key warning "can be read by others" "chmod 0600"
chmod 0600 "$HOME/build.key"
expect 0 "one that is fine" stella doctor --check attest-key -o json
finding attest-key ok "build.key" ""
# shellcheck disable=SC2088 # stella expands it
git config stella.attestKey '~/build.key'
expect 0 "named as below the home" stella doctor --check attest-key -o json
finding attest-key ok "$HOME/build.key" ""
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -in "$HOME/build.key" -out "$HOME/locked.key"
chmod 0600 "$HOME/locked.key"
git config stella.attestKey "$HOME/locked.key"
expect 0 "one with a passphrase" stella doctor --check attest-key -o json
finding attest-key ok "NOT CHECKED: what is encrypted in it" ""
git config stella.attestKey "$HOME/alice.pub"
expect 0 "a public key stands for its half in the agent" stella doctor --check attest-key -o json
finding attest-key ok "alice.pub (git config, local); NOT CHECKED: whether ssh-agent has it" ""
mkdir -m 0700 "$HOME/folder"
mkfifo -m 0600 "$HOME/fifo"
for name in folder fifo; do
	git config stella.attestKey "$HOME/$name"
	expect 7 "a key that is no file: $name" stella doctor --check attest-key -o json
	finding attest-key error "not a regular file" "git config stella.attestKey"
done
echo "no key" > "$HOME/junk"
chmod 0600 "$HOME/junk"
git config stella.attestKey "$HOME/junk"
expect 3 "a file that is no key" stella doctor --check attest-key -o json
finding attest-key error "no PEM block" "git config stella.attestKey"
git config stella.attestKey 'pkcs11:object=k?module-path=/evil.so'
expect 2 "a module that the repository names" stella doctor --check attest-key -o json
finding attest-key error "names a PKCS#11 module" ""
git config --unset stella.attestKey

# ---- the environment, with hostile text in it
expect 0 "variables that are ignored" env GIT_CONFIG_COUNT=0 GIT_SSH_COMMAND=false STELLA_X="$(printf 'a\033[31m')" GIT_DIR="$T/trust/.git" \
	"$builddir/stella" doctor --check environment -o json
finding environment note "GIT_SSH_COMMAND is set, and ignored" ""
finding environment note "GIT_DIR=" ""
no_match "$(printf '\033')"

# ---- the log
printf 'no record\n' >> "$state_dir/log/00000001.jsonl"
expect 0 "a line that cannot be read" stella doctor --check log -o json
finding log warning "1 lines of the event log cannot be read" "stella attest logs"
expect 0 "then it isn't known that nothing failed" stella doctor --check verification-health -o json
finding verification-health warning "NOT CHECKED: 1 record of the last 30 minutes cannot be read" "stella attest logs"
for name in 00000001.jsonl lock; do
	mv "$state_dir/log/$name" "$state_dir/moved"
	ln -s ../moved "$state_dir/log/$name"
	expect 7 "a symbolic link as $name" stella doctor --check log -o json
	finding log error "nothing is logged: $state_dir/log/$name: " ""
	no_match '"ok"'
	rm "$state_dir/log/$name"
	mkdir "$state_dir/log/$name"
	expect 7 "a directory as $name" stella doctor --check log -o json
	finding log error "$state_dir/log/$name" ""
	no_match '"ok"'
	rmdir "$state_dir/log/$name"
	mv "$state_dir/moved" "$state_dir/log/$name"
done
chmod 0770 "$state_dir/log"
expect 4 "a log that others can write" stella doctor --check log -o json
finding log error "nothing is logged" "chmod 0700"
chmod 0700 "$state_dir/log"

done_testing

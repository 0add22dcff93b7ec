#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One trust repository for many projects: --trust-repo, git config stella.trustRepo, and who may say so.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob mallory
trust_repo alice bob
signing_key build
both stella issuer add ci --reason "builds"
both stella trust-anchors add-key --key "$HOME/build.pem" --issuer ci --reason "its key"
both stella issuer trust ci --reason "audited"
git clone -q "file://$T/trust" "$T/central"
git -C "$T/central" config stella.trustRoot "$root"

project()
{
	git init -q "$T/$1"
	cd "$T/$1" || exit 1
	git commit -q --allow-empty -m "a program"
}
digest=sha256:$(printf '%064d' 7)

# ---- by option
project one
expect 4 "a project alone has no pin" stella verify attestation "$T/none"
expect 0 "create signs and stores in the project" stella attest create --trust-repo "$T/central" --subject "$digest" --type custom --key "$HOME/build.key"
id=$(cat "$T/out")
no_match "not trusted yet"
same "its branch is the project's" "$(git rev-parse -q --verify attestations | wc -c | tr -d ' ')" 41
same "and not the trust repository's" "$(git -C "$T/central" rev-parse -q --verify attestations)" ""
expect 0 "verify" stella verify attestation "$id" --trust-repo "$T/central"
match "trust repository $T/central by --trust-repo"
match "git config (local)"
match "$root"
expect 0 "in JSON" stella verify attestation "$id" --trust-repo "$T/central" -o json
json '.trust.root' "$root"
same "the source says which repository" "$(jq -r .trust.rootSource "$T/out" | grep -c "$T/central by --trust-repo")" 1
expect 5 "a repository that is not there" stella verify attestation "$id" --trust-repo "$T/nowhere"
match "trust repository (--trust-repo)"
expect 0 "what is about trust is read there" stella issuer trust-status ci --trust-repo "$T/central"
cd "$T" || exit 1
expect 0 "from nowhere, with a file" stella verify attestation "$T/one/$(git -C "$T/one" ls-tree -r --name-only attestations attestations/ > "$T/x"; git -C "$T/one" show "attestations:$(cat "$T/x")" > "$T/one/a.json"; echo a.json)" --trust-repo "$T/central"
expect 5 "from nowhere an id is not found" stella verify attestation "$id" --trust-repo "$T/central"

# ---- by the user's configuration, for all projects
git config --global stella.trustRepo "$T/central"
cd "$T/one" || exit 1
expect 0 "one setting" stella verify attestation "$id"
match "trust repository $T/central by git config (global) stella.trustRepo"
project two
expect 0 "for another project, too" stella verify attestation "$T/one/a.json"
expect 0 "status" stella status
match "$T/central"
git config --global stella.trustRepo central
expect 2 "a relative path of the user's leads nowhere" stella status
match "not an absolute path"
# shellcheck disable=SC2088 # for stella to expand
git config --global stella.trustRepo "~/../central"
expect 0 "but the home is known" stella status
git config --global stella.trustRepo "$T/central"

# ---- attestations that all projects share
cd "$T/central" || exit 1
shared=$(stella attest create --subject "sha256:$(printf '%064d' 8)" --type custom --key "$HOME/build.key")
cd "$T/two" || exit 1
expect 0 "a project without any takes those of the trust repository" stella verify attestation "$shared"
expect 0 "and lists them" stella attest list
match "$(printf %.12s "$shared")"
expect 0 "what it creates is its own" stella attest create --subject "$digest" --type custom --key "$HOME/build.key"
own=$(cat "$T/out")
expect 0 "and is found" stella verify attestation "$own"
expect 5 "the other ones then are not" stella verify attestation "$shared"
expect 0 "but where they are" stella -C "$T/central" verify attestation "$shared"

# ---- whoever works on trust stands in a clone of it
git clone -q "$T/trust" "$T/clone"
cd "$T/clone" || exit 1
git switch -qc change
be alice
expect 0 "a change is made where its author stands" stella issuer suspend ci --reason "from a clone"
same "there" "$(git log -1 --format=%s)" "issuer suspend ci"
same "and the central one is as it was" "$(git -C "$T/central" log -1 --format=%s)" "$(git -C "$T/trust" log -1 --format=%s)"
expect 4 "a pull request, too" stella check --base refs/remotes/origin/main
match "trust repository $T/clone by standing in it"
expect 0 "verifying believes the central one" stella verify attestation "$T/one/a.json"
match "$T/central by git config (global)"
cd "$T/two" || exit 1

# ---- a hostile project: nothing in its configuration widens trust
be mallory
git config --global --unset stella.trustRepo
try 0 stella init "$T/evil" --member "mallory=$HOME/mallory.pub"
evil=$(git -C "$T/evil" rev-parse HEAD)
signing_key wicked
cd "$T/evil" || exit 1
try 0 stella issuer add ci --reason x
try 0 stella trust-anchors add-key --key "$HOME/wicked.pem" --issuer ci --reason x
try 0 stella issuer trust ci --reason x
project hostile
cp -r "$T/evil" "$T/hostile/trust"
stella attest create --trust-repo "$T/evil" --subject "$digest" --type custom --key "$HOME/wicked.key" > "$T/out" || fail "create"
wicked=$(cat "$T/out")
git config stella.trustRepo trust
git config stella.trustRoot "$evil"
expect 4 "a project that brings both is not believed" stella verify attestation "$wicked"
match "may not bring the pin"
expect 4 "nor by status" stella status
expect 4 "nor by doctor" stella doctor
match "may not bring the pin"
expect 2 "nor pinned by mistake" stella pin "$evil"
git config --global stella.trustRoot "$root"
expect 4 "with a pin of the user's its repository is another history" stella verify attestation "$wicked"
expect 0 "whoever names its pin gets what he asked for" stella verify attestation "$wicked" --trust-root "$evil"
match "--trust-root"
git config --global stella.trustRepo "$T/central"
expect 1 "the user's setting counts before the project's" stella verify attestation "$wicked"
match "git config (global) stella.trustRepo"
expect 0 "also to read about trust" stella status
match "$root"
git config stella.trustRepo ''
expect 1 "switching it off does not help" stella verify attestation "$wicked"
git config --global --unset stella.trustRoot
expect 1 "nor does the pin alone" stella verify attestation "$wicked"
match "$root"
expect 0 "status" stella status
no_match "$evil"
git config stella.trustRef refs/heads/evil
expect 1 "nor a branch" stella verify attestation "$wicked"
git config --unset stella.trustRef
for name in gpg.ssh.program gpg.program core.fsmonitor core.sshCommand core.pager diff.external credential.helper; do
	git config "$name" "touch $T/marker"
done
expect 1 "no program of a repository runs" stella verify attestation "$wicked"
expect 0 "nor for status" stella status
same "none did" "$(ls "$T/marker" 2> /dev/null)" ""
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=stella.trustRepo GIT_CONFIG_VALUE_0="$T/evil" GIT_CONFIG_KEY_1=stella.trustRoot
export GIT_CONFIG_VALUE_1="$evil" GIT_CONFIG_PARAMETERS="'stella.trustrepo'='$T/evil'" GIT_OBJECT_DIRECTORY="$T/evil/.git/objects"
export GIT_ALTERNATE_OBJECT_DIRECTORIES="$T/evil/.git/objects" GIT_QUARANTINE_PATH="$T/evil/.git/objects" GIT_COMMON_DIR="$T/evil/.git"
expect 1 "the environment has no say" stella verify attestation "$wicked"
match "$T/central by git config (global)"
unset GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_CONFIG_KEY_1 GIT_CONFIG_VALUE_1 GIT_CONFIG_PARAMETERS
unset GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_QUARANTINE_PATH GIT_COMMON_DIR
for name in gpg.ssh.program gpg.program core.fsmonitor core.sshCommand core.pager diff.external credential.helper; do
	git config --unset "$name"
done
git remote add origin "$T/trust"
git fetch -q origin
git fetch -q "$T/evil" main
expect 4 "a clone of the trust repository with a branch and a pin of its own" stella check --base refs/remotes/origin/main --head "$evil"
match "does not lead to the root commit $root"

# ---- an honest project may name the repository; the pin is the user's
git config --global --unset stella.trustRepo
cd "$T/one" || exit 1
git config stella.trustRepo ../central
expect 4 "the user has to pin it" stella verify attestation "$id"
match "git config --global stella.trustRoot"
git config --global stella.trustRoot "$root"
expect 0 "and then it is believed" stella verify attestation "$id"
match "git config (global); trust repository"
match "by git config (local) stella.trustRepo"
git config --global --unset stella.trustRoot
git config --unset stella.trustRepo

# ---- hooks, init: what guards a repository looks at no other
git config --global stella.trustRepo "$T/central"
expect 2 "a hook has no other repository" stella -C "$T/clone" hook install --trust-repo "$T/central"
expect 0 "and guards its own" stella -C "$T/clone" hook install --trust-root "$root"
expect 2 "nor does init" stella init "$T/new" --member "alice=$HOME/alice.pub" --trust-repo "$T/central"
git init -q "$T/unpinned"
git config --global stella.trustRepo "$T/unpinned"
expect 4 "a trust repository without a pin" stella status
expect 5 "a pin is set only where it leads to a state" sh -c "cd '$T/clone' && '$builddir/stella' pin $root"
git config --global stella.trustRepo "$T/central"
git -C "$T/central" config --unset stella.trustRoot
expect 4 "no pin" stella status
expect 0 "set from a project" stella pin "$root"
same "in the trust repository" "$(git -C "$T/central" config stella.trustRoot)" "$root"

# ---- news come by the user's own fetch; nothing here opens a connection
cd "$T/trust" || exit 1
(XDG_STATE_HOME=$T/elsewhere && both stella issuer suspend ci --reason "trouble") # another user's machine
cd "$T/one" || exit 1
expect 0 "what was not fetched is not known" stella verify attestation "$id"
git -C "$T/central" pull -q
expect 1 "a fetch later it is" stella verify attestation "$id"
git -C "$T/central" reset -q --hard HEAD~2
expect 4 "and cannot be taken back unseen" stella verify attestation "$id"
match "rollback"
git -C "$T/central" reset -q --hard origin/main

# ---- shallow and partial clones, other owners, read-only places
be alice
git clone -q --depth 1 "file://$T/trust" "$T/shallow"
expect 5 "a shallow trust repository" stella verify attestation "$id" --trust-repo "$T/shallow" --trust-root "$root" --no-memory
match "git fetch --unshallow"
git -C "$T/trust" config uploadpack.allowFilter true
git clone -q --no-checkout --filter=blob:none "file://$T/trust" "$T/partial" 2> /dev/null
expect 5 "a partial one" stella verify attestation "$id" --trust-repo "$T/partial" --trust-root "$root" --no-memory
match "git fetch --refetch --no-filter"
git clone -q --depth 1 "file://$T/one" "$T/shallow-project" 2> /dev/null
git -C "$T/shallow-project" fetch -q --depth 1 origin attestations:attestations
expect 1 "a shallow project is none of trust's business" stella -C "$T/shallow-project" verify attestation "$id"
match "suspended"
if [ "$(id -u)" -eq 0 ]; then
	chown -R 12345 "$T/shallow"
	expect 4 "another user's trust repository" stella verify attestation "$id" --trust-repo "$T/shallow" --trust-root "$root"
	match "safe.directory"
	chown -R 0 "$T/shallow"
else
	echo "# NOT RUN: another user's repository (not root)"
fi
cd "$T/trust" || exit 1
both stella issuer trust ci --reason "well again" --no-memory
git -C "$T/central" pull -q
cd "$T/one" || exit 1
cat > "$T/read-only" <<X
#!/bin/sh
# The trust repository, and what else is given, mounted read-only.
for place in "$T/central" \$PLACES; do
	mount --bind "\$place" "\$place" && mount -o remount,bind,ro "\$place" || exit 99
done
touch "$T/central/x" 2> /dev/null && exit 98
exec "$builddir/stella" "\$@"
X
chmod +x "$T/read-only"
if env PLACES= unshare -rm "$T/read-only" --version > /dev/null 2>&1; then
	export PLACES
	PLACES=
	expect 0 "a read-only trust repository" unshare -rm "$T/read-only" verify attestation "$id"
	PLACES=$T/one
	expect 0 "and a read-only project" unshare -rm "$T/read-only" verify attestation "$id"
	PLACES=$T/state
	touch -d '2 days ago' "$T/state"
	rm -rf "$T/state/stella"
	expect 7 "a memory that cannot be written" unshare -rm "$T/read-only" verify attestation "$id"
	match "--no-memory"
	expect 0 "unless it is not wanted" unshare -rm "$T/read-only" verify attestation "$id" --no-memory
	PLACES=$T/one
	expect 7 "a read-only project stores nothing" unshare -rm "$T/read-only" attest create --subject "$digest" --type https://example.org/x --key "$HOME/build.key" --force
else
	echo "# NOT RUN: read-only mounts (no right to mount here)"
fi
done_testing

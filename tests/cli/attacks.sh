#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The attacks of docs/trust-model.md section 4 with real git on a real repository.  The exact verdicts of
# all of them, and of thousands of random histories, are those of replay-histories; here is what git itself does.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
people alice bob carol mallory
trust_repo alice bob carol

number()
{
	stella status --no-memory -o json 2> /dev/null | jq -r '.heads[0].number'
}

# in_force N TEXT: the state number, and no complaint.
in_force()
{
	same "$2: state $1 is in force" "$(number)" "$1"
}

both stella issuer add acme --reason "first"
in_force 1 "the ordinary way"
one=$(git rev-parse HEAD)

# ---- replay: A, B, A again under the old approvals
both stella issuer suspend acme --reason "trouble"
in_force 2 "suspended"
two=$(git rev-parse HEAD)
git reset -q --hard "$(forge_commit "$two" "$one^{tree}" "back to the old tree")"
in_force 2 "an unsigned return to an old tree"
git reset -q --hard "$two"
git merge -q -s ours --no-edit "$one" 2> /dev/null
git reset -q --hard "$(git commit-tree -p "$two" -p "$one" -m "merge the old approvals" "$one^{tree}")"
in_force 2 "old approvals merged again"
git reset -q --hard "$two"

# ---- a signature is not an approval
git reset -q --hard "$(forge_commit "$two" "$one^{tree}" "work in progress" alice)"
in_force 2 "signed by a member, without the line"
git reset -q --hard "$two"

# ---- signed again by git's own commands: author and committer differ, or the state does
be alice
git switch -qc proposal "$two"
try 0 stella issuer trust acme --reason "please"
git switch -q main
be mallory
git reset -q --hard "$two"
git switch -q proposal
target=$(git log -1 --format=%B | sed -n 's/^Stella-Approve: //p')
same "the line is there" "${#target}" 64
evil=$(printf 'evil\n\nplease\n\nStella-Approve: %s\n' "$target" | GIT_AUTHOR_NAME=mallory git commit-tree -p "$two" "proposal^{tree}")
for how in cherry-pick amend rebase am; do
	git switch -q --detach "$two"
	be bob
	case $how in
	cherry-pick) git cherry-pick -S "$evil" > /dev/null 2>&1 ;;
	amend) git reset -q --hard "$evil" && git commit -q --amend -S --no-edit ;;
	rebase) git reset -q --hard "$evil" && git rebase -q --force-rebase -S "$two" > /dev/null 2>&1 ;;
	am) git format-patch -q -1 --stdout "$evil" | git am -q -S > /dev/null 2>&1 ;;
	esac
	git update-ref refs/heads/main HEAD
	git symbolic-ref HEAD refs/heads/main
	same "$how: nobody but git says that bob signed" "$(git log -1 --format=%GK | wc -l | tr -d ' ')" 1
	in_force 2 "$how by a member"
	expect 0 "$how: status tells" stella status --no-memory
	match "sign"
	git reset -q --hard "$two"
done

# ---- trailers that are none
be bob
for text in "Stella-Approve: $target" "subject

 Stella-Approve: $target" "subject

Stella-Approve: $target
Stella-Approve: $target" "subject

Stella-Approve: $target

more text" "subject

stella-approve: $target" "subject

Stella-Approve: $(echo "$target" | tr a-f A-F)"; do
	git reset -q --hard "$(GIT_AUTHOR_DATE=@1 GIT_COMMITTER_DATE=@1 forge_commit "$two" "proposal^{tree}" "$text" alice)"
	git reset -q --hard "$(forge_commit HEAD "HEAD^{tree}" "$text" bob)"
	in_force 2 "no trailer: $(echo "$text" | tail -n 1 | cut -c1-20)"
done
git reset -q --hard "$two"

# ---- pull requests: merge commit, fast-forward, squash, rebase
be bob
git switch -q proposal
try 0 stella approve --yes --reason "yes"
git switch -q main
git merge -q --no-ff --no-edit proposal
in_force 3 "a merge commit without any signature of its own"
git reset -q --hard "$two"
git merge -q --ff-only proposal
in_force 3 "a fast-forward"
git reset -q --hard "$two"
git merge -q --squash proposal > /dev/null
git -c user.name=forge commit -q -m "squashed"
in_force 2 "a squash loses the approvals, safely"
expect 4 "check tells" stella check --no-memory
match "0 of 2"
both stella approve --yes --reason "again, on top"
in_force 3 "mended by approving on top"
git reset -q --hard "$two"
git commit -q --allow-empty -m "elsewhere"
git switch -q proposal
be carol
git rebase -q main > /dev/null 2>&1
git switch -q main
git merge -q --ff-only proposal
in_force 2 "a rebase loses the approvals, safely"
git reset -q --hard "$two"

# ---- rename, mode and type tricks
be alice
trick()
{
	tree=$(git write-tree)
	git read-tree HEAD
	for who in alice bob; do
		git reset -q --hard "$(forge_commit HEAD "$tree" "trick" "$who")" 2> /dev/null
	done
	in_force 2 "$1"
	expect 0 "$1: status stands" stella status --no-memory
	match "cannot take effect"
	git reset -q --hard "$two"
}
blob=$(git rev-parse HEAD:README.md)
git update-index --add --cacheinfo "120000,$blob,issuers/link"; trick "a symbolic link"
git update-index --add --cacheinfo "100755,$blob,issuers/run.json"; trick "an executable"
git update-index --add --cacheinfo "160000,$two,issuers/sub"; trick "a submodule"
git update-index --add --cacheinfo "100644,$blob,issuers/ACME.json"; trick "a name that differs by case"
git update-index --add --cacheinfo "100644,$blob,issuers/a b"; trick "a space in a name"

# ---- forks: two policy changes from one state
git switch -qc left "$two"
both stella policy renew --expires 101d --reason "left"
left=$(git rev-parse HEAD)
git switch -qc right "$two"
both stella policy renew --expires 102d --reason "right"
git switch -q main
git reset -q --hard "$left"
git merge -q -s ours --no-edit right
expect 4 "a fork is told" stella status --no-memory
match "fork"
expect 4 "and nothing is verified in it" stella policy show --no-memory
both stella approve --yes --reason "left it is" --no-memory
in_force 4 "a fork resolved by both roots"
git reset -q --hard "$two"

# ---- the store: shallow clones, replace refs, grafts, missing objects, environment, configuration
git clone -q --depth 1 "file://$T/trust" "$T/shallow" 2> /dev/null
expect 5 "a shallow clone" stella -C "$T/shallow" status --trust-root "$root" --no-memory
match "--unshallow"
git replace "$two" "$(forge_commit "$two~1" "$one^{tree}" "replaced")"
in_force 2 "a replace ref"
git replace -d "$two" > /dev/null
echo "$two $one" > .git/info/grafts
in_force 2 "a graft"
rm .git/info/grafts
marker=$T/marker
cat > "$T/evil.sh" <<X
#!/bin/sh
touch "$marker"
X
chmod +x "$T/evil.sh"
for name in gpg.ssh.program gpg.program core.fsmonitor core.sshCommand core.pager diff.external filter.x.clean; do
	git config "$name" "$T/evil.sh"
done
echo '* filter=x' > .git/info/attributes
for hook in post-checkout pre-commit reference-transaction; do
	cp "$T/evil.sh" ".git/hooks/$hook"
done
in_force 2 "hostile configuration"
same "no program was run" "$(ls "$marker" 2> /dev/null)" ""
for name in gpg.ssh.program gpg.program core.fsmonitor core.sshCommand core.pager diff.external filter.x.clean; do
	git config --unset "$name"
done
rm -f .git/info/attributes .git/hooks/post-checkout .git/hooks/pre-commit .git/hooks/reference-transaction
GIT_REPLACE_REF_BASE=refs/evil GIT_OBJECT_DIRECTORY=/nonexistent GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=stella.trustRoot \
	GIT_CONFIG_VALUE_0=$one GIT_NAMESPACE=x number > "$T/out"
same "hostile environment" "$(cat "$T/out")" 2
expect 2 "a tag is no tip" sh -c "git tag -a -m x v1 && '$builddir/stella' status --no-memory --trust-ref refs/tags/v1"
expect 2 "a short name is no tip" stella status --no-memory --trust-ref main
expect 2 "an expression is no tip" stella status --no-memory --trust-ref 'HEAD^{/x}'
object=$(git rev-parse "$one")
git clone -q --no-hardlinks "$T/trust" "$T/broken" 2> /dev/null
rm -f "$T/broken/.git/objects/$(echo "$object" | cut -c1-2)/$(echo "$object" | cut -c3-)"
if [ -e "$T/broken/.git/objects/pack" ] && ls "$T"/broken/.git/objects/pack/*.pack > /dev/null 2>&1; then
	mv "$T"/broken/.git/objects/pack/*.pack "$T/p.pack"
	rm -f "$T"/broken/.git/objects/pack/*
	git -C "$T/broken" unpack-objects -q < "$T/p.pack"
	rm -f "$T/broken/.git/objects/$(echo "$object" | cut -c1-2)/$(echo "$object" | cut -c3-)"
fi
expect 5 "a missing commit" stella -C "$T/broken" status --trust-root "$root" --no-memory
rm -rf "$T/broken"
done_testing

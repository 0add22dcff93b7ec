#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# evidence packs made by somebody hostile: what is no plain file, what leads elsewhere, what would run something, what
# is too much, and what changes while it is read.  No yes comes of it, nothing is waited for, nothing else is read.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"

people alice bob
trust_repo alice bob
signing_key build
issuer_with_key ci build
printf 'the program\n' > "$HOME/program"
id=$(stella attest create --subject "$HOME/program" --type slsaprovenance1 --key "$HOME/build.key" 2> /dev/null | head -n 1)
try 0 stella verify artifact "$HOME/program" --evidence "$T/pack"
mv "$T/trust" "$T/away"
mkdir "$T/auditor" "$T/tmp"
TMPDIR=$T/tmp
export TMPDIR
cd "$T/auditor" || exit 1
attestation=attestations/$id.json
for pack in "$T"/pack/trust.git/objects/pack/*.pack; do # all of it loose, so that each object is a file
	[ -f "$pack" ] || continue
	mv "$pack" "$T/loose.pack"
	rm -f "${pack%.pack}".*
	git --git-dir="$T/pack/trust.git" unpack-objects -q < "$T/loose.pack"
done
chmod -R u+w "$T/pack"
tip=$(jq -r .tip "$T/pack/pack.json")
object=trust.git/objects/$(printf %s "$tip" | cut -c1-2)/$(printf %s "$tip" | cut -c3-)

check()
{
	timeout 60 "$builddir/stella" verify evidence "$T/bad" --trust-root "$root" > "$T/out" 2> "$T/err"
}
refuse() # TEXT: whatever was done to $T/bad
{
	check
	status=$?
	if [ "$status" -eq 0 ] || grep -q '^VERIFIED' "$T/out" || [ "$status" -ge 100 ]; then
		fail "$1: exit $status"
	else
		pass "$1: exit $status"
	fi
	[ "$(wc -l < "$T/err" | tr -d ' ')" -le 2 ] || fail "$1: more than a line and a hint"
	rm -rf "$T/bad"
}
accept() # TEXT
{
	expect 0 "$1" check
	rm -rf "$T/bad"
}
fresh()
{
	cp -r "$T/pack" "$T/bad"
}
fresh; accept "as it is"

# ---- what is no plain file
for name in pack.json verdict.json "$attestation" "$object" attestations trust.git trust.git/objects "$(dirname "$object")"; do
	fresh; mv "$T/bad/$name" "$T/kept"; mkfifo "$T/bad/$name"; refuse "$name is a FIFO"
	fresh; rm -rf "${T:?}/bad/$name"; ln -s "$T/kept" "$T/bad/$name"; refuse "$name is a link to what it was"
	fresh; rm -rf "${T:?}/bad/$name"; ln -s /dev/zero "$T/bad/$name"; refuse "$name leads to a device"
	fresh; rm -rf "${T:?}/bad/$name"; ln -s "$name" "$T/bad/$name"; refuse "$name leads nowhere"
	rm -rf "$T/kept"
done
for name in pack.json verdict.json "$attestation" "$object"; do
	fresh; rm "$T/bad/$name"; mkdir "$T/bad/$name"; refuse "$name is a directory"
	fresh; truncate -s 1T "$T/bad/$name"; refuse "$name is a terabyte"
	fresh; : > "$T/bad/$name"; refuse "$name is empty"
done
fresh; mkfifo "$T/bad/trust.git/objects/pack/x.pack"; refuse "a pack of git's is a FIFO"
fresh; mkfifo "$T/bad/trust.git/objects/pack/x.idx"; refuse "an index is a FIFO"
fresh; head -c 4096 /dev/urandom > "$T/bad/trust.git/objects/pack/x.idx"; cp "$T/bad/trust.git/objects/pack/x.idx" "$T/bad/trust.git/objects/pack/x.pack"
accept "an index of noise is none"
expect 3 "the pack is a file" stella verify evidence "$T/pack/pack.json" --trust-root "$root"
ln -s "$T/pack" "$T/link"
expect 0 "whoever checks may name it by a link" stella verify evidence "$T/link" --trust-root "$root"

# ---- too much
fresh; (cd "$T/bad/$(dirname "$object")" && seq 100001 | xargs touch); refuse "a hundred thousand loose objects"
fresh; (cd "$T/bad/trust.git/objects/pack" && seq 1001 | sed 's/$/.idx/' | xargs touch); refuse "a thousand packs"
fresh; (cd "$T/bad/attestations" && seq 100000 | xargs touch); accept "a hundred thousand files that nobody names"
fresh; jq '.attestations = [range(20000) | tostring | . as $n | ("0" * (64 - ($n | length))) + $n]' "$T/pack/pack.json" > "$T/bad/pack.json"
refuse "twenty thousand attestations"
fresh; truncate -s 3G "$T/bad/trust.git/objects/pack/x.pack"; refuse "a pack of three gigabytes"

# ---- names that lead out
for path in "../pack" "../../etc/passwd" "/etc/passwd" "." ""; do
	fresh; jq --arg path "$path" '.attestations = [$path]' "$T/pack/pack.json" > "$T/bad/pack.json"; refuse "an attestation called \"$path\""
	fresh; jq --arg path "$path" '.gate = $path' "$T/pack/pack.json" > "$T/bad/pack.json"; refuse "a gate called \"$path\""
done

# ---- what git would follow or run in its git directory: none of it is looked at
git_bad="git --git-dir=$T/bad/trust.git"
mkfifo "$T/fifo"
fresh; printf '[include]\n\tpath = %s\n' "$T/fifo" >> "$T/bad/trust.git/config"; accept "a configuration that includes a FIFO"
fresh; printf '[core]\n\trepositoryformatversion = 99\n[extensions]\n\tpreciousness = true\n' >> "$T/bad/trust.git/config"; accept "an unknown format"
for key in core.fsmonitor core.sshCommand core.hooksPath core.pager diff.external gpg.program gpg.ssh.program credential.helper; do
	fresh; $git_bad config $key "sh -c 'touch $T/ran'"; accept "$key"
done
same "nothing was run" "$(ls "$T/ran" 2> /dev/null)" ""
fresh; rm "$T/bad/$object"; mkdir -p "$T/bad/trust.git/objects/info"
printf '%s\n' "$T/away/.git/objects" > "$T/bad/trust.git/objects/info/alternates"
same "git finds it by the alternates" "$($git_bad cat-file -t "$tip")" commit
refuse "an object that is elsewhere"
fresh; rm "$T/bad/$object"; printf '%s\n' "$T/away/.git" > "$T/bad/trust.git/commondir"; refuse "a common directory elsewhere"
fresh; rm -rf "$T/bad/trust.git"; printf 'gitdir: %s\n' "$T/away/.git" > "$T/bad/trust.git"; refuse "a file that leads to another git directory"
fresh; $git_bad replace "$tip" "$root"; accept "a replacement of its tip"
fresh; mkdir -p "$T/bad/trust.git/info"; printf '%s\n' "$tip" > "$T/bad/trust.git/info/grafts"; accept "a graft of its tip"
fresh; printf '%s\n' "$tip" > "$T/bad/trust.git/shallow"; accept "a boundary at its tip"
fresh; rm -rf "$T/bad/trust.git/HEAD" "$T/bad/trust.git/config" "$T/bad/trust.git/refs"; accept "no git directory but its objects"

# ---- a repository in the pack that brings a pin
fresh
git init -q "$T/bad"
git -C "$T/bad" config stella.trustRoot "$root"
cd "$T/bad" || exit 1
expect 4 "who stands in the pack is not told what to believe" stella verify evidence .
match "a pack is not believed for its own"
cd "$T/bad/attestations" || exit 1
expect 4 "nor below it" stella verify evidence ..
cd "$T/bad/trust.git" || exit 1
git config stella.trustRoot "$root"
expect 4 "nor in its git directory" stella verify evidence ..
cd "$T/bad" || exit 1
rm -rf .git
git init -q --separate-git-dir "$T/bad/trust.git/nested" .
git config stella.trustRoot "$root"
expect 4 "nor by a .git that leads elsewhere" stella verify evidence .
expect 0 "but by who names the root" stella verify evidence . --trust-root "$root"
printf '[include]\n\tpath = %s\n' "$T/fifo" >> "$T/bad/trust.git/nested/config"
expect 0 "and then no repository here is opened" timeout 20 "$builddir/stella" verify evidence . --trust-root "$root"
cd "$T/auditor" || exit 1
rm -rf "$T/bad"
git init -q "$T/auditor"
git config stella.trustRoot "$root"
cp -r "$T/pack" "$T/auditor/pack"
cd "$T/auditor/pack" || exit 1
expect 0 "the repository around the pack is the checker's" stella verify evidence .
cd "$T/auditor" || exit 1
rm -rf "$T/auditor/pack" "$T/auditor/.git"

# ---- a pack that changes while it is read
fresh
(
	while :; do
		for name in "$object" "$attestation" verdict.json pack.json; do
			for how in fifo link empty huge whole; do
				rm -f "$T/bad/$name"
				case $how in
				fifo) mkfifo "$T/bad/$name" ;;
				link) ln -s /dev/zero "$T/bad/$name" ;;
				empty) : > "$T/bad/$name" ;;
				huge) truncate -s 1T "$T/bad/$name" ;;
				esac
				rm -f "$T/bad/$name"
				cp "$T/pack/$name" "$T/bad/$name"
			done
		done
	done
) 2> /dev/null &
changer=$!
yes=0 no=0 wrong=0
for _ in $(seq 150); do
	check
	status=$?
	case $status in
	0) if grep -q '^VERIFIED' "$T/out"; then yes=$((yes + 1)); else wrong=$((wrong + 1)); fi ;;
	[1-7]) if grep -q '^VERIFIED' "$T/out"; then wrong=$((wrong + 1)); else no=$((no + 1)); fi ;;
	*) wrong=$((wrong + 1)) ;;
	esac
done
kill "$changer"
wait "$changer" 2> /dev/null
same "whole or refused ($yes and $no times), nothing else" "$wrong" 0
rm -rf "$T/bad"
same "no copy is left" "$(find "$T/tmp" -mindepth 1 | head -n 1)" ""
mv "$T/away" "$T/trust"
done_testing

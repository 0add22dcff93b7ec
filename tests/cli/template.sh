#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trust-repo-template/: what init writes is what lies there, its YAML is sound, and the steps of its workflows do
# what they say when they are run.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-$(dirname "$0")/../..}/tests/cli/lib.sh"
template=$srcdir/trust-repo-template
people alice bob carol
trust_repo alice bob carol

# ---- init writes all of it, and the tree is valid
(cd "$template" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) > "$T/template"
git ls-tree -r --name-only HEAD | grep -v '^policy\.json$' | LC_ALL=C sort > "$T/written"
same "the files" "$(cat "$T/written")" "$(cat "$T/template")"
while IFS= read -r file; do
	git show "HEAD:$file" | cmp -s - "$template/$file" && pass "$file as it lies there" || fail "$file differs"
done < "$T/template"
expect 0 "the tree is valid and in force" stella check
same "who may change a workflow is decided by the role root" \
	"$(git show HEAD:policy.json | jq -r '.paths | keys | map(select(startswith("."))) | length')" 0
be alice
echo '# changed' >> .github/workflows/trust.yml
git commit -qam "a workflow"
expect 4 "so a change of it needs approval" stella check --base "$root" --head refs/heads/main
match "role root: 0 of 2"
git reset -q --hard "$root"

# ---- YAML
if ! command -v yamllint > /dev/null 2>&1 || ! python3 -c 'import yaml' 2> /dev/null; then
	echo "# NOT RUN: the YAML of the template (yamllint and python3-yaml are missing; ./bootstrap deps installs them)"
	echo "ok $((test_count += 1)) - the steps # SKIP no yamllint or python3-yaml"
	done_testing
fi
for file in "$template/.github/workflows/trust.yml" "$template/.gitlab-ci.yml" "$srcdir/.pre-commit-hooks.yaml"; do
	expect 0 "yamllint $(basename "$file")" yamllint -s -d \
		'{extends: default, rules: {line-length: {max: 150}, document-start: disable, comments: {min-spaces-from-content: 1}}}' "$file"
done

# The steps of a workflow: N.sh, N.if, N.env (the names that it sets), for both forges.
cat > "$T/steps.py" <<'X'
import sys, yaml, os, re
github, gitlab, out = sys.argv[1:]
def put(prefix, n, script, env, cond):
    assert '${{' not in script, 'an expression inside of a script: ' + script
    open(os.path.join(out, '%s.%d.sh' % (prefix, n)), 'w').write(script)
    open(os.path.join(out, '%s.%d.env' % (prefix, n)), 'w').write(' '.join(sorted(env)))
    open(os.path.join(out, '%s.%d.if' % (prefix, n)), 'w').write(cond or '')
text = open(github).read()
w = yaml.safe_load(text)
assert set(w) == {'name', 'on', 'permissions', 'jobs'}, set(w)
assert w['permissions'] == {'contents': 'read'}, w['permissions']
assert set(w['on']) == {'pull_request', 'push'}, w['on']
assert not re.search(r'\bsecrets\.', text) and 'pull_request_target' not in text
job = w['jobs']['check']
for n, step in enumerate(job['steps']):
    assert set(step) <= {'name', 'run', 'env', 'if'}, step  # nothing of others is run: no "uses"
    put('github', n, step['run'], list(step.get('env', {})) + list(job['env']), step.get('if'))
g = yaml.safe_load(open(gitlab))['trust']
assert g['variables']['GIT_DEPTH'] == '0'
for n, script in enumerate(g['script']):
    put('gitlab', n, script, [], None)
X
mkdir "$T/steps"
expect 0 "the steps are plain shell, with the least permission" python3 "$T/steps.py" "$template/.github/workflows/trust.yml" \
	"$template/.gitlab-ci.yml" "$T/steps"
if command -v shellcheck > /dev/null 2>&1; then
	expect 0 "shellcheck of the steps" shellcheck -S warning -s sh "$T"/steps/*.sh
else
	echo "# NOT RUN: shellcheck of the steps"
fi

# ---- a forge: a bare repository, and its runner
git init -q --bare "$T/forge.git"
git remote add origin "$T/forge.git"
both stella issuer add acme --reason "first"
try 0 git push -q origin main
git switch -qc change
be alice
try 0 stella issuer trust acme --reason "audited"
try 0 git push -q origin HEAD:refs/pull/1/head HEAD:refs/heads/change
be bob
try 0 stella approve --yes --reason "seen"
try 0 git push -q origin HEAD:refs/pull/2/head HEAD:refs/heads/approved
git switch -q main
mkdir "$T/bin"
ln -s "$builddir/stella" "$T/bin/stella"

# step FORGE N NAME=VALUE...: runs one, as the forge does; every name that the workflow sets must be given.
step()
{
	forge=$1 n=$2
	shift 2
	for name in $(cat "$T/steps/$forge.$n.env"); do
		case " $* " in *" $name="*) ;; *) echo "$name is not given" >&2; return 99 ;; esac
	done
	env "$@" PATH="$T/bin:/usr/bin:/bin" bash -e -o pipefail "$T/steps/$forge.$n.sh"
}

# github EVENT HEAD [NAME=VALUE]: the whole job in a workspace of its own.
github()
{
	event=$1 head=$2
	shift 2
	rm -rf "$T/workspace"
	mkdir "$T/workspace"
	: > "$T/summary"
	for script in "$T"/steps/github.*.sh; do
		n=${script%.sh}
		n=${n##*.}
		condition=$(cat "$T/steps/github.$n.if")
		case $condition in
		'') ;;
		"github.event_name == '$event'") ;;
		"github.event_name == "*) continue ;;
		*) echo "a condition that is not known: $condition" >&2; return 98 ;;
		esac
		(cd "$T/workspace" && step github "$n" STELLA_TRUST_ROOT="$root" STELLA_AT_LEAST= TOKEN= HEAD_REF="$head" BASE=main \
			GITHUB_SERVER_URL="file://$T" GITHUB_REPOSITORY=forge.git GITHUB_STEP_SUMMARY="$T/summary" "$@") || return
	done
}

expect 4 "GitHub: a pull request with one approval of two" github pull_request refs/pull/1/head
match "can still approve"
same "the summary holds the report" "$(grep -c '^| .issuers. | 1 of 2' "$T/summary")" 1
expect 0 "GitHub: with both" github pull_request refs/pull/2/head
match "takes effect then"
expect 0 "GitHub: a push" github push refs/heads/main
match "holds exactly what is in force"
expect 4 "GitHub: a push of what nobody approved" github push refs/heads/change
expect 2 "GitHub: without the pin" github push refs/heads/main STELLA_TRUST_ROOT=
match "STELLA_TRUST_ROOT"
expect 4 "GitHub: with another pin" github push refs/heads/main STELLA_TRUST_ROOT="$(git commit-tree -m other 'main^{tree}')"
expect 4 "GitHub: a state that must not be missing" github pull_request refs/pull/2/head STELLA_AT_LEAST="$(printf '%064d' 7)"
expect 0 "GitHub: with a token" github push refs/heads/main TOKEN=abc
same "the token is in no file" "$(grep -rl -e eC1hY2Nlc3MtdG9rZW46YWJj -e "token:abc" "$T/workspace" | wc -l | tr -d ' ')" 0
mv "$T/bin/stella" "$T/bin/away"
if [ -e /usr/bin/stella ] || [ -e /bin/stella ]; then
	echo "# NOT RUN: a runner without stella, since this machine has one"
else
	expect 2 "GitHub: without stella" github push refs/heads/main
	match "not on this runner"
fi
mv "$T/bin/away" "$T/bin/stella"

# gitlab REV TARGET: the runner's clone has no other branch.
gitlab()
{
	rm -rf "$T/workspace"
	git clone -q --single-branch --branch "$1" "file://$T/forge.git" "$T/workspace"
	for script in "$T"/steps/gitlab.*.sh; do
		n=${script%.sh}
		(cd "$T/workspace" && step gitlab "${n##*.}" STELLA_TRUST_ROOT="$root" CI_MERGE_REQUEST_TARGET_BRANCH_NAME="$2" \
			CI_COMMIT_SHA="$(git -C "$T/workspace" rev-parse HEAD)") || return
	done
}
expect 4 "GitLab: a merge request with one approval of two" gitlab change main
match "1 of 2"
expect 0 "GitLab: with both" gitlab approved main
match "takes effect then"
same "the report is kept" "$(grep -c '^### Trust' "$T/workspace/trust-report.md")" 1
expect 0 "GitLab: the trust branch" gitlab main ""
expect 4 "GitLab: a branch that nobody approved" gitlab change ""

# ---- pre-commit
entry=$(python3 -c 'import yaml, sys; print(yaml.safe_load(open(sys.argv[1]))[0]["entry"])' "$srcdir/.pre-commit-hooks.yaml")
expect 0 "the pre-commit hook: a good policy" env PATH="$T/bin:$PATH" sh -c "$entry policy.json"
sed 's/"threshold": 2/"threshold": 9/' policy.json > "$T/policy.json"
expect 3 "and a bad one" env PATH="$T/bin:$PATH" sh -c "$entry $T/policy.json"
rm -rf "$T/workspace"
done_testing

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The house tests itself: layers, walls, names, a test per file, a licence line, documented commands.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"
build=${builddir:-.}
failures=$(mktemp)
table=$(mktemp)
trap 'rm -f "$failures" "$table"' EXIT
n=0

# ok TEXT: reports what the check before it left in $failures.
ok()
{
	n=$((n + 1))
	if [ -s "$failures" ]; then
		echo "not ok $n - $1"
		sed 's/^/# /' "$failures"
		bad=1
		: > "$failures"
	else
		echo "ok $n - $1"
	fi
}
bad=0

# The floor plan: rows "| layer | `file` | ... | may also include |" of docs/ARCHITECTURE.md.
# shellcheck disable=SC2016 # backquotes of Markdown
sed -n 's/^| *\([a-z]*\) *| *`\([a-z0-9_]*\)` *|[^|]*| *\([a-z0-9_ `–-]*\)|$/\1 \2 \3/p' docs/ARCHITECTURE.md |
	tr -d '`–' > "$table"
layer_of()
{
	awk -v f="$1" '$2 == f { print $1 }' "$table"
}
height()
{
	case $1 in
	base) echo 1 ;; crypto) echo 2 ;; formats) echo 3 ;; repo) echo 4 ;;
	trust) echo 5 ;; verify) echo 6 ;; store) echo 7 ;; *) echo 0 ;;
	esac
}

for file in lib/*.c; do
	name=$(basename "$file" .c)
	[ -n "$(layer_of "$name")" ] || echo "$file is not in docs/ARCHITECTURE.md"
done > "$failures"
awk '{ print $2 }' "$table" | while IFS= read -r name; do
	[ -f "lib/$name.c" ] || [ -f "lib/$name.h" ] || echo "docs/ARCHITECTURE.md names lib/$name, which is not there"
done >> "$failures"
ok "the floor plan is the list of files"

sed -e ':a' -e '/\\$/{N' -e 'ba' -e '}' Makefile.am | grep '^\(libstella_la\|stella\)_SOURCES' | tr -s ' \t' '\n\n' | grep '/' | LC_ALL=C sort | uniq -d > "$failures"
tr -s ' \t,;' '\n\n\n\n' < src/cmd.h | grep '_opts\[\]$' | LC_ALL=C sort | uniq -d >> "$failures"
ok "no file of the build and no table of options is named twice"

for file in lib/*.c lib/*.h; do
	name=$(basename "$file")
	name=${name%.*}
	own=${name%_internal}
	mine=$(height "$(layer_of "$own")")
	allowed=" $(awk -v f="$own" '$2 == f { $1 = $2 = ""; print }' "$table") "
	sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file" | while IFS= read -r used; do
		base=${used%_internal}
		[ "$base" != "$own" ] || continue
		theirs=$(height "$(layer_of "$base")")
		[ "$theirs" -ge "$mine" ] || continue
		case $allowed in *" $base "*) continue ;; esac
		echo "$file includes $used.h, which is not below it"
	done
done > "$failures"
ok "layers point down"

wall()
{
	pattern=$1
	shift
	for file in lib/*.c lib/*.h src/*.c src/*.h; do
		case " $* " in *" $(basename "$file") "*) continue ;; esac
		grep -l "#include <$pattern" "$file" || true
	done | sed "s|\$| includes <$pattern...>|"
}
{
	wall json-c json.c
	wall git2 repo_diff.c repo_internal.h repo_odb.c refs_pack.c
	wall gnutls x509.c signer.c signer_file.c signer_pkcs11.c x509_chain.c
	wall curl fetch.c
	wall rnp openpgp.c
	wall nettle digest.c rawkey.c encode.c
} > "$failures"
ok "one wall per foreign library"

grep -nE '\b(printf|fprintf|puts|putchar|perror|exit|_exit|abort)\(' lib/*.c |
	grep -vE 'lib/buf\.c:[0-9]+:.*abort' | grep -vE ':[[:space:]]*(/\*|\*)' > "$failures" || true
ok "the library prints nothing and ends nothing"
grep -nE '\b(time|gettimeofday|clock_gettime)\(' lib/*.c | grep -v '^lib/sys' > "$failures" || true
ok "one clock"
grep -nE '\b(secure_)?getenv\(' lib/*.c | grep -vE '^lib/(sys|repo|signer)[a-z_]*\.c' > "$failures" || true
ok "the environment is read in sys, repo and signer only"
grep -nwE 'strcpy|strcat|sprintf|vsprintf|gets|strtok|mktemp|system|popen|alloca|atoi|atol|rand' lib/*.c src/*.c |
	grep -E '(strcpy|strcat|sprintf|vsprintf|gets|strtok|mktemp|system|popen|alloca|atoi|atol|rand)\(' > "$failures" || true
ok "no banned function"
grep -nE '^typedef|TODO|FIXME|\<XXX\>' lib/*.[ch] src/*.[ch] > "$failures" || true
ok "no typedef, nothing left to do"

for file in lib/*.c; do
	name=$(basename "$file" .c)
	case $name in *_internal) continue ;; esac
	[ -f "lib/$name.h" ] || continue # the second half of another file
	[ -f "tests/check_$name.c" ] || grep -q "[ /]$name\.c" tests/covered-by.txt 2>/dev/null || echo "no tests/check_$name.c"
done > "$failures"
ok "each file of the library has its test"

find lib src tests docs man .ci bootstrap configure.ac Makefile.am -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \
	-o -name '*.am' -o -name '*.ac' -o -name '*.[15]' -o -name bootstrap -o -path '.ci/run' \) |
	while IFS= read -r file; do
		head -n 5 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
	done > "$failures"
ok "one licence line a file"

if [ -f "$build/.libs/libstella.a" ]; then
	nm -g --defined-only "$build/.libs/libstella.a" 2>/dev/null |
		awk 'NF == 3 && $3 !~ /^(stella_|_*(asan|ubsan|odr)|__|\.)/ { print $3 }' > "$failures"
	ok "every exported name begins with stella_"
fi

if [ -x "$build/stella" ]; then
	"$build/stella" help --all | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p' | while IFS= read -r command; do
		page=man/stella-${command%% *}.1
		# shellcheck disable=SC2086 # words
		"$build/stella" $command --help > "$table.help" || echo "stella $command --help fails"
		grep -q "^\.It Cm $command" "$page" || echo "$page: $command"
		grep -q -e ' --at \| --reason ' "$table.help" || grep -q "^\.\(It \)\{0,1\}\(.*, \)\{0,1\}Cm $command\( ,.*\)\{0,1\}$" man/stella.1 ||
			echo "man/stella.1: why $command has no --at"
		sed -n '/^options:/,$s/^  *\(-[a-z], \)\{0,1\}--\([a-z0-9-]*\).*/\2/p' "$table.help" | while IFS= read -r option; do
			grep -q "Fl -$option\>" "$page" man/stella.1 || echo "$page: --$option of $command"
		done
	done > "$failures"
	rm -f "$table.help"
	ok "every command has help, a page, and its options in it"
fi
if command -v mandoc > /dev/null 2>&1; then
	for page in man/*.[15]; do
		mandoc -Tlint -W warning "$page" || true
	done > "$failures" 2>&1
	ok "the manual is clean"
fi
echo "1..$n"
exit "$bad"

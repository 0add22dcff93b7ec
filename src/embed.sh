#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh DIR: prints template.c, the files below DIR as arrays, in byte order of their paths.
set -eu
cd "$1"
printf '/* Made by embed.sh. */\n#include "template.h"\n\n'
n=0
find . -type f | LC_ALL=C sort | while IFS= read -r file; do
	printf 'static const unsigned char file_%d[] = {' "$n"
	od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
	printf '0 };\n'
	n=$((n + 1))
done
printf '\nconst struct template_file template_files[] = {\n'
n=0
find . -type f | LC_ALL=C sort | while IFS= read -r file; do
	printf '\t{ "%s", file_%d, sizeof file_%d - 1 },\n' "${file#./}" "$n" "$n"
	n=$((n + 1))
done
printf '\t{ NULL, NULL, 0 },\n};\n'

/* SPDX-License-Identifier: Apache-2.0 */
/* completion: the scripts of the shells, which ask 'stella completion candidates' for everything. */
#include <string.h>

#include "complete.h"

static const char bash[] =
	"# bash completion for stella\n"
	"_stella()\n"
	"{\n"
	"	local line files= current=${COMP_WORDS[COMP_CWORD]}\n"
	"	COMPREPLY=()\n"
	"	while IFS= read -r line; do\n"
	"		case $line in\n"
	"		:files) files=1 ;;\n"
	"		?*) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
	"		esac\n"
	"	done < <(stella completion candidates -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2> /dev/null)\n"
	"	if [ -n \"$files\" ]; then\n"
	"		[ \"$current\" != = ] || current=\n"
	"		while IFS= read -r line; do\n"
	"			COMPREPLY+=(\"$line\")\n"
	"		done < <(compgen -f -- \"$current\")\n"
	"		compopt -o filenames 2> /dev/null\n"
	"	fi\n"
	"}\n"
	"complete -F _stella stella\n";

static const char fish[] =
	"# fish completion for stella\n"
	"function __stella_complete\n"
	"	set -l words (commandline -opc) (commandline -ct)\n"
	"	for line in (command stella completion candidates -- $words[2..-1] 2> /dev/null)\n"
	"		if test \"$line\" = :files\n"
	"			__fish_complete_path (commandline -ct)\n"
	"		else\n"
	"			printf '%s\\n' $line\n"
	"		end\n"
	"	end\n"
	"end\n"
	"complete -c stella -f -a '(__stella_complete)'\n";

static const char zsh[] =
	"#compdef stella\n"
	"_stella()\n"
	"{\n"
	"	local line files=\n"
	"	local -a values shown\n"
	"	for line in ${(f)\"$(command stella completion candidates -- \"${(@)words[2,CURRENT]}\" 2> /dev/null)\"}; do\n"
	"		if [[ $line == :files ]]; then\n"
	"			files=1\n"
	"		else\n"
	"			values+=(\"${line%%$'\\t'*}\")\n"
	"			shown+=(\"${line%%$'\\t'*}  ${line#*$'\\t'}\")\n"
	"		fi\n"
	"	done\n"
	"	(( $#values )) && compadd -l -d shown -a values\n"
	"	[[ -n $files ]] && _files\n"
	"	(( $#values )) || [[ -n $files ]]\n"
	"}\n"
	"if [[ ${funcstack[1]-} == _stella ]]; then\n"
	"	_stella \"$@\"\n"
	"else\n"
	"	compdef _stella stella\n"
	"fi\n";

const struct stella_error *cmd_completion(struct cmd *cmd)
{
	static const struct { const char *name, *script; } shells[] = {
		{ "bash", bash }, { "fish", fish }, { "zsh", zsh },
	};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (!strcmp(cmd->args[0], shells[i].name)) {
			stella_buf_put_str(&cmd->out, shells[i].script);
			return NULL;
		}
	return stella_error(STELLA_USAGE, "no completion for \"%s\": expected bash, fish or zsh", cmd->args[0]);
}

const struct stella_error *cmd_completion_candidates(struct cmd *cmd)
{
	return complete(cmd);
}

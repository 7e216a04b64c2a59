# Completion of locumctl(1) in bash: locumctl itself knows what may stand where.
_locumctl()
{
	mapfile -t COMPREPLY < <("$1" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -F _locumctl locumctl

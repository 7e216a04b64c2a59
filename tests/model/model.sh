#!/bin/sh
# usage: model.sh    All orders of events of switch.pml keep its promises, and each mutant of it breaks one.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

explored() { # FLAG...: what the search says
	spin "$@" -a "$here/switch.pml" > spin.log 2>&1 && gcc -w -DSAFETY -DCOLLAPSE -o pan pan.c && ./pan -m1000000 2>&1
}

text=$(explored)
if ! printf '%s\n' "$text" | grep -q 'errors: 0$' || printf '%s\n' "$text" | grep -q 'max search depth too small'; then
	cat spin.log
	printf '%s\n' "$text"
	echo "the model breaks a promise, or was not searched"
	exit 1
fi
printf '%s\n' "$text" | grep -E 'State-vector|states, stored'
bad=0
for mutant in SHOWN_FIRST ACKED_EARLY NO_RECALL; do
	if explored "-DMUTANT_$mutant" | grep -q 'errors: 1$'; then
		echo "mutant $mutant: noticed"
	else
		echo "mutant $mutant: nobody noticed"
		bad=1
	fi
done
exit $bad

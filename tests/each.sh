#!/bin/sh
# usage: each.sh PROGRAM...    Runs them all, whatever one says; fails if one failed.
set -u
bad=0
for program; do
	echo "== $program"
	timeout 300 "$program" 2>&1
	rc=$?
	[ $rc = 0 ] || { echo "!! $program ended with $rc"; bad=1; }
done
exit $bad

#!/bin/sh
# usage: install.sh [--list] NAME...     NAME is one of build, demo, test, bench (the .list files beside this)
#
# Installs the Debian packages of these lists that are missing.  As root it installs them, and no service
# of theirs is started or enabled; otherwise it prints the command and fails.  --list only names them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
policy=/usr/sbin/policy-rc.d
mark="# put here by locum's tests/packages/install.sh for the time of one apt-get run"
list=no
[ "${1-}" != --list ] || { list=yes; shift; }

names=$(for name; do sed 's/#.*//' "$here/$name.list"; done | sort -u | tr '\n' ' ')
if ! command -v dpkg-query > /dev/null; then
	echo "locum's package lists are for Debian 12; this system has no dpkg, so nothing was checked" >&2
	exit 0
fi
# shellcheck disable=SC2086 -- lists of words, here and below
missing=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $names 2> /dev/null || :; } |
	awk -v names="$names" '$1 == "ii" {have[$2] = 1}
		END {n = split(names, a); for (i = 1; i <= n; i++) if (!have[a[i]]) printf "%s ", a[i]}')
missing=${missing% }
[ -n "$missing" ] || exit 0
apt="apt-get install -y --no-install-recommends --no-remove"
if [ $list = yes ] || [ "$(id -u)" != 0 ]; then
	cat >&2 <<TEXT
locum needs Debian packages that are not installed here:
  $missing
Run as root (no service is started or enabled):
  sh tests/packages/install.sh $*
or, which may start services of the packages:
  $apt $missing
TEXT
	exit 1
fi

enabled() { find /etc/systemd/system/*.wants /etc/systemd/system/*.requires /etc/rc[S2345].d -name '[!K]*' -type l 2> /dev/null | sort; }

saved=$policy.before-locum
restore() {
	if [ -e "$policy" ] && grep -qF "$mark" "$policy"; then
		rm -f "$policy"
	fi
	if [ -e "$saved" ]; then
		mv -f "$saved" "$policy"
	fi
}
restore # what a killed run may have left
before=$(mktemp)
trap 'restore; rm -f "$before"' EXIT
trap 'exit 130' HUP INT TERM
enabled > "$before"
# A policy that already denies starts is left alone; any other waits aside meanwhile.
rc=0
[ ! -x "$policy" ] || "$policy" nginx start > /dev/null 2>&1 || rc=$?
if [ $rc != 101 ]; then
	[ ! -e "$policy" ] || mv "$policy" "$saved"
	printf '#!/bin/sh\n%s\nexit 101\n' "$mark" > "$policy"
	chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
echo "installing $missing"
if ! $apt -qq --simulate $missing > /dev/null 2>&1; then
	apt-get -qq update
	updated=yes
fi
$apt -qq -o Dpkg::Use-Pty=0 $missing || {
	[ -z "${updated-}" ] || exit 1
	apt-get -qq update # the index was old: the mirror has newer files
	$apt -qq -o Dpkg::Use-Pty=0 $missing
}

# Their postinst scripts enable services for the next boot: take that back.
enabled | comm -13 "$before" - | while read -r link; do
	case $link in
	/etc/rc*) update-rc.d "${link##*/S??}" disable > /dev/null 2>&1 || : ;;
	*) rm -f "$link"; echo "left disabled: ${link##*/}" ;;
	esac
done

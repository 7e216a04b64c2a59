#!/bin/sh
# usage: fuzz.sh SECONDS    Each libFuzzer target for so long.  It begins with tests/fuzz/corpus-NAME and what
# earlier runs left in build-fuzz/, where corpora grow and finds are put.
set -eu
seconds=$1
out=build-fuzz
flags="-std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Isrc -I."
libs=$(pkg-config --libs ldns yaml-0.1 openssl libnghttp2)
mkdir -p "$out/objects"
cd "$out/objects"
# shellcheck disable=SC2086 -- lists of words, here and below
ls ../../src/base/*.c ../../src/dns/*.c ../../src/failover/*.c ../../src/zone/*.c ../../src/conf/*.c ../../src/net/octets.c \
	../../probes/http_a*.c ../../probes/http_one.c ../../probes/http_two.c |
	sed 's,^\.\./\.\./\(.*\)/\(.*\)\.c$,\1 \2,' |
	xargs -P 2 -n 2 sh -c 'clang '"$flags"' -I../../src -I../.. -fsanitize=fuzzer-no-link -c -o "$(basename "$0")-$1.o" "../../$0/$1.c"'
cd ../..
failed=
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	echo "== $name"
	clang $flags -fsanitize=fuzzer -o "$out/$name" "$source" "$out"/objects/*.o $libs
	mkdir -p "$out/$name.corpus"
	"$out/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$out/$name." "$out/$name.corpus" "tests/fuzz/corpus-${name#fuzz_}" || failed="$failed $name"
done
[ -z "$failed" ] || { echo "finds of$failed lie in $out/"; exit 1; }

#!/bin/sh
# usage: fuzz.sh SECONDS    Each libFuzzer target for so long; corpora grow in build-fuzz/, finds stay there.
set -eu
seconds=$1
out=build-fuzz
libs=$(pkg-config --libs --cflags ldns yaml-0.1 openssl)
mkdir -p "$out"
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	echo "== $name"
	# shellcheck disable=SC2086
	clang -std=c17 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-Isrc -I. -Itests/unit -o "$out/$name" "$source" src/base/*.c src/dns/*.c src/failover/*.c src/zone/*.c src/conf/*.c $libs
	mkdir -p "$out/$name.corpus"
	"$out/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="$out/$name." "$out/$name.corpus"
done

#!/bin/sh
# The fault harness in its long form: kills, failing disks, flipped bits, many writers, limits, restarts, files that are no
# journals, runs held against a model, sizes. Prints its figures and what could not be tried here. `cargo test` runs the same tests in their short form.
#
#   tests/faults.sh            everything, some tens of minutes
#   tests/faults.sh quick      the short form with its figures
#   PROFILE=--release          for the figures on size
set -u
cd "$(dirname "$0")/.." || exit 1
SKIPPED_TESTS=$(mktemp)
export SKIPPED_TESTS GONOGO_FIGURES=1
if [ "${1:-}" != quick ]; then
    export GONOGO_KILLS="${GONOGO_KILLS:-1000}" GONOGO_FLIPS="${GONOGO_FLIPS:-2000}" GONOGO_FAULT_STEP="${GONOGO_FAULT_STEP:-1}"
    export GONOGO_DISKS="${GONOGO_DISKS:-64}" GONOGO_APPENDS="${GONOGO_APPENDS:-500}" GONOGO_READS="${GONOGO_READS:-10000}"
    export GONOGO_GARBAGE="${GONOGO_GARBAGE:-10000}" GONOGO_REBOOTS="${GONOGO_REBOOTS:-500}"
    export GONOGO_LIMITS="${GONOGO_LIMITS:-17}" GONOGO_MODEL="${GONOGO_MODEL:-10000}"
    export GONOGO_EVENTS="${GONOGO_EVENTS:-1000000}" GONOGO_OUTPUT_MIB="${GONOGO_OUTPUT_MIB:-1024}"
fi
failed=0
# shellcheck disable=SC2086
run() { cargo test ${PROFILE:-} --quiet "$@" 2>&1 | grep -E 'FIGURES|SKIPPED|panicked|FAILED|^error' | sed 's/^[.]*//' || true; }
run --test journal -- --test-threads 2 | tee -a "$SKIPPED_TESTS.out"
# Of the whole program 200 kills in each state are asked for.
[ "${GONOGO_KILLS:-0}" -gt 200 ] && GONOGO_KILLS=200
run --test cli kills:: | tee -a "$SKIPPED_TESTS.out"
run --test cli limits:: | tee -a "$SKIPPED_TESTS.out"
run --test session reboot:: | tee -a "$SKIPPED_TESTS.out"
run --test scenarios model:: | tee -a "$SKIPPED_TESTS.out"
run --test screen killed | tee -a "$SKIPPED_TESTS.out"
grep -qE 'panicked|FAILED|^error' "$SKIPPED_TESTS.out" && failed=1
echo "skipped here: $(wc -l < "$SKIPPED_TESTS")"
cat "$SKIPPED_TESTS"
rm -f "$SKIPPED_TESTS" "$SKIPPED_TESTS.out"
[ "$failed" = 0 ] && echo "all held" || echo "SOMETHING DID NOT HOLD"
exit "$failed"

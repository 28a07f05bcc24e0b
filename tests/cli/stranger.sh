#!/bin/sh
# Verifies a bundle as its VERIFY.md teaches, with coreutils, python3 and ssh-keygen alone: no gonogo.
# usage: stranger.sh FOLDER ALLOWED-SIGNERS EXPORTER
set -eu
signers=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$1"
sha256sum --strict -c SHA256SUMS >/dev/null
ssh-keygen -Y verify -f "$signers" -I "$3" -n gonogo-export-v1 -s SHA256SUMS.sig <SHA256SUMS >/dev/null
for statement in statements/*.txt; do
    who=$(sed -n 's/^signer: //p' "$statement")
    ssh-keygen -Y verify -f "$signers" -I "$who" -n gonogo-v1 -s "$statement.sig" <"$statement" >/dev/null
done
python3 verify.py . --sealed --signers "$signers" --require 2

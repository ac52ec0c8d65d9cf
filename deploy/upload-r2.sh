#!/usr/bin/env bash
# Copies a directory that `nearcast ingest` wrote into an R2 bucket: versions first, pointers last.
#   deploy/upload-r2.sh DIRECTORY BUCKET [--local]
set -euo pipefail
directory=${1:?say which directory}
bucket=${2:?say which bucket}
where=${3:---remote}

put() {
  npx wrangler r2 object put "$bucket/${1#"$directory"/}" --file "$1" "$where"
}

while IFS= read -r -d '' file; do put "$file"; done < <(find "$directory" -type f -path '*/v/*' -print0)
while IFS= read -r -d '' file; do put "$file"; done < <(find "$directory" -type f -name current.json -print0)

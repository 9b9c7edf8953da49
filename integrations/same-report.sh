#!/bin/sh
# Makes the report of some folders of logs in every way that docs/scale.md shows, and holds what each
# says to what one process says that read the logs itself.
#
#     [SPPTRIAGE=program] [PYTHON=python] same-report.sh FOLDER...
#
# Spark takes part where PYTHON has the package pyspark.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(command -v "${SPPTRIAGE:-spptriage}")
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 3: something could not be read. 4: nothing could, of this share. What it was stands in the rows.
may_be_damaged() {
    "$program" "$@" -q || case $? in 3 | 4) ;; *) exit 1 ;; esac
}

# compare NAME ARGUMENTS: what a report on these says.
compare() {
    name=$1
    shift
    may_be_damaged report "$@" -o "$work/$name.json"
    check "$name"
}

check() {
    "$python" "$here/said.py" "$work/$1.json" >"$work/$1.said"
    cmp "$work/whole.said" "$work/$1.said"
    echo "$1: the same $(wc -c <"$work/$1.said") bytes"
}

find "$@" -type f -name '*.evtx' | sort >"$work/list"
may_be_damaged report --paths-from "$work/list" -o "$work/whole.json"
"$python" "$here/said.py" "$work/whole.json" >"$work/whole.said"
echo "$(wc -l <"$work/list") logs read by one process"

# xargs: three processes at once, each with a third of the list.
split -n r/3 "$work/list" "$work/share-"
for format in ndjson parquet; do
    mkdir "$work/$format"
    for share in "$work"/share-*; do
        basename "$share"
    done | PROGRAM=$program WORK=$work FORMAT=$format xargs -P 3 -I '{}' sh -c '
        "$PROGRAM" events --stream -q --paths-from "$WORK/{}" -o "$WORK/$FORMAT/{}.$FORMAT"
        case $? in 0 | 3 | 4) ;; *) exit 1 ;; esac'
    compare "xargs-$format" "$work/$format"
done

for column in computer day; do
    rows=$work/by-$column
    may_be_damaged events --paths-from "$work/list" -f parquet -o "$rows" --partition-by "$column"
    compare "parquet-by-$column" "$rows"
done

if "$python" -c 'import pyspark' 2>/dev/null; then
    SPPTRIAGE=$program PYTHON=$python "$here/spark/run.sh" "$work/spark.json" "$@" >/dev/null 2>&1
    check spark
else
    echo "spark: left out, $python has no pyspark"
fi

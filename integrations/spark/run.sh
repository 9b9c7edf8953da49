#!/bin/sh
# Has Spark, in local mode with three workers, make the rows of all logs below some folders, and has
# one report made of them.
#
#     [SPPTRIAGE=program] [PYTHON=python-with-pyspark] run.sh REPORT FOLDER...
#
# REPORT is the file to write; its ending says in which format. Needs Java 17 or 21.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../venv.sh"

[ $# -gt 1 ] || {
    echo "usage: run.sh REPORT FOLDER..." >&2
    exit 2
}
command -v java >/dev/null || {
    echo "java is missing (on Debian: apt-get install -y openjdk-17-jre-headless)" >&2
    exit 2
}
program=$(command -v "${SPPTRIAGE:-spptriage}")
report=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
need_python "$here/requirements.txt" "$work"

find "$@" -type f -name '*.evtx' >"$work/list"
# Spark listens nowhere but on this machine, and its own messages are not of interest here.
export SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$PYTHON"
export PYSPARK_SUBMIT_ARGS='--master local[3] --conf spark.ui.enabled=false pyspark-shell'
"$PYTHON" "$here/rows.py" --program "$program" "$work/list" "$work/rows" 2>"$work/spark.log" || {
    cat "$work/spark.log" >&2
    exit 2
}
# Exit code 3 says that something could not be read; the report tells what.
"$program" report "$work/rows" -o "$report" || [ $? -eq 3 ]

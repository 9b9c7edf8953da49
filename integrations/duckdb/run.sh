#!/bin/sh
# Writes the rows of logs as partitioned Parquet, has one report made of them, and asks the questions
# beside this file with DuckDB. Answers go to standard output.
#
#     [SPPTRIAGE=program] [PYTHON=python-with-duckdb] run.sh LOGS...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../venv.sh"

[ $# -gt 0 ] || {
    echo "usage: run.sh LOGS..." >&2
    exit 2
}
program=${SPPTRIAGE:-spptriage}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
need_python "$here/requirements.txt" "$work"

# Exit code 3 says that something could not be read; the rows of inputs tell what.
"$program" events "$@" -o "$work/rows" -f parquet --partition-by computer || [ $? -eq 3 ]
"$program" report "$work/rows" -o "$work/report.json" || [ $? -eq 3 ]
"$PYTHON" "$here/run.py" "$work/rows" "$work/report.json"

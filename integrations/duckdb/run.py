"""Asks the questions beside this file of a folder of event rows, with DuckDB.

    python run.py ROWS REPORT

ROWS is a folder that `spptriage events LOGS -o ROWS -f parquet` wrote, with `--partition-by` or
without; REPORT is what `spptriage report ROWS -o REPORT` wrote as JSON. Answers go to standard output
as text whose columns are separated by tabs, and end lines with LF everywhere.
"""

import pathlib
import sys

import duckdb

HERE = pathlib.Path(__file__).resolve().parent


def quoted(path):
    """A path as it may stand within the quotes of SQL."""
    return path.as_posix().replace("'", "''")


def rows_of(folder):
    """The pattern of the events' files: those of inputs have other columns."""
    partitions = [path for path in folder.iterdir() if path.is_dir()]
    return folder / "*" / "*.parquet" if partitions else folder / "events.parquet"


def shown(value):
    return "-" if value is None else str(value)


def main(rows, report):
    database = duckdb.connect()
    # Times are UTC in the rows, and are to be so in the answers, wherever this runs.
    database.execute("SET TimeZone = 'UTC'")
    places = {
        "{rows}": quoted(rows_of(pathlib.Path(rows))),
        "{report}": quoted(pathlib.Path(report)),
    }

    def sql(path):
        text = path.read_text(encoding="utf-8")
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    database.execute(sql(HERE / "views.sql"))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for path in sorted(HERE.glob("[0-9]*.sql")):
        answer = database.execute(sql(path))
        print(f"== {path.stem}")
        print("\t".join(column[0] for column in answer.description))
        for row in answer.fetchall():
            print("\t".join(shown(value) for value in row))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python run.py ROWS REPORT")
    main(*sys.argv[1:])

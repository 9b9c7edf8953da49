"""Shares a list of logs out among Spark's executors; each has spptriage make rows of its share.

    spark-submit rows.py [--program PATH] [--shares N] LIST ROWS

LIST names one log, folder or archive a line, as every executor sees it. ROWS is a folder that does
not exist yet, on any storage that Spark writes to. What lies in it then is NDJSON:
`spptriage report ROWS` makes one report of it, and `spptriage events ROWS -f parquet` a table.

Spark moves the rows of a task to ROWS when the task has ended well, so that one that failed, was lost
or ran twice leaves nothing half and nothing double.
"""

import argparse
import subprocess
import tempfile

from pyspark.sql import SparkSession

# 0: done. 3: something could not be read. 4: nothing could. Rows of inputs tell what and why, so that
# neither is a reason to fail, or to try again. 2 is: the command line is wrong, or the disk is full.
ENDED_WELL = (0, 3, 4)


def rows_of(program, paths):
    """Yields the rows of these logs, one line of JSON each."""
    paths = list(paths)
    if not paths:
        return
    # A file, not a pipe: nobody waits for anybody, however long the list is.
    with tempfile.TemporaryFile() as names:
        names.write("\n".join(paths).encode("utf-8"))
        names.seek(0)
        # With --stream rows come in one pass and memory does not grow with them.
        command = [program, "events", "--stream", "-q", "-f", "ndjson", "--paths-from", "-"]
        process = subprocess.Popen(command, stdin=names, stdout=subprocess.PIPE)
        with process.stdout:
            for line in process.stdout:
                yield line.decode("utf-8").rstrip("\n")
        code = process.wait()
        if code not in ENDED_WELL:
            raise RuntimeError(f"{program} ended with exit code {code}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="spptriage", help="where executors find spptriage")
    parser.add_argument("--shares", type=int, help="how many tasks; else four for each core")
    parser.add_argument("list")
    parser.add_argument("rows")
    given = parser.parse_args()

    spark = SparkSession.builder.appName("spptriage rows").getOrCreate()
    context = spark.sparkContext
    with open(given.list, encoding="utf-8") as lines:
        paths = [line.strip() for line in lines if line.strip()]
    shares = given.shares or 4 * context.defaultParallelism
    program = given.program
    context.parallelize(paths, shares).mapPartitions(
        lambda share: rows_of(program, share)
    ).saveAsTextFile(given.rows)
    print(f"{len(paths)} paths in {min(shares, len(paths))} shares")
    spark.stop()


if __name__ == "__main__":
    main()

"""Prints what a JSON report says, without what tells how it came about.

    python said.py REPORT

Left out are `inputs`, `made_with`, the time of making, and the `log` beside each record: these differ
where the same logs were packed or shared out in another way. All else must be the same bytes.
"""

import json
import sys


def without_logs(value):
    if isinstance(value, dict):
        return {key: without_logs(part) for key, part in value.items() if key != "log"}
    if isinstance(value, list):
        return [without_logs(part) for part in value]
    return value


def main(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    for key in ("inputs", "made_with", "generated_at"):
        del report[key]
    json.dump(without_logs(report), sys.stdout, indent=1, ensure_ascii=True)
    print()


if __name__ == "__main__":
    main(sys.argv[1])

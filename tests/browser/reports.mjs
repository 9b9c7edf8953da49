// Makes the reports that the test opens, with the real program: of the fixtures in both languages,
// and of a fleet of thousands, whose rows are those of two fixtures under other names.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const program = process.env.SPPTRIAGE ?? join(target, "debug", "spptriage");

/** Where reports and screenshots are left. */
export const folder = join(target, "browser");

/** Machines of the large fleet, and of these, those that DNS fails; the others cannot renew. */
export const MANY = { machines: 5000, dns: 2000 };

const run = (...args) =>
  execFileSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });

const made = ["--generated-at", "2026-11-01", "--no-progress"];

const report = (name, language, paths) => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}-${language}.html`);
  run("report", ...paths, "--lang", language, ...made, "-o", path);
  return path;
};

/** The report of all fixtures in a language; its path. */
export const fixtures = (language) => report("fixtures", language, ["fixtures/logs"]);

/** The report of a few of them, and of a damaged one, with something of everything; its path. */
export const few = (language) => {
  const logs = ["dns-no-record", "one-host-down", "kms-host", "two-products", "blocked-port-cured", "loopback-host"];
  const paths = logs.map((log) => `fixtures/logs/${log}.evtx`);
  return report("few", language, [...paths, "fixtures/damaged/bad-magic.evtx", "fixtures/damaged/empty.evtx", "--allow-damage"]);
};

/** The report of many machines; its path. */
export const many = () => {
  const copies = (log, count, first) => {
    const rows = run("events", `fixtures/logs/${log}.evtx`, "-f", "ndjson", "--no-progress")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const computer = rows.find((row) => row.row === "event").computer;
    return Array.from({ length: count }, (_, n) => {
      const name = `PC-${String(first + n).padStart(5, "0")}.contoso.com`;
      return rows
        .map((row) => {
          const renamed = { ...row, log: `collected/${name}/Application.evtx` };
          if (row.computer) renamed.computer = row.computer === computer ? name : row.computer;
          if (row.computers) renamed.computers = [name];
          return JSON.stringify(renamed);
        })
        .join("\n");
    });
  };
  mkdirSync(folder, { recursive: true });
  const rows = join(folder, "many.ndjson");
  const lines = [
    ...copies("dns-no-record", MANY.dns, 0),
    ...copies("expiring-soon", MANY.machines - MANY.dns, MANY.dns),
  ];
  writeFileSync(rows, `${lines.join("\n")}\n`);
  const path = join(folder, "many.html");
  run("report", rows, "--lang", "en", ...made, "-o", path);
  return path;
};

/** The text of a file. */
export const read = (path) => readFileSync(path, "utf8");

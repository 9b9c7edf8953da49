// Makes the reports that the test opens, with the real program: of the fixtures in both languages, of
// each kind of question that people ask, and of a fleet of thousands, whose rows are those of two
// fixtures under other names.

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

mkdirSync(folder, { recursive: true });

const report = (name, language, args) => {
  const path = join(folder, `${name}-${language}.html`);
  run("report", ...args, "--lang", language, ...made, "--allow-damage", "-o", path);
  return path;
};

/** Makes a report once, however many tests open it. */
const once = (make) => {
  const reports = new Map();
  return (language) => {
    if (!reports.has(language)) reports.set(language, make(language));
    return reports.get(language);
  };
};

/** The report of all fixtures in a language; its path. */
export const fixtures = (language) => report("fixtures", language, ["fixtures/logs"]);

const logs = (...names) => names.map((name) => `fixtures/logs/${name}.evtx`);

const some = [
  ...logs("dns-no-record", "one-host-down", "kms-host", "two-products", "blocked-port-cured", "loopback-host"),
  "fixtures/damaged/bad-magic.evtx",
  "fixtures/damaged/empty.evtx",
];

/** The report of a few of them, and of a damaged one, with something of everything; its path. */
export const few = (language) => report("few", language, some);

/** A report of each kind that people ask for, by its name. */
export const kinds = once((language) => {
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const baseline = join(folder, `earlier-${language}.json`);
  const earlier = logs("dns-no-record", "blocked-port-cured", "healthy-client", "count-too-low", "mak-limit");
  run("report", ...earlier, "--until", "2026-03-20", "--lang", language, ...made, "-o", baseline);
  const policy = file(
    "policy.toml",
    `kms-hosts = ["kms01.contoso.com:1688"]
expiring-within = "30d"

[[accept]]
finding = "0xC004F038"
computer = "PC-*"
reason = "The lab has fewer than 25 clients."
until = 2026-12-31

[[accept]]
finding = "clock-skew"
`,
  );
  const args = {
    compared: [...some, ...logs("healthy-client", "count-too-low"), "--baseline", baseline],
    accepted: [...some, ...logs("clock-error", "count-too-low"), "--policy", policy, "--ignore", "0x8007232B", "--ignore", "0x800706BA@PC-0*"],
    depth: ["fixtures/logs", "--computer", "PC-0107*"],
    healthy: logs("healthy-client", "healthy-fleet"),
    nothing: logs("no-activation-events"),
    damaged: ["fixtures/damaged"],
    hosts: logs("kms-host", "kms-host-clients", "kms-host-foreign-record", "one-host-down", "host-down-for-all", "count-too-low"),
    redacted: [...some, "--redact", "--tz", "Asia/Shanghai", "-v"],
  };
  return Object.fromEntries(Object.entries(args).map(([name, args]) => [name, report(name, language, args)]));
});

/** The report of many machines; its path. */
export const many = once(() => {
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
  const rows = join(folder, "many.ndjson");
  const lines = [
    ...copies("dns-no-record", MANY.dns, 0),
    ...copies("expiring-soon", MANY.machines - MANY.dns, MANY.dns),
  ];
  writeFileSync(rows, `${lines.join("\n")}\n`);
  const path = join(folder, "many.html");
  run("report", rows, "--lang", "en", ...made, "-o", path);
  return path;
});

/** The text of a file. */
export const read = (path) => readFileSync(path, "utf8");

// Sorting, filtering and copying for a page that is complete without them. Nothing here makes or
// changes a text of the report, and no time is ever formatted again.
(() => {
  "use strict";
  const words = document.body.dataset;

  for (const control of document.querySelectorAll(".tools, .scripted")) control.hidden = false;

  // What is laid out only when it comes near is laid out for good before its rows change: Chromium
  // takes minutes to hide thousands of rows of such a section, and a moment otherwise.
  const settle = (table) => table.closest(".long")?.classList.remove("long");

  // Sorting: a table's bodies are its rows, with all that opens below them.
  const collator = new Intl.Collator(document.documentElement.lang);
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  // Numbers in a name are as long as the longest, so that PC-9 stands before PC-10. A collator would do
  // it too, a hundred times slower.
  const padded = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(15, "0"));
  const keyOf = (body, column, isNumber) => {
    const cell = body.firstElementChild.children[column];
    const time = cell.querySelector("time");
    if (time) return time.dateTime;
    const text = cell.textContent.trim();
    if (!isNumber) return text === "-" ? "" : padded(text);
    const number = Number.parseFloat(text.replaceAll(",", ""));
    return Number.isNaN(number) ? "" : number;
  };
  const sort = (table, head, column) => {
    settle(table);
    const isNumber = head.classList.contains("n");
    const before = head.getAttribute("aria-sort");
    // Of numbers the greatest is asked for first, of everything else the least.
    const isUp = before ? before === "descending" : !isNumber;
    const rows = [...table.tBodies].map((body) => [keyOf(body, column, isNumber), body]);
    // Each value is compared once, however many rows have it.
    const values = [...new Set(rows.map(([key]) => key))].filter((key) => key !== "");
    const isPlain = isNumber || values.every((key) => /^[ -~]*$/.test(key));
    values.sort(isPlain ? compare : collator.compare);
    if (!isUp) values.reverse();
    const places = new Map(values.map((key, at) => [key, at]));
    // What is empty stands last in either direction.
    places.set("", values.length);
    rows.sort(([a], [b]) => places.get(a) - places.get(b));
    for (const [, body] of rows) table.append(body);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  };
  for (const table of document.querySelectorAll("table.sorted")) {
    if (table.tBodies.length < 2) continue;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.classList.contains("fixed")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head, column));
      head.append(button);
    });
  }

  // Filtering: every word must stand in a row, in what is seen of it without opening it.
  const texts = new WeakMap();
  const textOf = (body) => {
    if (!texts.has(body)) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("more"));
      texts.set(body, rows.map((row) => row.textContent).join(" ").toLowerCase());
    }
    return texts.get(body);
  };
  const controlsOf = (id) => [...document.querySelectorAll(`[data-for="${id}"]`)];
  const filter = (id) => {
    const table = document.getElementById(id);
    settle(table);
    let parts = [];
    let status = "";
    for (const control of controlsOf(id)) {
      if (control.type === "search") parts = control.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (control.tagName === "SELECT") status = control.value;
    }
    let shown = 0;
    for (const body of table.tBodies) {
      const fits =
        (!status || body.dataset.status === status) &&
        parts.every((part) => textOf(body).includes(part));
      body.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const output of controlsOf(id)) {
      if (output.tagName !== "OUTPUT") continue;
      const values = { n: shown, total: table.tBodies.length };
      output.textContent = output.dataset.text.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString("en"));
    }
  };
  for (const control of document.querySelectorAll("input[data-for], select[data-for]")) {
    control.addEventListener("input", () => filter(control.dataset.for));
    // A browser may bring back what was typed before.
    if (control.value) filter(control.dataset.for);
  }
  for (const button of document.querySelectorAll("button.find")) {
    button.addEventListener("click", () => {
      for (const control of controlsOf("machine-table")) {
        if (control.type === "search") control.value = button.dataset.find;
        if (control.tagName === "SELECT") control.value = "";
      }
      filter("machine-table");
      settleAt(document.getElementById("machines"));
      document.querySelector('input[data-for="machine-table"]').focus({ preventScroll: true });
    });
  }

  // What is laid out only when it comes near moves what stands below it, so a place is gone to again in
  // the next frames.
  const settleAt = (element, frames = 4) => {
    element.scrollIntoView();
    if (frames > 0) requestAnimationFrame(() => settleAt(element, frames - 1));
  };

  // A link opens what it leads to, and brings back a row that a filter hides.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.tagName === "TBODY") {
      const { id } = target.closest("table");
      if (target.hidden) {
        for (const control of controlsOf(id)) if ("value" in control && control.tagName !== "OUTPUT") control.value = "";
        filter(id);
      }
      const details = target.querySelector("details");
      if (details) details.open = true;
    }
    for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    settleAt(target.closest("details.card") ?? target);
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Copying: of commands, and of a ticket's text.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A browser may keep the clipboard from pages that were opened from a file.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const copyButton = (source) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    const text = source.textContent.trim();
    button.setAttribute("aria-label", `${words.copy}: ${text.slice(0, 80)}`);
    button.addEventListener("click", async () => {
      await copy(text);
      button.textContent = words.copied;
      setTimeout(() => {
        button.textContent = words.copy;
      }, 1500);
    });
    return button;
  };
  for (const pre of document.querySelectorAll(".check pre, .ticket pre")) {
    const frame = document.createElement("div");
    frame.className = "copied";
    pre.before(frame);
    frame.append(pre, copyButton(pre));
  }
  for (const code of document.querySelectorAll(".steps code")) {
    // One word is a name; what has more is a command.
    if (/\s/.test(code.textContent.trim())) code.after(copyButton(code));
  }

  // Printing: what proves the findings, and whatever the reader has opened.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("article .opened-in-print:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
  });
})();

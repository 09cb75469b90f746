// Tables and the numbers behind figures, as CSV files that the page makes itself.
import { h } from "./dom.js";

function field(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `records` are objects with the same names; full numbers, with a point. */
export function csvText(records) {
  if (!records.length) return "";
  const names = Object.keys(records[0]);
  return [names, ...records.map((record) => names.map((name) => record[name]))]
    .map((values) => `${values.map(field).join(",")}\n`).join("");
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = h("a", { href: address, download: name });
  document.body.append(link); // some browsers follow no link that is nowhere
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A button that saves what `records` gives, or promises. `what` names the table in words. */
export function download(what, records) {
  const name = `eigenrnn-${what.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}.csv`;
  return h("button", { type: "button", class: "plain download", "aria-label": `Save as CSV: ${what}`,
    onclick: async () => save(name, csvText(await records())) }, "Save as CSV");
}

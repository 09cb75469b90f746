// Making elements. Text is never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** An HTML element: h("button", {class: "x", onclick: f}, "text", child, [children]). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A labelled select; `options` are [value, text]. */
export function select(label, options, value, change) {
  const list = h(
    "select",
    { onchange: (event) => change(event.target.value) },
    options.map(([option, text]) => h("option", { value: option }, text)),
  );
  list.value = value;
  return h("label", { class: "field" }, h("span", {}, label), list);
}

/** A table; cells are texts or elements. The first of each row is its header. */
export function table(caption, header, rows, className = "") {
  // Roles are said once more, since on a phone rows are laid out as cards and browsers forget them.
  const place = (text, i) => i === 0
    ? h("th", { scope: "row", role: "rowheader" }, text)
    : h("td", { role: "cell", "data-label": header[i].textContent ?? header[i] }, text);
  return h(
    "div",
    { class: `scroll ${className}`, tabindex: "0", role: "group", "aria-label": caption },
    h(
      "table",
      { role: "table", "aria-label": caption },
      h("thead", { role: "rowgroup" },
        h("tr", { role: "row" }, header.map((text) => h("th", { scope: "col", role: "columnheader" }, text)))),
      h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row" }, cells.map(place)))),
    ),
  );
}

/** A name that may be broken behind its underscores and dots. */
export const breakable = (name) => name.split(/(?<=[_.])/).flatMap((part) => [part, h("wbr")]);

export function section(id, title, ...children) {
  return h("section", { id, "aria-labelledby": `${id}-title` },
    h("h2", { id: `${id}-title` }, title), ...children);
}

/** What is still to be drawn, by element. */
const waiting = new Map();

const observer = new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => {
  // An element that was replaced before it came near is never drawn, and is forgotten.
  if (isIntersecting || !target.isConnected) drawNow(target);
}), { rootMargin: "600px" });

function drawNow(element) {
  const draw = waiting.get(element);
  waiting.delete(element);
  observer.unobserve(element);
  if (element.isConnected) draw?.();
}

// A printer does not wait: what is asked for while it is at work is drawn at once.
let printing = false;
addEventListener("beforeprint", () => {
  printing = true;
  [...waiting.keys()].forEach(drawNow);
});
addEventListener("afterprint", () => { printing = false; });

/** Runs `draw` once when the element comes near the window, or when the page is printed. */
export function whenNear(element, draw) {
  if (printing) return draw();
  waiting.set(element, draw);
  observer.observe(element);
}

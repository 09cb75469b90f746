// The pictures that lie in the folder figures, if there are any.
import { h, section } from "./dom.js";

const WORDS = { svg: "SVG", pdf: "PDF", csv: "numbers behind it (CSV)" };

function picture({ file, title, size, further }) {
  const [width, height] = size ?? [640, 400];
  const link = (path) => h("a", { href: path, "aria-label": `${title}: ${WORDS[path.split(".").at(-1)]}` },
    WORDS[path.split(".").at(-1)]);
  return h("figure", { class: "picture" },
    h("figcaption", {}, title),
    h("a", { href: file }, h("img", { src: file, alt: title, loading: "lazy", decoding: "async", width, height })),
    further.length ? h("p", { class: "small" }, further.map((path, i) => [i ? ", " : "", link(path)])) : null);
}

export function figuresSection(data) {
  if (!data.figures.length) return null;
  return section("figures", "Figures", h("div", { class: "pictures" }, data.figures.map(picture)));
}

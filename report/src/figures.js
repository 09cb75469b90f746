// The pictures that lie in the folder figures, if there are any.
import { h, section } from "./dom.js";

export function figuresSection(data) {
  if (!data.figures.length) return null;
  const picture = ({ file, title, numbers }) =>
    h("figure", { class: "picture" },
      h("figcaption", {}, title),
      h("a", { href: file }, h("img", { src: file, alt: title, loading: "lazy", width: 640, height: 400 })),
      numbers ? h("p", { class: "small" }, h("a", { href: numbers }, `Numbers behind ${title.toLowerCase()} (CSV)`)) : null);
  return section("figures", "Figures", h("div", { class: "pictures" }, data.figures.map(picture)));
}

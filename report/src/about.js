// The head of the page, and how it came about.
import { h, section } from "./dom.js";

const SECTIONS = [["verdict", "Verdict"], ["summary", "Whole grid"], ["results", "Results"], ["means", "Over conditions"],
  ["curves", "Learning curves"], ["rates", "Learning rates"], ["spectra", "Spectra"], ["find", "Find and compare"],
  ["figures", "Figures"], ["about", "How it came about"]];

function jump(id) {
  return (event) => {
    event.preventDefault(); // the address keeps what is chosen
    const target = document.getElementById(id);
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  };
}

export function pageHead(data) {
  const runs = Object.entries(data.machine.statuses).map(([status, count]) =>
    `${count.toLocaleString("en")} ${status}`).join(", ");
  const links = SECTIONS.filter(([id]) => id !== "figures" || data.figures.length)
    .map(([id, title]) => h("a", { href: `#${id}`, onclick: jump(id) }, title));
  return h("div", {},
    h("h1", {}, "Does this way of initializing a recurrent network really help?"),
    h("p", {}, `eigenrnn, profile ${data.profile}: ${data.experiments.length} experiments; runs: ${runs || "none yet"}.`),
    h("nav", { "aria-label": "Sections" }, links));
}

export function aboutSection(data) {
  const { machine } = data;
  const facts = [
    ["Commits of the program", machine.commits.join(", ")],
    ["Devices", machine.devices.join(", ")],
    ["LibTorch", machine.libtorch.join(", ")],
    ["Compute time, summed over the runs", machine.duration],
  ];
  return section("about", "How it came about",
    h("dl", { class: "facts" }, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value || "–")])),
    h("h3", {}, "Run it again"),
    h("ul", {}, data.experiments.map((e) => h("li", {}, `${e.name}: `, h("code", {}, e.command)))),
    h("h3", {}, "How to read it"),
    h("ul", {}, data.method.map((text) => h("li", {}, text))),
    h("p", {}, "Only the abstract of the paper is at hand: the law of eigen, every size and every training setting are ours."));
}

// The page. data.js calls EIGENRNN.start with the overview; the other data files call loaded.
import "./style.css";
import { curvesSection } from "./curves.js";
import { loaded } from "./data.js";
import { h } from "./dom.js";
import { findSection } from "./find.js";
import { figuresSection } from "./figures.js";
import { filterBar } from "./filter_bar.js";
import { aboutSection, pageHead } from "./about.js";
import { meansSection } from "./means.js";
import { ratesSection } from "./rates.js";
import { openRunOfAddress } from "./run_dialog.js";
import { resultsSection } from "./results.js";
import { spectraSection } from "./spectra.js";
import { restore } from "./state.js";
import { summarySection } from "./summary.js";
import { verdictSection } from "./verdict.js";

function start(data) {
  restore(data.experiments);
  const sections = [
    verdictSection(data),
    summarySection(data),
    h("div", { id: "explore" }, filterBar(data), resultsSection(), meansSection(), curvesSection(), ratesSection(data),
      spectraSection(), findSection(data)),
    figuresSection(data),
    aboutSection(data),
  ].filter(Boolean);
  document.getElementById("top").replaceChildren(pageHead(data));
  document.getElementById("main").replaceChildren(...sections);
  document.documentElement.dataset.filled = "";
  openRunOfAddress(data);
  requestAnimationFrame(() => setTimeout(() => { // when it has been painted
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  }));
}

window.EIGENRNN = { start, loaded };

// The table of questions: filters, sorting, and rows that open. Words are only ever set as text, never as markup.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const text = (at) => data.texts[at];

  /** An element; children are elements or words, and null is left out. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }
  const section = (title, ...children) => (children.flat(Infinity).length ? [make("h4", null, title), ...children] : []);

  /** A text with its spans marked; spans count characters, not halves of them. */
  function marked(words, spans) {
    const letters = Array.from(words);
    const parts = [];
    let from = 0;
    for (const [start, end, wanted] of spans || []) {
      parts.push(letters.slice(from, start).join(""));
      const title = wanted ? "expected" : "not to be said";
      parts.push(make("mark", { class: wanted ? "stated" : "forbidden", title }, letters.slice(start, end).join("")));
      from = end;
    }
    return [...parts, letters.slice(from).join("")];
  }

  function article(at) {
    const [outlet, day, title, path, url] = data.articles[at];
    const name = url ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, title || path) : title;
    return [make("strong", null, outlet), `, ${day}`, title || url ? " – " : "", name, " ", make("small", null, path)];
  }

  function sentence([at, status, numbers, spans]) {
    const marks = numbers.map((number) => make("sup", null, `[${number}]`));
    const said = make("span", status === "unsupported" ? { class: "unsupported" } : null, marked(text(at), spans));
    return make("p", { class: "words" }, said, marks, " ", make("span", { class: `status ${status}` }, status));
  }

  function source([number, place, before, quote, after, also, instead]) {
    const there = instead === undefined ? text(quote) : text(instead);
    const wrong = instead === undefined ? null
      : make("p", { class: "no" }, `✗ The quote is not what stands there. Quoted was: “${text(quote)}”`);
    const copies = also.map((at) => make("p", null, make("small", null, "also in "), article(at)));
    return make("li", null, make("p", null, `[${number}] `, article(place)),
      make("blockquote", null, text(before), make("mark", null, there), text(after)), wrong, copies);
  }

  function side([about, sides]) {
    const each = sides.map(([value, by, number]) => make("li", null, value, by ? `, according to ${by}` : "", ` [${number}]`));
    return [make("p", null, about), make("ul", null, each)];
  }

  function answer(row) {
    const nearest = (row.nearest || []).map((at) => make("li", null, article(at)));
    const notes = [row.degraded, row.rejected && `${row.rejected} citations were dropped: they named no evidence.`, (row.usage || []).join(", ")];
    return make("div", null,
      section("Wrong because", (row.why || []).map((why) => make("p", { class: "why" }, why))),
      row.refused === undefined ? [] : section("Refused", make("p", { class: "words" }, text(row.refused))),
      section("Answer", (row.sentences || []).map(sentence)),
      row.short ? make("p", null, make("span", { class: "soft" }, "Short answer: "), row.short) : null,
      section("Sources differ", (row.sides || []).map(side)),
      section("Sources", row.sources ? make("ol", { class: "sources" }, row.sources.map(source)) : []),
      section("Nearest articles", nearest.length ? make("ul", null, nearest) : []),
      row.was ? section(`Baseline: ${row.was[0]}`, make("p", { class: "words" }, text(row.was[1]))) : [],
      notes.filter(Boolean).map((note) => make("p", { class: "soft" }, note)));
  }

  function expectation([label, words, met]) {
    const told = met < 0 ? null : make("span", { class: met ? "yes" : "no" }, met ? "✓ met: " : "✗ not met: ");
    return make("li", null, told, label, words === undefined ? "" : " ", make("b", null, text(words)));
  }

  function asked(row) {
    const history = (row.history || []).map(([role, at]) => make("p", null, make("span", { class: "soft" }, `${role}: `), text(at)));
    const facts = [["id", row.id], ["tags", (row.tags || []).join(", ")], ["narrowed to", row.narrowed], ["must be right", row.must && "yes"],
      ["searched for", row.searched === undefined ? "" : text(row.searched)]];
    const about = facts.filter(([, value]) => value).map(([name, value]) => [make("dt", null, name), make("dd", null, value)]);
    return make("div", null,
      section("Expected", make("ul", { class: "checks" }, (row.expected || []).map(expectation))),
      section("Conversation", history),
      section("Asked", make("p", { class: "words" }, text(row.asked)), make("dl", { class: "about" }, about)));
  }

  function opened(row) {
    const hits = (row.hits || []).map(([at, gold]) => make("li", gold ? { class: "gold" } : null, text(at), gold ? " (to cite)" : ""));
    const seconds = (row.seconds || []).map(([name, value]) => `${name} ${value} s`).join(", ");
    return [make("div", { class: "columns" }, answer(row), asked(row)),
      section("Found, best first", hits.length ? make("ol", { class: "hits" }, hits) : []),
      seconds ? make("p", { class: "soft" }, `Seconds: ${seconds}`) : ""].flat();
  }

  const table = $("questions-table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const rows = [...body.rows].map((line, at) => {
    const label = line.cells[0].firstElementChild;
    const button = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": `panel-${at}` }, label.textContent);
    label.replaceWith(button);
    return { at, line, button, panel: null, data: data.rows[at], flip: Boolean(line.querySelector(".c-flip span")), kind: line.querySelector(".c-kind").dataset.v };
  });

  // A panel spans the columns that the window has room for: more would make new ones.
  const room = () => heads.filter((head) => getComputedStyle(head).display !== "none").length;
  let span = room();
  window.addEventListener("resize", () => {
    span = room();
    rows.forEach((row) => { if (row.panel) row.panel.cells[0].colSpan = span; });
  });

  function toggle(row, open) {
    if (open && !row.panel) {
      const cell = make("td", { colspan: span }, opened(row.data));
      row.panel = make("tr", { class: "panel", id: `panel-${row.at}` }, cell);
      row.line.after(row.panel);
    }
    if (row.panel) row.panel.hidden = !open || row.line.hidden;
    row.button.setAttribute("aria-expanded", String(open));
  }
  const isOpen = (row) => row.button.getAttribute("aria-expanded") === "true";
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (button) { const row = rows.find((each) => each.button === button); toggle(row, !isOpen(row)); }
  });

  // What a search looks through; made at the first search, since most readers never search.
  function words(row) {
    if (row.words === undefined) {
      const { id, asked: at, sentences = [], sources = [], hits = [], refused } = row.data;
      const cited = sources.flatMap(([, place]) => data.articles[place]);
      const said = [...sentences.map(([one]) => text(one)), ...hits.map(([one]) => text(one))];
      row.words = [id, text(at), ...said, ...cited, refused === undefined ? "" : text(refused)].join("\n").toLowerCase();
    }
    return row.words;
  }

  const value = (id) => ($(id) ? ($(id).type === "checkbox" ? $(id).checked : $(id).value) : "");
  function filter() {
    const sought = value("find").toLowerCase().split(/\s+/).filter(Boolean);
    const [tag, kind, flipped, must] = ["tag", "kind", "flipped", "must"].map(value);
    let shown = 0;
    for (const row of rows) {
      const fits = (!tag || (row.data.tags || []).includes(tag)) && (!kind || row.kind === kind) && (!flipped || row.flip)
        && (!must || row.data.must) && sought.every((word) => words(row).includes(word));
      row.line.hidden = !fits;
      if (row.panel) row.panel.hidden = !fits || !isOpen(row);
      shown += fits;
    }
    const all = rows.length.toLocaleString("en");
    $("count").textContent = shown === rows.length ? `${all} shown` : shown ? `${shown.toLocaleString("en")} of ${all} shown` : `None of ${all} fits.`;
    label();
  }

  const visible = () => rows.filter((row) => !row.line.hidden);
  const label = () => { $("all").textContent = visible().some((row) => !isOpen(row)) ? "Open all shown" : "Close all shown"; };
  $("all").addEventListener("click", () => {
    const open = visible().some((row) => !isOpen(row));
    visible().forEach((row) => toggle(row, open));
    label();
  });

  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  function key(row, column) {
    const cell = row.line.cells[column];
    const words = cell.dataset.v ?? cell.textContent.trim();
    return words === "–" ? "" : words;
  }
  function sort(column) {
    const falling = heads[column].getAttribute("aria-sort") === "ascending";
    heads.forEach((head, at) => head.setAttribute("aria-sort", at !== column ? "none" : falling ? "descending" : "ascending"));
    const keyed = rows.map((row) => [key(row, column), row]);
    keyed.sort(([one, a], [other, b]) => {
      if (!one !== !other) return one ? -1 : 1; // what has no value comes last either way
      return (falling ? -1 : 1) * order.compare(one, other) || a.at - b.at;
    });
    body.append(...keyed.flatMap(([, row]) => (row.panel ? [row.line, row.panel] : [row.line])));
  }
  heads.forEach((head, column) => {
    const button = make("button", { type: "button", class: "sort" }, head.textContent);
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sort(column));
  });

  // A link from a flip opens its row, whatever the filters say.
  function follow() {
    const row = rows.find((each) => `#${each.line.id}` === location.hash);
    if (!row) return;
    if (row.line.hidden) { $("filters").reset(); filter(); }
    toggle(row, true);
    row.line.scrollIntoView({ block: "start" });
    row.button.focus({ preventScroll: true });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#row-']");
    if (link && link.getAttribute("href") === location.hash) follow(); // a second click changes no address
  });
  window.addEventListener("hashchange", follow);

  const tags = [...new Set(rows.flatMap((row) => row.data.tags || []))].sort(order.compare);
  $("tag").append(...tags.map((tag) => make("option", { value: tag }, tag)));
  $("filters").hidden = false;
  $("filters").addEventListener("input", filter);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(filter));
  filter();
  follow();

  if ($("metric")) {
    $("metric").hidden = false;
    const plots = [...document.querySelectorAll("[data-metric]")];
    $("metric").addEventListener("input", () => plots.forEach((plot) => { plot.hidden = plot.dataset.metric !== $("metric").value; }));
    $("metric").dispatchEvent(new Event("input")); // a browser may keep the choice when the page is loaded again
  }
})();

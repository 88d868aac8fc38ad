// @ts-check
"use strict";

/** Fills the page with what is chosen, and draws its charts. */
(() => {
  const { count, share, money, duration, days, many } = Words;
  const { ALL } = Figures;
  const data = Figures.unpacked(JSON.parse(element("data").textContent ?? ""));
  /** @type {Record<string, any>} */
  const specifications = JSON.parse(element("charts").textContent ?? "");
  const choice = { store: 0, channel: ALL, currency: ALL, period: 30 };
  let turn = 0;
  let isPrinting = false;
  let wake = () => {};

  /** @param {string} id */
  function element(id) {
    return /** @type {HTMLElement} */ (document.getElementById(id));
  }

  /**
   * Make an element; text is text, whatever is in it.
   *
   * @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children
   */
  function made(tag, attributes, ...children) {
    const of = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) of.setAttribute(name, value);
    of.append(...children);
    return of;
  }

  /** @param {string} id @param {[string, string][]} options by value @param {string} chosen */
  function offer(id, options, chosen) {
    const select = /** @type {HTMLSelectElement} */ (element(id));
    select.replaceChildren(...options.map(([value, text]) => made("option", { value }, text)));
    select.value = chosen;
    /** @type {HTMLElement} */ (select.closest("label")).hidden = options.length < 2;
  }

  /** Offer what a store has: all storefronts together, and the currency of most checkouts. */
  function offerStore() {
    const { channels, currencies } = Figures.choices(data, choice.store);
    const of = data.stores[choice.store];
    choice.channel = ALL;
    choice.currency = currencies.length ? currencies[0] : ALL;
    /** @param {string} channel */
    const named = (channel) => data.channels[`${choice.store}/${channel}`] ?? (channel === "null" ? "Unknown" : `Channel ${channel}`);
    const fronts = /** @type {[string, string][]} */ (channels.map((channel) => [channel, named(channel)]));
    offer("channel", channels.length > 1 ? [[ALL, "All storefronts"], ...fronts] : fronts, choice.channel);
    const codes = /** @type {[string, string][]} */ (currencies.map((code) => [code, code === "null" ? "Unknown" : code]));
    const all = of.currency ? `All, in ${of.currency}` : "All, without amounts";
    offer("currency", currencies.length > 1 ? [...codes, [ALL, all]] : codes, choice.currency);
  }

  /** Make the place of each part; what is in it follows the choice. */
  function place() {
    const sections = Parts.map(({ id, name }) =>
      made(
        "section",
        { id, class: "part", "aria-labelledby": `${id}-title` },
        made("p", { class: "name" }, name),
        made("h2", { id: `${id}-title` }),
        made("p", { class: "note" }),
        made("div", { class: "chart", "aria-hidden": "true" }),
        made(
          "details",
          {},
          made("summary", {}, `${name} as a table`),
          made("div", { class: "table", role: "region", "aria-label": `${name}, table`, tabindex: "0" }),
        ),
      ),
    );
    // The stores stand below what the first screen shows.
    element("parts").replaceChildren(...sections.slice(0, 2), stores(), ...sections.slice(2));
  }

  function stores() {
    return made(
      "section",
      { id: "stores", class: "part wide", "aria-labelledby": "stores-title" },
      made("h2", { id: "stores-title" }, "Stores side by side"),
      made("p", { class: "note" }, "The same period of every store, whatever storefront and currency are chosen: all of them, in the store's own currency; carts without a rate are not in the amounts. Stores are never added up."),
      made("div", { class: "table", role: "region", "aria-label": "Stores side by side, table", tabindex: "0" }),
    );
  }

  function listen() {
    offer("store", data.stores.map((/** @type {any} */ store, /** @type {number} */ place) => [String(place), store.name]), "0");
    offerStore();
    element("filters").addEventListener("change", ({ target }) => {
      const { name, value } = /** @type {HTMLInputElement} */ (target);
      if (name === "store" || name === "period") choice[name] = Number(value);
      else if (name === "channel" || name === "currency") choice[name] = value;
      if (name === "store") offerStore();
      show();
    });
    element("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  function show() {
    const isEmpty = !data.cells.store.includes(choice.store);
    element("named").textContent = ` of ${data.stores[choice.store].name}`;
    for (const id of ["days", "figures", "since", "parts"]) element(id).hidden = isEmpty;
    if (isEmpty) {
      element("sentence").textContent = `Nothing was loaded of ${data.stores[choice.store].name} yet: no carts that were left, and no sales.`;
      element("unknown").hidden = true;
      return void draw([]);
    }
    const view = Figures.view(data, choice);
    element("sentence").textContent = sentence(view);
    element("days").textContent = [period(view), scope(view)].filter(Boolean).join(" ");
    element("figures").replaceChildren(...figures(view));
    element("since").replaceChildren(...since(view));
    showStores();
    /** @type {Map<string, string[]>} */
    const absent = new Map();
    /** @type {[HTMLElement, any, string | null][]} */
    const charts = [];
    for (const part of Parts) {
      const section = element(part.id);
      const built = part.build(view, data);
      section.hidden = "absent" in built;
      if ("absent" in built) {
        absent.set(built.absent, [...(absent.get(built.absent) ?? []), part.name]);
        continue;
      }
      fill(section, part, built);
      if (built.chart) charts.push([/** @type {HTMLElement} */ (section.querySelector(".chart")), built.chart, view.code]);
    }
    element("unknown").hidden = !absent.size;
    element("absent").replaceChildren(...[...absent].map(([why, names]) => made("li", {}, `${names.join("; ")}: ${why}.`)));
    draw(charts);
  }

  /** @param {any} view */
  function sentence(view) {
    const { totals, code, store } = view;
    const carts = many(totals.carts, "cart");
    if (!totals.carts && !totals.checkouts) return `Nothing is known of ${store.name} in this period.`;
    if (totals.abandonmentRate === null) {
      return totals.value === null
        ? `${carts} were left at payment; what they were worth in one currency, and what became of them, is not known.`
        : `${carts} worth ${money(totals.value, code)} were left at payment; what became of them is not known.`;
    }
    const open = totals.open ? ` so far; ${money(totals.valueOpen, code)} may still` : "";
    return `${share(totals.abandonmentRate)} of checkouts${view.elsewhere.carts || view.elsewhere.checkouts ? ` in ${code ?? "an unknown currency"}` : ""} were left: ${money(totals.value, code)}, of which ${money(totals.valueRecovered, code)} came back${open}.`;
  }

  /** @param {any} view */
  function period(view) {
    const { now, before } = view;
    const ends = `The period ends ${many(data.lost_after_days, "day")} ago, as that of stores whose orders are known does.`;
    if (now.first > now.last && !view.store.has_orders) return `Nothing of ${view.store.name} is that old yet. ${ends} "All" shows all days.`;
    if (now.first > now.last) return `Nothing of ${view.store.name} is settled yet: a cart is when ${data.lost_after_days} days have passed since it was left.`;
    const said = `${days(now)}.`;
    if (!choice.period) return `${said} All that is known${view.store.has_orders ? ", also carts that may still come back" : ""}.`;
    const compared = before
      ? ` Compared with ${days(before)}.`
      : " There is no comparison: the days before were not loaded.";
    if (!view.store.has_orders) return `${said} ${ends}${compared}`;
    return `${said} Settled: what has not come back after ${data.lost_after_days} days is lost.${compared}`;
  }

  /** Say what the chosen currency leaves out. @param {any} view */
  function scope({ elsewhere, code, store }) {
    const left = store.has_orders ? many(elsewhere.checkouts, "checkout") : many(elsewhere.carts, "cart");
    if (!elsewhere.checkouts && !elsewhere.carts) return "";
    return `In ${code ?? "an unknown currency"} alone: ${left} in other currencies are not in these figures.`;
  }

  /** @param {any} view */
  function figures(view) {
    const { totals, was, code } = view;
    const orders = view.store.has_orders;
    /** @type {[string, string, string, string, string, string | null][]} */
    const found = [];
    /** @param {string} key */
    const pair = (key) => /** @type {[any, any]} */ ([totals, was].map((of) => of && of[key]));
    /** @param {string} part @param {string} whole */
    const shares = (part, whole) => was && Chance.sharesDiffer([totals, was].map((of) => [of[part], of[whole]]));
    /** @param {string} sum @param {string} of */
    const sums = (sum, of) => was && Chance.sumsDiffer([totals[sum], totals[of]], [was[sum], was[of]]);
    /** @param {string} name @param {string} value @param {string} detail @param {string} definition @param {[string, string]} change */
    const add = (name, value, detail, definition, change) => found.push([name, value, detail, definition, ...change]);
    if (orders)
      add("Checkouts left", share(totals.abandonmentRate), `${count(totals.carts)} of ${count(totals.checkouts)}`, "abandonment_rate", changed(pair("abandonmentRate"), -1, "points", shares("carts", "checkouts")));
    else add("Carts left", count(totals.carts), "of checkouts that are not known", "abandoned_cart", changed(pair("carts"), -1, "percent", sums("carts", "carts")));
    add("Value left", money(totals.value, code), totals.withoutRate ? `${many(totals.withoutRate, "cart")} without a rate left out` : many(totals.carts, "cart"), "value", changed(pair("value"), -1, "percent", sums("value", "carts")));
    if (orders) {
      add("Carts that came back", share(totals.recoveryRate), `${count(totals.recovered)} of ${count(totals.carts)}`, "recovery_rate", changed(pair("recoveryRate"), 1, "points", shares("recovered", "carts")));
      add("Money that came in", money(totals.cameIn, code), `for carts worth ${money(totals.valueRecovered, code)}`, "recovered_order_value", changed(pair("cameIn"), 1, "percent", sums("cameIn", "recovered")));
      if (totals.median !== null) add("Time to come back", duration(totals.median), "half of them sooner", "hours_to_recover", changed(pair("median"), -1, "percent", was && Chance.mediansDiffer(totals.seconds, was.seconds)));
    }
    return found.map(([name, value, detail, definition, change, verdict]) =>
      made(
        "div",
        {},
        made("dt", {}, made("a", { href: `#def-${definition}` }, name)),
        made("dd", {}, made("strong", {}, value), made("span", { class: "detail" }, detail), ...(change ? [made("span", { class: `change ${verdict}` }, change)] : [])),
      ),
    );
  }

  /**
   * Say how a figure changed since the period before, and whether that is better.
   *
   * @param {[number | null, number | null]} figures @param {number} good 1 if more is better, -1 if less is
   * @param {string} kind @param {boolean} isApart whether it is more than chance does
   * @returns {[string, string]}
   */
  function changed([now, was], good, kind, isApart) {
    if (now === null || was === null || was === undefined || (kind === "percent" && !was)) return ["", ""];
    const by = kind === "points" ? 100 * (now - was) : 100 * (now / was - 1);
    const size = Math.abs(by).toFixed(kind === "points" ? 1 : 0);
    if (Number(size) === 0) return ["= as before", "same"];
    const verdict = !isApart ? "same" : by * good > 0 ? "better" : "worse";
    const said = `${size}${kind === "points" ? " points" : "%"} ${by > 0 ? "more" : "less"}`;
    return [isApart ? `${by > 0 ? "▲" : "▼"} ${said}: ${verdict}` : `≈ about the same (${said})`, verdict];
  }

  /** Say what the days after the settled ones brought so far. @param {any} view */
  function since(view) {
    const { moving, code } = view;
    if (!moving || !moving.carts) return [];
    const back = moving.recovered === null ? "" : `; ${count(moving.recovered)} came back so far, ${money(moving.valueRecovered, code)}`;
    const open = moving.open === null ? "" : `, and ${count(moving.open)} may still, ${money(moving.valueOpen, code)}`;
    return [made("strong", {}, `Since then, ${days(view.since)}: `), `${many(moving.carts, "cart")} left, ${money(moving.value, code)}${back}${open}.${view.store.has_orders ? " Not settled, so compared with nothing." : ""}`];
  }

  /** Show the stores side by side, where there are several; never as one. */
  function showStores() {
    const section = element("stores");
    section.hidden = data.stores.length < 2;
    if (section.hidden) return;
    const lines = data.stores.map((/** @type {any} */ store, /** @type {number} */ place) => {
      const { totals, code } = Figures.summary(data, { ...choice, store: place, channel: ALL, currency: ALL });
      return [
        store.name,
        count(totals.checkouts),
        count(totals.carts),
        totals.abandonmentRate === null ? Words.UNKNOWN : share(totals.abandonmentRate),
        money(totals.value, code, 2),
        totals.recovered === null ? Words.UNKNOWN : share(totals.recoveryRate),
        money(totals.cameIn, code, 2),
      ];
    });
    const headings = ["Store", "Checkouts", "Left", "Share left", "Value left", "Share that came back", "Money that came in"];
    /** @type {HTMLElement} */ (section.querySelector(".table")).replaceChildren(table(headings, lines));
  }

  /** @param {HTMLElement} section @param {any} part @param {any} built */
  function fill(section, part, built) {
    /** @param {string} selector */
    const of = (selector) => /** @type {HTMLElement} */ (section.querySelector(selector));
    of("h2").textContent = built.title;
    of(".note").replaceChildren(`${built.note} `, made("a", { href: `#def-${built.definition ?? part.definition}` }, "What it means"));
    of(".chart").hidden = !built.chart;
    of(".table").replaceChildren(table(built.headings, built.rows));
  }

  /** @param {string[]} headings @param {string[][]} lines */
  function table(headings, lines) {
    return made(
      "table",
      {},
      made("thead", {}, made("tr", {}, ...headings.map((each) => made("th", { scope: "col" }, each)))),
      made("tbody", {}, ...lines.map(([first, ...rest]) => made("tr", {}, made("th", { scope: "row" }, first), ...rest.map((cell) => made("td", {}, cell))))),
    );
  }

  /**
   * Draw the charts one after another: first what is on the screen, then the others from the top,
   * with time for the browser before each. A newer choice ends an older one's.
   *
   * @param {[HTMLElement, any, string | null][]} charts
   */
  async function draw(charts) {
    const mine = ++turn;
    const left = [...charts];
    for (const name of ["drawn", "seen"]) delete document.body.dataset[name];
    while (left.length) {
      if (!left.some(isOnScreen)) {
        seen(mine);
        await rest();
      }
      if (mine !== turn) return;
      const [[place, chart, code]] = left.splice(Math.max(left.findIndex(isOnScreen), 0), 1);
      const text = JSON.stringify(specifications[chart.kind])
        .replaceAll("{code}", code ?? "unknown currency")
        .replaceAll("{grain}", chart.grain ?? "")
        .replaceAll("{room}", String(room(chart.rows)));
      const specification = JSON.parse(text);
      specification.data.find((/** @type {any} */ each) => each.name === "rows").values = chart.rows;
      // @ts-ignore - of the library, which stands before this script
      await window.vegaEmbed(place, specification, { mode: "vega", ast: true, renderer: "svg", actions: false, defaultStyle: false });
      if (mine !== turn) return;
    }
    seen(mine);
    document.body.dataset.drawn = String(mine);
    performance.mark("drawn");
  }

  /** @param {[HTMLElement, any, string | null]} chart */
  function isOnScreen([place]) {
    const { top, bottom } = place.getBoundingClientRect();
    return top < innerHeight && bottom >= 0;
  }

  /** Tell that the charts on the screen are drawn. @param {number} mine */
  function seen(mine) {
    if (document.body.dataset.seen) return;
    document.body.dataset.seen = String(mine);
    performance.mark("seen");
  }

  /** Let the browser paint and listen; not if the page is printed. */
  function rest() {
    if (isPrinting) return Promise.resolve();
    return new Promise((done) => {
      wake = () => done(null);
      setTimeout(wake);
    });
  }

  /** On paper nothing can be opened: the tables are printed. */
  function openTables() {
    for (const each of document.querySelectorAll("main details:not([open])")) {
      each.dataset.printed = "";
      each.open = true;
    }
  }

  function closeTables() {
    for (const each of document.querySelectorAll("details[data-printed]")) {
      delete each.dataset.printed;
      each.open = false;
    }
  }

  function listenToWindow() {
    // What promises do is done before the browser goes on to print.
    addEventListener("beforeprint", () => ((isPrinting = true), openTables(), wake()));
    addEventListener("afterprint", () => ((isPrinting = false), closeTables()));
  }

  /** Return how many pixels the texts beside bars take, at 12 px. @param {any[]} rows */
  function room(rows) {
    return 12 + 8 * Math.max(0, ...rows.map(({ text = "" }) => text.length));
  }

  place();
  listen();
  listenToWindow();
  show();
  performance.mark("shown");
})();

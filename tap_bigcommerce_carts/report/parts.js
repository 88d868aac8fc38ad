// @ts-check
"use strict";

/**
 * The parts of the page below its first figures: each says its finding, and has a chart and a table.
 *
 * @typedef {{label: string, value: number | null, text?: string, tip: string}} Bar
 * @typedef {{kind: string, rows: any[], grain?: string}} Chart
 * @typedef {{
 *   title: string, note: string, definition?: string, chart?: Chart, headings: string[], rows: string[][],
 * }} Shown
 * @typedef {{absent: string}} Absent
 * @typedef {{id: string, name: string, definition: string, build: (view: any, data: any) => Shown | Absent}} Part
 */
const Parts = (() => {
  const { count, share, money, duration, date, many } = Words;
  const STEPS = {
    filled: "Cart filled",
    email: "E-mail given",
    address: "Address given",
    shipping: "Shipping chosen",
    payment: "Payment reached",
    placed: "Bought",
  };
  const BEFORE = {
    email: "an e-mail is given",
    address: "an address is given",
    shipping: "shipping is chosen",
    payment: "payment is reached",
    placed: "the order is placed",
  };
  const OUTCOMES = { lost: "Lost", open: "Still open", recovered: "Came back", placed: "Bought at once" };
  const EXTRA = ["no extra costs", "up to 5%", "5 to 10%", "10 to 20%", "more than 20%"];
  const COUPONS = { used: "Coupon used", refused: "Coupon refused", none: "No coupon" };
  const ORDERED = ["prices", "extra_costs"];
  const SPLIT = ["Checkouts", "Left", "Share left", "Came back", "Share that came back", "Value left"];
  const NO_CHECKOUTS = "the tables do not say it of the checkouts";
  const NO_ORDERS = "the store's orders were not loaded";
  const NONE = "there is none in this period";
  // What price bands are sorted by.
  const ORDER = /^\d+: /;

  /** @type {Part[]} */
  const parts = [
    { id: "funnel", name: "Funnel", definition: "checkouts", build: funnel },
    { id: "rates", name: "Rates over time", definition: "abandonment_rate", build: rates },
    { id: "values", name: "Value by what became of it", definition: "value", build: values },
    { id: "curve", name: "Recovery by days since", definition: "recovered_by_then", build: curve },
    { id: "soon", name: "Time to come back", definition: "hours_to_recover", build: soon },
    { id: "products", name: "Products left behind", definition: "abandoned_cart", build: products },
    { id: "recoverable", name: "Still to be expected", definition: "expected_value", build: recoverable },
    { id: "remind", name: "Carts to remind of", definition: "to_remind", build: remind },
    { id: "storefronts", name: "By storefront", definition: "checkouts", build: storefronts },
    splitBy("groups", "By customer group", "customer group", "No group, or not known", "customer_group_name"),
    splitBy("countries", "By country", "country", "Unknown country", "country_iso2"),
    { id: "hours", name: "By hour and weekday", definition: "local_hour", build: hours },
    { id: "extra", name: "Extra costs", definition: "extra_cost_share", build: extra },
    splitBy("extra_costs", "By extra costs", "share of extra costs", "Not known", "extra_cost_share"),
    splitBy("prices", "By price", "price band", "Unknown price", "price_band"),
    splitBy("returning", "New and returning shoppers", "kind of shopper", "Not known who", "is_returning"),
    splitBy("coupons", "By use of coupons", "use of coupons", "Not known", "coupon_use"),
    { id: "lift", name: "What reminders bring", definition: "lift", build: lift },
    { id: "problems", name: "Problems in the store's log", definition: "problems", build: problems },
  ];

  /** @param {any} view @returns {Shown | Absent} */
  function funnel(view) {
    if (!view.funnel) return { absent: NO_ORDERS };
    const { kind, bars, since } = view.funnel;
    const [first] = bars;
    const last = bars[bars.length - 1];
    if (!first.carts) return { absent: NONE };
    /** @param {string} step */
    const named = (step) => STEPS[/** @type {keyof typeof STEPS} */ (step)];
    const drops = bars.slice(1).map((/** @type {any} */ bar, /** @type {number} */ place) => ({
      step: bar.step,
      lost: bars[place].carts - bar.carts,
    }));
    const worst = drops.reduce((/** @type {any} */ one, /** @type {any} */ other) => (other.lost > one.lost ? other : one));
    const before = { payment: "checkouts", stages: "filled carts", steps: "filled carts" }[/** @type {"payment"} */ (kind)];
    const title = `Of 100 ${before}, ${Math.round((100 * last.carts) / first.carts)} were bought`;
    const most =
      bars.length > 2 && worst.lost > 0
        ? `; most are lost before ${BEFORE[/** @type {keyof typeof BEFORE} */ (worst.step)]}`
        : "";
    const later = since > view.now.first ? ` Known since ${date(since)}.` : "";
    const notes = {
      payment: "From the payment step on. What happens before it is known with an inbox alone.",
      stages: "Carts count on the day they were filled. Steps of the checkout are not known.",
      steps: "Carts whose steps are known, each at all the steps it reached.",
    };
    return {
      definition: { payment: "checkouts", stages: "filled_cart", steps: "step" }[/** @type {"payment"} */ (kind)],
      title: title + most,
      note: notes[/** @type {"payment"} */ (kind)] + later,
      chart: {
        kind: "funnel",
        rows: bars.map((/** @type {any} */ bar) => {
          const text = `${count(bar.carts)} (${Math.round((100 * bar.carts) / first.carts)}%)`;
          return { label: named(bar.step), value: bar.carts, text, tip: `${named(bar.step)}: ${text}` };
        }),
      },
      headings: ["Step", "Carts", "Of the first step", "Lost since the step before"],
      rows: bars.map((/** @type {any} */ bar, /** @type {number} */ place) => [
        named(bar.step),
        count(bar.carts),
        share(bar.carts / first.carts),
        place ? count(bars[place - 1].carts - bar.carts) : "",
      ]),
    };
  }

  /** @param {any} view */
  function grain(view) {
    return view.grain === 1 ? { one: "Day", of: "By day." } : { one: "Week from", of: "By complete week, from Monday." };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function rates(view) {
    if (!view.store.has_orders) return { absent: NO_ORDERS };
    const { series } = view;
    if (!series.some((/** @type {any} */ each) => each.checkouts)) return { absent: "no whole week is known" };
    const { one, of } = grain(view);
    const chart = series.flatMap((/** @type {any} */ each) => {
      const label = date(each.day);
      const back = each.isSettled ? each.recoveryRate : null;
      // Without a value the line has a gap.
      return [
        { series: "left", value: each.abandonmentRate, tip: `${one} ${label}: ${share(each.abandonmentRate)} left` },
        { series: "came back", value: back, tip: `${one} ${label}: ${share(back)} of these came back` },
      ].map((row) => ({ ...row, time: each.day * 864e5 }));
    });
    return {
      title: trend(series, view.grain === 1 ? "day" : "week"),
      note: `${of} Share of checkouts that were left, and share of these that came back, which is told once it is settled.`,
      chart: { kind: "rates", rows: chart, grain: view.grain === 1 ? "Day" : "Week, by its Monday" },
      headings: [one, "Checkouts", "Left", "Share left", "Came back", "Lost", "Still open", "Share that came back"],
      rows: series.map((/** @type {any} */ each) => [
        Words.iso(each.day),
        count(each.checkouts),
        count(each.carts),
        share(each.abandonmentRate),
        count(each.recovered),
        count(each.lost),
        count(each.open),
        each.isSettled ? share(each.recoveryRate) : "not settled",
      ]),
    };
  }

  /** Say how the share went from the first half of the days or weeks to the last. @param {any[]} series @param {string} unit */
  function trend(series, unit) {
    const rated = series.filter((each) => each.checkouts);
    const half = Math.max(1, rated.length >> 1);
    /** @param {any[]} from @returns {[number, number]} */
    const add = (from) => [0, 0].map((_, place) => from.reduce((sum, each) => sum + each[place ? "checkouts" : "carts"], 0));
    const rate = (/** @type {[number, number]} */ [carts, checkouts]) => share(carts / checkouts);
    if (rated.length === 1) return `${rate(add(rated))} were left in the one ${unit}`;
    const [early, late] = [add(rated.slice(0, half)), add(rated.slice(-half))];
    if (!Chance.sharesDiffer([early, late])) return `The share left stayed about the same, near ${rate(add(rated))}`;
    const several = half > 1 ? ` ${half} ${unit}s` : ` ${unit}`;
    return `The share left ${late[0] * early[1] > early[0] * late[1] ? "rose" : "fell"} from ${rate(early)} in the first${several} to ${rate(late)} in the last${half > 1 ? ` ${half}` : ""}`;
  }

  /** @param {any} view @returns {Shown | Absent} */
  function values(view) {
    const { totals, code } = view;
    const { length, buckets } = view.values;
    if (totals.value === null) return { absent: "what the carts were worth is not known in one currency" };
    if (!totals.carts) return { absent: NONE };
    const [one, of] = length === 1 ? ["Day", "By day."] : ["Week from", "By week, from Monday; the first and the last with the days that are in the period."];
    const part = (/** @type {any} */ each) => (each.isPart ? " (part)" : "");
    const knows = view.store.has_orders;
    const outcomes = knows ? [["came back", "valueRecovered"], ["lost", "valueLost"], ["still open", "valueOpen"]] : [["left", "value"]];
    const chart = buckets.flatMap((/** @type {any} */ each) =>
      outcomes.map(([name, field], order) => ({
        time: each.day * 864e5,
        series: name,
        order,
        value: (each[field] ?? 0) / 10000,
        tip: `${one} ${date(each.day)}${part(each)}: ${money(each[field], code)} ${name}`,
      })),
    );
    const grain = length === 1 ? "Day" : "Week, by its Monday";
    if (!knows) {
      return {
        title: `${many(totals.carts, "cart")} were left, worth ${money(totals.value, code)}`,
        note: `${of} What became of the carts is not known.`,
        chart: { kind: "left", rows: chart, grain },
        headings: [one, "Carts left", "Value left"],
        rows: buckets.map((/** @type {any} */ each) => [Words.iso(each.day) + part(each), count(each.carts), money(each.value, code, 2)]),
      };
    }
    const back = Figures.ratio(totals.valueRecovered, totals.value);
    return {
      title: `${money(totals.valueRecovered, code)} of ${money(totals.value, code)} came back${back === null ? "" : `, ${share(back)}`}`,
      note: `${of} Value of the carts on the day they were left. Money that came in is what their orders came to.`,
      chart: { kind: "values", rows: chart, grain },
      headings: [one, "Left", "Came back", "Lost", "Still open", "Money that came in"],
      rows: buckets.map((/** @type {any} */ each) => [
        Words.iso(each.day) + part(each),
        ...["value", "valueRecovered", "valueLost", "valueOpen", "cameIn"].map((name) => money(each[name], code, 2)),
      ]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function curve(view) {
    if (!view.curve) return { absent: view.store.has_orders ? "the tables have no recovery curve" : NO_ORDERS };
    const points = view.curve;
    if (view.choice.period === 7) return { absent: "seven days are too few for it" };
    if (!points.length) return { absent: "no week of this period is old enough" };
    const [day, last] = [points.find((/** @type {any} */ each) => each.days === 1), points[points.length - 1]];
    const within = (/** @type {any} */ each) => `${share(each.share)} within ${many(each.days, "day")}`;
    const title = day && day !== last ? `${within(day)}, ${within(last)}` : within(last);
    return {
      title: `Came back: ${title}`,
      note: `Of ${many(last.carts, "cart")} left in whole weeks of this period that are ${many(last.days, "day")} old or more. The figures on top are of all its days, and of any time since.`,
      chart: {
        kind: "curve",
        rows: points.map((/** @type {any} */ each) => ({ days: each.days, value: each.share, tip: `${within(each)} came back` })),
      },
      headings: ["Days since", "Carts", "Came back so far", "Share"],
      rows: points.map((/** @type {any} */ each) => [count(each.days), count(each.carts), count(each.recovered), share(each.share)]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function soon(view) {
    const found = view.soon;
    if (!found) return { absent: view.store.has_orders ? "the tables do not say it" : NO_ORDERS };
    if (!found.known) return { absent: "no cart of this period came back" };
    const inDay = found.withinDay / found.known;
    const title =
      inDay > 0.5
        ? `Most carts that came back did so within a day (${share(inDay)})`
        : `Carts that came back took ${duration(found.median)}, half of them longer`;
    const rows = found.bands.map((/** @type {any} */ band) => [band.label, count(band.carts), share(band.carts / found.known)]);
    if (found.timeless > 0) rows.push(["changed after it was paid", count(found.timeless), ""]);
    return {
      title,
      note: `Of ${many(found.known, "cart")} that came back and of which it is known when. An order that was shipped since counts from its last change, so the truth is sooner.`,
      chart: { kind: "counts", rows: found.bands.map((/** @type {any} */ band) => bar(band.label, band.carts, count(band.carts))) },
      headings: ["Came back", "Carts", "Share"],
      rows,
    };
  }

  /** @param {string} label @param {number | null} value @param {string} text @param {string} [more] @returns {Bar} */
  function bar(label, value, text, more = "") {
    return { label, value, text, tip: `${label}: ${text}${more}` };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function recoverable(view) {
    if (!view.store.has_orders) return { absent: NO_ORDERS };
    if (!view.recoverable) return { absent: "the tables do not say what may still come in" };
    const { bands: found, all } = view.recoverable;
    if (!found.length) return { absent: "no cart of this choice is still away" };
    const { code } = view;
    const inMoney = found.every((/** @type {any} */ each) => each.value !== null);
    const known = found.filter((/** @type {any} */ each) => each.expected !== null);
    const add = (/** @type {any[]} */ of, /** @type {string} */ name) => of.reduce((sum, each) => sum + each[name], 0);
    const rest = found.filter((/** @type {any} */ each) => each.expected === null);
    const range = (/** @type {any} */ each) => (each.low === null || each.high === null ? "" : ` (${money(each.low, code)} to ${money(each.high, code)})`);
    const title = known.length
      ? `${money(add(known, "expected"), code)} is still to be expected${range(all)} of carts worth ${money(add(known, "value"), code)}`
      : "Carts that did not come back, by age";
    const notes = [
      "As of today, whatever the period.",
      !inMoney && "Choose a currency to see amounts.",
      inMoney && "What is expected is by what came back later of older carts.",
      inMoney && rest.length > 0 && `Of ${many(add(rest, "carts"), "cart")} it is not known, and not in the sum.`,
      known.length > 0 && "In brackets, and as a line on each bar, where it will be in 95 of 100 such cases.",
    ];
    return {
      title,
      note: notes.filter(Boolean).join(" "),
      chart: {
        kind: known.length ? "expected" : "counts",
        rows: known.length
          ? known.map((/** @type {any} */ each) => ({
              ...bar(each.label, each.expected / 10000, money(each.expected, code), `${range(each)} of ${money(each.value, code)}, ${count(each.carts)} carts`),
              low: (each.low ?? each.expected) / 10000,
              high: (each.high ?? each.expected) / 10000,
            }))
          : found.map((/** @type {any} */ each) => bar(each.label, each.carts, count(each.carts))),
      },
      headings: ["Left ago", "Carts", "May be reminded", "Value", "Expected", "At least", "At most"],
      rows: found.map((/** @type {any} */ each) => [
        each.label,
        count(each.carts),
        count(each.contactable),
        ...["value", "expected", "low", "high"].map((name) => money(each[name], code, 2)),
      ]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function remind(view) {
    const found = view.toRemind;
    if (!view.store.has_orders) return { absent: NO_ORDERS };
    if (!found) return { absent: "the tables do not list them" };
    if (!found.carts) return { absent: "nobody may be reminded today" };
    const { code } = view;
    const inMoney = found.value !== null;
    const worth = found.value === null ? "" : `, of carts worth ${money(found.value, code)}`;
    const held = found.heldOut ? `${many(found.heldOut, "shopper")} more are held out, and are not to be reminded. ` : "";
    return {
      title: `${many(found.carts, "shopper")} may be reminded today${worth}`,
      note: `As of today, whatever the period: one cart of each shopper who agreed to it and has not bought since, by how long ago it was left; ${count(found.atPayment)} of the carts were left at payment, the others before it. ${held}Who they are is in the table carts_to_remind, not on this page.`,
      chart: {
        kind: inMoney ? "amounts" : "counts",
        rows: found.ages.map((/** @type {any} */ each) =>
          inMoney
            ? bar(each.label, each.value / 10000, `${money(each.value, code)} (${count(each.carts)})`, `, of ${many(each.carts, "shopper")}`)
            : bar(each.label, each.carts, count(each.carts)),
        ),
      },
      headings: ["Left ago", "Shoppers", "Of these, left at payment", "Value", "Held out beside them"],
      rows: found.ages.map((/** @type {any} */ each) => [each.label, count(each.carts), count(each.atPayment), money(each.value, code, 2), count(each.heldOut)]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function products(view) {
    const found = view.products;
    if (!found) return { absent: "lines of carts were not loaded" };
    if (!found.length) return { absent: NONE };
    const { code } = view;
    const line = (/** @type {any} */ each, /** @type {string} */ name) => [
      name,
      each.sku ?? "",
      count(each.carts),
      count(each.units),
      money(each.value, code, 2),
      each.recovered === null ? Words.UNKNOWN : share(each.recoveryRate),
    ];
    return {
      title: `${found[0].name} was left most often, in ${many(found[0].carts, "cart")}`,
      note: "A cart with two variants of a product is one cart.",
      chart: {
        kind: "counts",
        rows: found.map((/** @type {any} */ each) => bar(each.name, each.carts, count(each.carts), ` carts, ${money(each.value, code)}`)),
      },
      headings: ["Product", "SKU", "Carts", "Units", "Value", "Share that came back"],
      rows: found.flatMap((/** @type {any} */ each) => [
        line(each, each.name),
        ...each.variants.map((/** @type {any} */ variant) => line(variant, `· ${variant.name}`)),
      ]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function storefronts(view) {
    return ofSplit(view.storefronts, "storefront", view);
  }

  /** @param {string} name @param {string} title @param {string} what @param {string} unknown @param {string} definition @returns {Part} */
  function splitBy(name, title, what, unknown, definition) {
    return {
      id: name,
      name: title,
      definition,
      build: (view, data) => {
        const found = view.splits[name];
        if (!data.tables[name] || !found) return { absent: NO_CHECKOUTS };
        if (view.store.has_orders && isKnownOfSalesAlone(found)) return { absent: "of most carts that were left it is not known" };
        if (ORDERED.includes(name)) found.sort(byBand);
        return ofSplit(found.map((/** @type {any} */ each) => ({ ...each, label: each.label === null ? unknown : said(name, each.label) })), what, view);
      },
    };
  }

  /** Whether it is unknown of most carts left, and less so of the sales: such a share says nothing. @param {any[]} found */
  function isKnownOfSalesAlone(found) {
    const [of] = found.filter((each) => each.label === null);
    const [carts, checkouts] = ["carts", "checkouts"].map((name) => found.reduce((sum, each) => sum + each[name], 0));
    return of && 2 * of.carts > carts && Chance.sharesDiffer([[of.carts, carts], [of.checkouts - of.carts, checkouts - carts]]);
  }

  /** Write a label for people. @param {string} name @param {any} label */
  function said(name, label) {
    if (name === "extra_costs") return EXTRA[label];
    if (name === "countries") return countryName(label);
    if (name === "prices") return label.replace(ORDER, "");
    return name === "coupons" ? (COUPONS[/** @type {keyof typeof COUPONS} */ (label)] ?? label) : label;
  }

  /** @param {string} code ISO 3166-1 alpha-2 */
  function countryName(code) {
    try {
      return new Intl.DisplayNames("en", { type: "region" }).of(code) ?? code;
    } catch {
      return code; // It is none.
    }
  }

  /** @param {any} one @param {any} other */
  function byBand(one, other) {
    return place(one) - place(other);
  }

  /** @param {any} band */
  function place(band) {
    return band.label === null ? Infinity : parseInt(band.label, 10);
  }

  /** @param {any[]} found @param {string} what @param {any} view @returns {Shown | Absent} */
  function ofSplit(found, what, view) {
    if (!found.length) return { absent: NONE };
    if (found.length === 1) return { absent: `there is one ${what} alone, ${found[0].label}` };
    if (!view.store.has_orders) return ofLeft(found, what, view);
    const drawn = mostOf(found, "checkouts");
    return {
      title: extremes(drawn, what),
      note: `By ${what}: the share of checkouts that were left${found.length > 12 ? "; the twelve with most checkouts, all in the table" : ""}.`,
      chart: {
        kind: "shares",
        rows: drawn.map((each) => ({
          ...bar(each.label, each.abandonmentRate, share(each.abandonmentRate), ` of ${count(each.checkouts)} checkouts left, ${share(each.recoveryRate)} of these came back`),
          ...few(each),
        })),
      },
      headings: [what[0].toUpperCase() + what.slice(1), ...SPLIT],
      rows: found.map((each) => splitRow(each, view.code)),
    };
  }

  /** Split the carts that were left, where the checkouts are not known. @param {any[]} found @param {string} what @param {any} view @returns {Shown} */
  function ofLeft(found, what, view) {
    const most = found.reduce((one, other) => (other.carts > one.carts ? other : one));
    return {
      title: `Most carts left: ${most.label}, ${count(most.carts)}`,
      note: `By ${what}: how many carts were left. Of how many checkouts is not known.`,
      chart: { kind: "counts", rows: mostOf(found, "carts").map((each) => bar(each.label, each.carts, count(each.carts))) },
      headings: [what[0].toUpperCase() + what.slice(1), "Left", "Value left"],
      rows: found.map((each) => [each.label, count(each.carts), money(each.value, view.code, 2)]),
    };
  }

  /** Return the twelve with most of something, in the order in which they stand. @param {any[]} found @param {string} name */
  function mostOf(found, name) {
    const most = [...found].sort((one, other) => other[name] - one[name]).slice(0, 12);
    return found.filter((each) => most.includes(each));
  }

  /** @param {any} each @param {string | null} code */
  function splitRow(each, code) {
    return [
      each.label,
      count(each.checkouts),
      count(each.carts),
      share(each.abandonmentRate),
      count(each.recovered),
      share(each.recoveryRate),
      money(each.value, code, 2),
    ];
  }

  /** Say where most is left, and least, if that is more than chance. @param {any[]} found @param {string} what */
  function extremes(found, what) {
    const rated = found.filter((each) => each.abandonmentRate !== null).sort((one, other) => other.abandonmentRate - one.abandonmentRate);
    const all = (/** @type {string} */ name) => rated.reduce((sum, each) => sum + each[name], 0);
    if (!Chance.sharesDiffer(rated.map((each) => [each.carts, each.checkouts])))
      return `About the same for every ${what}, near ${share(Figures.ratio(all("carts"), all("checkouts")))}`;
    const named = (/** @type {any} */ each) =>
      `${each.label}, ${share(each.abandonmentRate)}${isFew(each) ? ` (few: ${many(each.checkouts, "checkout")})` : ""}`;
    return `Most left: ${named(rated[0])}; least: ${named(rated[rated.length - 1])}`;
  }

  /** @param {any} each */
  function isFew(each) {
    return each.checkouts < Chance.FEW;
  }

  /** Return how a bar of few checkouts is drawn. @param {any} each */
  function few(each) {
    return isFew(each) ? { few: true, text: `${share(each.abandonmentRate)} (of ${count(each.checkouts)})` } : {};
  }

  /** @param {any} view @param {any} data @returns {Shown | Absent} */
  function hours(view, data) {
    if (!data.tables.hours || !view.hours) return { absent: NO_CHECKOUTS };
    const found = view.hours
      .filter((/** @type {any} */ each) => each.label !== null)
      .map((/** @type {any} */ each) => ({ ...each, weekday: Math.floor(each.label / 100) - 1, hour: each.label % 100 }));
    if (!found.some((/** @type {any} */ each) => each.carts)) return { absent: NONE };
    const most = (/** @type {string} */ by, /** @type {number[]} */ times) => {
      const sums = times.map(() => 0);
      for (const each of found) sums[each[by]] += each.carts;
      if (!Chance.countsDiffer(sums, times)) return null;
      const each = sums.map((carts, place) => carts / times[place]);
      return each.indexOf(Math.max(...each));
    };
    // Thirty days hold five of some weekdays, and four of others.
    const weekday = most("weekday", Figures.weekdays(view.now));
    const hour = most("hour", Array(24).fill(1));
    const when = [
      weekday !== null && `on ${Words.WEEKDAYS[weekday]}s than on other days`,
      hour !== null && `from ${hour}:00 to ${hour + 1}:00 than in other hours`,
    ].filter(Boolean);
    const cell = (/** @type {number} */ weekday, /** @type {number} */ hour) =>
      found.find((/** @type {any} */ each) => each.weekday === weekday && each.hour === hour) ?? { carts: 0, checkouts: 0, abandonmentRate: null };
    const grid = Words.WEEKDAYS.flatMap((name, place) =>
      Array.from({ length: 24 }, (_, hour) => {
        const of = cell(place, hour);
        const left = of.abandonmentRate === null ? "" : `, ${share(of.abandonmentRate)} of the checkouts`;
        return { weekday: name, hour, value: of.carts, tip: `${name}, ${hour}:00: ${many(of.carts, "cart")} left${left}` };
      }),
    );
    const carts = found.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.carts, 0);
    return {
      title: when.length ? `More carts are left ${when.join(", and ")}` : "No weekday and no hour stands out",
      note: `${many(carts, "cart")} left, by weekday and hour in the time zone of the tables. Cells of a few carts tell little.`,
      chart: { kind: "hours", rows: grid },
      headings: ["Hour", ...Words.WEEKDAYS],
      rows: Array.from({ length: 24 }, (_, hour) => [`${hour}:00`, ...Words.WEEKDAYS.map((_, place) => count(cell(place, hour).carts))]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function extra(view) {
    if (!view.store.has_orders) return { absent: NO_ORDERS };
    const shares = view.extraShares ?? {};
    const known = Object.entries(OUTCOMES)
      .filter(([outcome]) => shares[outcome])
      .map(([outcome, name]) => ({ name, ...shares[outcome] }));
    if (!known.length) return { absent: NO_CHECKOUTS };
    const { lost, placed } = shares;
    return {
      title:
        lost && placed
          ? `On average, extra costs made up ${share(lost.mean)} of a lost cart, and ${share(placed.mean)} of one bought at once`
          : `On average, extra costs made up ${share(known[0].mean)} of a cart (${known[0].name.toLowerCase()})`,
      note: "Shipping, handling and tax that were added to the prices shown, as a share of each cart's total; the mean of these shares, each cart counted alike.",
      chart: { kind: "means", rows: known.map((each) => bar(each.name, each.mean, share(each.mean), ` of ${many(each.checkouts, "checkout")}`)) },
      headings: ["What became of it", "Checkouts", "Extra costs, mean share"],
      rows: known.map((each) => [each.name, count(each.checkouts), share(each.mean)]),
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function lift(view) {
    const found = view.lift;
    if (!view.store.has_orders) return { absent: NO_ORDERS };
    if (!found) return { absent: "no shoppers are held out from reminders, or not for long enough" };
    const points = (/** @type {number} */ value) => `${value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(1)}`;
    const known = found.lift !== null && found.lift_low !== null && found.lift_high !== null;
    const range = known ? ` (${points(found.lift_low)} to ${points(found.lift_high)})` : "";
    const title = !known
      ? "Too few shoppers to tell"
      : found.lift_low > 0
        ? `Of those mailed, ${points(found.lift)} points more bought${range}`
        : found.lift_high < 0
          ? `Of those mailed, ${points(-found.lift)} points fewer bought (${points(-found.lift_high)} to ${points(-found.lift_low)})`
          : `Not proven yet: ${points(found.lift)} points${range}`;
    return {
      title,
      note: `Of the whole store, whatever is chosen above: all shoppers since some are held out; who bought within ${many(found.attribution_days, "day")}.`,
      chart: known
        ? {
            kind: "lift",
            rows: [bar("mailed", found.rate_mailed, share(found.rate_mailed)), bar("held out", found.rate_held_out, share(found.rate_held_out))],
          }
        : undefined,
      headings: ["Shoppers", "How many", "Bought", "Share"],
      rows: [
        ["mailed", count(found.shoppers_mailed), count(found.recovered_mailed), share(found.rate_mailed)],
        ["held out", count(found.shoppers_held_out), count(found.recovered_held_out), share(found.rate_held_out)],
      ],
    };
  }

  /** @param {any} view @returns {Shown | Absent} */
  function problems(view) {
    const found = view.problems;
    if (!found || !found.length) return { absent: "the store's log was not loaded, or names none" };
    return {
      title: `The log names ${many(found[0].carts, "problem")} of ${found[0].label}`,
      note: "Of the whole store: what its log says in this period, whatever storefront and currency are chosen.",
      chart: { kind: "problems", rows: found.map((/** @type {any} */ each) => bar(each.label, each.carts, count(each.carts))) },
      headings: ["Kind", "Entries"],
      rows: found.map((/** @type {any} */ each) => [each.label, count(each.carts)]),
    };
  }

  return parts;
})();

// @ts-check
"use strict";

/**
 * What the page shows, worked out of its data for a choice of store, storefront, currency, period.
 *
 * Amounts are whole numbers of 1/10,000 and stay below 2^53, so sums are exact. A figure is null
 * where it is not known, which is not zero. Days are counted from 1 January 1970.
 *
 * @typedef {{store: number, channel: string, currency: string, period: number}} Choice
 *   `channel` and `currency` can be ALL; `period` is a number of days, or 0 for all.
 * @typedef {{first: number, last: number}} Days both included
 * @typedef {Record<string, any>} Table columns by name, all of one length, and texts' `labels`
 * @typedef {Record<string, any>} Data
 */
const Figures = (() => {
  const ALL = "*";
  const Z = 1.959963985; // of 95 in 100
  const HOUR = 3600;
  const DAY = 24 * HOUR;
  /** @type {[string, number][]} how soon, and at most how many seconds */
  const SOON = [
    ["within an hour", HOUR],
    ["1 to 6 hours", 6 * HOUR],
    ["6 to 24 hours", DAY],
    ["1 to 2 days", 2 * DAY],
    ["2 to 7 days", 7 * DAY],
    ["1 to 4 weeks", 28 * DAY],
    ["later", Infinity],
  ];
  const STEPS = ["filled", "email", "address", "shipping", "payment", "placed"];
  const AGES = ["0-24 h", "1-2 days", "2-7 days", "7-30 days", "older"];
  const SPLITS = ["groups", "countries", "prices", "returning", "coupons", "extra_costs"];

  /** Unpack the columns of the tables in place. @param {Data} data @returns {Data} */
  function unpacked(data) {
    for (const table of Object.values(data.tables)) {
      for (const [name, column] of Object.entries(table)) {
        if (name !== "labels") table[name] = unpack(column);
      }
    }
    return data;
  }

  /**
   * Return a column's values: numbers are multiples of `by` above `from`; the places of runs of one
   * value are told by `runs`, a value and how often.
   *
   * @param {{from?: number, by?: number, of?: (number | null)[], runs?: number[], text?: string[]}} column
   */
  function unpack({ from = 0, by = 1, of, runs, text }) {
    if (text) return text;
    if (of) return of.map((each) => (each === null ? null : from + by * each));
    const found = [];
    for (let place = 0; place < (runs ?? []).length; place += 2) {
      for (let left = /** @type {number[]} */ (runs)[place + 1]; left; left--) found.push(/** @type {number[]} */ (runs)[place]);
    }
    return found;
  }

  /** Work out all figures of a choice. @param {Data} data @param {Choice} choice */
  function view(data, choice) {
    const scope = scoped(data, choice);
    const { store } = scope;
    const { now, before, since } = periods(data, choice);
    return {
      choice,
      store,
      code: scope.code,
      now,
      before,
      since,
      grain: grain(choice),
      totals: totals(scope, now),
      elsewhere: elsewhere(scope, now),
      was: before && totals(scope, before),
      moving: since && totals(scope, since),
      series: series(scope, now),
      values: values(scope, now),
      funnel: funnel(scope, now),
      soon: soon(scope, now),
      curve: curve(scope, horizon(data, choice)),
      products: products(scope),
      storefronts: storefronts(scope, now),
      hours: split(scope, "hours"),
      splits: Object.fromEntries(SPLITS.map((name) => [name, split(scope, name)])),
      extraShares: extraShares(scope),
      recoverable: recoverable(scope),
      toRemind: toRemind(scope),
      lift: data.lift && (data.lift.find((/** @type {any} */ row) => row.store === choice.store) ?? null),
      problems: problems(scope),
    };
  }

  /** Work out the sums of a choice alone. @param {Data} data @param {Choice} choice */
  function summary(data, choice) {
    const scope = scoped(data, choice);
    return { code: scope.code, totals: totals(scope, periods(data, choice).now) };
  }

  /** @param {Data} data @param {Choice} choice */
  function scoped(data, choice) {
    const store = data.stores[choice.store];
    return { data, choice, store, cells: cells(data.cells, choice), code: code(data, choice) };
  }

  /**
   * Periods end on the last settled day, so that they can be compared: with as many days before, if
   * all of these are known. All days include those that are not settled.
   *
   * @param {Data} data @param {Choice} choice
   * @returns {{now: Days, before: Days | null, since: Days | null}}
   */
  function periods(data, choice) {
    const { first, known } = data.stores[choice.store];
    if (!choice.period) return { now: { first, last: data.today }, before: null, since: null };
    const start = data.settled - choice.period + 1;
    const before = { first: start - choice.period, last: start - 1 };
    return {
      now: { first: Math.max(start, Math.min(first, data.settled + 1)), last: data.settled },
      before: known <= before.first ? before : null,
      since: { first: data.settled + 1, last: data.today },
    };
  }

  /** Return which cells are chosen, by their place. @param {Table} table @param {Choice} choice */
  function cells(table, choice) {
    return table.store.map(
      (/** @type {number} */ store, /** @type {number} */ place) =>
        store === choice.store &&
        [ALL, String(table.channel[place])].includes(choice.channel) &&
        [ALL, String(table.currency[place])].includes(choice.currency),
    );
  }

  /** Return the currency of the amounts; null if it is not known. @param {Data} data @param {Choice} choice */
  function code(data, choice) {
    if (choice.currency === "null") return null;
    return choice.currency === ALL ? data.stores[choice.store].currency : choice.currency;
  }

  /**
   * Return the rows of a table that are of the chosen cells, and of these days if there are some.
   *
   * @param {any} scope @param {Table} table @param {Days} [days] @returns {number[]}
   */
  function rows(scope, table, days) {
    const found = [];
    for (let row = 0; row < table.cell.length; row++) {
      if (!scope.cells[table.cell[row]]) continue;
      if (days && (table.day[row] < days.first || table.day[row] > days.last)) continue;
      found.push(row);
    }
    return found;
  }

  /** Return the rows of the chosen cells and period in a table by periods. @param {any} scope @param {Table} table */
  function inPeriod(scope, table) {
    const { period } = scope.choice;
    return rows(scope, table).filter((row) => isIn(table.span[row], period));
  }

  /** Whether a day is in a period, by the shortest that it is in. @param {number} span @param {number} period */
  function isIn(span, period) {
    return !period || (span > 0 && span <= period);
  }

  /**
   * Add up what is known; of nothing none, or null where none of it is known.
   *
   * @param {Table} table @param {string} column @param {number[]} from @returns {number | null}
   */
  function sum(table, column, from) {
    let total = 0;
    let known = !from.length;
    for (const row of from) {
      const value = table[column][row];
      if (value === null) continue;
      total += value;
      known = true;
    }
    return known ? total : null;
  }

  /** Whether it is known of every cart that came back what came in. @param {Table} table @param {number[]} from */
  function isWhole(table, from) {
    return from.every((row) => table.came_in[row] !== null || !table.value_recovered[row]);
  }

  /** Divide; null if either is not known, or of nothing. @param {number | null} part @param {number | null} whole */
  function ratio(part, whole) {
    return part === null || !whole ? null : part / whole;
  }

  /** Return the sums of some days. @param {any} scope @param {Days} days */
  function totals(scope, days) {
    const { data, store, choice } = scope;
    const { days: daily, converted } = data.tables;
    const from = rows(scope, daily, days);
    const all = choice.currency === ALL;
    const money = all ? converted : daily;
    const paid = all ? rows(scope, converted, days) : from;
    const isKnown = store.has_orders;
    const priced = !all || store.currency !== null;
    /** @param {string} column */
    const count = (column) => (isKnown ? sum(daily, column, from) : null);
    const counts = { recovered: count("recovered"), lost: count("lost"), open: count("still_open") };
    /** What became of no carts is worth nothing. @param {string} column @param {number | null} of */
    const worthOf = (column, of) =>
      isKnown && priced ? (sum(money, column, paid) ?? (of === 0 ? 0 : null)) : null;
    const carts = sum(daily, "carts", from) ?? 0;
    const seconds = recoveries(scope, days);
    return {
      checkouts: count("checkouts"),
      carts,
      ...counts,
      value: priced ? sum(money, "value", paid) : null,
      valueRecovered: worthOf("value_recovered", counts.recovered),
      valueLost: worthOf("value_lost", counts.lost),
      valueOpen: worthOf("value_open", counts.open),
      cameIn: isWhole(money, paid) ? worthOf("came_in", counts.recovered) : null,
      withoutRate: all ? sum(converted, "without_rate", paid) : 0,
      abandonmentRate: ratio(isKnown ? carts : null, count("checkouts")),
      recoveryRate: ratio(counts.recovered, carts),
      seconds,
      median: median(seconds),
    };
  }

  /** Count what the chosen storefronts have in other currencies than the chosen one. @param {any} scope @param {Days} days */
  function elsewhere(scope, days) {
    const { data, choice } = scope;
    if (choice.currency === ALL) return { checkouts: 0, carts: 0 };
    const all = totals(scoped(data, { ...choice, currency: ALL }), days);
    const of = totals(scope, days);
    return { checkouts: (all.checkouts ?? 0) - (of.checkouts ?? 0), carts: all.carts - of.carts };
  }

  /** Return the seconds that carts took to come back, sorted. @param {any} scope @param {Days} days @returns {number[]} */
  function recoveries(scope, days) {
    const table = scope.data.tables.recoveries;
    if (!table) return [];
    return rows(scope, table, days)
      .map((row) => table.seconds[row])
      .sort((one, other) => one - other);
  }

  /** Return the middle of sorted numbers. @param {number[]} sorted */
  function median(sorted) {
    if (!sorted.length) return null;
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** Return how many days a point of a chart over time is of. @param {Choice} choice */
  function grain(choice) {
    return choice.period === 7 ? 1 : 7;
  }

  /** Return the sums of each day, or of each whole week from Monday. @param {any} scope @param {Days} now */
  function series(scope, now) {
    const length = grain(scope.choice);
    // 5 January 1970 was a Monday.
    const start = length === 1 ? now.first : now.first + ((((4 - now.first) % 7) + 7) % 7);
    const found = [];
    for (let first = start; first + length - 1 <= Math.min(now.last, scope.data.today - 1); first += length) {
      const days = { first, last: first + length - 1 };
      found.push({ ...totals(scope, days), day: first, isSettled: days.last <= scope.data.settled });
    }
    return found;
  }

  /**
   * Return the sums of each day, or of more than 30 days of each week. A week that is in the period
   * in part counts with that part, so that all of them add up to the period's.
   *
   * @param {any} scope @param {Days} now
   */
  function values(scope, now) {
    const length = [7, 30].includes(scope.choice.period) ? 1 : 7;
    const start = length === 1 ? now.first : now.first - ((((now.first - 4) % 7) + 7) % 7);
    const found = [];
    for (let day = start; day <= now.last; day += length) {
      const days = { first: Math.max(day, now.first), last: Math.min(day + length - 1, now.last) };
      found.push({ ...totals(scope, days), day, isPart: days.last - days.first + 1 < length });
    }
    return { length, buckets: found };
  }

  /**
   * Return how many carts reached each step: by the checkout's steps if they are known, else from
   * filled to placed, else from the payment step alone.
   *
   * @param {any} scope @param {Days} now
   */
  function funnel(scope, now) {
    const { steps, funnel: stages } = scope.data.tables;
    for (const table of [steps, stages]) {
      const from = table && table.day ? rows(scope, table, now) : [];
      if (!from.length) continue;
      const bars = STEPS.filter((step) => table[step])
        .map((step) => ({ step, carts: sum(table, step, from) }))
        .filter((bar) => bar.carts !== null);
      return { kind: table === steps ? "steps" : "stages", bars, since: Math.min(...from.map((row) => table.day[row])) };
    }
    const of = totals(scope, now);
    if (of.checkouts === null || of.recovered === null) return null;
    const bars = [
      { step: "payment", carts: of.checkouts },
      { step: "placed", carts: of.checkouts - of.carts + of.recovered },
    ];
    return { kind: "payment", bars, since: now.first };
  }

  /** Count how soon carts came back. @param {any} scope @param {Days} now */
  function soon(scope, now) {
    if (!scope.data.tables.recoveries || !scope.store.has_orders) return null;
    const sorted = recoveries(scope, now);
    const bands = SOON.map(([label], place) => {
      const more = place ? SOON[place - 1][1] : -1;
      return { label, carts: sorted.filter((each) => each > more && each <= SOON[place][1]).length };
    });
    const { recovered } = totals(scope, now);
    return {
      bands,
      median: median(sorted),
      known: sorted.length,
      withinDay: sorted.filter((each) => each <= DAY).length,
      timeless: (recovered ?? 0) - sorted.length,
    };
  }

  /**
   * Return up to how many days the recovery curve is drawn; null if a period is too short. Each week
   * that is over in a settled period is as old as the days until a cart is lost.
   *
   * @param {Data} data @param {Choice} choice
   */
  function horizon(data, { period }) {
    if (period === 7) return null;
    return period === 30 ? Math.min(data.lost_after_days, 30) : 30;
  }

  /**
   * Return which share came back by days since, all days of the same carts: of the weeks whose carts
   * are all as old as the last day.
   *
   * @param {any} scope @param {number | null} horizon
   */
  function curve(scope, horizon) {
    const table = scope.data.tables.curve;
    if (!table || !scope.store.has_orders) return null;
    if (horizon === null || !table.label) return [];
    const old = inPeriod(scope, table).filter((row) => table.known_to[row] >= horizon && table.label[row] <= horizon);
    return group(old, (row) => table.label[row])
      .map(([days, from]) => {
        const [carts, recovered] = [sum(table, "carts", from) ?? 0, sum(table, "recovered", from) ?? 0];
        return { days, carts, recovered, share: ratio(recovered, carts) };
      })
      .sort((one, other) => one.days - other.days);
  }

  /**
   * Group rows. @template T @param {number[]} from @param {(row: number) => T} by
   * @returns {[T, number[]][]}
   */
  function group(from, by) {
    /** @type {Map<T, number[]>} */
    const found = new Map();
    for (const row of from) {
      const key = by(row);
      const of = found.get(key);
      if (of) of.push(row);
      else found.set(key, [row]);
    }
    return [...found];
  }

  /** Return the products most often left, each with its variants if there are several. @param {any} scope */
  function products(scope) {
    const { products: table, variants } = scope.data.tables;
    if (!table) return null;
    const place = scope.choice.store;
    const below = variants ? inPeriod(scope, variants) : [];
    return group(inPeriod(scope, table), (row) => table.product_id[row])
      .map(([id, from]) => {
        const [name, sku] = scope.data.products[`${place}/${id}`] ?? [null, null];
        const of = group(
          below.filter((row) => variants.product_id[row] === id),
          (row) => variants.variant_id[row],
        ).map(([variant, rows]) => ({
          name: `variant ${variant}`,
          sku: scope.data.variants[`${place}/${id}/${variant}`] ?? null,
          ...leftBehind(scope, variants, rows),
        }));
        return {
          name: name ?? `product ${id}`,
          sku,
          ...leftBehind(scope, table, from),
          variants: of.length > 1 ? of.sort(byOften) : [],
        };
      })
      .sort(byOften)
      .slice(0, 10);
  }

  /** @param {any} scope @param {Table} table @param {number[]} from */
  function leftBehind(scope, table, from) {
    const carts = sum(table, "carts", from) ?? 0;
    const recovered = scope.store.has_orders ? sum(table, "recovered", from) : null;
    return {
      carts,
      units: sum(table, "units", from) ?? 0,
      value: worth(scope, table, from),
      recovered,
      recoveryRate: ratio(recovered, carts),
    };
  }

  /** @param {any} one @param {any} other */
  function byOften(one, other) {
    return other.carts - one.carts || other.units - one.units || (one.name < other.name ? -1 : 1);
  }

  /** Add up amounts in the chosen currency. @param {any} scope @param {Table} table @param {number[]} from */
  function worth(scope, table, from) {
    const all = scope.choice.currency === ALL;
    if (all && scope.store.currency === null) return null;
    // What no carts were worth is none.
    return sum(table, all ? "value_converted" : "value", from) ?? (sum(table, "carts", from) === 0 ? 0 : null);
  }

  /** Return the sums of each storefront. @param {any} scope @param {Days} now */
  function storefronts(scope, now) {
    const { data, choice } = scope;
    const there = [...new Set(data.cells.channel.filter((/** @type {any} */ _, /** @type {number} */ place) => scope.cells[place]))];
    return there
      .map((channel) => {
        const one = { ...choice, channel: String(channel) };
        return {
          label: data.channels[`${choice.store}/${channel}`] ?? (channel === null ? "unknown" : `Channel ${channel}`),
          ...totals({ ...scope, choice: one, cells: cells(data.cells, one) }, now),
        };
      })
      .filter((each) => each.carts || each.checkouts)
      .sort((one, other) => (other.checkouts ?? other.carts) - (one.checkouts ?? one.carts));
  }

  /** Split the checkouts of the period by something; null if that is not known. @param {any} scope @param {string} name */
  function split(scope, name) {
    const table = scope.data.tables[name];
    if (!table) return null;
    const knows = scope.store.has_orders;
    const found = group(inPeriod(scope, table), (row) => table.label[row]);
    if (found.every(([label]) => label === null)) return found.length ? null : [];
    return found
      .map(([label, from]) => {
        const carts = sum(table, "carts", from);
        const [checkouts, recovered] = knows ? [sum(table, "checkouts", from), sum(table, "recovered", from)] : [null, null];
        return {
          label: label === null || !table.labels ? label : table.labels[label],
          checkouts,
          carts,
          recovered,
          value: table.value ? worth(scope, table, from) : null,
          abandonmentRate: ratio(carts, checkouts),
          recoveryRate: ratio(recovered, carts),
        };
      })
      .sort((one, other) => (other.checkouts ?? other.carts ?? 0) - (one.checkouts ?? one.carts ?? 0) || (String(one.label) < String(other.label) ? -1 : 1));
  }

  /** Return the mean share of extra costs by outcome. @param {any} scope */
  function extraShares(scope) {
    const table = scope.data.tables.extra_shares;
    if (!table || !scope.store.has_orders) return null;
    return Object.fromEntries(
      group(inPeriod(scope, table), (row) => table.labels[table.label[row]]).map(([outcome, from]) => {
        const checkouts = sum(table, "checkouts", from) ?? 0;
        return [outcome, { checkouts, mean: ratio((sum(table, "share", from) ?? 0) / 10000, checkouts) }];
      }),
    );
  }

  /** Return what may still come in, by the carts' age today. @param {any} scope */
  function recoverable(scope) {
    const table = scope.data.tables.recoverable;
    if (!table || !table.label) return null;
    const amounts = scope.choice.currency !== ALL || isOneCurrency(scope, table);
    const bands = group(rows(scope, table), (row) => table.label[row])
      .sort(([one], [other]) => one - other)
      .map(([, from]) => {
        /** @param {string} column */
        const amount = (column) => (amounts ? whole(table, column, from) : null);
        return {
          ...(amounts ? range(table, from) : { low: null, high: null }),
          rows: from,
          label: table.age_band[from[0]],
          carts: sum(table, "carts", from),
          contactable: sum(table, "carts_contactable", from),
          value: amounts ? sum(table, "value", from) : null,
          expected: amount("expected_value"),
        };
      });
    return { bands, all: range(table, bands.filter((each) => each.expected !== null).flatMap((each) => each.rows)) };
  }

  /**
   * Return the range of what is to be expected of several rows together, as `expected_low` tells.
   *
   * @param {Table} table @param {number[]} from @returns {{low: number | null, high: number | null}}
   */
  function range(table, from) {
    const [one] = from;
    if (from.length === 1) return { low: table.expected_low[one], high: table.expected_high[one] };
    const [expected, error, value] = ["expected_value", "expected_share_error", "value"].map((column) => whole(table, column, from));
    if (!from.length || expected === null || error === null || value === null) return { low: null, high: null };
    const spread = Math.hypot(error, ...from.map((row) => table.expected_spread[row]));
    const reach = Z * spread + ((Z * Z - 1) / 6) * Math.max(...from.map((row) => table.largest_value[row]));
    return { low: Math.round(Math.max(0, expected - reach)), high: Math.round(Math.min(value, expected + reach)) };
  }

  /** Add up what is only told if all of it is known. @param {Table} table @param {string} column @param {number[]} from */
  function whole(table, column, from) {
    return from.some((row) => table[column][row] === null) ? null : sum(table, column, from);
  }

  /** Whether the amounts of the chosen rows are all in the currency that is shown. @param {any} scope @param {Table} table */
  function isOneCurrency(scope, table) {
    return rows(scope, table).every((row) => scope.data.cells.currency[table.cell[row]] === scope.code);
  }

  /** Count the carts that may be reminded of today. @param {any} scope */
  function toRemind(scope) {
    const table = scope.data.tables.to_remind;
    if (!table) return null;
    const from = table.carts ? rows(scope, table) : [];
    const amounts = scope.choice.currency !== ALL || isOneCurrency(scope, table);
    /** @param {number[]} of */
    const sums = (of) => ({
      carts: sum(table, "carts", of) ?? 0,
      heldOut: sum(table, "held_out", of) ?? 0,
      atPayment: sum(table, "at_payment", of) ?? 0,
      value: amounts ? sum(table, "value", of) : null,
    });
    const ages = group(from, (row) => table.label[row]).sort(([one], [other]) => one - other);
    return { ...sums(from), ages: ages.map(([age, of]) => ({ label: AGES[age], ...sums(of) })) };
  }

  /** Count the problems in the store's log by kind. @param {any} scope */
  function problems(scope) {
    const { data, choice } = scope;
    if (!data.problems) return null;
    /** @type {Record<string, number>} */
    const found = {};
    for (const row of data.problems) {
      if (row.store !== choice.store || !isIn(row.span, choice.period)) continue;
      const kind = row.label ?? "other kinds";
      found[kind] = (found[kind] ?? 0) + row.problems;
    }
    return Object.entries(found)
      .map(([label, carts]) => ({ label, carts }))
      .filter(({ carts }) => carts)
      .sort((one, other) => other.carts - one.carts);
  }

  /** Return the choices of a store: its storefronts and currencies, those with most checkouts first. @param {Data} data @param {number} store */
  function choices(data, store) {
    const { days } = data.tables;
    /** @param {"channel" | "currency"} by */
    const ranked = (by) => {
      /** @type {Map<string, number>} */
      const found = new Map();
      data.cells.store.forEach((/** @type {number} */ of, /** @type {number} */ cell) => {
        if (of === store) found.set(String(data.cells[by][cell]), 0);
      });
      (days.day ?? []).forEach((/** @type {number} */ _, /** @type {number} */ row) => {
        const cell = days.cell[row];
        if (data.cells.store[cell] !== store) return;
        const key = String(data.cells[by][cell]);
        found.set(key, (found.get(key) ?? 0) + (days.checkouts[row] ?? days.carts[row]));
      });
      // What is not known is no choice where there is nothing of it.
      return [...found]
        .filter(([key, n]) => key !== "null" || n)
        .sort((one, other) => other[1] - one[1])
        .map(([key]) => key);
    };
    return { channels: ranked("channel"), currencies: ranked("currency") };
  }

  /** Return how many Mondays, Tuesdays and so on there are in some days. @param {Days} days */
  function weekdays({ first, last }) {
    const found = Array(7).fill(0);
    // 5 January 1970 was a Monday.
    for (let day = first; day <= last; day++) found[(((day - 4) % 7) + 7) % 7] += 1;
    return found;
  }

  return { ALL, unpacked, view, summary, choices, ratio, weekdays };
})();

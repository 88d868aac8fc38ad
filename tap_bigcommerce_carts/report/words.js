// @ts-check
"use strict";

/** Writes figures for people. What is not known is told in words. */
const Words = (() => {
  const UNKNOWN = "unknown";
  const MONTHS = "January February March April May June July August September October November December".split(" ");
  const WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(" ");

  /** @param {number | null} value */
  function count(value) {
    return value === null ? UNKNOWN : value.toLocaleString("en");
  }

  /** Write a share of 1. @param {number | null} value */
  function share(value) {
    return value === null ? "none" : `${(100 * value).toFixed(1)}%`;
  }

  /**
   * Write an amount of 1/10,000 units, halves away from zero: to the cent, or to the unit.
   *
   * @param {number | null} value @param {string | null} code @param {number} [places]
   */
  function money(value, code, places = 0) {
    if (value === null) return UNKNOWN;
    const step = 10 ** (4 - places);
    const rest = Math.abs(value) % step;
    const whole = (Math.abs(value) - rest) / step + (rest * 2 >= step ? 1 : 0);
    const below = whole % 10 ** places;
    const above = ((whole - below) / 10 ** places).toLocaleString("en");
    const written = places ? `${above}.${String(below).padStart(places, "0")}` : above;
    return `${code ?? "unknown currency"}\u00a0${value < 0 && whole ? "-" : ""}${written}`;
  }

  /** Write a length of time on a human scale. @param {number | null} seconds */
  function duration(seconds) {
    if (seconds === null) return "none";
    if (seconds < 90) return `${Math.round(seconds)} seconds`;
    if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`;
    if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} hours`;
    return `${(seconds / 86400).toFixed(1)} days`;
  }

  /** Return a day as ISO 8601 has it. @param {number} day since 1 January 1970 */
  function iso(day) {
    return new Date(day * 864e5).toISOString().slice(0, 10);
  }

  /** Write a day. @param {number} day since 1 January 1970 @param {boolean} [withYear] */
  function date(day, withYear = true) {
    const of = new Date(day * 864e5);
    const said = `${of.getUTCDate()} ${MONTHS[of.getUTCMonth()]}`;
    return withYear ? `${said} ${of.getUTCFullYear()}` : said;
  }

  /** Write days from the first to the last. @param {{first: number, last: number}} days */
  function days({ first, last }) {
    if (first === last) return date(first);
    const sameYear = iso(first).slice(0, 4) === iso(last).slice(0, 4);
    return `${date(first, !sameYear)} to ${date(last)}`;
  }

  /** Write how many of something. @param {number} n @param {string} one @param {string} [many] */
  function many(n, one, many = `${one}s`) {
    return `${count(n)} ${n === 1 ? one : many}`;
  }

  return { UNKNOWN, WEEKDAYS, count, share, money, duration, iso, date, days, many };
})();

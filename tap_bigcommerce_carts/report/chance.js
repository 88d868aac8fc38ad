// @ts-check
"use strict";

/** Tells a difference from what chance alone does, at 95%. What it cannot tell apart is "about the same". */
const Chance = (() => {
  /** Fewer checkouts than these are few: their share is shown, and said to be of few. */
  const FEW = 30;
  // What chi-squared exceeds by chance in 5 of 100 cases, by degrees of freedom from 1.
  const LIMITS = [
    3.841, 5.991, 7.815, 9.488, 11.07, 12.592, 14.067, 15.507, 16.919, 18.307, 19.675, 21.026, 22.362, 23.685, 24.996,
    26.296, 27.587, 28.869, 30.144, 31.41, 32.671, 33.924, 35.172,
  ];

  /** Return what squares come to. @param {[number, number][]} found what there is, and what was to be expected */
  function chi(found) {
    return found.reduce((sum, [is, expected]) => sum + (is - expected) ** 2 / expected, 0);
  }

  /**
   * Whether two or more shares differ: the test of two proportions (chi-squared) and its like for more.
   *
   * @param {[number, number][]} shares parts and wholes, of 24 groups at most
   */
  function sharesDiffer(shares) {
    const from = shares.filter(([, whole]) => whole);
    const [parts, wholes] = [0, 1].map((place) => from.reduce((sum, each) => sum + each[place], 0));
    const rate = parts / wholes;
    if (from.length < 2 || !parts || parts === wholes) return false;
    const cells = from.flatMap(([part, whole]) => [[part, rate * whole], [whole - part, (1 - rate) * whole]]);
    return chi(/** @type {[number, number][]} */ (cells)) > LIMITS[from.length - 2];
  }

  /**
   * Whether counts differ by more than the times they were counted in.
   *
   * @param {number[]} counts of 24 at most @param {number[]} [times] how long each was counted; by default all alike
   */
  function countsDiffer(counts, times = counts.map(() => 1)) {
    const [all, length] = [counts, times].map((of) => of.reduce((sum, each) => sum + each, 0));
    if (!all || times.some((time) => !time)) return false;
    return chi(counts.map((each, place) => [each, (all * times[place]) / length])) > LIMITS[counts.length - 2];
  }

  /**
   * Whether sums of amounts differ, if amounts vary as much as their mean, which orders do.
   *
   * @param {[number, number]} now the sum, and of how many @param {[number, number]} was
   */
  function sumsDiffer([now, carts], [was, cartsBefore]) {
    return Math.max(now / was, was / now) - 1 > 2.8 * Math.sqrt(1 / carts + 1 / cartsBefore);
  }

  /** Whether one tends to be longer: how many of each are above the middle of all. @param {number[]} now @param {number[]} was */
  function mediansDiffer(now, was) {
    const all = [...now, ...was].sort((one, other) => one - other);
    const middle = all[all.length >> 1];
    return sharesDiffer([now, was].map((each) => [each.filter((value) => value >= middle).length, each.length]));
  }

  return { FEW, sharesDiffer, countsDiffer, sumsDiffer, mediansDiffer };
})();

/*
 * What depends on the kind of a column: the features that the encoder reads, and the column's factor of p(x | z).
 *
 * One entry per kind, with the laws of retina_vae/cohort/kinds and of retina_vae/vae/likelihoods, in double precision.
 * Features are arrays of numbers, NaN in each place where the column is not observed.
 */
(() => {
  'use strict';

  const LOG_2_PI = Math.log(2 * Math.PI);
  const LARGEST_COUNT = 100_000;
  const SMALLEST_MEAN = 1e-3;

  // Coefficients by Godfrey (2001) for g = 607/128.
  const LANCZOS_G = 607 / 128;
  const LANCZOS = [
    0.99999999999999709182, 57.156235665862923517, -59.597960355475491248, 14.136097974741747174,
    -0.49191381609762019978, 0.33994649984811888699e-4, 0.46523628927048575665e-4, -0.98374475304879564677e-4,
    0.15808870322491248884e-3, -0.21026444172410488319e-3, 0.2174396181152126432e-3, -0.16431810653676389022e-3,
    0.84418223983852743293e-4, -0.2619083840158140867e-4, 0.36899182659531622704e-5,
  ];

  /** log Gamma(x) for x > 0, by the approximation of Lanczos (1964). */
  function logGamma(x) {
    const base = x + LANCZOS_G + 0.5;
    const series = LANCZOS.reduce((total, coefficient, i) => total + (i ? coefficient / (x + i) : coefficient), 0);
    return (x + 0.5) * Math.log(base) - base + LOG_2_PI / 2 + Math.log(series / x);
  }

  /** log(1 + exp(x)) without overflow. */
  function softplus(x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  function logSigmoid(x) {
    return -softplus(-x);
  }

  function logSumExp(values) {
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    if (largest === -Infinity) return largest;
    return largest + Math.log(values.reduce((total, value) => total + Math.exp(value - largest), 0));
  }

  function bernoulliLogProb(logit, x) {
    return x * logit - softplus(logit);
  }

  /** Of a category, the logit of which is its own. */
  function categoricalLogProb(logits, x) {
    return logits.reduce((total, logit, i) => total + x[i] * logit, 0) - logSumExp(logits);
  }

  /**
   * Of k steps up, by cumulative logits: the first number is the first logit, each of the others parts its logit from
   * the one before. The difference of two sigmoids is a product, in which nothing cancels.
   */
  function orderedLogProb(numbers, x) {
    const above = x.reduce((total, step) => total + step, 0);
    let [logit, total] = [numbers[0], 0];
    for (let step = 0; step < numbers.length; step += 1) {
      if (step > 0) logit -= softplus(numbers[step]);
      if (step === above - 1) total += logSigmoid(logit);
      if (step === above) total += logSigmoid(-logit) + (step > 0 ? logSigmoid(numbers[step]) : 0);
    }
    return total;
  }

  function gaussianLogProb(mean, logScale, x) {
    return -(((x - mean) * Math.exp(-logScale)) ** 2 + LOG_2_PI) / 2 - logScale;
  }

  /** Of a count that is negative binomial with mean and dispersion on the scale of its feature. */
  function negativeBinomialLogProb(number, logScale, x, { center, scale }) {
    const count = Math.max(Math.round(Math.expm1(x * scale + center)), 0);
    const start = Math.log(Math.max(Math.expm1(center + scale ** 2 / 2), SMALLEST_MEAN));
    const logDispersion = 2 * (logScale + Math.log(scale));
    const [size, logit] = [Math.exp(-logDispersion), start + scale * number + logDispersion];
    const ways = logGamma(count + size) - logGamma(size) - logGamma(count + 1);
    return ways + count * logSigmoid(logit) + size * logSigmoid(-logit);
  }

  /** Of a number out of as many as the column's scale, the feature of which is its share. */
  function binomialLogProb(logit, x, { scale }) {
    const count = Math.round(x * scale);
    const ways = logGamma(scale + 1) - logGamma(count + 1) - logGamma(scale - count + 1);
    return ways + count * logit - scale * softplus(logit);
  }

  function zScore(value, { center, scale }) {
    return (value - center) / scale;
  }

  /** log |d feature / d value| where the feature is the z-score of the value's logarithm. */
  function logNormalJacobian(feature, { center, scale }) {
    return -Math.log(scale) - (feature * scale + center);
  }

  const nothing = () => 0;
  const one = () => 1;
  const always = () => true;

  /*
   * width: how many features; fits: what a number must be beside its bounds; features: of a code, which is a number or
   * the position of a category; scales: how many logarithms of scales its factor has; logProb: of the decoder's
   * numbers, one per feature, the logarithm of its scale, the features and the column; logJacobian: log |d x / d value|.
   */
  const KINDS = {
    nominal: {
      width: ({ categories }) => categories.length,
      features: (code, { categories }) => categories.map((name, i) => Number(i === code)),
      scales: 0,
      logProb: (numbers, logScale, x) => categoricalLogProb(numbers, x),
      logJacobian: nothing,
    },
    binary: {
      width: one,
      features: (code) => [code],
      scales: 0,
      logProb: ([logit], logScale, [x]) => bernoulliLogProb(logit, x),
      logJacobian: nothing,
    },
    ordinal: {
      width: ({ categories }) => categories.length - 1,
      features: (code, { categories }) => categories.slice(1).map((name, i) => Number(code > i)),
      scales: 0,
      logProb: (numbers, logScale, x) => orderedLogProb(numbers, x),
      logJacobian: nothing,
    },
    continuous: {
      width: one,
      fits: always,
      features: (code, column) => [zScore(code, column)],
      scales: 1,
      logProb: ([mean], logScale, [x]) => gaussianLogProb(mean, logScale, x),
      logJacobian: (x, { scale }) => -Math.log(scale),
    },
    positive: {
      width: one,
      fits: (value) => value > 0,
      features: (code, column) => [zScore(Math.log(code), column)],
      scales: 1,
      logProb: ([mean], logScale, [x]) => gaussianLogProb(mean, logScale, x),
      logJacobian: ([x], column) => logNormalJacobian(x, column),
    },
    zero_inflated: {
      width: () => 2,
      fits: (value) => value >= 0,
      features: (code, column) => (code > 0 ? [1, zScore(Math.log(code), column)] : [0, 0]),
      scales: 1,
      logProb: ([logit, mean], logScale, [above, size]) =>
        bernoulliLogProb(logit, above) + (above ? gaussianLogProb(mean, logScale, size) : 0),
      logJacobian: ([above, size], column) => (above ? logNormalJacobian(size, column) : 0),
    },
    count: {
      width: one,
      fits: (value) => Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT,
      features: (code, column) => [zScore(Math.log1p(code), column)],
      scales: 1,
      logProb: ([number], logScale, [x], column) => negativeBinomialLogProb(number, logScale, x, column),
      logJacobian: nothing,
    },
    level: {
      width: one,
      fits: (value) => Number.isInteger(value) && value >= 0,
      features: (code, { scale }) => [code / scale],
      scales: 0,
      logProb: ([logit], logScale, [x], column) => binomialLogProb(logit, x, column),
      logJacobian: nothing,
    },
  };

  function kindOf({ kind }) {
    if (!Object.hasOwn(KINDS, kind)) throw new Error(`expected a kind of column that the page knows, found ${kind}`);
    return KINDS[kind];
  }

  /** Number of features of a column's value, which come first. */
  function valueWidth(column) {
    return column.by_kind ? kindOf(column).width(column) : 1;
  }

  /** Number of features of a column: those of its value, and behind them those of its remarks. */
  function width(column) {
    return valueWidth(column) + Number(Boolean(column.censored)) + Number(Boolean(column.not_applicable));
  }

  /** Whether a column may hold this value; null stands for a missing one. */
  function fits(column, value) {
    if (value === null || value === undefined) return column.gaps;
    if (!column.numeric) return column.categories.includes(value);
    const [low, high] = [column.minimum ?? -Infinity, column.maximum ?? Infinity];
    return Number.isFinite(value) && value >= low && value <= high && kindOf(column).fits(value);
  }

  /** What the encoder reads of the remarks on a value that was measured, or is missing: no limit, and it applies. */
  function remarks(column, missing) {
    return [...(column.censored ? [missing ? NaN : 0] : []), ...(column.not_applicable ? [0] : [])];
  }

  /** What the encoder reads of a value, NaN where it is missing. */
  function features(column, value) {
    if (!fits(column, value)) {
      throw new RangeError(`${column.name}: expected a value that the model knows, found ${value}`);
    }
    if (value === null || value === undefined) {
      return [...new Array(valueWidth(column)).fill(NaN), ...remarks(column, true)];
    }
    const code = column.numeric ? value : column.categories.indexOf(value);
    const own = column.by_kind ? kindOf(column).features(code, column) : [zScore(code, column)];
    return [...own, ...remarks(column, false)];
  }

  Object.assign(retinaVae, { kinds: { kindOf, width, valueWidth, fits, features }, logGamma, logSumExp, LOG_2_PI });
})();

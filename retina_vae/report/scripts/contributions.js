/*
 * Why here: what each column of a profile says for its cluster against the next one, in double precision and without a
 * page. It is what retina_vae/latent/contributions.py computes of a patient, from the same points.
 */
(() => {
  'use strict';

  const { decodeArray, logSumExp } = retinaVae;
  const { columnTerms, draw, encode, logMixture, mixtureDraws, noiseOf, normalLogProb, perceptron, posterior, sum } =
    retinaVae.assignment;
  const [HALF_RANGE, STEP] = [8, 2 ** -12];

  /** The points from the prior in each cluster, with the decoder's numbers at them; null without a density. */
  function openExplanation(file, model) {
    if (!file) return null;
    const [counts, logShare, packed] = [file.counts, file.log_share, decodeArray(file.points)];
    const d = model.latent_dim;
    const size = packed.length / (counts.length * d);
    const at = (c, j, s) => packed[(c * d + j) * size + s] * STEP - HALF_RANGE;
    const clusters = counts.map((count, c) =>
      Array.from({ length: count }, (_, s) => {
        const z = Float64Array.from({ length: d }, (__, j) => at(c, j, s));
        return { z, numbers: perceptron(model.decoder, z) };
      }),
    );
    const p = model.columns.length;
    const orders = file.orders && split(Array.from(decodeArray(file.orders)), p);
    return { clusters, logShare, orders, fitted: file.fitted, ...file.gaussian };
  }

  function split(values, size) {
    return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
  }

  function logAddExp(a, b) {
    return logSumExp([a, b]);
  }

  /** A point with all that is known at it: the columns' log p(x_j | z), log p, log m, and log r of every cluster. */
  function evaluate(model, q, x, z, logM, numbers) {
    const { partition } = model;
    return {
      z,
      terms: columnTerms(model, numbers, x),
      logM,
      logP: normalLogProb(z),
      logR: partition.probabilities(partition.scores(z)).map(Math.log),
    };
  }

  /** The points from the prior in one cluster, and the draws from m(z). */
  function pointsOf(patient, c) {
    const { model, q, x, drawn } = patient;
    const own = model.explanation.clusters[c].map(({ z, numbers }) =>
      evaluate(model, q, x, z, logMixture(model, q, z, noiseOf(q, z)), numbers),
    );
    return [...own, ...drawn];
  }

  /** The logarithm of S m + n_c r_c p / pi_c at a point. */
  function logDensity({ model }, { logM, logP, logR }, c) {
    const { clusters, logShare } = model.explanation;
    const ofPrior = Math.log(clusters[c].length) - logShare[c] + logR[c] + logP;
    return logAddExp(logM + Math.log(model.noise.length), ofPrior);
  }

  /** What one cluster's integrals are summed from: points, and the logarithms of what they weigh. */
  function sideOf(patient, c) {
    const points = pointsOf(patient, c);
    return { points, logWeights: points.map((point) => point.logR[c] + point.logP - logDensity(patient, point, c)) };
  }

  function logJoint({ points, logWeights }) {
    return points.map(({ terms }, s) => sum(terms) + logWeights[s]);
  }

  /** The same with further points, from a Gaussian that is fitted to the points by the roots of their summands. */
  function fittedSideOf(patient, c) {
    const { model, q, x } = patient;
    const near = sideOf(patient, c);
    const gaussian = fit(model, near);
    const noise = model.noise.slice(0, model.explanation.fitted);
    const more = noise.map((e) => {
      const z = draw(gaussian, e);
      return evaluate(model, q, x, z, logMixture(model, q, z, noiseOf(q, z)), perceptron(model.decoder, z));
    });
    const entropy = sum(gaussian.logDiagonal);
    const all = [...near.points, ...more];
    const logWeights = all.map((point) => {
      const fitted = normalLogProb(noiseOf(gaussian, point.z)) - entropy + Math.log(noise.length);
      return point.logR[c] + point.logP - logAddExp(logDensity(patient, point, c), fitted);
    });
    return { points: all, logWeights };
  }

  function fit({ explanation, latent_dim: d }, side) {
    const halves = logJoint(side).map((value) => value / 2);
    const total = logSumExp(halves);
    const w = halves.map((value) => (total === -Infinity ? 1 / halves.length : Math.exp(value - total)));
    const mean = Array.from({ length: d }, (_, j) => sum(side.points.map(({ z }, s) => w[s] * z[j])));
    const covariance = mean.map((_, i) =>
      mean.map((__, j) => sum(side.points.map(({ z }, s) => w[s] * (z[i] - mean[i]) * (z[j] - mean[j])))),
    );
    const ridge = (sum(covariance.map((row, i) => row[i])) / d) * explanation.ridge + explanation.narrowest;
    const wider = covariance.map((row, i) => row.map((value, j) => explanation.inflated * value + (i === j ? ridge : 0)));
    const factor = cholesky(wider);
    return { mean, factor, logDiagonal: factor.map((row, i) => Math.log(row[i])) };
  }

  /** L with L L^T the matrix, lower-triangular with a positive diagonal. */
  function cholesky(matrix) {
    const factor = matrix.map((row) => new Float64Array(row.length));
    matrix.forEach((row, i) => {
      for (let j = 0; j <= i; j += 1) {
        let rest = row[j];
        for (let l = 0; l < j; l += 1) rest -= factor[i][l] * factor[j][l];
        factor[i][j] = i === j ? Math.sqrt(rest) : rest / factor[j][j];
      }
    });
    return factor;
  }

  /** The logarithm of the sum over the points of their weights times p(x_j | z) of the columns in each subset. */
  function subsetSums({ points, logWeights }, p) {
    return Array.from({ length: 2 ** p }, (_, subset) =>
      logSumExp(points.map(({ terms }, s) => logWeights[s] + sum(terms.filter((__, j) => (subset >> j) & 1)))),
    );
  }

  /** The same of the beginnings of an ordering of the columns. */
  function orderSums({ points, logWeights }, order) {
    const logs = logWeights.slice();
    const sums = [logSumExp(logs)];
    order.forEach((j) => {
      points.forEach(({ terms }, s) => {
        logs[s] += terms[j];
      });
      sums.push(logSumExp(logs));
    });
    return sums;
  }

  /** Differences of two lists of sums, held against what no column says. */
  function differences(first, second, sizes) {
    const start = first[0] - second[0];
    return first.map((value, i) => value - second[i] - start + sizes);
  }

  function everySubset(sides, p, sizes) {
    const values = differences(subsetSums(sides[0], p), subsetSums(sides[1], p), sizes);
    const factorial = [1];
    for (let n = 1; n <= p; n += 1) factorial.push(factorial[n - 1] * n);
    const columns = new Array(p).fill(0);
    values.forEach((value, subset) => {
      const size = [...Array(p).keys()].filter((j) => (subset >> j) & 1).length;
      for (let j = 0; j < p; j += 1) {
        const inside = (subset >> j) & 1;
        const before = inside ? size - 1 : size;
        const share = (factorial[before] * factorial[p - before - 1]) / factorial[p];
        columns[j] += (inside ? share : -share) * value;
      }
    });
    return { logOdds: values[values.length - 1], columns };
  }

  function sampledOrders(sides, orders, sizes) {
    const columns = new Array(orders[0].length).fill(0);
    let logOdds = 0;
    orders.forEach((order) => {
      const values = differences(orderSums(sides[0], order), orderSums(sides[1], order), sizes);
      order.forEach((j, i) => {
        columns[j] += (values[i + 1] - values[i]) / orders.length;
      });
      logOdds = values[values.length - 1];
    });
    return { logOdds, columns };
  }

  /**
   * What speaks for a cluster (from 1) of a profile: against which other one (from 1), the log-odds in nats, what the
   * sizes of both say, and what each column says; null where the model has no density.
   */
  function explain(model, profile, cluster) {
    if (!model.explanation) return null;
    const x = encode(model, profile);
    const q = posterior(model, x);
    const drawn = mixtureDraws(model, q).map(({ z, logM }) =>
      evaluate(model, q, x, z, logM, perceptron(model.decoder, z)),
    );
    const patient = { model, q, x, drawn };
    const own = cluster - 1;
    const evidence = model.explanation.clusters.map((_, c) =>
      c === own ? -Infinity : logSumExp(logJoint(sideOf(patient, c))),
    );
    const against = evidence.indexOf(Math.max(...evidence));
    const { logShare, orders } = model.explanation;
    const sizes = logShare[own] - logShare[against];
    const sides = [own, against].map((c) => fittedSideOf(patient, c));
    const p = model.columns.length;
    const found = orders ? sampledOrders(sides, orders, sizes) : everySubset(sides, p, sizes);
    const silent = (j) => sides.every(({ points }) => points.every(({ terms }) => terms[j] === 0));
    const columns = found.columns.map((value, j) => (silent(j) ? 0 : value));
    return { against: against + 1, logOdds: found.logOdds, sizes, columns };
  }

  Object.assign(retinaVae, { openExplanation, explain });
})();

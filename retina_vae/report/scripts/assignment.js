/*
 * Assigning one patient: what retina_vae/assign/score.py computes of a batch, in double precision and without a page.
 *
 * A code is an array of latent_dim numbers, a profile an object from column names to categories or numbers.
 */
(() => {
  'use strict';

  const { decodeArray } = retinaVae;
  const LOG_2_PI = Math.log(2 * Math.PI);

  /** explorer.json with its arrays decoded. */
  function openModel(file) {
    if (file.format !== 1) throw new Error(`expected explorer.json of format 1, found ${file.format}`);
    const { typicality } = file;
    const open = (array) => array && decodeArray(array);
    return {
      ...file,
      k: file.centers.shape[0],
      encoder: openPerceptron(file.encoder),
      decoder: file.decoder && {
        ...openPerceptron(file.decoder),
        logScale: { ...file.decoder.log_scale, values: open(file.decoder.log_scale.values) },
        logVolume: file.decoder.log_volume,
      },
      centers: rows(decodeArray(file.centers), file.latent_dim),
      noise: columns(decodeArray(file.noise), file.latent_dim),
      typicality: {
        ...typicality,
        means: typicality.means && rows(decodeArray(typicality.means), file.latent_dim),
        precision: open(typicality.precision),
        reference: open(typicality.reference),
        percent: open(typicality.percent),
      },
    };
  }

  function openPerceptron({ hidden, output }) {
    const open = ({ weight, bias }) => ({ weight: decodeArray(weight), bias: decodeArray(bias) });
    return { hidden: open(hidden), output: open(output) };
  }

  function rows(flat, width) {
    return Array.from({ length: flat.length / width }, (_, i) => flat.subarray(i * width, (i + 1) * width));
  }

  function columns(flat, height) {
    const count = flat.length / height;
    return Array.from({ length: count }, (_, s) =>
      Float64Array.from({ length: height }, (_, j) => flat[j * count + s]),
    );
  }

  /** What the encoder reads of a profile. */
  function encode(model, profile) {
    return model.columns.flatMap((column) => {
      const code =
        column.kind === 'continuous' ? profile[column.name] : column.categories.indexOf(profile[column.name]);
      if (!Number.isFinite(code) || (column.kind !== 'continuous' && code < 0)) {
        throw new RangeError(`${column.name}: expected a value that the model knows, found ${profile[column.name]}`);
      }
      if (column.by_kind) return column.categories.map((name, i) => (i === code ? 1 : 0));
      return [(code - column.center) / column.scale];
    });
  }

  function affine({ weight, bias }, x) {
    return bias.map((start, i) => x.reduce((total, value, j) => total + weight[i * x.length + j] * value, start));
  }

  function perceptron({ hidden, output }, x) {
    return affine(
      output,
      affine(hidden, x).map((value) => Math.max(value, 0)),
    );
  }

  /** q(z | x): its mean, the lower-triangular factor of its covariance by rows, and the logarithm of its diagonal. */
  function posterior(model, x) {
    const [parameters, d] = [perceptron(model.encoder, x), model.latent_dim];
    const factor = Array.from({ length: d }, () => new Float64Array(d));
    const logDiagonal = parameters.slice(d, 2 * d).map((logVariance) => logVariance / 2);
    logDiagonal.forEach((value, i) => {
      factor[i][i] = Math.exp(value);
    });
    let next = 2 * d;
    for (let i = 0; i < d && model.posterior === 'full'; i += 1) {
      for (let j = 0; j < i; j += 1) {
        factor[i][j] = parameters[next];
        next += 1;
      }
    }
    return { mean: parameters.slice(0, d), factor, logDiagonal };
  }

  function draw({ mean, factor }, noise) {
    return mean.map((value, i) => value + dot(factor[i], noise));
  }

  function dot(a, b) {
    return a.reduce((total, value, i) => total + value * b[i], 0);
  }

  function sum(values) {
    return values.reduce((total, value) => total + value, 0);
  }

  function logSumExp(values) {
    const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return largest + Math.log(sum(values.map((value) => Math.exp(value - largest))));
  }

  function standardNormalLogProb(z) {
    return -(dot(z, z) + z.length * LOG_2_PI) / 2;
  }

  /** log(1 + exp(x)) without overflow. */
  function softplus(x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** log p(x | z) of a typed likelihood: the sum over the columns, each by its kind. */
  function logLikelihood(model, z, x) {
    const numbers = perceptron(model.decoder, z);
    let [start, continuous, total] = [0, 0, 0];
    for (const column of model.columns) {
      const width = column.by_kind ? column.categories.length : 1;
      const [own, target] = [numbers.slice(start, start + width), x.slice(start, start + width)];
      if (column.kind === 'continuous') {
        total += gaussianLogProb(
          own[0],
          logSigma(model.decoder.logScale, numbers[x.length + continuous], continuous),
          target[0],
        );
        continuous += 1;
      } else {
        total += column.by_kind ? dot(own, target) - logSumExp(own) : target[0] * own[0] - softplus(own[0]);
      }
      start += width;
    }
    return total;
  }

  function gaussianLogProb(mean, logScale, x) {
    return -(((x - mean) * Math.exp(-logScale)) ** 2 + LOG_2_PI) / 2 - logScale;
  }

  function logSigma(logScale, predicted, position) {
    if (logScale.kind === 'fixed') return logScale.log_sigma;
    if (logScale.kind === 'learned') return logScale.values[position];
    return Math.min(Math.max(predicted + logScale.log_sigma, logScale.lowest), logScale.highest);
  }

  /** Logarithms of the importance weights p(x, z) / q(z | x) of the draws. */
  function logWeights(model, q, draws, x) {
    const entropy = sum(q.logDiagonal);
    return draws.map((z, s) => {
      const logProposal = standardNormalLogProb(model.noise[s]) - entropy;
      return logLikelihood(model, z, x) + standardNormalLogProb(z) - logProposal;
    });
  }

  function weightedMoments(draws, weights) {
    const mean = Array.from(draws[0], (_, j) => sum(draws.map((z, s) => weights[s] * z[j])));
    const scale = mean.map((middle, j) => Math.sqrt(sum(draws.map((z, s) => weights[s] * (z[j] - middle) ** 2))));
    return { mean, scale };
  }

  /** |z - c|^2 of every centre c, without |z|^2, which all share. */
  function distances(model, z) {
    return model.centers.map((center) => dot(center, center) - 2 * dot(center, z));
  }

  /** Weight of the draws in each cluster's cell; the shares sum to 1. */
  function cellWeights(model, draws, weights) {
    const votes = new Array(model.k).fill(0);
    draws.forEach((z, s) => {
      const own = distances(model, z);
      const nearest = Math.min(...own);
      own.forEach((distance, cluster) => {
        if (distance === nearest) votes[cluster] += weights[s];
      });
    });
    const total = sum(votes);
    return votes.map((vote) => vote / total);
  }

  function squaredMahalanobis(precision, z, mean) {
    const difference = Array.from(z, (value, i) => value - mean[i]);
    return sum(
      difference.map((value, i) => value * dot(difference, precision.subarray(i * z.length, (i + 1) * z.length))),
    );
  }

  function typicalityScore({ typicality }, mean, logEvidence) {
    if (typicality.has_density) return logEvidence;
    return -Math.min(...typicality.means.map((center) => squaredMahalanobis(typicality.precision, mean, center)));
  }

  /** Per cent of the training patients that are no more typical; between ranks that stand for several, interpolated. */
  function percentile({ typicality }, score) {
    const { reference, percent } = typicality;
    // The training patients' scores were computed in single precision; one of them is its own equal.
    const bound = score + 1e-6 * (1 + Math.abs(score));
    const found = reference.findIndex((value) => value > bound);
    const rank = found < 0 ? reference.length : found;
    if (!percent) return (100 * rank) / reference.length;
    if (rank === 0 || rank === reference.length) return percent[Math.min(rank, reference.length - 1)];
    const share = (score - reference[rank - 1]) / (reference[rank] - reference[rank - 1]);
    return percent[rank - 1] + Math.max(share, 0) * (percent[rank] - percent[rank - 1]);
  }

  /** Whether so few training patients are less typical; below the lowest rank that is told, every patient is. */
  function isUnlike({ typicality }, score) {
    const { reference, percent, unlike_below: bound } = typicality;
    return (
      percentile({ typicality }, score) < bound || (Boolean(percent) && percent[0] >= bound && score < reference[0])
    );
  }

  /**
   * The cluster (from 1), the probability of every cluster, mean and scale of the code, log-evidence in nats (null
   * where the model has no density), typicality, its percentile, and whether the patient is unlike the cohort.
   */
  function assign(model, profile) {
    const x = encode(model, profile);
    const q = posterior(model, x);
    const draws = model.noise.map((noise) => draw(q, noise));
    let weights = draws.map(() => 1 / draws.length);
    let code = { mean: Array.from(q.mean), scale: q.factor.map((row) => Math.sqrt(dot(row, row))) };
    let logEvidence = null;
    if (model.decoder) {
      const logW = logWeights(model, q, draws, x);
      const total = logSumExp(logW);
      logEvidence = total - Math.log(draws.length) + model.decoder.logVolume;
      if (model.corrected) {
        weights = logW.map((value) => Math.exp(value - total));
        code = weightedMoments(draws, weights);
      }
    }
    const probability = cellWeights(model, draws, weights);
    const toMean = distances(model, code.mean);
    const cluster = model.on_means
      ? toMean.indexOf(Math.min(...toMean))
      : probability.indexOf(Math.max(...probability));
    const typicality = typicalityScore(model, code.mean, logEvidence);
    return {
      cluster: cluster + 1,
      probability,
      ...code,
      logEvidence,
      typicality,
      percentile: percentile(model, typicality),
      unlike: isUnlike(model, typicality),
    };
  }

  Object.assign(retinaVae, { openModel, assign });
})();

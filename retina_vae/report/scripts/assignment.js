/*
 * Assigning one patient: what retina_vae/assign/score.py computes of a batch, in double precision and without a page.
 *
 * A code is an array of latent_dim numbers, a profile an object from column names to categories or numbers, null where
 * nothing is known.
 */
(() => {
  'use strict';

  const { decodeArray, kinds, logSumExp, LOG_2_PI } = retinaVae;

  /** explorer.json with its arrays decoded. */
  function openModel(file) {
    if (file.format !== 6) throw new Error(`expected explorer.json of format 6, found ${file.format}`);
    const { typicality } = file;
    const open = (array) => array && decodeArray(array);
    const model = {
      ...file,
      partition: openPartition(file),
      encoder: openPerceptron(file.encoder),
      decoder: file.decoder && {
        ...openPerceptron(file.decoder),
        logScale: { ...file.decoder.log_scale, values: open(file.decoder.log_scale.values) },
      },
      noise: columns(decodeArray(file.noise), file.latent_dim),
      typicality: {
        ...typicality,
        ...openRanks(typicality),
        calibration: typicality.calibration && { ...typicality.calibration, ...openRanks(typicality.calibration) },
        means: typicality.means && rows(decodeArray(typicality.means), file.latent_dim),
        precision: open(typicality.precision),
      },
    };
    return { ...model, explanation: retinaVae.openExplanation(file.explain, model) };
  }

  /** Scores of patients in ascending order, and where these are means of several, at which per cent each stands. */
  function openRanks({ reference, percent }) {
    return { reference: decodeArray(reference), percent: percent && decodeArray(percent) };
  }

  function openPerceptron({ hidden, deeper, output }) {
    const open = ({ weight, bias }) => ({ weight: decodeArray(weight), bias: decodeArray(bias) });
    return { hiddenLayers: [hidden, ...deeper].map(open), output: open(output) };
  }

  function rows(flat, width) {
    return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
  }

  function columns(flat, height) {
    const count = flat.length / height;
    return Array.from({ length: count }, (_, s) =>
      Float64Array.from({ length: height }, (_, j) => flat[j * count + s]),
    );
  }

  /** The features of a profile, NaN where a column is not observed. */
  function encode(model, profile) {
    return model.columns.flatMap((column) => kinds.features(column, profile[column.name]));
  }

  /** The features of each column. */
  function byColumn(model, x) {
    let start = 0;
    return model.columns.map((column) => {
      start += kinds.width(column);
      return x.slice(start - kinds.width(column), start);
    });
  }

  /** What the encoder reads: features within its bound, 0 in place of NaN, and behind it a 1 or 0 per column with gaps, 1 where it is missing. */
  function encoderInput(model, x) {
    const parts = byColumn(model, x);
    const masks = parts.filter((part, i) => model.columns[i].gaps).map(([first]) => Number(Number.isNaN(first)));
    const bound = model.feature_bound ?? Infinity;
    const read = (value) => (Number.isNaN(value) ? 0 : Math.min(Math.max(value, -bound), bound));
    return [...x.map(read), ...masks];
  }

  function affine({ weight, bias }, x) {
    return bias.map((start, i) => x.reduce((total, value, j) => total + weight[i * x.length + j] * value, start));
  }

  /** Hidden layers of ReLU units, then an affine map. */
  function perceptron({ hiddenLayers, output }, x) {
    const reached = hiddenLayers.reduce((values, layer) => affine(layer, values).map((value) => Math.max(value, 0)), x);
    return affine(output, reached);
  }

  /** q(z | x): its mean, the lower-triangular factor of its covariance by rows, and the logarithm of its diagonal. */
  function posterior(model, x) {
    const [parameters, d] = [perceptron(model.encoder, encoderInput(model, x)), model.latent_dim];
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

  function standardNormalLogProb(z) {
    return -(dot(z, z) + z.length * LOG_2_PI) / 2;
  }

  /** log p(x_j | z) of each column, by its kind, from the decoder's numbers; 0 where it is not observed. */
  function columnTerms(model, numbers, x) {
    const targets = byColumn(model, x);
    let [start, scales] = [0, 0];
    return model.columns.map((column, i) => {
      const [kind, target] = [kinds.kindOf(column), targets[i]];
      const logScale = kind.scales ? logSigma(model.decoder.logScale, numbers[x.length + scales], scales) : 0;
      const own = kinds.valueWidth(column);
      const parameters = numbers.slice(start, start + own);
      start += target.length;
      scales += kind.scales;
      return Number.isNaN(target[0]) ? 0 : kind.logProb(parameters, logScale, target.slice(0, own), column);
    });
  }

  /** log p(x | z) of a typed likelihood: the sum over the observed columns. */
  function logLikelihood(model, z, x) {
    return sum(columnTerms(model, perceptron(model.decoder, z), x));
  }

  /** What turns a density of the features into one of the values in their units: log |d x / d value|. */
  function logJacobian(model, x) {
    const parts = byColumn(model, x);
    return sum(
      model.columns.map((column, i) =>
        Number.isNaN(parts[i][0]) ? 0 : kinds.kindOf(column).logJacobian(parts[i], column),
      ),
    );
  }

  function logSigma(logScale, predicted, position) {
    if (logScale.kind === 'fixed') return logScale.log_sigma;
    if (logScale.kind === 'learned') return logScale.values[position];
    return Math.min(Math.max(predicted + logScale.log_sigma, logScale.lowest), logScale.highest);
  }

  /** The noise that makes z of q(z | x): what solves the lower-triangular system factor e = z - mean. */
  function noiseOf({ mean, factor }, z) {
    const noise = [];
    factor.forEach((row, i) => {
      const rest = noise.reduce((total, value, j) => total + row[j] * value, 0);
      noise.push((z[i] - mean[i] - rest) / row[i]);
    });
    return noise;
  }

  /**
   * The logarithm of m(z) at a code that q makes of this noise: the mixture of q, q with a wider scale, and N(0, I)
   * (retina_vae/vae/proposals.py).
   */
  function logMixture(model, q, z, noise) {
    const { own, wide, prior, wider } = model.shares;
    const [count, entropy, d] = [model.noise.length, sum(q.logDiagonal), model.latent_dim];
    const narrower = Array.from(noise, (value) => value / wider);
    const logs = [
      [own, standardNormalLogProb(noise) - entropy],
      [wide, standardNormalLogProb(narrower) - entropy - d * Math.log(wider)],
      [prior, standardNormalLogProb(z)],
    ];
    const used = logs.filter(([share]) => share > 0);
    return logSumExp(used.map(([share, value]) => value + Math.log(share / count)));
  }

  /** Draws from q(z | x), behind them some from q with a wider scale and from N(0, I), each with log m(z). */
  function mixtureDraws(model, q) {
    const { own, wide, wider } = model.shares;
    return model.noise.map((point, s) => {
      const far = s >= own + wide;
      const noise = s < own ? point : Array.from(point, (value) => wider * value);
      const z = far ? point : draw(q, noise);
      return { z, logM: logMixture(model, q, z, far ? noiseOf(q, z) : noise) };
    });
  }

  /** These draws, and the logarithms of their weights p(x, z) / m(z). */
  function weightedProposals(model, q, x) {
    const drawn = mixtureDraws(model, q);
    const logW = drawn.map(({ z, logM }) => logLikelihood(model, z, x) + standardNormalLogProb(z) - logM);
    return { draws: drawn.map(({ z }) => z), logW };
  }

  function weightedMoments(draws, weights) {
    const mean = Array.from(draws[0], (_, j) => sum(draws.map((z, s) => weights[s] * z[j])));
    const scale = mean.map((middle, j) => Math.sqrt(sum(draws.map((z, s) => weights[s] * (z[j] - middle) ** 2))));
    return { mean, scale };
  }

  /*
   * The partitions of retina_vae/clusters/partitions. Each has the scores of the clusters at a code, of which the
   * largest decides, and turns scores into probabilities.
   */
  const PARTITIONS = { kmeans: openKMeans, gaussian_mixture: openMixture };

  function openPartition({ partition, latent_dim: d }) {
    const open = PARTITIONS[partition.method];
    if (!open) throw new Error(`expected a partition that the page knows, found ${partition.method}`);
    return { k: partition.centers.shape[0], ...open(partition, d) };
  }

  /** The nearest centre: 2 c.z - |c|^2 is -|z - c|^2 without |z|^2, which all share; equally near ones share. */
  function openKMeans(partition, d) {
    const centers = rows(decodeArray(partition.centers), d);
    return {
      dividesSpace: true,
      scores: (z) => centers.map((center) => 2 * dot(center, z) - dot(center, center)),
      probabilities(scores) {
        const best = Math.max(...scores);
        const nearest = scores.map((score) => (score === best ? 1 : 0));
        const count = sum(nearest);
        return nearest.map((value) => value / count);
      },
    };
  }

  /** The components' responsibilities; a score is log pi_c N(z; mu_c, Sigma_c) without d/2 log 2 pi, which all share. */
  function openMixture(partition, d) {
    const [centers, constants] = [rows(decodeArray(partition.centers), d), decodeArray(partition.log_constants)];
    const whitening = rows(rows(decodeArray(partition.whitening), d), d);
    return {
      dividesSpace: false,
      scores: (z) =>
        centers.map((center, c) => {
          const difference = Array.from(center, (value, j) => z[j] - value);
          return constants[c] - sum(whitening[c].map((row) => dot(row, difference) ** 2)) / 2;
        }),
      probabilities(scores) {
        const total = logSumExp(scores);
        return scores.map((score) => Math.exp(score - total));
      },
    };
  }

  /** Mean probability of each cluster over the weighted draws; they sum to 1. */
  function meanProbabilities({ partition }, draws, weights) {
    const votes = new Array(partition.k).fill(0);
    draws.forEach((z, s) => {
      partition.probabilities(partition.scores(z)).forEach((value, cluster) => {
        votes[cluster] += weights[s] * value;
      });
    });
    const total = sum(votes);
    return votes.map((vote) => vote / total);
  }

  /** Position of the largest number; of equals the first. */
  function largest(values) {
    return values.indexOf(Math.max(...values));
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

  /** Per cent of patients that are no more typical; between ranks that stand for several, interpolated. */
  function percentile({ reference, percent }, score) {
    // The patients' scores were computed in single precision; one of them is its own equal.
    const bound = score + 1e-6 * (1 + Math.abs(score));
    const found = reference.findIndex((value) => value > bound);
    const rank = found < 0 ? reference.length : found;
    if (!percent) return (100 * rank) / reference.length;
    if (rank === 0 || rank === reference.length) return percent[Math.min(rank, reference.length - 1)];
    const share = (score - reference[rank - 1]) / (reference[rank] - reference[rank - 1]);
    return percent[rank - 1] + Math.max(share, 0) * (percent[rank] - percent[rank - 1]);
  }

  /** The patients that p-values are computed among: held-out ones where there are any. */
  function calibrationOf({ typicality }) {
    return typicality.calibration ?? typicality;
  }

  /** The conformal p-value (1 + patients who are no more typical) / (n + 1) (retina_vae/assign/conformal.py). */
  function pValueOf(model, score) {
    const calibration = calibrationOf(model);
    const { patients } = calibration;
    return (1 + (patients * percentile(calibration, score)) / 100) / (patients + 1);
  }

  /** Whether so few patients like the cohort are as odd; below the lowest rank that is told, every patient is. */
  function isUnlike(model, score) {
    const { reference, percent } = calibrationOf(model);
    const bound = model.typicality.unlike_below;
    if (100 * pValueOf(model, score) <= bound * (1 + 1e-9)) return true;
    return Boolean(percent) && percent[0] >= bound && score < reference[0];
  }

  /**
   * The cluster (from 1), the probability of every cluster, mean and scale of the code, log-evidence in nats (null
   * where the model has no density), typicality, its percentile and p-value, whether the patient is unlike the cohort, and how many
   * columns were observed.
   */
  function assign(model, profile) {
    const x = encode(model, profile);
    const q = posterior(model, x);
    let draws = model.noise.map((noise) => draw(q, noise));
    let weights = draws.map(() => 1 / draws.length);
    let code = { mean: Array.from(q.mean), scale: q.factor.map((row) => Math.sqrt(dot(row, row))) };
    let logEvidence = null;
    if (model.decoder) {
      const { draws: proposals, logW } = weightedProposals(model, q, x);
      const total = logSumExp(logW);
      logEvidence = total - Math.log(draws.length) + logJacobian(model, x);
      if (model.corrected) {
        draws = proposals;
        weights = logW.map((value) => Math.exp(value - total));
        code = weightedMoments(draws, weights);
      }
    }
    const { partition } = model;
    // Clouds of mean codes mean nothing where no mean code lies.
    const atMean = model.on_means && !partition.dividesSpace;
    const probability = atMean
      ? partition.probabilities(partition.scores(code.mean))
      : meanProbabilities(model, draws, weights);
    const cluster = largest(model.on_means ? partition.scores(code.mean) : probability);
    const typicality = typicalityScore(model, code.mean, logEvidence);
    return {
      cluster: cluster + 1,
      probability,
      ...code,
      logEvidence,
      typicality,
      percentile: percentile(model.typicality, typicality),
      pValue: pValueOf(model, typicality),
      unlike: isUnlike(model, typicality),
      observed: byColumn(model, x).filter(([first]) => !Number.isNaN(first)).length,
    };
  }

  const normalLogProb = standardNormalLogProb;
  const laws = { draw, encode, logMixture, mixtureDraws, noiseOf, normalLogProb, posterior };
  const assignment = { ...laws, columnTerms, perceptron, sum };
  Object.assign(retinaVae, { openModel, assign, assignment });
})();

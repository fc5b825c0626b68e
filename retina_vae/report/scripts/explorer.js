/*
 * The explorer of profiles: a form with one control per input of the model, and what the model says of the profile.
 *
 * The first part makes words of numbers, the second puts them into the page. Every change of the form is told to the
 * view of the latent space by the event retina-vae:code with {code, cluster}.
 */
(() => {
  'use strict';

  const { readBlock, openModel, assign, explain, kinds, make } = retinaVae;
  const MOST_BARS = 5;
  const MOST_BEAMS = 6;
  const NOT_KNOWN = 'not known';

  /** A share in per cent as the report writes it; below a twentieth of a per cent it is only said to be small. */
  function percentText(share) {
    if (share > 0 && share < 0.0005) return '<\u00a00.1\u00a0%';
    return `${(100 * share).toFixed(share > 0 && share < 0.005 ? 1 : 0)}\u00a0%`;
  }

  /** A number with a true minus sign, and none before zero. */
  function numberText(value, digits = 2) {
    const text = value.toFixed(digits);
    return (/[1-9]/.test(text) ? text : text.replace('-', '')).replace('-', '\u2212');
  }

  /** Why a value cannot be read; empty where it can. */
  function faultOf(column, value) {
    return kinds.fits(column, value) ? '' : `${column.label}: expected ${column.expectation}.`;
  }

  /** How much of a profile is known, where something is not. */
  function knownText(observed, columns) {
    if (observed === columns.length) return '';
    return (
      ` Of ${columns.length} values ${observed} are known; the fewer they are, the more typical a profile may look ` +
      'beside patients of whom more is known.'
    );
  }

  function typicalText({ percentile, pValue, unlike }, { percent, calibration, unlike_below: bound }) {
    if (unlike) {
      // Below the lowest rank that is told, all that is known is that it is lower.
      const ranks = calibration ? calibration.percent : percent;
      const most = Math.max(bound, ranks ? ranks[0] : 0);
      const others = calibration ? 'patients like the cohort' : 'the training patients';
      return (
        `Unlike the cohort: less typical than all but ${numberText(most, 1)}\u00a0% of ${others}` +
        `${ranks ? '' : ` (p\u00a0=\u00a0${pValue.toPrecision(2)})`}. The cluster means little here.`
      );
    }
    const digits = percentile < 1 ? 1 : 0;
    return `At least as typical as ${percentile.toFixed(digits)}\u00a0% of the training patients.`;
  }

  /** Clusters from the most probable one, with their probabilities. */
  function ranked(probability) {
    return probability
      .map((share, i) => ({ cluster: i + 1, share }))
      .sort((a, b) => b.share - a.share || a.cluster - b.cluster);
  }

  /** A contribution with its sign and one digit; 0 without a sign. */
  function signedText(value) {
    const text = numberText(value, 1);
    return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
  }

  /** What the beams say: the columns that say most, from the one that speaks most for the cluster, the others, the sizes. */
  function beamsOf({ columns: values, sizes }, columns, profile) {
    const all = columns.map((column, j) => ({ label: valueText(column, profile[column.name]), value: values[j] }));
    const bySize = [...all].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const [named, others] = [bySize.slice(0, MOST_BEAMS), bySize.slice(MOST_BEAMS)];
    named.sort((a, b) => b.value - a.value);
    if (others.length) {
      const value = others.reduce((total, own) => total + own.value, 0);
      named.push({ label: others.length === 1 ? others[0].label : `${others.length} other columns together`, value });
    }
    return [...named, { label: 'sizes of both clusters', value: sizes }];
  }

  function valueText({ label, unit, numeric }, value) {
    if (value === null) return `${label}: ${NOT_KNOWN}`;
    return `${label}: ${value}${numeric && unit ? ` ${unit}` : ''}`;
  }

  /** The sum of a profile's beams in words. */
  function oddsText({ against, logOdds }) {
    const odds = Math.exp(Math.abs(logOdds));
    const text = odds < 10 ? odds.toFixed(1) : odds < 1e4 ? odds.toFixed(0) : 'more than 10\u00a0000';
    const ratio = logOdds < 0 ? `1 to ${text}` : `${text} to 1`;
    return `All together ${signedText(logOdds)} nats: by the decoder, odds of ${ratio} for this cluster over cluster ${against}.`;
  }

  Object.assign(retinaVae, { signedText, beamsOf, oddsText, percentText, numberText, faultOf, knownText, typicalText });

  /** An identifier that is one word, whatever the column is called; none is the beginning of another with a hyphen. */
  function idOf({ name, position }) {
    return `explorer-${/^\w+$/.test(name) ? name : `.${position}`}`;
  }

  function control(column) {
    const id = idOf(column);
    const label = make('label', { for: id }, column.unit ? `${column.label} (${column.unit})` : column.label);
    if (!column.numeric) return make('div', { class: 'control' }, label, choiceField(column, id));
    const range = make('span', { class: 'hint', id: `${id}-hint` }, `in the cohort about ${column.low} to ${column.high}`);
    const fault = make('span', { class: 'fault', id: `${id}-fault` });
    const parts = [label, numberField(column, id), ...(column.gaps ? [unknownField(column, id)] : []), range, fault];
    return make('div', { class: 'control' }, ...parts);
  }

  /** A list of the categories in their order; no category is an empty text, which stands for a missing value. */
  function choiceField(column, id) {
    const options = column.categories.map((category) => {
      const option = make('option', { value: category }, category);
      option.defaultSelected = category === column.start;
      return option;
    });
    if (column.gaps) options.push(make('option', { value: '' }, NOT_KNOWN));
    return make('select', { id, name: id }, ...options);
  }

  function numberField(column, id) {
    const bounds = {
      ...(column.minimum !== null && { min: column.minimum }),
      ...(column.maximum !== null && { max: column.maximum }),
    };
    return make('input', {
      type: 'number',
      step: column.step ?? 'any',
      inputmode: column.step ? 'numeric' : 'decimal',
      id,
      name: id,
      value: column.start,
      'aria-describedby': `${id}-hint ${id}-fault`,
      ...bounds,
    });
  }

  /** A box to tick where the number is not known. */
  function unknownField(column, id) {
    const name = `${id}-unknown`;
    const box = make('input', { type: 'checkbox', id: name, name, 'aria-label': `${column.label}: ${NOT_KNOWN}` });
    return make('label', { class: 'unknown', for: name }, box, NOT_KNOWN);
  }

  function isUnknown(form, column) {
    return Boolean(form.elements[`${idOf(column)}-unknown`]?.checked);
  }

  /** What a control holds; null for a missing value, not a number for what is none. */
  function readValue(form, column) {
    const { value } = form.elements[idOf(column)];
    if (!column.numeric) return value || null;
    if (isUnknown(form, column)) return null;
    return value.trim() ? Number(value) : NaN;
  }

  function readProfile(form, columns) {
    return Object.fromEntries(columns.map((column) => [column.name, readValue(form, column)]));
  }

  /** Mark the controls whose value cannot be read; whether there are any. */
  function markFaults(form, columns, profile) {
    const texts = columns
      .filter(({ numeric }) => numeric)
      .map((column) => {
        const text = faultOf(column, profile[column.name]);
        const field = form.elements[idOf(column)];
        field.disabled = isUnknown(form, column);
        field.setAttribute('aria-invalid', String(Boolean(text)));
        document.getElementById(`${field.id}-fault`).textContent = text;
        return text;
      });
    return texts.some(Boolean);
  }

  /** A cluster's name, which leads to its card where the page has one. */
  function clusterName(cluster) {
    const known = document.getElementById(`cluster-${cluster}`);
    return make(known ? 'a' : 'span', { ...(known && { href: `#cluster-${cluster}` }) }, `Cluster ${cluster}`);
  }

  function bar({ cluster, share }) {
    const length = make('span', { class: 'length' });
    length.style.width = `${100 * share}%`;
    return make(
      'li',
      {},
      clusterName(cluster),
      make('span', { class: 'track', 'aria-hidden': 'true' }, length),
      make('span', { class: 'share' }, percentText(share)),
    );
  }

  /** A bar from the middle: to the right what speaks for the cluster, to the left what speaks for the other one. */
  function beam({ label, value }, longest) {
    const length = make('span', { class: value > 0 ? 'for' : 'against' });
    length.style.width = `${longest > 0 ? (50 * Math.abs(value)) / longest : 0}%`;
    return make(
      'li',
      {},
      make('span', {}, label),
      make('span', { class: 'beam', 'aria-hidden': 'true' }, length),
      make('span', { class: 'said-number' }, signedText(value)),
    );
  }

  function codeRow(mean, scale, position) {
    const cells = [mean, scale].map((value) => make('td', {}, numberText(value, 3)));
    return make('tr', {}, make('th', { scope: 'row' }, `z${position + 1}`), ...cells);
  }

  /** The form and its answer inside the page. */
  class Explorer {
    constructor(root, { model: file, descriptions }) {
      this.root = root;
      this.model = openModel(file);
      this.descriptions = descriptions;
      this.all = false;
      this.model.columns = this.model.columns.map((column, position) => ({ ...column, position }));
      this.find('.fields').append(...this.model.columns.map(control));
      this.form = this.find('form');
      this.form.addEventListener('submit', (event) => event.preventDefault());
      this.form.addEventListener('input', () => this.answer(true));
      // The form has its old values until the event is over.
      this.form.addEventListener('reset', () => setTimeout(() => this.answer(true)));
      this.find('.more').addEventListener('click', () => {
        this.all = !this.all;
        this.answer(false);
      });
      this.answer(false);
    }

    find(selector) {
      return this.root.querySelector(selector);
    }

    answer(tell) {
      const { columns } = this.model;
      const profile = readProfile(this.form, columns);
      const faulty = markFaults(this.form, columns, profile);
      this.find('.details').dataset.faulty = String(faulty);
      if (faulty) {
        this.find('.headline').textContent = 'No assignment';
        this.find('.about').textContent = 'Correct the marked value of the profile.';
        return;
      }
      const result = assign(this.model, profile);
      this.show(result);
      // It takes longer than the rest, which an input that is still being typed need not wait for.
      clearTimeout(this.later);
      this.later = setTimeout(() => this.showWhy(explain(this.model, profile, result.cluster), profile), 50);
      if (tell) {
        const detail = { code: result.mean, cluster: result.cluster };
        document.dispatchEvent(new CustomEvent('retina-vae:code', { detail }));
      }
    }

    show(result) {
      const { cluster, probability } = result;
      this.find('.headline').textContent = `Cluster ${cluster} (${percentText(probability[cluster - 1])})`;
      this.find('.about').textContent = this.descriptions[cluster] ?? '';
      this.find('.details').dataset.unlike = String(result.unlike);
      this.find('.typical').textContent =
        typicalText(result, this.model.typicality) + knownText(result.observed, this.model.columns);
      this.find('.rank').style.width = `${result.percentile}%`;
      this.find('.evidence').textContent =
        result.logEvidence === null ? '' : `Its log-evidence is ${numberText(result.logEvidence)} nats.`;
      this.find('.code tbody').replaceChildren(...result.mean.map((value, j) => codeRow(value, result.scale[j], j)));
      this.showBars(probability);
    }

    showWhy(why, profile) {
      this.find('.why').hidden = why === null || !Number.isFinite(why.logOdds);
      if (this.find('.why').hidden) return;
      const beams = beamsOf(why, this.model.columns, profile);
      const longest = Math.max(...beams.map(({ value }) => Math.abs(value)));
      this.find('.why h3').textContent = `What speaks for it, against cluster ${why.against}`;
      this.find('.beams').replaceChildren(...beams.map((own) => beam(own, longest)));
      this.find('.odds').textContent = oddsText(why);
    }

    showBars(probability) {
      const [order, more] = [ranked(probability), this.find('.more')];
      this.find('.bars').replaceChildren(...order.slice(0, this.all ? order.length : MOST_BARS).map(bar));
      more.hidden = order.length <= MOST_BARS;
      more.textContent = this.all ? `The first ${MOST_BARS} alone` : `All ${order.length} clusters`;
      more.setAttribute('aria-expanded', String(this.all));
    }
  }

  const root = document.getElementById('explorer-live');
  const payload = readBlock('explorer-data');
  if (root && payload) {
    retinaVae.explorer = new Explorer(root, payload);
    document.getElementById('explorer-fallback').hidden = true;
    root.hidden = false;
  }
})();

/*
 * Who is in a region of the latent space: where points lie on the screen, which of them a line encloses, and what those
 * have beside all others. Without a page.
 */
(() => {
  'use strict';

  const { STEPS, MISSING } = retinaVae;
  const MOST_DECIMALS = 4;
  const LARGEST = 1e9;

  /** m v, of a 4 x 4 matrix in WebGL's order. */
  function transformed(m, v) {
    return [0, 1, 2, 3].map((j) => v.reduce((sum, value, i) => sum + m[4 * i + j] * value, 0));
  }

  /** Where every point is drawn: [x, y] in pixels from the upper left corner of the plot; NaN behind the camera. */
  function onScreen(space, { _fullLayout: { scene, xaxis, yaxis }, clientWidth: width, clientHeight: height }) {
    const rows = space.cluster.map((_, i) => space.coordinates.map((values) => values[i]));
    if (space.flat) return rows.map(([x, y]) => [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)]);
    const { dataScale, glplot } = scene._scene;
    const { model, view, projection } = glplot.cameraParams;
    return rows.map((row) => {
      const place = [...row.map((value, j) => value * dataScale[j]), 1];
      const [x, y, , w] = [model, view, projection].reduce((own, matrix) => transformed(matrix, own), place);
      return w > 0 ? [(width * (1 + x / w)) / 2, (height * (1 - y / w)) / 2] : [NaN, NaN];
    });
  }

  /** Whether a closed line runs around a point: a ray from it crosses the line an odd number of times. */
  function isInside([x, y], corners) {
    let inside = false;
    corners.forEach(([ax, ay], i) => {
      const [bx, by] = corners.at(i - 1);
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    });
    return inside;
  }

  /** A number as the report writes those of its column. */
  function numberText(value, { decimals, whole }) {
    if (Number.isNaN(value)) return '–';
    const fixed = (digits) => ({ minimumFractionDigits: whole ? 0 : digits, maximumFractionDigits: digits });
    const text =
      decimals > MOST_DECIMALS || Math.abs(value) >= LARGEST
        ? String(Number(value.toPrecision(3)))
        : value.toLocaleString('en-US', fixed(whole ? 1 : Math.max(decimals, 0)));
    return (/[1-9]/.test(text) ? text : text.replace('-', '')).replace('-', '\u2212');
  }

  function shareText(part, all) {
    if (!all) return '–';
    const share = part / all;
    return `${(100 * share).toFixed(share > 0 && share < 0.005 ? 1 : 0)}\u00a0%`;
  }

  /** The value below which a part of sorted numbers lies, between neighbours in proportion; NaN of none. */
  function quantile(sorted, part) {
    const place = part * (sorted.length - 1);
    const below = sorted[Math.floor(place)] ?? NaN;
    return below + (place % 1) * ((sorted[Math.ceil(place)] ?? NaN) - below);
  }

  function valueOf({ low, high, logarithmic }, step) {
    const share = step / STEPS;
    return logarithmic ? low * (high / low) ** share : low + (high - low) * share;
  }

  function medianText(column, steps) {
    const known = steps.filter((step) => step !== MISSING).sort((a, b) => a - b);
    if (!known.length) return '–';
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) =>
      numberText(quantile(known.map((step) => valueOf(column, step)), part), column),
    );
    return `${middle} (${low} to ${high})`;
  }

  /** {label, cells: [selected, others]} of every group, by the shares of those whose value is known. */
  function shareRows({ groups }, sides) {
    const shown = groups.map((group, i) => [group, i]).filter(([{ missing, told }]) => !missing && told !== false);
    const known = sides.map((codes) => codes.filter((code) => !groups[code].missing).length);
    return shown.map(([{ label }, i]) => ({
      label,
      cells: sides.map((codes, side) => shareText(codes.filter((code) => code === i).length, known[side])),
    }));
  }

  /** {label, unit, rows} of one column, for those who are selected and all others. */
  function columnRows(column, selected) {
    const values = column.groups ? column.codes : column.steps;
    const sides = [true, false].map((side) => values.filter((_, i) => selected[i] === side));
    if (column.groups) return { label: column.label, unit: '', rows: shareRows(column, sides) };
    const rows = [{ label: 'median (quartiles)', cells: sides.map((steps) => medianText(column, steps)) }];
    return { label: column.label, unit: column.unit, rows };
  }

  /** How many points of each group are selected: of points that are nobody, in whole multiples of the fewest. */
  function countsOf({ label, groups, codes }, selected, { stand_ins: standIns, fewest, mark }) {
    const counts = groups.map((_, i) => codes.filter((code, row) => code === i && selected[row]).length);
    const rounded = (count) => (count < fewest ? mark : `about ${roundedDown(count, fewest).toLocaleString('en-US')}`);
    const rows = groups
      .map((group, i) => ({ label: `${group.label ?? group.number}`, count: counts[i] }))
      .filter(({ count }) => count)
      .map(({ label: name, count }) => ({ label: name, cells: [standIns ? rounded(count) : count.toLocaleString('en-US')] }));
    return { label, unit: '', rows };
  }

  function roundedDown(count, multiple) {
    return Math.floor(count / multiple) * multiple;
  }

  /**
   * Who is selected: {count, total, counts, columns}; the last two are lists of {label, unit, rows}.
   *
   * Points that stand for groups of patients have no columns, and below the fewest nothing is told of them.
   */
  function summaryOf(space, selected) {
    const standIns = space.stand_ins;
    const [count, total] = [selected.filter(Boolean).length, selected.length];
    if (!count || (standIns && count < space.fewest)) return { count: 0, total, counts: [], columns: [] };
    const [cluster, ...columns] = space.colourings;
    const outcome = columns.filter(({ outcome: is }) => is);
    return {
      count: standIns ? roundedDown(count, space.fewest) : count,
      total,
      counts: [cluster, ...outcome].map((column) => countsOf(column, selected, space)),
      columns: standIns ? [] : columns.map((column) => columnRows(column, selected)),
    };
  }

  Object.assign(retinaVae, { onScreen, isInside, summaryOf, shareText });
})();

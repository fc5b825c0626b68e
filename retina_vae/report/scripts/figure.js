/*
 * From the data of the latent space to what Plotly draws, without a page.
 *
 * A state says what is seen: {colouring: key, cluster: number or 0 for all, profile: code or null, narrow: whether the
 * figure is as small as a phone's,
 * region: for every point whether it is selected, or null where none is}.
 */
(() => {
  'use strict';

  const { decodeArray } = retinaVae;
  const STEPS = 50000;
  const MISSING = 65535;
  const PALE = '#aeb5bc';
  const UNKNOWN = '#8c8c8c';
  // In three dimensions symbols of one size are not equally large.
  const WEIGHTS = {
    circle: 1.1,
    diamond: 1.4,
    square: 1.2,
    cross: 1.9,
    'circle-open': 1.2,
    'diamond-open': 1.4,
    'square-open': 1.3,
  };
  const INK = '#1a1a1a';
  const CLUSTER = 'cluster';
  const FONT = 'system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif';

  /** The page's data with arrays decoded; colourings start with the cluster. */
  function openSpace(file) {
    const dims = file.limits.length;
    const steps = decodeArray(file.points);
    const coordinates = file.limits.map(([low, high], j) =>
      Array.from({ length: steps.length / dims }, (_, i) => low + ((high - low) * steps[i * dims + j]) / STEPS),
    );
    const cluster = Array.from(decodeArray(file.cluster));
    const place = new Map(file.clusters.map(({ number }, i) => [number, i]));
    const own = {
      key: CLUSTER,
      label: 'Cluster',
      groups: file.clusters,
      codes: cluster.map((number) => place.get(number)),
    };
    const open = (colouring) =>
      colouring.groups
        ? { ...colouring, codes: Array.from(decodeArray(colouring.codes)) }
        : { ...colouring, steps: Array.from(decodeArray(colouring.steps)) };
    return { ...file, coordinates, cluster, place, flat: dims < 3, colourings: [own, ...file.colourings.map(open)] };
  }

  /** Text from the data as Plotly shows it: its few tags must not be read in it. */
  function plain(text) {
    return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  }

  /** Text in lines of about this many letters. */
  function wrapped(text, width = 42) {
    const lines = [''];
    for (const word of text.split(' ')) {
      if (lines.at(-1) && lines.at(-1).length + word.length >= width) lines.push('');
      lines.push(`${lines.pop()} ${word}`.trim());
    }
    return lines.map(plain).join('<br>');
  }

  function clusterTitle({ items }, { number, size }) {
    return `Cluster ${number}${size ? `, ${size} ${items}` : ''}`;
  }

  function hoverTexts(space) {
    const texts = space.clusters.map((own) => `<b>${clusterTitle(space, own)}</b><br>${wrapped(own.description)}`);
    return space.cluster.map((number) => texts[space.place.get(number)]);
  }

  function markerSize(space, { narrow }) {
    const count = space.cluster.length;
    const size = count <= 1500 ? 6 : count <= 6000 ? 4.5 : 3;
    return (space.flat ? size + 1 : size) * (narrow ? 0.75 : 1);
  }

  /** Many points are fainter, so that it is seen where they lie thick; more than a glance of one must be left. */
  function opacityOf(count) {
    return Math.min(0.8, Math.max(0.25, 0.75 - 0.25 * Math.log10(count / 300)));
  }

  /** Colour of a step of a scale; its stops are evenly spaced. */
  function scaleColour(space, step) {
    if (step === MISSING) return UNKNOWN;
    const position = (step / STEPS) * (space.scale.length - 1);
    const below = Math.min(Math.floor(position), space.scale.length - 2);
    const channel = (stop, k) => parseInt(space.scale[stop].slice(1 + 2 * k, 3 + 2 * k), 16);
    const mixed = [0, 1, 2].map((k) => {
      const start = channel(below, k);
      return Math.round(start + (position - below) * (channel(below + 1, k) - start));
    });
    return `rgb(${mixed.join(',')})`;
  }

  /** Colours and symbols of all points under a colouring. */
  function looks(space, { groups, codes, steps }) {
    if (groups) return { color: codes.map((i) => groups[i].colour), symbol: codes.map((i) => groups[i].symbol) };
    return { color: steps.map((step) => scaleColour(space, step)), symbol: steps.map(() => 'circle') };
  }

  function pick(values, rows) {
    return rows.map((i) => values[i]);
  }

  function trace(space, coordinates, rest) {
    const [x, y, z] = coordinates;
    return { type: space.flat ? 'scatter' : 'scatter3d', mode: 'markers', x, y, ...(space.flat ? {} : { z }), ...rest };
  }

  function points(space, rows, texts, marker) {
    return trace(
      space,
      space.coordinates.map((values) => pick(values, rows)),
      {
        text: pick(texts, rows),
        customdata: pick(space.cluster, rows),
        hovertemplate: '%{text}<extra></extra>',
        marker: {
          line: { width: 0 },
          ...marker,
          size: marker.symbol.map((name) => marker.size * (space.flat ? 1 : WEIGHTS[name])),
        },
      },
    );
  }

  /** Where a code lies on the axes. */
  function project({ projection, axes, flat }, code) {
    const placed = projection.offset.map((start, i) =>
      projection.matrix[i].reduce((sum, weight, j) => sum + weight * code[j], start),
    );
    return flat && axes.length === 1 ? [placed[0], 0.5] : placed;
  }

  function profileTrace(space, code) {
    return trace(
      space,
      project(space, code).map((value) => [value]),
      {
        hovertemplate: 'The profile of the explorer<extra></extra>',
        marker: { size: 9, color: INK, symbol: 'diamond', opacity: 1, line: { width: 0 } },
      },
    );
  }

  /** For every point whether it is in the region or the cluster that is looked at; null where all are. */
  function selection(space, { region = null, cluster }) {
    return cluster ? space.cluster.map((number) => number === cluster) : region;
  }

  function traces(space, state) {
    const colouring = space.colourings.find(({ key }) => key === state.colouring);
    const { color, symbol } = looks(space, colouring);
    const texts = hoverTexts(space);
    const size = markerSize(space, state);
    const all = space.cluster.map((_, i) => i);
    const selected = selection(space, state);
    const inside = all.filter((i) => !selected || selected[i]);
    const outside = all.filter((i) => selected && !selected[i]);
    const pale = { color: PALE, opacity: 0.25, size: 0.55 * size, symbol: outside.map(() => 'circle') };
    const own = { color: pick(color, inside), opacity: opacityOf(inside.length), size, symbol: pick(symbol, inside) };
    return [
      ...(outside.length ? [points(space, outside, texts, pale)] : []),
      points(space, inside, texts, own),
      ...(state.profile ? [profileTrace(space, state.profile)] : []),
    ];
  }

  function label(space, { narrow }, place, text, rest) {
    const [x, y, z] = place;
    return {
      x,
      y,
      ...(space.flat ? {} : { z }),
      text,
      showarrow: false,
      font: { size: narrow ? 11 : 13, color: INK, family: FONT },
      bgcolor: 'rgba(255,255,255,0.88)',
      bordercolor: INK,
      borderpad: narrow ? 1 : 2,
      ...rest,
    };
  }

  /** The numbers of the clusters at their centres, and the profile's name. */
  function labels(space, state) {
    const shown = space.clusters.filter(({ number, center }) => center && (!state.cluster || number === state.cluster));
    const numbers = shown.map(({ number, center }) =>
      label(space, state, center.length === 1 ? [...center, 0.5] : center, `<b>${number}</b>`, {
        captureevents: true,
        name: `${number}`,
      }),
    );
    if (!state.profile) return numbers;
    // An arrow is seen above all points, wherever among them its end lies.
    const arrow = { showarrow: true, ax: 55, ay: -55, arrowhead: 2, arrowsize: 1.2, arrowwidth: 2, arrowcolor: INK };
    return [
      ...numbers,
      label(space, state, project(space, state.profile), '<b>profile</b>', { ...arrow, bgcolor: '#fff' }),
    ];
  }

  /** The camera of the still picture, as far away as the box is wide. */
  function firstCamera({ view: [elevation, azimuth] }, { narrow }) {
    const [up, turn] = [elevation, azimuth].map((degrees) => (degrees * Math.PI) / 180);
    const distance = narrow ? 2.25 : 1.9;
    return {
      eye: {
        x: distance * Math.cos(up) * Math.cos(turn),
        y: distance * Math.cos(up) * Math.sin(turn),
        z: distance * Math.sin(up),
      },
      center: { x: 0, y: 0, z: -0.14 },
      up: { x: 0, y: 0, z: 1 },
    };
  }

  function axis(title, range, rest) {
    return {
      title: { text: title },
      range,
      gridcolor: '#dfe3e7',
      zeroline: false,
      linecolor: '#8d97a3',
      tickfont: { size: 11 },
      ...rest,
    };
  }

  function layout(space, state, camera) {
    const own = {
      showlegend: false,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: '#fff',
      plot_bgcolor: '#fff',
      font: { family: FONT, size: 13, color: INK },
      hoverlabel: { bgcolor: '#fff', bordercolor: INK, align: 'left', font: { family: FONT, size: 13, color: INK } },
      hovermode: 'closest',
      uirevision: 'kept',
      transition: { duration: 0 },
    };
    if (space.flat) return { ...own, ...flatAxes(space), annotations: labels(space, state) };
    const [x, y, z] = space.axes.map((title, j) =>
      axis(title, space.limits[j], { showspikes: false, showbackground: false, nticks: 6 }),
    );
    const [width, depth, height] = space.sides;
    return {
      ...own,
      scene: {
        xaxis: x,
        yaxis: y,
        zaxis: z,
        aspectmode: 'manual',
        aspectratio: { x: width, y: depth, z: height },
        camera: camera ?? firstCamera(space, state),
        dragmode: 'turntable',
        annotations: labels(space, state),
      },
    };
  }

  function flatAxes(space) {
    const [x, y] = space.limits.map((range, j) => axis(space.axes[j] ?? '', range, { automargin: true }));
    return {
      xaxis: x,
      yaxis: { ...y, visible: space.axes.length > 1 },
      margin: { l: 50, r: 10, t: 10, b: 45 },
      dragmode: 'pan',
    };
  }

  /** {data, layout} of a state, seen from a camera, or from that of the still picture. */
  function figureOf(space, state, camera) {
    return { data: traces(space, state), layout: layout(space, state, camera) };
  }

  /** The camera after a turn around the vertical axis and a tilt, both in degrees, and a change of its distance. */
  function movedCamera(camera, { turn = 0, tilt = 0, zoom = 1 }) {
    const { x, y, z } = camera.eye;
    const distance = Math.hypot(x, y, z) * zoom;
    const azimuth = Math.atan2(y, x) + (turn * Math.PI) / 180;
    // Beyond the poles the picture would stand on its head.
    const elevation = Math.min(Math.max(Math.asin(z / Math.hypot(x, y, z)) + (tilt * Math.PI) / 180, -1.5), 1.5);
    const eye = {
      x: distance * Math.cos(elevation) * Math.cos(azimuth),
      y: distance * Math.cos(elevation) * Math.sin(azimuth),
      z: distance * Math.sin(elevation),
    };
    return { ...camera, eye, up: { x: 0, y: 0, z: 1 } };
  }

  const scale = { STEPS, MISSING, UNKNOWN_COLOUR: UNKNOWN };
  Object.assign(retinaVae, { openSpace, figureOf, firstCamera, movedCamera, clusterTitle, selection, ...scale });
})();

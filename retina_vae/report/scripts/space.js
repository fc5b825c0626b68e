/*
 * The view of the latent space: the figure of figure.js with its controls and its legend.
 *
 * The still picture stays until the view is near the window and ready; it stays for good where the browser cannot draw.
 */
(() => {
  'use strict';

  const { readBlock, loadPlotly, openSpace, figureOf, firstCamera, movedCamera, clusterTitle } = retinaVae;
  const { make, glyph, Selection, UNKNOWN_COLOUR } = retinaVae;
  // In pixels.
  const LARGEST_TAP = 5;
  const NARROW = 500;
  // In the units of a camera, which is about 2 away from the middle.
  const SAME_PLACE = 1e-6;
  const MOVES = {
    left: { turn: 15 },
    right: { turn: -15 },
    up: { tilt: 10 },
    down: { tilt: -10 },
    closer: { zoom: 0.8 },
    farther: { zoom: 1.25 },
  };
  // Of one notch of a wheel, or one step of two fingers.
  const WHEEL_ZOOM = 1.08;

  /** A label inside a sentence: without its capital, unless it is an acronym. */
  function inSentence(label) {
    return /^.[a-z]/.test(label) ? label[0].toLowerCase() + label.slice(1) : label;
  }

  function hasWebgl() {
    const canvas = document.createElement('canvas');
    return Boolean(canvas.getContext('webgl2') || canvas.getContext('webgl'));
  }

  /** The view inside the page, from its data. */
  class View {
    constructor(root, file) {
      this.root = root;
      this.space = openSpace(file);
      this.state = { colouring: 'cluster', cluster: 0, region: null, profile: null, narrow: false };
      this.plot = this.find('.space-plot');
      this.turned = false;
      this.fillControls();
      this.selection = new Selection(this);
      document.addEventListener('retina-vae:code', ({ detail }) => this.change({ profile: detail.code }));
      new IntersectionObserver(
        (entries, observer) => {
          if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
          observer.disconnect();
          this.start();
        },
        { rootMargin: '600px' },
      ).observe(root);
    }

    find(selector) {
      return this.root.querySelector(selector);
    }

    get ready() {
      return this.root.dataset.state === 'ready';
    }

    async start() {
      try {
        if (!this.space.flat && !hasWebgl()) throw new Error('WebGL is not available');
        this.plotly = await loadPlotly();
        this.root.dataset.state = 'drawing';
        this.find('.space-live').hidden = false;
        await this.draw();
        this.listen();
        this.root.dataset.state = 'ready';
      } catch (error) {
        console.warn('The view of the latent space cannot be drawn:', error);
        this.root.dataset.state = 'still';
        this.find('.space-live').hidden = true;
        this.find('.space-failed').hidden = false;
      }
    }

    /**
     * Where the view is drawn from; undefined until it was turned.
     *
     * Plotly notes it when the button goes up over the picture: too early for a drag that turns on, and never for one
     * that ends on a label.
     */
    get camera() {
      const scene = this.plot._fullLayout?.scene?._scene;
      if (!scene) return undefined;
      const [drawn, noted] = [scene.getCamera(), this.plot.layout.scene.camera];
      this.turned ||= ['x', 'y', 'z'].some((axis) => Math.abs(drawn.eye[axis] - noted.eye[axis]) > SAME_PLACE);
      return this.turned ? drawn : undefined;
    }

    draw() {
      this.state.narrow = this.plot.clientWidth < NARROW;
      const { data, layout } = figureOf(this.space, this.state, this.camera);
      if (this.space.flat && this.ready) this.keepWindow(layout);
      this.describe();
      this.showLegend();
      return this.plotly.react(this.plot, data, layout, {
        displayModeBar: false,
        responsive: true,
        scrollZoom: false,
        doubleClick: false,
      });
    }

    /** A flat figure drawn anew shows the part that is seen now. */
    keepWindow(layout) {
      for (const name of ['xaxis', 'yaxis']) layout[name].range = this.plot.layout[name].range;
    }

    change(part) {
      // One cluster or one region is looked at, not both.
      if (part.cluster) this.state.region = null;
      Object.assign(this.state, part);
      this.find('#space-colouring').value = this.state.colouring;
      this.find('#space-cluster').value = String(this.state.cluster);
      if (this.ready) this.draw();
    }

    /** Show one cluster; all again where it is shown already. */
    toggle(cluster) {
      if (cluster) this.change({ cluster: this.state.cluster === cluster ? 0 : cluster });
    }

    listen() {
      if (this.space.flat) this.plot.on('plotly_click', ({ points: [point] }) => this.toggle(point.customdata));
      else this.listenToTaps();
      this.plot.on('plotly_clickannotation', ({ annotation }) => this.toggle(Number(annotation.name)));
      this.find('.space-stage').addEventListener('wheel', (event) => this.wheel(event), {
        capture: true,
        passive: false,
      });
    }

    /** A wheel scrolls the page; with Ctrl, or two fingers, which browsers report as that, it moves the view closer. */
    wheel(event) {
      if (!this.plot.contains(event.target)) return;
      // Plotly would keep the event from the page in three dimensions.
      event.stopPropagation();
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      if (event.deltaY) this.step({ zoom: event.deltaY > 0 ? WHEEL_ZOOM : 1 / WHEEL_ZOOM });
    }

    /** In three dimensions Plotly calls it a click when a button goes down, and again with every picture drawn then. */
    listenToTaps() {
      let [pointed, start] = [0, null];
      const remember = ({ points: [point] }) => {
        pointed = point.customdata ?? 0;
      };
      this.plot.on('plotly_hover', remember);
      this.plot.on('plotly_click', remember);
      this.plot.on('plotly_unhover', () => {
        pointed = 0;
      });
      this.plot.addEventListener(
        'pointerdown',
        ({ clientX, clientY }) => {
          start = [clientX, clientY];
        },
        true,
      );
      this.plot.addEventListener(
        'pointerup',
        ({ target, clientX, clientY }) => {
          const still = start && Math.hypot(clientX - start[0], clientY - start[1]) < LARGEST_TAP;
          if (still && target.tagName === 'CANVAS') setTimeout(() => this.toggle(pointed));
        },
        true,
      );
    }

    fillControls() {
      const { colourings, clusters, note, flat } = this.space;
      const options = colourings.map(({ key, label }) => make('option', { value: key }, label));
      this.find('#space-colouring').append(...options);
      const every = make('option', { value: '0' }, `all ${clusters.length} clusters`);
      this.find('#space-cluster').append(
        every,
        ...clusters.map((own) => make('option', { value: own.number }, `only ${clusterTitle(this.space, own).toLowerCase()}`)),
      );
      this.find('#space-colouring').addEventListener('change', ({ target }) =>
        this.change({ colouring: target.value }),
      );
      this.find('#space-cluster').addEventListener('change', ({ target }) =>
        this.change({ cluster: Number(target.value) }),
      );
      this.find('.space-note').textContent = `${note} Drag to ${flat ? 'move' : 'turn'} the view.`.trim();
      for (const button of this.root.querySelectorAll('[data-move]')) {
        button.hidden = flat && button.dataset.move !== 'reset' && !('zoom' in (MOVES[button.dataset.move] ?? {}));
        button.addEventListener('click', () => this.move(button.dataset.move));
      }
      this.find('.space-save').addEventListener('click', () => this.save());
    }

    /** Move the camera, or the window of a flat view. */
    move(name) {
      return this.step(MOVES[name]);
    }

    /** Take one step of a move; without one go back to where the view begins. */
    step(move) {
      if (this.space.flat) return this.plotly.relayout(this.plot, this.movedRanges(move));
      const first = firstCamera(this.space, this.state);
      const camera = move ? movedCamera(this.camera ?? first, move) : first;
      this.turned = Boolean(move);
      return this.plotly.relayout(this.plot, { 'scene.camera': camera });
    }

    movedRanges(move) {
      const axes = ['xaxis', 'yaxis'].map((name) => [name, this.plot.layout[name].range]);
      return Object.fromEntries(
        axes.map(([name, [low, high]], j) => {
          if (!move) return [`${name}.range`, this.space.limits[j]];
          const [middle, half] = [(low + high) / 2, ((high - low) / 2) * move.zoom];
          return [`${name}.range`, [middle - half, middle + half]];
        }),
      );
    }

    save() {
      const { width, height } = this.plot.getBoundingClientRect();
      return this.plotly.downloadImage(this.plot, { format: 'png', width, height, scale: 2, filename: 'latent-space' });
    }

    /** What is seen, in words. */
    describe() {
      const { colourings, clusters, place } = this.space;
      const { label } = colourings.find(({ key }) => key === this.state.colouring);
      const shown = clusters[place.get(this.state.cluster)];
      const who = shown
        ? `${clusterTitle(this.space, shown)}: ${shown.description}. The others are grey.`
        : this.selection.words() || `All ${clusters.length} clusters are shown.`;
      const words = `Coloured by ${inSentence(label)}. ${who}`;
      const card = shown && document.getElementById(`cluster-${shown.number}`);
      const link = card ? [' ', make('a', { href: `#${card.id}` }, `To the card of cluster ${shown.number}`)] : [];
      this.find('.space-status').replaceChildren(words, ...link);
      this.plot.setAttribute('aria-label', `Points in the latent space. ${words}`);
      this.selection.show();
    }

    showLegend() {
      const colouring = this.space.colourings.find(({ key }) => key === this.state.colouring);
      const title = make('h3', {}, colouring.key === 'cluster' ? `Cluster, ${this.space.items}` : colouring.label);
      const body = colouring.groups ? this.groups(colouring) : this.scale(colouring);
      this.find('.space-legend').replaceChildren(title, body);
    }

    groups({ key, groups }) {
      const entry = (own) => (key === 'cluster' ? this.clusterButton(own) : make('span', {}, glyph(own), own.label));
      return make('ul', {}, ...groups.map((own) => make('li', {}, entry(own))));
    }

    clusterButton(own) {
      const pressed = String(this.state.cluster === own.number);
      const button = make(
        'button',
        { type: 'button', 'aria-pressed': pressed, 'aria-label': clusterTitle(this.space, own) },
        glyph(own),
      );
      button.append(make('b', {}, String(own.number)), make('span', { class: 'size' }, own.size));
      button.addEventListener('click', () => {
        this.toggle(own.number);
        // The legend has been made anew.
        this.find(`.space-legend [aria-label="${clusterTitle(this.space, own)}"]`).focus();
      });
      return button;
    }

    scale({ ticks, unit, steps }) {
      const ramp = make('span', { class: 'ramp', 'aria-hidden': 'true' });
      ramp.style.background = `linear-gradient(to right, ${this.space.scale.join(',')})`;
      const ends = make('span', { class: 'ends' }, ...ticks.map((text) => make('span', {}, text)));
      const missing = steps.includes(65535) ? [this.unknown()] : [];
      return make('div', {}, ramp, ends, make('span', { class: 'unit' }, unit), ...missing);
    }

    unknown() {
      return make('span', {}, glyph({ symbol: 'circle', colour: UNKNOWN_COLOUR }), this.space.unknown);
    }
  }

  const root = document.getElementById('space-view');
  const file = readBlock('space-data');
  if (root && file) retinaVae.view = new View(root, file);
})();

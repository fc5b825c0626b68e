/*
 * Selecting points of the latent space with a line or a box drawn around them, and the table of who is in it.
 */
(() => {
  'use strict';

  const { make, drawn, onScreen, isInside, summaryOf, shareText, selection } = retinaVae;
  // Pixels; a smaller drawing is a slip of the hand.
  const SMALLEST = 6;

  const count = (number) => number.toLocaleString('en-US');

  /** The part of the view that selects; `view` is the View of space.js. */
  class Selection {
    constructor(view) {
      this.view = view;
      this.tool = null;
      this.corners = [];
      this.sheet = view.find('.space-sheet');
      this.line = drawn('polygon');
      this.sheet.append(this.line);
      for (const button of this.buttons) {
        button.addEventListener('click', () => this.take(button.dataset.select === this.tool ? null : button.dataset.select));
      }
      view.find('.space-all').addEventListener('click', () => this.clear());
      this.sheet.addEventListener('pointerdown', (event) => this.start(event));
      this.sheet.addEventListener('pointermove', (event) => this.draw(event));
      this.sheet.addEventListener('pointerup', () => this.finish());
      this.sheet.addEventListener('pointercancel', () => this.take(null));
      view.root.addEventListener('keydown', ({ key }) => key === 'Escape' && this.tool && this.take(null));
    }

    get buttons() {
      return this.view.root.querySelectorAll('[data-select]');
    }

    /** Take a tool into the hand; null puts it down. */
    take(tool) {
      this.tool = tool;
      this.corners = [];
      this.line.setAttribute('points', '');
      this.sheet.classList.toggle('active', Boolean(tool));
      for (const button of this.buttons) button.setAttribute('aria-pressed', String(button.dataset.select === tool));
    }

    clear() {
      this.take(null);
      this.view.change({ region: null, cluster: 0 });
    }

    place({ clientX, clientY }) {
      const { left, top } = this.sheet.getBoundingClientRect();
      return [clientX - left, clientY - top];
    }

    start(event) {
      event.preventDefault();
      this.sheet.setPointerCapture(event.pointerId);
      this.corners = [this.place(event)];
    }

    draw(event) {
      if (!this.corners.length) return;
      const [[left, top], [x, y]] = [this.corners[0], this.place(event)];
      const box = [[left, top], [x, top], [x, y], [left, y]];
      this.corners = this.tool === 'box' ? box : [...this.corners, [x, y]];
      this.line.setAttribute('points', this.corners.join(' '));
    }

    finish() {
      const corners = this.corners;
      const size = [0, 1].map((j) => {
        const values = corners.map((corner) => corner[j]);
        return Math.max(...values) - Math.min(...values);
      });
      this.take(null);
      if (Math.max(...size) >= SMALLEST) this.select(corners);
    }

    /** Select the points that a closed line on the screen runs around, whatever lies before or behind them. */
    select(corners) {
      const { space, plot } = this.view;
      const region = onScreen(space, plot).map((place) => isInside(place, corners));
      this.view.change({ cluster: 0, region: region.some(Boolean) ? region : null });
    }

    /** The region in a sentence; empty where there is none. */
    words() {
      const { space, state } = this.view;
      if (!state.region) return '';
      const { count: inside, total } = summaryOf(space, state.region);
      if (space.stand_ins) {
        return inside
          ? `A region with about ${count(inside)} of ${count(total)} points, which are no ${space.items}. The others are grey.`
          : `A region with fewer than ${space.fewest} points, of which nothing is told. The others are grey.`;
      }
      return `A region with ${count(inside)} of ${count(total)} ${space.items} (${shareText(inside, total)}). The others are grey.`;
    }

    /** Who is selected, as tables below the view. */
    show() {
      const { space, state } = this.view;
      const selected = selection(space, state);
      const place = this.view.find('.space-who');
      place.hidden = !selected;
      this.view.find('.space-all').disabled = !selected;
      place.replaceChildren(...(selected ? this.tables(selected, state.cluster) : []));
    }

    tables(selected, cluster) {
      const { space } = this.view;
      const found = summaryOf(space, selected);
      const title = make('h3', {}, cluster ? `Cluster ${cluster} beside all others` : 'Who is in the region');
      if (space.stand_ins) {
        const about = make('p', {}, space.selecting);
        return cluster || !found.count ? [title, about] : [title, about, this.table(['Points'], found.counts, 'Points')];
      }
      const counted = cluster ? found.counts.slice(1) : found.counts;
      const parts = found.columns.length
        ? [this.table(['Selected', 'All others'], found.columns, 'Shares, and medians with quartiles')]
        : [];
      return [title, ...(counted.length ? [this.table(['Patients'], counted, 'Patients')] : []), ...parts];
    }

    table(heads, columns, caption) {
      const head = make('tr', {}, make('td'), ...heads.map((text) => make('th', { scope: 'col' }, text)));
      const line = (text, cells) =>
        make('tr', {}, make('th', { scope: 'row' }, text), ...cells.map((cell) => make('td', {}, cell)));
      const bodies = columns.map(({ label, unit, rows }) => {
        const name = `${label}${unit ? ` (${unit})` : ''}`;
        if (rows.length === 1) return make('tbody', {}, line(`${name}: ${rows[0].label}`, rows[0].cells));
        const group = make('tr', {}, make('th', { scope: 'rowgroup', colspan: String(heads.length + 1) }, name));
        return make('tbody', {}, group, ...rows.map(({ label: text, cells }) => line(text, cells)));
      });
      const own = make('table', {}, make('caption', {}, caption), make('thead', {}, head), ...bodies);
      return make('div', { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: '0' }, own);
    }
  }

  Object.assign(retinaVae, { Selection });
})();

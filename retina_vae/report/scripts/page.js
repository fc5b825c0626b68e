/*
 * What the page does as a whole: where the reader is, cards that open, tables that sort and filter, terms that explain
 * themselves, figures that open in full size. Without it everything is there, only longer.
 */
(() => {
  'use strict';

  const find = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  /** Marks in the contents the section that is being read. */
  function followReader() {
    const links = new Map(find('nav a').map((link) => [link.hash.slice(1), link]));
    const sections = find('main > section').filter((section) => links.has(section.id));
    let current = null;
    function mark() {
      const line = innerHeight / 4;
      const read = sections.filter((section) => section.getBoundingClientRect().top <= line).at(-1) ?? sections[0];
      if (read === current) return;
      links.get(current?.id)?.removeAttribute('aria-current');
      current = read;
      const link = links.get(read.id);
      link.setAttribute('aria-current', 'true');
      const [list, own] = [link.closest('nav'), link.getBoundingClientRect()];
      const frame = list.getBoundingClientRect();
      if (own.left < frame.left || own.right > frame.right) list.scrollLeft += own.left - frame.left - 12;
      if (own.top < frame.top || own.bottom > frame.bottom) list.scrollTop += own.top - frame.top - 40;
    }
    let waiting = false;
    addEventListener('scroll', () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  /** Opens the card to which the address leads, and goes there. */
  function openLinked() {
    const target = location.hash.length > 1 ? byId(decodeURIComponent(location.hash.slice(1))) : null;
    const folded = target?.closest('details');
    if (!folded || folded.open) return;
    folded.open = true;
    target.scrollIntoView();
  }

  function foldCards() {
    const cards = find('details.card');
    const all = (open) => cards.forEach((card) => { card.open = open; });
    byId('open-cards')?.addEventListener('click', () => all(true));
    byId('close-cards')?.addEventListener('click', () => all(false));
    byId('card-words')?.addEventListener('input', (event) => {
      const words = wordsOf(event.target.value);
      const shown = cards.filter((card) => holds(card.textContent, words));
      cards.forEach((card) => { card.hidden = !shown.includes(card); });
      if (words.length && shown.length <= 3) shown.forEach((card) => { card.open = true; });
      byId('card-status').textContent = words.length ? `${shown.length} of ${cards.length} cards` : '';
    });
    let open = [];
    addEventListener('beforeprint', () => {
      open = cards.map((card) => card.open);
      all(true);
    });
    addEventListener('afterprint', () => cards.forEach((card, place) => { card.open = open[place]; }));
  }

  function wordsOf(text) {
    return text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  function holds(text, words) {
    const own = text.toLowerCase().replace(/\u00a0/g, ' ');
    return words.every((word) => own.includes(word));
  }

  function filterOverview() {
    const table = byId('overview-table');
    if (!table) return;
    const [words, chosen] = [byId('overview-words'), byId('overview-badge')];
    const rows = find('tbody tr', table);
    function filter() {
      const asked = wordsOf(words.value);
      const shown = rows.filter((row) => holds(row.textContent, asked) && (!chosen.value || row.dataset.badge === chosen.value));
      rows.forEach((row) => { row.hidden = !shown.includes(row); });
      byId('overview-status').textContent = shown.length < rows.length ? `${shown.length} of ${rows.length} clusters` : '';
    }
    words.addEventListener('input', filter);
    chosen.addEventListener('change', filter);
  }

  /** Heads of a table become buttons that sort its rows: numbers from the largest on at first, texts from A. */
  function sortTables() {
    for (const table of find('table.sortable')) {
      const heads = find('thead th', table);
      heads.forEach((head, place) => {
        if (!head.dataset.sort) return;
        const button = document.createElement('button');
        button.type = 'button';
        button.append(...head.childNodes);
        head.append(button);
        button.addEventListener('click', () => sort(table, heads, place));
      });
    }
  }

  function sort(table, heads, place) {
    const head = heads[place];
    const text = head.dataset.sort === 'text';
    const before = head.getAttribute('aria-sort');
    const rising = before ? before === 'descending' : text || place === 0;
    heads.forEach((other) => other.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
    const value = (row) => (text ? row.cells[place].textContent : Number(row.cells[place].dataset.value));
    const body = table.tBodies[0];
    const compare = (a, b) => (text ? value(a).localeCompare(value(b)) : value(a) - value(b));
    body.append(...[...body.rows].sort((a, b) => (rising ? compare(a, b) : compare(b, a))));
  }

  /** Shows what a term means while it is pointed at or has the focus. */
  function explainTerms() {
    let tip = null;
    function hide() {
      tip?.remove();
      tip = null;
    }
    function show({ target }) {
      hide();
      const term = target.closest?.('.term');
      if (!term) return;
      tip = document.createElement('div');
      tip.className = 'tip';
      tip.setAttribute('role', 'tooltip');
      tip.textContent = term.dataset.tip;
      document.body.append(tip);
      const place = term.getBoundingClientRect();
      const left = Math.max(8, Math.min(place.left, document.documentElement.clientWidth - tip.offsetWidth - 8));
      const above = place.top > tip.offsetHeight + 8;
      tip.style.left = `${left + scrollX}px`;
      tip.style.top = `${scrollY + (above ? place.top - tip.offsetHeight - 5 : place.bottom + 5)}px`;
    }
    document.addEventListener('pointerover', show);
    document.addEventListener('focusin', show);
    document.addEventListener('focusout', hide);
    document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
  }

  /** A figure opens in full size, where a small screen makes it small. */
  function zoomFigures() {
    if (!globalThis.HTMLDialogElement) return;
    const dialog = document.createElement('dialog');
    dialog.className = 'zoom';
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = 'Close';
    close.addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', ({ target }) => { if (target === dialog) dialog.close(); });
    document.body.append(dialog);
    for (const figure of find('main figure')) {
      const picture = figure.querySelector('img');
      if (!picture) continue;
      figure.dataset.zoom = '';
      const open = () => {
        const large = picture.cloneNode();
        dialog.setAttribute('aria-label', picture.alt);
        dialog.replaceChildren(close, large);
        dialog.showModal();
      };
      picture.addEventListener('click', open);
      figure.querySelector('.scroll')?.addEventListener('keydown', (event) => { if (event.key === 'Enter') open(); });
    }
  }

  find('.only-live').forEach((element) => { element.hidden = false; });
  followReader();
  foldCards();
  filterOverview();
  sortTables();
  explainTerms();
  zoomFigures();
  addEventListener('hashchange', openLinked);
  document.addEventListener('click', ({ target }) => {
    // A link to where one is already changes no address, and must open what was closed meanwhile.
    if (target.closest?.('a[href^="#"]')) setTimeout(openLinked);
  });
  openLinked();
})();

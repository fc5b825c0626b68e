/*
 * Elements of the page, and the small pictures of a legend.
 */
(() => {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';
  const SHAPES = {
    circle: 'M6 1.5a4.5 4.5 0 1 0 .01 0z',
    diamond: 'M6 .8L11.2 6 6 11.2.8 6z',
    square: 'M1.8 1.8h8.4v8.4H1.8z',
    cross: 'M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z',
  };

  /** An element with attributes and children. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  /** The same of a drawing. */
  function drawn(name, attributes = {}) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  }

  /** The symbol of a group as a small picture. */
  function glyph({ symbol, colour }) {
    const [shape, open] = symbol.split('-');
    const picture = drawn('svg', { viewBox: '0 0 12 12', 'aria-hidden': 'true' });
    const paint = { fill: open ? 'none' : colour, stroke: open ? colour : 'none', 'stroke-width': '1.6' };
    picture.append(drawn('path', { d: SHAPES[shape], ...paint }));
    return picture;
  }

  Object.assign(retinaVae, { make, drawn, glyph });
})();

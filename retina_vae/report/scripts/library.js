/*
 * Plotly, which stands packed in the page: unpacked and run the first time that someone asks for it.
 */
(() => {
  'use strict';

  const { decodeBytes } = retinaVae;
  let asked = null;

  async function unpack(id) {
    const bytes = decodeBytes(document.getElementById(id).textContent);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Response(stream).text();
  }

  async function load() {
    const script = document.createElement('script');
    // The page's policy lets a browser run this text because it knows its hash.
    script.textContent = await unpack('plotly-library');
    document.head.append(script);
    if (!globalThis.Plotly) throw new Error('expected Plotly to run, but the browser refused it');
    return globalThis.Plotly;
  }

  /** A promise of the library; the same one however often it is asked for. */
  function loadPlotly() {
    asked ??= load();
    return asked;
  }

  Object.assign(retinaVae, { loadPlotly });
})();

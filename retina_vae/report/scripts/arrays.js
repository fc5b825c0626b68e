/*
 * Reading the page's data: JSON blocks, and arrays of numbers in base64.
 *
 * All scripts of the page hang their functions on one object, retinaVae, in the order in which they stand in the page.
 */
(() => {
  'use strict';

  const KINDS = { '<f4': [4, 'getFloat32'], '<f8': [8, 'getFloat64'], '<u2': [2, 'getUint16'] };

  /** The object in the JSON block with this id; null where there is none. */
  function readBlock(id) {
    const block = document.getElementById(id);
    return block && JSON.parse(block.textContent);
  }

  /** The bytes that a base64 text stands for. */
  function decodeBytes(text) {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  }

  /** {dtype, base64} as a Float64Array; the bytes are little-endian on every machine. */
  function decodeArray({ dtype, base64 }) {
    const [width, read] = KINDS[dtype];
    const view = new DataView(decodeBytes(base64).buffer);
    return Float64Array.from({ length: view.byteLength / width }, (_, i) => view[read](i * width, true));
  }

  globalThis.retinaVae = { readBlock, decodeBytes, decodeArray };
})();

/*
 * Taking things away: every table of the page as CSV, every figure as SVG and PNG, and the methods to the clipboard.
 *
 * Without scripts nothing of this is shown, because a script makes the buttons.
 */
(() => {
  'use strict';

  const PNG_SCALE = 3;
  // What a spreadsheet would run as a formula where a text begins with it, after as many apostrophes as it may have.
  const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
  const NUMBER = /^[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(e[-+]?\d+)?$/i;

  /** The text of a cell in one line: what is shown or said of a drawing, with an ASCII minus and plain spaces. */
  function shownText(cell) {
    const clone = cell.cloneNode(true);
    for (const button of clone.querySelectorAll('.takeaway')) button.remove();
    for (const drawing of clone.querySelectorAll('svg[aria-label]')) drawing.replaceWith(drawing.ariaLabel);
    for (const line of clone.querySelectorAll('br')) line.replaceWith(' ');
    return clone.textContent
      .replace(/\u00ad/g, '').replace(/[\u2212\u2011]/g, '-').replace(/\s+/g, ' ').trim();
  }

  /** A cell of a CSV file: numbers as numbers, texts that a spreadsheet would run behind an apostrophe. */
  function csvCell(text) {
    const isNumber = NUMBER.test(text) && /\d/.test(text);
    const value = isNumber ? text.replaceAll(',', '').replace(/^\+/, '') : FORMULA.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  }

  /** The rows that are shown, as texts; a cell that spans columns leaves the others empty, one of rows repeats. */
  function tableRows(table) {
    const shown = Array.from(table.rows).filter((row) => !row.hidden);
    const rows = shown.map(() => []);
    shown.forEach((row, y) => {
      let x = 0;
      for (const cell of row.cells) {
        while (rows[y][x] !== undefined) x += 1;
        for (let down = 0; down < cell.rowSpan && y + down < rows.length; down += 1) {
          for (let right = 0; right < cell.colSpan; right += 1) rows[y + down][x + right] = right ? '' : shownText(cell);
        }
        x += cell.colSpan;
      }
    });
    return rows;
  }

  /** A table as a CSV file's text. */
  function tableCsv(table) {
    return tableRows(table).map((row) => `${Array.from(row, (text) => csvCell(text ?? '')).join(',')}\r\n`).join('');
  }

  /** A name of a file from a text: letters, digits and hyphens. */
  function fileName(text, suffix) {
    const plain = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60).replace(/-$/, '');
    return `${plain || 'report'}.${suffix}`;
  }

  function save(blob, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    // Not at once: some browsers read the address after the click.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** The bytes behind a data address. */
  function dataBlob(address) {
    const [head, body] = [address.slice(5, address.indexOf(',')), address.slice(address.indexOf(',') + 1)];
    const bytes = head.endsWith(';base64')
      ? Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0)) : new TextEncoder().encode(decodeURIComponent(body));
    return new Blob([bytes], { type: head.split(';')[0] });
  }

  /** A picture as PNG, at three times the size that it has by itself. */
  async function pngBlob(image) {
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = PNG_SCALE * image.naturalWidth;
    canvas.height = PNG_SCALE * image.naturalHeight;
    const context = canvas.getContext('2d');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob(done, 'image/png'); });
  }

  async function savePng(image, name) {
    const isVector = image.src.startsWith('data:image/svg');
    save(isVector ? await pngBlob(image) : dataBlob(image.src), fileName(name, 'png'));
  }

  function button(words, label, act) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = words;
    made.setAttribute('aria-label', label);
    made.addEventListener('click', act);
    return made;
  }

  function group(...buttons) {
    const made = document.createElement('div');
    made.className = 'takeaway';
    made.append(...buttons);
    return made;
  }

  /** What a table is called: its caption, else the name of the region that it scrolls in, else the nearest heading. */
  function tableName(table) {
    if (table.caption) return shownText(table.caption);
    const region = table.closest('[aria-label]');
    if (region) return region.getAttribute('aria-label');
    const heading = table.closest('article, section')?.querySelector('h2, h3');
    return heading ? shownText(heading) : 'table';
  }

  function addToTable(table) {
    const name = tableName(table);
    const made = group(button('CSV', `Save table ${name} as CSV`, () => {
      // The mark at the beginning lets a spreadsheet read the letters as UTF-8.
      save(new Blob([`\ufeff${tableCsv(table)}`], { type: 'text/csv;charset=utf-8' }), fileName(name, 'csv'));
    }));
    (table.closest('.scroll') ?? table).after(made);
  }

  /** The part of a caption that names the figure. */
  function figureName(image) {
    const caption = image.closest('figure')?.querySelector('figcaption');
    return (caption ? shownText(caption) : image.alt).split('.')[0];
  }

  function addToFigure(image) {
    const name = figureName(image);
    const buttons = [button('PNG', `Save figure ${name} as PNG`, () => savePng(image, name))];
    if (image.src.startsWith('data:image/svg')) {
      const saveSvg = () => save(dataBlob(image.src), fileName(name, 'svg'));
      buttons.unshift(button('SVG', `Save figure ${name} as SVG`, saveSvg));
    }
    const made = group(...buttons);
    const figure = image.closest('figure');
    if (figure) {
      figure.append(made);
      return;
    }
    // In one box with the picture, so that whatever lays the picture out keeps both together.
    const box = document.createElement('div');
    box.className = 'takeaway-box';
    image.replaceWith(box);
    box.append(image, made);
  }

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page that was opened from a disk may not write there in every browser.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  }

  /** A button that copies the paragraphs and the list of works. */
  function addToMethods(section) {
    const parts = section.querySelectorAll('.methods-text > p, .methods-works > li');
    const text = Array.from(parts, (part, place) => {
      const works = part.parentElement;
      return works.tagName === 'OL' ? `${Array.from(works.children).indexOf(part) + 1}. ${shownText(part)}` : shownText(part);
    }).join('\n\n');
    const copied = document.createElement('span');
    copied.setAttribute('role', 'status');
    section.querySelector('.methods-text').before(group(button('Copy', 'Copy the methods and their references', async () => {
      await copyText(text);
      copied.textContent = 'Copied.';
    }), copied));
  }

  function begin() {
    const main = document.querySelector('main');
    if (!main) return;
    for (const table of main.querySelectorAll('table:not([data-takeaway="none"])')) addToTable(table);
    for (const image of main.querySelectorAll('img[src^="data:image/"]')) addToFigure(image);
    const methods = document.getElementById('methods');
    if (methods) addToMethods(methods);
  }

  globalThis.retinaVae ??= {};
  Object.assign(retinaVae, { csvCell, tableCsv });
  begin();
})();

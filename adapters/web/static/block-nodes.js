// Creates the elements of Markdown blocks from texts, never from HTML.

import {
  cellsOf, closes, fenceStart, heading, indentOf, item, kindOf, quote, splitBlocks, underline,
} from './blocks.js';
import { el } from './dom.js';
import { wrapCode, wrapTable } from './html.js';
import { inline } from './inline.js';

const deepest = 10; // levels of lists and quotes

/**
 * Returns the nodes of a block.
 * @param {string[]} lines
 * @param {import('./blocks.js').Block} block
 * @param {boolean} open whether the model still writes it
 * @param {number} [depth] the number of lists and quotes around it
 * @returns {Node[]}
 */
export function blockNodes(lines, block, open, depth = 0) {
  return nodes[block.type](lines.slice(block.from, block.to), open, depth);
}

/** @type {Record<string, (lines: string[], open: boolean, depth: number) => Node[]>} */
const nodes = {
  rule: () => [el('hr')],
  heading(lines, open) {
    const mark = heading.exec(lines[0]);
    const text = lines[0].slice(mark?.[0].length).trim().replace(/(?:^|[ \t])#+$/, '');
    return [el(`h${mark?.[1].length}`, { dir: 'auto' }, ...inline(text, open))];
  },
  fence(lines) {
    const [, mark, info] = fenceStart.exec(lines[0]) ?? [];
    const closed = lines.length > 1 && closes(lines[lines.length - 1], mark);
    return [codeFrame(lines.slice(1, closed ? -1 : undefined), info.trim().split(/\s/)[0])];
  },
  indented: (lines) => [codeFrame(lines.map((line) => line.replace(/^(?: {4}|\t)/, '')), '')],
  quote: (lines, open, depth) =>
    [el('blockquote', { dir: 'auto' }, ...inside(lines.map((line) => line.replace(quote, '')), open, depth))],
  list(lines, open, depth) {
    const number = /^ *(\d+)/.exec(lines[0])?.[1];
    const ordered = number !== undefined;
    const attributes = { start: ordered && Number(number) !== 1 && Number(number), dir: 'auto' };
    return [el(ordered ? 'ol' : 'ul', attributes, ...items(lines, open, depth))];
  },
  table(lines, open) {
    const aligns = cellsOf(lines[1]).map((cell) => alignOf(cell));
    const row = (line, tag, last) => {
      const cells = cellsOf(line);
      const cell = (align, i) => el(tag, { align, dir: 'auto' }, ...inline(cells[i] ?? '', last));
      return el('tr', {}, ...aligns.map(cell));
    };
    const body = lines.slice(2).map((line, i) => row(line, 'td', open && i === lines.length - 3));
    const table = el('table', { dir: 'auto' }, el('thead', {}, row(lines[0], 'th', false)),
      body.length > 0 && el('tbody', {}, ...body));
    return [wrapTable(table)];
  },
  paragraph(lines, open) {
    const isSetext = lines.length > 1 && underline.test(lines[lines.length - 1]);
    if (isSetext) {
      const tag = lines[lines.length - 1].includes('=') ? 'h1' : 'h2';
      return [el(tag, { dir: 'auto' }, ...inline(lines.slice(0, -1).join('\n').trim(), false))];
    }
    if (open && lines[0].trimStart().startsWith('|') && lines.length < 3) return []; // it may become a table
    const text = lines.map((line) => line.trimStart()).join('\n').trimEnd();
    return [el('p', { dir: 'auto' }, ...inline(text, open))];
  },
};

function alignOf(cell) {
  const [left, right] = [cell.startsWith(':'), cell.endsWith(':')];
  if (left && right) return 'center';
  return right ? 'right' : left && 'left';
}

/** The nodes inside of a quote or an item. */
function inside(lines, open, depth) {
  if (depth >= deepest) return [document.createTextNode(lines.join('\n'))];
  const blocks = splitBlocks(lines);
  return blocks.flatMap((block, i) => blockNodes(lines, block, open && i === blocks.length - 1, depth + 1));
}

function items(lines, open, depth) {
  const kind = kindOf(lines[0]);
  const starts = [];
  let width = 0;
  lines.forEach((line, at) => {
    const isInside = at > 0 && line.length - line.trimStart().length >= width;
    if (isInside || !item.test(line) || kindOf(line) !== kind) return;
    starts.push(at);
    width = indentOf(line);
  });
  const isLoose = starts.slice(1).some((at) => lines[at - 1].trim() === '');
  return starts.map((at, i) => {
    const isLast = i === starts.length - 1;
    return itemElement(lines.slice(at, starts[i + 1]), open && isLast, isLoose, depth);
  });
}

function itemElement(lines, open, isLoose, depth) {
  const width = indentOf(lines[0]);
  const dedented = lines.map((line, i) => {
    if (i === 0) return line.slice(width);
    return line.startsWith('\t') ? line.slice(1) : line.replace(new RegExp(`^ {0,${width}}`), '');
  });
  const task = /^\[([ xX])\][ \t]+/.exec(dedented[0]);
  if (task) dedented[0] = (task[1] === ' ' ? '☐ ' : '☑ ') + dedented[0].slice(task[0].length);
  const children = inside(dedented, open, depth);
  const isLine = (node) => !isLoose && node instanceof HTMLParagraphElement;
  return el('li', {}, ...children.flatMap((node) => (isLine(node) ? [...node.childNodes] : [node])));
}

/** Code with its language and a button that copies it. */
function codeFrame(lines, language) {
  const known = /^[\w+#.-]{1,40}$/.test(language);
  const text = lines.length > 0 ? `${lines.join('\n')}\n` : '';
  const pre = el('pre', {}, el('code', { class: known && `language-${language}` }, text));
  return wrapCode(pre);
}

// Finds the blocks of a Markdown text: paragraphs, lists, code and so on.

const longestTableLine = 2000; // characters

export const fenceStart = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`]*)$/;
export const heading = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const rule = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
export const quote = /^ {0,3}> ?/;
export const item = /^( {0,3})([-*+]|\d{1,9}[.)])(?=[ \t]|$)/;
export const underline = /^ {0,3}(=+|-+)[ \t]*$/;
const delimiterCell = /^[ \t]*:?-+:?[ \t]*$/;

/**
 * @typedef {object} Block
 * @property {string} type
 * @property {number} from the index of its first line
 * @property {number} to the index behind its last line
 */

/**
 * Splits lines into blocks. All but the last are complete.
 * @param {string[]} lines
 * @returns {Block[]}
 */
export function splitBlocks(lines) {
  const blocks = [];
  for (let from = 0; from < lines.length;) {
    if (lines[from].trim() === '') {
      from++;
      continue;
    }
    const type = typeAt(lines, from);
    const to = ends[type](lines, from);
    blocks.push({ type, from, to });
    from = to;
  }
  return blocks;
}

function typeAt(lines, at) {
  const line = lines[at];
  if (fenceStart.test(line)) return 'fence';
  if (heading.test(line)) return 'heading';
  if (rule.test(line)) return 'rule';
  if (quote.test(line)) return 'quote';
  if (item.test(line)) return 'list';
  if (/^(?: {4}|\t)/.test(line)) return 'indented';
  return isTable(lines, at) ? 'table' : 'paragraph';
}

function isTable(lines, at) {
  const next = lines[at + 1] ?? '';
  const isShort = lines[at].length + next.length < longestTableLine;
  if (!isShort || !lines[at].includes('|') || !next.includes('-')) return false;
  const delimiters = cellsOf(next);
  return delimiters.every((cell) => delimiterCell.test(cell)) && cellsOf(lines[at]).length === delimiters.length;
}

/**
 * Returns the texts of the cells of a line of a table.
 * @param {string} line
 * @returns {string[]}
 */
export function cellsOf(line) {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function interrupts(lines, at) {
  const type = typeAt(lines, at);
  if (type === 'list') return /^ {0,3}(?:[-*+]|1[.)])[ \t]+\S/.test(lines[at]);
  return type !== 'paragraph' && type !== 'indented' && type !== 'table';
}

/** Where a block ends, by its type. @type {Record<string, (lines: string[], from: number) => number>} */
const ends = {
  heading: (_, from) => from + 1,
  rule: (_, from) => from + 1,
  fence(lines, from) {
    const mark = fenceStart.exec(lines[from])?.[1] ?? '';
    let to = from + 1;
    while (to < lines.length && !closes(lines[to], mark)) to++;
    return Math.min(to + 1, lines.length);
  },
  quote(lines, from) {
    let to = from + 1;
    while (to < lines.length && lines[to].trim() !== '' && (quote.test(lines[to]) || !interrupts(lines, to))) to++;
    return to;
  },
  list(lines, from) {
    const kind = kindOf(lines[from]);
    const width = indentOf(lines[from]);
    let to = from + 1;
    for (let at = to; at < lines.length; at++) {
      if (lines[at].trim() === '') continue;
      const continues = lines[at - 1].trim() !== '' && !interrupts(lines, at);
      const inside = lines[at].length - lines[at].trimStart().length >= width || lines[at].startsWith('\t');
      const isItem = item.test(lines[at]) && kindOf(lines[at]) === kind && !rule.test(lines[at]);
      if (!inside && !continues && !isItem) break;
      to = at + 1;
    }
    return to;
  },
  indented(lines, from) {
    let to = from + 1;
    for (let at = to; at < lines.length && /^(?: {4}|\t|[ \t]*$)/.test(lines[at]); at++) {
      if (lines[at].trim() !== '') to = at + 1;
    }
    return to;
  },
  table(lines, from) {
    let to = from + 2;
    while (to < lines.length && lines[to].trim() !== '' && !interrupts(lines, to)) to++;
    return to;
  },
  paragraph(lines, from) {
    let to = from + 1;
    while (to < lines.length && lines[to].trim() !== '') {
      if (underline.test(lines[to])) return to + 1;
      if (interrupts(lines, to) || isTable(lines, to)) break;
      to++;
    }
    return to;
  },
};

/**
 * Reports whether a line ends code that began with a mark.
 * @param {string} line
 * @param {string} mark such as three backticks
 * @returns {boolean}
 */
export function closes(line, mark) {
  const text = line.trim();
  return text.length >= mark.length && text === mark[0].repeat(text.length);
}

/**
 * Returns the bullet of an item of a list, "1." or "1)" for an ordered one.
 * @param {string} line
 * @returns {string|undefined}
 */
export function kindOf(line) {
  return item.exec(line)?.[2].replace(/\d+/, '1');
}

/**
 * Returns the column at which the text of an item begins.
 * @param {string} line
 * @returns {number}
 */
export function indentOf(line) {
  const marker = item.exec(line)?.[0].length ?? 0;
  const spaces = line.length - marker - line.slice(marker).trimStart().length;
  return marker + (spaces >= 1 && spaces <= 4 ? spaces : 1);
}

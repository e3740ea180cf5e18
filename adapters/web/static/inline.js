// Creates the nodes of the text inside of a Markdown block: emphasis, code and links.

import { el } from './dom.js';

const longest = 4000; // characters. A longer text keeps its marks, so that no text takes long
const deepest = 6; // marks in marks

const tags = { '**': 'strong', __: 'strong', '*': 'em', _: 'em', '~~': 'del' };
const marks = /\\[!-/:-@[-`{-~\n]|`+|\*\*|__|~~|[*_]|!?\[|<https?:\/\/[^\s<>]+>| {2,}\n|&(?:amp|lt|gt|quot);/g;
const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const link = /^\[([^\]\n]*)\]\(([^\s()]*)(?: +"[^"\n]*")?\)/;
const openLink = /^\[([^\]\n]*)(?:\](?:\([^\s()]*)?)?$/;

/**
 * Returns the nodes of a text.
 * @param {string} text
 * @param {boolean} open whether the model still writes it: then a mark may be incomplete
 * @param {number} [depth] the number of marks around it
 * @returns {Node[]}
 */
export function inline(text, open, depth = 0) {
  if (text.length > longest || depth > deepest) return text === '' ? [] : [document.createTextNode(text)];
  const nodes = [];
  const shown = open ? text.slice(0, -4) + text.slice(-4).replace(/(?<!\\)[*_~`]+$/, '') : text;
  const pattern = new RegExp(marks);
  let plain = '';
  let at = 0;
  const add = (node, end) => {
    if (typeof node === 'string') plain += node;
    else {
      if (plain !== '') nodes.push(document.createTextNode(plain));
      plain = '';
      nodes.push(node);
    }
    at = end;
    pattern.lastIndex = end;
  };
  for (let found = pattern.exec(shown); found; found = pattern.exec(shown)) {
    plain += shown.slice(at, found.index);
    const { node, end } = nodeAt(shown, found[0], found.index, open, depth);
    add(node, end);
  }
  plain += shown.slice(at);
  if (plain !== '') nodes.push(document.createTextNode(plain));
  return nodes;
}

/** The node that begins with a mark, or the mark as text. */
function nodeAt(text, mark, at, open, depth) {
  const end = at + mark.length;
  if (mark === '\\\n' || mark.startsWith('  ')) return { node: el('br'), end };
  if (mark.startsWith('\\')) return { node: mark[1], end };
  if (mark.startsWith('&')) return { node: entities[mark], end };
  if (mark.startsWith('`')) return codeAt(text, mark, at, open);
  if (mark.startsWith('<')) return { node: linkTo(mark.slice(1, -1), [mark.slice(1, -1)]) ?? mark, end };
  if (mark.endsWith('[')) return linkAt(text, mark, at, open, depth);
  return emphasisAt(text, mark, at, open, depth);
}

function codeAt(text, mark, at, open) {
  const from = at + mark.length;
  let to = text.indexOf(mark, from);
  while (to >= 0 && text[to + mark.length] === '`') to = text.indexOf(mark, to + mark.length + 1);
  if (to < 0 && !open) return { node: mark, end: from };
  const code = text.slice(from, to < 0 ? undefined : to).replaceAll('\n', ' ');
  const isPadded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
  const end = to < 0 ? text.length : to + mark.length;
  return { node: el('code', {}, isPadded ? code.slice(1, -1) : code), end };
}

function linkAt(text, mark, at, open, depth) {
  const rest = text.slice(at + mark.length - 1);
  const [whole, label, target] = link.exec(rest) ?? [];
  const begun = open && whole === undefined ? openLink.exec(rest) : null;
  if (begun) return { node: begun[1], end: text.length };
  if (whole === undefined) return { node: mark, end: at + mark.length };
  const content = mark === '![' ? [label || target] : inline(label, false, depth + 1);
  return { node: linkTo(target, content) ?? label, end: at + mark.length - 1 + whole.length };
}

/** A link to the web or to mail, null for another address. */
function linkTo(target, content) {
  if (!/^(?:https?:\/\/[^/]|mailto:)/i.test(target) || !URL.canParse(target)) return null;
  const isMail = /^mailto:/i.test(target);
  const rel = isMail ? 'nofollow noreferrer' : 'nofollow noreferrer noopener';
  return el('a', { href: target, rel, target: !isMail && '_blank' }, ...content);
}

function emphasisAt(text, mark, at, open, depth) {
  const from = at + mark.length;
  const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  const begins = /\S/.test(text[from] ?? '') && !(mark[0] === '_' && isWord(text[at - 1]));
  if (!begins) return { node: mark, end: from };
  let to = text.indexOf(mark, from + 1);
  while (to >= 0 && !closesAt(text, mark, to, isWord)) to = text.indexOf(mark, to + 1);
  const isOpen = to < 0 && open && mark.length === 2;
  if (to < 0 && !isOpen) return { node: mark, end: from };
  const content = inline(text.slice(from, isOpen ? undefined : to), isOpen, depth + 1);
  return { node: el(tags[mark], {}, ...content), end: isOpen ? text.length : to + mark.length };
}

function closesAt(text, mark, to, isWord) {
  if (/\s|\\/.test(text[to - 1])) return false;
  if (mark[0] === '_' && isWord(text[to + mark.length])) return false;
  const isDouble = mark.length === 1 && (text[to + 1] === mark || text[to - 1] === mark);
  return !isDouble;
}

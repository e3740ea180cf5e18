// The only place that turns text into HTML. The text is the content_html of the API: the
// server has rendered and sanitised it. The Content-Security-Policy is the second wall: it
// runs no inline script, loads nothing from other sites, and lets no other code create HTML.

import { announce } from './notices.js';
import { el, icon } from './dom.js';

/** @type {{createHTML: (html: string) => any}} */
const policy = globalThis.trustedTypes?.createPolicy('server-html', { createHTML: (html) => html })
  ?? { createHTML: (html) => html };

const containers = 'body, ul, ol, li, blockquote, table, thead, tbody, tr';
const blocks = 'p, h1, h2, h3, h4, h5, h6, ul, ol, blockquote, table, td, th';
const apart = `${blocks}, li, hr, thead, tbody, tr, pre, .code, .table`;

/**
 * Returns the nodes of a finished answer.
 * @param {string} html content_html of the API
 * @returns {DocumentFragment}
 */
export function answerNodes(html) {
  const parsed = new DOMParser().parseFromString(policy.createHTML(html), 'text/html');
  for (const block of parsed.body.querySelectorAll(blocks)) block.setAttribute('dir', 'auto');
  for (const table of parsed.body.querySelectorAll('table')) wrapTable(table);
  for (const pre of parsed.body.querySelectorAll('pre')) wrapCode(pre);
  removeLineBreaks(parsed.body);
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
}

/** Removes the line breaks between blocks, which are not visible. */
function removeLineBreaks(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    const isBetween = [node.previousSibling, node.nextSibling].every((side) => !side || side.matches?.(apart));
    if (node.data.trim() === '' && isBetween && node.parentElement?.matches(containers)) found.push(node);
  }
  for (const node of found) node.remove();
}

/**
 * Puts a table into a frame in which it scrolls if it is wide. It returns the frame.
 * @param {HTMLElement} table
 * @returns {HTMLElement}
 */
export function wrapTable(table) {
  const frame = el('div', { class: 'table', tabindex: '0', role: 'region', 'aria-label': 'Table' });
  table.replaceWith(frame);
  frame.append(table);
  return frame;
}

/**
 * Puts code into a frame with its language and a button that copies it, and returns the frame.
 * A text that is too large for Markdown comes in a pre without code: its lines wrap.
 * @param {HTMLElement} pre
 * @returns {HTMLElement}
 */
export function wrapCode(pre) {
  const code = pre.querySelector('code');
  if (!code) {
    pre.className = 'plain';
    return pre;
  }
  const language = /(?:^|\s)language-([\w+#.-]+)/.exec(code.className)?.[1] ?? '';
  const copy = copyButton(() => frame.querySelector('pre')?.textContent ?? '', 'Copy the code');
  pre.setAttribute('tabindex', '0');
  const bar = el('div', { class: 'code-bar' }, el('span', {}, language), copy);
  const frame = el('div', { class: 'code', dir: 'ltr' }, bar);
  pre.replaceWith(frame);
  frame.append(pre);
  return frame;
}

/**
 * Returns a button that copies a text.
 * @param {() => string} text
 * @param {string} label for screen readers
 * @returns {HTMLElement}
 */
export function copyButton(text, label) {
  const button = el('button', { type: 'button', 'aria-label': label, 'data-testid': 'copy' }, icon('copy'), 'Copy');
  button.addEventListener('click', async () => {
    const copied = await copyText(text());
    button.replaceChildren(icon(copied ? 'check' : 'close'), copied ? 'Copied' : 'Not copied');
    announce(copied ? 'Copied.' : 'Your browser did not allow copying.');
    setTimeout(() => button.replaceChildren(icon('copy'), 'Copy'), 2000);
  });
  return button;
}

/** The clipboard exists only on https and on the own machine; elsewhere the old command works. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = el('textarea', { class: 'sr-only', 'aria-hidden': 'true' });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand('copy');
    field.remove();
    return copied;
  }
}

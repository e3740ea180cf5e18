// Search in the messages of all rooms.

import { describe, page, urlOf } from './api.js';
import { $, debounce, el, whileBusy } from './dom.js';
import { linkTo } from './router.js';
import { nameOf } from './rooms.js';
import { state } from './store.js';
import { shortTime } from './time.js';

const typingPause = 250; // ms
const pageSize = 20;

const dialog = /** @type {HTMLDialogElement} */ ($('search-dialog'));
const field = /** @type {HTMLInputElement} */ ($('search-text'));

/** The request for what is in the field. A newer one ends it. */
let current = new AbortController();

/** Prepares the dialog and its shortcut. */
export function startSearch() {
  $('open-search').addEventListener('click', openSearch);
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  const hint = $('open-search').querySelector('kbd');
  if (hint) hint.textContent = apple ? '⌘K' : 'Ctrl K';
  addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    openSearch();
  });
  field.addEventListener('input', debounce(typingPause, search));
  field.addEventListener('keydown', clearOrClose);
  dialog.addEventListener('click', passClickOn);
  field.addEventListener('keydown', (event) => { if (event.key === 'ArrowDown') focusResult(event, 0); });
  $('search-results').addEventListener('keydown', moveFocus);
  $('search-results').addEventListener('click', (event) => {
    if (/** @type {Element} */ (event.target).closest('a')) dialog.close();
  });
  dialog.querySelector('form')?.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
  });
}

/** The first Esc clears the field, and Esc with an empty field closes the dialog. */
function clearOrClose(event) {
  if (event.key !== 'Escape' || event.isComposing) return;
  event.preventDefault();
  event.stopPropagation();
  if (field.value === '') {
    dialog.close();
    return;
  }
  field.value = '';
  field.focus();
  search();
}

/** A click beside the dialog closes it (dialogs.js), and does what it would do without the dialog. */
function passClickOn(event) {
  if (dialog.open || event.target !== dialog) return;
  const target = document.elementFromPoint(event.clientX, event.clientY)?.closest('a, button, textarea, summary');
  if (!(target instanceof HTMLElement)) return;
  target.focus();
  target.click();
}

function openSearch() {
  if (document.querySelector('dialog[open]')) return;
  dialog.showModal();
  field.select();
}

async function search() {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const query = field.value.trim();
  if (query === '') {
    showResults([], '');
    return;
  }
  $('search-status').textContent = 'Searching …';
  try {
    await load(urlOf('search', { q: query, limit: pageSize }), query, signal, []);
  } catch (error) {
    if (error.name !== 'AbortError') showResults([], describe(error));
  }
}

async function load(url, query, signal, before) {
  const found = await page('GET', url, { signal });
  const results = [...before, ...found.data.map((message) => resultElement(message, query))];
  if (results.length === 0) {
    showResults([], `No message contains “${query}”.`);
    return;
  }
  const more = found.links.next && el('button', {
    class: 'quiet',
    onclick: () => whileBusy(more, () => load(found.links.next, query, signal, results).catch(() => {})),
  }, 'Show more');
  const count = `${results.length}${more ? ' or more' : ''}`;
  showResults(more ? [...results, more] : results, `${count} ${results.length === 1 ? 'message' : 'messages'}`);
}

function showResults(elements, status) {
  $('search-results').replaceChildren(...elements);
  $('search-status').textContent = status;
}

function resultElement(message, query) {
  const room = state.rooms.get(message.chatroom_id);
  const snippet = unformatted(message.snippet ?? message.content, query);
  return el('a', { href: linkTo(message.chatroom_id, message.id), 'data-testid': 'result' },
    el('span', { class: 'where' }, el('b', { dir: 'auto' }, room ? nameOf(room) : 'Chat'),
      el('span', {}, `${message.is_from_user ? 'You' : 'Parley'} · ${shortTime(message.created_at)}`)),
    el('span', { class: 'snippet', dir: 'auto' }, ...marked(snippet, query)));
}

/** The snippet without the marks of Markdown, unless the user looks for marks. */
function unformatted(snippet, query) {
  if (/[*_`#|~[\]>]/.test(query)) return snippet;
  return snippet
    .replace(/\|?[\s:|-]*-{3,}[\s:|-]*/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^\s)]*\)/g, '$1')
    .replace(/\*\*|__|~~|`+/g, '')
    .replace(/(^|[\s…])(?:#{1,6}|[-*+>|])(?=\s)/g, '$1')
    .replace(/(^|[\s…])[*_](?=\S)|(?<=\S)[*_](?=[\s.,;:!?]|$)/g, '$1')
    .replace(/\s\|$/, '')
    .replace(/\s+/g, ' ');
}

/** The snippet with marks around the parts that are like the query. */
function marked(snippet, query) {
  const literal = query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const pattern = new RegExp(`(${literal})`, 'giu');
  return snippet.split(pattern).map((part, index) => (index % 2 === 1 ? el('mark', {}, part) : part));
}

function moveFocus(event) {
  const results = resultLinks();
  const at = results.indexOf(document.activeElement);
  if (event.key === 'ArrowDown') focusResult(event, Math.min(at + 1, results.length - 1));
  if (event.key === 'ArrowUp' && at === 0) {
    event.preventDefault();
    field.focus();
  } else if (event.key === 'ArrowUp') focusResult(event, at - 1);
}

function resultLinks() {
  return [...$('search-results').querySelectorAll('a')];
}

function focusResult(event, index) {
  event.preventDefault();
  resultLinks()[index]?.focus();
}

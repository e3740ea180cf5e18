// Stop, retry and edit.

import { pathOf } from './answers.js';
import { call, describe, ApiError } from './api.js';
import { putMessage } from './changes.js';
import { el, randomKey, whileBusy } from './dom.js';
import { toast } from './notices.js';
import { isRunning, state } from './store.js';

/** @typedef {import('./store.js').Message} Message */

/** The keys of requests that may not have been accepted yet, by what they ask for. @type {Map<string, string>} */
const keys = new Map();

/** @type {() => void} */
let onExhausted = () => {};

/**
 * Sets the function that is called when the day's messages are used up.
 * @param {() => void} listener
 */
export function whenExhausted(listener) {
  onExhausted = listener;
}

/** Stops the replies of the open room that are not final, the newest first. */
export async function stopAnswers() {
  const messages = state.chats.get(state.open ?? '')?.messages ?? [];
  for (const message of messages.filter(isRunning).reverse()) {
    await call('POST', `${pathOf(message)}/cancel`).catch(report);
  }
}

/**
 * Asks for a reply again.
 * @param {Message} message
 * @param {HTMLElement} button
 */
export async function retry(message, button) {
  await whileBusy(button, () => ask('POST', `${pathOf(message)}/retry`, undefined).catch(report));
}

/**
 * Lets the user change a message, and asks again.
 * @param {Message} message
 * @param {import('./message-view.js').MessageView} view
 */
export function edit(message, view) {
  const attributes = { dir: 'auto', 'aria-label': 'Your message', 'data-testid': 'edit-text' };
  const field = /** @type {HTMLTextAreaElement} */ (el('textarea', attributes));
  field.value = message.content;
  const error = el('p', { class: 'error', role: 'alert' });
  const save = el('button', { class: 'primary', 'data-testid': 'edit-save' }, 'Ask again');
  const close = () => {
    view.setEditor(null);
    /** @type {HTMLElement|null} */ (view.element.querySelector('[data-testid="edit"]'))?.focus();
  };
  const cancel = el('button', { type: 'button', class: 'quiet', onclick: close }, 'Cancel');
  const hint = el('p', { class: 'hint limited' }, 'Uses one message of today.');
  const form = el('form', {
    class: 'edit',
    onsubmit: (event) => {
      event.preventDefault();
      whileBusy(save, () => saveEdit(message, field.value, error, close));
    },
    onkeydown: (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) form.requestSubmit();
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  }, field, error, hint, el('div', { class: 'row end' }, cancel, save));
  view.setEditor(form);
  field.focus({ preventScroll: true });
  form.scrollIntoView({ block: 'nearest' });
}

async function saveEdit(message, content, error, close) {
  if (content.trim() === '') return;
  try {
    const accepted = await ask('PATCH', pathOf(message), { content });
    const current = state.chats.get(message.chatroom_id)?.messages.find((other) => other.id === message.id);
    if (current) putMessage({ ...current, content: accepted.content });
    close();
  } catch (refusal) {
    if (isExhausted(refusal)) onExhausted();
    error.textContent = describe(refusal);
  }
}

/** Sends a request that takes a unit of the day. A repeat has the same key, so that it takes no second one. */
async function ask(method, path, body) {
  const what = `${method} ${path} ${JSON.stringify(body)}`;
  const key = keys.get(what) ?? randomKey();
  keys.set(what, key);
  try {
    const accepted = await call(method, path, { body, key });
    keys.delete(what);
    return accepted;
  } catch (error) {
    const refused = error.status >= 400 && error.status < 500 && error.code !== 'idempotency_in_flight';
    if (refused) keys.delete(what);
    throw error;
  }
}

function isExhausted(error) {
  return error instanceof ApiError && error.code === 'quota_exhausted';
}

function report(error) {
  if (error.code === 'not_cancellable') return; // it has ended in this moment
  if (isExhausted(error)) onExhausted();
  else toast(describe(error));
}

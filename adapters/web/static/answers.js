// The format of finished answers. Events have only the text, so the page loads the HTML that
// the server makes of it.

import { call } from './api.js';
import { putMessage } from './changes.js';
import { isRunning, state } from './store.js';

/** @typedef {import('./store.js').Message} Message */

/** The requests that were made, by message and text. @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * Returns the path of a message.
 * @param {Message} message
 * @returns {string}
 */
export function pathOf(message) {
  return `chatroom/${message.chatroom_id}/messages/${message.id}`;
}

/**
 * Loads the HTML of a finished answer, once. If that fails, its text remains visible, and a
 * later call tries again.
 * @param {Message} message
 * @returns {Promise<void>}
 */
export function loadHTML(message) {
  if (!needsHTML(message)) return Promise.resolve();
  const key = `${message.id} ${message.status} ${message.versions ?? 0} ${message.content.length}`;
  const request = asked.get(key) ?? load(message).catch(() => { asked.delete(key); });
  asked.set(key, request);
  return request;
}

function needsHTML(message) {
  const finished = !isRunning(message) && message.status !== 'failed';
  return finished && !message.is_from_user && message.content !== '' && message.content_html === undefined;
}

async function load(message) {
  const loaded = await call('GET', pathOf(message), { query: { format: 'html' } });
  const current = state.chats.get(message.chatroom_id)?.messages.find((other) => other.id === message.id);
  if (current?.content === loaded.content && current?.status === loaded.status) putMessage({ ...current, ...loaded });
}

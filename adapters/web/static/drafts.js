// Texts that were not sent yet. They survive a reload, one for each room and user.

import { randomKey } from './dom.js';
import { session } from './session.js';
import { readJSON, removeAll, write } from './storage.js';

const prefix = 'parley.draft.';

/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {string} [key] the Idempotency-Key of the attempt to send exactly this text. Another
 *   attempt has the same key, so that a message that was accepted is not sent twice
 * @property {string} [last] the last message of the room before the first attempt, "" for an
 *   empty room, undefined if it was not known
 */

/**
 * Returns the draft of a room.
 * @param {string|null} room null for a new chat
 * @returns {Draft}
 */
export function loadDraft(room) {
  return readJSON(nameOf(room)) ?? { text: '' };
}

/**
 * Stores the text of a room. The key is kept while the text is the same.
 * @param {string|null} room
 * @param {string} text
 */
export function saveText(room, text) {
  const draft = loadDraft(room);
  if (draft.text !== text) store(room, { text });
}

/**
 * Returns the draft with the key for an attempt to send it.
 * @param {string|null} room
 * @param {string} text
 * @param {string|undefined} last see Draft
 * @returns {Draft & {key: string}}
 */
export function beginAttempt(room, text, last) {
  const draft = loadDraft(room);
  const attempt = draft.text === text && draft.key ? draft : { text, key: randomKey(), last };
  store(room, attempt);
  return /** @type {Draft & {key: string}} */ (attempt);
}

/**
 * Moves the draft of a new chat to the room that was created for it.
 * @param {string} room
 */
export function moveDraft(room) {
  store(room, loadDraft(null));
  clearDraft(null);
}

/**
 * Forgets the draft of a room.
 * @param {string|null} room
 */
export function clearDraft(room) {
  store(room, { text: '' });
}

/** Forgets the drafts of all users, for a logout on a shared device. */
export function clearAllDrafts() {
  removeAll(prefix);
}

function nameOf(room) {
  return `${prefix}${session()?.number ?? ''}.${room ?? 'new'}`;
}

/** After a logout, nothing is stored: the page that closes must not leave a text behind. */
function store(room, draft) {
  if (!session()) return;
  write('localStorage', nameOf(room), draft.text === '' ? null : JSON.stringify(draft));
}

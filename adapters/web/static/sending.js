// Sends messages. A message that was not accepted stays a draft, with its Idempotency-Key.

import { call } from './api.js';
import { putMessage, putRoom } from './changes.js';
import { setPending } from './conversation.js';
import { beginAttempt, clearDraft, moveDraft } from './drafts.js';
import { go } from './router.js';
import { state } from './store.js';

const mostRepeats = 5; // of a request whose key is in use by an earlier one that still runs
const repeatAfter = 1000; // ms

/** The rooms with a message that is being sent; null is a new chat. @type {Set<string|null>} */
const sending = new Set();

/**
 * Reports whether a message of a room is being sent.
 * @param {string|null} room null for a new chat
 * @returns {boolean}
 */
export function isSending(room) {
  return sending.has(room);
}

/**
 * Sends a message. A new chat gets a room first, to which the page goes.
 * @param {string|null} room null for a new chat
 * @param {string} text
 * @returns {Promise<void>} fails with an ApiError if the message was not accepted
 */
export async function sendMessage(room, text) {
  beginAttempt(room, text, lastOf(room));
  sending.add(room);
  try {
    await send(room ?? await createRoom(), text);
  } finally {
    sending.delete(room);
  }
}

/** The id of the last message of a room, undefined if its messages are not loaded. */
function lastOf(room) {
  if (!room) return '';
  const messages = state.chats.get(room)?.messages;
  return messages && (messages.at(-1)?.id ?? '');
}

async function createRoom() {
  const created = await call('POST', 'chatroom', { body: {} });
  state.chats.set(created.id, { messages: [], older: null });
  putRoom(created);
  moveDraft(created.id);
  sending.add(created.id);
  if (state.open === null) go(created.id);
  return created.id;
}

async function send(room, text) {
  const { key } = beginAttempt(room, text, lastOf(room));
  sending.add(room);
  setPending(room, text);
  try {
    accept(await post(room, text, key), room);
    clearDraft(room);
  } finally {
    sending.delete(room);
    setPending(room, null);
  }
}

async function post(room, content, key) {
  for (let repeats = 0; ; repeats++) {
    try {
      return await call('POST', `chatroom/${room}/message`, { body: { content }, key });
    } catch (error) {
      if (error.code !== 'idempotency_in_flight' || repeats >= mostRepeats) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, repeatAfter); });
  }
}

/** Shows the message and its reply, unless the stream was faster. */
function accept({ reply, ...prompt }, room) {
  putMessage({ ...prompt, status: 'done' });
  const known = state.chats.get(room)?.messages.some((message) => message.id === reply.id);
  if (!known) {
    putMessage({
      id: reply.id,
      chatroom_id: room,
      content: '',
      is_from_user: false,
      status: 'queued',
      in_reply_to: prompt.id,
      created_at: prompt.created_at,
    });
  }
  const shown = state.rooms.get(room);
  if (shown) putRoom({ ...shown, updated_at: prompt.created_at });
}

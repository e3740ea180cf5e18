// The messages that are being sent, before the server has accepted them.

/** @typedef {import('./store.js').Message} Message */

/** By room; known are the ids of the messages before it. @type {Map<string, {content: string, known: Set<string>}>} */
const pending = new Map();

/**
 * Sets the message that is being sent in a room.
 * @param {string} room
 * @param {string|null} content null if there is none
 * @param {Message[]} messages the messages of the room
 */
export function setPendingText(room, content, messages) {
  if (content === null) pending.delete(room);
  else pending.set(room, { content, known: new Set(messages.map(({ id }) => id)) });
}

/**
 * Returns the message that is being sent in a room as a message without an id, unless the
 * stream has already shown it.
 * @param {string} room
 * @param {Message[]} messages the messages of the room
 * @returns {Message[]} one or none
 */
export function pendingMessages(room, messages) {
  const sent = pending.get(room);
  if (!sent) return [];
  const arrived = messages.some((m) => m.is_from_user && m.content === sent.content && !sent.known.has(m.id));
  if (arrived) return [];
  return [{ id: '', chatroom_id: room, content: sent.content, is_from_user: true, status: 'done', created_at: '' }];
}

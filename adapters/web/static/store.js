// The state of the page, and the topics on which its parts tell each other about changes.

import { LiveTexts } from './live.js';

/** @typedef {{id: string, name: string, system_prompt?: string|null, created_at: string, updated_at: string}} Room */
/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} chatroom_id
 * @property {string} content
 * @property {string} [content_html] of a finished reply
 * @property {boolean} is_from_user
 * @property {'queued'|'running'|'done'|'failed'|'cancelled'} status
 * @property {string} [in_reply_to]
 * @property {{code: string}} [error]
 * @property {number} [versions]
 * @property {string} created_at
 */
/** @typedef {{messages: Message[], older: URL|null}} Chat the loaded messages of a room */

export const state = {
  /** @type {Map<string, Room>} */
  rooms: new Map(),
  /** The next page of rooms, null if all are loaded. @type {URL|null} */
  moreRooms: null,
  roomsLoaded: false,
  /** The id of the open room, null for a new chat. @type {string|null} */
  open: null,
  /** By room. @type {Map<string, Chat>} */
  chats: new Map(),
  /** The texts of all running replies. */
  live: new LiveTexts(),
  /** The rooms with an answer that the user has not seen. @type {Set<string>} */
  unread: new Set(),
};

/**
 * The topics and their values:
 * rooms (none): the list of rooms has changed; chat (room id): messages were added or changed;
 * text ({id, text}): text was appended to a running reply; ended (Message): a reply is final;
 * quota ({limit, remaining, resetsAt}); connection ("open"|"waiting"); removed (room id);
 * opened (room id or null): the user went to a room; shown (boolean): messages are on the screen,
 * and whether a reply of them is running; loaded (room id or null): all lists were loaded.
 * @type {Map<string, Set<(value: any) => void>>}
 */
const listeners = new Map();

/**
 * Calls a function for each value of a topic.
 * @param {string} topic
 * @param {(value: any) => void} listener
 */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic)?.add(listener);
}

/**
 * Passes a value to all functions of a topic.
 * @param {string} topic
 * @param {unknown} [value]
 */
export function emit(topic, value) {
  for (const listener of listeners.get(topic) ?? []) listener(value);
}

/**
 * Reports whether a message is a reply that is not final.
 * @param {Message} message
 * @returns {boolean}
 */
export function isRunning(message) {
  return message.status === 'queued' || message.status === 'running';
}

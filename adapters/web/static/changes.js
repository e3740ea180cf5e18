// Applies the events of the stream to the state.

import { emit, isRunning, state } from './store.js';

/** @typedef {import('./store.js').Message} Message */
/** @typedef {import('./store.js').Room} Room */

/**
 * The running loads of rooms, each with the messages that have changed since it began. The page
 * that the server sends may be older than these changes.
 * @type {Set<{room: string, changed: Message[]}>}
 */
const loads = new Set();

/**
 * The same for the list of rooms: by id, null for a room that was removed.
 * @type {Set<Map<string, Room|null>>}
 */
const listLoads = new Set();

/**
 * Applies an event. It returns "reload" if the lists must be loaded again, and "restart" if
 * the stream has a gap and must begin again.
 * @param {import('./sse.js').StreamEvent} event
 * @returns {'reload'|'restart'|'applied'}
 */
export function apply(event) {
  const data = event.data === '' ? null : JSON.parse(event.data);
  switch (event.name) {
    case '': // a stream without a cursor has begun
    case 'resync':
      return 'reload';
    case 'message':
      if (isRunning(data) && !data.is_from_user) state.live.begin(data);
      putMessage(data);
      break;
    case 'delta':
      return applyDelta(data);
    case 'reset':
      state.live.reset(data);
      emit('chat', data.chatroom_id);
      break;
    case 'done':
    case 'failed':
    case 'cancelled':
      applyEnd(data);
      break;
    case 'room':
      putRoom(data);
      break;
    case 'room_deleted':
      removeRoom(data.id);
      break;
  }
  return 'applied';
}

function applyDelta(delta) {
  const busy = state.live.text(delta.id);
  const outcome = state.live.append(delta);
  if (outcome === 'gap') return 'restart';
  if (outcome === 'appended') {
    emit('text', { id: delta.id, text: delta.text });
    if (busy === undefined || busy === '') emit('chat', delta.chatroom_id);
  }
  return 'applied';
}

function applyEnd(message) {
  state.live.end(message.id);
  putMessage(message);
  if (message.chatroom_id !== state.open) state.unread.add(message.chatroom_id);
  emit('ended', message);
  emit('rooms');
}

/**
 * Adds or replaces a message, if the messages of its room are loaded.
 * @param {Message} message
 */
export function putMessage(message) {
  for (const { room, changed } of loads) if (room === message.chatroom_id) changed.push(message);
  const chat = state.chats.get(message.chatroom_id);
  if (!chat) return;
  put(chat.messages, message);
  emit('chat', message.chatroom_id);
}

/** A reply follows its prompt. Everything else that is new comes last. */
function put(messages, message) {
  const at = messages.findIndex((other) => other.id === message.id);
  if (at >= 0) {
    messages[at] = keepHTML(messages[at], message);
    return;
  }
  const prompt = messages.findIndex((other) => other.id === message.in_reply_to);
  messages.splice(prompt < 0 ? messages.length : prompt + 1, 0, message);
}

function keepHTML(before, after) {
  const same = before.status === after.status && before.content === after.content;
  return same && before.content_html ? { content_html: before.content_html, ...after } : after;
}

/**
 * Loads the messages of a room with a function, and keeps those that change in this time.
 * @param {string} room
 * @param {() => Promise<import('./store.js').Chat>} load
 * @returns {Promise<void>}
 */
export async function loadChat(room, load) {
  /** @type {Message[]} */
  const changed = [];
  const running = { room, changed };
  loads.add(running);
  try {
    const chat = await load();
    for (const message of changed) put(chat.messages, message);
    state.chats.delete(room);
    state.chats.set(room, chat);
    forgetOldChats(room);
  } finally {
    loads.delete(running);
  }
  emit('chat', room);
}

const mostChats = 12; // loaded rooms. Others are loaded again when they are opened

function forgetOldChats(newest) {
  for (const room of [...state.chats.keys()].slice(0, -mostChats)) {
    if (room !== state.open && room !== newest) state.chats.delete(room);
  }
}

/**
 * Loads a page of the list of rooms with a function. It returns the rooms with their changes in this time.
 * @param {() => Promise<{data: Room[], links: Record<string, URL>}>} load
 * @returns {Promise<{rooms: Map<string, Room>, links: Record<string, URL>}>}
 */
export async function loadList(load) {
  /** @type {Map<string, Room|null>} */
  const changed = new Map();
  listLoads.add(changed);
  try {
    const { data, links } = await load();
    const rooms = new Map(data.map((room) => [room.id, room]));
    for (const [id, room] of changed) {
      if (room) rooms.set(id, room);
      else rooms.delete(id);
    }
    return { rooms, links };
  } finally {
    listLoads.delete(changed);
  }
}

/**
 * Adds or replaces a room.
 * @param {Room} room
 */
export function putRoom(room) {
  for (const changed of listLoads) changed.set(room.id, room);
  state.rooms.set(room.id, room);
  emit('rooms');
}

/**
 * Removes a room and everything that belongs to it.
 * @param {string} id
 */
export function removeRoom(id) {
  for (const changed of listLoads) changed.set(id, null);
  const known = state.rooms.delete(id);
  state.chats.delete(id);
  state.unread.delete(id);
  state.live.drop(id);
  emit('rooms');
  if (known || id === state.open) emit('removed', id);
}

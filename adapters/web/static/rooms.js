// The list of rooms.

import { describe, page } from './api.js';
import { loadList } from './changes.js';
import { $, el, whileBusy } from './dom.js';
import { linkTo } from './router.js';
import { emit, on, state } from './store.js';
import { period } from './time.js';

/** @typedef {import('./store.js').Room} Room */

const untitled = 'New chat'; // until the first exchange has given the room a title

let drawn = 0;
let failure = '';

/** Shows the rooms, and their changes from now on. */
export function startRooms() {
  on('rooms', () => { drawn ||= requestAnimationFrame(draw); });
  $('rooms').replaceChildren(...Array.from({ length: 5 }, () => el('div', { class: 'skeleton' })));
}

/**
 * Returns the name of a room for the user.
 * @param {Room|undefined} room
 * @returns {string}
 */
export function nameOf(room) {
  return room?.name || untitled;
}

/** Loads the first page of rooms again. */
export async function loadRooms() {
  try {
    const loaded = await loadList(() => page('GET', 'chatroom'));
    state.rooms = loaded.rooms;
    state.moreRooms = loaded.links.next ?? null;
    state.roomsLoaded = true;
    failure = '';
  } catch (error) {
    failure = describe(error);
  }
  emit('rooms');
}

async function loadMore() {
  if (!state.moreRooms) return;
  const { moreRooms } = state;
  const loaded = await loadList(() => page('GET', moreRooms));
  for (const [id, room] of loaded.rooms) if (!state.rooms.has(id)) state.rooms.set(id, room);
  state.moreRooms = loaded.links.next ?? null;
  emit('rooms');
}

function draw() {
  drawn = 0;
  if (!state.roomsLoaded && failure === '') return;
  const focused = document.activeElement?.getAttribute('data-room');
  const list = $('rooms');
  list.replaceChildren(...sections(), more());
  if (focused) /** @type {HTMLElement|null} */ (list.querySelector(`[data-room="${CSS.escape(focused)}"]`))?.focus();
}

/** The rooms below the headings of their time, the most recently used first. */
function sections() {
  const rooms = [...state.rooms.values()].sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at));
  return [...group(rooms)].flatMap(([heading, members]) => [el('h2', {}, heading), el('ul', {}, ...members.map(item))]);
}

function group(rooms) {
  /** @type {Map<string, Room[]>} */
  const groups = new Map();
  for (const room of rooms) {
    const heading = period(room.updated_at);
    groups.set(heading, [...groups.get(heading) ?? [], room]);
  }
  return groups;
}

function item(room) {
  const busy = state.live.isBusy(room.id);
  const unread = state.unread.has(room.id);
  const label = busy ? 'is being answered' : 'has a new answer';
  return el('li', {}, el('a', {
    href: linkTo(room.id),
    'data-room': room.id,
    'aria-current': room.id === state.open ? 'page' : null,
  }, el('span', { class: room.name ? 'name' : 'name untitled', dir: 'auto' }, nameOf(room)),
  (busy || unread) && el('span', { class: busy ? 'dot busy' : 'dot' }, el('span', { class: 'sr-only' }, label))));
}

function more() {
  if (failure) {
    return el('p', { class: 'none' }, failure, ' ', el('button', { class: 'link', onclick: loadRooms }, 'Try again'));
  }
  if (state.rooms.size === 0) return el('p', { class: 'none' }, 'Your chats will be listed here.');
  if (!state.moreRooms) return '';
  const button = el('button', {
    class: 'quiet wide',
    onclick: () => whileBusy(button, () => loadMore().catch(() => {})),
  }, 'Show more');
  return button;
}

// The address of the page: "#/c/ROOM" is an open room, "#/c/ROOM/MESSAGE" one of its
// messages, and nothing a new chat.

/** @typedef {{room: string|null, message: string}} Place */

/** Ids have only these characters. With others, a link could lead the requests of the page to another route. */
const address = /^#\/c\/([\w-]+)(?:\/([\w-]+))?$/;

/** @type {(place: Place) => void} */
let onMove = () => {};

/**
 * Returns where the address leads.
 * @returns {Place}
 */
export function place() {
  const [, room, message] = address.exec(location.hash) ?? [];
  return { room: room ?? null, message: message ?? '' };
}

/**
 * Returns the link to a room, or to one of its messages.
 * @param {string|null} room null for a new chat
 * @param {string} [message]
 * @returns {string}
 */
export function linkTo(room, message = '') {
  if (!room) return '#/';
  return `#/c/${encodeURIComponent(room)}${message ? `/${encodeURIComponent(message)}` : ''}`;
}

/**
 * Goes to a room. The function of whenMoved runs before it returns.
 * @param {string|null} room null for a new chat
 */
export function go(room) {
  history.pushState(null, '', linkTo(room));
  onMove(place());
}

/**
 * Replaces the address without going anywhere.
 * @param {string|null} room
 */
export function rewrite(room) {
  history.replaceState(null, '', linkTo(room));
}

/** Goes from a room that does not exist any more to a new chat, and forgets its address: "back" leads beyond it. */
export function leave() {
  rewrite(null);
  onMove(place());
}

/**
 * Sets the function that is called when the address changes.
 * @param {(place: Place) => void} listener
 */
export function whenMoved(listener) {
  onMove = listener;
  addEventListener('hashchange', () => listener(place()));
}

// The session: the access token of the user who is logged in.
//
// The token is in localStorage of this origin. Scripts of other origins cannot read it, and
// the Content-Security-Policy of the page runs no script but its own files. A cookie would be
// sent along with requests that other sites make, and the API has none for this reason.

import { readJSON, write } from './storage.js';

const key = 'parley.session';

/**
 * @typedef {object} Session
 * @property {string} token
 * @property {string} id differs for each login; it is no secret
 * @property {string} number the phone number of the user
 */

/** @type {Session|null} */
let current = readJSON(key);

/** @type {(reason: 'ended'|'logout'|'changed') => void} */
let onEnd = () => {};

/**
 * Returns the session, null if nobody is logged in.
 * @returns {Session|null}
 */
export function session() {
  return current;
}

/**
 * Stores the session of a login.
 * @param {Session} opened
 */
export function open(opened) {
  current = opened;
  write('localStorage', key, JSON.stringify(opened));
}

/**
 * Forgets the session in all tabs.
 * @param {'ended'|'logout'} reason "ended" if the server has refused the token
 */
export function end(reason) {
  if (!current) return;
  current = null;
  write('localStorage', key, null);
  onEnd(reason);
}

/**
 * Sets the function that is called when the session has ended in this tab, or has changed in another one.
 * @param {(reason: 'ended'|'logout'|'changed') => void} listener
 */
export function whenEnded(listener) {
  onEnd = listener;
  addEventListener('storage', (event) => {
    if (event.key === key && event.newValue !== JSON.stringify(current)) {
      current = null; // this page must not act for another user
      listener('changed');
    }
  });
}

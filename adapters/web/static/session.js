// The session: the tokens of the user who is logged in.
//
// They are in localStorage of this origin. Scripts of other origins cannot read it, and
// the Content-Security-Policy of the page runs no script but its own files. A cookie would be
// sent along with requests that other sites make, and the API has none for this reason.

import { readJSON, write } from './storage.js';

const key = 'parley.session';
const earliness = 60 * 60 * 1000; // ms before its end at which a token should be refreshed

/**
 * @typedef {object} Tokens
 * @property {string} token the access token
 * @property {string} [refresh] the refresh token. Earlier versions of the page have stored none
 * @property {number} [renewAt] when they should be refreshed, in ms since 1970
 */

/**
 * @typedef {object} Identity
 * @property {string} id differs for each login; it is no secret
 * @property {string} number the phone number of the user
 */

/** @typedef {Tokens & Identity} Session */

/** @type {Session|null} */
let current = readJSON(key);

/** Whether the current session is stored, and so shared by all tabs. */
let isShared = current !== null;

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
 * Returns the tokens of a login or a refresh. Those that are valid for less than two hours
 * should be refreshed after half of their time.
 * @param {{access_token: string, refresh_token: string, expires_in: number}} response expires_in is in seconds
 * @returns {Tokens}
 */
export function tokensOf(response) {
  const lifetime = response.expires_in * 1000;
  return {
    token: response.access_token,
    refresh: response.refresh_token,
    renewAt: Date.now() + Math.max(lifetime - earliness, lifetime / 2),
  };
}

/**
 * Stores the session of a login.
 * @param {Session} opened
 */
export function open(opened) {
  current = opened;
  write('localStorage', key, JSON.stringify(opened));
  isShared = readJSON(key)?.token === opened.token;
}

/**
 * Stores new tokens of a session, unless it has ended in any tab.
 * @param {string} id of the session
 * @param {Tokens} tokens
 */
export function renew(id, tokens) {
  const opened = sync();
  if (opened?.id === id) open({ ...opened, ...tokens });
}

/**
 * Reads the stored session again, because another tab may have refreshed its tokens. If another
 * tab has ended it, it ends here, too.
 * @returns {Session|null} the session
 */
export function sync() {
  if (current && !isShared) return current;
  const stored = readJSON(key);
  const isSame = stored?.id === current?.id;
  current = isSame ? stored : null; // this page must not act for another user
  if (!isSame) onEnd('changed');
  return current;
}

/**
 * Forgets the session in all tabs.
 * @param {'ended'|'logout'} reason "ended" if the server has refused the tokens
 */
export function end(reason) {
  if (!current) return;
  if (readJSON(key)?.id === current.id) write('localStorage', key, null);
  current = null;
  onEnd(reason);
}

/**
 * Sets the function that is called when the session has ended in this tab, or has changed in another one.
 * @param {(reason: 'ended'|'logout'|'changed') => void} listener
 */
export function whenEnded(listener) {
  onEnd = listener;
  addEventListener('storage', (event) => { if (event.key === key) sync(); });
}

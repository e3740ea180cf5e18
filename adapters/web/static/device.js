// The device token of the last login. With it, strangers who try codes for the number of the
// user cannot keep the user from logging in on this device.
//
// The token is in localStorage, and stays there when the session expires. It is useless alone:
// it opens nothing, and a login also needs a code or the password. A logout revokes it.

import { readJSON, write } from './storage.js';

const key = 'parley.device';

/**
 * Returns the headers of a login request for a number.
 * @param {string} number
 * @returns {Record<string, string>}
 */
export function deviceHeaders(number) {
  const device = readJSON(key);
  return device?.number === number ? { 'Device-Token': device.token } : {};
}

/**
 * Stores the token of a login.
 * @param {string} number
 * @param {string} token
 */
export function rememberDevice(number, token) {
  write('localStorage', key, JSON.stringify({ number, token }));
}

/** Forgets the token, after a logout. */
export function forgetDevice() {
  write('localStorage', key, null);
}

// Storage of the browser, which may be blocked or full. Then nothing is stored, and the page
// works until it is closed.

/**
 * Returns a value, null if there is none.
 * @param {'localStorage'|'sessionStorage'} where
 * @param {string} name
 * @returns {string|null}
 */
export function read(where, name) {
  try {
    return globalThis[where].getItem(name);
  } catch {
    return null;
  }
}

/**
 * Stores a value.
 * @param {'localStorage'|'sessionStorage'} where
 * @param {string} name
 * @param {string|null} value null removes it
 */
export function write(where, name, value) {
  try {
    if (value === null) globalThis[where].removeItem(name);
    else globalThis[where].setItem(name, value);
  } catch {
    // The caller still has the value.
  }
}

/**
 * Removes all values of localStorage whose names have a prefix.
 * @param {string} prefix
 */
export function removeAll(prefix) {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
  } catch {
    // There is nothing to remove.
  }
}

/**
 * Returns a value that was stored as JSON, null if there is none or it is damaged.
 * @param {string} name in localStorage
 * @returns {any}
 */
export function readJSON(name) {
  try {
    return JSON.parse(read('localStorage', name) ?? 'null');
  } catch {
    return null;
  }
}

// Small helpers for the DOM.

/**
 * Returns the element with an id of index.html.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function $(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * Creates an element. An attribute that is false, null or undefined is left out, and a
 * function is the listener of the event with the name after "on".
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node|string|null|undefined|false)} children strings become text, never HTML
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Returns an icon of index.html. It is hidden from screen readers.
 * @param {string} name such as "copy" for #i-copy
 * @returns {SVGElement}
 */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/**
 * Returns a placeholder for something that is being loaded.
 * @param {number} rows
 * @returns {HTMLElement}
 */
export function placeholder(rows) {
  return el('div', { class: 'placeholder', 'aria-hidden': 'true' },
    ...Array.from({ length: rows }, () => el('div', { class: 'skeleton' })));
}

/**
 * Shows an element only if a condition holds.
 * @param {HTMLElement} element
 * @param {unknown} visible
 */
export function show(element, visible) {
  element.hidden = !visible;
}

/**
 * Marks a button as busy while work runs. It ignores clicks in this time.
 * @template T
 * @param {HTMLElement} button
 * @param {() => Promise<T>} work
 * @returns {Promise<T|undefined>} undefined if the button was busy
 */
export async function whileBusy(button, work) {
  if (button.ariaBusy === 'true') return undefined;
  button.ariaBusy = 'true';
  try {
    return await work();
  } finally {
    button.ariaBusy = null;
  }
}

/**
 * Calls a function once after a pause in the calls of the result.
 * @param {number} milliseconds
 * @param {() => void} run
 * @returns {() => void}
 */
export function debounce(milliseconds, run) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}

/**
 * Returns a random text that nobody can guess. crypto.randomUUID exists only on https and
 * on the own machine.
 * @returns {string}
 */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

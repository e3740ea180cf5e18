// Messages that do not interrupt the user: toasts, and texts for screen readers only.

import { $, el } from './dom.js';

const toastSeconds = 4;
const longestAnnouncement = 4000; // characters

/**
 * Lets a screen reader read a text when it has finished what it reads now.
 * @param {string} text
 */
export function announce(text) {
  const spoken = text.length > longestAnnouncement ? `${text.slice(0, longestAnnouncement)} …` : text;
  $('announcer').replaceChildren(el('p', {}, spoken));
}

/**
 * Shows a text for some seconds.
 * @param {string} text
 */
export function toast(text) {
  const shown = el('div', { class: 'toast', 'data-testid': 'toast' }, text);
  $('toasts').append(shown);
  announce(text);
  setTimeout(() => shown.remove(), toastSeconds * 1000);
}

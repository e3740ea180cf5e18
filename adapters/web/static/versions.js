// The earlier texts of a message.

import { pathOf } from './answers.js';
import { describe, page, urlOf } from './api.js';
import { $, el } from './dom.js';
import { answerNodes } from './html.js';
import { shortTime } from './time.js';

const notes = { cancelled: ' · stopped', failed: ' · failed' };

/**
 * Opens a dialog with the earlier texts of a message, the newest first.
 * @param {import('./store.js').Message} message
 */
export async function showVersions(message) {
  const dialog = /** @type {HTMLDialogElement} */ ($('versions-dialog'));
  $('versions').replaceChildren(el('div', { class: 'skeleton' }, '\u00a0'));
  dialog.showModal();
  try {
    const versions = await versionsOf(message);
    $('versions').replaceChildren(...versions.reverse().map(versionElement));
  } catch (error) {
    $('versions').replaceChildren(el('p', { class: 'error', role: 'alert' }, describe(error)));
  }
}

/** Returns the earlier texts of a message, of all pages, the oldest first. */
async function versionsOf(message) {
  const versions = [];
  let next = urlOf(`${pathOf(message)}/versions`);
  while (next) {
    next.searchParams.set('format', 'html'); // links do not have it
    const { data, links } = await page('GET', next);
    versions.push(...data);
    next = links.next;
  }
  return versions;
}

function versionElement(version) {
  const body = el('div', { class: version.content_html ? 'prose' : 'plain', dir: 'auto' });
  body.append(version.content_html ? answerNodes(version.content_html) : version.content);
  return el('article', { class: 'version', 'data-testid': 'version' },
    el('p', { class: 'note' }, shortTime(version.created_at), notes[version.status] ?? ''), body);
}

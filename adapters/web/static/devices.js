// The devices on which the user is logged in: a dialog that lists the sessions and ends them.

import { call, describe } from './api.js';
import { openForm } from './dialogs.js';
import { $, el, placeholder, show } from './dom.js';
import { shortTime, timeSince } from './time.js';

/** @typedef {{id: string, created_at: string, last_used_at: string, device: string, current: boolean}} Device */

let loads = 0; // the number of the last load. Only its response is shown

/** Prepares the dialog. */
export function startDevices() {
  const dialog = /** @type {HTMLDialogElement} */ ($('devices-dialog'));
  $('open-devices').addEventListener('click', () => {
    showStatus('');
    $('devices').replaceChildren(placeholder(3));
    dialog.showModal();
    load();
  });
  $('retry-devices').addEventListener('click', load);
  $('end-others').addEventListener('click', confirmOthers);
  $('end-dialog').addEventListener('close', keepFocus);
}

async function load() {
  const number = ++loads;
  $('devices-error').textContent = '';
  show($('retry-devices'), false);
  try {
    const devices = await call('GET', 'auth/sessions');
    if (number === loads) draw(devices);
  } catch (error) {
    if (number === loads) drawError(error);
  }
}

/** @param {Device[]} devices */
function draw(devices) {
  const current = devices.filter((device) => device.current);
  const others = devices.filter((device) => !device.current);
  $('devices').replaceChildren(...[...current, ...others].map(deviceElement));
  if (others.length === 0) $('devices').append(el('li', { class: 'none' }, 'You are logged in on no other device.'));
  show($('end-others'), others.length > 0);
  keepFocus();
}

function drawError(error) {
  $('devices').querySelector('.placeholder')?.remove();
  $('devices-error').textContent = describe(error);
  show($('retry-devices'), true);
  keepFocus();
}

/** @param {Device} device */
function deviceElement(device) {
  const name = nameOf(device);
  const used = el('time', { datetime: device.last_used_at, title: shortTime(device.last_used_at) },
    timeSince(device.last_used_at));
  const remove = () => confirmOne(device);
  return el('li', { 'data-testid': 'device' },
    el('div', {}, el('p', { class: 'name' }, name), el('p', { class: 'hint' }, 'Last used ', used)),
    device.current
      ? el('span', { class: 'notice' }, 'This device')
      : el('button', { class: 'secondary', 'aria-label': `Log out ${name}`, onclick: remove }, 'Log out'));
}

function nameOf(device) {
  return device.device || 'Unknown device';
}

function confirmOne(device) {
  const name = nameOf(device);
  confirm(`Log out ${name}?`, `It was last used ${timeSince(device.last_used_at)}. To use Parley there, log in again.`,
    async () => {
      await call('DELETE', `auth/sessions/${device.id}`).catch(ignoreEnded);
      showStatus(`${name} is logged out.`);
    });
}

/** The device may have been logged out in the meantime. */
function ignoreEnded(error) {
  if (error.status !== 404) throw error;
}

function confirmOthers() {
  confirm('Log out all other devices?', 'You stay logged in on this device only.', async () => {
    await call('DELETE', 'auth/sessions');
    showStatus('All other devices are logged out.');
  });
}

function confirm(title, text, work) {
  showStatus('');
  $('end-title').textContent = title;
  $('end-text').textContent = text;
  openForm('end-dialog', async () => {
    await work();
    await load();
  });
}

function showStatus(text) {
  $('devices-status').textContent = text;
}

/** The button that had the focus may have been removed. */
function keepFocus() {
  const isOpen = (id) => /** @type {HTMLDialogElement} */ ($(id)).open;
  if (!isOpen('devices-dialog') || isOpen('end-dialog')) return;
  const focused = document.activeElement;
  if (!focused?.closest('#devices-dialog > *')) $('devices').focus();
}

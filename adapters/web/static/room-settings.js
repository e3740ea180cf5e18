// The header of the open room, and the dialogs that change it.

import { call } from './api.js';
import { putRoom, removeRoom } from './changes.js';
import { openForm } from './dialogs.js';
import { $, show } from './dom.js';
import { toast } from './notices.js';
import { nameOf } from './rooms.js';
import { on, state } from './store.js';

const longestInstructions = 4000; // code points

/** Shows the title of the open room and lets the user change the room. */
export function startRoomSettings() {
  on('rooms', showHeader);
  on('opened', showHeader);
  on('loaded', loadUnknownRoom);
  on('opened', loadUnknownRoom);
  $('rename-room').addEventListener('click', rename);
  $('edit-instructions').addEventListener('click', editInstructions);
  $('instructions-badge').addEventListener('click', editInstructions);
  $('delete-room').addEventListener('click', remove);
  $('instructions-text').addEventListener('input', countInstructions);
}

function openedRoom() {
  return state.rooms.get(state.open ?? '');
}

function showHeader() {
  const room = openedRoom();
  const title = nameOf(room);
  if ($('room-title').textContent !== title) $('room-title').textContent = title;
  document.title = room?.name ? `${room.name} · Parley` : 'Parley';
  show($('room-menu-button'), room);
  show($('instructions-badge'), room?.system_prompt);
}

/** A link may lead to a room that is not on the loaded pages of the list. */
async function loadUnknownRoom(id) {
  if (!id || !state.roomsLoaded || state.rooms.has(id)) return;
  const room = await call('GET', `chatroom/${id}`).catch(() => null);
  if (room) putRoom(room);
}

function rename() {
  closeMenu();
  const room = openedRoom();
  if (!room) return;
  const field = /** @type {HTMLInputElement} */ ($('rename-text'));
  field.value = room.name;
  openForm('rename-dialog', async () => {
    putRoom(await call('PATCH', `chatroom/${room.id}`, { body: { name: field.value } }));
  });
  field.select();
}

function editInstructions() {
  closeMenu();
  const room = openedRoom();
  if (!room) return;
  const field = /** @type {HTMLTextAreaElement} */ ($('instructions-text'));
  field.value = room.system_prompt ?? '';
  countInstructions();
  openForm('instructions-dialog', async () => {
    const prompt = field.value.trim() === '' ? null : field.value;
    putRoom(await call('PATCH', `chatroom/${room.id}`, { body: { system_prompt: prompt } }));
    toast(prompt ? 'Saved. The next answers follow these instructions.' : 'The instructions were removed.');
  });
}

function countInstructions() {
  const length = [.../** @type {HTMLTextAreaElement} */ ($('instructions-text')).value].length;
  $('instructions-count').textContent = `${length} / ${longestInstructions}`;
}

function remove() {
  closeMenu();
  const room = openedRoom();
  if (!room) return;
  $('delete-text').textContent = `“${nameOf(room)}” and all its messages will be deleted. This cannot be undone.`;
  openForm('delete-dialog', async () => {
    await call('DELETE', `chatroom/${room.id}`);
    removeRoom(room.id);
  });
}

function closeMenu() {
  $('room-menu').hidePopover?.();
}

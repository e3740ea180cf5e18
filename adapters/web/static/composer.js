// The field for messages.

import { ApiError, describe } from './api.js';
import { $, debounce, show } from './dom.js';
import { clearDraft, loadDraft, saveText } from './drafts.js';
import { isSending, sendMessage } from './sending.js';
import { on, state } from './store.js';

const longestMessage = 8000; // code points
const countFrom = 7000; // the counter is only shown for long texts

const field = /** @type {HTMLTextAreaElement} */ ($('composer-text'));
const saveSoon = debounce(300, save);

/** The room to which the text in the field belongs, undefined until a room was opened. @type {string|null|undefined} */
let fieldRoom;

/**
 * Prepares the field.
 * @param {{stop: () => void, exhausted: () => void}} handlers exhausted is called when the day's messages are used up
 */
export function startComposer({ stop, exhausted }) {
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    submit(exhausted);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return; // isComposing: Enter chooses a character
    event.preventDefault();
    submit(exhausted);
  });
  field.addEventListener('input', () => {
    saveSoon();
    showError('');
    update();
  });
  addEventListener('pagehide', save);
  $('stop').addEventListener('click', stop);
  on('opened', () => {
    openDraft();
    showError('');
  });
  on('chat', (room) => { if (room === state.open) forgetAccepted(room); });
  on('shown', (running) => show($('stop'), running));
}

/**
 * Puts a text into the field.
 * @param {string} text
 */
export function fillIn(text) {
  field.value = text;
  save();
  update();
  field.focus();
}

/** Moves the focus to the field, except on touch screens, where that opens the keyboard. */
export function focusComposer() {
  if (!matchMedia('(pointer: coarse)').matches) field.focus();
}

async function submit(exhausted) {
  const text = field.value;
  if (text.trim() === '' || isSending(state.open)) return;
  if (lengthOf(text) > longestMessage) {
    showError(`A message can have ${longestMessage} characters. This one has ${lengthOf(text)}.`);
    return;
  }
  showError('');
  try {
    const sent = sendMessage(state.open, text);
    openDraft();
    await sent;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'quota_exhausted') exhausted();
    else if (!forgetAccepted(state.open)) showError(`Not sent. ${describe(error)}`);
  } finally {
    openDraft();
    focusComposer();
  }
}

/** Stores what is in the field, and shows the draft of the open room: nothing while it is being sent. */
function openDraft() {
  save();
  fieldRoom = state.open;
  const sending = isSending(state.open);
  const text = sending ? '' : loadDraft(state.open).text;
  if (field.value !== text) field.value = text;
  field.readOnly = sending;
  $('composer').ariaBusy = sending ? 'true' : null;
  update();
}

/**
 * Forgets the draft if it is a message that was accepted, although the response was lost. It
 * returns false if that is not so.
 */
function forgetAccepted(room) {
  save();
  const draft = loadDraft(room);
  if (draft.last === undefined || isSending(room)) return false;
  const messages = state.chats.get(room)?.messages ?? [];
  const since = messages.slice(messages.findIndex((message) => message.id === draft.last) + 1);
  if (!since.some((message) => message.is_from_user && message.content === draft.text)) return false;
  clearDraft(room);
  field.value = '';
  openDraft();
  showError('');
  return true;
}

/** Stores the text in the field. While a message is being sent, the field does not have its text. */
function save() {
  if (fieldRoom !== undefined && !field.readOnly && !isSending(fieldRoom)) saveText(fieldRoom, field.value);
}

function update() {
  const length = lengthOf(field.value);
  /** @type {HTMLButtonElement} */ ($('send')).disabled = field.value.trim() === '';
  $('composer-count').textContent = `${length} / ${longestMessage}`;
  show($('composer-count'), length > countFrom);
  $('composer-count').classList.toggle('over', length > longestMessage);
  if (!CSS.supports('field-sizing', 'content')) grow();
}

function grow() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}

function lengthOf(text) {
  return text.length <= countFrom ? text.length : [...text].length;
}

function showError(text) {
  $('composer-error').textContent = text;
  show($('composer-error'), text !== '');
}

// The open room: loads and shows its messages.

import { describe, page, urlOf } from './api.js';
import { loadHTML } from './answers.js';
import { loadChat } from './changes.js';
import { $, el, placeholder, show, whileBusy } from './dom.js';
import { MessageList } from './message-list.js';
import { announce } from './notices.js';
import { pendingMessages, setPendingText } from './pending.js';
import { EndFollower } from './scroll.js';
import { emit, isRunning, on, state } from './store.js';

/** @typedef {import('./store.js').Message} Message */

const pageSize = 50;
const skeletonDelay = 150; // ms. A fast load shows no skeleton
const mostSearchPages = 20; // pages of earlier messages that are loaded to show a message

/** @type {MessageList} */
let list;
/** @type {EndFollower} */
let end;

/**
 * Prepares the conversation. It shows the changes of the open room from now on.
 * @param {import('./message-view.js').Actions} messageActions
 */
export function startConversation(messageActions) {
  list = new MessageList(messageActions);
  end = new EndFollower($('scroller'), $('messages'), $('jump'));
  on('chat', (room) => { if (room === state.open) render(); });
  on('text', ({ id, text }) => list.view(id)?.append(text));
  on('ended', announceAnswer);
  on('connection', (connection) => { if (connection === 'open') render(); });
  const older = () => whileBusy($('load-older'), loadOlder);
  $('load-older').addEventListener('click', older);
  const loadIfVisible = ([entry]) => { if (entry.isIntersecting) older(); };
  new IntersectionObserver(loadIfVisible, { root: $('scroller') }).observe($('older'));
}

/**
 * Goes to a room, without its messages.
 * @param {string|null} room null for a new chat
 */
export function enterRoom(room) {
  clear(room);
  state.open = room;
  if (room) state.unread.delete(room);
  emit('opened', room);
  emit('shown', false);
  emit('rooms');
}

/**
 * Shows the messages of the open room, and loads them if necessary.
 * @param {string} [message] the id of the message to scroll to
 */
export async function fillRoom(message = '') {
  const room = state.open;
  if (!room) return;
  if (state.chats.has(room)) render();
  else await load(room);
  if (state.open !== room) return;
  end.toEnd();
  if (message) await showMessage(message);
}

/** Loads the messages of the open room again, after the page has missed events. */
export async function reloadRoom() {
  const room = state.open;
  for (const other of state.chats.keys()) if (other !== room) state.chats.delete(other);
  if (room) await load(room);
}

/**
 * Shows a message that is being sent.
 * @param {string} room
 * @param {string|null} content null removes it
 */
export function setPending(room, content) {
  setPendingText(room, content, state.chats.get(room)?.messages ?? []);
  if (room !== state.open) return;
  render();
  if (content !== null) end.toEnd();
}

function clear(room) {
  list.clear();
  show($('welcome'), !room);
  show($('chat-error'), false);
  show($('older'), false);
  show($('jump'), false);
}

async function load(room) {
  const skeleton = setTimeout(() => {
    if (state.open === room && list.isEmpty) $('messages').replaceChildren(placeholder(6));
  }, skeletonDelay);
  show($('chat-error'), false);
  try {
    await loadChat(room, async () => {
      const loaded = await page('GET', urlOf(`chatroom/${room}/messages`, { limit: pageSize, format: 'html' }));
      return { messages: loaded.data, older: loaded.links.prev ?? null };
    });
  } catch (error) {
    if (state.open === room) showFailure(room, error);
  } finally {
    clearTimeout(skeleton);
    $('messages').querySelector('.placeholder')?.remove();
  }
}

function showFailure(room, error) {
  if (error.status === 404) {
    emit('removed', room);
    return;
  }
  const again = el('button', { class: 'secondary', onclick: () => load(room) }, 'Try again');
  $('chat-error').replaceChildren(el('p', {}, describe(error)), again);
  show($('chat-error'), true);
}

async function loadOlder() {
  const room = state.open;
  const chat = state.chats.get(room ?? '');
  if (!chat?.older) return;
  const url = new URL(chat.older);
  url.searchParams.set('format', 'html');
  try {
    const loaded = await page('GET', url);
    chat.messages.unshift(...loaded.data);
    chat.older = loaded.links.prev ?? null;
  } catch (error) {
    announce(describe(error));
    return;
  }
  if (state.open !== room) return;
  const first = /** @type {HTMLElement} */ ($('messages').firstElementChild ?? $('messages'));
  end.keepInPlace(first, render);
}

/** Scrolls to a message, and loads earlier messages until it is there. */
async function showMessage(id) {
  const room = state.open;
  for (let pages = 0; !list.view(id) && pages < mostSearchPages; pages++) {
    if (!state.chats.get(room ?? '')?.older) break;
    await loadOlder();
    if (state.open !== room) return;
  }
  const found = list.view(id)?.element;
  if (!found) return;
  end.toElement(found);
  found.classList.add('found');
  found.tabIndex = -1;
  found.focus({ preventScroll: true });
}

function render() {
  const chat = state.chats.get(state.open ?? '');
  if (!chat) return;
  const messages = [...chat.messages, ...pendingMessages(state.open ?? '', chat.messages)];
  list.render(messages);
  show($('older'), chat.older);
  show($('welcome'), messages.length === 0);
  emit('shown', messages.some(isRunning));
}

/** Reads a finished answer to users of screen readers: all of it, and not each delta. */
async function announceAnswer(message) {
  await loadHTML(message);
  if (message.chatroom_id !== state.open) return;
  const text = list.view(message.id)?.spokenText ?? message.content;
  announce(message.status === 'cancelled' ? 'The answer was stopped.' : `Parley answered: ${text}`);
}

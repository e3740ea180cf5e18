// Starts the page.

import { edit, retry, stopAnswers, whenExhausted } from './asking.js';
import { call } from './api.js';
import { loadPlan, returnFromCheckout, showExhausted, startBilling } from './billing.js';
import { apply } from './changes.js';
import { fillIn, focusComposer, startComposer } from './composer.js';
import { enterRoom, fillRoom, reloadRoom, startConversation } from './conversation.js';
import { forgetDevice } from './device.js';
import { startDevices } from './devices.js';
import { startDialogs } from './dialogs.js';
import { $, el, show, whileBusy } from './dom.js';
import { clearAllDrafts } from './drafts.js';
import { showLogin } from './login.js';
import { toast } from './notices.js';
import { startRoomSettings } from './room-settings.js';
import { loadRooms, startRooms } from './rooms.js';
import { go, leave, place, rewrite, whenMoved } from './router.js';
import { startSearch } from './search.js';
import { end, session, whenEnded } from './session.js';
import { startShell } from './shell.js';
import { read, write } from './storage.js';
import { emit, on, state } from './store.js';
import { watchEvents } from './tabs.js';
import { showVersions } from './versions.js';

const longestWait = 1500; // ms until the lists are loaded even without a stream
const noticeKey = 'parley.notice';
const notices = {
  ended: 'Your session has ended. Log in again to continue. What you have typed is kept.',
  logout: 'You are logged out.',
};

const examples = [
  ['Explain it simply', 'Explain quantum computing in simple terms'],
  ['Plan something', 'Plan a weekend in Lisbon for two people who like food and walking'],
  ['Write for me', 'Write a friendly email that asks for a deadline extension of one week'],
  ['Compare options', 'Compare renting and buying a home in a table'],
];

whenEnded(startAgain);
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); }); // it has missed events
if (session()) startApp();
else showLogin(takeNotice(), startApp);

/** Loads the page again without a session: a new page has no state of the old one. */
function startAgain(reason) {
  if (reason === 'logout') clearAllDrafts();
  if (reason !== 'changed') write('sessionStorage', noticeKey, reason);
  location.reload();
}

function takeNotice() {
  const reason = read('sessionStorage', noticeKey) ?? '';
  write('sessionStorage', noticeKey, null);
  return notices[reason] ?? '';
}

function startApp() {
  show($('app'), true);
  $('account-number').textContent = session()?.number ?? '';
  startDialogs();
  startShell({ stop: stopAnswers });
  startRooms();
  startRoomSettings();
  startBilling();
  startDevices();
  startSearch();
  startComposer({ stop: stopAnswers, exhausted: showExhausted });
  startConversation({ edit, retry, versions: showVersions });
  whenExhausted(showExhausted);
  startButtons();
  returnFromCheckout().then(loadPlan);
  watch();
}

/** Loads the lists once the stream has begun, so that no change between them is missed. */
function watch() {
  let loaded = false;
  const load = async () => {
    const first = !loaded && !state.chats.has(state.open ?? ''); // a message may have been sent before the stream began
    loaded = true;
    clearTimeout(patience);
    await Promise.all([loadRooms(), first ? fillPlace(place()) : reloadRoom()]);
    emit('loaded', state.open);
  };
  const patience = setTimeout(load, longestWait);
  const watcher = watchEvents(session()?.id ?? '', {
    onEvent(event) {
      const outcome = apply(event);
      if (outcome === 'reload') load();
      if (outcome === 'restart') watcher.restart();
    },
    onState: (connection) => emit('connection', connection),
    snapshot: () => state.live.snapshot(),
    onSnapshot(snapshot) {
      state.live.restore(snapshot);
      load();
    },
  });
  whenMoved(openPlace);
  enterRoom(place().room); // the user can write while the lists are loaded
  focusComposer();
}

async function openPlace({ room, message }) {
  if (room === state.open && room !== null && !message) return;
  enterRoom(room);
  if (!message) focusComposer();
  await fillPlace({ room, message });
}

async function fillPlace({ room, message }) {
  await fillRoom(message);
  if (message && room === state.open) rewrite(room);
}

function startButtons() {
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault(); // the address says which room is open
    $('composer-text').focus();
  });
  $('new-chat').addEventListener('click', () => {
    go(null);
    focusComposer();
  });
  $('logout').addEventListener('click', () => whileBusy($('logout'), async () => {
    await call('POST', 'auth/logout').catch(() => {}); // the token is forgotten in any case
    forgetDevice();
    end('logout');
  }));
  $('examples').replaceChildren(...examples.map(([title, prompt]) =>
    el('button', { type: 'button', onclick: () => fillIn(prompt) }, title, el('span', {}, prompt))));
  on('removed', (room) => {
    if (room !== state.open) return;
    toast('This chat was deleted.');
    leave();
    focusComposer();
  });
}

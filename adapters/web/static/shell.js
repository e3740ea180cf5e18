// The frame of the page: the drawer of phones, the state of the connection, and Esc.

import { $, show } from './dom.js';
import { on } from './store.js';

const noticeDelay = 3000; // ms. Short interruptions are not worth a notice

/**
 * Prepares the frame.
 * @param {{stop: () => void}} handlers stop is called for Esc when nothing is open that Esc could close
 */
export function startShell({ stop }) {
  $('open-sidebar').addEventListener('click', () => setDrawer(true));
  $('close-sidebar').addEventListener('click', () => setDrawer(false));
  $('scrim').addEventListener('click', () => setDrawer(false));
  on('opened', () => setDrawer(false));
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (document.querySelector('dialog[open], [popover]:popover-open')) return; // the browser closes it
    if ($('sidebar').classList.contains('open')) setDrawer(false);
    else stop();
  });
  startConnectionNotice();
}

/** While the drawer is open, the conversation behind it cannot be used. */
function setDrawer(open) {
  const wasOpen = $('sidebar').classList.contains('open');
  if (open === wasOpen) return;
  $('sidebar').classList.toggle('open', open);
  $('open-sidebar').ariaExpanded = String(open);
  $('chat').inert = open;
  show($('scrim'), open);
  $(open ? 'close-sidebar' : 'open-sidebar').focus();
}

function startConnectionNotice() {
  let timer = 0; // runs, or has run, since the connection was lost
  const offline = () => {
    $('connection').textContent = navigator.onLine
      ? 'Connecting …'
      : 'You are offline. Answers continue, and appear when you are back.';
    show($('connection'), true);
  };
  on('connection', (connection) => {
    if (connection === 'waiting') {
      timer ||= setTimeout(offline, noticeDelay);
      return;
    }
    clearTimeout(timer);
    timer = 0;
    show($('connection'), false);
  });
}

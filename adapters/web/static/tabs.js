// All tabs share one stream of events, because browsers open only six connections to a
// server over HTTP/1.1. One tab holds a lock and leads: it reads the stream and passes each
// event on. When it is closed, the browser gives the lock to another tab, which continues
// from the last event. A SharedWorker would do the same, but Chrome on Android has none.

import { openEvents } from './events.js';

const answerTimeout = 2000; // ms. A visible tab takes over from a leader that does not answer for longer
const silenceLimit = 40_000; // ms. The same without an event. The stream has a ping every 15 s
const checkInterval = 5000; // ms

/**
 * @typedef {object} Handlers
 * @property {(event: import('./sse.js').StreamEvent) => void} onEvent
 * @property {(state: 'open'|'waiting') => void} onState
 * @property {() => unknown} snapshot returns what a new tab has to know, as plain data
 * @property {(snapshot: any) => void} onSnapshot
 */

/**
 * Watches the events of the user in this tab.
 * @param {string} session the id of the session. Only tabs of one session share a stream
 * @param {Handlers} handlers
 * @returns {{restart: () => void}} restart begins the stream again without a cursor
 */
export function watchEvents(session, handlers) {
  const tab = new Tab(`parley.events.${session}`, handlers);
  tab.start();
  return { restart: () => tab.restart() };
}

class Tab {
  #name;
  #handlers;
  /** Null if there are no locks: then each tab reads its own stream. @type {BroadcastChannel|null} */
  #channel = null;
  #cursor = '';
  #state = 'waiting';
  #heard = Date.now(); // the time of the last event
  #term = 0; // the time at which the leader began to lead. Messages of an earlier one are ignored
  #stream = null; // of the leader
  #answerTimer = 0;

  constructor(name, handlers) {
    this.#name = name;
    this.#handlers = handlers;
  }

  start() {
    if (!navigator.locks) { // they exist only on https and on the own machine
      this.#lead();
      return;
    }
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#request({});
    this.#askLeader();
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#askLeader();
    });
    setInterval(() => this.#checkLeader(), checkInterval);
  }

  restart() {
    if (this.#stream) this.#stream.restart();
    else this.#post({ type: 'restart' });
  }

  /** Leads as soon as, and as long as, the tab holds the lock. */
  #request(options) {
    navigator.locks.request(this.#name, options, () => {
      this.#lead();
      return new Promise(() => {}); // holds the lock until the tab is closed
    }).catch((error) => {
      if (error.name === 'AbortError') this.#stepDown();
      else this.#lead(); // the browser gives no locks to this page
    });
  }

  #lead() {
    clearTimeout(this.#answerTimer);
    this.#term = Date.now();
    this.#stream = openEvents({
      cursor: this.#cursor,
      onEvent: (event) => {
        this.#post({ type: 'event', event });
        this.#take(event);
      },
      onState: (state) => {
        this.#post({ type: 'state', state });
        this.#setState(state);
      },
    });
  }

  /** Follows another tab, which has taken the lock. */
  #stepDown() {
    this.#stream?.close();
    this.#stream = null;
    this.#request({});
    this.#askLeader();
  }

  /** Asks the leader for the present state. Browsers may have suspended it: then this tab takes over. */
  #askLeader() {
    if (this.#stream) return;
    this.#post({ type: 'hello' });
    clearTimeout(this.#answerTimer);
    this.#answerTimer = setTimeout(() => this.#takeOver(), answerTimeout);
  }

  /** A suspended leader may still answer, but it has no events. */
  #checkLeader() {
    if (this.#state === 'open' && Date.now() - this.#heard > silenceLimit) this.#takeOver();
  }

  #takeOver() {
    if (this.#stream || document.visibilityState !== 'visible') return;
    this.#heard = Date.now();
    this.#request({ steal: true });
  }

  #post(message) {
    this.#channel?.postMessage({ ...message, term: this.#term });
  }

  #receive(message) {
    if (this.#stream) this.#answer(message);
    else this.#follow(message);
  }

  #answer(message) {
    if (message.type === 'restart') this.#stream.restart();
    if (message.type !== 'hello') return;
    this.#post({
      type: 'welcome',
      cursor: this.#cursor,
      heard: this.#heard,
      state: this.#state,
      snapshot: this.#handlers.snapshot(),
    });
  }

  #follow(message) {
    const isOfLeader = message.type !== 'hello' && message.type !== 'restart';
    if (!isOfLeader || message.term < this.#term) return;
    this.#term = message.term;
    if (message.type === 'event') this.#take(message.event);
    if (message.type === 'state') this.#setState(message.state);
    if (message.type === 'welcome') this.#catchUp(message);
  }

  #catchUp({ cursor, heard, state, snapshot }) {
    clearTimeout(this.#answerTimer);
    this.#setState(state);
    this.#heard = heard;
    this.#checkLeader();
    if (this.#cursor === cursor) return; // this tab has missed nothing
    this.#cursor = cursor;
    this.#handlers.onSnapshot(snapshot);
  }

  #take(event) {
    this.#heard = Date.now();
    if (event.id !== '') this.#cursor = event.id;
    this.#handlers.onEvent(event);
  }

  #setState(state) {
    this.#state = state;
    this.#handlers.onState(state);
  }
}

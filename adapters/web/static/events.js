// The stream of the events of all rooms. It reconnects until it is closed.

import { send, urlOf } from './api.js';
import { readEvents } from './sse.js';

const silenceLimit = 40_000; // ms. The server sends a ping after 15 s without an event
const suspiciousSilence = 20_000; // ms. Enough to reconnect when the page wakes up
const longestWait = 30_000; // ms

/**
 * Opens GET /events.
 * @param {object} handlers
 * @param {string} handlers.cursor the id of the last known event, "" to begin now
 * @param {(event: import('./sse.js').StreamEvent) => void} handlers.onEvent
 * @param {(state: 'open'|'waiting') => void} handlers.onState
 * @returns {{close: () => void, restart: () => void}} restart begins without a cursor
 */
export function openEvents({ cursor, onEvent, onState }) {
  const stream = new EventStream(cursor, onEvent, onState);
  stream.run();
  return { close: () => stream.close(), restart: () => stream.restart() };
}

class EventStream {
  #cursor;
  #onEvent;
  #onState;
  #closed = false;
  #connection = new AbortController(); // of the current request
  #failures = 0; // since the last event
  #retry = 1000; // ms, as the server says
  #retryAfter = 0; // ms, of the last refusal
  #immediately = false; // the next request needs no wait
  #lastByte = 0;
  #wake = () => {}; // ends the wait before the next request

  constructor(cursor, onEvent, onState) {
    this.#cursor = cursor;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  async run() {
    const wakeUp = () => this.#wakeUp();
    const watchdog = setInterval(() => this.#checkSilence(silenceLimit), 1000);
    addEventListener('online', wakeUp);
    document.addEventListener('visibilitychange', wakeUp);
    while (!this.#closed) {
      await this.#connect().catch((error) => this.#handle(error));
      if (this.#closed) break;
      this.#onState('waiting');
      await this.#pause();
    }
    clearInterval(watchdog);
    removeEventListener('online', wakeUp);
    document.removeEventListener('visibilitychange', wakeUp);
  }

  close() {
    this.#closed = true;
    this.#connection.abort();
    this.#wake();
  }

  restart() {
    this.#cursor = '';
    this.#reconnect();
  }

  #reconnect() {
    this.#immediately = true;
    this.#connection.abort();
    this.#wake();
  }

  /** Reads one response to its end. */
  async #connect() {
    this.#connection = new AbortController();
    this.#lastByte = Date.now();
    const response = await send('GET', urlOf('events', { after: this.#cursor || undefined }), {
      signal: this.#connection.signal,
      headers: { Accept: 'text/event-stream' },
    });
    this.#onState('open');
    await readEvents(response.body, {
      onEvent: (event) => this.#take(event),
      onRetry: (milliseconds) => { this.#retry = milliseconds; },
      onBytes: () => { this.#lastByte = Date.now(); },
    });
  }

  #take(event) {
    this.#failures = 0;
    if (event.id !== '') this.#cursor = event.id;
    this.#onEvent(event);
  }

  #handle(error) {
    if (error.status === 401) this.#closed = true; // the session has ended
    if (error.status === 422) this.#cursor = ''; // the server does not know the cursor
    this.#retryAfter = (error.retryAfter ?? 0) * 1000;
    this.#failures++;
  }

  /** Waits with exponential backoff, so that a server that starts again is not flooded. */
  #pause() {
    const backoff = Math.min(this.#retry * 2 ** Math.max(0, this.#failures - 1), longestWait);
    const wait = Math.max(this.#retryAfter, backoff * (0.5 + Math.random()));
    const skip = this.#immediately;
    this.#immediately = false;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, skip ? 0 : wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  #checkSilence(limit) {
    if (Date.now() - this.#lastByte > limit) this.#reconnect();
  }

  /** Reconnects without a wait when the device is online again or the page is visible again. */
  #wakeUp() {
    if (document.visibilityState === 'hidden') return;
    this.#checkSilence(suspiciousSilence);
    this.#wake();
  }
}

// A parser of text/event-stream (WHATWG HTML standard, section 9.2.6). EventSource cannot
// send the Authorization header, so the page reads streams with fetch.

/** @typedef {{id: string, name: string, data: string}} StreamEvent */

/**
 * Reads a stream of events to its end. Unlike EventSource it also reports a block that has
 * only an id, with an empty name: Parley begins a stream with the cursor from which it watches.
 * @param {ReadableStream<Uint8Array>} body
 * @param {object} handlers
 * @param {(event: StreamEvent) => void} handlers.onEvent
 * @param {(milliseconds: number) => void} handlers.onRetry
 * @param {() => void} handlers.onBytes called whenever something has arrived
 * @returns {Promise<void>}
 */
export async function readEvents(body, handlers) {
  const parser = new Parser(handlers);
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    handlers.onBytes();
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

/** Splits text into lines and lines into events. Exported for tests. */
export class Parser {
  #handlers;
  #rest = ''; // the part of a line that has arrived
  #lastId = '';
  #block = newBlock();

  /** @param {{onEvent: (event: StreamEvent) => void, onRetry: (milliseconds: number) => void}} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /**
   * Takes the next part of the stream, which may end anywhere.
   * @param {string} text
   */
  feed(text) {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/); // a CR at the end may be the first half of a CRLF
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    this.#field(name, value);
  }

  #field(name, value) {
    if (name === 'event') this.#block.name = value;
    if (name === 'data') this.#block.data.push(value);
    if (name === 'retry' && /^\d+$/.test(value)) this.#handlers.onRetry(Number(value));
    if (name === 'id' && !value.includes('\0')) {
      this.#lastId = value;
      this.#block.hasId = true;
    }
  }

  #dispatch() {
    const { name, data, hasId } = this.#block;
    this.#block = newBlock();
    if (data.length > 0) {
      this.#handlers.onEvent({ id: this.#lastId, name: name || 'message', data: data.join('\n') });
    } else if (hasId) {
      this.#handlers.onEvent({ id: this.#lastId, name: '', data: '' });
    }
  }
}

function newBlock() {
  return { name: '', data: /** @type {string[]} */ ([]), hasId: false };
}

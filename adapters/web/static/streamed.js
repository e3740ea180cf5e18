// The text of a reply that the model is writing, with its format. The HTML of the server
// replaces it at the end.

import { blockNodes } from './block-nodes.js';
import { splitBlocks } from './blocks.js';
import { morph } from './morph.js';

const longestBlock = 20_000; // characters. A longer block is shown without its format while it grows

/** What a line may be before it is complete: marks, or a number of a list. It is not shown yet. */
const incomplete = /^[ \t>]*(?:[-*+_#`~=|:\s]*|\d{1,9}[.)]?)$/;

/** Formats a text that grows. It formats only its last block again. */
export class StreamedText {
  #body;
  #text = '';
  #open = 0; // where the last block begins
  #closed = 0; // the number of nodes before it
  #frame = 0;

  /** @param {HTMLElement} body shows the text */
  constructor(body) {
    this.#body = body;
  }

  get text() {
    return this.#text;
  }

  /**
   * Appends text. It is shown with the next frame.
   * @param {string} text
   */
  append(text) {
    this.#text += text;
    this.#frame ||= requestAnimationFrame(() => this.draw(true));
  }

  /**
   * Shows the text now.
   * @param {boolean} open whether the model still writes it
   */
  draw(open) {
    this.stop();
    const lines = this.#visible(open).split('\n');
    const blocks = splitBlocks(lines);
    const closed = blocks.slice(0, -1).flatMap((block) => blockNodes(lines, block, false));
    const last = blocks.at(-1);
    const wanted = [...closed, ...this.#lastNodes(lines, last, open)];
    if (open && wanted.length + this.#closed === 0) return; // the sign for waiting remains
    morph(this.#body, wanted, this.#closed);
    this.#closed += closed.length;
    for (const line of lines.slice(0, last?.from ?? 0)) this.#open += line.length + 1;
  }

  /** Draws nothing more. */
  stop() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #visible(open) {
    const text = this.#text.slice(this.#open);
    const line = text.slice(text.lastIndexOf('\n') + 1);
    return open && line.length < 100 && incomplete.test(line) ? text.slice(0, text.length - line.length) : text;
  }

  #lastNodes(lines, block, open) {
    if (!block) return [];
    if (this.#text.length - this.#open < longestBlock) return blockNodes(lines, block, open);
    const own = lines.slice(block.from, block.to).join('\n');
    if (own.length < longestBlock) return blockNodes(lines, block, open);
    const plain = document.createElement('pre');
    plain.className = 'plain';
    plain.append(own);
    return [plain];
  }
}

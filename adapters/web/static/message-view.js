// One message on the screen.

import { el } from './dom.js';
import { answerNodes } from './html.js';
import { actionButtons } from './message-actions.js';
import { morph } from './morph.js';
import { isRunning, state } from './store.js';
import { StreamedText } from './streamed.js';

/** @typedef {import('./store.js').Message} Message */
/** @typedef {import('./message-actions.js').Actions} Actions */

/** Shows a message and its later states. */
export class MessageView {
  #actions;
  #message;
  #body = el('div', { class: 'body' });
  #bar = el('div', { class: 'actions' });
  #note = el('p', { class: 'note' });
  /** What is shown, so that an update that changes nothing does not touch the DOM. */
  #shown = '';
  #bars = '';
  /** The text of a running reply. @type {StreamedText|null} */
  #stream = null;

  /**
   * @param {Message} message
   * @param {Actions} actions
   */
  constructor(message, actions) {
    this.#actions = actions;
    this.#message = message;
    this.element = el('article', { 'data-testid': 'message' }, this.#body, this.#note, this.#bar);
    if (message.is_from_user) this.#body.className = 'bubble plain';
  }

  /**
   * Shows a state of the message.
   * @param {Message} message
   * @param {boolean} isLast whether it belongs to the last exchange, and no reply is running: then it
   *   can be edited and retried
   */
  update(message, isLast) {
    const user = message.is_from_user;
    this.#message = message;
    const marks = [isLast && 'last', message.id === '' && 'pending'].filter(Boolean);
    this.element.className = ['message', user ? 'user' : 'reply', message.status, ...marks].join(' ');
    this.element.dataset.id = message.id;
    this.element.dataset.status = message.status;
    this.element.ariaLabel = user ? 'You' : 'Parley';
    if (user) this.#showPrompt(message);
    else this.#showReply(message);
    this.#showNote(message);
    this.#showActions(message, isLast);
  }

  /**
   * Appends text to a running reply: all text of a frame in one change.
   * @param {string} text
   */
  append(text) {
    this.#stream?.append(text);
  }

  /**
   * Shows an editor in place of the text, null to show the text again.
   * @param {HTMLElement|null} editor
   */
  setEditor(editor) {
    this.element.querySelector('.edit')?.remove();
    this.#body.hidden = editor !== null;
    this.#bar.hidden = editor !== null;
    if (editor) this.element.prepend(editor);
  }

  /** The message in its present state. */
  get message() {
    return this.#message;
  }

  /** The text without its format, for screen readers. */
  get spokenText() {
    return this.#body.innerText;
  }

  #showPrompt(message) {
    if (this.#change(message.content)) {
      this.#body.dir = 'auto';
      this.#body.textContent = message.content;
    }
  }

  #showReply(message) {
    if (isRunning(message)) {
      this.#showRunning(state.live.text(message.id) ?? message.content);
      return;
    }
    const html = message.content_html;
    if (!this.#change(`${message.status}${html ? 'html' : 'text'}${html ?? message.content}`)) return;
    if (message.status === 'failed') this.#showFailed(message);
    else if (html) this.#showHTML(html);
    else this.#streamOf(message.content).draw(false); // until its HTML is there
  }

  #showFailed(message) {
    this.#endStream();
    this.#body.className = 'body plain';
    this.#body.replaceChildren(message.content);
  }

  #showHTML(html) {
    this.#endStream();
    this.#body.className = 'body prose';
    morph(this.#body, [...answerNodes(html).childNodes]);
  }

  /** Shows the text of a running reply, unless the text on the screen is the same. */
  #showRunning(text) {
    if (text === '') {
      if (this.#change('waiting')) this.#showWaiting();
      return;
    }
    if (!this.#change('running') && this.#stream?.text === text) return;
    this.#streamOf(text).draw(true);
  }

  #showWaiting() {
    this.#endStream();
    this.#body.className = 'body prose';
    const label = el('span', { class: 'sr-only' }, 'Waiting for the answer');
    this.#body.replaceChildren(el('span', { class: 'waiting' }, el('i'), el('i'), el('i'), label));
  }

  /** The stream with a text: the present one if it only has to grow. */
  #streamOf(text) {
    const current = this.#stream;
    if (current && text.startsWith(current.text)) {
      current.append(text.slice(current.text.length));
      return current;
    }
    this.#endStream();
    this.#body.className = 'body prose streamed';
    this.#body.replaceChildren();
    this.#stream = new StreamedText(this.#body);
    this.#stream.append(text);
    return this.#stream;
  }

  #endStream() {
    this.#stream?.stop();
    this.#stream = null;
  }

  #change(shown) {
    const changed = this.#shown !== shown;
    this.#shown = shown;
    return changed;
  }

  #showNote(message) {
    this.#note.textContent = noteOf(message);
    this.#note.hidden = this.#note.textContent === '';
  }

  #showActions(message, isLast) {
    const wanted = [message.status, isLast, message.versions ?? 0, message.id, message.content !== ''].join(' ');
    if (wanted === this.#bars) return;
    const focused = this.#bar.querySelector(':focus')?.getAttribute('data-testid');
    this.#bars = wanted;
    this.#bar.replaceChildren(...actionButtons(message, isLast, this, this.#actions));
    if (focused) /** @type {HTMLElement|null} */ (this.#bar.querySelector(`[data-testid="${focused}"]`))?.focus();
  }
}

function noteOf(message) {
  if (message.is_from_user) return message.versions ? 'Edited' : '';
  if (message.status !== 'cancelled') return '';
  return `You stopped this answer.${message.content === '' ? '' : ' It counts, because it had begun.'}`;
}

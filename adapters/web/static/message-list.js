// The messages of the open room on the screen.

import { loadHTML } from './answers.js';
import { $ } from './dom.js';
import { MessageView } from './message-view.js';
import { isRunning } from './store.js';

/** @typedef {import('./store.js').Message} Message */

/** Shows a list of messages in #messages. */
export class MessageList {
  #actions;
  /** By the id of the message. @type {Map<string, MessageView>} */
  #views = new Map();

  /** @param {import('./message-view.js').Actions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  get isEmpty() {
    return this.#views.size === 0;
  }

  /**
   * Returns the view of a message, undefined if it is not shown.
   * @param {string} id
   * @returns {MessageView|undefined}
   */
  view(id) {
    return this.#views.get(id);
  }

  /** Removes all messages. */
  clear() {
    this.#views.clear();
    $('messages').replaceChildren();
  }

  /**
   * Brings the elements in line with the messages. It leaves unchanged elements alone.
   * @param {Message[]} messages
   */
  render(messages) {
    const running = messages.some(isRunning);
    const firstOfLast = running ? messages.length : messages.findLastIndex((message) => message.is_from_user);
    this.#removeOthers(messages);
    $('messages').querySelector('.placeholder')?.remove();
    let next = $('messages').firstElementChild;
    messages.forEach((message, index) => {
      const view = this.#viewOf(message);
      view.update(message, index >= firstOfLast);
      if (view.element === next) next = next.nextElementSibling;
      else $('messages').insertBefore(view.element, next);
      loadHTML(message);
    });
  }

  #viewOf(message) {
    const view = this.#views.get(message.id) ?? new MessageView(message, this.#actions);
    this.#views.set(message.id, view);
    return view;
  }

  #removeOthers(messages) {
    const ids = new Set(messages.map((message) => message.id));
    for (const [id, view] of this.#views) {
      if (ids.has(id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
  }
}

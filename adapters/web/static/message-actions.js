// The buttons below a message.

import { el, icon } from './dom.js';
import { copyButton } from './html.js';
import { isRunning } from './store.js';

/** @typedef {import('./store.js').Message} Message */
/** @typedef {import('./message-view.js').MessageView} MessageView */
/**
 * @typedef {object} Actions
 * @property {(message: Message, view: MessageView) => void} edit
 * @property {(message: Message, button: HTMLElement) => void} retry
 * @property {(message: Message) => void} versions
 */

const cost = 'Asks again. With a daily limit, this uses one message.';

/**
 * Returns the buttons of a message.
 * @param {Message} message
 * @param {boolean} isLast whether it can be edited or retried
 * @param {MessageView} view of the message, which may change until a button is pressed
 * @param {Actions} actions
 * @returns {HTMLElement[]}
 */
export function actionButtons(message, isLast, view, actions) {
  if (message.id === '' || isRunning(message)) return [];
  const buttons = [];
  if (message.content !== '' && message.status !== 'failed') {
    buttons.push(copyButton(() => view.message.content, 'Copy the message'));
  }
  if (isLast && message.is_from_user) {
    buttons.push(button('edit', 'edit', 'Edit', cost, () => actions.edit(view.message, view)));
  }
  if (isLast && !message.is_from_user) {
    const label = message.status === 'failed' ? 'Try again' : 'Retry';
    buttons.push(button('retry', 'retry', label, cost, (event) => actions.retry(view.message, event.currentTarget)));
  }
  if (message.versions) {
    const label = message.versions === 1 ? '1 earlier version' : `${message.versions} earlier versions`;
    buttons.push(button('versions', 'history', label, null, () => actions.versions(view.message)));
  }
  return buttons;
}

function button(testid, iconName, label, title, onclick) {
  return el('button', { type: 'button', 'data-testid': testid, title, onclick }, icon(iconName), label);
}

// Dialogs are <dialog> elements of index.html: the browser keeps the focus inside, closes them
// with Esc, and returns the focus afterwards.

import { describe } from './api.js';
import { $, whileBusy } from './dom.js';

/** Lets the buttons with data-close and clicks beside a dialog close it. */
export function startDialogs() {
  for (const dialog of document.querySelectorAll('dialog')) {
    dialog.addEventListener('click', (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.closest('[data-close]') || isBeside(dialog, event)) dialog.close();
    });
  }
}

/** A click on the backdrop has the dialog as its target and is outside of its box. */
function isBeside(dialog, event) {
  if (event.target !== dialog) return false;
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

/**
 * Opens a dialog with a form. It closes when the work that the form asks for is done, and
 * shows the error otherwise.
 * @param {string} id of the dialog
 * @param {() => Promise<void>} work
 */
export function openForm(id, work) {
  const dialog = /** @type {HTMLDialogElement} */ ($(id));
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector('form'));
  const error = /** @type {HTMLElement} */ (dialog.querySelector('.error'));
  const button = /** @type {HTMLElement} */ (form.querySelector('button:not([type])'));
  error.textContent = '';
  form.onsubmit = (event) => {
    event.preventDefault();
    whileBusy(button, async () => {
      try {
        await work();
        dialog.close();
      } catch (failure) {
        error.textContent = describe(failure);
      }
    });
  };
  dialog.showModal();
}

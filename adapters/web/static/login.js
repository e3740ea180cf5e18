// Login with a phone number and a code.

import { ApiError, call, describe } from './api.js';
import { deviceHeaders, rememberDevice } from './device.js';
import { $, randomKey, show, whileBusy } from './dom.js';
import { open, tokensOf } from './session.js';

const phone = /** @type {HTMLInputElement} */ ($('phone'));
const code = /** @type {HTMLInputElement} */ ($('code'));
const resend = /** @type {HTMLButtonElement} */ ($('resend-code'));
const defaultResend = 60; // seconds
const numberHint = 'Start with + and your country code, for example +1 555 010 9999.';

let number = ''; // the number to which the code was sent
let countdown = 0;

/**
 * Shows the login.
 * @param {string} notice why the user has to log in, "" if there is nothing to say
 * @param {() => void} loggedIn called after the session was opened
 */
export function showLogin(notice, loggedIn) {
  show($('login'), true);
  $('login-notice').textContent = notice;
  show($('login-notice'), notice !== '');
  onSubmit('phone-form', 'send-code', () => sendCode().then(() => code.focus()));
  onSubmit('code-form', 'verify-code', () => verify(loggedIn));
  code.addEventListener('input', () => { code.value = code.value.replace(/\D/g, ''); });
  $('change-number').addEventListener('click', showPhoneForm);
  resend.addEventListener('click', () => whileBusy(resend, () => attempt(sendCode)));
  phone.focus();
}

function onSubmit(form, button, work) {
  $(form).addEventListener('submit', (event) => {
    event.preventDefault();
    whileBusy($(button), () => attempt(work));
  });
}

async function attempt(work) {
  for (const error of ['phone-error', 'code-error']) $(error).textContent = '';
  try {
    await work();
  } catch (failure) {
    const isNumber = failure.fields?.[0]?.field === 'mobile_number';
    const message = isNumber ? `This number cannot be used. ${numberHint}` : describe(failure);
    $($('code-form').hidden ? 'phone-error' : 'code-error').textContent = message;
    waitBeforeResend(failure.retryAfter);
  }
}

async function sendCode() {
  number = phone.value.replace(/[\s().-]/g, '');
  if (!/^\+\d{8,15}$/.test(number)) {
    phone.focus();
    throw new ApiError(422, { code: 'invalid_number', detail: numberHint });
  }
  const sent = await requestCode();
  showCodeForm(sent.otp
    ? `This development server sends no SMS. The code for ${number} is filled in.`
    : `We sent a code to ${number}. It is valid for ${Math.round(sent.expires_in / 60)} minutes.`);
  code.value = sent.otp ?? '';
  waitBeforeResend(sent.resend_in ?? defaultResend);
}

/** Requests a code. If too many were requested, perhaps by strangers, one of them may have arrived. */
async function requestCode() {
  try {
    return await call('POST', 'auth/send-otp', { body: { mobile_number: number }, headers: deviceHeaders(number) });
  } catch (failure) {
    if (failure.code === 'rate_limited') showCodeForm(`If a code for ${number} has arrived, enter it.`);
    throw failure;
  }
}

function showCodeForm(hint) {
  show($('phone-form'), false);
  show($('code-form'), true);
  $('code-hint').textContent = hint;
}

async function verify(loggedIn) {
  const opened = await call('POST', 'auth/verify-otp', {
    body: { mobile_number: number, otp: code.value },
    headers: deviceHeaders(number),
  });
  rememberDevice(number, opened.device_token);
  open({ ...tokensOf(opened), id: randomKey(), number });
  clearInterval(countdown);
  show($('login'), false);
  loggedIn();
}

function showPhoneForm() {
  show($('phone-form'), true);
  show($('code-form'), false);
  $('code-error').textContent = '';
  phone.focus();
}

/** Disables "Send again" for some seconds, and shows how many are left. */
function waitBeforeResend(seconds) {
  if (!seconds) return;
  clearInterval(countdown);
  const until = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    resend.disabled = left > 0;
    resend.textContent = left > 0 ? `Send again in ${left} s` : 'Send again';
    if (left <= 0) clearInterval(countdown);
  };
  countdown = setInterval(tick, 500);
  tick();
}

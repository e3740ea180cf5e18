// Refreshes the tokens of the session. A refresh token is used once, so all requests and all
// tabs share one refresh: in a tab by a promise, among tabs by a lock. Who gets the lock reads
// the stored tokens again, because another tab may have refreshed them.
//
// If the response is lost, the next request repeats the refresh: the server returns the same
// tokens. The lock therefore saves requests, and nothing breaks without it.

import { ApiError, jsonOf, problemOf, request } from './http.js';
import { end, renew, session, sync, tokensOf } from './session.js';

const lock = 'parley.refresh';
const longestWait = 10_000; // ms. Browsers may have suspended the tab that holds the lock
const settling = 200; // ms until other tabs can read what this tab has stored
const pause = 60_000; // ms between attempts while the token is still valid

/** The refresh under way in this tab. @type {Promise<void>|null} */
let running = null;
let pausedUntil = 0;

/**
 * Replaces a token that the server has refused, or that is about to expire. It ends the
 * session if the server refuses the refresh token, too.
 * @param {string} token nothing happens if the session has another one by now
 * @returns {Promise<void>} fails with an ApiError if there is no new token
 */
export function refresh(token) {
  if (session()?.token !== token) return Promise.resolve();
  running ??= alone(() => exchange(token)).finally(() => { running = null; });
  return running;
}

/** Refreshes in the background if the access token is about to expire. */
export function refreshIfDue() {
  const opened = session();
  if (!opened?.refresh || Date.now() < Math.max(opened.renewAt ?? 0, pausedUntil)) return;
  refresh(opened.token).catch((error) => {
    pausedUntil = Date.now() + Math.max(pause, (error.retryAfter ?? 0) * 1000);
  });
}

/** Runs work while no other tab does. Without a lock it runs nevertheless. */
function alone(work) {
  return new Promise((resolve, reject) => {
    const run = () => work().then(resolve, reject);
    if (!navigator.locks) { // they exist only on https and on the own machine
      run();
      return;
    }
    let began = false;
    navigator.locks.request(lock, { signal: AbortSignal.timeout(longestWait) }, async () => {
      began = true;
      await run();
      await new Promise((release) => { setTimeout(release, settling); });
    }).catch(() => { if (!began) run(); });
  });
}

async function exchange(token) {
  const opened = sync();
  if (opened?.token !== token) return; // another tab was faster
  try {
    renew(opened.id, tokensOf(await requestTokens(opened.refresh)));
  } catch (error) {
    if (error.status === 401 && session()?.id === opened.id) end('ended');
    throw error;
  }
}

async function requestTokens(refreshToken) {
  // Earlier versions of the page have stored no refresh token.
  if (!refreshToken) throw new ApiError(401, { code: 'invalid_token', detail: 'The session has ended.' });
  const response = await request('POST', 'auth/refresh', { body: { refresh_token: refreshToken } });
  if (!response.ok) throw await problemOf(response);
  return jsonOf(response);
}

// Requests to the HTTP API with the session of the user.

import { ApiError, jsonOf, problemOf, request } from './http.js';
import { refresh, refreshIfDue } from './refresh.js';
import { end, session } from './session.js';
import { emit } from './store.js';

export { ApiError, urlOf } from './http.js';

/** @typedef {import('./http.js').Options} Options */

/**
 * Sends a request and returns the response. It throws an ApiError for every status that is
 * not a success. If the access token is refused, it refreshes the token and repeats the
 * request; if that is refused as well, the session has ended.
 * @param {string} method
 * @param {string|URL} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, options = {}) {
  const opened = session();
  refreshIfDue();
  try {
    return await sendOnce(method, path, options);
  } catch (refusal) {
    if (!opened || !isTokenRefused(refusal)) throw refusal;
    await refresh(opened.token);
    if (session()?.id !== opened.id) throw refusal; // never repeat it for another user
  }
  return sendOnce(method, path, options).catch((error) => {
    if (isTokenRefused(error) && session()?.id === opened.id) end('ended');
    throw error;
  });
}

async function sendOnce(method, path, options) {
  const opened = session();
  const token = opened ? { Authorization: `Bearer ${opened.token}` } : {};
  const response = await request(method, path, { ...options, headers: { ...token, ...options.headers } });
  reportQuota(response.headers);
  if (!response.ok) throw await problemOf(response);
  return response;
}

function isTokenRefused(error) {
  return error.status === 401 && error.code !== 'invalid_credentials';
}

/**
 * Sends a request and returns the JSON of the response, null for none.
 * @param {string} method
 * @param {string|URL} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function call(method, path, options) {
  return (await page(method, path, options)).data;
}

/**
 * Sends a request for a page of a list and returns it with its links.
 * @param {string} method
 * @param {string|URL} path
 * @param {Options} [options]
 * @returns {Promise<{data: any, links: Record<string, URL>}>}
 */
export async function page(method, path, options) {
  const response = await send(method, path, options);
  return { data: await jsonOf(response), links: linksOf(response) };
}

/** Links are queries (RFC 8288), which hold for the URL of the request. */
function linksOf(response) {
  /** @type {Record<string, URL>} */
  const links = {};
  for (const [, target, relation] of (response.headers.get('Link') ?? '').matchAll(/<([^>]*)>;\s*rel="([^"]*)"/g)) {
    links[relation] = new URL(target, response.url);
  }
  return links;
}

function reportQuota(headers) {
  if (!headers.has('RateLimit-Limit')) return;
  emit('quota', {
    limit: Number(headers.get('RateLimit-Limit')),
    remaining: Number(headers.get('RateLimit-Remaining')),
    resetsAt: new Date(Date.now() + Number(headers.get('RateLimit-Reset')) * 1000),
  });
}

/**
 * Returns an error as a sentence for the user.
 * @param {unknown} error
 * @returns {string}
 */
export function describe(error) {
  if (!(error instanceof ApiError)) {
    console.error(error);
    return 'Something went wrong on this page. Reload it and try again.';
  }
  if (error.code === 'quota_exhausted') return 'The messages of this day are used up until midnight UTC.';
  const [field] = error.fields;
  return error.code === 'invalid_request' && field ? `${sentence(field.rule)}` : error.message;
}

function sentence(rule) {
  return `This ${rule}.`;
}

// Requests to the HTTP API. API paths are relative to the page, so that the page also works
// behind a proxy that adds a prefix.

import { end, session } from './session.js';
import { emit } from './store.js';

const timeoutSeconds = 30;

/** An error response (RFC 9457), or a server that could not be reached (code "unreachable"). */
export class ApiError extends Error {
  /**
   * @param {number} status 0 without a response
   * @param {{code: string, detail: string, errors?: {field: string, rule: string}[]}} problem
   * @param {number} [retryAfter] seconds
   */
  constructor(status, problem, retryAfter = 0) {
    super(problem.detail);
    this.status = status;
    this.code = problem.code;
    this.fields = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }
}

/**
 * @typedef {object} Options
 * @property {unknown} [body] sent as JSON
 * @property {Record<string, string|number|undefined>} [query]
 * @property {string} [key] the Idempotency-Key
 * @property {AbortSignal} [signal]
 * @property {Record<string, string>} [headers]
 */

/**
 * Returns the URL of an API path.
 * @param {string} path without a slash at the start, such as "chatroom"
 * @param {Record<string, string|number|undefined>} [query]
 * @returns {URL}
 */
export function urlOf(path, query = {}) {
  const url = new URL(path, new URL('./', document.baseURI));
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * Sends a request and returns the response. It throws an ApiError for every status that is
 * not a success, and ends the session after a 401.
 * @param {string} method
 * @param {string|URL} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function send(method, path, options = {}) {
  const headers = new Headers({ Accept: 'application/json', ...options.headers });
  const opened = session();
  if (opened) headers.set('Authorization', `Bearer ${opened.token}`);
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.key) headers.set('Idempotency-Key', options.key);
  const response = await fetchOrFail(path instanceof URL ? path : urlOf(path, options.query), {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal: options.signal ?? AbortSignal.timeout(timeoutSeconds * 1000),
    cache: 'no-store',
  });
  reportQuota(response.headers);
  if (response.ok) return response;
  const error = await problemOf(response);
  if (response.status === 401 && opened && opened === session() && error.code !== 'invalid_credentials') end('ended');
  throw error;
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
  const text = await response.text();
  return { data: text === '' ? null : JSON.parse(text), links: linksOf(response) };
}

async function fetchOrFail(url, init) {
  try {
    return await fetch(url, init);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    const detail = 'Parley cannot be reached. Check your connection and try again.';
    throw new ApiError(0, { code: 'unreachable', detail });
  }
}

async function problemOf(response) {
  const retryAfter = Number(response.headers.get('Retry-After') ?? 0);
  const problem = await response.json().catch(() => ({}));
  return new ApiError(response.status, {
    code: problem.code ?? 'unknown',
    detail: problem.detail ?? `Something went wrong (status ${response.status}). Try again in a moment.`,
    errors: problem.errors,
  }, retryAfter);
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

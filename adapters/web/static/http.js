// Requests over HTTP without a session. API paths are relative to the page, so that the page
// also works behind a proxy that adds a prefix.

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
 * Sends a request and returns the response, whatever its status.
 * @param {string} method
 * @param {string|URL} path
 * @param {Options} options
 * @returns {Promise<Response>} fails with an ApiError if the server cannot be reached
 */
export async function request(method, path, options) {
  const headers = new Headers({ Accept: 'application/json', ...options.headers });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.key) headers.set('Idempotency-Key', options.key);
  return reached(fetch(path instanceof URL ? path : urlOf(path, options.query), {
    method,
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    signal: options.signal ?? AbortSignal.timeout(timeoutSeconds * 1000),
    cache: 'no-store',
  }));
}

/**
 * Returns the JSON of a response, null for none.
 * @param {Response} response
 * @returns {Promise<any>} fails with an ApiError if the connection is lost
 */
export async function jsonOf(response) {
  const text = await reached(response.text());
  return text === '' ? null : JSON.parse(text);
}

async function reached(pending) {
  try {
    return await pending;
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    const detail = 'Parley cannot be reached. Check your connection and try again.';
    throw new ApiError(0, { code: 'unreachable', detail });
  }
}

/**
 * Returns the error of a response that is not a success.
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
export async function problemOf(response) {
  const retryAfter = Number(response.headers.get('Retry-After') ?? 0);
  const problem = await response.json().catch(() => ({}));
  return new ApiError(response.status, {
    code: problem.code ?? 'unknown',
    detail: problem.detail ?? `Something went wrong (status ${response.status}). Try again in a moment.`,
    errors: problem.errors,
  }, retryAfter);
}

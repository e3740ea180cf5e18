// Times for people, in the language and the time zone of the browser.

const day = 24 * 60 * 60 * 1000;

/**
 * Returns a time of day, with the date unless it is today.
 * @param {string|Date} time
 * @returns {string}
 */
export function shortTime(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
  return new Intl.DateTimeFormat(undefined, style).format(date);
}

/**
 * Returns a time of day without the date.
 * @param {string|Date} time
 * @returns {string}
 */
export function timeOfDay(time) {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(new Date(time));
}

/**
 * Returns a date without a time.
 * @param {string|Date} time
 * @returns {string}
 */
export function longDate(time) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date(time));
}

/**
 * Returns how long it takes until a time, such as "3 h 12 min", and "a moment" for less than a minute.
 * @param {string|Date} time
 * @returns {string}
 */
export function timeUntil(time) {
  const minutes = Math.ceil((new Date(time).getTime() - Date.now()) / 60000);
  if (minutes <= 1) return 'a moment';
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const units = [['year', 365 * day], ['month', 30 * day], ['day', day], ['hour', day / 24], ['minute', 60000]];

/**
 * Returns how long ago a time was, such as "5 minutes ago", and "just now" for less than two
 * minutes: the server says when something was used to the minute.
 * @param {string} time
 * @returns {string}
 */
export function timeSince(time) {
  const passed = Date.now() - new Date(time).getTime();
  const [unit, length] = units.find((candidate) => passed >= candidate[1]) ?? ['minute', 60000];
  if (passed < 2 * 60000) return 'just now';
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-Math.floor(passed / length), unit);
}

/**
 * Returns the heading of the list of chats under which a time belongs.
 * @param {string} time
 * @returns {string}
 */
export function period(time) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const then = new Date(time).getTime();
  if (then >= midnight) return 'Today';
  if (then >= midnight - day) return 'Yesterday';
  if (then >= midnight - 7 * day) return 'Previous 7 days';
  return 'Older';
}

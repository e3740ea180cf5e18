// The plan of the user: quota, upgrade and the return from the checkout.

import { call, describe } from './api.js';
import { $, show, whileBusy } from './dom.js';
import { toast } from './notices.js';
import { place, rewrite } from './router.js';
import { read, write } from './storage.js';
import { on } from './store.js';
import { longDate, timeOfDay, timeUntil } from './time.js';

/**
 * The response of /subscribe/status; null until it is loaded.
 * @type {{tier: string, status: string, daily_limit: number|null, messages_remaining: number|null,
 *   resets_at: string, current_period_end?: string, cancel_at_period_end: boolean}|null}
 */
let plan = null;
let resetTimer = 0;
let cardWanted = false; // a message was refused, and the user has not closed the card

const roomKey = 'parley.room'; // the room that was open before the checkout

/** Shows the plan and keeps it up to date. */
export function startBilling() {
  for (const id of ['upgrade', 'upgrade-now']) $(id).addEventListener('click', () => whileBusy($(id), upgrade));
  $('manage').addEventListener('click', () => whileBusy($('manage'), manage));
  $('upgrade-later').addEventListener('click', () => {
    cardWanted = false;
    draw();
    $('composer-text').focus();
  });
  on('quota', ({ limit, remaining, resetsAt }) => {
    if (!plan) return;
    setPlan({ ...plan, daily_limit: limit, messages_remaining: remaining, resets_at: resetsAt.toISOString() });
  });
  on('ended', ({ status }) => { if (status !== 'done') loadPlan(); }); // the message may not count
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') loadPlan(); });
}

/** Loads the plan. If that fails, what was shown remains. */
export async function loadPlan() {
  const loaded = await call('GET', 'subscribe/status').catch(() => null);
  if (loaded) setPlan(loaded);
}

/** Shows that the messages of the day are used up. */
export function showExhausted() {
  cardWanted = true;
  draw();
  loadPlan();
}

/** Finishes a checkout, if the page was opened by one. Call it before the address is used. */
export async function returnFromCheckout() {
  const outcome = new URL(location.href).searchParams.get('checkout');
  if (!outcome) return;
  const room = read('sessionStorage', roomKey);
  history.replaceState(null, '', location.pathname);
  rewrite(room || place().room);
  if (outcome === 'cancelled') {
    toast('Nothing was bought.');
    return;
  }
  try {
    setPlan(await call('POST', 'subscribe/sync'));
    if (outcome !== 'success') return;
    toast(plan?.tier === 'Pro'
      ? 'Welcome to Pro. Your messages are unlimited now.'
      : 'Thank you. Pro starts as soon as the payment is confirmed.');
  } catch (error) {
    toast(describe(error));
  }
}

async function upgrade() {
  await leaveFor('subscribe/pro', {
    success_url: pageWith('success'),
    cancel_url: pageWith('cancelled'),
  });
}

async function manage() {
  await leaveFor('subscribe/portal', { return_url: pageWith('back') });
}

function pageWith(outcome) {
  const url = new URL('./', document.baseURI);
  url.searchParams.set('checkout', outcome);
  return url.href;
}

/** Opens a page of the payments provider. The server may not know this page as one to return to: then it chooses. */
async function leaveFor(path, body) {
  write('sessionStorage', roomKey, place().room ?? '');
  try {
    const { url } = await call('POST', path, { body }).catch((error) => {
      if (error.status !== 422) throw error;
      return call('POST', path);
    });
    location.assign(url);
  } catch (error) {
    if (error.code === 'already_pro') loadPlan();
    toast(describe(error));
  }
}

function setPlan(loaded) {
  plan = loaded;
  if (plan.messages_remaining === null || plan.messages_remaining > 0) cardWanted = false;
  clearTimeout(resetTimer);
  const untilReset = Date.parse(plan.resets_at) - Date.now();
  resetTimer = setTimeout(loadPlan, Math.max(untilReset, 0) + 1000);
  draw();
}

function draw() {
  show($('upgrade-card'), cardWanted);
  if (!plan) return;
  const unlimited = plan.daily_limit === null;
  $('plan-name').textContent = `${plan.tier} plan`;
  $('plan-usage').textContent = unlimited
    ? 'Unlimited messages'
    : `${plan.messages_remaining} of ${plan.daily_limit} messages left today`;
  drawMeter(plan.messages_remaining, plan.daily_limit);
  drawNote(unlimited ? '' : `Resets in ${timeUntil(plan.resets_at)}`);
  for (const id of ['upgrade', 'upgrade-terms']) show($(id), plan?.tier !== 'Pro');
  document.body.classList.toggle('unlimited', unlimited);
  show($('manage'), plan.tier === 'Pro');
  $('upgrade-title').textContent = `You have used your ${plan.daily_limit ?? ''} messages for today`;
  const reset = `${timeOfDay(plan.resets_at)}, in ${timeUntil(plan.resets_at)}`;
  const terms = $('upgrade-terms').textContent;
  $('upgrade-text').textContent = `The next one can be sent at ${reset}. Your text is kept. ${terms}`;
}

function drawMeter(remaining, limit) {
  const meter = /** @type {HTMLMeterElement} */ ($('quota'));
  show(meter, limit !== null);
  if (limit === null) return;
  meter.max = limit;
  meter.value = remaining ?? 0;
}

function drawNote(text) {
  const end = plan?.current_period_end;
  const renewal = end ? `${plan?.cancel_at_period_end ? 'Ends' : 'Renews'} on ${longDate(end)}` : '';
  const note = plan?.status === 'past_due' ? 'The last payment failed. Please check it.' : renewal || text;
  $('plan-note').textContent = note;
  show($('plan-note'), note !== '');
}

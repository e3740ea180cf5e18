// The texts of the replies that are being written.

/**
 * @typedef {object} LiveText
 * @property {string} room
 * @property {string} text
 * @property {number|null} attempt null if the next delta says it
 * @property {number} next the seq of the next delta; only valid with an attempt
 */

/** Joins deltas to texts. It has an entry for each reply that is not final. */
export class LiveTexts {
  /** By the id of the reply. @type {Map<string, LiveText>} */
  #texts = new Map();

  /**
   * Starts a text again with a message event. The deltas after it continue its text.
   * @param {{id: string, chatroom_id: string, content: string}} message
   */
  begin(message) {
    this.#texts.set(message.id, { room: message.chatroom_id, text: message.content, attempt: null, next: 0 });
  }

  /**
   * Appends a delta. It returns "seen" for one that the text already has, and "gap" if one before it is missing.
   * @param {{id: string, chatroom_id: string, attempt: number, seq: number, text: string}} delta
   * @returns {'appended'|'seen'|'gap'}
   */
  append(delta) {
    let live = this.#texts.get(delta.id);
    if (!live || (live.attempt !== null && delta.attempt > live.attempt)) {
      if (delta.seq > 0) return 'gap';
      live = { room: delta.chatroom_id, text: '', attempt: delta.attempt, next: 0 };
      this.#texts.set(delta.id, live);
    }
    if (live.attempt === null) {
      live.attempt = delta.attempt;
      live.next = delta.seq;
    }
    if (delta.attempt < live.attempt || delta.seq < live.next) return 'seen';
    if (delta.seq > live.next) return 'gap';
    live.text += delta.text;
    live.next++;
    return 'appended';
  }

  /**
   * Discards the text of a reply, because another attempt begins.
   * @param {{id: string, chatroom_id: string, attempt: number}} reset
   */
  reset(reset) {
    this.#texts.set(reset.id, { room: reset.chatroom_id, text: '', attempt: reset.attempt, next: 0 });
  }

  /**
   * Forgets a reply that is final.
   * @param {string} id
   */
  end(id) {
    this.#texts.delete(id);
  }

  /**
   * Returns the text of a reply, undefined if it is not being written.
   * @param {string} id
   * @returns {string|undefined}
   */
  text(id) {
    return this.#texts.get(id)?.text;
  }

  /**
   * Reports whether a reply of a room is being written.
   * @param {string} room
   * @returns {boolean}
   */
  isBusy(room) {
    return [...this.#texts.values()].some((live) => live.room === room);
  }

  /**
   * Forgets the replies of a room that was deleted.
   * @param {string} room
   */
  drop(room) {
    for (const [id, live] of this.#texts) if (live.room === room) this.#texts.delete(id);
  }

  /**
   * Returns all entries as plain data, for another tab.
   * @returns {[string, LiveText][]}
   */
  snapshot() {
    return [...this.#texts];
  }

  /**
   * Replaces all entries.
   * @param {[string, LiveText][]} entries of snapshot
   */
  restore(entries) {
    this.#texts = new Map(entries);
  }
}

// Keeps the end of the conversation in view while the user is there.

const nearEnd = 64; // px

/** Follows the end of a scrolled element until the user scrolls up. */
export class EndFollower {
  #scroller;
  #jump;
  #following = true;
  #top = 0; // where the element was scrolled to

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content the part of it that grows
   * @param {HTMLElement} jump the button that leads back to the end
   */
  constructor(scroller, content, jump) {
    this.#scroller = scroller;
    this.#jump = jump;
    scroller.addEventListener('scroll', () => this.#update(), { passive: true });
    jump.addEventListener('click', () => this.toEnd());
    const observer = new ResizeObserver(() => this.#grow());
    observer.observe(content);
    observer.observe(scroller);
  }

  /** Scrolls to the end and follows it from now on. */
  toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
    this.#jump.hidden = true;
  }

  /**
   * Changes the content above what the user reads, without moving that.
   * @param {HTMLElement} fixed an element that must not move
   * @param {() => void} change
   */
  keepInPlace(fixed, change) {
    const before = fixed.getBoundingClientRect().top;
    change();
    this.#scroller.scrollTop += fixed.getBoundingClientRect().top - before;
  }

  /**
   * Scrolls to an element and stops to follow the end.
   * @param {HTMLElement} element
   */
  toElement(element) {
    this.#following = false;
    const fits = element.offsetHeight < this.#scroller.clientHeight;
    element.scrollIntoView({ block: fits ? 'center' : 'start' });
    this.#update();
  }

  #distance() {
    return this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight;
  }

  /** Only the user scrolls up. Without that, the end is far away because the content has just grown. */
  #update() {
    const top = this.#scroller.scrollTop;
    if (this.#distance() < nearEnd) this.#following = true;
    else if (top < this.#top) this.#following = false;
    this.#top = top;
    this.#jump.hidden = this.#following;
  }

  #grow() {
    if (this.#following) this.toEnd();
    else this.#update();
  }
}

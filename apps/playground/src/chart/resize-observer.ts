/**
 * Tells of sizes in the next frame: what is drawn anew within the observer's own call may change sizes again, which the browser reports as an
 * error of the page.
 */
export const resizeObserver = (then: (entries: readonly ResizeObserverEntry[]) => void): ResizeObserver =>
  new ResizeObserver((entries) => {
    requestAnimationFrame(() => then(entries));
  });

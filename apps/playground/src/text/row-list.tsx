import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { resizeObserver } from '../chart/resize-observer.ts';
import { Heights } from './heights.ts';

/** What of a list is in sight. */
export interface Sight {
  /** The first row, and the last one. */
  readonly first: number;
  readonly last: number;
  /** Where it begins and how much it is, as shares of the whole height. */
  readonly from: number;
  readonly share: number;
}

/** A row to go to, the element of it that is meant, and a number that changes with each wish. */
export interface Wish {
  readonly row: number;
  readonly target: string;
  readonly count: number;
}

interface RowListProps {
  readonly class: string;
  readonly label: string;
  /** What is listed: another one begins at its top. */
  readonly of: unknown;
  readonly count: number;
  readonly wish: Wish | undefined;
  /** Set by who knows that what is wished for next is in sight already, and stays where it is. */
  readonly isThere?: RefObject<boolean> | undefined;
  /** About how high a row is, before it was drawn. */
  guess(row: number, width: number): number;
  /** A row: an element with `data-row`. */
  draw(row: number): VNode;
  onSight?: ((sight: Sight) => void) | undefined;
  onClick?: ((event: MouseEvent) => void) | undefined;
  onKeyDown?: ((event: KeyboardEvent) => void) | undefined;
}

/** Pixels above and below what is in sight that are drawn too. */
const overscan = 500;

/** A list of any length that scrolls, of which only what is in sight is drawn. */
export function RowList({ label, of, count, wish, isThere, guess, draw, onSight, onClick, onKeyDown, ...rest }: RowListProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [span, setSpan] = useState<readonly [number, number]>([0, 0]);
  const heights = useMemo(() => new Heights((row) => guess(row, width), count), [of, width, count]);
  /** The first row in sight, and the last one. */
  const seen = useRef({ first: 0, last: 0 });

  /** Which rows are in sight. */
  const look = (): void => {
    const { current } = place;
    if (current === null) return;
    const { scrollTop, clientHeight } = current;
    const first = heights.rowAt(Math.max(0, scrollTop - overscan));
    const end = Math.min(count, heights.rowAt(scrollTop + clientHeight + overscan) + 1);
    setSpan((before) => (before[0] === first && before[1] === end ? before : [first, end]));
    const total = Math.max(1, heights.total);
    seen.current = { first: heights.rowAt(scrollTop), last: heights.rowAt(scrollTop + clientHeight) };
    onSight?.({
      ...seen.current,
      from: scrollTop / total,
      share: Math.min(1, clientHeight / total),
    });
  };

  useEffect(() => {
    const current = place.current as HTMLDivElement;
    const observer = resizeObserver(() => setWidth(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    seen.current = { first: 0, last: 0 };
  }, [of]);
  const reached = useRef(-1);
  // Where the width changes, all heights do: the row at the top stays there, and what was wished for and seen is seen again.
  useLayoutEffect(() => {
    const { first, last } = seen.current;
    if (wish !== undefined && wish.row >= first && wish.row <= last) reached.current = -1;
    (place.current as HTMLDivElement).scrollTop = heights.top(first);
    look();
  }, [heights]);

  // What was drawn is measured; where a row above is higher than it was guessed, the text in sight stays where it is.
  const [, settle] = useState(0);
  useLayoutEffect(() => {
    const current = place.current as HTMLDivElement;
    let above = 0;
    let isChanged = false;
    for (const element of current.querySelectorAll<HTMLElement>('[data-row]')) {
      const row = Number(element.dataset['row']);
      const top = heights.top(row);
      const change = heights.take(row, element.getBoundingClientRect().height);
      if (change === 0) continue;
      isChanged = true;
      if (top + 1 < current.scrollTop) above += change;
    }
    if (above !== 0) current.scrollTop += above;
    if (isChanged) {
      settle((times) => times + 1);
      look();
    }
  });

  // Goes to what is wished for: to its row first, and when that is drawn to the element itself.
  const steps = useRef(0);
  useLayoutEffect(() => {
    if (wish === undefined || reached.current === wish.count || width === 0) return;
    if (isThere?.current === true) {
      isThere.current = false;
      reached.current = wish.count;
      return;
    }
    const current = place.current as HTMLDivElement;
    const drawn = current.querySelector<HTMLElement>(`[data-row="${wish.row}"]`);
    steps.current += 1;
    if (drawn === null && steps.current < 6) {
      current.scrollTop = Math.max(0, heights.top(wish.row) - current.clientHeight / 3);
      look();
      settle((times) => times + 1);
      return;
    }
    const target = drawn?.querySelector<HTMLElement>(wish.target) ?? drawn;
    if (target !== null && target !== undefined) {
      const shift = target.getBoundingClientRect().top - current.getBoundingClientRect().top;
      if (shift < 40 || shift > current.clientHeight - 80) current.scrollTop += shift - current.clientHeight / 3;
    }
    reached.current = wish.count;
    steps.current = 0;
    look();
  });

  const rows: VNode[] = [];
  for (let row = span[0]; row < Math.min(span[1], count); row++) rows.push(draw(row));
  return (
    <section
      ref={place}
      class={rest.class}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to take the focus
      tabIndex={0}
      aria-label={label}
      onScroll={look}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <div style={{ height: `${heights.top(span[0])}px` }} />
      {rows}
      <div style={{ height: `${Math.max(0, heights.total - heights.top(Math.min(span[1], count)))}px` }} />
    </section>
  );
}

import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { resizeObserver } from './resize-observer.ts';

/** How wide an element is, CSS pixels, now and whenever that changes: charts are drawn for the place they have. */
export function useWidth<Of extends HTMLElement>(initial: number): { readonly place: RefObject<Of | null>; readonly width: number } {
  const place = useRef<Of>(null);
  const [width, setWidth] = useState(initial);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = resizeObserver(() => setWidth(Math.max(240, Math.round(element.clientWidth))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { place, width };
}

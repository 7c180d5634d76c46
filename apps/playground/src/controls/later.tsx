import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Draws what is in it in a task of its own, after what stands around it: parts that come all at once hold the page up. */
export function Later({ children }: { readonly children: ComponentChildren }) {
  const [isTime, setIsTime] = useState(false);
  useEffect(() => {
    const turn = setTimeout(setIsTime, 0, true);
    return () => clearTimeout(turn);
  }, []);
  return isTime ? children : null;
}

import { useEffect, useRef, useState } from 'preact/hooks';

/** A value that changes often, as it is at most once in so many ms; its last change is always shown. */
export function useThrottled<Value>(value: Value, every: number): Value {
  const [shown, setShown] = useState(value);
  const last = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        last.current = performance.now();
        setShown(() => value);
      },
      Math.max(0, last.current + every - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, every]);
  return shown;
}

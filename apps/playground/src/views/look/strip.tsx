import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { resizeObserver } from '../../chart/resize-observer.ts';
import { percent } from '../../controls/wording.ts';
import { paint } from '../../picture/shapes.ts';
import type { Looked } from './reader-work.ts';
import { look } from './state.ts';
import { byteAt, lineAt, stripPicture } from './strip-picture.ts';

interface StripProps {
  readonly looked: Looked;
  readonly layer: number;
  readonly head: number;
  readonly mechanism: string;
  onCanvas(canvas: HTMLCanvasElement): void;
}

/** All heads at once, over all that was read. */
export function Strip({ looked, layer, head, mechanism, onCanvas }: StripProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const told = useSignal('');
  const dark = isDark();
  useEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    onCanvas(current);
    const watcher = resizeObserver(([entry]) => {
      width.value = Math.floor(entry?.contentRect.width ?? 0);
    });
    watcher.observe(current.parentElement as HTMLElement);
    return () => watcher.disconnect();
  }, [onCanvas, width]);
  const shown = width.value;
  useEffect(() => {
    if (canvas.current === null || shown === 0) return;
    const picture = stripPicture(looked, shown, { layer, head, mechanism });
    canvas.current.style.height = `${picture.height}px`;
    paint(canvas.current, picture);
  }, [looked, layer, head, mechanism, shown, dark]);
  const { reading } = looked;
  const placeOf = ({ offsetX, offsetY }: MouseEvent) => ({
    line: lineAt(offsetY, reading.layers, reading.heads),
    byte: byteAt(offsetX, shown, reading.length),
  });
  return (
    <div class="strip">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Where the ${reading.layers * reading.heads} heads look over the ${reading.length.toLocaleString('en')} bytes that were read`}
        onPointerMove={(event) => {
          const { line, byte } = placeOf(event);
          if (line === undefined) return;
          const weight = reading.weights[(line.layer * reading.heads + line.head - 1) * reading.length + byte] as number;
          const word = reading.segments.find(({ from, to }) => from <= byte && byte < to);
          told.value = `Layer ${line.layer + 1}, head ${line.head}: ${percent(weight)} on a byte of “${word?.text ?? ''}”, ${(reading.length - 1 - byte).toLocaleString('en')} bytes before.`;
        }}
        onPointerLeave={() => {
          told.value = '';
        }}
        onClick={(event) => {
          const { line } = placeOf(event);
          if (line !== undefined) look.set({ layer: line.layer + 1, head: line.head });
        }}
      />
      <p class="hint told">{told.value || 'Point at a line to read a weight; click it to choose that head.'}</p>
    </div>
  );
}

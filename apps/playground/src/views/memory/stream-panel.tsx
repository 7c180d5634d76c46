import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { resizeObserver } from '../../chart/resize-observer.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { bytes as inBytes } from '../../controls/wording.ts';
import { paint } from '../../picture/shapes.ts';
import { heldAt, reachOf, segmentAt } from './held.ts';
import { memoryPicture } from './memory-picture.ts';
import { memory } from './state.ts';
import type { Streamed } from './xl-work.ts';

export interface Sizes {
  readonly width: number;
  readonly layers: number;
}

interface StreamPanelProps {
  readonly text: Uint8Array;
  readonly size: Sizes;
  readonly streamed: Streamed | undefined;
  onCanvas(canvas: HTMLCanvasElement): void;
  /** How far the reading is. */
  readonly children: ComponentChildren;
}

const decoder = new TextDecoder();
export const wordsOf =
  (text: Uint8Array, segment: number) =>
  (nth: number): string =>
    decoder.decode(text.subarray(nth * segment, (nth + 1) * segment)).replaceAll('\uFFFD', '');

/** Segments streaming by, and what is remembered meanwhile. */
export function StreamPanel({ text, size, streamed, onCanvas, children }: StreamPanelProps) {
  const { segment, memory: length, step: wanted } = memory.values.value;
  const last = Math.max(0, Math.ceil(text.length / segment) - 1);
  const step = Math.min(wanted, last);
  const isPlaying = useSignal(false);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
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
    const picture = memoryPicture(
      { step, segment, memory: length, layers: size.layers, length: text.length, wordsOf: wordsOf(text, segment) },
      shown,
    );
    canvas.current.style.height = `${picture.height}px`;
    paint(canvas.current, picture);
  }, [step, segment, length, size.layers, text, shown, dark]);
  const goTo = useCallback((to: number, isStep: boolean): void => memory.set({ step: Math.max(0, to) }, { step: isStep }), []);
  useEffect(() => {
    if (!isPlaying.value) return;
    const timer = setInterval(() => {
      const now = memory.values.peek().step;
      if (now >= last) isPlaying.value = false;
      else goTo(now + 1, false);
    }, 700);
    return () => clearInterval(timer);
  }, [isPlaying.value, last, goTo, isPlaying]);
  const now = segmentAt(step, { segment }, text.length);
  const held = heldAt(step, { segment, memory: length });
  const reach = useMemo(
    () => reachOf(step, { segment, memory: length }, size.layers, text.length),
    [step, segment, length, size.layers, text.length],
  );
  const farthest = reach.at(-1)?.start ?? now.start;
  const heldCount = held.end - held.start;
  const meanOf = (bits: Float32Array): number => {
    const own = bits.subarray(now.start, now.end).filter((each) => !Number.isNaN(each));
    return own.reduce((sum, each) => sum + each, 0) / own.length;
  };
  const bitsOf = (bits: Float32Array | undefined): string => {
    const mean = bits === undefined ? Number.NaN : meanOf(bits);
    return Number.isNaN(mean) ? '…' : `${mean.toFixed(2)} bits`;
  };
  return (
    <section class="panel" aria-label="Segments streaming by">
      <h2>
        Segments streaming by{' '}
        <Explain label="Segment memory">
          <p>
            The text is read segment by segment. Each layer remembers what it was given for the last bytes, and attends to it beside the
            segment; no gradient flows there. What is remembered was itself made with a memory, so every layer reaches farther.
          </p>
          <p>
            <code>h̃ = [SG(memory) ; h], q = h Wq, k = h̃ Wk, v = h̃ Wv; memory ← the last M of h̃</code>
          </p>
          <Source title="Transformer-XL, Dai 2019" href="https://arxiv.org/abs/1901.02860" />
        </Explain>
      </h2>
      <div class="row">
        <button type="button" onClick={() => goTo(step - 1, true)} disabled={step === 0}>
          Back
        </button>
        <button
          type="button"
          class="strong play"
          onClick={() => {
            if (!isPlaying.value && step >= last) goTo(0, false);
            isPlaying.value = !isPlaying.value;
          }}
        >
          {isPlaying.value ? 'Pause' : 'Play'}
        </button>
        <button type="button" onClick={() => goTo(step + 1, true)} disabled={step >= last}>
          Step
        </button>
        <span class="hint">
          Segment {(step + 1).toLocaleString('en')} of {(last + 1).toLocaleString('en')}
        </span>
      </div>
      <div class="stream">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Segment ${step + 1}: bytes ${now.start} to ${now.end} are read; the memory of each of ${size.layers} layers holds ${heldCount} bytes from ${held.start} on; the last prediction can reach back to byte ${farthest}`}
        />
      </div>
      <p class="legend">
        <span class="key second">read now</span>
        <span class="key first">remembered</span>
        <span class="key faint">forgotten</span>
        <span class="key third">what can reach the last prediction</span>
      </p>
      <p class="segment-text" dir="auto">
        <SegmentText text={text} start={now.start} end={now.end} bits={streamed?.withMemory} />
      </p>
      <div class="figures" aria-live={isPlaying.value ? 'off' : 'polite'}>
        <Figure name="This segment, with memory" value={bitsOf(streamed?.withMemory)} note="for each byte, on average" />
        <Figure name="without" value={bitsOf(streamed?.without)} note="as if the text began here" />
        <Figure
          name="Each layer holds"
          value={heldCount === 0 ? 'nothing' : `${heldCount.toLocaleString('en')} bytes`}
          note={
            heldCount === 0
              ? 'the memory is empty'
              : `positions ${held.start.toLocaleString('en')} to ${(held.end - 1).toLocaleString('en')}; ${inBytes(4 * size.layers * size.width * heldCount)} in all ${size.layers} layers`
          }
        />
        <Figure
          name="The last prediction can reach"
          value={`${(now.end - farthest).toLocaleString('en')} bytes`}
          note={`back to position ${farthest.toLocaleString('en')}, through ${size.layers} layers`}
        />
      </div>
      {children}
    </section>
  );
}

/** The segment that is read, and behind each letter the bits that it took. */
function SegmentText({
  text,
  start,
  end,
  bits,
}: {
  readonly text: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly bits: Float32Array | undefined;
}) {
  const letters: { readonly letter: string; readonly at: number; readonly bits: number }[] = [];
  for (let at = start; at < end; ) {
    let to = at + 1;
    while (to < end && ((text[to] as number) & 0xc0) === 0x80) to++;
    const own = bits === undefined ? 0 : bits.subarray(at, to).reduce((sum, each) => sum + (Number.isNaN(each) ? 0 : each), 0);
    letters.push({ letter: decoder.decode(text.subarray(at, to)), at, bits: own });
    at = to;
  }
  return (
    <>
      {letters.map(({ letter, at, bits: own }) => (
        <span
          key={at}
          style={{ '--bits': `${Math.min(100, Math.round(own * 9))}%` }}
          title={bits === undefined ? undefined : `${own.toFixed(1)} bits`}
        >
          {letter === '\n' ? '↵' : letter}
        </span>
      ))}
    </>
  );
}

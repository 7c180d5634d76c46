import type { Mask } from '@longspan/attention-sparse/mask';
import { type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { resizeObserver } from '../../chart/resize-observer.ts';
import type { Part } from '../../expression/read-expression.ts';
import { deciding } from './deciding.ts';
import { inks } from './inks.ts';
import { type Camera, cellAt, drawScene, TileStore } from './picture.ts';
import { pattern } from './state.ts';
import type { PatternWork } from './work.ts';

interface MaskPictureProps {
  readonly mask: Mask;
  readonly parts: readonly Part[];
  readonly expression: string;
  readonly other: Mask | undefined;
  readonly length: number;
  readonly words: readonly string[];
  readonly work: PatternWork;
  /** The pair under the pointer: of two pictures, each shows it. */
  readonly hovered: Signal<Pair | undefined>;
  /** What it is called beside another one. */
  readonly name: string | undefined;
  /** Receives the canvas, for taking it away; undefined when it goes. */
  onCanvas(canvas: HTMLCanvasElement | undefined): void;
}

export interface Pair {
  readonly query: number;
  readonly key: number;
}

/** The picture of a pattern: the whole square, or any part of it, down to single pairs. */
export function MaskPicture({ mask, parts, expression, other, length, words, work, hovered, name, onCanvas }: MaskPictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal({ width: 1, height: 1 });
  const tick = useSignal(0);
  const head = pattern.values.value.head;
  const store = useMemo(
    () =>
      new TileStore(
        (place) => work.tile(length, place),
        () => (tick.value += 1),
      ),
    [work, length, tick],
  );

  useEffect(() => {
    void work.take(mask, other, head).then(
      () => {
        store.clear();
        tick.value += 1;
      },
      () => undefined, // the view was left, or the worker died: whoever asks for a tile then takes the mask again, and is told
    );
  }, [mask, other, head, store, work, tick]);

  const dark = isDark();
  useEffect(() => {
    store.clear();
    tick.value += 1;
  }, [dark, store, tick]);

  const camera = useComputed((): Camera => {
    const { x, y, zoom } = pattern.values.value;
    const { width, height } = size.value;
    return { query: y * length, key: x * length, scale: (Math.min(width, height) * 0.96 * zoom) / length };
  });

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    onCanvas(element);
    const observer = resizeObserver(() => {
      const ratio = Math.min(2, devicePixelRatio);
      element.width = Math.max(1, Math.round(element.clientWidth * ratio));
      element.height = Math.max(1, Math.round(element.clientHeight * ratio));
      size.value = { width: element.width, height: element.height };
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      onCanvas(undefined);
    };
  }, [onCanvas, size]);

  useSignalEffect(() => {
    void tick.value;
    const scene = { length, camera: camera.value, inks: inks(), words, hovered: hovered.value };
    void size.value;
    const frame = requestAnimationFrame(() => {
      if (canvas.current === null) return;
      drawScene(canvas.current, store, scene);
      Object.assign(canvas.current.dataset, { tiles: store.counts.tiles, asked: store.counts.covers, waiting: store.isWaiting });
    });
    return () => cancelAnimationFrame(frame);
  });

  const ratio = (): number => (canvas.current === null ? 1 : canvas.current.width / Math.max(1, canvas.current.clientWidth));
  const pairAt = (event: { readonly offsetX: number; readonly offsetY: number }) => {
    const { query, key, scale } = camera.peek();
    const { width, height } = size.peek();
    const pair = {
      query: Math.floor(query + (event.offsetY * ratio() - height / 2) / scale),
      key: Math.floor(key + (event.offsetX * ratio() - width / 2) / scale),
    };
    return pair.query >= 0 && pair.key >= 0 && pair.query < length && pair.key < length ? pair : undefined;
  };
  const hover = (pair: Pair | undefined): void => {
    hovered.value = pair;
  };
  const move = (right: number, down: number): void => {
    const { x, y } = pattern.values.peek();
    const { scale } = camera.peek();
    pattern.set({ x: rounded(within(x - right / (scale * length))), y: rounded(within(y - down / (scale * length))) }, { step: false });
  };
  const enlarge = (factor: number, around?: { readonly offsetX: number; readonly offsetY: number }): void => {
    const { x, y, zoom } = pattern.values.peek();
    const { width, height } = size.peek();
    const most = Math.max(4, length / 6);
    const next = Math.min(most, Math.max(0.5, zoom * factor));
    const { scale } = camera.peek();
    const away =
      around === undefined ? { x: 0, y: 0 } : { x: around.offsetX * ratio() - width / 2, y: around.offsetY * ratio() - height / 2 };
    const kept = 1 - zoom / next;
    pattern.set(
      {
        zoom: rounded(next),
        x: rounded(within(x + (away.x / (scale * length)) * kept)),
        y: rounded(within(y + (away.y / (scale * length)) * kept)),
      },
      { step: false },
    );
  };

  const fingers = useMemo(() => new Map<number, Finger>(), []);
  /** One finger, or the mouse, moves the picture; two move and enlarge it. */
  const drag = (moved: PointerEvent): void => {
    const before = [...fingers.values()];
    fingers.set(moved.pointerId, { x: moved.offsetX, y: moved.offsetY });
    const now = [...fingers.values()];
    const [from, to] = [middleOf(before), middleOf(now)];
    move((to.x - from.x) * ratio(), (to.y - from.y) * ratio());
    if (now.length === 2) enlarge(apart(now) / Math.max(1, apart(before)), { offsetX: to.x, offsetY: to.y });
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(60, 0),
    ArrowRight: () => move(-60, 0),
    ArrowUp: () => move(0, 60),
    ArrowDown: () => move(0, -60),
    '+': () => enlarge(1.5),
    '=': () => enlarge(1.5),
    '-': () => enlarge(1 / 1.5),
    '0': () => pattern.set({ x: 0.5, y: 0.5, zoom: 1 }, { step: false }),
  };
  const told = hovered.value === undefined ? undefined : describe(mask, parts, expression, hovered.value, words, head);
  const cell = cellAt(camera.value.scale);

  return (
    <div class="mask-picture" data-tour="picture">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`${name === undefined ? 'The pattern' : `${name} pattern,`} ${expression} over ${length} tokens: a row for each query, a column for each key. Arrow keys move it, plus and minus zoom, 0 shows all.`}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (act === undefined) return;
          event.preventDefault();
          act();
        }}
        onWheel={(event) => {
          event.preventDefault();
          enlarge(Math.exp(-event.deltaY / 300), event);
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          if (fingers.size < 2) fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
        }}
        onPointerMove={(event) => {
          if (fingers.has(event.pointerId)) drag(event);
          hover(pairAt(event));
        }}
        onPointerUp={(event) => fingers.delete(event.pointerId)}
        onPointerCancel={(event) => fingers.delete(event.pointerId)}
        onPointerLeave={() => hover(undefined)}
      />
      <div class="picture-tools">
        <button type="button" aria-label="Zoom in" onClick={() => enlarge(2)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => enlarge(0.5)}>
          −
        </button>
        <button type="button" onClick={() => pattern.set({ x: 0.5, y: 0.5, zoom: 1 })}>
          Whole square
        </button>
        <span class="hint">
          {cell === 1 ? 'single tokens' : `a point is ${cell.toLocaleString('en')} × ${cell.toLocaleString('en')} tokens or finer`}
        </span>
      </div>
      <p class="told" role="status">
        {told ?? 'Point at a pair to see what decides it. Drag to move, turn the wheel or pinch to zoom.'}
      </p>
    </div>
  );
}

interface Finger {
  readonly x: number;
  readonly y: number;
}
const middleOf = (fingers: readonly Finger[]): Finger => ({
  x: fingers.reduce((sum, { x }) => sum + x, 0) / fingers.length,
  y: fingers.reduce((sum, { y }) => sum + y, 0) / fingers.length,
});
const apart = ([one, other]: readonly Finger[]): number =>
  one === undefined || other === undefined ? 1 : Math.hypot(one.x - other.x, one.y - other.y);

const within = (share: number): number => Math.min(1.5, Math.max(-0.5, share));
const rounded = (value: number): number => Number(value.toPrecision(8));

function describe(
  mask: Mask,
  parts: readonly Part[],
  expression: string,
  { query, key }: { readonly query: number; readonly key: number },
  words: readonly string[],
  head: number,
): string {
  const own = mask.select({ head: Math.min(head, mask.heads - 1), batch: 0 });
  const { isVisible, by } = deciding(own, query, key);
  const named = [...new Set(by.map((each) => textOf(each, parts, expression)))].slice(0, 3).join(' and ');
  const token = (at: number): string => `${at.toLocaleString('en')}${words[at] === undefined ? '' : ` “${words[at]}”`}`;
  return `Query ${token(query)} ${isVisible ? 'sees' : 'does not see'} key ${token(key)}: ${named} ${isVisible ? 'allows' : 'forbids'} it.`;
}

/** A part as it stands in the expression, or as it prints itself where it was selected out of one. */
function textOf(mask: Mask, parts: readonly Part[], expression: string): string {
  const part = parts.find((each) => each.mask === mask);
  const text = part === undefined ? mask.name : expression.slice(part.from, part.to);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

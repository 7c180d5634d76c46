import { useEffect, useRef, useState } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import type { AttentionPictures } from './attention-pictures.ts';
import type { Lane } from './lane.ts';
import { training } from './state.ts';

interface AttentionPanelProps {
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
  /** The tokens that look and are looked at, as people read them. */
  readonly words: readonly string[];
  /** Receives the large picture, for taking it away. */
  onCanvas(canvas: HTMLCanvasElement | null): void;
}

/** What every head attends to while it learns: a row for each token that looks, a column for each that is looked at. */
export function AttentionPanel({ lanes, names, words, onCanvas }: AttentionPanelProps) {
  return (
    <section class="panel" aria-label="Attention">
      <h2>
        What it looks at{' '}
        <Explain label="What the pictures show">
          <p>
            For one example that is not trained on: a row for each token that looks, a column for each one that is looked at, and the
            darker, the more of the row's attention it has. Each row sums to 1: softmax(q · kᵀ / √d) over what the mechanism lets the token
            see.
          </p>
          <p>A head that has found where answers stand shows a dark spot there in the rows that are asked.</p>
          <Source title="Attention is all you need, Vaswani 2017" href="https://arxiv.org/abs/1706.03762" />
        </Explain>
      </h2>
      <div class="attention-runs">
        {lanes.map((lane, at) => (
          <RunPictures
            key={names[at]}
            name={lanes.length > 1 ? names[at] : undefined}
            run={at + 1}
            lane={lane}
            words={words}
            onCanvas={at === 0 ? onCanvas : undefined}
          />
        ))}
      </div>
    </section>
  );
}

interface RunPicturesProps {
  readonly name: string | undefined;
  readonly run: number;
  readonly lane: Lane;
  readonly words: readonly string[];
  readonly onCanvas: ((canvas: HTMLCanvasElement | null) => void) | undefined;
}

function RunPictures({ name, run, lane, words, onCanvas }: RunPicturesProps) {
  const { layer, head } = training.values.value;
  const pictures = lane.look?.pictures;
  const heading = name !== undefined && (
    <h3>
      <span class={`key run-${run}`}>{name}</span>
    </h3>
  );
  if (pictures === undefined) {
    return (
      <div class="stack">
        {heading}
        <p class="hint">
          {lane.look !== undefined
            ? 'An Hourglass attends on several levels, over vectors for several tokens each: no one square of tokens shows it.'
            : 'The pictures come with the first step.'}
        </p>
      </div>
    );
  }
  const shown = { layer: Math.min(layer, pictures.layers - 1), head: Math.min(head, pictures.heads - 1) };
  return (
    <div class="stack">
      {heading}
      <div class="head-pictures">
        <fieldset class="heads" aria-label="Layer and head that is shown large">
          {Array.from({ length: pictures.layers }, (_, at) => (
            <div key={at} class="heads-row">
              <span class="hint">layer {at + 1}</span>
              {Array.from({ length: pictures.heads }, (_, each) => (
                <button
                  key={each}
                  type="button"
                  class="head"
                  aria-pressed={at === shown.layer && each === shown.head}
                  aria-label={`Layer ${at + 1}, head ${each + 1}`}
                  onClick={() => training.set({ layer: at, head: each }, { step: false })}
                >
                  <Picture pictures={pictures} layer={at} head={each} />
                </button>
              ))}
            </div>
          ))}
        </fieldset>
        <LargePicture pictures={pictures} layer={shown.layer} head={shown.head} words={words} onCanvas={onCanvas} />
      </div>
    </div>
  );
}

interface PictureProps {
  readonly pictures: AttentionPictures;
  readonly layer: number;
  readonly head: number;
}

const weightsAt = ({ pictures, layer, head }: PictureProps): Uint8Array => {
  const size = pictures.length ** 2;
  const from = (layer * pictures.heads + head) * size;
  return pictures.weights.subarray(from, from + size);
};

/** Small weights are seen too: what is drawn is their square root. */
const shadeOf = (weight: number): number => Math.sqrt(weight / 255);

const ink = (): readonly [number, number, number] => (isDark() ? [156, 201, 245] : [23, 50, 77]);

function Picture(props: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { length } = props.pictures;
  const dark = isDark();
  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    if (pen === null || pen === undefined) return;
    const image = pen.createImageData(length, length);
    const [red, green, blue] = ink();
    for (const [at, weight] of weightsAt(props).entries()) image.data.set([red, green, blue, Math.round(255 * shadeOf(weight))], at * 4);
    pen.putImageData(image, 0, 0);
  }, [props.pictures, props.layer, props.head, dark]);
  return <canvas ref={canvas} width={length} height={length} />;
}

/** Tokens up to which the large picture names each of them. */
const mostNamed = 48;

interface LargeProps extends PictureProps {
  readonly words: readonly string[];
  readonly onCanvas: ((canvas: HTMLCanvasElement | null) => void) | undefined;
}

function LargePicture({ pictures, layer, head, words, onCanvas }: LargeProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pair, setPair] = useState<{ readonly query: number; readonly key: number } | undefined>(undefined);
  const { length } = pictures;
  const margin = length <= mostNamed ? 26 : 8;
  const cell = Math.max(2, Math.floor((560 - margin) / length));
  const side = margin + cell * length;
  const dark = isDark();
  const weights = weightsAt({ pictures, layer, head });
  useEffect(() => {
    onCanvas?.(canvas.current);
    return () => onCanvas?.(null);
  }, [onCanvas]);
  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    if (pen === null || pen === undefined) return;
    draw(pen, { weights, length, words, margin, cell, pair });
  }, [pictures, layer, head, words, pair, dark]);
  const within = (at: number): number => Math.min(length - 1, Math.max(0, at));
  const at = pair === undefined ? undefined : { query: within(pair.query), key: within(pair.key) };
  return (
    <div class="large-picture">
      <canvas
        ref={canvas}
        width={side}
        height={side}
        tabIndex={0}
        role="img"
        aria-label={`Attention of layer ${layer + 1}, head ${head + 1}. The arrow keys go from pair to pair.`}
        onPointerMove={(event) => {
          const scale = side / event.currentTarget.clientWidth;
          const [key, query] = [event.offsetX, event.offsetY].map((each) => Math.floor((each * scale - margin) / cell)) as [number, number];
          setPair(key >= 0 && query >= 0 && key < length && query < length ? { query, key } : undefined);
        }}
        onPointerLeave={() => setPair(undefined)}
        onKeyDown={(event) => {
          const [down, right] = moves[event.key] ?? [0, 0];
          if (down === 0 && right === 0) return;
          event.preventDefault();
          const from = at ?? { query: length - 1, key: length - 1 };
          setPair(at === undefined ? from : { query: within(from.query + down), key: within(from.key + right) });
        }}
      />
      <p class="told hint" role="status">
        {at === undefined
          ? `Layer ${layer + 1}, head ${head + 1}. Rows look, columns are looked at. Point at a pair to read its weight.`
          : `“${words[at.query] ?? '?'}” at ${at.query + 1} gives “${words[at.key] ?? '?'}” at ${at.key + 1} ${((100 * (weights[at.query * length + at.key] as number)) / 255).toFixed(0)} % of its attention.`}
      </p>
    </div>
  );
}

const moves: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

interface Scene {
  readonly weights: Uint8Array;
  readonly length: number;
  readonly words: readonly string[];
  readonly margin: number;
  readonly cell: number;
  readonly pair: { readonly query: number; readonly key: number } | undefined;
}

function draw(pen: CanvasRenderingContext2D, { weights, length, words, margin, cell, pair }: Scene): void {
  const side = margin + cell * length;
  const [ground, line, text, marked] = isDark()
    ? ['#131c26', '#2e3b49', '#a3b1bf', '#ffb454']
    : ['#fffdf8', '#e6e0d3', '#54616e', '#b4530a'];
  const [red, green, blue] = ink();
  pen.fillStyle = ground;
  pen.fillRect(0, 0, side, side);
  for (const [at, weight] of weights.entries()) {
    if (weight === 0) continue;
    pen.fillStyle = `rgba(${red}, ${green}, ${blue}, ${shadeOf(weight)})`;
    pen.fillRect(margin + (at % length) * cell, margin + Math.floor(at / length) * cell, cell, cell);
  }
  if (cell >= 8) {
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let at = 0; at <= length; at++) {
      const to = margin + at * cell - 0.5;
      pen.moveTo(to, margin);
      pen.lineTo(to, side);
      pen.moveTo(margin, to);
      pen.lineTo(side, to);
    }
    pen.stroke();
  }
  if (length <= mostNamed) {
    pen.fillStyle = text;
    pen.font = `${Math.min(14, Math.max(8, cell - 1))}px ui-monospace, monospace`;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    for (let at = 0; at < length; at++) {
      const middle = margin + (at + 0.5) * cell;
      const word = words[at] ?? '';
      pen.fillText(word, middle, margin / 2, Math.max(cell, 10));
      pen.fillText(word, margin / 2, middle, margin - 2);
    }
  }
  if (pair === undefined) return;
  pen.strokeStyle = marked;
  pen.lineWidth = 2;
  pen.strokeRect(margin + pair.key * cell, margin + pair.query * cell, cell, cell);
}

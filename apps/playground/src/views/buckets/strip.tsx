import { useEffect, useRef, useState } from 'preact/hooks';
import { resizeObserver } from '../../chart/resize-observer.ts';
import type { Hue } from './colours.ts';
import { bucketOf, type Scene } from './scene.ts';
import { buckets, hasCome } from './state.ts';

interface StripProps {
  readonly hues: readonly Hue[];
  readonly scene: Scene | undefined;
  readonly round: number;
  readonly chosen: number;
  readonly met: ReadonlySet<number>;
  readonly missed: ReadonlySet<number>;
}

const [cell, high, gap] = [30, 44, 4] as const;

/** The line of tokens: in the order of the text, then sorted by bucket, then cut into chunks. */
export function Strip({ hues, scene, round, chosen, met, missed }: StripProps) {
  const { stage, n, chunk } = buckets.values.value;
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(560);
  useEffect(() => {
    const observer = resizeObserver(([entry]) => setWidth(Math.max(120, Math.floor((entry as ResizeObserverEntry).contentRect.width))));
    observer.observe(place.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  const isHashed = scene !== undefined && hasCome(stage, 'buckets');
  const isSorted = scene !== undefined && hasCome(stage, 'sort');
  const isCut = scene !== undefined && hasCome(stage, 'chunks');
  const chunkWidth = chunk * (cell + gap) + 10;
  const chunksInLine = Math.max(1, Math.floor((width + 10) / chunkWidth));
  const inLine = Math.min(n, chunksInLine * chunk);
  const lines = Math.ceil(n / inLine);
  const lineHeight = high + (isCut ? 20 : 10);
  const spot = (at: number): readonly [number, number] => {
    const [line, column] = [Math.floor(at / inLine), at % inLine];
    return [column * (cell + gap) + (isCut ? Math.floor(column / chunk) * 10 : 0) + 2, line * lineHeight + (isCut ? 14 : 2)];
  };
  const standing = new Map(
    isSorted
      ? Array.from(scene.hashed.order.subarray(round * n, (round + 1) * n), (vector, at) => [vector, at] as const)
      : Array.from({ length: n }, (_, vector) => [vector, vector] as const),
  );
  const own = Math.floor((standing.get(chosen) ?? 0) / chunk);
  const isMeeting = hasCome(stage, 'meet');
  return (
    <div class="strip" ref={place}>
      <svg
        width={width}
        height={lines * lineHeight + 6}
        viewBox={`0 0 ${width} ${lines * lineHeight + 6}`}
        role="img"
        aria-label={told({ n, isSorted, isCut, standing, chunk })}
      >
        {isCut &&
          Array.from({ length: n / chunk }, (_, at) => {
            const [x, y] = spot(at * chunk);
            const role = !isMeeting ? '' : at === own ? ' own' : isBefore(at, own, n / chunk, scene, round) ? ' before' : '';
            return (
              <g key={at} class={`chunk${role}`}>
                <rect x={x - 3} y={y - 3} width={chunk * (cell + gap) + 2} height={high + 6} rx={7} />
                <text x={x} y={y - 6}>
                  {role === ' own' ? 'own chunk' : role === ' before' ? 'before' : at + 1}
                </text>
              </g>
            );
          })}
        {Array.from({ length: n }, (_, vector) => {
          const [x, y] = spot(standing.get(vector) ?? vector);
          const role =
            vector === chosen ? ' chosen' : !isMeeting ? '' : met.has(vector) ? ' met' : missed.has(vector) ? ' missed' : ' other';
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a short way for pointers; keys choose among the vectors of the circle
            <g
              key={vector}
              class={`token${role}`}
              style={{ ...hues[vector], transform: `translate(${x}px, ${y}px)` }}
              onClick={() => buckets.set({ of: vector })}
            >
              <rect class="box" width={cell} height={high} rx={5} />
              <text class="name" x={cell / 2} y={isHashed ? 16 : high / 2}>
                {vector}
              </text>
              <text class="name bucket" x={cell / 2} y={34}>
                {isHashed ? `b${bucketOf(scene, vector, round)}` : ''}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** The chunk before: of the first one of a round it is the last one of the round before, and with one round of this. */
const isBefore = (at: number, own: number, chunks: number, scene: Scene | undefined, round: number): boolean => {
  if (own > 0) return at === own - 1;
  return at === chunks - 1 && scene?.rounds === 1 && round === 0;
};

function told({
  n,
  isSorted,
  isCut,
  standing,
  chunk,
}: {
  readonly n: number;
  readonly isSorted: boolean;
  readonly isCut: boolean;
  readonly standing: ReadonlyMap<number, number>;
  readonly chunk: number;
}): string {
  if (!isSorted) return `${n} tokens in the order of the text`;
  const line = [...standing].sort((left, right) => left[1] - right[1]).map(([vector]) => vector);
  if (!isCut) return `Sorted by bucket: ${line.join(', ')}`;
  const chunks = Array.from({ length: n / chunk }, (_, at) => line.slice(at * chunk, (at + 1) * chunk).join(', '));
  return `Chunks: ${chunks.join('; ')}`;
}

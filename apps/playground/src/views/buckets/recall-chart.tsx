import { useSignal } from '@preact/signals';
import { proxy } from 'comlink';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { Chart } from '../../chart/chart.tsx';
import { site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { NumberField, Select, Slider } from '../../controls/fields.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { percent } from '../../controls/wording.ts';
import { keptByChance, mostRounds, type Recall, type RecallRequest } from './recall.ts';
import { buckets, measuredChunks, measuredCounts, measuredLengths, measuredSizes } from './state.ts';

const sets = 10;

type Shown = Recall & { readonly request: RecallRequest };

/** Recall over many vectors, measured in a worker while one looks on. */
export function RecallChart({ drawn }: { drawn(svg: SVGSVGElement): void }) {
  const { many, size, chunks, nearest, strength, kind, counts } = buckets.values.value;
  const worker = useMemo(() => connection('lsh'), []);
  useEffect(() => worker.close, [worker]);
  const measuring = useMemo(() => job<Recall>(), []);
  const shown = useSignal<Shown | undefined>(undefined);
  const request: RecallRequest = useMemo(
    () => ({
      kind,
      vectors: many,
      size,
      chunkLength: chunks,
      nearest,
      strength,
      bucketCounts: counts.map(Number),
      sets,
    }),
    [kind, many, size, chunks, nearest, strength, counts.join()],
  );
  const start = (): void => {
    if (request.bucketCounts.length === 0) return;
    void measuring.start((signal, say) =>
      worker.run((api) => {
        const tell = (so: Recall): void => {
          if (signal.aborted) return;
          shown.value = { ...so, request };
          say({ label: `Set ${so.sets} of ${sets}`, share: so.sets / sets });
        };
        return api.recall(site, request, proxy(tell));
      }, signal),
    );
  };
  useEffect(() => {
    // Not at each step of a slider: the worker that is ended for the next one takes a moment to start.
    const waiting = setTimeout(start, shown.peek() === undefined ? 0 : 250);
    return () => clearTimeout(waiting);
  }, [request]);
  useEffect(() => measuring.cancel, [measuring]);

  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const room = (entry as ResizeObserverEntry).contentRect.width;
      setWidth(Math.max(280, Math.min(720, 10 * Math.floor(room / 10))));
    });
    observer.observe(place.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  const dark = isDark();
  const lastDrawn = useRef<SVGSVGElement | undefined>(undefined);
  const known = shown.value;
  const draw = useMemo(() => {
    if (known === undefined) return undefined;
    const { shares, request: of } = known;
    const rows = of.bucketCounts.flatMap((count, at) =>
      (shares[at] ?? []).map((share, round) => ({ rounds: round + 1, share, buckets: `${count} buckets` })),
    );
    const chance = keptByChance(of.vectors, of.chunkLength).map((share, round) => ({ rounds: round + 1, share }));
    const inks = dark ? darkInks : lightInks;
    const ends = apart([
      ...of.bucketCounts.map((count, at) => ({ name: `${count} buckets`, share: shares[at]?.at(-1) ?? 0 })),
      { name: 'by chance', share: chance.at(-1)?.share ?? 0 },
    ]);
    return (plot: typeof import('@observablehq/plot')) => ({
      width,
      height: Math.min(360, Math.max(260, width * 0.55)),
      marginLeft: 44,
      marginRight: 78,
      marginBottom: 40,
      marginTop: 28,
      x: { label: 'hash rounds', domain: [1, mostRounds], ticks: mostRounds, tickFormat: 'd', inset: 8 },
      y: { label: `attention of the ${of.nearest} nearest kept`, domain: [0, 1], grid: true, tickFormat: '.0%' },
      color: {
        domain: [...of.bucketCounts.map((count) => `${count} buckets`), 'by chance'],
        range: [...inks.slice(0, of.bucketCounts.length), inks[7]],
      },
      marks: [
        plot.line(chance, { x: 'rounds', y: 'share', stroke: inks[7], strokeDasharray: '4 4' }),
        plot.line(rows, { x: 'rounds', y: 'share', stroke: 'buckets', strokeWidth: 2.2 }),
        plot.dot(rows, {
          x: 'rounds',
          y: 'share',
          fill: 'buckets',
          r: 3.6,
          title: ({ rounds, share, buckets: of }: (typeof rows)[number]) => `${of}, ${rounds} rounds: ${percent(share)}`,
        }),
        plot.text(ends, { x: mostRounds, y: 'at', text: 'name', fill: 'name', textAnchor: 'start', dx: 10, fontWeight: 600 }),
      ],
    });
  }, [known, dark, width]);
  const isCurrent = known?.request === request;
  return (
    <section class="panel recall" aria-label="Recall against rounds">
      <h2>
        Recall against rounds{' '}
        <Explain label="What is measured">
          <p>
            For each of many random vectors the nearest others are found exactly, with the weights that attention would give them. The line
            shows which share of that weight lies on vectors that are met in at least one round: the mean of all vectors, over {sets} sets
            with new vectors and new rotations. Vectors, hashing and sorting are those of the package, in a worker.
          </p>
          <Source title="Practical and optimal LSH for angular distance, Andoni et al. 2015" href="https://arxiv.org/abs/1509.02897" />
        </Explain>
      </h2>
      <div class="recall-body">
        <div class="stack recall-controls">
          <Select
            label="Vectors"
            value={kind}
            options={[
              { value: 'clusters', title: 'in clusters of 8' },
              { value: 'uniform', title: 'evenly random' },
            ]}
            explain={
              <p>
                Evenly random vectors of many numbers are all about as far from each other: none is near, and there is little to find.
                Queries and keys of trained models lie in clusters.
              </p>
            }
            onChange={(value) => buckets.set({ kind: value })}
          />
          <Slider
            label="Number"
            unit="vectors"
            values={measuredLengths}
            value={many}
            onChange={(value, options) => buckets.set({ many: value }, options)}
          />
          <Slider
            label="Size"
            unit="numbers each"
            values={measuredSizes}
            value={size}
            onChange={(value, options) => buckets.set({ size: value }, options)}
          />
          <Slider
            label="Chunk"
            unit="tokens"
            explain={<p>A token meets those of its chunk and of the one before. Larger chunks find more and cost more.</p>}
            values={measuredChunks}
            value={chunks}
            onChange={(value, options) => buckets.set({ chunks: value }, options)}
          />
          <div class="pair">
            <NumberField
              label="Nearest"
              unit="vectors"
              value={nearest}
              from={1}
              to={64}
              onChange={(value, options) => buckets.set({ nearest: value }, options)}
            />
            <NumberField
              label="Length"
              unit="of queries"
              explain={<p>Weights go with exp(length · cosine): the longer the queries, the more the very nearest count.</p>}
              value={strength}
              from={1}
              to={64}
              onChange={(value, options) => buckets.set({ strength: value }, options)}
            />
          </div>
          <fieldset class="counts">
            <legend>Buckets of a round</legend>
            <div class="row">
              {measuredCounts.map((count) => (
                <button
                  key={count}
                  type="button"
                  class="counts-choice"
                  aria-pressed={counts.includes(count)}
                  onClick={() =>
                    buckets.set({ counts: counts.includes(count) ? counts.filter((each) => each !== count) : [...counts, count] })
                  }
                >
                  {count}
                </button>
              ))}
            </div>
          </fieldset>
        </div>
        <div ref={place} class={`stack recall-chart${isCurrent ? '' : ' stale'}`}>
          {counts.length === 0 ? (
            <p class="notice">Choose at least one bucket count.</p>
          ) : draw === undefined ? (
            <p class="waiting chart">Measuring …</p>
          ) : (
            <Chart
              draw={draw}
              label={summary(known as Shown)}
              drawn={(svg) => {
                if (lastDrawn.current === svg) return;
                lastDrawn.current = svg;
                drawn(svg);
              }}
            />
          )}
          {known !== undefined && counts.length > 0 && <p class="hint told">{summary(known)}</p>}
          <JobStatus job={measuring} again={start} />
        </div>
      </div>
    </section>
  );
}

/** Where the names of lines stand beside their ends: pushed apart, so that none lies on another. */
function apart(ends: readonly { readonly name: string; readonly share: number }[]) {
  const least = 0.065;
  const placed = [...ends].sort((left, right) => right.share - left.share).map((end) => ({ ...end, at: end.share }));
  placed.forEach((end, index) => {
    const above = placed[index - 1];
    if (above !== undefined) end.at = Math.min(end.at, above.at - least);
  });
  return placed;
}

const lightInks = ['#17324d', '#b4530a', '#1f7a4d', '#7a3e9d', '#a12b62', '#5b6b00', '#0b7285', '#6b7682'] as const;
const darkInks = ['#9cc9f5', '#ffb454', '#6fd3a0', '#d3a4f0', '#ff9cc7', '#cadb5a', '#66d9e8', '#93a1ae'] as const;

function summary({ request, shares, sets: done }: Shown): string {
  const each = request.bucketCounts.map((count, at) => {
    const own = shares[at] ?? [];
    return `${count} buckets ${percent(own[0] ?? 0)} in one round, ${percent(own.at(-1) ?? 0)} in ${own.length}`;
  });
  const chance = keptByChance(request.vectors, request.chunkLength);
  return `${each.join('; ')}; sorted at random ${percent(chance[0] ?? 0)} and ${percent(chance.at(-1) ?? 0)}. Mean of ${(
    done * request.vectors
  ).toLocaleString('en')} vectors.`;
}

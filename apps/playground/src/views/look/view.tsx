import { useComputed, useSignal } from '@preact/signals';
import { proxy } from 'comlink';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Select, Slider } from '../../controls/fields.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { count, percent } from '../../controls/wording.ts';
import { pictureSvg } from '../../picture/shapes.ts';
import { followText } from '../../text/follow-text.ts';
import { textState } from '../../text/loaded-text.ts';
import { TextPicker } from '../../text/text-picker.tsx';
import { AboutModel } from './about-model.tsx';
import { codeOf } from './code.ts';
import { jsonOf } from './json.ts';
import { about, type MechanismId } from './mechanisms.ts';
import { Place } from './place.tsx';
import type { Looked, LookRequest } from './reader-work.ts';
import { placeIn, shownPart } from './shown-part.ts';
import { budgets, contexts, look } from './state.ts';
import { Strip } from './strip.tsx';
import { stripPicture } from './strip-picture.ts';
import { MechanismTable } from './table.tsx';
import { bySegment, keptOf, weightsOf } from './weights.ts';
import { Words } from './words.tsx';
import './look.css';

/** What was looked at, with where the shown part of the text begins. */
interface Shown {
  readonly looked: Looked;
  readonly before: number;
}

/** Shows where each head of a small language model looks in a text, and what sparse mechanisms keep of that. */
export function View() {
  const worker = useMemo(() => connection('reader'), []);
  useEffect(() => () => worker.close(), [worker]);
  const reading = useMemo(() => job<Shown | undefined>(), []);
  useEffect(() => followText(look, (sample) => look.set({ ...(sample === undefined ? {} : { text: sample }), at: 0 })), []);
  const { at, context, layer, head, mechanism, budget } = look.values.value;
  const text = useComputed(() => (textState.value?.at === 'loaded' ? textState.value.loaded : undefined));
  const shown = useSignal<Shown | undefined>(undefined);
  const wanted = useRef<{ readonly request: LookRequest; readonly before: number } | undefined>(undefined);
  const loaded = text.value;

  // The latest wish is granted; those that came while the worker was busy are passed over.
  const start = useCallback((): void => {
    if (reading.state.peek().at === 'running') return;
    void reading
      .start(async (signal, say) => {
        for (let now = wanted.current; now !== undefined; now = wanted.current) {
          wanted.current = undefined;
          const { request, before } = now;
          const onRead = proxy((looked: Looked) => {
            if (!signal.aborted) shown.value = { looked, before };
          });
          const looked = await worker.run((api) => api.look(site, request, onRead, proxy(say)), signal);
          shown.value = looked === undefined ? undefined : { looked, before };
        }
        return shown.peek();
      })
      .then(() => {
        if (wanted.current !== undefined && reading.state.peek().at === 'done') start();
      });
  }, [reading, worker, shown]);

  const place = loaded === undefined ? 0 : placeIn(loaded.text, at);
  const ask = useCallback((): void => {
    if (loaded === undefined) return;
    const { from, to } = shownPart(loaded.text, place, context);
    wanted.current = {
      request: { shown: loaded.text.slice(from, to), language: loaded.language, at: place - from, context, layer: layer - 1, budget },
      before: from,
    };
    start();
  }, [loaded, place, context, layer, budget, start]);
  useEffect(ask, [ask]);

  const canvas = useRef<HTMLCanvasElement | undefined>(undefined);
  const takeCanvas = useCallback((element: HTMLCanvasElement) => {
    canvas.current = element;
  }, []);
  const now = shown.value;
  const result = now?.looked;
  const shownLayer = Math.min(layer, result?.reading.layers ?? layer);
  const weights = useMemo(
    () =>
      result === undefined
        ? []
        : bySegment(
            result.reading,
            weightsOf(result.reading, shownLayer - 1, head),
            result.layer === shownLayer - 1 ? keptOf(result, mechanism, head) : undefined,
          ),
    [result, shownLayer, head, mechanism],
  );
  const isEmpty = loaded !== undefined && loaded.text.trim() === '';
  return (
    <div class="view beside look">
      <div class="stack">
        <section class="panel" aria-label="Text to read">
          <TextPicker first={look.values.peek().text} />
          {loaded !== undefined && <Place text={loaded.text} place={place} />}
        </section>
        <section class="panel choosing" aria-label="What to look at">
          <Slider
            label="Read before the word"
            unit="bytes"
            explain={
              <p>
                How much of the text the model reads: so many bytes, up to the last one of the chosen word. What stands before them is not
                read, and nothing after the word is: the model predicts what follows.
              </p>
            }
            values={contexts}
            value={context}
            onChange={(value, options) => look.set({ context: value }, options)}
          />
          <Slider
            label="Layer"
            explain={<p>The first layer sees bytes; each further one sees what the layers before it have made of them.</p>}
            values={Array.from({ length: result?.reading.layers ?? 4 }, (_, index) => index + 1)}
            value={shownLayer}
            onChange={(value, options) => look.set({ layer: value }, options)}
          />
          <Select
            label="Head"
            explain={<p>Each head of a layer has queries and keys of its own, and so looks elsewhere.</p>}
            value={String(Math.min(head, result?.reading.heads ?? head))}
            options={[
              { value: '0', title: 'The mean of all' },
              ...Array.from({ length: result?.reading.heads ?? 4 }, (_, index) => ({
                value: String(index + 1),
                title: `Head ${index + 1}`,
              })),
            ]}
            onChange={(value) => look.set({ head: Number(value) })}
          />
          <Slider
            label="Keys for a query"
            unit="keys"
            explain={
              <p>
                About how many keys each mechanism may give a query. All are made for the same number, so that what they keep can be
                compared.
              </p>
            }
            values={budgets}
            value={budget}
            onChange={(value, options) => look.set({ budget: value }, options)}
          />
        </section>
        <AboutModel worker={worker} />
      </div>
      <div class="stack">
        <Refused reasons={look.refused.value} />
        {isEmpty && <p class="notice">There is no word in this text. Paste or open another one.</p>}
        <section class="panel" aria-label="The text" aria-busy={reading.state.value.at === 'running'}>
          <h2>
            Where it looks{' '}
            <Explain label="What is shown">
              <p>
                The weights are the rows of the softmax of the dense causal attention, exact, for the last byte of the chosen word as the
                query. A word is a group of bytes: its weight is the sum over them.
              </p>
              <p>
                <code>weight(j) = exp(q · k(j) / √d + b(distance)) / Σ exp(…)</code>
              </p>
              <Source title="Attention, Vaswani 2017" href="https://arxiv.org/abs/1706.03762" />{' '}
              <Source title="Biases by distance: T5, Raffel 2019" href="https://arxiv.org/abs/1910.10683" />
            </Explain>
          </h2>
          {now !== undefined && loaded !== undefined && result !== undefined && (
            <>
              <WhatWasRead looked={result} before={now.before} total={loaded.text.length} />
              <Words
                looked={result}
                weights={weights}
                isCompared={mechanism !== 'dense'}
                before={now.before}
                choose={(end) => look.set({ at: end })}
              />
              <p class="legend">
                <span class="key first">
                  {mechanism === 'dense' ? 'weight' : `weight that ${about[mechanism as MechanismId].title} keeps`}
                </span>
                {mechanism !== 'dense' && <span class="key second">weight that it misses</span>}
                <span class="key chosen">the chosen word</span>
              </p>
              <Strip looked={result} layer={shownLayer - 1} head={head} mechanism={mechanism} onCanvas={takeCanvas} />
            </>
          )}
          <JobStatus job={reading} idle="Waiting for the text." again={ask} />
        </section>
        {result !== undefined && (
          <>
            <section class="panel" aria-label="What mechanisms keep">
              <h2>
                What sparse mechanisms keep{' '}
                <Explain label="Mass kept">
                  <p>
                    The share of the dense softmax that lies on the keys a mechanism sees: <code>exp(lse(part) − lse(whole))</code>, from
                    the log-sum-exps of both. In layer {shownLayer}, {head === 0 ? 'the mean of all heads' : `head ${head}`}.
                  </p>
                  <Source title="Milakov & Gimelshein 2018" href="https://arxiv.org/abs/1805.02867" />
                </Explain>
              </h2>
              {result.kept.length === 0 ? (
                <p class="waiting">Being compared.</p>
              ) : (
                <MechanismTable looked={result} head={head} mechanism={mechanism as MechanismId | 'dense'} />
              )}
            </section>
            <section class="panel" aria-label="What the model expects">
              <h2>What the model expects after the word</h2>
              <div class="figures">
                {result.reading.next.slice(0, 4).map(({ byte, probability }) => (
                  <Figure key={byte} name={nameOfByte(byte)} value={percent(probability)} />
                ))}
                <Figure
                  name="Of this text"
                  value={Number.isFinite(result.reading.bits) ? `${result.reading.bits.toFixed(2)} bits` : '–'}
                  note="for each byte that was read"
                />
              </div>
            </section>
          </>
        )}
        {result !== undefined && loaded !== undefined && now !== undefined && (
          <TakeAway
            name="where-heads-look"
            code={() => codeOf({ looked: result, layer: shownLayer, budget })}
            json={() => jsonOf({ looked: result, layer: shownLayer, head, budget, title: loaded.title, place })}
            canvas={() => canvas.current}
            svg={() => pictureSvg(stripPicture(result, 960, { layer: shownLayer - 1, head, mechanism }))}
          />
        )}
      </div>
    </div>
  );
}

/** Which part of the text was read: nothing is left out silently. */
function WhatWasRead({ looked, before, total }: { readonly looked: Looked; readonly before: number; readonly total: number }) {
  const { segments, chosen, length, milliseconds } = looked.reading;
  const word = segments[chosen];
  const first = segments.find(({ from, to }) => to > from);
  if (word === undefined || first === undefined) return null;
  const start = before + first.start;
  const end = before + word.start + word.text.length;
  return (
    <p role="status">
      “<bdi>{word.text}</bdi>” looks back, from its last byte. Read: {count(length)} bytes, characters {start.toLocaleString('en')} to{' '}
      {end.toLocaleString('en')} of {total.toLocaleString('en')}
      {start === 0 ? ', from the beginning' : '; what stands before was not read'}. {milliseconds.toFixed(0)} ms.
    </p>
  );
}

const nameOfByte = (byte: number): string => {
  if (byte === 10) return 'new line';
  if (byte === 32) return 'blank';
  return byte > 32 && byte < 127 ? `“${String.fromCharCode(byte)}”` : `byte ${byte}`;
};

import { drawMaskSvg } from '@longspan/attention-sparse/mask';
import { useComputed, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { NumberField, Select, Slider } from '../../controls/fields.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { ExpressionEditor } from '../../expression/editor.tsx';
import { type Read, readExpression } from '../../expression/read-expression.ts';
import { joined } from '../../picture/joined.ts';
import { textState } from '../../text/loaded-text.ts';
import { TextPicker } from '../../text/text-picker.tsx';
import { besideEachOther } from './beside.ts';
import { Chips } from './chips.tsx';
import { codeOf } from './code.ts';
import { Figures } from './figures.tsx';
import { Pictures } from './pictures.tsx';
import { presets } from './presets.ts';
import { Reach } from './reach.tsx';
import { RegionPictures } from './region-pictures.tsx';
import { lastShown, lengths, pattern, type Show, shows } from './state.ts';
import { patternWork } from './work.ts';
import './pattern.css';

const titles: Readonly<Record<Show, string>> = {
  pattern: 'Pattern',
  beside: 'Two side by side',
  difference: 'Their difference',
  reach: 'How information spreads',
};
/** What is shown with another pattern until one is chosen. */
const firstOther = 'causal()';

/** Designs a pattern of attention and says what it costs. */
export function View() {
  const work = useMemo(patternWork, []);
  useEffect(() => work.close, [work]);
  const { mask: written, other: otherWritten, n, show, heads, headDim, head } = pattern.values.value;
  const read = useMemo(() => readExpression(written), [written]);
  const readOther = useMemo(() => (otherWritten === '' ? undefined : readExpression(otherWritten)), [otherWritten]);
  const last = useRef<Extract<Read, { mask: unknown }>>(readExpression('causal()') as Extract<Read, { mask: unknown }>);
  if ('mask' in read) last.current = read;
  const shown = last.current;
  const { mask } = shown;
  const isOfTwo = show === 'difference' || show === 'beside';
  const other = isOfTwo && readOther !== undefined && 'mask' in readOther ? readOther : undefined;
  useEffect(() => {
    if ('mask' in read) lastShown.value = { mask: written, length: n };
  }, [read, written, n]);

  const words = useSignal<readonly string[]>([]);
  const text = useComputed(() => (textState.value?.at === 'loaded' ? textState.value.loaded : undefined));
  useEffect(() => {
    const loaded = text.value;
    if (loaded === undefined) return;
    const ended = new AbortController();
    work.words(loaded.text, loaded.language, n, ended.signal).then(
      (found) => {
        words.value = found;
      },
      () => undefined,
    );
    return () => ended.abort();
  }, [text.value, n, work, words]);

  const canvases = useRef<readonly HTMLCanvasElement[]>([]);
  const takeCanvases = useCallback((shown: readonly HTMLCanvasElement[]) => {
    canvases.current = shown;
  }, []);

  return (
    <div class="view beside pattern">
      <section class="panel" aria-label="Expression" data-tour="expression">
        <Select
          label="Begin with"
          value={presets.find(({ expression, length }) => expression === written && length === n)?.id ?? 'own'}
          options={[{ value: 'own', title: 'Your own' }, ...presets.map(({ id, title, group }) => ({ value: id, title, group }))]}
          onChange={(id) => {
            const chosen = presets.find((each) => each.id === id);
            if (chosen !== undefined) pattern.set({ mask: chosen.expression, n: chosen.length, x: 0.5, y: 0.5, zoom: 1, head: 0 });
          }}
        />
        <div class="field">
          <span class="field-label">Mask</span>
          <ExpressionEditor
            label="Mask expression"
            value={written}
            read={read}
            onChange={(mask) => pattern.set({ mask }, { step: false })}
          />
        </div>
        {'problem' in read && (
          <p class="field-problem" role="alert">
            {read.problem.message}
          </p>
        )}
        <Chips expression={written} isBroken={'problem' in read} onChange={(mask) => pattern.set({ mask })} />
        <Slider
          label="Length"
          unit="tokens"
          explain={<p>Tokens of the sequence. The picture shows them all; attention is computed over as many when you measure.</p>}
          values={lengths}
          value={n}
          onChange={(value, options) => pattern.set({ n: value }, options)}
        />
        <div class="pair">
          <NumberField
            label="Exactly"
            unit="tokens"
            value={n}
            from={16}
            to={65_536}
            step={16}
            onChange={(value, options) => pattern.set({ n: value }, options)}
          />
          {mask.heads === 1 ? (
            <NumberField
              label="Heads"
              value={heads}
              from={1}
              to={256}
              onChange={(value, options) => pattern.set({ heads: value }, options)}
            />
          ) : (
            <NumberField
              label="Head shown"
              unit={`of ${mask.heads}`}
              value={Math.min(head, mask.heads - 1)}
              from={0}
              to={mask.heads - 1}
              onChange={(value, options) => pattern.set({ head: value }, options)}
            />
          )}
          <NumberField
            label="Size of a head"
            value={headDim}
            from={1}
            to={512}
            onChange={(value, options) => pattern.set({ headDim: value }, options)}
          />
        </div>
      </section>
      <div class="stack results">
        <Refused reasons={pattern.refused.value} />
        <Figures mask={mask} written={shown === read ? written : mask.name} length={n} heads={heads} headDim={headDim} work={work} />
        <section class="panel" aria-label="Picture">
          <fieldset class="choices" aria-label="What the picture shows">
            {shows.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === show}
                onClick={() =>
                  pattern.set({
                    show: each,
                    ...(each !== 'pattern' && each !== 'reach' && otherWritten === '' ? { other: firstOther } : {}),
                  })
                }
              >
                {titles[each]}
              </button>
            ))}
          </fieldset>
          {isOfTwo && (
            <div class="field">
              <Select
                label="The other pattern"
                value={presets.find(({ expression }) => expression === otherWritten)?.id ?? 'own'}
                options={[{ value: 'own', title: 'Your own' }, ...presets.map(({ id, title, group }) => ({ value: id, title, group }))]}
                onChange={(id) => {
                  const chosen = presets.find((each) => each.id === id);
                  if (chosen !== undefined) pattern.set({ other: chosen.expression });
                }}
              />
              <ExpressionEditor
                label="The other mask"
                value={otherWritten}
                read={readOther ?? read}
                onChange={(value) => pattern.set({ other: value }, { step: false })}
              />
              {readOther !== undefined && 'problem' in readOther && (
                <p class="field-problem" role="alert">
                  {readOther.problem.message}
                </p>
              )}
              {show === 'difference' && (
                <p class="legend">
                  <span class="key first">the first alone</span> <span class="key second">the other alone</span>{' '}
                  <span class="key both">both</span>
                </p>
              )}
            </div>
          )}
          {show === 'reach' ? (
            <Reach mask={mask} length={n} work={work} onCanvases={takeCanvases} />
          ) : (
            <Pictures
              first={{ mask, parts: shown.parts, expression: 'problem' in read ? mask.name : written }}
              other={other}
              length={n}
              words={words.value}
              work={work}
              onCanvases={takeCanvases}
            />
          )}
        </section>
        <RegionPictures mask={mask} length={n} head={head} />
        <TakeAway
          name="attention-pattern"
          code={() => codeOf(written, n, heads, headDim)}
          json={() => ({ mask: mask.toJSON(), ...(other === undefined ? {} : { other: other.mask.toJSON() }), length: n, heads, headDim })}
          canvas={() => besideEachOther(canvases.current)}
          svg={() =>
            joined(
              [mask, ...(other === undefined ? [] : [other.mask])].map((each) =>
                drawMaskSvg(each.select({ head: Math.min(head, each.heads - 1), batch: 0 }), n),
              ),
              'beside',
            )
          }
        />
      </div>
      <section class="panel axes" aria-label="Words along the axes">
        <TextPicker />
      </section>
    </div>
  );
}

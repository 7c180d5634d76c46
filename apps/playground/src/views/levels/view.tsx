import { proxy } from 'comlink';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { canvasOf, standAlone } from '../../chart/picture.ts';
import { site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { type Job, job } from '../../compute/job.ts';
import { newest } from '../../compute/newest.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { Later } from '../../controls/later.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { count, milliseconds } from '../../controls/wording.ts';
import { type LoadedText, textState } from '../../text/loaded-text.ts';
import { TextPicker } from '../../text/text-picker.tsx';
import { codeOf } from './code.ts';
import { type LevelName, levelNames } from './level-names.ts';
import { factorsOf, Model, modelRows } from './model.tsx';
import { countOf, sameAt, type Unit, unitOf } from './places.ts';
import { hierarchyOf, reachOf } from './reach.ts';
import type { Cut } from './segmenting.ts';
import { type Found, SimilarList } from './similar-list.tsx';
import { levels } from './state.ts';
import { marksOf, TextView } from './text-view.tsx';
import './levels.css';

/** A text that was cut. */
interface Known {
  readonly of: LoadedText;
  /** Which one of this visit: what the worker knows it by. */
  readonly number: number;
  readonly cut: Cut;
}

const mostSimilar = 6;
let texts = 0;

/** A text by its levels, what is like what in it, and what models do with levels. */
export function View() {
  const loaded = textState.value?.at === 'loaded' ? textState.value.loaded : undefined;
  const worker = useMemo(() => connection('levels'), []);
  useEffect(() => worker.close, [worker]);
  const cutting = useMemo(() => job<Known>(), []);
  const finding = useMemo(() => job<Found>(), []);
  const cutIt = (): void => {
    if (loaded === undefined) return;
    finding.cancel();
    void cutting.start(async (signal, say) => {
      const { length } = loaded.text;
      const label = `Cutting ${count(length)} characters`;
      say({ label, share: 0 });
      const tell = proxy((characters: number) => say({ label, share: characters / length }));
      texts += 1;
      const number = texts;
      return { of: loaded, number, cut: await worker.run((api) => api.take(number, loaded.text, loaded.language, tell), signal) };
    });
  };
  useEffect(cutIt, [loaded]);
  // One after the other: a worker that was ended for the next question would have to take the text again.
  const ask = useMemo(
    () =>
      newest(
        ({ known, level, unit }: { readonly known: Known; readonly level: LevelName; readonly unit: number }) =>
          finding.start(async (signal, say) => {
            say({ label: `Looking for what is like ${level} ${(unit + 1).toLocaleString('en')}` });
            const similar = await worker.run(async (api) => {
              const { of, number } = known;
              if ((await api.holds()) !== number) await api.take(number, of.text, of.language);
              return api.similar(site, level, unit, mostSimilar);
            }, signal);
            return { number: known.number, level, unit, similar };
          }),
        { done: () => undefined, failed: () => undefined },
      ),
    [finding, worker],
  );
  const state = cutting.state.value;
  const known = state.at === 'done' && state.result.of === loaded ? state.result : undefined;
  return (
    <div class="view beside levels">
      <div class="stack">
        <section class="panel" aria-label="Text">
          <TextPicker />
        </section>
        {known !== undefined && <Counts cut={known.cut} />}
      </div>
      <div class="stack">
        <Refused reasons={levels.refused.value} />
        {known !== undefined ? (
          <Shown known={known} finding={finding} ask={(level, unit) => ask({ known, level, unit })} />
        ) : (
          <section class="panel" aria-label="The text by its levels">
            {textState.value?.at === 'failed' ? (
              <p class="hint">There is no text to show. Choose another one.</p>
            ) : (
              <JobStatus job={cutting} idle="The text is loading …" again={cutIt} />
            )}
          </section>
        )}
      </div>
    </div>
  );
}

/** How many units there are of each level, which are coloured, and which one a click takes. */
function Counts({ cut }: { readonly cut: Cut }) {
  const { shown, level, unit } = levels.values.value;
  return (
    <section class="panel counts" aria-label="Levels of the text">
      <h2>
        Levels{' '}
        <Explain label="How a text is cut">
          <p>
            <code>segmentText</code> of the package: words and sentences are those of the browser’s Intl.Segmenter in the language of the
            text; paragraphs end at blank lines and around headings; a section begins with a heading. A punctuation mark is a word of its
            own, and white space belongs to the unit before it, so that every level covers the text exactly.
          </p>
          <Source title="Unicode Standard Annex 29" href="https://www.unicode.org/reports/tr29/" />
        </Explain>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col" class="number">
              Units
            </th>
            <th scope="col">Coloured</th>
            <th scope="col">Click takes</th>
          </tr>
        </thead>
        <tbody>
          {[...levelNames].reverse().map((each) => (
            <tr key={each}>
              <th scope="row">
                <span class={`level-key of-${each}`}>{each}s</span>
              </th>
              <td class="number">{countOf(cut, each).toLocaleString('en')}</td>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Colour ${each}s`}
                  checked={shown.includes(each)}
                  onChange={() => levels.set({ shown: shown.includes(each) ? shown.filter((other) => other !== each) : [...shown, each] })}
                />
              </td>
              <td>
                <input
                  type="radio"
                  name="level"
                  aria-label={`A click takes a ${each}`}
                  checked={each === level}
                  onChange={() => levels.set({ level: each, unit: sameAt(cut, unitOf(cut, level, unit), each).unit })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="figures">
        <Figure name="Words a sentence" value={mean(cut, 'word', 'sentence')} note="mean" />
        <Figure name="Sentences a paragraph" value={mean(cut, 'sentence', 'paragraph')} note="mean" />
        <Figure name="Paragraphs a section" value={mean(cut, 'paragraph', 'section')} note="mean" />
      </div>
      <p class="hint">Cut in {milliseconds(cut.milliseconds)}, in a worker.</p>
    </section>
  );
}

const mean = (cut: Cut, lower: LevelName, upper: LevelName): string =>
  (countOf(cut, lower) / countOf(cut, upper)).toLocaleString('en', { maximumFractionDigits: 1 });

interface ShownProps {
  readonly known: Known;
  readonly finding: Job<Found>;
  ask(level: LevelName, unit: number): void;
}

const nothing: readonly number[] = [];

function Shown({ known: { of, number, cut }, finding, ask }: ShownProps) {
  const { level, unit, model, first, second, all, window, segment, row, at } = levels.values.value;
  const chosen = useMemo(() => unitOf(cut, level, unit), [cut, level, unit]);
  useEffect(() => ask(chosen.level, chosen.unit), [number, chosen.level, chosen.unit]);
  const state = finding.state.value;
  const found = state.at === 'done' && state.result.number === number ? state.result : undefined;
  const isCurrent = found?.level === chosen.level && found.unit === chosen.unit;
  const similar = useMemo(() => (isCurrent ? (found?.similar.map((each) => each.unit) ?? nothing) : nothing), [isCurrent, found]);
  const marks = useMemo(() => marksOf(cut, chosen, similar), [cut, chosen, similar]);
  // What was chosen by keys, by a link or in the list is brought into sight; what was clicked is there already.
  const wish = useRef({ place: chosen.start, count: 0 });
  if (wish.current.place !== chosen.start) wish.current = { place: chosen.start, count: wish.current.count + 1 };
  const drawing = useRef<SVGSVGElement>(null);
  const svg = (): string => standAlone(drawing.current === null ? [] : [drawing.current]);
  return (
    <>
      <div class="text-and-list">
        <section class="panel" aria-label="Text by its levels">
          <TextView text={of.text} language={of.language} cut={cut} chosen={chosen} marks={marks} wish={wish.current} />
          <p class="hint">
            Click a {level} to look at it; with the text in focus, ← and → go on from one to the next, + and − to wider and narrower levels.
          </p>
        </section>
        <SimilarList
          text={of.text}
          language={of.language}
          cut={cut}
          chosen={chosen}
          finding={finding}
          again={() => ask(chosen.level, chosen.unit)}
          go={(to: Unit) => levels.set({ unit: to.unit })}
        />
      </div>
      <Later>
        <Model text={of.text} cut={cut} chosen={chosen} drawing={drawing} />
      </Later>
      <TakeAway
        name="text-levels"
        code={() => codeOf({ level: chosen.level, unit: chosen.unit, language: of.language })}
        json={() => {
          const rows = modelRows(Math.min(cut.word.length - 1, 24));
          const shownRow = Math.min(row, rows.length - 1);
          return {
            counts: Object.fromEntries(levelNames.map((each) => [each, countOf(cut, each)])),
            // Of a book the words alone would be megabytes.
            offsets: Object.fromEntries(levelNames.filter((each) => cut[each].length < 20_000).map((each) => [each, [...cut[each]]])),
            chosen,
            similar: isCurrent ? found?.similar : undefined,
            model:
              model === 'hat'
                ? { model, segment }
                : { model, hierarchy: hierarchyOf(factorsOf(first, second)), ...(all ? {} : { window: { left: window } }) },
            position: {
              row: rows[shownRow]?.name,
              at,
              sees: [...(reachOf(rows, shownRow, Math.min(at, (rows[shownRow]?.count ?? 1) - 1))[0] ?? [])],
            },
          };
        }}
        svg={svg}
        canvas={() => canvasOf(svg())}
      />
    </>
  );
}

import type { Ref } from 'preact';
import { useMemo } from 'preact/hooks';
import { Explain, Source } from '../../controls/explain.tsx';
import { NumberField, Slider, Toggle } from '../../controls/fields.tsx';
import { Figure } from '../../controls/figure.tsx';
import { shortened } from '../../text/shortened.ts';
import { unitAt } from '../../text/unit-at.ts';
import { Diagram, runs } from './diagram.tsx';
import type { Unit } from './places.ts';
import { hatRows, hierarchyOf, hourglassRows, type Row, reachOf } from './reach.ts';
import type { Cut } from './segmenting.ts';
import { drawnTokens, levels } from './state.ts';

interface ModelProps {
  readonly text: string;
  readonly cut: Cut;
  readonly chosen: Unit;
  readonly drawing: Ref<SVGSVGElement>;
}

const titles = { hourglass: 'Hourglass', hat: 'HAT' } as const;

/** The words that a drawing begins with: as many as it has tokens, from the chosen unit on, or the last of the text. */
function drawnWords(text: string, cut: Cut, { start }: Unit): readonly string[] {
  const all = cut.word.length - 1;
  const first = Math.max(0, Math.min(unitAt(cut.word, start), all - drawnTokens));
  return Array.from({ length: Math.min(drawnTokens, all) }, (_, at) =>
    shortened(text, { start: cut.word[first + at] as number, end: cut.word[first + at + 1] as number }, 24),
  );
}

export function modelRows(tokens: number): readonly Row[] {
  const { model, first, second, all, window, segment } = levels.values.value;
  if (model === 'hat') return hatRows({ tokens, segment });
  return hourglassRows({ tokens, factors: factorsOf(first, second), left: all ? undefined : window });
}

export const factorsOf = (first: number, second: number): readonly number[] => (second === 1 ? [first] : [first, second]);

/** What a model does with the words of the chosen unit: its levels, what each attends to, and which inputs each position sees. */
export function Model({ text, cut, chosen, drawing }: ModelProps) {
  const { model, first, second, all, window, segment, row: wantedRow, at: wantedAt } = levels.values.value;
  const words = useMemo(() => drawnWords(text, cut, chosen), [text, cut, chosen.start]);
  const rows = useMemo(() => modelRows(words.length), [words.length, model, first, second, all, window, segment]);
  const row = Math.min(wantedRow, rows.length - 1);
  const own = rows[row] as Row;
  const at = Math.min(wantedAt, own.count - 1);
  const seen = [...(reachOf(rows, row, at)[0] ?? [])];
  const attended = own.attends(at);
  const factors = factorsOf(first, second);
  const inner = Math.max(...rows.map(({ total }) => total));
  return (
    <section class="panel model" aria-label="What models do with levels">
      <h2>
        What models do with levels{' '}
        <Explain label={model === 'hourglass' ? 'The Hourglass' : 'The hierarchical attention transformer'}>
          {model === 'hourglass' ? (
            <>
              <p>
                Most layers of an Hourglass work on shorter sequences: groups of vectors are pooled into one, layer after layer runs on
                these, and attention spreads them over the tokens again, which are carried past them by a residual sum.
              </p>
              <p>
                It predicts the next token, so nothing may come from later ones: each level shifts by its factor less 1 before it pools. A
                group then ends no later than the first position that reads it, which is why a vector of a level lags behind.
              </p>
              <Source
                title="Hierarchical transformers are more efficient language models, Nawrot et al. 2021"
                href="https://arxiv.org/abs/2110.13711"
              />
            </>
          ) : (
            <>
              <p>
                HAT cuts a text into segments. One kind of encoder attends within each segment, another one across the first tokens of all
                segments, which hand on to their own segment in the next layer: so every token can learn of every other one, while no
                attention is over all pairs. Drawn is the schedule “early”: both kinds in the first layer, then one within segments.
              </p>
              <Source
                title="An exploration of hierarchical attention transformers, Chalkidis et al. 2022"
                href="https://arxiv.org/abs/2210.05529"
              />
            </>
          )}
        </Explain>
      </h2>
      <p class="hint">
        Hourglass: <Source title="Nawrot et al. 2021" href="https://arxiv.org/abs/2110.13711" />; HAT:{' '}
        <Source title="Chalkidis et al. 2022" href="https://arxiv.org/abs/2210.05529" />
      </p>
      <div class="row model-controls">
        <fieldset class="choices" aria-label="Model">
          {(['hourglass', 'hat'] as const).map((each) => (
            <button key={each} type="button" aria-pressed={each === model} onClick={() => levels.set({ model: each, row: 9 })}>
              {titles[each]}
            </button>
          ))}
        </fieldset>
        {model === 'hourglass' ? (
          <>
            <Slider
              label="First shortening"
              unit="tokens to one"
              values={[2, 3, 4, 5, 6, 7, 8]}
              value={first}
              onChange={(value, options) => levels.set({ first: value }, options)}
            />
            <Slider
              label="Second shortening"
              unit="vectors to one"
              explain={<p>1 is none: then there is one shorter level.</p>}
              values={[1, 2, 3, 4]}
              value={second}
              onChange={(value, options) => levels.set({ second: value }, options)}
            />
            <Toggle
              label="Attends to all before"
              explain={
                <p>As in the paper. A window, which the package has besides, keeps the cost of a long text in proportion to its length.</p>
              }
              value={all}
              onChange={(value) => levels.set({ all: value })}
            />
            {!all && (
              <NumberField
                label="Window"
                unit="vectors before its own"
                value={window}
                from={0}
                to={12}
                onChange={(value, options) => levels.set({ window: value }, options)}
              />
            )}
          </>
        ) : (
          <Slider
            label="Segment"
            unit="tokens"
            values={[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}
            value={segment}
            onChange={(value, options) => levels.set({ segment: value }, options)}
          />
        )}
      </div>
      <div class="diagram-place">
        <Diagram rows={rows} words={words} row={row} at={at} drawing={drawing} />
      </div>
      <p class="told" role="status">
        <strong>
          {own.name}, position {at}
        </strong>{' '}
        {row === 0 ? (
          <>is the word “{words[at]}”.</>
        ) : (
          <>
            attends to {attended.length === 0 ? 'none of its row' : `${runs(attended)} of its row`} and sees {seen.length} of {words.length}{' '}
            inputs: {runs(seen)}
            {seen.length > 0 && ` (“${words[Math.min(...seen)]}” to “${words[Math.max(...seen)]}”)`}.
          </>
        )}{' '}
        <span class="hint">The words are those from the chosen {chosen.level} on. Click a position, or move by the arrow keys.</span>
      </p>
      <div class="figures">
        {model === 'hourglass' ? (
          <>
            <Figure
              name="Innermost level"
              value={`${inner} tokens a vector`}
              note={`${Math.ceil(words.length / inner)} of ${words.length} vectors`}
            />
            <Figure name="A layer there costs" value={`1/${inner}`} note={`of one over tokens; attention to all, 1/${inner * inner}`} />
            <Figure name="As code" value={hierarchyOf(factors)} note="hierarchy of hourglass({ … })" />
          </>
        ) : (
          <>
            <Figure name="Pairs in segments" value={`${pairsIn(words.length, segment)}`} note={`of ${words.length ** 2} pairs`} />
            <Figure
              name="Pairs across"
              value={`${Math.ceil(words.length / segment) ** 2}`}
              note={`${Math.ceil(words.length / segment)} first tokens`}
            />
          </>
        )}
      </div>
    </section>
  );
}

function pairsIn(tokens: number, segment: number): number {
  const whole = Math.floor(tokens / segment);
  return whole * segment ** 2 + (tokens - whole * segment) ** 2;
}

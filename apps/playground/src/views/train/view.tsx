import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { svgText } from '../../chart/chart.tsx';
import { Explain, Source } from '../../controls/explain.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { textState } from '../../text/loaded-text.ts';
import { AttentionPanel } from './attention-panel.tsx';
import { codeOf } from './code.ts';
import { Controls } from './controls.tsx';
import { Curves } from './curves.tsx';
import { Example } from './example.tsx';
import type { Lane } from './lane.ts';
import { mechanisms } from './mechanisms.ts';
import { RunPanel } from './run-panel.tsx';
import { begun, makeRuns, type Runs } from './runs.ts';
import type { Settings } from './settings.ts';
import { settingsOf, training } from './state.ts';
import { sizesOf, subjects } from './subjects.ts';
import { byteWords, textOf } from './words.ts';
import './train.css';

/** Trains a small model, here, and shows what it learns. */
export function View() {
  const runs = useMemo(makeRuns, []);
  useEffect(() => runs.close, [runs]);
  const state = training.values.value;
  const wanted = settingsOf(state);
  const key = JSON.stringify(wanted);
  useEffect(() => void runs.preview(wanted), [runs, key]);

  const lanes = begun(runs.lanes);
  const shown = lanes.length === 0 ? wanted : lanes.map(({ settings }) => settings as Settings);
  const isStale = lanes.length > 0 && JSON.stringify(shown) !== key;
  const previewed = runs.previewed.value;
  const previews = previewed !== undefined && 'previews' in previewed ? previewed.previews : [];
  const problem = previewed !== undefined && 'problem' in previewed ? previewed.problem : undefined;
  const [first] = shown as readonly [Settings, ...Settings[]];
  const names = shown.map(({ mechanism }) => mechanisms[mechanism].title);
  const isLoading = state.subject === 'text' && textState.value?.at !== 'loaded';

  const losses = useRef<SVGSVGElement | undefined>(undefined);
  const takeLosses = useCallback((svg: SVGSVGElement) => {
    losses.current = svg;
  }, []);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const takeCanvas = useCallback((element: HTMLCanvasElement | null) => {
    canvas.current = element;
  }, []);
  const chance = first.subject === 'text' || isStale ? undefined : previews[0]?.chance;

  return (
    <div class="view beside train">
      <Controls />
      <div class="stack results">
        <Refused reasons={training.refused.value} />
        <RunPanel
          runs={runs}
          names={names}
          previews={previews}
          problem={problem}
          waits={isLoading ? 'The text is not loaded yet.' : undefined}
          isStale={isStale}
        />
        <Subject settings={first} lanes={lanes} names={names} runs={runs} />
        <section class="panel" aria-label="Curves">
          <h2>
            How it goes{' '}
            <Explain label="What the curves show">
              {first.subject === 'text' ? (
                <>
                  <p>
                    Left, the loss of what each step is trained on: the mean of −log₂ p(the next byte), in bits. Right, the same over text
                    that is not trained on, divided by its characters. A model that knows nothing needs 8 bits for a byte.
                  </p>
                  <Source title="Bits per character, Graves 2013" href="https://arxiv.org/abs/1308.0850" />
                </>
              ) : (
                <p>
                  Left, the loss of what each step is trained on: the mean of −ln p(right answer), in nats. Right, how many answers are
                  right in 64 examples that are not trained on, and the dashed line what is reached without reading them, by the likeliest
                  answer at each place.
                </p>
              )}
            </Explain>
          </h2>
          <Curves lanes={lanes} names={names} isText={first.subject === 'text'} chance={chance} steps={first.steps} drawn={takeLosses} />
        </section>
        {lanes.length > 0 && <AttentionPanel lanes={lanes} names={names} words={wordsOf(first, lanes, runs)} onCanvas={takeCanvas} />}
        <Weights runs={runs} />
        <TakeAway
          name="training"
          code={() => codeOf(shown as readonly [Settings, ...Settings[]])}
          json={() => shown.map((settings, at) => ({ settings, losses: lanes[at]?.losses ?? [], judged: lanes[at]?.judged ?? [] }))}
          canvas={() => canvas.current ?? undefined}
          svg={() => (losses.current === undefined ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : svgText(losses.current))}
        />
      </div>
    </div>
  );
}

interface SubjectProps {
  readonly settings: Settings;
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
  readonly runs: Runs;
}

/** The example that the wanted task has, where the runs are of that task. */
function exampleOf({ subject, sizes, seed }: Settings, runs: Runs) {
  const previewed = runs.previewed.value;
  if (subject === 'text' || previewed === undefined || !('previews' in previewed)) return undefined;
  const [of] = JSON.parse(previewed.of) as readonly Settings[];
  const isSame = of?.subject === subject && of.seed === seed && JSON.stringify(of.sizes) === JSON.stringify(sizes);
  return isSame ? previewed.previews[0]?.example : undefined;
}

function Subject({ settings, lanes, names, runs }: SubjectProps) {
  const { subject, sizes } = settings;
  if (subject === 'text') return <Continuation lanes={lanes} names={names} />;
  const example = exampleOf(settings, runs);
  const { title, say } = subjects[subject];
  const own = sizesOf(subject, sizes);
  return (
    <section class="panel" aria-label="An example">
      <h2>
        {title}: one example{' '}
        <Explain label="The example">
          <p>
            It is drawn from another key than those that are trained on, so the model has never seen it. Where it is asked, below stands
            what it should answer, and what it does.
          </p>
        </Explain>
      </h2>
      {example === undefined ? (
        <p class="waiting">The example comes at once where the settings fit the run.</p>
      ) : (
        <Example {...example} say={(token) => say(token, own)} lanes={lanes} names={names} />
      )}
    </section>
  );
}

/** How much of a loaded text is shown before anything is trained, characters. */
const shownCharacters = 600;

/** How the models go on with the text, where it is not trained on. */
function Continuation({ lanes, names }: Pick<SubjectProps, 'lanes' | 'names'>) {
  const loaded = textState.value?.at === 'loaded' ? textState.value.loaded : undefined;
  const written = lanes.flatMap(({ shown, written: own }, at) =>
    own === undefined || shown === undefined ? [] : [{ name: names[at] as string, prompt: textOf(shown), ...own }],
  );
  return (
    <section class="panel" aria-label="The text goes on">
      <h2>
        {written.length === 0 ? 'What is read' : 'How it goes on'}{' '}
        <Explain label="How the text goes on">
          <p>
            The last twentieth of the text is not trained on. Its first bytes are given to the model, which goes on byte by byte, each drawn
            from what it holds likely (at a temperature of 0.7).
          </p>
        </Explain>
      </h2>
      {written.length === 0 ? (
        <p class="read-text">{loaded === undefined ? 'No text yet.' : `${loaded.text.slice(0, shownCharacters)}…`}</p>
      ) : (
        written.map(({ name, step, prompt, text }, at) => (
          <div key={name} class="stack">
            <p class="hint">
              {written.length > 1 ? <span class={`key run-${at + 1}`}>{name}</span> : null} after step {step.toLocaleString('en')}
            </p>
            <p class="read-text">
              <span class="prompt">{prompt}</span>
              {text}
            </p>
          </div>
        ))
      )}
    </section>
  );
}

/** The tokens of the looked-at example, as people read them. */
function wordsOf(settings: Settings, lanes: readonly Lane[], runs: Runs): readonly string[] {
  const { subject, sizes } = settings;
  if (subject === 'text') return byteWords(lanes[0]?.shown ?? []);
  const tokens = lanes[0]?.shown ?? exampleOf(settings, runs)?.tokens ?? [];
  const own = sizesOf(subject, sizes);
  return Array.from(tokens, (token) => subjects[subject].say(token, own));
}

function Weights({ runs }: { readonly runs: Runs }) {
  const file = useRef<HTMLInputElement>(null);
  return (
    <section class="panel" aria-label="Weights">
      <div class="row">
        <button type="button" onClick={() => file.current?.click()}>
          Open weights
        </button>
        <input
          ref={file}
          type="file"
          accept=".safetensors"
          hidden
          aria-label="A file of weights"
          onChange={({ currentTarget }) => {
            const opened = currentTarget.files?.[0];
            currentTarget.value = '';
            if (opened !== undefined) void runs.openWeights(opened);
          }}
        />
        <span class="hint">
          A safetensors file that was saved here, or one of a model of the settings. A run begins with them.{' '}
          <a href="https://huggingface.co/docs/safetensors" target="_blank" rel="noreferrer">
            The format
          </a>
        </span>
      </div>
      {runs.fileProblem.value !== undefined && (
        <div class="problem" role="alert">
          <pre>{runs.fileProblem.value}</pre>
        </div>
      )}
    </section>
  );
}

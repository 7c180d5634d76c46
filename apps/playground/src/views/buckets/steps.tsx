import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { buckets, type Stage, stages } from './state.ts';

interface Step {
  readonly title: string;
  readonly formula: string;
  readonly text: ComponentChildren;
}

type Values = (typeof buckets)['values']['value'];

/** What happens at each step, in words and as a formula. */
const steps: Readonly<Record<Stage, (values: Values) => Step>> = {
  vectors: ({ n, causal }) => ({
    title: 'Vectors',
    formula: 'weight(q → k) ∝ exp(q · k / |k|)',
    text: `Each of the ${n} tokens has one vector: its query, and at length 1 its key. Those that point the same way get the most attention${
      causal === 'past' ? ', among earlier ones' : ''
    }. To look at all pairs costs n². Turn a vector, and see below what it changes.`,
  }),
  rotations: ({ buckets: count }) => ({
    title: 'Rotations',
    formula: `R = [r₀ … r${subscript(count / 2 - 1)}],  each number of it normally distributed`,
    text: `${count / 2} random directions are drawn, for all tokens the same ones. Both ends of a direction count, so there are ${count} of them.`,
  }),
  buckets: () => ({
    title: 'Buckets',
    formula: 'bucket(x) = arg max [xR ; −xR]',
    text: 'A vector belongs to the end that it goes farthest towards. Near vectors mostly share a bucket; those on two sides of a border do not, however near they are.',
  }),
  sort: () => ({
    title: 'Sort',
    formula: 'order by (bucket, position)',
    text: 'Tokens are sorted by bucket, and within a bucket by position. Equal buckets now lie side by side, which costs n log n.',
  }),
  chunks: ({ chunk, n }) => ({
    title: 'Chunks',
    formula: `${n} / ${chunk} = ${n / chunk} chunks`,
    text: `Buckets have all sizes, and processors like equal ones: the sorted line is cut into chunks of ${chunk}. A chunk may hold the end of one bucket and the beginning of the next, and a large bucket falls into several.`,
  }),
  meet: ({ rounds, round }) => ({
    title: 'Who meets whom',
    formula: 'chunk c attends to chunks c and c − 1',
    text: `A token attends to its own chunk and to the one before it, so that a bucket that was cut still meets. ${
      rounds > 1
        ? `Chunks lie in a circle through all rounds: before the first chunk of round ${round} comes the last one of round ${round === 1 ? rounds : round - 1}.`
        : 'Before the first chunk comes the last one.'
    }`,
  }),
  rounds: ({ rounds }) => ({
    title: 'Rounds',
    formula: 'out = Σᵣ exp(lseᵣ − lse) · outᵣ',
    text: `What one round misses another one may find: with other rotations the borders lie elsewhere. The ${
      rounds === 1 ? 'one round is' : `${rounds} rounds are`
    } joined by their log-sum-exps, the logarithms of what each one's softmax divides by.`,
  }),
};

const subscript = (number: number): string => [...String(number)].map((digit) => String.fromCodePoint(0x2080 + Number(digit))).join('');

const go = (by: number): void => {
  const { stage } = buckets.values.peek();
  const next = stages[stages.indexOf(stage) + by];
  if (next !== undefined) buckets.set({ stage: next });
};

/** Which step is shown, and the way to the next one and back. */
export function Stepper() {
  const { stage } = buckets.values.value;
  const at = stages.indexOf(stage);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, select, textarea, [contenteditable="true"]');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'n') go(1);
      if (event.key === 'b') go(-1);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return (
    <div class="stepper">
      <button type="button" onClick={() => go(-1)} disabled={at === 0} aria-keyshortcuts="b">
        ← Back
      </button>
      <ol>
        {stages.map((each, index) => (
          <li key={each}>
            <button
              type="button"
              class={index < at ? 'done' : ''}
              aria-current={each === stage ? 'step' : undefined}
              onClick={() => buckets.set({ stage: each })}
            >
              <span class="step-number">{index + 1}</span> <span class="step-title">{steps[each](buckets.values.value).title}</span>
            </button>
          </li>
        ))}
      </ol>
      <button type="button" class="strong" onClick={() => go(1)} disabled={at === stages.length - 1} aria-keyshortcuts="n">
        Next →
      </button>
    </div>
  );
}

export function StepText() {
  const values = buckets.values.value;
  const { title, formula, text } = steps[values.stage](values);
  return (
    <div class="step-text" role="status">
      <h2>{title}</h2>
      <p>{text}</p>
      <p class="formula">
        <code>{formula}</code>
      </p>
    </div>
  );
}

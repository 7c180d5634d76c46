import { Source } from '../../controls/explain.tsx';
import { NumberField, Select } from '../../controls/fields.tsx';
import { TextPicker } from '../../text/text-picker.tsx';
import { mechanismIds, mechanisms } from './mechanisms.ts';
import { bounds, headCounts, rates, widths } from './settings.ts';
import { boundedSizes, type compared, training } from './state.ts';
import { type SubjectId, subjects, taskIds } from './subjects.ts';

/** Rates and steps that suit a text: its many tokens are learnt more slowly than a task's few. */
const textSteps = { steps: 600, batch: 8, rate: 0.008 } as const;

/** All that a run follows from. */
export function Controls() {
  const state = training.values.value;
  const { subject } = state;
  return (
    <div class="stack">
      <section class="panel" aria-label="What is learnt">
        <Select<SubjectId>
          label="Learns"
          value={subject}
          options={[
            ...taskIds.map((id) => ({ value: id, title: subjects[id].title, group: 'Tasks that check themselves' })),
            { value: 'text' as const, title: 'The bytes of a text', group: 'Texts' },
          ]}
          explain={
            <p>
              Examples of a task are made up, so there are always new ones, and plain code knows the right answers. Of a text, the model
              learns to name the next byte.
            </p>
          }
          onChange={(next) => {
            const own = next === 'text' ? textSteps : { steps: subjects[next].steps, batch: 32, rate: 0.006 };
            training.set({ subject: next, sizes: [], ...own });
          }}
        />
        {subject === 'text' ? (
          <>
            <TextPicker first="moby-dick" />
            <NumberField
              label="Context"
              unit="bytes"
              explain={<p>Bytes of a row: as far back as a model without a memory can see.</p>}
              value={state.context}
              {...bounds.context}
              step={8}
              onChange={(context, options) => training.set({ context }, options)}
            />
          </>
        ) : (
          <TaskSizes subject={subject} />
        )}
      </section>
      <section class="panel" aria-label="Model">
        <MechanismFields />
        <div class="pair">
          <Select
            label="Width"
            value={`${state.width}`}
            options={widths.map((each) => ({ value: `${each}`, title: `${each} features` }))}
            explain={<p>Features of a token between the layers. Weights and time grow with its square.</p>}
            onChange={(width) => training.set({ width: Number(width) as (typeof widths)[number] })}
          />
          <Select
            label="Heads"
            value={`${state.heads}`}
            options={headCounts.map((each) => ({ value: `${each}`, title: `${each}` }))}
            explain={<p>Each attends by itself, with width / heads features.</p>}
            onChange={(heads) => training.set({ heads: Number(heads) as (typeof headCounts)[number] })}
          />
          <NumberField
            label="Layers"
            explain={<p>Attention and a feed-forward layer each, one after the other. An Hourglass has so many on its upper level.</p>}
            value={state.layers}
            {...bounds.layers}
            onChange={(layers, options) => training.set({ layers }, options)}
          />
          <NumberField
            label="Seed"
            explain={<p>First weights, examples and all that is drawn follow from it: the same seed gives the same run, to the bit.</p>}
            value={state.seed}
            {...bounds.seed}
            onChange={(seed, options) => training.set({ seed }, options)}
          />
        </div>
      </section>
      <section class="panel" aria-label="Training">
        <div class="pair">
          <NumberField
            label="Steps"
            explain={<p>A step is one batch forward and backward, and one change of the weights.</p>}
            value={state.steps}
            {...bounds.steps}
            step={20}
            onChange={(steps, options) => training.set({ steps }, options)}
          />
          <NumberField
            label="Batch"
            unit={subject === 'text' ? 'rows' : 'examples'}
            explain={<p>How many are learnt from at a time: more make each step surer, and slower.</p>}
            value={state.batch}
            {...bounds.batch}
            step={4}
            onChange={(batch, options) => training.set({ batch }, options)}
          />
        </div>
        <NumberField
          label="Learning rate"
          explain={
            <>
              <p>
                How far a step goes at the most. It rises for a twentieth of the steps and then falls as a cosine does, to 0. Too large, and
                the loss jumps; too small, and little is learnt. Steps are AdamW's, gradients longer than 1 are shortened.
              </p>
              <Source title="AdamW, Loshchilov 2019" href="https://arxiv.org/abs/1711.05101" />
            </>
          }
          value={state.rate}
          {...rates}
          step={0.001}
          isInteger={false}
          onChange={(rate, options) => training.set({ rate }, options)}
        />
        <Select
          label="Computes on"
          value={state.backend}
          options={[
            { value: 'wasm', title: 'Processor (WebAssembly)' },
            { value: 'webgpu', title: 'Graphics (WebGPU)' },
          ]}
          explain={
            <p>
              So small a model is faster on the processor: a graphics processor waits longer for each of its many small steps than they
              take. Try a width of 256 on it.
            </p>
          }
          onChange={(backend) => training.set({ backend })}
        />
      </section>
    </div>
  );
}

function TaskSizes({ subject }: { readonly subject: Exclude<SubjectId, 'text'> }) {
  const values = boundedSizes(subject, training.values.value.sizes);
  const { what, sizes, source } = subjects[subject];
  return (
    <>
      <p class="hint">
        {what} <Source {...source} />
      </p>
      <div class="pair">
        {sizes.map(({ option, label, unit, from, to }, at) => (
          <NumberField
            key={`${subject} ${option}`}
            label={label}
            unit={unit}
            value={values[at] as number}
            from={from}
            to={to}
            onChange={(value, options) => training.set({ sizes: values.map((each, index) => (index === at ? value : each)) }, options)}
          />
        ))}
      </div>
    </>
  );
}

function MechanismFields() {
  const { mechanism, other, span } = training.values.value;
  const options = mechanismIds.map((id) => ({ value: id, title: mechanisms[id].title }));
  const second = other === 'none' ? undefined : mechanisms[other];
  const spans = [mechanisms[mechanism].span, second?.span].filter((each) => each !== undefined);
  return (
    <>
      <Select label="Attends by" value={mechanism} options={options} onChange={(next) => training.set({ mechanism: next })} />
      <p class="hint">
        {mechanisms[mechanism].what} <Source {...mechanisms[mechanism].source} />
      </p>
      <Select<(typeof compared)[number]>
        label="Beside it"
        value={other}
        options={[{ value: 'none', title: 'Nothing' }, ...options.filter(({ value }) => value !== mechanism)]}
        explain={<p>A second model, from the same seed and on the same examples, in a worker of its own. Both share the processor.</p>}
        onChange={(next) => training.set({ other: next })}
      />
      {second !== undefined && (
        <p class="hint">
          {second.what} <Source {...second.source} />
        </p>
      )}
      {spans.length > 0 && (
        <NumberField
          label="Span"
          unit={[...new Set(spans)].join(' · ')}
          explain={<p>How much a token sees, by the mechanism: a window's tokens, a bucket's, a block's, or how many keys are kept.</p>}
          value={span}
          {...bounds.span}
          onChange={(next, how) => training.set({ span: next }, how)}
        />
      )}
    </>
  );
}

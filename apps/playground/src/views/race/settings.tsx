import { Source } from '../../controls/explain.tsx';
import { NumberField, Select, Slider, Toggle } from '../../controls/fields.tsx';
import type { Read } from '../../expression/read-expression.ts';
import { OwnMask } from './own-mask.tsx';
import { racerIds } from './racer.ts';
import { racers } from './racers.ts';
import { lengths, passes, race, shortest } from './state.ts';

/** How far, on what, and who takes part. */
export function Settings({ read }: { readonly read: Read }) {
  const { who, mask, n, passes: wanted, causal, heads, headDim, seconds, memory } = race.values.value;
  return (
    <>
      <section class="panel" aria-label="Settings">
        <Slider
          label="Up to"
          unit="tokens"
          explain={<p>The race begins at {shortest} tokens and doubles, until here or until time or memory end it.</p>}
          values={lengths}
          value={n}
          onChange={(value, options) => race.set({ n: value }, options)}
        />
        <Select
          label="Timed"
          value={wanted}
          options={[
            { value: passes[0], title: 'Forward' },
            { value: passes[1], title: 'Forward and backward' },
          ]}
          explain={<p>Backward: the gradients of queries, keys and values of the sum of all results, the forward pass with it.</p>}
          onChange={(value) => race.set({ passes: value })}
        />
        <Toggle
          label="Causal"
          value={causal}
          explain={<p>No token attends to a later one. Native Sparse Attention and Transformer-XL are causal always.</p>}
          onChange={(value) => race.set({ causal: value })}
        />
        <div class="pair">
          <NumberField
            label="Time"
            unit="s each"
            value={seconds}
            from={0.1}
            to={600}
            isInteger={false}
            explain={<p>Seconds that each mechanism may compute, all lengths together. Where the next length would not fit, it leaves.</p>}
            onChange={(value, options) => race.set({ seconds: value }, options)}
          />
          <NumberField
            label="Memory"
            unit="MB"
            value={memory}
            from={16}
            to={3584}
            step={64}
            explain={
              <p>
                What one call may hold at its peak, with its inputs. It is measured at each length, and what it will be at the next one is
                reckoned from that.
              </p>
            }
            onChange={(value, options) => race.set({ memory: value }, options)}
          />
          <NumberField label="Heads" value={heads} from={1} to={64} onChange={(value, options) => race.set({ heads: value }, options)} />
          <NumberField
            label="Size of a head"
            value={headDim}
            from={4}
            to={256}
            step={4}
            onChange={(value, options) => race.set({ headDim: value }, options)}
          />
        </div>
      </section>
      <section class="panel" aria-label="Mechanisms">
        {[...new Set(racers.map(({ group }) => group))].map((group) => (
          <fieldset key={group} class="racers">
            <legend>{group}</legend>
            {racers
              .filter((each) => each.group === group)
              .map(({ id, title, says, growth, source }) => (
                <Toggle
                  key={id}
                  label={title}
                  value={who.includes(id)}
                  explain={
                    <>
                      <p>{says}</p>
                      <p>Expected: time in proportion to {growth}.</p>
                      <Source {...source} />
                    </>
                  }
                  onChange={(isIn) => race.set({ who: racerIds.filter((each) => (each === id ? isIn : who.includes(each))) })}
                />
              ))}
          </fieldset>
        ))}
        {who.includes('own') && <OwnMask mask={mask} read={read} />}
      </section>
    </>
  );
}

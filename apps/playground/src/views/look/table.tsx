import { Explain, Source } from '../../controls/explain.tsx';
import { about, type MechanismId } from './mechanisms.ts';
import type { Looked } from './reader-work.ts';
import { look } from './state.ts';
import { ofHead } from './weights.ts';

interface TableProps {
  readonly looked: Looked;
  readonly head: number;
  readonly mechanism: MechanismId | 'dense';
}

/** What each mechanism keeps of the dense attention, and what of it is computed. */
export function MechanismTable({ looked, head, mechanism }: TableProps) {
  const { kept, queries } = looked;
  return (
    <div class="table-place">
      <table class="mechanisms">
        <thead>
          <tr>
            <th scope="col">Marked</th>
            <th scope="col">Mechanism</th>
            <th scope="col" class="number">
              Mass kept, this word
            </th>
            <th scope="col" class="number">
              on average
            </th>
            <th scope="col" class="number">
              Pairs computed
            </th>
          </tr>
        </thead>
        <tbody>
          {kept.map(({ id, atWord, onAverage, pairs, expression }) => {
            const { title, does, source } = about[id];
            return (
              <tr key={id} aria-current={id === mechanism ? 'true' : undefined}>
                <td>
                  <input
                    type="radio"
                    name="mechanism"
                    aria-label={`Mark what ${title} keeps`}
                    checked={id === mechanism}
                    onChange={() => look.set({ mechanism: id })}
                  />
                </td>
                <th scope="row">
                  <span class="mechanism-name">
                    {title}{' '}
                    <Explain label={title}>
                      <p>{does}</p>
                      {expression !== undefined && <pre>{expression.length > 300 ? `${expression.slice(0, 300)}…` : expression}</pre>}
                      <Source title={source.title} href={source.href} />
                    </Explain>
                  </span>
                </th>
                <Share value={ofHead(atWord, head)} />
                <Share value={ofHead(onAverage, head)} />
                <td class="number">{inPercent(pairs)}</td>
              </tr>
            );
          })}
          <tr aria-current={mechanism === 'dense' ? 'true' : undefined}>
            <td>
              <input
                type="radio"
                name="mechanism"
                aria-label="Mark nothing: dense attention"
                checked={mechanism === 'dense'}
                onChange={() => look.set({ mechanism: 'dense' })}
              />
            </td>
            <th scope="row">Dense, causal</th>
            <Share value={1} />
            <Share value={1} />
            <td class="number">{inPercent(1)}</td>
          </tr>
        </tbody>
      </table>
      <p class="hint">
        Averages are over {queries} bytes that lie evenly over what was read. Top-k and LSH are lists: they choose keys by what these hold,
        and top-k has to score every pair to choose.
      </p>
    </div>
  );
}

const inPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const Share = ({ value }: { readonly value: number }) => (
  <td class="number share" style={{ '--share': `${Math.round(value * 100)}%` }}>
    {inPercent(value)}
  </td>
);

import { isDark } from '../../app/theme.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { bytes, milliseconds, times } from '../../controls/wording.ts';
import { growthOf } from './growth.ts';
import { markOf } from './race-chart.ts';
import { racerOf } from './racers.ts';
import type { Standing } from './run-race.ts';

/** The mark that a racer has in the plot. */
const Mark = ({ at }: { readonly at: number }) => {
  const { ink, symbol } = markOf(at, isDark());
  return (
    <svg class="racer-mark" viewBox="-6 -6 12 12" width="12" height="12" aria-hidden="true">
      {symbol === 'circle' ? (
        <circle r="5" fill={ink} />
      ) : symbol === 'square' ? (
        <rect x="-4.5" y="-4.5" width="9" height="9" fill={ink} />
      ) : (
        <path d="M0,-5.5L5.5,4.5L-5.5,4.5Z" fill={ink} />
      )}
    </svg>
  );
};

/** How many times faster than full attention a racer is at the longest length that both have run. */
function against(standing: Standing, full: Standing | undefined): { readonly factor: number; readonly length: number } | undefined {
  if (full === undefined || full.id === standing.id) return undefined;
  for (const { length, value } of standing.points.toReversed()) {
    const other = full.points.find((point) => point.length === length);
    if (other !== undefined) return { factor: other.value / value, length };
  }
  return undefined;
}

const power = (exponent: number): string => exponent.toFixed(2).replace('-', '−');

const tokens = (length: number): string => length.toLocaleString('en');

/** What came of each racer: how its time grows, how far it came, and why no further. */
export function Standings({ standings, isRunning }: { readonly standings: readonly Standing[]; readonly isRunning: boolean }) {
  const full = standings.find(({ id }) => id === 'full');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scrolled" aria-label="Standings, to be scrolled" tabIndex={0}>
      <table class="standings">
        <caption>Standings</caption>
        <thead>
          <tr>
            <th scope="col">Mechanism</th>
            <th scope="col">Time grows as</th>
            <th scope="col" class="number">
              Longest
            </th>
            <th scope="col" class="number">
              One call
            </th>
            <th scope="col" class="number">
              Held at the peak
            </th>
            <th scope="col" class="number">
              Faster than full attention
            </th>
          </tr>
        </thead>
        <tbody>
          {standings.map((standing, at) => {
            const { id, points, left, kernel } = standing;
            const { title, says, growth: expected, source } = racerOf(id);
            const growth = growthOf(points);
            const last = points.at(-1);
            const compared = against(standing, full);
            return (
              <tr key={id} data-racer={id}>
                <th scope="row">
                  <span class="racer-name">
                    <Mark at={at} /> {title}{' '}
                    <Explain label={title}>
                      <p>{says}</p>
                      <p>Expected: time in proportion to {expected}.</p>
                      {kernel !== undefined && <p>Kernel: {kernel}</p>}
                      <Source {...source} />
                    </Explain>
                  </span>
                  {left !== undefined && (
                    <span class={`racer-left ${left.because}`}>
                      Not at {tokens(left.length)}: {left.says}
                    </span>
                  )}
                </th>
                <td class="grows">
                  {growth === undefined ? (
                    <span class="hint">{isRunning && left === undefined ? '…' : 'too few points'}</span>
                  ) : (
                    <>
                      <span>
                        n<sup>{power(growth.exponent)}</sup>
                      </span>{' '}
                      <span class="hint">
                        {power(growth.low)} to {power(growth.high)}
                      </span>
                    </>
                  )}
                </td>
                <td class="number">{last === undefined ? '–' : tokens(last.length)}</td>
                <td class="number">{last === undefined ? '–' : milliseconds(last.value)}</td>
                <td class="number">{last === undefined ? '–' : bytes(last.bytes)}</td>
                <td class="number">
                  {compared === undefined ? (
                    '–'
                  ) : (
                    <>
                      {times(compared.factor)} <span class="hint">at {tokens(compared.length)}</span>
                    </>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** All that was measured: ms for each length and mechanism, and how many times faster than full attention. */
export function AllTimes({ standings, isRunning }: { readonly standings: readonly Standing[]; readonly isRunning: boolean }) {
  const lengths = [...new Set(standings.flatMap(({ points }) => points.map(({ length }) => length)))].toSorted((one, other) => one - other);
  const full = standings.find(({ id }) => id === 'full');
  if (lengths.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scrolled" aria-label="All times, to be scrolled" tabIndex={0}>
      <table class="times">
        <caption>Milliseconds of one call, and how many times faster than full attention at the same length</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              n
            </th>
            {standings.map(({ id }, at) => (
              <th key={id} scope="col" class="number">
                <Mark at={at} /> {racerOf(id).title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lengths.map((length) => {
            const dense = full?.points.find((point) => point.length === length);
            return (
              <tr key={length}>
                <th scope="row" class="number">
                  {tokens(length)}
                </th>
                {standings.map(({ id, points, left }) => {
                  const point = points.find((each) => each.length === length);
                  return (
                    <td key={id} class="number">
                      {point === undefined ? (
                        <span class="hint">
                          {left === undefined
                            ? isRunning
                              ? '…'
                              : '–'
                            : { time: 'time', memory: 'memory', failed: 'failed' }[left.because]}
                        </span>
                      ) : (
                        <>
                          {milliseconds(point.value)}
                          {dense !== undefined && id !== 'full' && <span class="hint"> {times(dense.value / point.value)}</span>}
                        </>
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Which kernel each mechanism ran on, and why. */
export const Kernels = ({ standings }: { readonly standings: readonly Standing[] }) => (
  <dl class="kernels">
    {standings.map(({ id, kernel }) => (
      <div key={id}>
        <dt>{racerOf(id).title}</dt>
        <dd>{kernel ?? 'has not run'}</dd>
      </div>
    ))}
  </dl>
);

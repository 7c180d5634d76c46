import { Figure } from '../../controls/figure.tsx';
import { percent } from '../../controls/wording.ts';
import { keptShare, meetings, metIn, nearest } from './meeting.ts';
import type { Scene } from './scene.ts';
import { buckets } from './state.ts';
import { type Angles, angleBetween } from './vectors.ts';

interface NeighboursProps {
  readonly scene: Scene;
  readonly angles: readonly Angles[];
  readonly chosen: number;
  /** The round that is shown, or all of them together. */
  readonly round: number | 'all';
}

/** Whom the chosen vector meets, by round or in all rounds. */
export function metOf(scene: Scene, chosen: number, round: number | 'all'): ReadonlySet<number> {
  const line = { ...scene, order: scene.hashed.order };
  return round === 'all' ? new Set(meetings(line, chosen).keys()) : metIn(line, chosen, round);
}

/** The nearest ones of the chosen vector, before anything is hashed. */
export function Nearest({ scene, angles, chosen }: Omit<NeighboursProps, 'round'>) {
  const wanted = nearest(scene.hashed.full, chosen, buckets.values.value.near);
  const weightOf = (other: number): number => scene.hashed.full[chosen * scene.count + other] as number;
  return (
    <section class="neighbours" aria-label={`Neighbours of vector ${chosen}`}>
      <h3>Vector {chosen} attends most to</h3>
      <ol class="bars">
        {wanted.map((other) => (
          <li key={other} style={{ '--share': String(weightOf(other) / weightOf(wanted[0] as number)) }}>
            <button type="button" class="plain token-link" onClick={() => buckets.set({ of: other })}>
              vector {other}
            </button>
            <span class="bar-angle">{Math.round(angleBetween(angles[chosen] as Angles, angles[other] as Angles))}°</span>
            <span class="bar-share" />
            <span class="bar-value">{percent(weightOf(other))}</span>
          </li>
        ))}
      </ol>
      {wanted.length === 0 && <p class="hint">Vector {chosen} has no earlier one to attend to.</p>}
    </section>
  );
}

/** The nearest ones of the chosen vector, and what becomes of each. */
export function Neighbours({ scene, angles, chosen, round }: NeighboursProps) {
  const { near } = buckets.values.value;
  const { count, rounds, hashed } = scene;
  const line = { ...scene, order: hashed.order };
  const wanted = nearest(hashed.full, chosen, near);
  const found = meetings(line, chosen);
  const met = metOf(scene, chosen, round);
  const meanKept = angles.reduce((sum, _, vector) => sum + keptShare(hashed.full, vector, metOf(scene, vector, round)), 0) / count;
  const many = round === 'all' ? `in ${rounds} round${rounds === 1 ? '' : 's'}` : `in round ${round + 1}`;
  const nearMet = wanted.filter((other) => met.has(other)).length;
  return (
    <section class="neighbours" aria-label={`Neighbours of vector ${chosen}`}>
      <div class="figures">
        <Figure name={`Vector ${chosen} meets`} value={`${met.size} of ${count - 1}`} note={many} />
        <Figure name="Near ones met" value={`${nearMet} of ${wanted.length}`} note={`missed: ${wanted.length - nearMet}`} />
        <Figure name="Its attention kept" value={percent(keptShare(hashed.full, chosen, met))} note="of its full attention" />
        <Figure name="Kept, all vectors" value={percent(meanKept)} note={`mean of ${count}`} />
      </div>
      {wanted.length === 0 ? (
        <p class="hint">Vector {chosen} has no earlier one to attend to.</p>
      ) : (
        <div class="table-place">
          <table>
            <thead>
              <tr>
                <th scope="col">Nearest</th>
                <th scope="col" class="number">
                  Angle
                </th>
                <th scope="col" class="number">
                  Full attention
                </th>
                <th scope="col" class="number">
                  By hashing
                </th>
                <th scope="col">Met</th>
              </tr>
            </thead>
            <tbody>
              {wanted.map((other) => {
                const own = found.get(other);
                return (
                  <tr key={other} class={met.has(other) ? '' : 'missed'}>
                    <th scope="row">
                      <button type="button" class="plain token-link" onClick={() => buckets.set({ of: other })}>
                        vector {other}
                      </button>
                    </th>
                    <td class="number">{Math.round(angleBetween(angles[chosen] as Angles, angles[other] as Angles))}°</td>
                    <td class="number">{percent(hashed.full[chosen * count + other] as number)}</td>
                    <td class="number">{percent(hashed.hashed[chosen * count + other] as number)}</td>
                    <td>{own === undefined ? 'never' : `round ${own.map((each) => each + 1).join(', ')}`}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <p class="hint">
        “By hashing” is what the package’s attention gives, all {rounds === 1 ? 'of its one round' : `${rounds} rounds`} together. One that
        is met in several rounds counts in each, so it may get more than in full attention.
      </p>
    </section>
  );
}

import { alternate, columnsOf, type Pace, type Timed } from '../../figures/alternate.ts';
import { estimate } from '../../figures/pairs.ts';
import type { Reporter } from '../../process/work.ts';
import { contestOf } from '../kernels/contest.ts';
import type { EncoderFigures } from './input.ts';

/** Times both sides turn by turn, or ours alone where there is no other. */
export async function takeTurns(
  ours: Timed,
  theirs: Timed | undefined,
  { pace, random, reporter }: { readonly pace: Pace; readonly random: () => number; readonly reporter: Reporter },
): Promise<Pick<EncoderFigures, 'ours' | 'duel'>> {
  const sides = theirs === undefined ? [ours] : [ours, theirs];
  const rounds = await alternate(sides, pace, 1, (done) => reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }));
  const [own, other] = columnsOf(rounds, sides.length) as [number[], number[]?];
  if (other === undefined) return { ours: estimate(own, random) };
  const { base, head, ratio } = contestOf(other, own, random);
  return { ours: head, duel: { theirs: base, ratio } };
}

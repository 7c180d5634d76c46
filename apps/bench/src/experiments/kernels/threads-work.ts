import type { Pass } from '../../attention/method.ts';
import { columnsOf } from '../../figures/alternate.ts';
import { openSecondProcess } from '../../process/second-process.ts';
import { attentionProblem } from './attention-problem.ts';
import { checkContender, ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, contestOf, takeTurns, timesFaster } from './contest.ts';
import type { AttentionSize, KernelFigures, KernelInput } from './input.ts';
import { profileOf } from './profile.ts';
import type { SecondState } from './second-process-work.ts';

type ThreadsInput = KernelInput & AttentionSize & { readonly pass: Pass };

/**
 * Our kernels on two threads against one; and, for the profile, what keeps the figure below 2: one thread while another process does
 * the same work, which shares nothing with it but the machine.
 */
export async function measureThreads(
  input: ThreadsInput,
  { key, random, swap, pace, onRound }: Bench,
): Promise<Pick<KernelFigures, 'measured' | 'profiles'>> {
  const problem = attentionProblem(input, key);
  const [one, two] = [ownKernels(input, problem, swap), ownKernels(input, problem, swap, 2)];
  for (const contender of [one, two]) await checkContender(contender, input, problem, random);
  const secondInput: KernelInput = { ...input, kind: 'second process' };
  const second = await openSecondProcess({ experiment: 'kernels', input: secondInput });
  const become = (state: SecondState): Promise<string> => second.ask(state);
  try {
    const alone = ({ name, takeOver, run }: Contender): Contender => ({
      name,
      run,
      takeOver: async () => {
        await become('rest');
        await takeOver();
      },
    });
    const beside: Contender = {
      name: 'Longspan on 1 thread beside another process',
      run: one.run,
      takeOver: async () => {
        await one.takeOver();
        await become('work');
      },
    };
    const rounds = await takeTurns([alone(one), alone(two), beside], pace, onRound);
    const [ofOne, ofTwo, ofBeside] = columnsOf(rounds, 3) as [number[], number[], number[]];
    return {
      measured: { time: timesFaster(contestOf(ofOne, ofTwo, random)) },
      profiles: {
        time: profileOf(
          'The other process does the same work on one thread, and shares nothing with this one but the machine: its cores, clock, caches and memory.',
          [
            { name: 'half of what one thread takes while the other core rests', seconds: ofOne.map((seconds) => seconds / 2) },
            {
              name: 'the machine: one thread while another process does the same on the other core',
              seconds: ofBeside.map((seconds) => seconds / 2),
            },
            { name: 'waking and waiting for each other, packing, what one thread does alone', seconds: ofTwo },
          ],
          ofOne,
        ),
      },
    };
  } finally {
    second.close();
  }
}

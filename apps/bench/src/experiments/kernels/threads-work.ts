import type { Pass } from '../../cases/method.ts';
import { attentionProblem } from './attention-problem.ts';
import { checkContender, ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import { type Contender, columnsOf, contestOf, takeTurns, timesFaster } from './contest.ts';
import type { AttentionSize, KernelFigures, KernelInput } from './input.ts';
import { profileOf } from './profile.ts';
import { openTwin } from './twin.ts';

type ThreadsInput = KernelInput & AttentionSize & { readonly pass: Pass };

/**
 * Our kernels on two threads against one; and, for the profile, what keeps the figure below 2: one thread while another process does
 * the same work, which shares nothing with it but the machine, and the copies into the memory that threads share.
 */
export async function measureThreads(
  input: ThreadsInput,
  { key, random, swap, pace, onRound }: Bench,
): Promise<Pick<KernelFigures, 'measured' | 'profiles'>> {
  const problem = attentionProblem(input, key);
  const [one, two] = [ownKernels(input, problem, swap), ownKernels(input, problem, swap, 2)];
  for (const contender of [one, two]) await checkContender(contender, input, problem, random);
  const twin = await openTwin({ ...input, kind: 'twin' });
  try {
    const alone = ({ name, takeOver, run }: Contender): Contender => ({
      name,
      run,
      takeOver: async () => {
        await twin.rest();
        await takeOver();
      },
    });
    const beside: Contender = {
      name: 'Longspan on 1 thread beside another process',
      run: one.run,
      takeOver: async () => {
        await one.takeOver();
        await twin.work();
      },
    };
    const copies: Contender = { name: 'copies', takeOver: async () => {}, run: copiesOf(input) };
    const rounds = await takeTurns([alone(one), alone(two), beside, alone(copies)], pace, onRound);
    const [ofOne, ofTwo, ofBeside, ofCopies] = columnsOf(rounds, 4) as [number[], number[], number[], number[]];
    const shared = ofBeside.map((seconds) => seconds / 2);
    return {
      measured: { time: timesFaster(contestOf(ofOne, ofTwo, random)) },
      profiles: {
        time: profileOf(
          'The other process does the same work on one thread, and shares nothing with this one but the machine: its cores, clock, caches and memory.',
          [
            { name: 'half of what one thread takes while the other core rests', seconds: ofOne.map((seconds) => seconds / 2) },
            { name: 'the machine: one thread while another process does the same on the other core', seconds: shared },
            {
              name: `copies of ${(bytesCopied(input).reduce((sum, bytes) => sum + bytes, 0) / 1e6).toFixed(1)} MB into the shared memory and out of it`,
              seconds: shared.map((seconds, round) => seconds + (ofCopies[round] as number)),
            },
            { name: 'waking and waiting for each other, packing, what one thread does alone', seconds: ofTwo },
          ],
          ofOne,
        ),
      },
    };
  } finally {
    twin.close();
  }
}

/** Bytes of each tensor that a call on threads copies into the memory that they share, or out of it. */
function bytesCopied({ pass, n, heads, headDim }: ThreadsInput): readonly number[] {
  const [row, sum] = [4 * n * heads * headDim, 4 * n * heads];
  const forward = [row, row, row, row, sum]; // q, k, v; out and its log-sum-exp
  const backward = [...forward, row, sum, row, row, row]; // the same, their cotangents; the gradients of q, k and v
  return pass === 'forward' ? forward : [...forward, ...backward];
}

/** Copies as many bytes between tfjs's kind of memory and the kind that threads share. */
function copiesOf(input: ThreadsInput): () => undefined {
  const pairs = bytesCopied(input).map((bytes) => [new Uint8Array(bytes).fill(1), new Uint8Array(new SharedArrayBuffer(bytes))] as const);
  return () => {
    for (const [own, shared] of pairs) shared.set(own);
  };
}

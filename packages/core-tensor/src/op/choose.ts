import { ExplainedError } from '../error/index.ts';

/** One way of computing an operation. */
export interface Kernel<Call> {
  readonly name: string;
  /** Why this kernel cannot take that call, as a sentence without a full stop; null where it can. */
  unsupported(call: Call): string | null;
}

export interface Choice<K> {
  readonly kernel: K;
  /** The kernel's name and, after it, why each kernel before it in the list was passed over. */
  readonly reason: string;
}

/** No kernel of an operation takes a call. */
export class NoKernelError extends ExplainedError {
  override readonly name: string = 'NoKernelError';
}

/** The first kernel of the list that takes the call, with the reason. An error inside `unsupported` is a defect, and is thrown. */
export function choose<Call, K extends Kernel<Call>>(operation: string, kernels: readonly K[], call: Call): Choice<K> {
  const reasons: string[] = [];
  for (const kernel of kernels) {
    const reason = kernel.unsupported(call);
    if (reason === null) return { kernel, reason: [kernel.name, ...reasons].join('; ') };
    reasons.push(`not ${kernel.name}: ${reason}`);
  }
  throw new NoKernelError({
    caller: operation,
    problem: 'at least one kernel must support the call.',
    expected: `a call that one of ${kernels.map((kernel) => kernel.name).join(', ') || 'no registered kernels'} takes`,
    got: reasons.join('; ') || 'an empty list of kernels',
    remedy: 'change the inputs that the reasons name, or register another kernel.',
  });
}

import type { ScoreTerm } from '@longspan/core-tensor';
import type { AttentionCall } from '@longspan/core-tensor/kernel';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Uniform } from '../../../tfjs/tfjs-webgpu.ts';
import { alibiOnGpu } from './alibi.ts';
import { attentionDropoutOnGpu } from './attention-dropout.ts';
import { attentionSinkOnGpu } from './attention-sink.ts';
import { biasOnGpu } from './bias.ts';
import { blockBiasOnGpu } from './block-bias.ts';
import { cellBiasOnGpu } from './cell-bias.ts';
import { distanceBiasOnGpu } from './distance-bias.ts';
import type { GpuTerm, TermContext } from './gpu-term.ts';
import { keyLengthsOnGpu } from './key-lengths.ts';
import { originalPositionsOnGpu } from './original-positions.ts';
import { relativePositionsOnGpu } from './relative-positions.ts';
import { softCapOnGpu } from './soft-cap.ts';
import { spanRampOnGpu } from './span-ramp.ts';
import type { TermCode } from './term-code.ts';
import type { TermGradient } from './term-gradient.ts';

/** A term of a call with the place of its tensors among the tables. */
export interface PlacedTerm {
  readonly code: TermCode;
  readonly gradient: TermGradient | undefined;
  /** Where its first number lies, and what is to be copied there. */
  readonly at: number;
  readonly sources: readonly (Tensor | Float32Array)[];
  readonly numbers: number;
}

type Records = { readonly [Kind in ScoreTerm['kind']]: GpuTerm<Extract<ScoreTerm, { readonly kind: Kind }>> };

const records: Records = {
  alibi: alibiOnGpu,
  attentionDropout: attentionDropoutOnGpu,
  attentionSink: attentionSinkOnGpu,
  bias: biasOnGpu,
  blockBias: blockBiasOnGpu,
  cellBias: cellBiasOnGpu,
  distanceBias: distanceBiasOnGpu,
  keyLengths: keyLengthsOnGpu,
  originalPositions: originalPositionsOnGpu,
  relativePositions: relativePositionsOnGpu,
  softCap: softCapOnGpu,
  spanRamp: spanRampOnGpu,
};

const byKind = records as Readonly<Record<ScoreTerm['kind'], GpuTerm<never>>> as Readonly<Record<string, GpuTerm<ScoreTerm>>>;

/** The terms of a call in their order, and the uniforms that they are told: `term0_at` and so on. */
export function termsOf(call: AttentionCall): { readonly terms: readonly PlacedTerm[]; readonly fields: Record<string, Uniform> } {
  const fields: Record<string, Uniform> = {};
  let at = 0;
  const terms = call.terms.map((term, index): PlacedTerm => {
    const onGpu = byKind[term.kind] as GpuTerm<ScoreTerm>;
    const field = (name: string): string => `u.term${index}_${name}`;
    const context: TermContext = { call, isBeforeSoftCap: call.terms.slice(index + 1).some(({ kind }) => kind === 'softCap'), field };
    const { code, sources = [], uniforms = {}, gradient } = onGpu(term, context);
    const numbers = sources.reduce((sum, source) => sum + (ArrayBuffer.isView(source) ? source.length : source.size), 0);
    if (sources.length > 0) fields[`term${index}_at`] = { type: 'uint32', data: [at] };
    for (const [name, uniform] of Object.entries(uniforms)) fields[`term${index}_${name}`] = uniform;
    const placed = { code, gradient, at, sources, numbers };
    at += numbers;
    return placed;
  });
  return { terms, fields };
}

import { createKey } from '@longspan/core-tensor';
import { attentionCalls } from './attention-calls.ts';
import type { SoakCall } from './call.ts';
import { contractCalls } from './contract-calls.ts';
import { drawFrom } from './draw.ts';
import { productCalls } from './product-calls.ts';

const makers = [...attentionCalls, ...contractCalls, ...productCalls];

/** The call of that number: each kind is as likely as the others. */
export function callAt(seed: number, at: number): SoakCall {
  const draw = drawFrom(createKey(seed).fold(at));
  return draw.one('kind', makers)(draw);
}

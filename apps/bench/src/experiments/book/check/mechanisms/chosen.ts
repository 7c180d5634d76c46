import { causal, mobaAttention, nsaAttention, topKAttention } from '@longspan/attention-sparse';
import * as reference from '@longspan/tooling/reference';
import { add, minimum, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { bestSum, chosenSum, listed } from './best.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads, keyHeads, valueDim } = checkSizes;

const queries = (text: CheckText): Tensor => text.heads('q', {});
const keysAndValues = (text: CheckText, name = ''): readonly [Tensor, Tensor] => [
  text.heads(`k${name}`, { heads: keyHeads }),
  text.heads(`v${name}`, { heads: keyHeads, dim: valueDim }),
];

/** [1, 1, n, parts]: 1 where the query may choose that part of the sequence, by the rule. */
const mayChoose = (size: number, rule: (part: number, own: number) => boolean): Tensor =>
  reference.visiblePairs({ queries: n, keys: Math.ceil(n / size) }, ({ query, key: part }) => rule(part, Math.floor(query / size)));

const topKOptions = { topK: 12, mask: causal() } as const;

const topK: Mechanism = {
  name: 'topKAttention({ topK: 12, mask: causal() })',
  against: 'dense over the chosen keys; their scores against the highest',
  prepare(text) {
    const inputs = [queries(text), ...keysAndValues(text)] as const;
    const chosen = tidy(() => listed(topKAttention(...inputs, topKOptions).chosen, n));
    const past = reference.visibleTokens(n, (query, key) => key <= query);
    return {
      inputs,
      ours(q, k, v) {
        const found = topKAttention(q, k, v, topKOptions);
        return [found.out, found.logSumExp, chosenSum(reference.topKScores(q, k), listed(found.chosen, n))];
      },
      reference(q, k, v) {
        const { out, logSumExp } = reference.topKAttention(q, k, v, chosen);
        return [out, logSumExp, bestSum(reference.topKScores(q, k), past, topKOptions.topK)];
      },
    };
  },
};

const mobaOptions = { chunkSize: 24, topK: 3 } as const;

const moba: Mechanism = {
  name: 'mobaAttention({ chunkSize: 24, topK: 3 })',
  against: 'dense over the chosen chunks; their gates against the highest',
  prepare(text) {
    const inputs = [queries(text), ...keysAndValues(text)] as const;
    const { chunkSize } = mobaOptions;
    const [own, before] = [mayChoose(chunkSize, (chunk, at) => chunk === at), mayChoose(chunkSize, (chunk, at) => chunk < at)];
    const gates = (q: Tensor, k: Tensor): Tensor => reference.mobaGates(q, k, chunkSize);
    const others = (lists: Tensor): Tensor => mul(listed(lists, Math.ceil(n / chunkSize)), before);
    const chosen = tidy(() => add(others(mobaAttention(...inputs, mobaOptions).chosen), own));
    return {
      inputs,
      ours(q, k, v) {
        const found = mobaAttention(q, k, v, mobaOptions);
        return [found.out, found.logSumExp, chosenSum(gates(q, k), others(found.chosen))];
      },
      reference(q, k, v) {
        const { out, logSumExp } = reference.mobaAttention(q, k, v, { chosen, chunkSize, causal: true });
        return [out, logSumExp, bestSum(gates(q, k), before, mobaOptions.topK - 1)];
      },
    };
  },
};

const nsaOptions = { compressionLength: 16, compressionStride: 8, selectionLength: 24, selectedBlocks: 5, window: 30 } as const;

const nsa: Mechanism = {
  name: 'nsaAttention, three branches and gates',
  against: 'the branches dense; chosen blocks against the most important',
  prepare(text) {
    const pairs = ['compressed', 'selected', 'sliding'].flatMap((name) => keysAndValues(text, name));
    const inputs = [queries(text), ...pairs, text.numbers('gates', [batch, heads, n, 3])];
    const isForced = (block: number, own: number): boolean => reference.isNsaForced(block, own, nsaOptions);
    const { selectionLength } = nsaOptions;
    const forced = mayChoose(selectionLength, isForced);
    const free = mayChoose(selectionLength, (block, own) => block < own && !isForced(block, own));
    const named = ([q, ck, cv, sk, sv, wk, wv, gates]: readonly Tensor[]) =>
      ({ q, compressed: { k: ck, v: cv }, selected: { k: sk, v: sv }, sliding: { k: wk, v: wv }, gates }) as reference.NsaInputs;
    const weighed = ({ q, compressed }: reference.NsaInputs): Tensor => reference.nsaImportance(q, compressed.k, nsaOptions);
    const others = (lists: Tensor): Tensor => mul(listed(lists, Math.ceil(n / selectionLength)), free);
    const chosen = tidy(() => minimum(add(others(nsaAttention(named(inputs), nsaOptions).chosen), forced), 1));
    return {
      inputs,
      ours(...given) {
        const found = nsaAttention(named(given), nsaOptions);
        return [found.out, chosenSum(weighed(named(given)), others(found.chosen))];
      },
      reference(...given) {
        const { out } = reference.nsaAttention(named(given), chosen, nsaOptions);
        return [out, bestSum(weighed(named(given)), free, nsaOptions.selectedBlocks - 3)];
      },
    };
  },
};

/** Patterns that the queries choose for themselves. */
export const chosenMechanisms: readonly Mechanism[] = [topK, moba, nsa];

import { causal, mobaAttention, type NsaResult, nsaAttention, topKAttention } from '@longspan/attention-sparse';
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
    const chosen = tidy(() => listed(topKAttention(...inputs, topKOptions).selected, n));
    const past = reference.visibleTokens(n, (query, key) => key <= query);
    return {
      inputs,
      ours(q, k, v) {
        const found = topKAttention(q, k, v, topKOptions);
        return [found.out, found.logSumExp, chosenSum(reference.topKScores(q, k), listed(found.selected, n))];
      },
      reference(q, k, v) {
        const { out, logSumExp } = reference.topKAttention(q, k, v, chosen);
        return [out, logSumExp, bestSum(reference.topKScores(q, k), past, topKOptions.topK)];
      },
    };
  },
};

const mobaOptions = { blockSize: 24, topK: 3, causal: true } as const;

const moba: Mechanism = {
  name: 'mobaAttention({ blockSize: 24, topK: 3, causal: true })',
  against: 'dense over the selected blocks; their gates against the highest',
  prepare(text) {
    const inputs = [queries(text), ...keysAndValues(text)] as const;
    const { blockSize: chunkSize } = mobaOptions;
    const [own, before] = [mayChoose(chunkSize, (chunk, at) => chunk === at), mayChoose(chunkSize, (chunk, at) => chunk < at)];
    const gates = (q: Tensor, k: Tensor): Tensor => reference.mobaGates(q, k, chunkSize);
    const others = (lists: Tensor): Tensor => mul(listed(lists, Math.ceil(n / chunkSize)), before);
    const chosen = tidy(() => add(others(mobaAttention(...inputs, mobaOptions).selected), own));
    return {
      inputs,
      ours(q, k, v) {
        const found = mobaAttention(q, k, v, mobaOptions);
        return [found.out, found.logSumExp, chosenSum(gates(q, k), others(found.selected))];
      },
      reference(q, k, v) {
        const { out, logSumExp } = reference.mobaAttention(q, k, v, { chosen, chunkSize, causal: true });
        return [out, logSumExp, bestSum(gates(q, k), before, mobaOptions.topK - 1)];
      },
    };
  },
};

const nsaSizes = { compressionLength: 16, compressionStride: 8, selectionLength: 24, selectedBlocks: 5, window: 30 } as const;
/** Ours counts the tokens besides the query's own. */
const nsaOptions = { ...nsaSizes, window: { left: nsaSizes.window - 1 } };

const nsa: Mechanism = {
  name: 'nsaAttention, three branches and gates',
  against: 'the branches dense; chosen blocks against the most important',
  prepare(text) {
    const pairs = ['compressed', 'selected', 'sliding'].flatMap((name) => keysAndValues(text, name));
    const inputs = [queries(text), ...pairs, text.numbers('gates', [batch, heads, n, 3])];
    const isForced = (block: number, own: number): boolean => reference.isNsaForced(block, own, nsaSizes);
    const { selectionLength } = nsaOptions;
    const forced = mayChoose(selectionLength, isForced);
    const free = mayChoose(selectionLength, (block, own) => block < own && !isForced(block, own));
    const named = ([q, ck, cv, sk, sv, wk, wv, gates]: readonly Tensor[]) =>
      ({ q, compressed: { k: ck, v: cv }, selected: { k: sk, v: sv }, sliding: { k: wk, v: wv }, gates }) as reference.NsaInputs;
    const ours = (given: readonly Tensor[]): NsaResult => {
      const { q, compressed, selected, sliding, gates } = named(given);
      return nsaAttention(q, { compression: compressed, selection: selected, sliding, gates }, nsaOptions);
    };
    const weighed = ({ q, compressed }: reference.NsaInputs): Tensor => reference.nsaImportance(q, compressed.k, nsaSizes);
    const others = (lists: Tensor): Tensor => mul(listed(lists, Math.ceil(n / selectionLength)), free);
    const chosen = tidy(() => minimum(add(others(ours(inputs).selected), forced), 1));
    return {
      inputs,
      ours(...given) {
        const found = ours(given);
        return [found.out, chosenSum(weighed(named(given)), others(found.selected))];
      },
      reference(...given) {
        const { out } = reference.nsaAttention(named(given), chosen, nsaSizes);
        return [out, bestSum(weighed(named(given)), free, nsaOptions.selectedBlocks - 3)];
      },
    };
  },
};

/** Patterns that the queries choose for themselves. */
export const chosenMechanisms: readonly Mechanism[] = [topK, moba, nsa];

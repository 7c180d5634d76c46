import { maskFromJSON } from '@longspan/attention-sparse/mask';
import { keyFromWords, padding } from '@longspan/core-tensor';
import { isRecord } from '@longspan/core-tensor/error';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { dtypeOf, type HostTensor, isHostTensor } from '../crossing/host-tensor.ts';
import { isSent, type Sent } from '../crossing/sent-value.ts';

export const tensorOf = (host: HostTensor): Tensor => tensor(host.values, [...host.shape], dtypeOf(host));

/** What the page gave, as the model takes it. @param made gets the tensors, which are the caller's to dispose */
export function receivedValue(value: unknown, made: Tensor[]): unknown {
  if (isHostTensor(value)) {
    const own = tensorOf(value);
    made.push(own);
    return own;
  }
  if (isSent(value)) return madeAnew(value);
  if (Array.isArray(value)) return value.map((each) => receivedValue(each, made));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, receivedValue(each, made)]));
}

function madeAnew(sent: Sent): unknown {
  switch (sent['@longspan/sent']) {
    case 'padding':
      return padding(Array.from({ length: sent.batch }, (_, row) => sent.rows[sent.rows.length === 1 ? 0 : row] as ArrayLike<number>));
    case 'mask':
      return maskFromJSON(sent.json);
    case 'key':
      return keyFromWords(sent.words);
  }
}

// Values that come out of another frame have that frame's classes: `instanceof Float32Array` is false for them.
import { causal, keysAt, maskFromJSON } from '@longspan/attention-sparse';
import { padding, readSafetensors, rotaryTables, toTensor, writeSafetensors } from '@longspan/core-tensor';
import '@tensorflow/tfjs-backend-cpu';
import { ready } from '@tensorflow/tfjs-core';

await ready();
const frame = document.createElement('iframe');
document.body.append(frame);
const { Float32Array: Floats, Int32Array: Integers, Uint8Array: Bytes, Array: List, JSON: Text, Map: Record } = frame.contentWindow;

const tensors = new Record([['w', { dtype: 'F32', shape: List.of(2), values: Floats.of(1.5, -2) }]]);
const file = Bytes.from(writeSafetensors({ tensors }));
const read = (bytes) => toTensor(readSafetensors(bytes).tensors.get('w')).array();
const { sines } = rotaryTables(Integers.of(0, 1), 2, { style: 'half' });
const mask = maskFromJSON(Text.parse(JSON.stringify(causal())));

document.getElementById('results').textContent = JSON.stringify({
  isForeign: !(file instanceof Uint8Array) && !(tensors instanceof Map),
  read: [await read(file), await read(file.buffer)],
  sines: await sines.array(),
  allowed: [0, 1, 2].map((key) => [keysAt(Integers.of(1)).allows(1, key), mask.allows(1, key)]),
  lengths: padding(List.of(Integers.of(1, 1, 0))).lengths,
});
